//! Rights along the calls of the application, as statements of a policy.

use std::collections::BTreeSet;

use model::FrontDoor;
use source::Finding;

use super::stores::{QUEUE, Store};
use super::{
    Function, Stack, Variable, attribute, door, durable, filled, machine, reference, resource,
    settings, urls,
};
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, beyond};

/// What a part may do.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// Statements of its own policy.
    pub own: Vec<Node>,
    /// Statements of a policy apart from it.
    pub apart: Vec<Node>,
}

/// What a part may do to those that it calls: use a store, send to a queue, write to a stream, and call a function that has no
/// front door or a URL for those with the right. What leads back to the part stands apart: CloudFormation makes no circle of functions and roles. The variables that
/// name stores, queues and streams to the code are added where it has none that does.
pub(super) fn of(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    variables: &mut Vec<(String, Variable)>,
    out: &mut Output,
) -> Rights {
    let plan = stack.plan;
    let mut rights = Rights::default();
    let mut told = BTreeSet::new();
    for (callee, edge) in plan.called(&part.component.id) {
        if callee.target != Some(stack.dialect.target) || !told.insert(&callee.component.id) {
            continue;
        }
        let why = format!("{} calls {}", edge.from, edge.to);
        let back = reaches(plan, &callee.component.id, &part.component.id);
        for topic in stack.topics_before(callee) {
            // A topic waits for nobody: its subscription does.
            name(variables, callee.variable("TOPIC_ARN"), reference(&topic));
            rights.own.push(statement(&["sns:Publish"], reference(&topic)).why(why.as_str()));
        }
        if let Some((right, variable)) = stack.use_of(callee) {
            // Only buckets wait for the functions that they call.
            let back = back && Store::of(callee) == Some(Store::Bucket);
            if back {
                unnamed(plan, part, callee, out);
            } else {
                name(variables, variable, reference(&stack.ids.part(callee)));
            }
            rights.add(right.why(why), back);
            continue;
        }
        if stack.name_inside(part, callee, variables) {
            let all = stack.use_of_inside(callee).into_iter();
            rights.own.extend(all.map(|right| right.why(why.as_str())));
            continue;
        }
        let Ok(function) = settings(plan, callee) else { continue };
        if machine::kind(function).is_some() {
            let (right, to) = stack.use_of_machine(callee);
            rights.add(right.why(why), back);
            if !back {
                name(variables, callee.variable(machine::VARIABLE), to);
            }
            continue;
        }
        match door(plan, callee, function) {
            FrontDoor::Queue => {
                let queue = stack.queue_of(callee);
                name(variables, callee.variable("QUEUE_URL"), reference(&queue));
                rights.add(statement(QUEUE, attribute(&queue, "Arn")).why(why), false);
            }
            FrontDoor::Stream => {
                if let Some((right, variable, to)) = stack.use_of_stream(callee) {
                    name(variables, variable, to);
                    rights.add(right.why(why), false);
                }
            }
            FrontDoor::FunctionUrl if !urls::is_open(plan, callee) => {
                let (statements, url) = stack.use_of_url(callee);
                for right in statements {
                    rights.add(right.why(why.as_str()), back);
                }
                if !back {
                    name(variables, callee.variable("URL"), url);
                }
            }
            FrontDoor::None => {
                let id = stack.ids.part(callee);
                // The function itself, and its versions and aliases.
                let any = list([attribute(&id, "Arn"), filled(format!("${{{id}.Arn}}:*"))]);
                rights.add(statement(&["lambda:InvokeFunction"], any).why(why), back);
                if durable::is_durable(function) && !back {
                    // Durable functions are called by a version or an alias.
                    let alias = (stack.dialect.durable)(&stack.ids.name(callee));
                    name(variables, callee.variable("FUNCTION"), reference(&alias.id));
                }
            }
            _ => {}
        }
    }
    rights
}

/// What its definition allows a part beside what it calls.
pub(super) fn declared(stack: &Stack<'_, '_>, part: &Part<'_>) -> Vec<Node> {
    let all = beyond::actions(part).map(|(actions, on, span)| {
        let on = list(on.iter().map(|pattern| written(pattern)));
        statement(&actions, on).why(stack.why.place(span).unwrap_or_default())
    });
    all.collect()
}

/// The policies that Amazon keeps and its definition gives a part.
pub(super) fn policies(stack: &Stack<'_, '_>, part: &Part<'_>) -> Vec<Node> {
    let all = beyond::policies(part).map(|(name, span)| {
        written(&beyond::address(name)).why(stack.why.place(span).unwrap_or_default())
    });
    all.collect()
}

/// An address that CloudFormation fills in where it has to.
pub(crate) fn written(pattern: &str) -> Node {
    if pattern.contains("${AWS::") { filled(pattern) } else { Node::from(pattern) }
}

impl Stack<'_, '_> {
    /// Adds a policy with what cannot stand in the function's own role without a circle.
    pub(crate) fn policy_apart(&mut self, part: &Part<'_>, function: &Function, role: &str) {
        if function.apart.is_empty() {
            return;
        }
        let properties = map([
            ("PolicyName", Node::from("calls-back")),
            ("Roles", list([reference(role)])),
            ("PolicyDocument", document(&function.apart)),
        ]);
        let id = self.ids.beside(part, "CallsBack");
        let why = "apart from the role: what it names waits for the function";
        self.resources.set(id, resource("AWS::IAM::Policy", properties).why(why));
    }
}

/// A policy of these statements.
pub(crate) fn document(statements: &[Node]) -> Node {
    let statements = list(statements.iter().cloned());
    map([("Version", Node::from("2012-10-17")), ("Statement", statements)])
}

impl Rights {
    fn add(&mut self, right: Node, apart: bool) {
        if apart { &mut self.apart } else { &mut self.own }.push(right);
    }
}

/// Adds a variable that names something in the stack, where no other names it already.
fn name(variables: &mut Vec<(String, Variable)>, variable: String, to: Node) {
    let same = |known: &Variable| matches!(known, Variable::Text(node) if node.value == to.value);
    if variables.iter().any(|(known, value)| *known == variable || same(value)) {
        return;
    }
    let to = to.why("nobody says by which variable the code knows it");
    variables.push((variable, Variable::Text(to)));
}

/// Says that the name of a bucket cannot be given to a function to which its calls lead.
fn unnamed(plan: &Plan<'_>, part: &Part<'_>, bucket: &Part<'_>, out: &mut Output) {
    let (own, other) = (&part.component.id, &bucket.component.id);
    let message = format!("{own}: the name of {other} has to be given to its code");
    let hint = "the bucket waits for the function that it calls, so that the function cannot wait for the bucket";
    let finding = Finding::warning(TO_DO, message).hint(hint);
    out.findings.push(plan.at(finding, part.component.span));
}

/// What is allowed to whom the policy belongs.
pub(crate) fn statement(actions: &[&str], resource: Node) -> Node {
    map([
        ("Effect", Node::from("Allow")),
        ("Action", list(actions.iter().copied())),
        ("Resource", resource),
    ])
}

/// Whether calls lead from one part to another.
pub(crate) fn reaches(plan: &Plan<'_>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(plan.called(id).map(|(callee, _)| callee.component.id.as_str()));
        }
    }
    false
}
