//! Amazon CloudFront's standard log: tabs between columns, a `#Fields:` line at the top of each file.

use crate::fields::Role;
use crate::moment::Unit;
use crate::readers::{Format, Reader};
use crate::w3c_columns::{Columns, Headed};

pub(super) const FORMAT: Format =
    Format { id: "cloudfront", name: "CloudFront standard log", open: |head| open(head) };

const ROLES: &[(&str, Role)] = &[
    ("date", Role::Date),
    ("time", Role::Clock),
    ("cs-method", Role::Method),
    ("cs-uri-stem", Role::Path),
    ("sc-status", Role::Status),
    ("sc-bytes", Role::Bytes),
    // What the viewer asked for, before the distribution's own name.
    ("x-host-header", Role::Host),
    ("cs(Host)", Role::Service),
    ("cs(User-Agent)", Role::Agent),
    ("c-ip", Role::Client),
    ("time-taken", Role::Duration(Unit::Seconds)),
    ("time-to-first-byte", Role::Upstream(Unit::Seconds)),
];

/// The columns of files whose header was lost, when many were joined.
const USUAL: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) \
    cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes \
    time-taken";
/// A date, a time and tabs: no other log begins so.
const TABS_MIN: usize = 20;

fn open(head: &[&[u8]]) -> Option<Box<dyn Reader>> {
    let edge = |line: &&[u8]| {
        line.starts_with(b"#Fields:") && memchr::memmem::find(line, b"x-edge-location").is_some()
    };
    let columns = if head.iter().any(edge) {
        Columns::default()
    } else {
        let tabs = |line: &[u8]| memchr::memchr_iter(b'\t', line).count();
        let first = head.iter().find(|line| !line.starts_with(b"#"))?;
        if tabs(first) < TABS_MIN {
            return None;
        }
        Columns::new(USUAL.as_bytes(), ROLES)
    };
    Some(Box::new(Headed::new(ROLES, columns)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::Outcome2;

    const LINE: &str = "2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%20(Windows)\tq=secret\t-\tHit\tSOX4==\twww.example.com\thttps\t23\t0.001\t-\tTLSv1.2\tECDHE\tHit\tHTTP/2.0";

    #[test]
    fn with_its_header_and_without() {
        let header = format!("#Version: 1.0\n#Fields: {USUAL} x-forwarded-for\n{LINE}");
        for text in [header.as_str(), LINE] {
            let head: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
            let mut reader = open(&head).unwrap();
            let lines: Vec<_> = head.iter().map(|l| Outcome2::of(reader.line(l))).collect();
            let line = lines.last().unwrap().clone().request();
            assert_eq!((line.at_us, line.duration_us), (1_575_493_351_000_000, Some(1_000)));
            assert_eq!(
                (line.path.as_str(), line.status, line.bytes),
                ("/index.html", 200, Some(392))
            );
            assert_eq!(line.host, "www.example.com");
        }
        assert!(open(&[b"2019-12-04\t21:02:31\tLAX1"]).is_none());
    }
}
