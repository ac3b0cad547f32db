//! The volumes of a pod: scratch space, config maps and secrets by their names, and what has to be there for them.

use std::collections::{BTreeMap, BTreeSet};

use model::{Content, Held, Mount};
use source::Finding;

use super::{config, pod, proxy, workload};
use crate::files::word;
use crate::findings::{LEFT_OUT, TO_DO};
use crate::names::Names;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan};

/// What all may read of a file: without it, only who runs as its owner or in its group may.
const READ_BY_ALL: u16 = 0o004;

/// What one container sees at one place.
type Seen<'m> = Vec<&'m Mount>;
/// What tells one volume from another: each thing in it with what is chosen of it.
type Identity = Vec<(Held, String, Vec<(String, String)>, Option<u16>, bool)>;

/// The volumes of a pod by what they hold, under their names in the manifest.
pub(super) struct Volumes<'m> {
    /// The name of each config map and secret in the cluster.
    objects: BTreeMap<(Held, &'m str), String>,
    claims: Vec<(String, String)>,
    /// Paths at which the main container sees claims.
    taken: BTreeSet<String>,
    others: Vec<(Identity, Seen<'m>, String)>,
}

impl<'m> Volumes<'m> {
    pub(super) fn of(plan: &Plan<'_>, part: &'m Part<'_>) -> Self {
        let claims = workload::claims_by_name(part);
        let mut names = Names::default();
        if proxy::spill(part).is_some() {
            names.give(proxy::VOLUME);
        }
        for (_, given) in &claims {
            names.give(given);
        }
        let component = part.component;
        let files = component.all_mounts().filter(|mount| mount.held.has_files());
        let objects = files.map(|mount| {
            ((mount.held, mount.name.as_str()), object_name(plan, mount.held, &mount.name))
        });
        let taken = workload::volumes(part).into_iter().map(|(_, path)| clean(&path).to_owned());
        let mut found =
            Self { objects: objects.collect(), claims, taken: taken.collect(), others: Vec::new() };
        let further = component.containers.iter().map(|container| &container.mounts);
        let main = found.places(&component.mounts, true);
        let all = further.map(|mounts| found.places(mounts, false));
        let all: Vec<Seen<'m>> = main.into_iter().chain(all.flatten()).collect();
        for seen in all {
            let known = found.others.iter().any(|(known, ..)| *known == identity(&seen));
            if let Some(first) = seen.first().filter(|mount| mount.held != Held::Claim && !known) {
                let name = names.give(&first.name);
                found.others.push((identity(&seen), seen, name));
            }
        }
        found
    }

    /// What a container sees by its places, each once: config maps and secrets at one place together. What cannot be is left out.
    fn places(&self, mounts: &'m [Mount], main: bool) -> Vec<Seen<'m>> {
        let mut found: Vec<Seen<'m>> = Vec::new();
        for mount in mounts.iter().filter(|mount| self.can_be(mount)) {
            let path = clean(&mount.path);
            match found.iter_mut().find(|seen| clean(&seen[0].path) == path) {
                Some(seen) if seen[0].held.has_files() && mount.held.has_files() => {
                    if seen[0].part == mount.part && seen[0].mode == mount.mode {
                        seen.push(mount);
                    }
                }
                Some(_) => {}
                None if main && self.taken.contains(path) => {}
                None => found.push(vec![mount]),
            }
        }
        found
    }

    /// Whether a pod may have it: at a path of its own, without a way out of what is seen.
    fn can_be(&self, mount: &Mount) -> bool {
        let inside = |path: &str| {
            !path.starts_with('/') && !clean(path).split('/').any(|part| matches!(part, "" | ".."))
        };
        let path = clean(&mount.path);
        let claimed = || self.claims.iter().any(|(name, _)| *name == mount.name);
        path.starts_with('/')
            && path.len() > 1
            && !mount.path.contains([':', '\0'])
            && mount.part.as_deref().is_none_or(inside)
            && mount.keys.iter().all(|(key, path)| config::is_key(key) && inside(path))
            && (mount.held != Held::Claim || claimed())
    }

    /// The name of the volume behind a place.
    fn name_of(&self, seen: &Seen<'_>) -> &str {
        let first = seen[0];
        if first.held == Held::Claim {
            let found = self.claims.iter().find(|(name, _)| *name == first.name);
            return found.map_or("", |(_, given)| given);
        }
        let identity = identity(seen);
        self.others.iter().find(|(own, ..)| *own == identity).map_or("", |(.., name)| name)
    }

    /// Entries of `volumeMounts`, one a path; what is left out is told of `container`, `None` for the main one.
    pub(super) fn seen(
        &self,
        plan: &Plan<'_>,
        part: &Part<'_>,
        (container, mounts): (Option<&str>, &'m [Mount]),
        out: &mut Output,
    ) -> Vec<Node> {
        let places = self.places(mounts, container.is_none());
        let kept: Vec<&Mount> = places.iter().flatten().copied().collect();
        for mount in mounts.iter().filter(|m| !kept.iter().any(|kept| std::ptr::eq(*kept, *m))) {
            let whose = container.map_or_else(String::new, |name| format!("its container {name} "));
            let message = format!(
                "{}: {} {}, which {whose}sees at `{}`, is left out",
                part.component.id,
                mount.held.name(),
                mount.name,
                mount.path
            );
            let hint =
                "there is no such thing in the pod, or no such place; give it to the pod by hand";
            let finding = Finding::warning(LEFT_OUT, message).hint(hint);
            out.findings.push(plan.at(finding, part.component.span));
        }
        let one = |seen: &Seen<'_>| {
            let (first, name) = (seen[0], self.name_of(seen));
            let mut node = map([("name", name.into()), ("mountPath", first.path.as_str().into())]);
            if let Some(part) = &first.part {
                node.set("subPath", part.as_str());
            }
            // Knative asks for it where nobody could write anyway.
            if first.read_only || first.held.has_files() {
                node.set("readOnly", true);
            }
            node
        };
        places.iter().map(one).collect()
    }

    /// Entries of `volumes`: claims are the workload's own.
    pub(super) fn nodes(&self, part: &Part<'_>) -> Vec<Node> {
        let one = |(_, seen, name): &(Identity, Seen<'_>, String)| {
            let volume = map([("name", name.as_str().into())]);
            match seen.as_slice() {
                [one] if one.held == Held::Scratch => volume.with("emptyDir", scratch(part, one)),
                [one] => {
                    let (key, name) = match one.held {
                        Held::Secret => ("secret", "secretName"),
                        _ => ("configMap", "name"),
                    };
                    let source = self.source(one, name);
                    volume.with(key, source.with_some("defaultMode", mode(one)))
                }
                several => {
                    let source = |one: &&Mount| {
                        let key = if one.held == Held::Secret { "secret" } else { "configMap" };
                        map([(key, self.source(one, "name"))])
                    };
                    let sources = map([("sources", list(several.iter().map(source)))]);
                    let mode = several.first().and_then(|one| mode(one));
                    volume.with("projected", sources.with_some("defaultMode", mode))
                }
            }
        };
        self.others.iter().map(one).collect()
    }

    /// A config map or a secret with what is chosen of it; its name stands under `key`.
    fn source(&self, mount: &Mount, key: &str) -> Node {
        let name = self.objects.get(&(mount.held, mount.name.as_str())).map_or("", String::as_str);
        let mut node = map([(key, Node::from(name))]);
        if !mount.keys.is_empty() {
            let item = |(key, path): &(String, String)| {
                map([("key", key.as_str().into()), ("path", path.as_str().into())])
            };
            node.set("items", list(mount.keys.iter().map(item)));
        }
        if mount.optional {
            node.set("optional", true);
        }
        node
    }
}

/// A path without what does not change it.
fn clean(path: &str) -> &str {
    path.trim_end_matches('/')
}

fn identity(seen: &Seen<'_>) -> Identity {
    let one = |mount: &&Mount| {
        let Mount { held, name, keys, mode, optional, .. } = mount;
        (*held, name.clone(), keys.clone(), *mode, *optional)
    };
    seen.iter().map(one).collect()
}

fn mode(mount: &Mount) -> Option<Node> {
    mount.mode.map(|mode| Node::from(mode).why(format!("{mode:04o} in octal digits, as imported")))
}

/// Scratch space as anybody in the pod says that it is.
fn scratch(part: &Part<'_>, mount: &Mount) -> Node {
    let same =
        || part.component.all_mounts().filter(|m| (m.held, &m.name) == (mount.held, &mount.name));
    let mut node = Node::empty();
    if same().any(|mount| mount.in_memory) {
        let why = "in memory, as imported: what is in it counts as the container's memory";
        node.set("medium", Node::from("Memory").why(why));
    }
    if let Some(size) = same().find_map(|mount| mount.size_max).filter(|size| size.get() > 0) {
        node.set("sizeLimit", pod::memory(size));
    }
    node
}

/// Whether some of its files are none that all may read, so that the pod's group has to be theirs.
pub(crate) fn are_for_a_group(part: &Part<'_>) -> bool {
    let mut modes = part.component.all_mounts().filter_map(|mount| mount.mode);
    modes.any(|mode| mode & READ_BY_ALL == 0)
}

/// The name of a config map or a secret in the cluster: its own where that may be and is not one of those that are written here.
fn object_name(plan: &Plan<'_>, held: Held, name: &str) -> String {
    let written = |name: &str| {
        let own = |part: &Part<'_>| config::map_name(part) == name;
        held == Held::ConfigMap && (name.ends_with("-settings") && plan.parts.iter().any(own))
    };
    if config::is_name(name) && !written(name) {
        return name.to_owned();
    }
    let mut names = Names::default();
    let plain = names.give(name);
    let mut all = plan.app.components.iter().flat_map(model::Component::all_mounts);
    let is_taken = |other: &Mount| {
        let before = config::is_name(&other.name) || other.name.as_str() < name;
        other.held == held
            && other.name != name
            && before
            && Names::default().give(&other.name) == plain
    };
    if written(&plain) || all.any(is_taken) { names.give(name) } else { plain }
}

/// Says what of config maps and secrets has to be in the namespace before a part starts, and what of it is not as it was.
pub(super) fn told(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let files = || part.component.all_mounts().filter(|mount| mount.held.has_files());
    let needed: BTreeSet<String> = files()
        .filter(|mount| !mount.optional)
        .map(|mount| shown(mount.held, &object_name(plan, mount.held, &mount.name)))
        .collect();
    let needed: Vec<String> = needed.into_iter().collect();
    let id = &part.component.id;
    if !needed.is_empty() {
        let list = needed.join(", ");
        let message = format!("{id}: its containers see files that have to be there: {list}");
        let hint =
            "README.md of the folder says how each is made; a pod waits for what is not there";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
    let written: Vec<&str> =
        files().filter(|mount| !mount.read_only).map(|mount| mount.path.as_str()).collect();
    if !written.is_empty() {
        let message = format!("{id}: it cannot write to {} here", written.join(", "));
        let hint = "config maps and secrets are read-only; let it write to a disk or to scratch space, or say that it only reads";
        let finding = Finding::note(LEFT_OUT, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
}

fn shown(held: Held, name: &str) -> String {
    format!("{} {name}", if held == Held::Secret { "secret" } else { "config map" })
}

/// What the config maps and secrets that parts see are made of, by their names: the mounts of each, sorted.
pub(super) fn needed<'m>(
    plan: &Plan<'_>,
    parts: &[&'m Part<'_>],
) -> BTreeMap<(Held, String), BTreeSet<&'m Mount>> {
    let mut found: BTreeMap<(Held, String), BTreeSet<&Mount>> = BTreeMap::new();
    for part in parts {
        for mount in part.component.all_mounts().filter(|mount| mount.held.has_files()) {
            let name = object_name(plan, mount.held, &mount.name);
            found.entry((mount.held, name)).or_default().insert(mount);
        }
    }
    found
}

/// How a config map or a secret is made in a namespace, as Markdown. `more` are options of the command for keys that are no files.
pub(super) fn how(
    namespace: &str,
    (held, name): (Held, &str),
    mounts: &BTreeSet<&Mount>,
    more: &[String],
) -> String {
    let declared = mounts.iter().find_map(|mount| match &mount.content {
        Some(Content::Declared(place)) => Some(place),
        _ => None,
    });
    let optional = !mounts.is_empty() && mounts.iter().all(|mount| mount.optional);
    let end = if optional { ", if you want it: all start without it" } else { "" };
    if let Some(place) = declared {
        let own = mounts.iter().find(|mount| mount.name != name);
        let renamed = own.map_or_else(String::new, |_| format!(", under the name `{name}`"));
        let what = shown(held, &format!("`{}`", mounts.first().map_or(name, |m| m.name.as_str())));
        return format!(
            "{what}: apply what `{place}` declares, in the namespace `{namespace}`{renamed}{end}"
        );
    }
    let mut options: BTreeSet<String> = more.iter().cloned().collect();
    let mut unknown = BTreeSet::new();
    for mount in mounts {
        match &mount.content {
            Some(Content::Files(files)) => options.extend(
                files
                    .iter()
                    .map(|(key, path)| format!("--from-file={}", word(&format!("{key}={path}")))),
            ),
            Some(Content::Variable(name)) => {
                let key = mount.part.as_deref().unwrap_or(name);
                options.insert(format!("--from-literal={}=\"${name}\"", word(key)));
            }
            Some(Content::Declared(_)) => {}
            None => {
                unknown.extend(mount.keys.iter().map(|(key, _)| key.as_str()));
                unknown.extend(mount.part.as_deref().filter(|_| mount.keys.is_empty()));
                if mount.keys.is_empty() && mount.part.is_none() {
                    options.insert("--from-file=KEY=FILE".to_owned());
                }
            }
        }
    }
    options.extend(unknown.iter().map(|key| format!("--from-file={}=FILE", word(key))));
    let kind = if held == Held::Secret { "secret generic" } else { "configmap" };
    let options: Vec<String> = options.into_iter().collect();
    format!("`kubectl -n {namespace} create {kind} {name} {}`{end}", options.join(" "))
}
