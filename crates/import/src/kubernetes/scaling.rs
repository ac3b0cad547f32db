//! Bounds of autoscalers, and Knative's settings.

use model::{Component, Fact};
use source::yaml::Node;

use super::object::{Object, at};
use super::workload::Workload;
use crate::container::Part;

/// Replicas at least and at most, where an autoscaler says so.
pub(super) fn bounds(part: &mut Part, workload: &Workload<'_>, objects: &[Object]) {
    let number = |object: &Object, path: &[&str]| -> Option<u32> {
        object.at(path)?.text()?.trim().parse().ok()
    };
    let targets = |object: &&Object| {
        object.namespace == workload.namespace
            && object.at(&["spec", "scaleTargetRef", "name"]).and_then(Node::text)
                == Some(&workload.object.name)
    };
    for object in objects.iter().filter(targets) {
        let (least, most, usual) = match object.kind.as_str() {
            // Kubernetes' own default is one replica, KEDA's none to a hundred.
            "HorizontalPodAutoscaler" => (["spec", "minReplicas"], ["spec", "maxReplicas"], (1, 1)),
            "ScaledObject" => (["spec", "minReplicaCount"], ["spec", "maxReplicaCount"], (0, 100)),
            _ => continue,
        };
        let least = number(object, &least).unwrap_or(usual.0);
        part.scale = Some((least, number(object, &most).unwrap_or(usual.1).max(least)));
    }
    if workload.object.group() == "serving.knative.dev" {
        let annotation = |names: [&str; 2]| -> Option<u32> {
            let annotations = workload.pod.and_then(|pod| at(pod, &["metadata", "annotations"]))?;
            let value = names.iter().find_map(|name| annotations.get(name))?;
            value.text()?.trim().parse().ok()
        };
        let least =
            annotation(["autoscaling.knative.dev/min-scale", "autoscaling.knative.dev/minScale"]);
        let most =
            annotation(["autoscaling.knative.dev/max-scale", "autoscaling.knative.dev/maxScale"]);
        if least.is_some() || most.is_some() {
            let least = least.unwrap_or(0);
            // No upper bound is written as zero.
            part.scale = Some((least, most.filter(|n| *n > 0).unwrap_or(u32::MAX).max(least)));
        }
    }
}

/// Knative says how many requests one pod serves at once.
pub(super) fn concurrency(component: &mut Component, workload: &Workload<'_>) {
    let limit = workload.pod.and_then(|pod| at(pod, &["spec", "containerConcurrency"]));
    let number = limit.and_then(|node| Some((node.text()?.trim().parse::<u32>().ok()?, node.span)));
    // Zero is no limit.
    if let Some((limit, span)) = number.filter(|(limit, _)| *limit > 0) {
        component.concurrency = Fact::declared(limit, span);
    }
}
