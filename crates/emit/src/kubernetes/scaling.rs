//! How many pods: the autoscaler whose target the replay of the load found, and how many may be taken away at once.

use model::{Engine, FrontDoor, Kind, PodSettings, PodTarget};

use super::object::{metadata, object, selector};
use crate::tree::{Node, Value, list, map};
use crate::{Part, Plan, Reasons};

/// The most copies that an autoscaler may ask for.
pub(super) const COPIES_MAX: u32 = 1000;

/// The version of KEDA's kinds.
const VERSION: &str = "keda.sh/v1alpha1";
/// How the reason of a value begins that stands for another one.
const PLACEHOLDER: &str = "placeholder";
/// The kind of KEDA's autoscalers.
pub(super) const KEDA: &str = "ScaledObject";

/// Whether an autoscaler says how many copies there are.
pub(super) fn is_scaled(part: &Part<'_>) -> bool {
    let Some(pod) = super::settings(part) else { return false };
    let serves = !matches!(part.component.kind, Kind::Cron | Kind::Job | Kind::Stateful);
    let follows = matches!(
        pod.target,
        PodTarget::CpuPercent(_) | PodTarget::Concurrency(_) | PodTarget::Knative { .. }
    );
    serves && follows && pod.max > pod.min && !super::workload::keeps_data(part)
}

/// The autoscaler of Kubernetes' own and the budget of a part.
pub(super) fn objects(
    plan: &Plan<'_>,
    part: &Part<'_>,
    pod: &PodSettings,
    why: Reasons<'_>,
) -> Vec<Node> {
    let mut found = Vec::new();
    if let (PodTarget::CpuPercent(percent), true) = (pod.target, is_scaled(part)) {
        found.push(hpa(plan, part, bounds(part, pod, why), percent, why));
    }
    if pod.min > 1 && !part.component.kind.ends() && !super::workload::keeps_data(part) {
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

/// The autoscaler of KEDA and how it logs in; nothing where another one scales the part.
pub(super) fn by_keda(
    plan: &Plan<'_>,
    part: &Part<'_>,
    pod: &PodSettings,
    why: Reasons<'_>,
) -> Vec<Node> {
    match pod.target {
        PodTarget::Concurrency(each) | PodTarget::Knative { target: each, .. }
            if is_scaled(part) =>
        {
            keda(plan, part, bounds(part, pod, why), each)
        }
        _ => Vec::new(),
    }
}

/// Copies at least and at most.
fn bounds(part: &Part<'_>, pod: &PodSettings, why: Reasons<'_>) -> (Node, Node) {
    let min = Node::from(pod.min.max(1)).why(why.plan(part, "copies at least"));
    let max = Node::from(pod.max.min(COPIES_MAX).max(pod.min.max(1)))
        .why("plan: ten times what the busiest minute needs, so that a surge finds room");
    (min, max)
}

/// What is scaled.
fn deployment(part: &Part<'_>) -> Node {
    map([
        ("apiVersion", "apps/v1".into()),
        ("kind", "Deployment".into()),
        ("name", part.name.as_str().into()),
    ])
}

/// What stands for values of a trigger that nobody knows, each with its path in the object.
pub(super) fn placeholders(plan: &Plan<'_>, part: &Part<'_>) -> Vec<(String, String)> {
    let Value::Map(entries) = trigger(plan, part, 1).metadata.value else { return Vec::new() };
    let text = |(key, node): (String, Node)| match node.value {
        Value::Text(text) if node.why.starts_with(PLACEHOLDER) => {
            Some((format!("/spec/triggers/0/metadata/{key}"), text))
        }
        _ => None,
    };
    entries.into_iter().filter_map(text).collect()
}

fn hpa(
    plan: &Plan<'_>,
    part: &Part<'_>,
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
        ("scaleTargetRef", deployment(part)),
        ("minReplicas", min),
        ("maxReplicas", max),
        ("metrics", list([metric])),
    ]);
    object("autoscaling/v2", "HorizontalPodAutoscaler", metadata(plan, part, &part.name))
        .with("spec", spec)
}

/// What an autoscaler of KEDA looks at.
struct Trigger {
    kind: &'static str,
    metadata: Node,
    /// Whether somebody else counts for it, who has to be told where and what.
    counted: bool,
}

/// The trigger of a part: the queue it takes from, else requests in flight as Prometheus counts them.
fn trigger(plan: &Plan<'_>, part: &Part<'_>, each: u32) -> Trigger {
    let threshold =
        || Node::from(each.max(1).to_string()).why("plan: what one pod has in work at once");
    let place = |text: &str, what: &str| Node::from(text).why(format!("{PLACEHOLDER}: {what}"));
    let region = part.placement.region.split_once('/').map_or("", |(_, name)| name);
    let door = super::settings(part).map(|pod| pod.front_door);
    let fed = plan.callers(&part.component.id).map(|(caller, _)| caller);
    let mut engines = fed.filter_map(|caller| {
        let engine = caller.component.engine.as_ref().and_then(model::Fact::get)?;
        engine.holds_messages().then_some((engine, caller.name.as_str()))
    });
    let (kind, metadata) = match (engines.next(), door) {
        (Some((Engine::Rabbitmq, _)), _) => {
            let host = place("AMQP_URL", "the variable of the pod that holds the login");
            (
                "rabbitmq",
                map([
                    ("hostFromEnv", host),
                    ("queueName", place("set-me", "the queue")),
                    ("mode", "QueueLength".into()),
                    ("value", threshold()),
                ]),
            )
        }
        (Some((Engine::Kafka, name)), _) => {
            let servers = Node::from(format!("{name}:9092"));
            (
                "kafka",
                map([
                    ("bootstrapServers", servers),
                    ("consumerGroup", place("set-me", "the group")),
                    ("topic", place("set-me", "the topic")),
                    ("lagThreshold", threshold()),
                ]),
            )
        }
        (_, Some(FrontDoor::Queue)) => {
            let url = place("https://sqs.example.com/set-me", "the queue's URL");
            (
                "aws-sqs-queue",
                map([
                    ("queueURL", url),
                    ("queueLength", threshold()),
                    ("awsRegion", region.into()),
                ]),
            )
        }
        (_, Some(FrontDoor::PubSub)) => (
            "gcp-pubsub",
            map([
                ("subscriptionName", place("set-me", "the subscription")),
                ("value", threshold()),
            ]),
        ),
        (_, Some(FrontDoor::StorageQueue)) => (
            "azure-queue",
            map([
                ("queueName", place("set-me", "the queue")),
                ("accountName", place("set-me", "the storage account")),
                ("queueLength", threshold()),
            ]),
        ),
        _ => {
            let query = format!("sum(http_requests_in_flight{{app=\"{}\"}})", part.name);
            let address = place("http://prometheus-operated.monitoring:9090", "your Prometheus");
            (
                "prometheus",
                map([
                    ("serverAddress", address),
                    ("query", place(&query, "your metric of requests in flight")),
                    ("threshold", threshold()),
                ]),
            )
        }
    };
    Trigger { kind, metadata, counted: kind == "prometheus" }
}

/// Whether KEDA scales it.
pub(super) fn follows(part: &Part<'_>) -> bool {
    let cpu =
        super::settings(part).is_some_and(|pod| matches!(pod.target, PodTarget::CpuPercent(_)));
    !cpu && is_scaled(part)
}

/// Whether Prometheus has to count requests in flight for a part.
pub(super) fn is_counted(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    is_scaled(part) && trigger(plan, part, 1).counted
}

fn keda(plan: &Plan<'_>, part: &Part<'_>, (min, max): (Node, Node), each: u32) -> Vec<Node> {
    let trigger = trigger(plan, part, each);
    let mut found = Vec::new();
    let mut node = map([("type", trigger.kind.into()), ("metadata", trigger.metadata)]);
    if let Some(provider) = identity(trigger.kind) {
        let why = "KEDA's own account asks the queue how long it is: allow it to";
        let identity = map([("provider", Node::from(provider).why(why))]);
        let login = object(VERSION, "TriggerAuthentication", metadata(plan, part, &part.name));
        found.push(login.with("spec", map([("podIdentity", identity)])));
        node.set("authenticationRef", map([("name", part.name.as_str().into())]));
    }
    let spec = map([
        ("scaleTargetRef", deployment(part)),
        ("minReplicaCount", min),
        ("maxReplicaCount", max),
        ("triggers", list([node])),
    ]);
    found.push(object(VERSION, KEDA, metadata(plan, part, &part.name)).with("spec", spec));
    found
}

/// How KEDA logs in at a provider without a key (KEDA's documentation, authentication providers).
fn identity(kind: &str) -> Option<&'static str> {
    match kind {
        "aws-sqs-queue" => Some("aws"),
        "gcp-pubsub" => Some("gcp"),
        "azure-queue" => Some("azure-workload"),
        _ => None,
    }
}
