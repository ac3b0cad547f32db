//! How fast the function pool is: nanoseconds a request from a trace in memory.
//!
//! `cargo run --release -p crossover-sim --example pool_speed [REQUESTS] [REPEATS]`; with few requests and one
//! repeat it is also what instructions are counted on.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant as Clock;

use sim::function_pool::{
    ColdStart, CpuShare, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited,
};
use units::{Duration, Instant, Random, Request, Seed};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>().ok());
    let most = arguments.next().flatten().unwrap_or(10_000_000);
    let repeats = arguments.next().flatten().unwrap_or(5);
    let fixed = KeepAlive::fixed(Duration::from_secs(600));
    let range = KeepAlive::between(Duration::from_secs(300), Duration::from_secs(600));
    for (name, rate, functions, n) in [
        ("A1: one function, 34.72/s", 34.722, 1, 10_000_000),
        ("A2: one function, 1,000/s", 1000.0, 1, 10_000_000),
        ("one function, 10,000/s", 10_000.0, 1, 10_000_000),
        ("A3: 1,000 functions, 1,000/s", 1000.0, 1_000, 1_000_000),
        ("A4: 20,000 functions, 116/s", 115.74, 20_000, 1_000_000),
    ] {
        let n = n.min(most);
        let requests = trace(rate, functions, n);
        for (variant, keep_alive, timeline, vcpu) in [
            ("plain", fixed, None, 1.0),
            ("half a vCPU, keep-alive in a range, timeline", range, Some(Duration::MINUTE), 0.5),
        ] {
            let timeline = timeline.filter(|_| functions == 1);
            let settings = PoolSettings { timeline, ..PoolSettings::new(keep_alive) };
            let (mut best, mut cold) = (f64::INFINITY, 0);
            for _ in 0..repeats {
                let began = Clock::now();
                cold = play(&requests, settings, CpuShare::new(vcpu)).cold;
                best = best.min(began.elapsed().as_secs_f64() * 1e9 / n as f64);
            }
            let millions = 1e3 / best;
            println!("{name:30} {variant:46} {best:6.1} ns {millions:6.1} M/s {cold:7} cold");
        }
    }
}

fn play(requests: &[Vec<Request>], settings: PoolSettings, cpu: CpuShare) -> PoolUsage {
    let mut usage = PoolUsage::default();
    for function in requests {
        let random = Seed(1).stream("pool", "keep-alive");
        let pool = FunctionPool::new(settings, Unlimited, random);
        let mut pool = if settings.timeline.is_some() { pool } else { pool.adding_to(usage) };
        for request in function {
            pool.offer(request.at, cpu.service(*request), || ColdStart {
                init: Duration::from_millis(500),
                ..ColdStart::default()
            });
        }
        usage = pool.finish(Instant::START);
    }
    usage
}

/// Poisson arrivals with log-normal work, over functions that are called by Zipf's law.
fn trace(rate: f64, functions: usize, n: usize) -> Vec<Vec<Request>> {
    let mut random = Seed(1).stream("pool", "trace");
    let mut weights: Vec<f64> = (1..=functions).map(|k| 1.0 / k as f64).collect();
    for k in 1..functions {
        weights[k] += weights[k - 1];
    }
    let mut requests = vec![Vec::new(); functions];
    let mut t = 0.0;
    for _ in 0..n {
        t += random.exponential() / rate;
        let function = if functions > 1 { pick(&weights, &mut random) } else { 0 };
        let service = (0.3_f64.ln() - 0.125 + 0.5 * random.normal()).exp();
        requests[function].push(Request {
            at: Instant::START + Duration::from_secs_f64(t),
            cpu: Duration::from_secs_f64(service),
            wait: Duration::ZERO,
        });
    }
    requests
}

fn pick(weights: &[f64], random: &mut Random) -> usize {
    let x = random.uniform() * weights[weights.len() - 1];
    weights.partition_point(|&w| w < x).min(weights.len() - 1)
}
