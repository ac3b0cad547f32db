//! The base and an overlay for each environment.

use model::Need;

use super::{BASE, pod, scaling};
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

/// Writes the base's list and the overlays.
pub(super) fn write(
    plan: &Plan<'_>,
    parts: &[&Part<'_>],
    resources: &[String],
    knative: &dyn Fn(&Part<'_>) -> bool,
    out: &mut Output,
) {
    let base = kustomization().with("resources", list(resources));
    let head = format!("What all environments of {} share\n{}", plan.app.name, plan.made_by);
    out.file(format!("{BASE}/kustomization.yaml"), yaml::documents(&head, &[base]));
    for environment in &ENVIRONMENTS {
        let folder = format!("kubernetes/overlays/{}", environment.name);
        let name = namespace(plan, environment);
        let space = space(parts, &name);
        let head = format!(
            "{} of {}: {}\n{}",
            environment.name, plan.app.name, environment.about, plan.made_by
        );
        out.file(format!("{folder}/namespace.yaml"), yaml::documents(&head, &[space]));
        let mut node = kustomization()
            .with("namespace", name)
            .with("resources", list(["../../base", "namespace.yaml"]));
        let images = images(plan, parts);
        if !images.is_empty() {
            node.set("images", list(images));
        }
        if environment.small {
            let patches: Vec<Node> =
                parts.iter().filter(|part| !knative(part)).filter_map(|part| small(part)).collect();
            if !patches.is_empty() {
                node.set("patches", list(patches).why("one copy of everything"));
            }
        }
        out.file(format!("{folder}/kustomization.yaml"), yaml::documents(&head, &[node]));
    }
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
        .filter(|part| part.needs(Need::Privileged))
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
    let unknown = parts.iter().filter(|part| pod::image_of(part).is_none());
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

/// What makes a part small.
fn small(part: &Part<'_>) -> Option<Node> {
    let pod = super::settings(part)?;
    let (kind, path) = if scaling::is_scaled(part) {
        match pod.target {
            model::PodTarget::CpuPercent(_) => ("HorizontalPodAutoscaler", "/spec/minReplicas"),
            _ => ("ScaledObject", "/spec/minReplicaCount"),
        }
    } else if pod.min > 1
        && part.component.kind != model::Kind::Cron
        && !super::workload::keeps_data(part)
    {
        ("Deployment", "/spec/replicas")
    } else {
        return None;
    };
    if pod.min <= 1 {
        return None;
    }
    let patch = format!("- op: replace\n  path: {path}\n  value: 1");
    let target = map([("kind", kind.into()), ("name", part.name.as_str().into())]);
    Some(map([("target", target), ("patch", Node::lines(patch))]))
}
