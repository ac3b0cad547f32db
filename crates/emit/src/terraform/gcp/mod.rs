//! Google's: the project and the network that its places share.

mod beside;
pub(super) mod cloud_run;
pub(super) mod compute;
mod door;
pub(super) mod gke;
pub(super) mod managed;

use super::json::expression;
use super::stack::{Provider, Stack, region};
use crate::Part;
use crate::tree::{Node, list, map};

const PROVIDER: Provider =
    Provider { name: "google", source: "hashicorp/google", version: "~> 6.50" };
/// Addresses under which Google's own services are reached from a network without the internet ("Private Google Access
/// options", Virtual Private Cloud documentation).
const PRIVATE_GOOGLE: [&str; 4] =
    ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"];

/// Asks for the provider in a part's region; whether the part stands there.
pub(super) fn begin(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> bool {
    if !stack.stands_here(part, PROVIDER.name) {
        return false;
    }
    let project = stack.shared("google_project", "string", "id of the project at Google", None);
    let place = Node::from(region(part)).why(format!("plan: {}", part.placement.region));
    stack.provider(PROVIDER, map([("project", project), ("region", place)]));
    true
}

/// Adds the network, once.
fn network(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let name = stack.app(50);
    let body =
        map([("name", Node::from(name.as_str())), ("auto_create_subnetworks", false.into())]);
    stack.resource("google_compute_network", "main", body);
    let body = map([
        ("name", Node::from(name)),
        ("region", region(part).into()),
        ("network", expression("google_compute_network.main.id")),
        (
            "ip_cidr_range",
            Node::from("10.0.0.0/20").why("default: change it where it meets another network"),
        ),
        (
            "private_ip_google_access",
            Node::from(true).why("services are reached without the internet"),
        ),
    ]);
    stack.resource("google_compute_subnetwork", "main", body);
}

/// Adds the way to the internet of machines without an address of their own, once.
fn nat(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let name = stack.app(50);
    let router = map([
        ("name", Node::from(name.as_str())),
        ("region", region(part).into()),
        ("network", expression("google_compute_network.main.id")),
    ]);
    stack.resource("google_compute_router", "main", router);
    let why = format!("network: {}", stack.why.fact(&stack.plan.app.network));
    let body = map([
        ("name", Node::from(name).why(why)),
        ("region", region(part).into()),
        ("router", expression("google_compute_router.main.name")),
        ("nat_ip_allocate_option", "AUTO_ONLY".into()),
        ("source_subnetwork_ip_ranges_to_nat", "ALL_SUBNETWORKS_ALL_IP_RANGES".into()),
    ]);
    stack.resource("google_compute_router_nat", "main", body);
}

/// Lets the network reach services that only it may reach: their names lead to Google's private addresses.
fn private_services(stack: &mut Stack<'_, '_>) {
    let name = format!("{}-run", stack.app(50));
    let url = expression("google_compute_network.main.id");
    let seen = map([("networks", list([map([("network_url", url)])]))]);
    let zone = map([
        ("name", Node::from(name)),
        ("dns_name", Node::from("run.app.").why("services inside are called through the network")),
        ("visibility", "private".into()),
        ("private_visibility_config", seen),
    ]);
    stack.resource("google_dns_managed_zone", "run", zone);
    for (own, name, kind, data) in [
        ("run", "run.app.", "A", PRIVATE_GOOGLE.to_vec()),
        ("run_all", "*.run.app.", "CNAME", vec!["run.app."]),
    ] {
        let record = map([
            ("managed_zone", expression("google_dns_managed_zone.run.name")),
            ("name", name.into()),
            ("type", kind.into()),
            ("ttl", Node::from(300_u32)),
            ("rrdatas", list(data)),
        ]);
        stack.resource("google_dns_record_set", own, record);
    }
}

/// Lets managed stores have addresses of the network.
fn private_stores(stack: &mut Stack<'_, '_>) {
    let name = format!("{}-stores", stack.app(50));
    let range = map([
        ("name", Node::from(name)),
        ("purpose", "VPC_PEERING".into()),
        ("address_type", "INTERNAL".into()),
        ("prefix_length", Node::from(20_u32).why("default")),
        ("network", expression("google_compute_network.main.id")),
    ]);
    stack.resource("google_compute_global_address", "stores", range);
    let peering = map([
        ("network", expression("google_compute_network.main.id")),
        ("service", "servicenetworking.googleapis.com".into()),
        (
            "reserved_peering_ranges",
            list([expression("google_compute_global_address.stores.name")]),
        ),
    ]);
    stack.resource("google_service_networking_connection", "stores", peering);
}
