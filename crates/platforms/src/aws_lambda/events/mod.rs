//! How events reach a function that nobody waits for: queues, ordered groups, stream shards, asynchronous calls.
//!
//! Messages wait, are read in batches, and come back when their invocation is throttled or fails. What is simulated
//! is the provider's published behaviour; each number is a catalogue row. Not modelled: a batch that mixes several
//! message groups, provisioned pollers, the reading delay of a stream.

mod lanes;
mod run;
#[cfg(test)]
mod tests;

use catalog::{LimitValue, Missing, Prices};
use model::Component;
use scaling::async_retry::RetryPolicy;
use scaling::queue_pollers::PollerPolicy;
use units::{Duration, Share};

pub(super) use run::{Handled, Run};

use super::quotas::{self, LAMBDA, secs};
use model::FrontDoor;

/// The platform's name in the catalogue's limits.
const SOURCES: &str = "aws-lambda-event-sources";
/// AWS recommends a visibility time-out of six times the function's own.
const VISIBILITY_TIMES: u64 = 6;
/// Lanes for each batch that a stream of unknown shards has in work in its busiest minute.
const LANES_EACH: f64 = 2.0;

/// How events are fed to a function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mapping {
    /// Message groups, or shards times their parallelization, that each have one batch in work at most; `None` if
    /// order does not matter.
    pub(super) lanes: Option<u32>,
    /// Messages of one invocation at the most.
    pub(super) batch: usize,
    /// Messages that one call to the queue receives or deletes at the most.
    pub(super) per_call: u64,
    /// How long a batch waits to be filled.
    pub(super) window: Duration,
    /// Who reads; `None` if every event is tried at once.
    pub(super) pollers: Option<PollerPolicy>,
    /// What becomes of those that did not succeed.
    pub(super) redelivery: Redelivery,
    /// Share of messages whose handling fails.
    pub(super) failures: Share,
    /// Whether only the messages that failed come back, and not their whole batch.
    pub(super) partial: bool,
    /// First and longest wait before a throttled batch is tried again.
    pub(super) backoff: (Duration, Duration),
}

/// How messages come back.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Redelivery {
    /// To a queue, a while after they were received.
    Visible {
        /// That while.
        after: Duration,
        /// Receives until a message goes to the dead-letter queue.
        receives_max: Option<u32>,
        /// Age at which it is lost.
        retention: Duration,
    },
    /// By the service's own retries.
    Retried(RetryPolicy),
    /// To a shard, which stands still meanwhile.
    Blocking {
        /// Attempts until the batch is given up.
        attempts_max: Option<u32>,
        /// Age at which it is lost.
        retention: Duration,
    },
}

impl Mapping {
    /// How the component's events reach its function; `None` if clients call it. `longest` is a long run of one
    /// message, `busy` how many run at once in the busiest minute.
    pub(super) fn of(
        component: &Component,
        door: FrontDoor,
        prices: Prices<'_>,
        longest: Duration,
        busy: f64,
    ) -> Result<Option<Self>, Missing> {
        let number = |id: &str| prices.limit_number(SOURCES, id);
        let events = component.events.clone().unwrap_or_default();
        let (first, last) = quotas::range(prices, "async.throttle_backoff")?;
        let failures = events.failures.unwrap_or(Share::new(0.0));
        let whole = Self {
            lanes: None,
            batch: 1,
            per_call: prices.limit_number("aws-sqs", "batch.max")? as u64,
            window: Duration::ZERO,
            pollers: None,
            redelivery: Redelivery::Blocking { attempts_max: None, retention: Duration::ZERO },
            failures,
            partial: events.partial,
            backoff: (secs(first), secs(last)),
        };
        match door {
            FrontDoor::Schedule | FrontDoor::Notice => Ok(Some(Self {
                redelivery: Redelivery::Retried(retries(prices, whole.backoff)?),
                ..whole
            })),
            FrontDoor::Stream => {
                let factor = events.parallelization.unwrap_or(1);
                let needed = (busy * LANES_EACH).ceil().max(1.0) as u32;
                let lanes = events.shards.map_or(needed, |n| n.saturating_mul(factor));
                let retention = secs(number("stream.retention")?);
                let attempts_max = events.receives_max;
                Ok(Some(Self {
                    lanes: Some(lanes),
                    batch: events.batch.unwrap_or(number("stream.batch_default")? as u32) as usize,
                    window: events.window.unwrap_or(Duration::ZERO),
                    redelivery: Redelivery::Blocking { attempts_max, retention },
                    ..whole
                }))
            }
            FrontDoor::Queue => {
                let declared = events.visibility;
                let at_least = declared.unwrap_or(secs(number("sqs.visibility_default")?));
                // A batch that outlasts the time-out would be delivered twice.
                let fits = at_least.nanos() / longest.nanos().max(1);
                let usual = (number("sqs.batch_default")? as u64).min(fits).max(1);
                let batch = events.batch.map_or(usual, u64::from);
                let most = events.concurrency.map_or(number("sqs.most")? as u32, |n| n.max(1));
                let policy = PollerPolicy {
                    start: number("sqs.start")? as u32,
                    added: number("sqs.added_per_minute")? as u32,
                    window: Duration::MINUTE,
                    most,
                };
                let after = declared.unwrap_or(at_least.max(longest * batch * VISIBILITY_TIMES));
                let retention = secs(number("sqs.retention_default")?);
                let receives_max = events.receives_max;
                Ok(Some(Self {
                    lanes: events.groups,
                    batch: batch as usize,
                    window: events.window.unwrap_or(Duration::ZERO),
                    pollers: Some(policy),
                    redelivery: Redelivery::Visible { after, receives_max, retention },
                    ..whole
                }))
            }
            _ => Ok(None),
        }
    }

    /// Batches that may ever be in work at once.
    pub(super) fn batches_max(&self) -> u32 {
        let most = self.pollers.map_or(u32::MAX, |policy| policy.most);
        most.min(self.lanes.unwrap_or(u32::MAX))
    }
}

/// What somebody set that the provider does not accept, in words.
pub(super) fn refused(
    component: &Component,
    door: FrontDoor,
    prices: Prices<'_>,
) -> Result<Vec<String>, Missing> {
    let Some(events) = &component.events else { return Ok(Vec::new()) };
    let ordered = events.groups.is_some();
    let stream = door == FrontDoor::Stream;
    let mut said = Vec::new();
    let mut within = |key: &str, value: Option<u32>, id: &str| -> Result<(), Missing> {
        let Some(value) = value.map(f64::from) else { return Ok(()) };
        let limit = prices.limit(SOURCES, id)?;
        let (low, high) = match limit.value {
            LimitValue::Range(low, high) => (low, high),
            _ => (1.0, prices.limit_number(SOURCES, id)?),
        };
        if value < low || value > high {
            said.push(format!("`{key}: {value}` is not within {low} to {high} ({SOURCES}/{id})"));
        }
        Ok(())
    };
    within("max_concurrency", events.concurrency, "sqs.maximum_concurrency")?;
    let batch = match (stream, ordered) {
        (true, _) => "stream.batch_max",
        (_, true) => "fifo.batch_max",
        _ => "sqs.batch_max",
    };
    within("batch", events.batch, batch)?;
    within("parallelization", events.parallelization, "kinesis.parallelization")?;
    Ok(said)
}

fn retries(prices: Prices<'_>, backoff: (Duration, Duration)) -> Result<RetryPolicy, Missing> {
    let row = prices.limit(LAMBDA, "async.error_waits")?;
    let waits = match &row.value {
        LimitValue::Text(text) => text.split(' ').filter_map(|wait| wait.parse().ok()).collect(),
        LimitValue::Number(wait) => vec![*wait],
        _ => Vec::new(),
    };
    Ok(RetryPolicy {
        throttle_first: backoff.0,
        throttle_longest: backoff.1,
        error_waits: waits.into_iter().map(secs).collect(),
        age_max: secs(prices.limit_number(LAMBDA, "async.retention")?),
    })
}
