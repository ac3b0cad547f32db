//! Stories about Workers: closed form against replay, what waiting costs, what is refused, the bill.

use model::{Component, Distribution, Kind, Need, Package};
use traffic::Workload;
use units::{Bytes, Duration, Seed};

use super::Workers;
use crate::billing_scene::{Scene, dollars, known};
use crate::case::Case;
use crate::plain_scene::{app, case, component, flat, prices};
use crate::platform::{Evaluation, Platform};
use crate::usage::{InstanceUsage, Usage};
use model::{Billing, Configuration, Settings};

fn worker(cpu_ms: u64, wait_ms: u64) -> Component {
    let mut worker = component("api", Kind::Http);
    let (p50, p99) = (Duration::from_millis(cpu_ms), Duration::from_millis(cpu_ms * 4));
    worker.demand.cpu = known(Distribution::LogNormal { p50, p99 });
    worker.demand.wait = known(Distribution::Constant(Duration::from_millis(wait_ms)));
    worker
}

fn usage(evaluation: &Evaluation) -> InstanceUsage {
    match &evaluation.usage {
        Usage::Instance(usage) => *usage,
        other => panic!("{other:?}"),
    }
}

fn at_the_edge(component: &Component) -> model::App {
    let mut app = app(vec![component.clone()]);
    app.region = known("cloudflare/global".to_owned());
    app
}

fn only_option(case: &Case<'_>) -> Configuration {
    let mut options = Workers.options(case).unwrap();
    assert_eq!(options.len(), 1);
    options.remove(0)
}

/// Closed form and replay.
fn both(component: &Component, load: &Workload) -> (Evaluation, Evaluation) {
    let app = at_the_edge(component);
    let replay = load.replay(&component.demand, Seed(7), "api", 400_000);
    let whole = Case {
        app: &app,
        component,
        workload: load,
        requests: &replay.requests,
        start: replay.start,
        replays_per_month: replay.replays_per_month,
        prices: prices(),
        seed: Seed(7),
    };
    let option = only_option(&whole);
    (Workers.estimate(&whole, &option).unwrap(), Workers.simulate(&whole, &option).unwrap())
}

#[test]
fn closed_form_and_replay_agree_on_cpu_time_and_latency() {
    for (rate, cpu_ms, wait_ms) in [(0.5, 7, 0), (2.0, 10, 90), (4.0, 50, 950)] {
        let (estimated, simulated) = both(&worker(cpu_ms, wait_ms), &flat(rate));
        let ratio = usage(&simulated).cpu_ms as f64 / usage(&estimated).cpu_ms as f64;
        assert!((0.97..1.03).contains(&ratio), "{rate}/s: CPU {ratio}");
        for q in [0.5, 0.95, 0.99] {
            let at = |e: &Evaluation| e.latency.as_ref().unwrap().quantile(q).unwrap().secs_f64();
            let ratio = at(&simulated) / at(&estimated);
            assert!((0.93..1.07).contains(&ratio), "{rate}/s: {q} {ratio}");
        }
        let counts = simulated.counts.unwrap();
        assert_eq!(counts.arrivals, counts.served);
        assert_eq!((estimated.cold, simulated.cold), (None, None));
    }
}

#[test]
fn waiting_costs_nothing() {
    let bill = |wait_ms: u64| {
        let worker = worker(10, wait_ms);
        let app = at_the_edge(&worker);
        let load = flat(50.0);
        let case = case(&app, &worker, &load);
        let option = only_option(&case);
        let evaluation = Workers.estimate(&case, &option).unwrap();
        let member =
            crate::Member { component: &worker, configuration: &option, evaluation: &evaluation };
        Workers.bill(&[member], &case.site()).unwrap().total()
    };
    assert_eq!(bill(0), bill(30_000));
}

#[test]
fn the_plan_is_paid_once_and_what_it_includes_is_shared() {
    let mut scene = Scene::new("2026-11-23");
    scene.region("cloudflare/global");
    let whole = case_settings();
    for id in ["a", "b"] {
        let usage =
            InstanceUsage { requests: 10_000_000, cpu_ms: 30_000_000, ..InstanceUsage::default() };
        let part = crate::billing_scene::component(id);
        scene.place(part, whole.settings.clone(), Usage::Instance(usage));
    }
    let invoice = Workers.bill(&scene.members(), &scene.site()).unwrap();
    let shown: Vec<(&str, String)> =
        invoice.lines.iter().map(|l| (l.item.as_str(), dollars(l.amount))).collect();
    // 20 M requests and 60 M CPU-ms, of which half are included; each member has its half of the rest.
    assert_eq!(
        shown,
        [
            ("Workers Paid plan", "5.00".to_owned()),
            ("requests", "1.50".to_owned()),
            ("requests", "1.50".to_owned()),
            ("CPU time", "0.30".to_owned()),
            ("CPU time", "0.30".to_owned()),
        ]
    );
    let nobody = Workers.bill(&[], &scene.site()).unwrap();
    assert!(nobody.lines.is_empty());
}

fn case_settings() -> Configuration {
    let worker = worker(1, 1);
    let app = at_the_edge(&worker);
    let load = flat(1.0);
    let option = only_option(&case(&app, &worker, &load));
    let Settings::Instance(settings) = &option.settings else { panic!("{option:?}") };
    assert_eq!((settings.billing, settings.memory), (Billing::Cpu, Bytes::from_mib(128)));
    option
}

#[test]
fn what_is_no_script_that_answers_is_not_offered() {
    let offered = |kind: Kind, package: Option<Package>| {
        let mut worker = worker(1, 1);
        worker.kind = kind;
        if let Some(package) = package {
            worker.artifact.package = known(package);
        }
        let app = at_the_edge(&worker);
        let load = flat(1.0);
        !Workers.options(&case(&app, &worker, &load)).unwrap().is_empty()
    };
    assert!(offered(Kind::Http, None) && offered(Kind::Cron, None) && offered(Kind::Static, None));
    assert!(offered(Kind::Http, Some(Package::Zip)) && !offered(Kind::Http, Some(Package::Image)));
    assert!(!offered(Kind::Worker, None) && !offered(Kind::Stream, None));
    assert!(!offered(Kind::Stateful, None));
}

#[test]
fn needs_of_a_process_are_refused_with_reasons() {
    let app = at_the_edge(&worker(1, 1));
    let load = flat(1.0);
    let limits = Workers.limits(&case(&app, &app.components[0], &load).site()).unwrap();
    for need in [
        Need::WebSockets,
        Need::Tcp,
        Need::Udp,
        Need::Grpc,
        Need::Background,
        Need::LocalDisk,
        Need::SessionState,
        Need::Gpu,
        Need::Windows,
    ] {
        assert!(limits.refuses[&need].0.len() > 10, "{need:?}");
    }
    assert_eq!(limits.memory_max.unwrap().value, Bytes::from_mib(128));
    assert_eq!(limits.cpu_time_max.unwrap().value, Duration::from_secs(300));
    assert_eq!(limits.run_time_max, None, "a request may wait for as long as its client does");
    let languages = limits.languages.unwrap().value;
    let runs = |runtime: &str| languages.iter().any(|language| language.runs(runtime));
    assert!(runs("nodejs24.x") && runs("python3.13") && runs("rust"));
    assert!(!runs("java21") && !runs("go1.x") && !runs("dotnet10"));
}

#[test]
fn unknown_work_is_an_obstacle_and_not_free() {
    let mut worker = worker(1, 1);
    worker.demand.cpu = model::Fact::Unknown;
    worker.demand.wait = model::Fact::Unknown;
    let app = at_the_edge(&worker);
    let load = flat(1.0);
    let case = case(&app, &worker, &load);
    let evaluation = Workers.estimate(&case, &only_option(&case)).unwrap();
    assert!(evaluation.obstacles[0].reason.text.contains("nobody says"));
}
