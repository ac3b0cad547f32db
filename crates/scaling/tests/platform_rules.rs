//! The rules that platforms publish about scaling, case by case.
//!
//! The last case of Lambda's scaling rate is a loss formula, and the agreed semantics are a function pool's: both
//! are held where they live, in the simulator.
#![expect(clippy::unwrap_used, reason = "a table that cannot be read is a failed test")]

use scaling::burst_ramp::BurstRamp;
use scaling::hpa::{Behavior, Hpa, Metric, Policy, PolicyKind, Rules, Select, Settings, Spec};
use scaling::token_bucket::TokenBucket;
use serde_json::Value;
use units::{Duration, Instant};

fn tables() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/platform_rules.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn at(secs: f64) -> Instant {
    Instant::START + Duration::from_secs_f64(secs)
}

fn ints(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap()).collect()
}

fn served(bucket: &mut TokenBucket, secs: f64, requests: u64) -> u64 {
    (0..requests).map(|_| u64::from(bucket.take(at(secs)))).sum()
}

/// 1,000 environments in 10 s for each function, refilled continuously, not saved up.
#[test]
fn lambdas_scaling_rate() {
    let tables = tables();
    let cases = tables["lambdaScaling"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    let expect = |case: usize, key: &str| cases[case]["expect"][key].as_f64().unwrap();
    let expect_int = |case: usize, key: &str| expect(case, key) as u64;
    let function = || TokenBucket::full(1000, Duration::from_secs(10));

    // Callers retry every ten milliseconds, which is when one more environment is there.
    let mut bucket = function();
    let mut running = served(&mut bucket, 0.0, 3000);
    assert_eq!(running, expect_int(0, "servedAtT0"));
    assert_eq!(3000 - running, expect_int(0, "throttledAtT0"));
    let mut ticks = 0_u32;
    while running < 3000 {
        ticks += 1;
        running += served(&mut bucket, f64::from(ticks) / 100.0, 3000 - running);
        if ticks == 1000 {
            assert_eq!(running, expect_int(0, "concurrencyAt10s"));
        }
    }
    assert!((f64::from(ticks) / 100.0 - expect(0, "allRunningBy")).abs() < 1e-9);

    let after_an_hour = served(&mut function(), 3600.0, 2500);
    assert_eq!(after_an_hour, expect_int(1, "servedAtT0"));
    assert_eq!(2500 - after_an_hour, expect_int(1, "throttledAtT0"));

    let two_functions = served(&mut function(), 0.0, 1000) + served(&mut function(), 0.0, 1000);
    assert_eq!(two_functions, expect_int(2, "servedAtT0"));
    assert_eq!(2000 - two_functions, expect_int(2, "throttledAtT0"));
}

/// 3,000 at once, then 500 a minute; requests come at the start of their minute and end within it, so
/// environments of earlier minutes are free again.
#[test]
fn lambdas_scaling_rate_before_late_2023() {
    let tables = tables();
    let cases = tables["lambdaHistoric"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let mut ramp = BurstRamp::full(3000, 500, Duration::MINUTE);
        let (mut environments, mut new, mut served, mut throttled) = (0, vec![], vec![], vec![]);
        for (minute, requests) in (0_u32..).zip(ints(&case["perMinute"])) {
            let missing = requests.saturating_sub(environments);
            new.push(ramp.take(at(60.0 * f64::from(minute)), missing));
            environments += new.last().unwrap();
            served.push(requests.min(environments));
            throttled.push(requests - served.last().unwrap());
        }
        assert_eq!(served, ints(&case["expectServed"]), "{case}");
        assert_eq!(throttled, ints(&case["expectThrottled"]), "{case}");
        if !case["expectNewEnvironments"].is_null() {
            assert_eq!(new, ints(&case["expectNewEnvironments"]), "{case}");
        }
    }
}

/// The examples of the autoscaler's page: 200m against 100m doubles, 50m halves.
#[test]
fn the_autoscalers_formula() {
    let tables = tables();
    let cases = tables["hpaDocs"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases.iter().filter(|case| !case["expectRatio"].is_null()) {
        let int = |key: &str| case[key].as_i64().unwrap();
        let current = 100;
        // The metric is an average over the pods; the whole is that times the pods.
        let value = int("currentMetricMilli") * current;
        let metric = Metric::TotalPerPod { value, target: int("targetMilli") };
        let settings = Settings::default();
        let tolerance = Behavior::default().tolerance;
        let got = metric.propose(&[], current, tolerance, &settings, at(0.0)).unwrap().replicas;
        let ratio = got as f64 / current as f64;
        assert_eq!(Some(ratio), case["expectRatio"].as_f64(), "{case}");
    }
}

/// By 4 pods or 10 % a minute, whichever is more.
#[test]
fn the_autoscalers_walk_down() {
    let tables = tables();
    let wanted = &tables["hpaDocs"]["cases"][2]["sequence"];
    let policy = |kind, value| Policy { kind, value, period: Duration::MINUTE };
    let down = Rules {
        stabilization: Some(Duration::ZERO),
        select: Select::Max,
        policies: vec![policy(PolicyKind::Pods, 4), policy(PolicyKind::Percent, 10)],
    };
    let behavior = Some(Behavior { down, ..Behavior::default() });
    let mut hpa = Hpa::new(Spec { min: 10, max: 100, behavior, settings: Settings::default() });
    let idle = Metric::TotalPerPod { value: 1, target: 1000 };
    let mut replicas = 80_i64;
    for (minute, wanted) in (0_u32..).zip(ints(wanted)) {
        assert_eq!(replicas.unsigned_abs(), wanted, "minute {minute}");
        replicas = hpa.reconcile(at(60.0 * f64::from(minute)), replicas, &[], &[idle]).desired;
    }
}
