//! How managed container platforms scale instances that serve several requests at once.
//!
//! Every few seconds they compare, over the last minute, how many requests the instances had and how much CPU
//! they used with a share (60 %) of what one instance may have, and ask for as many instances as the larger of the
//! two needs. Between those looks they start instances for requests that find no room, as far as those that are
//! starting already will not take them, and where there is a speed limit as fast as it allows.
//!
//! Source: Google Cloud, "About instance autoscaling in Cloud Run services" (one-minute averages, 60 % of CPU and of
//! the maximum concurrency, starts for requests in the queue). The numbers are the catalogue's.

use std::collections::VecDeque;

use units::{Duration, Instant, Millicores};

use crate::token_bucket::TokenBucket;

/// Looks that averages go back to, whatever the window.
pub const LOOKS_MAX: usize = 10_000;

/// What it is configured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UtilizationTargets {
    /// Averages go this far back, in whole spans between two looks, and over [`LOOKS_MAX`] of these at most.
    pub window: Duration,
    /// Requests that one instance serves at once; at least 1.
    pub concurrency: u32,
    /// The share of `concurrency` to hold, in per cent; `None` leaves requests out.
    pub concurrency_percent: Option<u32>,
    /// CPU of one instance.
    pub cpu: Millicores,
    /// The share of `cpu` to hold, in per cent; `None` leaves CPU out.
    pub cpu_percent: Option<u32>,
    /// Whether requests without room start instances.
    pub waiting: WhenFull,
}

/// What happens when a request finds no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// Nothing before the next look.
    Wait,
    /// Instances are started for all that wait.
    Start,
    /// The same, but so many in `window`, refilled continuously.
    StartAtMost {
        /// Instances.
        instances: u32,
        /// Above zero.
        window: Duration,
    },
}

/// What instances did in a span of time that has just ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Time of requests in instances, summed over them.
    pub requests: Duration,
    /// CPU time on one vCPU, summed over instances.
    pub cpu: Duration,
}

/// The autoscaler of one service.
#[derive(Debug, Clone)]
pub struct UtilizationScaler {
    targets: UtilizationTargets,
    /// When each sample of the window ended and what it saw, oldest first.
    samples: VecDeque<(Instant, Work)>,
    /// When the oldest sample began.
    since: Instant,
    /// Sums over the samples, in nanoseconds.
    requests: u128,
    cpu: u128,
    bucket: Option<TokenBucket>,
}

impl UtilizationScaler {
    /// Nothing seen yet; time begins at the start of the run.
    pub fn new(targets: UtilizationTargets) -> Self {
        let bucket = match targets.waiting {
            WhenFull::StartAtMost { instances, window } => {
                Some(TokenBucket::full(u64::from(instances), window))
            }
            WhenFull::Wait | WhenFull::Start => None,
        };
        Self {
            targets,
            samples: VecDeque::new(),
            since: Instant::START,
            requests: 0,
            cpu: 0,
            bucket,
        }
    }

    /// How many instances there should be after the work of the span from the last look to `now`; zero where
    /// nothing was done in the whole window. Minimum and maximum are the caller's.
    pub fn look(&mut self, now: Instant, work: Work) -> u32 {
        self.samples.push_back((now, work));
        self.requests += u128::from(work.requests.nanos());
        self.cpu += u128::from(work.cpu.nanos());
        while let Some(&(end, old)) = self.samples.front()
            && (now.since(end) >= self.targets.window || self.samples.len() > LOOKS_MAX)
            && self.samples.len() > 1
        {
            self.since = end;
            self.requests -= u128::from(old.requests.nanos());
            self.cpu -= u128::from(old.cpu.nanos());
            self.samples.pop_front();
        }
        let span = u128::from(now.since(self.since).nanos());
        let targets = &self.targets;
        let by_requests = targets.concurrency_percent.map_or(0, |percent| {
            let one = u128::from(targets.concurrency.max(1)) * u128::from(percent.max(1));
            needed(self.requests * 100, span, one)
        });
        let by_cpu = targets.cpu_percent.map_or(0, |percent| {
            let one = u128::from(targets.cpu.get().max(1)) * u128::from(percent.max(1));
            needed(self.cpu * 100 * 1000, span, one)
        });
        by_requests.max(by_cpu)
    }

    /// How many instances to start at once, where `waiting` requests wait and `coming` of them will find room in
    /// instances that start already; no more than `most`.
    pub fn waiting(&mut self, now: Instant, waiting: u64, coming: u64, most: u32) -> u32 {
        let one = u64::from(self.targets.concurrency.max(1));
        let more = waiting.saturating_sub(coming).div_ceil(one);
        let more = u32::try_from(more).unwrap_or(u32::MAX).min(most);
        match (&mut self.bucket, self.targets.waiting) {
            (_, WhenFull::Wait) => 0,
            (Some(bucket), _) => (0..more).take_while(|_| bucket.take(now)).count() as u32,
            (None, _) => more,
        }
    }
}

/// How many instances of `one` a nanosecond hold `sum` over `span`.
fn needed(sum: u128, span: u128, one: u128) -> u32 {
    let held = span.saturating_mul(one).max(1);
    u32::try_from(sum.div_ceil(held)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets() -> UtilizationTargets {
        UtilizationTargets {
            window: Duration::MINUTE,
            concurrency: 80,
            concurrency_percent: Some(60),
            cpu: Millicores::new(1000),
            cpu_percent: Some(60),
            waiting: WhenFull::Start,
        }
    }

    fn at(secs: u64) -> Instant {
        Instant::START + Duration::from_secs(secs)
    }

    /// `held` requests all the time and `vcpu` thousandths of a vCPU, over five seconds.
    fn work(held: u64, vcpu: u64) -> Work {
        Work { requests: Duration::from_secs(5) * held, cpu: Duration::from_millis(5) * vcpu }
    }

    #[test]
    fn the_larger_of_requests_and_cpu_decides() {
        // 480 requests at once are ten instances at 48 each (60 % of 80), exactly; one more is an eleventh.
        let ask = |held, vcpu| UtilizationScaler::new(targets()).look(at(5), work(held, vcpu));
        assert_eq!([ask(480, 0), ask(481, 0), ask(0, 0), ask(1, 0)], [10, 11, 0, 1]);
        // 3 vCPUs at 60 % of one each are five.
        assert_eq!([ask(480, 3000), ask(48, 3000), ask(48, 3001)], [10, 5, 6]);
        let cpu_only = UtilizationTargets { concurrency_percent: None, ..targets() };
        assert_eq!(UtilizationScaler::new(cpu_only).look(at(5), work(480, 600)), 1);
    }

    #[test]
    fn a_burst_counts_for_a_minute_and_no_longer() {
        let mut scaler = UtilizationScaler::new(targets());
        let mut wanted = |secs, held| scaler.look(at(secs), work(held, 0));
        for secs in 1..=12 {
            assert_eq!(wanted(secs * 5, 480), 10);
        }
        // A twelfth of the window is empty, then two, and so on: 9.17, 8.3, …
        let after: Vec<u32> = (13..=25).map(|look| wanted(look * 5, 0)).collect();
        assert_eq!(after, [10, 9, 8, 7, 6, 5, 5, 4, 3, 2, 1, 0, 0]);
    }

    #[test]
    fn starts_for_those_that_no_starting_instance_will_take() {
        let mut scaler = UtilizationScaler::new(targets());
        let mut ask = |waiting, coming| scaler.waiting(at(0), waiting, coming, 3);
        let asked = [ask(1, 0), ask(80, 80), ask(81, 80), ask(161, 0), ask(800, 0)];
        assert_eq!(asked, [1, 0, 1, 3, 3]);
        let still = UtilizationTargets { waiting: WhenFull::Wait, ..targets() };
        assert_eq!(UtilizationScaler::new(still).waiting(at(0), 500, 0, 9), 0);
        let slow = WhenFull::StartAtMost { instances: 2, window: Duration::from_secs(2) };
        let slow = UtilizationTargets { waiting: slow, concurrency: 1, ..targets() };
        let mut scaler = UtilizationScaler::new(slow);
        let mut ask = |secs| scaler.waiting(at(secs), 10, 0, 9);
        assert_eq!([ask(0), ask(0), ask(1), ask(4)], [2, 0, 1, 2]);
    }
}
