//! What the fields of a log mean, whatever the log is called: one place for every unit and for every `-`.

use crate::clock::{Moment, Moments};
use crate::moment::{Unit, number};
use crate::readers::{Line, Outcome, Precision, Reason, Zoned};

/// What a field tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The moment, in any written form.
    Time,
    /// The day of the moment: `2026-11-23`.
    Date,
    /// The time of that day, in UTC: `06:09:10`.
    Clock,
    /// From the first byte of the request to the last of the answer.
    Duration(Unit),
    /// What the server behind a proxy took, the part that is service and not the client's line.
    Upstream(Unit),
    /// `GET /path HTTP/1.1`.
    Request,
    /// `GET`.
    Method,
    /// A path or a whole URL, perhaps with a query.
    Path,
    /// `200`.
    Status,
    /// Bytes of the answer.
    Bytes,
    /// The host that was asked for.
    Host,
    /// The service, function, backend or target group that answered.
    Service,
    /// The user agent: looked at to tell bots and health checks, never kept.
    Agent,
    /// The client's address: told from others, never kept.
    Client,
}

/// Which moment a log writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// When the request came.
    Arrival,
    /// When the answer was sent: the request came its duration earlier, where both are finer than a second.
    End,
}

/// A line as its fields are found.
#[derive(Debug, Default)]
pub(crate) struct Draft<'l> {
    pub(crate) line: Line<'l>,
    moment: Option<Moment>,
    /// Start of the day, and time within it.
    day_ns: Option<u64>,
    clock: Option<(u64, Precision)>,
    told: bool,
}

impl<'l> Draft<'l> {
    /// Takes a field; what is `-`, empty or not what it must be stays unknown.
    #[inline]
    pub(crate) fn set(&mut self, role: Role, value: &'l [u8], moments: &mut Moments) {
        if matches!(value, [] | b"-" | b"null") {
            return;
        }
        match role {
            Role::Time => {
                // Of several moments the last one that can be read counts.
                self.moment = moments.read(value).or(self.moment);
            }
            Role::Date => {
                let mut midnight = *b"0000-00-00T00:00:00Z";
                if let (Some(to), 10) = (midnight.get_mut(..10), value.len()) {
                    to.copy_from_slice(value);
                    self.day_ns = moments.iso(&midnight).map(|moment| moment.at_ns);
                }
            }
            Role::Clock => self.clock = clock(value),
            Role::Duration(unit) => self.line.duration_us = micros(value, unit),
            Role::Upstream(unit) => self.line.upstream_us = last_micros(value, unit),
            Role::Request => {
                let (method, path) = method_and_path(value);
                self.told = true;
                // A field of its own is the better source.
                if self.line.method.is_empty() {
                    self.line.method = method;
                }
                if self.line.path.is_empty() {
                    self.line.path = path;
                }
            }
            Role::Method => (self.line.method, self.told) = (method(value), true),
            Role::Path => (self.line.path, self.told) = (value, true),
            Role::Status => {
                self.line.status = status(value);
                self.told |= self.line.status > 0;
            }
            Role::Bytes => self.line.bytes = digits(value),
            Role::Host => self.line.host = value,
            Role::Service => self.line.service = value,
            Role::Agent => self.line.agent = value,
            Role::Client => self.line.client = value,
        }
    }

    /// The moment, already read.
    #[inline]
    pub(crate) const fn at(&mut self, moment: Moment) {
        self.moment = Some(moment);
    }

    /// The request, if the fields make one.
    #[inline]
    pub(crate) fn finish(self, stamp: Stamp) -> Outcome<'l> {
        let Self { mut line, moment, day_ns, clock, told } = self;
        let moment = moment.or_else(|| {
            let (of_day, precision) = clock?;
            Some(Moment { at_ns: day_ns? + of_day, precision, zone: Zoned::Utc })
        });
        let Some(moment) = moment else { return Outcome::Skipped(Reason::Time) };
        if !told {
            return Outcome::Skipped(Reason::Fields);
        }
        (line.at_ns, line.precision, line.zone) = (moment.at_ns, moment.precision, moment.zone);
        if let (Stamp::End, Precision::Finer, Some(us)) = (stamp, line.precision, line.duration_us)
        {
            line.at_ns = line.at_ns.saturating_sub(u64::from(us) * 1_000);
        }
        Outcome::Request(line)
    }
}

/// `06:09:10` or `06:09:10.123` as nanoseconds of the day.
fn clock(text: &[u8]) -> Option<(u64, Precision)> {
    let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = text else { return None };
    let two = |a: &u8, b: &u8| {
        let both = a.is_ascii_digit() && b.is_ascii_digit();
        both.then(|| u64::from(a - b'0') * 10 + u64::from(b - b'0'))
    };
    let (h, m, s) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if h > 23 || m > 59 || s > 60 {
        return None;
    }
    let whole = (h * 3600 + m * 60 + s.min(59)) * 1_000_000_000;
    match rest {
        [] => Some((whole, Precision::Second)),
        [b'.', part @ ..] if part.len() <= 9 => {
            let value = digits(part)?;
            Some((whole + value * 10_u64.pow(9 - part.len() as u32), Precision::Finer))
        }
        _ => None,
    }
}

/// Microseconds of `0.123`, `12`, `12ms`, `1.5s`, `850µs`, in `unit` if none is written; `None` for what is no duration:
/// `-`, `-1`, nothing. The longest is 71 minutes.
#[inline]
pub(crate) fn micros(text: &[u8], unit: Unit) -> Option<u32> {
    // Nearly always: a few digits, perhaps a point and a few more.
    let mut value = 0_u64;
    let mut scale = 0_u32;
    let mut point = false;
    for (i, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if i < 18 => {
                value = value * 10 + u64::from(byte - b'0');
                scale += u32::from(point);
            }
            b'.' if !point && text.len() > 1 => point = true,
            _ => return long_micros(text, unit),
        }
    }
    if text.is_empty() {
        return None;
    }
    let power = match unit {
        Unit::Seconds => 6,
        Unit::Millis => 3,
        Unit::Micros => 0,
        Unit::Nanos => -3,
    } - scale.cast_signed();
    let ten = 10_u64.pow(power.unsigned_abs());
    let micros = if power < 0 { (value + ten / 2) / ten } else { value.saturating_mul(ten) };
    Some(micros.min(u64::from(u32::MAX - 1)) as u32)
}

fn long_micros(text: &[u8], unit: Unit) -> Option<u32> {
    let digits = text.iter().rposition(u8::is_ascii_digit)? + 1;
    let (value, suffix) = text.split_at(digits);
    let unit = match suffix.trim_ascii() {
        b"" => unit,
        b"s" => Unit::Seconds,
        b"ms" => Unit::Millis,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => Unit::Micros,
        b"ns" => Unit::Nanos,
        _ => return None,
    };
    let micros = number(value)? * unit.nanos() as f64 / 1_000.0;
    (micros >= 0.0).then(|| capped(micros.round()))
}

fn capped(micros: f64) -> u32 {
    micros.min(f64::from(u32::MAX - 1)) as u32
}

/// nginx writes one time for every server it tried: `0.001, 0.250 : 0.003`. The whole is what the request took.
fn last_micros(text: &[u8], unit: Unit) -> Option<u32> {
    if !text.contains(&b',') && !text.contains(&b':') {
        return micros(text, unit);
    }
    let parts = text.split(|b| matches!(b, b',' | b':'));
    let known = parts.filter_map(|part| micros(part.trim_ascii(), unit));
    known.reduce(|a, b| a.saturating_add(b).min(u32::MAX - 1))
}

/// A status, or 0.
#[inline]
pub(crate) fn status(text: &[u8]) -> u16 {
    match text {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            let digit = |d: &u8| u16::from(d - b'0');
            digit(a) * 100 + digit(b) * 10 + digit(c)
        }
        _ => 0,
    }
}

/// The number that `text` begins with, up to a space, a point or the end; `None` for `-` and the like.
#[inline]
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for (i, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?,
            b' ' | b'.' if i > 0 => return Some(value),
            _ => return None,
        }
    }
    (!text.is_empty()).then_some(value)
}

/// `GET /path HTTP/1.1`, `GET /path`; anything else is a request without method and path (a TLS greeting on
/// a plain port, say): it came all the same.
#[inline]
pub(crate) fn method_and_path(request: &[u8]) -> (&[u8], &[u8]) {
    let Some(space) = request.iter().take(METHOD_MAX + 1).position(|&b| b == b' ') else {
        return (&[], &[]);
    };
    let (name, rest) = request.split_at(space);
    if method(name).is_empty() {
        return (&[], &[]);
    }
    let rest = rest.trim_ascii_start();
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    (name, rest.get(..end).unwrap_or(&[]))
}

/// The text if it can be a method, else nothing.
fn method(text: &[u8]) -> &[u8] {
    let letters = text.iter().all(u8::is_ascii_alphabetic);
    if letters && text.len() <= METHOD_MAX { text } else { &[] }
}

/// Longer than any method in IANA's registry (`UPDATEREDIRECTREF`).
const METHOD_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_every_unit() {
        for (text, unit, us) in [
            ("0.123", Unit::Seconds, Some(123_000)),
            ("0.000086", Unit::Seconds, Some(86)),
            ("12", Unit::Millis, Some(12_000)),
            ("12.5", Unit::Millis, Some(12_500)),
            ("929675", Unit::Nanos, Some(930)),
            ("12ms", Unit::Seconds, Some(12_000)),
            ("0.012s", Unit::Millis, Some(12_000)),
            ("850\u{b5}s", Unit::Seconds, Some(850)),
            ("1.5e-3", Unit::Seconds, Some(1_500)),
            ("99999999999999999999", Unit::Seconds, Some(u32::MAX - 1)),
            ("999999", Unit::Seconds, Some(u32::MAX - 1)),
            ("0", Unit::Seconds, Some(0)),
            ("-", Unit::Seconds, None),
            ("-1", Unit::Seconds, None),
            ("", Unit::Seconds, None),
            (".", Unit::Seconds, None),
            ("1.2.3", Unit::Seconds, None),
            ("5 apples", Unit::Seconds, None),
        ] {
            assert_eq!(micros(text.as_bytes(), unit), us, "{text}");
        }
        assert_eq!(last_micros(b"0.001, - : 0.25", Unit::Seconds), Some(251_000));
        assert_eq!(last_micros(b"-, -", Unit::Seconds), None);
    }

    #[test]
    fn a_day_and_a_time_of_day_are_a_moment() {
        let mut moments = Moments::default();
        let mut draft = Draft::default();
        draft.set(Role::Clock, b"20:55:36.25", &mut moments);
        draft.set(Role::Date, b"2000-10-10", &mut moments);
        draft.set(Role::Status, b"200", &mut moments);
        draft.set(Role::Duration(Unit::Millis), b"250", &mut moments);
        let Outcome::Request(line) = draft.finish(Stamp::End) else { panic!() };
        assert_eq!(line.at_ns, 971_211_336_000_000_000);
        assert_eq!((line.precision, line.duration_us), (Precision::Finer, Some(250_000)));
    }

    #[test]
    fn a_line_without_a_time_or_a_request_is_neither() {
        let mut moments = Moments::default();
        let mut draft = Draft::default();
        draft.set(Role::Status, b"200", &mut moments);
        assert_eq!(draft.finish(Stamp::Arrival), Outcome::Skipped(Reason::Time));
        let mut draft = Draft::default();
        draft.set(Role::Time, b"2000-10-10T20:55:36Z", &mut moments);
        for (role, value) in [(Role::Status, "000"), (Role::Bytes, "5"), (Role::Method, "-")] {
            draft.set(role, value.as_bytes(), &mut moments);
        }
        assert_eq!(draft.finish(Stamp::Arrival), Outcome::Skipped(Reason::Fields));
    }
}
