//! What stands beside an application and is no part of it: what watches it, looks into its stores, plays its
//! clients or serves the cluster. Platforms bring their own, or the team runs it for all its applications.

use std::collections::BTreeSet;

use model::{App, Edge, Engine, Kind};
use source::Finding;

use super::{Part, backing};
use crate::findings::NOT_USED;

/// Names of what plays the clients, anywhere in the name of a part.
const LOAD_MAKERS: &[&str] = &[
    "loadgenerator",
    "load-generator",
    "load_generator",
    "loadgen",
    "load-test",
    "loadtest",
    "load-gen",
    "locust",
    "virtual-customer",
    "virtual-worker",
];

/// What gathers figures and lines.
const WATCHES: &str = "watches the others";
/// What keeps and shows them; a store that nobody else calls is its own.
const SHOWS: &str = "shows what the others do";

/// What it does, and how its image (the last part, without registry and tag) or its own name begins.
const BESIDE: &[(&str, &[&str])] = &[
    (
        SHOWS,
        &[
            "grafana",
            "tempo",
            "loki",
            "mimir",
            "thanos",
            "pyroscope",
            "jaeger",
            "zipkin",
            "kibana",
            "opensearch-dashboards",
            "logstash",
            "apm-server",
            "skywalking-oap-server",
            "skywalking-ui",
        ],
    ),
    (
        WATCHES,
        &[
            "prometheus",
            "heapster",
            "alertmanager",
            "pushgateway",
            "promtail",
            "alloy",
            "filebeat",
            "metricbeat",
            "fluentd",
            "fluent-bit",
            "otel-collector",
            "otelcol",
            "opentelemetry-collector",
            "aws-otel-collector",
            "cadvisor",
            "node-exporter",
            "node_exporter",
            "kube-state-metrics",
            "metrics-server",
            "telegraf",
            "statsd",
            "cloudwatch-agent",
            "datadog-agent",
            "wavefront-proxy",
        ],
    ),
    (
        "looks into stores",
        &[
            "adminer",
            "phpmyadmin",
            "pgadmin",
            "pgweb",
            "mongo-express",
            "redis-commander",
            "redisinsight",
            "kafka-ui",
            "kafka-manager",
            "kafka_manager",
            "kafdrop",
            "akhq",
            "cmak",
            "cp-enterprise-control-center",
            "portainer",
        ],
    ),
    ("catches mail in tests", &["mailhog", "mailpit", "maildev", "mailcatcher", "greenmail"]),
    (
        "serves the cluster",
        &[
            "cert-manager",
            "nginx-ingress-controller",
            "ingress-nginx",
            "kube-webhook-certgen",
            "external-dns",
            "cluster-autoscaler",
            "karpenter",
            "argocd",
            "sealed-secrets",
            "external-secrets",
            "kubernetes-dashboard",
            "coredns",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kube-proxy",
            "kube-rbac-proxy",
            "prometheus-adapter",
            "k8s-prometheus-adapter",
            "istiod",
            "kyverno",
            "gatekeeper",
            "metallb",
            "velero",
            "watchtower",
            "autoheal",
            "docker-socket-proxy",
            "acme-companion",
            "certbot",
        ],
    ),
];

/// Images whose last part says little, by the end of their path.
const BY_PATH: &[(&str, &str)] = &[
    ("jaegertracing/all-in-one", SHOWS),
    ("datadog/agent", WATCHES),
    ("ingress-nginx/controller", "serves the cluster"),
    ("redpandadata/console", "looks into stores"),
];

/// Whether a part of this name plays the clients.
pub(crate) fn makes_load(name: &str) -> bool {
    let name = name.to_lowercase();
    LOAD_MAKERS.iter().any(|part| name.contains(part))
}

/// Takes out of the application what is no part of it, with its stores that nobody else calls, and names it in one
/// note. Where nothing would be left but stores, it is the application.
pub(crate) fn set_aside(app: &mut App, parts: &[Part], findings: &mut Vec<Finding>) {
    let mut why: Vec<(&Part, &str)> =
        parts.iter().filter_map(|part| Some((part, role(part)?))).collect();
    let mut beside: BTreeSet<&str> = why.iter().map(|(part, _)| part.id.as_str()).collect();
    let stays = |c: &model::Component| !matches!(c.kind, Kind::Stateful | Kind::Job);
    let serves = |id: &str| app.component(id).is_some_and(stays);
    if !parts.iter().any(|part| !beside.contains(part.id.as_str()) && serves(&part.id)) {
        return;
    }
    for part in parts.iter().filter(|part| !beside.contains(part.id.as_str())) {
        let mut callers = callers_of(app, &part.id).peekable();
        let is_theirs = callers.peek().is_some()
            && callers.all(|edge| {
                why.iter().any(|(other, role)| *role == SHOWS && other.id == edge.from)
            })
            && !app.edges.iter().any(|edge| edge.from == part.id);
        // Kibana and its like name their store in their own configuration, out of sight.
        let searched = || app.component(&part.id).and_then(|c| c.engine.as_ref()?.get());
        let is_searched = callers_of(app, &part.id).next().is_none()
            && searched() == Some(Engine::Opensearch)
            && why.iter().any(|(other, role)| *role == SHOWS && shows_searches(other));
        if (is_theirs || is_searched) && !serves(&part.id) {
            why.push((part, "keeps their data"));
        }
    }
    beside.extend(why.iter().map(|(part, _)| part.id.as_str()));
    let Some((first, _)) = why.first() else { return };
    let roles: BTreeSet<&str> = why.iter().map(|(_, role)| *role).collect();
    let list: Vec<String> = roles
        .iter()
        .map(|role| {
            let own = why.iter().filter(|(_, of)| of == role).map(|(part, _)| part.id.as_str());
            format!("{role}: {}", own.collect::<Vec<_>>().join(", "))
        })
        .collect();
    let message = format!("stands beside the application, so not planned: {}", list.join("; "));
    let hint = "to plan one too, add it to the file that `crossover init --from` writes";
    findings.push(Finding::note(NOT_USED, message).at(first.span).hint(hint));
    app.components.retain(|component| !beside.contains(component.id.as_str()));
    app.edges
        .retain(|edge| !beside.contains(edge.from.as_str()) && !beside.contains(edge.to.as_str()));
}

fn callers_of<'a>(app: &'a App, id: &'a str) -> impl Iterator<Item = &'a Edge> {
    app.edges.iter().filter(move |edge| edge.to == id)
}

/// Whether it shows what Elasticsearch or OpenSearch holds.
fn shows_searches(part: &Part) -> bool {
    let name = image_name(part);
    ["kibana", "logstash", "opensearch-dashboards"].iter().any(|start| name.starts_with(start))
}

/// The last part of its image, or its own name where it is built, since an image tells more.
fn image_name(part: &Part) -> String {
    match &part.image {
        Some((image, _)) if part.build.is_none() => backing::repository(image),
        _ => part.id.to_lowercase(),
    }
}

/// What a part does beside an application; by its own name only where it is built, since an image tells more.
fn role(part: &Part) -> Option<&'static str> {
    let name = image_name(part);
    if makes_load(&part.id) || makes_load(&name) {
        return Some("plays the clients");
    }
    let image = part.image.as_ref().map(|(image, _)| image.as_str());
    let by_path = |(end, role): &(&str, &'static str)| {
        let bare = image?.split(['@']).next()?;
        let bare = bare
            .rsplit_once(':')
            .map_or(bare, |(path, tag)| if tag.contains('/') { bare } else { path });
        bare.ends_with(end).then_some(*role)
    };
    let begins = |start: &&str| {
        name.strip_prefix(*start)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    let ends = |end: &str| {
        let of = |name: &str| name.strip_suffix(end).is_some_and(|n| n.ends_with(['-', '_']));
        of(&name) || of(&part.id.to_lowercase())
    };
    if ends("operator") {
        return Some("serves the cluster");
    }
    if ends("exporter") {
        return Some(WATCHES);
    }
    let listed = BESIDE.iter().find(|(_, starts)| starts.iter().any(begins));
    BY_PATH.iter().find_map(by_path).or(listed.map(|(role, _)| *role))
}
