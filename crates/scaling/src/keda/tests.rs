//! Stories of KEDA's own tests (kedacore/keda, `scale_scaledobjects_test.go`, `fallback_test.go`) and of its
//! documentation ("Scaling Deployments", "ScaledObject specification").

use super::*;

fn at(secs: u64) -> Instant {
    Instant::START + Duration::from_secs(secs)
}

/// Five messages for each replica, anything at all wakes the workload.
fn queue() -> Spec {
    Spec::new(vec![Trigger { target: 5_000, activation: 0 }])
}

/// Second by second; returns the moments at which the replicas changed.
fn play(spec: Spec, start: i64, secs: u64, messages: impl Fn(u64) -> i64) -> Vec<(u64, i64)> {
    let mut keda = Keda::new(spec, at(0));
    let (mut replicas, mut changes) = (start, Vec::new());
    for second in 0..secs {
        if keda.next() > at(second) {
            continue;
        }
        let after = keda.step(at(second), replicas, &[Some(messages(second) * 1000)]);
        if after != replicas {
            changes.push((second, after));
        }
        replicas = after;
    }
    changes
}

/// One poll of an operator that was active at second 0.
fn polled(spec: Spec, second: u64, current: i64, value: Option<i64>) -> i64 {
    let mut keda = Keda::new(spec, at(0));
    keda.active = Some(at(0));
    keda.poll(at(second), current, &[value])
}

#[test]
fn a_message_wakes_the_workload_at_the_next_poll_and_the_autoscaler_does_the_rest() {
    // A burst of 100 messages at second 31 waits for the poll at 60, which makes the first replica; the
    // autoscaler's passes make it 4 (twice as many or 4), 8, 16 and the 20 that it takes.
    let changes = play(queue(), 0, 125, |second| if second < 31 { 0 } else { 100 });
    assert_eq!(changes, [(60, 4), (75, 8), (90, 16), (105, 20)]);
}

#[test]
fn the_last_replica_goes_after_the_cooldown_and_not_before() {
    // Messages end at 60. The autoscaler holds its highest wish for five minutes and never goes below one;
    // the operator saw the last message at 30 and polls first at 360 after the cooldown has passed.
    let changes = play(queue(), 1, 700, |second| if second < 60 { 5 } else { 0 });
    assert_eq!(changes, [(360, 0)]);
    // A shorter cooldown takes all replicas at once, whatever the autoscaler still holds.
    let short = Spec { cooldown: Duration::from_secs(60), ..queue() };
    let changes = play(short, 4, 400, |second| if second < 60 { 20 } else { 0 });
    assert_eq!(changes, [(120, 0)]);
}

#[test]
fn the_cooldown_is_over_only_past_its_last_moment() {
    assert_eq!(polled(queue(), 300, 7, Some(0)), 7);
    assert_eq!(polled(queue(), 301, 7, Some(0)), 0);
}

#[test]
fn the_cooldown_begins_with_the_last_moment_that_is_sure() {
    let mut keda = Keda::new(queue(), at(0));
    assert_eq!(keda.poll(at(100), 0, &[Some(1)]), 1);
    assert_eq!(keda.poll(at(400), 1, &[Some(0)]), 1, "waking up counts");
    assert_eq!(keda.poll(at(401), 1, &[Some(0)]), 0);
    // One trigger has something to do, the other fails: upstream does not take that for a sure sign.
    let trigger = Trigger { target: 5_000, activation: 0 };
    let mut keda = Keda::new(Spec::new(vec![trigger; 2]), at(0));
    assert_eq!(keda.poll(at(100), 0, &[Some(1), Some(1)]), 1);
    assert_eq!(keda.poll(at(300), 1, &[Some(1), None]), 1);
    assert_eq!(keda.poll(at(401), 1, &[Some(0), Some(0)]), 0);
}

#[test]
fn a_workload_that_never_had_anything_to_do_waits_for_the_initial_cooldown() {
    let changes = play(queue(), 3, 100, |_| 0);
    assert_eq!(changes, [(30, 0)], "at second 0 it is not older than no time at all");
    let initial_cooldown = Duration::from_secs(120);
    let changes = play(Spec { initial_cooldown, min: 0, ..queue() }, 1, 400, |_| 0);
    assert_eq!(changes, [(150, 0)]);
}

#[test]
fn activation_and_target_are_two_thresholds() {
    let spec = || Spec::new(vec![Trigger { target: 5_000, activation: 10_000 }]);
    assert_eq!(polled(spec(), 0, 0, Some(10_000)), 0);
    assert_eq!(polled(spec(), 0, 0, Some(10_001)), 1);
    // Documented consequence: with a cooldown behind it, the workload goes to zero although the target alone
    // would ask for two.
    assert_eq!(polled(spec(), 301, 2, Some(10_000)), 0);
}

#[test]
fn a_minimum_is_kept_and_restored() {
    let spec = || Spec { min: 3, ..queue() };
    assert_eq!(polled(spec(), 301, 5, Some(0)), 5, "the way down to it is the autoscaler's");
    assert_eq!(polled(spec(), 0, 1, Some(0)), 3);
    assert_eq!(polled(spec(), 0, 0, Some(1)), 3);
    let changes = play(spec(), 3, 400, |_| 0);
    assert_eq!(changes, []);
}

#[test]
fn idle_replicas_stand_for_the_minimum_while_there_is_nothing_to_do() {
    let spec = || Spec { min: 5, idle: Some(0), ..queue() };
    assert_eq!(polled(spec(), 301, 5, Some(0)), 0);
    assert_eq!(polled(spec(), 10, 5, Some(0)), 5);
    assert_eq!(polled(spec(), 0, 0, Some(1)), 5);
    assert_eq!(polled(spec(), 301, 0, Some(0)), 0, "no minimum is restored");
    // Why only 0 is supported: the autoscaler lifts one replica to its minimum.
    let mut keda = Keda::new(Spec { min: 5, idle: Some(1), ..queue() }, at(0));
    assert_eq!(keda.scale(at(0), 1, &[Some(0)]), 5);
}

#[test]
fn several_triggers_wake_together_and_the_largest_wish_counts() {
    let trigger = |target| Trigger { target, activation: 0 };
    let mut keda = Keda::new(Spec::new(vec![trigger(5_000), trigger(1_000)]), at(0));
    assert_eq!(keda.poll(at(0), 0, &[Some(0), Some(1)]), 1);
    assert_eq!(keda.scale(at(0), 2, &[Some(15_000), Some(4_000)]), 4);
}

#[test]
fn pauses() {
    let paused = |pause| Spec { pause, ..queue() };
    // Everything: neither loop does anything; at a number: both say that number.
    assert_eq!(play(paused(Pause::Everything), 3, 400, |_| 50), []);
    assert_eq!(play(paused(Pause::At(7)), 3, 400, |_| 50), [(0, 7)]);
    // One direction: the other still works.
    assert_eq!(polled(paused(Pause::ScaleIn), 301, 4, Some(0)), 4);
    assert_eq!(play(paused(Pause::ScaleIn), 6, 900, |_| 5), []);
    assert_eq!(polled(paused(Pause::ScaleIn), 0, 0, Some(1)), 1);
    assert_eq!(polled(paused(Pause::ScaleOut), 0, 0, Some(1)), 0);
    assert_eq!(play(paused(Pause::ScaleOut), 2, 400, |_| 100), []);
    assert_eq!(play(paused(Pause::ScaleOut), 4, 400, |_| 10), [(300, 2)]);
}

#[test]
fn a_pause_that_ends_lets_everything_go_on() {
    let mut keda = Keda::new(Spec { pause: Pause::At(3), ..queue() }, at(0));
    assert_eq!(keda.step(at(0), 10, &[Some(100_000)]), 3);
    keda.pause(Pause::Nothing);
    assert_eq!(keda.step(at(30), 3, &[Some(100_000)]), 6);
}

#[test]
fn a_forced_workload_runs_without_a_message() {
    let spec = || Spec { forced: true, ..queue() };
    assert_eq!(polled(spec(), 0, 0, Some(0)), 1);
    assert_eq!(play(spec(), 1, 1000, |_| 0), []);
}

#[test]
fn an_unreadable_trigger_changes_nothing_without_a_fallback() {
    assert_eq!(polled(queue(), 301, 4, None), 4);
    assert_eq!(polled(queue(), 0, 0, None), 0);
    let mut keda = Keda::new(queue(), at(0));
    for pass in 0..40 {
        assert_eq!(keda.step(at(15 * pass), 4, &[]), 4);
    }
}

#[test]
fn a_fallback_takes_over_after_its_failures() {
    let fallback = Some(Fallback { failures: 3, replicas: 6 });
    let mut keda = Keda::new(Spec { fallback, ..queue() }, at(0));
    let seen: Vec<i64> = (0..5).map(|pass| keda.scale(at(15 * pass), 4, &[None])).collect();
    assert_eq!(seen, [4, 4, 4, 6, 6]);
    assert_eq!(keda.poll(at(90), 0, &[None]), 1, "the fallback counts as something to do");
    assert_eq!(keda.scale(at(105), 6, &[Some(20_000)]), 6, "held for five minutes");
    assert_eq!(keda.failures, [0]);
    assert_eq!(keda.scale(at(500), 6, &[Some(20_000)]), 4);
    // Until it takes over, it keeps the replicas there are, unless it is a fallback to none.
    let after = |replicas| {
        let fallback = Some(Fallback { failures: 9, replicas });
        polled(Spec { fallback, ..queue() }, 301, 4, None)
    };
    assert_eq!([after(6), after(0)], [4, 0]);
    // At zero the autoscaler reads nothing, so nothing can fail.
    keda.scale(at(515), 0, &[None]);
    assert_eq!(keda.failures, [0]);
}
