//! The upstream project's own test tables of Knative's autoscaler: same averages, same pods.
#![expect(clippy::unwrap_used, reason = "a table that cannot be read is a failed test")]

use scaling::kpa::{Averaging, Burst, Kpa, Metric, Observed, Settings, Spec, Target, Window};
use serde_json::Value;
use units::{Duration, Instant};

fn tables() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/knative_kpa.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Seconds of the tables; time starts earlier, so that something can have happened before them.
fn at(second: f64) -> Instant {
    Instant::START + Duration::from_secs_f64(100_000.0 + second)
}

fn spec(case: &Value, defaults: &Value) -> Spec {
    let number = |key: &str| {
        case["spec"][key].as_f64().or_else(|| defaults[key].as_f64()).unwrap_or_default()
    };
    let burst = number("tbc");
    Spec {
        target: Target {
            load_per_pod: number("targetValue"),
            total_load_per_pod: number("targetValue") / 0.75,
        },
        burst: if burst < 0.0 { Burst::Unlimited } else { Burst::Requests(burst) },
        panic_ratio: number("panicThreshold"),
        stable_window: Duration::from_secs_f64(number("stableWindowSeconds")),
        max_up_ratio: number("maxScaleUpRate"),
        max_down_ratio: number("maxScaleDownRate"),
        scale_down_delay: Duration::from_secs_f64(number("scaleDownDelaySeconds")),
        activation: number("activationScale") as i64,
        reachable: defaults["reachable"].as_bool().unwrap(),
        tick: Duration::from_secs_f64(number("tickSeconds")),
    }
}

#[test]
fn every_case_of_the_autoscaler() {
    let tables = tables();
    let cases = tables["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 17);
    let mut steps = 0;
    for case in cases {
        let name = case["name"].as_str().unwrap();
        // Upstream makes the autoscaler with no pods, or in panic since some time.
        let mut kpa = Kpa::new(
            spec(case, &tables["testDefaults"]),
            at(case["panicSince"].as_f64().unwrap_or_default()),
            case["maxPanicPods"].as_i64().unwrap_or_default(),
        );
        for (i, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            let number = |key: &str| step[key].as_f64().unwrap();
            let observed = Observed { stable_load: number("stable"), panic_load: number("panic") };
            let ready = step["ready"].as_i64().unwrap();
            let decision = kpa.decide(at(number("t")), ready, observed);
            let context = format!("{name}, step {i}");
            assert_eq!(decision.desired, step["expectDesired"].as_i64().unwrap(), "{context}");
            let excess = step["expectEBC"].as_i64().unwrap();
            assert!((decision.excess_burst - excess).abs() <= 1, "{context}: {decision:?}");
            if let Some(panicking) = step["expectPanicking"].as_bool() {
                assert_eq!(kpa.is_panicking(), panicking, "{context}");
            }
            steps += 1;
        }
    }
    assert_eq!(steps, 32);
    println!("autoscaler: {} cases, {steps} steps", cases.len());
}

#[test]
fn every_script_of_the_window_averages() {
    let tables = tables();
    let scripts = tables["windowAveraging"].as_array().unwrap();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        let averaging = match script["kind"].as_str().unwrap() {
            "linear" => Averaging::Linear,
            _ => Averaging::WeightedExponential,
        };
        assert_eq!(script["granularitySeconds"], 1, "a bucket is a second");
        let length = Duration::from_secs(script["windowSeconds"].as_u64().unwrap());
        let mut window = Window::new(length, averaging);
        for op in script["ops"].as_array().unwrap() {
            let (now, value) = (at(op[1].as_f64().unwrap()), op[2].as_f64().unwrap());
            if op[0] == "record" {
                window.record(now, value);
            } else {
                // The weighted value is printed with three digits.
                let error = (window.average(now) - value).abs();
                let allowed = if averaging == Averaging::Linear { 0.0 } else { 5e-4 };
                assert!(error <= allowed, "{op}: {}", window.average(now));
            }
        }
        println!(
            "window averages, {averaging:?}: {} steps",
            script["ops"].as_array().unwrap().len()
        );
    }
}

#[test]
fn the_production_defaults() {
    let tables = tables();
    let wanted = tables["productionDefaults"].as_object().unwrap();
    let settings = Settings::default();
    let secs = |span: Duration| format!("{}s", span.secs_f64());
    let Burst::Requests(burst) = settings.burst else { panic!("a limited burst") };
    for (key, value) in wanted {
        let number = match key.as_str() {
            "source" => continue,
            "container-concurrency-target-percentage" => settings.concurrency_target_percent,
            "container-concurrency-target-default" => settings.concurrency_default,
            "requests-per-second-target-default" => settings.rps_default,
            "target-burst-capacity" => burst,
            "panic-window-percentage" => settings.panic_window_percent,
            "panic-threshold-percentage" => settings.panic_threshold_percent,
            "max-scale-up-rate" => settings.max_up_ratio,
            "max-scale-down-rate" => settings.max_down_ratio,
            "initial-scale" => settings.initial as f64,
            "activator-capacity" => settings.activator_requests,
            other => {
                let span = match other {
                    "stable-window" => settings.stable_window,
                    "scale-to-zero-grace-period" => settings.to_zero_grace,
                    "scale-to-zero-pod-retention-period" => settings.pod_retention,
                    "scale-down-delay" => settings.scale_down_delay,
                    "tick" => settings.tick,
                    _ => panic!("a default that nothing holds: {other}"),
                };
                assert_eq!(secs(span), value.as_str().unwrap(), "{other}");
                continue;
            }
        };
        assert_eq!(Some(number), value.as_f64(), "{key}");
    }
    let target = settings.target(Metric::Concurrency, 0, None);
    assert!((Spec::new(&settings, target).panic_ratio - 2.0).abs() < 1e-12);
}
