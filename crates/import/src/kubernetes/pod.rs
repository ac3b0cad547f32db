//! The pod of a workload: containers, what they may use, how they are asked whether they can serve.

use model::{Check, Fact, Held, Need, Place, Port, Probe, Volume};
use source::yaml::Node;
use source::{Finding, Span};
use units::Duration;

use super::beside;
use super::config::Config;
use super::object::at;
use crate::container::environment::{Set, Source};
use crate::container::{self, Part, Start, other_transport};
use crate::findings::{BAD_VALUE, NOT_USED};
use crate::names::quoted;

/// Reads the pod template of a workload into its part.
pub(super) fn read(pod: &Node, part: &mut Part, config: &Config, findings: &mut Vec<Finding>) {
    let spec = pod.get("spec").unwrap_or(pod);
    if let Some(container) = beside::main(&part.id, spec) {
        let id = part.id.clone();
        part.image =
            container.get("image").and_then(|image| Some((image.text()?.to_owned(), image.span)));
        part.command = (words(container, "command"), words(container, "args"));
        let mut asked = |key: &str| probe(container.get(key)?, container, &id, findings);
        part.ready = asked("readinessProbe");
        part.alive = asked("livenessProbe");
        part.started = asked("startupProbe");
        part.start = start(container);
        part.ports = ports(container, &id, findings);
        part.environment = environment(container, &id, config, findings);
        let (cpu, memory) = beside::sizes(container, &id, findings);
        part.cpu = cpu.map(|(cpu, span)| Fact::declared(cpu, span));
        part.memory = memory.map(|(memory, span)| Fact::declared(memory, span));
        part.needs.extend(is_privileged(container).map(|span| (Need::Privileged, span)));
    }
    // Pod-level resources stand for all containers together (Kubernetes documentation, "Assign Pod-level CPU and memory
    // resources"; on by default since 1.34).
    let (cpu, memory) = beside::sizes(spec, &part.id, findings);
    part.whole = (
        cpu.map(|(cpu, span)| Fact::declared(cpu, span)),
        memory.map(|(memory, span)| Fact::declared(memory, span)),
    );
    beside::read(spec, part, config, findings);
    let containers = spec.get("containers").map(Node::items).unwrap_or_default();
    let before = spec.get("initContainers").map(Node::items).unwrap_or_default();
    for container in containers.iter().chain(before) {
        if let Some(gpu) = at(container, &["resources", "limits"]).and_then(accelerator) {
            part.needs.push((Need::Gpu, gpu));
        }
    }
    for (key, need) in [("hostNetwork", Need::Privileged), ("hostPID", Need::Privileged)] {
        if let Some(node) = spec.get(key).filter(|node| node.text() == Some("true")) {
            part.needs.push((need, node.span));
        }
    }
    if let Some(os) =
        at(spec, &["nodeSelector", "kubernetes.io/os"]).filter(|os| os.text() == Some("windows"))
    {
        part.needs.push((Need::Windows, os.span));
    }
    let grace = spec.get("terminationGracePeriodSeconds").and_then(Node::text);
    part.grace = grace.and_then(|text| text.trim().parse::<u64>().ok()).map(Duration::from_secs);
    volumes(spec, part);
}

/// Whether a container has the rights of its host, with the place that says so.
pub(super) fn is_privileged(container: &Node) -> Option<Span> {
    let node = at(container, &["securityContext", "privileged"])?;
    (node.text() == Some("true")).then_some(node.span)
}

/// Words of the containers that run before the others, each with its place: those that wait for somebody name him.
pub(super) fn waits(pod: &Node) -> Vec<(String, Span)> {
    let spec = pod.get("spec").unwrap_or(pod);
    let before = spec.get("initContainers").map(Node::items).unwrap_or_default();
    let waiting = ["nc", "nslookup", "curl", "wget", "until", "ping", "pg_isready", "mysqladmin"];
    let mut found = Vec::new();
    for container in before {
        let lines = [words(container, "command"), words(container, "args")].concat();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let all: Vec<&str> = lines
            .iter()
            .flat_map(|line| line.split(|c| !is_name(c)))
            .filter(|w| !w.is_empty())
            .collect();
        if all.iter().any(|word| waiting.contains(word) || word.starts_with("wait")) {
            found.extend(all.into_iter().map(|word| (word.to_owned(), container.span)));
        }
    }
    found
}

/// An amount that a container says, with its place.
pub(super) fn parsed<T>(
    (text, span): (&str, Span),
    label: &str,
    what: &str,
    parse: fn(&str) -> Option<T>,
    findings: &mut Vec<Finding>,
) -> Option<(T, Span)> {
    if let Some(value) = parse(text) {
        return Some((value, span));
    }
    let message = format!("{label}: {} is not an amount of {what}", quoted(text));
    let hint = "write a quantity such as `250m` or `512Mi`";
    findings.push(Finding::warning(BAD_VALUE, message).at(span).hint(hint));
    None
}

/// GPUs and other accelerators are resources of their makers.
fn accelerator(limits: &Node) -> Option<Span> {
    let entries = limits.entries().iter();
    let mut named = entries.filter(|(key, _)| {
        key.text().is_some_and(|name| {
            [
                "nvidia.com/",
                "amd.com/gpu",
                "gpu.intel.com/",
                "google.com/tpu",
                "aws.amazon.com/neuron",
                "habana.ai/",
            ]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        })
    });
    named.next().map(|(key, _)| key.span)
}

pub(super) fn words(container: &Node, key: &str) -> Vec<String> {
    let items = container.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(Node::text).map(str::to_owned).collect()
}

/// The ports of a container.
pub(super) fn ports(container: &Node, label: &str, findings: &mut Vec<Finding>) -> Vec<Port> {
    let mut found = Vec::new();
    for item in container.get("ports").map(Node::items).unwrap_or_default() {
        let number = item
            .get("containerPort")
            .and_then(Node::text)
            .and_then(|text| text.trim().parse().ok());
        let Some(number) = number else { continue };
        let named = item.get("protocol").and_then(Node::text);
        let (transport, held) = container::protocol(named);
        let other = named.filter(|_| !held);
        findings.extend(other.map(|name| other_transport(label, name, item.span)));
        found.push(Port {
            number,
            protocol: transport,
            name: item.get("name").and_then(Node::text).map(str::to_owned),
            published: false,
            reached_at: Vec::new(),
            span: Some(item.span),
        });
    }
    found
}

/// The environment of a container, in its order.
pub(super) fn environment(
    container: &Node,
    label: &str,
    config: &Config,
    findings: &mut Vec<Finding>,
) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    for item in container.get("envFrom").map(Node::items).unwrap_or_default() {
        let from = |kind: &str| at(item, &[kind, "name"]).and_then(Node::text);
        let prefix = item.get("prefix").and_then(Node::text).unwrap_or("");
        let before = sets.len();
        let secret = from("configMapRef").is_none();
        let map = from("configMapRef").or_else(|| from("secretRef")).unwrap_or("");
        let held = if secret { Held::Secret } else { Held::ConfigMap };
        for (key, text, span) in config.all(held, map) {
            let value = if secret {
                Source::Secret(Some(Place::key(map, key)))
            } else {
                Source::Text(text.to_owned())
            };
            sets.push(Set { name: format!("{prefix}{key}"), value, span });
        }
        if sets.len() == before && !map.is_empty() {
            let message = format!(
                "{}: the names of the variables in {} are not known here",
                label,
                quoted(map)
            );
            findings.push(item.mark(Finding::note(NOT_USED, message)));
        }
    }
    for item in container.get("env").map(Node::items).unwrap_or_default() {
        let Some(name) = item.get("name").and_then(Node::text) else { continue };
        let from = item.get("valueFrom");
        let named = |kind: &str| {
            let from = from?.get(kind)?;
            let text = |key: &str| from.get(key).and_then(Node::text).unwrap_or("").to_owned();
            Some((text("name"), text("key")))
        };
        let value = if let Some(value) = item.get("value") {
            Source::Text(value.text().unwrap_or("").to_owned())
        } else if let Some((secret, key)) = named("secretKeyRef") {
            Source::Secret(Some(Place::key(secret, key)))
        } else if let Some(place) = named("configMapKeyRef") {
            match config.text(&place.0, &place.1) {
                Some(text) => Source::Text(text.to_owned()),
                None => Source::Elsewhere(Place::key(place.0, place.1)),
            }
        } else {
            // A field of the pod or an amount of the container goes by its own name.
            let field = |kind: &str, key: &str| at(from?, &[kind, key]).and_then(Node::text);
            let own =
                field("fieldRef", "fieldPath").or_else(|| field("resourceFieldRef", "resource"));
            Source::Elsewhere(Place::whole(own.unwrap_or(name)))
        };
        sets.push(Set { name: name.to_owned(), value, span: item.span });
    }
    sets
}

/// The number of a port, which may go by its name in the container.
fn port(node: &Node, container: &Node) -> Option<u16> {
    let text = node.get("port").and_then(Node::text)?.trim();
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let ports = container.get("ports").map(Node::items).unwrap_or_default();
    let named = ports.iter().find(|port| port.get("name").and_then(Node::text) == Some(text))?;
    named.get("containerPort")?.text()?.trim().parse().ok()
}

/// What a probe of a container asks.
pub(super) fn probe(
    node: &Node,
    container: &Node,
    id: &str,
    findings: &mut Vec<Finding>,
) -> Option<Probe> {
    let seconds = |key: &str, usual: u64| {
        let text = node.get(key).and_then(Node::text);
        Duration::from_secs(text.and_then(|text| text.trim().parse().ok()).unwrap_or(usual))
    };
    let count = |key: &str, usual: u32| {
        let text = node.get(key).and_then(Node::text);
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(usual)
    };
    let port = |node: &Node| port(node, container);
    let mut lost = |place: Option<&Node>, what: &str| {
        let message = format!("{id}: {what}");
        findings.extend(place.map(|node| node.mark(Finding::note(NOT_USED, message))));
    };
    let http = node.get("httpGet");
    let https = http.and_then(|http| http.get("scheme")).filter(|s| s.text() == Some("HTTPS"));
    lost(https, "its probe over HTTPS is kept as one over HTTP");
    lost(http.and_then(|http| http.get("httpHeaders")), "the headers of its probe are not kept");
    lost(node.get("grpc"), "its probe over gRPC is kept as a connection to the port");
    let more = node.get("successThreshold").filter(|times| times.text() != Some("1"));
    lost(more, "how often its probe must succeed is not kept");
    let check = if let Some(http) = node.get("httpGet") {
        Check::Http(http.get("path").and_then(Node::text).unwrap_or("/").to_owned(), port(http))
    } else if let Some(tcp) = node.get("tcpSocket").or_else(|| node.get("grpc")) {
        Check::Tcp(port(tcp))
    } else {
        let command = at(node, &["exec", "command"])?;
        Check::Command(command.items().iter().filter_map(Node::text).map(str::to_owned).collect())
    };
    // Kubernetes' own defaults: no delay, every ten seconds, a second for the answer, three failures.
    Some(Probe {
        check,
        delay: seconds("initialDelaySeconds", 0),
        period: seconds("periodSeconds", 10),
        timeout: seconds("timeoutSeconds", 1),
        failures: count("failureThreshold", 3),
    })
}

/// The longest delay before the pod may take requests: whoever wrote it expects the start to take about as long.
/// How long a probe may go on failing says how patient the cluster is, not how long a start takes.
fn start(container: &Node) -> Option<Start> {
    let delay = |key: &str, says| {
        let node = at(container, &[key, "initialDelaySeconds"])?;
        let seconds = node.text()?.trim().parse().ok()?;
        Some((Duration::from_secs(seconds), node.span, says))
    };
    let ready = delay("readinessProbe", "its readiness probe waits");
    let started = delay("startupProbe", "its startup probe waits");
    [ready, started].into_iter().flatten().max_by_key(|(time, ..)| *time)
}

/// Claims are data; config maps, secrets and scratch are not.
fn volumes(spec: &Node, part: &mut Part) {
    for volume in spec.get("volumes").map(Node::items).unwrap_or_default() {
        let name = volume.get("name").and_then(Node::text).unwrap_or("");
        if let Some(path) = at(volume, &["hostPath", "path"]) {
            // The node's own folders, beside those that only carry the time zone.
            if path.text().is_some_and(|path| !path.starts_with("/etc/localtime")) {
                part.needs.push((Need::Privileged, volume.span));
            }
        }
        let claim = volume.get("persistentVolumeClaim").or_else(|| volume.get("ephemeral"));
        if claim.is_some() {
            let claim = claim.and_then(|c| c.get("claimName")).and_then(Node::text).unwrap_or(name);
            part.volumes
                .push(Volume { name: claim.to_owned(), path: mounted(spec, &part.id, name) });
        }
    }
}

/// Where a volume is seen inside the main container, else inside the first that sees it.
pub(super) fn mounted(spec: &Node, id: &str, volume: &str) -> String {
    let of = |key: &str| spec.get(key).map(Node::items).unwrap_or_default();
    let all = of("containers").iter().chain(of("initContainers"));
    let mounts = beside::main(id, spec)
        .into_iter()
        .chain(all)
        .flat_map(|c| c.get("volumeMounts").map(Node::items).unwrap_or_default());
    let own = mounts.into_iter().find(|m| m.get("name").and_then(Node::text) == Some(volume));
    own.and_then(|m| m.get("mountPath")).and_then(Node::text).unwrap_or("").to_owned()
}
