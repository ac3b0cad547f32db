//! The horizontal pod autoscaler.

use scaling::hpa::{
    Behavior, Hpa, Metric, Phase, Pod, Policy, PolicyKind, Readiness, Rules, Sample, Select,
    Settings, Spec, Tolerance,
};
use units::{Duration, Instant, Random};

use crate::{absurd, absurd_int, absurd_moment, absurd_span, each, int, pick, secs, size};

fn rules(random: &mut Random) -> Rules {
    let policies = (0..random.below(3)).map(|_| Policy {
        kind: pick(random, &[PolicyKind::Pods, PolicyKind::Percent]),
        value: int(random, 1, 200),
        period: secs(random, 1, 600),
    });
    let policies = policies.collect();
    Rules {
        stabilization: pick(random, &[None, Some(0), Some(60), Some(600)]).map(Duration::from_secs),
        select: pick(random, &[Select::Max, Select::Max, Select::Min, Select::Disabled]),
        policies,
    }
}

fn spec(random: &mut Random) -> Spec {
    let behavior = Behavior {
        up: rules(random),
        down: rules(random),
        tolerance: Tolerance { up_ratio: random.uniform(), down_ratio: random.uniform() },
    };
    let min = int(random, 0, 5);
    Spec {
        min,
        max: min.max(1) + int(random, 0, 50),
        behavior: (random.below(2) == 0).then_some(behavior),
        settings: Settings { sync: secs(random, 5, 60), ..Settings::default() },
    }
}

/// So many pods, ready for an hour, each using a thousandth of what its number says.
fn pods(usage: &[i64], now: Instant) -> Vec<Pod> {
    let ready = Readiness { ready: true, since: Instant::START };
    usage
        .iter()
        .map(|&value| Pod {
            phase: Phase::Running,
            deleting: false,
            started: Some(Instant::START),
            readiness: Some(ready),
            request: 500,
            sample: Some(Sample { value, at: now, window: Duration::from_secs(30) }),
        })
        .collect()
}

fn metrics(total: i64) -> [Metric; 3] {
    [
        Metric::Utilization { target_percent: 80, cpu: true },
        Metric::PerPod { target: 400, cpu: false },
        Metric::TotalPerPod { value: total, target: 400 },
    ]
}

/// An hour after the start, when every pod is old.
fn pass(number: u64, sync: Duration) -> Instant {
    Instant::START + Duration::HOUR + sync * number
}

#[test]
fn replicas_stay_within_bounds_and_repeat_themselves() {
    each("hpa/bounds", 300, |case, random| {
        let spec = spec(random);
        let story: Vec<i64> = (0..200).map(|_| int(random, 0, 2000)).collect();
        let play = || {
            let mut hpa = Hpa::new(spec.clone());
            let mut replicas = spec.min.max(1);
            let mut seen = Vec::new();
            for (number, &usage) in (0..).zip(&story) {
                let now = pass(number, spec.settings.sync);
                let usages = vec![usage; replicas.unsigned_abs() as usize];
                let total = usage * replicas;
                replicas =
                    hpa.reconcile(now, replicas, &pods(&usages, now), &metrics(total)).desired;
                seen.push(replicas);
            }
            seen
        };
        let seen = play();
        let within = |replicas: &i64| (spec.min..=spec.max).contains(replicas);
        assert!(seen.iter().all(within), "case {case}: {seen:?} of {} to {}", spec.min, spec.max);
        assert_eq!(seen, play(), "case {case}");
    });
}

#[test]
fn from_the_same_state_more_load_never_asks_for_fewer_replicas() {
    each("hpa/monotone", 300, |case, random| {
        let spec = spec(random);
        let mut hpa = Hpa::new(spec.clone());
        let mut replicas = spec.min.max(1);
        for number in 0..100 {
            let now = pass(number, spec.settings.sync);
            let usage = int(random, 0, 2000);
            let with = |usage: i64| {
                let usages = vec![usage; replicas.unsigned_abs() as usize];
                let mut hpa = hpa.clone();
                let metrics = metrics(usage * replicas);
                let desired = hpa.reconcile(now, replicas, &pods(&usages, now), &metrics).desired;
                (desired, hpa)
            };
            let (desired, after) = with(usage);
            let (more, _) = with(usage + int(random, 0, 1000));
            assert!(desired <= more, "case {case}, pass {number}: {desired} and {more}");
            (replicas, hpa) = (desired, after);
        }
    });
}

#[test]
fn absurd_samples_and_configurations_do_no_harm() {
    let replicas = |random: &mut Random| absurd_int(random).clamp(0, i64::from(i32::MAX));
    each("hpa/absurd", 3000, |case, random| {
        let policy = |random: &mut Random| Policy {
            kind: pick(random, &[PolicyKind::Pods, PolicyKind::Percent]),
            value: replicas(random),
            period: absurd_span(random),
        };
        let rules = |random: &mut Random| Rules {
            stabilization: Some(absurd_span(random)),
            select: pick(random, &[Select::Max, Select::Min, Select::Disabled]),
            policies: vec![policy(random), policy(random)],
        };
        let (up, down) = (rules(random), rules(random));
        let tolerance = Tolerance { up_ratio: absurd(random), down_ratio: absurd(random) };
        let (min, most) = (int(random, 0, 5), replicas(random));
        let spec = Spec {
            min,
            max: most.max(min).max(1),
            behavior: (random.below(2) == 0).then_some(Behavior { up, down, tolerance }),
            settings: Settings {
                sync: absurd_span(random),
                cpu_initialization: absurd_span(random),
                initial_readiness: absurd_span(random),
                downscale_stabilization: absurd_span(random),
            },
        };
        let mut hpa = Hpa::new(spec.clone());
        let mut now = Instant::START;
        for _ in 0..20 {
            now = absurd_moment(random, now);
            let usage: Vec<i64> = (0..random.below(4)).map(|_| absurd_int(random)).collect();
            let mut pods = pods(&usage, now);
            for pod in &mut pods {
                pod.request = absurd_int(random);
                pod.deleting = random.below(5) == 0;
                pod.phase = pick(random, &[Phase::Running, Phase::Pending, Phase::Failed]);
            }
            let target = absurd_int(random);
            let value = absurd_int(random);
            let metrics = [
                Metric::Utilization { target_percent: target, cpu: true },
                Metric::PerPod { target, cpu: false },
                Metric::Total { value, target },
                Metric::TotalPerPod { value, target },
            ];
            let metric = pick(random, &metrics);
            let current = int(random, spec.min.max(1), spec.max);
            let desired = hpa.reconcile(now, current, &pods, &[metric]).desired;
            let within = (spec.min..=spec.max).contains(&desired);
            assert!(within, "case {case}: {desired} of {} to {}", spec.min, spec.max);
        }
    });
}

#[test]
fn memory_does_not_grow_with_time() {
    each("hpa/bounded", 20, |case, random| {
        let spec = spec(random);
        let mut hpa = Hpa::new(spec.clone());
        let mut largest = 0;
        for number in 0..10_000 {
            let now = pass(number, spec.settings.sync);
            let current = int(random, spec.min.max(1), spec.max);
            let metric = Metric::TotalPerPod { value: int(random, 0, 50_000), target: 1000 };
            hpa.reconcile(now, current, &[], &[metric]);
            if number % 500 == 0 {
                largest = largest.max(size(&hpa));
            }
        }
        // Ten minutes of recommendations and changes at a pass every five seconds.
        assert!(largest < 40_000, "case {case}: {largest} bytes of text");
    });
}
