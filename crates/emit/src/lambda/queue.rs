//! The queue behind which a worker stands, and how it takes its messages.

use model::FrontDoor;

use super::stores::{Store, feeding};
use super::{Stack, attribute, reference, resource};
use crate::Part;
use crate::tree::{Node, map};

/// "set the source queue's visibility timeout to at least six times the function timeout", AWS Lambda developer guide,
/// "Using Lambda with Amazon SQS".
pub(crate) const VISIBILITY_TIMEOUTS: u64 = 6;
/// Seconds that a message stays hidden at the most, Amazon SQS API reference, `SetQueueAttributes`.
pub(crate) const VISIBILITY_SECONDS_MAX: u64 = 43_200;
/// Messages of a batch that need no time to gather ("you must set `MaximumBatchingWindowInSeconds` to at least 1" for more,
/// AWS Lambda API reference, `CreateEventSourceMapping`).
const BATCH_AT_ONCE: u32 = 10;

/// Lambda's word for a function that says which messages of a batch failed.
pub(crate) const PARTIAL: &str = "ReportBatchItemFailures";

/// How messages are taken; `None` is Lambda's default.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    /// Messages of one call at the most.
    pub size: Option<u32>,
    /// Seconds that a batch waits to be filled.
    pub window: Option<u64>,
    /// Batches in work at once at the most.
    pub concurrency: Option<u32>,
    /// Whether only the failed messages of a batch come back.
    pub partial: bool,
}

impl Batches {
    /// How a part takes the records of its stream.
    pub(crate) fn of_stream(part: &Part<'_>) -> Self {
        let events = part.component.events.clone().unwrap_or_default();
        Self {
            size: events.batch,
            window: events.window.map(|window| window.millis_ceil().div_ceil(1000)),
            concurrency: None,
            partial: events.partial,
        }
    }

    /// How a part takes its messages.
    pub(crate) fn of_queue(part: &Part<'_>) -> Self {
        let events = part.component.events.clone().unwrap_or_default();
        let declared = events.window.map(|window| window.millis_ceil().div_ceil(1000));
        let large = events.batch.is_some_and(|batch| batch > BATCH_AT_ONCE);
        let window = if large { Some(declared.unwrap_or(0).max(1)) } else { declared };
        Self {
            size: events.batch,
            // A queue in order has no such window.
            window: window.filter(|_| events.groups.is_none()),
            concurrency: events.concurrency.filter(|most| *most > 1),
            partial: events.partial,
        }
    }

    /// Sets the first two under these keys, where they are known.
    pub(crate) fn set(&self, node: &mut Node, size: &str, window: &str) {
        if let Some(most) = self.size {
            node.set(size, most);
        }
        if let Some(seconds) = self.window {
            node.set(window, seconds);
        }
    }
}

impl Stack<'_, '_> {
    /// The id of the queue that a part takes from: that of the store which feeds it, else one of its own.
    pub(super) fn queue_of(&mut self, part: &Part<'_>) -> String {
        match feeding(self.plan, part) {
            Some((queue, Store::Queue)) => self.ids.part(queue),
            _ => self.ids.queue(part),
        }
    }

    /// Adds the queue of a worker, with the one for messages that failed, if one is wanted; its id. A queue that feeds several
    /// workers is added once, for all of them.
    pub(crate) fn queue(&mut self, part: &Part<'_>) -> String {
        let id = self.queue_of(part);
        if self.resources.has(&id) {
            return id;
        }
        let plan = self.plan;
        let workers = match feeding(plan, part) {
            Some((queue, Store::Queue)) => self.fed(queue, FrontDoor::Queue),
            _ => plan.part(&part.component.id).into_iter().collect(),
        };
        let why = self.why;
        let events = |part: &Part<'_>| part.component.events.clone().unwrap_or_default();
        let hidden = workers.iter().map(|worker| {
            let timeout = super::timeout(worker, why).0;
            match events(worker).visibility.map(|hidden| hidden.millis_ceil().div_ceil(1000)) {
                Some(seconds) => (seconds.max(timeout), why.definition(worker)),
                None => (
                    (timeout * VISIBILITY_TIMEOUTS).min(VISIBILITY_SECONDS_MAX),
                    "six times the function's timeout, as Lambda's guide asks".to_owned(),
                ),
            }
        });
        let (seconds, reason) = hidden.max_by_key(|(seconds, _)| *seconds).unwrap_or_default();
        let mut properties = map([("VisibilityTimeout", Node::from(seconds).why(reason))]);
        let order = workers.iter().any(|worker| events(worker).groups.is_some());
        if order {
            properties.set("FifoQueue", Node::from(true).why(why.definition(part)));
        }
        if let Some(receives) = workers.iter().filter_map(|w| events(w).receives_max).max() {
            let failed = self.ids.failed(part);
            let same = if order { map([("FifoQueue", true.into())]) } else { Node::empty() };
            self.resources.set(failed.as_str(), resource("AWS::SQS::Queue", same));
            let policy = map([
                ("deadLetterTargetArn", attribute(&failed, "Arn")),
                ("maxReceiveCount", receives.into()),
            ]);
            properties.set("RedrivePolicy", policy.why(why.definition(part)));
        }
        self.resources.set(id.as_str(), resource("AWS::SQS::Queue", properties));
        self.output(part, "QueueUrl", reference(&id));
        id
    }
}
