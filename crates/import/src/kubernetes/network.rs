//! Services and routes: by which names workloads are reached, and which of them clients reach.

use std::collections::{BTreeMap, BTreeSet};

use model::{Container, Port, Protocol};
use source::Span;
use source::yaml::Node;

use super::object::{Object, at};
use super::workload::Workload;
use crate::container;

/// What leads to workloads.
#[derive(Debug, Default)]
pub(super) struct Network {
    /// From every name of a service to the workload's id.
    pub(super) names: BTreeMap<String, String>,
    /// Ids of workloads that clients reach, with the place that says so.
    pub(super) public: BTreeMap<String, Span>,
    /// Ports of pods, by number or name, that services for clients lead to.
    pub(super) ports: BTreeMap<String, BTreeSet<String>>,
    /// Ids of workloads behind any service.
    pub(super) served: BTreeMap<String, Span>,
    /// What services lead to, by workload: their own number, the transport, and the port of the pod by number or name.
    pub(super) leads: BTreeMap<String, Vec<(u16, Protocol, String)>>,
    /// Pairs of workloads of which a policy names the first as one that may call the second.
    pub(super) let_in: Vec<(String, String, Span)>,
}

pub(super) fn read(objects: &[Object], workloads: &[Workload<'_>]) -> Network {
    let mut network = Network::default();
    // A workload is also known by its own name; services come on top.
    for workload in workloads {
        network.names.insert(workload.id.clone(), workload.id.clone());
    }
    let mut services: BTreeMap<String, (Vec<String>, BTreeSet<String>)> = BTreeMap::new();
    for object in objects.iter().filter(|o| o.kind == "Service" && o.api == "v1") {
        let Some(selector) = object.at(&["spec", "selector"]) else { continue };
        let chosen =
            workloads.iter().filter(|w| w.namespace == object.namespace && selects(selector, w));
        let ids: Vec<String> = chosen.map(|w| w.id.clone()).collect();
        for id in &ids {
            network.served.entry(id.clone()).or_insert(object.node.span);
            network.leads.entry(id.clone()).or_default().extend(leads(object));
        }
        let kind = object.at(&["spec", "type"]);
        if let Some(node) =
            kind.filter(|kind| matches!(kind.text(), Some("LoadBalancer" | "NodePort")))
        {
            for id in &ids {
                network.public.entry(id.clone()).or_insert(node.span);
                network.ports.entry(id.clone()).or_default().extend(targets(object));
            }
        }
        if let Some(first) = ids.first() {
            network.names.insert(object.name.clone(), first.clone());
        }
        services.insert(object.name.clone(), (ids, targets(object)));
    }
    for object in objects {
        for (backend, span) in backends(object) {
            let service = services.get(&backend).cloned();
            let own =
                || workloads.iter().filter(|w| w.id == backend).map(|w| w.id.clone()).collect();
            let (ids, ports) = service.unwrap_or_else(|| (own(), BTreeSet::new()));
            for id in ids {
                network.ports.entry(id.clone()).or_default().extend(ports.iter().cloned());
                network.public.entry(id).or_insert(span);
            }
        }
    }
    for object in objects.iter().filter(|object| object.kind == "NetworkPolicy") {
        network.let_in.extend(let_in(object, workloads));
    }
    network
}

/// Whom a policy names as callers of whom. A selector that is empty lets everybody in and says nothing.
fn let_in(policy: &Object, workloads: &[Workload<'_>]) -> Vec<(String, String, Span)> {
    let chosen = |selector: Option<&Node>| -> Vec<String> {
        let Some(labels) = selector.and_then(|node| at(node, &["matchLabels"])) else {
            return Vec::new();
        };
        let here = workloads.iter().filter(|w| w.namespace == policy.namespace);
        here.filter(|w| selects(labels, w)).map(|w| w.id.clone()).collect()
    };
    let called = chosen(policy.at(&["spec", "podSelector"]));
    let mut found = Vec::new();
    for rule in policy.at(&["spec", "ingress"]).map(Node::items).unwrap_or_default() {
        for peer in rule.get("from").map(Node::items).unwrap_or_default() {
            if peer.get("namespaceSelector").is_some() {
                continue;
            }
            for caller in chosen(peer.get("podSelector")) {
                let pairs = called.iter().filter(|to| **to != caller);
                found.extend(pairs.map(|to| (caller.clone(), to.clone(), peer.span)));
            }
        }
    }
    found
}

/// Ports of pods that a service leads to: its own numbers where it names no others.
fn targets(service: &Object) -> BTreeSet<String> {
    let ports = service.at(&["spec", "ports"]).map(Node::items).unwrap_or_default();
    let target = |port: &Node| {
        let target = port.get("targetPort").or_else(|| port.get("port"))?;
        Some(target.text()?.trim().to_owned())
    };
    ports.iter().filter_map(target).collect()
}

/// The ports of a service that somebody can reach, with those of the pods behind them.
fn leads(service: &Object) -> Vec<(u16, Protocol, String)> {
    let ports = service.at(&["spec", "ports"]).map(Node::items).unwrap_or_default();
    let lead = |port: &Node| {
        let own: u16 = port.get("port")?.text()?.trim().parse().ok()?;
        let target = port.get("targetPort").and_then(Node::text).map(str::trim);
        let target = target.filter(|target| !target.is_empty()).map(str::to_owned);
        let (protocol, _) = container::protocol(port.get("protocol").and_then(Node::text));
        Some((own, protocol, target.unwrap_or_else(|| own.to_string())))
    };
    ports.iter().filter_map(lead).collect()
}

/// What services lead to, by their own number, the transport, and the port of the pod by number or name.
type Leads = [(u16, Protocol, String)];

/// Whether a service leads to this port of a pod.
fn is_led_to(port: &Port, protocol: Protocol, target: &str) -> bool {
    port.protocol == protocol
        && (target.parse() == Ok(port.number) || port.name.as_deref() == Some(target))
}

/// Tells the ports of further containers by which numbers services reach them, and what is left for the main one, whose
/// ports come first.
pub(super) fn reached_beside(
    containers: &mut [Container],
    main: &[Port],
    leads: &Leads,
) -> Vec<(u16, Protocol, String)> {
    let mut left = Vec::new();
    for lead in leads {
        let (own, protocol, target) = lead;
        let mut beside = containers.iter_mut().flat_map(|container| &mut container.ports);
        let it = beside.find(|port| is_led_to(port, *protocol, target));
        match it.filter(|_| !main.iter().any(|port| is_led_to(port, *protocol, target))) {
            Some(port) if port.reached_at.contains(own) => {}
            Some(port) => port.reached_at.push(*own),
            None => left.push(lead.clone()),
        }
    }
    left
}

/// Tells ports by which numbers services reach them; a port that only a service names is one all the same.
pub(super) fn reached_at(ports: &mut Vec<Port>, leads: &Leads, public: bool) {
    for (own, protocol, target) in leads {
        let number = target.parse::<u16>().ok();
        if let Some(port) = ports.iter_mut().find(|port| is_led_to(port, *protocol, target)) {
            if !port.reached_at.contains(own) {
                port.reached_at.push(*own);
            }
        } else if let Some(number) = number.filter(|number| *number > 0) {
            let (protocol, published) = (*protocol, public);
            let reached_at = vec![*own];
            ports.push(Port { number, protocol, name: None, published, reached_at, span: None });
        }
    }
    // Nothing is to be said where it is the port's own number alone.
    for port in ports {
        if port.reached_at == [port.number] {
            port.reached_at.clear();
        }
    }
}

/// Whether every label of a selector is on the pods.
fn selects(selector: &Node, workload: &Workload<'_>) -> bool {
    let labels: BTreeSet<(&str, &str)> = workload
        .pod
        .and_then(|pod| at(pod, &["metadata", "labels"]))
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .filter_map(|(key, value)| Some((key.text()?, value.text()?)))
        .collect();
    let wanted = selector.entries();
    !wanted.is_empty()
        && wanted.iter().all(|(key, value)| {
            key.text().zip(value.text()).is_some_and(|pair| labels.contains(&pair))
        })
}

/// Whether an object lets clients in: a route, or a service with an address outside.
pub(super) fn lets_in(object: &Object) -> bool {
    let outside = object.at(&["spec", "type"]).and_then(Node::text);
    let is_service = object.kind == "Service" && object.api == "v1";
    (is_service && matches!(outside, Some("LoadBalancer" | "NodePort")))
        || object.group() == "serving.knative.dev"
        || !backends(object).is_empty()
}

/// Services that a route from outside leads to.
fn backends(object: &Object) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    match (object.group(), object.kind.as_str()) {
        ("networking.k8s.io" | "extensions", "Ingress") => {
            let spec = object.at(&["spec"]);
            let mut take = |backend: &Node| {
                let name = at(backend, &["service", "name"]).or_else(|| backend.get("serviceName"));
                found.extend(name.and_then(|node| Some((node.text()?.to_owned(), node.span))));
            };
            for key in ["defaultBackend", "backend"] {
                spec.and_then(|spec| spec.get(key)).into_iter().for_each(&mut take);
            }
            for rule in spec.and_then(|spec| spec.get("rules")).map(Node::items).unwrap_or_default()
            {
                for path in at(rule, &["http", "paths"]).map(Node::items).unwrap_or_default() {
                    path.get("backend").into_iter().for_each(&mut take);
                }
            }
        }
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute") => {
            for rule in object.at(&["spec", "rules"]).map(Node::items).unwrap_or_default() {
                for backend in rule.get("backendRefs").map(Node::items).unwrap_or_default() {
                    let name = backend.get("name");
                    found.extend(name.and_then(|node| Some((node.text()?.to_owned(), node.span))));
                }
            }
        }
        // Istio: a virtual service that hangs on a gateway lets clients in.
        ("networking.istio.io", "VirtualService") if object.at(&["spec", "gateways"]).is_some() => {
            for section in ["http", "tcp", "tls"] {
                for rule in object.at(&["spec", section]).map(Node::items).unwrap_or_default() {
                    for route in rule.get("route").map(Node::items).unwrap_or_default() {
                        let host = at(route, &["destination", "host"]);
                        let first = host.and_then(|node| {
                            Some((node.text()?.split('.').next()?.to_owned(), node.span))
                        });
                        found.extend(first);
                    }
                }
            }
        }
        _ => {}
    }
    found
}
