//! The proxy in each pod of a split: it stands before the program, and what the program has no room for goes to the platform
//! that the plan spills to.

use model::Spill;
use source::Finding;

use super::object::{metadata, object};
use super::pod::{Ports, quantities};
use crate::findings::NOT_WRITTEN;
use crate::proxy::{self, IMAGE, IMAGE_WHY, Proxy};
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons, terraform};

/// The first port tried for the proxy; above those that need a right.
const PORT: u16 = 10_080;
/// The user of the official image (`USER haproxy`, its Dockerfile), which the kubelet has to be told as a number.
const USER: u32 = 99;
/// The variable that holds the host of the other side.
const HOST: &str = "BURST_HOST";
/// The volume of its configuration.
pub(super) const VOLUME: &str = "proxy";
/// How a pod finds names: by what the kubelet wrote.
const NAMES: [&str; 1] = ["parse-resolv-conf"];

/// What takes a part's requests above its cap, if the plan split its pods.
pub(super) fn spill<'p>(part: &'p Part<'_>) -> Option<&'p Spill> {
    super::settings(part)?.spill.as_ref()
}

/// The parts without those whose split cannot be written; these are told.
pub(super) fn written<'p, 'a>(
    plan: &Plan<'_>,
    parts: &[&'p Part<'a>],
    out: &mut Output,
) -> Vec<&'p Part<'a>> {
    let mut kept = Vec::new();
    for part in parts {
        let Some(reason) = refusal(plan, part) else {
            kept.push(*part);
            continue;
        };
        let message = format!("{}: {reason}", part.component.id);
        let hint = "set this part up by hand, or leave the other platform out with `allow`";
        out.not_written(plan, part, Finding::warning(NOT_WRITTEN, message).hint(hint));
    }
    kept
}

/// Why a part's split cannot be written, if it cannot.
fn refusal(plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
    spill(part)?;
    if Ports::of(part).main().is_none() {
        return Some("a split of what listens on no TCP port is not written".to_owned());
    }
    let mut called = plan.called(&part.component.id).map(|(callee, _)| callee);
    if let Some(callee) = called.find(|callee| super::settings(callee).is_some()) {
        return Some(format!(
            "a split of what calls `{}` in the cluster is not written: its other side does not find it there",
            callee.component.id
        ));
    }
    terraform::burst_unfit(plan, part)
}

/// The key under which each environment says where the other side is.
pub(super) fn key(part: &Part<'_>) -> String {
    part.variable(HOST)
}

/// What each environment has to be told, and why.
pub(super) fn placeholder(part: &Part<'_>, spill: &Spill) -> (String, String) {
    let host = format!("{}-burst.{}", part.name, super::network::HOST);
    let why = format!(
        "host on {}, the output `{}` of Terraform",
        spill.to.platform,
        terraform::burst_output(part)
    );
    (host, why)
}

/// The port of the proxy: the first that the program leaves free.
fn port(ports: &Ports) -> u16 {
    (PORT..=u16::MAX)
        .find(|port| ports.all.iter().all(|known| known.number != *port))
        .unwrap_or(PORT)
}

/// The port of the pod behind one of the program's: the proxy's, where that stands before it.
pub(super) fn before(part: &Part<'_>, number: u16) -> u16 {
    let ports = Ports::of(part);
    let main = ports.main().map(|port| port.number);
    if spill(part).is_some() && main == Some(number) { port(&ports) } else { number }
}

/// The name of its container and of its config map.
pub(super) fn config_name(part: &Part<'_>) -> String {
    format!("{}-proxy", part.name)
}

/// Its configuration; `None` where nothing is split.
pub(super) fn config(plan: &Plan<'_>, part: &Part<'_>, why: Reasons<'_>) -> Option<Node> {
    let spill = spill(part)?;
    let ports = Ports::of(part);
    let text = proxy::config(Proxy {
        bind: port(&ports),
        program: &format!("127.0.0.1:{}", ports.main()?.number),
        cap: spill.in_flight,
        host: &format!("${{{HOST}}}"),
        names: &NAMES,
    });
    let text = Node::lines(text).why(why.plan(part, "what a pod has no room for goes elsewhere"));
    let meta = metadata(plan, part, &config_name(part));
    Some(object("v1", "ConfigMap", meta).with("data", map([("haproxy.cfg", text)])))
}

/// Puts it into the pod, beside the program; `place` is where the host of the other side stands.
pub(super) fn put_into(spec: &mut Node, part: &Part<'_>, place: Node) {
    let Some(spill) = spill(part) else { return };
    let number = port(&Ports::of(part));
    let (cpu, memory) = quantities(spill.proxy.cpu, spill.proxy.memory);
    let asked = "plan: room for the proxy, which the nodes were planned with";
    let requests =
        map([("cpu", Node::from(cpu).why(asked)), ("memory", Node::from(memory.as_str()))]);
    let limits = map([("memory", Node::from(memory))]);
    let listens = map([("tcpSocket", map([("port", number.into())]))]);
    let host = map([("name", Node::from(HOST)), ("valueFrom", place)]);
    let mount = map([
        ("name", VOLUME.into()),
        ("mountPath", "/usr/local/etc/haproxy".into()),
        ("readOnly", true.into()),
    ]);
    let security = map([
        ("allowPrivilegeEscalation", Node::from(false).why("pod security: restricted")),
        ("capabilities", map([("drop", list(["ALL"]))])),
        ("runAsUser", Node::from(USER).why("the user of HAProxy's official image")),
    ]);
    let container = map([
        ("name", Node::from(config_name(part))),
        ("image", Node::from(IMAGE).why(IMAGE_WHY)),
        ("ports", list([map([("containerPort", Node::from(number))])])),
        ("env", list([host])),
        ("resources", map([("requests", requests), ("limits", limits)])),
        ("readinessProbe", listens.why("default: it may take requests once it listens")),
        ("volumeMounts", list([mount])),
        ("securityContext", security),
    ]);
    spec.push("containers", vec![container]);
    let config = map([("name", Node::from(config_name(part)))]);
    spec.push("volumes", vec![map([("name", VOLUME.into()), ("configMap", config)])]);
}

/// How the environments learn where the other sides are.
pub(super) fn steps(parts: &[&Part<'_>], out: &mut Output) {
    for part in parts.iter().filter(|part| spill(part).is_some()) {
        out.steps.push(format!(
            "write what `terraform -chdir=terraform output -raw {}` says as `{}` into `kubernetes/overlays/*/kustomization.yaml`",
            terraform::burst_output(part),
            key(part)
        ));
    }
}
