//! Request logs of Google Cloud as `LogEntry` lines with an `httpRequest`: load balancers and Cloud Run.

use crate::fields::{Role, Stamp};
use crate::json_line::Flavour;
use crate::moment::Unit;
use crate::readers::Format;

pub(super) const FORMAT: Format = Format {
    id: "gcp-http",
    name: "Google Cloud request log (JSON lines)",
    open: |head| FLAVOUR.open(head),
};

const FLAVOUR: Flavour = Flavour {
    fields: &[
        ("timestamp", Role::Time),
        ("httpRequest/requestMethod", Role::Method),
        ("httpRequest/requestUrl", Role::Path),
        ("httpRequest/status", Role::Status),
        ("httpRequest/responseSize", Role::Bytes),
        ("httpRequest/latency", Role::Duration(Unit::Seconds)),
        ("httpRequest/userAgent", Role::Agent),
        ("httpRequest/remoteIp", Role::Client),
        ("resource/labels/service_name", Role::Service),
        ("resource/labels/function_name", Role::Service),
        ("resource/labels/backend_service_name", Role::Service),
    ],
    marks: &["httpRequest/requestUrl"],
    assumed: (&[], ""),
    stamp: Stamp::Arrival,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::read_all;

    #[test]
    fn a_log_entry_of_a_load_balancer() {
        let text = r#"{"httpRequest":{"latency":"0.061234s","remoteIp":"192.0.2.1","requestMethod":"GET","requestSize":"86","requestUrl":"https://shop.example/cart?x=1","responseSize":"364","status":502,"userAgent":"GoogleHC/1.0"},"insertId":"1","resource":{"labels":{"backend_service_name":"web","project_id":"p"},"type":"http_load_balancer"},"severity":"WARNING","timestamp":"2026-01-02T03:04:05.678901Z"}"#;
        let line = read_all(FLAVOUR, text).remove(0).request();
        assert_eq!((line.at_us, line.duration_us), (1_767_323_045_678_901, Some(61_234)));
        assert_eq!((line.path.as_str(), line.status), ("https://shop.example/cart?x=1", 502));
        assert_eq!((line.bytes, line.service.as_str()), (Some(364), "web"));
    }
}
