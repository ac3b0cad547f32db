//! How clients on the internet reach servers of Google's: one load balancer for all that speak HTTP, else one that hands on
//! what comes in.

use model::{Check, FrontDoor, Need, Protocol};

use super::compute::open;
use crate::Part;
use crate::kubernetes::Ports;
use crate::terraform::json::expression;
use crate::terraform::stack::{Stack, id, region};
use crate::terraform::{parts, servers};
use crate::tree::{Node, list, map};

/// Where load balancers and health checks come from ("Firewall rules", Cloud Load Balancing documentation).
const PROBERS: [&str; 2] = ["130.211.0.0/22", "35.191.0.0/16"];
/// Ports of one forwarding rule at the most (`ports`, `forwardingRules`, Compute Engine API reference).
const PORTS_MAX: usize = 5;

/// The groups that requests for a part may go to.
type Backends<'b> = &'b dyn Fn(&Stack<'_, '_>, &Part<'_>) -> Vec<String>;

/// Whether a load balancer stands before a part.
pub(super) fn is_behind(part: &Part<'_>) -> bool {
    servers::door(part) == FrontDoor::Balancer && parts::main_port(&Ports::of_pod(part)).is_some()
}

/// Whether that is one that does not speak HTTP.
fn is_raw(part: &Part<'_>) -> bool {
    let udp = Ports::of_pod(part).all.iter().any(|port| port.protocol == Protocol::Udp);
    udp || part.needs(Need::Tcp) || part.needs(Need::Udp)
}

/// The kind of a part's health check.
pub(super) fn health_check_of(part: &Part<'_>) -> &'static str {
    if is_raw(part) { "google_compute_region_health_check" } else { "google_compute_health_check" }
}

/// Puts parts behind their load balancers.
pub(super) fn write(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>], backends: Backends<'_>) {
    for part in parts.iter().filter(|p| servers::door(p) == FrontDoor::Balancer && !is_behind(p)) {
        stack.left_out(part, "the load balancer before it: it has no TCP port to be asked at");
    }
    let behind = || parts.iter().copied().filter(|part| is_behind(part));
    for part in behind() {
        health_check(stack, part);
    }
    for part in behind().filter(|part| is_raw(part)) {
        raw(stack, part, backends);
    }
    let http: Vec<&Part<'_>> = behind().filter(|part| !is_raw(part)).collect();
    for part in &http {
        let own = id(part);
        open(stack, part, "door", list(PROBERS).why("the load balancer and its health checks"));
        let groups = backends(stack, part).into_iter().map(|group| {
            map([("group", expression(group)), ("balancing_mode", "UTILIZATION".into())])
        });
        let protocol = if part.needs(Need::Grpc) { "H2C" } else { "HTTP" };
        let mut body = map([
            ("name", Node::from(stack.name(part, 60))),
            ("protocol", protocol.into()),
            ("port_name", part.name.as_str().into()),
            ("load_balancing_scheme", "EXTERNAL_MANAGED".into()),
            ("health_checks", list([expression(format!("google_compute_health_check.{own}.id"))])),
            ("backend", list(groups.collect::<Vec<Node>>())),
        ]);
        if part.needs(Need::SessionState) {
            body.set("session_affinity", Node::from("GENERATED_COOKIE").why("need: session-state"));
        }
        if part.needs(Need::WebSockets) {
            body.set(
                "timeout_sec",
                Node::from(86_400_u32).why("need: websockets; a connection ends with it"),
            );
        }
        stack.resource("google_compute_backend_service", &own, body);
    }
    if !http.is_empty() {
        map_of_urls(stack, &http);
    }
}

/// The one load balancer: its paths and hosts, its address, and HTTPS as soon as there is a certificate.
fn map_of_urls(stack: &mut Stack<'_, '_>, behind: &[&Part<'_>]) {
    let first = behind[0];
    let service =
        |part: &Part<'_>| expression(format!("google_compute_backend_service.{}.id", id(part)));
    let name = stack.app(50);
    let mut urls = map([("name", Node::from(name.as_str())), ("default_service", service(first))]);
    let plain = |path: &String| {
        let inside = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        path.starts_with('/') && path.chars().all(inside)
    };
    let (mut rules, mut hosts, mut matchers) = (Vec::new(), Vec::new(), Vec::new());
    for part in behind.iter().filter(|_| behind.len() > 1) {
        let paths: Vec<String> = part
            .component
            .paths
            .iter()
            .filter(|path| plain(path))
            .flat_map(|path| match path.trim_end_matches('/') {
                "" => vec!["/*".to_owned()],
                base => vec![base.to_owned(), format!("{base}/*")],
            })
            .collect();
        if paths.is_empty() {
            let about = format!("host name under which clients reach {}", part.component.id);
            let host = stack.shared(&format!("{}__host", id(part)), "string", &about, None);
            let why = "no paths are known: a host of its own";
            hosts.push(map([
                ("hosts", list([host]).why(why)),
                ("path_matcher", part.name.as_str().into()),
            ]));
            matchers.push(map([
                ("name", Node::from(part.name.as_str())),
                ("default_service", service(part)),
            ]));
        } else {
            let paths = list(paths).why(stack.why.definition(part));
            rules.push(map([("paths", paths), ("service", service(part))]));
        }
    }
    if !rules.is_empty() {
        // No part's own name has two dashes.
        hosts.push(map([("hosts", list(["*"])), ("path_matcher", "by--path".into())]));
        matchers.push(map([
            ("name", Node::from("by--path")),
            ("default_service", service(first).why("what no rule has")),
            ("path_rule", list(rules)),
        ]));
    }
    if !hosts.is_empty() {
        urls.set("host_rule", list(hosts));
        urls.set("path_matcher", list(matchers));
    }
    stack.resource("google_compute_url_map", "door", urls);
    let address = map([("name", Node::from(format!("{name}-door")))]);
    stack.resource("google_compute_global_address", "door", address);
    let about = "id of a certificate for the load balancer; null serves plain HTTP";
    stack.shared("google_certificate", "string", about, Some(expression("null")));
    let given = || {
        expression("var.google_certificate == null ? 0 : 1")
            .why("HTTPS as soon as a certificate is given")
    };
    let map_id = || expression("google_compute_url_map.door.id");
    let plain = map([("name", Node::from(name.as_str())), ("url_map", map_id())]);
    stack.resource("google_compute_target_http_proxy", "door", plain);
    let secure = map([
        ("count", given()),
        ("name", Node::from(format!("{name}-tls"))),
        ("url_map", map_id()),
        ("ssl_certificates", list([expression("var.google_certificate")])),
    ]);
    stack.resource("google_compute_target_https_proxy", "door", secure);
    let rule = |end: &str, port: &str, target: &str| {
        map([
            ("name", Node::from(format!("{name}{end}"))),
            ("ip_address", expression("google_compute_global_address.door.address")),
            ("port_range", port.into()),
            ("load_balancing_scheme", "EXTERNAL_MANAGED".into()),
            ("target", expression(target)),
        ])
    };
    let plain = rule("", "80", "google_compute_target_http_proxy.door.id");
    stack.resource("google_compute_global_forwarding_rule", "door", plain);
    let secure = rule("-tls", "443", "google_compute_target_https_proxy.door[0].id");
    let secure = map([("count", given())]).joined(secure);
    stack.resource("google_compute_global_forwarding_rule", "door__tls", secure);
    stack.output(
        "google_door__address",
        "where clients reach the load balancer: point your names in DNS at it",
        expression("google_compute_global_address.door.address"),
    );
}

/// How a part is asked for its health: the ready check where that is a path, else whether it listens.
fn health_check(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let ports = servers::ports(stack.plan, part);
    let Some(port) = parts::main_port(&ports) else { return };
    let blueprint = part.component.blueprint.as_deref();
    let probe = blueprint.and_then(|b| b.ready.as_ref().or(b.alive.as_ref()));
    let path = probe.and_then(|probe| match &probe.check {
        Check::Http(path, _) if !is_raw(part) => Some(path.clone()),
        _ => None,
    });
    let number = Node::from(port.number);
    let mut body = map([("name", Node::from(stack.name(part, 60)))]);
    if let Some(path) = path {
        let path = if path.starts_with('/') { path } else { format!("/{path}") };
        let path = Node::from(path).why(stack.why.definition(part));
        body.set("http_health_check", map([("port", number), ("request_path", path)]));
    } else {
        let why = "default: nobody declares a path to ask; whether it listens";
        body.set("tcp_health_check", map([("port", number)]).why(why));
    }
    if is_raw(part) {
        body.set("region", region(part));
    }
    stack.resource(health_check_of(part), &id(part), body);
}

/// A load balancer of a part's own that hands on what comes to its ports.
fn raw(stack: &mut Stack<'_, '_>, part: &Part<'_>, backends: Backends<'_>) {
    let own = id(part);
    open(
        stack,
        part,
        "clients",
        list(["0.0.0.0/0"]).why("clients on the internet reach it, and health checks"),
    );
    let address =
        map([("name", Node::from(stack.name(part, 60))), ("region", region(part).into())]);
    stack.resource("google_compute_address", &own, address);
    let ports = servers::ports(stack.plan, part);
    for (protocol, word) in [(Protocol::Tcp, "TCP"), (Protocol::Udp, "UDP")] {
        let own_ports = ports.all.iter().filter(|port| port.protocol == protocol);
        let numbers: Vec<String> = own_ports.map(|port| port.number.to_string()).collect();
        if numbers.is_empty() {
            continue;
        }
        if numbers.len() > PORTS_MAX {
            stack.left_out(
                part,
                "ports beyond the first five: a load balancer of Google has no more",
            );
        }
        let groups = backends(stack, part).into_iter().map(|group| {
            map([("group", expression(group)), ("balancing_mode", "CONNECTION".into())])
        });
        let key = format!("{own}__{}", word.to_lowercase());
        let name = format!("{}-{}", stack.name(part, 55), word.to_lowercase());
        let body = map([
            ("name", Node::from(name.as_str())),
            ("region", region(part).into()),
            ("protocol", word.into()),
            ("load_balancing_scheme", "EXTERNAL".into()),
            (
                "health_checks",
                list([expression(format!("google_compute_region_health_check.{own}.id"))]),
            ),
            ("backend", list(groups.collect::<Vec<Node>>())),
        ]);
        stack.resource("google_compute_region_backend_service", &key, body);
        let rule = map([
            ("name", Node::from(name)),
            ("region", region(part).into()),
            ("ip_address", expression(format!("google_compute_address.{own}.address"))),
            ("ip_protocol", word.into()),
            ("ports", list(numbers.into_iter().take(PORTS_MAX))),
            ("load_balancing_scheme", "EXTERNAL".into()),
            (
                "backend_service",
                expression(format!("google_compute_region_backend_service.{key}.id")),
            ),
        ]);
        stack.resource("google_compute_forwarding_rule", &key, rule);
    }
    let about = format!("where clients reach {}", part.component.id);
    stack.output(
        &format!("{own}__door"),
        &about,
        expression(format!("google_compute_address.{own}.address")),
    );
}
