//! Published behaviour of event sources, and what must hold whatever the numbers are.

use scaling::queue_pollers::PollerPolicy;
use sim::function_pool::{
    ColdStart, CpuShare, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited,
};
use units::{Duration, Instant, Request, Seed, Share};

use super::lanes::{Lanes, Message};
use super::*;

const SQS: PollerPolicy =
    PollerPolicy { start: 5, added: 300, window: Duration::MINUTE, most: 1250 };

/// A standard queue with its defaults, one message an invocation.
fn queue() -> Mapping {
    Mapping {
        lanes: None,
        batch: 1,
        per_call: 10,
        window: Duration::ZERO,
        pollers: Some(SQS),
        redelivery: Redelivery::Visible {
            after: Duration::from_secs(30),
            receives_max: None,
            retention: Duration::DAY * 4,
        },
        failures: Share::new(0.0),
        partial: false,
        backoff: (Duration::SECOND, Duration::MINUTE * 5),
    }
}

fn stream(lanes: u32) -> Mapping {
    let redelivery = Redelivery::Blocking { attempts_max: None, retention: Duration::DAY };
    Mapping { lanes: Some(lanes), pollers: None, redelivery, ..queue() }
}

fn asynchronous() -> Mapping {
    let policy = RetryPolicy {
        throttle_first: Duration::SECOND,
        throttle_longest: Duration::MINUTE * 5,
        error_waits: vec![Duration::MINUTE, Duration::MINUTE * 2],
        age_max: Duration::HOUR * 6,
    };
    Mapping { pollers: None, redelivery: Redelivery::Retried(policy), ..queue() }
}

fn seconds(s: f64) -> Instant {
    Instant::START + Duration::from_secs_f64(s)
}

/// `(arrival, run)` in seconds.
fn messages(all: impl IntoIterator<Item = (f64, f64)>) -> Vec<(Instant, Request)> {
    let one = |(at, run): (f64, f64)| {
        let at = seconds(at);
        (at, Request { at, cpu: Duration::ZERO, wait: Duration::from_secs_f64(run) })
    };
    all.into_iter().map(one).collect()
}

fn play(
    mapping: &Mapping,
    cap: u32,
    all: &[(Instant, Request)],
    end_s: f64,
) -> (PoolUsage, Handled) {
    let keep = KeepAlive::fixed(Duration::MINUTE * 10);
    let settings = PoolSettings { concurrency_max: cap, ..PoolSettings::new(keep) };
    let pool = FunctionPool::new(settings, Unlimited, Seed(1).stream("f", "keep-alive"));
    let random = Seed(1).stream("f", "messages");
    let run = Run::new(mapping, pool, CpuShare::new(1.0), ColdStart::default, random);
    let (usage, handled) = run.play(all.iter().copied(), Instant::START, seconds(end_s));
    let Handled { arrivals, served, dead, in_flight, .. } = handled;
    assert_eq!(arrivals, served + dead + in_flight);
    assert_eq!(handled.latency.count(), served + in_flight);
    (usage, handled)
}

fn latency_s(handled: &Handled, q: f64) -> f64 {
    handled.latency.quantile(q).unwrap().secs_f64()
}

#[test]
fn five_batches_at_first_then_300_more_a_minute_up_to_1250() {
    let deep = messages((0..5000).map(|_| (0.0, 3600.0)));
    for (end_s, expected) in [(0.1, 5), (60.1, 305), (120.1, 605), (600.0, 1250)] {
        let (usage, _) = play(&queue(), 10_000, &deep, end_s);
        assert_eq!(usage.peak_concurrency, expected, "after {end_s} s");
    }
}

#[test]
fn six_message_groups_are_at_most_six_invocations_whatever_the_maximum() {
    let ten = PollerPolicy { most: 10, ..SQS };
    let fifo = Mapping { lanes: Some(6), batch: 10, pollers: Some(ten), ..queue() };
    let many = messages((0..5000).map(|_| (0.0, 1.0)));
    assert_eq!(play(&fifo, 1000, &many, 1e5).0.peak_concurrency, 6);
    let four = Mapping { pollers: Some(PollerPolicy { most: 4, ..SQS }), ..fifo };
    assert_eq!(play(&four, 1000, &many, 1e5).0.peak_concurrency, 4);
}

#[test]
fn a_hundred_shards_with_a_factor_of_two_run_two_hundred_batches() {
    let batches = Mapping { batch: 100, ..stream(200) };
    let (usage, handled) = play(&batches, 1000, &messages((0..50_000).map(|_| (0.0, 0.1))), 1e5);
    assert_eq!((usage.peak_concurrency, handled.served), (200, 50_000));
    // 250 records a lane on average: three batches or four one after the other.
    assert!((500..=900).contains(&usage.admitted()), "{}", usage.admitted());
}

#[test]
fn a_batch_waits_to_be_filled_and_runs_its_messages_one_after_the_other() {
    let window = Mapping { batch: 10, window: Duration::from_secs(5), ..queue() };
    let (usage, handled) =
        play(&window, 1000, &messages((0..4).map(|i| (f64::from(i), 0.5))), 60.0);
    assert_eq!((usage.admitted(), handled.receives), (1, 1));
    // The first came at 0, waited 5 s and was done with the other three after 2 s more.
    assert!((latency_s(&handled, 1.0) - 7.0).abs() < 0.2);
    let (usage, handled) = play(&window, 1000, &messages((0..20).map(|_| (1.0, 0.5))), 60.0);
    assert_eq!(usage.admitted(), 2, "full batches do not wait");
    assert!((latency_s(&handled, 1.0) - 5.0).abs() < 0.2);
}

#[test]
fn a_failing_message_is_received_so_many_times_and_then_goes_to_the_dead_letter_queue() {
    let redelivery = Redelivery::Visible {
        after: Duration::from_secs(30),
        receives_max: Some(3),
        retention: Duration::DAY * 4,
    };
    let failing = Mapping { failures: Share::ONE, redelivery, ..queue() };
    let (usage, handled) = play(&failing, 1000, &messages([(0.0, 1.0), (5.0, 1.0)]), 3600.0);
    assert_eq!((usage.admitted(), handled.dead, handled.served), (6, 2, 0));
    let (usage, handled) = play(&failing, 1000, &messages([(0.0, 1.0)]), 60.5);
    assert_eq!((usage.admitted(), handled.in_flight), (3, 1), "after 30 s each");
}

#[test]
fn without_partial_responses_the_whole_batch_comes_back() {
    let half = Mapping { batch: 10, failures: Share::new(0.2), ..queue() };
    let all = messages((0..1000).map(|i| (f64::from(i / 10), 0.01)));
    let whole = play(&half, 1000, &all, 1e5).0;
    let partial = play(&Mapping { partial: true, ..half }, 1000, &all, 1e5).0;
    assert!(
        whole.billed_run > 2 * partial.billed_run,
        "{} {}",
        whole.billed_run,
        partial.billed_run
    );
}

#[test]
fn a_throttled_asynchronous_event_is_tried_after_one_second_two_four() {
    // The second event is throttled at 0, 1, 3 and 7 s and runs at 15 s.
    let two = messages([(0.0, 10.0), (0.0, 10.0)]);
    let (usage, handled) = play(&asynchronous(), 1, &two, 3600.0);
    assert_eq!((usage.rejected(), handled.served), (4, 2));
    assert!((latency_s(&handled, 1.0) - 25.0).abs() < 0.5);
}

#[test]
fn a_failing_asynchronous_event_runs_three_times() {
    let failing = Mapping { failures: Share::ONE, ..asynchronous() };
    let (usage, handled) = play(&failing, 10, &messages([(0.0, 1.0)]), 3600.0);
    assert_eq!((usage.admitted(), handled.dead), (3, 1));
    // One minute after the first return, two after the second: 1 + 60 + 1 + 120 s.
    assert_eq!(play(&failing, 10, &messages([(0.0, 1.0)]), 182.5).0.admitted(), 3);
    assert_eq!(play(&failing, 10, &messages([(0.0, 1.0)]), 181.5).0.admitted(), 2);
}

#[test]
fn an_asynchronous_event_is_given_up_at_its_maximum_age() {
    let two = messages([(0.0, 8.0 * 3600.0), (0.0, 1.0)]);
    let (_, handled) = play(&asynchronous(), 1, &two, 9.0 * 3600.0);
    assert_eq!((handled.served, handled.dead), (1, 1));
}

#[test]
fn a_failing_batch_stops_its_shard() {
    let redelivery = Redelivery::Blocking { attempts_max: Some(3), retention: Duration::DAY };
    let failing = Mapping { failures: Share::ONE, redelivery, ..stream(1) };
    let (usage, handled) = play(&failing, 10, &messages([(0.0, 1.0), (0.0, 1.0)]), 3600.0);
    assert_eq!((usage.admitted(), handled.dead), (6, 2));
    // Runs of 1 s with 1 s and 2 s between: the second record begins at 6 s.
    assert_eq!(play(&failing, 10, &messages([(0.0, 1.0), (0.0, 1.0)]), 5.9).0.admitted(), 3);
}

/// A load that comes and goes, by a seed.
fn bursts(seed: u64, n: usize) -> Vec<(Instant, Request)> {
    let mut random = Seed(seed).stream("f", "arrivals");
    let (mut all, mut at) = (Vec::new(), 0.0);
    for i in 0..n {
        at += random.exponential() * if i / 200 % 2 == 0 { 0.002 } else { 0.5 };
        all.push((at, 0.05 + random.exponential() * 0.5));
    }
    messages(all)
}

#[test]
fn every_message_is_accounted_for_in_any_setting() {
    for seed in 1..=40 {
        let mut random = Seed(seed).stream("f", "settings");
        let mut pick = |all: &[u32]| all[(random.uniform() * all.len() as f64) as usize];
        let base =
            [queue(), stream(pick(&[1, 3, 50])), asynchronous()][pick(&[0, 1, 2]) as usize].clone();
        let is_queue = base.pollers.is_some();
        let is_single = matches!(base.redelivery, Redelivery::Retried(_));
        let ordered = is_queue && pick(&[0, 1]) == 1;
        let mapping = Mapping {
            batch: if is_single { 1 } else { pick(&[1, 2, 10]) as usize },
            lanes: if ordered { Some(pick(&[1, 7])) } else { base.lanes },
            failures: Share::new(f64::from(pick(&[0, 1, 30])) / 100.0),
            partial: pick(&[0, 1]) == 1,
            window: Duration::from_secs(if is_single { 0 } else { pick(&[0, 2]).into() }),
            ..base
        };
        let all = bursts(seed, 3000);
        for end_s in [100.0, 400.0, 1e6] {
            // The assertion that counts stands in `play`.
            let (_, handled) = play(&mapping, pick(&[1, 4, 1000]), &all, end_s);
            assert!(end_s < 1e5 || handled.in_flight < 3000, "{mapping:?}");
        }
    }
}

#[test]
fn more_concurrency_never_throttles_more_and_more_readers_never_wait_longer() {
    for seed in 1..=10 {
        let all = bursts(seed, 3000);
        for base in [queue(), asynchronous()] {
            let throttled: Vec<u64> =
                [1, 5, 20, 100, 1000].map(|cap| play(&base, cap, &all, 1e6).0.rejected()).to_vec();
            assert!(throttled.is_sorted_by(|a, b| a >= b), "{throttled:?}");
        }
        let waits: Vec<f64> = [2, 10, 50, 1000]
            .map(|most| {
                let mapping = Mapping { pollers: Some(PollerPolicy { most, ..SQS }), ..queue() };
                latency_s(&play(&mapping, 10_000, &all, 1e6).1, 0.9)
            })
            .to_vec();
        assert!(waits.is_sorted_by(|a, b| a >= b), "{waits:?}");
    }
}

#[test]
fn order_is_kept_in_every_group_though_batches_come_back() {
    let mut random = Seed(3).stream("f", "order");
    let mut lanes = Lanes::new(Some(5), 4, Duration::ZERO);
    let (mut sent, mut done, mut out): (u64, Vec<Vec<u64>>, Vec<Vec<Message>>) =
        (0, vec![Vec::new(); 5], Vec::new());
    for step in 0..20_000_u64 {
        let now = Instant::from_nanos(step);
        match (random.uniform() * 4.0) as u32 {
            0 | 1 => {
                let lane = (random.uniform() * 5.0) as u32;
                let request =
                    Request { at: now, cpu: Duration::ZERO, wait: Duration::from_nanos(sent) };
                sent += 1;
                lanes.push(Message {
                    request,
                    arrived: now,
                    visible: now,
                    received: 0,
                    attempts: scaling::async_retry::Attempts::default(),
                    lane,
                    counted: true,
                });
            }
            2 => out.extend(lanes.take(now)),
            _ => {
                let Some(batch) = out.pop() else { continue };
                // Some are done, the rest comes back.
                let kept = (random.uniform() * (batch.len() + 1) as f64) as usize;
                let lane = batch[0].lane;
                done[lane as usize].extend(batch[..kept].iter().map(|m| m.request.wait.nanos()));
                if kept < batch.len() {
                    lanes.put_back(&batch[kept..]);
                } else {
                    lanes.unblock(lane);
                }
            }
        }
        let mut at_work: Vec<u32> = out.iter().map(|batch| batch[0].lane).collect();
        at_work.sort_unstable();
        assert!(at_work.windows(2).all(|pair| pair[0] != pair[1]), "one batch a group");
    }
    assert!(done.iter().all(|group| group.len() > 500 && group.is_sorted()));
    let waiting = lanes.all().count() + out.iter().map(Vec::len).sum::<usize>();
    assert_eq!(sent as usize, waiting + done.iter().map(Vec::len).sum::<usize>());
}
