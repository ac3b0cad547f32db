//! There and back through SAM and serverless.yml: functions with what starts them.

use std::collections::BTreeSet;

use emit::{Emitted, Plan};
use import::{ALL, Project};
use model::{
    App, Architecture, CallKind, Component, Edge, Fact, FrontDoor, FunctionSettings, Kind, Load,
    Need, Placement, PlatformId, Settings, WarmHours, Workflow,
};
use source::SourceMap;
use units::Bytes;

use crate::{corpora, keep, placed, read, stack};

const TEMPLATE: &str = include_str!("template.yaml");
const SERVICE: &str = include_str!("serverless.yml");
pub(crate) const TARGETS: [(&str, &str, &str); 2] = [
    ("sam", "sam/template.yaml", "CloudFormation"),
    ("serverless", "serverless/serverless.yml", "serverless.yml"),
];

/// How variables end that are added for what a part calls.
const ADDED: [&str; 5] = ["_QUEUE_URL", "_TABLE", "_BUCKET", "_STREAM", "CONNECTIONS_URL"];

/// Every component as a function behind what its kind has before it.
pub(crate) fn on_lambda(app: &App) -> Vec<Placement> {
    let mut placements = placed::on_kubernetes(app);
    for (placement, component) in placements.iter_mut().zip(&app.components) {
        let front_door = match component.kind {
            Kind::Http if component.needs.has(Need::WebSockets) => FrontDoor::WebSocketApi,
            Kind::Http => FrontDoor::HttpApi,
            Kind::Worker => FrontDoor::Queue,
            Kind::Cron => FrontDoor::Schedule,
            Kind::Stream => FrontDoor::Stream,
            _ => FrontDoor::None,
        };
        placement.platform = PlatformId("aws/lambda");
        placement.configured = Settings::Function(FunctionSettings {
            memory: placed::memory(component),
            architecture: Architecture::Arm,
            front_door,
            provisioned: 0,
            warm_hours: None,
            snap_start: false,
            scratch: Bytes::from_mib(512),
            workflow: None,
        });
    }
    placements
}

/// The same with one thing about some functions changed.
fn changed(app: &App, change: &dyn Fn(&str, &mut FunctionSettings)) -> Vec<Placement> {
    let mut placements = on_lambda(app);
    for placement in &mut placements {
        if let Settings::Function(function) = &mut placement.configured {
            change(&placement.component, function);
        }
    }
    placements
}

/// Writes it for a target; every name in it leads somewhere.
pub(crate) fn written(
    target: &str,
    app: &App,
    placements: &[Placement],
    sources: &SourceMap,
) -> Emitted {
    let target = emit::by_name(target);
    let emitted =
        emit::emit(&Plan::of_placements(app, placements, sources, "a test".to_owned(), target));
    let faults = stack::faults(&emitted.files);
    assert!(faults.is_empty(), "{}: {}", app.name, faults.join("\n"));
    emitted
}

pub(crate) fn text(emitted: &Emitted, path: &str) -> String {
    let found = emitted.files.iter().find(|file| file.path == path);
    found.map(|file| file.text.clone()).unwrap_or_default()
}

/// What has to come back of the functions.
fn facts(app: &App, emitted: &Emitted) -> BTreeSet<String> {
    let left = |name: &str, id: &str| {
        let what = format!("{id}: `{name}` cannot be set on a function");
        emitted.findings.iter().any(|finding| finding.message == what)
    };
    let functions = app.components.iter().filter(|c| is_written(c, emitted));
    let facts = functions.map(|component| {
        let mut names: Vec<&str> = component
            .blueprint
            .iter()
            .flat_map(|b| &b.environment)
            .map(|variable| variable.name.as_str())
            .filter(|name| !left(name, &component.id))
            .filter(|name| !name.starts_with("AWS_LWA_") && *name != "PORT")
            .filter(|name| !ADDED.iter().any(|ending| name.ends_with(ending)))
            .collect();
        names.sort_unstable();
        let schedule = match &component.load {
            Load::Cron { expression, .. } => expression.as_str(),
            _ => "none",
        };
        // A schedule that only a rate says comes without one.
        let memory = placed::memory(component);
        let letters = component.id.chars().filter(char::is_ascii_alphanumeric);
        let id: String = letters.map(|c| c.to_ascii_lowercase()).collect();
        let sockets = if component.needs.has(Need::WebSockets) { " sockets" } else { "" };
        format!("{id} {}{sockets} {memory} {schedule} {names:?}", component.kind.name())
    });
    facts.collect()
}

/// Whether it is a function that was written.
fn is_written(component: &Component, emitted: &Emitted) -> bool {
    let refused = format!("{}: ", component.id);
    matches!(component.kind, Kind::Http | Kind::Worker | Kind::Cron | Kind::Stream)
        && !emitted.findings.iter().any(|f| f.id == "EM010" && f.message.starts_with(&refused))
}

/// Writes it for SAM and for the Serverless Framework and reads both again, by target.
pub(crate) fn there_and_back(
    app: &App,
    placements: &[Placement],
    sources: &SourceMap,
    what: &str,
) -> Vec<(&'static str, App)> {
    let one = |&(target, path, importer): &(&'static str, &str, &str)| {
        let emitted = written(target, app, placements, sources);
        if !what.is_empty() {
            keep(&format!("{} {what} {target}", app.name), &emitted);
        }
        (target, again(path, importer, &text(&emitted, path)))
    };
    TARGETS.iter().map(one).collect()
}

/// Reads what was written again.
fn again(path: &str, importer: &str, text: &str) -> App {
    let mut sources = SourceMap::default();
    let id = sources.add(path, text);
    let importer = ALL.iter().find(|i| i.name().contains(importer)).unwrap();
    let (back, findings) = importer.read(&Project::new(&sources, ""), &[id]);
    let errors: Vec<_> =
        findings.iter().filter(|f| f.severity == source::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    back
}

/// How what comes back differs from what was given to a target, a line each; and how many functions there were.
fn differences(name: &str, app: &App, sources: &SourceMap) -> (Vec<String>, usize) {
    let (mut all, mut count) = (Vec::new(), 0);
    for (target, path, importer) in TARGETS {
        let emitted = written(target, app, &on_lambda(app), sources);
        keep(&format!("{name} {target}"), &emitted);
        let wanted = facts(app, &emitted);
        if wanted.is_empty() {
            continue;
        }
        count += wanted.len();
        let back = again(path, importer, &text(&emitted, path));
        let got = facts(&back, &Emitted::default());
        all.extend(wanted.difference(&got).map(|fact| format!("{name} {target}: - {fact}")));
        all.extend(got.difference(&wanted).map(|fact| format!("{name} {target}: + {fact}")));
    }
    (all, count)
}

#[test]
fn small_ones_are_read_as_the_same_functions() {
    for (file, text) in [("template.yaml", TEMPLATE), ("serverless.yml", SERVICE)] {
        let (mut app, sources) = read(file, text.as_bytes()).unwrap();
        app.components.retain(|component| component.kind != Kind::Stateful);
        let (found, count) = differences(file, &app, &sources);
        assert_eq!((found, count), (Vec::new(), 6), "{file}");
    }
}

#[test]
fn functions_that_nobody_here_wrote_come_back() {
    let (mut functions, mut differ) = (0, Vec::new());
    let apps = corpora(&["sam", "cfn", "serverless"], |file, bytes| {
        let Some((mut app, sources)) = read(file, bytes) else { return };
        app.components.retain(|component| component.kind != Kind::Stateful);
        let (found, count) = differences(file, &app, &sources);
        functions += count;
        differ.extend(found);
    });
    println!("{functions} functions of {apps} files");
    assert!(apps == 0 || functions > 400, "{functions} functions of {apps} files");
    assert!(differ.is_empty(), "of {apps} files:\n{}", differ.join("\n"));
}

#[test]
fn secrets_are_given_and_not_written() {
    let (app, sources) = read("template.yaml", TEMPLATE.as_bytes()).unwrap();
    for (target, path, _) in TARGETS {
        let emitted = written(target, &app, &on_lambda(&app), &sources);
        let text = text(&emitted, path);
        assert!(!text.contains("hunter2"), "{text}");
        let given = if target == "sam" { "NoEcho: true" } else { "${env:API_DB_PASSWORD}" };
        assert!(text.contains(given), "{text}");
        let queue_known = text.contains("VisibilityTimeout: 360");
        assert!(queue_known, "six times the function's 60 s:\n{text}");
    }
}

#[test]
fn callers_get_rights_also_where_calls_go_round() {
    let (mut app, sources) = read("template.yaml", TEMPLATE.as_bytes()).unwrap();
    app.components.retain(|component| component.kind != Kind::Stateful);
    let call = |from: &str, to: &str| Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        calls_per_request: 1.0,
        bytes: Fact::Unknown,
        kind: CallKind::Async,
        origin: None,
    };
    for (target, path, _) in TARGETS {
        let calls = |edges: Vec<Edge>| {
            let mut app = app.clone();
            app.edges = edges;
            let placements = changed(&app, &|id, function| {
                if id == "api" {
                    function.front_door = FrontDoor::None;
                }
            });
            text(&written(target, &app, &placements, &sources), path)
        };
        let line = calls(vec![call("nightly", "api"), call("api", "resize")]);
        assert_eq!(line.matches("lambda:InvokeFunction").count(), 1, "{line}");
        assert_eq!(line.matches("sqs:SendMessage").count(), 1, "{line}");
        assert_eq!(line.matches("AWS::IAM::Policy").count(), 0, "{line}");
        let circle =
            calls(vec![call("nightly", "api"), call("api", "resize"), call("resize", "api")]);
        assert_eq!(circle.matches("resize calls api").count(), 1, "{circle}");
        assert_eq!(circle.matches("nightly calls api").count(), 1, "{circle}");
        assert_eq!(circle.matches("AWS::IAM::Policy").count(), 1, "apart from its role: {circle}");
        if target == "serverless" {
            assert_eq!(line.matches("AWS::IAM::Role").count(), 2, "one for each caller: {line}");
            assert!(line.contains("role: apiRole"), "{line}");
        }
    }
}

const TWO: &str = "
name: a shop with a name that is longer than any name of a role may be
region: eu-central-1
components:
  orders: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, public: true }
  order-api-of-the-second-shop-that-has-a-name-of-more-than-sixty: { kind: http, memory: 1 GB, duration: 300 ms, load: 3M/month, public: true }
";

#[test]
fn parts_share_an_api_where_their_paths_are_known() {
    for door in [FrontDoor::HttpApi, FrontDoor::RestApi] {
        for (target, path, _) in TARGETS {
            let (mut app, sources) = read("crossover.yaml", TWO.as_bytes()).unwrap();
            let write = |app: &App| {
                let placements = changed(app, &|_, function| function.front_door = door);
                text(&written(target, app, &placements, &sources), path)
            };
            let apis = |text: &str| {
                ["::HttpApi", "::Api", "::RestApi"]
                    .iter()
                    .map(|end| text.matches(&format!("{end}\n")).count())
                    .sum::<usize>()
            };
            let apart = write(&app);
            assert_eq!(apis(&apart), 2, "{target} {door:?}: {apart}");
            app.components[0].paths = vec!["/second".to_owned()];
            app.components[1].paths = vec!["/".to_owned()];
            let together = write(&app);
            // The framework makes the service's own API.
            let own = usize::from(target == "sam");
            assert_eq!(apis(&together), own, "{target} {door:?}: {together}");
            assert!(together.contains("/second/{proxy+}"), "{together}");
            // Two of the same path cannot share.
            app.components[1].paths = vec!["/second/".to_owned()];
            assert_eq!(apis(&write(&app)), 2, "{target} {door:?}");
        }
    }
}

#[test]
fn names_keep_to_what_the_account_allows() {
    let (app, sources) = read("crossover.yaml", TWO.as_bytes()).unwrap();
    let text =
        text(&written("serverless", &app, &on_lambda(&app), &sources), "serverless/serverless.yml");
    let service = text.lines().find_map(|line| line.strip_prefix("service: ")).unwrap();
    let role = format!("{service}-production-ap-southeast-1-lambdaRole");
    assert!(role.len() <= 64, "{role}");
    let name = text.lines().find_map(|line| line.trim().strip_prefix("name: \"")).unwrap();
    let name = name.split('"').next().unwrap();
    let name = name.replace("${self:service}", service).replace("${sls:stage}", "production");
    assert!(name.len() <= 64, "{name}");
}

#[test]
fn sizes_and_readiness_are_the_plans() {
    let (mut app, sources) = read("template.yaml", TEMPLATE.as_bytes()).unwrap();
    app.components.retain(|component| component.id == "api");
    app.components[0].reserved = Some((7, None));
    let placements = changed(&app, &|_, function| {
        (function.provisioned, function.snap_start) = (4, true);
        function.memory = Bytes::from_mib(1769);
        function.scratch = Bytes::from_gib(2);
        function.front_door = FrontDoor::FunctionUrl;
    });
    for (target, path, lines) in [
        (
            "sam",
            "sam/template.yaml",
            [
                "MemorySize: 1769",
                "Size: 2048",
                "ReservedConcurrentExecutions: 7",
                "ProvisionedConcurrentExecutions: 4",
                "ApplyOn: PublishedVersions",
                "AuthType: NONE",
            ],
        ),
        (
            "serverless",
            "serverless/serverless.yml",
            [
                "memorySize: 1769",
                "ephemeralStorageSize: 2048",
                "reservedConcurrency: 7",
                "provisionedConcurrency: 4",
                "snapStart: true",
                "url: true",
            ],
        ),
    ] {
        let text = text(&written(target, &app, &placements, &sources), path);
        for line in lines {
            assert!(text.contains(line), "{target} lacks `{line}`:\n{text}");
        }
        assert!(text.contains("# plan: memory (as in a test)"), "{text}");
    }
}

#[test]
fn environments_are_kept_ready_by_the_hour() {
    let (app, sources) = read("template.yaml", TEMPLATE.as_bytes()).unwrap();
    let placements = changed(&app, &|id, function| {
        if id == "api" {
            function.provisioned = 4;
            function.warm_hours = Some(WarmHours::new(0, 5, 22, 4));
        }
    });
    for (target, path, _) in TARGETS {
        let emitted = written(target, &app, &placements, &sources);
        keep(&format!("hours {target}"), &emitted);
        let text = text(&emitted, path);
        assert!(text.contains("cron(0 22 ? * MON,TUE,WED,THU,FRI *)"), "{text}");
        assert!(text.contains("cron(0 2 ? * TUE,WED,THU,FRI,SAT *)"), "{text}");
        assert_eq!(text.matches("MinCapacity: 0").count(), 2, "the least and the release: {text}");
        assert!(!text.contains("ProvisionedConcurrencyConfig"), "the schedule sets them: {text}");
    }
}

#[test]
fn durable_functions_are_called_by_their_alias_and_not_through_a_queue() {
    let (mut app, sources) = read("template.yaml", TEMPLATE.as_bytes()).unwrap();
    app.components.retain(|component| component.kind != Kind::Stateful);
    app.edges = vec![Edge {
        from: "api".to_owned(),
        to: "resize".to_owned(),
        calls_per_request: 1.0,
        bytes: Fact::Unknown,
        kind: CallKind::Async,
        origin: None,
    }];
    let placements = changed(&app, &|id, function| {
        function.workflow = (id == "resize").then_some(Workflow::Durable);
    });
    for (target, path, _) in TARGETS {
        let emitted = written(target, &app, &placements, &sources);
        keep(&format!("durable {target}"), &emitted);
        let text = text(&emitted, path);
        let count = |what: &str| text.matches(what).count();
        assert_eq!(count("AWS::SQS::Queue"), 0, "{text}");
        assert_eq!(count("lambda:InvokeFunction"), 1, "{text}");
        assert!(text.contains("RESIZE_FUNCTION:"), "{target}: {text}");
        let key = if target == "sam" { "ExecutionTimeout" } else { "executionTimeout" };
        assert!(text.contains(&format!("{key}: 31622400")), "{target}: {text}");
        let told = emitted.findings.iter().any(|f| f.message.contains("durable execution SDK"));
        assert!(told, "{:?}", emitted.findings);
    }
}
