//! Autoscalers: HPA, KEDA and Knative, as their objects and annotations say.

use model::{
    Autoscaler, Component, Fact, Measured, ScaleMetric, ScalePolicy, ScaleRules, ScaleSelect,
    ScaleTarget, ScalerKind,
};
use source::Finding;
use source::yaml::Node;
use units::Duration;

use super::object::{Object, at};
use super::quantity;
use super::workload::Workload;
use crate::findings::{BAD_VALUE, NOT_USED};
use crate::names::quoted;

/// The autoscaler of a workload, where there is one.
pub(super) fn read(
    workload: &Workload<'_>,
    objects: &[Object],
    findings: &mut Vec<Finding>,
) -> Option<Autoscaler> {
    if workload.object.group() == "serving.knative.dev" {
        return Some(knative(workload));
    }
    let targets = |object: &&Object| {
        object.namespace == workload.namespace
            && object.at(&["spec", "scaleTargetRef", "name"]).and_then(Node::text)
                == Some(&workload.object.name)
            && matches!(object.kind.as_str(), "HorizontalPodAutoscaler" | "ScaledObject")
    };
    let object = objects.iter().find(targets)?;
    Some(if object.kind == "ScaledObject" { keda(object, findings) } else { hpa(object, findings) })
}

fn number<T: std::str::FromStr>(node: &Node, key: &str) -> Option<T> {
    node.get(key)?.text()?.trim().parse().ok()
}

fn seconds(node: &Node, key: &str) -> Option<Duration> {
    number::<u64>(node, key).filter(|s| *s <= 86_400).map(Duration::from_secs)
}

fn hpa(object: &Object, findings: &mut Vec<Finding>) -> Autoscaler {
    let mut scaler = Autoscaler::new(ScalerKind::Hpa, object.node.span);
    let Some(spec) = object.at(&["spec"]) else { return scaler };
    // Kubernetes' own default is one replica.
    scaler.min = number(spec, "minReplicas").or(Some(1));
    scaler.max = number(spec, "maxReplicas");
    if let Some(node) = spec.get("targetCPUUtilizationPercentage") {
        let percent = node.text().and_then(|text| text.trim().parse().ok());
        scaler.metrics.extend(percent.map(|percent| ScaleMetric {
            of: Measured::Cpu,
            target: ScaleTarget::Utilization(percent),
            span: node.span,
        }));
    }
    for metric in spec.get("metrics").map(Node::items).unwrap_or_default() {
        scaler.metrics.extend(self::metric(metric, findings));
    }
    if let Some(behavior) = spec.get("behavior") {
        scaler.up = behavior.get("scaleUp").map(rules).unwrap_or_default();
        scaler.down = behavior.get("scaleDown").map(rules).unwrap_or_default();
    }
    scaler
}

/// One of `metrics`: its kind, its name and its target.
fn metric(node: &Node, findings: &mut Vec<Finding>) -> Option<ScaleMetric> {
    let kind = node.get("type").and_then(Node::text)?;
    let (key, named) = match kind {
        "Resource" => ("resource", "name"),
        "ContainerResource" => ("containerResource", "name"),
        "Pods" => ("pods", "metric"),
        "Object" => ("object", "metric"),
        "External" => ("external", "metric"),
        _ => {
            let message = format!("{} is not a type of metric", quoted(kind));
            findings.push(node.mark(Finding::warning(BAD_VALUE, message)));
            return None;
        }
    };
    let body = node.get(key)?;
    let name = body.get(named).and_then(|name| name.text().or_else(|| name.get("name")?.text()));
    let name = name.unwrap_or("");
    let of = match (kind, name) {
        ("Resource" | "ContainerResource", "cpu") => Measured::Cpu,
        ("Resource" | "ContainerResource", "memory") => Measured::Memory,
        _ => measured(name),
    };
    // v2beta1 had the target beside the name.
    let target = body.get("target").unwrap_or(body);
    let value = |keys: &[&str]| {
        let node = keys.iter().find_map(|key| target.get(key))?;
        quantity::number(node.text()?)
    };
    let percent = number::<u32>(target, "averageUtilization")
        .or_else(|| number(target, "targetAverageUtilization"));
    let target = if let Some(percent) = percent {
        ScaleTarget::Utilization(percent)
    } else if let Some(each) = value(&["averageValue", "targetAverageValue"]) {
        ScaleTarget::Average(each)
    } else if let Some(all) = value(&["value", "targetValue"]) {
        ScaleTarget::Value(all)
    } else {
        let message = format!("the metric {} has no target that can be read", quoted(name));
        findings.push(node.mark(Finding::warning(BAD_VALUE, message)));
        return None;
    };
    Some(ScaleMetric { of, target, span: node.span })
}

/// What a metric of somebody's own most likely counts, by its name.
fn measured(name: &str) -> Measured {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["queue", "messages", "backlog", "lag", "undelivered", "pending"]) {
        Measured::Messages
    } else if has(&[
        "concurren",
        "in_flight",
        "inflight",
        "in-flight",
        "active_requests",
        "connections",
    ]) {
        Measured::Concurrency
    } else if has(&["request", "rps", "qps", "http", "hits", "throughput"]) {
        Measured::RequestRate
    } else {
        Measured::Other(name.to_owned())
    }
}

fn rules(node: &Node) -> ScaleRules {
    let policies = node.get("policies").map(Node::items).unwrap_or_default().iter();
    ScaleRules {
        stabilization: seconds(node, "stabilizationWindowSeconds"),
        select: node.get("selectPolicy").and_then(Node::text).and_then(|text| match text {
            "Max" => Some(ScaleSelect::Max),
            "Min" => Some(ScaleSelect::Min),
            "Disabled" => Some(ScaleSelect::Disabled),
            _ => None,
        }),
        policies: policies
            .filter_map(|policy| {
                Some(ScalePolicy {
                    percent: policy.get("type").and_then(Node::text) == Some("Percent"),
                    value: number(policy, "value")?,
                    period: seconds(policy, "periodSeconds").filter(|p| *p > Duration::ZERO)?,
                })
            })
            .collect(),
        tolerance: node.get("tolerance").and_then(Node::text).and_then(quantity::number),
    }
}

fn keda(object: &Object, findings: &mut Vec<Finding>) -> Autoscaler {
    let mut scaler = Autoscaler::new(ScalerKind::Keda, object.node.span);
    let Some(spec) = object.at(&["spec"]) else { return scaler };
    // KEDA's own defaults are none and a hundred.
    scaler.min = number(spec, "minReplicaCount").or(Some(0));
    scaler.max = number(spec, "maxReplicaCount").or(Some(100));
    scaler.idle = number(spec, "idleReplicaCount");
    scaler.polling = seconds(spec, "pollingInterval").filter(|p| *p > Duration::ZERO);
    scaler.cooldown = seconds(spec, "cooldownPeriod");
    let behavior = at(spec, &["advanced", "horizontalPodAutoscalerConfig", "behavior"]);
    if let Some(behavior) = behavior {
        scaler.up = behavior.get("scaleUp").map(rules).unwrap_or_default();
        scaler.down = behavior.get("scaleDown").map(rules).unwrap_or_default();
    }
    for trigger in spec.get("triggers").map(Node::items).unwrap_or_default() {
        let kind = trigger.get("type").and_then(Node::text).unwrap_or("");
        let metadata = trigger.get("metadata");
        let text = |key: &str| metadata.and_then(|m| m.get(key)).and_then(Node::text);
        let first =
            |keys: &[&str]| keys.iter().find_map(|key| text(key)).and_then(quantity::number);
        let utilization = trigger.get("metricType").and_then(Node::text) == Some("Utilization")
            || text("type") == Some("Utilization");
        let found = match kind {
            "cpu" | "memory" => {
                let of = if kind == "cpu" { Measured::Cpu } else { Measured::Memory };
                first(&["value"]).map(|value| {
                    let target = if utilization {
                        ScaleTarget::Utilization(value.round().clamp(1.0, 1e6) as u32)
                    } else {
                        ScaleTarget::Average(value)
                    };
                    (of, target)
                })
            }
            _ => {
                let keys = [
                    "queueLength",
                    "value",
                    "lagThreshold",
                    "threshold",
                    "listLength",
                    "messageCount",
                    "targetValue",
                    "targetQueueSize",
                    "length",
                    "shardCount",
                    "targetMetricValue",
                ];
                let of = match kind {
                    "prometheus" => {
                        measured(text("query").or_else(|| text("metricName")).unwrap_or(""))
                    }
                    _ if QUEUES.contains(&kind) => Measured::Messages,
                    _ => Measured::Other(kind.to_owned()),
                };
                first(&keys).map(|value| (of, ScaleTarget::Average(value)))
            }
        };
        if let Some((of, target)) = found {
            scaler.metrics.push(ScaleMetric { of, target, span: trigger.span });
        } else {
            let message = format!("the trigger {} is not rehearsed", quoted(kind));
            findings.push(trigger.mark(Finding::note(NOT_USED, message)));
        }
    }
    scaler
}

/// Triggers that count messages.
const QUEUES: &[&str] = &[
    "aws-sqs-queue",
    "rabbitmq",
    "kafka",
    "apache-kafka",
    "redis",
    "redis-streams",
    "redis-cluster",
    "azure-queue",
    "azure-servicebus",
    "azure-eventhub",
    "gcp-pubsub",
    "nats-jetstream",
    "artemis-queue",
    "activemq",
    "pulsar",
    "stan",
    "beanstalkd",
    "ibmmq",
    "solace-event-queue",
    "aws-kinesis-stream",
    "postgresql",
    "mysql",
];

/// Annotations of a Knative service, in both spellings.
fn knative(workload: &Workload<'_>) -> Autoscaler {
    let mut scaler = Autoscaler::new(ScalerKind::Knative, workload.object.node.span);
    let annotations = workload.pod.and_then(|pod| at(pod, &["metadata", "annotations"]));
    let find = |name: &str| {
        let node = annotations?.entries().iter().find(|(key, _)| {
            let own = key.text().and_then(|key| key.strip_prefix("autoscaling.knative.dev/"));
            own.is_some_and(|own| own.to_lowercase().replace('-', "") == name)
        });
        node.map(|(_, value)| value)
    };
    let value = |name: &str| find(name)?.text()?.trim().parse::<f64>().ok();
    let count = |name: &str| value(name).filter(|n| *n >= 0.0 && *n <= 1e6).map(|n| n as u32);
    scaler.min = count("minscale");
    // No upper bound is written as zero.
    scaler.max = count("maxscale").filter(|n| *n > 0);
    scaler.window = find("window").and_then(Node::text).and_then(|text| Duration::parse(text).ok());
    scaler.panic_window_percent = value("panicwindowpercentage");
    scaler.panic_threshold_percent = value("panicthresholdpercentage");
    scaler.burst = value("targetburstcapacity");
    scaler.scale_down_delay =
        find("scaledowndelay").and_then(Node::text).and_then(|text| Duration::parse(text).ok());
    let rate = find("metric").and_then(Node::text) == Some("rps");
    let of = || if rate { Measured::RequestRate } else { Measured::Concurrency };
    let span = |name: &str| find(name).map_or(workload.object.node.span, |node| node.span);
    if let Some(each) = value("target").filter(|each| *each > 0.0) {
        let target = ScaleTarget::Average(each);
        scaler.metrics.push(ScaleMetric { of: of(), target, span: span("target") });
    } else if let Some(percent) = count("targetutilizationpercentage").filter(|p| *p > 0) {
        let target = ScaleTarget::Utilization(percent);
        let span = span("targetutilizationpercentage");
        scaler.metrics.push(ScaleMetric { of: of(), target, span });
    }
    scaler
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
