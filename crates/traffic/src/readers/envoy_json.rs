//! Envoy's access log in JSON, as Istio writes it when told to (`accessLogEncoding: JSON`).

use crate::fields::{Role, Stamp};
use crate::json_line::Flavour;
use crate::moment::Unit;
use crate::readers::Format;

pub(super) const FORMAT: Format = Format {
    id: "envoy-json",
    name: "Envoy or Istio access log (JSON)",
    open: |head| FLAVOUR.open(head),
};

const FLAVOUR: Flavour = Flavour {
    fields: &[
        ("start_time", Role::Time),
        ("method", Role::Method),
        ("path", Role::Path),
        ("x_envoy_origin_path", Role::Path),
        ("authority", Role::Host),
        ("user_agent", Role::Agent),
        ("downstream_remote_address", Role::Client),
        ("upstream_cluster", Role::Service),
        ("response_code", Role::Status),
        ("bytes_sent", Role::Bytes),
        ("duration", Role::Duration(Unit::Millis)),
        ("upstream_service_time", Role::Upstream(Unit::Millis)),
    ],
    marks: &["start_time", "response_code"],
    assumed: (&[], ""),
    stamp: Stamp::Arrival,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::read_all;

    #[test]
    fn what_istio_writes() {
        let text = r#"{"upstream_host":"10.0.0.9:9080","bytes_received":0,"upstream_service_time":"4","response_code_details":"via_upstream","start_time":"2026-01-02T03:04:05.678Z","method":"GET","path":"/reviews/0?x=y","authority":"reviews:9080","response_code":200,"duration":5,"bytes_sent":295,"user_agent":null,"upstream_cluster":"outbound|9080|v1|reviews.default.svc.cluster.local","protocol":"HTTP/1.1","response_flags":"-"}"#;
        let line = read_all(FLAVOUR, text).remove(0).request();
        assert_eq!(
            (line.path.as_str(), line.status, line.bytes),
            ("/reviews/0?x=y", 200, Some(295))
        );
        assert_eq!((line.duration_us, line.upstream_us), (Some(5_000), Some(4_000)));
        assert_eq!(line.at_us, 1_767_323_045_678_000);
        assert!(line.service.starts_with("outbound|9080") && line.agent.is_empty());
    }
}
