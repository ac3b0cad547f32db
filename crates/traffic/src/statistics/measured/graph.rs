//! Spans of traces, and the calls between services that follow from them.

use crate::gathering::Evidence;
use crate::statistics::{Group, Summary};

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut group = Group::default();
    let spans = evidence.spans;
    if spans.read > 0 {
        group.count("read", spans.read);
        group.count("distinct", spans.distinct);
        group.count("traces", spans.traces);
        group.count("roots", spans.roots);
        group.count("orphans", spans.orphans);
        group.count("mismatched", spans.mismatched);
        let (first, last) = spans.starts_ns;
        group.real("span_s", (last - first) as f64 / 1e9);
    }
    let services = evidence.spans_by_service.iter().map(|(name, n)| (name.as_str(), *n));
    group.group("services", Group::counts(services));
    let named: Vec<(String, u64)> =
        evidence.calls.iter().map(|c| (format!("{} -> {}", c.from, c.to), c.calls)).collect();
    let calls = named.iter().filter(|(_, n)| *n > 0).map(|(name, n)| (name.as_str(), *n));
    group.group("calls", Group::counts(calls));
    let roots: Vec<f64> = evidence.roots_ns.iter().map(|ns| *ns as f64 / 1e6).collect();
    group.spread("root_ms", Summary::of(&roots));
    group
}
