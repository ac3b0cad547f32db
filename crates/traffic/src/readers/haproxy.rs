//! HAProxy's HTTP log:
//!
//! `… haproxy[1]: client:port [06/Feb/2009:12:14:14.655] frontend backend/server Tq/Tw/Tc/Tr/Tt status bytes - - ---- 1/1/1/1/0
//! 0/0 {captured} {captured} "GET /path HTTP/1.1"`
//!
//! Its times name no zone.

use memchr::{memchr, memrchr};

use crate::clock::{Moment, Moments};
use crate::fields::{Draft, Role, Stamp, digits};
use crate::moment::Unit;
use crate::readers::{Format, Outcome, Precision, Reader, Reason, Zoned};
use crate::tokens::Tokens;

pub(super) const FORMAT: Format = Format {
    id: "haproxy",
    name: "HAProxy HTTP log",
    open: |_| Some(Box::new(HaProxy::default())),
};

/// `06/Feb/2009:12:14:14`.
const SECOND: usize = 20;

#[derive(Debug, Default)]
struct HaProxy {
    moments: Moments,
}

impl Reader for HaProxy {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        request(line, &mut self.moments).unwrap_or(Outcome::Skipped(Reason::Fields))
    }

    fn assumptions(&self) -> Vec<String> {
        vec!["times name no zone: taken as UTC".to_owned()]
    }
}

fn request<'l>(line: &'l [u8], moments: &mut Moments) -> Option<Outcome<'l>> {
    let Some((time, rest)) = time(line, moments) else {
        return Some(Outcome::Skipped(Reason::Time));
    };
    let mut draft = Draft::default();
    draft.at(time);
    let mut fields = Tokens { rest };
    let _frontend = fields.bare()?;
    let server = fields.bare()?;
    let backend = server.split(|&b| b == b'/').next()?;
    draft.set(Role::Service, backend, moments);
    let timers: Vec<&[u8]> = fields.bare()?.split(|&b| b == b'/').collect();
    let [_, _, _, answer, total] = timers.as_slice() else { return None };
    // `+150`: logged before the end.
    draft.set(Role::Duration(Unit::Millis), total.strip_prefix(b"+").unwrap_or(total), moments);
    draft.set(Role::Upstream(Unit::Millis), answer, moments);
    draft.set(Role::Status, fields.bare()?, moments);
    draft.set(Role::Bytes, fields.bare()?, moments);
    let last = memrchr(b'"', rest)?;
    let open = memrchr(b'"', rest.get(..last)?)?;
    draft.set(Role::Request, rest.get(open + 1..last)?, moments);
    Some(draft.finish(Stamp::Arrival))
}

/// The time with milliseconds in brackets, and what follows it.
fn time<'l>(line: &'l [u8], moments: &mut Moments) -> Option<(Moment, &'l [u8])> {
    let mut from = 0;
    loop {
        from += memchr(b'[', line.get(from..)?)? + 1;
        let (second, after) = line.get(from..)?.split_first_chunk::<SECOND>()?;
        if let [b'.', a, b, c, b']', rest @ ..] = after {
            let mut whole = *b"00/Xxx/0000:00:00:00 +0000";
            whole.first_chunk_mut::<SECOND>()?.copy_from_slice(second);
            if let (Some(moment), Some(ms)) = (moments.clf(&whole), digits(&[*a, *b, *c])) {
                let at_ns = moment.at_ns + ms * 1_000_000;
                let precision = Precision::Finer;
                return Some((Moment { at_ns, precision, zone: Zoned::Assumed }, rest));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::Outcome2;

    #[test]
    fn the_line_of_the_manual() {
        let text = r#"Feb  6 12:14:14 localhost haproxy[14389]: 192.0.2.1:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1""#;
        let mut reader = HaProxy::default();
        let line = Outcome2::of(reader.line(text.as_bytes())).request();
        assert_eq!((line.at_us, line.status, line.bytes), (1_233_922_454_655_000, 200, Some(2750)));
        assert_eq!((line.duration_us, line.upstream_us), (Some(109_000), Some(69_000)));
        assert_eq!((line.service.as_str(), line.path.as_str()), ("static", "/index.html"));
        let cut = text.get(..text.len() - 30).unwrap();
        assert_eq!(Outcome2::of(reader.line(cut.as_bytes())), Outcome2::Skipped(Reason::Fields));
    }
}
