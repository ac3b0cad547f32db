//! Knative: services that go to zero where nobody asks, and plain Kubernetes for what answers no requests.

use model::{Kind, Need, Placement, PodSettings, PodTarget, Role, Setting, Variable};
use source::Finding;

use crate::findings::{LEFT_OUT, TO_DO};
use crate::kubernetes::{self, Beside, Ports, Variables, labels, pod_labels};
use crate::tree::{Node, Value, list, map};
use crate::{Construct, Fidelity, Output, Part, Plan, Reasons, Target};

/// Ports that Knative's own proxy has in each pod ("9090 is a reserved port"), and the name of its container. Source: `reservedPorts` and
/// `reservedContainerNames` of its webhook, <https://github.com/knative/serving/blob/main/pkg/apis/serving/k8s_validation.go>.
const RESERVED_PORTS: &[u16] = &[8008, 8012, 8013, 8022, 9090, 9091];
const RESERVED_NAME: &str = "queue-proxy";

/// Knative.
#[derive(Debug)]
pub struct Knative;

impl Target for Knative {
    fn name(&self) -> &'static str {
        "knative"
    }

    fn folder(&self) -> &'static str {
        "kubernetes"
    }

    fn title(&self) -> &'static str {
        "Knative"
    }

    fn platforms(&self) -> &'static [&'static str] {
        &["kubernetes"]
    }

    fn takes(&self, _: &Placement) -> bool {
        // The Kubernetes target writes a Knative service where the plan has one.
        false
    }

    fn fidelity(&self, construct: Construct) -> Fidelity {
        match construct {
            Construct::Http => Fidelity::Note("one port; concurrency and bounds as planned"),
            Construct::Worker
            | Construct::Queue
            | Construct::Stream
            | Construct::Cron
            | Construct::Job
            | Construct::Store => Fidelity::Note("as Kubernetes: it answers no requests"),
            Construct::Static => Fidelity::Note("a service of its web server"),
            Construct::Scaling => Fidelity::Note("Knative's own autoscaler, as planned"),
            Construct::Public => Fidelity::Note("a host of Knative's domain each"),
            Construct::Calls => {
                Fidelity::Note("no NetworkPolicy: requests come through the activator")
            }
            Construct::Udp => Fidelity::Note("as Kubernetes"),
            Construct::Sidecars => Fidelity::Note(
                "one of them has the port; init containers where the cluster lets them; without probes",
            ),
            Construct::Grpc => Fidelity::Note("over h2c"),
            Construct::Grace => Fidelity::Refused("a service has Knative's own"),
            Construct::Split => Fidelity::Note("as Kubernetes: its pods do not come and go"),
            other => kubernetes::fidelity(other),
        }
    }

    fn write(&self, plan: &Plan<'_>, out: &mut Output) {
        let parts: Vec<&Part<'_>> = plan.of(self.name()).collect();
        for part in parts.iter().filter(|part| answers(part)) {
            let Some(what) = reserved(part) else { continue };
            let id = &part.component.id;
            let message = format!("{id}: stands in pods that Knative does not scale, as {what}");
            let hint = "choose another one where it should be a Knative service";
            let finding = Finding::note(LEFT_OUT, message).hint(hint);
            out.findings.push(plan.at(finding, part.component.span));
        }
        let can_serve = |part: &Part<'_>| answers(part) && reserved(part).is_none();
        kubernetes::write(plan, &parts, &can_serve, out);
    }
}

/// What a part has that Knative keeps for itself.
fn reserved(part: &Part<'_>) -> Option<String> {
    let ports = Ports::of_pod(part).all;
    if let Some(port) = ports.iter().find(|port| RESERVED_PORTS.contains(&port.number)) {
        return Some(format!("Knative keeps port {} for itself", port.number));
    }
    let mut beside = part.component.containers.iter().map(|container| container.name.as_str());
    (part.name == RESERVED_NAME || beside.any(|name| name == RESERVED_NAME))
        .then(|| format!("Knative keeps the name `{RESERVED_NAME}` for a container of its own"))
}

/// Whether a part can be a Knative service by what it does: it answers requests over HTTP on one port and keeps nothing.
fn answers(part: &Part<'_>) -> bool {
    let other =
        [Need::Tcp, Need::Udp, Need::LocalDisk, Need::Privileged, Need::Windows, Need::Background];
    let keeps = part.component.blueprint.as_ref().is_some_and(|b| !b.volumes.is_empty());
    matches!(part.component.kind, Kind::Http | Kind::Static)
        && part.placement.configured.spill().is_none()
        && !keeps
        && !other.iter().any(|need| part.needs(*need))
        && !part.is_privileged()
        && Ports::of_pod(part).all.len() == 1
}

/// The Knative service of a part.
pub(crate) fn service(
    plan: &Plan<'_>,
    part: &Part<'_>,
    pod: &PodSettings,
    variables: &Variables,
    why: Reasons<'_>,
    out: &mut Output,
) -> Node {
    let container = kubernetes::container(part, pod, variables, why, out);
    let mut beside = Beside::of(plan, part, why, out);
    told(plan, part, out);
    // "must not set the field(s)" of its webhook: what is restarted always is a container beside the main one here.
    let (stay, before): (Vec<Node>, Vec<Node>) =
        beside.before.into_iter().partition(|node| node.get("restartPolicy").is_some());
    beside.before = before.into_iter().map(restricted).collect();
    let mut open = Ports::of_pod(part).all.first().map(|port| port.number);
    let container = restricted(with_one_port(part, &mut open, container));
    let probes = ["restartPolicy", "startupProbe", "readinessProbe", "livenessProbe"];
    let stay = stay.into_iter().chain(beside.after_main);
    let bare = stay.map(|node| probes.iter().fold(node, |node, key| node.without(key)));
    beside.after_main = bare.map(|node| restricted(with_one_port(part, &mut open, node))).collect();
    let mut annotations = Node::empty();
    let key = |name: &str| format!("autoscaling.knative.dev/{name}");
    let text = |n: u32| Node::from(n.to_string());
    annotations.set(key("min-scale"), text(pod.min).why(why.plan(part, "copies at least")));
    if pod.max < u32::MAX {
        annotations
            .set(key("max-scale"), text(pod.max.max(pod.min).max(1)).why("plan: copies at most"));
    }
    let target = match pod.target {
        PodTarget::Knative { target, .. } | PodTarget::Concurrency(target) => Some(target),
        PodTarget::CpuPercent(_) | PodTarget::Fixed => None,
    };
    if let Some(target) = target.filter(|target| *target > 0) {
        annotations.set(
            key("target"),
            text(target).why("plan: requests in flight that a pod is made for"),
        );
    }
    let mut spec = Node::empty();
    if let Some(limit) =
        part.component.concurrency.get().filter(|_| part.component.concurrency.is_known())
    {
        let limit = Node::from(limit.min(1000)).why(why.fact(&part.component.concurrency));
        spec.set("containerConcurrency", limit);
    }
    spec.set("serviceAccountName", part.name.as_str());
    spec.set("automountServiceAccountToken", false);
    let spec = beside.into_spec(spec, container);
    let meta = map([("labels", pod_labels(plan, part)), ("annotations", annotations)]);
    let template = map([("metadata", meta), ("spec", spec)]);
    let mut own = labels(plan, part);
    if !part.is_public() {
        let local = Node::from("cluster-local").why("only others in the cluster call it");
        own.set("networking.knative.dev/visibility", local);
    }
    let mut meta_of_service = kubernetes::ordered(plan, part, why);
    meta_of_service.set("labels", own);
    map([
        ("apiVersion", Node::from("serving.knative.dev/v1")),
        ("kind", "Service".into()),
        ("metadata", meta_of_service),
        ("spec", map([("template", template)])),
    ])
}

/// Knative does not pass on what the pod may not do, so that it stands at the container.
fn restricted(mut container: Node) -> Node {
    let Value::Map(entries) = &mut container.value else { return container };
    if let Some((_, security)) = entries.iter_mut().find(|(key, _)| key == "securityContext") {
        security.set("runAsNonRoot", Node::from(true).why("pod security: restricted"));
        security.set("seccompProfile", map([("type", "RuntimeDefault".into())]));
    }
    container
}

/// Knative takes one port of one container, `open` until it is found, and tells by its name whether HTTP/2 is spoken.
fn with_one_port(part: &Part<'_>, open: &mut Option<u16>, container: Node) -> Node {
    let Some(number) = open.take_if(|number| listens(&container, *number)) else {
        return container.without("ports");
    };
    let mut node = map([("containerPort", Node::from(number))]);
    if part.needs(Need::Grpc) {
        node.set("name", Node::from("h2c").why("need: grpc"));
    }
    container.with("ports", list([node]))
}

/// Whether a container has this port.
fn listens(container: &Node, number: u16) -> bool {
    let Some(Value::List(ports)) = container.get("ports").map(|ports| &ports.value) else {
        return false;
    };
    let own = |port: &Node| port.get("containerPort").map(|node| node.value.clone());
    ports.iter().any(|port| own(port) == Some(Value::Int(number.into())))
}

/// What Knative makes of further containers.
fn told(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let id = &part.component.id;
    let all = || part.component.containers.iter();
    if kubernetes::are_for_a_group(part) {
        let message = format!("{id}: files that not all may read are root's alone here");
        let hint = "give them the mode 0444, or set `kubernetes.podspec-securitycontext: enabled` in the config map `config-features` of `knative-serving` and `fsGroup` in the pod";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
    if all().any(|container| container.role == Role::Init) {
        let message = format!("{id}: Knative takes init containers where its cluster lets them");
        let hint = "set `kubernetes.podspec-init-containers: enabled` in the config map `config-features` of `knative-serving`";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
    let own = |variable: &Variable| matches!(&variable.value, Setting::From(place) if kubernetes::is_own(place));
    let blueprint = part.component.blueprint.as_deref();
    let mut variables = blueprint.iter().flat_map(|blueprint| &blueprint.environment);
    if variables.any(own) || all().any(|container| container.environment.iter().any(own)) {
        let message = format!(
            "{id}: Knative takes variables of fields of the pod where its cluster lets them"
        );
        let hint = "set `kubernetes.podspec-fieldref: enabled` in the config map `config-features` of `knative-serving`";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
    let probed = all()
        .filter(|c| c.role.stays())
        .filter(|c| c.ready.is_some() || c.alive.is_some() || c.started.is_some());
    let probed: Vec<&str> = probed.map(|container| container.name.as_str()).collect();
    if !probed.is_empty() {
        let message = format!("{id}: the probes of {} are left out", probed.join(", "));
        let hint = "Knative asks the container with the port alone, unless `multi-container-probing` is enabled";
        let finding = Finding::note(LEFT_OUT, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
    }
}
