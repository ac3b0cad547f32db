//! The moments of one component's requests while a log is read.

use units::Duration;

use crate::recorded::Events;
use crate::workload::NO_DURATION;

const SECOND_NS: u64 = Duration::SECOND.nanos();
const MINUTE_S: u32 = 60;

/// Moments to the second are kept as counts, finer ones or those with a duration one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series {
    times_ns: Vec<u64>,
    /// As long as `times_ns` once one duration is known, empty before.
    durations_us: Vec<u32>,
    /// (tick since 1970, requests), in the order of the log; ticks repeat where the log steps back.
    counts: Vec<(u32, u32)>,
}

/// The length of a tick of all series of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tick {
    Second,
    Minute,
}

impl Tick {
    pub(crate) const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => MINUTE_S,
        }
    }
}

impl Series {
    /// One more request in this second.
    #[inline]
    pub(crate) fn push_second(&mut self, second: u32, tick: Tick) {
        let at = second / tick.seconds();
        match self.counts.last_mut() {
            Some((last, n)) if *last == at && *n < u32::MAX => *n += 1,
            _ => self.counts.push((at, 1)),
        }
    }

    /// One more request at this moment.
    #[inline]
    pub(crate) fn push_exact(&mut self, at_ns: u64, duration_us: Option<u32>) {
        if duration_us.is_some() && self.durations_us.is_empty() {
            self.durations_us.resize(self.times_ns.len(), NO_DURATION);
        }
        self.times_ns.push(at_ns);
        if let Some(duration_us) = duration_us {
            self.durations_us.push(duration_us);
        } else if self.durations_us.len() + 1 == self.times_ns.len() && self.times_ns.len() > 1 {
            self.durations_us.push(NO_DURATION);
        }
    }

    pub(crate) const fn exact_len(&self) -> usize {
        self.times_ns.len()
    }

    pub(crate) const fn counts_len(&self) -> usize {
        self.counts.len()
    }

    /// Sorts the counts and adds up those of one tick.
    pub(crate) fn compact(&mut self) {
        if !self.counts.is_sorted_by(|a, b| a.0 < b.0) {
            self.counts.sort_unstable();
            self.counts.dedup_by(|next, kept| {
                let sum = kept.1.checked_add(next.1).filter(|_| kept.0 == next.0);
                kept.1 = sum.unwrap_or(kept.1);
                sum.is_some()
            });
        }
    }

    /// Gives up the exact moments and the durations for counts.
    pub(crate) fn fold_exact(&mut self, tick: Tick) {
        for at in std::mem::take(&mut self.times_ns) {
            self.push_second((at / SECOND_NS) as u32, tick);
        }
        self.durations_us = Vec::new();
        self.compact();
    }

    /// Gives up the seconds for minutes.
    pub(crate) fn fold_seconds(&mut self) {
        for (at, _) in &mut self.counts {
            *at /= MINUTE_S;
        }
        self.compact();
        self.counts.shrink_to_fit();
    }

    /// Takes over what another series of the same tick holds.
    pub(crate) fn merge(&mut self, other: Self) {
        for (i, at) in other.times_ns.iter().enumerate() {
            let duration = other.durations_us.get(i).copied().filter(|&us| us != NO_DURATION);
            self.push_exact(*at, duration);
        }
        self.counts.extend(other.counts);
    }

    /// Leaves out what lies outside `first_s..=last_s`, in seconds since 1970.
    pub(crate) fn clip(&mut self, first_s: u64, last_s: u64, tick: Tick) {
        let inside = |second: u64| (first_s..=last_s).contains(&second);
        let ticks = u64::from(tick.seconds());
        self.counts.retain(|(at, _)| inside(u64::from(*at) * ticks));
        let keep: Vec<bool> = self.times_ns.iter().map(|at| inside(at / SECOND_NS)).collect();
        let mut kept = keep.iter();
        self.times_ns.retain(|_| *kept.next().unwrap_or(&true));
        let mut kept = keep.iter();
        self.durations_us.retain(|_| *kept.next().unwrap_or(&true));
    }

    /// (day since 1970, requests); days may repeat.
    pub(crate) fn days(&self, tick: Tick) -> impl Iterator<Item = (u64, u64)> + '_ {
        let per_day = 86_400 / u64::from(tick.seconds());
        let counted =
            self.counts.iter().map(move |(at, n)| (u64::from(*at) / per_day, u64::from(*n)));
        counted.chain(self.times_ns.iter().map(|at| (at / (86_400 * SECOND_NS), 1)))
    }

    /// Everything ascending, in one form: counts if nothing finer is there, else moments one by one.
    pub(crate) fn finish(mut self, tick: Tick) -> Events {
        self.compact();
        let ticks = u64::from(tick.seconds());
        if self.times_ns.is_empty() {
            return Events::Counted { tick: Duration::from_secs(ticks), counts: self.counts };
        }
        for (at, n) in std::mem::take(&mut self.counts) {
            for _ in 0..n {
                self.push_exact(u64::from(at) * ticks * SECOND_NS, None);
            }
        }
        if !self.times_ns.is_sorted() {
            if self.durations_us.is_empty() {
                self.times_ns.sort_unstable();
            } else {
                let durations = std::mem::take(&mut self.durations_us);
                let times = std::mem::take(&mut self.times_ns);
                let mut both: Vec<(u64, u32)> = times.into_iter().zip(durations).collect();
                both.sort_unstable();
                (self.times_ns, self.durations_us) = both.into_iter().unzip();
            }
        }
        Events::Exact { times_ns: self.times_ns, durations_us: self.durations_us }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Tick = Tick::Second;

    #[test]
    fn seconds_are_counted_and_steps_back_are_put_in_order() {
        let mut series = Series::default();
        for second in [5, 5, 7, 6, 5, 7] {
            series.push_second(second, TICK);
        }
        let counts = vec![(5, 3), (6, 1), (7, 2)];
        assert_eq!(series.finish(TICK), Events::Counted { tick: Duration::SECOND, counts });
    }

    #[test]
    fn durations_stay_with_their_moments() {
        let mut series = Series::default();
        series.push_exact(30, None);
        series.push_exact(10, Some(1));
        series.push_exact(20, None);
        series.push_exact(0, Some(2));
        let wanted = Events::Exact {
            times_ns: vec![0, 10, 20, 30],
            durations_us: vec![2, 1, NO_DURATION, NO_DURATION],
        };
        assert_eq!(series.finish(TICK), wanted);
        let mut first = Series::default();
        first.push_exact(10, Some(3));
        first.push_exact(20, None);
        let durations_us = vec![3, NO_DURATION];
        assert_eq!(first.finish(TICK), Events::Exact { times_ns: vec![10, 20], durations_us });
    }

    #[test]
    fn folding_loses_precision_and_no_request() {
        let mut series = Series::default();
        for at in [0, 1, SECOND_NS, 61 * SECOND_NS, 62 * SECOND_NS] {
            series.push_exact(at, Some(1));
        }
        series.push_second(1, TICK);
        series.fold_exact(TICK);
        assert_eq!((series.exact_len(), series.counts_len()), (0, 4));
        series.fold_seconds();
        let counts = vec![(0, 4), (1, 2)];
        assert_eq!(series.finish(Tick::Minute), Events::Counted { tick: Duration::MINUTE, counts });
    }

    #[test]
    fn a_mixed_series_becomes_exact_and_a_clip_keeps_pairs_together() {
        let mut series = Series::default();
        series.push_second(2, TICK);
        series.push_exact(SECOND_NS / 2, Some(9));
        series.push_exact(9 * SECOND_NS, Some(8));
        series.push_second(20, TICK);
        series.clip(0, 5, TICK);
        let wanted = Events::Exact {
            times_ns: vec![SECOND_NS / 2, 2 * SECOND_NS],
            durations_us: vec![9, NO_DURATION],
        };
        assert_eq!(series.finish(TICK), wanted);
    }

    #[test]
    fn merging_is_adding() {
        let (mut a, mut b) = (Series::default(), Series::default());
        a.push_second(1, TICK);
        b.push_second(1, TICK);
        b.push_second(2, TICK);
        a.merge(b);
        let counts = vec![(1, 2), (2, 1)];
        assert_eq!(a.finish(TICK), Events::Counted { tick: Duration::SECOND, counts });
    }
}
