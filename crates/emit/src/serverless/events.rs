//! What starts a function, as the framework's events.

use model::FrontDoor;

use super::apis;
use crate::Part;
use crate::lambda::{Batches, Call, Function, PARTIAL, Routes, Stack, attribute, clock, kafka};
use crate::tree::{Node, list, map};

/// The events of a part; empty if others call it, by a URL of its own, or through an API that stands beside the functions.
pub(super) fn of(
    part: &Part<'_>,
    door: FrontDoor,
    function: &Function,
    stack: &mut Stack<'_, '_>,
) -> Node {
    let mut events = by_door(part, door, function, stack);
    let why = stack.why.definition(part);
    for call in stack.calls(part) {
        let (key, event) = match call {
            Call::Rule(pattern, bus) => {
                ("eventBridge", map([("pattern", pattern)]).with_some("eventBus", bus))
            }
            Call::Topic(topic, name, filter) => {
                // The framework names the subscription by it.
                let name = name.unwrap_or_else(|| "topic".to_owned());
                let topic = map([("arn", topic), ("topicName", name.into())]);
                ("sns", topic.with_some("filterPolicy", filter))
            }
        };
        events.push_item(map([(key, event)]).why(why.as_str()));
    }
    events
}

fn by_door(
    part: &Part<'_>,
    door: FrontDoor,
    function: &Function,
    stack: &mut Stack<'_, '_>,
) -> Node {
    match door {
        FrontDoor::HttpApi | FrontDoor::RestApi => {
            let routes = stack.routes(part, door);
            // The service has one API of a kind: a second part would ask for the same paths.
            if routes == Routes::All && stack.behind(door) > 1 {
                apis::own(part, door, function, stack);
                return list(Vec::<Node>::new());
            }
            let why = stack.why.plan(part, "front door");
            let http = door == FrontDoor::HttpApi;
            let key = if http { "httpApi" } else { "http" };
            let paths = routes.paths(http).into_iter().enumerate();
            list(paths.map(|(number, path)| {
                let asked = path.map_or_else(|| "*".to_owned(), |path| format!("ANY {path}"));
                let asked = Node::from(asked);
                map([(key, if number == 0 { asked.why(&why) } else { asked })])
            }))
        }
        FrontDoor::Queue => {
            let queue = stack.queue(part);
            let batches = Batches::of_queue(part);
            let mut sqs = map([("arn", attribute(&queue, "Arn"))]);
            batches.set(&mut sqs, "batchSize", "maximumBatchingWindow");
            if let Some(most) = batches.concurrency {
                sqs.set("maximumConcurrency", most);
            }
            if batches.partial {
                sqs.set("functionResponseType", PARTIAL);
            }
            list([map([("sqs", sqs)])])
        }
        FrontDoor::Stream if kafka::reads(stack.plan, part) => {
            let topic = stack.topic_of(part);
            let mut node = map([
                ("arn", topic.cluster),
                ("topic", topic.name),
                ("startingPosition", topic.from),
            ]);
            Batches::of_stream(part).set(&mut node, "batchSize", "maximumBatchingWindow");
            list([map([("msk", node)])])
        }
        FrontDoor::Stream => list([map([("stream", records(part, stack))])]),
        FrontDoor::Notice | FrontDoor::WebSocketApi | FrontDoor::Alb => list(Vec::<Node>::new()),
        _ => match clock::of(part) {
            Ok(schedule) => {
                let schedule = Node::from(schedule).why(stack.why.definition(part));
                list([map([("schedule", schedule)])])
            }
            Err(_) => list(Vec::<Node>::new()),
        },
    }
}

/// Records of a stream.
fn records(part: &Part<'_>, stack: &mut Stack<'_, '_>) -> Node {
    let stream = stack.stream(part);
    let batches = Batches::of_stream(part);
    let mut node = map([
        ("type", Node::from(stream.kind)),
        ("arn", stream.arn),
        ("startingPosition", stream.from),
    ]);
    batches.set(&mut node, "batchSize", "batchWindow");
    let numbers =
        [("parallelizationFactor", stream.parallel), ("maximumRetryAttempts", stream.retries)];
    for (key, number) in numbers {
        if let Some(number) = number {
            node.set(key, number);
        }
    }
    if let Some(queue) = stream.failed {
        let failed = map([("arn", queue), ("type", "sqs".into())]);
        node.set("destinations", map([("onFailure", failed)]));
    }
    if batches.partial {
        node.set("functionResponseType", PARTIAL);
    }
    node
}
