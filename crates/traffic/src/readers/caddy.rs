//! Caddy's access log: one JSON object a request, the request an object within.

use crate::fields::{Role, Stamp};
use crate::json_line::Flavour;
use crate::moment::Unit;
use crate::readers::Format;

pub(super) const FORMAT: Format =
    Format { id: "caddy", name: "Caddy access log (JSON)", open: |head| FLAVOUR.open(head) };

const FLAVOUR: Flavour = Flavour {
    fields: &[
        ("ts", Role::Time),
        ("time", Role::Time),
        ("request/method", Role::Method),
        ("request/uri", Role::Path),
        ("request/host", Role::Host),
        ("request/headers/User-Agent", Role::Agent),
        ("request/client_ip", Role::Client),
        ("request/remote_ip", Role::Client),
        ("status", Role::Status),
        ("size", Role::Bytes),
        // Seconds, unless the encoder is told to write `12ms`.
        ("duration", Role::Duration(Unit::Seconds)),
    ],
    marks: &["request/uri", "request/method"],
    assumed: (&[], ""),
    // Caddy writes the line when the answer is sent.
    stamp: Stamp::End,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::{Outcome2, Owned, read_all};

    #[test]
    fn a_line_of_its_manual_and_another_message() {
        let text = r#"{"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","client_ip":"127.0.0.1","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/a?b=c","headers":{"User-Agent":["curl/7.82.0"],"Accept":["*/*"]},"tls":{"resumed":false}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"]}}
{"level":"warn","ts":1646861402,"msg":"certificate renewed"}"#;
        let lines = read_all(FLAVOUR, text);
        let wanted = Owned {
            at_us: 1_646_861_401_524_102 - 930,
            method: "GET".into(),
            path: "/a?b=c".into(),
            status: 200,
            bytes: Some(10_900),
            duration_us: Some(930),
            host: "localhost".into(),
            agent: "curl/7.82.0".into(),
            ..Owned::default()
        };
        assert_eq!(lines, [Outcome2::Request(wanted), Outcome2::Aside]);
    }
}
