//! What must hold whatever the settings: nothing is lost, nothing panics, and every run ends.

mod function_pool;
mod instances;
mod pods;

use proptest::prelude::*;
use units::{Duration, Instant, Request};

/// A span that is nothing, tiny, sensible, or as long as spans get.
fn span() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(0),
        1..10_u64,
        0..5_000_000_000_u64,
        Just(u64::MAX),
        (u64::MAX - 1000)..u64::MAX
    ]
    .prop_map(Duration::from_nanos)
}

/// A number of things: none, few, or as many as can be told.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), 1..20_u32, Just(u32::MAX)]
}

/// Some requests in order of arrival, most within seconds, a few at the end of time.
fn requests() -> impl Strategy<Value = Vec<Request>> {
    let at = prop_oneof![9 => 0..20_000_000_000_u64, 1 => Just(u64::MAX), 1 => Just(0)];
    prop::collection::vec((at, span(), span()), 0..60).prop_map(|mut tuples| {
        tuples.sort_by_key(|&(at, ..)| at);
        let request = |(at, cpu, wait)| Request { at: Instant::from_nanos(at), cpu, wait };
        tuples.into_iter().map(request).collect()
    })
}

/// When a run ends: at once, soon, or at the end of time.
fn until() -> impl Strategy<Value = Instant> {
    prop_oneof![2 => Just(0), 6 => 0..40_000_000_000_u64, 1 => Just(u64::MAX)]
        .prop_map(Instant::from_nanos)
}
