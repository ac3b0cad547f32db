//! Moments of every written form, told apart by their shape, with the last day remembered: most lines repeat it.

use crate::moment::{CLF_LENGTH, ClfClock, Unit, Zone, epoch, rfc3339};
use crate::readers::{Precision, Zoned};

const SECOND_NS: u64 = 1_000_000_000;
/// `2026-11-23T06:09`.
const ISO_MINUTE: usize = 16;

/// A moment as a line tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Nanoseconds since 1970-01-01 UTC.
    pub(crate) at_ns: u64,
    /// Whether it is finer than a second.
    pub(crate) precision: Precision,
    /// Its distance from UTC.
    pub(crate) zone: Zoned,
}

/// Reads moments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moments {
    clf: ClfClock,
    /// A minute of ISO 8601 and its nanoseconds since 1970, were it UTC.
    minute: [u8; ISO_MINUTE],
    minute_ns: Option<u64>,
}

impl Moments {
    /// The moment that `text` is: ISO 8601, the common log format with or without brackets, or a number since 1970
    /// in seconds, milliseconds, microseconds or nanoseconds, told apart by its size.
    #[inline]
    pub(crate) fn read(&mut self, text: &[u8]) -> Option<Moment> {
        let text = match text {
            [b'[', inner @ .., b']'] => inner,
            whole => whole,
        };
        match (text.get(4), text.get(2)) {
            (Some(b'-' | b'/'), _) => self.iso(text),
            (_, Some(b'/')) => self.clf(text),
            _ => {
                let (at_ns, precision) = epoch(text, Unit::of_epoch(text)?)?;
                Some(Moment { at_ns, precision, zone: Zoned::Utc })
            }
        }
    }

    /// `10/Oct/2000:13:55:36 -0700`.
    #[inline]
    pub(crate) fn clf(&mut self, text: &[u8]) -> Option<Moment> {
        let text: &[u8; CLF_LENGTH] = text.try_into().ok()?;
        let second = self.clf.second(text)?;
        let zone = Zoned::East(self.clf.east_minutes());
        Some(Moment { at_ns: second * SECOND_NS, precision: Precision::Second, zone })
    }

    /// ISO 8601: the minute is looked up, seconds, fraction and `Z` are read; other zones take the long way.
    #[inline]
    pub(crate) fn iso(&mut self, text: &[u8]) -> Option<Moment> {
        if let Some(moment) = self.iso_again(text) {
            return Some(moment);
        }
        let (at_ns, precision, zone) = rfc3339(text)?;
        let utc = text.ends_with(b"Z") || zone == Zone::Assumed;
        if let (true, Some(minute)) = (utc, text.first_chunk::<ISO_MINUTE>()) {
            self.minute = *minute;
            self.minute_ns = rfc3339(minute).map(|(at, ..)| at);
        }
        let zone = match zone {
            Zone::Assumed => Zoned::Assumed,
            Zone::Written if text.ends_with(b"Z") => Zoned::Utc,
            Zone::Written => Zoned::East(east_minutes(text)),
        };
        Some(Moment { at_ns, precision, zone })
    }

    #[inline]
    fn iso_again(&self, text: &[u8]) -> Option<Moment> {
        let (minute, rest) = text.split_first_chunk::<ISO_MINUTE>()?;
        let base = self.minute_ns.filter(|_| *minute == self.minute)?;
        let [b':', tens @ b'0'..=b'5', ones @ b'0'..=b'9', rest @ ..] = rest else { return None };
        let second = u64::from(tens - b'0') * 10 + u64::from(ones - b'0');
        let (mut nanos, mut rest) = (0, rest);
        let mut precision = Precision::Second;
        if let [b'.', digits @ ..] = rest {
            let n = digits.iter().take_while(|b| b.is_ascii_digit()).count();
            if n == 0 || n > 9 {
                return None;
            }
            let value = digits.iter().take(n).fold(0, |sum, d| sum * 10 + u64::from(d - b'0'));
            nanos = value * 10_u64.pow(9 - n as u32);
            (precision, rest) = (Precision::Finer, digits.get(n..)?);
        }
        let zone = match rest {
            b"Z" => Zoned::Utc,
            [] => Zoned::Assumed,
            _ => return None,
        };
        Some(Moment { at_ns: base + second * SECOND_NS + nanos, precision, zone })
    }
}

/// Minutes east of UTC of a written zone at the end (`+0530`, `-03:30`, `+01`); 0 if it is a name.
fn east_minutes(text: &[u8]) -> i16 {
    let tail = text.get(text.len().saturating_sub(6)..).unwrap_or(&[]);
    let Some(at) = tail.iter().rposition(|byte| matches!(byte, b'+' | b'-')) else { return 0 };
    let digits = tail.iter().skip(at + 1).filter(|byte| byte.is_ascii_digit()).take(4);
    let value = digits.clone().fold(0_i16, |sum, digit| sum * 10 + i16::from(digit - b'0'));
    let (hours, minutes) = if digits.count() > 2 { (value / 100, value % 100) } else { (value, 0) };
    let east = hours * 60 + minutes;
    if tail.get(at) == Some(&b'-') { -east } else { east }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_the_second_time() {
        let mut moments = Moments::default();
        for text in [
            "2026-11-23T06:09:10Z",
            "2026-11-23T06:09:11.25Z",
            "2026-11-23T06:09:11.999999999Z",
            "2026-11-23T06:09:12",
            "2026-11-23T06:09:13+02:00",
            "2026-11-23T06:09:13-0730",
            "2026-11-23 06:09:59,5",
            "2026-11-24T06:09:10Z",
        ] {
            let (at_ns, precision, _) = rfc3339(text.as_bytes()).unwrap();
            for _ in 0..2 {
                let got = moments.read(text.as_bytes()).unwrap();
                assert_eq!((got.at_ns, got.precision), (at_ns, precision), "{text}");
            }
        }
        for bad in ["2026-11-24T06:09:61Z", "2026-11-24T06:09:10.Z", "2026-11-24T06:09:1xZ"] {
            assert_eq!(moments.read(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn every_form_is_told_apart_and_knows_its_zone() {
        let mut moments = Moments::default();
        for (text, second, zone) in [
            ("10/Oct/2000:13:55:36 -0700", 971_211_336, Zoned::East(-420)),
            ("[10/Oct/2000:13:55:36 +0530]", 971_166_336, Zoned::East(330)),
            ("2000-10-10T20:55:36Z", 971_211_336, Zoned::Utc),
            ("2000-10-10T20:55:36", 971_211_336, Zoned::Assumed),
            ("2000-10-10T22:55:36+02:00", 971_211_336, Zoned::East(120)),
            ("2000-10-10T15:55:36-0500", 971_211_336, Zoned::East(-300)),
            ("971211336", 971_211_336, Zoned::Utc),
            ("971211336000", 971_211_336, Zoned::Utc),
        ] {
            let got = moments.read(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((got.at_ns / SECOND_NS, got.zone), (second, zone), "{text}");
        }
        for bad in ["", "-", "yesterday", "99/Oct/2000:13:55:36 -0700", "[]", "-5"] {
            assert_eq!(moments.read(bad.as_bytes()), None, "{bad}");
        }
    }
}
