//! What a part may do to those that it calls: along the calls of the plan and no further.

use model::{Engine, FrontDoor, Settings};

use super::{allow, document, events, functions, kafka, machine, policy};
use crate::lambda::{self, urls};
use crate::terraform::json::expression;
use crate::terraform::stack::{Stack, id};
use crate::tree::{Node, map};
use crate::{Part, Plan, beyond};

const SEND: &[&str] = &["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"];
const RECEIVE: &[&str] = &[
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
];
const TABLE: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];
const BUCKET: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];

/// Gives a role the rights along a part's calls.
pub(super) fn add(stack: &mut Stack<'_, '_>, part: &Part<'_>, role: &str) {
    add_named(stack, part, role, role, "calls");
}

/// The same for a role that several parts share; a part may have several such roles.
pub(super) fn add_shared(stack: &mut Stack<'_, '_>, part: &Part<'_>, role: &str) {
    let name = format!("{}__on__{role}", id(part));
    let called = format!("calls-{}", part.name);
    add_named(stack, part, role, &name, &called);
}

fn add_named(stack: &mut Stack<'_, '_>, part: &Part<'_>, role: &str, name: &str, called: &str) {
    kept_by_amazon(stack, part, role, name);
    let mut statements = Vec::new();
    let plan = stack.plan;
    let mut seen = std::collections::BTreeSet::new();
    for (callee, edge) in plan.called(&part.component.id) {
        if seen.insert(&callee.component.id) {
            let why = format!("{} calls {}", edge.from, edge.to);
            statements.extend(
                towards(plan, callee, false).into_iter().map(|node| node.why(why.as_str())),
            );
        }
    }
    for (caller, edge) in plan.callers(&part.component.id) {
        // A queue's reader is called by it, and asks it all the same.
        if seen.insert(&caller.component.id) {
            let why = format!("{} takes from {}", edge.to, edge.from);
            statements
                .extend(towards(plan, caller, true).into_iter().map(|node| node.why(why.as_str())));
        }
    }
    if door(plan, part) == Some(FrontDoor::Queue) {
        let queue = expression(format!("aws_sqs_queue.{}.arn", id(part)));
        statements.push(allow(RECEIVE, vec![queue]).why("its own queue"));
    }
    let region = part.placement.region.strip_prefix("aws/").unwrap_or("*");
    for (actions, on, span) in beyond::actions(part) {
        let on = on.iter().map(|pattern| beyond::filled(pattern, region).into()).collect();
        statements.push(allow(&actions, on).why(stack.why.place(span).unwrap_or_default()));
    }
    if statements.is_empty() {
        return;
    }
    let text = document(stack, &format!("{name}__rights"), policy(statements));
    let role_id = expression(format!("aws_iam_role.{role}.id"));
    let body = map([("name", Node::from(called)), ("role", role_id), ("policy", text)]);
    stack.resource("aws_iam_role_policy", name, body);
}

/// Gives a role the policies that Amazon keeps and a part's definition gives it.
fn kept_by_amazon(stack: &mut Stack<'_, '_>, part: &Part<'_>, role: &str, name: &str) {
    for ((policy, span), number) in beyond::policies(part).zip(1..) {
        let Some(address) = beyond::without_account(&beyond::address(policy), "*") else {
            stack.tell(part, beyond::own(part, "policy", policy));
            continue;
        };
        let address = Node::from(address).why(stack.why.place(span).unwrap_or_default());
        let role = expression(format!("aws_iam_role.{role}.name"));
        let body = map([("role", role), ("policy_arn", address)]);
        stack.resource("aws_iam_role_policy_attachment", &format!("{name}__{number}"), body);
    }
}

/// What is allowed towards one part, as far as that is a matter of rights.
fn towards(plan: &Plan<'_>, callee: &Part<'_>, takes: bool) -> Vec<Node> {
    if is_signed(plan, callee) && !takes {
        let arn = format!("aws_lambda_function.{}.arn", id(callee));
        let versions = crate::terraform::json::template(format!("${{{arn}}}:*"));
        return urls::statements(&[expression(arn), versions]).collect();
    }
    if let Some(arn) =
        kafka::arn(callee).filter(|_| crate::terraform::place_of(plan, callee).is_ok())
    {
        return kafka::statements(&arn, takes);
    }
    used(plan, callee, takes).into_iter().collect()
}

/// Whether a part is a function whose URL is for callers with the right.
fn is_signed(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    functions::door_of(part) == Some(FrontDoor::FunctionUrl)
        && !urls::is_open(plan, part)
        && crate::terraform::place_of(plan, part).is_ok()
}

/// The same of what is used otherwise.
fn used(plan: &Plan<'_>, callee: &Part<'_>, takes: bool) -> Option<Node> {
    let own = id(callee);
    if crate::terraform::place_of(plan, callee).is_err()
        || !callee.placement.platform.0.starts_with("aws/")
    {
        return None;
    }
    if door(plan, callee) == Some(FrontDoor::Queue) && !takes {
        return Some(allow(SEND, vec![expression(format!("aws_sqs_queue.{own}.arn"))]));
    }
    if events::has_stream(plan, callee) && !takes {
        return Some(allow(events::PUT, vec![expression(format!("aws_kinesis_stream.{own}.arn"))]));
    }
    if let Settings::Function(function) = &callee.placement.configured
        && lambda::machine::kind(function).is_some()
    {
        let start = allow(&["states:StartExecution"], vec![expression(machine::arn(callee))]);
        return (!takes).then_some(start);
    }
    if door(plan, callee) == Some(FrontDoor::None)
        && matches!(callee.placement.configured, Settings::Function(_))
        && !takes
    {
        let arn = format!("aws_lambda_function.{own}.arn");
        let versions = crate::terraform::json::template(format!("${{{arn}}}:*"));
        return Some(allow(&["lambda:InvokeFunction"], vec![expression(arn), versions]));
    }
    let Settings::Managed(managed) = &callee.placement.configured else { return None };
    match managed.engine {
        Engine::Queue => {
            let queue = vec![expression(format!("aws_sqs_queue.{own}.arn"))];
            Some(allow(if takes { RECEIVE } else { SEND }, queue))
        }
        Engine::KeyValue => {
            let table = format!("aws_dynamodb_table.{own}.arn");
            let indices = crate::terraform::json::template(format!("${{{table}}}/index/*"));
            Some(allow(TABLE, vec![expression(table), indices]))
        }
        Engine::Objects => {
            let bucket = format!("aws_s3_bucket.{own}.arn");
            let below = crate::terraform::json::template(format!("${{{bucket}}}/*"));
            Some(allow(BUCKET, vec![expression(bucket), below]))
        }
        _ => None,
    }
}

/// How a part that runs code is reached.
fn door(plan: &Plan<'_>, part: &Part<'_>) -> Option<FrontDoor> {
    match &part.placement.configured {
        Settings::Function(s) => Some(lambda::door(plan, part, s)),
        Settings::Task(s) => Some(s.front_door),
        Settings::Instance(s) => Some(s.front_door),
        Settings::Server(s) => Some(s.front_door),
        Settings::Pod(_) | Settings::Managed(_) => None,
    }
}
