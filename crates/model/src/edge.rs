//! Who calls whom.

use units::Bytes;

use crate::fact::{Fact, Origin};

/// Whether the caller waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// The caller waits: latency adds up.
    Sync,
    /// The caller goes on: a queue or an event stands between.
    Async,
}

/// Calls from one component to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The caller's id.
    pub from: String,
    /// The callee's id.
    pub to: String,
    /// Calls for each request of the caller, on average.
    pub calls_per_request: f64,
    /// Bytes there and back a call.
    pub bytes: Fact<Bytes>,
    /// Whether the caller waits.
    pub kind: CallKind,
    /// What says that there is such a call; `None` where only a test or a search does.
    pub origin: Option<Origin>,
}
