//! Moments as logs write them. Everything becomes nanoseconds since 1970-01-01 UTC.

use units::Date;

use crate::readers::Precision;

const SECOND_NS: u64 = 1_000_000_000;
/// Length of `10/Oct/2000:13:55:36 -0700`.
pub(crate) const CLF_LENGTH: usize = 26;
/// The last second that is kept: ticks are counted in 32 bits.
const LAST_SECOND: u64 = u32::MAX as u64 - 1;

/// Reads common-log-format times and remembers the last one: most lines repeat its second, nearly all its day.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClfClock {
    last: [u8; CLF_LENGTH],
    last_second: Option<u64>,
    day: [u8; 11],
    zone: [u8; 5],
    /// Seconds since 1970 at the start of `day` in `zone`.
    day_second: Option<i64>,
    east_minutes: i16,
}

impl ClfClock {
    /// Seconds since 1970 of `10/Oct/2000:13:55:36 -0700`, if that is what stands there.
    #[inline]
    pub(crate) fn second(&mut self, text: &[u8; CLF_LENGTH]) -> Option<u64> {
        if self.last_second.is_some() && *text == self.last {
            return self.last_second;
        }
        let [day @ .., b':', h1, h2, b':', m1, m2, b':', s1, s2, b' ', z0, z1, z2, z3, z4] = text
        else {
            return None;
        };
        let zone = [*z0, *z1, *z2, *z3, *z4];
        if self.day_second.is_none() || *day != self.day || zone != self.zone {
            let east = clf_zone(zone)?;
            self.day_second = Some(clf_day(day)? * 86_400 - east);
            (self.day, self.zone, self.east_minutes) = (*day, zone, (east / 60) as i16);
        }
        let (hour, minute, second) = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
        let of_day = of_day(hour, minute, second)?;
        let at = within_range(self.day_second? + of_day)?;
        (self.last, self.last_second) = (*text, Some(at));
        Some(at)
    }

    /// Minutes east of UTC of the last time that was read.
    #[inline]
    pub(crate) const fn east_minutes(&self) -> i16 {
        self.east_minutes
    }
}

/// Days since 1970 of `10/Oct/2000`.
fn clf_day(text: &[u8; 11]) -> Option<i64> {
    let [d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4] = text else { return None };
    let month = match &[*m1, *m2, *m3] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
    Some(Date::new(year, month, two(*d1, *d2)? as u8)?.days_since_epoch())
}

/// Seconds east of UTC of `-0700`.
fn clf_zone([sign, h1, h2, m1, m2]: [u8; 5]) -> Option<i64> {
    zone(sign, two(h1, h2)?, two(m1, m2)?)
}

fn zone(sign: u8, hours: u16, minutes: u16) -> Option<i64> {
    if hours > 15 || minutes > 59 {
        return None;
    }
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// A leap second counts as the second before it.
fn of_day(hour: u16, minute: u16, second: u16) -> Option<i64> {
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59)))
}

fn within_range(second: i64) -> Option<u64> {
    u64::try_from(second).ok().filter(|&second| second <= LAST_SECOND)
}

#[inline]
fn two(a: u8, b: u8) -> Option<u16> {
    let (a, b) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'));
    (a < 10 && b < 10).then(|| u16::from(a) * 10 + u16::from(b))
}

/// Whether a written time names its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// It does.
    Written,
    /// It does not: UTC is assumed.
    Assumed,
}

/// Reads RFC 3339 and what people make of it: `2026-11-23T06:09:10.123Z`, `2026-11-23 06:09:10,5+02:00`,
/// `2026/11/23 06:09`. Without a zone it is taken as UTC.
pub(crate) fn rfc3339(text: &[u8]) -> Option<(u64, Precision, Zone)> {
    let (&[y1, y2, y3, y4, dash, m1, m2, dash2, d1, d2, t, h1, h2, b':', i1, i2], mut rest) =
        text.split_first_chunk::<16>()?
    else {
        return None;
    };
    if !matches!(dash, b'-' | b'/') || dash != dash2 || !matches!(t, b'T' | b't' | b' ') {
        return None;
    }
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let days = Date::new(year, two(m1, m2)? as u8, two(d1, d2)? as u8)?.days_since_epoch();
    let mut second = 0;
    if let [b':', s1, s2, after @ ..] = rest {
        (second, rest) = (two(*s1, *s2)?, after);
    }
    let (mut nanos, mut precision) = (0, Precision::Second);
    if let [b'.' | b',', digits @ ..] = rest {
        let n = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        let (fraction, after) = digits.split_at(n);
        nanos = fraction_ns(fraction)?;
        precision = Precision::Finer;
        rest = after;
    }
    let rest = rest.trim_ascii();
    let (east, zone) = match *rest {
        [] => (0, Zone::Assumed),
        [b'Z' | b'z'] | [b'U', b'T', b'C'] | [b'G', b'M', b'T'] => (0, Zone::Written),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => {
            (zone(sign, two(h1, h2)?, two(m1, m2)?)?, Zone::Written)
        }
        [sign, h1, h2] => (zone(sign, two(h1, h2)?, 0)?, Zone::Written),
        _ => return None,
    };
    let of_day = of_day(two(h1, h2)?, two(i1, i2)?, second)?;
    let at = within_range(days * 86_400 + of_day - east)?;
    Some((at * SECOND_NS + nanos, precision, zone))
}

/// Nanoseconds of the digits behind the point; digits beyond the ninth are dropped.
fn fraction_ns(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let nine = (0..9).map(|i| digits.get(i).map_or(0, |digit| u64::from(digit - b'0')));
    Some(nine.fold(0, |sum, digit| sum * 10 + digit))
}

/// The unit of a bare number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

impl Unit {
    /// Nanoseconds in one.
    pub(crate) const fn nanos(self) -> u64 {
        match self {
            Self::Seconds => SECOND_NS,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos => 1,
        }
    }

    /// The unit in which an epoch time of this size lies between 1973 and 5138; small numbers are seconds.
    pub(crate) fn of_epoch(text: &[u8]) -> Option<Self> {
        let whole = text.split(|&b| b == b'.' || b == b'e' || b == b'E').next()?;
        let value = number(whole)?;
        Some(match value {
            v if v < 1e11 => Self::Seconds,
            v if v < 1e14 => Self::Millis,
            v if v < 1e17 => Self::Micros,
            _ => Self::Nanos,
        })
    }
}

/// An epoch time in a unit, exactly; `None` if it is not a number, negative or beyond 2106.
pub(crate) fn epoch(text: &[u8], unit: Unit) -> Option<(u64, Precision)> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (whole, rest) = text.split_at(digits);
    let fraction = match rest {
        [] => &[][..],
        [b'.', fraction @ ..] if fraction.iter().all(u8::is_ascii_digit) => fraction,
        // An exponent or a sign: a float will do.
        _ => return epoch_float(text, unit),
    };
    if digits == 0 && fraction.is_empty() {
        return None;
    }
    let whole = whole
        .iter()
        .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))?;
    let part = if fraction.is_empty() { 0 } else { fraction_ns(fraction)? };
    let at = whole.checked_mul(unit.nanos())? + part / (SECOND_NS / unit.nanos());
    in_time(at)
}

fn epoch_float(text: &[u8], unit: Unit) -> Option<(u64, Precision)> {
    let at = number(text)? * unit.nanos() as f64;
    if at < 0.0 { None } else { in_time(at.round() as u64) }
}

fn in_time(at_ns: u64) -> Option<(u64, Precision)> {
    if at_ns / SECOND_NS > LAST_SECOND {
        return None;
    }
    let whole = at_ns.is_multiple_of(SECOND_NS);
    Some((at_ns, if whole { Precision::Second } else { Precision::Finer }))
}

/// A finite number written in ASCII.
pub(crate) fn number(text: &[u8]) -> Option<f64> {
    let starts = text.first().is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    let text = std::str::from_utf8(text).ok().filter(|_| starts)?;
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clf(text: &str) -> Option<u64> {
        ClfClock::default().second(text.as_bytes().try_into().unwrap())
    }

    #[test]
    fn clf_times_in_their_zones() {
        for (text, second) in [
            ("10/Oct/2000:13:55:36 -0700", 971_211_336),
            ("10/Oct/2000:13:55:36 +0000", 971_186_136),
            ("01/Jul/1995:00:00:01 -0400", 804_571_201),
            ("22/Jan/2019:03:56:14 +0330", 1_548_116_774),
            ("29/Feb/2024:23:59:60 +0000", 1_709_251_199),
            ("01/Jan/1970:00:00:00 +0000", 0),
        ] {
            assert_eq!(clf(text), Some(second), "{text}");
        }
        for bad in [
            "30/Feb/2024:00:00:00 +0000",
            "10/oct/2000:13:55:36 -0700",
            "10/Oct/2000:24:55:36 -0700",
            "10/Oct/2000:13:60:36 -0700",
            "10/Oct/2000 13:55:36 -0700",
            "10/Oct/2000:13:55:36 00700",
            "10/Oct/2000:13:55:36 +9900",
            "01/Jan/1970:00:00:00 +0100",
            "01/Jan/9999:00:00:00 +0000",
            "..........................",
        ] {
            assert_eq!(clf(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_clock_remembers_nothing_wrong() {
        let mut clock = ClfClock::default();
        let mut second = |text: &str| clock.second(text.as_bytes().try_into().unwrap());
        assert_eq!(second("10/Oct/2000:13:55:36 -0700"), Some(971_211_336));
        assert_eq!(second("10/Oct/2000:13:55:36 -0700"), Some(971_211_336));
        assert_eq!(second("10/Oct/2000:13:55:37 -0700"), Some(971_211_337));
        assert_eq!(second("10/Oct/2000:13:55:37 +0000"), Some(971_186_137));
        assert_eq!(second("11/Oct/2000:13:55:37 +0000"), Some(971_272_537));
        assert_eq!(second("11/Xyz/2000:13:55:37 +0000"), None);
        assert_eq!(second("10/Oct/2000:13:55:36 -0700"), Some(971_211_336));
    }

    #[test]
    fn rfc_3339_and_its_relatives() {
        let ns = 1_795_414_150 * SECOND_NS;
        for (text, at) in [
            ("2026-11-23T06:09:10Z", ns),
            ("2026-11-23t06:09:10z", ns),
            ("2026-11-23 06:09:10", ns),
            ("2026/11/23 06:09:10 UTC", ns),
            ("2026-11-23T08:09:10+02:00", ns),
            ("2026-11-23T01:39:10 -0430", ns),
            ("2026-11-23T07:09:10+01", ns),
            ("2026-11-23T06:09Z", ns - 10 * SECOND_NS),
            ("2026-11-23T06:09:10.25Z", ns + 250_000_000),
            ("2026-11-23 06:09:10,000000001", ns + 1),
            ("2026-11-23 06:09:10.9799600", ns + 979_960_000),
        ] {
            assert_eq!(rfc3339(text.as_bytes()).map(|(at, ..)| at), Some(at), "{text}");
        }
        for bad in [
            "2026-11-23",
            "2026-13-23T06:09:10Z",
            "2026-11-23T06:09:10.Z",
            "2026-11-23T06:09:10X",
            "2026-11/23T06:09:10",
            "1969-12-31T23:59:59Z",
            "23/11/2026 06:09:10",
            "",
        ] {
            assert_eq!(rfc3339(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(rfc3339(b"2026-11-23T06:09:10").map(|(.., z)| z), Some(Zone::Assumed));
    }

    #[test]
    fn epoch_numbers_in_every_unit_are_exact() {
        let ns = 1_700_158_623_979_960_000;
        for text in [
            "1700158623.97996",
            "1700158623979.96",
            "1700158623979960",
            "1700158623979960000",
            "1700158623979960000.7",
        ] {
            let unit = Unit::of_epoch(text.as_bytes()).unwrap();
            assert_eq!(epoch(text.as_bytes(), unit), Some((ns, Precision::Finer)), "{text}");
        }
        assert_eq!(
            epoch(b"1.5e9", Unit::Seconds),
            Some((1_500_000_000 * SECOND_NS, Precision::Second))
        );
        assert_eq!(epoch(b"0.00149090004", Unit::Seconds), Some((1_490_900, Precision::Finer)));
        for bad in ["", ".", "-1", "1e300", "abc", "1.2.3", "99999999999999999999", "nan", "inf"] {
            assert_eq!(epoch(bad.as_bytes(), Unit::Seconds), None, "{bad}");
        }
    }
}
