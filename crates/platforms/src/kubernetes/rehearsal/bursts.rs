//! Where the load jumps, and how long capacity takes to follow.
//!
//! A burst is a property of the load alone, so that two configurations are held against the same ones: a
//! minute with half as many requests again as the five minutes before it had on the average, and clearly more
//! than chance would bring.

use units::{Duration, Instant, Request};

/// Length of a slot.
pub(super) const SLOT: Duration = Duration::from_secs(15);
/// Slots of a minute and of five.
const MINUTE: usize = 4;
const FIVE: usize = 20;
/// From this factor of the load before.
const FACTOR: f64 = 1.5;
/// So many standard deviations of a Poisson count are not chance.
const DEVIATIONS: f64 = 4.0;
/// After so many slots a higher level is no burst any more but the load; further ones may come on top.
const SETTLED: usize = 40;

/// A jump of the load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Surge {
    /// First slot.
    pub(super) start: usize,
    /// The slot in which it is over; the number of slots if it is not.
    pub(super) end: usize,
    /// Requests a second before.
    pub(super) before_hertz: f64,
    /// Requests a second in the busiest minute of its first ten.
    pub(super) peak_hertz: f64,
}

/// Requests in each slot.
pub(super) fn slots(requests: &[Request], until: Instant) -> Vec<f64> {
    let mut counts = vec![0.0; until.nanos().div_ceil(SLOT.nanos()) as usize];
    for request in requests {
        if let Some(count) = counts.get_mut((request.at.nanos() / SLOT.nanos()) as usize) {
            *count += 1.0;
        }
    }
    counts
}

/// All jumps, in order.
pub(super) fn surges(counts: &[f64]) -> Vec<Surge> {
    let mean = |from: usize, to: usize| {
        let to = to.min(counts.len());
        counts.get(from..to).unwrap_or_default().iter().sum::<f64>() / (to - from).max(1) as f64
    };
    let mut found: Vec<Surge> = Vec::new();
    let mut at = MINUTE;
    while at + MINUTE <= counts.len() {
        let (before, after) = (mean(at.saturating_sub(FIVE), at), mean(at, at + MINUTE));
        let minute = MINUTE as f64;
        let clear = (after - before) * minute >= DEVIATIONS * (after * minute).sqrt();
        if !(after > 0.0
            && after >= before * FACTOR
            && clear
            && counts[at] >= f64::midpoint(before, after))
        {
            at += 1;
            continue;
        }
        let settled = (at + SETTLED).min(counts.len());
        let peak = (at..settled).map(|slot| mean(slot, slot + MINUTE)).fold(after, f64::max);
        let middle = f64::midpoint(before, peak);
        let over = (at + MINUTE..=counts.len().saturating_sub(MINUTE))
            .find(|&slot| mean(slot, slot + MINUTE) < middle);
        let end = over.unwrap_or(counts.len());
        let hertz = |slot: f64| slot / SLOT.secs_f64();
        let (before_hertz, peak_hertz) = (hertz(before), hertz(peak));
        found.push(Surge { start: at, end, before_hertz, peak_hertz });
        at = end.min(at + SETTLED).max(at + 1);
    }
    found
}

/// When capacity has caught up with a burst: from then on for a minute (or to its end) there were as many
/// `ready` pods as `needed` slot by slot; `None` if it was over before. `ready` lists changes.
pub(super) fn caught_up(
    surge: &Surge,
    needed: &[f64],
    ready: &[(Instant, u32)],
) -> Option<Duration> {
    let start = Instant::START + SLOT * surge.start as u64;
    let enough = |slot: usize| f64::from(at_end(ready, slot)) >= needed[slot];
    let mut slot = surge.start;
    while slot < surge.end {
        let until = (slot + MINUTE).min(surge.end);
        match (slot..until).rev().find(|&s| !enough(s)) {
            Some(short) => slot = short + 1,
            None => break,
        }
    }
    if slot >= surge.end {
        return None;
    }
    // Within the slot, the moment of the change.
    let from = Instant::START + SLOT * slot as u64;
    if slot == surge.start && f64::from(at(ready, from)) >= needed[slot] {
        return Some(Duration::ZERO);
    }
    let until = from + SLOT;
    let moment = ready
        .iter()
        .find(|(at, n)| *at >= from && *at < until && f64::from(*n) >= needed[slot])
        .map_or(from, |(at, _)| *at);
    let before = f64::from(at(ready, from)) >= needed[slot];
    Some(if before { from } else { moment }.since(start))
}

/// What holds at a moment.
pub(super) fn at(changes: &[(Instant, u32)], moment: Instant) -> u32 {
    let later = changes.partition_point(|(at, _)| *at <= moment);
    later.checked_sub(1).and_then(|i| changes.get(i)).map_or(0, |(_, n)| *n)
}

fn at_end(changes: &[(Instant, u32)], slot: usize) -> u32 {
    let end = Instant::START + SLOT * (slot as u64 + 1);
    let later = changes.partition_point(|(at, _)| *at < end);
    later.checked_sub(1).and_then(|i| changes.get(i)).map_or(0, |(_, n)| *n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_burst_and_noise_is_none() {
        let noise: Vec<f64> = (0..240).map(|i| 20.0 + f64::from(i * 7 % 11)).collect();
        assert_eq!(surges(&noise), []);
        let mut counts = vec![30.0; 240];
        for count in &mut counts[80..120] {
            *count = 150.0;
        }
        let found = surges(&counts);
        let step = Surge { start: 80, end: 119, before_hertz: 2.0, peak_hertz: 10.0 };
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].start, found[0].peak_hertz), (80, 10.0));
        assert!(found[0].end.abs_diff(step.end) <= 2, "{found:?}");
        // One that stays is not over.
        for count in &mut counts[80..] {
            *count = 150.0;
        }
        assert_eq!(surges(&counts)[0].end, 240);
        assert_eq!(surges(&counts).len(), 1);
    }

    #[test]
    fn capacity_has_caught_up_when_it_is_enough_for_a_minute() {
        let surge = Surge { start: 4, end: 24, before_hertz: 1.0, peak_hertz: 9.0 };
        let secs = |s| Instant::START + Duration::from_secs(s);
        let needed = vec![5.0; 24];
        let late = [(secs(0), 2), (secs(100), 4), (secs(131), 6)];
        assert_eq!(caught_up(&surge, &needed, &late), Some(Duration::from_secs(71)));
        assert_eq!(caught_up(&surge, &needed, &[(secs(0), 5)]), Some(Duration::ZERO));
        assert_eq!(caught_up(&surge, &needed, &[(secs(0), 2), (secs(100), 4)]), None);
        // Enough for a moment is not enough.
        let shaky = [(secs(0), 2), (secs(90), 6), (secs(110), 4), (secs(200), 6)];
        assert_eq!(caught_up(&surge, &needed, &shaky), Some(Duration::from_secs(140)));
    }
}
