//! The name of a service in what proxies write of it.

use memchr::{memchr, memrchr};

/// Behind this in the name of a target group stands the group's own name.
const TARGET_GROUP: &[u8] = b"targetgroup/";

/// `reviews` of `outbound|9080|v1|reviews.default.svc.cluster.local`, `cart` of `cart@docker`, `my-targets` of an AWS
/// target group, `shop-cart` of `[shop-cart-80]`; anything else is its own name.
#[inline]
pub(crate) fn name(written: &[u8]) -> &[u8] {
    if written.is_empty() {
        return written;
    }
    let mut name = written;
    if let Some(at) = memchr::memmem::find(name, TARGET_GROUP) {
        let group = name.get(at + TARGET_GROUP.len()..).unwrap_or(&[]);
        return group.get(..memchr(b'/', group).unwrap_or(group.len())).unwrap_or(&[]);
    }
    if let [b'[', inner @ .., b']'] = name {
        let dash = memrchr(b'-', inner).filter(|at| {
            let port = inner.get(at + 1..).unwrap_or(&[]);
            port.iter().all(u8::is_ascii_digit) || matches!(port, b"http" | b"https")
        });
        return inner.get(..dash.unwrap_or(inner.len())).unwrap_or(&[]);
    }
    if let Some(bar) = memrchr(b'|', name) {
        name = name.get(bar + 1..).unwrap_or(&[]);
    }
    if let Some(at) = memchr(b'@', name) {
        name = name.get(..at).unwrap_or(&[]);
    }
    // A name inside a cluster: its first label is the service.
    match memchr::memmem::find(name, b".svc") {
        Some(_) => name.get(..memchr(b'.', name).unwrap_or(name.len())).unwrap_or(&[]),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proxy_s_way_of_writing_it() {
        for (written, service) in [
            ("outbound|9080|v1|reviews.default.svc.cluster.local", "reviews"),
            ("inbound|9080||", ""),
            ("cart@docker", "cart"),
            ("arn:aws:elasticloadbalancing:us-east-2:1:targetgroup/my-targets/73e2", "my-targets"),
            ("[default-shop-80]", "default-shop"),
            ("[default-shop-http]", "default-shop"),
            ("[shop]", "shop"),
            ("static", "static"),
            ("my-bucket.example", "my-bucket.example"),
            ("", ""),
        ] {
            assert_eq!(name(written.as_bytes()), service.as_bytes(), "{written}");
        }
    }
}
