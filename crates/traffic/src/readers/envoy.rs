//! Envoy's and Istio's access log as text:
//!
//! `[time] "METHOD path PROTOCOL" status flags … received sent duration_ms upstream_ms "forwarded" "agent" "id" "authority"
//! "upstream" cluster …`
//!
//! Between flags and the four numbers Istio writes two to four fields more, other ones in each version.

use memchr::memmem;

use crate::clock::Moments;
use crate::fields::{Draft, Role, Stamp, digits};
use crate::moment::Unit;
use crate::readers::{Format, Outcome, Reader, Reason};
use crate::tokens::Tokens;

pub(super) const FORMAT: Format = Format {
    id: "envoy",
    name: "Envoy or Istio access log",
    open: |_| Some(Box::new(Envoy::default())),
};

/// Fields between flags and numbers in any version of Istio.
const EXTRA_MAX: usize = 5;

#[derive(Debug, Default)]
struct Envoy {
    moments: Moments,
}

impl Reader for Envoy {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        request(line, &mut self.moments).unwrap_or(Outcome::Skipped(Reason::Fields))
    }
}

fn request<'l>(line: &'l [u8], moments: &mut Moments) -> Option<Outcome<'l>> {
    let mut draft = Draft::default();
    // Before the bracket stands what a collector wrote.
    let open = memchr::memchr(b'[', line).and_then(|at| line.get(at + 1..));
    let Some((time, rest)) = open.and_then(|text| {
        let end = memmem::find(text, b"] \"")?;
        Some((moments.iso(text.get(..end)?)?, text.get(end + 2..)?))
    }) else {
        return Some(Outcome::Skipped(Reason::Time));
    };
    let mut fields = Tokens { rest };
    draft.at(time);
    draft.set(Role::Request, fields.quoted()?, moments);
    draft.set(Role::Status, fields.bare()?, moments);
    let _flags = fields.bare()?;
    let mut extra = 0;
    while digits(Tokens { rest: fields.rest }.next()?).is_none() {
        fields.next()?;
        extra += 1;
        if extra > EXTRA_MAX {
            return None;
        }
    }
    let _received = fields.bare()?;
    draft.set(Role::Bytes, fields.bare()?, moments);
    draft.set(Role::Duration(Unit::Millis), fields.bare()?, moments);
    draft.set(Role::Upstream(Unit::Millis), fields.next().unwrap_or(&[]), moments);
    let _forwarded = fields.next();
    draft.set(Role::Agent, fields.next().unwrap_or(&[]), moments);
    let _id = fields.next();
    draft.set(Role::Host, fields.next().unwrap_or(&[]), moments);
    let _upstream_host = fields.next();
    draft.set(Role::Service, fields.next().unwrap_or(&[]), moments);
    Some(draft.finish(Stamp::Arrival))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::Outcome2;

    fn read(line: &str) -> Outcome2 {
        Outcome2::of(Envoy::default().line(line.as_bytes()))
    }

    #[test]
    fn envoy_s_default_and_every_istio() {
        let after = r#""-" "curl/7" "id" "reviews:9080" "10.0.0.9:9080" outbound|9080||reviews.default.svc.cluster.local 10.0.0.1:1 10.0.0.9:9080 10.0.0.1:2 - default"#;
        for between in [
            "",
            r#""-" "#,
            r#""-" "-" "#,
            r#"via_upstream - "-" "#,
            r#"upstream_reset{connection_failure} - "TLS error: x y" "#,
        ] {
            let line = read(&format!(r#"[2026-01-02T03:04:05.678Z] "GET /reviews/0 HTTP/1.1" 200 - {between}0 295 5 4 {after}"#)).request();
            assert_eq!(
                (line.at_us, line.status, line.bytes),
                (1_767_323_045_678_000, 200, Some(295)),
                "{between}"
            );
            assert_eq!(
                (line.duration_us, line.upstream_us),
                (Some(5_000), Some(4_000)),
                "{between}"
            );
            assert_eq!((line.path.as_str(), line.host.as_str()), ("/reviews/0", "reviews:9080"));
            assert!(line.service.starts_with("outbound|9080||reviews"), "{between}");
        }
    }

    #[test]
    fn tcp_a_prefix_and_what_is_broken() {
        let tcp = read(r#"ACCESS [2019-04-08T16:50:12.533Z] "- - -" 0 - 87 254 4 - "-" "-" "-" "-" "10.0.0.1:80""#).request();
        assert_eq!((tcp.status, tcp.path.as_str(), tcp.upstream_us), (0, "", None));
        assert_eq!(
            read(r#"[2019-04-08T16:50:12.533Z] "GET / HTTP/1.1" 200"#),
            Outcome2::Skipped(Reason::Fields)
        );
        assert_eq!(
            read(r#"[2019-04-08T16:50:12.533Z] "GET / HTTP/1.1" 200 a b c d e f g h"#),
            Outcome2::Skipped(Reason::Fields)
        );
        assert_eq!(
            read(r#"h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1"#),
            Outcome2::Skipped(Reason::Time)
        );
    }
}
