//! How fast the function pool is: nanoseconds a request from a trace in memory.
//!
//! `cargo run --release -p crossover-sim --example pool_speed`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant as Clock;

use sim::function_pool::{ColdStart, KeepAlive, PoolSettings, Unlimited, run};
use units::{Duration, Instant, Request, Seed};

fn main() {
    let fixed = KeepAlive::fixed(Duration::from_secs(600));
    let range = KeepAlive::between(Duration::from_secs(300), Duration::from_secs(600));
    for (name, rate, n) in [
        ("A1: 34.72/s, 10 busy", 34.722, 10_000_000),
        ("A2: 1,000/s, 300 busy", 1000.0, 10_000_000),
        ("10,000/s, 3,000 busy", 10_000.0, 10_000_000),
    ] {
        let requests = trace(rate, n);
        for (variant, keep_alive, timeline, vcpu) in [
            ("fixed keep-alive, one vCPU", fixed, None, 1.0),
            ("range, timeline, half a vCPU", range, Some(Duration::MINUTE), 0.5),
        ] {
            let settings = PoolSettings { timeline, ..PoolSettings::new(keep_alive) };
            let mut best = f64::INFINITY;
            let mut cold = 0;
            for _ in 0..5 {
                let random = Seed(1).stream("pool", "keep-alive");
                let began = Clock::now();
                let usage = run(
                    requests.iter().copied(),
                    vcpu,
                    settings,
                    Unlimited,
                    random,
                    || ColdStart { init: Duration::from_millis(500), ..ColdStart::default() },
                    Instant::START,
                );
                best = best.min(began.elapsed().as_secs_f64() * 1e9 / n as f64);
                cold = usage.cold;
            }
            let millions = 1e3 / best;
            println!("{name:24} {variant:30} {best:6.1} ns  {millions:5.1} M/s  {cold} cold");
        }
    }
}

fn trace(rate: f64, n: usize) -> Vec<Request> {
    let mut random = Seed(1).stream("pool", "trace");
    let mut t = 0.0;
    (0..n)
        .map(|_| {
            t += random.exponential() / rate;
            let service = (0.3_f64.ln() - 0.125 + 0.5 * random.normal()).exp();
            Request {
                at: Instant::START + Duration::from_secs_f64(t),
                cpu: Duration::from_secs_f64(service),
                wait: Duration::ZERO,
            }
        })
        .collect()
}
