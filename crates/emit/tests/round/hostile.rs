//! Applications that nobody would write: names that collide, text that looks like something else, nothing, and a lot.

use model::{Blueprint, Fact, Place, Port, Protocol, Setting, Variable, Volume};
use proptest::prelude::*;
use source::SourceMap;

use crate::{functions, keep_manifests, read, terraform, valid, written};

const NAMES: &[&str] = &[
    "api",
    "API",
    "a_pi",
    "a.pi",
    "-",
    "9",
    "日本",
    "no",
    "a b",
    "",
    "x:y",
    "$(X)",
    "api-settings",
    "ingress",
    "kustomization",
    "outside",
    "main",
    "door",
    "execution",
    "a--b",
    "nul",
    "true",
    // 63 and 64 letters, which differ in the last one only.
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
    "A_PI__x",
];
const TEXTS: &[&str] = &[
    "",
    "no",
    "1e3",
    ": ",
    "a\nb",
    "\u{2028}",
    " x",
    "#",
    "$(A)",
    "$$(A)",
    "{{ x }}",
    "---",
    "\u{0}",
    "é",
    "%",
    "u://a:b@c",
    "yes",
    "~",
    "null",
    "0x1f",
    "2001-01-01",
    "- a",
    "? a",
    "*a",
    "&a",
    "!a",
    "|",
    "\t",
    "\u{7}\u{1b}[0m",
    "\u{feff}",
    "${x}",
    "$${x}$$${y}",
    "%{ if x }",
    "http://api:80/,http://no/",
    "api:80,a_pi:81",
];
const PATHS: &[&str] = &["/data", "/data", "", "relative", "/a:b", "/x y"];

fn one_of(all: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(all).prop_map(str::to_owned),
        1 => "[a-zA-Z0-9_.\\-]{1,80}",
        1 => "\\PC{0,12}",
    ]
}

fn setting() -> impl Strategy<Value = Setting> {
    let place = (one_of(NAMES), prop::option::of(one_of(NAMES)));
    let place = place.prop_map(|(name, key)| Place { name, key }).boxed();
    prop_oneof![
        one_of(TEXTS).prop_map(Setting::Plain),
        prop::option::of(place.clone()).prop_map(Setting::Secret),
        place.prop_map(Setting::From),
    ]
}

fn port() -> impl Strategy<Value = Port> {
    let numbers = prop::sample::select(vec![0u16, 53, 80, 8080, 8080, 65535]);
    let reached = prop::collection::vec(prop::sample::select(vec![0u16, 80, 443, 8080]), 0..3);
    (numbers, any::<bool>(), prop::option::of(one_of(NAMES)), any::<bool>(), reached).prop_map(
        |(number, udp, name, published, reached_at)| {
            let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
            Port { number, protocol, name, published, reached_at, span: None }
        },
    )
}

fn blueprint() -> impl Strategy<Value = Blueprint> {
    let variables = prop::collection::vec((one_of(NAMES), setting()), 0..5);
    let volumes = prop::collection::vec((one_of(NAMES), one_of(PATHS)), 0..3);
    let words = prop::collection::vec(one_of(TEXTS), 0..3);
    let image = prop::option::of(one_of(TEXTS));
    (image, variables, volumes, words, prop::collection::vec(port(), 0..4)).prop_map(
        |(image, variables, volumes, command, ports)| {
            let mut environment: Vec<Variable> =
                variables.into_iter().map(|(name, value)| Variable { name, value }).collect();
            environment.sort_by(|a, b| a.name.cmp(&b.name));
            environment.dedup_by(|a, b| a.name == b.name);
            let volumes = volumes.into_iter().map(|(name, path)| Volume { name, path }).collect();
            Blueprint { image, environment, volumes, command, ports, ..Blueprint::default() }
        },
    )
}

const KINDS: &str = "
name: x
region: aws/us-east-1
components:
  a: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month }
  b: { kind: worker, memory: 512 MB, duration: 300 ms, load: 3M/month }
  c: { kind: cron, memory: 512 MB, duration: 300 ms, load: { cron: '0 2 * * 7' } }
  d: { kind: stateful, engine: postgres, memory: 1 GB, storage: 7 GB }
  e: { kind: http, needs: [udp, gpu, privileged], memory: 512 MB, duration: 300 ms, load: 3M/month }
  f: { kind: http, needs: [local-disk], memory: 512 MB, duration: 300 ms, load: 3M/month }
  g: { kind: static, memory: 512 MB, duration: 3 ms, load: 3M/month }
";

fn application() -> impl Strategy<Value = model::App> {
    let (app, _) = read("crossover.yaml", KINDS.as_bytes()).expect("it reads");
    assert_eq!(app.components.len(), 7);
    let kinds = app.components.clone();
    let component = (0..kinds.len(), one_of(NAMES), prop::option::of(blueprint()), any::<bool>());
    let component = component.prop_map(move |(kind, id, blueprint, public)| {
        let mut component = kinds[kind].clone();
        component.id = id;
        component.blueprint = blueprint.map(Box::new);
        component.public = Fact::assumed(public, "a test");
        component
    });
    (one_of(NAMES), prop::collection::vec(component, 0..6)).prop_map(
        move |(name, mut components)| {
            components.sort_by(|a, b| a.id.cmp(&b.id));
            components.dedup_by(|a, b| a.id == b.id);
            let mut app = app.clone();
            (app.name, app.components) = (name, components);
            app.edges.clear();
            app
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_application_is_called_and_holds_its_manifests_stand(app in application()) {
        let emitted = written(&app, &SourceMap::default());
        keep_manifests(&emitted.files);
        let faults = crate::faults(&emitted.files);
        prop_assert!(faults.is_empty(), "{}", faults.join("\n"));
        // The same again, byte by byte.
        prop_assert_eq!(&written(&app, &SourceMap::default()), &emitted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_application_is_called_and_holds_its_functions_stand(app in application()) {
        for (target, _, _) in functions::TARGETS {
            // Looks for names that lead nowhere itself.
            let emitted = || functions::written(target, &app, &functions::on_lambda(&app), &SourceMap::default());
            prop_assert_eq!(&emitted(), &emitted());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_application_is_called_and_holds_terraform_and_knative_can_read_it(app in application()) {
        for (platform, stores) in terraform::PLATFORMS {
            let placements = terraform::on(&app, platform, stores);
            let emitted = || terraform::emitted(&app, &placements, &SourceMap::default());
            prop_assert_eq!(&emitted(), &emitted());
        }
        let emitted = for_knative(&app, &SourceMap::default());
        keep_manifests(&emitted.files);
        let faults = crate::faults(&emitted.files);
        prop_assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

/// Everything that Knative may run on it, the rest in pods.
pub(crate) fn for_knative(app: &model::App, sources: &SourceMap) -> emit::Emitted {
    let mut placements = crate::placed::on_kubernetes(app);
    for placement in &mut placements {
        if let model::Settings::Pod(pod) = &mut placement.configured {
            let queue_proxy = units::Millicores::new(25);
            pod.target = model::PodTarget::Knative { target: 10, queue_proxy };
        }
    }
    let target = emit::by_name("knative");
    emit::emit(&emit::Plan::of_placements(app, &placements, sources, "a test".to_owned(), target))
}

/// Every hostile name at once, each with every hostile text, kept for Terraform itself to look at.
#[test]
fn definitions_of_nothing_but_hostile_names_are_written_or_told() {
    let (mut app, sources) = read("crossover.yaml", KINDS.as_bytes()).expect("it reads");
    let kinds = app.components.clone();
    let mut names: Vec<&str> = NAMES.to_vec();
    names.sort_unstable();
    app.components = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let mut component = kinds[number % kinds.len()].clone();
            let variables = TEXTS.iter().enumerate().map(|(number, text)| Variable {
                name: format!("V_{number}"),
                value: Setting::Plain((*text).to_owned()),
            });
            let named = NAMES
                .iter()
                .map(|name| Variable { name: (*name).to_owned(), value: Setting::Secret(None) });
            component.blueprint = Some(Box::new(Blueprint {
                image: Some("acme/a:1".to_owned()),
                environment: variables.chain(named).collect(),
                command: TEXTS.iter().map(|text| (*text).to_owned()).collect(),
                ..Blueprint::default()
            }));
            component.id = (*name).to_owned();
            component
        })
        .collect();
    app.edges.clear();
    let emitted = written(&app, &sources);
    crate::keep("hostile", &emitted);
    let faults = crate::faults(&emitted.files);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for (platform, stores) in terraform::PLATFORMS {
        let emitted = terraform::emitted(&app, &terraform::on(&app, platform, stores), &sources);
        crate::keep(&format!("terraform/{platform}/hostile"), &emitted);
        let told = |what: &str| emitted.findings.iter().any(|f| f.message.contains(what));
        assert!(told("is called"), "{platform}: names that were changed are told");
        assert!(told("cannot be set"), "{platform}: variables that were left out are told");
    }
}

#[test]
fn an_empty_application_is_a_page_and_nothing_else() {
    let (mut app, sources) = read("crossover.yaml", KINDS.as_bytes()).expect("it reads");
    app.components.clear();
    app.edges.clear();
    let emitted = written(&app, &sources);
    let paths: Vec<&str> = emitted.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["README.md"]);
    assert!(emitted.files[0].text.contains("there is nothing to deploy"));
}

#[test]
fn two_thousand_parts_are_written_one_by_one() {
    let (mut app, sources) = read("crossover.yaml", KINDS.as_bytes()).expect("it reads");
    let one = app.components[0].clone();
    app.components = (0..2_000)
        .map(|number| {
            let mut component = one.clone();
            component.id = format!("{}-{number:04}", "x".repeat(70));
            component
        })
        .collect();
    let emitted = written(&app, &sources);
    assert!(valid::faults(&emitted.files).is_empty());
    assert!(emitted.files.len() > 2_000);
    let (platform, stores) = terraform::PLATFORMS[0];
    let emitted = terraform::emitted(&app, &terraform::on(&app, platform, stores), &sources);
    assert!(emitted.files.len() > 2_000);
}

#[test]
fn no_secret_is_written() {
    let (mut app, sources) = read("crossover.yaml", KINDS.as_bytes()).expect("it reads");
    let plain = |name: &str, text: &str| Variable {
        name: name.to_owned(),
        value: Setting::Plain(text.to_owned()),
    };
    let blueprint = Blueprint {
        image: Some("acme/a:1".to_owned()),
        command: vec!["run".to_owned(), "--db-password=hunter2".to_owned()],
        args: vec!["postgres://u:hunter2@db/x".to_owned()],
        environment: vec![plain("API_TOKEN", "hunter2"), plain("URL", "amqp://u:hunter2@mq")],
        ..Blueprint::default()
    };
    app.components[0].blueprint = Some(Box::new(blueprint));
    let emitted = written(&app, &sources);
    let all: String = emitted.files.iter().map(|file| file.text.as_str()).collect();
    assert!(!all.contains("hunter2"), "{all}");
    assert!(all.contains("--db-password=$(DB_PASSWORD)"), "{all}");
    assert!(all.contains("`API_TOKEN` in Secret `a-secrets`"), "{all}");
}
