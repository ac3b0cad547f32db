//! Who reaches whom: Services, the Ingress, policies from the calls, and names for what stands outside.

use std::collections::BTreeSet;

use model::{FrontDoor, Kind, Need, Port, Protocol};
use source::Finding;

use super::object::{labels, metadata, object, selector};
use super::pod::{Ports, is_port_name, protocol};
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// The host that stands for one that is not known.
pub(super) const HOST: &str = "example.com";

/// The service of a part; `None` if it listens nowhere.
pub(super) fn service(plan: &Plan<'_>, part: &Part<'_>, why: Reasons<'_>) -> Option<Node> {
    let ports = Ports::of(part);
    if part.component.kind == Kind::Cron
        || (ports.all.is_empty() && !super::workload::keeps_data(part))
    {
        return None;
    }
    let mut spec = Node::empty();
    if by_itself(part) {
        let why = "clients reach it over TCP or UDP of its own: no Ingress passes that on";
        spec.set("type", Node::from("LoadBalancer").why(why));
    }
    spec.set("selector", selector(plan, part));
    if !ports.all.is_empty() {
        let reason = why.definition(part);
        let open = open_ports(&ports);
        let mut taken = BTreeSet::new();
        let all = open.iter().map(|(number, port)| {
            let name = port_name(*number, port, &mut taken);
            let node = map([("port", Node::from(*number))]);
            let named = open.len() > 1 || port.name.is_some();
            let node = if named { node.with("name", name) } else { node };
            node.with("targetPort", port.number).with("protocol", protocol(port.protocol))
        });
        spec.set("ports", list(all.collect::<Vec<_>>()).why(reason));
    }
    Some(object("v1", "Service", metadata(plan, part, &part.name)).with("spec", spec))
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
    for port in ports.all.iter().filter(|port| port.reached_at.is_empty()) {
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

/// One Ingress for everything that clients reach over HTTP; `None` if there is nothing.
pub(super) fn ingress(
    plan: &Plan<'_>,
    parts: &[&Part<'_>],
    why: Reasons<'_>,
    out: &mut Output,
) -> Option<Node> {
    let serves = |part: &&&Part<'_>| {
        let open = part.is_public() && !by_itself(part) && door(part) != Some(FrontDoor::None);
        open && !matches!(part.component.kind, Kind::Cron | Kind::Stateful)
            && !Ports::of(part).all.is_empty()
    };
    let public: Vec<&Part<'_>> = parts.iter().filter(serves).copied().collect();
    let first = public.first()?;
    let class = class(first.placement.platform.0);
    let mut meta = map([(
        "name",
        super::super::names::label(&format!("{}-door", first_letters(&plan.name))).into(),
    )]);
    let all = map([("app.kubernetes.io/part-of", first_letters(&plan.name).into())]);
    meta.set("labels", all.with("app.kubernetes.io/managed-by", "crossover"));
    let annotations = annotations(class, &public);
    if !annotations.is_empty() {
        meta.set("annotations", annotations);
    }
    let mut rules = Vec::new();
    for part in &public {
        let alone = public.len() == 1;
        let paths = &part.component.paths;
        let path = |path: &String| is_path(path).then(|| entry(part, path));
        let mut found: Vec<Node> = paths.iter().filter_map(path).collect();
        let by_path = !found.is_empty();
        if !by_path {
            found.push(entry(part, "/"));
        }
        let reason = why.fact(&part.component.public);
        let http = ("http", map([("paths", list(found))]));
        let rule = if by_path || alone {
            map([http]).why(format!("{} is public: {reason}", part.component.id))
        } else {
            let host = Node::from(format!("{}.{HOST}", part.name))
                .why("placeholder: your own name in DNS");
            map([("host", host), http]).why(format!("{} is public: {reason}", part.component.id))
        };
        rules.push(rule);
    }
    if public.len() > 1 {
        let message = format!("the hosts below {HOST} stand for yours");
        let hint =
            "replace them in `kubernetes/base/ingress.yaml` and point their names at the Ingress";
        out.findings.push(Finding::warning(TO_DO, message).hint(hint));
    }
    let mut spec = Node::empty();
    if let Some(class) = class {
        spec.set(
            "ingressClassName",
            Node::from(class).why(format!("plan: {}", first.placement.platform)),
        );
    }
    spec.set("rules", list(rules));
    Some(object("networking.k8s.io/v1", "Ingress", meta).with("spec", spec))
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

fn entry(part: &Part<'_>, path: &str) -> Node {
    let ports = Ports::of(part);
    let open = open_ports(&ports);
    let published = open.iter().find(|(_, p)| p.published && p.protocol == Protocol::Tcp);
    let port = published.or_else(|| open.first()).map_or(80, |(number, _)| *number);
    let service =
        map([("name", part.name.as_str().into()), ("port", map([("number", Node::from(port))]))]);
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
    let ports = Ports::of(part);
    if part.component.kind == Kind::Cron {
        return None;
    }
    let open = ports.all.iter().map(|port| {
        map([("protocol", Node::from(protocol(port.protocol))), ("port", Node::from(port.number))])
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
fn connects<'p, 'a>(plan: &'p Plan<'a>, part: &'p Part<'a>) -> Vec<&'p Part<'a>> {
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

/// Services under the old names for what is called here and stands elsewhere; `None` if nothing is.
pub(super) fn outside(
    plan: &Plan<'_>,
    parts: &[&Part<'_>],
    why: Reasons<'_>,
    out: &mut Output,
) -> Option<Vec<Node>> {
    let here: BTreeSet<&str> = parts.iter().map(|part| part.component.id.as_str()).collect();
    let mut found: Vec<Node> = Vec::new();
    let mut seen = BTreeSet::new();
    for part in parts {
        for (called, _) in plan.called(&part.component.id) {
            if here.contains(called.component.id.as_str()) || !seen.insert(called.name.clone()) {
                continue;
            }
            let host =
                Node::from(format!("{}.{HOST}", called.name)).why("placeholder: its address");
            let spec = map([("type", "ExternalName".into()), ("externalName", host)]);
            let meta =
                map([("name", called.name.as_str().into()), ("labels", labels(plan, called))]);
            let at = called.placement.platform;
            let reason =
                format!("{} stands on {at} ({})", called.component.id, why.definition(called));
            found.push(object("v1", "Service", meta).with("spec", spec).why(reason));
            let message = format!("{}: its address on {at} is not known yet", called.component.id);
            let hint = "set `externalName` in `kubernetes/base/outside.yaml`";
            out.findings.push(Finding::warning(TO_DO, message).hint(hint));
        }
    }
    (!found.is_empty()).then_some(found)
}
