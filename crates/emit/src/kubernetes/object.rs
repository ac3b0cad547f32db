//! What all objects have in common.

use crate::tree::{Node, map};
use crate::{Part, Plan};

/// An object of this kind and name.
pub(crate) fn object(api: &str, kind: &str, metadata: Node) -> Node {
    map([("apiVersion", api.into()), ("kind", kind.into()), ("metadata", metadata)])
}

/// Name and labels.
pub(crate) fn metadata(plan: &Plan<'_>, part: &Part<'_>, name: &str) -> Node {
    map([("name", name.into()), ("labels", labels(plan, part))])
}

/// The labels of everything that belongs to a part: those that Kubernetes recommends.
pub(crate) fn labels(plan: &Plan<'_>, part: &Part<'_>) -> Node {
    selector(plan, part).with("app.kubernetes.io/managed-by", "crossover")
}

/// The labels by which its pods are found; they never change.
pub(crate) fn selector(plan: &Plan<'_>, part: &Part<'_>) -> Node {
    map([
        ("app.kubernetes.io/name", part.name.as_str().into()),
        ("app.kubernetes.io/part-of", label_of(&plan.name).into()),
    ])
}

/// A name as the value of a label, which has 63 letters at most.
pub(super) fn label_of(name: &str) -> String {
    let cut: String = name.chars().take(63).collect();
    cut.trim_end_matches('-').to_owned()
}
