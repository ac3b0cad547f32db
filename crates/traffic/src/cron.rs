//! Schedules in five cron fields, UTC.
//!
//! The fields and their meaning are those of POSIX `crontab` with the common extensions of Vixie cron: names,
//! steps, 7 for Sunday, and `@daily` and its like. Where both the day of the month and the weekday are
//! restricted, either is enough; a field that begins with `*` does not count as restricted.

use units::{Duration, Instant, ParseError};

const DAY_MINUTES: u64 = 1440;
const HINT: &str =
    "write five fields: minute, hour, day of the month, month, weekday, as in `0 3 * * 1-5`";
/// A year that is not a leap year and begins on a Monday, like 2018: month by month as long as 12 billing
/// months, day by day like the week.
const MONTH_DAYS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const YEAR_DAYS: u64 = 365;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A checked schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

/// One field: a bit for each value that fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    bits: u64,
    restricted: Restricted,
}

/// Whether a field says something or begins with `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Restricted {
    Yes,
    No,
}

/// What one field may hold.
struct Kind {
    name: &'static str,
    low: u64,
    high: u64,
    names: &'static [&'static str],
}

const KINDS: [Kind; 5] = [
    Kind { name: "minute", low: 0, high: 59, names: &[] },
    Kind { name: "hour", low: 0, high: 23, names: &[] },
    Kind { name: "day of the month", low: 1, high: 31, names: &[] },
    Kind { name: "month", low: 1, high: 12, names: &MONTHS },
    Kind { name: "weekday", low: 0, high: 7, names: &WEEKDAYS },
];

impl Cron {
    /// Reads `*/15 9-17 * * mon-fri`, `0 3 1 * *`, `@daily`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let fields = match text.to_ascii_lowercase().as_str() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other if other.starts_with('@') => {
                return Err(error(
                    format!("`{text}` is not a schedule that repeats"),
                    "write `@hourly`, `@daily`, `@weekly`, `@monthly`, or five fields",
                ));
            }
            _ => text,
        };
        let parts: Vec<&str> = fields.split_ascii_whitespace().collect();
        let &[minute, hour, day, month, weekday] = parts.as_slice() else {
            let hint = match parts.len() {
                6 => "six fields are another dialect: leave out the seconds or the year",
                _ => HINT,
            };
            return Err(error(format!("`{text}` has {} fields, not five", parts.len()), hint));
        };
        let mut cron = Self {
            minutes: field(minute, &KINDS[0])?,
            hours: field(hour, &KINDS[1])?,
            days: field(day, &KINDS[2])?,
            months: field(month, &KINDS[3])?,
            weekdays: field(weekday, &KINDS[4])?,
        };
        // Sunday is 0 and 7.
        cron.weekdays.bits |= cron.weekdays.bits >> 7 & 1;
        if !cron.ever() {
            return Err(error(
                format!("`{text}` never comes due: no such month has that day"),
                "choose a day that the month has",
            ));
        }
        Ok(cron)
    }

    /// The cycle after which the schedule repeats, and every firing in it, ascending.
    ///
    /// A week from Monday 00:00 UTC, or a year of 365 days (12 billing months) from 1 January where days of
    /// the month or months are restricted. A schedule for 29 February alone does not fire in such a year.
    pub fn cycle(&self) -> (Duration, Vec<Instant>) {
        let calendar = self.days.restricted == Restricted::Yes
            || self.months.restricted == Restricted::Yes
            || self.days.bits.count_ones() < 31
            || self.months.bits.count_ones() < 12;
        let days = if calendar { YEAR_DAYS } else { 7 };
        let (mut firings, mut month, mut month_day) = (Vec::new(), 0, 1);
        for day in 0..days {
            if self.fires_on(month as u64 + 1, month_day, (day + 1) % 7) {
                firings.extend(self.minutes_of_day().map(|m| moment(day * DAY_MINUTES + m)));
            }
            month_day += 1;
            if month_day > MONTH_DAYS[month] {
                (month, month_day) = ((month + 1) % 12, 1);
            }
        }
        (Duration::DAY * days, firings)
    }

    fn minutes_of_day(&self) -> impl Iterator<Item = u64> + '_ {
        let hours = (0..24).filter(|&hour| self.hours.has(hour));
        hours.flat_map(|hour| {
            (0..60).filter(|&minute| self.minutes.has(minute)).map(move |minute| hour * 60 + minute)
        })
    }

    fn fires_on(&self, month: u64, day: u64, weekday: u64) -> bool {
        let (by_day, by_weekday) = (self.days.has(day), self.weekdays.has(weekday));
        let both =
            self.days.restricted == Restricted::Yes && self.weekdays.restricted == Restricted::Yes;
        self.months.has(month) && if both { by_day || by_weekday } else { by_day && by_weekday }
    }

    /// Whether any month has a day that fits, a leap year's February included.
    fn ever(&self) -> bool {
        let longest = |month: usize| if month == 1 { 29 } else { MONTH_DAYS[month] };
        (0..12).any(|month| {
            (1..=longest(month))
                .any(|day| (0..7).any(|weekday| self.fires_on(month as u64 + 1, day, weekday)))
        })
    }
}

impl Field {
    const fn has(self, value: u64) -> bool {
        self.bits >> value & 1 == 1
    }
}

fn moment(minute: u64) -> Instant {
    Instant::START + Duration::MINUTE * minute
}

fn error(message: String, hint: &str) -> ParseError {
    ParseError { message, hint: hint.to_owned() }
}

/// Reads one field: items between commas, each a value, a range or `*`, each with an optional step.
fn field(text: &str, kind: &Kind) -> Result<Field, ParseError> {
    let mut bits = 0;
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, step_of(step, text, kind)?),
            None => (item, 1),
        };
        let (low, high) = match range.split_once('-') {
            _ if range == "*" || (range == "?" && kind.name.contains("day")) => whole(kind),
            Some((low, high)) => (value(low, kind)?, value(high, kind)?),
            // `5/15` counts from 5 to the end, as Quartz and the Kubernetes CronJob have it.
            None if item.contains('/') => (value(range, kind)?, kind.high),
            None => (value(range, kind)?, value(range, kind)?),
        };
        if low > high {
            let message = format!("`{item}` runs backwards in the {} field", kind.name);
            return Err(error(message, "write two ranges with a comma: `22-23,0-5`"));
        }
        let mut at = low;
        while at <= high {
            bits |= 1 << at;
            at += step;
        }
    }
    let open = text.starts_with('*') || text.starts_with('?');
    Ok(Field { bits, restricted: if open { Restricted::No } else { Restricted::Yes } })
}

fn whole(kind: &Kind) -> (u64, u64) {
    (kind.low, if kind.name == "weekday" { 6 } else { kind.high })
}

fn step_of(step: &str, text: &str, kind: &Kind) -> Result<u64, ParseError> {
    match step.parse::<u64>() {
        Ok(n) if (1..=kind.high).contains(&n) && !step.starts_with('+') => Ok(n),
        _ => Err(error(
            format!("`{text}` has no usable step in the {} field", kind.name),
            "write a step such as `*/15`",
        )),
    }
}

fn value(text: &str, kind: &Kind) -> Result<u64, ParseError> {
    let lower = text.to_ascii_lowercase();
    if let Some(at) = kind.names.iter().position(|name| *name == lower) {
        return Ok(at as u64 + kind.low);
    }
    let all_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(value) if all_digits && (kind.low..=kind.high).contains(&value) => Ok(value),
        Ok(value) if all_digits => Err(error(
            format!(
                "`{value}` does not fit the {} field ({} to {})",
                kind.name, kind.low, kind.high
            ),
            HINT,
        )),
        _ if text.ends_with(['L', 'W']) || text.contains('#') => Err(error(
            format!("`{text}` in the {} field is another dialect", kind.name),
            "`L`, `W` and `#` are not read here: write the days out",
        )),
        _ => Err(error(format!("`{text}` does not fit the {} field", kind.name), HINT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> (u64, Vec<u64>) {
        let (cycle, firings) = Cron::parse(text).unwrap().cycle();
        let hour = Duration::HOUR.nanos();
        (cycle.nanos() / hour / 24, firings.iter().map(|at| at.nanos() / hour).collect())
    }

    #[test]
    fn firings_of_a_week_from_monday() {
        for (text, wanted) in [
            ("0 3 * * *", vec![3, 27, 51, 75, 99, 123, 147]),
            ("0 9 * * 1-5", vec![9, 33, 57, 81, 105]),
            ("0 9 * * MON-fri", vec![9, 33, 57, 81, 105]),
            ("0 0 * * 0", vec![144]),
            ("0 0 * * 7", vec![144]),
            ("0 0 * * 5-7", vec![96, 120, 144]),
            ("0 0,12 * * tue", vec![24, 36]),
            ("0 20-23/2 * * 3", vec![68, 70]),
            ("0 18/3 * * 3", vec![66, 69]),
            ("@weekly", vec![144]),
            ("0 6 ? * mon", vec![6]),
        ] {
            assert_eq!(hours(text), (7, wanted), "{text}");
        }
        assert_eq!(Cron::parse("*/15 * * * *").unwrap().cycle().1.len(), 7 * 24 * 4);
        assert_eq!(Cron::parse("* * * * *").unwrap().cycle().1.len(), 7 * 1440);
    }

    #[test]
    fn days_of_the_month_take_a_year() {
        for (text, firings) in [
            ("0 3 1 * *", 12),
            ("0 3 31 * *", 7),
            ("0 3 30 * *", 11),
            ("@yearly", 1),
            ("0 0 * 6-8 *", 92),
            ("0 0 */10 * *", 12 * 3 + 7),
            // Either is enough: every Monday (53 in a year that begins on one), and the first of the month,
            // which is a Monday twice.
            ("0 0 1 * 1", 53 + 12 - 2),
            // A field that begins with `*` restricts together with the other.
            ("0 0 */2 * 1", 27),
            ("0 0 29 2 *", 0),
        ] {
            let (days, fired) = hours(text);
            assert_eq!((days, fired.len()), (365, firings), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named_with_a_remedy() {
        for (text, message, hint) in [
            ("* * * *", "`* * * *` has 4 fields, not five", "five fields"),
            ("0 0 12 * * ?", "has 6 fields, not five", "another dialect"),
            ("61 * * * *", "`61` does not fit the minute field (0 to 59)", "five fields"),
            ("* 24 * * *", "`24` does not fit the hour field (0 to 23)", "five fields"),
            ("* * 0 * *", "`0` does not fit the day of the month field", "five fields"),
            ("* * * foo *", "`foo` does not fit the month field", "five fields"),
            ("0 22-5 * * *", "`22-5` runs backwards in the hour field", "22-23,0-5"),
            ("*/0 * * * *", "no usable step", "*/15"),
            ("*/+5 * * * *", "no usable step", "*/15"),
            ("0 0 L * *", "another dialect", "write the days out"),
            ("0 0 31 2 *", "never comes due", "choose a day"),
            ("@reboot", "not a schedule that repeats", "@hourly"),
            ("", "has 0 fields", "five fields"),
            ("1,,2 * * * *", "`` does not fit the minute field", "five fields"),
            ("? * * * *", "`?` does not fit the minute field", "five fields"),
        ] {
            let error = Cron::parse(text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {}", error.message);
            assert!(error.hint.contains(hint), "{text}: {}", error.hint);
        }
    }
}
