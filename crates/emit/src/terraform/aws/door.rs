//! How clients on the internet reach tasks and servers: one application load balancer for all, else what a part needs.

use model::{Check, FrontDoor, Need, Probe, Protocol, Settings};

use super::network;
use crate::kubernetes::Ports;
use crate::terraform::json::{expression, template};
use crate::terraform::stack::{Stack, id};
use crate::terraform::{parts, servers};
use crate::tree::{Node, list, map};
use crate::{Part, Target};

/// Names of load balancers and target groups at the most (Elastic Load Balancing API reference).
const NAME_MAX: usize = 32;
/// The name of what all parts share; no part's own has two underscores.
pub(super) const SHARED: &str = "door__shared";
/// Seconds between two checks at the least and at the most, and for an answer (`CreateTargetGroup`, same reference).
const INTERVAL: (u64, u64) = (5, 300);
const TIMEOUT: (u64, u64) = (2, 120);
/// Checks in a row that must fail, at the least and at the most.
const FAILURES: (u32, u32) = (2, 10);

/// Puts all parts that the plan wants there behind one application load balancer, once: tasks and servers alike.
pub(super) fn application(stack: &mut Stack<'_, '_>) {
    if stack.has_resource("aws_lb", SHARED) {
        return;
    }
    let plan = stack.plan;
    let behind: Vec<&Part<'_>> = plan
        .of(crate::terraform::Terraform.name())
        .filter(|part| is_behind(part) && stack.is_here(part, super::PROVIDER.name))
        .filter(|part| crate::terraform::place_of(plan, part).is_ok())
        .collect();
    let Some(first) = behind.first() else { return };
    let app = stack.app(NAME_MAX);
    let group = format!("aws_security_group.{SHARED}.id");
    let body = map([
        ("name", Node::from(app.as_str())),
        ("load_balancer_type", Node::from("application").why(stack.why.plan(first, "front door"))),
        ("subnets", network::public_subnets()),
        ("security_groups", list([expression(&group)])),
    ]);
    stack.resource("aws_lb", SHARED, body);
    let own = stack.app(200);
    let body = map([("name", Node::from(format!("{own}-door"))), ("vpc_id", network::vpc())]);
    stack.resource("aws_security_group", SHARED, body);
    network::leaves(stack, SHARED);
    for port in [80_u16, 443] {
        let rule = map([
            ("security_group_id", expression(&group)),
            ("ip_protocol", Node::from("tcp").why("clients on the internet reach it")),
            ("from_port", port.into()),
            ("to_port", port.into()),
            ("cidr_ipv4", "0.0.0.0/0".into()),
        ]);
        let name = format!("{SHARED}__{port}");
        stack.resource("aws_vpc_security_group_ingress_rule", &name, rule);
    }
    let none = "null".to_owned();
    let about = format!("ARN of a certificate for the load balancer; {none} serves plain HTTP");
    let certificate = stack.shared("certificate_arn", "string", &about, Some(expression(none)));
    let given = |yes: &str, no: &str| {
        expression(format!("var.certificate_arn == null ? {no} : {yes}"))
            .why("HTTPS as soon as a certificate is given")
    };
    let alone = behind.len() == 1;
    let default = if alone {
        forward(first)
    } else {
        let answer = map([
            ("content_type", Node::from("text/plain")),
            ("message_body", "not found".into()),
            ("status_code", "404".into()),
        ]);
        map([("type", "fixed-response".into()), ("fixed_response", answer)]).why("what no rule has")
    };
    let listener = map([
        ("load_balancer_arn", expression(format!("aws_lb.{SHARED}.arn"))),
        ("port", given("443", "80")),
        ("protocol", given("\"HTTPS\"", "\"HTTP\"")),
        ("certificate_arn", certificate),
        ("default_action", default),
    ]);
    stack.resource("aws_lb_listener", SHARED, listener);
    stack.output(
        "door__address",
        "where clients reach the load balancer: point your names in DNS at it",
        expression(format!("aws_lb.{SHARED}.dns_name")),
    );
    for (number, part) in behind.iter().enumerate() {
        let ports = servers::ports(plan, part);
        let from =
            ("referenced_security_group_id", expression(format!("aws_security_group.{SHARED}.id")));
        let name = format!("{}__from__door", id(part));
        network::open(stack, part, &ports, &name, &from, "the load balancer");
        target_group(stack, part);
        if alone {
            continue;
        }
        let condition = condition(stack, part);
        let rule = map([
            ("listener_arn", expression(format!("aws_lb_listener.{SHARED}.arn"))),
            ("priority", (number as u64 + 1).into()),
            ("action", forward(part)),
            ("condition", condition),
        ]);
        stack.resource("aws_lb_listener_rule", &id(part), rule);
    }
}

/// Whether the application load balancer stands before a part: it has a port that it can be asked at.
pub(super) fn is_behind(part: &Part<'_>) -> bool {
    let door = match &part.placement.configured {
        Settings::Task(task) => task.front_door,
        Settings::Server(server) => server.front_door,
        _ => return false,
    };
    door == FrontDoor::Alb && parts::main_port(&Ports::of_pod(part)).is_some()
}

/// What stands behind a load balancer: a task has an address of its own, a server is one of its group's instances.
fn target_type(part: &Part<'_>) -> &'static str {
    if servers::settings(part).is_some() { "instance" } else { "ip" }
}

/// Which requests are a part's: those of its paths, else those to a host of its own.
fn condition(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Node {
    let plain = |path: &String| {
        let inside = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        path.starts_with('/') && path.chars().all(inside)
    };
    let paths: Vec<&String> = part.component.paths.iter().filter(|path| plain(path)).collect();
    if paths.is_empty() {
        let name = format!("{}__host", id(part));
        let about = format!("host name under which clients reach {}", part.component.id);
        let host = stack.shared(&name, "string", &about, None);
        return map([("host_header", map([("values", list([host]))]))])
            .why("no paths are known: a host of its own");
    }
    let each = |path: &&String| {
        let base = path.trim_end_matches('/');
        if base.is_empty() {
            vec!["/*".to_owned()]
        } else {
            vec![base.to_owned(), format!("{base}/*")]
        }
    };
    let values: Vec<String> = paths.iter().flat_map(each).collect();
    map([("path_pattern", map([("values", list(values))]))]).why(stack.why.definition(part))
}

fn forward(part: &Part<'_>) -> Node {
    let arn = format!("aws_lb_target_group.{}.arn", id(part));
    map([("type", "forward".into()), ("target_group_arn", expression(arn))])
}

/// The targets of one part and how they are asked for their health.
fn target_group(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let ports = servers::ports(stack.plan, part);
    let Some(port) = parts::main_port(&ports) else { return };
    let why = if ports.assumed {
        "assumed: nobody says where it listens".to_owned()
    } else {
        stack.why.definition(part)
    };
    let name = stack.name(part, NAME_MAX);
    let mut body = map([
        ("name", Node::from(name)),
        ("port", Node::from(port.number).why(why)),
        ("protocol", "HTTP".into()),
        ("target_type", target_type(part).into()),
        ("vpc_id", network::vpc()),
    ]);
    if part.needs(Need::Grpc) {
        body.set("protocol_version", Node::from("GRPC").why("need: grpc"));
    }
    body.set("health_check", health(stack, part));
    if let Some(grace) = part.component.blueprint.as_ref().and_then(|b| b.grace) {
        let seconds = grace.nanos().div_ceil(1_000_000_000).min(3600);
        let delay = Node::from(seconds).why(stack.why.definition(part));
        body.set("deregistration_delay", delay);
    }
    stack.resource("aws_lb_target_group", &id(part), body);
}

/// The health check of a load balancer: the ready check where that is a path, else any answer that is no server's error.
fn health(stack: &Stack<'_, '_>, part: &Part<'_>) -> Node {
    let blueprint = part.component.blueprint.as_deref();
    let asks = |probe: &Option<Probe>| {
        probe.clone().filter(|probe| matches!(probe.check, Check::Http(..)))
    };
    let probe = blueprint.and_then(|b| asks(&b.ready).or_else(|| asks(&b.alive)));
    let Some(probe) = probe else {
        let any = if part.needs(Need::Grpc) { "0-99" } else { "200-499" };
        return map([
            ("path", Node::from("/")),
            (
                "matcher",
                Node::from(any).why("default: nobody declares a path to ask; any answer will do"),
            ),
        ]);
    };
    let Check::Http(path, port) = &probe.check else { return Node::empty() };
    let path = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
    let seconds = |time: units::Duration| time.nanos().div_ceil(1_000_000_000);
    let timeout = seconds(probe.timeout).clamp(TIMEOUT.0, TIMEOUT.1);
    // An answer has to come before the next question.
    let interval = seconds(probe.period).max(timeout + 1).clamp(INTERVAL.0, INTERVAL.1);
    let mut node = map([
        ("path", Node::from(path).why(stack.why.definition(part))),
        ("interval", interval.into()),
        ("timeout", timeout.min(interval - 1).into()),
        ("unhealthy_threshold", probe.failures.clamp(FAILURES.0, FAILURES.1).into()),
    ]);
    if let Some(port) = port {
        let (inside, outside) = (Ports::of_pod(part), servers::ports(stack.plan, part));
        let known = inside.all.iter().position(|known| known.number == *port);
        let port = known.map_or(*port, |at| outside.all[at].number);
        node.set("port", port.to_string());
    }
    node
}

/// Puts a part behind a network load balancer of its own: TCP and UDP as they are.
pub(super) fn network(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let own = id(part);
    let (inside, ports) = (Ports::of_pod(part), servers::ports(stack.plan, part));
    let name = stack.name(part, NAME_MAX);
    let body = map([
        ("name", Node::from(name)),
        ("load_balancer_type", Node::from("network").why(stack.why.plan(part, "front door"))),
        ("subnets", network::public_subnets()),
        ("security_groups", list([expression(network::group(part))])),
    ]);
    stack.resource("aws_lb", &own, body);
    let anybody = ("cidr_ipv4", Node::from("0.0.0.0/0"));
    let name = format!("{own}__from__clients");
    network::open(stack, part, &ports, &name, &anybody, "clients on the internet reach it");
    for (port, outside) in inside.all.iter().zip(&ports.all) {
        let protocol = if port.protocol == Protocol::Udp { "UDP" } else { "TCP" };
        let named = target_group_of(part, port);
        let group = map([
            ("port", Node::from(outside.number)),
            ("protocol", Node::from(protocol).why(stack.why.definition(part))),
            ("target_type", target_type(part).into()),
            ("vpc_id", network::vpc()),
        ]);
        stack.resource("aws_lb_target_group", &named, group);
        let arn = expression(format!("aws_lb_target_group.{named}.arn"));
        let listener = map([
            ("load_balancer_arn", expression(format!("aws_lb.{own}.arn"))),
            ("port", Node::from(port.number)),
            ("protocol", protocol.into()),
            ("default_action", map([("type", "forward".into()), ("target_group_arn", arn)])),
        ]);
        stack.resource("aws_lb_listener", &named, listener);
    }
    let about = format!("where clients reach {}", part.component.id);
    let address = expression(format!("aws_lb.{own}.dns_name"));
    stack.output(&format!("{own}__door"), &about, address);
}

/// The name of the target group of one port of a part behind a network load balancer.
pub(super) fn target_group_of(part: &Part<'_>, port: &model::Port) -> String {
    let end = if port.protocol == Protocol::Udp { "_udp" } else { "" };
    format!("{}__{}{end}", id(part), port.number)
}

/// An HTTP API of a part's own that hands every path to an integration.
pub(super) fn every_path<const N: usize>(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    name: String,
    to: [(&str, Node); N],
) {
    let own = id(part);
    let api = map([
        ("name", Node::from(name).why(stack.why.plan(part, "front door"))),
        ("protocol_type", "HTTP".into()),
    ]);
    stack.resource("aws_apigatewayv2_api", &own, api);
    let api = || expression(format!("aws_apigatewayv2_api.{own}.id"));
    let own_api = map([("api_id", api())]);
    let integration = to.into_iter().fold(own_api, |all, (key, node)| all.with(key, node));
    stack.resource("aws_apigatewayv2_integration", &own, integration);
    let target = template(format!("integrations/${{aws_apigatewayv2_integration.{own}.id}}"));
    let route = map([("api_id", api()), ("route_key", "$default".into()), ("target", target)]);
    stack.resource("aws_apigatewayv2_route", &own, route);
    let stage = map([("api_id", api()), ("name", "$default".into()), ("auto_deploy", true.into())]);
    stack.resource("aws_apigatewayv2_stage", &own, stage);
}

/// Puts a part that is found by the registry behind an HTTP API.
pub(super) fn http_api(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let own = id(part);
    let name = stack.name(part, 128);
    let (subnets, _) = network::subnets(stack);
    let link = map([
        ("name", Node::from(name.as_str())),
        ("subnet_ids", subnets),
        ("security_group_ids", list([expression(network::group(part))])),
    ]);
    stack.resource("aws_apigatewayv2_vpc_link", &own, link);
    let link = expression(format!("aws_apigatewayv2_vpc_link.{own}.id"));
    let proxy = [
        ("integration_type", Node::from("HTTP_PROXY")),
        ("integration_method", "ANY".into()),
        ("integration_uri", expression(format!("aws_service_discovery_service.{own}.arn"))),
        ("connection_type", "VPC_LINK".into()),
        ("connection_id", link),
    ];
    every_path(stack, part, name, proxy);
    // The link's interfaces carry the part's own group.
    let itself = ("referenced_security_group_id", expression(network::group(part)));
    let name = format!("{own}__from__api");
    let ports = servers::ports(stack.plan, part);
    network::open(stack, part, &ports, &name, &itself, "the API's link");
    let about = format!("where clients reach {}", part.component.id);
    let address = expression(format!("aws_apigatewayv2_api.{own}.api_endpoint"));
    stack.output(&format!("{own}__door"), &about, address);
}
