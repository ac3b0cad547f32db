//! Time as integers: nanoseconds since the start of a run, and spans of them.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use crate::decimal::{Decimal, ParseError, trimmed};

/// A span of time in whole nanoseconds; up to 584 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

impl Duration {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self::from_secs(1);
    /// One minute.
    pub const MINUTE: Self = Self::from_secs(60);
    /// One hour.
    pub const HOUR: Self = Self::from_secs(3600);
    /// One day.
    pub const DAY: Self = Self::from_secs(86_400);
    /// A billing month: 730 hours, the figure that the providers' own calculators use.
    pub const MONTH: Self = Self::from_secs(730 * 3600);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }
    /// From microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros * 1_000)
    }
    /// From milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }
    /// From seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }
    /// From seconds as a float; negative and NaN become zero, too large saturates.
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e9).round() as u64)
    }
    /// In nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }
    /// In whole milliseconds, rounded up: how providers meter a call.
    pub const fn millis_ceil(self) -> u64 {
        self.0.div_ceil(1_000_000)
    }
    /// In seconds.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
    /// In milliseconds.
    pub fn millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
    /// The difference, or zero if `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
    /// Stretched by a factor; negative and NaN become zero, too large saturates.
    #[must_use]
    pub fn times_f64(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor).round() as u64)
    }

    /// Reads `300 ms`, `1.5 s`, `15 min`, `2h`, `7 days`, `250us`. A number without a unit is an error:
    /// half of all configuration files mean seconds, the other half milliseconds.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let hint = "write a number and a unit: `300 ms`, `1.5 s`, `15 min`, `2 h`, `7 days`";
        let (value, unit) = Decimal::split(text)?;
        let nanos: u128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" | "millis" | "milliseconds" => 1_000_000,
            "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000_000,
            "m" | "min" | "mins" | "minute" | "minutes" => 60_000_000_000,
            "h" | "hour" | "hours" => 3_600_000_000_000,
            "d" | "day" | "days" => 86_400_000_000_000,
            "w" | "week" | "weeks" => 604_800_000_000_000,
            "" => return Err(ParseError::new(format!("`{text}` has no unit of time"), hint)),
            _ => return Err(ParseError::new(format!("`{unit}` is not a unit of time"), hint)),
        };
        let nanos = value.times(nanos).and_then(|n| u64::try_from(n).ok());
        nanos
            .map(Self)
            .ok_or_else(|| ParseError::new(format!("`{text}` is longer than 584 years"), hint))
    }
}

impl fmt::Display for Duration {
    /// Three significant digits in the unit a person would choose: `611 ms`, `1.4 s`, `15 min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.secs_f64();
        let text = match self.0 {
            0 => "0 s".to_owned(),
            1..1_000 => format!("{} ns", self.0),
            1_000..999_500 => format!("{} µs", significant(secs * 1e6)),
            999_500..999_500_000 => format!("{} ms", significant(secs * 1e3)),
            999_500_000..119_500_000_000 => format!("{} s", significant(secs)),
            119_500_000_000..7_170_000_000_000 => format!("{} min", significant(secs / 60.0)),
            7_170_000_000_000..172_800_000_000_000 => format!("{} h", significant(secs / 3600.0)),
            _ => format!("{} days", significant(secs / 86_400.0)),
        };
        f.pad(&text)
    }
}

/// Three significant digits, no trailing zeros behind the point.
fn significant(value: f64) -> String {
    let places = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    trimmed(value, places)
}

impl Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl AddAssign for Duration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl Sub for Duration {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("the longer span stands first"))
    }
}
impl Mul<u64> for Duration {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}
impl Div<u64> for Duration {
    type Output = Self;
    fn div(self, by: u64) -> Self {
        Self(self.0 / by)
    }
}

/// A moment of a run: nanoseconds since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The start of the run.
    pub const START: Self = Self(0);

    /// From nanoseconds since the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }
    /// Nanoseconds since the start.
    pub const fn nanos(self) -> u64 {
        self.0
    }
    /// How long after `earlier`; zero if it was not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
    /// Seconds since the start.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add<Duration> for Instant {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_time_in_many_ways() {
        for (text, nanos) in [
            ("300 ms", 300_000_000),
            ("300ms", 300_000_000),
            ("1.5 s", 1_500_000_000),
            ("40 min", 2_400_000_000_000),
            ("2h", 7_200_000_000_000),
            ("0.25us", 250),
        ] {
            assert_eq!(Duration::parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_refused_with_a_remedy() {
        let error = Duration::parse("300").unwrap_err();
        assert_eq!(error.message, "`300` has no unit of time");
        assert!(error.hint.contains("300 ms"));
    }

    #[test]
    fn absurd_and_negative_spans_are_refused() {
        for bad in [
            "-1 s",
            "900000000000 days",
            "1e9 s",
            "ms",
            "5 parsecs",
            "99999999999999999999999999999999999 s",
        ] {
            assert!(Duration::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn display_keeps_three_digits() {
        for (ms, shown) in [
            (611, "611 ms"),
            (1_400, "1.4 s"),
            (20_940, "20.9 s"),
            (2_400_000, "40 min"),
            (999, "999 ms"),
        ] {
            assert_eq!(Duration::from_millis(ms).to_string(), shown);
        }
        assert_eq!(Duration::from_micros(999_800).to_string(), "1 s");
    }
}
