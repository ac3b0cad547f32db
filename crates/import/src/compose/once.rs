//! Services that end: what runs once at each release, before the others.

use model::Kind;
use source::yaml::Node;

use super::layers::Services;
use super::service::words;
use crate::container::{Part, backing};

/// Words in a name that tell of work before the others start.
const ONCE: &[&str] =
    &["migrate", "migrator", "migration", "migrations", "init", "setup", "seed", "bootstrap"];

/// What somebody waits for the end of.
const ENDED: &str = "service_completed_successfully";

/// Whether a service ends before the others begin: they wait for its end, or it is called so and does not restart.
pub(super) fn is_job(name: &str, service: &Node, services: &Services) -> bool {
    let is_awaited = services.values().any(|layer| awaited(&layer.node).any(|job| job == name));
    let restart = service.get("restart").and_then(Node::text).unwrap_or("");
    let restart = restart.split(':').next().unwrap_or("");
    let called_so = name.to_lowercase().split(['-', '_', '.']).any(|word| ONCE.contains(&word));
    let serves = service.get("ports").is_some_and(|ports| !ports.items().is_empty());
    is_awaited || (called_so && !serves && matches!(restart, "no" | "false" | "on-failure"))
}

/// Services whose end this one waits for.
pub(super) fn awaited(service: &Node) -> impl Iterator<Item = &str> {
    let all = service.get("depends_on").map(Node::entries).unwrap_or_default();
    let ended = |node: &Node| node.get("condition").and_then(Node::text) == Some(ENDED);
    all.iter().filter(move |(_, how)| ended(how)).filter_map(|(name, _)| name.text())
}

/// Whether all that it does is to give away or to make folders, which elsewhere the platform does with the disks that it
/// brings.
pub(super) fn prepares_folders(service: &Node) -> bool {
    let image = service.get("image").and_then(Node::text).map(backing::repository);
    let plain = ["busybox", "alpine", "bash", "debian", "ubuntu"];
    let lines = [words(service.get("entrypoint")), words(service.get("command"))].concat();
    let mut words = lines.iter().flat_map(|line| line.split_whitespace());
    service.get("volumes").is_some_and(|volumes| !volumes.items().is_empty())
        && image.is_some_and(|image| plain.contains(&image.as_str()))
        && words.any(|word| matches!(word, "chown" | "chmod" | "mkdir"))
}

/// What a service that ends says of its runs.
pub(super) fn read(service: &Node, part: &mut Part) {
    // A schedule says more: its runs are by the clock.
    if part.schedule.is_some() {
        return;
    }
    part.kind = Some(Kind::Job);
    let text = |node: &Node| node.text().map(|text| text.trim().to_owned());
    let restart = service.get("restart").and_then(text).unwrap_or_default();
    let policy = service.get("deploy").and_then(|deploy| deploy.get("restart_policy"));
    let attempts = policy.and_then(|policy| policy.get("max_attempts")).and_then(text);
    let attempts = attempts.or(restart.strip_prefix("on-failure:").map(str::to_owned));
    // That it does not restart is what compose does anyway, beside an order of starting that others do not have: there the
    // store may not be up yet, and a run without a second try would be lost.
    part.retries = attempts.and_then(|text| text.parse().ok());
}
