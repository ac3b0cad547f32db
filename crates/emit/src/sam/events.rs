//! What starts a function, and the queue behind which a worker stands.

use model::FrontDoor;

use super::ids::Ids;
use super::{Template, attribute, clock, reference};
use crate::tree::{Node, list, map};
use crate::{Part, Reasons};

/// "set the source queue's visibility timeout to at least six times the function timeout", AWS Lambda developer guide,
/// "Using Lambda with Amazon SQS".
const VISIBILITY_TIMEOUTS: u64 = 6;
/// Seconds that a message stays hidden at the most, Amazon SQS API reference, `SetQueueAttributes`.
const VISIBILITY_SECONDS_MAX: u64 = 43_200;

/// Messages of a batch that need no time to gather ("you must set `MaximumBatchingWindowInSeconds` to at least 1" for more,
/// AWS Lambda API reference, `CreateEventSourceMapping`).
const BATCH_AT_ONCE: u32 = 10;
/// The stage of a REST API.
const STAGE: &str = "live";

/// The events of a part, as `Events` of its function; empty if others call it, or by a URL of its own.
pub(super) fn of(
    part: &Part<'_>,
    function: &str,
    door: FrontDoor,
    timeout: u64,
    why: Reasons<'_>,
    ids: &mut Ids,
    template: &mut Template,
) -> Node {
    let event = |kind: &str, properties: Node| {
        map([("Type", Node::from(kind)), ("Properties", properties)])
    };
    match door {
        FrontDoor::HttpApi => {
            // An API of its own: two parts behind one would ask for the same paths.
            let api = ids.give(&format!("{function}Api"));
            template
                .resources
                .set(api.as_str(), map([("Type", "AWS::Serverless::HttpApi".into())]));
            output(template, ids, function, "Url", address(&api, ""));
            let all = map([("ApiId", reference(&api))]).why("every path");
            map([("Http", event("HttpApi", all).why(why.plan(part, "front door")))])
        }
        FrontDoor::RestApi => {
            let api = ids.give(&format!("{function}Api"));
            let stage = map([("StageName", Node::from(STAGE))]);
            let node = map([("Type", "AWS::Serverless::Api".into()), ("Properties", stage)]);
            template.resources.set(api.as_str(), node);
            output(template, ids, function, "Url", address(&api, STAGE));
            let at = |path: &str| {
                let asked = [("Path", Node::from(path)), ("Method", "ANY".into())];
                event("Api", map(asked).with("RestApiId", reference(&api)))
            };
            let root = at("/").why(why.plan(part, "front door"));
            map([("Root", root), ("Below", at("/{proxy+}"))])
        }
        FrontDoor::Queue => {
            let queue = queue(part, function, timeout, why, ids, template);
            let events = part.component.events.clone().unwrap_or_default();
            let mut properties = map([("Queue", attribute(&queue, "Arn"))]);
            if let Some(batch) = events.batch {
                properties.set("BatchSize", batch);
            }
            let declared = events.window.map(|window| window.millis_ceil().div_ceil(1000));
            let large = events.batch.is_some_and(|batch| batch > BATCH_AT_ONCE);
            let window = if large { Some(declared.unwrap_or(0).max(1)) } else { declared };
            // A queue in order has no such window.
            if let Some(seconds) = window.filter(|_| events.groups.is_none()) {
                properties.set("MaximumBatchingWindowInSeconds", seconds);
            }
            if let Some(most) = events.concurrency.filter(|most| *most > 1) {
                properties.set("ScalingConfig", map([("MaximumConcurrency", Node::from(most))]));
            }
            if events.partial {
                properties.set("FunctionResponseTypes", list(["ReportBatchItemFailures"]));
            }
            map([("Messages", event("SQS", properties))])
        }
        _ => match clock::of(part) {
            Ok(schedule) => {
                let properties = map([("Schedule", schedule.into())]);
                let event = event("Schedule", properties).why(why.definition(part));
                map([("Clock", event)])
            }
            Err(_) => Node::empty(),
        },
    }
}

/// Where an API answers.
fn address(api: &str, stage: &str) -> Node {
    let host =
        format!("https://${{{api}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{stage}");
    map([("Fn::Sub", host.into())])
}

/// The queue of a worker, with the one for messages that failed, if one is wanted.
fn queue(
    part: &Part<'_>,
    function: &str,
    timeout: u64,
    why: Reasons<'_>,
    ids: &mut Ids,
    template: &mut Template,
) -> String {
    let events = part.component.events.clone().unwrap_or_default();
    let id = ids.queue(part);
    let mut properties = Node::empty();
    let declared = events.visibility.map(|hidden| hidden.millis_ceil().div_ceil(1000));
    let hidden = match declared {
        Some(seconds) => Node::from(seconds.max(timeout)).why(why.definition(part)),
        None => Node::from((timeout * VISIBILITY_TIMEOUTS).min(VISIBILITY_SECONDS_MAX))
            .why("six times the function's timeout, as Lambda's guide asks"),
    };
    properties.set("VisibilityTimeout", hidden);
    if events.groups.is_some() {
        properties.set("FifoQueue", Node::from(true).why(why.definition(part)));
    }
    if let Some(receives) = events.receives_max {
        let failed = ids.give(&format!("{function}Failed"));
        let mut own = map([("Type", Node::from("AWS::SQS::Queue"))]);
        if events.groups.is_some() {
            own.set("Properties", map([("FifoQueue", true.into())]));
        }
        template.resources.set(failed.as_str(), own);
        let policy = map([
            ("deadLetterTargetArn", attribute(&failed, "Arn")),
            ("maxReceiveCount", receives.into()),
        ]);
        properties.set("RedrivePolicy", policy.why(why.definition(part)));
    }
    let node = map([("Type", Node::from("AWS::SQS::Queue")), ("Properties", properties)]);
    template.resources.set(id.as_str(), node);
    output(template, ids, function, "QueueUrl", reference(&id));
    id
}

/// Something that others have to know.
pub(super) fn output(
    template: &mut Template,
    ids: &mut Ids,
    function: &str,
    what: &str,
    value: Node,
) {
    let id = ids.give(&format!("{function}{what}"));
    template.outputs.set(id, map([("Value", value)]));
}
