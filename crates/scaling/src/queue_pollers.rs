//! How many batches of a standard queue an event-source mapping reads at once.
//!
//! A mapping begins with five batches at a time. As long as messages are left waiting, it adds up to 300 a minute,
//! up to its most (1,250, or the maximum concurrency that somebody set); when the queue runs empty it goes back to
//! five. Failed and throttled invocations make it back off. Sources: AWS Lambda Developer Guide, "Configuring
//! scaling behavior for SQS event source mappings" and "Error handling for an SQS event source".
//!
//! Two things are not published and chosen here: growth is continuous (one more every 200 ms) rather than in
//! leaps, and the way back is as quick as the way up.

use units::{Duration, Instant};

/// How a mapping grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollerPolicy {
    /// Batches at once to begin with; at least one.
    pub start: u32,
    /// Further batches in every [`window`](Self::window).
    pub added: u32,
    /// Not zero.
    pub window: Duration,
    /// Batches at once at the most; where it is below `start`, it holds.
    pub most: u32,
}

/// A mapping at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePollers {
    policy: PollerPolicy,
    /// Batches at once, each worth as many parts as the window has nanoseconds.
    parts: u128,
    at: Instant,
    /// Whether messages were left waiting at `at`.
    backlog: bool,
}

impl QueuePollers {
    /// A mapping at rest.
    pub fn new(policy: PollerPolicy) -> Self {
        assert!(policy.window > Duration::ZERO, "a mapping grows within some time");
        assert!(policy.start > 0 && policy.most > 0, "a mapping reads at least one batch");
        let mut pollers = Self { policy, parts: 0, at: Instant::START, backlog: false };
        pollers.parts = pollers.floor();
        pollers
    }

    /// Batches that may be in work at `now`. `backlog` says whether messages wait that no reader is there for; it
    /// counts from now on. Moments come in order; an earlier one counts as the last.
    pub fn look(&mut self, now: Instant, backlog: bool) -> u32 {
        let moved = u128::from(now.since(self.at).nanos()) * u128::from(self.policy.added);
        self.parts = if self.backlog {
            (self.parts + moved).min(self.whole(self.policy.most))
        } else {
            self.parts.saturating_sub(moved).max(self.floor())
        };
        (self.at, self.backlog) = (self.at.max(now), backlog);
        (self.parts / u128::from(self.policy.window.nanos())) as u32
    }

    /// An invocation was throttled or failed while `running` batches were in work: no more than those from now on.
    pub fn back_off(&mut self, now: Instant, running: u32) {
        self.look(now, self.backlog);
        self.parts = self.parts.min(self.whole(running)).max(self.floor());
    }

    /// How long until one more batch may be read, as long as messages wait; `None` at the most.
    pub fn next_in(&self) -> Option<Duration> {
        if self.parts >= self.whole(self.policy.most) || self.policy.added == 0 {
            return None;
        }
        let window = u128::from(self.policy.window.nanos());
        let missing = window - self.parts % window;
        Some(Duration::from_nanos(missing.div_ceil(u128::from(self.policy.added)) as u64))
    }

    fn floor(&self) -> u128 {
        self.whole(self.policy.start.min(self.policy.most))
    }

    fn whole(&self, batches: u32) -> u128 {
        u128::from(batches) * u128::from(self.policy.window.nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqs(most: u32) -> QueuePollers {
        QueuePollers::new(PollerPolicy { start: 5, added: 300, window: Duration::MINUTE, most })
    }

    fn minute(n: f64) -> Instant {
        Instant::START + Duration::MINUTE.times_f64(n)
    }

    #[test]
    fn a_deep_queue_is_read_by_five_then_300_more_a_minute_up_to_1250() {
        let mut pollers = sqs(1250);
        assert_eq!(pollers.look(minute(60.0), true), 5, "a quiet hour saves nothing up");
        for (after, expected) in [(1.0, 305), (2.0, 605), (3.0, 905), (4.0, 1205), (5.0, 1250)] {
            assert_eq!(pollers.look(minute(60.0 + after), true), expected, "{after}");
        }
        assert_eq!(pollers.next_in(), None);
        pollers.look(minute(65.0), false);
        assert_eq!(pollers.look(minute(66.0), false), 950);
        assert_eq!(pollers.look(minute(80.0), false), 5);
    }

    #[test]
    fn a_maximum_holds_and_the_next_batch_is_due_in_200_ms() {
        let mut pollers = sqs(10);
        pollers.look(minute(0.0), true);
        assert_eq!(pollers.next_in(), Some(Duration::from_millis(200)));
        assert_eq!(pollers.look(minute(0.0) + Duration::from_millis(200), true), 6);
        assert_eq!(pollers.look(minute(9.0), true), 10);
        assert_eq!(sqs(2).look(minute(9.0), true), 2, "the least that can be set");
    }

    #[test]
    fn throttles_take_back_what_does_not_run() {
        let mut pollers = sqs(1250);
        pollers.look(minute(0.0), true);
        pollers.look(minute(2.0), true);
        pollers.back_off(minute(2.0), 100);
        assert_eq!(pollers.look(minute(2.0), true), 100);
        assert_eq!(pollers.look(minute(3.0), true), 400);
        pollers.back_off(minute(3.0), 0);
        assert_eq!(pollers.look(minute(3.0), true), 5);
    }
}
