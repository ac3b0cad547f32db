//! Stories about Container Apps: replicas that follow the rate, idle and active time.

use model::{Component, Container, Distribution, Fact, Kind, Role};
use traffic::Workload;
use units::{Bytes, Duration, Millicores, Seed};

use super::ContainerApps;
use super::host::Apps;
use crate::billing_scene::known;
use crate::case::Case;
use crate::instance_host::Host;
use crate::plain_scene::{app, case, component, flat, prices};
use crate::platform::{Evaluation, Platform};
use crate::usage::{InstanceUsage, Usage};
use model::Settings;

fn service() -> Component {
    let mut service = component("api", Kind::Http);
    service.demand.cpu = known(Distribution::Constant(Duration::from_millis(50)));
    service.demand.wait = known(Distribution::Constant(Duration::from_millis(50)));
    service.memory = known(Bytes::from_mib(512));
    service
}

/// By closed form and by replay, with so many replicas always there.
fn both(load: &Workload, min: u32) -> (InstanceUsage, InstanceUsage, Evaluation) {
    let service = service();
    let mut app = app(vec![service.clone()]);
    app.region = Fact::assumed("azure/eastus".to_owned(), "");
    let replay = load.replay(&service.demand, Seed(3), "api", 400_000);
    let case = Case {
        app: &app,
        component: &service,
        workload: load,
        requests: &replay.requests,
        start: replay.start,
        replays_per_month: replay.replays_per_month,
        prices: prices(),
        seed: Seed(3),
    };
    let options = ContainerApps.options(&case).unwrap();
    let settled = |settings: &Settings| matches!(settings, Settings::Instance(s) if s.min == min);
    let chosen = options.iter().find(|c| settled(&c.settings)).expect("an option");
    let usage = |evaluation: &Evaluation| match &evaluation.usage {
        Usage::Instance(usage) => *usage,
        other => panic!("{other:?}"),
    };
    let estimated = ContainerApps.estimate(&case, chosen).unwrap();
    let simulated = ContainerApps.simulate(&case, chosen).unwrap();
    (usage(&estimated), usage(&simulated), simulated)
}

#[test]
fn replica_time_agrees_by_closed_form_and_by_replay() {
    for rate in [0.5, 4.0] {
        let (estimated, simulated, evaluation) = both(&flat(rate), 0);
        let ratio = simulated.lives_ms as f64 / estimated.lives_ms as f64;
        assert!((0.85..1.2).contains(&ratio), "{rate}/s: {ratio}");
        assert!(evaluation.obstacles.is_empty(), "{:?}", evaluation.obstacles);
    }
}

#[test]
fn a_replica_that_must_be_there_idles_most_of_a_quiet_month() {
    let (_, simulated, evaluation) = both(&flat(0.01), 1);
    let month = Duration::MONTH.millis_ceil();
    let idle = simulated.idle_min_ms as f64 / month as f64;
    assert!(idle > 0.99, "{idle}");
    assert!(evaluation.cold.unwrap().get() < 1e-12);
    // Without it nearly every request waits for a start.
    let (_, none, evaluation) = both(&flat(1.0 / 7200.0), 0);
    assert!(evaluation.cold.unwrap().get() > 0.9);
    assert_eq!(none.idle_min_ms, 0);
}

#[test]
fn a_replica_has_room_for_all_its_containers_and_serves_with_what_they_leave() {
    let sized = |role, milli, mib| Container {
        cpu: Some(known(Millicores::new(milli))),
        memory: Some(known(Bytes::from_mib(mib))),
        ..Container::new("other", role, None)
    };
    let load = flat(0.5);
    let (mut alone, mut proxied) = (service(), service());
    proxied.containers = vec![sized(Role::Sidecar, 200, 128)];
    let mut filled = service();
    filled.containers =
        vec![Container { time: known(Duration::from_secs(7)), ..sized(Role::Init, 1500, 64) }];
    alone.memory = known(Bytes::from_mib(256));
    proxied.memory = known(Bytes::from_mib(384));
    let smallest = |service: &Component| {
        let app = {
            let mut app = app(vec![service.clone()]);
            app.region = Fact::assumed("azure/eastus".to_owned(), "");
            app
        };
        let case = case(&app, service, &load);
        let options = ContainerApps.options(&case).unwrap();
        let Settings::Instance(found) = &options[0].settings else { panic!("an instance") };
        let start = Apps.placement(&case).unwrap().0;
        (found.cpu.get(), Apps.serving(&case, found).cpu.get(), start.secs_f64())
    };
    assert_eq!(smallest(&alone), (250, 250, 6.0));
    // Of 250 it would leave 50, which is less than a quarter.
    assert_eq!(smallest(&proxied), (500, 300, 6.0));
    assert_eq!(smallest(&filled), (2000, 2000, 13.0));
}
