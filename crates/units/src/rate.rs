//! How often something happens.

use std::fmt;

use crate::decimal::{Decimal, ParseError, trimmed};
use crate::time::Duration;

/// Events per second, as a mean.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Rate(f64);

impl Rate {
    /// Never.
    pub const ZERO: Self = Self(0.0);

    /// From events per second; must be finite and not negative.
    pub fn per_second(events: f64) -> Self {
        assert!(events.is_finite() && events >= 0.0, "a rate is finite and not negative: {events}");
        Self(events)
    }
    /// From events per billing month of 730 hours.
    pub fn per_month(events: f64) -> Self {
        Self::per_second(events / Duration::MONTH.secs_f64())
    }
    /// In events per second.
    pub const fn hertz(self) -> f64 {
        self.0
    }
    /// In events per billing month, rounded to whole events.
    pub fn events_per_month(self) -> u64 {
        (self.0 * Duration::MONTH.secs_f64()).round() as u64
    }
    /// The rate times a factor.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self::per_second(self.0 * factor)
    }

    /// Reads `3M/month`, `40/s`, `1.2k/min`, `500 per day`, `90 million/month`, `10 rps`.
    ///
    /// A month has 730 hours. At most 10⁹ a second: more is a slip, not a load.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let hint = "write events and a period: `3M/month`, `40/s`, `500/day`";
        let (value, rest) = Decimal::split(text)?;
        let (scale, rest) = match rest {
            r if r.starts_with("million") => (1e6, r.trim_start_matches("million")),
            r if r.starts_with("billion") => (1e9, r.trim_start_matches("billion")),
            r if r.starts_with('k') || r.starts_with('K') => (1e3, strip_first(r)),
            r if r.starts_with('M') => (1e6, strip_first(r)),
            r if r.starts_with('B') || r.starts_with('G') => (1e9, strip_first(r)),
            r => (1.0, r),
        };
        let rest = rest.trim();
        let rest = rest.strip_prefix("requests").map_or(rest, str::trim_start);
        let period = match rest {
            "rps" | "rp/s" | "req/s" | "Hz" => "s",
            _ => match rest
                .strip_prefix('/')
                .or_else(|| rest.strip_prefix("per "))
                .or_else(|| rest.strip_prefix("a "))
            {
                Some(period) => period.trim(),
                None => {
                    return Err(ParseError::new(format!("`{text}` does not say per what"), hint));
                }
            },
        };
        let period_s = match period {
            "s" | "sec" | "second" => 1.0,
            "m" | "min" | "minute" => 60.0,
            "h" | "hour" => 3600.0,
            "d" | "day" => 86_400.0,
            "w" | "week" => 604_800.0,
            "mo" | "month" => Duration::MONTH.secs_f64(),
            "y" | "year" => 12.0 * Duration::MONTH.secs_f64(),
            _ => {
                return Err(ParseError::new(format!("`{period}` is not a period"), hint));
            }
        };
        let hertz = value.to_f64() * scale / period_s;
        if hertz > 1e9 {
            return Err(ParseError::new(format!("`{text}` is more than a billion a second"), hint));
        }
        Ok(Self(hertz))
    }
}

fn strip_first(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

impl fmt::Display for Rate {
    /// Per month from one a second down, else per second: `3 M/month`, `40/s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = self.0 * Duration::MONTH.secs_f64();
        let text = if month >= 1e9 {
            format!("{} B/month", trimmed(month / 1e9, 2))
        } else if month >= 1e6 {
            format!("{} M/month", trimmed(month / 1e6, 2))
        } else if month >= 1e4 {
            format!("{} k/month", trimmed(month / 1e3, 1))
        } else {
            format!("{}/month", trimmed(month, 0))
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_rates_in_many_ways() {
        for (text, month) in [
            ("3M/month", 3_000_000),
            ("90 M/month", 90_000_000),
            ("90 million/month", 90_000_000),
            ("40/s", 105_120_000),
            ("40 rps", 105_120_000),
            ("500 per day", 15_208),
            ("1.2k/min", 52_560_000),
        ] {
            assert_eq!(Rate::parse(text).unwrap().events_per_month(), month, "{text}");
        }
    }

    #[test]
    fn a_rate_needs_a_period_and_a_sane_size() {
        for bad in ["3M", "3", "-1/s", "5/fortnight", "9999999999B/s", "/s"] {
            assert!(Rate::parse(bad).is_err(), "{bad}");
        }
    }
}
