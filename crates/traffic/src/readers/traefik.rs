//! Traefik's access log in JSON. Its common log format is read as `combined`.

use crate::fields::{Role, Stamp};
use crate::json_line::Flavour;
use crate::moment::Unit;
use crate::readers::Format;

pub(super) const FORMAT: Format =
    Format { id: "traefik", name: "Traefik access log (JSON)", open: |head| FLAVOUR.open(head) };

const FLAVOUR: Flavour = Flavour {
    fields: &[
        ("StartUTC", Role::Time),
        ("StartLocal", Role::Time),
        ("time", Role::Time),
        ("RequestMethod", Role::Method),
        ("RequestPath", Role::Path),
        ("RequestHost", Role::Host),
        ("RequestAddr", Role::Host),
        ("ServiceName", Role::Service),
        ("RouterName", Role::Service),
        ("DownstreamStatus", Role::Status),
        ("OriginStatus", Role::Status),
        ("DownstreamContentSize", Role::Bytes),
        ("Duration", Role::Duration(Unit::Nanos)),
        ("OriginDuration", Role::Upstream(Unit::Nanos)),
        ("request_User-Agent", Role::Agent),
        ("ClientHost", Role::Client),
        ("ClientAddr", Role::Client),
    ],
    marks: &["RequestPath", "DownstreamStatus"],
    assumed: (&[], ""),
    stamp: Stamp::Arrival,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::{Owned, read_all};

    #[test]
    fn a_request_and_its_service() {
        let text = r#"{"ClientHost":"192.0.2.1","DownstreamContentSize":19,"DownstreamStatus":404,"Duration":2470000,"OriginDuration":1500000,"OriginStatus":404,"RequestAddr":"shop.example:80","RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"/cart?x=1","ServiceName":"cart@docker","StartLocal":"2026-01-02T03:04:05.123456789+01:00","StartUTC":"2026-01-02T02:04:05.123456789Z","level":"info","msg":"","time":"2026-01-02T03:04:05+01:00"}"#;
        let line = read_all(FLAVOUR, text).remove(0).request();
        let wanted = Owned {
            at_us: 1_767_319_445_123_456,
            method: "GET".into(),
            path: "/cart?x=1".into(),
            status: 404,
            bytes: Some(19),
            duration_us: Some(2_470),
            upstream_us: Some(1_500),
            host: "shop.example".into(),
            service: "cart@docker".into(),
            ..Owned::default()
        };
        assert_eq!(line, wanted);
    }
}
