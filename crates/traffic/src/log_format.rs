//! A log format as its server is told it: nginx's `log_format`, Apache's `LogFormat`, Envoy's format string. Compiled
//! once to what stands between the fields.

use memchr::memchr;

use crate::clock::Moments;
use crate::fields::{Draft, Role, Stamp};
use crate::readers::{Outcome, Reader, Reason};

mod config;
mod names;

/// Longer formats are none.
const LENGTH_MAX: usize = 8 << 10;

/// A log format, ready to read lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFormat {
    /// What stands before the first field.
    first: Vec<u8>,
    pieces: Vec<Piece>,
    stamp: End,
}

/// A field and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    role: Option<Role>,
    /// nginx writes one value for every server it tried, with `, ` and ` : ` between.
    several: bool,
    then: Vec<u8>,
}

/// Whether the time is that of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Yes,
    No,
}

impl LogFormat {
    /// From a format string of nginx (`$time_local`), Apache (`%t`) or Envoy (`%START_TIME%`).
    ///
    /// The error says what is missing: a time, or anything of the request.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("a log format has at most {LENGTH_MAX} bytes"));
        }
        let fields = names::split(text)?;
        let mut format = Self { first: Vec::new(), pieces: Vec::new(), stamp: End::No };
        for part in fields {
            match part {
                names::Part::Text(text) => match format.pieces.last_mut() {
                    Some(piece) => piece.then.extend(text),
                    None => format.first.extend(text),
                },
                names::Part::Field { role, several, end } => {
                    if end {
                        format.stamp = End::Yes;
                    }
                    format.pieces.push(Piece { role, several, then: Vec::new() });
                }
            }
        }
        let count = format.pieces.len();
        if let Some(two) = format.pieces.iter().take(count.max(1) - 1).find(|p| p.then.is_empty()) {
            let what = two.role.map_or("a field", |_| "a field that is read");
            return Err(format!("nothing stands between {what} and the next one"));
        }
        let has = |wanted: &[Role]| {
            format.pieces.iter().any(|p| p.role.is_some_and(|r| wanted.contains(&r)))
        };
        if !has(&[Role::Time]) {
            return Err("no time in it: add `$time_local`, `%t` or `%START_TIME%`".to_owned());
        }
        if !has(&[Role::Request, Role::Path, Role::Method, Role::Status]) {
            return Err(
                "nothing of the request in it: add `$request` and `$status`, or `%r` and `%>s`"
                    .to_owned(),
            );
        }
        Ok(format)
    }

    /// The format that a configuration file of nginx or Apache states: the one with this name, or the first one.
    pub fn in_config(text: &str, name: Option<&str>) -> Result<Self, String> {
        config::find(text, name).and_then(|format| Self::parse(&format))
    }

    pub(crate) fn reader(&self) -> Box<dyn Reader> {
        Box::new(Matcher { format: self.clone(), moments: Moments::default() })
    }
}

/// Reads lines of one format.
struct Matcher {
    format: LogFormat,
    moments: Moments,
}

impl Reader for Matcher {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        let Self { format, moments } = self;
        let Some(mut rest) = line.strip_prefix(format.first.as_slice()) else {
            return Outcome::Skipped(Reason::Fields);
        };
        let mut draft = Draft::default();
        for piece in &format.pieces {
            let Some(end) = piece.end(rest) else { return Outcome::Skipped(Reason::Fields) };
            if let Some(role) = piece.role {
                draft.set(role, rest.get(..end).unwrap_or(&[]), moments);
            }
            rest = rest.get(end + piece.then.len()..).unwrap_or(&[]);
        }
        draft.finish(if format.stamp == End::Yes { Stamp::End } else { Stamp::Arrival })
    }
}

impl Piece {
    /// Where the field ends: at what stands behind it, where nothing escapes that.
    #[inline]
    fn end(&self, text: &[u8]) -> Option<usize> {
        let Some(first) = self.then.first() else { return Some(text.len()) };
        let mut from = 0;
        loop {
            let at = from + memchr(*first, text.get(from..)?)?;
            let fits = text.get(at..).is_some_and(|rest| rest.starts_with(&self.then));
            let escaped = *first == b'"' && at > 0 && text.get(at - 1) == Some(&b'\\');
            if fits && !escaped && !(self.several && goes_on(text, at)) {
                return Some(at);
            }
            from = at + 1;
        }
    }
}

/// Whether the value of several servers goes on behind this space: `0.001,| 0.250| :| 0.003`.
fn goes_on(text: &[u8], space: usize) -> bool {
    if text.get(space) != Some(&b' ') {
        return false;
    }
    let before = space.checked_sub(1).and_then(|at| text.get(at));
    matches!(before, Some(b',' | b':')) || text.get(space + 1..space + 3) == Some(b": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::{Outcome2, Owned};

    fn read(format: &str, line: &str) -> Outcome2 {
        let mut reader = LogFormat::parse(format).unwrap().reader();
        Outcome2::of(reader.line(line.as_bytes()))
    }

    #[test]
    fn nginx() {
        let format = r#"$host $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_response_time ${upstream_addr} $proxy_upstream_name"#;
        let line = r#"shop.example 192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a b HTTP/1.1" 499 5 "-" "curl \"8\" x" 0.250 0.100, 0.020 : 0.003 10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80 shop-cart-80"#;
        let wanted = Owned {
            at_us: 971_211_336_000_000,
            method: "GET".into(),
            path: "/a".into(),
            status: 499,
            bytes: Some(5),
            duration_us: Some(250_000),
            upstream_us: Some(123_000),
            host: "shop.example".into(),
            service: "shop-cart-80".into(),
            agent: "curl \\\"8\\\" x".into(),
        };
        assert_eq!(read(format, line).request(), wanted);
        let json = r#"{"t":"$msec","u":"$request_uri","m":"$request_method","s":$status,"d":$request_time}"#;
        let line =
            read(json, r#"{"t":"971211336.500","u":"/x?y","m":"GET","s":200,"d":0.500}"#).request();
        assert_eq!(
            (line.at_us, line.path.as_str()),
            (971_211_336_000_000, "/x?y"),
            "the end, less what it took"
        );
    }

    #[test]
    fn apache() {
        let time = "[10/Oct/2000:13:55:36 -0700]";
        for (format, tail, us) in [
            ("%D", "1500", 1_500),
            ("%T", "2", 2_000_000),
            ("%{ms}T", "15", 15_000),
            ("%{us}T", "15", 15),
        ] {
            let format = format!(
                r#"%v:%p %h %l %u %t \"%r\" %>s %O \"%{{Referer}}i\" \"%{{User-Agent}}i\" {format}"#
            );
            let line =
                format!(r#"shop:80 192.0.2.1 - bob {time} "GET /a HTTP/1.1" 200 5 "-" "x" {tail}"#);
            let line = read(&format, &line).request();
            assert_eq!(
                (line.duration_us, line.host.as_str(), line.agent.as_str()),
                (Some(us), "shop", "x"),
                "{format}"
            );
        }
        let line = read(
            "%{%Y-%m-%dT%H:%M:%S%z}t %m %U%q %s %B",
            "2000-10-10T13:55:36-0700 GET /a?b 200 7",
        )
        .request();
        assert_eq!(
            (line.at_us, line.path.as_str(), line.bytes),
            (971_211_336_000_000, "/a?b", Some(7))
        );
    }

    #[test]
    fn envoy() {
        let format = r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_SENT% %DURATION% "%REQ(:AUTHORITY)%" %UPSTREAM_CLUSTER%"#;
        let line = read(
            format,
            r#"[2000-10-10T20:55:36.250Z] "GET /a HTTP/2" 200 - 9 12 "shop" outbound|80||web"#,
        )
        .request();
        assert_eq!(
            (line.at_us, line.duration_us, line.bytes),
            (971_211_336_250_000, Some(12_000), Some(9))
        );
        assert_eq!((line.service.as_str(), line.path.as_str()), ("outbound|80||web", "/a"));
    }

    #[test]
    fn lines_of_another_format_and_formats_of_no_log() {
        let format = "$remote_addr [$time_local] \"$request\" $status";
        for line in
            ["", "x", "a [10/Oct/2000:13:55:36 -0700] \"GET", "a [10/Oct/2000:13:55:36 -0700]"]
        {
            assert_eq!(read(format, line), Outcome2::Skipped(Reason::Fields), "{line}");
        }
        assert_eq!(
            read(format, "a [yesterday] \"GET / HTTP/1.1\" 200"),
            Outcome2::Skipped(Reason::Time)
        );
        for (format, word) in [
            ("", "neither"),
            ("hello", "neither"),
            ("$remote_addr $status", "no time"),
            ("%h %t", "nothing of the request"),
            ("$time_local$status", "nothing stands between"),
            ("%{unclosed", "never closed"),
        ] {
            let error = LogFormat::parse(format).unwrap_err();
            assert!(error.contains(word), "{format}: {error}");
        }
        assert!(LogFormat::parse(&"$a ".repeat(9_000)).is_err());
    }
}
