//! What is written is read as the same application.

use std::fmt::Write as _;

use model::{App, Component, Fact, Load};
use source::{Finding, Severity, SourceMap};

use super::tests::EVERY_KEY;
use super::{Importer, Native, write};
use crate::seeds::{COMPOSE, SEEDS, SIDECARS};
use crate::{Candidate, Project, detect};

/// Reads a text of any format.
fn import(path: &str, text: &str) -> (SourceMap, App) {
    let mut sources = SourceMap::default();
    let file = sources.add(path, text);
    let found = detect(path, &[Candidate { path, text }]).expect("it is one of ours");
    let (app, _) = found[0].importer.read(&Project::new(&sources, ""), &[file]);
    (sources, app)
}

fn read_back(text: &str) -> (App, Vec<Finding>) {
    let mut sources = SourceMap::default();
    let file = sources.add("crossover.yaml", text);
    Native.read(&Project::new(&sources, ""), &[file])
}

fn value<T: std::fmt::Debug>(fact: &Fact<T>) -> String {
    fact.value().map_or_else(|| "?".to_owned(), |value| format!("{value:?}"))
}
fn some<T: std::fmt::Debug>(fact: Option<&Fact<T>>) -> String {
    fact.map_or_else(|| "-".to_owned(), value)
}

/// Everything about a component that the answer rests on, without places and origins.
fn essence(c: &Component) -> String {
    let mut out = format!("{} {:?}", c.id, c.kind);
    let load = match &c.load {
        Load::Rate { rate, shapes } => {
            format!("{:.9e} {shapes:?}", rate.get().map_or(0.0, units::Rate::hertz))
        }
        Load::Cron { expression, requests, .. } => format!("{expression} {requests}"),
        Load::Trace { path, .. } => path.clone(),
        other => format!("{other:?}"),
    };
    let _ = write!(
        out,
        "\n memory {} cpu_request {} load {load} cpu {} wait {} engine {} storage {} paths {:?} needs {:?} public {} concurrency {} allow {:?} reserved {:?} slo {:?} errors {:?}",
        value(&c.memory),
        some(c.cpu_request.as_ref()),
        value(&c.demand.cpu),
        value(&c.demand.wait),
        some(c.engine.as_ref()),
        some(c.storage.as_ref()),
        c.paths,
        c.needs.iter().collect::<Vec<_>>(),
        value(&c.public),
        value(&c.concurrency),
        c.allow.iter().map(|(p, _)| p).collect::<Vec<_>>(),
        c.reserved.map(|(n, _)| n),
        c.slo.latency.iter().map(|(q, limit, _)| (*q, *limit)).collect::<Vec<_>>(),
        c.slo.errors,
    );
    let steps = c.steps.as_ref().map(|s| {
        let rest = (value(&s.pauses), value(&s.inside), value(&s.state), some(s.kept.as_ref()));
        (s.count, s.elsewhere, s.machine, rest)
    });
    let _ = write!(out, " steps {steps:?}");
    // Where it stands in which file says nothing about what it is.
    let containers = c.containers.iter().map(|container| {
        let mut container = container.clone();
        container.span = None;
        container.ports.iter_mut().for_each(|port| port.span = None);
        let sizes = (some(container.cpu.as_ref()), some(container.memory.as_ref()));
        let time = value(&container.time);
        (container.cpu, container.memory, container.time) = (None, None, Fact::Unknown);
        format!("{container:?} {sizes:?} {time}")
    });
    let _ = write!(out, " mounts {:?} containers {:?}", c.mounts, containers.collect::<Vec<_>>());
    let events = c.events.clone().map(|mut events| {
        events.span = None;
        events
    });
    let _ = write!(
        out,
        " events {events:?} arch {} package {} size {} scratch {} longest {} init {} bytes {} {} {} open {} every {}",
        value(&c.architectures),
        value(&c.artifact.package),
        value(&c.artifact.size),
        some(c.scratch.as_ref()),
        some(c.run_time_max.as_ref()),
        value(&c.start.init),
        value(&c.request_bytes),
        value(&c.response_bytes),
        value(&c.log_bytes),
        some(c.connection.as_ref()),
        some(c.message_every.as_ref()),
    );
    out
}

fn edges(app: &App) -> Vec<String> {
    let show = |e: &model::Edge| {
        format!("{} {} {} {} {:?}", e.from, e.to, e.calls_per_request, value(&e.bytes), e.kind)
    };
    app.edges.iter().map(show).collect()
}

/// Writes and reads; the text, for tests that look at it.
fn same(path: &str, text: &str) -> String {
    let (sources, app) = import(path, text);
    assert!(!app.components.is_empty(), "{path}");
    let written = write(&app, &sources);
    let (again, findings) = read_back(&written);
    let errors: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{written}");
    let of = |app: &App| app.components.iter().map(essence).collect::<Vec<_>>();
    assert_eq!(of(&app), of(&again), "{written}");
    assert_eq!(edges(&app), edges(&again), "{written}");
    let head = |app: &App| {
        (
            app.name.clone(),
            value(&app.region),
            value(&app.availability.zones),
            value(&app.network),
            value(&app.spot),
            app.discounts.iter().map(|d| (d.service.clone(), d.hundredths)).collect::<Vec<_>>(),
        )
    };
    assert_eq!(head(&app), head(&again));
    written
}

#[test]
fn every_format_is_written_and_read_as_the_same_application() {
    for (path, text) in SEEDS {
        same(path, text);
    }
}

#[test]
fn further_containers_are_written_and_read_as_the_same() {
    let text = same("web.yaml", SIDECARS);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for expected in ["- name: proxy", "role: native-sidecar", "- \"https=8443 as 443 public\""] {
        assert!(lines.iter().any(|line| line.starts_with(expected)), "{expected}: {text}");
    }
    // What is assumed of them stays a comment.
    assert!(lines.iter().any(|line| line.starts_with("# time: 5 s")), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("# memory: 128 MB")), "{text}");
}

#[test]
fn our_own_format_with_every_key_survives_itself() {
    same("crossover.yaml", EVERY_KEY);
}

#[test]
fn each_line_says_where_its_value_comes_from() {
    let text = same("compose.yaml", COMPOSE);
    let line = |key: &str| {
        text.lines().find(|l| l.contains(key)).unwrap_or_else(|| panic!("no {key}: {text}"))
    };
    assert!(line("memory: 300 MB").contains("# compose.yaml:7"), "{text}");
    assert!(line("load: 1 M/month").contains("# assumed: "), "{text}");
    assert!(line("- cache").contains("# compose.yaml:"), "{text}");
    // What the reader assumes anyway stays an assumption.
    assert!(line("log_bytes: 500 B").trim_start().starts_with("# log_bytes"), "{text}");
}

#[test]
fn a_start_that_a_health_check_suggests_stays_a_comment() {
    let text = "services:\n  web:\n    build: .\n    ports: ['80:80']\n    healthcheck: { test: [CMD, ok], start_period: 40s }\n";
    let (sources, app) = import("compose.yaml", text);
    let written = write(&app, &sources);
    assert!(written.lines().any(|line| line.trim_start().starts_with("# init: 40 s")), "{written}");
}

#[test]
fn two_files_that_claim_a_path_are_written_as_one_application() {
    let sam = "Resources:\n  GetIt: { Type: AWS::Serverless::Function, Properties: { Events: { E: { Type: Api, Properties: { Path: /it, Method: get } } } } }\n";
    let framework = "service: s\nprovider: { name: aws }\nfunctions: { get-it: { handler: a.h, events: [{ http: 'GET /it' }] } }\n";
    let (sources, first) = import("template.yaml", sam);
    let (_, second) = import("serverless.yml", framework);
    let both = [("SAM and CloudFormation", first), ("serverless.yml", second)];
    let (app, _) = crate::merged(both.map(|(name, app)| (name, (app, Vec::new()))).into());
    let written = write(&app, &sources);
    assert!(!written.contains("left out"), "{written}");
}

#[test]
fn hostile_names_stay_in_their_place() {
    let (sources, mut app) = import("compose.yaml", COMPOSE);
    app.name = "a: b\n# c \"d\"".to_owned();
    for c in &mut app.components {
        let strange = format!("{} {{: #\n", c.id);
        for edge in &mut app.edges {
            for end in [&mut edge.from, &mut edge.to] {
                if *end == c.id {
                    end.clone_from(&strange);
                }
            }
        }
        c.id = strange;
    }
    app.components[0].memory = Fact::assumed(units::Bytes::new(3), "two\nlines: x");
    let written = write(&app, &sources);
    let (again, findings) = read_back(&written);
    assert!(findings.iter().all(|f| f.severity < Severity::Error), "{findings:?}\n{written}");
    assert_eq!(again.components.len(), app.components.len());
    assert_eq!(again.edges.len(), app.edges.len(), "{written}");
    assert!(written.contains("left out: "), "{written}");
}
