//! AWS Classic Load Balancer:
//!
//! `time elb client:port backend:port request_s backend_s response_s status backend_status received sent "request"
//! "agent" cipher protocol`; `time` is when the request came.

use crate::clock::Moments;
use crate::fields::{Draft, Role, Stamp, micros};
use crate::moment::Unit;
use crate::readers::{Format, Outcome, Reader, Reason};
use crate::tokens::Tokens;

pub(super) const FORMAT: Format = Format {
    id: "clb",
    name: "AWS classic load balancer",
    open: |_| Some(Box::new(Clb::default())),
};

#[derive(Debug, Default)]
struct Clb {
    moments: Moments,
}

impl Reader for Clb {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        request(line, &mut self.moments).unwrap_or(Outcome::Skipped(Reason::Fields))
    }
}

fn request<'l>(line: &'l [u8], moments: &mut Moments) -> Option<Outcome<'l>> {
    let mut draft = Draft::default();
    let mut fields = Tokens { rest: line };
    let Some(time) = moments.iso(fields.bare()?) else {
        return Some(Outcome::Skipped(Reason::Time));
    };
    let _elb = fields.bare()?;
    draft.set(Role::Client, fields.bare()?, moments);
    let _backend = fields.bare()?;
    let parts = [fields.bare()?, fields.bare()?, fields.bare()?];
    draft.set(Role::Upstream(Unit::Seconds), parts[1], moments);
    let parts = parts.map(|part| micros(part, Unit::Seconds));
    draft.line.duration_us = parts.into_iter().flatten().reduce(u32::saturating_add);
    draft.set(Role::Status, fields.bare()?, moments);
    for _backend_status_received in 0..2 {
        fields.bare()?;
    }
    draft.set(Role::Bytes, fields.bare()?, moments);
    draft.set(Role::Request, fields.quoted()?, moments);
    draft.set(Role::Agent, fields.quoted().unwrap_or(&[]), moments);
    draft.at(time);
    Some(draft.finish(Stamp::Arrival))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::Outcome2;

    fn read(line: &str) -> Outcome2 {
        Outcome2::of(Clb::default().line(line.as_bytes()))
    }

    #[test]
    fn http_and_tcp_listeners() {
        let line = read(r#"2015-05-13T23:39:43.945958Z my-lb 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/a HTTP/1.1" "curl/7.38.0" - -"#).request();
        assert_eq!((line.at_us, line.status, line.bytes), (1_431_560_383_945_958, 200, Some(29)));
        assert_eq!((line.duration_us, line.upstream_us), (Some(1_178), Some(1_048)));
        assert_eq!(line.path, "http://www.example.com:80/a");
        let tcp = read(r#"2015-05-13T23:39:43.945958Z my-lb 192.0.2.1:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" - -"#).request();
        assert_eq!((tcp.status, tcp.path.as_str(), tcp.bytes), (0, "", Some(305)));
    }

    #[test]
    fn other_lines_are_not_ours() {
        assert_eq!(read("2015-05-13T23:39:43.945958Z hello"), Outcome2::Skipped(Reason::Fields));
        assert_eq!(read("hello"), Outcome2::Skipped(Reason::Time));
        assert_eq!(read(" "), Outcome2::Skipped(Reason::Fields));
    }
}
