//! Tasks, their sizes, and what they cost.

use model::{Component, Distribution, Kind, Need};
use traffic::{Arrivals, Workload};
use units::{Bytes, Duration, Millicores, Seed, Share};

use super::{AwsFargate, sizes};
use crate::billing_scene::known;
use crate::case::{Case, Member};
use crate::plain_scene::{app, case, component, flat, office, prices};
use crate::platform::{Evaluation, Platform};
use crate::usage::{TaskUsage, Usage};
use model::{Configuration, FrontDoor, Settings, TaskSettings};

const FARGATE: AwsFargate = AwsFargate;

fn task(configuration: &Configuration) -> &TaskSettings {
    match &configuration.settings {
        Settings::Task(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn usage(evaluation: &Evaluation) -> &TaskUsage {
    match &evaluation.usage {
        Usage::Task(usage) => usage,
        other => panic!("{other:?}"),
    }
}

fn cheapest(case: &Case<'_>) -> (Configuration, Evaluation) {
    let configuration = FARGATE.options(case).unwrap().into_iter().next().unwrap();
    let evaluation = FARGATE.estimate(case, &configuration).unwrap();
    (configuration, evaluation)
}

#[test]
fn memory_comes_in_fixed_steps_of_each_cpu_size() {
    let sizes = sizes::all(prices()).unwrap();
    let memory = |cpu: u64, mib: u64| {
        let size = sizes.iter().find(|s| s.cpu == Millicores::new(cpu)).unwrap();
        size.memory(Bytes::from_mib(mib)).map(Bytes::mib_ceil)
    };
    assert_eq!(
        [100, 512, 600, 2048, 2049].map(|m| memory(250, m)),
        [Some(512), Some(512), Some(1024), Some(2048), None]
    );
    assert_eq!(memory(500, 100), Some(1024));
    assert_eq!(memory(4000, 29 * 1024 + 1), Some(30 * 1024));
    assert_eq!(memory(8000, 17 * 1024), Some(20 * 1024));
    assert_eq!(memory(16_000, 33 * 1024), Some(40 * 1024));
}

#[test]
fn a_small_service_is_one_small_task_all_month() {
    let (app, component, workload) = (app(Vec::new()), component("api", Kind::Http), flat(1.0));
    let case = case(&app, &component, &workload);
    let (configuration, evaluation) = cheapest(&case);
    let settings = task(&configuration);
    assert_eq!((settings.cpu, settings.memory), (Millicores::new(250), Bytes::from_mib(512)));
    assert_eq!(usage(&evaluation).task_ms, 730 * 3_600_000);
    // 730 h × (0.25 vCPU + 0.5 GB) arm, one address, and the load balancer.
    let member =
        Member { component: &component, configuration: &configuration, evaluation: &evaluation };
    let bill = FARGATE.bill(&[member], &case.site()).unwrap();
    let price = |dimension: &str| {
        prices().price("aws/fargate", "us-east-1", dimension).unwrap().price.money().dollars()
    };
    let tasks = 730.0 * (0.25 * price("vcpu_arm") + 0.5 * price("memory_arm"));
    let own: f64 = bill.of_component("api").dollars() - 730.0 * 0.005;
    assert!((own - tasks).abs() < 1e-6, "{own} {tasks}");
    assert!(bill.shared() > units::Money::from_cents(1600), "a load balancer");
}

#[test]
fn a_nightly_job_pays_for_its_own_run() {
    let (app, mut component) = (app(Vec::new()), component("nightly", Kind::Cron));
    let minutes = |n: u64| known(Distribution::Constant(Duration::from_secs(60 * n)));
    (component.demand.cpu, component.demand.wait) = (minutes(40), minutes(0));
    component.start.init = known(Duration::SECOND);
    let mut workload = flat(0.0);
    workload.per_minute[120] = 1.0;
    let case = case(&app, &component, &workload);
    for configuration in FARGATE.options(&case).unwrap() {
        let settings = task(&configuration);
        assert_eq!(settings.front_door, FrontDoor::Schedule);
        let evaluation = FARGATE.estimate(&case, &configuration).unwrap();
        // 30 days a month, 30 s from pull to start, then the work, slower below one vCPU.
        let slower = 1.0 / settings.cpu.vcpu_f64().min(1.0);
        let run_ms = 30_000.0 + (2_400_000.0 + 1_000.0) * slower;
        let month = 30.0 * run_ms;
        let got = usage(&evaluation).task_ms as f64;
        assert!((got - month).abs() < 0.02 * month, "{}: {got} {month}", configuration.label);
    }
    // Something short is billed for a minute.
    (component.demand.cpu, component.demand.wait) = (
        known(Distribution::Constant(Duration::from_millis(500))),
        known(Distribution::Constant(Duration::ZERO)),
    );
    let case = crate::plain_scene::case(&app, &component, &workload);
    let (_, evaluation) = cheapest(&case);
    assert_eq!(usage(&evaluation).task_ms, u128::from(workload.requests_month()) * 60_000);
}

#[test]
fn closed_form_and_autoscaler_agree() {
    for (rate, concurrency) in [(5.0, 20), (100.0, 20), (400.0, 20), (40.0, 1)] {
        let (app, mut component) = (app(Vec::new()), component("api", Kind::Http));
        component.concurrency = known(concurrency);
        let workload = flat(rate);
        let case = case(&app, &component, &workload);
        for configuration in FARGATE.options(&case).unwrap() {
            let guess = usage(&FARGATE.estimate(&case, &configuration).unwrap()).task_ms as f64;
            let world = usage(&FARGATE.simulate(&case, &configuration).unwrap()).task_ms as f64;
            let month = 730.0 * 3_600_000.0;
            let apart = (guess - world).abs() / month;
            let label = &configuration.label;
            let (guess, world) = (guess / month, world / month);
            assert!(apart <= (0.2 * world).max(1.0), "{label} at {rate}/s: {guess} and {world}");
        }
    }
}

#[test]
fn a_replay_accounts_for_every_request() {
    let (app, component) = (app(Vec::new()), component("api", Kind::Http));
    let mut workload = flat(40.0);
    workload.per_minute.truncate(60);
    workload.per_minute[20..40].fill(40.0 * 60.0 * 5.0);
    (workload.cycle, workload.cycles_per_month) = (Duration::HOUR, 730.0);
    let replay = workload.replay(&component.demand, Seed(1), "api", 1_000_000);
    let case = Case {
        requests: &replay.requests,
        replays_per_month: replay.replays_per_month,
        ..case(&app, &component, &workload)
    };
    let mut turned_away = std::collections::BTreeMap::new();
    for configuration in FARGATE.options(&case).unwrap() {
        let evaluation = FARGATE.simulate(&case, &configuration).unwrap();
        let counts = evaluation.counts.unwrap();
        assert_eq!(counts.arrivals, counts.served + counts.rejected + counts.in_flight);
        let instances = &evaluation.timeline.as_ref().unwrap().instances;
        let Settings::Task(settings) = &configuration.settings else { panic!("tasks") };
        let label = &configuration.label;
        assert!(settings.min > 1 || instances.iter().max() > instances.first(), "{label}");
        let least = instances.iter().min().copied().unwrap_or_default();
        assert!(least >= settings.min, "{label}: {least} tasks");
        turned_away.insert((label.clone(), settings.min), counts.rejected);
        assert_eq!(evaluation, FARGATE.simulate(&case, &configuration).unwrap());
    }
    // What is kept for the busiest minute is there when it comes.
    let ((label, _), _) = turned_away.iter().find(|((_, min), _)| *min > 1).unwrap();
    let of_size: Vec<u64> =
        turned_away.iter().filter(|((l, _), _)| l == label).map(|(_, n)| *n).collect();
    assert!(of_size.len() == 3 && of_size.is_sorted_by(|a, b| a > b), "{of_size:?}");
}

#[test]
fn what_keeps_data_does_not_run_here() {
    let (app, component, workload) = (app(Vec::new()), component("db", Kind::Stateful), flat(1.0));
    let case = case(&app, &component, &workload);
    assert!(FARGATE.options(&case).unwrap().is_empty());
    let limits = FARGATE.limits(&case.site()).unwrap();
    assert!(limits.refuses.contains_key(&Need::LocalDisk));
    assert_eq!(limits.memory_max.unwrap().value, Bytes::from_gib(120));
    assert_eq!(limits.cpu_max.unwrap().value, Millicores::new(16_000));
}

#[test]
fn zones_and_spot_are_heeded() {
    let (mut app, component, workload) = (app(Vec::new()), component("api", Kind::Http), flat(1.0));
    app.availability.zones = known(2);
    let dear = {
        let case = case(&app, &component, &workload);
        let (configuration, evaluation) = cheapest(&case);
        assert_eq!(usage(&evaluation).replicas.counts[0], 2);
        let member = Member {
            component: &component,
            configuration: &configuration,
            evaluation: &evaluation,
        };
        FARGATE.bill(&[member], &case.site()).unwrap().of_component("api")
    };
    app.spot = known(true);
    let case = case(&app, &component, &workload);
    let (configuration, evaluation) = cheapest(&case);
    let member =
        Member { component: &component, configuration: &configuration, evaluation: &evaluation };
    assert!(FARGATE.bill(&[member], &case.site()).unwrap().of_component("api") < dear);
}

#[test]
fn a_long_job_stays_on_demand_where_short_ones_are_interruptible() {
    let (mut app, mut component, workload) =
        (app(Vec::new()), component("nightly", Kind::Cron), flat(0.001));
    app.spot = known(true);
    for (minutes, spot) in [(1, true), (40, false)] {
        let work = Distribution::Constant(Duration::from_secs(60 * minutes));
        component.demand.cpu = known(work);
        let case = case(&app, &component, &workload);
        let options = FARGATE.options(&case).unwrap();
        assert!(!options.is_empty() && options.iter().all(|o| task(o).spot == spot), "{minutes}");
    }
}

/// Every second from eight to eighteen on working days, and so many a minute else.
fn working_days(else_per_minute: f64) -> Workload {
    let mut load = office(60.0);
    for requests in load.per_minute.iter_mut().filter(|requests| **requests < 1.0) {
        *requests = else_per_minute;
    }
    load
}

#[test]
fn tasks_go_while_nobody_comes() {
    let (app, component, load) = (app(Vec::new()), component("api", Kind::Http), working_days(0.0));
    let replay = load.replay(&component.demand, Seed(1), "api", 400_000);
    let case = Case {
        requests: &replay.requests,
        start: replay.start,
        replays_per_month: replay.replays_per_month,
        ..case(&app, &component, &load)
    };
    let options = FARGATE.options(&case).unwrap();
    let (by_the_hour, always): (Vec<_>, Vec<_>) =
        options.iter().partition(|c| task(c).warm_hours.is_some());
    let [kept] = by_the_hour.as_slice() else { panic!("{options:?}") };
    // An hour before the first requests.
    assert!(kept.label.contains("Mon–Fri 07–18 h UTC"), "{}", kept.label);
    let same = TaskSettings { warm_hours: None, ..task(kept).clone() };
    let always = always.into_iter().find(|c| *task(c) == same).expect("the same at all hours");
    let week = usage(&FARGATE.simulate(&case, always).unwrap()).task_ms;
    let (estimated, simulated) =
        (FARGATE.estimate(&case, kept).unwrap(), FARGATE.simulate(&case, kept).unwrap());
    for evaluation in [&estimated, &simulated] {
        let share = usage(evaluation).task_ms as f64 / week as f64;
        assert!((share * 168.0 - 55.0).abs() < 0.5, "{share}");
        assert!(evaluation.obstacles.is_empty(), "{:?}", evaluation.obstacles);
    }
    let counts = &usage(&simulated).replicas.counts;
    let there = |hour: usize| counts[hour * 60 + 30];
    assert_eq!([there(6), there(7), there(17), there(18), there(5 * 24 + 12)], [0, 1, 1, 0, 0]);
    let answered = simulated.counts.unwrap();
    assert_eq!((answered.rejected, answered.arrivals), (0, replay.requests.len() as u64));
}

#[test]
fn tasks_stay_for_whoever_comes_by_night_unless_such_requests_may_fail() {
    let app = app(Vec::new());
    let by_the_hour = |component: &Component, else_per_minute: f64| {
        let load = working_days(else_per_minute);
        let options = FARGATE.options(&case(&app, component, &load)).unwrap();
        options.iter().any(|c| task(c).warm_hours.is_some())
    };
    let mut api = component("api", Kind::Http);
    assert!(by_the_hour(&api, 0.0) && !by_the_hour(&api, 0.001));
    // 7 of 180,007 requests a week.
    api.slo.errors = Some(Share::new(0.0001));
    assert!(by_the_hour(&api, 0.001));
    let recorded = |per_minute: f64| {
        let mut load = working_days(0.0);
        load.per_minute.iter_mut().for_each(|n| *n = n.min(per_minute));
        load.arrivals = Arrivals::Counted { tick: Duration::MINUTE, counts: Vec::new() };
        let options = FARGATE.options(&case(&app, &api, &load)).unwrap();
        options.iter().any(|c| task(c).warm_hours.is_some())
    };
    // 150 requests a week: at the same rate 101 would come in the other 113 hours. Half of them prove nothing.
    assert!(recorded(0.05) && !recorded(0.025));
    api.needs.insert(Need::Background, None);
    assert!(!by_the_hour(&api, 0.0), "it has work of its own");
}
