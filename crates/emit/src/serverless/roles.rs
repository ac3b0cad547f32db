//! A role for each function that may do more than run: the framework's own is one for all of them.

use model::FrontDoor;

use crate::Part;
use crate::lambda::{Function, Stack, document, filled, kafka, resource, statement};
use crate::tree::{Node, list, map};

/// Adds the role of a function that has rights; its id. Others run as the framework's own role, which may write logs and
/// take messages.
pub(super) fn of(
    part: &Part<'_>,
    door: FrontDoor,
    function: &Function,
    stack: &mut Stack<'_, '_>,
) -> Option<String> {
    if function.rights.is_empty() && function.apart.is_empty() && function.policies.is_empty() {
        return None;
    }
    let id = stack.ids.beside(part, "Role");
    let lambda = map([("Service", Node::from("lambda.amazonaws.com"))]);
    let assume = map([
        ("Effect", Node::from("Allow")),
        ("Principal", lambda),
        ("Action", "sts:AssumeRole".into()),
    ]);
    // Each writes logs; the others take what starts the function, too ("AWS managed policies for Lambda features", AWS Lambda
    // developer guide).
    let kafka = kafka::reads(stack.plan, part);
    let basic = match (door, stack.reads_a_table(part)) {
        (FrontDoor::Stream, _) if kafka => "AWSLambdaMSKExecutionRole",
        (FrontDoor::Queue, _) => "AWSLambdaSQSQueueExecutionRole",
        (FrontDoor::Stream, true) => "AWSLambdaDynamoDBExecutionRole",
        (FrontDoor::Stream, false) => "AWSLambdaKinesisExecutionRole",
        _ if function.durable.is_some() => "AWSLambdaBasicDurableExecutionRolePolicy",
        _ => "AWSLambdaBasicExecutionRole",
    };
    let mut rights = function.rights.clone();
    if door == FrontDoor::Stream
        && !kafka
        && let Some(failed) = stack.failed_of(part)
    {
        rights.push(statement(&["sqs:SendMessage"], failed).why("batches that failed too often"));
    }
    // The second lets it stand in a network.
    let inside = function.network.as_ref().map(|_| "AWSLambdaVPCAccessExecutionRole");
    let managed = [Some(basic), inside].into_iter().flatten();
    let managed = managed
        .map(|name| filled(format!("arn:${{AWS::Partition}}:iam::aws:policy/service-role/{name}")));
    let managed = managed.chain(function.policies.iter().cloned());
    let mut properties = map([
        ("AssumeRolePolicyDocument", document(&[assume])),
        ("ManagedPolicyArns", list(managed)),
    ]);
    if !rights.is_empty() {
        let own = [("PolicyName", Node::from("calls")), ("PolicyDocument", document(&rights))];
        properties.set("Policies", list([map(own)]));
    }
    stack.resources.set(id.as_str(), resource("AWS::IAM::Role", properties));
    Some(id)
}
