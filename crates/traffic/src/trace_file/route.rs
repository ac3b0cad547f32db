//! From a path to a route: what a router and a report need of it, and nothing of who asked for what.

use crate::path;

/// Segments that are kept by name.
const SEGMENTS: usize = 3;
/// Longer segments are tokens or titles, not parts of a route.
const SEGMENT_BYTES_MAX: usize = 32;

/// The route of a bare path: its first segments, `*` where one looks like an identifier, and of a deeper path
/// `*` for the rest, with the extension of a static file. `/users/4711/photos/me/1.png` is `/users/*/photos/*.png`.
pub(super) fn route(bare: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bare.len().min(64));
    if bare.is_empty() {
        return out;
    }
    let segments: Vec<&[u8]> = bare.split(|&b| b == b'/').filter(|s| !s.is_empty()).collect();
    let extension = if path::is_static(bare) { extension(bare) } else { &[] };
    for (i, segment) in segments.iter().take(SEGMENTS).enumerate() {
        out.push(b'/');
        let last = i + 1 == segments.len();
        let file = last && i > 0 && !extension.is_empty();
        if file || !is_name(segment) {
            out.push(b'*');
            if last {
                out.extend_from_slice(extension);
            }
        } else {
            out.extend_from_slice(segment);
        }
    }
    if segments.len() > SEGMENTS {
        out.extend_from_slice(b"/*");
        out.extend_from_slice(extension);
    }
    if out.is_empty() {
        out.push(b'/');
    }
    out
}

/// `.png`, point and all; empty if there is none.
fn extension(bare: &[u8]) -> &[u8] {
    let dot = bare.iter().rposition(|&b| b == b'.').unwrap_or(bare.len());
    bare.get(dot..).unwrap_or(&[])
}

/// Whether a segment is a word of the application's and not an identifier, a token, an address or a user.
fn is_name(segment: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if segment.len() > SEGMENT_BYTES_MAX || !segment.iter().all(plain) {
        return false;
    }
    let digits = segment.iter().filter(|b| b.is_ascii_digit()).count();
    let hexadecimal = segment.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    let number = digits == segment.len();
    let mostly_digits = digits >= 4 && digits * 2 >= segment.len();
    let token =
        (hexadecimal && segment.len() >= 8 && digits > 0) || (digits >= 4 && segment.len() >= 16);
    !(number || mostly_digits || token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_identifiers_go() {
        for (path, wanted) in [
            ("", ""),
            ("/", "/"),
            ("//", "/"),
            ("/api/v1/users", "/api/v1/users"),
            ("/api/v1/users/", "/api/v1/users"),
            ("/users/4711/photos/me/1.png", "/users/*/photos/*.png"),
            ("/images/logo.gif", "/images/*.gif"),
            ("/favicon.ico", "/favicon.ico"),
            ("/2015/05/17/title", "/*/*/*/*"),
            ("/u/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/u/*"),
            ("/reset/jane@example.com", "/reset/*"),
            ("/~jane/cv.html", "/*/cv.html"),
            ("/search/%D8%B3%D9%84", "/search/*"),
            ("/order/AB12345678", "/order/*"),
            ("/a/b/c/d/e", "/a/b/c/*"),
        ] {
            let got = String::from_utf8(route(path.as_bytes())).unwrap();
            assert_eq!(got, wanted, "{path}");
            assert_eq!(path::is_static(got.as_bytes()), path::is_static(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn a_route_of_a_route_is_itself() {
        for path in ["/a/b/c/d/e.png", "/x/123", "/", "/wp-login.php", "/a/1/2/3.css"] {
            let once = route(path.as_bytes());
            assert_eq!(route(&once), once, "{path}");
        }
    }
}
