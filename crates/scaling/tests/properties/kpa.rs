//! Knative's autoscaler.

use scaling::kpa::{
    Averaging, Bounds, Burst, Decision, Kpa, Observed, Observer, ScaleToZero, Settings, Spec,
    Target, ZeroSpec,
};
use units::{Duration, Instant, Random};

use crate::{absurd, absurd_int, absurd_moment, absurd_span, each, int, pick, secs, size};

fn settings(random: &mut Random) -> Settings {
    let min = int(random, 0, 3);
    Settings {
        burst: pick(random, &[Burst::Unlimited, Burst::Requests(0.0), Burst::Requests(211.0)]),
        stable_window: secs(random, 6, 120),
        panic_window_percent: pick(random, &[1.0, 10.0, 50.0, 100.0]),
        panic_threshold_percent: pick(random, &[110.0, 200.0, 400.0]),
        max_up_ratio: pick(random, &[1.1, 2.0, 10.0, 1000.0]),
        max_down_ratio: pick(random, &[1.1, 2.0, 10.0]),
        scale_down_delay: pick(random, &[0, 0, 1, 30, 300].map(Duration::from_secs)),
        bounds: Bounds { min, max: pick(random, &[0, min.max(1), 20]) },
        ..Settings::default()
    }
}

fn spec(random: &mut Random, settings: &Settings) -> Spec {
    let total = pick(random, &[1.0, 10.0, 100.0]);
    let target = Target { load_per_pod: total * 0.7, total_load_per_pod: total };
    Spec {
        activation: int(random, 0, 4),
        reachable: random.below(10) > 0,
        ..Spec::new(settings, target)
    }
}

/// Ready pods and load at every second.
fn story(random: &mut Random, seconds: usize) -> Vec<(i64, f64)> {
    let mut load: f64 = 0.0;
    let step = |_| {
        if random.below(10) == 0 {
            load = pick(random, &[0.0, 1.0, 30.0, 3000.0]) * random.uniform();
        }
        (int(random, 0, 12), load)
    };
    (0..seconds).map(step).collect()
}

/// One tick every two seconds; `factor` is what the load is multiplied by.
fn play(
    settings: &Settings,
    spec: Spec,
    averaging: Averaging,
    story: &[(i64, f64)],
    factor: f64,
) -> Vec<Option<Decision>> {
    let mut kpa = Kpa::new(spec, Instant::START, story[0].0);
    let mut observer = Observer::new(settings.stable_window, settings.panic_window(), averaging);
    let mut decisions = Vec::new();
    for (second, &(ready, load)) in (0_u64..).zip(story) {
        let now = Instant::START + Duration::from_secs(second);
        observer.record(now, load * factor);
        if second % 2 == 0 {
            decisions.push(observer.observe(now).map(|seen| kpa.decide(now, ready, seen)));
        }
    }
    decisions
}

#[test]
fn the_same_story_gets_the_same_answers_and_more_load_never_fewer_pods() {
    each("kpa/monotone", 300, |case, random| {
        let settings = settings(random);
        let spec = spec(random, &settings);
        let story = story(random, 400);
        let averaging = pick(random, &[Averaging::Linear, Averaging::WeightedExponential]);
        let once = play(&settings, spec, averaging, &story, 1.0);
        assert_eq!(once, play(&settings, spec, averaging, &story, 1.0), "case {case}");
        let more = play(&settings, spec, averaging, &story, 1.0 + random.uniform());
        for (tick, (few, many)) in once.iter().zip(&more).enumerate() {
            let (few, many) = (few.unwrap(), many.unwrap());
            assert!(few.desired <= many.desired, "case {case}, tick {tick}: {few:?} {many:?}");
            assert!(few.excess_burst >= many.excess_burst, "case {case}, tick {tick}");
        }
    });
}

#[test]
fn pods_change_no_faster_than_the_ratios_and_never_fall_in_panic() {
    each("kpa/rates", 300, |case, random| {
        let settings = Settings { scale_down_delay: Duration::ZERO, ..settings(random) };
        let spec = Spec { activation: 0, reachable: true, ..spec(random, &settings) };
        let mut kpa = Kpa::new(spec, Instant::START, 0);
        let mut last = None;
        for (tick, (ready, load)) in (1..).zip(story(random, 300)) {
            let now = Instant::START + settings.tick * tick;
            let panic_load = load * random.uniform() * 4.0;
            let decision = kpa.decide(now, ready, Observed { stable_load: load, panic_load });
            let counted = ready.max(1) as f64;
            if kpa.is_panicking() {
                let fell = last.is_some_and(|most| decision.desired < most);
                assert!(!fell, "case {case}, tick {tick}: fewer pods in panic");
            } else {
                let most = (counted * settings.max_up_ratio).ceil() as i64;
                let fewest = (counted / settings.max_down_ratio).floor() as i64;
                let within = (fewest..=most).contains(&decision.desired);
                assert!(within, "case {case}, tick {tick}: {decision:?} with {ready} ready");
            }
            last = kpa.is_panicking().then_some(decision.desired);
        }
    });
}

#[test]
fn what_is_asked_for_is_within_bounds_and_zero_comes_last() {
    each("kpa/zero", 300, |case, random| {
        let settings = settings(random);
        let zero = ZeroSpec {
            initial: int(random, 0, 5),
            to_zero: random.below(4) > 0,
            retention: pick(random, &[0, 10, 100].map(Duration::from_secs)),
            ..ZeroSpec::new(&settings)
        };
        let Bounds { min, max } = settings.bounds;
        let mut revision = ScaleToZero::new(zero, Instant::START);
        let (mut pods, mut last_wish) = (zero.initial, Instant::START);
        for tick in 0..300 {
            let now = Instant::START + settings.tick * tick;
            let wish = int(random, 0, 30) * i64::from(tick % 100 < 20);
            let wish = (random.below(10) > 0).then_some(wish);
            if wish.is_some_and(|pods| pods > 0) {
                last_wish = now;
            }
            let carried = revision.pass(now, wish, pods, int(random, -2, 2));
            let Some(asked) = carried.ask else { continue };
            let lowest = if zero.to_zero { min } else { min.max(1) };
            assert!(asked >= lowest, "case {case}, tick {tick}: {asked} of at least {lowest}");
            let highest = if max == 0 { i64::MAX } else { max.max(zero.initial).max(1) };
            assert!(asked <= highest, "case {case}, tick {tick}: {asked} of at most {highest}");
            let waited = now.since(last_wish) >= zero.retention;
            assert!(asked > 0 || waited, "case {case}, tick {tick}: to zero too early");
            pods = asked;
        }
    });
}

#[test]
fn absurd_configurations_and_loads_do_no_harm() {
    each("kpa/absurd", 3000, |case, random| {
        let settings = Settings {
            stable_window: absurd_span(random),
            panic_window_percent: absurd(random),
            panic_threshold_percent: absurd(random),
            max_up_ratio: absurd(random),
            max_down_ratio: absurd(random),
            scale_down_delay: absurd_span(random),
            tick: absurd_span(random),
            burst: Burst::Requests(absurd(random)),
            to_zero_grace: absurd_span(random),
            pod_retention: absurd_span(random),
            initial: absurd_int(random),
            bounds: Bounds { min: absurd_int(random), max: absurd_int(random) },
            ..Settings::default()
        };
        let target = Target { load_per_pod: absurd(random), total_load_per_pod: absurd(random) };
        let spec = Spec { activation: absurd_int(random), ..Spec::new(&settings, target) };
        let mut kpa = Kpa::new(spec, Instant::START, absurd_int(random));
        let mut observer =
            Observer::new(settings.stable_window, settings.panic_window(), Averaging::Linear);
        let mut revision = ScaleToZero::new(ZeroSpec::new(&settings), Instant::START);
        let mut now = Instant::START;
        for _ in 0..30 {
            now = absurd_moment(random, now);
            observer.record(now, absurd(random));
            let invented = Observed { stable_load: absurd(random), panic_load: absurd(random) };
            let seen = pick(random, &[observer.observe(now), Some(invented)]);
            let ready = absurd_int(random);
            let decision = seen.map(|seen| kpa.decide(now, ready, seen));
            if let Some(Decision { desired, excess_burst }) = decision {
                assert!((0..=i64::from(i32::MAX)).contains(&desired), "case {case}: {desired}");
                assert!(i32::try_from(excess_burst).is_ok(), "case {case}: {excess_burst}");
            }
            revision.pass(now, decision.map(|d| d.desired), ready, absurd_int(random));
            kpa.spec().activators(ready, absurd(random));
        }
    });
}

#[test]
fn memory_does_not_grow_with_time() {
    each("kpa/bounded", 20, |case, random| {
        let settings = settings(random);
        let spec = spec(random, &settings);
        let mut kpa = Kpa::new(spec, Instant::START, 0);
        let mut observer =
            Observer::new(settings.stable_window, settings.panic_window(), Averaging::Linear);
        let mut largest = 0;
        for second in 0..20_000 {
            let now = Instant::START + Duration::from_secs(second);
            observer.record(now, random.uniform() * 500.0);
            kpa.decide(now, int(random, 0, 50), observer.observe(now).unwrap());
            if second % 500 == 0 {
                largest = largest.max(size(&kpa) + size(&observer));
            }
        }
        // 120 s of buckets twice, 150 ticks of delay: some dozen bytes each.
        assert!(largest < 20_000, "case {case}: {largest} bytes of text");
    });
}
