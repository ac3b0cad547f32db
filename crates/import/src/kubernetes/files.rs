//! What a container sees of the pod's volumes: scratch space, config maps, secrets, claims.

use std::collections::BTreeSet;

use model::{Held, Mount};
use source::Finding;
use source::yaml::Node;

use super::config::Config;
use super::object::at;
use super::quantity;
use crate::container::rights;
use crate::findings::NOT_USED;
use crate::names::quoted;

/// Everything that a container sees of them; what is not kept is told.
pub(super) fn mounts(
    container: &Node,
    spec: &Node,
    label: &str,
    config: &Config,
    findings: &mut Vec<Finding>,
) -> Vec<Mount> {
    let volumes = spec.get("volumes").map(Node::items).unwrap_or_default();
    let named =
        |name: &str| volumes.iter().find(|v| v.get("name").and_then(Node::text) == Some(name));
    let mut found = Vec::new();
    for mount in container.get("volumeMounts").map(Node::items).unwrap_or_default() {
        let text = |key: &str| mount.get(key).and_then(Node::text);
        let (Some(volume), Some(path)) = (text("name"), text("mountPath")) else { continue };
        let part = text("subPath").filter(|part| !part.is_empty()).map(str::to_owned);
        let read_only = text("readOnly") == Some("true");
        // The kubelet takes a path that is not absolute from the root on; one with a drive is Windows's.
        let slash = if path.starts_with('/') || path.contains(':') { "" } else { "/" };
        let place = format!("{slash}{path}");
        let seen = Mount { part, read_only, ..Mount::new(Held::Claim, volume, place) };
        let mut lost = Vec::new();
        match named(volume) {
            _ if mount.get("subPathExpr").is_some() => lost.push("what it sees".to_owned()),
            // A claim of the StatefulSet's own goes by its name alone.
            None => found.push(seen),
            Some(volume) => found.extend(behind(volume, &seen, config, &mut lost)),
        }
        findings.extend(lost.into_iter().map(|what| {
            let message = format!("{label}: {what} at {} is not kept", quoted(path));
            mount.mark(Finding::note(NOT_USED, message))
        }));
    }
    found
}

/// What stands behind a volume, seen as `seen` says; in words what is not kept of it.
fn behind(volume: &Node, seen: &Mount, config: &Config, lost: &mut Vec<String>) -> Vec<Mount> {
    if let Some(space) = volume.get("emptyDir") {
        return vec![scratch(space, seen, lost)];
    }
    if volume.get("ephemeral").is_some() {
        return vec![seen.clone()];
    }
    if let Some(claim) = at(volume, &["persistentVolumeClaim", "claimName"]).and_then(Node::text) {
        return vec![Mount { name: claim.to_owned(), ..seen.clone() }];
    }
    let Some(projected) = volume.get("projected") else {
        let own = files(volume, None, seen, config, lost);
        if own.is_none() {
            lost.push("what it sees".to_owned());
        }
        return own.into_iter().collect();
    };
    let mode = projected.get("defaultMode");
    let mut found = Vec::new();
    for source in projected.get("sources").map(Node::items).unwrap_or_default() {
        let own = files(source, mode, seen, config, lost);
        if own.is_none() {
            let kind = source.entries().first().and_then(|(key, _)| key.text());
            lost.push(format!("the {} that it sees", kind.unwrap_or("part")));
        }
        found.extend(own);
    }
    found
}

fn scratch(space: &Node, seen: &Mount, lost: &mut Vec<String>) -> Mount {
    let size = space.get("sizeLimit").and_then(Node::text);
    let size_max = size.and_then(quantity::bytes).filter(|size| size.get() > 0);
    if size.is_some() && size_max.is_none() {
        lost.push("the size of the scratch space".to_owned());
    }
    let in_memory = space.get("medium").and_then(Node::text) == Some("Memory");
    Mount { held: Held::Scratch, in_memory, size_max, ..seen.clone() }
}

/// A config map or a secret; `None` if it is neither. `mode` is what is said for several at once.
fn files(
    node: &Node,
    mode: Option<&Node>,
    seen: &Mount,
    config: &Config,
    lost: &mut Vec<String>,
) -> Option<Mount> {
    let kinds = [("configMap", Held::ConfigMap), ("secret", Held::Secret)];
    let (own, held) = kinds.iter().find_map(|(key, held)| Some((node.get(key)?, *held)))?;
    let name = own.get("secretName").or_else(|| own.get("name"))?.text()?;
    let items = own.get("items").map(Node::items).unwrap_or_default();
    let keys = items.iter().filter_map(|item| {
        let text = |key: &str| item.get(key).and_then(Node::text).map(str::to_owned);
        Some((text("key")?, text("path")?))
    });
    let usual = own.get("defaultMode").or(mode).and_then(Node::text);
    let own_mode = items.iter().map(|item| item.get("mode").and_then(Node::text).or(usual));
    let modes: BTreeSet<Option<&str>> = own_mode.collect();
    if modes.len() > 1 {
        lost.push("the mode of single files".to_owned());
    }
    let said = if modes.len() == 1 { modes.first().copied().flatten() } else { usual };
    let mode = said.and_then(rights);
    if said.is_some() && mode.is_none() {
        lost.push("the mode of the files".to_owned());
    }
    Some(Mount {
        held,
        name: name.to_owned(),
        keys: keys.collect(),
        mode,
        optional: own.get("optional").and_then(Node::text) == Some("true"),
        content: config.content(held, name),
        // Nobody can write to them, whatever is said (Kubernetes documentation, "Volumes", `configMap` and `secret`).
        read_only: true,
        ..seen.clone()
    })
}
