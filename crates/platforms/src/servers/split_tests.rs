//! Splits: what the rule keeps and spills, that both halves add up, and where a split is worth a try.

use model::{
    Architecture, Beside, Configuration, Distribution, FrontDoor, Kind, ServerSettings, Settings,
    Spill,
};
use units::{Bytes, Duration, Instant, Millicores, Money, Request};

use super::EC2;
use crate::aws_lambda::AwsLambda;
use crate::billing_scene::known;
use crate::case::{Case, Member};
use crate::plain_scene::{app, case, component, flat};
use crate::platform::{Evaluation, Platform};
use crate::spill;
use crate::split_scene::{Story, bill, function, nothing_is_kept, offered, spiky};
use crate::usage::{ServerUsage, Usage};

/// One server that takes so many requests at once; `None` takes all.
fn server(case: &Case<'_>, cpus: u64, in_flight: Option<u32>) -> Configuration {
    let to = Box::new(function(case));
    let settings = ServerSettings {
        cpu: Millicores::new(cpus * 1000),
        memory: Bytes::from_mib(512),
        architecture: Architecture::Arm,
        front_door: FrontDoor::Dns,
        copies: 1,
        min: 1,
        volume: Bytes::ZERO,
        spill: in_flight.map(|in_flight| Spill { in_flight, proxy: Beside::default(), to }),
    };
    let settings = Settings::Server(settings);
    Configuration { platform: EC2.id(), settings, label: String::new() }
}

fn usage(evaluation: &Evaluation) -> &ServerUsage {
    match &evaluation.usage {
        Usage::Server(usage) => usage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cap_that_nobody_reaches_is_no_cap() {
    let story = Story::new(spiky(), 1_000_000);
    let case = story.case();
    let (plain, capped) = (server(&case, 8, None), server(&case, 8, Some(u32::MAX)));
    let of = |c: &Configuration| [EC2.estimate(&case, c).unwrap(), EC2.simulate(&case, c).unwrap()];
    let (without, with) = (of(&plain), of(&capped));
    assert_eq!(without, with);
    for (a, b) in without.iter().zip(&with) {
        assert_eq!(bill(&EC2, &case, &plain, a), bill(&EC2, &case, &capped, b));
        assert!(usage(b).spilled.is_none());
    }
}

#[test]
fn a_cap_of_none_is_the_other_platform_to_the_cent_and_to_the_request() {
    let story = Story::new(spiky(), 1_000_000);
    let case = story.case();
    nothing_is_kept(&EC2, &case, &server(&case, 2, Some(0)));
}

#[test]
fn three_requests_at_once_where_two_are_let_in() {
    let mut service = component("api", Kind::Http);
    let constant = |ms| known(Distribution::Constant(Duration::from_millis(ms)));
    (service.demand.cpu, service.demand.wait) = (constant(100), constant(0));
    let app = app(vec![service.clone()]);
    let mut load = flat(0.0);
    load.per_minute[0] = 4.0;
    let at = |ms| Request {
        at: Instant::START + Duration::from_millis(ms),
        cpu: Duration::from_millis(100),
        wait: Duration::ZERO,
    };
    let requests = [at(0), at(10), at(20), at(250)];
    let months = load.cycles_per_month;
    let case =
        Case { requests: &requests, replays_per_month: months, ..case(&app, &service, &load) };
    let configuration = server(&case, 1, Some(2));
    let split = EC2.simulate(&case, &configuration).unwrap();
    // The first has the CPU for 10 ms and half of it for 180 ms more; the second half of it for 180 ms and all of it
    // for the last 10; the fourth all of it. The third finds two.
    let mut alone = load.clone();
    alone.per_minute[0] = 1.0;
    let third = Case { requests: &requests[2..3], workload: &alone, ..case };
    let elsewhere = AwsLambda.simulate(&third, &function(&case)).unwrap();
    let mut expected = elsewhere.latency.clone().expect("somebody waits");
    for ms in [190, 190, 100] {
        expected.record(Duration::from_millis(ms));
    }
    let latency = split.latency.as_ref().expect("somebody waits");
    let values = |h: &units::Histogram| h.buckets().collect::<Vec<_>>();
    assert_eq!(values(latency), values(&expected));
    let counts = split.counts.expect("a replay");
    assert_eq!((counts.arrivals, counts.served, counts.rejected), (4, 4, 0));
    // Once a day: 30 requests a month, 0.2 dollars a million.
    let usage = usage(&split);
    let spilled = usage.spilled.as_ref().expect("the third");
    assert_eq!(spilled.usage, elsewhere.usage);
    assert_eq!((spilled.usage.flow().requests, usage.flow.requests), (30, 122));
    let lines = bill(&EC2, &case, &configuration, &split);
    let amount = |item: &str| lines.iter().find(|(name, _)| name == item).map(|(_, a)| *a);
    assert_eq!(
        amount("spilled: function requests"),
        Some(Money::from_pico(6_000_000)),
        "{lines:?}"
    );
    // 2 KB there and 4 KB back, thirty times, at a cent a GB.
    let crossing = Money::from_pico(30 * (2 + 4) * 10_000_000_000 / 1_048_576 + 1);
    assert_eq!(amount("spilled: data there and back"), Some(crossing), "rounded up: {lines:?}");
    assert_eq!(lines.iter().filter(|(item, _)| item.starts_with("1 × ")).count(), 1);
}

#[test]
fn the_closed_form_spills_what_the_replay_spills_and_twice_is_the_same() {
    let story = Story::new(flat(230.0), 500_000);
    let case = story.case();
    let share = |evaluation: &Evaluation| {
        let configuration = server(&case, 2, Some(14));
        let member =
            Member { component: case.component, configuration: &configuration, evaluation };
        spill::share(&member).expect("a split").get()
    };
    let configuration = server(&case, 2, Some(14));
    let estimated = EC2.estimate(&case, &configuration).unwrap();
    let replayed = EC2.simulate(&case, &configuration).unwrap();
    let (a, b) = (share(&estimated), share(&replayed));
    assert!(a > 0.2 && (a / b - 1.0).abs() < 0.02, "{a} {b}");
    assert_eq!(replayed, EC2.simulate(&case, &configuration).unwrap());
}

#[test]
fn a_stretch_tells_of_the_whole_month() {
    let mut load = spiky();
    load.per_minute[1000..1010].fill(200.0 * 60.0);
    let of = |requests_max| {
        let story = Story::new(load.clone(), requests_max);
        let case = story.case();
        let evaluation = EC2.simulate(&case, &server(&case, 2, Some(10))).unwrap();
        usage(&evaluation).spilled.as_ref().expect("spikes").usage.flow().requests as f64
    };
    let (whole, stretch) = (of(2_000_000), of(60_000));
    assert!((stretch / whole - 1.0).abs() < 0.05, "{stretch} of {whole}");
}

#[test]
fn a_stretch_begins_without_instances() {
    // Ten minutes of 400 a second, 4 ms apart at the most in the mean: what they need has to start first.
    let story = Story::new(spiky(), 50_000);
    let case = story.case();
    let split = EC2.simulate(&case, &server(&case, 2, Some(0))).unwrap();
    let cold = split.cold.expect("functions").get() * 50_000.0;
    // 20 are at work at once, and more come while the first ones start.
    assert!((20.0..200.0).contains(&cold), "{cold}");
    let spilled = usage(&split).spilled.as_ref().expect("everything");
    let (there, all) = (spilled.usage.flow().requests, usage(&split).flow.requests);
    assert!(there.abs_diff(all) <= 1, "{there} {all}");
}

#[test]
fn a_split_is_offered_for_rare_tall_spikes_only() {
    let mut rare = flat(80.0);
    rare.per_minute[600..605].fill(4000.0 * 60.0);
    let found = offered(&EC2, &[&EC2], &rare);
    assert!(found[0].contains("then Lambda 1769 MB arm, function URL"), "{found:?}");
    assert!(offered(&EC2, &[&EC2], &flat(80.0)).is_empty(), "no peak");
    let mut half = flat(80.0);
    half.per_minute[..720].fill(4000.0 * 60.0);
    assert!(
        offered(&EC2, &[&EC2], &half).is_empty(),
        "machines that are busy for half of the day pay for themselves"
    );
    // What one small server holds at its peak.
    assert!(offered(&EC2, &[&EC2], &spiky().scaled(0.1)).is_empty());
}
