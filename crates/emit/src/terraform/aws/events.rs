//! What starts functions beside requests, queues and the clock: streams, buckets, and connections that stay open.

use model::FrontDoor;

use super::functions::{self, Called};
use super::{allow, document, policy};
use crate::lambda::{Batches, Store, feeding, kafka};
use crate::terraform::json::{expression, template};
use crate::terraform::place_of;
use crate::terraform::stack::{Stack, id};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Reading a stream of Kinesis ("AWSLambdaKinesisExecutionRole") and of a table ("AWSLambdaDynamoDBExecutionRole", AWS
/// Lambda developer guide).
const KINESIS: &[&str] = &[
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
];
const CHANGES: &[&str] = &[
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];
/// What may be done to a stream of Kinesis by who puts records in.
pub(super) const PUT: &[&str] =
    &["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary"];
/// The stage of an API of connections, and the routes that every such API has.
const STAGE: &str = "live";
const ROUTES: [(&str, &str); 3] =
    [("connect", "$connect"), ("disconnect", "$disconnect"), ("default", "$default")];

/// The table whose changes a function reads, if it reads those of one.
fn table<'p, 'a>(plan: &'p Plan<'a>, part: &'p Part<'_>) -> Option<&'p Part<'a>> {
    match feeding(plan, part) {
        Some((table, Store::Table)) => Some(table),
        _ => None,
    }
}

/// Whether a function reads the changes of a table.
pub(super) fn reads_changes_of(plan: &Plan<'_>, store: &Part<'_>) -> bool {
    plan.parts.iter().any(|part| {
        functions::door_of(part) == Some(FrontDoor::Stream)
            && place_of(plan, part).is_ok()
            && table(plan, part).is_some_and(|table| table.name == store.name)
    })
}

/// Whether a part reads a stream of Kinesis of its own.
pub(super) fn has_stream(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    functions::door_of(part) == Some(FrontDoor::Stream)
        && table(plan, part).is_none()
        && !kafka::reads(plan, part)
}

/// The stream that a function reads, and how it takes its records.
pub(super) fn stream(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called) {
    let (own, plan, why) = (id(part), stack.plan, stack.why.definition(part));
    let events = part.component.events.clone().unwrap_or_default();
    let (arn, actions) = if let Some(table) = table(plan, part) {
        (format!("aws_dynamodb_table.{}.stream_arn", id(table)), CHANGES)
    } else {
        let name = stack.name(part, 128);
        let mut body = map([("name", Node::from(name))]);
        if let Some(shards) = events.shards {
            body.set("shard_count", Node::from(shards).why(why.as_str()));
        } else {
            let mode = map([("stream_mode", Node::from("ON_DEMAND"))]);
            body.set("stream_mode_details", mode.why("nobody says how many shards it has"));
        }
        stack.resource("aws_kinesis_stream", &own, body);
        let about = format!("name of the stream of {}", part.component.id);
        let name = expression(format!("aws_kinesis_stream.{own}.name"));
        stack.output(&format!("{own}__stream"), &about, name);
        (format!("aws_kinesis_stream.{own}.arn"), KINESIS)
    };
    let mut statements = vec![allow(actions, vec![expression(&arn)]).why("reads its stream")];
    let from = Node::from("TRIM_HORIZON").why("default: from the oldest record that is kept");
    let mut body = map([
        ("event_source_arn", expression(&arn)),
        ("function_name", expression(&called.arn)),
        ("starting_position", from),
    ]);
    let batches = Batches::of_stream(part);
    if let Some(size) = batches.size {
        body.set("batch_size", Node::from(size).why(why.as_str()));
    }
    if let Some(window) = batches.window {
        body.set("maximum_batching_window_in_seconds", Node::from(window).why(why.as_str()));
    }
    if let Some(most) = events.parallelization.filter(|most| *most > 1) {
        body.set("parallelization_factor", Node::from(most).why(why.as_str()));
    }
    if batches.partial {
        body.set("function_response_types", list(["ReportBatchItemFailures"]));
    }
    if let Some(attempts) = events.receives_max {
        let failed = format!("{own}__failed");
        let name = format!("{}-failed", stack.name(part, 60));
        stack.resource("aws_sqs_queue", &failed, map([("name", Node::from(name))]));
        let to = expression(format!("aws_sqs_queue.{failed}.arn"));
        statements.push(allow(&["sqs:SendMessage"], vec![to.clone()]).why("keeps what failed"));
        let attempts = attempts.saturating_sub(1);
        body.set("maximum_retry_attempts", Node::from(attempts).why(why.as_str()));
        body.set("destination_config", map([("on_failure", map([("destination_arn", to)]))]));
    }
    let rights = format!("{own}__stream");
    let text = document(stack, &format!("{rights}__rights"), policy(statements));
    let role = expression(format!("aws_iam_role.{own}__function.id"));
    let right = map([("name", Node::from("stream")), ("role", role), ("policy", text)]);
    stack.resource("aws_iam_role_policy", &rights, right);
    // Lambda looks whether it may read when the mapping is made.
    body.set("depends_on", list([format!("aws_iam_role_policy.{rights}")]));
    stack.resource("aws_lambda_event_source_mapping", &own, body);
}

/// Lets a bucket call a function.
pub(super) fn notice(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called) {
    let plan = stack.plan;
    let Some((bucket, Store::Bucket)) = feeding(plan, part) else { return };
    let arn = expression(format!("aws_s3_bucket.{}.arn", id(bucket)));
    functions::permission(stack, part, called, "s3.amazonaws.com", arn);
}

/// The calls of a bucket when objects come: a bucket has one list of them.
pub(super) fn notices(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
    let plan = stack.plan;
    let mut buckets: Vec<(String, Vec<&Part<'_>>)> = Vec::new();
    for part in parts.iter().filter(|p| functions::door_of(p) == Some(FrontDoor::Notice)) {
        let Some((bucket, Store::Bucket)) = feeding(plan, part) else { continue };
        let own = id(bucket);
        match buckets.iter_mut().find(|(known, _)| *known == own) {
            Some((_, called)) => called.push(part),
            None => buckets.push((own, vec![part])),
        }
    }
    for (bucket, called) in buckets {
        if called.len() > 1 {
            stack.told(called[0], "its bucket calls several functions for the same objects, which S3 refuses: give each `lambda_function` of its notification a prefix or a suffix");
        }
        let calls = called.iter().map(|part| {
            let events = list(["s3:ObjectCreated:*"]).why("assumed: new objects start it");
            let arn = expression(functions::arn_of(stack, part));
            map([("lambda_function_arn", arn), ("events", events)])
        });
        let calls: Vec<Node> = calls.collect();
        let waits = called.iter().map(|part| format!("aws_lambda_permission.{}", id(part)));
        let body = map([
            ("bucket", expression(format!("aws_s3_bucket.{bucket}.id"))),
            ("lambda_function", list(calls)),
            ("depends_on", list(waits.collect::<Vec<String>>())),
        ]);
        stack.resource("aws_s3_bucket_notification", &bucket, body);
    }
}

/// Where the code sends to a connection.
pub(super) fn connections(part: &Part<'_>) -> Node {
    let api = format!("aws_apigatewayv2_api.{}.api_endpoint", id(part));
    template(format!("${{replace({api}, \"wss://\", \"https://\")}}/{STAGE}"))
        .why("where the code sends to a connection; nobody says by which variable it knows it")
}

/// The API that holds the connections of a function.
pub(super) fn sockets(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called) {
    let own = id(part);
    let name = stack.name(part, 128);
    let route = Node::from("$request.body.action").why("default: no route is chosen by it");
    let api = map([
        ("name", Node::from(name).why(stack.why.plan(part, "front door"))),
        ("protocol_type", "WEBSOCKET".into()),
        ("route_selection_expression", route),
    ]);
    stack.resource("aws_apigatewayv2_api", &own, api);
    let api = || expression(format!("aws_apigatewayv2_api.{own}.id"));
    let integration = map([
        ("api_id", api()),
        ("integration_type", "AWS_PROXY".into()),
        ("integration_uri", expression(&called.invoke)),
    ]);
    stack.resource("aws_apigatewayv2_integration", &own, integration);
    let target = || template(format!("integrations/${{aws_apigatewayv2_integration.{own}.id}}"));
    for (name, key) in ROUTES {
        let route = map([("api_id", api()), ("route_key", key.into()), ("target", target())]);
        stack.resource("aws_apigatewayv2_route", &format!("{own}__{name}"), route);
    }
    let stage = map([("api_id", api()), ("name", STAGE.into()), ("auto_deploy", true.into())]);
    stack.resource("aws_apigatewayv2_stage", &own, stage);
    let arn = template(format!("${{aws_apigatewayv2_api.{own}.execution_arn}}/*"));
    functions::permission(stack, part, called, "apigateway.amazonaws.com", arn);
    let sends = template(format!("${{aws_apigatewayv2_api.{own}.execution_arn}}/{STAGE}/*"));
    let right = allow(&["execute-api:ManageConnections"], vec![sends]);
    let text = document(stack, &format!("{own}__sockets__rights"), policy(vec![right]));
    let role = expression(format!("aws_iam_role.{own}__function.id"));
    let right = map([("name", Node::from("connections")), ("role", role), ("policy", text)]);
    stack.resource("aws_iam_role_policy", &format!("{own}__sockets"), right);
    let about = format!("where clients open connections to {}", part.component.id);
    let address = template(format!("${{aws_apigatewayv2_api.{own}.api_endpoint}}/{STAGE}"));
    stack.output(&format!("{own}__door"), &about, address);
}
