//! What starts a function, as SAM's events.

use model::FrontDoor;

use crate::Part;
use crate::lambda::{
    Batches, Call, PARTIAL, Routes, Stack, attribute, clock, filled, kafka, reference, resource,
};
use crate::tree::{Node, list, map};

/// The stage of a REST API.
const STAGE: &str = "live";

/// The events of a part, as `Events` of its function; empty if others call it, or by a URL of its own.
pub(super) fn of(part: &Part<'_>, door: FrontDoor, stack: &mut Stack<'_, '_>) -> Node {
    let mut events = by_door(part, door, stack);
    let why = stack.why.definition(part);
    for (call, number) in stack.calls(part).into_iter().zip(1u32..) {
        let (name, event) = match call {
            Call::Rule(pattern, bus) => {
                let properties = map([("Pattern", pattern)]).with_some("EventBusName", bus);
                ("Rule", resource("EventBridgeRule", properties))
            }
            Call::Topic(topic, _, filter) => {
                let properties = map([("Topic", topic)]).with_some("FilterPolicy", filter);
                ("Topic", resource("SNS", properties))
            }
        };
        let name = if number == 1 { name.to_owned() } else { format!("{name}{number}") };
        events.set(name, event.why(why.as_str()));
    }
    events
}

fn by_door(part: &Part<'_>, door: FrontDoor, stack: &mut Stack<'_, '_>) -> Node {
    match door {
        FrontDoor::HttpApi | FrontDoor::RestApi => requests(part, door, stack),
        FrontDoor::Queue => {
            let queue = stack.queue(part);
            let batches = Batches::of_queue(part);
            let mut properties = map([("Queue", attribute(&queue, "Arn"))]);
            batches.set(&mut properties, "BatchSize", "MaximumBatchingWindowInSeconds");
            if let Some(most) = batches.concurrency {
                properties.set("ScalingConfig", map([("MaximumConcurrency", Node::from(most))]));
            }
            if batches.partial {
                properties.set("FunctionResponseTypes", list([PARTIAL]));
            }
            map([("Messages", resource("SQS", properties))])
        }
        FrontDoor::Stream if kafka::reads(stack.plan, part) => {
            map([("Records", topic(part, stack))])
        }
        FrontDoor::Stream => map([("Records", records(part, stack))]),
        FrontDoor::Notice | FrontDoor::WebSocketApi | FrontDoor::Alb => Node::empty(),
        _ => match clock::of(part) {
            Ok(schedule) => {
                let event = resource("Schedule", map([("Schedule", schedule.into())]));
                map([("Clock", event.why(stack.why.definition(part)))])
            }
            Err(_) => Node::empty(),
        },
    }
}

/// Records of a topic of Kafka.
fn topic(part: &Part<'_>, stack: &mut Stack<'_, '_>) -> Node {
    let topic = stack.topic_of(part);
    let mut properties = map([
        ("Stream", topic.cluster),
        ("Topics", list([topic.name])),
        ("StartingPosition", topic.from),
    ]);
    let batches = Batches::of_stream(part);
    batches.set(&mut properties, "BatchSize", "MaximumBatchingWindowInSeconds");
    resource("MSK", properties)
}

/// Records of a stream.
fn records(part: &Part<'_>, stack: &mut Stack<'_, '_>) -> Node {
    let stream = stack.stream(part);
    let batches = Batches::of_stream(part);
    let mut properties = map([("Stream", stream.arn), ("StartingPosition", stream.from)]);
    batches.set(&mut properties, "BatchSize", "MaximumBatchingWindowInSeconds");
    if let Some(most) = stream.parallel {
        properties.set("ParallelizationFactor", most);
    }
    if let Some(retries) = stream.retries {
        properties.set("MaximumRetryAttempts", retries);
    }
    if let Some(queue) = stream.failed {
        let failed = map([("Type", Node::from("SQS")), ("Destination", queue)]);
        properties.set("DestinationConfig", map([("OnFailure", failed)]));
    }
    if batches.partial {
        properties.set("FunctionResponseTypes", list([PARTIAL]));
    }
    resource(if stream.kind == "kinesis" { "Kinesis" } else { "DynamoDB" }, properties)
}

/// Requests through an API: one of the part's own, or one that it shares by its paths.
fn requests(part: &Part<'_>, door: FrontDoor, stack: &mut Stack<'_, '_>) -> Node {
    let http = door == FrontDoor::HttpApi;
    let routes = stack.routes(part, door);
    let (api, first) = match routes {
        Routes::All => (stack.ids.beside(part, "Api"), true),
        Routes::Below(_) => stack.common_api(door),
    };
    if first {
        let (kind, properties, stage) = if http {
            ("AWS::Serverless::HttpApi", Node::empty(), "")
        } else {
            ("AWS::Serverless::Api", map([("StageName", Node::from(STAGE))]), STAGE)
        };
        stack.resources.set(api.as_str(), resource(kind, properties));
        let host = "execute-api.${AWS::Region}.${AWS::URLSuffix}";
        let address = filled(format!("https://${{{api}}}.{host}/{stage}"));
        match routes {
            Routes::All => stack.output(part, "Address", address),
            Routes::Below(_) => {
                let id = stack.ids.give(&format!("{api}Address"));
                stack.outputs.set(id, map([("Value", address)]));
            }
        }
    }
    let (kind, key) = if http { ("HttpApi", "ApiId") } else { ("Api", "RestApiId") };
    let asked = |path: Option<&str>| {
        let mut properties = Node::empty();
        if let Some(path) = path {
            properties.set("Path", path);
            properties.set("Method", "ANY");
        }
        resource(kind, properties.with(key, reference(&api)))
    };
    let why = stack.why.plan(part, "front door");
    let mut events = Node::empty();
    for (number, path) in routes.paths(http).iter().enumerate() {
        let event = asked(path.as_deref());
        let name = if number == 0 { "Http".to_owned() } else { format!("Http{}", number + 1) };
        events.set(name, if number == 0 { event.why(&why) } else { event });
    }
    events
}
