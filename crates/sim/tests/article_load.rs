//! A load that many teams have read about, on instances that serve 1, 2, 5 or 10 requests at once.
//!
//! 90 million requests a month, 300 ms each: 10.4 requests at once on average. How much of the 300 ms is CPU decides
//! what sharing an instance saves, so both ends are played.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use scaling::utilization::{UtilizationScaler, UtilizationTargets, WhenFull, Work};
use sim::function_pool::KeepAlive;
use sim::instances::{Scaler, Seen, Settings, Start, Usage, Waiting, run};
use units::{Duration, Instant, Millicores, Random, Request, Seed};

/// The autoscaler of `scaling` over the instances of `sim`, as platforms join the two.
struct Joined(UtilizationScaler);

impl Scaler for Joined {
    fn look(&mut self, seen: &Seen) -> Option<u32> {
        Some(self.0.look(seen.now, Work { requests: seen.requests, cpu: seen.cpu }))
    }
    fn waiting(&mut self, now: Instant, waiting: &Waiting) -> u32 {
        self.0.waiting(now, waiting.requests, waiting.coming, waiting.room)
    }
}

/// How long it is played.
const SPAN: Duration = Duration::from_secs(6 * 3600);

/// Requests of `cpu_ms` on the CPU and the rest of 300 ms waiting, log-normal as a whole.
fn requests(cpu_ms: u64) -> impl Iterator<Item = Request> {
    let mut random = Seed(1).stream("article", "requests");
    let mut at_s = 0.0;
    std::iter::repeat_with(move || {
        at_s += random.exponential() / (90e6 / 2_592_000.0);
        let factor = (0.5 * random.normal() - 0.125).exp();
        let ms = |millis: u64| Duration::from_millis(millis).times_f64(factor);
        let at = Instant::START + Duration::from_secs_f64(at_s);
        Request { at, cpu: ms(cpu_ms), wait: ms(300 - cpu_ms) }
    })
}

/// One vCPU an instance, 500 ms to start, looked at every 5 s over the last minute, idle ones kept 15 minutes.
fn play(concurrency: u32, cpu_ms: u64) -> Usage {
    let targets = UtilizationTargets {
        window: Duration::MINUTE,
        concurrency,
        concurrency_percent: Some(60),
        cpu: Millicores::new(1000),
        cpu_percent: Some(60),
        waiting: WhenFull::Start,
    };
    let settings = Settings {
        concurrency,
        interval: Some(Duration::from_secs(5)),
        ..Settings::new(KeepAlive::fixed(Duration::from_secs(900)))
    };
    let until = Instant::START + SPAN;
    let start = || Start { wait: Duration::from_millis(500), ..Start::default() };
    let mut scaler = Joined(UtilizationScaler::new(targets));
    let requests = requests(cpu_ms).take_while(|request| request.at < until);
    run(&settings, requests, until, Random::new(1), &mut scaler, start)
}

/// Active instances and instances there on average, p99 in milliseconds.
fn figures(usage: &Usage) -> (f64, f64, f64) {
    let nanos = SPAN.nanos() as f64;
    let p99 = usage.latency.quantile(0.99).unwrap().millis_f64();
    (usage.active_nanos as f64 / nanos, usage.there_nanos() as f64 / nanos, p99)
}

#[test]
fn requests_that_mostly_wait_share_instances_cheaply() {
    let of: Vec<(f64, f64, f64)> = [1, 2, 5, 10].map(|n| figures(&play(n, 30))).to_vec();
    // Alone, an instance is active as long as its request: 34.7/s × 0.3 s.
    assert!((of[0].0 - 10.42).abs() < 0.1, "{of:?}");
    // The busiest first: more at once means fewer active ones, fewer there, and a p99 that moves by less than a fifth.
    for pair in of.windows(2) {
        assert!(pair[1].0 < pair[0].0 && pair[1].1 < pair[0].1, "{of:?}");
    }
    assert!(
        of[3].0 < 0.25 * of[0].0,
        "ten at once need less than a quarter of the active time: {of:?}"
    );
    assert!(of[3].2 < 1.2 * of[0].2, "{of:?}");
}

#[test]
fn requests_that_compute_share_an_instance_at_the_cost_of_their_latency() {
    let of: Vec<(f64, f64, f64)> = [1, 2, 5, 10].map(|n| figures(&play(n, 300))).to_vec();
    assert!((of[0].0 - 10.42).abs() < 0.1, "{of:?}");
    // There is no less CPU to be had than 10.4 vCPUs, whoever shares it, and sharing makes it slower.
    for (active, _, p99) in &of[1..] {
        assert!(*active > 10.3 && *p99 > 1.3 * of[0].2, "{of:?}");
    }
    assert!(of[3].2 > of[1].2, "{of:?}");
}

#[test]
fn a_steady_load_meets_few_cold_starts_and_loses_nothing() {
    for concurrency in [1, 2, 5, 10] {
        let usage = play(concurrency, 30);
        assert_eq!(usage.rejected(), 0);
        assert!(usage.arrivals > 745_000 && usage.arrivals < 755_000, "{}", usage.arrivals);
        assert!(
            usage.cold > 0 && usage.cold * 1000 < usage.arrivals,
            "{concurrency}: {}",
            usage.cold
        );
        // Billed in steps of 100 ms, never less than the active time.
        let billed = u128::from(usage.billed_active) * 100_000_000;
        assert!(billed >= usage.active_nanos);
        assert!(u128::from(usage.billed_lives) * 100_000_000 >= usage.there_nanos());
    }
}
