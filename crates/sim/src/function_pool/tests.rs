//! Each case is a story of a few requests; the long reference runs stand in `tests/reference_workloads.rs`.

use units::Seed;

use super::*;

/// Plays (arrival, service) pairs in seconds with a cold start of one second and a keep-alive of ten.
fn play(requests: &[(f64, f64)], change: impl FnOnce(&mut PoolSettings)) -> (String, PoolUsage) {
    let mut settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs(10)));
    change(&mut settings);
    let mut pool = FunctionPool::new(settings, Unlimited, Seed(1).stream("f", "keep-alive"));
    let mut outcomes = String::new();
    for &(at, service) in requests {
        let at = Instant::START + Duration::from_secs_f64(at);
        let outcome = pool.offer(at, Duration::from_secs_f64(service), || ColdStart {
            placement: Duration::from_millis(100),
            init: Duration::from_millis(700),
            first_call: Duration::from_millis(200),
        });
        outcomes.push(match outcome {
            Outcome::Warm => 'w',
            Outcome::Cold => 'c',
            Outcome::Provisioned => 'p',
            Outcome::Rejected => 'x',
        });
    }
    let usage = pool.finish(Instant::START + Duration::from_secs(1000));
    assert_eq!(usage.arrivals, usage.served() + usage.rejected() + usage.in_flight);
    (outcomes, usage)
}

#[test]
fn the_agreed_semantics() {
    let text = include_str!("../../tests/data/platform_rules.json");
    let data: serde_json::Value = serde_json::from_str(text).unwrap();
    let cases = data["semantics"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let list = |key: &str| case[key].as_array().unwrap().iter();
        let requests: Vec<(f64, f64)> = list("arrivals")
            .zip(list("service"))
            .map(|(at, service)| (at.as_f64().unwrap(), service.as_f64().unwrap()))
            .collect();
        let expected: String = list("expect")
            .map(|e| match e.as_str() {
                Some("cold") => 'c',
                Some("warm") => 'w',
                _ => 'x',
            })
            .collect();
        let cap = case["maxConcurrency"].as_u64().map_or(u32::MAX, |cap| cap as u32);
        assert_eq!(play(&requests, |s| s.concurrency_max = cap).0, expected, "{case}");
    }
}

#[test]
fn many_small_pools_share_one_tally() {
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs(10)));
    let mut usage = PoolUsage::default();
    for name in ["f", "g"] {
        let random = Seed(1).stream(name, "keep-alive");
        let mut pool = FunctionPool::new(settings, Unlimited, random).adding_to(usage);
        for at in [0, 0, 99] {
            let at = Instant::START + Duration::from_secs(at);
            pool.offer(at, Duration::from_secs(5), ColdStart::default);
        }
        usage = pool.finish(Instant::START + Duration::from_secs(100));
    }
    assert_eq!((usage.arrivals, usage.cold, usage.served(), usage.in_flight), (6, 6, 4, 2));
    assert_eq!((usage.peak_concurrency, usage.latency.count()), (2, 6));
}

#[test]
fn the_environment_used_last_is_used_next() {
    let requests = [(0.0, 1.0), (0.5, 1.0), (3.0, 1.0), (20.0, 1.0)];
    let (outcomes, usage) = play(&requests, |_| ());
    assert_eq!(outcomes, "ccwc");
    // Idle: 2.5 to 3, then ten seconds each after 2, 4 and 22.
    assert_eq!(usage.idle_nanos, 30_500_000_000);
    assert_eq!(usage.busy_nanos, 7_000_000_000);
    assert_eq!(usage.peak_concurrency, 2);
}

#[test]
fn the_edges_of_finishing_and_expiring() {
    for (second, expected) in
        [(1.999, "cc"), (2.0, "cw"), (11.999, "cw"), (12.0, "cc"), (12.001, "cc")]
    {
        assert_eq!(play(&[(0.0, 1.0), (second, 1.0)], |_| ()).0, expected, "{second}");
    }
}

#[test]
fn a_cap_on_concurrency_turns_requests_away() {
    let three = [(0.0, 1.0); 3];
    assert_eq!(play(&three, |s| s.concurrency_max = 3).0, "ccc");
    let (outcomes, usage) = play(&three, |s| s.concurrency_max = 2);
    assert_eq!((outcomes.as_str(), usage.rejected_concurrency), ("ccx", 1));
}

#[test]
fn provisioned_environments_come_first_and_spill_over() {
    let requests = [(0.0, 1.0), (0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (30.0, 1.0)];
    let (outcomes, usage) = play(&requests, |s| s.provisioned = 1);
    assert_eq!(outcomes, "pccpp");
    assert_eq!(usage.billed_provisioned_run, 3000);
    assert_eq!(usage.peak_environments, 2);
    assert_eq!(usage.peak_concurrency, 3);
}

#[test]
fn initialisation_and_runs_are_rounded_up_each() {
    let requests = [(0.0, 0.300_000_000_4), (5.0, 0.300_2)];
    let (outcomes, usage) = play(&requests, |_| ());
    assert_eq!(outcomes, "cw");
    assert_eq!(usage.billed_init, 700);
    assert_eq!(usage.billed_run, 500 + 301, "half a nanosecond is noise, 200 µs are not");
    let (_, usage) = play(&requests, |s| s.billing_step = Duration::from_millis(100));
    assert_eq!(usage.billed_run, 5 + 4, "as it was billed until 2020");
}

#[test]
fn requests_still_running_at_the_end_are_in_flight() {
    let (_, usage) = play(&[(0.0, 1.0), (999.5, 5.0)], |_| ());
    assert_eq!((usage.served(), usage.in_flight), (1, 1));
}

#[test]
fn a_front_door_adds_to_latency_and_to_nothing_else() {
    let (_, bare) = play(&[(0.0, 1.0), (5.0, 1.0)], |_| ());
    let (_, doored) = play(&[(0.0, 1.0), (5.0, 1.0)], |s| s.overhead = Duration::from_secs(1));
    assert_eq!(bare.latency.max() + Duration::SECOND, doored.latency.max());
    assert_eq!(bare.busy_nanos, doored.busy_nanos);
}

#[test]
fn the_timeline_counts_arrivals_cold_starts_and_environments_there() {
    let requests = [(0.0, 1.0), (0.5, 1.0), (3.0, 1.0), (20.0, 1.0)];
    let (_, usage) = play(&requests, |s| s.timeline = Some(Duration::from_secs(8)));
    let timeline = usage.timeline.unwrap();
    assert_eq!(timeline.requests[..4], [3, 0, 1, 0]);
    assert_eq!(timeline.cold_starts[..4], [2, 0, 1, 0]);
    // At 8 both are idle, at 16 both are gone, at 24 the third idles until 32.
    assert_eq!(timeline.environments[..5], [2, 0, 1, 0, 0]);
    assert_eq!(timeline.environments.len(), 125);
}

#[test]
fn what_only_warmed_the_pool_is_not_counted() {
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs(10)));
    let mut pool = FunctionPool::new(settings, Unlimited, Seed(1).stream("f", "keep-alive"));
    let at = |secs| Instant::START + Duration::from_secs(secs);
    pool.offer(at(0), Duration::SECOND, ColdStart::default);
    pool.offer(at(0), Duration::from_secs(500), ColdStart::default);
    pool.start_counting(at(5));
    assert_eq!(pool.offer(at(6), Duration::SECOND, ColdStart::default), Outcome::Warm);
    let usage = pool.finish(at(100));
    assert_eq!((usage.arrivals, usage.cold, usage.served(), usage.in_flight), (1, 0, 1, 0));
}

#[test]
fn a_keep_alive_in_a_range_survives_in_proportion() {
    let keep_alive = KeepAlive::between(Duration::from_secs(300), Duration::from_secs(600));
    for (gap, low, high) in [(299, 0, 0), (360, 150, 250), (450, 430, 570), (601, 1000, 1000)] {
        let settings = PoolSettings::new(keep_alive);
        let mut pool = FunctionPool::new(settings, Unlimited, Seed(1).stream("f", "keep-alive"));
        for i in 0..=1000 {
            let at = Instant::START + Duration::from_secs(i * gap);
            pool.offer(at, Duration::ZERO, ColdStart::default);
        }
        let cold = pool.finish(Instant::START).cold - 1;
        assert!((low..=high).contains(&cold), "{gap} s: {cold} of 1000 cold");
    }
}

#[test]
fn work_stretches_with_the_share_of_a_cpu_and_waiting_does_not() {
    let request = Request {
        at: Instant::START,
        cpu: Duration::from_millis(100),
        wait: Duration::from_millis(50),
    };
    for (vcpu, ms) in [(1.0, 150), (5.8, 150), (0.5, 250), (0.1, 1050)] {
        assert_eq!(CpuShare::new(vcpu).service(request).nanos(), ms * 1_000_000, "{vcpu}");
        assert_eq!(request.service(vcpu).nanos(), ms * 1_000_000, "{vcpu}");
    }
}

struct Bucket(u32);

impl Admission for Bucket {
    const LIMITS_REQUESTS: bool = true;
    fn request(&mut self, now: Instant) -> bool {
        now.nanos() != 7
    }
    fn environment(&mut self, _now: Instant) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }
}

#[test]
fn the_surroundings_may_refuse_a_request_or_an_environment() {
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::SECOND));
    let mut pool = FunctionPool::new(settings, Bucket(2), Seed(1).stream("f", "keep-alive"));
    let outcomes: Vec<Outcome> = [5, 6, 7]
        .map(|at| pool.offer(Instant::from_nanos(at), Duration::SECOND, ColdStart::default))
        .into();
    assert_eq!(outcomes, [Outcome::Cold, Outcome::Rejected, Outcome::Rejected]);
    let usage = pool.finish(Instant::START);
    assert_eq!((usage.rejected_ramp, usage.rejected_rate), (1, 1));
}
