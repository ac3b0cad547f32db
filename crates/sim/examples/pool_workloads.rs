//! The reference workloads A1 to A4, pinned to the digit, for a run beside other simulators.
//!
//! `cargo run --release -p crossover-sim --example pool_workloads [REQUESTS]` prints the best of three in CPU time.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use sim::function_pool::{ColdStart, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited};
use units::{Duration, Instant, Seed};

fn main() {
    let argument = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let n = argument.unwrap_or(1_000_000);
    for (name, rate, functions) in [
        ("A1", 34.722_222_222_2, 1),
        ("A2", 1000.0, 1),
        ("A3", 1000.0, 1_000),
        ("A4", 115.740_740_741, 20_000),
    ] {
        let requests = generate(rate, functions, n);
        let (mut best, mut cold) = (f64::INFINITY, 0);
        for _ in 0..3 {
            let began = cpu_seconds();
            cold = play(&requests).cold;
            best = best.min(cpu_seconds() - began);
        }
        println!("{name} {:.1} ns a request, {cold} cold", best * 1e9 / n as f64);
    }
}

fn play(requests: &[Vec<(Instant, Duration)>]) -> PoolUsage {
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs(600)));
    let start = || ColdStart { placement: Duration::from_millis(500), ..ColdStart::default() };
    let random = Seed(1).stream("workloads", "keep-alive");
    let mut usage = PoolUsage::default();
    for function in requests {
        let pool = FunctionPool::new(settings, Unlimited, random.clone());
        let mut pool = pool.adding_to(usage);
        for &(at, service) in function {
            pool.offer(at, service, start);
        }
        usage = pool.finish(Instant::START);
    }
    usage
}

/// As `tests/data/reference_workloads.json` says: SplitMix64 from 42, Poisson, log-normal, Zipf.
fn generate(rate: f64, functions: usize, n: usize) -> Vec<Vec<(Instant, Duration)>> {
    let mut state = 42_u64;
    let mut uniform = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) + 1) as f64 * (1.0 / (1_u64 << 53) as f64)
    };
    let mut weights: Vec<f64> = (1..=functions).map(|k| 1.0 / k as f64).collect();
    for k in 1..functions {
        weights[k] += weights[k - 1];
    }
    let mut requests = vec![Vec::new(); functions];
    let mut t = 0.0;
    for _ in 0..n {
        t -= uniform().ln() / rate;
        let (u1, u2) = (uniform(), uniform());
        let z = (-2.0 * u1.ln()).sqrt() * (std::f64::consts::TAU * u2).cos();
        let service = (0.3_f64.ln() - 0.125 + 0.5 * z).exp();
        let mut function = 0;
        if functions > 1 {
            let x = uniform() * weights[functions - 1];
            function = weights.partition_point(|&w| w < x).min(functions - 1);
        }
        let at = Instant::START + Duration::from_secs_f64(t);
        requests[function].push((at, Duration::from_secs_f64(service)));
    }
    requests
}

/// CPU time of this thread as Linux counts it: others on the machine do not disturb it as much.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.expect("CPU time is counted, as on Linux") / 1e9
}
