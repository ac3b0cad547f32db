//! Cases small enough to follow by hand, and closed forms where the world reduces to one.

use units::{Duration, Instant, Millicores, Random, Request, Seed};

use super::{Fixed, OnDemand, Packing, Scaler, Seen, Settings, Start, Usage, Waiting, run};
use crate::closed::{MultiServer, erlang_b, erlang_c, processor_sharing_response_s};
use crate::function_pool::{self, KeepAlive};

/// Draws CPU time in seconds.
type Draw = fn(&mut Random) -> f64;

const LONG: Duration = Duration::from_secs(1_000_000_000);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn at(millis: u64) -> Instant {
    Instant::START + ms(millis)
}

fn request(at_ms: u64, cpu_ms: u64, wait_ms: u64) -> Request {
    Request { at: at(at_ms), cpu: ms(cpu_ms), wait: ms(wait_ms) }
}

/// An instance ready after 100 ms of placement and 400 ms of initialisation, kept for 10 s.
fn settings(concurrency: u32) -> Settings {
    Settings { concurrency, ..Settings::new(KeepAlive::fixed(ms(10_000))) }
}

fn start() -> Start {
    Start { placement: ms(100), wait: ms(400), ..Start::default() }
}

fn play(settings: &Settings, requests: &[Request], until_ms: u64) -> Usage {
    let mut scaler = OnDemand { concurrency: settings.concurrency };
    play_with(settings, requests, at(until_ms), &mut scaler)
}

fn play_with(
    settings: &Settings,
    requests: &[Request],
    until: Instant,
    scaler: &mut impl Scaler,
) -> Usage {
    let usage = run(settings, requests.iter().copied(), until, Random::new(1), scaler, start);
    assert_eq!(usage.arrivals, usage.served + usage.rejected() + usage.in_flight);
    assert_eq!(usage.latency.count(), usage.served);
    usage
}

#[test]
fn one_request_wakes_an_instance_and_is_billed_from_its_initialisation() {
    let settings = Settings { shutdown: ms(250), ..settings(1) };
    let usage = play(&settings, &[request(0, 50, 30)], 60_000);
    assert_eq!(
        (usage.served, usage.cold, usage.waited, usage.starts, usage.stops),
        (1, 1, 1, 1, 1)
    );
    assert_eq!(usage.latency.max(), ms(580));
    let times = [usage.placing_nanos, usage.starting_nanos, usage.active_nanos];
    assert_eq!(times, [100, 400, 80].map(|ms| ms * 1_000_000));
    assert_eq!(usage.idle_nanos, 10_000_000_000);
    assert_eq!((usage.idle_min_nanos, usage.stopping_nanos), (0, 250_000_000));
    // 400 ms, 80 ms and 250 ms in steps of 100 ms; a life of 400 + 80 + 10,000 + 250 ms.
    assert_eq!((usage.billed_starting, usage.billed_active, usage.billed_stopping), (4, 1, 3));
    assert_eq!(usage.billed_lives, 108);
    assert_eq!(usage.cpu_nanos, 50_000_000);
    let flex = Settings { active_min: ms(1000), ..settings };
    assert_eq!(play(&flex, &[request(0, 50, 30)], 60_000).billed_active, 10);
}

#[test]
fn requests_share_the_instance_and_its_active_time() {
    // Ready at 500. Both compute 100 ms on one vCPU: done at 700, active 200 ms once and not twice.
    let both = [request(0, 100, 0), request(0, 100, 0)];
    let shared = play(&settings(2), &both, 60_000);
    assert_eq!((shared.starts, shared.latency.max()), (1, ms(700)));
    assert_eq!((shared.active_nanos, shared.billed_active), (200_000_000, 2));
    // One at a time, the second request starts an instance of its own.
    let alone = play(&settings(1), &both, 60_000);
    assert_eq!((alone.starts, alone.latency.max(), alone.billed_active), (2, ms(600), 2));
    assert_eq!(alone.peak_instances, 2);
}

#[test]
fn a_request_that_waited_takes_whichever_instance_is_free_first() {
    // The second waits for an instance of its own, but the first is free at 2,100, before that is ready.
    let busy = [request(0, 0, 1600), request(1700, 10, 0)];
    let usage = play(&settings(1), &busy, 60_000);
    assert_eq!((usage.starts, usage.cold, usage.waited), (2, 1, 2));
    assert_eq!(usage.latency.max(), ms(2100));
    // It came at 1,700, began at 2,100 and was done at 2,110: 410 ms, not 510.
    assert_eq!(usage.latency.mean().unwrap(), (ms(2100) + ms(410)) / 2);
}

#[test]
fn a_boost_shortens_the_part_of_a_start_that_computes() {
    let boosted = |millicores, first_call| {
        let settings = Settings { start_capacity: Millicores::new(millicores), ..settings(1) };
        let start = || Start { cpu: ms(1000), wait: ms(100), first_call, ..Start::default() };
        let requests = [request(0, 10, 0), request(5000, 10, 0)];
        let mut scaler = OnDemand { concurrency: 1 };
        run(&settings, requests, at(60_000), Random::new(1), &mut scaler, start)
    };
    assert_eq!(boosted(1000, ms(0)).latency.max(), ms(1110));
    assert_eq!(boosted(2000, ms(0)).latency.max(), ms(610));
    let slow_first = boosted(2000, ms(40));
    assert_eq!(slow_first.latency.max(), ms(650));
    assert_eq!(slow_first.latency.mean().unwrap(), ms(330), "only the first call is slower");
}

#[test]
fn the_queue_is_limited_in_length_and_in_time() {
    let at_once = [request(0, 100, 0), request(1, 100, 0), request(2, 100, 0)];
    let one = Settings { max: 1, ..settings(1) };
    // Served at 500, 600 and 700.
    assert_eq!(play(&one, &at_once, 60_000).latency.max(), ms(798));
    let usage = play(&Settings { queue: 2, ..one }, &at_once, 60_000);
    assert_eq!((usage.served, usage.rejected_full, usage.rejected_late), (2, 1, 0));
    let usage = play(&Settings { queue_timeout: ms(600), ..one }, &at_once, 60_000);
    assert_eq!((usage.served, usage.rejected_full, usage.rejected_late), (2, 0, 1));
    let usage = play(&Settings { queue: 0, ..one }, &at_once, 60_000);
    assert_eq!((usage.served, usage.rejected_full, usage.starts), (0, 3, 0));
    let usage = play(&Settings { max: 0, ..one }, &at_once, 5_000);
    assert_eq!((usage.in_flight, usage.rejected_late), (3, 0));
    assert_eq!(play(&Settings { max: 0, ..one }, &at_once, 10_003).rejected_late, 3);
}

#[test]
fn instances_that_are_always_there_are_warm_and_their_idleness_is_told_apart() {
    let settings = Settings { min: 2, ..settings(1) };
    // Three at once for a second: the third starts one more, 500 ms late, idle for 10 s and gone.
    let burst: Vec<Request> = (0..3).map(|_| request(1000, 0, 1000)).collect();
    let usage = play(&settings, &burst, 20_000);
    assert_eq!((usage.cold, usage.starts, usage.stops), (1, 1, 1));
    let [active, idle, kept] =
        [usage.active_nanos, usage.idle_nanos, usage.idle_min_nanos].map(|nanos| nanos / 1_000_000);
    // Two of them until 1,000; from 2,000 to 2,500 one of the two idle ones is kept (the third is active) and
    // from then on two of three.
    assert_eq!(active, 3000);
    assert_eq!(kept, 2 * 1000 + 500 + 2 * 17_500);
    assert!(usage.billed_lives > 400 && idle > kept, "{usage:?}");
    // One of the first two goes at 12,000; the other and the third, which was placed at 1,000, stay.
    assert_eq!(usage.there_nanos(), (12_000 + 20_000 + 19_000) * 1_000_000);
}

/// Wants what a list says, look after look.
struct Says(Vec<u32>);

impl Scaler for Says {
    fn look(&mut self, _: &Seen) -> Option<u32> {
        if self.0.len() > 1 { Some(self.0.remove(0)) } else { self.0.first().copied() }
    }
    fn waiting(&mut self, _: Instant, _: &Waiting) -> u32 {
        0
    }
}

#[test]
fn busiest_first_lets_the_others_go_and_least_loaded_keeps_them_busy() {
    // Requests of a second, one every 100 ms: ten at once. Four instances of ten each are there.
    let steady: Vec<Request> = (10..300).map(|i| request(i * 100, 0, 1000)).collect();
    let spread = |packing| {
        let settings = Settings { min: 0, packing, interval: Some(ms(1000)), ..settings(10) };
        let mut scaler = Says([vec![4], vec![0]].concat());
        play_with(&settings, &steady, at(29_000), &mut scaler)
    };
    let packed = spread(Packing::Busiest);
    assert_eq!(packed.starts, 4);
    assert_eq!(packed.stops, 3, "three had nothing to do for 10 s");
    // Four are wanted until the second look; those that rest then get nothing more.
    let spread_out = spread(Packing::LeastLoaded);
    assert_eq!(spread_out.rejected(), 0);
    assert!(spread_out.active_nanos > packed.active_nanos);
}

#[test]
fn an_instance_that_is_not_wanted_rests_and_a_burst_still_finds_it() {
    // Two instances from 1,500 on (asked for at 1,000); at 3,000 only one is wanted.
    let settings = Settings {
        interval: Some(ms(1000)),
        packing: Packing::LeastLoaded,
        timeline: Some(ms(1000)),
        ..settings(1)
    };
    let requests = [request(4000, 0, 100), request(4050, 0, 100), request(14_200, 0, 10)];
    let usage = play_with(&settings, &requests, at(30_000), &mut Says(vec![2, 2, 1]));
    assert_eq!((usage.waited, usage.rejected(), usage.starts), (0, 0, 2));
    assert_eq!(usage.latency.max(), ms(100), "both were warm");
    assert_eq!(usage.stops, 1, "one goes after ten idle seconds, the other is wanted");
    let there: Vec<u32> = usage.timeline.iter().map(|step| step.instances).collect();
    assert_eq!((there[0], there[1], there[5], there[29]), (2, 2, 2, 1));
    // Nobody wants any more: the last one has been idle for long and goes at once.
    let none = play_with(&settings, &requests, at(30_000), &mut Says(vec![2, 2, 1, 0]));
    assert_eq!((none.stops, none.timeline[29].instances), (2, 0));
}

/// Poisson arrivals with CPU time drawn by `draw` (in seconds).
fn poisson(
    n: usize,
    rate_hz: f64,
    random: &mut Random,
    draw: impl Fn(&mut Random) -> f64,
) -> Vec<Request> {
    let mut at_s = 0.0;
    let mut one = || {
        at_s += random.exponential() / rate_hz;
        let cpu = Duration::from_secs_f64(draw(random));
        Request { at: Instant::START + Duration::from_secs_f64(at_s), cpu, wait: Duration::ZERO }
    };
    (0..n).map(|_| one()).collect()
}

/// The mean over independent runs and its standard error.
fn repeated(runs: u64, one: impl FnMut(u64) -> f64) -> (f64, f64) {
    let values: Vec<f64> = (0..runs).map(one).collect();
    let mean = values.iter().sum::<f64>() / runs as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (runs - 1) as f64;
    (mean, (variance / runs as f64).sqrt())
}

/// So many instances that never come or go.
fn fixed(instances: u32, concurrency: u32) -> Settings {
    Settings { min: instances, max: instances, queue_timeout: LONG, ..settings(concurrency) }
}

fn forever(requests: &[Request]) -> Instant {
    requests.last().map_or(Instant::START, |last| last.at + LONG)
}

#[test]
fn one_at_a_time_without_a_queue_loses_what_erlang_b_says() {
    let expected = erlang_b(7.0, 10);
    let (loss, error) = repeated(20, |i| {
        let mut random = Seed(i).stream("erlang", "b");
        let requests = poisson(60_000, 70.0, &mut random, |r| 0.1 * r.exponential());
        let none = Settings { queue: 0, ..fixed(10, 1) };
        let usage = play_with(&none, &requests, forever(&requests), &mut Fixed);
        usage.rejected_full as f64 / usage.arrivals as f64
    });
    assert!((loss - expected).abs() < 3.0 * error, "{loss} ± {error}, not {expected}");
    assert!(error < 0.02 * expected, "the test is sharp: {error}");
}

#[test]
fn one_at_a_time_with_a_queue_waits_as_erlang_c_says() {
    let queue = MultiServer::new(70.0, 0.1, 9).unwrap();
    let expected = [erlang_c(7.0, 9), queue.mean_response_s()];
    for packing in [Packing::Busiest, Packing::LeastLoaded] {
        let mut shares = Vec::new();
        let (mean, error) = repeated(30, |i| {
            let mut random = Seed(i).stream("erlang", "c");
            let requests = poisson(60_000, 70.0, &mut random, |r| 0.1 * r.exponential());
            let settings = Settings { packing, ..fixed(9, 1) };
            let usage = play_with(&settings, &requests, forever(&requests), &mut Fixed);
            shares.push(usage.waited as f64 / usage.arrivals as f64);
            usage.latency.mean().unwrap().secs_f64()
        });
        assert!((mean - expected[1]).abs() < 3.0 * error, "{mean} ± {error}, not {expected:?}");
        let (waits, error) = repeated(30, |i| shares[i as usize]);
        assert!((waits - expected[0]).abs() < 3.0 * error, "{waits} ± {error}, not {expected:?}");
    }
}

#[test]
fn one_instance_for_everybody_is_processor_sharing() {
    let expected = processor_sharing_response_s(7.0, 0.1).unwrap();
    let shapes: [Draw; 2] = [|r| 0.1 * r.exponential(), |r| 0.1 * (r.normal() - 0.5).exp()];
    for draw in shapes {
        let (mean, error) = repeated(30, |i| {
            let requests = poisson(60_000, 7.0, &mut Seed(i).stream("sharing", "ps"), draw);
            let usage = play_with(&fixed(1, u32::MAX), &requests, forever(&requests), &mut Fixed);
            usage.latency.mean().unwrap().secs_f64()
        });
        assert!((mean - expected).abs() < 3.0 * error, "{mean} ± {error}, not {expected}");
    }
}

#[test]
fn one_at_a_time_on_demand_is_the_function_pool() {
    // Instances that start in no time, the one used last first: another simulator, the same answer.
    for keep_s in [5, 60, 600] {
        let keep = KeepAlive::fixed(Duration::from_secs(keep_s));
        let mut random = Seed(7).stream("pool", "work");
        let requests = poisson(30_000, 12.0, &mut random, |r| 0.3 * (0.5 * r.normal()).exp());
        let pool_settings = function_pool::PoolSettings::new(keep);
        let mut pool = function_pool::FunctionPool::new(
            pool_settings,
            function_pool::Unlimited,
            Random::new(1),
        );
        for request in &requests {
            pool.offer(request.at, request.cpu, function_pool::ColdStart::default);
        }
        let pool = pool.finish(Instant::START);
        let usage = run(
            &Settings::new(keep),
            requests.iter().copied(),
            forever(&requests),
            Random::new(1),
            &mut OnDemand { concurrency: 1 },
            Start::default,
        );
        assert_eq!(usage.starts, pool.cold);
        assert_eq!(usage.starts, usage.stops);
        assert_eq!(usage.latency, pool.latency);
        assert_eq!((usage.active_nanos, usage.idle_nanos), (pool.busy_nanos, pool.idle_nanos));
    }
}

#[test]
fn another_instance_never_delays_anybody_who_waits_in_turn() {
    let mut random = Seed(3).stream("more", "work");
    let requests = poisson(50_000, 30.0, &mut random, |r| 0.1 * r.exponential());
    let quantiles = |instances| {
        let usage = play_with(&fixed(instances, 1), &requests, forever(&requests), &mut Fixed);
        [0.1, 0.5, 0.9, 0.99, 1.0].map(|q| usage.latency.quantile(q).unwrap())
    };
    let mut before = quantiles(4);
    for instances in 5..9 {
        let after = quantiles(instances);
        assert!(after.iter().zip(&before).all(|(a, b)| a <= b), "{instances}: {after:?}");
        before = after;
    }
}

/// One instance from the first minute on and none from the second on.
struct SecondMinute;

impl Scaler for SecondMinute {
    fn look(&mut self, _: &Seen) -> Option<u32> {
        None
    }

    fn waiting(&mut self, now: Instant, waiting: &Waiting) -> u32 {
        OnDemand { concurrency: 1 }.waiting(now, waiting)
    }

    fn least(&mut self, now: Instant) -> Option<u32> {
        let minute = now.since(Instant::START).nanos() / Duration::MINUTE.nanos();
        Some(u32::from(minute == 1))
    }
}

#[test]
fn what_must_be_there_comes_and_goes_with_the_clock() {
    let settings = Settings { interval: Some(ms(1000)), ..settings(1) };
    // Before, within, and long after its minute.
    let three = [request(20_000, 50, 0), request(100_000, 50, 0), request(170_000, 50, 0)];
    let usage = play_with(&settings, &three, at(240_000), &mut SecondMinute);
    assert_eq!((usage.served, usage.cold, usage.starts, usage.stops), (3, 2, 3, 3));
    // It starts at the minute and is ready half a second later; it was idle for longer than idle ones stay when it is let
    // go at 120 s, so it goes at once.
    assert_eq!(usage.idle_min_nanos, (59_500 - 50) * 1_000_000);
    let idle_of_the_others = 2 * 10_000_000_000;
    assert_eq!(usage.idle_nanos, usage.idle_min_nanos + idle_of_the_others);
}
