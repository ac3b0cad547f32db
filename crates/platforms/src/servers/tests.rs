//! Stories about servers: their size, their number, their bill.

use model::{App, Component, Distribution, Engine, Kind};
use source::{FileId, Span};
use traffic::Workload;
use units::{Bytes, Duration, Histogram, Seed};

use super::{EC2, plan};
use crate::billing_scene::{dollars, known};
use crate::case::{Case, Member, Site};
use crate::plain_scene::{app, case, component, flat, members, prices};
use crate::platform::{Evaluation, Platform};
use crate::usage::Usage;
use model::{Configuration, FrontDoor, ServerSettings, Settings};

/// The cheapest option of a component, evaluated.
fn cheapest(case: &Case<'_>) -> (Configuration, Evaluation) {
    let options = EC2.options(case).unwrap();
    let first = options.first().expect("an option").clone();
    let evaluation = EC2.estimate(case, &first).unwrap();
    (first, evaluation)
}

fn settings(configuration: &Configuration) -> &ServerSettings {
    match &configuration.settings {
        Settings::Server(settings) => settings,
        other => panic!("{other:?}"),
    }
}

type Placed = (Configuration, Evaluation);

/// Each component in its cheapest option.
fn placed(app: &App, loads: &[Workload]) -> Vec<Placed> {
    let each = app.components.iter().zip(loads);
    each.map(|(component, load)| cheapest(&case(app, component, load))).collect()
}

/// Instance types and counts for these components at these loads, each in its cheapest option.
fn planned(app: &App, loads: &[Workload]) -> Vec<String> {
    let placed = placed(app, loads);
    let members = members(&app.components, &placed);
    let found = plan(&members, &Site { app, prices: prices() }).unwrap().expect("servers");
    found
        .groups
        .iter()
        .map(|g| format!("{} {} {:?}", g.count, g.instance.name, g.members))
        .collect()
}

#[test]
fn a_small_app_is_one_small_server() {
    let api = component("api", Kind::Http);
    let app = app(vec![api]);
    // 10 requests a second take a tenth of a CPU.
    let load = flat(10.0);
    let (configuration, evaluation) = cheapest(&case(&app, &app.components[0], &load));
    assert_eq!(configuration.label, "t4g.micro, direct DNS");
    assert_eq!(settings(&configuration).copies, 1);
    assert!(evaluation.obstacles.is_empty());
}

#[test]
fn two_zones_take_two_servers_and_a_load_balancer() {
    let mut app = app(vec![component("api", Kind::Http)]);
    app.availability.zones = known(2);
    let load = flat(10.0);
    let (configuration, _) = cheapest(&case(&app, &app.components[0], &load));
    assert_eq!(settings(&configuration).copies, 2);
    assert_eq!(settings(&configuration).front_door, FrontDoor::Alb);
    assert_eq!(planned(&app, &[load]), ["2 t4g.micro [0]"]);
}

#[test]
fn components_share_a_server_where_that_is_cheaper() {
    let app = app(vec![
        component("api", Kind::Http),
        component("jobs", Kind::Worker),
        component("web", Kind::Http),
    ]);
    let loads = [flat(5.0), flat(2.0), flat(5.0)];
    assert_eq!(planned(&app, &loads), ["1 t4g.small [0, 1, 2]"]);
}

#[test]
fn many_components_share_as_few_do() {
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let small = |id| Component { memory: known(Bytes::from_mib(128)), ..component(id, Kind::Http) };
    let app = app(ids.map(small).to_vec());
    let loads: Vec<Workload> = ids.iter().map(|_| flat(1.0)).collect();
    let shared = planned(&app, &loads);
    assert_eq!(shared, ["1 t4g.small [0, 1, 2, 3, 4, 5, 6, 7]"]);
}

#[test]
fn steady_work_above_the_baseline_pays_for_credits() {
    let app = app(vec![component("api", Kind::Http)]);
    let surplus = |load: &Workload| {
        let (configuration, evaluation) = cheapest(&case(&app, &app.components[0], load));
        let member = Member {
            component: &app.components[0],
            configuration: &configuration,
            evaluation: &evaluation,
        };
        let site = Site { app: &app, prices: prices() };
        let plan = plan(&[member], &site).unwrap().expect("servers");
        assert_eq!(plan.groups[0].instance.name, "t4g.micro");
        plan.groups[0].surplus_vcpu_ms
    };
    // 1.2 CPUs all day on a server that earns 0.2: one vCPU-hour an hour is bought.
    assert_eq!(surplus(&flat(120.0)), 730 * 3_600_000);
    // The same work for four hours a day is a fifth of a CPU on average: the night earns what noon spends.
    let mut day = flat(0.0);
    day.per_minute[600..840].fill(120.0 * 60.0);
    assert_eq!(surplus(&day), 0);
}

#[test]
fn much_steady_work_leaves_burstable_types() {
    let mut api = component("api", Kind::Http);
    api.memory = known(Bytes::from_gib(3));
    let app = app(vec![api]);
    // 2.7 CPUs all day: a t4g.xlarge earns 1.6 of them, and the rest costs more than a server with all.
    let load = flat(270.0);
    let (configuration, _) = cheapest(&case(&app, &app.components[0], &load));
    assert!(configuration.label.starts_with("c6g.xlarge"), "{}", configuration.label);
}

#[test]
fn a_load_too_large_for_all_servers_is_an_obstacle_with_its_number() {
    let app = app(vec![component("api", Kind::Http)]);
    let load = flat(5_000_000.0);
    let case = case(&app, &app.components[0], &load);
    let (_, evaluation) = cheapest(&case);
    let text = &evaluation.obstacles.first().expect("an obstacle").reason.text;
    assert!(text.contains("without bound"), "{text}");
}

#[test]
fn memory_grows_with_requests_at_once_not_with_servers_needed_for_cpu() {
    let mut api = component("api", Kind::Http);
    api.concurrency = known(1);
    api.memory = known(Bytes::from_mib(512));
    let app = app(vec![api]);
    // 34 requests a second for 60 ms each at the target utilisation: 2 at once, 7 with headroom.
    let load = flat(34.0);
    let (configuration, _) = cheapest(&case(&app, &app.components[0], &load));
    assert_eq!(settings(&configuration).memory, Bytes::from_mib(7 * 512));
}

#[test]
fn the_estimate_agrees_with_the_replay() {
    let mut api = component("api", Kind::Http);
    let ms = Duration::from_millis;
    api.demand.cpu = known(Distribution::LogNormal { p50: ms(8), p99: ms(40) });
    api.concurrency = known(1000);
    let mut app = app(vec![api]);
    for (zones, per_second) in [(1, 20.0), (1, 120.0), (2, 250.0)] {
        app.availability.zones = known(zones);
        let load = flat(per_second);
        let component = &app.components[0];
        let replay = load.replay(&component.demand, Seed(1), "api", 400_000);
        let mut case = case(&app, component, &load);
        let (configuration, estimate) = cheapest(&case);
        case.requests = &replay.requests;
        let simulated = EC2.simulate(&case, &configuration).unwrap();
        let counts = simulated.counts.expect("counts");
        assert_eq!(counts.arrivals, counts.served + counts.rejected + counts.in_flight);
        assert_eq!(counts.rejected, 0);
        assert_eq!(simulated.usage, estimate.usage);
        let (closed, replayed) = (estimate.latency.unwrap(), simulated.latency.unwrap());
        let mean = |h: &Histogram| h.mean().unwrap().millis_f64();
        let at = |h: &Histogram, q| h.quantile(q).unwrap().millis_f64();
        let label = &configuration.label;
        let (c, r) = (mean(&closed), mean(&replayed));
        assert!((c / r - 1.0).abs() < 0.03, "{label} mean: closed {c} ms, replayed {r} ms");
        for q in [0.5, 0.95, 0.99] {
            let (c, r) = (at(&closed, q), at(&replayed, q));
            assert!((c / r - 1.0).abs() < 0.1, "{label} {q}: closed {c} ms, replayed {r} ms");
        }
    }
}

#[test]
fn a_nightly_job_rides_along() {
    let mut job = component("nightly", Kind::Cron);
    let work = Distribution::Constant(Duration::from_secs(2400));
    job.demand.cpu = known(work);
    let app = app(vec![component("api", Kind::Http), job]);
    let mut night = flat(0.0);
    night.per_minute[120] = 1.0;
    let shared = planned(&app, &[flat(5.0), night]);
    assert_eq!(shared, ["1 t4g.micro [0, 1]"]);
}

#[test]
fn what_only_one_architecture_runs_stays_there() {
    let mut old = component("old", Kind::Http);
    old.architectures = known(vec![model::Architecture::X86]);
    let app = app(vec![old]);
    let (configuration, _) = cheapest(&case(&app, &app.components[0], &flat(5.0)));
    assert_eq!(configuration.label, "t3a.micro, direct DNS");
}

/// Lines of the bill of these components, each in its cheapest option: item, quantity, unit, dollars.
fn billed(app: &App, loads: &[Workload]) -> Vec<String> {
    let placed = placed(app, loads);
    let members = members(&app.components, &placed);
    let site = Site { app, prices: prices() };
    let invoice = EC2.bill(&members, &site).unwrap();
    for line in &invoice.lines {
        let rows = prices().catalog().rows();
        assert!(rows.iter().any(|r| r.price == line.unit_price && r.source == line.source));
    }
    let show = |l: &model::InvoiceLine| {
        format!("{}: {:.2} {} {}", l.item, l.quantity.to_f64(), l.unit, dollars(l.amount))
    };
    invoice.lines.iter().map(show).collect()
}

#[test]
fn one_server_is_its_hours_its_disk_and_its_address() {
    let app = app(vec![component("api", Kind::Http)]);
    assert_eq!(
        billed(&app, &[flat(10.0)]),
        [
            "1 × t4g.micro: 730.00 hour 6.13",
            "root disks of t4g.micro: 20.00 GB-month 1.60",
            "public IPv4 of the servers: 730.00 hour 3.65",
        ]
    );
}

#[test]
fn credits_and_a_load_balancer_are_lines_of_their_own() {
    let mut app = app(vec![component("api", Kind::Http)]);
    app.availability.zones = known(2);
    // 0.9 CPUs a server, of which each earns 0.2.
    assert_eq!(
        billed(&app, &[flat(180.0)]),
        [
            "2 × t4g.micro: 1460.00 hour 12.26",
            "t4g.micro, CPU above its baseline: 1022.00 vCPU-hour 40.88",
            "root disks of t4g.micro: 40.00 GB-month 3.20",
            "public IPv4 of the servers: 1460.00 hour 7.30",
            "load balancer, hours: 730.00 hour 16.43",
            "load balancer, capacity (new connections): 5256.00 LCU-hour 42.05",
            "public IPv4 of the load balancer: 1460.00 hour 7.30",
        ]
    );
}

#[test]
fn what_is_left_out_is_not_billed() {
    let mut app = app(vec![component("api", Kind::Http)]);
    let span = Some(Span::new(FileId(0), 0, 0));
    app.assume.no_disks = span;
    app.assume.no_public_ipv4 = span;
    assert_eq!(billed(&app, &[flat(10.0)]), ["1 × t4g.micro: 730.00 hour 6.13"]);
}

#[test]
fn a_database_of_ones_own_keeps_its_disk_and_a_standby_in_the_second_zone() {
    let mut db = component("db", Kind::Stateful);
    db.engine = Some(known(Engine::Postgres));
    db.memory = known(Bytes::from_gib(4));
    db.storage = Some(known(Bytes::from_gib(50)));
    let mut app = app(vec![db]);
    app.availability.zones = known(2);
    assert_eq!(
        billed(&app, &[flat(5.0)]),
        [
            "2 × r6g.medium: 1460.00 hour 73.58",
            "root disks of r6g.medium: 40.00 GB-month 3.20",
            "disk of db: 100.00 GB-month 8.00",
            "snapshots of db: 50.00 GB-month 2.50",
            "public IPv4 of the servers: 1460.00 hour 7.30",
        ]
    );
}

#[test]
fn a_shared_server_says_with_whom() {
    let app = app(vec![component("api", Kind::Http), component("jobs", Kind::Worker)]);
    let placed = placed(&app, &[flat(5.0), flat(2.0)]);
    let members = members(&app.components, &placed);
    let site = Site { app: &app, prices: prices() };
    let described = EC2.describe(&members, &site).unwrap();
    assert_eq!(described, ["t4g.micro, direct DNS, with jobs", "t4g.micro, SQS, with api"]);
}

#[test]
fn merging_finds_what_comparing_all_groupings_finds() {
    // Six are compared one and all; a seventh that must stay alone lets the others be merged.
    let loads: Vec<Workload> = [40.0, 3.0, 25.0, 8.0, 60.0, 1.0].map(flat).to_vec();
    let six: Vec<Component> =
        ["a", "b", "c", "d", "e", "f"].map(|id| component(id, Kind::Http)).to_vec();
    let exact = planned(&app(six.clone()), &loads);
    let mut alone = component("old", Kind::Http);
    alone.architectures = known(vec![model::Architecture::X86]);
    let mut seven = six;
    seven.push(alone);
    let mut merged = planned(&app(seven), &[loads, vec![flat(1.0)]].concat());
    merged.retain(|group| !group.contains("[6]"));
    assert_eq!(merged, exact);
}

#[test]
fn a_job_takes_the_memory_of_one_run_and_a_worker_of_enough_to_empty_its_queue() {
    let mut job = component("nightly", Kind::Cron);
    job.demand.cpu = known(Distribution::Constant(Duration::from_secs(2400)));
    job.concurrency = known(1);
    let mut night = flat(0.0);
    night.per_minute[120] = 1.0;
    let mut mails = component("mails", Kind::Worker);
    mails.concurrency = known(1);
    let app = app(vec![job, mails]);
    let memory = |at: usize, load: &Workload| {
        settings(&cheapest(&case(&app, &app.components[at], load)).0).memory
    };
    assert_eq!(memory(0, &night), Bytes::from_mib(256));
    // 60 ms each at the target utilisation, 2.4 at once on average: three, busy four fifths of the time.
    assert_eq!(memory(1, &flat(40.0)), Bytes::from_mib(3 * 256));
    assert_eq!(memory(1, &flat(45.0)), Bytes::from_mib(4 * 256));
}

#[test]
fn a_private_network_pays_for_its_way_out() {
    let mut app = app(vec![component("api", Kind::Http)]);
    app.network = known(model::Network::Private);
    assert_eq!(
        billed(&app, &[flat(10.0)]),
        [
            "1 × t4g.micro: 730.00 hour 6.13",
            "root disks of t4g.micro: 20.00 GB-month 1.60",
            "NAT gateway, hours: 730.00 hour 32.85",
            "public IPv4 of the NAT gateway: 730.00 hour 3.65",
        ]
    );
}

/// 50 requests a second, and 1,000 for four hours: half a CPU, and ten.
fn office_hours() -> Workload {
    let mut load = flat(50.0);
    for minute in 0..240 {
        // Half an hour up and half an hour down.
        let slope = f64::from((minute + 1).min(240 - minute).min(30)) / 30.0;
        load.per_minute[600 + minute as usize] = 60.0 * (50.0 + 950.0 * slope);
    }
    load
}

fn follower(case: &Case<'_>) -> Option<(usize, Configuration)> {
    let options = EC2.options(case).unwrap();
    let found = options.into_iter().enumerate();
    found.into_iter().find(|(_, o)| settings(o).min < settings(o).copies)
}

#[test]
fn an_autoscaler_pays_where_the_load_comes_and_goes() {
    let app = app(vec![component("api", Kind::Http)]);
    let load = office_hours();
    let case = case(&app, &app.components[0], &load);
    let (place, configuration) = follower(&case).expect("an autoscaled option");
    assert_eq!(place, 0, "the cheapest: {}", configuration.label);
    let evaluation = EC2.estimate(&case, &configuration).unwrap();
    assert!(evaluation.obstacles.is_empty(), "{:?}", evaluation.obstacles);
    let lines = billed(&app, std::slice::from_ref(&load));
    assert!(lines[0].starts_with("up to "), "{lines:?}");
    let steady = flat(250.0);
    assert!(follower(&super::tests::case(&app, &app.components[0], &steady)).is_none());
}

#[test]
fn an_autoscaled_group_in_the_replay_does_what_the_fluid_says() {
    let app = app(vec![component("api", Kind::Http)]);
    let load = office_hours();
    let component = &app.components[0];
    let replay = load.replay(&component.demand, Seed(1), "api", 20_000_000);
    let mut case = case(&app, component, &load);
    let (_, configuration) = follower(&case).expect("an autoscaled option");
    let estimate = EC2.estimate(&case, &configuration).unwrap();
    case.requests = &replay.requests;
    let simulated = EC2.simulate(&case, &configuration).unwrap();
    assert_eq!(simulated.usage, estimate.usage);
    let counts = simulated.counts.expect("counts");
    assert_eq!(counts.arrivals, counts.served + counts.rejected + counts.in_flight);
    let timeline = simulated.timeline.expect("a timeline");
    let Usage::Server(usage) = &simulated.usage else { panic!("servers") };
    let mean = |n: &mut dyn Iterator<Item = f64>, len: usize| n.sum::<f64>() / len as f64;
    let replayed =
        mean(&mut timeline.instances.iter().map(|&n| f64::from(n)), timeline.instances.len());
    let millis = &usage.server_millis;
    let fluid = mean(&mut millis.iter().map(|&n| f64::from(n) / 1000.0), millis.len());
    assert!((replayed / fluid - 1.0).abs() < 0.06, "{replayed} servers replayed, {fluid} fluid");
    let most = timeline.instances.iter().max();
    assert_eq!(most, Some(&settings(&configuration).copies));
    let (closed, played) = (estimate.latency.unwrap(), simulated.latency.unwrap());
    for q in [0.5, 0.95] {
        let at = |h: &Histogram| h.quantile(q).unwrap().millis_f64();
        let (c, r) = (at(&closed), at(&played));
        assert!((c / r - 1.0).abs() < 0.15, "{q}: closed {c} ms, replayed {r} ms");
    }
}

#[test]
fn open_sockets_are_memory_and_a_network_load_balancer() {
    let mut chat = component("chat", Kind::Http);
    chat.needs.insert(model::Need::WebSockets, None);
    chat.connection = Some(known(Duration::HOUR));
    let mut app = app(vec![chat]);
    app.availability.zones = known(2);
    // 100 messages a second, one each half minute: 3,000 open, 1,500 a server at 20 KB each.
    let (configuration, _) = cheapest(&case(&app, &app.components[0], &flat(100.0)));
    assert_eq!(settings(&configuration).front_door, FrontDoor::Nlb);
    let held = settings(&configuration).memory.saturating_sub(Bytes::from_mib(256));
    assert_eq!(held, super::CONNECTION_MEMORY * 1_500);
}
