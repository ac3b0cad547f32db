//! AWS Network Load Balancer: one line a TLS connection, which may carry any number of requests.
//!
//! `type version time elb listener client:port destination:port connection_ms handshake_ms received sent …`

use crate::clock::Moments;
use crate::fields::{Draft, Role, Stamp};
use crate::readers::{Format, Line, Outcome, Reader, Reason, Zoned};
use crate::tokens::Tokens;

pub(super) const FORMAT: Format =
    Format { id: "nlb", name: "AWS network load balancer", open: |head| open(head) };

/// What a reader of such lines says.
pub(super) const ASSUMED: &str = "lines of a network load balancer are connections: each counts as one request without a duration";

fn open(head: &[&[u8]]) -> Option<Box<dyn Reader>> {
    head.iter().any(|line| line.starts_with(b"tls ")).then(|| Box::new(Nlb::default()) as _)
}

#[derive(Debug, Default)]
struct Nlb {
    moments: Moments,
}

impl Reader for Nlb {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        connection(line, &mut self.moments)
    }

    fn assumptions(&self) -> Vec<String> {
        vec![ASSUMED.to_owned()]
    }
}

/// What a line says of its connection: when it ended, and what was sent.
pub(super) fn connection<'l>(line: &'l [u8], moments: &mut Moments) -> Outcome<'l> {
    let mut fields = Tokens { rest: line };
    let mut nth = |n: usize| (0..n).try_fold(&[][..], |_, _| fields.bare()).unwrap_or(&[]);
    let mut draft = Draft::default();
    let kind = nth(1);
    if !matches!(kind, b"tls" | b"tcp") {
        return Outcome::Skipped(Reason::Fields);
    }
    draft.set(Role::Time, nth(2), moments);
    draft.set(Role::Service, nth(1), moments);
    draft.set(Role::Client, nth(2), moments);
    let sent = nth(5);
    if crate::fields::digits(sent).is_none() {
        return Outcome::Skipped(Reason::Fields);
    }
    draft.set(Role::Bytes, sent, moments);
    draft.set(Role::Host, nth(7), moments);
    // There is no request to tell of; that there is a connection is told.
    draft.set(Role::Request, kind, moments);
    match draft.finish(Stamp::Arrival) {
        Outcome::Request(line) => Outcome::Request(Line { zone: Zoned::Utc, ..line }),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::Outcome2;

    #[test]
    fn the_line_of_the_manual() {
        let line = "tls 2.0 2018-12-20T02:59:40 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.1:51341 172.16.100.185:443 5 2 98 246 - arn:aws:acm:us-east-2:671290407336:certificate/2a108f19 - ECDHE-RSA-AES128-SHA tlsv12 - my-network-loadbalancer.elb.us-east-2.amazonaws.com h2 h2 \"h2\" 2018-12-20T02:59:30";
        let mut reader = open(&[line.as_bytes()]).unwrap();
        let got = Outcome2::of(reader.line(line.as_bytes())).request();
        assert_eq!((got.at_us, got.bytes, got.status), (1_545_274_780_000_000, Some(246), 0));
        assert_eq!(got.host, "my-network-loadbalancer.elb.us-east-2.amazonaws.com");
        assert_eq!((got.path.as_str(), got.duration_us), ("", None));
        let broken = Outcome2::of(reader.line(b"tls 2.0 2018-12-20T02:59:40 net/x y"));
        assert_eq!(broken, Outcome2::Skipped(Reason::Fields));
    }
}
