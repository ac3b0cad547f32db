//! Runs in steps under Step Functions: the state machine of a function, and what starts it.

use model::Kind;

use super::functions::{self, Called};
use super::{allow, document, policy, role};
use crate::Part;
use crate::lambda::machine;
use crate::terraform::json::{expression, template};
use crate::terraform::stack::{Stack, id};
use crate::tree::{Node, list, map};

/// Letters of a machine's name at the most (`CreateStateMachine`, AWS Step Functions API reference).
const NAME_MAX: usize = 80;

/// The ARN of a part's machine.
pub(super) fn arn(part: &Part<'_>) -> String {
    format!("aws_sfn_state_machine.{}.arn", id(part))
}

/// Adds the machine of a function, and the clock that starts it.
pub(super) fn write(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called, kind: &str) {
    let (own, why) = (id(part), stack.why);
    machine::told(stack.plan, part, stack.out);
    let block = format!("{own}__machine");
    let name = stack.name(part, NAME_MAX);
    let role_name = format!("{}-machine", stack.name(part, 50));
    role(stack, &block, &role_name, "states.amazonaws.com");
    let group = map([
        ("name", Node::from(format!("{}{name}", machine::LOGS_PREFIX))),
        ("retention_in_days", Node::from(machine::LOGS_DAYS).why("default: two weeks")),
    ]);
    stack.resource("aws_cloudwatch_log_group", &block, group);
    let calls = allow(&["lambda:InvokeFunction"], vec![expression(&called.arn)]).why("its steps");
    let writes = allow(&machine::LOGS, vec!["*".into()]).why("log deliveries have no names");
    let rights = document(stack, &format!("{block}__rights"), policy(vec![calls, writes]));
    let body = map([
        ("name", Node::from("own")),
        ("role", expression(format!("aws_iam_role.{block}.id"))),
        ("policy", rights),
    ]);
    stack.resource("aws_iam_role_policy", &block, body);
    let definition = machine::definition(part, why, &expression(&called.arn));
    let definition = document(stack, &format!("{block}__definition"), definition);
    let destination = template(format!("${{aws_cloudwatch_log_group.{block}.arn}}:*"));
    let logging = map([
        ("level", Node::from("ERROR").why("default: what fails")),
        ("include_execution_data", false.into()),
        ("log_destination", destination),
    ]);
    let body = map([
        ("name", Node::from(name)),
        ("type", Node::from(kind).why(why.plan(part, "workflow"))),
        ("role_arn", expression(format!("aws_iam_role.{block}.arn"))),
        ("definition", definition),
        ("logging_configuration", logging),
        // Step Functions looks whether it may write logs when the machine is made.
        ("depends_on", list([format!("aws_iam_role_policy.{block}")])),
    ]);
    stack.resource("aws_sfn_state_machine", &own, body);
    let about = format!("ARN of the state machine of {}", part.component.id);
    stack.output(&format!("{own}__machine"), &about, expression(arn(part)));
    if part.component.kind == Kind::Cron {
        functions::schedule(stack, part, &arn(part), "states:StartExecution");
    }
}
