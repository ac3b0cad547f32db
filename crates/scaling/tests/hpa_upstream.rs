//! The upstream project's own test tables of the horizontal pod autoscaler: same inputs, same replicas.
#![expect(clippy::print_stdout, reason = "the figures are told with --nocapture")]
#![expect(clippy::unwrap_used, reason = "a table that cannot be read is a failed test")]

use scaling::hpa::{
    Behavior, Hpa, Metric, Phase, Pod, Policy, PolicyKind, Readiness, Rules, Sample, Select,
    Settings, Spec, Tolerance,
};
use serde_json::Value;
use units::{Duration, Instant};

fn tables() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hpa.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The cases of one table; how many there are is told.
fn table(name: &str) -> Vec<Value> {
    let cases = tables()[name].as_array().unwrap().clone();
    println!("{name}: {} cases", cases.len());
    cases
}

/// Late enough that everything in the tables happened after the start of time.
const NOW: Instant = Instant::from_nanos(100_000 * 1_000_000_000);

fn ago(secs: f64) -> Instant {
    Instant::from_nanos(NOW.nanos() - Duration::from_secs_f64(secs).nanos())
}

fn ints(value: &Value) -> Vec<i64> {
    let of = |v: &Value| v.as_i64().unwrap_or_else(|| v.as_f64().unwrap() as i64);
    value.as_array().map_or_else(Vec::new, |a| a.iter().map(of).collect())
}

/// Pods as the upstream tests make them: two containers each unless one is named.
fn pods(case: &Value, metric: &[Option<i64>]) -> Vec<Pod> {
    let described = case["pods"].as_array().cloned().unwrap_or_default();
    let count = case["podCount"].as_u64().map_or(described.len(), |n| n as usize);
    let containers = if case["container"].is_null() { 2 } else { 1 };
    let requests = ints(&case["requestMilliPerContainer"]);
    (0..count)
        .map(|i| {
            let pod = described.get(i).cloned().unwrap_or_default();
            let started = pod["startedSecondsAgo"].as_f64().map_or(Instant::START, ago);
            Pod {
                phase: match pod["phase"].as_str() {
                    Some("Failed") => Phase::Failed,
                    Some("Pending") => Phase::Pending,
                    _ => Phase::Running,
                },
                deleting: pod["deleting"].as_bool().unwrap_or(false),
                started: Some(started),
                readiness: Some(Readiness {
                    ready: pod["ready"].as_bool().unwrap_or(true),
                    since: started,
                }),
                request: requests.get(i).copied().unwrap_or(0) * containers,
                sample: metric.get(i).copied().flatten().map(|value| Sample {
                    value,
                    at: NOW,
                    window: Duration::MINUTE,
                }),
            }
        })
        .collect()
}

/// What the metrics API returns for each pod: the named container's usage or the sum over containers.
fn samples(case: &Value) -> Vec<Option<i64>> {
    if !case["metricPodNames"].is_null() {
        return Vec::new(); // Samples of pods that nobody knows.
    }
    let index = match case["container"].as_str() {
        Some("container1") => Some(0),
        Some("container2") => Some(1),
        _ => None,
    };
    let usage = case["usageMilliPerContainer"].as_array().cloned().unwrap_or_default();
    usage
        .iter()
        .map(|containers| {
            let values = ints(containers);
            index.map_or_else(|| Some(values.iter().sum()), |i: usize| values.get(i).copied())
        })
        .collect()
}

#[test]
fn every_case_of_the_replica_calculator() {
    let settings = Settings {
        cpu_initialization: Duration::from_secs(120),
        initial_readiness: Duration::from_secs(10),
        ..Settings::default()
    };
    let cases = table("replicaCalculator");
    assert!(cases.len() >= 46, "{} cases", cases.len());
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let current = case["currentReplicas"].as_i64().unwrap();
        let tolerance = Tolerance {
            up_ratio: case["toleranceUp"].as_f64().unwrap_or(0.1),
            down_ratio: case["toleranceDown"].as_f64().unwrap_or(0.1),
        };
        let values = ints(&case["metricMilli"]);
        let sum = values.iter().fold(0_i64, |a, &b| a.saturating_add(b));
        let target = case["targetMilli"].as_i64().unwrap_or_default();
        let per_pod = case["targetMilliPerPod"].as_i64().unwrap_or_default();
        let (metric, samples) = match case["kind"].as_str().unwrap() {
            "resource" => {
                let target_percent = case["targetUtilizationPercent"].as_i64().unwrap();
                (Metric::Utilization { target_percent, cpu: true }, samples(case))
            }
            "podMetric" => {
                (Metric::PerPod { target, cpu: false }, values.iter().copied().map(Some).collect())
            }
            "objectMetric" | "externalMetric" => (Metric::Total { value: sum, target }, Vec::new()),
            "objectPerPodMetric" | "externalPerPodMetric" => {
                (Metric::TotalPerPod { value: sum, target: per_pod }, Vec::new())
            }
            other => panic!("{name}: a new kind: {other}"),
        };
        let pods = pods(case, &samples);
        let got = metric.propose(&pods, current, tolerance, &settings, NOW);
        if case["expectedError"].is_string() {
            assert!(got.is_err(), "{name}: {got:?}");
            continue;
        }
        let got = got.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(got.replicas, case["expectedReplicas"].as_i64().unwrap(), "{name}");
        assert_eq!(
            got.utilization_percent,
            case["expectedUtilizationPercent"].as_i64(),
            "{name}: utilisation"
        );
    }
}

fn rules(value: &Value) -> Rules {
    Rules {
        stabilization: value["stabilizationWindowSeconds"].as_u64().map(Duration::from_secs),
        select: match value["selectPolicy"].as_str() {
            Some("Min") => Select::Min,
            Some("Disabled") => Select::Disabled,
            _ => Select::Max,
        },
        policies: value["policies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|policy| Policy {
                kind: if policy["type"] == "Pods" { PolicyKind::Pods } else { PolicyKind::Percent },
                value: policy["value"].as_i64().unwrap(),
                period: Duration::from_secs(policy["periodSeconds"].as_u64().unwrap()),
            })
            .collect(),
    }
}

fn autoscaler(case: &Value, behavior: Option<Behavior>) -> Hpa {
    let bound = |key: &str, or: i64| case[key].as_i64().unwrap_or(or);
    let downscale = case["downscaleWindowSeconds"].as_u64().unwrap_or(300);
    Hpa::new(Spec {
        min: bound("minReplicas", 0),
        max: bound("maxReplicas", 1_000_000),
        behavior,
        settings: Settings {
            downscale_stabilization: Duration::from_secs(downscale),
            ..Settings::default()
        },
    })
}

fn history(case: &Value, key: &str, what: &str) -> Vec<(i64, Instant)> {
    let events = case[key].as_array().cloned().unwrap_or_default();
    events
        .iter()
        .map(|e| (e[what].as_i64().unwrap(), ago(e["ageSeconds"].as_f64().unwrap())))
        .collect()
}

#[test]
fn bounds_without_behavior() {
    for case in &table("convertDesiredReplicasWithRules") {
        let current = case["currentReplicas"].as_i64().unwrap();
        let desired = case["desiredReplicas"].as_i64().unwrap();
        let (got, limit) = autoscaler(case, None).bound(current, desired, NOW);
        assert_eq!(got, case["expectedReplicas"].as_i64().unwrap(), "{case}");
        assert_eq!(limit.name(), case["expectedCondition"].as_str().unwrap(), "{case}");
    }
}

#[test]
fn stabilisation_without_behavior() {
    for case in &table("stabilizeRecommendation") {
        let mut hpa = autoscaler(case, None);
        hpa.remember_recommendations(history(case, "recommendations", "replicas"));
        let desired = case["desiredReplicas"].as_i64().unwrap();
        let got = hpa.stable(0, desired, NOW);
        assert_eq!(got, case["expectedStabilized"].as_i64().unwrap(), "{case}");
    }
}

#[test]
fn stabilisation_with_behavior() {
    for case in &table("stabilizeRecommendationWithBehaviors") {
        let window = |key: &str| Some(Duration::from_secs(case[key].as_u64().unwrap()));
        let mut behavior = Behavior::default();
        behavior.up.stabilization = window("scaleUpStabilizationSeconds");
        behavior.down.stabilization = window("scaleDownStabilizationSeconds");
        let mut hpa = autoscaler(case, Some(behavior));
        hpa.remember_recommendations(history(case, "recommendations", "replicas"));
        let current = case["currentReplicas"].as_i64().unwrap();
        let got = hpa.stable(current, case["desiredReplicas"].as_i64().unwrap(), NOW);
        assert_eq!(got, case["expectedStabilized"].as_i64().unwrap(), "{case}");
    }
}

#[test]
fn rate_limits_with_behavior() {
    let cases = table("convertDesiredReplicasWithBehaviorRate");
    assert!(cases.len() >= 26, "{} cases", cases.len());
    for case in &cases {
        let behavior = Behavior {
            up: rules(&case["scaleUp"]),
            down: rules(&case["scaleDown"]),
            tolerance: Tolerance::default(),
        };
        let mut hpa = autoscaler(case, Some(behavior));
        hpa.remember_changes(
            history(case, "scaleUpEvents", "replicaChange"),
            history(case, "scaleDownEvents", "replicaChange"),
        );
        let current = case["currentReplicas"].as_i64().unwrap();
        let (got, limit) = hpa.bound(current, case["desiredReplicas"].as_i64().unwrap(), NOW);
        assert_eq!(got, case["expectedReplicas"].as_i64().unwrap(), "{case}");
        assert_eq!(limit.name(), case["expectedCondition"].as_str().unwrap(), "{case}");
    }
}

/// kubernetes.io, Horizontal Pod Autoscaling: 80 replicas go down by 4 pods or 10 % a minute, whichever is
/// more, to 10; the page shows the first two steps and the switch from per cent to pods at 40.
#[test]
fn the_documentations_walk_down() {
    let policy = |kind, value| Policy { kind, value, period: Duration::MINUTE };
    let behavior = Behavior {
        up: Rules::up(),
        down: Rules {
            stabilization: Some(Duration::ZERO),
            select: Select::Max,
            policies: vec![policy(PolicyKind::Pods, 4), policy(PolicyKind::Percent, 10)],
        },
        tolerance: Tolerance::default(),
    };
    let mut hpa = Hpa::new(Spec {
        min: 10,
        max: 100,
        behavior: Some(behavior),
        settings: Settings::default(),
    });
    let idle = Metric::TotalPerPod { value: 1, target: 1000 };
    let (mut replicas, mut seen) = (80, vec![80]);
    for minute in 0..14 {
        let now = NOW + Duration::MINUTE * minute;
        replicas = hpa.reconcile(now, replicas, &[], &[idle]).desired;
        seen.push(replicas);
    }
    assert_eq!(seen, [80, 72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16, 12, 10]);
}

/// The same page: 200m against 100m doubles, 50m halves, a tenth off the target does nothing.
#[test]
fn the_documentations_formula() {
    let settings = Settings::default();
    let replicas = |value: i64| {
        let readiness = Some(Readiness { ready: true, since: Instant::START });
        let sample = Some(Sample { value, at: NOW, window: Duration::MINUTE });
        let pod = Pod {
            phase: Phase::Running,
            deleting: false,
            started: Some(Instant::START),
            readiness,
            request: 1000,
            sample,
        };
        let metric = Metric::PerPod { target: 100, cpu: true };
        metric.propose(&[pod; 4], 4, Tolerance::default(), &settings, NOW).unwrap().replicas
    };
    assert_eq!([200, 50, 110, 111, 90, 89].map(replicas), [8, 2, 4, 5, 4, 4]);
}

/// A metric that cannot be read blocks the way down, never the way up.
#[test]
fn an_unreadable_metric_blocks_scaling_down_only() {
    let spec = Spec { min: 1, max: 100, behavior: None, settings: Settings::default() };
    let unreadable = Metric::PerPod { target: 100, cpu: false };
    let after = |value| {
        let other = Metric::TotalPerPod { value, target: 1000 };
        let mut hpa = Hpa::new(spec.clone());
        hpa.reconcile(NOW, 4, &[], &[unreadable, other]).desired
    };
    assert_eq!(after(6000), 6);
    assert_eq!(after(1000), 4);
}
