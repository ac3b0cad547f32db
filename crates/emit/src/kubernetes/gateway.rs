//! The Gateway API in place of the Ingress: one Gateway, and a route for each part that clients reach.

use model::Need;

use super::kustomize::Said;
use super::network::{Door, host_of, paths_of, port_of};
use super::object::{metadata, object};
use crate::tree::{Node, list, map};
use crate::{Part, Plan, Reasons};

/// The version of the Gateway API in which both kinds of routes are stable.
const VERSION: &str = "gateway.networking.k8s.io/v1";

/// The Gateway and its routes.
pub(super) fn objects(plan: &Plan<'_>, door: &Door<'_, '_>, why: Reasons<'_>) -> Vec<Node> {
    let first = door.public[0];
    let class = match class(first.placement.platform.0) {
        Some(class) => Node::from(class).why(format!("plan: {}", first.placement.platform)),
        None => Node::from("set-me").why("placeholder: the class that your cluster has"),
    };
    let listener = map([
        ("name", Node::from("http")),
        ("port", Node::from(80u32).why("without a certificate; a listener for HTTPS needs one")),
        ("protocol", "HTTP".into()),
    ]);
    let spec = map([("gatewayClassName", class), ("listeners", list([listener]))]);
    let mut found = vec![object(VERSION, "Gateway", door.metadata()).with("spec", spec)];
    found.extend(door.public.iter().map(|part| route(plan, door, part, why)));
    found
}

/// The hosts of the routes, as the environments say them.
pub(super) fn hosts<'p>(door: &Door<'p, '_>) -> Vec<Said<'p>> {
    let said = |(_, part): (usize, &'p Part<'_>)| {
        let values = vec![("/spec/hostnames/0".to_owned(), host_of(part))];
        Said { kind: kind_of(part), name: part.name.as_str(), values, is_host: true }
    };
    door.by_host().into_iter().map(said).collect()
}

/// The kind of a part's route.
fn kind_of(part: &Part<'_>) -> &'static str {
    if part.needs(Need::Grpc) { "GRPCRoute" } else { "HTTPRoute" }
}

fn route(plan: &Plan<'_>, door: &Door<'_, '_>, part: &Part<'_>, why: Reasons<'_>) -> Node {
    let mut spec = map([("parentRefs", list([map([("name", door.name.as_str().into())])]))]);
    let paths = paths_of(part);
    if paths.is_empty() && !door.is_alone() {
        let host =
            Node::from(host_of(part)).why("placeholder: the overlays say your own name in DNS");
        spec.set("hostnames", list([host]));
    }
    let backend =
        map([("name", Node::from(part.name.as_str())), ("port", Node::from(port_of(part)))]);
    let mut rule = Node::empty();
    if !part.needs(Need::Grpc) && !paths.is_empty() {
        let matches = paths.iter().map(|path| {
            let path = map([("type", Node::from("PathPrefix")), ("value", (*path).into())]);
            map([("path", path)])
        });
        rule.set("matches", list(matches.collect::<Vec<_>>()));
    }
    rule.set("backendRefs", list([backend]));
    spec.set("rules", list([rule]));
    let reason = format!("{} is public: {}", part.component.id, why.fact(&part.component.public));
    object(VERSION, kind_of(part), metadata(plan, part, &part.name)).with("spec", spec).why(reason)
}

/// The class of gateways for clients on the internet that a cluster of this kind brings.
fn class(platform: &str) -> Option<&'static str> {
    match platform {
        "kubernetes/gke" | "kubernetes/gke-autopilot" => Some("gke-l7-global-external-managed"),
        "kubernetes/aks" => Some("azure-alb-external"),
        _ => None,
    }
}
