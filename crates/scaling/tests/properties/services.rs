//! Target tracking, averages of utilisation, and recommendations of the vertical pod autoscaler.

use scaling::target_tracking::{Policy, TargetTracking};
use scaling::utilization::{UtilizationScaler, UtilizationTargets, WhenFull, Work};
use scaling::vpa::{Recommender, Settings};
use units::{Bytes, Duration, Instant, Millicores, Random};

use crate::{absurd, absurd_int, absurd_moment, absurd_span, each, pick, secs, size};

#[test]
fn copies_stay_within_bounds_and_a_higher_datapoint_never_asks_for_fewer() {
    each("target-tracking", 500, |case, random| {
        let min = random.below(5) as u32;
        let max = min + random.below(20) as u32;
        let mut tracking = TargetTracking::new(Policy {
            target_percent: 60.0,
            min,
            max,
            datapoints_out: 3,
            datapoints_in: 15,
            in_percent_of_target: 90.0,
            cooldown_out: secs(random, 0, 300),
            cooldown_in: secs(random, 0, 300),
        });
        let mut current = min;
        for minute in 0..200 {
            let now = Instant::START + Duration::MINUTE * minute;
            let metric = (random.below(10) > 0).then(|| {
                if minute % 60 < 30 { random.uniform() * 50.0 } else { random.uniform() * 300.0 }
            });
            let higher = metric.map(|percent| percent + random.uniform() * 50.0);
            let more = tracking.clone().datapoint(now, higher, current);
            current = tracking.datapoint(now, metric, current);
            assert!((min..=max).contains(&current), "case {case}, minute {minute}: {current}");
            assert!(current <= more, "case {case}, minute {minute}: {current} and {more}");
        }
        assert!(size(&tracking) < 1000, "case {case}: only so many datapoints are kept");
    });
}

#[test]
fn absurd_datapoints_do_no_harm() {
    each("target-tracking/absurd", 1000, |case, random| {
        let mut tracking = TargetTracking::new(Policy {
            target_percent: absurd(random),
            min: 1,
            max: 10,
            datapoints_out: random.below(4) as usize,
            datapoints_in: random.below(20) as usize,
            in_percent_of_target: absurd(random),
            cooldown_out: absurd_span(random),
            cooldown_in: absurd_span(random),
        });
        let mut now = Instant::START;
        for _ in 0..40 {
            now = absurd_moment(random, now);
            let value = absurd(random);
            let metric = pick(random, &[None, Some(value)]);
            let current = random.below(20) as u32;
            let wanted = tracking.datapoint(now, metric, current);
            assert!((1..=10).contains(&wanted), "case {case}: {wanted}");
        }
    });
}

#[test]
fn more_usage_never_recommends_less_and_the_bounds_are_in_order() {
    each("vpa/monotone", 100, |case, random| {
        let containers = 1 + random.below(4);
        let factor = 1.0 + random.uniform();
        let mut one = Recommender::new(Settings::default());
        let mut more = Recommender::new(Settings::default());
        for minute in 0..300_u64 {
            let at = Instant::START + Duration::MINUTE * (17 * minute);
            let pod = random.below(3);
            let (cpu, memory) = (random.uniform() * 2000.0, 1e7 + random.uniform() * 4e9);
            for (recommender, factor) in [(&mut one, 1.0), (&mut more, factor)] {
                recommender.cpu(pod, at, Millicores::new((cpu * factor) as u64));
                recommender.memory(pod, at, Bytes::new((memory * factor) as u64));
            }
        }
        let (one, more) = (one.recommend(containers), more.recommend(containers));
        let (cpu, more_cpu) = (one.cpu.unwrap(), more.cpu.unwrap());
        assert!(cpu.lower <= cpu.target && cpu.target <= cpu.upper, "case {case}: {cpu:?}");
        assert!(cpu.target <= more_cpu.target, "case {case}: {cpu:?} {more_cpu:?}");
        assert!(cpu.target >= Millicores::new(25 / containers), "case {case}");
        let (memory, more_memory) = (one.memory.unwrap(), more.memory.unwrap());
        assert!(memory.lower <= memory.target && memory.target <= memory.upper, "case {case}");
        assert!(memory.target <= more_memory.target, "case {case}: {memory:?} {more_memory:?}");
    });
}

#[test]
fn absurd_samples_do_no_harm_and_memory_does_not_grow_with_time() {
    each("vpa/absurd", 100, |case, random| {
        let settings = Settings {
            lower_share: absurd(random),
            target_share: absurd(random),
            upper_share: absurd(random),
            margin_share: absurd(random),
            confidence: absurd_span(random),
            half_life: absurd_span(random),
            memory_interval: absurd_span(random),
            oom_ratio: absurd(random),
            oom_step: Bytes::new(absurd_int(random).unsigned_abs()),
            ..Settings::default()
        };
        let mut recommender = Recommender::new(settings);
        let mut now = Instant::START;
        for _ in 0..200 {
            now = absurd_moment(random, now);
            let (pod, amount) = (random.below(3), absurd_int(random).unsigned_abs());
            recommender.cpu(pod, now, Millicores::new(amount));
            recommender.memory(pod, now, Bytes::new(amount));
            recommender.out_of_memory(pod, now, Bytes::new(amount));
            recommender.recommend(random.below(3));
        }
        // 176 and 175 weights, three pods.
        assert!(size(&recommender) < 200_000, "case {case}: {}", size(&recommender));
    });
}

#[test]
fn more_work_never_asks_for_fewer_instances() {
    each("utilization", 500, |case, random| {
        let percent = |random: &mut Random| Some(1 + random.below(99) as u32);
        let targets = UtilizationTargets {
            window: secs(random, 0, 90),
            concurrency: 1 + random.below(100) as u32,
            concurrency_percent: percent(random),
            cpu: Millicores::new(1 + random.below(4000)),
            cpu_percent: percent(random),
            waiting: WhenFull::Start,
        };
        let (mut some, mut more) =
            (UtilizationScaler::new(targets), UtilizationScaler::new(targets));
        let mut now = Instant::START;
        for _ in 0..50 {
            now = now + secs(random, 1, 10);
            let work = Work { requests: secs(random, 0, 900), cpu: secs(random, 0, 90) };
            let further = Work { requests: work.requests + secs(random, 0, 90), ..work };
            let (few, many) = (some.look(now, work), more.look(now, further));
            assert!(few <= many, "case {case}: {few} and {many}");
        }
    });
}

#[test]
fn absurd_work_does_no_harm() {
    each("utilization/absurd", 500, |case, random| {
        let any = |random: &mut Random| pick(random, &[0, 1, 60, u32::MAX]);
        let (instances, window) = (any(random), Duration::from_nanos(1 + random.below(1 << 40)));
        let mut scaler = UtilizationScaler::new(UtilizationTargets {
            window: absurd_span(random),
            concurrency: any(random),
            concurrency_percent: Some(any(random)),
            cpu: Millicores::new(pick(random, &[0, 1, 1000, u64::MAX])),
            cpu_percent: Some(any(random)),
            waiting: WhenFull::StartAtMost { instances, window },
        });
        let mut now = Instant::START;
        for _ in 0..100 {
            now = absurd_moment(random, now);
            scaler.look(now, Work { requests: absurd_span(random), cpu: absurd_span(random) });
            let requests = pick(random, &[0, 1, u64::MAX]);
            let started = scaler.waiting(now, requests, pick(random, &[0, 1, u64::MAX]), 50);
            assert!(started <= 50, "case {case}: {started}");
        }
    });
}

#[test]
fn averages_over_all_time_keep_only_so_much() {
    let mut scaler = UtilizationScaler::new(UtilizationTargets {
        window: Duration::from_nanos(u64::MAX),
        concurrency: 1,
        concurrency_percent: Some(100),
        cpu: Millicores::ONE,
        cpu_percent: None,
        waiting: WhenFull::Wait,
    });
    let work = Work { requests: Duration::from_secs(3), cpu: Duration::ZERO };
    for second in 1..=20_000 {
        assert_eq!(scaler.look(Instant::START + Duration::from_secs(second), work), 3);
    }
    assert!(size(&scaler) < 200 * scaling::utilization::LOOKS_MAX);
}
