//! What the order of a file's lines says: steps back in time, repeated lines, offsets that change.

use std::collections::BTreeMap;

use units::Duration;

use crate::readers::{Line, Precision, Zoned};

const MINUTE_NS: u64 = Duration::MINUTE.nanos();
const HOUR_NS: u64 = Duration::HOUR.nanos();
/// Line numbers that are kept as examples.
const EXAMPLES: usize = 3;
/// A line is a repetition if it is one of this many lines before.
const WINDOW: usize = 256;
/// Steps back of this length, where no zone is written, are clocks being put back.
const CLOCK_CHANGE: std::ops::RangeInclusive<u64> = (HOUR_NS - 2 * MINUTE_NS)..=HOUR_NS;
/// Different minutes whose lines are remembered to find them again in another file.
const MINUTES_MAX: usize = 400_000;

/// Something that happened on some lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines {
    /// On how many.
    pub count: u64,
    /// The numbers of the first few.
    pub first: Vec<u64>,
}

impl Lines {
    fn add(&mut self, number: u64) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(number);
        }
    }

    /// `lines 3, 17, 99, …`.
    pub fn described(&self) -> String {
        let numbers: Vec<String> = self.first.iter().map(u64::to_string).collect();
        let more = if self.count > self.first.len() as u64 { ", …" } else { "" };
        let noun = if self.count == 1 { "line" } else { "lines" };
        format!("{noun} {}{more}", numbers.join(", "))
    }
}

/// The order of one file's requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// Earliest and latest request, in nanoseconds since 1970; `None` without one.
    pub span_ns: Option<(u64, u64)>,
    /// Lines whose time is before that of the line above.
    pub back: Lines,
    /// The longest such step.
    pub longest_back: Duration,
    /// Lines that are among the few hundred before them, byte for byte, and were counted: at whole seconds that
    /// happens.
    pub repeated: Lines,
    /// The same in a log that is finer than a second: sent twice, and left out.
    pub doubled: Lines,
    /// Lines at which the written offset from UTC changes.
    pub offset_changes: Lines,
    /// The first change, in minutes east.
    pub first_change: Option<(i16, i16)>,
    /// Lines at which a clock without a zone steps back an hour.
    pub clock_changes: Lines,
}

/// Watches the lines of a file.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(crate) order: Order,
    pub(crate) minutes: Minutes,
    /// A number that the same lines share, whatever their order.
    pub(crate) fingerprint: u64,
    last_ns: u64,
    zone: Option<i16>,
    /// Hash and number of the last line in each slot.
    recent: Vec<(u64, u64)>,
}

/// What each minute of a file holds: (requests, sum of the hashes of its lines).
#[derive(Debug, Clone, Default)]
pub(crate) struct Minutes {
    sums: BTreeMap<u32, (u32, u64)>,
    last: (u32, u32, u64),
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            order: Order::default(),
            minutes: Minutes::default(),
            fingerprint: 0,
            last_ns: 0,
            zone: None,
            recent: vec![(0, 0); WINDOW],
        }
    }
}

impl Watch {
    /// Takes a request with the hash of its line; whether it is to be counted.
    #[inline]
    pub(crate) fn add(
        &mut self,
        line: &Line<'_>,
        hash: u64,
        number: u64,
        tells_clients: bool,
    ) -> bool {
        let slot = &mut self.recent[hash as usize & (WINDOW - 1)];
        let again = slot.0 == hash && number - slot.1 <= WINDOW as u64;
        *slot = (hash, number);
        if again {
            if tells_clients && line.precision == Precision::Finer {
                self.order.doubled.add(number);
                return false;
            }
            self.order.repeated.add(number);
        }
        let at = line.at_ns;
        if at < self.last_ns {
            self.step_back(self.last_ns - at, line, number);
        }
        self.last_ns = at;
        let (first, last) = self.order.span_ns.get_or_insert((at, at));
        (*first, *last) = ((*first).min(at), (*last).max(at));
        if let Zoned::East(east) = line.zone
            && self.zone != Some(east)
        {
            self.offset(east, number);
        }
        self.fingerprint = self.fingerprint.wrapping_add(hash);
        self.minutes.add((at / MINUTE_NS) as u32, hash);
        true
    }

    #[cold]
    fn step_back(&mut self, by_ns: u64, line: &Line<'_>, number: u64) {
        self.order.back.add(number);
        self.order.longest_back = self.order.longest_back.max(Duration::from_nanos(by_ns));
        if line.zone == Zoned::Assumed && CLOCK_CHANGE.contains(&by_ns) {
            self.order.clock_changes.add(number);
        }
    }

    #[cold]
    fn offset(&mut self, east: i16, number: u64) {
        if let Some(before) = self.zone.replace(east) {
            self.order.offset_changes.add(number);
            self.order.first_change.get_or_insert((before, east));
        }
    }
}

impl Minutes {
    #[inline]
    fn add(&mut self, minute: u32, hash: u64) {
        if minute == self.last.0 {
            self.last.1 = self.last.1.saturating_add(1);
            self.last.2 = self.last.2.wrapping_add(hash);
            return;
        }
        self.close();
        self.last = (minute, 1, hash);
    }

    /// Puts the minute at hand to the others.
    pub(crate) fn close(&mut self) {
        let (minute, n, hash) = std::mem::take(&mut self.last);
        if n > 0 && (self.sums.len() < MINUTES_MAX || self.sums.contains_key(&minute)) {
            let sum = self.sums.entry(minute).or_default();
            *sum = (sum.0.saturating_add(n), sum.1.wrapping_add(hash));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.sums.len()
    }

    /// Minutes and requests that another file holds, too: the very same lines.
    pub(crate) fn shared(&self, other: &Self) -> (u64, u64) {
        let same = self.sums.iter().filter(|(minute, sum)| other.sums.get(minute) == Some(sum));
        same.fold((0, 0), |(minutes, requests), (_, (n, _))| {
            (minutes + 1, requests + u64::from(*n))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: u64, zone: Zoned) -> Line<'static> {
        Line { at_ns: second * 1_000_000_000, zone, ..Line::default() }
    }

    #[test]
    fn steps_offsets_and_repetitions_have_their_line_numbers() {
        let mut watch = Watch::default();
        let (winter, summer) = (Zoned::East(60), Zoned::East(120));
        for (i, (second, zone, hash)) in
            [(10, winter, 1), (12, winter, 2), (11, summer, 3), (13, summer, 3), (9, summer, 4)]
                .into_iter()
                .enumerate()
        {
            assert!(watch.add(&line(second, zone), hash, i as u64 + 1, true));
        }
        let order = watch.order;
        assert_eq!(order.span_ns, Some((9_000_000_000, 13_000_000_000)));
        assert_eq!((order.back.count, order.back.described()), (2, "lines 3, 5".to_owned()));
        assert_eq!(order.longest_back, Duration::from_secs(4));
        assert_eq!(order.offset_changes.described(), "line 3");
        assert_eq!(order.first_change, Some((60, 120)));
        assert_eq!(order.repeated.described(), "line 4");
        assert_eq!(order.clock_changes.count, 0);
    }

    #[test]
    fn a_line_sent_twice_is_left_out_where_times_are_fine() {
        let mut watch = Watch::default();
        let fine = Line { precision: Precision::Finer, ..line(5, Zoned::Utc) };
        assert!(watch.add(&fine, 7, 1, true));
        assert!(!watch.add(&fine, 7, 2, true));
        assert!(watch.add(&fine, 7, 3, false), "a table of times tells no clients");
        assert!(watch.add(&fine, 7, 3 + 257, true), "too far away");
        assert_eq!((watch.order.doubled.count, watch.order.repeated.count), (1, 1));
    }

    #[test]
    fn a_clock_put_back_is_seen_where_no_zone_is_written() {
        let mut watch = Watch::default();
        for (i, second) in [7_190, 3_600, 3_601, 1].into_iter().enumerate() {
            watch.add(&line(second, Zoned::Assumed), i as u64 + 1, i as u64 + 1, true);
        }
        assert_eq!(watch.order.clock_changes.described(), "lines 2, 4");
    }

    #[test]
    fn minutes_are_found_again_in_any_order() {
        let (mut a, mut b) = (Minutes::default(), Minutes::default());
        for (minute, hash) in [(1, 10), (1, 20), (2, 30), (1, 40), (3, 50)] {
            a.add(minute, hash);
        }
        for (minute, hash) in [(3, 50), (1, 40), (1, 20), (1, 10), (2, 31)] {
            b.add(minute, hash);
        }
        a.close();
        b.close();
        assert_eq!(a.shared(&b), (2, 4));
        assert_eq!(a.len(), 3);
    }
}
