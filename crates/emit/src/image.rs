//! The images of parts, by names from which they can be pulled.

use model::Engine;
use source::Finding;

use crate::findings::NO_IMAGE;
use crate::{Output, Part, Plan};

/// The image of a part as its definition has it, if it can be one; of a known engine the official one.
pub(crate) fn image_of<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    if let Some(image) = declared(part).filter(|image| is_reference(image)) {
        return Some(image);
    }
    // A store that somebody builds is his own.
    let engine = part.component.engine.as_ref().filter(|_| part.component.blueprint.is_none());
    Some(match engine.and_then(model::Fact::get)? {
        Engine::Postgres => "postgres",
        Engine::Mysql => "mysql",
        Engine::Redis => "redis",
        Engine::Valkey => "valkey/valkey",
        Engine::Memcached => "memcached",
        Engine::Mongodb => "mongo",
        Engine::Kafka => "apache/kafka",
        Engine::Opensearch => "opensearchproject/opensearch",
        Engine::Rabbitmq => "rabbitmq",
        Engine::Activemq => "apache/activemq-classic",
        Engine::KeyValue | Engine::Queue | Engine::Objects | Engine::Other => return None,
    })
}

fn declared<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    part.component.blueprint.as_ref()?.image.as_deref()
}

/// Says which parts have an image in their definition that is no reference. Its text is not told: there may be a login in it.
pub(crate) fn told(plan: &Plan<'_>, out: &mut Output) {
    for part in &plan.parts {
        let wrong = declared(part).is_some_and(|image| !image.is_empty() && !is_reference(image));
        if wrong && out.is_written(part) {
            let message = format!(
                "{}: its definition's image cannot be pulled by that name",
                part.component.id
            );
            let hint = "write `registry.example.com/team/name:tag`; what a tool fills in (`ko://…`, a variable that is not set) has to be filled in first";
            let finding = Finding::warning(NO_IMAGE, message).hint(hint);
            out.findings.push(plan.at(finding, part.component.span));
        }
    }
}

/// Whether an image can be called so: `[host[:port]/]path[:tag][@digest]`. The kubelet runs no other (`InvalidImageName`), and Knative's
/// webhook refuses them. Source: the grammar in the documentation of distribution's package `reference`,
/// <https://pkg.go.dev/github.com/distribution/reference>.
pub(crate) fn is_reference(text: &str) -> bool {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    // A colon before the last slash is the host's.
    let (before, last) = match rest.rsplit_once('/') {
        Some((before, last)) => (Some(before), last),
        None => (None, rest),
    };
    let (end, tag) = match last.split_once(':') {
        Some((end, tag)) => (end, Some(tag)),
        None => (last, None),
    };
    let mut path: Vec<&str> = before.into_iter().flat_map(|before| before.split('/')).collect();
    if path.first().is_some_and(|host| is_host(host)) {
        path.remove(0);
    }
    path.push(end);
    let name = rest.len() - tag.map_or(0, |tag| tag.len() + 1);
    name <= 255
        && path.into_iter().all(is_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest)
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let label = |label: &str| {
        let ends = |c: char| c.is_ascii_alphanumeric();
        label.starts_with(ends)
            && label.ends_with(ends)
            && label.chars().all(|c| ends(c) || c == '-')
    };
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let known = match address {
        Some(address) => address.chars().all(|c| c.is_ascii_hexdigit() || c == ':'),
        None => host.split('.').all(label),
    };
    known && port.is_none_or(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()))
}

/// Small letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn is_component(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = |gap: &str| matches!(gap, "" | "." | "_" | "__") || gap.chars().all(|c| c == '-');
    text.starts_with(inside) && text.ends_with(inside) && text.split(inside).all(between)
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128
        && text.starts_with(word)
        && text.chars().all(|c| word(c) || c == '.' || c == '-')
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(word)
        && hex.len() >= 32
        && hex.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::is_reference;

    #[test]
    fn what_can_be_pulled_is_told_from_what_cannot() {
        let digest = format!("app@sha256:{}", "0f".repeat(32));
        let long = format!("app:{}", "t".repeat(128));
        for image in [
            "postgres",
            "postgres:16-alpine",
            "a.pi/b__c/d--e:1",
            "no",
            "localhost:5000/team/app:v1_2.3",
            "[::1]:5000/app",
            "MyHost/app",
            "ghcr.io/org/app:1@sha256:0123456789abcdef0123456789abcdef",
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/api:latest",
            &digest,
            &long,
        ] {
            assert!(is_reference(image), "{image}");
        }
        let longer = format!("{long}t");
        for image in [
            "",
            " x",
            "n8nio/n8n:",
            "ko://knative.dev/serving/test",
            "<YOUR-CONTAINER>",
            "api:80,a_pi:81",
            "acme/api:${TAG}",
            "Api",
            "host/Api",
            "a..b",
            "a___b",
            "-a",
            "a/",
            "/a",
            "a//b",
            "host:/a",
            "app@sha256:0f",
            "app@sha256",
            "é",
            "app:-1",
            &longer,
        ] {
            assert!(!is_reference(image), "{image}");
        }
    }
}
