//! Access logs in the common and the combined format of Apache and nginx, and what people add to them:
//!
//! `[vhost] host ident user [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.1" 200 2326 "referer" "agent" …`
//!
//! What stands before the `[` belongs to the client, but for a virtual host in front. What follows the user agent is
//! looked at once, over the first lines: `12ms` (Traefik), `rt=0.012`, numbers such as `0.012` (nginx's request time,
//! then its upstream's) and `[shop-cart-80]` (the Kubernetes ingress) are understood, everything else is passed over.

use memchr::{memchr, memmem};

use crate::clock::{Moment, Moments};
use crate::fields::{digits, method_and_path, micros, status};
use crate::moment::{CLF_LENGTH, Unit};
use crate::readers::{Format, Line, Outcome, Reader, Reason};
use crate::tokens::Tokens;

pub(super) const FORMAT: Format = Format {
    id: "combined",
    name: "access log (common or combined)",
    open: |head| Some(Box::new(Combined::of(head))),
};

/// Share of the first lines in which a field must be what it is taken for.
const SURE: f64 = 0.9;
/// Fields behind the user agent that are looked at.
const TAIL_MAX: usize = 24;
/// What people write before a request time in seconds.
const TIME_KEYS: [&[u8]; 5] =
    [b"rt=", b"request_time=", b"request_time:", b"reqtime=", b"duration="];
/// And before that of the server behind.
const UPSTREAM_KEYS: [&[u8]; 5] =
    [b"urt=", b"upstream_response_time=", b"upstream_time=", b"upstream_response_time:", b"ut="];

#[derive(Debug, Default)]
struct Combined {
    moments: Moments,
    virtual_host: VirtualHost,
    tail: Tail,
}

/// Whether a virtual host stands in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum VirtualHost {
    #[default]
    None,
    First,
}

/// Where to look behind the user agent; fields are counted from there.
#[derive(Debug, Clone, Default)]
struct Tail {
    time: Option<Place>,
    upstream: Option<Place>,
    service: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Behind this text.
    Key(&'static [u8]),
    /// The field with this number.
    Field(usize),
}

impl Reader for Combined {
    #[inline]
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        let Some((moment, at, rest)) = self.time(line) else {
            return Outcome::Skipped(Reason::Time);
        };
        let Some((mut found, after)) = request(rest) else {
            return Outcome::Skipped(Reason::Fields);
        };
        (found.at_ns, found.precision, found.zone) = (moment.at_ns, moment.precision, moment.zone);
        let mut front = Tokens { rest: line.get(..at).unwrap_or(&[]) };
        if self.virtual_host == VirtualHost::First {
            found.host = front.bare().unwrap_or(&[]);
        }
        found.client = front.bare().unwrap_or(&[]);
        let (agent, tail) = agent_and_tail(after);
        found.agent = agent;
        found.duration_us = last_millis(line);
        self.tail.read(tail, &mut found);
        Outcome::Request(found)
    }

    fn assumptions(&self) -> Vec<String> {
        let mut all = Vec::new();
        if let Some(Place::Field(_)) = self.tail.time {
            let upstream = match self.tail.upstream {
                Some(Place::Field(_)) => " and the next such number as the upstream's",
                _ => "",
            };
            all.push(format!(
                "a number such as 0.012 behind the user agent is taken as the request time in seconds{upstream}; \
                 `--log-format` says what it is"
            ));
        }
        all
    }
}

impl Combined {
    /// With what the first lines show of their beginning and their end.
    fn of(head: &[&[u8]]) -> Self {
        let mut reader = Self::default();
        let (mut lines, mut fronts) = (0_usize, 0_usize);
        let mut tails: Vec<&[u8]> = Vec::new();
        for line in head {
            let Some((_, at, rest)) = reader.time(line) else { continue };
            let Some((_, after)) = request(rest) else { continue };
            lines += 1;
            fronts += usize::from(has_virtual_host(line.get(..at).unwrap_or(&[])));
            tails.push(agent_and_tail(after).1);
        }
        if lines > 0 && fronts as f64 >= lines as f64 * SURE {
            reader.virtual_host = VirtualHost::First;
        }
        reader.tail = Tail::of(&tails);
        reader
    }

    /// The first time in brackets, where it begins, and what follows it. A user name may hold brackets too.
    #[inline]
    fn time<'l>(&mut self, line: &'l [u8]) -> Option<(Moment, usize, &'l [u8])> {
        let mut from = 0;
        loop {
            from += memchr(b'[', line.get(from..)?)? + 1;
            let (text, after) = line.get(from..)?.split_first_chunk::<CLF_LENGTH>()?;
            if let [b']', rest @ ..] = after {
                if let Some(moment) = self.moments.clf(text) {
                    return Some((moment, from - 1, rest));
                }
            } else if let Some((moment, rest)) = self.iso(line.get(from..)?) {
                return Some((moment, from - 1, rest));
            }
        }
    }

    /// `[2026-11-23T06:09:10+00:00]`, as nginx with `$time_iso8601`.
    #[cold]
    fn iso<'l>(&mut self, text: &'l [u8]) -> Option<(Moment, &'l [u8])> {
        if text.get(4) != Some(&b'-') {
            return None;
        }
        let end = memchr(b']', text)?;
        Some((self.moments.iso(text.get(..end)?)?, text.get(end + 1..)?))
    }
}

/// Whether what stands before the time is `vhost host ident user` and not `host ident user`.
fn has_virtual_host(front: &[u8]) -> bool {
    let words: Vec<&[u8]> = front.split(|&b| b == b' ').filter(|word| !word.is_empty()).collect();
    let [first, client, ident, ..] = words.as_slice() else { return false };
    let named = first.iter().any(u8::is_ascii_alphabetic) && !first.contains(&b'[');
    let client = client.contains(&b'.') || client.contains(&b':');
    words.len() == 4 && named && client && ident.len() < 64 && !first.ends_with(b":")
}

impl Tail {
    fn of(tails: &[&[u8]]) -> Self {
        let fields: Vec<Vec<&[u8]>> = tails
            .iter()
            .map(|tail| {
                let mut tokens = Tokens { rest: tail };
                std::iter::from_fn(|| tokens.next_with_brackets()).take(TAIL_MAX).collect()
            })
            .filter(|fields: &Vec<&[u8]>| !fields.is_empty())
            .collect();
        let sure = |is: &dyn Fn(&[&[u8]]) -> bool| {
            let n = fields.iter().filter(|fields| is(fields)).count();
            n > 0 && n as f64 >= fields.len() as f64 * SURE
        };
        let key = |keys: &[&'static [u8]]| {
            let mut all = tails.iter().filter_map(|tail| keys.iter().find(|k| has_key(tail, k)));
            all.next().map(|key| Place::Key(key))
        };
        let mut places = (0..TAIL_MAX).filter(|&i| {
            sure(&|fields| fields.get(i).is_some_and(|field| is_seconds(field)))
                && fields.iter().any(|fields| fields.get(i).is_some_and(|f| f.contains(&b'.')))
        });
        let time = key(&TIME_KEYS).or_else(|| places.next().map(Place::Field));
        let upstream =
            key(&UPSTREAM_KEYS).or_else(|| time.and_then(|_| places.next().map(Place::Field)));
        let service = (0..TAIL_MAX).find(|&i| {
            sure(&|fields| {
                fields.get(i).is_some_and(|f| matches!(f, [b'[', b'a'..=b'z', .., b']']))
            })
        });
        Self { time, upstream, service }
    }

    #[inline]
    fn read<'l>(&self, tail: &'l [u8], line: &mut Line<'l>) {
        if self.time.is_none() && self.upstream.is_none() && self.service.is_none() {
            return;
        }
        let field = |place: Option<Place>| match place? {
            Place::Key(key) => value(tail, key),
            Place::Field(n) => Tokens { rest: tail }.nth(n),
        };
        let seconds = |text: &[u8]| micros(text, Unit::Seconds);
        line.duration_us = field(self.time).and_then(seconds).or(line.duration_us);
        line.upstream_us = field(self.upstream).and_then(seconds);
        if let Some(text) = self.service.and_then(|n| Tokens { rest: tail }.nth(n)) {
            line.service = text;
        }
    }
}

/// `0.012` with two to six digits behind the point, or the `-` that stands for none.
fn is_seconds(text: &[u8]) -> bool {
    let Some(point) = memchr(b'.', text) else { return text == b"-" };
    let (whole, part) = (text.get(..point).unwrap_or(&[]), text.get(point + 1..).unwrap_or(&[]));
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    !whole.is_empty() && digits(whole) && digits(part) && (2..=6).contains(&part.len())
}

fn has_key(tail: &[u8], key: &[u8]) -> bool {
    value(tail, key).is_some_and(|value| value.first().is_some_and(u8::is_ascii_digit))
}

/// What follows a key at the beginning of a word, without quotes.
fn value<'l>(tail: &'l [u8], key: &[u8]) -> Option<&'l [u8]> {
    let at = memmem::find_iter(tail, key).find(|at| {
        at.checked_sub(1).is_none_or(|b| !tail[b].is_ascii_alphanumeric() && tail[b] != b'_')
    })?;
    let text = tail.get(at + key.len()..)?;
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let end = text.iter().position(|b| matches!(b, b' ' | b'"' | b',' | b';'));
    text.get(..end.unwrap_or(text.len()))
}

/// `"GET /path HTTP/1.1" 200 2326`, and what follows: the closing quote is the one that a status follows, because
/// attackers' requests hold quotes that not every server escapes.
#[inline]
fn request(text: &[u8]) -> Option<(Line<'_>, &[u8])> {
    let text = text.trim_ascii_start().strip_prefix(b"\"")?;
    let mut from = 0;
    loop {
        from += memchr(b'"', text.get(from..)?)?;
        let after = text.get(from + 1..)?;
        if let Some((status, bytes, rest)) = status_and_bytes(after) {
            let (method, path) = method_and_path(text.get(..from)?);
            return Some((Line { method, path, status, bytes, ..Line::default() }, rest));
        }
        from += 1;
    }
}

/// ` 200 2326`, ` 304 -`, ` 408` at the end, ` - -`; and what follows.
#[inline]
fn status_and_bytes(text: &[u8]) -> Option<(u16, Option<u64>, &[u8])> {
    let text = text.strip_prefix(b" ")?;
    let (code, rest) = match text {
        [a, b, c, rest @ ..] if status(&[*a, *b, *c]) > 0 => (status(&[*a, *b, *c]), rest),
        [b'-', rest @ ..] => (0, rest),
        _ => return None,
    };
    match rest {
        [] => Some((code, None, rest)),
        [b' ', rest @ ..] => {
            let end = memchr(b' ', rest).unwrap_or(rest.len());
            Some((code, digits(rest), rest.get(end..).unwrap_or(&[])))
        }
        _ => None,
    }
}

/// The user agent, the second field in quotes, and what follows it. Without one everything follows.
#[inline]
fn agent_and_tail(after: &[u8]) -> (&[u8], &[u8]) {
    let mut fields = Tokens { rest: after };
    let both = fields.quoted().and_then(|_referrer| fields.quoted());
    both.map_or((&[], after), |agent| (agent, fields.rest))
}

/// Microseconds of a last field `12ms`.
#[inline]
fn last_millis(line: &[u8]) -> Option<u32> {
    let number = line.strip_suffix(b"ms")?;
    let start = number.iter().rposition(|b| !b.is_ascii_digit())?;
    if number.get(start) != Some(&b' ') {
        return None;
    }
    micros(number.get(start + 1..)?, Unit::Millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(u64, String, String, u16, Option<u64>), Reason> {
        match Combined::default().line(line.as_bytes()) {
            Outcome::Request(l) => {
                let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
                Ok((l.at_ns / 1_000_000_000, text(l.method), text(l.path), l.status, l.bytes))
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

    fn all(text: &str) -> Vec<crate::json_line::Owned> {
        let head: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let mut reader = (FORMAT.open)(&head).unwrap();
        head.iter().map(|l| crate::json_line::Outcome2::of(reader.line(l)).request()).collect()
    }

    #[test]
    fn virtual_hosts_in_front() {
        let rest = format!(r#"192.0.2.1 - - {TIME} "GET /a HTTP/1.1" 200 5 "-" "curl/8""#);
        for (front, host) in
            [("www.shop.example:443 ", "www.shop.example:443"), ("shop ", "shop"), ("", "")]
        {
            let line = all(&format!("{front}{rest}")).remove(0);
            assert_eq!((line.host.as_str(), line.agent.as_str()), (host, "curl/8"));
        }
        let syslog = format!("Oct 10 13:55:36 web nginx: {rest}");
        assert_eq!(all(&syslog).remove(0).host, "");
    }

    #[test]
    fn times_behind_the_user_agent() {
        for (tail, whole, upstream) in [
            ("0.012", Some(12_000), None),
            ("\"-\" 0.012 0.010", Some(12_000), Some(10_000)),
            (
                "\"192.0.2.1, 10.0.0.1\" rt=0.012 uct=\"0.001\" urt=\"0.010\"",
                Some(12_000),
                Some(10_000),
            ),
            (
                "499 0.012 [shop-cart-80] [] 10.0.0.5:8080 1234 0.010 200 abcdef",
                Some(12_000),
                Some(10_000),
            ),
            ("request_time=1.5 upstream_response_time=-", Some(1_500_000), None),
            ("\"-\"", None, None),
            ("\"fourth field\"", None, None),
            ("1.2.3", None, None),
            ("12345", None, None),
        ] {
            let line =
                all(&format!(r#"h - - {TIME} "GET /a HTTP/1.1" 200 5 "-" "a" {tail}"#)).remove(0);
            assert_eq!((line.duration_us, line.upstream_us), (whole, upstream), "{tail}");
            assert_eq!(line.service, if tail.contains("cart") { "[shop-cart-80]" } else { "" });
        }
        let plain = all(&format!(r#"h - - {TIME} "GET /a HTTP/1.1" 200 5 0.012"#)).remove(0);
        assert_eq!(plain.duration_us, Some(12_000), "without an agent, too");
        let gateway = all(r#"192.0.2.1 - - [10/Oct/2000:13:55:36 +0000]"GET /pets/{id} HTTP/1.1" 200 113 c6af9ac6-7b61"#).remove(0);
        assert_eq!((gateway.path.as_str(), gateway.duration_us), ("/pets/{id}", None));
        let iso = all(r#"h - - [2000-10-10T13:55:36-07:00] "GET /a HTTP/1.1" 200 5"#).remove(0);
        assert_eq!(iso.at_us, 971_211_336_000_000);
    }
}
