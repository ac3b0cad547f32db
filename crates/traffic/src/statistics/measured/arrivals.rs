//! Invocations that are told one by one: when they came, and how long they took.

use crate::gathering::Evidence;
use crate::statistics::{Group, Summary, arrived};
use crate::workload::NO_DURATION;

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut group = Group::default();
    let each = || evidence.subjects.values().flat_map(|subject| &subject.invocations);
    let mut times: Vec<u64> = each().map(|v| v.at_ns).filter(|at| *at > 0).collect();
    times.sort_unstable();
    if let Some(all) = arrived(times.iter().map(|at| (*at, 1))) {
        group.count("n", all.n);
        group.moment("first_s", all.first_ns as f64 / 1e9);
        group.moment("last_s", all.last_ns as f64 / 1e9);
        group.real("span_s", (all.last_ns - all.first_ns) as f64 / 1e9);
        group.real("mean_per_second", all.mean_hertz);
        group.real("gap_mean_s", all.gap_mean_s);
        group.real("gap_variation", all.gap_variation);
        group.count("peak_1s", all.peak_second);
        group.count("peak_60s", all.peak_minute);
    }
    let took: Vec<f64> =
        each().filter(|v| v.duration_us != NO_DURATION).map(|v| f64::from(v.duration_us)).collect();
    let scaled: Vec<f64> = took.iter().map(|us| us / 1e6).collect();
    group.spread("duration_s", Summary::of(&scaled));
    group
}
