//! How many pods: the autoscaler whose target the replay of the load found, and how many may be taken away at once.

use model::{Kind, PodSettings, PodTarget};

use super::object::{metadata, object, selector};
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// The most copies that an autoscaler may ask for.
const COPIES_MAX: u32 = 1000;

/// Whether an autoscaler says how many copies there are.
pub(super) fn is_scaled(part: &Part<'_>) -> bool {
    let Some(pod) = super::settings(part) else { return false };
    let serves = !matches!(part.component.kind, Kind::Cron | Kind::Stateful);
    let follows = matches!(
        pod.target,
        PodTarget::CpuPercent(_) | PodTarget::Concurrency(_) | PodTarget::Knative { .. }
    );
    serves && follows && pod.max > pod.min && !super::workload::keeps_data(part)
}

/// The autoscaler and the budget of a part.
pub(super) fn objects(
    plan: &Plan<'_>,
    part: &Part<'_>,
    pod: &PodSettings,
    why: Reasons<'_>,
    out: &mut Output,
) -> Vec<Node> {
    let mut found = Vec::new();
    let _ = out;
    if is_scaled(part) {
        let (api, kind) = ("apps/v1", "Deployment");
        let target = map([
            ("apiVersion", api.into()),
            ("kind", kind.into()),
            ("name", part.name.as_str().into()),
        ]);
        let min = Node::from(pod.min.max(1)).why(why.plan(part, "copies at least"));
        let max = Node::from(pod.max.min(COPIES_MAX).max(pod.min.max(1)))
            .why("plan: ten times what the busiest minute needs, so that a surge finds room");
        found.push(match pod.target {
            PodTarget::Concurrency(each) | PodTarget::Knative { target: each, .. } => {
                keda(plan, part, target, (min, max), each)
            }
            PodTarget::CpuPercent(percent) => hpa(plan, part, target, (min, max), percent, why),
            PodTarget::Fixed => return found,
        });
    }
    if pod.min > 1 && part.component.kind != Kind::Cron && !super::workload::keeps_data(part) {
        let spec = map([
            ("maxUnavailable", Node::from(1u32).why("one pod at a time when nodes are drained")),
            ("selector", map([("matchLabels", selector(plan, part))])),
        ]);
        found.push(
            object("policy/v1", "PodDisruptionBudget", metadata(plan, part, &part.name))
                .with("spec", spec),
        );
    }
    found
}

fn hpa(
    plan: &Plan<'_>,
    part: &Part<'_>,
    target: Node,
    (min, max): (Node, Node),
    percent: u32,
    why: Reasons<'_>,
) -> Node {
    let percent = Node::from(percent.max(1))
        .why(why.plan(part, "the target that the replay met the goals with"));
    let held = map([("type", "Utilization".into()), ("averageUtilization", percent)]);
    let resource = map([("name", "cpu".into()), ("target", held)]);
    let metric = map([("type", "Resource".into()), ("resource", resource)]);
    let spec = map([
        ("scaleTargetRef", target),
        ("minReplicas", min),
        ("maxReplicas", max),
        ("metrics", list([metric])),
    ]);
    object("autoscaling/v2", "HorizontalPodAutoscaler", metadata(plan, part, &part.name))
        .with("spec", spec)
}

fn keda(
    plan: &Plan<'_>,
    part: &Part<'_>,
    target: Node,
    (min, max): (Node, Node),
    each: u32,
) -> Node {
    let query = format!("sum(http_requests_in_flight{{app=\"{}\"}})", part.name);
    let metadata_of = map([
        (
            "serverAddress",
            Node::from("http://prometheus-operated.monitoring:9090")
                .why("placeholder: your Prometheus"),
        ),
        ("query", Node::from(query).why("placeholder: your metric of requests in flight")),
        ("threshold", Node::from(each.max(1).to_string()).why("plan: requests in flight a pod")),
    ]);
    let trigger = map([("type", "prometheus".into()), ("metadata", metadata_of)]);
    let spec = map([
        ("scaleTargetRef", target),
        ("minReplicaCount", min),
        ("maxReplicaCount", max),
        ("triggers", list([trigger])),
    ]);
    object("keda.sh/v1alpha1", "ScaledObject", metadata(plan, part, &part.name)).with("spec", spec)
}
