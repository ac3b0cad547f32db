//! Stories about Managed Instances: closed form against replay, ramps, options, what is refused, the bill.

use model::{Architecture, Component, Distribution, Fact, Kind, Need, Runtime};
use traffic::Workload;
use units::{Bytes, Duration, Millicores, Seed};

use super::LambdaManaged;
use crate::billing_scene::{Scene, dollars, known};
use crate::case::Case;
use crate::plain_scene::{app, case, component, flat, prices};
use crate::platform::{Evaluation, Platform};
use crate::usage::{Flow, Replicas, TaskUsage, Usage};
use model::{Billing, Configuration, FrontDoor, InstanceSettings, Settings};

pub(super) fn environment(millicores: u64, mib: u64, concurrency: u32) -> InstanceSettings {
    InstanceSettings {
        cpu: Millicores::new(millicores),
        memory: Bytes::from_mib(mib),
        architecture: Architecture::Arm,
        concurrency,
        min: 3,
        warm_hours: None,
        rate_each: None,
        billing: Billing::Machines,
        front_door: FrontDoor::None,
    }
}

/// A function whose requests compute and wait for so long, on Node.js.
fn function(cpu_ms: u64, wait_ms: u64, concurrency: u32) -> Component {
    let mut function = component("api", Kind::Http);
    function.runtime = known(Runtime("nodejs24.x".to_owned()));
    function.demand.cpu = known(Distribution::Constant(Duration::from_millis(cpu_ms)));
    let (p50, p99) = (Duration::from_millis(wait_ms), Duration::from_millis(wait_ms * 3));
    function.demand.wait = known(Distribution::LogNormal { p50, p99 });
    function.concurrency = known(concurrency);
    function.memory = Fact::assumed(Bytes::from_mib(512), "");
    function
}

fn of(configuration: &Configuration) -> &InstanceSettings {
    match &configuration.settings {
        Settings::Instance(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn counts(evaluation: &Evaluation) -> &[u32] {
    match &evaluation.usage {
        Usage::Task(usage) => &usage.replicas.counts,
        other => panic!("{other:?}"),
    }
}

fn mean(counts: &[u32]) -> f64 {
    counts.iter().map(|&n| f64::from(n)).sum::<f64>() / counts.len() as f64
}

fn configuration(settings: InstanceSettings) -> Configuration {
    let settings = Settings::Instance(settings);
    Configuration { platform: super::ID, settings, label: String::new() }
}

/// Closed form and replay of one configuration.
fn both(
    function: &Component,
    load: &Workload,
    settings: InstanceSettings,
) -> (Evaluation, Evaluation) {
    let app = app(vec![function.clone()]);
    let replay = load.replay(&function.demand, Seed(7), "api", 400_000);
    let whole = Case {
        app: &app,
        component: function,
        workload: load,
        requests: &replay.requests,
        start: replay.start,
        replays_per_month: replay.replays_per_month,
        prices: prices(),
        seed: Seed(7),
    };
    let configuration = configuration(settings);
    let estimated = LambdaManaged.estimate(&whole, &configuration).unwrap();
    (estimated, LambdaManaged.simulate(&whole, &configuration).unwrap())
}

/// A day whose minutes are so many requests a second.
fn day(rate: impl Fn(usize) -> f64) -> Workload {
    Workload { per_minute: (0..1440).map(|i| rate(i) * 60.0).collect(), ..flat(1.0) }
}

#[test]
fn closed_form_and_replay_agree_on_environments_and_latency() {
    for (rate, cpu_ms, wait_ms, settings) in [
        (3.0, 20, 80, environment(1000, 2048, 64)),
        (400.0, 10, 40, environment(1000, 2048, 64)),
        (60.0, 5, 995, environment(1000, 2048, 20)),
        (80.0, 100, 100, environment(2000, 4096, 128)),
    ] {
        let function = function(cpu_ms, wait_ms, settings.concurrency);
        let (estimated, simulated) = both(&function, &flat(rate), settings);
        let timeline = simulated.timeline.as_ref().unwrap();
        let (fluid, replayed) = (mean(counts(&estimated)), mean(&timeline.instances));
        let ratio = replayed / fluid;
        assert!((0.85..1.15).contains(&ratio), "{rate}/s: {replayed} against {fluid}");
        let p50 = |e: &Evaluation| e.latency.as_ref().unwrap().quantile(0.5).unwrap().secs_f64();
        let ratio = p50(&simulated) / p50(&estimated);
        assert!((0.85..1.15).contains(&ratio), "{rate}/s: p50 {ratio}");
        let tally = simulated.counts.unwrap();
        assert_eq!(tally.arrivals, tally.served + tally.rejected + tally.in_flight);
        assert!(estimated.obstacles.is_empty() && simulated.obstacles.is_empty(), "{rate}/s");
        assert_eq!(simulated.cold, None, "there are no cold starts");
    }
}

#[test]
fn half_as_much_more_at_once_is_absorbed_and_four_times_as_much_is_turned_away() {
    let settings = environment(1000, 2048, 64);
    let function = function(20, 20, 64);
    let step = |factor: f64| day(move |i| if i >= 720 { 200.0 * factor } else { 200.0 });
    let answered = |factor: f64| {
        let load = step(factor);
        let (estimated, _) = both(&function, &load, settings.clone());
        estimated.obstacles
    };
    assert!(answered(1.4).is_empty());
    let told = answered(4.0);
    assert!(told[0].reason.text.contains("429"), "{told:?}");
    assert!(told[0].reason.text.contains("50 % more at once"), "{told:?}");
}

#[test]
fn a_replayed_burst_meets_429_and_a_message_waits() {
    let settings = environment(1000, 2048, 10);
    let mut function = function(10, 190, 10);
    let burst = Workload {
        cycle: Duration::HOUR,
        cycles_per_month: 730.0,
        per_minute: (0..60).map(|i| if i >= 30 { 60_000.0 } else { 3000.0 }).collect(),
        ..flat(1.0)
    };
    let (_, simulated) = both(&function, &burst, settings.clone());
    let tally = simulated.counts.unwrap();
    assert!(tally.rejected * 20 > tally.arrivals, "{tally:?}");
    assert!(simulated.obstacles.iter().any(|o| o.reason.text.contains("429")));
    let instances = simulated.timeline.unwrap().instances;
    let (first, last) = (instances[0], instances[instances.len() - 1]);
    assert!(last >= 2 * first, "capacity came later: {instances:?}");
    function.kind = Kind::Worker;
    let (_, queued) = both(&function, &burst, settings);
    assert_eq!(queued.counts.unwrap().rejected, 0);
    assert_eq!(queued.latency, None);
}

#[test]
fn few_places_are_full_by_chance_and_both_forms_say_so() {
    let settings = environment(1000, 2048, 2);
    // Five in service on average, and six to eight places.
    let (estimated, simulated) = both(&function(5, 245, 2), &flat(20.0), settings);
    let tally = simulated.counts.unwrap();
    assert!(tally.rejected * 100 > tally.arrivals, "{tally:?}");
    for evaluation in [&estimated, &simulated] {
        let told = &evaluation.obstacles.last().unwrap().reason.text;
        assert!(told.contains("429") && told.contains("2 at once"), "{told}");
    }
    // More places at once hold the same load.
    let (estimated, simulated) =
        both(&function(5, 245, 64), &flat(20.0), environment(1000, 2048, 64));
    assert!(estimated.obstacles.is_empty() && simulated.obstacles.is_empty());
}

#[test]
fn a_doubling_within_five_minutes_is_followed() {
    let settings = environment(1000, 2048, 64);
    // From 100 to 400 a second in ten minutes, and back in the evening.
    let load = day(|i| match i {
        600..610 => 100.0 * 2.0_f64.powf((i - 600) as f64 / 5.0),
        610..1000 => 400.0,
        1000..1100 => 400.0 - 3.0 * (i - 1000) as f64,
        _ => 100.0,
    });
    let (estimated, simulated) = both(&function(20, 20, 64), &load, settings);
    assert!(estimated.obstacles.is_empty(), "{:?}", estimated.obstacles);
    assert!(simulated.obstacles.is_empty(), "{:?}", simulated.obstacles);
    let counts = counts(&estimated);
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(*least <= 5 && *most >= 12, "{least} to {most}");
}

#[test]
fn a_small_load_is_not_tried_unless_the_platform_is_named() {
    let options = |rate: f64, named: bool| {
        let mut function = function(20, 80, 80);
        if named {
            function.allow = vec![("aws/lambda-managed-instances".to_owned(), None)];
        }
        let app = app(vec![function]);
        let load = flat(rate);
        LambdaManaged.options(&case(&app, &app.components[0], &load)).unwrap()
    };
    assert!(options(10.0, false).is_empty());
    assert!(!options(10.0, true).is_empty());
    let found = options(200.0, false);
    assert!((1..=3).contains(&found.len()), "{found:?}");
    for option in &found {
        let settings = of(option);
        assert!(settings.min >= 3 && settings.cpu >= Millicores::ONE, "{}", option.label);
        assert!(settings.memory >= Bytes::from_gib(2), "{}", option.label);
    }
}

#[test]
fn places_follow_the_language_and_the_program() {
    let places = |runtime: &str, concurrency: u32, vcpu: u64| {
        let mut function = function(1, 1, concurrency);
        function.runtime = known(Runtime(runtime.to_owned()));
        super::rules::places(prices(), &function, Millicores::new(vcpu * 1000)).unwrap()
    };
    assert_eq!(places("nodejs24.x", 1000, 1), 64);
    assert_eq!(places("java21", 1000, 2), 64);
    assert_eq!(places("dotnet10", 1000, 1), 32);
    assert_eq!(places("python3.13", 1000, 4), 64);
    assert_eq!(places("rust", 100_000, 16), 1024);
    assert_eq!(places("python3.13", 5, 4), 5, "no more than the program can");
}

#[test]
fn memory_decides_how_much_of_it_comes_with_a_vcpu() {
    let sizes = |mib: u64| {
        let mut function = function(20, 80, 80);
        function.memory = known(Bytes::from_mib(mib));
        let app = app(vec![function]);
        let load = flat(200.0);
        let found = LambdaManaged.options(&case(&app, &app.components[0], &load)).unwrap();
        found.iter().map(|o| (of(o).cpu.get() / 1000, of(o).memory.gib_f64())).collect::<Vec<_>>()
    };
    assert_eq!(sizes(1500)[0], (1, 2.0));
    assert_eq!(sizes(3000)[0], (1, 4.0));
    assert_eq!(sizes(8192)[0], (1, 8.0));
    assert_eq!(sizes(20_000)[0], (4, 32.0));
    assert!(sizes(40_000).is_empty(), "more than an environment may have");
}

#[test]
fn needs_of_a_server_are_refused_with_reasons_and_languages_are_listed() {
    let app = app(vec![function(1, 1, 1)]);
    let load = flat(1.0);
    let limits = LambdaManaged.limits(&case(&app, &app.components[0], &load).site()).unwrap();
    for need in [Need::Tcp, Need::Grpc, Need::Background, Need::LocalDisk, Need::Gpu] {
        assert!(limits.refuses[&need].0.len() > 10, "{need:?}");
    }
    assert!(!limits.refuses.contains_key(&Need::WebSockets), "the gateway holds them");
    assert_eq!(limits.run_time_max.unwrap().value, Duration::from_secs(900));
    assert_eq!(limits.run_time_max_async.unwrap().value, Duration::from_secs(5400));
    let languages = limits.languages.unwrap().value;
    let runs = |runtime: &str| languages.iter().any(|language| language.runs(runtime));
    assert!(runs("python3.13") && !runs("python3.12") && !runs("go1.x"));
}

fn placed(
    scene: &mut Scene,
    id: &str,
    settings: InstanceSettings,
    counts: Vec<u32>,
    requests: u64,
) {
    let replicas = Replicas {
        step: Duration::HOUR,
        counts,
        memory: settings.memory,
        cpu_millicores: settings.cpu.get(),
    };
    let flow = Flow { requests, ..Flow::default() };
    let part = crate::billing_scene::component(id);
    let usage = Usage::Task(TaskUsage { task_ms: 0, replicas, flow });
    scene.place(part, Settings::Instance(settings), usage);
}

fn billed(scene: &Scene) -> Vec<(String, String)> {
    let invoice = LambdaManaged.bill(&scene.members(), &scene.site()).unwrap();
    invoice.lines.iter().map(|line| (line.item.clone(), dollars(line.amount))).collect()
}

#[test]
fn machines_are_paid_by_the_hour_with_a_fee_and_requests_by_the_piece() {
    let mut scene = Scene::new("2026-11-23");
    // A machine of 4 vCPU and 8 GB has 3 and 7 left. One environment in each of three zones.
    placed(&mut scene, "api", environment(2000, 4096, 64), vec![3; 24], 100_000_000);
    let lines = billed(&scene);
    let item = |at: usize| lines[at].0.as_str();
    // 3 × 730 h of 0.1360 and 15 % of it.
    assert_eq!((item(0), lines[0].1.as_str()), ("3 c6g.xlarge", "297.84"), "{lines:?}");
    assert_eq!(
        (item(1), lines[1].1.as_str()),
        ("managing c6g.xlarge, 15 % of its on-demand price", "44.68")
    );
    assert_eq!((item(2), lines[2].1.as_str()), ("requests", "20.00"));
    assert_eq!(lines.len(), 3, "no duration, no free tier: {lines:?}");
}

#[test]
fn the_fee_is_the_one_that_the_provider_lists() {
    let scene = Scene::new("2026-11-23");
    let site = scene.site();
    // As the provider's price list has them, by the hour.
    for (name, listed) in [("c7i.xlarge", "0.026775"), ("c7g.xlarge", "0.02175")] {
        let machine = site.prices.instance("us-east-1", name).unwrap();
        let fee = super::plan::fee_of(machine, &site).unwrap();
        assert_eq!(fee, units::Price::parse(listed).unwrap(), "{name}");
    }
}

#[test]
fn functions_share_machines_and_never_stand_in_fewer_than_three_zones() {
    let total = |ids: &[&str]| {
        let mut scene = Scene::new("2026-11-23");
        for id in ids {
            placed(&mut scene, id, environment(1000, 2048, 64), vec![3; 24], 0);
        }
        let invoice = LambdaManaged.bill(&scene.members(), &scene.site()).unwrap();
        (invoice.total(), LambdaManaged.describe(&scene.members(), &scene.site()).unwrap())
    };
    let (one, told) = total(&["a"]);
    assert!(told[0].ends_with("on 3 c6g.large"), "{told:?}");
    let (three, told) = total(&["a", "b", "c"]);
    assert!(three < one * 3, "{three:?} against three times {one:?}");
    assert!(told.iter().all(|text| text.contains("on 3 ")), "{told:?}");
    assert_eq!(billed(&Scene::new("2026-11-23")), []);
}

#[test]
fn what_members_add_at_the_least_is_never_more_than_the_machines() {
    for counts in [vec![3; 24], vec![40; 24], (3..27).collect()] {
        let mut scene = Scene::new("2026-11-23");
        for (id, settings) in [
            ("a", environment(1000, 2048, 64)),
            ("b", environment(2000, 16_384, 64)),
            ("c", environment(4000, 8192, 64)),
        ] {
            placed(&mut scene, id, settings, counts.clone(), 0);
        }
        let (members, site) = (scene.members(), scene.site());
        let floors = members.iter().map(|m| LambdaManaged.floors(m, &site).unwrap().added);
        let floors: units::Money = floors.sum();
        let total = LambdaManaged.bill(&members, &site).unwrap().total();
        assert!(floors <= total, "{floors:?} of {total:?}");
        assert!(floors.scaled(10, 1) > total, "no bound worth having: {floors:?} of {total:?}");
    }
}

#[test]
fn machines_come_and_go_with_the_load() {
    let hours = |counts: Vec<u32>| {
        let mut scene = Scene::new("2026-11-23");
        placed(&mut scene, "api", environment(1000, 2048, 64), counts, 0);
        LambdaManaged.bill(&scene.members(), &scene.site()).unwrap().total()
    };
    let mut day = vec![3; 24];
    day[9..17].fill(30);
    let (quiet, busy, shaped) = (hours(vec![3; 24]), hours(vec![30; 24]), hours(day));
    assert!(quiet < shaped && shaped < busy.scaled(6, 10), "{quiet:?} {shaped:?} {busy:?}");
}

#[test]
fn before_it_was_sold_it_has_no_price() {
    let mut scene = Scene::new("2025-11-01");
    placed(&mut scene, "api", environment(1000, 2048, 64), vec![3; 24], 0);
    let missing = LambdaManaged.bill(&scene.members(), &scene.site()).unwrap_err();
    assert!(missing.what.contains("managed_instances_fee"), "{missing}");
}
