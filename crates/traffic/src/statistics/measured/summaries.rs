//! Durations and memory of which each subject tells a summary only: how those spread over the subjects.

use super::shares::rank_correlation;
use crate::gathering::{Evidence, Subject, Summary as Told};
use crate::statistics::{Group, Summary};

/// The longest that most platforms let a function run, in milliseconds.
const QUARTER_HOUR_MS: f64 = 900_000.0;

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut group = Group::default();
    let subjects: Vec<&Subject> = evidence.subjects.values().collect();
    for (name, of) in [
        ("duration_ms", (|s| s.duration_ms.as_ref()) as fn(&Subject) -> Option<&Told>),
        ("memory_mb", |s| s.memory_mb.as_ref()),
    ] {
        let told: Vec<&Told> = subjects.iter().filter_map(|s| of(s)).collect();
        let spread = |value: &dyn Fn(&Told) -> Option<f64>| {
            Summary::of(&told.iter().filter_map(|t| value(t)).collect::<Vec<_>>())
        };
        let mut figures = Group::default();
        figures.spread("mean", spread(&|t| t.mean));
        figures.spread("p50", spread(&|t| quantile(t, 0.5)));
        figures.spread("p99", spread(&|t| quantile(t, 0.99)));
        group.group(name, figures);
    }
    let timed: Vec<(f64, f64, f64)> = subjects
        .iter()
        .filter(|s| s.tells_requests())
        .filter_map(|s| {
            let told = s.duration_ms.as_ref()?;
            Some((told.mean?, s.requests(), told.count as f64))
        })
        .collect();
    if timed.is_empty() {
        return group;
    }
    let weighted: Vec<(f64, u64)> =
        timed.iter().map(|(ms, n, _)| (*ms, n.round() as u64)).collect();
    group.spread("mean_duration_ms_by_request", Summary::weighted(&weighted));
    let busy_s = timed.iter().map(|(ms, n, _)| ms * n).sum::<f64>() / 1e3;
    group.real("busy_s", busy_s);
    let counts = || subjects.iter().flat_map(|s| &s.counts);
    let first = counts().map(|c| c.start_s).min();
    let last = counts().map(|c| c.start_s + c.length_s).max();
    if let Some((first, last)) = first.zip(last) {
        group.real("concurrency_mean", busy_s / f64::from(last - first));
    }
    let long = timed.iter().filter(|(ms, ..)| *ms > QUARTER_HOUR_MS).count();
    group.count("mean_above_15_min", long as u64);
    let counted: Vec<(f64, f64)> =
        timed.iter().filter(|t| t.2 > 0.0).map(|(_, n, told)| (*told, *n)).collect();
    group.real("rank_correlation_of_counts", rank_correlation(&counted));
    group
}

fn quantile(told: &Told, share: f64) -> Option<f64> {
    told.quantiles.iter().find(|(q, _)| (q - share).abs() < 1e-9).map(|(_, value)| *value)
}
