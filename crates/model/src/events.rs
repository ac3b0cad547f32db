//! How a worker or stream takes its messages.

use source::Span;
use units::{Duration, Share};

/// What is set about a queue's or stream's reader; `None` is the platform's default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Events {
    /// Messages of one invocation at the most, at least 1.
    pub batch: Option<u32>,
    /// How long a batch waits to be filled.
    pub window: Option<Duration>,
    /// Batches in work at once at the most, at least 1.
    pub concurrency: Option<u32>,
    /// How long a received message stays hidden before it comes back.
    pub visibility: Option<Duration>,
    /// Receives (or attempts) after which a message goes to the dead-letter queue; `None` is no such queue.
    pub receives_max: Option<u32>,
    /// Share of messages whose handling fails; `None` is none.
    pub failures: Option<Share>,
    /// Whether only the failed messages of a batch come back.
    pub partial: bool,
    /// Message groups, each in order, at least 1; `None` is a queue without order.
    pub groups: Option<u32>,
    /// Whether notices start it (a rule on events, a topic), with no queue before it.
    pub notices: bool,
    /// Shards of a stream, at least 1.
    pub shards: Option<u32>,
    /// Batches in work at once for each shard, at least 1.
    pub parallelization: Option<u32>,
    /// Where it was declared.
    pub span: Option<Span>,
}
