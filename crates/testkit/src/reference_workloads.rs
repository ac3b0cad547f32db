//! The reference workloads A1 to A4: pinned requests for functions, to run beside other simulators.

use std::path::Path;

use serde_json::Value;
use units::{Duration, Instant, Request};

/// The four workloads with their results.
pub fn workloads() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference_workloads.json");
    let data: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    data["workloads"].as_array().unwrap().clone()
}

/// The first `n` requests of a workload, function by function, and when the last one arrives, in seconds.
pub fn generate(workload: &Value, n: usize) -> (Vec<Vec<Request>>, f64) {
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
