//! Paths of requests: never the query.

use memchr::{memchr, memchr3};

/// The path alone: without scheme, host, query, fragment or path parameters. Empty if there is none.
#[inline]
pub(crate) fn bare(target: &[u8]) -> &[u8] {
    let path = if target.first() == Some(&b'/') { target } else { after_host(target) };
    let end = memchr3(b'?', b'#', b';', path).unwrap_or(path.len());
    path.get(..end).unwrap_or(&[])
}

/// Of `http://host/path`, the path; proxies log whole addresses. `*` and `host:port` have none.
fn after_host(target: &[u8]) -> &[u8] {
    let Some(colon) = memchr(b':', target) else { return &[] };
    let Some(rest) = target.get(colon..).and_then(|rest| rest.strip_prefix(b"://")) else {
        return &[];
    };
    memchr(b'/', rest).and_then(|slash| rest.get(slash..)).unwrap_or(b"/")
}

/// The host of `https://host:443/path`, without its port; empty if there is none.
#[inline]
pub(crate) fn host(target: &[u8]) -> &[u8] {
    if target.first() == Some(&b'/') {
        return &[];
    }
    let Some(rest) = memchr::memmem::find(target, b"://").and_then(|at| target.get(at + 3..))
    else {
        return &[];
    };
    let end = memchr3(b'/', b'?', b'#', rest).unwrap_or(rest.len());
    without_port(rest.get(..end).unwrap_or(&[]))
}

/// `shop.example` of `shop.example:443`.
#[inline]
pub(crate) fn without_port(host: &[u8]) -> &[u8] {
    match memchr::memrchr(b':', host) {
        Some(at) if host.get(at + 1..).is_some_and(|p| p.iter().all(u8::is_ascii_digit)) => {
            host.get(..at).unwrap_or(&[])
        }
        _ => host,
    }
}

/// `/api` of `/api/users/7`; a file in the root is its own.
#[inline]
pub(crate) fn first_segment(bare: &[u8]) -> &[u8] {
    let end = bare.get(1..).and_then(|rest| memchr(b'/', rest)).map_or(bare.len(), |at| at + 1);
    bare.get(..end).unwrap_or(&[])
}

/// Whether the path names a file that a web server or a CDN would serve by itself, by its extension.
#[inline]
pub(crate) fn is_static(bare: &[u8]) -> bool {
    // No extension is longer than five letters and its point.
    let tail = bare.len().saturating_sub(6);
    let Some(dot) = bare.get(tail..).and_then(|end| end.iter().rposition(|&b| b == b'.')) else {
        return false;
    };
    let mut lower = [0_u8; 5];
    let extension = bare.get(tail + dot + 1..).unwrap_or(&[]);
    for (to, from) in lower.iter_mut().zip(extension) {
        *to = from.to_ascii_lowercase();
    }
    matches!(
        lower.get(..extension.len()).unwrap_or(&[]),
        b"css"
            | b"js"
            | b"mjs"
            | b"map"
            | b"wasm"
            | b"png"
            | b"jpg"
            | b"jpeg"
            | b"gif"
            | b"svg"
            | b"ico"
            | b"webp"
            | b"avif"
            | b"bmp"
            | b"xbm"
            | b"woff"
            | b"woff2"
            | b"ttf"
            | b"otf"
            | b"eot"
            | b"txt"
            | b"xml"
            | b"pdf"
            | b"mp3"
            | b"mp4"
            | b"mpg"
            | b"mpeg"
            | b"wav"
            | b"ogg"
            | b"webm"
            | b"avi"
            | b"mov"
    )
}

/// Fit to be printed: control characters and what is not UTF-8 are replaced.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_and_hosts_are_gone() {
        for (target, path) in [
            ("/a/b?token=secret", "/a/b"),
            ("/a#x", "/a"),
            ("/a;jsessionid=1", "/a"),
            ("/", "/"),
            ("http://host:80/a?b", "/a"),
            ("https://host", "/"),
            ("*", ""),
            ("host:443", ""),
            ("", ""),
            ("relative", ""),
        ] {
            assert_eq!(bare(target.as_bytes()), path.as_bytes(), "{target}");
        }
    }

    #[test]
    fn hosts_have_no_port() {
        for (target, name) in [
            ("https://shop.example:443/a", "shop.example"),
            ("http://shop.example", "shop.example"),
            ("/a?next=https://x", ""),
            ("shop.example:443", ""),
            ("", ""),
        ] {
            assert_eq!(host(target.as_bytes()), name.as_bytes(), "{target}");
        }
        assert_eq!(without_port(b"[2001:db8::1]:80"), b"[2001:db8::1]");
        assert_eq!(without_port(b"shop"), b"shop");
    }

    #[test]
    fn segments_and_static_files() {
        for (path, segment, fixed) in [
            ("/api/users/7", "/api", false),
            ("/favicon.ico", "/favicon.ico", true),
            ("/", "/", false),
            ("", "", false),
            ("/assets/app.JS", "/assets", true),
            ("/a.b/c", "/a.b", false),
            ("/x.woff2", "/x.woff2", true),
            ("/x.html", "/x.html", false),
            ("/v1.5", "/v1.5", false),
            ("//x", "/", false),
        ] {
            assert_eq!(first_segment(path.as_bytes()), segment.as_bytes(), "{path}");
            assert_eq!(is_static(path.as_bytes()), fixed, "{path}");
        }
    }

    #[test]
    fn terminals_are_not_to_be_tricked() {
        assert_eq!(printable(b"/a\x1b[31m\xff"), "/a\u{fffd}[31m\u{fffd}");
    }
}
