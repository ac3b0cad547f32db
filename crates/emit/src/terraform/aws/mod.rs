//! Amazon's: the network and the rights that all of its places share.

mod beside;
mod door;
pub(super) mod ec2;
pub(super) mod ecs;
pub(super) mod eks;
mod events;
pub(super) mod functions;
mod kafka;
mod machine;
pub(super) mod managed;
pub(super) mod network;
mod rights;
mod tables;

use model::WarmHours;

use super::json::expression;
use super::stack::{Provider, Stack, id, region};
use crate::Part;
use crate::hours::turns;
use crate::tree::{Node, list, map};

const PROVIDER: Provider = Provider { name: "aws", source: "hashicorp/aws", version: "~> 6.66" };

/// Asks for the provider in a part's region; whether the part stands there.
pub(super) fn begin(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> bool {
    if !stack.stands_here(part, PROVIDER.name) {
        return false;
    }
    let place = Node::from(region(part)).why(format!("plan: {}", part.placement.region));
    let name = stack.plan.name.clone();
    let tags = map([("tags", map([("application", name.into())]))]);
    stack.provider(PROVIDER, map([("region", place), ("default_tags", tags)]));
    true
}

/// Scheduled actions that set the least and the most of a scalable target when hours begin, and none when they end.
fn scheduled(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    (target, hours): (&str, WarmHours),
    (least, most): (Node, Node),
) {
    let own = id(part);
    let (begins, ends) = turns(hours);
    let none = || Node::from(0_u32);
    let ends = ends.map(|ends| (ends, "release", none(), none()));
    for (turn, name, least, most) in
        [Some((begins, "keep", least, most)), ends].into_iter().flatten()
    {
        let of = |what: &str| expression(format!("aws_appautoscaling_target.{target}.{what}"));
        let action = map([
            ("name", Node::from(name)),
            ("service_namespace", of("service_namespace")),
            ("scalable_dimension", of("scalable_dimension")),
            ("resource_id", of("resource_id")),
            ("schedule", turn.aws().into()),
            ("timezone", "UTC".into()),
            ("scalable_target_action", map([("min_capacity", least), ("max_capacity", most)])),
        ]);
        stack.resource("aws_appautoscaling_scheduled_action", &format!("{own}__{name}"), action);
    }
}

/// A document of JSON as text, by way of a local value.
fn document(stack: &mut Stack<'_, '_>, name: &str, node: Node) -> Node {
    stack.local(name, node);
    expression(format!("jsonencode(local.{name})"))
}

/// A role that a service takes on.
fn role(stack: &mut Stack<'_, '_>, name: &str, called: &str, service: &str) {
    let principal = map([("Service", Node::from(service))]);
    let statement = map([
        ("Effect", "Allow".into()),
        ("Action", "sts:AssumeRole".into()),
        ("Principal", principal),
    ]);
    let trust = policy(vec![statement]);
    let service = service.split('.').next().unwrap_or(service).replace('-', "_");
    let trust = document(stack, &format!("trust__{service}"), trust);
    let body = map([("name", Node::from(called)), ("assume_role_policy", trust)]);
    stack.resource("aws_iam_role", name, body);
}

/// A policy of these statements.
fn policy(statements: Vec<Node>) -> Node {
    map([("Version", Node::from("2012-10-17")), ("Statement", list(statements))])
}

/// A statement that allows actions on resources.
fn allow(actions: &[&str], resources: Vec<Node>) -> Node {
    map([
        ("Effect", "Allow".into()),
        ("Action", list(actions.iter().copied())),
        ("Resource", list(resources)),
    ])
}
