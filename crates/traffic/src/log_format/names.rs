//! What the variables of nginx, Apache and Envoy tell.
//!
//! Sources: nginx `ngx_http_log_module` and `ngx_http_upstream_module`, Apache `mod_log_config`, Envoy's access logging.

use crate::fields::Role;
use crate::moment::Unit;

/// A part of a format string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Text as it stands.
    Text(Vec<u8>),
    /// A field.
    Field {
        /// What it tells; `None` if nothing that is read.
        role: Option<Role>,
        /// Whether several servers' values may stand in it.
        several: bool,
        /// Whether it is the time at which the answer was sent.
        end: bool,
    },
}

const NGINX: [(&str, Role); 27] = [
    ("time_local", Role::Time),
    ("time_iso8601", Role::Time),
    ("msec", Role::Time),
    ("request", Role::Request),
    ("request_method", Role::Method),
    ("request_uri", Role::Path),
    ("uri", Role::Path),
    ("document_uri", Role::Path),
    ("status", Role::Status),
    ("body_bytes_sent", Role::Bytes),
    ("bytes_sent", Role::Bytes),
    ("request_time", Role::Duration(Unit::Seconds)),
    ("upstream_response_time", Role::Upstream(Unit::Seconds)),
    ("upstream_header_time", Role::Upstream(Unit::Seconds)),
    ("host", Role::Host),
    ("http_host", Role::Host),
    ("server_name", Role::Host),
    ("http_user_agent", Role::Agent),
    ("remote_addr", Role::Client),
    ("proxy_upstream_name", Role::Service),
    ("proxy_host", Role::Service),
    ("service_name", Role::Service),
    // Tengine, OpenResty and ingress controllers.
    ("upstream_name", Role::Service),
    ("vhost", Role::Host),
    ("duration_ms", Role::Duration(Unit::Millis)),
    ("path", Role::Path),
    ("method", Role::Method),
];

const ENVOY: [(&str, Role); 20] = [
    ("START_TIME", Role::Time),
    ("REQ(:METHOD)", Role::Method),
    ("REQ(:PATH)", Role::Path),
    ("REQ(X-ENVOY-ORIGINAL-PATH?:PATH)", Role::Path),
    ("REQ(:AUTHORITY)", Role::Host),
    ("REQ(HOST)", Role::Host),
    ("REQ(USER-AGENT)", Role::Agent),
    ("DOWNSTREAM_REMOTE_ADDRESS", Role::Client),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Role::Client),
    ("RESPONSE_CODE", Role::Status),
    ("BYTES_SENT", Role::Bytes),
    ("DURATION", Role::Duration(Unit::Millis)),
    ("RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)", Role::Upstream(Unit::Millis)),
    ("REQUEST_DURATION", Role::Upstream(Unit::Millis)),
    ("UPSTREAM_CLUSTER", Role::Service),
    ("UPSTREAM_CLUSTER_RAW", Role::Service),
    ("ROUTE_NAME", Role::Service),
    ("REQUESTED_SERVER_NAME", Role::Host),
    ("PATH", Role::Path),
    ("METHOD", Role::Method),
];

/// Cuts a format string into text and fields.
pub(super) fn split(text: &str) -> Result<Vec<Part>, String> {
    let letter_after = |mark: char| {
        let mut pairs = text.chars().zip(text.chars().skip(1));
        pairs.any(|(a, b)| a == mark && (b.is_ascii_alphabetic() || b == '{'))
    };
    if letter_after('$') {
        return nginx(text);
    }
    if text.contains('%') {
        return percent(text);
    }
    Err("neither nginx's `$request` nor Apache's `%r` stands in it".to_owned())
}

fn field(role: Option<Role>) -> Part {
    Part::Field { role, several: false, end: false }
}

fn nginx(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut pieces = text.split('$');
    parts.extend(pieces.next().map(|before| Part::Text(before.as_bytes().to_vec())));
    for piece in pieces {
        let (name, rest) = if let Some(braced) = piece.strip_prefix('{') {
            braced.split_once('}').ok_or("a `${` is never closed")?
        } else {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            piece.split_at(piece.find(|c| !word(c)).unwrap_or(piece.len()))
        };
        let role = NGINX.iter().find(|(known, _)| *known == name).map(|(_, role)| *role);
        let several = name.starts_with("upstream_");
        parts.push(Part::Field { role, several, end: name == "msec" });
        parts.push(Part::Text(rest.as_bytes().to_vec()));
    }
    Ok(parts)
}

/// Apache's and Envoy's fields both begin with a `%`.
fn percent(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['%', '\\']) {
        let (before, from) = rest.split_at(at);
        parts.push(Part::Text(before.as_bytes().to_vec()));
        let mut letters = from.chars();
        let mark = letters.next();
        let next = letters.next();
        if mark == Some('\\') {
            let plain = match next {
                Some('t') => '\t',
                Some('n') => '\n',
                Some(other) => other,
                None => '\\',
            };
            parts.push(Part::Text(plain.to_string().into_bytes()));
            rest = letters.as_str();
        } else if next == Some('%') {
            parts.push(Part::Text(b"%".to_vec()));
            rest = letters.as_str();
        } else if let Some((name, after)) = envoy(from) {
            let known = ENVOY.iter().find(|(known, _)| *known == name).map(|(_, role)| *role);
            let time = name.starts_with("START_TIME(").then_some(Role::Time);
            parts.push(field(known.or(time)));
            rest = after;
        } else {
            rest = apache(from, &mut parts)?;
        }
    }
    parts.push(Part::Text(rest.as_bytes().to_vec()));
    Ok(parts)
}

/// `%NAME(argument):length%`: its name with the argument, and what follows.
fn envoy(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('%')?;
    let name = inner.find(|c: char| !(c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()))?;
    let (word, mut after) = inner.split_at(name);
    let mut length = name;
    if after.starts_with('(') {
        let close = after.find(')')?;
        length += close + 1;
        after = inner.get(length..)?;
    }
    let (limit, rest) = after.split_once('%')?;
    let plain =
        limit.is_empty() || limit.strip_prefix(':').is_some_and(|n| n.parse::<u32>().is_ok());
    (word.len() > 1 && plain).then_some((inner.get(..length)?, rest))
}

/// `%>s`, `%{User-Agent}i`, `%!200,304{Referer}i`: pushes what it is and gives what follows.
fn apache<'t>(text: &'t str, parts: &mut Vec<Part>) -> Result<&'t str, String> {
    let text = text.strip_prefix('%').unwrap_or(text);
    let text = text
        .trim_start_matches(['<', '>', '!', ','])
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == ',');
    let (argument, text) = match text.strip_prefix('{') {
        Some(inner) => inner.split_once('}').ok_or("a `%{` is never closed")?,
        None => ("", text),
    };
    // `%{c}a`, `%^FU` and the like have one more sign.
    let text = text.trim_start_matches('^');
    let mut letters = text.chars();
    let letter = letters.next().ok_or("the format ends within a field")?;
    let role = match (letter, argument) {
        ('t', "") => {
            // It brings its brackets.
            parts.push(Part::Text(b"[".to_vec()));
            parts.push(field(Some(Role::Time)));
            parts.push(Part::Text(b"]".to_vec()));
            return Ok(letters.as_str());
        }
        ('t', _) => Some(Role::Time),
        ('r', _) => Some(Role::Request),
        ('m', _) => Some(Role::Method),
        ('U', _) => {
            // The query follows without anything between.
            let after = letters.as_str();
            parts.push(field(Some(Role::Path)));
            return Ok(after.strip_prefix("%q").unwrap_or(after));
        }
        ('s', _) => Some(Role::Status),
        ('h' | 'a', _) => Some(Role::Client),
        ('b' | 'B' | 'O', _) => Some(Role::Bytes),
        ('v' | 'V', _) => Some(Role::Host),
        ('i', name) if name.eq_ignore_ascii_case("user-agent") => Some(Role::Agent),
        ('i', name) if name.eq_ignore_ascii_case("host") => Some(Role::Host),
        ('D', _) | ('T', "us") => Some(Role::Duration(Unit::Micros)),
        ('T', "ms") => Some(Role::Duration(Unit::Millis)),
        ('T', _) => Some(Role::Duration(Unit::Seconds)),
        _ => None,
    };
    parts.push(field(role));
    Ok(letters.as_str())
}
