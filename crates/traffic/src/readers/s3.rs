//! Amazon S3 server access log:
//!
//! `owner bucket [time] address requester id operation key "request" status error sent object_size total_ms turnaround_ms
//! "referrer" "agent" …`

use crate::clock::Moments;
use crate::fields::{Draft, Role, Stamp};
use crate::moment::Unit;
use crate::readers::{Format, Outcome, Reader, Reason};
use crate::tokens::Tokens;

pub(super) const FORMAT: Format =
    Format { id: "s3", name: "S3 server access log", open: |_| Some(Box::new(S3::default())) };

#[derive(Debug, Default)]
struct S3 {
    moments: Moments,
}

impl Reader for S3 {
    fn line<'l>(&'l mut self, line: &'l [u8]) -> Outcome<'l> {
        request(line, &mut self.moments).unwrap_or(Outcome::Skipped(Reason::Fields))
    }
}

fn request<'l>(line: &'l [u8], moments: &mut Moments) -> Option<Outcome<'l>> {
    let mut draft = Draft::default();
    let mut fields = Tokens { rest: line };
    let _owner = fields.bare()?;
    draft.set(Role::Service, fields.bare()?, moments);
    let Some(time) = moments.clf(fields.next()?) else {
        return Some(Outcome::Skipped(Reason::Time));
    };
    draft.at(time);
    draft.set(Role::Client, fields.bare()?, moments);
    for _requester_id in 0..2 {
        fields.bare()?;
    }
    // `REST.GET.OBJECT`, `S3.EXPIRE.OBJECT`, `BATCH.DELETE.OBJECT`
    if !fields.bare()?.contains(&b'.') {
        return None;
    }
    let _key = fields.bare()?;
    // What S3 does by itself has no request: `-`.
    draft.set(Role::Request, fields.next()?, moments);
    draft.set(Role::Status, fields.bare()?, moments);
    let _error = fields.bare()?;
    draft.set(Role::Bytes, fields.bare()?, moments);
    let _object_size = fields.bare()?;
    draft.set(Role::Duration(Unit::Millis), fields.bare()?, moments);
    draft.set(Role::Upstream(Unit::Millis), fields.bare()?, moments);
    let _referrer = fields.next();
    draft.set(Role::Agent, fields.next().unwrap_or(&[]), moments);
    match draft.finish(Stamp::Arrival) {
        Outcome::Skipped(Reason::Fields) => Some(Outcome::Aside),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::Outcome2;

    fn read(line: &str) -> Outcome2 {
        Outcome2::of(S3::default().line(line.as_bytes()))
    }

    #[test]
    fn a_request_and_what_s3_does_by_itself() {
        let line = read(r#"79a59df900b949e5 my-bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900b949e5 3E57427F3EXAMPLE REST.GET.OBJECT photos/2019/puppy.jpg "GET /my-bucket/photos/2019/puppy.jpg?x-foo=bar HTTP/1.1" 200 - 1140 1140 70 10 "-" "S3Console/0.4" - id= SigV2 - AuthHeader my-bucket.s3.amazonaws.com TLSv1.1"#).request();
        assert_eq!((line.at_us, line.status, line.bytes), (1_549_411_238_000_000, 200, Some(1140)));
        assert_eq!((line.duration_us, line.upstream_us), (Some(70_000), Some(10_000)));
        assert_eq!(line.service, "my-bucket");
        let own = "79a59df900b949e5 my-bucket [06/Feb/2019:00:00:38 +0000] - AmazonS3 3E57 S3.EXPIRE.OBJECT key - - - - 5 - - - - - -";
        assert_eq!(read(own), Outcome2::Aside);
        assert_eq!(
            read(r#"h - - [06/Feb/2019:00:00:38 +0000] "GET / HTTP/1.1" 200 1"#),
            Outcome2::Skipped(Reason::Time)
        );
    }
}
