//! Who reaches whom: Services, the Ingress, and policies from the calls.

use std::collections::BTreeSet;

use model::{Check, FrontDoor, Kind, Need, Port, Protocol};

use super::kustomize::Said;
use super::object::{metadata, object, selector};
use super::pod::{Ports, is_port_name, protocol};
use super::proxy;
use crate::tree::{Node, list, map};
use crate::{Part, Plan, Reasons};

/// The host that stands for one that is not known.
pub(super) const HOST: &str = "example.com";

/// The service of a part; `None` if it listens nowhere.
pub(super) fn service(plan: &Plan<'_>, part: &Part<'_>, why: Reasons<'_>) -> Option<Node> {
    let ports = Ports::of_pod(part);
    if part.component.kind.ends() || (ports.all.is_empty() && !super::workload::keeps_data(part)) {
        return None;
    }
    let mut spec = Node::empty();
    if by_itself(part) {
        let why = "clients reach it over TCP or UDP of its own: no Ingress passes that on";
        spec.set("type", Node::from("LoadBalancer").why(why));
    }
    spec.set("selector", selector(plan, part));
    if ports.all.is_empty() {
        // "Required value" of the API server, unless the service is headless.
        let why =
            "nobody says where it listens: its name leads to the pods themselves, at any port";
        spec.set("clusterIP", Node::from("None").why(why));
    } else {
        spec.set("ports", list(spoken(part, &ports)).why(why.definition(part)));
    }
    let mut meta = metadata(plan, part, &part.name);
    if let Some(path) = asked_at(part) {
        let key = "alb.ingress.kubernetes.io/healthcheck-path";
        let why = "the ready check's path: the load balancer would ask for `/`";
        meta.set("annotations", map([(key, Node::from(path).why(why))]));
    }
    Some(object("v1", "Service", meta).with("spec", spec))
}

/// The ports of a service, each with a name where there are several.
pub(super) fn spoken(part: &Part<'_>, ports: &Ports) -> Vec<Node> {
    let open = open_ports(ports);
    let mut taken = BTreeSet::new();
    let all = open.iter().map(|(number, port)| {
        let name = port_name(*number, port, &mut taken);
        let node = map([("port", Node::from(*number))]);
        let named = open.len() > 1 || port.name.is_some();
        let node = if named { node.with("name", name) } else { node };
        let target = proxy::before(part, port.number);
        node.with("targetPort", target).with("protocol", protocol(port.protocol))
    });
    all.collect()
}

/// The path at which a load balancer of Amazon's has to ask whether a public part can serve, where its definition says one.
fn asked_at<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    if class(part.placement.platform.0) != Some("alb") || !part.is_public() || by_itself(part) {
        return None;
    }
    match &part.component.blueprint.as_ref()?.ready.as_ref()?.check {
        Check::Http(path, _) => Some(path.as_str()).filter(|path| path.starts_with('/')),
        Check::Tcp(_) | Check::Command(_) => None,
    }
}

/// The numbers that a service opens, each once a transport, with the ports of the pods behind them.
fn open_ports(ports: &Ports) -> Vec<(u16, &Port)> {
    let mut found: Vec<(u16, &Port)> = Vec::new();
    let mut add = |number: u16, port| {
        let taken = |(known, other): &(u16, &Port)| *known == number && is_alike(other, port);
        if number > 0 && !found.iter().any(taken) {
            found.push((number, port));
        }
    };
    // What a service says goes before what is only usual: that a port is reached by its own number.
    for port in &ports.all {
        port.reached_at.iter().for_each(|number| add(*number, port));
    }
    let own = |port: &&Port| port.reached_at.iter().all(|number| *number == 0);
    for port in ports.all.iter().filter(own) {
        add(port.number, port);
    }
    found.sort_by_key(|(_, port)| ports.all.iter().position(|known| known == *port));
    found
}

/// Whether two ports are of the same transport.
fn is_alike(one: &Port, other: &Port) -> bool {
    one.protocol == other.protocol
}

/// A name for a port of a service, once in it.
fn port_name(number: u16, port: &Port, taken: &mut BTreeSet<String>) -> String {
    let own = port.name.clone().filter(|name| is_port_name(name));
    let made = format!("{}-{number}", protocol(port.protocol).to_lowercase());
    let name = own.filter(|name| !taken.contains(name)).unwrap_or(made);
    taken.insert(name.clone());
    name
}

/// Whether clients reach it, and not over HTTP.
fn by_itself(part: &Part<'_>) -> bool {
    let raw = part.needs(Need::Tcp) || part.needs(Need::Udp);
    part.is_public() && (raw || door(part) == Some(FrontDoor::Nlb))
}

fn door(part: &Part<'_>) -> Option<FrontDoor> {
    super::settings(part).map(|pod| pod.front_door)
}

/// What clients reach over HTTP, through one door.
#[derive(Debug)]
pub(super) struct Door<'p, 'a> {
    /// The name of the object.
    pub(super) name: String,
    /// The parts behind it; one at least.
    pub(super) public: Vec<&'p Part<'a>>,
    /// The application's name as a label.
    of: String,
}

impl<'p, 'a> Door<'p, 'a> {
    /// The door of these parts; `None` if clients reach none of them over HTTP.
    pub(super) fn of(plan: &Plan<'a>, parts: &[&'p Part<'a>]) -> Option<Self> {
        let serves = |part: &&&Part<'_>| {
            let open = part.is_public() && !by_itself(part) && door(part) != Some(FrontDoor::None);
            open && !matches!(part.component.kind, Kind::Cron | Kind::Job | Kind::Stateful)
                && !Ports::of_pod(part).all.is_empty()
        };
        let public: Vec<&'p Part<'a>> = parts.iter().filter(serves).copied().collect();
        let of = first_letters(&plan.name);
        let name = super::super::names::label(&format!("{of}-door"));
        (!public.is_empty()).then_some(Self { name, public, of })
    }

    /// Whether one part alone is behind it.
    pub(super) fn is_alone(&self) -> bool {
        self.public.len() == 1
    }

    /// The parts that are found by a host, each with its place among all.
    pub(super) fn by_host(&self) -> Vec<(usize, &'p Part<'a>)> {
        let all = self.public.iter().copied().enumerate();
        all.filter(|(_, part)| !self.is_alone() && paths_of(part).is_empty()).collect()
    }

    /// Name and labels.
    pub(super) fn metadata(&self) -> Node {
        let labels = map([
            ("app.kubernetes.io/part-of", Node::from(self.of.as_str())),
            ("app.kubernetes.io/managed-by", "crossover".into()),
        ]);
        map([("name", self.name.as_str().into()), ("labels", labels)])
    }
}

/// The paths of a part, where it says some.
pub(super) fn paths_of<'p>(part: &'p Part<'_>) -> Vec<&'p str> {
    let paths = part.component.paths.iter().map(String::as_str);
    paths.filter(|path| is_path(path)).collect()
}

/// The host that stands for one that is not known.
pub(super) fn host_of(part: &Part<'_>) -> String {
    format!("{}.{HOST}", part.name)
}

/// The hosts of the Ingress, as the environments say them.
pub(super) fn hosts<'d>(door: &'d Door<'_, '_>) -> Option<Said<'d>> {
    let host =
        |(number, part): (usize, &Part<'_>)| (format!("/spec/rules/{number}/host"), host_of(part));
    let values: Vec<(String, String)> = door.by_host().into_iter().map(host).collect();
    let name = door.name.as_str();
    (!values.is_empty()).then_some(Said { kind: "Ingress", name, values, is_host: true })
}

/// One Ingress for everything behind the door.
pub(super) fn ingress(door: &Door<'_, '_>, why: Reasons<'_>) -> Node {
    let class = class(door.public[0].placement.platform.0);
    let mut meta = door.metadata();
    let annotations = annotations(class, &door.public);
    if !annotations.is_empty() {
        meta.set("annotations", annotations);
    }
    let mut rules = Vec::new();
    for part in &door.public {
        let mut found: Vec<Node> =
            paths_of(part).into_iter().map(|path| entry(part, path)).collect();
        let by_host = found.is_empty() && !door.is_alone();
        if found.is_empty() {
            found.push(entry(part, "/"));
        }
        let reason = why.fact(&part.component.public);
        let http = ("http", map([("paths", list(found))]));
        let rule = if by_host {
            let host =
                Node::from(host_of(part)).why("placeholder: the overlays say your own name in DNS");
            map([("host", host), http])
        } else {
            map([http])
        };
        rules.push(rule.why(format!("{} is public: {reason}", part.component.id)));
    }
    let mut spec = Node::empty();
    if let Some(class) = class {
        let why = format!("plan: {}", door.public[0].placement.platform);
        spec.set("ingressClassName", Node::from(class).why(why));
    }
    spec.set("rules", list(rules));
    object("networking.k8s.io/v1", "Ingress", meta).with("spec", spec)
}

/// As much of an application's name as a label and the name of an object hold.
fn first_letters(name: &str) -> String {
    let cut: String = name.chars().take(50).collect();
    cut.trim_end_matches('-').to_owned()
}

/// Whether an Ingress takes it for a path.
fn is_path(path: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "/-_.~%".contains(c);
    path.starts_with('/')
        && !path.contains("//")
        && !path.contains("/./")
        && !path.contains("/../")
        && !path.contains("%2f")
        && !path.contains("%2F")
        && path.chars().all(inside)
        && !path.ends_with("/..")
        && !path.ends_with("/.")
}

/// The port of its service at which clients reach a part.
pub(super) fn port_of(part: &Part<'_>) -> u16 {
    let ports = Ports::of_pod(part);
    let open = open_ports(&ports);
    let published = open.iter().find(|(_, p)| p.published && p.protocol == Protocol::Tcp);
    published.or_else(|| open.first()).map_or(80, |(number, _)| *number)
}

fn entry(part: &Part<'_>, path: &str) -> Node {
    let port = map([("number", Node::from(port_of(part)))]);
    let service = map([("name", part.name.as_str().into()), ("port", port)]);
    map([
        ("path", path.into()),
        ("pathType", "Prefix".into()),
        ("backend", map([("service", service)])),
    ])
}

/// The controller that a cluster of this kind has.
fn class(platform: &str) -> Option<&'static str> {
    match platform {
        "kubernetes/eks" | "kubernetes/eks-auto" | "kubernetes/eks-fargate" => Some("alb"),
        "kubernetes/aks" => Some("webapprouting.kubernetes.azure.com"),
        _ => None,
    }
}

/// What the controller has to be told.
fn annotations(class: Option<&str>, public: &[&Part<'_>]) -> Node {
    let mut node = Node::empty();
    if class == Some("alb") {
        let scheme = "alb.ingress.kubernetes.io/scheme";
        node.set(scheme, Node::from("internet-facing").why("clients on the internet reach it"));
        node.set(
            "alb.ingress.kubernetes.io/target-type",
            Node::from("ip").why("straight to the pods"),
        );
        if public.iter().any(|part| part.needs(Need::Grpc)) {
            let version = "alb.ingress.kubernetes.io/backend-protocol-version";
            node.set(version, Node::from("GRPC").why("need: grpc"));
        }
    }
    node
}

/// Who may call a part: those that the calls name, and clients where it is public; `None` if it listens nowhere.
pub(super) fn policy(plan: &Plan<'_>, part: &Part<'_>, why: Reasons<'_>) -> Option<Node> {
    let ports = Ports::of_pod(part);
    if part.component.kind.ends() {
        return None;
    }
    let open = ports.all.iter().map(|port| {
        let number = Node::from(proxy::before(part, port.number));
        map([("protocol", Node::from(protocol(port.protocol))), ("port", number)])
    });
    let open = list(open.collect::<Vec<_>>());
    let mut rules = Vec::new();
    let mut from = Vec::new();
    let mut crossing = None;
    for caller in connects(plan, part) {
        if super::settings(caller).is_some() {
            let pods = map([("matchLabels", selector(plan, caller))]);
            from.push(map([("podSelector", pods)]));
        } else {
            crossing = Some(caller.component.id.as_str());
        }
    }
    if ports.all.is_empty() && !from.is_empty() {
        let rule = map([("from", list(from).why("the calls of the plan"))]);
        return Some(whole(plan, part, list([rule]).why("nobody says where it listens")));
    }
    if ports.all.is_empty() {
        return Some(whole(plan, part, list(Vec::<Node>::new()).why("it listens nowhere")));
    }
    let reason = why.definition(part);
    if part.is_public() {
        let why = format!("clients reach it: {}", why.fact(&part.component.public));
        rules.push(map([("ports", open.clone())]).why(why));
    } else if let Some(caller) = crossing {
        let why = format!("{caller} stands outside of the cluster: {reason}");
        rules.push(map([("ports", open.clone())]).why(why));
    }
    if !from.is_empty() {
        rules.push(map([("from", list(from).why("the calls of the plan")), ("ports", open)]));
    }
    Some(whole(plan, part, list(rules)))
}

fn whole(plan: &Plan<'_>, part: &Part<'_>, rules: Node) -> Node {
    let spec = map([
        ("podSelector", map([("matchLabels", selector(plan, part))])),
        ("policyTypes", list(["Ingress"])),
        ("ingress", rules),
    ]);
    object("networking.k8s.io/v1", "NetworkPolicy", metadata(plan, part, &part.name))
        .with("spec", spec)
}

/// Those that open connections to a part. Messages flow from a queue to its reader, but it is the reader who asks.
pub(super) fn connects<'p, 'a>(plan: &'p Plan<'a>, part: &'p Part<'a>) -> Vec<&'p Part<'a>> {
    let id = part.component.id.as_str();
    let holds = |part: &Part<'_>| {
        let engine = part.component.engine.as_ref().and_then(model::Fact::get);
        part.component.kind == Kind::Stateful && engine.is_some_and(model::Engine::holds_messages)
    };
    let mut found: Vec<&Part<'a>> =
        plan.callers(id).map(|(caller, _)| caller).filter(|caller| !holds(caller)).collect();
    if holds(part) {
        found.extend(plan.called(id).map(|(reader, _)| reader));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.name == b.name);
    found
}
