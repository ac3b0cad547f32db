//! There and back through SAM: functions with what starts them.

use std::collections::BTreeSet;

use import::{ALL, Project};
use model::{
    App, Architecture, CallKind, Edge, Fact, FrontDoor, FunctionSettings, Kind, Load, Placement,
    PlatformId, Settings,
};
use source::SourceMap;
use units::Bytes;

use crate::{placed, read};

const TEMPLATE: &str = include_str!("template.yaml");

fn on_lambda(app: &App) -> Vec<Placement> {
    let mut placements = placed::on_kubernetes(app);
    for (placement, component) in placements.iter_mut().zip(&app.components) {
        let front_door = match component.kind {
            Kind::Http => FrontDoor::HttpApi,
            Kind::Worker => FrontDoor::Queue,
            Kind::Cron => FrontDoor::Schedule,
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

/// What has to come back of the functions.
fn facts(app: &App) -> BTreeSet<String> {
    let functions = app.components.iter().filter(|c| c.kind != Kind::Stateful);
    let facts = functions.map(|component| {
        let names: Vec<&str> = component
            .blueprint
            .iter()
            .flat_map(|b| &b.environment)
            .map(|variable| variable.name.as_str())
            .collect();
        let schedule = match &component.load {
            Load::Cron { expression, .. } => expression.as_str(),
            _ => "none",
        };
        let memory = placed::memory(component);
        format!("{} {} {memory} {schedule} {names:?}", component.id, component.kind.name())
    });
    facts.collect()
}

#[test]
fn what_is_written_for_sam_is_read_as_the_same_functions() {
    let (mut app, sources) = read("template.yaml", TEMPLATE.as_bytes()).unwrap();
    app.components.retain(|component| component.kind != Kind::Stateful);
    let wanted = facts(&app);
    assert_eq!(wanted.len(), 3, "{wanted:?}");
    let placements = on_lambda(&app);
    let target = emit::by_name("sam");
    let plan = emit::Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
    let emitted = emit::emit(&plan);
    let file = emitted.files.iter().find(|file| file.path == "sam/template.yaml").unwrap();
    assert!(!file.text.contains("hunter2"), "{}", file.text);
    assert!(file.text.contains("NoEcho"), "{}", file.text);
    let queue_known = file.text.contains("VisibilityTimeout: 360");
    assert!(queue_known, "six times the function's 60 s:\n{}", file.text);
    let mut again = SourceMap::default();
    let id = again.add("template.yaml", file.text.as_str());
    let importer = ALL.iter().find(|i| i.name().contains("CloudFormation")).unwrap();
    let (back, _) = importer.read(&Project::new(&again, ""), &[id]);
    assert_eq!(facts(&back), wanted, "{}", file.text);
}

#[test]
fn callers_get_rights_unless_calls_go_round() {
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
    let text = |edges: Vec<Edge>| {
        let mut app = app.clone();
        app.edges = edges;
        let mut placements = on_lambda(&app);
        for placement in placements.iter_mut().filter(|p| p.component == "api") {
            let Settings::Function(function) = &mut placement.configured else { continue };
            function.front_door = FrontDoor::None;
        }
        let target = emit::by_name("sam");
        let plan = emit::Plan::of_placements(&app, &placements, &sources, String::new(), target);
        let files = emit::emit(&plan).files;
        files.into_iter().find(|file| file.path == "sam/template.yaml").unwrap().text
    };
    let line = text(vec![call("nightly", "api"), call("api", "resize")]);
    assert_eq!(line.matches("LambdaInvokePolicy").count(), 1, "{line}");
    assert_eq!(line.matches("SQSSendMessagePolicy").count(), 1, "{line}");
    let circle = text(vec![call("nightly", "api"), call("api", "resize"), call("resize", "api")]);
    assert_eq!(circle.matches("resize calls api").count(), 0, "{circle}");
    assert_eq!(circle.matches("nightly calls api").count(), 1, "{circle}");
}
