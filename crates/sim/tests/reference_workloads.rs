//! Workloads A1 to A4 with results that two independent programs agree on to the last digit.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use sim::function_pool::{ColdStart, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited};
use units::{Duration, Instant, Request, Seed};

/// The generator that the reference data names: SplitMix64 from 42.
struct SplitMix(u64);

impl SplitMix {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) + 1) as f64 * (1.0 / (1_u64 << 53) as f64)
    }
}

/// The first `n` requests of a workload, function by function.
fn generate(workload: &Value, n: usize) -> (Vec<Vec<Request>>, f64) {
    let number = |key: &str| workload[key].as_f64().unwrap();
    let functions = number("functions") as usize;
    let mut weights: Vec<f64> = (1..=functions).map(|k| (k as f64).powf(-number("zipf"))).collect();
    for k in 1..functions {
        weights[k] += weights[k - 1];
    }
    let mut requests = vec![Vec::new(); functions];
    let (mut random, mut t) = (SplitMix(42), 0.0);
    for _ in 0..n {
        t += -random.uniform().ln() / number("lam");
        let (u1, u2) = (random.uniform(), random.uniform());
        let z = (-2.0 * u1.ln()).sqrt() * (2.0 * std::f64::consts::PI * u2).cos();
        let service = (0.3_f64.ln() - 0.125 + 0.5 * z).exp();
        let mut function = 0;
        if functions > 1 {
            let x = random.uniform() * weights[functions - 1];
            function = weights.partition_point(|&w| w < x).min(functions - 1);
        }
        requests[function].push(Request {
            at: Instant::START + Duration::from_secs_f64(t),
            cpu: Duration::from_secs_f64(service),
            wait: Duration::ZERO,
        });
    }
    (requests, t)
}

fn play(requests: &[Vec<Request>]) -> PoolUsage {
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs(600)));
    let start = || ColdStart { placement: Duration::from_millis(500), ..ColdStart::default() };
    let mut usage = PoolUsage::default();
    for (i, function) in requests.iter().enumerate() {
        let random = Seed(1).stream(&i.to_string(), "keep-alive");
        let mut pool = FunctionPool::new(settings, Unlimited, random).adding_to(usage);
        for request in function {
            pool.offer(request.at, request.cpu, start);
        }
        usage = pool.finish(Instant::START);
    }
    usage
}

fn close(ours: u128, expected: &Value) {
    let (ours, expected) = (ours as f64 / 1e9, expected.as_f64().unwrap());
    assert!((ours / expected - 1.0).abs() < 1e-9, "{ours} s, expected {expected} s");
}

fn check(index: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference_workloads.json");
    let data: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let workload = &data["workloads"][index];
    for expected in workload["expectedMRU"].as_array().unwrap() {
        let n = expected["n"].as_u64().unwrap();
        let (requests, last) = generate(workload, n as usize);
        assert!((last / expected["lastArrival"].as_f64().unwrap() - 1.0).abs() < 1e-12);
        let usage = play(&requests);
        assert_eq!(usage.arrivals, n);
        assert_eq!(usage.cold, expected["cold"].as_u64().unwrap(), "cold starts of {n}");
        close(usage.busy_nanos, &expected["busySeconds"]);
        close(usage.idle_nanos, &expected["idleSeconds"]);
    }
}

#[test]
fn a1_one_steady_function() {
    check(0);
}

#[test]
fn a2_one_hot_function() {
    check(1);
}

#[test]
fn a3_a_thousand_functions() {
    check(2);
}

#[test]
fn a4_twenty_thousand_sparse_functions() {
    check(3);
}
