//! So many at once, and so many more in every step of time: how fast limits are written that do not refill
//! continuously.
//!
//! AWS Lambda grew so until late 2023: 3,000 environments in one burst (in the largest regions), then 500 more a
//! minute, over all functions of an account. It is kept because many articles and measurements still assume
//! it; today's rule is [`TokenBucket`](crate::token_bucket::TokenBucket). Source: AWS Lambda Operator Guide,
//! "On-demand scaling example".

use units::{Duration, Instant};

/// What may still be added, and when there will be more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BurstRamp {
    burst: u64,
    step: u64,
    every: Duration,
    left: u64,
    /// The steps that are in `left` already, counted from the start.
    steps: u64,
}

impl BurstRamp {
    /// `burst` at once, then `step` more at every multiple of `every`, which must not be zero. Never more than
    /// `burst` are in store.
    pub fn full(burst: u64, step: u64, every: Duration) -> Self {
        assert!(every > Duration::ZERO, "a step takes some time");
        Self { burst, step, every, left: burst, steps: 0 }
    }

    /// Adds as many of `wanted` as are in store at `now`. Moments come in order; an earlier one counts as the
    /// last.
    pub fn take(&mut self, now: Instant, wanted: u64) -> u64 {
        let steps = now.nanos() / self.every.nanos();
        let passed = steps.saturating_sub(self.steps);
        self.steps = self.steps.max(steps);
        self.left = self.left.saturating_add(self.step.saturating_mul(passed)).min(self.burst);
        let taken = wanted.min(self.left);
        self.left -= taken;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::START + Duration::from_secs(secs)
    }

    #[test]
    fn a_burst_then_steps_and_no_more_than_a_burst_in_store() {
        let mut ramp = BurstRamp::full(3000, 500, Duration::MINUTE);
        let taken = [(0, 10_000), (59, 1), (60, 800), (60, 1), (240, 10_000), (7200, 10_000)];
        let taken = taken.map(|(secs, wanted)| ramp.take(at(secs), wanted));
        assert_eq!(taken, [3000, 0, 500, 0, 1500, 3000]);
        assert_eq!(ramp.take(at(60), 1), 0, "time does not run backwards");
    }
}
