//! How a function takes the messages of a queue or the records of a stream of the template.

use model::Events;
use source::yaml::Node;
use units::Duration;

use super::template::{Resource, Template};
use crate::function::taking;

/// Seconds that a message may stay hidden (Amazon SQS API reference, `SetQueueAttributes`).
const HIDDEN_SECONDS_MAX: u64 = 43_200;
/// Receives before a message goes to the dead-letter queue (same place).
const RECEIVES_MAX: u32 = 1000;
/// Shards of a stream that are believed.
const SHARDS_MAX: u32 = 100_000;

/// What a mapping or an event says of that, and the queue or the stream that it names.
pub(super) fn of<'t>(properties: &'t Node, template: &Template<'t>) -> Option<Events> {
    let text = |node: &'t Node| template.scope.text(node);
    let own = taking::of(properties, &taking::IN_TEMPLATES, &text);
    let mut events = own.unwrap_or_default();
    let sources = ["Queue", "Stream", "EventSourceArn"].into_iter();
    let named: Vec<&Node> = sources.filter_map(|key| properties.get(key)).collect();
    taking::joined(&mut events, &said_by(&named, template));
    (events != Events::default()).then_some(Events { span: Some(properties.span), ..events })
}

/// What the queues and streams that values name say of how they are read.
pub(crate) fn said_by<'t>(values: &[&'t Node], template: &Template<'t>) -> Events {
    let mut events = Events::default();
    let named = values.iter().flat_map(|node| template.scope.resources_in(node));
    for source in named.filter_map(|id| template.resources.get(id)) {
        taking::joined(&mut events, &source_says(source, template));
    }
    events
}

/// What a queue or a stream says of how it is read.
fn source_says(source: &Resource<'_>, template: &Template<'_>) -> Events {
    let number = |key: &str| template.text(source, key).and_then(|(n, _)| n.trim().parse().ok());
    let mut events = Events::default();
    match source.kind.as_str() {
        "AWS::SQS::Queue" => {
            let hidden: Option<u64> = number("VisibilityTimeout");
            let hidden = hidden.filter(|seconds| (1..=HIDDEN_SECONDS_MAX).contains(seconds));
            events.visibility = hidden.map(Duration::from_secs);
            let policy = template.property(source, "RedrivePolicy");
            let receives = policy.and_then(|policy| policy.get("maxReceiveCount"));
            let receives = receives.and_then(|node| template.scope.text(node));
            let receives: Option<u32> = receives.and_then(|n| n.trim().parse().ok());
            events.receives_max = receives.filter(|n| (1..=RECEIVES_MAX).contains(n));
        }
        "AWS::Kinesis::Stream" => {
            let shards: Option<u64> = number("ShardCount");
            let shards = shards.and_then(|shards| u32::try_from(shards).ok());
            events.shards = shards.filter(|shards| (1..=SHARDS_MAX).contains(shards));
        }
        _ => {}
    }
    events
}
