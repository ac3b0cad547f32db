//! How fast requests are made: `cargo run --release -p crossover-traffic --example replay_speed`.
#![expect(clippy::print_stdout, reason = "a measurement for people")]

use std::time::Instant;

use model::{Demand, Distribution, Fact};
use traffic::Workload;
use units::{Duration, Rate, Seed};

fn main() {
    let ms = Duration::from_millis;
    let log_normal = Distribution::LogNormal { p50: ms(20), p99: ms(200) };
    let values: Vec<Duration> = (1..=1000).map(ms).collect();
    for (name, distribution) in [
        ("constant", Distribution::Constant(ms(20))),
        ("log-normal", log_normal),
        ("measured", Distribution::Empirical(values)),
    ] {
        let fact = || Fact::assumed(distribution.clone(), "");
        let demand = Demand { cpu: fact(), wait: fact(), duration: None };
        for rate in [Rate::per_second(1_000.0), Rate::per_second(10.0)] {
            let workload = Workload::flat(rate);
            let begin = Instant::now();
            let (mut n, mut sum) = (0_u64, 0_u64);
            for request in workload.replay_month(&demand, Seed(1), "api").take(50_000_000) {
                n += 1;
                sum = sum.wrapping_add(request.cpu.nanos() ^ request.at.nanos());
            }
            let ns = begin.elapsed().as_nanos() as f64 / n as f64;
            println!("{name:11} {:5}/s  {n:9} requests  {ns:5.1} ns each  ({sum:x})", rate.hertz());
        }
    }
}
