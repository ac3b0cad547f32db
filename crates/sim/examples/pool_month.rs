//! A month of 90 million requests, made while they are played: time per request and memory, on one core and two.
//!
//! `cargo run --release -p crossover-sim --example pool_month [MILLIONS]`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::thread;

use sim::function_pool::{ColdStart, FunctionPool, KeepAlive, PoolSettings, PoolUsage, Unlimited};
use units::{Duration, Instant, Random, Seed};

/// The article's month: 90 million in 30 days.
const RATE_HZ: f64 = 34.722;
const QUANTILES: usize = 4096;

fn main() {
    let millions = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(90);
    let requests: u64 = millions * 1_000_000;
    let one = timed("one thread", 1, requests);
    let (first, second) = thread::scope(|scope| {
        let other = scope.spawn(|| timed("two threads, the second", 2, requests));
        (timed("two threads, the first", 1, requests), other.join().expect("the thread ends"))
    });
    let together = one / first + one / second;
    println!("two threads do {together:.2} times as many a second of CPU time each");
    println!("most memory: {}", peak_memory());
}

/// CPU seconds a request; prints them with what was simulated.
fn timed(name: &str, seed: u64, requests: u64) -> f64 {
    let began = cpu_seconds();
    let cold = play(seed, requests).cold;
    let each = (cpu_seconds() - began) / requests as f64;
    let millions = 1e-6 / each;
    println!(
        "{name:24} {requests} requests: {:.1} ns each, {millions:.1} M/s, {cold} cold",
        each * 1e9
    );
    each
}

/// CPU time of this thread as Linux counts it: others on the machine do not disturb it as much.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.expect("CPU time is counted, as on Linux") / 1e9
}

/// Poisson arrivals and log-normal work from a table of quantiles, as from any measured distribution.
fn play(seed: u64, requests: u64) -> PoolUsage {
    let mut random = Seed(seed).stream("month", "requests");
    let table = quantiles(&mut random);
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs(600)));
    let luck = Seed(seed).stream("month", "keep-alive");
    let mut pool = FunctionPool::new(settings, Unlimited, luck);
    let init = Duration::from_millis(500);
    let mut now = Instant::START;
    for _ in 0..requests {
        now = now + Duration::from_nanos((random.exponential() * (1e9 / RATE_HZ)) as u64);
        let service = table[(random.bits() >> 52) as usize];
        pool.offer(now, service, || ColdStart { init, ..ColdStart::default() });
    }
    pool.finish(now)
}

fn quantiles(random: &mut Random) -> Vec<Duration> {
    let draw = |_| Duration::from_secs_f64((0.3_f64.ln() - 0.125 + 0.5 * random.normal()).exp());
    (0..QUANTILES).map(draw).collect()
}

/// As the system counts it, where it does.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("not told by this system".to_owned(), |value| value.trim().to_owned())
}
