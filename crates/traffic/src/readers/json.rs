//! Any other JSON access log, one object a line: nginx with a JSON `log_format`, applications' own request logs. Fields
//! are known by nginx's names and by those that people use.

use crate::fields::{Role, Stamp};
use crate::json_line::Flavour;
use crate::moment::Unit;
use crate::readers::Format;

pub(super) const FORMAT: Format = Format {
    id: "json",
    name: "JSON access log (nginx and others)",
    open: |head| FLAVOUR.open(head),
};

const FLAVOUR: Flavour = Flavour {
    fields: &[
        ("msec", Role::Time),
        ("time_iso8601", Role::Time),
        ("time_local", Role::Time),
        ("@timestamp", Role::Time),
        ("timestamp", Role::Time),
        ("time", Role::Time),
        ("ts", Role::Time),
        ("datetime", Role::Time),
        ("date", Role::Time),
        ("start_time", Role::Time),
        ("requestTimeEpoch", Role::Time),
        ("request_method", Role::Method),
        ("method", Role::Method),
        ("http_method", Role::Method),
        ("verb", Role::Method),
        ("http.request.method", Role::Method),
        ("http/request/method", Role::Method),
        ("request/method", Role::Method),
        ("request_uri", Role::Path),
        ("uri", Role::Path),
        ("url", Role::Path),
        ("path", Role::Path),
        ("request_path", Role::Path),
        ("http_path", Role::Path),
        ("url.path", Role::Path),
        ("url/path", Role::Path),
        ("url/original", Role::Path),
        ("request/url", Role::Path),
        ("request/path", Role::Path),
        ("endpoint", Role::Path),
        ("request", Role::Request),
        ("request_line", Role::Request),
        ("status", Role::Status),
        ("status_code", Role::Status),
        ("statusCode", Role::Status),
        ("response_code", Role::Status),
        ("http_status", Role::Status),
        ("http.response.status_code", Role::Status),
        ("http/response/status_code", Role::Status),
        ("response/status", Role::Status),
        ("response/statusCode", Role::Status),
        ("code", Role::Status),
        ("body_bytes_sent", Role::Bytes),
        ("bytes_sent", Role::Bytes),
        ("bytes", Role::Bytes),
        ("size", Role::Bytes),
        ("response_size", Role::Bytes),
        ("response_length", Role::Bytes),
        ("http/response/body/bytes", Role::Bytes),
        ("host", Role::Host),
        ("http_host", Role::Host),
        ("server_name", Role::Host),
        ("vhost", Role::Host),
        ("domain", Role::Host),
        ("service", Role::Service),
        ("service_name", Role::Service),
        ("service/name", Role::Service),
        ("function_name", Role::Service),
        ("proxy_upstream_name", Role::Service),
        ("upstream_name", Role::Service),
        ("http_user_agent", Role::Agent),
        ("user_agent", Role::Agent),
        ("userAgent", Role::Agent),
        ("agent", Role::Agent),
        ("user_agent/original", Role::Agent),
        ("remote_addr", Role::Client),
        ("client_ip", Role::Client),
        ("clientIp", Role::Client),
        ("remote_ip", Role::Client),
        ("remote_host", Role::Client),
        ("ip", Role::Client),
        ("client/ip", Role::Client),
        ("client.ip", Role::Client),
        ("request_time", Role::Duration(Unit::Seconds)),
        ("request_duration", Role::Duration(Unit::Seconds)),
        ("duration_s", Role::Duration(Unit::Seconds)),
        ("duration_ms", Role::Duration(Unit::Millis)),
        ("durationMs", Role::Duration(Unit::Millis)),
        ("latency_ms", Role::Duration(Unit::Millis)),
        ("elapsed_ms", Role::Duration(Unit::Millis)),
        ("response_time_ms", Role::Duration(Unit::Millis)),
        ("responseTimeMs", Role::Duration(Unit::Millis)),
        ("duration_us", Role::Duration(Unit::Micros)),
        ("duration_ns", Role::Duration(Unit::Nanos)),
        // The Elastic Common Schema.
        ("event.duration", Role::Duration(Unit::Nanos)),
        ("event/duration", Role::Duration(Unit::Nanos)),
        ("duration", Role::Duration(Unit::Millis)),
        ("latency", Role::Duration(Unit::Millis)),
        ("elapsed", Role::Duration(Unit::Millis)),
        ("response_time", Role::Duration(Unit::Millis)),
        ("responseTime", Role::Duration(Unit::Millis)),
        ("upstream_response_time", Role::Upstream(Unit::Seconds)),
        ("upstream_duration", Role::Upstream(Unit::Seconds)),
    ],
    marks: &[],
    assumed: (
        &["duration", "latency", "elapsed", "response_time", "responseTime"],
        "durations name no unit: taken as milliseconds",
    ),
    // A line is written when its request is over.
    stamp: Stamp::End,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::{Outcome2, read_all};
    use crate::readers::Reason;

    #[test]
    fn nginx_with_its_own_names_and_with_others() {
        let text = r#"{"time_local":"02/Jan/2026:03:04:05 +0000","msec":"1767323045.678","remote_addr":"192.0.2.1","request":"GET /a?b HTTP/1.1","status": "499","body_bytes_sent":"5","request_time":"0.128","upstream_response_time":"0.100, 0.020","http_user_agent":"x\"y","proxy_upstream_name":"shop-cart-80"}
{"time":"2026-01-02T03:04:05+00:00","method":"GET","uri":"\/a\/b\u0026c","status":200}"#;
        let lines = read_all(FLAVOUR, text);
        let first = lines[0].clone().request();
        assert_eq!(first.at_us, 1_767_323_045_550_000, "128 ms before it was written");
        assert_eq!((first.path.as_str(), first.status, first.bytes), ("/a?b", 499, Some(5)));
        assert_eq!((first.duration_us, first.upstream_us), (Some(128_000), Some(120_000)));
        assert_eq!(first.service, "shop-cart-80");
        assert_eq!(lines[1].clone().request().path, "/a/b&c", "escapes are undone");
    }

    #[test]
    fn an_application_s_own_words() {
        let text = r#"{"@timestamp":"2026-01-02T03:04:05.5Z","http":{"request":{"method":"PUT"},"response":{"status_code":204,"body":{"bytes":7}}},"url":{"path":"/x"},"event":{"duration":2500000},"service":{"name":"cart"}}
info: {"level":30,"time":1767323045500,"req":{"method":"GET"},"responseTime":12,"statusCode":200,"path":"/y"}"#;
        let lines = read_all(FLAVOUR, text);
        let first = lines[0].clone().request();
        assert_eq!((first.method.as_str(), first.path.as_str(), first.status), ("PUT", "/x", 204));
        assert_eq!((first.duration_us, first.bytes), (Some(2_500), Some(7)));
        assert_eq!(first.service, "cart");
        let second = lines[1].clone().request();
        assert_eq!((second.path.as_str(), second.duration_us), ("/y", Some(12_000)));
    }

    #[test]
    fn broken_objects_are_told_from_other_messages() {
        let text = r#"{"time":"2026-01-02T03:04:05Z","status":200}
{"time":"2026-01-02T03:04:05Z","status":200
{"time":"2026-01-02T03:04:05Z","msg":"started"}
{"status":200}
[1,2]
{"time":{"a":{"b":"}"}},"x":["]",{"y":1}],"ts":1767323045,"status":200}"#;
        let lines = read_all(FLAVOUR, text);
        assert!(matches!(lines[0], Outcome2::Request(_)));
        assert_eq!(lines[1], Outcome2::Skipped(Reason::Fields), "cut off");
        assert_eq!(lines[2], Outcome2::Aside);
        assert_eq!(lines[3], Outcome2::Skipped(Reason::Time));
        assert_eq!(lines[4], Outcome2::Skipped(Reason::Fields));
        assert!(matches!(lines[5], Outcome2::Request(_)), "what is not asked for is passed over");
    }
}
