//! How fast pods behind an autoscaler are: nanoseconds a request from a trace in memory.
//!
//! `cargo run --release -p crossover-sim --example pods_speed [REQUESTS [RUNS [BALANCING]]]`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant as Clock;

use scaling::hpa::{Hpa, Metric, Phase, Pod, Readiness, Sample, Settings, Spec};
use sim::pods::{Balancing, Control, Fleet, Outcome, Setup, run};
use units::{Duration, Instant, Millicores, Random, Request, Seed};

/// CPU time of a request.
const CPU_S: f64 = 0.02;
/// What the autoscaler holds.
const TARGET_PERCENT: u32 = 70;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (n, runs) = (number(3_000_000), number(5));
    let only = arguments.next();
    for (name, balancing) in [
        ("random", Balancing::Random),
        ("round robin", Balancing::RoundRobin),
        ("power of two", Balancing::PowerOfTwo),
        ("least requests", Balancing::LeastRequests),
        ("pull", Balancing::Pull),
    ] {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        for pods in [10_u32, 100, 1000] {
            for (kind, wait_s) in [("CPU", 0.0), ("CPU and waiting", 0.03)] {
                let requests = trace(n, pods, wait_s);
                let (mut best, mut ready) = (f64::INFINITY, 0);
                for _ in 0..runs {
                    let began = Clock::now();
                    let outcome = play(balancing, &requests, pods);
                    best = best.min(began.elapsed().as_secs_f64() * 1e9 / n as f64);
                    ready = outcome.timeline.last().map_or(0, |step| step.pods);
                    assert!(outcome.served > n as u64 * 9 / 10, "{name}: most are answered");
                }
                let millions = 1e3 / best;
                println!("{name:15} {kind:16} {best:6.1} ns {millions:6.1} M/s {ready:5} pods");
            }
        }
    }
}

fn play(balancing: Balancing, requests: &[Request], pods: u32) -> Outcome {
    let setup = Setup {
        capacity: Millicores::ONE,
        concurrency: if balancing == Balancing::Pull { 20 } else { u32::MAX },
        queue: u32::MAX,
        queue_timeout: Duration::MINUTE,
        balancing,
        step: Duration::MINUTE,
    };
    let mut control = Autoscaled { hpa: hpa(pods), initial: pods };
    let until = requests.last().map_or(Instant::START, |last| last.at);
    run(&setup, requests, until, Random::new(1), &mut control)
}

fn hpa(pods: u32) -> Hpa {
    let max = i64::from(pods) * 2;
    Hpa::new(Spec { min: 1, max, behavior: None, settings: Settings::default() })
}

/// Pods behind an autoscaler that sees what they did in its last period.
struct Autoscaled {
    hpa: Hpa,
    initial: u32,
}

impl Control for Autoscaled {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        let sync = Settings::default().sync;
        let since = Instant::START;
        let clock = now + Duration::HOUR;
        let sample = |cpu: Duration| Sample {
            value: (cpu.secs_f64() / sync.secs_f64() * 1000.0) as i64,
            at: clock,
            window: sync,
        };
        let pods: Vec<Pod> = fleet
            .ready()
            .to_vec()
            .into_iter()
            .map(|id| Pod {
                phase: Phase::Running,
                deleting: false,
                started: Some(since),
                readiness: Some(Readiness { ready: true, since }),
                request: 1000,
                sample: Some(sample(fleet.take_load(id).cpu)),
            })
            .collect();
        let wanted = if pods.is_empty() {
            self.initial as usize
        } else {
            let target_percent = i64::from(TARGET_PERCENT);
            let metric = Metric::Utilization { target_percent, cpu: true };
            self.hpa.reconcile(clock, pods.len().cast_signed() as i64, &pods, &[metric]).desired
                as usize
        };
        while fleet.ready().len() < wanted {
            fleet.add();
        }
        while fleet.ready().len() > wanted {
            let newest = fleet.ready()[fleet.ready().len() - 1];
            fleet.drain(newest);
        }
        now + sync
    }
}

/// Poisson arrivals with log-normal CPU time, at what so many pods are meant to hold.
fn trace(n: usize, pods: u32, wait_s: f64) -> Vec<Request> {
    let mut random = Seed(1).stream("pods", "trace");
    let rate = f64::from(pods) * f64::from(TARGET_PERCENT) / 100.0 / CPU_S;
    let mut t = 0.0;
    (0..n)
        .map(|_| {
            t += random.exponential() / rate;
            let cpu_s = CPU_S * (0.5 * random.normal() - 0.125).exp();
            Request {
                at: Instant::START + Duration::from_secs_f64(t),
                cpu: Duration::from_secs_f64(cpu_s),
                wait: Duration::from_secs_f64(wait_s),
            }
        })
        .collect()
}
