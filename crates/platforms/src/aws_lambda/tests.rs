//! Stories of functions on real prices.

use model::{Architecture, Component, Distribution, DoorChoice, Engine, Fact, Kind, Need, Runtime};
use source::{FileId, Span};
use traffic::{Arrivals, Workload};
use units::{Bytes, Date, Duration, Instant, Money, Rate, Seed, Share};

use super::*;
use crate::billing_scene::{catalog, dollars, known};
use crate::plain_scene::{app, component, flat};
use crate::usage::{FunctionUsage, Usage};
use model::{FrontDoor, Settings};

fn span() -> Span {
    Span::new(FileId(0), 0, 1)
}

/// A function of so much memory that runs `ms` on its own share of a CPU, half of it waiting.
fn function(memory_mb: u64, ms: u64) -> Component {
    let share = (memory_mb as f64 / 1769.0).min(1.0);
    let half = Duration::from_micros(ms * 500);
    let mut component = component("api", Kind::Http);
    component.runtime = known(Runtime("nodejs24.x".to_owned()));
    component.memory = known(Bytes::from_mib(memory_mb));
    component.demand.cpu = known(Distribution::Constant(half.times_f64(share)));
    component.demand.wait = known(Distribution::Constant(half));
    component
}

/// A component with its load on one day's prices, and a replay of it.
struct Story {
    app: model::App,
    component: Component,
    workload: Workload,
    date: &'static str,
    replay: traffic::Replay,
}

impl Story {
    fn new(component: Component, workload: Workload) -> Self {
        let replay = workload.replay(&component.demand, Seed(1), &component.id, 3_000_000);
        let app = app(vec![component.clone()]);
        Self { app, component, workload, date: "2026-11-23", replay }
    }
    fn case(&self) -> Case<'_> {
        Case {
            app: &self.app,
            component: &self.component,
            workload: &self.workload,
            requests: &self.replay.requests,
            start: self.replay.start,
            replays_per_month: self.replay.replays_per_month,
            prices: catalog().at(Date::parse(self.date).unwrap()),
            seed: Seed(1),
        }
    }
    fn options(&self) -> Vec<Configuration> {
        AwsLambda.options(&self.case()).unwrap()
    }
    fn option(&self, label: &str) -> Configuration {
        let options = self.options();
        let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
        options.iter().find(|o| o.label == label).unwrap_or_else(|| panic!("{labels:?}")).clone()
    }
    fn both(&self, label: &str) -> [Evaluation; 2] {
        let (case, configuration) = (self.case(), self.option(label));
        [AwsLambda.estimate(&case, &configuration), AwsLambda.simulate(&case, &configuration)]
            .map(Result::unwrap)
    }
    fn bill(&self, label: &str, evaluation: &Evaluation) -> Invoice {
        let configuration = self.option(label);
        let member =
            Member { component: &self.component, configuration: &configuration, evaluation };
        AwsLambda.bill(&[member], &self.case().site()).unwrap()
    }
}

fn usage(evaluation: &Evaluation) -> &FunctionUsage {
    match &evaluation.usage {
        Usage::Function(usage) => usage,
        other => panic!("{other:?}"),
    }
}

fn p(evaluation: &Evaluation, q: f64) -> f64 {
    evaluation.latency.as_ref().unwrap().quantile(q).unwrap().millis_f64()
}

#[test]
fn the_articles_function_costs_what_the_article_says() {
    for (requests, expected) in [(3e6, "8.10"), (90e6, "243.00")] {
        let mut story = Story::new(function(512, 300), Workload::flat(Rate::per_month(requests)));
        story.app.assume.no_front_door = Some(span());
        for evaluation in story.both("512 MB x86") {
            let bill = story.bill("512 MB x86", &evaluation);
            let is_init = |l: &&model::InvoiceLine| l.item.contains("function starts");
            let init: Money = bill.lines.iter().filter(is_init).map(|l| l.amount).sum();
            let rest = bill.total() - init;
            // The first call on a new environment runs longer: less than a cent in all.
            let error = (rest.dollars() - expected.parse::<f64>().unwrap()).abs();
            assert!(error < 0.012, "{} and {} of INIT", dollars(rest), dollars(init));
            assert!(init <= Money::from_cents(5), "{init}");
        }
    }
}

#[test]
fn estimate_and_simulation_agree() {
    let day_night = |rate: f64| {
        let mut workload = flat(rate);
        for (i, minute) in workload.per_minute.iter_mut().enumerate() {
            *minute *= 1.0 + 0.9 * (i as f64 / 1440.0 * std::f64::consts::TAU).sin();
        }
        workload
    };
    let spiky = |rate: f64| {
        let mut workload = flat(rate);
        for (i, minute) in workload.per_minute.iter_mut().enumerate() {
            *minute *= if i % 60 < 5 { 10.0 } else { 0.2 };
        }
        workload
    };
    for (name, workload, tolerance) in [
        ("rare", flat(0.002), 0.15),
        ("thin", flat(0.05), 0.15),
        ("steady", flat(1.2), 0.15),
        ("busy", flat(30.0), 0.25),
        ("day and night", day_night(5.0), 0.25),
        ("spiky", spiky(2.0), 0.30),
    ] {
        let mut api = function(512, 300);
        let law = Distribution::LogNormal {
            p50: Duration::from_millis(40),
            p99: Duration::from_millis(400),
        };
        api.demand.cpu = known(law.clone());
        api.demand.wait = known(law);
        let story = Story::new(api, workload);
        let [estimate, simulation] = story.both("512 MB arm, HTTP API");
        let (e, s) = (usage(&estimate), usage(&simulation));
        let ratio = |a: u128, b: u128| a as f64 / b as f64;
        let run = ratio(e.run_mb_ms, s.run_mb_ms);
        assert!((run - 1.0).abs() < 0.03, "{name}: run {run}");
        assert_eq!(e.flow, s.flow);
        let cold = estimate.cold.unwrap().get() / simulation.cold.unwrap().get();
        assert!((cold - 1.0).abs() < tolerance, "{name}: cold {cold}");
        for q in [0.5, 0.95, 0.99] {
            let (e, s) = (p(&estimate, q), p(&simulation, q));
            assert!((e / s - 1.0).abs() < 0.06, "{name}: p{q} {e} and {s} ms");
        }
        let counts = simulation.counts.unwrap();
        assert_eq!(counts.arrivals, counts.served + counts.rejected + counts.in_flight);
        assert_eq!(counts.arrivals, story.replay.requests.len() as u64);
    }
}

#[test]
fn limits_come_from_rows_and_needs_are_refused_with_reasons() {
    let story = Story::new(function(512, 300), flat(1.0));
    let limits = AwsLambda.limits(&story.case().site()).unwrap();
    let timeout = limits.run_time_max.unwrap();
    assert_eq!(
        (timeout.value, timeout.row.as_str()),
        (Duration::MINUTE * 15, "aws-lambda/timeout.max")
    );
    assert_eq!(limits.gateway_timeout.unwrap().value, Duration::from_secs(30));
    let rest = gateway_timeout(&story.case().site(), FrontDoor::RestApi).unwrap().unwrap();
    assert_eq!(rest.value, Duration::from_secs(29));
    assert_eq!(gateway_timeout(&story.case().site(), FrontDoor::FunctionUrl), Ok(None));
    assert_eq!(limits.connection_max.unwrap().value, Duration::HOUR * 2);
    assert_eq!(limits.memory_max.unwrap().value, Bytes::from_gib(10));
    assert_eq!(limits.cpu_max.unwrap().value.get(), 5800);
    assert_eq!(limits.image_max.unwrap().value, Bytes::from_gib(10));
    assert_eq!(limits.rate_account.unwrap().value, 10_000);
    assert_eq!(limits.requests_per_instance.unwrap().value, 1);
    for (_, need) in Need::ALL {
        let served = [Need::WebSockets, Need::FixedEgressIp, Need::PrivateNetwork, Need::Ordered];
        assert_eq!(limits.refuses.contains_key(&need), !served.contains(&need), "{need:?}");
    }
    let (reason, row) = &limits.refuses[&Need::Gpu];
    assert_eq!((reason.as_str(), row.as_str()), ("functions have no GPU", "aws-lambda/gpu"));
}

fn labels(story: &Story) -> Vec<String> {
    story.options().into_iter().map(|option| option.label).collect()
}

#[test]
fn memory_is_tried_from_what_is_needed_up_to_one_cpu() {
    let story = Story::new(function(600, 300), flat(1.0));
    let sizes = ["600 MB", "768 MB", "1 GB", "1.5 GB", "1769 MB"];
    let expected: Vec<String> = ["arm", "x86"]
        .iter()
        .flat_map(|arch| sizes.map(|size| format!("{size} {arch}, HTTP API")))
        .collect();
    assert_eq!(labels(&story), expected);
}

#[test]
fn more_memory_is_not_tried_where_it_cannot_win() {
    let mut waiting = function(512, 300);
    waiting.demand.cpu = known(Distribution::Constant(Duration::ZERO));
    waiting.architectures = known(vec![Architecture::X86]);
    assert_eq!(labels(&Story::new(waiting, flat(1.0))), ["512 MB x86, HTTP API"]);
    let large = function(4096, 300);
    let labels = labels(&Story::new(large, flat(1.0)));
    assert_eq!(labels, ["4 GB arm, HTTP API", "4 GB x86, HTTP API"]);
}

#[test]
fn arm_is_not_tried_before_it_was_sold() {
    let mut story = Story::new(function(1769, 300), flat(1.0));
    story.date = "2019-12-31";
    assert_eq!(labels(&story), ["1769 MB x86, HTTP API"]);
    story.app.assume.architecture = Some((Architecture::Arm, span()));
    assert!(AwsLambda.options(&story.case()).is_err(), "the missing row is named");
}

#[test]
fn every_kind_has_its_front_door() {
    let door = |change: &dyn Fn(&mut Component)| {
        let mut component = function(1769, 300);
        change(&mut component);
        let story = Story::new(component, flat(0.01));
        let options = story.options();
        options.first().map(|option| match &option.settings {
            Settings::Function(settings) => settings.front_door,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(door(&|_| ()), Some(FrontDoor::HttpApi));
    assert_eq!(door(&|c| c.public = known(false)), Some(FrontDoor::None));
    assert_eq!(door(&|c| c.kind = Kind::Worker), Some(FrontDoor::Queue));
    assert_eq!(door(&|c| c.kind = Kind::Cron), Some(FrontDoor::Schedule));
    assert_eq!(door(&|c| c.needs.insert(Need::WebSockets, None)), Some(FrontDoor::WebSocketApi));
    let url = |c: &mut Component| c.front_door = Some((DoorChoice::FunctionUrl, None));
    assert_eq!(door(&url), Some(FrontDoor::FunctionUrl));
    for kind in [Kind::Stateful, Kind::Static] {
        assert_eq!(door(&|c| c.kind = kind), None);
    }
}

/// A worker or stream reader that a store of an engine feeds.
fn fed_by(kind: Kind, engine: Option<Engine>) -> Story {
    let mut worker = function(128, 300);
    worker.kind = kind;
    let mut story = Story::new(worker, flat(0.1));
    let Some(engine) = engine else { return story };
    let mut store = component("store", Kind::Stateful);
    store.engine = Some(known(engine));
    story.app.components.push(store);
    story.app.edges.push(model::Edge {
        from: "store".to_owned(),
        to: "api".to_owned(),
        calls_per_request: 1.0,
        bytes: Fact::Unknown,
        kind: model::CallKind::Async,
        origin: None,
    });
    story
}

#[test]
fn the_name_says_where_the_messages_wait() {
    for (kind, engine, name) in [
        (Kind::Worker, Some(Engine::Rabbitmq), "RabbitMQ"),
        (Kind::Worker, Some(Engine::Kafka), "Kafka"),
        (Kind::Worker, Some(Engine::Queue), "SQS"),
        (Kind::Worker, None, "SQS"),
        (Kind::Worker, Some(Engine::Objects), "S3 events"),
        (Kind::Worker, Some(Engine::KeyValue), "DynamoDB stream"),
        (Kind::Stream, Some(Engine::KeyValue), "DynamoDB stream"),
        (Kind::Stream, Some(Engine::Kafka), "Kafka"),
        (Kind::Stream, None, ", stream"),
    ] {
        let label = &fed_by(kind, engine).options()[0].label;
        assert!(label.ends_with(name), "{label}");
    }
}

#[test]
fn what_notices_start_has_no_queue() {
    let mut worker = function(128, 300);
    worker.kind = Kind::Worker;
    worker.events = Some(model::Events { notices: true, ..model::Events::default() });
    let story = Story::new(worker, flat(0.1));
    let label = story.options()[0].label.clone();
    assert!(label.ends_with(", events"), "{label}");
    for evaluation in story.both(&label) {
        let bill = story.bill(&label, &evaluation);
        assert!(!bill.lines.iter().any(|line| line.item.contains("queue")), "{:?}", bill.lines);
    }
}

#[test]
fn streams_and_buckets_need_no_queue_and_are_billed_none() {
    for (kind, engine, queued) in [
        (Kind::Worker, None, true),
        (Kind::Worker, Some(Engine::Objects), false),
        (Kind::Worker, Some(Engine::KeyValue), false),
        (Kind::Stream, Some(Engine::KeyValue), false),
        (Kind::Stream, None, false),
    ] {
        let story = fed_by(kind, engine);
        let label = story.options()[0].label.clone();
        for evaluation in story.both(&label) {
            let bill = story.bill(&label, &evaluation);
            let has_queue = bill.lines.iter().any(|line| line.item.contains("queue requests"));
            assert_eq!(has_queue, queued, "{kind:?} {engine:?}: {:?}", bill.lines);
            let all = story.workload.requests_month();
            assert!(usage(&evaluation).requests <= all + all / 50, "{kind:?} {engine:?}");
        }
    }
}

#[test]
fn provisioned_concurrency_is_tried_where_cold_starts_break_a_promise() {
    // A request every three minutes: most of them cold or nearly so.
    let promise = |q, ms| {
        let mut api = function(1769, 300);
        api.start.init = known(Duration::from_secs(2));
        api.slo.latency = vec![(Share::new(q), Duration::from_millis(ms), None)];
        Story::new(api, flat(0.005))
    };
    assert_eq!(labels(&promise(0.99, 5000)).len(), 2, "cold starts keep it too");
    assert_eq!(labels(&promise(0.99, 100)).len(), 2, "nothing keeps it");
    assert_eq!(labels(&promise(0.5, 800)).len(), 2, "cold starts are rarer than that");
    let story = promise(0.99, 800);
    let name = "1769 MB arm, HTTP API, 1 provisioned";
    for evaluation in story.both(name) {
        assert!(p(&evaluation, 0.99) < 800.0);
        let cold = evaluation.cold.unwrap().get();
        assert!(cold < 0.005, "{cold}");
        let used = usage(&evaluation);
        assert_eq!(used.provisioned_mb_ms, 1769 * 730 * 3_600_000);
        assert!(used.provisioned_run_mb_ms * 1000 >= used.run_mb_ms * 995);
    }
}

#[test]
fn a_snapshot_is_tried_where_it_is_quicker_than_the_start_it_replaces() {
    let start = |runtime: &str, init| {
        let mut api = function(1769, 300);
        api.runtime = known(Runtime(runtime.to_owned()));
        api.start.init = init;
        Story::new(api, flat(0.01))
    };
    let name = "1769 MB arm, HTTP API, SnapStart";
    let slow = known(Duration::from_secs(6));
    assert!(!labels(&start("java21", Fact::Unknown)).contains(&name.to_owned()));
    assert!(!labels(&start("nodejs24.x", slow.clone())).contains(&name.to_owned()));
    let story = start("java21", slow);
    let [_, restored] = story.both(name);
    let [_, initialised] = story.both("1769 MB arm, HTTP API");
    assert!(p(&restored, 0.99) + 3000.0 < p(&initialised, 0.99));
    assert!(usage(&restored).restored_mb > 0);
}

#[test]
fn more_than_the_quota_at_once_is_an_obstacle() {
    // 600 a second for two seconds each: 1,200 at once.
    let mut workload = flat(600.0);
    workload.per_minute.truncate(10);
    workload.cycle = Duration::MINUTE * 10;
    workload.cycles_per_month = 4380.0;
    let story = Story::new(function(1769, 2000), workload);
    for evaluation in story.both("1769 MB arm, HTTP API") {
        let [obstacle] = evaluation.obstacles.as_slice() else { panic!("{evaluation:?}") };
        assert!(obstacle.reason.text.contains("more than 1,000 at once"), "{obstacle:?}");
        assert!(obstacle.reason.text.starts_with("17 %"), "{obstacle:?}");
    }
    let [_, simulation] = story.both("1769 MB arm, HTTP API");
    let counts = simulation.counts.unwrap();
    assert_eq!(counts.arrivals, counts.served + counts.rejected + counts.in_flight);
    let billed = usage(&simulation).requests as f64 / story.workload.requests_month() as f64;
    assert!((billed - 0.833).abs() < 0.01, "the throttled ones are not billed: {billed}");
}

#[test]
fn a_burst_meets_the_speed_at_which_environments_are_added() {
    // Every hour 3,000 requests at once, each for half a minute, where the account would hold 1,000 anyway.
    let firings: Vec<Instant> =
        (0..24).map(|hour| Instant::START + Duration::HOUR * hour).collect();
    let mut per_minute = vec![0.0; 1440];
    for hour in 0..24 {
        per_minute[hour * 60] = 3000.0;
    }
    let mut workload = flat(1.0);
    workload.per_minute = per_minute;
    workload.arrivals = Arrivals::Scheduled(firings);
    let mut burst = function(1769, 30_000);
    let story = Story::new(burst.clone(), workload.clone());
    for evaluation in story.both("1769 MB arm, HTTP API") {
        assert!(!evaluation.obstacles.is_empty());
    }
    // From a queue the messages come again; the hour has room for all of them.
    burst.kind = Kind::Worker;
    let story = Story::new(burst, workload);
    for evaluation in story.both("1769 MB arm, SQS") {
        assert!(evaluation.obstacles.is_empty(), "{:?}", evaluation.obstacles);
        let billed = usage(&evaluation).requests as f64;
        let all = story.workload.requests_month() as f64;
        assert!(
            (billed / all - 1.0).abs() < 1e-6,
            "every message is billed once: {billed} of {all}"
        );
    }
}

#[test]
fn a_thin_recorded_load_is_taken_as_it_came() {
    // Ten calls within a second, once an hour: Poisson at that rate would find warm environments.
    let times: Vec<Instant> = (0..240)
        .map(|i| Instant::START + Duration::HOUR * (i / 10) + Duration::from_millis(90 * (i % 10)))
        .collect();
    let mut workload = flat(1.0);
    workload.per_minute =
        (0..1440).map(|minute| if minute % 60 == 0 { 10.0 } else { 0.0 }).collect();
    workload.arrivals = Arrivals::Recorded { times, durations_us: Vec::new() };
    let mut api = function(1769, 300);
    api.start.init = known(Duration::from_secs(2));
    let [estimate, simulation] = Story::new(api, workload).both("1769 MB arm, HTTP API");
    assert_eq!(
        simulation.cold,
        Some(Share::ONE),
        "each call of a burst starts its own environment"
    );
    assert_eq!(estimate.cold, Some(Share::ONE));
}

#[test]
fn an_unknown_runtime_starts_like_the_most_common_one() {
    let cold = |runtime: Fact<Runtime>| {
        let mut api = function(1769, 300);
        api.runtime = runtime;
        let story = Story::new(api, flat(0.002));
        let [estimate, _] = story.both("1769 MB arm, HTTP API");
        p(&estimate, 0.99)
    };
    let named = cold(known(Runtime("nodejs".to_owned())));
    for runtime in [Fact::Unknown, known(Runtime("cobol".to_owned()))] {
        assert_eq!(cold(runtime).to_bits(), named.to_bits());
    }
    assert!(cold(known(Runtime("java21".to_owned()))) > named + 100.0);
}

#[test]
fn another_platforms_configuration_is_refused() {
    let story = Story::new(function(512, 300), flat(1.0));
    let mut configuration = story.option("512 MB arm, HTTP API");
    configuration.settings = Settings::Managed(model::ManagedSettings {
        engine: Engine::Queue,
        size: String::new(),
        storage: Bytes::ZERO,
        zones: 1,
    });
    assert!(AwsLambda.estimate(&story.case(), &configuration).is_err());
}

#[test]
fn a_bill_of_old_days_counts_in_hundreds_of_milliseconds() {
    let mut story = Story::new(function(512, 310), Workload::flat(Rate::per_month(3e6)));
    story.date = "2019-12-31";
    let [estimate, simulation] = story.both("512 MB x86, HTTP API");
    for evaluation in [estimate, simulation] {
        let run = usage(&evaluation).run_mb_ms as f64 / (512.0 * 3e6);
        assert!((run - 400.0).abs() < 1.0, "{run} ms a call");
    }
}

#[test]
fn a_thick_recorded_load_keeps_its_burstiness_in_the_estimate() {
    // A day of sessions: each brings some requests shortly after one another.
    for (sessions_hz, requests, apart_s) in [(0.2, 10, 0.5), (0.05, 6, 0.02), (0.05, 40, 0.05)] {
        let mut random = Seed(9).stream("api", "sessions");
        let (mut times, mut t) = (Vec::new(), 0.0);
        while t < 86_400.0 {
            t += random.exponential() / sessions_hz;
            let mut at = t;
            for _ in 0..requests {
                at += random.exponential() * apart_s;
                times.push(Instant::START + Duration::from_secs_f64(at));
            }
        }
        times.retain(|at| at.since(Instant::START) < Duration::DAY);
        times.sort_unstable();
        let mut workload = flat(1.0);
        workload.per_minute = vec![0.0; 1440];
        for at in &times {
            workload.per_minute[(at.nanos() / Duration::MINUTE.nanos()) as usize] += 1.0;
        }
        workload.arrivals = Arrivals::Recorded { times, durations_us: Vec::new() };
        let story = Story::new(function(1769, 300), workload);
        let [estimate, simulation] = story.both("1769 MB arm, HTTP API");
        let (estimate, simulation) = (estimate.cold.unwrap().get(), simulation.cold.unwrap().get());
        let ratio = estimate / simulation;
        assert!((0.6..1.6).contains(&ratio), "{estimate} and {simulation} cold");
    }
}

/// Office hours: a request every 200 seconds from 8 to 18 on working days, and hardly any else.
fn office() -> Story {
    let mut week = flat(1.0);
    week.cycle = Duration::DAY * 7;
    week.cycles_per_month = Duration::MONTH.secs_f64() / week.cycle.secs_f64();
    let busy = |minute: usize| minute / 1440 < 5 && (8..18).contains(&(minute / 60 % 24));
    let rate = |minute| if busy(minute) { 0.005 } else { 0.000_01 };
    week.per_minute = (0..7 * 1440).map(|minute| rate(minute) * 60.0).collect();
    let mut api = function(1769, 300);
    api.start.init = known(Duration::from_secs(2));
    api.slo.latency = vec![(Share::new(0.99), Duration::from_millis(800), None)];
    Story::new(api, week)
}

#[test]
fn environments_are_kept_in_the_hours_of_the_load_and_paid_for_by_them() {
    let story = office();
    let kept = |label: &str, evaluation: &Evaluation| {
        let bill = story.bill(label, evaluation);
        let kept = |line: &&model::InvoiceLine| line.item.starts_with("provisioned concurrency");
        dollars(bill.lines.iter().filter(kept).map(|line| line.amount).sum())
    };
    let always = "1769 MB arm, HTTP API, 1 provisioned";
    let office_hours = "1769 MB arm, HTTP API, 1 provisioned Mon–Fri 08–18 h UTC";
    let [estimate, simulation] = story.both(office_hours);
    for evaluation in [&estimate, &simulation] {
        // 1,769 MB are 1.7275 GB, kept for 730 h × 50 ∕ 168 at $0.0000033334 a GB-s.
        assert_eq!(kept(office_hours, evaluation), "4.50");
        assert!(p(evaluation, 0.99) < 800.0);
        // 4.2 of 904 requests a week come outside, hardly one of them to a warm environment.
        let cold = evaluation.cold.unwrap().get();
        assert!((0.003..0.009).contains(&cold), "{cold}");
        let used = usage(evaluation);
        assert_eq!(used.provisioned_mb_ms, 1769 * 730 * 3_600_000 * 50 / 168);
        let on_kept = used.provisioned_run_mb_ms as f64 / used.run_mb_ms as f64;
        assert!((0.985..0.999).contains(&on_kept), "{on_kept}");
    }
    let [all_week, _] = story.both(always);
    assert_eq!(kept(always, &all_week), "15.13", "730 h");
}

#[test]
fn a_load_that_is_the_same_all_week_gets_no_schedule() {
    let mut story = office();
    story.workload.per_minute.fill(0.3);
    let labels = labels(&story);
    assert!(labels.iter().any(|label| label.contains("provisioned")), "{labels:?}");
    assert!(!labels.iter().any(|label| label.contains("UTC")), "{labels:?}");
}

#[test]
fn a_schedule_is_not_judged_by_a_part_of_the_cycle() {
    let story = office();
    let name = "1769 MB arm, HTTP API, 1 provisioned Mon–Fri 08–18 h UTC";
    let part = story.replay.requests.len() / 2;
    let case = Case { requests: &story.replay.requests[..part], ..story.case() };
    let evaluation = AwsLambda.simulate(&case, &story.option(name)).unwrap();
    let [obstacle] = evaluation.obstacles.as_slice() else { panic!("{evaluation:?}") };
    assert!(obstacle.reason.text.contains("leaves out hours"), "{obstacle:?}");
}
