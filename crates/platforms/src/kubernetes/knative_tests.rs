//! Services under Knative: when they are there, what the first request waits for, what they cost together.

use model::{Component, ExistingCluster, Kind, Need};
use traffic::Workload;
use units::{Bytes, Duration, Millicores, Money, Request, Seed};

use super::flavours::{AKS, EKS, GKE, GKE_AUTOPILOT, SELF_MANAGED};
use super::{Kubernetes, knative};
use crate::billing_scene::known;
use crate::case::{Case, Member};
use crate::plain_scene::{app, case, component, flat, members};
use crate::platform::{Evaluation, Platform};
use crate::usage::Usage;
use model::{Configuration, Settings};

const CLUSTER: Kubernetes = Kubernetes(&EKS);

fn is_knative(configuration: &Configuration) -> bool {
    matches!(&configuration.settings, Settings::Pod(settings) if settings.is_knative())
}

/// What is tried with Knative and without it, cheapest-looking first.
fn options(case: &Case<'_>) -> (Vec<Configuration>, Vec<Configuration>) {
    CLUSTER.options(case).unwrap().into_iter().partition(is_knative)
}

fn mean(evaluation: &Evaluation) -> f64 {
    match &evaluation.usage {
        Usage::Pod(usage) => usage.replicas.mean(),
        other => panic!("{other:?}"),
    }
}

/// So many requests a day, at any time.
fn a_day(requests: f64) -> Workload {
    flat(requests / 86_400.0)
}

fn replayed<'a>(case: &Case<'a>, requests: &'a [Request]) -> Case<'a> {
    Case { requests, replays_per_month: case.workload.cycles_per_month, ..*case }
}

/// Load, places of a pod, and how far closed form, autoscaler and replay may be apart.
#[test]
fn closed_form_autoscaler_and_replay_count_about_the_same_pods() {
    for (requests, concurrency) in
        [(20.0, 20), (300.0, 20), (300.0, 1), (50_000.0, 20), (2e6, 20), (4e6, 1)]
    {
        let (app, mut component) = (app(Vec::new()), component("api", Kind::Http));
        component.concurrency = known(concurrency);
        let workload = a_day(requests);
        let replay = workload.replay(&component.demand, Seed(1), "api", 200_000);
        let case = case(&app, &component, &workload);
        for configuration in options(&case).0 {
            let guess = mean(&CLUSTER.estimate(&case, &configuration).unwrap());
            let played =
                CLUSTER.simulate(&replayed(&case, &replay.requests), &configuration).unwrap();
            let (world, timeline) = (mean(&played), played.timeline.unwrap());
            let there: u32 = timeline.instances.iter().sum();
            let there = f64::from(there) / timeline.instances.len() as f64;
            let label = format!("{} at {requests} a day", configuration.label);
            let near = |a: f64, b: f64| (a - b).abs() <= 0.2 * b + 0.05;
            assert!(near(guess, world), "{label}: {guess} by closed form, {world} by autoscaler");
            assert!(near(world, there), "{label}: {world} by autoscaler, {there} in the replay");
        }
    }
}

#[test]
fn the_first_request_after_a_pause_waits_for_a_pod_and_no_request_is_lost() {
    let (app, mut component) = (app(Vec::new()), component("tool", Kind::Http));
    component.start.init = known(Duration::from_millis(500));
    let workload = a_day(100.0);
    let replay = workload.replay(&component.demand, Seed(1), "tool", 200_000);
    let case = case(&app, &component, &workload);
    let (services, deployments) = options(&case);
    let guess = CLUSTER.estimate(&case, &services[0]).unwrap();
    let played = CLUSTER.simulate(&replayed(&case, &replay.requests), &services[0]).unwrap();
    let counts = played.counts.unwrap();
    assert_eq!((counts.rejected, counts.in_flight), (0, 0));
    assert_eq!(counts.arrivals, counts.served);
    // A request a quarter of an hour, and a pod stays for a minute: nearly all find none.
    let (cold, guessed) = (played.cold.unwrap().get(), guess.cold.unwrap().get());
    assert!(cold > 0.85 && (cold - guessed).abs() < 0.05, "{cold} and {guessed}");
    assert!(mean(&played) < 0.2, "{}", mean(&played));
    // A start is 2.46 s and the initialisation, eight times as long on an eighth of a vCPU; then the request itself.
    let median = |evaluation: &Evaluation| evaluation.latency.as_ref().unwrap().quantile(0.5);
    let start_s = 2.463 + 0.5 * 8.0;
    for evaluation in [&guess, &played] {
        let median_s = median(evaluation).unwrap().secs_f64();
        assert!((start_s - 0.6..start_s + 0.6).contains(&median_s), "{median_s}");
    }
    let deployed = CLUSTER.simulate(&replayed(&case, &replay.requests), &deployments[0]).unwrap();
    assert!(mean(&deployed) >= 1.0 && deployed.cold.is_none());
}

#[test]
fn a_service_that_is_always_busy_or_in_two_zones_keeps_its_pods() {
    let (mut app, component) = (app(Vec::new()), component("api", Kind::Http));
    let least = |app: &model::App, workload: &Workload| {
        let (services, _) = options(&case(app, &component, workload));
        let Settings::Pod(settings) = &services[0].settings else { panic!("pods") };
        settings.min
    };
    assert_eq!(least(&app, &a_day(100.0)), 0);
    assert_eq!(least(&app, &flat(20.0)), 1);
    app.availability.zones = known(2);
    assert_eq!(least(&app, &a_day(100.0)), 2);
}

#[test]
fn what_knative_cannot_serve_or_would_take_away_is_not_tried() {
    let (app, workload) = (app(Vec::new()), a_day(100.0));
    let tried = |component: &Component, flavour| {
        let options = Kubernetes(flavour).options(&case(&app, component, &workload)).unwrap();
        (options.iter().any(is_knative), options.len())
    };
    assert!(tried(&component("api", Kind::Http), &EKS).0);
    for need in [Need::WebSockets, Need::Background, Need::SessionState, Need::Tcp] {
        let mut component = component("api", Kind::Http);
        component.needs.insert(need, None);
        let (knative, all) = tried(&component, &EKS);
        assert!(!knative && all > 0, "{need:?}");
    }
    assert!(!tried(&component("worker", Kind::Worker), &EKS).0);
    let (api, workload) = (component("api", Kind::Http), a_day(100.0));
    for flavour in [&EKS, &GKE, &AKS, &SELF_MANAGED, &GKE_AUTOPILOT] {
        assert_eq!(knative::can_run(&api, flavour), flavour.has_nodes(), "{}", flavour.name);
    }
    let service = options(&case(&app, &api, &workload)).0.swap_remove(0);
    assert!(service.label.starts_with("Knative 125m "), "{}", service.label);
    // The proxy beside the container takes room, too.
    let Settings::Pod(settings) = &service.settings else { panic!("pods") };
    assert_eq!((settings.cpu_request.get(), settings.scheduled(&api).0.get()), (125, 150));
}

/// So many tools, each asked a few dozen times a day, placed all with Knative or all without.
fn tools(app: &model::App, count: usize, knative: bool) -> Money {
    let ids: Vec<String> = (0..count).map(|n| format!("tool-{n}")).collect();
    let components: Vec<Component> = ids.iter().map(|id| component(id, Kind::Http)).collect();
    let workload = a_day(40.0);
    let placed: Vec<(Configuration, Evaluation)> = components
        .iter()
        .map(|component| {
            let case = case(app, component, &workload);
            let (services, deployments) = options(&case);
            let configuration = if knative { services } else { deployments }.swap_remove(0);
            let evaluation = CLUSTER.simulate(&case, &configuration).unwrap();
            (configuration, evaluation)
        })
        .collect();
    let members = members(&components, &placed);
    let site = case(app, &components[0], &workload).site();
    CLUSTER.marginal_bill(&members, &site).unwrap().unwrap().total()
}

#[test]
fn one_service_does_not_pay_for_knative_and_dozens_do() {
    let app = app(Vec::new());
    assert!(tools(&app, 1, true) > tools(&app, 1, false));
    let (services, deployments) = (tools(&app, 60, true), tools(&app, 60, false));
    assert!(services + Money::from_cents(5000) < deployments, "{services} {deployments}");
}

#[test]
fn knatives_own_pods_are_there_once_and_each_zone_has_its_way_in() {
    let (mut app, component) = (app(Vec::new()), component("tool", Kind::Http));
    let workload = a_day(100.0);
    let own = |app: &model::App, knative: bool| -> u64 {
        let case = case(app, &component, &workload);
        let (services, deployments) = options(&case);
        let configuration = if knative { services } else { deployments }.swap_remove(0);
        let evaluation = CLUSTER.estimate(&case, &configuration).unwrap();
        let member = Member {
            component: &component,
            configuration: &configuration,
            evaluation: &evaluation,
        };
        let pods = knative::own_pods(&[member, member], &case.site()).unwrap();
        pods.iter().map(|(size, count)| size.cpu.get() * u64::from(*count)).sum()
    };
    assert_eq!((own(&app, false), own(&app, true)), (0, 1000));
    app.availability.zones = known(2);
    // A second activator and a second gateway.
    assert_eq!(own(&app, true), 1500);
}

#[test]
fn a_cluster_with_some_room_holds_services_that_sleep_and_not_deployments() {
    let mut app = app(Vec::new());
    let room = |cpu, gib| ExistingCluster {
        spare_cpu: known(Millicores::new(cpu)),
        spare_memory: known(Bytes::from_gib(gib)),
        span: None,
    };
    app.existing_cluster = Some(room(3000, 6));
    let (services, deployments) = (tools(&app, 40, true), tools(&app, 40, false));
    assert!(services < deployments, "{services} {deployments}");
    // Without room for Knative itself a node is added for it.
    app.existing_cluster = Some(room(900, 6));
    assert!(tools(&app, 1, true) > tools(&app, 1, false));
    app.existing_cluster = Some(room(3000, 6));
    assert_eq!(tools(&app, 1, true), tools(&app, 1, false));
}
