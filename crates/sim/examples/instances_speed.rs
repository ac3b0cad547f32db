//! How fast instances behind one queue are: nanoseconds a request, made on the way.
//!
//! `cargo run --release -p crossover-sim --example instances_speed [REQUESTS [RUNS]]`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant as Clock;

use scaling::utilization::{UtilizationScaler, UtilizationTargets, WhenFull, Work};
use sim::function_pool::KeepAlive;
use sim::instances::{Packing, Scaler, Seen, Settings, Start, Usage, Waiting, run};
use units::{Duration, Instant, Millicores, Random, Request, Seed};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (n, runs) = (number(3_000_000), number(5));
    for packing in [Packing::Busiest, Packing::LeastLoaded] {
        for (concurrency, rate_hz, cpu_ms) in [
            (1, 34.7, 30),
            (2, 34.7, 30),
            (5, 34.7, 30),
            (10, 34.7, 30),
            (80, 1_000.0, 2),
            (80, 10_000.0, 2),
            (1000, 10_000.0, 2),
        ] {
            let requests = trace(n, rate_hz, cpu_ms);
            let (mut best, mut usage) = (f64::INFINITY, Usage::default());
            for _ in 0..runs {
                let began = Clock::now();
                usage = play(concurrency, packing, &requests);
                best = best.min(began.elapsed().as_secs_f64() * 1e9 / n as f64);
            }
            let there = usage.there_nanos() as f64 / (n as f64 / rate_hz * 1e9);
            let p99 = usage.latency.quantile(0.99).map_or(0.0, Duration::millis_f64);
            println!(
                "{:12} {concurrency:5} at once {rate_hz:8.1}/s {best:6.1} ns {:6.1} M/s {there:7.1} instances  \
                 p99 {p99:5.0} ms  {:.4} % cold",
                format!("{packing:?}"),
                1e3 / best,
                usage.cold as f64 / n as f64 * 100.0,
            );
        }
    }
}

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

fn play(concurrency: u32, packing: Packing, requests: &[Request]) -> Usage {
    let targets = UtilizationTargets {
        window: Duration::MINUTE,
        concurrency,
        concurrency_percent: Some(60),
        cpu: Millicores::ONE,
        cpu_percent: Some(60),
        waiting: WhenFull::Start,
    };
    let settings = Settings {
        concurrency,
        packing,
        interval: Some(Duration::from_secs(5)),
        ..Settings::new(KeepAlive::fixed(Duration::from_secs(900)))
    };
    let until = requests.last().map_or(Instant::START, |last| last.at);
    let start = || Start { wait: Duration::from_millis(500), ..Start::default() };
    let mut scaler = Joined(UtilizationScaler::new(targets));
    run(&settings, requests.iter().copied(), until, Random::new(1), &mut scaler, start)
}

/// Poisson arrivals of `cpu_ms` of CPU and the rest of 300 ms of waiting, log-normal as a whole.
fn trace(n: usize, rate_hz: f64, cpu_ms: u64) -> Vec<Request> {
    let mut random = Seed(1).stream("instances", "trace");
    let mut at_s = 0.0;
    let mut one = || {
        at_s += random.exponential() / rate_hz;
        let factor = (0.5 * random.normal() - 0.125).exp();
        Request {
            at: Instant::START + Duration::from_secs_f64(at_s),
            cpu: Duration::from_millis(cpu_ms).times_f64(factor),
            wait: Duration::from_millis(300 - cpu_ms).times_f64(factor),
        }
    };
    (0..n).map(|_| one()).collect()
}
