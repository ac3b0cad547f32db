//! What holds for every policy, whatever it is asked: answers within bounds, the same answers again for the
//! same questions, more load never fewer replicas where the real one is so, no panic on absurd values, and
//! memory that does not grow with time.
//!
//! Configurations and loads are drawn from named streams, so that every run sees the same ones; a failure
//! names its case.
#![expect(clippy::print_stdout, reason = "the figures are told with --nocapture")]

mod hpa;
mod keda;
mod kpa;
mod limits;
mod nodes;
mod services;

use std::fmt::Debug;

use units::{Duration, Instant, Random, Seed};

/// Draws `cases` times from the stream of `property`.
fn each(property: &str, cases: u32, mut check: impl FnMut(u32, &mut Random)) {
    let mut random = Seed(20_260_821).stream("scaling", property);
    for case in 0..cases {
        check(case, &mut random);
    }
    println!("{property}: {cases} cases");
}

fn pick<T: Clone>(random: &mut Random, of: &[T]) -> T {
    of[random.below(of.len() as u64) as usize].clone()
}

/// Between the two, inclusive.
fn int(random: &mut Random, low: i64, high: i64) -> i64 {
    low + random.below((high - low + 1).unsigned_abs()).cast_signed()
}

fn secs(random: &mut Random, low: u64, high: u64) -> Duration {
    Duration::from_secs(low + random.below(high - low + 1))
}

/// Numbers that no sensible measurement returns, and now and then one that does.
fn absurd(random: &mut Random) -> f64 {
    let sensible = random.uniform() * 1000.0;
    pick(
        random,
        &[
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            f64::MIN,
            f64::MIN_POSITIVE,
            -1.0,
            -0.0,
            0.0,
            1e-300,
            1e18,
            sensible,
        ],
    )
}

fn absurd_int(random: &mut Random) -> i64 {
    let sensible = int(random, -1000, 100_000);
    pick(
        random,
        &[i64::MIN, i64::MAX, i64::from(i32::MIN), i64::from(i32::MAX), -1, 0, 1, sensible],
    )
}

fn absurd_span(random: &mut Random) -> Duration {
    let sensible = secs(random, 0, 900);
    let longest = Duration::from_nanos(u64::MAX);
    pick(random, &[Duration::ZERO, Duration::from_nanos(1), longest, sensible, sensible])
}

/// A moment that may be long after the last one, or even before it.
fn absurd_moment(random: &mut Random, last: Instant) -> Instant {
    let next = last + secs(random, 0, 40);
    let end = Instant::from_nanos(u64::MAX);
    pick(random, &[next, next, next, next, Instant::START, last, end])
}

/// How much a value holds, as far as its debug text shows it.
fn size(value: &impl Debug) -> usize {
    format!("{value:?}").len()
}
