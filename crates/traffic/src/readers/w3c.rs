//! W3C extended log, as IIS and others write it: a `#Fields:` line says what the columns are, and may come again.

use crate::fields::Role;
use crate::moment::Unit;
use crate::readers::{Format, Reader};
use crate::w3c_columns::{Columns, Headed};

pub(super) const FORMAT: Format =
    Format { id: "w3c", name: "W3C extended log (IIS)", open: |head| open(head) };

/// IIS writes milliseconds although the draft says seconds.
const ROLES: &[(&str, Role)] = &[
    ("date", Role::Date),
    ("time", Role::Clock),
    ("cs-method", Role::Method),
    ("cs-uri-stem", Role::Path),
    ("cs-uri", Role::Path),
    ("sc-status", Role::Status),
    ("sc-bytes", Role::Bytes),
    ("bytes", Role::Bytes),
    ("cs-host", Role::Host),
    ("cs(Host)", Role::Host),
    ("s-sitename", Role::Service),
    ("cs(User-Agent)", Role::Agent),
    ("c-ip", Role::Client),
    ("time-taken", Role::Duration(Unit::Millis)),
];

fn open(head: &[&[u8]]) -> Option<Box<dyn Reader>> {
    let header = head.iter().find(|line| line.starts_with(b"#Fields:"))?;
    let cloudfront = memchr::memmem::find(header, b"x-edge-location").is_some();
    (!cloudfront).then(|| Box::new(Headed::new(ROLES, Columns::default())) as _)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::Outcome2;
    use crate::readers::Reason;

    #[test]
    fn columns_may_change_in_the_middle() {
        let text = "#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs(User-Agent) sc-status time-taken
2026-01-02 03:04:05 10.0.0.1 GET /a.aspx q=1 443 Mozilla/5.0+(Windows) 200 46
2026-01-02 03:04:06 10.0.0.1 GET
#Fields: date time cs-uri-stem sc-status sc-bytes
2026-01-02 03:04:07 /b 404 1245";
        let head: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let mut reader = open(&head).unwrap();
        let lines: Vec<_> = head.iter().map(|l| Outcome2::of(reader.line(l))).collect();
        assert!(lines[..3].iter().all(|l| *l == Outcome2::Aside));
        let first = lines[3].clone().request();
        assert_eq!((first.at_us, first.duration_us), (1_767_323_045_000_000, Some(46_000)));
        assert_eq!(
            (first.path.as_str(), first.agent.as_str()),
            ("/a.aspx", "Mozilla/5.0+(Windows)")
        );
        assert_eq!(lines[4], Outcome2::Skipped(Reason::Fields), "fewer columns than it says");
        let last = lines[6].clone().request();
        assert_eq!((last.status, last.bytes, last.method.as_str()), (404, Some(1245), ""));
        assert!(open(&[b"a b c", b"2026-01-02 03:04:05"]).is_none());
    }
}
