//! Rights along the calls of the application, as SAM's policy templates.

use std::collections::BTreeSet;

use model::FrontDoor;

use super::ids::Ids;
use super::{attribute, reference, settings};
use crate::tree::{Node, list, map};
use crate::{Part, Plan, Target};

/// What a part may do to those that it calls: send to a queue, and call a function that has no front door. One that
/// calls back, however far round, is left out: CloudFormation makes no circle of functions and roles.
pub(super) fn of(plan: &Plan<'_>, part: &Part<'_>, ids: &mut Ids) -> Node {
    let mut policies = Vec::new();
    let mut told = BTreeSet::new();
    for (callee, edge) in plan.called(&part.component.id) {
        let Ok(function) = settings(callee) else { continue };
        if callee.target != Some(super::Sam.name()) || !told.insert(&callee.component.id) {
            continue;
        }
        let why = format!("{} calls {}", edge.from, edge.to);
        if function.front_door == FrontDoor::Queue {
            let queue = attribute(&ids.queue(callee), "QueueName");
            let send = map([("QueueName", queue)]).why(why);
            policies.push(map([("SQSSendMessagePolicy", send)]));
        } else if function.front_door == FrontDoor::None
            && !reaches(plan, &callee.component.id, &part.component.id)
        {
            let call = map([("FunctionName", reference(&ids.part(callee)))]).why(why);
            policies.push(map([("LambdaInvokePolicy", call)]));
        }
    }
    list(policies)
}

/// Whether calls lead from one part to another.
fn reaches(plan: &Plan<'_>, from: &str, to: &str) -> bool {
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
