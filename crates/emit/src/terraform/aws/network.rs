//! The network: a VPC by the well-known module, and who may call whom in it.

use model::{Network, Protocol};

use super::{ec2, kafka};
use crate::Part;
use crate::kubernetes::Ports;
use crate::terraform::json::expression;
use crate::terraform::stack::{Stack, id};
use crate::tree::{Node, Value, list, map};

/// The module and the version whose variables were checked.
const MODULE: (&str, &str) = ("terraform-aws-modules/vpc/aws", "6.5.1");
/// Zones that load balancers and control planes want at the least ("You must specify at least two Availability Zone
/// subnets", Elastic Load Balancing, Application Load Balancers).
const ZONES_LEAST: u8 = 2;
/// The most zones that the addresses below are made for.
const ZONES_MOST: u8 = 6;

/// Whether instances have private addresses only.
pub(super) fn is_private(stack: &Stack<'_, '_>) -> bool {
    stack.plan.app.network.get() == Some(Network::Private)
}

/// Adds the network, once.
pub(super) fn add(stack: &mut Stack<'_, '_>) {
    if stack.has_module("vpc") {
        return;
    }
    let app = &stack.plan.app;
    let (declared, brokers) = (app.availability.zones.get().unwrap_or(1), kafka::zones(stack.plan));
    let wanted = declared.max(brokers);
    let zones = wanted.clamp(ZONES_LEAST, ZONES_MOST);
    let why = if brokers > declared {
        format!("plan: {brokers} brokers of Kafka, a zone each")
    } else if wanted < ZONES_LEAST {
        "load balancers and control planes want two zones at the least".to_owned()
    } else {
        format!("zones: {wanted} ({})", stack.why.fact(&app.availability.zones))
    };
    let state = map([("state", Node::from("available"))]);
    stack.data("aws_availability_zones", "here", state);
    let azs = format!("slice(data.aws_availability_zones.here.names, 0, {zones})");
    let range = |first: u8| list((0..zones).map(move |n| format!("10.0.{}.0/20", first + 16 * n)));
    let called = stack.app(200);
    let mut body = map([
        ("source", Node::from(MODULE.0)),
        ("version", MODULE.1.into()),
        ("name", called.into()),
        (
            "cidr",
            Node::from("10.0.0.0/16").why("default: change it where it meets another network"),
        ),
        ("azs", expression(azs).why(why)),
        ("public_subnets", range(0)),
    ]);
    if is_private(stack) {
        let network = stack.why.fact(&stack.plan.app.network);
        body.set("private_subnets", range(128));
        let gateway = format!("network: private, behind a NAT gateway a zone ({network})");
        body.set("enable_nat_gateway", Node::from(true).why(gateway));
        body.set(if wanted > 1 { "one_nat_gateway_per_az" } else { "single_nat_gateway" }, true);
    }
    stack.module("vpc", body);
}

/// The network's id.
pub(super) fn vpc() -> Node {
    expression("module.vpc.vpc_id")
}

/// Where instances stand, and whether each has a public address.
pub(super) fn subnets(stack: &Stack<'_, '_>) -> (Node, Node) {
    let network = stack.why.fact(&stack.plan.app.network);
    let why = format!("network: {network}");
    if is_private(stack) {
        (expression("module.vpc.private_subnets").why(why), Node::from(false))
    } else {
        let public = Node::from(true).why("network: a public address each, and no NAT gateway");
        (expression("module.vpc.public_subnets").why(why), public)
    }
}

/// Where load balancers stand.
pub(super) fn public_subnets() -> Node {
    expression("module.vpc.public_subnets")
}

/// The security group of a part.
pub(super) fn group(part: &Part<'_>) -> String {
    format!("aws_security_group.{}.id", group_name(part))
}

/// The name of its block: parts that share servers share the servers' own.
fn group_name(part: &Part<'_>) -> String {
    ec2::pool(part).map_or_else(|| id(part), |pool| format!("{}__{pool}", ec2::PREFIX))
}

/// Adds the security group of a part, which may call everywhere and is called by those that the plan names.
pub(super) fn add_group(stack: &mut Stack<'_, '_>, part: &Part<'_>, ports: &Ports) {
    let own = id(part);
    add_plain_group(stack, part);
    let mut callers: Vec<&Part<'_>> =
        stack.plan.callers(&part.component.id).map(|(caller, _)| caller).collect();
    // Messages flow from a queue to its reader, but it is the reader who asks.
    let engine = part.component.engine.as_ref().and_then(model::Fact::get);
    if engine.is_some_and(model::Engine::holds_messages) {
        callers.extend(stack.plan.called(&part.component.id).map(|(reader, _)| reader));
    }
    callers.sort_by(|a, b| a.name.cmp(&b.name));
    callers.dedup_by(|a, b| a.name == b.name);
    // A group holds a rule once, however many callers stand behind it.
    let mut known = std::collections::BTreeSet::new();
    for caller in callers {
        let from = if crate::terraform::has_group(stack.plan, caller) {
            ("referenced_security_group_id", expression(group(caller)))
        } else {
            let why = format!("{} stands on {}", caller.component.id, caller.placement.platform);
            ("cidr_ipv4", expression("module.vpc.vpc_cidr_block").why(why))
        };
        let who = match &from.1.value {
            Value::Expression(text) => text.clone(),
            _ => String::new(),
        };
        if !known.insert(who) {
            continue;
        }
        let reason = format!("{} calls {}", caller.component.id, part.component.id);
        open(stack, part, ports, &format!("{own}__from__{}", id(caller)), &from, &reason);
    }
}

/// Adds a security group that nothing gets into yet.
fn add_plain_group(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let own = group_name(part);
    let called = match ec2::pool(part) {
        Some(pool) => format!("{}-servers-{pool}", stack.app(200)),
        None => stack.name(part, 200),
    };
    let body = map([("name", called.into()), ("vpc_id", vpc())]);
    stack.resource("aws_security_group", &own, body);
    leaves(stack, &own);
}

/// Lets everything out of a security group.
pub(super) fn leaves(stack: &mut Stack<'_, '_>, group: &str) {
    let rule = map([
        ("security_group_id", expression(format!("aws_security_group.{group}.id"))),
        ("ip_protocol", Node::from("-1").why("default: what leaves is not restricted")),
        ("cidr_ipv4", "0.0.0.0/0".into()),
    ]);
    stack.resource("aws_vpc_security_group_egress_rule", group, rule);
}

/// Lets somebody in at the ports of a part.
pub(super) fn open(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    ports: &Ports,
    name: &str,
    from: &(&str, Node),
    why: &str,
) {
    for port in &ports.all {
        let rule = map([
            ("security_group_id", expression(group(part))),
            (
                "ip_protocol",
                Node::from(if port.protocol == Protocol::Udp { "udp" } else { "tcp" }).why(why),
            ),
            ("from_port", port.number.into()),
            ("to_port", port.number.into()),
            (from.0, from.1.clone()),
        ]);
        let end = if port.protocol == Protocol::Udp { "_udp" } else { "" };
        let name = format!("{name}__{}{end}", port.number);
        stack.resource("aws_vpc_security_group_ingress_rule", &name, rule);
    }
}
