//! AWS Application Load Balancer:
//!
//! `type time elb client:port target:port request_s target_s response_s status target_status received sent "request"
//! "agent" cipher protocol target_group "trace" "domain" "certificate" priority creation_time …`
//!
//! The request came at `request_creation_time`; `time` is when it was answered. Exports mix the lines of several
//! load balancers, so those of a network load balancer are read here, too.

use crate::clock::Moments;
use crate::fields::{Draft, Role, Stamp};
use crate::moment::Unit;
use crate::readers::{Format, Outcome, Reader, Reason, nlb};
use crate::tokens::Tokens;

pub(super) const FORMAT: Format =
    Format { id: "alb", name: "AWS application load balancer", open: |head| open(head) };

const TYPES: [&[u8]; 6] = [b"http", b"https", b"h2", b"grpcs", b"ws", b"wss"];

fn open(head: &[&[u8]]) -> Option<Box<dyn Reader>> {
    let ours = |line: &&[u8]| TYPES.contains(&Tokens { rest: line }.bare().unwrap_or(&[]));
    head.iter().any(ours).then(|| Box::new(Alb::default()) as _)
}

#[derive(Debug, Default)]
struct Alb {
    moments: Moments,
    connections: bool,
}

impl Reader for Alb {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        if line.starts_with(b"tls ") || line.starts_with(b"tcp ") {
            self.connections = true;
            return nlb::connection(line, &mut self.moments);
        }
        request(line, &mut self.moments).unwrap_or(Outcome::Skipped(Reason::Fields))
    }

    fn assumptions(&self) -> Vec<String> {
        if self.connections { vec![nlb::ASSUMED.to_owned()] } else { Vec::new() }
    }
}

fn request<'l>(line: &'l [u8], moments: &mut Moments) -> Option<Outcome<'l>> {
    let mut draft = Draft::default();
    let mut fields = Tokens { rest: line };
    if !TYPES.contains(&fields.bare()?) {
        return None;
    }
    draft.set(Role::Time, fields.bare()?, moments);
    let _elb = fields.bare()?;
    draft.set(Role::Client, fields.bare()?, moments);
    let _target = fields.bare()?;
    let parts = [fields.bare()?, fields.bare()?, fields.bare()?];
    draft.set(Role::Upstream(Unit::Seconds), parts[1], moments);
    // -1 where the target was never reached.
    let parts = parts.map(|part| crate::fields::micros(part, Unit::Seconds));
    draft.line.duration_us = parts.into_iter().flatten().reduce(u32::saturating_add);
    draft.set(Role::Status, fields.bare()?, moments);
    for _target_status_received in 0..2 {
        fields.bare()?;
    }
    draft.set(Role::Bytes, fields.bare()?, moments);
    draft.set(Role::Request, fields.quoted()?, moments);
    draft.set(Role::Agent, fields.quoted().unwrap_or(&[]), moments);
    let mut later = |n| (0..n).try_fold(&[][..], |_, _| fields.next());
    if let Some(group) = later(3) {
        draft.set(Role::Service, group, moments);
    }
    if let Some(domain) = later(2) {
        draft.set(Role::Host, domain, moments);
    }
    if let Some(created) = later(3) {
        draft.set(Role::Time, created, moments);
    }
    Some(draft.finish(Stamp::Arrival))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::{Outcome2, Owned};

    const LINE: &str = r#"https 2018-07-02T22:23:00.186641Z app/my-lb/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/a?b HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337281" "www.example.com" "arn:aws:acm:us-east-2:1:certificate/1" 1 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1"#;

    fn read(line: &str) -> Outcome2 {
        let head = [LINE.as_bytes()];
        let mut reader = open(&head).unwrap();
        Outcome2::of(reader.line(line.as_bytes()))
    }

    #[test]
    fn the_line_of_the_manual() {
        let wanted = Owned {
            at_us: 1_530_570_168_364_000,
            method: "GET".into(),
            path: "https://www.example.com:443/a?b".into(),
            status: 200,
            bytes: Some(57),
            duration_us: Some(171_000),
            upstream_us: Some(48_000),
            host: "www.example.com".into(),
            service: "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067".into(),
            agent: "curl/7.46.0".into(),
        };
        assert_eq!(read(LINE).request(), wanted);
    }

    #[test]
    fn old_undispatched_and_broken_lines() {
        let old = r#"http 2018-11-30T22:23:00.186641Z app/my-lb/5 192.0.2.1:2817 - -1 -1 -1 502 - 34 366 "GET http://example.com:80/ HTTP/1.1" "curl/7.46.0" - -"#;
        let line = read(old).request();
        assert_eq!(
            (line.at_us, line.status, line.duration_us, line.upstream_us),
            (1_543_616_580_186_641, 502, None, None)
        );
        let cut = LINE.split(" 57").next().unwrap();
        assert_eq!(read(cut), Outcome2::Skipped(Reason::Fields));
        assert_eq!(
            read("https yesterday a b c 1 1 1 200 200 0 5 \"GET / HTTP/1.1\" \"x\""),
            Outcome2::Skipped(Reason::Time)
        );
    }
}
