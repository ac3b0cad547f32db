//! Hours of the week in which capacity is kept, and outside of which it is not.

use std::fmt;

/// The same stretch of hours on each of some days of the week, in UTC. It may run past midnight.
///
/// Schedulers of providers take cron expressions in UTC by default; hours that follow a clock with summer time would move
/// by one twice a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WarmHours {
    /// Days on which it begins, Monday as the lowest bit.
    days: u8,
    /// Hour at which it begins, 0 to 23.
    from: u8,
    /// How many hours it lasts, 1 to 24.
    hours: u8,
}

/// Names as they are printed, Monday first.
const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl WarmHours {
    /// Minutes of a week.
    pub const WEEK_MINUTES: usize = 7 * 24 * 60;
    /// Hours of a week.
    pub const WEEK_HOURS: u32 = 7 * 24;

    /// On `count` days in a row (1 to 7) beginning with `first` (0 is Monday), each from the hour `from` (0 to 23) on for
    /// `hours` hours (1 to 24).
    ///
    /// # Panics
    /// If a number is out of its range.
    pub fn new(first: u8, count: u8, from: u8, hours: u8) -> Self {
        assert!(first < 7 && (1..=7).contains(&count), "days of a week: {count} from {first}");
        assert!(from < 24 && (1..=24).contains(&hours), "hours of a day: {hours} from {from}");
        let days = (0..count).fold(0, |days, day| days | 1 << ((first + day) % 7));
        Self { days, from, hours }
    }

    /// Days on which it begins, 0 is Monday.
    pub fn days(self) -> impl Iterator<Item = u8> {
        (0..7).filter(move |day| self.days >> day & 1 == 1)
    }

    /// The hour of the day at which it begins.
    pub const fn from_hour(self) -> u8 {
        self.from
    }

    /// The hour of the day at which it ends, 1 to 24; not after the first if it runs past midnight.
    pub const fn until_hour(self) -> u8 {
        let end = self.from + self.hours;
        if end > 24 { end - 24 } else { end }
    }

    /// The same begun an hour earlier; `None` where it lasts a day already.
    pub fn begun_earlier(self) -> Option<Self> {
        let before = |days: u8| (days >> 1) | ((days & 1) << 6);
        let (days, from) = match self.from {
            0 => (before(self.days), 23),
            from => (self.days, from - 1),
        };
        (self.hours < 24).then_some(Self { days, from, hours: self.hours + 1 })
    }

    /// Hours of a week that it covers.
    pub const fn hours_of_week(self) -> u32 {
        // Stretches are no longer than a day, so those of two days never cover the same hour.
        self.days.count_ones() * self.hours as u32
    }

    /// Whether it covers a minute, counted from Monday midnight; any number of weeks.
    pub fn covers(self, minute: usize) -> bool {
        let minute = minute % Self::WEEK_MINUTES;
        self.days().any(|day| {
            let begin = (usize::from(day) * 24 + usize::from(self.from)) * 60;
            let passed = (minute + Self::WEEK_MINUTES - begin) % Self::WEEK_MINUTES;
            passed < usize::from(self.hours) * 60
        })
    }
}

/// `Mon–Fri 07–20 h UTC`, `daily 22–04 h UTC`.
impl fmt::Display for WarmHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starts = |day: u8| self.days >> day & 1 == 1 && self.days >> ((day + 6) % 7) & 1 == 0;
        let first = (0..7).find(|&day| starts(day));
        let count = self.days.count_ones() as u8;
        match first {
            None => f.write_str("daily")?,
            Some(first) if count == 1 => f.write_str(NAMES[usize::from(first)])?,
            Some(first) => {
                let last = (first + count - 1) % 7;
                write!(f, "{}–{}", NAMES[usize::from(first)], NAMES[usize::from(last)])?;
            }
        }
        write!(f, " {:02}–{:02} h UTC", self.from, self.until_hour())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_covers_its_hours_and_no_other() {
        for (hours, text, week) in [
            (WarmHours::new(0, 5, 7, 13), "Mon–Fri 07–20 h UTC", 65),
            (WarmHours::new(0, 7, 22, 6), "daily 22–04 h UTC", 42),
            (WarmHours::new(5, 3, 20, 24), "Sat–Mon 20–20 h UTC", 72),
            (WarmHours::new(6, 1, 23, 2), "Sun 23–01 h UTC", 2),
            (WarmHours::new(2, 1, 0, 24), "Wed 00–24 h UTC", 24),
        ] {
            assert_eq!((hours.to_string().as_str(), hours.hours_of_week()), (text, week));
            let covered = (0..WarmHours::WEEK_MINUTES).filter(|&m| hours.covers(m)).count();
            assert_eq!(covered, week as usize * 60, "{text}");
        }
        for (hours, earlier) in [
            (WarmHours::new(0, 5, 7, 13), Some("Mon–Fri 06–20 h UTC")),
            (WarmHours::new(0, 2, 0, 6), Some("Sun–Mon 23–06 h UTC")),
            (WarmHours::new(5, 3, 20, 24), None),
        ] {
            let text = hours.begun_earlier().map(|hours| hours.to_string());
            assert_eq!(text.as_deref(), earlier, "{hours}");
        }
        // Sunday's runs into Monday's first hour.
        let late = WarmHours::new(6, 1, 23, 2);
        assert!(late.covers(59) && !late.covers(60) && late.covers(WarmHours::WEEK_MINUTES + 59));
    }
}
