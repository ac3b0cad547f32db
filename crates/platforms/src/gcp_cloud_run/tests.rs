//! Stories about Cloud Run: closed form against replay, options, what is refused.

use model::{Component, Container, Distribution, Fact, Kind, Need, Role};
use traffic::Workload;
use units::{Bytes, Duration, Millicores, Money, Seed};

use super::CloudRun;
use super::host::Run;
use crate::billing_scene::known;
use crate::case::{Case, Member};
use crate::instance_host::Host;
use crate::plain_scene::{app, case, component, flat, prices};
use crate::platform::{Evaluation, Platform};
use crate::usage::{InstanceUsage, Usage};
use model::{Billing, Configuration, InstanceSettings, Settings};

fn service(cpu_ms: u64, wait_ms: u64, concurrency: u32) -> Component {
    let mut service = component("api", Kind::Http);
    service.demand.cpu = known(Distribution::Constant(Duration::from_millis(cpu_ms)));
    // Drawn, since constant times are all rounded up alike.
    let (p50, p99) = (Duration::from_millis(wait_ms), Duration::from_millis(wait_ms * 3));
    service.demand.wait = known(Distribution::LogNormal { p50, p99 });
    service.concurrency = Fact::assumed(concurrency, "");
    service.memory = Fact::assumed(Bytes::from_mib(512), "");
    service
}

fn of(configuration: &Configuration) -> &InstanceSettings {
    match &configuration.settings {
        Settings::Instance(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn usage(evaluation: &Evaluation) -> InstanceUsage {
    match &evaluation.usage {
        Usage::Instance(usage) => *usage,
        other => panic!("{other:?}"),
    }
}

fn on_demand(case: &Case<'_>) -> Configuration {
    let options = CloudRun.options(case).unwrap();
    let plain = |c: &&Configuration| of(c).min == 0 && of(c).billing == Billing::Requests;
    options.iter().find(plain).expect("a service billed by request").clone()
}

/// Active time by replay over that by closed form, and the replay.
fn replayed(service: &Component, load: &Workload) -> (f64, Evaluation) {
    let mut app = app(vec![service.clone()]);
    app.region = Fact::assumed("gcp/us-central1".to_owned(), "");
    let replay = load.replay(&service.demand, Seed(7), "api", 400_000);
    let whole = Case {
        app: &app,
        component: service,
        workload: load,
        requests: &replay.requests,
        start: replay.start,
        replays_per_month: replay.replays_per_month,
        prices: prices(),
        seed: Seed(7),
    };
    let configuration = on_demand(&whole);
    let estimated = CloudRun.estimate(&whole, &configuration).unwrap();
    let simulated = CloudRun.simulate(&whole, &configuration).unwrap();
    let ratio = usage(&simulated).active_ms as f64 / usage(&estimated).active_ms as f64;
    (ratio, simulated)
}

#[test]
fn closed_form_and_replay_agree_on_active_time() {
    for (rate, cpu_ms, wait_ms, concurrency) in
        [(0.02, 20, 80, 80), (1.0, 20, 180, 1), (3.0, 10, 200, 80), (4.0, 100, 100, 10)]
    {
        let service = service(cpu_ms, wait_ms, concurrency);
        let (ratio, simulated) = replayed(&service, &flat(rate));
        assert!((0.88..1.12).contains(&ratio), "{rate}/s, {concurrency} at once: {ratio}");
        let counts = simulated.counts.unwrap();
        assert_eq!(counts.arrivals, counts.served + counts.rejected + counts.in_flight);
        assert!(simulated.obstacles.is_empty(), "{:?}", simulated.obstacles);
    }
}

#[test]
fn more_at_once_is_less_to_pay_for_what_mostly_waits() {
    let active = |concurrency| {
        let (_, simulated) = replayed(&service(5, 295, concurrency), &flat(4.0));
        usage(&simulated).active_ms
    };
    let (one, ten) = (active(1), active(10));
    // 4 requests a second of 0.3 s are 1.2 in flight: one instance with ten places has work for most of the time.
    assert!(ten * 3 < one * 2, "{one} against {ten}");
}

#[test]
fn a_request_that_finds_no_instance_waits_for_its_start() {
    let (_, simulated) = replayed(&service(20, 30, 80), &flat(1.0 / 3600.0));
    let cold = simulated.cold.unwrap().get();
    assert!((0.75..1.0).contains(&cold), "one an hour is nearly always cold: {cold}");
    let latency = simulated.latency.unwrap();
    assert!(latency.quantile(0.5).unwrap() > Duration::from_millis(400), "{latency:?}");
    // The closed form says the same.
    let mut place = app(vec![service(20, 30, 80)]);
    place.region = Fact::assumed("gcp/us-central1".to_owned(), "");
    let load = flat(1.0 / 3600.0);
    let case = case(&place, &place.components[0], &load);
    let estimated = CloudRun.estimate(&case, &on_demand(&case)).unwrap().cold.unwrap().get();
    assert!((estimated - cold).abs() < 0.12, "{estimated} against {cold}");
}

#[test]
fn background_work_and_sockets_are_paid_for_by_the_instance() {
    let options = |need: Need| {
        let mut service = service(5, 5, 80);
        service.needs.insert(need, None);
        let mut app = app(vec![service]);
        app.region = Fact::assumed("gcp/us-central1".to_owned(), "");
        let load = flat(5.0);
        CloudRun.options(&case(&app, &app.components[0], &load)).unwrap()
    };
    for need in [Need::Background, Need::WebSockets] {
        let found = options(need);
        assert!(!found.is_empty());
        for configuration in &found {
            let settings = of(configuration);
            assert_eq!(settings.billing, Billing::Instances, "{}", configuration.label);
            assert!(settings.min >= 1);
        }
    }
}

#[test]
fn less_than_one_vcpu_is_one_request_at_a_time() {
    let options = |concurrency| {
        let mut app = app(vec![service(5, 5, concurrency)]);
        app.region = Fact::assumed("gcp/us-central1".to_owned(), "");
        let load = flat(0.1);
        CloudRun.options(&case(&app, &app.components[0], &load)).unwrap()
    };
    let small = |all: &[Configuration]| all.iter().any(|c| of(c).cpu.get() < 1000);
    assert!(small(&options(1)) && !small(&options(80)));
}

#[test]
fn what_runs_by_the_clock_pays_for_its_schedule() {
    let mut nightly = service(1_000, 0, 1);
    nightly.kind = Kind::Cron;
    let (app, load) = (app(vec![nightly.clone()]), flat(0.001));
    let case = case(&app, &nightly, &load);
    let schedules = |free_tier: bool| {
        let mut app = app.clone();
        app.region = Fact::assumed("gcp/us-central1".to_owned(), "");
        app.free_tier = known(free_tier);
        let case = Case { app: &app, ..case };
        let configuration = CloudRun.options(&case).unwrap().remove(0);
        let evaluation = CloudRun.estimate(&case, &configuration).unwrap();
        let member =
            Member { component: &nightly, configuration: &configuration, evaluation: &evaluation };
        let lines = CloudRun.bill(&[member], &case.site()).unwrap().lines;
        lines.into_iter().filter(|line| line.item == "schedules").map(|l| l.amount).sum::<Money>()
    };
    // A job of Cloud Scheduler; three are free.
    assert_eq!(schedules(false), Money::from_cents(10));
    assert_eq!(schedules(true), Money::ZERO);
}

#[test]
fn what_stays_beside_the_main_container_is_paid_for_and_serves_nobody() {
    let mut service = service(20, 80, 10);
    service.memory = Fact::assumed(Bytes::from_mib(1200), "");
    service.containers = vec![
        Container {
            cpu: Some(known(Millicores::new(200))),
            memory: Some(known(Bytes::from_mib(600))),
            ..Container::new("proxy", Role::Sidecar, None)
        },
        Container::new("logs", Role::NativeSidecar, None),
    ];
    let mut app = app(vec![service.clone()]);
    app.region = Fact::assumed("gcp/us-central1".to_owned(), "");
    let load = flat(0.5);
    let case = case(&app, &service, &load);
    let options = CloudRun.options(&case).unwrap();
    // 600 MiB want half a vCPU; of the others nobody says anything: 100m and 128 MiB.
    let whole = of(&options[0]);
    assert_eq!((whole.cpu.get(), whole.memory), (1600, Bytes::from_mib(600 + 600 + 128)));
    assert_eq!(Run.serving(&case, whole).cpu.get(), 1000);
    let mut large = service.clone();
    large.containers[0].memory = Some(known(Bytes::from_gib(33)));
    assert!(CloudRun.not_for(&large).is_some() && CloudRun.not_for(&service).is_none());
}
