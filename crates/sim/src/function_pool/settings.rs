//! What a pool is told before it runs.

use units::{Duration, Instant};

/// How a pool is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// How long an idle environment stays.
    pub keep_alive: KeepAlive,
    /// Each call's run time is rounded up to a multiple of this.
    pub billing_step: Duration,
    /// Environments that are always there; requests take them first.
    pub provisioned: u32,
    /// Requests that may run at once on the others (reserved or account concurrency).
    pub concurrency_max: u32,
    /// Time that a front door adds to every answer.
    pub overhead: Duration,
    /// Length of a step of the timeline; `None` is no timeline.
    pub timeline: Option<Duration>,
}

impl PoolSettings {
    /// An unlimited pool that bills by the millisecond and keeps no timeline.
    pub const fn new(keep_alive: KeepAlive) -> Self {
        Self {
            keep_alive,
            billing_step: Duration::from_millis(1),
            provisioned: 0,
            concurrency_max: u32::MAX,
            overhead: Duration::ZERO,
            timeline: None,
        }
    }
}

/// How long an idle environment stays: drawn uniformly between two spans each time it falls idle, or fixed if
/// the two are the same. One idle for exactly that long is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// Never gone before.
    pub shortest: Duration,
    /// Always gone from here on; at least `shortest`.
    pub longest: Duration,
}

impl KeepAlive {
    /// Always the same.
    pub const fn fixed(span: Duration) -> Self {
        Self { shortest: span, longest: span }
    }
    /// Somewhere between.
    pub fn between(shortest: Duration, longest: Duration) -> Self {
        assert!(shortest <= longest, "the shorter keep-alive comes first");
        Self { shortest, longest }
    }
    /// The mean.
    pub fn mean(self) -> Duration {
        Duration::from_nanos(u64::midpoint(self.shortest.nanos(), self.longest.nanos()))
    }

    /// How many of the environments that fell idle at `since` (ascending) are expected to be there at `now`.
    pub(super) fn surviving(self, since: &[u64], now: u64) -> u64 {
        let (shortest, longest) = (self.shortest.nanos(), self.longest.nanos());
        let first_alive = since.partition_point(|&at| now.saturating_sub(at) >= longest);
        let first_sure = since.partition_point(|&at| now.saturating_sub(at) >= shortest);
        let width = longest.saturating_sub(shortest).max(1);
        let maybe: u128 = since[first_alive..first_sure.max(first_alive)]
            .iter()
            .map(|&at| u128::from(longest - now.saturating_sub(at)))
            .sum();
        let expected = (maybe + u128::from(width / 2)) / u128::from(width);
        (since.len() - first_sure.max(first_alive)) as u64 + expected as u64
    }
}

/// A cold start: everything that stands between an arrival and its run on a new environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColdStart {
    /// Finding a place and fetching the code: nobody is billed for it.
    pub placement: Duration,
    /// Initialisation, billed apart from the run.
    pub init: Duration,
    /// What the first call takes longer than later ones; billed as part of its run.
    pub first_call: Duration,
}

/// Limits of the surroundings: an account's rate of requests, the speed at which environments may be added.
///
/// A state machine behind it sees the moments in order and says yes or no; no is an answer to the client.
pub trait Admission {
    /// Whether [`Admission::request`] ever says no; where it does not, the hot loop does not ask.
    const LIMITS_REQUESTS: bool;
    /// Whether a request may come in now.
    fn request(&mut self, now: Instant) -> bool;
    /// Whether a new environment may be started now.
    fn environment(&mut self, now: Instant) -> bool;
}

/// No limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unlimited;

impl Admission for Unlimited {
    const LIMITS_REQUESTS: bool = false;
    fn request(&mut self, _now: Instant) -> bool {
        true
    }
    fn environment(&mut self, _now: Instant) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survivors_of_a_range_are_counted_as_expected() {
        let span = Duration::from_nanos;
        let keep = KeepAlive::between(span(300), span(600));
        // At 1000: idle for 700 (gone), 450 twice (half and half), 300 (gone or not: just not yet), 10 (there).
        assert_eq!(keep.surviving(&[300, 550, 550, 700, 990], 1000), 3);
        assert_eq!(KeepAlive::fixed(span(10)).surviving(&[90, 91], 100), 1);
        assert_eq!(keep.surviving(&[], 5), 0);
    }
}
