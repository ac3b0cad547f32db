//! Workloads A1 to A4 with results that two independent programs agree on to the last digit.
#![expect(clippy::print_stdout, reason = "the figures are told with --nocapture")]

use serde_json::Value;
use sim::function_pool::{ColdStart, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited};
use testkit::reference_workloads::{generate, workloads};
use units::{Duration, Instant, Request, Seed};

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
    let (ours, expected) = (ours as f64 / 1e9, expected.as_f64().expect("the file holds it"));
    assert!((ours / expected - 1.0).abs() < 1e-9, "{ours} s, expected {expected} s");
}

fn check(index: usize) {
    let workload = &workloads()[index];
    for expected in workload["expectedMRU"].as_array().expect("the file holds it") {
        let n = expected["n"].as_u64().expect("the file holds it");
        let (requests, last) = generate(workload, n as usize);
        assert!(
            (last / expected["lastArrival"].as_f64().expect("the file holds it") - 1.0).abs()
                < 1e-12
        );
        let usage = play(&requests);
        assert_eq!(usage.arrivals, n);
        assert_eq!(
            usage.cold,
            expected["cold"].as_u64().expect("the file holds it"),
            "cold starts of {n}"
        );
        close(usage.busy_nanos, &expected["busySeconds"]);
        close(usage.idle_nanos, &expected["idleSeconds"]);
        let secs = |nanos: u128| nanos as f64 / 1e9;
        let (busy, idle) = (secs(usage.busy_nanos), secs(usage.idle_nanos));
        println!(
            "A{}: {n} requests, {} cold, {busy:.3} s busy, {idle:.3} s idle",
            index + 1,
            usage.cold
        );
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
