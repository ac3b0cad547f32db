//! Access logs in the common and the combined format of Apache and nginx:
//!
//! `host ident user [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.1" 200 2326 "referer" "agent" …`
//!
//! Only what follows the `[` is looked at: whatever stands before it (a virtual host, a syslog header, an
//! address of any kind) belongs to the client. Further fields are passed over, but for a last `12ms`, as
//! Traefik writes it.

use memchr::memchr;

use crate::moment::{CLF_LENGTH, ClfClock};
use crate::readers::{Format, Line, Outcome, Precision, Reader, Reason};

pub(super) const FORMAT: Format = Format {
    id: "combined",
    name: "access log (common or combined)",
    open: |_| Some(Box::new(Combined::default())),
};

const SECOND_NS: u64 = 1_000_000_000;

#[derive(Debug, Default)]
struct Combined {
    clock: ClfClock,
}

impl Reader for Combined {
    #[inline]
    fn line<'l>(&mut self, line: &'l [u8]) -> Outcome<'l> {
        let Some((second, rest)) = self.time(line) else { return Outcome::Skipped(Reason::Time) };
        let Some(mut found) = request(rest) else { return Outcome::Skipped(Reason::Fields) };
        found.at_ns = second * SECOND_NS;
        found.precision = Precision::Second;
        found.duration_us = last_millis(line);
        Outcome::Request(found)
    }
}

impl Combined {
    /// The first time in brackets, and what follows it. A user name may hold brackets too.
    fn time<'l>(&mut self, line: &'l [u8]) -> Option<(u64, &'l [u8])> {
        let mut from = 0;
        loop {
            from += memchr(b'[', line.get(from..)?)? + 1;
            let (text, after) = line.get(from..)?.split_first_chunk::<CLF_LENGTH>()?;
            if let (Some(second), [b']', rest @ ..]) = (self.clock.second(text), after) {
                return Some((second, rest));
            }
        }
    }
}

/// `"GET /path HTTP/1.1" 200 2326`: the closing quote is the one that a status follows, because attackers'
/// requests hold quotes that not every server escapes.
fn request(text: &[u8]) -> Option<Line<'_>> {
    let text = skip_spaces(text).strip_prefix(b"\"")?;
    let mut from = 0;
    loop {
        from += memchr(b'"', text.get(from..)?)?;
        let after = text.get(from + 1..)?;
        if let Some((status, bytes)) = status_and_bytes(after) {
            let (method, path) = method_and_path(text.get(..from)?);
            return Some(Line { method, path, status, bytes, ..Line::default() });
        }
        from += 1;
    }
}

/// ` 200 2326`, ` 304 -`, ` 408` at the end, ` - -`.
fn status_and_bytes(text: &[u8]) -> Option<(u16, Option<u64>)> {
    let text = text.strip_prefix(b" ")?;
    let (status, rest) = match text {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] => {
            let digit = |d: &u8| u16::from(d - b'0');
            (digit(a) * 100 + digit(b) * 10 + digit(c), rest)
        }
        [b'-', rest @ ..] => (0, rest),
        _ => return None,
    };
    match rest {
        [] => Some((status, None)),
        [b' ', rest @ ..] => Some((status, digits(rest))),
        _ => None,
    }
}

/// The number that stands here up to a space or the end; `None` for `-` and the like.
fn digits(text: &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for (i, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?,
            b' ' if i > 0 => return Some(value),
            _ => return None,
        }
    }
    (!text.is_empty()).then_some(value)
}

/// `GET /path HTTP/1.1`, `GET /path`; anything else is a request without method and path (a TLS greeting on
/// a plain port, say): it came all the same.
fn method_and_path(request: &[u8]) -> (&[u8], &[u8]) {
    let Some(space) = request.iter().take(METHOD_MAX + 1).position(|&b| b == b' ') else {
        return (&[], &[]);
    };
    let (method, rest) = request.split_at(space);
    if method.is_empty() || !method.iter().all(u8::is_ascii_alphabetic) {
        return (&[], &[]);
    }
    let rest = skip_spaces(rest);
    let end = memchr(b' ', rest).unwrap_or(rest.len());
    (method, rest.get(..end).unwrap_or(&[]))
}

/// Longer than any method in IANA's registry (`UPDATEREDIRECTREF`).
const METHOD_MAX: usize = 20;

/// Microseconds of a last field `12ms`.
fn last_millis(line: &[u8]) -> Option<u32> {
    let number = line.strip_suffix(b"ms")?;
    let start = number.iter().rposition(|b| !b.is_ascii_digit())?;
    if number.get(start) != Some(&b' ') {
        return None;
    }
    let millis = digits(number.get(start + 1..)?)?;
    Some(u32::try_from(millis.saturating_mul(1000)).unwrap_or(u32::MAX - 1))
}

fn skip_spaces(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(u64, String, String, u16, Option<u64>), Reason> {
        match Combined::default().line(line.as_bytes()) {
            Outcome::Request(l) => {
                let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
                Ok((l.at_ns / SECOND_NS, text(l.method), text(l.path), l.status, l.bytes))
            }
            Outcome::Skipped(reason) => Err(reason),
            Outcome::Aside => panic!("no asides here"),
        }
    }

    fn request_of(line: &str) -> (String, String, u16, Option<u64>) {
        let (_, method, path, status, bytes) = read(line).unwrap();
        (method, path, status, bytes)
    }

    const TIME: &str = "[10/Oct/2000:13:55:36 -0700]";

    #[test]
    fn the_line_of_the_apache_manual() {
        let line = format!(
            r#"127.0.0.1 - frank {TIME} "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#
        );
        let wanted = (971_211_336, "GET".into(), "/apache_pb.gif".into(), 200, Some(2326));
        assert_eq!(read(&line), Ok(wanted));
    }

    #[test]
    fn what_real_servers_write() {
        let get = |path: &str, status, bytes| ("GET".to_owned(), path.to_owned(), status, bytes);
        for (head, tail, wanted) in [
            ("::1 - -", r#""GET /a HTTP/1.1" 304 -"#, get("/a", 304, None)),
            ("[2001:db8::1]:443 - -", r#""GET /a HTTP/1.1" 200 5"#, get("/a", 200, Some(5))),
            ("h - [weird user]", r#""GET /a HTTP/1.1" 200 5"#, get("/a", 200, Some(5))),
            ("h - -", r#""GET /a" 200 5"#, get("/a", 200, Some(5))),
            (
                "h - -",
                r#""GET /a?q=1 HTTP/1.1" 200 5 "-" "-" "extra" 0.1"#,
                get("/a?q=1", 200, Some(5)),
            ),
            ("h - -", r#""GET /a\"b HTTP/1.1" 404 5"#, get("/a\\\"b", 404, Some(5))),
            ("h - -", r#""GET /a"b" HTTP/1.1" 404 5"#, get("/a\"b\"", 404, Some(5))),
            ("h - -", r#""GET /a HTTP/1.1" 408"#, get("/a", 408, None)),
            ("h - -", r#""GET http://x/a HTTP/1.1" 200 5"#, get("http://x/a", 200, Some(5))),
            ("h - -", r#""GET /سلام HTTP/1.1" 499 0"#, get("/سلام", 499, Some(0))),
            ("v:80 h - -", r#""GET  /a HTTP/1.1" 200 99999999999999999999"#, get("/a", 200, None)),
        ] {
            assert_eq!(request_of(&format!("{head} {TIME} {tail}")), wanted, "{head} {tail}");
        }
    }

    #[test]
    fn requests_that_are_none_still_came() {
        for tail in
            [r#""-" 408 -"#, r#""" 400 0"#, r#""\x16\x03\x01" 400 226"#, r#""/x y z" 400 1"#]
        {
            let (method, path, status, _) = request_of(&format!("h - - {TIME} {tail}"));
            assert_eq!((method.as_str(), path.as_str()), ("", ""), "{tail}");
            assert!(status >= 400);
        }
    }

    #[test]
    fn broken_lines_say_why() {
        for (line, reason) in [
            (String::new(), Reason::Time),
            ("garbage".to_owned(), Reason::Time),
            ("h - - [10/Oct/2000:13:55:36".to_owned(), Reason::Time),
            (
                r#"h - - [31/Feb/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1"#.to_owned(),
                Reason::Time,
            ),
            (format!("h - - {TIME}"), Reason::Fields),
            (format!(r#"h - - {TIME} "GET / HTTP/1.1"#), Reason::Fields),
            (format!(r#"h - - {TIME} "GET / HTTP/1.1" abc 1"#), Reason::Fields),
            (format!(r#"h - - {TIME} "GET / HTTP/1.1" 2000 1"#), Reason::Fields),
            ("[".repeat(60_000), Reason::Time),
            (format!("{TIME} \"{}", "\"".repeat(60_000)), Reason::Fields),
        ] {
            assert_eq!(read(&line), Err(reason), "{}", line.get(..40).unwrap_or(&line));
        }
    }

    #[test]
    fn traefik_says_how_long_it_took() {
        let line = |tail: &str| format!(r#"h - - {TIME} "GET / HTTP/1.1" 200 1 "-" "x" {tail}"#);
        let duration = |line: &str| match Combined::default().line(line.as_bytes()) {
            Outcome::Request(l) => l.duration_us,
            other => panic!("{other:?}"),
        };
        assert_eq!(duration(&line(r#"262 "Host-1" "http://172.19.0.3:5601" 2ms"#)), Some(2_000));
        assert_eq!(duration(&line("99999999999ms")), Some(u32::MAX - 1));
        assert_eq!(duration(&line("x5ms")), None);
        assert_eq!(duration(&line("5 ms")), None);
    }
}
