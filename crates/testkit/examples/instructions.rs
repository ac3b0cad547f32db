//! One hot path a run, for counting its instructions: `benches/instructions.sh` starts this under callgrind.
//!
//! Without arguments it lists its cases, one a line, with the number of requests (or bytes) in each; with a name it
//! runs that case. Only what happens inside [`measured`] counts: making the requests does not.
#![expect(clippy::print_stdout, reason = "the script reads it")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start has failed")]

use std::fmt::Write as _;
use std::hint::black_box;

use scaling::hpa::{self, Hpa};
use scaling::utilization::{UtilizationScaler, UtilizationTargets, WhenFull, Work};
use sim::function_pool::{ColdStart, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited};
use sim::instances::{Scaler, Seen, Settings, Start, Waiting};
use sim::pods::{Balancing, Control, Fleet, Setup};
use testkit::reference_workloads::{generate, workloads};
use units::{Duration, Instant, Millicores, Request, Seed};

/// Requests of a case with functions.
const CALLS: usize = 200_000;
/// Requests of a case with pods.
const REQUESTS: usize = 100_000;

/// What is counted.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

fn main() {
    let cases = cases();
    match std::env::args().nth(1) {
        None => cases.iter().for_each(|case| println!("{} {}", case.name, case.units)),
        Some(name) => {
            let case = cases.iter().find(|case| case.name == name).unwrap();
            (case.run)();
        }
    }
}

struct Case {
    name: String,
    units: usize,
    run: Box<dyn Fn()>,
}

fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = (0..4)
        .map(|i| Case {
            name: format!("pool-a{}", i + 1),
            units: CALLS,
            run: Box::new(move || pool(i)),
        })
        .collect();
    let rules = [
        ("random", Balancing::Random),
        ("round-robin", Balancing::RoundRobin),
        ("power-of-two", Balancing::PowerOfTwo),
        ("least-requests", Balancing::LeastRequests),
        ("pull", Balancing::Pull),
    ];
    for (name, balancing) in rules {
        for pods in [10, 100, 1000] {
            all.push(Case {
                name: format!("pods-{name}-{pods}"),
                units: REQUESTS,
                run: Box::new(move || fleet(balancing, pods)),
            });
        }
    }
    for (concurrency, cpu_ms) in [(1, 30), (10, 30), (80, 2)] {
        all.push(Case {
            name: format!("instances-{concurrency}"),
            units: REQUESTS,
            run: Box::new(move || instances(concurrency, cpu_ms)),
        });
    }
    all.push(Case { name: "replay".to_owned(), units: REQUESTS, run: Box::new(replay) });
    all.push(Case { name: "log-combined".to_owned(), units: LINES, run: Box::new(log) });
    all
}

/// Reference workload `index` through one pool a function.
fn pool(index: usize) {
    let (requests, _) = generate(&workloads()[index], CALLS);
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs(600)));
    let usage = measured(|| {
        let mut usage = PoolUsage::default();
        for function in &requests {
            let luck = Seed(1).stream("pool", "keep-alive");
            let mut pool = FunctionPool::new(settings, Unlimited, luck).adding_to(usage);
            for request in function {
                pool.offer(request.at, request.cpu, || ColdStart {
                    placement: Duration::from_millis(500),
                    ..ColdStart::default()
                });
            }
            usage = pool.finish(Instant::START);
        }
        usage
    });
    assert_eq!(usage.arrivals, CALLS as u64);
}

/// Pods of one vCPU at 70 % of it, held by an autoscaler that looks every 15 s.
fn fleet(balancing: Balancing, pods: u32) {
    const CPU_S: f64 = 0.05;
    let rate = f64::from(pods) * 0.7 / CPU_S;
    let mut random = Seed(1).stream("pods", "requests");
    let mut t = 0.0;
    let requests: Vec<Request> = (0..REQUESTS)
        .map(|_| {
            t += random.exponential() / rate;
            let cpu = Duration::from_secs_f64(random.exponential() * CPU_S);
            let wait = Duration::from_secs_f64(random.exponential() * CPU_S);
            Request { at: Instant::START + Duration::from_secs_f64(t), cpu, wait }
        })
        .collect();
    let setup = Setup {
        capacity: Millicores::new(1000),
        concurrency: 80,
        queue: 1000,
        queue_timeout: Duration::MINUTE,
        balancing,
        step: Duration::MINUTE,
    };
    let until = Instant::START + Duration::from_secs_f64(t);
    let mut control = Scaled::new(pods);
    let luck = Seed(1).stream("pods", "balancing");
    let outcome = measured(|| sim::pods::run(&setup, &requests, until, luck, &mut control));
    assert_eq!(outcome.arrivals, outcome.served + outcome.rejected + outcome.in_flight);
}

/// An HPA on CPU whose pods are there at once.
struct Scaled {
    hpa: Hpa,
    pods: u32,
    looked: Instant,
}

impl Scaled {
    fn new(pods: u32) -> Self {
        let spec = hpa::Spec {
            min: 1,
            max: i64::from(pods) * 2,
            behavior: None,
            settings: hpa::Settings {
                sync: Duration::from_secs(15),
                cpu_initialization: Duration::from_secs(300),
                initial_readiness: Duration::from_secs(30),
                downscale_stabilization: Duration::from_secs(300),
            },
        };
        Self { hpa: Hpa::new(spec), pods, looked: Instant::START }
    }
}

impl Control for Scaled {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        let (period, hour) = (Duration::from_secs(15), Duration::HOUR);
        if now == Instant::START {
            (0..self.pods).for_each(|_| {
                fleet.add();
            });
            return now + period;
        }
        let passed = now.since(self.looked).secs_f64();
        self.looked = now;
        let ids = fleet.ready().to_vec();
        let pods: Vec<hpa::Pod> = ids
            .iter()
            .map(|&id| {
                let value = (fleet.take_load(id).cpu.secs_f64() / passed * 1000.0) as i64;
                let sample = hpa::Sample { value, at: now + hour, window: period };
                hpa::Pod {
                    phase: hpa::Phase::Running,
                    deleting: false,
                    started: Some(Instant::START),
                    readiness: Some(hpa::Readiness { ready: true, since: Instant::START }),
                    request: 1000,
                    sample: Some(sample),
                }
            })
            .collect();
        let metric = hpa::Metric::Utilization { target_percent: 70, cpu: true };
        let there = ids.len();
        let current = i64::try_from(there).unwrap();
        let wanted = self.hpa.reconcile(now + hour, current, &pods, &[metric]).desired;
        let wanted = usize::try_from(wanted).unwrap();
        for _ in there..wanted {
            fleet.add();
        }
        for &id in ids.iter().rev().take(there.saturating_sub(wanted)) {
            fleet.drain(id);
        }
        now + period
    }
}

/// Instances of one vCPU that serve `concurrency` requests of 300 ms at once, 30 of them on average, held at 60 %
/// of that by an autoscaler that looks every 5 s.
fn instances(concurrency: u32, cpu_ms: u64) {
    let mut random = Seed(1).stream("instances", "requests");
    let mut t = 0.0;
    let requests: Vec<Request> = (0..REQUESTS)
        .map(|_| {
            t += random.exponential() / 100.0;
            let factor = (0.5 * random.normal() - 0.125).exp();
            let ms = |millis| Duration::from_millis(millis).times_f64(factor);
            let at = Instant::START + Duration::from_secs_f64(t);
            Request { at, cpu: ms(cpu_ms), wait: ms(300 - cpu_ms) }
        })
        .collect();
    let settings = Settings {
        concurrency,
        interval: Some(Duration::from_secs(5)),
        ..Settings::new(KeepAlive::fixed(Duration::from_secs(900)))
    };
    let mut scaler = Averages(UtilizationScaler::new(UtilizationTargets {
        window: Duration::MINUTE,
        concurrency,
        concurrency_percent: Some(60),
        cpu: settings.capacity,
        cpu_percent: Some(60),
        waiting: WhenFull::Start,
    }));
    let until = Instant::START + Duration::from_secs_f64(t);
    let luck = Seed(1).stream("instances", "keep-idle");
    let start = || Start { wait: Duration::from_millis(500), ..Start::default() };
    let usage = measured(|| {
        let requests = requests.iter().copied();
        sim::instances::run(&settings, requests, until, luck.clone(), &mut scaler, start)
    });
    assert_eq!(usage.arrivals, usage.served + usage.rejected() + usage.in_flight);
}

/// The autoscaler of averages over instances.
struct Averages(UtilizationScaler);

impl Scaler for Averages {
    fn look(&mut self, seen: &Seen) -> Option<u32> {
        Some(self.0.look(seen.now, Work { requests: seen.requests, cpu: seen.cpu }))
    }
    fn waiting(&mut self, now: Instant, waiting: &Waiting) -> u32 {
        self.0.waiting(now, waiting.requests, waiting.coming, waiting.room)
    }
}

/// Requests made from a rate and log-normal work.
fn replay() {
    let ms = Duration::from_millis;
    let work = model::Distribution::LogNormal { p50: ms(20), p99: ms(200) };
    let fact = || model::Fact::assumed(work.clone(), "");
    let demand = model::Demand { cpu: fact(), wait: fact(), duration: None };
    let workload = traffic::Workload::flat(units::Rate::per_second(1_000.0));
    let sum = measured(|| {
        let requests = workload.replay_month(&demand, Seed(1), "api").take(REQUESTS);
        requests.fold(0_u64, |sum, r| sum.wrapping_add(r.cpu.nanos() ^ r.at.nanos()))
    });
    assert_ne!(sum, 0);
}

/// Lines of the made-up log.
const LINES: usize = 20_000;

/// A combined log read.
fn log() {
    let mut text = String::new();
    let paths = ["/api/items", "/assets/app.js", "/", "/search?q=shoes&page=2", "/cart/checkout"];
    for i in 0..LINES {
        let (m, s) = (i / 240 % 60, i / 4 % 60);
        writeln!(
            text,
            "10.{}.{}.1 - - [10/Oct/2025:13:{m:02}:{s:02} +0000] \"GET {} HTTP/1.1\" 200 {} \
             \"https://shop.example/items/{}\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"",
            i % 250,
            i % 241,
            paths[i % paths.len()],
            i % 50_000,
            i % 1_000,
        )
        .unwrap();
    }
    let router = traffic::Router::default();
    let report = measured(|| {
        let mut reading = traffic::Reading::new(&router);
        reading.file("log", &mut text.as_bytes());
        reading.finish().report
    });
    assert_eq!(report.lines(), LINES as u64);
}
