//! The published closed forms against simulations: every row within three standard errors over 24 seeds.
//!
//! The warm pool is simulated beside its formula in `closed/tests.rs`; here are the queues, the loss systems and
//! servers without end.
#![expect(clippy::print_stdout, reason = "the figures are told with --nocapture")]
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use serde_json::Value;
use sim::function_pool::{ColdStart, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited};
use sim::pods::{Balancing, Fixed, Outcome, Setup, run};
use units::{Duration, Instant, Millicores, Random, Request, Seed};

const SEEDS: u64 = 24;
const FOREVER: Duration = Duration::from_secs(1_000_000_000);

fn rows(key: &str) -> Vec<Value> {
    let data: Value = serde_json::from_str(include_str!("data/closed_forms.json")).unwrap();
    let rows = data[key].as_array().unwrap().clone();
    assert!(!rows.is_empty());
    rows
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key} in {row}"))
}

/// The mean over the seeds must lie within three of its standard errors of `row[key]`.
fn within_three_errors(row: &Value, key: &str, of_seed: impl Fn(u64) -> f64) {
    let values: Vec<f64> = (0..SEEDS).map(of_seed).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let allowed = 3.0 * (variance / n).sqrt();
    let error = (mean - number(row, key)).abs();
    assert!(error <= allowed, "{key}: {mean} is further than {allowed} from {row}");
    let (wanted, errors) = (number(row, key), 3.0 * error / allowed);
    println!("{key}: {mean:.6}, by formula {wanted:.6}: {errors:.1} standard errors");
}

/// Poisson arrivals with some law of service.
fn requests(
    rate_hz: f64,
    n: usize,
    seed: u64,
    service_s: impl Fn(&mut Random) -> f64,
    as_cpu: bool,
) -> Vec<Request> {
    let mut random = Seed(seed).stream("closed forms simulated", "requests");
    let mut t = 0.0;
    (0..n)
        .map(|_| {
            t += random.exponential() / rate_hz;
            let span = Duration::from_secs_f64(service_s(&mut random));
            let (cpu, wait) = if as_cpu { (span, Duration::ZERO) } else { (Duration::ZERO, span) };
            Request { at: Instant::START + Duration::from_secs_f64(t), cpu, wait }
        })
        .collect()
}

/// One pod with `servers` places in front of which `queue` requests may wait.
fn queue(requests: &[Request], servers: u32, queue: u32) -> Outcome {
    let setup = Setup {
        capacity: Millicores::new(1000),
        concurrency: servers,
        queue,
        queue_timeout: FOREVER,
        balancing: Balancing::Random,
        step: FOREVER,
    };
    let until = requests.last().unwrap().at + Duration::from_secs(100_000);
    run(&setup, requests, until, Seed(1).stream("pods", "balancing"), &mut Fixed(1))
}

fn mean_s(outcome: &Outcome) -> f64 {
    outcome.latency.mean().unwrap().secs_f64()
}

#[test]
fn several_servers_with_one_queue() {
    for (i, row) in rows("MMc").iter().enumerate() {
        let (rate, service) = (number(row, "lam"), number(row, "s"));
        within_three_errors(row, "meanResponse", |seed| {
            let law = |r: &mut Random| r.exponential() * service;
            let requests = requests(rate, 200_000, 100 * i as u64 + seed, law, false);
            mean_s(&queue(&requests, number(row, "c") as u32, u32::MAX))
        });
    }
}

#[test]
fn a_bounded_queue() {
    for (i, row) in rows("MMcK").iter().enumerate() {
        let (rate, service) = (number(row, "lam"), number(row, "s"));
        let servers = number(row, "c") as u32;
        let play = |seed| {
            let law = |r: &mut Random| r.exponential() * service;
            let requests = requests(rate, 100_000, 1_000 + 100 * i as u64 + seed, law, false);
            queue(&requests, servers, number(row, "K") as u32 - servers)
        };
        within_three_errors(row, "pBlock", |seed| {
            let outcome = play(seed);
            outcome.rejected as f64 / outcome.arrivals as f64
        });
        within_three_errors(row, "meanResponse", |seed| mean_s(&play(seed)));
    }
}

/// Service with a squared coefficient of variation of 0, 1, or more (two exponentials, balanced).
fn law(mean: f64, squared_variation: f64) -> impl Fn(&mut Random) -> f64 {
    let spread = ((squared_variation - 1.0) / (squared_variation + 1.0)).max(0.0).sqrt();
    let first = f64::midpoint(1.0, spread);
    move |random| {
        if squared_variation < 1.0 {
            return mean;
        }
        let share = if random.uniform() <= first { first } else { 1.0 - first };
        random.exponential() * mean / (2.0 * share)
    }
}

#[test]
fn one_server_in_order_and_shared() {
    for (i, row) in rows("MG1").iter().enumerate() {
        let (rate, service) = (number(row, "lam"), number(row, "s"));
        for (key, as_cpu, servers) in [("meanWait", false, 1), ("meanWaitPS", true, u32::MAX)] {
            within_three_errors(row, key, |seed| {
                let law = law(service, number(row, "cv2"));
                let requests = requests(rate, 200_000, 2_000 + 100 * i as u64 + seed, law, as_cpu);
                let served: f64 = requests.iter().map(|r| (r.cpu + r.wait).secs_f64()).sum();
                mean_s(&queue(&requests, servers, u32::MAX)) - served / requests.len() as f64
            });
        }
    }
}

/// A pool without keep-alive, once it runs.
fn pool(requests: &[Request], concurrency_max: u32, step: Option<Duration>) -> PoolUsage {
    let keep = KeepAlive::fixed(Duration::ZERO);
    let settings = PoolSettings { concurrency_max, timeline: step, ..PoolSettings::new(keep) };
    let random = Seed(1).stream("pool", "keep-alive");
    let mut pool = FunctionPool::new(settings, Unlimited, random);
    let warm = requests.len() / 2;
    for (i, request) in requests.iter().enumerate() {
        if i == warm {
            pool.start_counting(request.at);
        }
        pool.offer(request.at, request.wait, ColdStart::default);
    }
    pool.finish(requests.last().unwrap().at)
}

#[test]
fn lost_calls_whatever_the_law_of_service() {
    for (i, row) in rows("ErlangB_loss").iter().enumerate() {
        for squared_variation in [0.0, 1.0, 4.0] {
            // Runs of one length that all began at once end at once, and do not forget it where the load is
            // twice the servers: no steady state within a test.
            if squared_variation == 0.0 && number(row, "offered") > number(row, "servers") {
                continue;
            }
            within_three_errors(row, "pBlock", |seed| {
                let law = law(1.0, squared_variation);
                let seed = 3_000 + 100 * i as u64 + seed;
                let requests = requests(number(row, "offered"), 200_000, seed, law, false);
                let usage = pool(&requests, number(row, "servers") as u32, None);
                usage.rejected() as f64 / usage.arrivals as f64
            });
        }
    }
}

#[test]
fn servers_without_end_whatever_the_law_of_service() {
    for (i, row) in rows("MGinf").iter().enumerate() {
        let (rate, service) = (number(row, "lam"), number(row, "s"));
        for squared_variation in [0.0, 1.0, 4.0] {
            let busy = |seed| {
                let law = law(service, squared_variation);
                let seed = 4_000 + 100 * i as u64 + seed;
                let requests = requests(rate, 200_000, seed, law, false);
                let step = Duration::from_secs_f64(20.0 * service);
                pool(&requests, u32::MAX, Some(step)).timeline.unwrap().environments
            };
            within_three_errors(row, "mean", |seed| {
                let busy = busy(seed);
                busy.iter().map(|&n| f64::from(n)).sum::<f64>() / busy.len() as f64
            });
            let mut all: Vec<u32> = (0..SEEDS).flat_map(busy).collect();
            all.sort_unstable();
            for (q, key) in [(0.5, "p50"), (0.99, "p99")] {
                let ours = f64::from(all[(q * all.len() as f64) as usize]);
                let off = (ours - number(row, key)).abs();
                // A quantile of whole numbers may fall on either side of a step.
                assert!(off <= 1.0 + 0.015 * ours, "{key}: {ours}, {row}");
            }
        }
    }
}
