//! Lower wishes wait: the highest one of a window counts.

use std::collections::VecDeque;

use units::{Duration, Instant};

/// Longest delay that Knative accepts; bounds what is remembered.
const LONGEST: Duration = Duration::HOUR;

/// The highest wish of the last so many ticks.
#[derive(Debug, Clone)]
pub(super) struct Delay {
    /// Length in ticks.
    ticks: u64,
    tick: Duration,
    /// Tick and wish, wishes falling: only these can be the highest of some window still to come.
    wishes: VecDeque<(u64, i64)>,
}

impl Delay {
    /// `None` if there is no delay: not the same as a delay of one tick, within which the highest wish wins.
    pub(super) fn new(delay: Duration, tick: Duration) -> Option<Self> {
        let tick = tick.max(Duration::from_millis(1));
        let ticks = delay.min(LONGEST).nanos().div_ceil(tick.nanos());
        (ticks > 0).then(|| Self { ticks, tick, wishes: VecDeque::new() })
    }

    /// Adds the wish of `now` and returns the highest one of the window.
    pub(super) fn highest(&mut self, now: Instant, wish: i64) -> i64 {
        let tick = now.nanos() / self.tick.nanos();
        let tick = self.wishes.back().map_or(tick, |&(last, _)| last.max(tick));
        while self.wishes.back().is_some_and(|&(_, lower)| lower <= wish) {
            self.wishes.pop_back();
        }
        while self.wishes.front().is_some_and(|&(old, _)| tick - old >= self.ticks) {
            self.wishes.pop_front();
        }
        // What is left in the same tick is higher.
        if self.wishes.back().is_none_or(|&(last, _)| last < tick) {
            self.wishes.push_back((tick, wish));
        }
        self.wishes.front().map_or(wish, |&(_, highest)| highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_wish_of_the_window_wins() {
        let mut delay = Delay::new(Duration::from_secs(6), Duration::from_secs(2)).unwrap();
        let wishes = [(0, 5), (1, 3), (2, 4), (4, 1), (5, 2), (6, 1), (8, 1), (10, 1), (12, 7)];
        let seen: Vec<i64> = wishes
            .iter()
            .map(|&(secs, wish)| delay.highest(Instant::START + Duration::from_secs(secs), wish))
            .collect();
        assert_eq!(seen, [5, 5, 5, 5, 5, 4, 2, 1, 7]);
        assert!(Delay::new(Duration::ZERO, Duration::from_secs(2)).is_none());
    }
}
