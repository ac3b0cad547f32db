//! The published values of `tests/data`, and the simulator against them.

use serde_json::Value;
use units::{Duration, Instant, Random, Request, Seed};

use super::*;
use crate::function_pool::{
    ColdStart, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited, run,
};

fn data(name: &str) -> Value {
    let text = match name {
        "closed_forms.json" => include_str!("../../tests/data/closed_forms.json"),
        _ => include_str!("../../tests/data/simfaas.json"),
    };
    serde_json::from_str(text).unwrap()
}

fn rows<'a>(data: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    let rows = data[key].as_array().unwrap();
    assert!(!rows.is_empty());
    rows.iter()
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key} in {row}"))
}

#[track_caller]
fn near(ours: f64, row: &Value, key: &str, tolerance: f64) {
    let theirs = number(row, key);
    let error = (ours - theirs).abs();
    assert!(error <= tolerance * theirs.abs().max(1e-3), "{key}: {ours}, expected {theirs}: {row}");
}

#[test]
fn several_servers() {
    for row in rows(&data("closed_forms.json"), "MMc") {
        let servers = number(row, "c") as u64;
        let queue = MultiServer::new(number(row, "lam"), number(row, "s"), servers).unwrap();
        near(queue.wait_share(), row, "pWait", 2e-7);
        near(queue.mean_wait_s(), row, "meanWait", 2e-6);
        near(queue.mean_response_s(), row, "meanResponse", 2e-8);
        near(queue.mean_queue(), row, "meanQueue", 2e-7);
        for (q, key) in
            [(0.5, "waitP50"), (0.95, "waitP95"), (0.99, "waitP99"), (0.999, "waitP999")]
        {
            near(queue.wait_quantile_s(q), row, key, 2e-7);
        }
    }
    assert_eq!(MultiServer::new(2.0, 1.0, 2), None, "no steady state");
    assert_eq!(erlang_c(5.0, 2).to_bits(), 1.0_f64.to_bits());
}

#[test]
fn lost_calls() {
    for row in rows(&data("closed_forms.json"), "ErlangB_loss") {
        near(erlang_b(number(row, "offered"), number(row, "servers") as u64), row, "pBlock", 1e-9);
    }
}

#[test]
fn a_bounded_queue() {
    for row in rows(&data("closed_forms.json"), "MMcK") {
        let (c, capacity) = (number(row, "c") as u64, number(row, "K") as u64);
        let queue = FiniteQueue::new(number(row, "lam"), number(row, "s"), c, capacity);
        near(queue.loss(), row, "pBlock", 1e-7);
        near(queue.throughput_hz(), row, "throughput", 1e-8);
        near(queue.mean_in_system(), row, "meanInSystem", 1e-8);
        near(queue.mean_queue(), row, "meanQueue", 1e-8);
        near(queue.mean_response_s(), row, "meanResponse", 1e-8);
        near(queue.mean_wait_s(), row, "meanWait", 1e-7);
        near(queue.utilization(), row, "utilization", 1e-8);
    }
}

#[test]
fn servers_without_end() {
    for row in rows(&data("closed_forms.json"), "MGinf") {
        let busy = BusyServers::new(number(row, "lam"), number(row, "s"));
        near(busy.mean(), row, "mean", 1e-12);
        for (q, key) in [(0.5, "p50"), (0.99, "p99"), (0.999, "p999")] {
            near(busy.quantile(q) as f64, row, key, 0.0);
        }
        assert!((busy.share(0) / number(row, "pZero") - 1.0).abs() < 1e-9);
    }
    let (_, shares) = BusyServers::new(1000.0, 3.0).shares();
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-11);
}

#[test]
fn one_server() {
    for row in rows(&data("closed_forms.json"), "MG1") {
        let (rate, service) = (number(row, "lam"), number(row, "s"));
        let wait = single_server_wait_s(rate, service, number(row, "cv2")).unwrap();
        near(wait, row, "meanWait", 1e-12);
        let shared = processor_sharing_response_s(rate, service).unwrap() - service;
        near(shared, row, "meanWaitPS", 1e-12);
    }
    assert_eq!(single_server_wait_s(1.0, 1.0, 1.0), None);
}

#[test]
fn the_warm_pool() {
    for row in rows(&data("closed_forms.json"), "MRUpool") {
        let rate = number(row, "lam");
        let pool = WarmPool::new(rate, number(row, "s"), number(row, "keepalive"));
        near(pool.cold_share, row, "pCold", 1e-7);
        near(pool.idle, row, "meanIdle", 1e-7);
        near(pool.environments(), row, "meanInstances", 1e-7);
        near(pool.life_s(rate), row, "meanLifespan", 1e-4);
    }
    for row in rows(&data("closed_forms.json"), "TTLsingle") {
        let pool = WarmPool::new(number(row, "lam"), 1e-7, number(row, "keepalive"));
        near(pool.cold_share, row, "pCold", 1e-6);
        near(pool.idle, &serde_json::json!({ "idle": 1.0 - number(row, "pCold") }), "idle", 1e-6);
    }
}

#[test]
fn the_warm_pool_at_its_ends() {
    let nothing = WarmPool::new(0.0, 1.0, 600.0);
    assert_eq!((nothing.cold_share, nothing.idle), (1.0, 0.0));
    for busy in [300.0, 3_000.0, 30_000.0] {
        let pool = WarmPool::new(busy, 1.0, 600.0);
        assert!(pool.cold_share >= 0.0 && pool.cold_share < 1e-4, "{pool:?}");
        let idle = pool.idle / busy.sqrt();
        assert!((2.0..6.0).contains(&idle), "spare environments grow with the deviation: {idle}");
    }
}

/// `n` Poisson requests with exponential service through a pool.
fn simulate(
    rate_hz: f64,
    service_s: f64,
    settings: PoolSettings,
    n: usize,
    seed: u64,
) -> PoolUsage {
    simulate_law(rate_hz, settings, n, seed, |random| random.exponential() * service_s)
}

/// The same with another law of service.
fn simulate_law(
    rate_hz: f64,
    settings: PoolSettings,
    n: usize,
    seed: u64,
    service_s: impl Fn(&mut Random) -> f64,
) -> PoolUsage {
    let mut random = Seed(seed).stream("closed forms", "requests");
    let mut t = 0.0;
    let requests: Vec<Request> = (0..n)
        .map(|_| {
            t += random.exponential() / rate_hz;
            let cpu = Duration::from_secs_f64(service_s(&mut random));
            Request { at: Instant::START + Duration::from_secs_f64(t), cpu, wait: Duration::ZERO }
        })
        .collect();
    let luck = Seed(seed).stream("closed forms", "keep-alive");
    run(requests, 1.0, settings, Unlimited, luck, ColdStart::default, Instant::START)
}

#[test]
fn the_simulated_pool_agrees_with_the_formula() {
    for (i, row) in rows(&data("closed_forms.json"), "MRUpool").enumerate() {
        let (rate, keep_alive) = (number(row, "lam"), number(row, "keepalive"));
        let batches: Vec<f64> = (0..16)
            .map(|batch| {
                let mut random = Seed(100 * i as u64 + batch).stream("closed forms", "requests");
                cold_share_of_batch(rate, number(row, "s"), keep_alive, &mut random)
            })
            .collect();
        let n = batches.len() as f64;
        let mean = batches.iter().sum::<f64>() / n;
        let variance = batches.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let allowed = 3.0 * (variance / n).sqrt();
        let error = (mean - number(row, "pCold")).abs();
        assert!(error < allowed, "{mean} is further than {allowed} from {row}");
        let errors = 3.0 * error / allowed;
        println!("cold {mean:.6}, by formula {}: {errors:.1} standard errors", row["pCold"]);
    }
}

/// Share of cold requests among 200,000, once the pool has run for several keep-alives.
fn cold_share_of_batch(
    rate_hz: f64,
    service_s: f64,
    keep_alive_s: f64,
    random: &mut Random,
) -> f64 {
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs_f64(keep_alive_s)));
    let luck = random.clone();
    let mut pool = FunctionPool::new(settings, Unlimited, luck);
    let mut t = 0.0;
    let mut play = |pool: &mut FunctionPool<Unlimited>, n: u32| {
        for _ in 0..n {
            t += random.exponential() / rate_hz;
            let service = Duration::from_secs_f64(random.exponential() * service_s);
            let at = Instant::START + Duration::from_secs_f64(t);
            pool.offer(at, service, ColdStart::default);
        }
        Instant::START + Duration::from_secs_f64(t)
    };
    let now = play(&mut pool, 2_000 + (5.0 * keep_alive_s * rate_hz) as u32);
    pool.start_counting(now);
    let end = play(&mut pool, 200_000);
    let usage = pool.finish(end);
    usage.cold as f64 / usage.arrivals as f64
}

#[test]
fn a_cap_on_concurrency_is_erlang_b() {
    let case = &data("simfaas.json")["cases"][2];
    let accept = number(case, "toleranceAbsolute");
    let settings = PoolSettings {
        concurrency_max: 1000,
        ..PoolSettings::new(KeepAlive::fixed(Duration::from_secs(600)))
    };
    let usage = simulate(1000.0, 2.016, settings, 1_000_000, 5);
    let rejected = usage.rejected() as f64 / usage.arrivals as f64;
    assert!((rejected - number(&case["exactReference"], "pReject")).abs() < accept, "{rejected}");
    assert_eq!(usage.cold, 1000);
    assert_eq!(usage.peak_concurrency, 1000);
}

#[test]
fn the_standard_case_of_simfaas() {
    let case = &data("simfaas.json")["cases"][0];
    let settings = PoolSettings {
        timeline: Some(Duration::from_secs(10)),
        ..PoolSettings::new(KeepAlive::fixed(Duration::from_secs(600)))
    };
    let usage = simulate(0.9, 1.991, settings, 9_000_000, 1);
    let seconds = 9e6 / 0.9;
    let timeline = usage.timeline.unwrap();
    let held = |value: f64, key: &str| {
        let (low, high) =
            (case["accept"][key][0].as_f64().unwrap(), case["accept"][key][1].as_f64());
        assert!((low..=high.unwrap()).contains(&value), "{key}: {value}");
        println!("{key}: {value:.6} within {low} to {}", high.unwrap());
    };
    let (running, idle) = (usage.busy_nanos as f64 / 1e9, usage.idle_nanos as f64 / 1e9);
    held(usage.cold as f64 / usage.arrivals as f64, "pCold");
    held(running / seconds, "running");
    held(idle / seconds, "idle");
    held((running + idle) / seconds, "servers");
    held((running + idle) / usage.cold as f64, "lifespan");
    // How often there are just so many environments.
    let distribution = &data("simfaas.json")["cases"][1];
    for (count, share) in distribution["published"].as_object().unwrap() {
        let count: u32 = count.parse().unwrap();
        let steps = timeline.environments.iter().filter(|&&n| n == count).count();
        let ours = steps as f64 / timeline.environments.len() as f64;
        let accept = number(distribution, "toleranceAbsolute");
        assert!((ours - share.as_f64().unwrap()).abs() < accept, "{count}: {ours}, {share}");
    }
}

#[test]
fn provisioned_environments_take_the_lowest_levels() {
    let (rate, service) = (10.0, 0.3);
    let levels = WarmPoolLevels::between(rate, service, 300.0, 600.0);
    let all = levels.on_demand(0);
    let mut before = all.cold_share;
    for provisioned in [1, 3, 6, 9, 40] {
        let settings = PoolSettings {
            provisioned,
            ..PoolSettings::new(KeepAlive::fixed(Duration::from_secs(450)))
        };
        let usage = simulate(rate, service, settings, 1_000_000, 7);
        let share = usage.provisioned as f64 / usage.arrivals as f64;
        let formula = levels.provisioned_share(u64::from(provisioned));
        assert!((share - formula).abs() < 0.003, "{provisioned}: {share}, formula {formula}");
        let pool = levels.on_demand(u64::from(provisioned));
        assert!(pool.cold_share <= before, "more provisioned, fewer cold starts");
        before = pool.cold_share;
    }
    assert!(before < 1e-12, "forty are enough for three at once: {before}");
}
