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

use super::json::expression;
use super::stack::{Provider, Stack, region};
use crate::Part;
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
