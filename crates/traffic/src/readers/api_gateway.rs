//! Access logs of Amazon API Gateway in JSON, with the names of `$context` that its manual shows. Its common log format
//! is read as `combined`.

use crate::fields::{Role, Stamp};
use crate::json_line::Flavour;
use crate::moment::Unit;
use crate::readers::Format;

pub(super) const FORMAT: Format = Format {
    id: "api-gateway",
    name: "API Gateway access log (JSON)",
    open: |head| FLAVOUR.open(head),
};

const FLAVOUR: Flavour = Flavour {
    fields: &[
        ("requestTimeEpoch", Role::Time),
        ("requestTime", Role::Time),
        ("httpMethod", Role::Method),
        ("method", Role::Method),
        ("path", Role::Path),
        ("resourcePath", Role::Path),
        ("resource_path", Role::Path),
        ("resource", Role::Path),
        // `GET /items/{id}`, `$default`.
        ("routeKey", Role::Request),
        ("domainName", Role::Host),
        ("userAgent", Role::Agent),
        ("ip", Role::Client),
        ("sourceIp", Role::Client),
        ("status", Role::Status),
        ("responseLength", Role::Bytes),
        ("responseLatency", Role::Duration(Unit::Millis)),
        ("integrationLatency", Role::Upstream(Unit::Millis)),
        ("integration_latency", Role::Upstream(Unit::Millis)),
    ],
    marks: &["requestTime", "status"],
    assumed: (&[], ""),
    stamp: Stamp::Arrival,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::read_all;

    #[test]
    fn rest_and_http_apis() {
        let text = r#"{ "requestId":"a", "ip": "192.0.2.1", "caller":"-", "user":"-","requestTime":"02/Jan/2026:03:04:05 +0000", "httpMethod":"GET","resourcePath":"/pets/{id}", "status":"200","protocol":"HTTP/1.1", "responseLength":"1024", "responseLatency": "42", "integrationLatency":"40" }
{"requestId":"b","ip":"192.0.2.1","requestTime":"02/Jan/2026:03:04:06 +0000","httpMethod":"-","routeKey":"POST /items","status":201,"protocol":"HTTP/1.1","responseLength":12}"#;
        let lines = read_all(FLAVOUR, text);
        let [rest, http] = [lines[0].clone().request(), lines[1].clone().request()];
        assert_eq!((rest.at_us, rest.path.as_str()), (1_767_323_045_000_000, "/pets/{id}"));
        assert_eq!(
            (rest.bytes, rest.duration_us, rest.upstream_us),
            (Some(1024), Some(42_000), Some(40_000))
        );
        assert_eq!(
            (http.method.as_str(), http.path.as_str(), http.status),
            ("POST", "/items", 201)
        );
    }
}
