//! A rolling restart: every pod is replaced by a new one, some at a time, as a Deployment does it.
//!
//! New pods are added while all together are at most `maxSurge` more than are asked for; old ones are told to end
//! while at least all but `maxUnavailable` are ready. The first is rounded up and the second down.
//!
//! Source: Kubernetes, Deployment controller (`rolling.go`).

use units::Instant;

/// When it begins, and how many pods may be too many or too few.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rollout {
    at: Option<Instant>,
    surge_percent: f64,
    unavailable_percent: f64,
}

impl Rollout {
    pub(super) const fn new(
        at: Option<Instant>,
        surge_percent: f64,
        unavailable_percent: f64,
    ) -> Self {
        Self { at, surge_percent, unavailable_percent }
    }

    /// The version of the pods that are started at `now`.
    pub(super) fn version(&self, now: Instant) -> u32 {
        u32::from(self.at.is_some_and(|at| at <= now))
    }

    /// New pods to add, where `old` of `there` pods are old.
    pub(super) fn more(&self, wanted: u32, there: u32, old: u32) -> u32 {
        let surge = (f64::from(wanted) * self.surge_percent / 100.0).ceil() as u32;
        let missing = wanted.saturating_sub(there - old);
        missing.min((wanted + surge).saturating_sub(there))
    }

    /// Old pods to end, where `unready` of `old` do not take requests and `ready` of all do.
    pub(super) fn fewer(
        &self,
        (wanted, there): (u32, u32),
        (old, unready): (u32, u32),
        ready: u32,
    ) -> u32 {
        let surge = (f64::from(wanted) * self.surge_percent / 100.0).ceil() as u32;
        let unavailable = (f64::from(wanted) * self.unavailable_percent / 100.0).floor() as u32;
        // With neither, nothing could move: upstream then lets one be missing.
        let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
        let least = wanted.saturating_sub(unavailable);
        let new_unready = (there - ready).saturating_sub(unready);
        let most = there.saturating_sub(least + new_unready);
        let unready = unready.min(most);
        (unready + ready.saturating_sub(least)).min(old).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_pods_go_one_more_and_one_fewer_at_a_time() {
        let rollout = Rollout::new(Some(Instant::START), 25.0, 25.0);
        assert_eq!(rollout.more(4, 4, 4), 1, "a quarter more");
        assert_eq!(rollout.fewer((4, 5), (4, 0), 4), 1, "a quarter less");
        assert_eq!(rollout.more(4, 4, 3), 1, "the place of the one that went");
        assert_eq!(rollout.fewer((4, 5), (3, 0), 3), 0, "three must stay ready");
        assert_eq!(rollout.fewer((4, 5), (3, 0), 4), 1, "the first new one is ready");
        assert_eq!(rollout.fewer((4, 5), (3, 2), 3), 2, "those that are not ready are no loss");
        assert_eq!(
            rollout.fewer((4, 5), (3, 2), 1),
            0,
            "unless the new ones are not ready, either"
        );
        // A single pod: one more, none fewer until that is ready.
        assert_eq!((rollout.more(1, 1, 1), rollout.fewer((1, 2), (1, 0), 1)), (1, 0));
        assert_eq!(rollout.fewer((1, 2), (1, 0), 2), 1);
    }

    #[test]
    fn it_ends_and_never_leaves_too_few() {
        let rollout = Rollout::new(Some(Instant::START), 25.0, 25.0);
        for wanted in 1..40_u32 {
            // Ready old, starting new, ready new.
            let (mut old, mut starting, mut new) = (wanted, 0, 0);
            let mut rounds = 0;
            while old > 0 {
                starting += rollout.more(wanted, old + starting + new, old);
                let there = old + starting + new;
                assert!(there <= wanted + wanted.div_ceil(4));
                old -= rollout.fewer((wanted, there), (old, 0), old + new);
                assert!(old + new >= wanted - wanted / 4, "{wanted}");
                (starting, new) = (0, new + starting);
                rounds += 1;
                assert!(rounds < 100, "{wanted}");
            }
        }
    }
}
