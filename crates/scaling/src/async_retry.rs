//! When an asynchronous invocation is tried again.
//!
//! A throttled event goes back to the service's own queue and is tried again after a wait that grows from one second
//! to five minutes; an event whose function failed is tried again after one minute, then after two. What is older
//! than the maximum age, or has failed once too often, is discarded or sent to the dead-letter queue. Source: AWS
//! Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation". By how much the wait
//! grows is not published; it doubles here.

use units::{Duration, Instant};

/// What retries are configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Wait after the first throttle.
    pub throttle_first: Duration,
    /// Longest wait after a throttle.
    pub throttle_longest: Duration,
    /// Waits after the first, second, … error of the function; there are as many retries.
    pub error_waits: Vec<Duration>,
    /// No event is tried at a greater age.
    pub age_max: Duration,
}

/// Why an attempt did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No concurrency was left.
    Throttled,
    /// The function failed.
    Function,
}

/// The attempts of one event so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Throttles in a row.
    pub throttles: u32,
    /// Errors of the function.
    pub errors: u32,
}

impl Attempts {
    /// When an event that arrived at `arrived` and did not succeed at `now` is tried again; `None` if it is given
    /// up.
    pub fn again(
        &mut self,
        policy: &RetryPolicy,
        arrived: Instant,
        now: Instant,
        failure: Failure,
    ) -> Option<Instant> {
        let wait = match failure {
            Failure::Throttled => {
                self.throttles += 1;
                backoff(policy.throttle_first, policy.throttle_longest, self.throttles)
            }
            Failure::Function => {
                self.throttles = 0;
                self.errors += 1;
                *policy.error_waits.get(self.errors as usize - 1)?
            }
        };
        let next = now + wait;
        (next.since(arrived) <= policy.age_max).then_some(next)
    }
}

/// The wait after the `n`th throttle in a row: `first`, doubled each time, `longest` at the most.
pub fn backoff(first: Duration, longest: Duration, n: u32) -> Duration {
    let doubled = first.nanos().checked_shl(n.saturating_sub(1)).filter(|&wait| {
        // What the shift lost comes back as another number.
        wait >> n.saturating_sub(1).min(63) == first.nanos()
    });
    Duration::from_nanos(doubled.unwrap_or(u64::MAX)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lambda() -> RetryPolicy {
        RetryPolicy {
            throttle_first: Duration::SECOND,
            throttle_longest: Duration::MINUTE * 5,
            error_waits: vec![Duration::MINUTE, Duration::MINUTE * 2],
            age_max: Duration::HOUR * 6,
        }
    }

    #[test]
    fn errors_are_tried_again_after_one_minute_and_two() {
        let (mut attempts, mut now) = (Attempts::default(), Instant::START);
        let mut waits = Vec::new();
        while let Some(next) = attempts.again(&lambda(), Instant::START, now, Failure::Function) {
            waits.push(next.since(now));
            now = next;
        }
        assert_eq!(waits, [Duration::MINUTE, Duration::MINUTE * 2], "three attempts in all");
    }

    #[test]
    fn throttles_are_tried_again_from_one_second_to_five_minutes_for_six_hours() {
        let (mut attempts, mut now) = (Attempts::default(), Instant::START);
        let mut waits = Vec::new();
        while let Some(next) = attempts.again(&lambda(), Instant::START, now, Failure::Throttled) {
            waits.push(next.since(now).secs_f64() as u64);
            now = next;
        }
        assert_eq!(waits[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert!(waits[10..].iter().all(|&wait| wait == 300));
        let age = now.since(Instant::START);
        assert!(age <= Duration::HOUR * 6 && age + Duration::MINUTE * 5 > Duration::HOUR * 6);
    }

    #[test]
    fn long_rows_of_throttles_do_not_wrap_round() {
        let (first, longest) = (Duration::SECOND, Duration::MINUTE * 5);
        for n in [9, 10, 33, 34, 35, 64, 65, 1000, u32::MAX] {
            let expected = Duration::from_secs(256).min(longest);
            let expected = if n == 9 { expected } else { longest };
            assert_eq!(backoff(first, longest, n), expected, "{n}");
        }
    }

    #[test]
    fn an_error_between_throttles_starts_their_waits_again() {
        let mut attempts = Attempts { throttles: 7, errors: 0 };
        let now = Instant::START;
        attempts.again(&lambda(), now, now, Failure::Function);
        let next = attempts.again(&lambda(), now, now, Failure::Throttled);
        assert_eq!(next, Some(now + Duration::SECOND));
    }
}
