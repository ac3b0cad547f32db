//! What a managed service is used for in a month.

use model::{Engine, Kind};

use super::options;
use crate::case::Case;
use crate::flow;
use crate::platform::Evaluation;
use crate::usage::{Flow, ManagedUsage, Usage};
use model::Configuration;

/// Share of the calls on a store that read, where nobody tells them apart. Our assumption; published
/// key-value workloads read between half and nearly all of the time.
pub const READ_SHARE: f64 = 0.8;

/// Reads and writes follow from the load: the calls that other components make, or the component's own.
pub(super) fn evaluate(case: &Case<'_>, _: &Configuration) -> Evaluation {
    let flow = through(case);
    let reads = match (case.component.kind, options::engine(case.component)) {
        // Visitors read files; whoever publishes them does so rarely.
        (Kind::Static, _) => flow.requests,
        // A message is one call here; what it takes to send and receive it is the bill's business.
        (_, Some(Engine::Queue)) => 0,
        _ => (flow.requests as f64 * READ_SHARE).round() as u64,
    };
    Evaluation {
        usage: Usage::Managed(ManagedUsage { reads, writes: flow.requests - reads, flow }),
        latency: None,
        cold: None,
        counts: None,
        timeline: None,
        obstacles: Vec::new(),
    }
}

/// What flows through it: files go to the internet where clients fetch them; nothing is logged unless
/// somebody switches it on.
fn through(case: &Case<'_>) -> Flow {
    let component = case.component;
    let mut flow = Flow { log_bytes: 0, ..flow::of(case) };
    if options::engine(component) == Some(Engine::Objects) && component.public.get() == Some(true) {
        let each = component.response_bytes.get().map_or(0, units::Bytes::get);
        flow.bytes_out_internet = u128::from(flow.requests) * u128::from(each);
    }
    flow
}
