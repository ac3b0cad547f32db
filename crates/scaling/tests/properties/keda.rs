//! KEDA.

use scaling::keda::{Fallback, Keda, Pause, Spec, Trigger};
use units::{Duration, Instant, Random};

use crate::{absurd_int, absurd_moment, absurd_span, each, int, pick, secs, size};

fn spec(random: &mut Random) -> Spec {
    let trigger = |random: &mut Random| Trigger {
        target: int(random, 1, 10_000),
        activation: pick(random, &[0, 0, 5_000]),
    };
    let triggers = (0..=random.below(2)).map(|_| trigger(random)).collect();
    let min = int(random, 0, 4);
    let idle = (min > 0 && random.below(2) == 0).then_some(0);
    let fallback = Fallback { failures: 2, replicas: int(random, 0, 8) };
    Spec {
        min,
        max: min.max(1) + int(random, 0, 30),
        idle,
        polling: secs(random, 1, 60),
        cooldown: secs(random, 0, 400),
        initial_cooldown: secs(random, 0, 100),
        fallback: (random.below(2) == 0).then_some(fallback),
        ..Spec::new(triggers)
    }
}

/// A value for each trigger, now and then unreadable.
fn values(random: &mut Random, spec: &Spec) -> Vec<Option<i64>> {
    let value = |_: &Trigger| match random.below(10) {
        0 => None,
        1..5 => Some(0),
        _ => Some(int(random, 0, 100_000)),
    };
    spec.triggers.iter().map(value).collect()
}

#[test]
fn replicas_are_none_or_within_bounds_and_repeat_themselves() {
    each("keda/bounds", 300, |case, random| {
        let spec = spec(random);
        let story: Vec<_> = (0..300).map(|_| values(random, &spec)).collect();
        let play = || {
            let mut keda = Keda::new(spec.clone(), Instant::START);
            let (mut replicas, mut seen) = (spec.min, Vec::new());
            for (step, values) in (0..).zip(&story) {
                let now = Instant::START + Duration::from_secs(5 * step);
                replicas = keda.step(now, replicas, values);
                seen.push(replicas);
            }
            seen
        };
        let seen = play();
        let (min, max) = (spec.min, spec.max);
        for (step, &replicas) in seen.iter().enumerate() {
            let idle = replicas == 0 && (min == 0 || spec.idle == Some(0));
            let within = (min.max(1)..=max).contains(&replicas);
            assert!(idle || within, "case {case}, step {step}: {replicas} of {min} to {max}");
        }
        assert_eq!(seen, play(), "case {case}");
    });
}

#[test]
fn from_the_same_state_more_messages_never_ask_for_fewer_replicas() {
    each("keda/monotone", 300, |case, random| {
        let spec = spec(random);
        let mut keda = Keda::new(spec.clone(), Instant::START);
        let mut replicas = spec.min;
        for step in 0..200 {
            let now = Instant::START + Duration::from_secs(5 * step);
            let few = values(random, &spec);
            let added = int(random, 0, 20_000);
            let many: Vec<_> = few.iter().map(|value| value.map(|v| v + added)).collect();
            let more = keda.clone().step(now, replicas, &many);
            replicas = keda.step(now, replicas, &few);
            assert!(replicas <= more, "case {case}, step {step}: {replicas} and {more}");
        }
    });
}

#[test]
fn absurd_values_and_configurations_do_no_harm() {
    let replicas = |random: &mut Random| absurd_int(random).clamp(0, i64::from(i32::MAX));
    each("keda/absurd", 3000, |case, random| {
        let trigger = |random: &mut Random| Trigger {
            target: absurd_int(random),
            activation: absurd_int(random),
        };
        let (min, most) = (int(random, 0, 5), replicas(random));
        let max = most.max(min).max(1);
        let count = replicas(random);
        let spec = Spec {
            min,
            max,
            idle: (min > 0).then_some(0),
            polling: absurd_span(random),
            cooldown: absurd_span(random),
            initial_cooldown: absurd_span(random),
            fallback: Some(Fallback { failures: 0, replicas: absurd_int(random) }),
            forced: random.below(5) == 0,
            ..Spec::new(vec![trigger(random), trigger(random)])
        };
        let mut keda = Keda::new(spec, Instant::START);
        let (mut now, mut current) = (Instant::START, min);
        for _ in 0..20 {
            now = absurd_moment(random, now);
            let pauses = [
                Pause::Nothing,
                Pause::Nothing,
                Pause::ScaleIn,
                Pause::ScaleOut,
                Pause::Everything,
                Pause::At(count.clamp(min.max(1), max)),
            ];
            keda.pause(pick(random, &pauses));
            let value = absurd_int(random);
            let values = pick(random, &[vec![], vec![Some(value)], vec![None, Some(value)]]);
            current = keda.step(now, current, &values);
            assert!((0..=max).contains(&current), "case {case}: {current} of {min} to {max}");
        }
    });
}

#[test]
fn memory_does_not_grow_with_time() {
    each("keda/bounded", 10, |case, random| {
        let spec = spec(random);
        let mut keda = Keda::new(spec.clone(), Instant::START);
        let (mut replicas, mut largest) = (spec.min, 0);
        for step in 0..10_000 {
            let now = Instant::START + Duration::from_secs(5 * step);
            replicas = keda.step(now, replicas, &values(random, &spec));
            if step % 500 == 0 {
                largest = largest.max(size(&keda));
            }
        }
        assert!(largest < 10_000, "case {case}: {largest} bytes of text");
    });
}
