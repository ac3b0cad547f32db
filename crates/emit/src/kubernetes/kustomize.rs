//! The base and an overlay for each environment.

use super::{pod, scaling};
use crate::image::image_of;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, yaml};

/// One environment.
pub(super) struct Environment {
    /// Its name.
    pub(super) name: &'static str,
    /// What it is for.
    about: &'static str,
    /// Whether it keeps to one copy of everything.
    small: bool,
}

/// The environments, the one that was planned first.
pub(super) const ENVIRONMENTS: [Environment; 2] = [
    Environment { name: "production", about: "as planned", small: false },
    Environment { name: "staging", about: "one copy of everything", small: true },
];

/// The namespace of an environment.
pub(super) fn namespace(plan: &Plan<'_>, environment: &Environment) -> String {
    let room = 63 - environment.name.len() - 1;
    let app: String = plan.name.chars().take(room).collect();
    format!("{}-{}", app.trim_end_matches('-'), environment.name)
}

/// A folder with what all environments share and one for each of them.
pub(super) struct Layer<'l, 'p, 'a> {
    /// The folder that they share, the folder of those of the environments, and the way from one of these to what they share.
    pub(super) folders: (&'static str, &'static str, &'static str),
    /// What it is, for the comment.
    pub(super) about: String,
    /// The files of the base.
    pub(super) resources: Vec<String>,
    /// The parts whose images it names.
    pub(super) parts: Vec<&'p Part<'a>>,
    /// The parts that run in the namespace.
    pub(super) everything: Vec<&'p Part<'a>>,
    /// What an environment says: kind, name, paths and values of what stands for them.
    pub(super) said: Vec<Said<'l>>,
    /// The objects that a small environment has fewer copies of: kind, name, path.
    pub(super) small: Vec<(&'static str, &'p str, &'static str)>,
    /// Whether the namespace is made here.
    pub(super) namespace: bool,
}

/// Something that each environment says of an object: its kind and name, and what stands for the value at each path. Hosts
/// are told apart by environment.
pub(super) struct Said<'l> {
    pub(super) kind: &'static str,
    pub(super) name: &'l str,
    pub(super) values: Vec<(String, String)>,
    pub(super) is_host: bool,
}

/// Writes the list of a layer's base and its overlays.
pub(super) fn write(plan: &Plan<'_>, layer: &mut Layer<'_, '_, '_>, out: &mut Output) {
    layer.resources.sort();
    let (base, overlays, up) = layer.folders;
    let node = kustomization().with("resources", list(&layer.resources));
    let head =
        format!("{} of {}, for all environments\n{}", layer.about, plan.app.name, plan.made_by);
    out.file(format!("{base}/kustomization.yaml"), yaml::documents(&head, &[node]));
    for environment in &ENVIRONMENTS {
        let folder = format!("{overlays}/{}", environment.name);
        let name = namespace(plan, environment);
        let head = format!(
            "{} of {}: {}\n{}",
            environment.name, plan.app.name, environment.about, plan.made_by
        );
        let mut resources = vec![up];
        if layer.namespace {
            let space = space(&layer.everything, &name);
            out.file(format!("{folder}/namespace.yaml"), yaml::documents(&head, &[space]));
            resources.push("namespace.yaml");
        }
        let mut node = kustomization().with("namespace", name).with("resources", list(resources));
        let images = images(plan, &layer.parts);
        if !images.is_empty() {
            node.set("images", list(images));
        }
        let mut patches: Vec<Node> =
            layer.said.iter().map(|said| patch_of(said, environment)).collect();
        if environment.small {
            let small = layer.small.iter().map(|(kind, name, path)| {
                patch(kind, name, &[((*path).to_owned(), "1".to_owned())])
                    .why("one copy of everything")
            });
            patches.extend(small);
        }
        if !patches.is_empty() {
            node.set("patches", list(patches));
        }
        out.file(format!("{folder}/kustomization.yaml"), yaml::documents(&head, &[node]));
    }
}

/// What an environment says of an object.
fn patch_of(said: &Said<'_>, environment: &Environment) -> Node {
    let text = |value: &String| {
        let value = match value.split_once('.') {
            Some((name, rest)) if said.is_host && environment.small => {
                format!("{name}.{}.{rest}", environment.name)
            }
            _ => value.clone(),
        };
        yaml::text(&value)
    };
    let values: Vec<(String, String)> =
        said.values.iter().map(|(path, value)| (path.clone(), text(value))).collect();
    let why = if said.is_host {
        "placeholder: your own names in DNS"
    } else {
        "placeholder: where it stands for this environment"
    };
    patch(said.kind, said.name, &values).why(why)
}

fn patch(kind: &str, name: &str, values: &[(String, String)]) -> Node {
    let one = |(path, value): &(String, String)| {
        format!("- op: replace\n  path: {path}\n  value: {value}")
    };
    let text = values.iter().map(one).collect::<Vec<_>>().join("\n");
    let target = map([("kind", kind.into()), ("name", name.into())]);
    map([("target", target), ("patch", Node::lines(text))])
}

fn kustomization() -> Node {
    map([
        ("apiVersion", "kustomize.config.k8s.io/v1beta1".into()),
        ("kind", "Kustomization".into()),
    ])
}

/// The namespace with the standard that it enforces.
fn space(parts: &[&Part<'_>], name: &str) -> Node {
    let needs: Vec<&str> = parts
        .iter()
        .filter(|part| part.is_privileged())
        .map(|part| part.component.id.as_str())
        .collect();
    let level = if needs.is_empty() {
        Node::from("restricted").why("every pod keeps to it")
    } else {
        Node::from("privileged").why(format!("{} needs privileged mode", needs.join(", ")))
    };
    let labels = map([("pod-security.kubernetes.io/enforce", level)]);
    let meta = map([("name", name.into()), ("labels", labels)]);
    super::object::object("v1", "Namespace", meta)
}

/// Images that an environment has to name.
fn images(plan: &Plan<'_>, parts: &[&Part<'_>]) -> Vec<Node> {
    let unknown = parts.iter().filter(|part| image_of(part).is_none());
    let entry = |part: &&&Part<'_>| {
        let to = format!("registry.example.com/{}/{}", plan.name, part.name);
        map([
            ("name", pod::placeholder(part).into()),
            ("newName", Node::from(to).why("placeholder: your image")),
            ("newTag", Node::from("set-me").why("placeholder: its version")),
        ])
    };
    unknown.collect::<Vec<_>>().iter().map(entry).collect()
}

/// The object that says how many copies of a part there are at the least, where a small environment has fewer.
pub(super) fn small(part: &Part<'_>) -> Option<(&'static str, &'static str)> {
    let pod = super::settings(part).filter(|pod| pod.min > 1)?;
    if scaling::is_scaled(part) {
        return Some(match pod.target {
            model::PodTarget::CpuPercent(_) => ("HorizontalPodAutoscaler", "/spec/minReplicas"),
            _ => (scaling::KEDA, "/spec/minReplicaCount"),
        });
    }
    let ends = part.component.kind.ends();
    (!ends && !super::workload::keeps_data(part)).then_some(("Deployment", "/spec/replicas"))
}
