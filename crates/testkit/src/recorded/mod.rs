//! Scenarios recorded from real controllers in virtual time, and our own autoscalers in the same world.

pub mod hpa;
pub mod kpa;

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

/// The scenarios of one of the files here: `in` is the scenario, `out` what the real controller did.
pub fn scenarios(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let mut text = String::new();
    let compressed = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(compressed).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The value of a step curve, `[[second, value], …]`, at a second; zero before its first step.
pub fn load_at(curve: &Value, second: u64) -> f64 {
    let steps = curve.as_array().unwrap();
    let passed = steps.iter().take_while(|step| step[0].as_f64().unwrap() <= second as f64);
    passed.last().map_or(0.0, |step| step[1].as_f64().unwrap())
}
