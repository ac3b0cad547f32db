//! Events of a function, by the framework's names.

use model::{DoorChoice, Topic, Trigger};
use source::Span;
use source::yaml::Node;

use crate::cloudformation;
use crate::function::schedule::Clock;
use crate::function::{Event, Sort, taking};

/// One item of `events`: a word, or a mapping of which each key is an event.
pub(super) fn read(item: &Node) -> Vec<Event> {
    if let Some(name) = item.text() {
        return vec![Event::new(name, sort(name, item), item.span)];
    }
    let named = |(key, value): &(Node, Node)| {
        let name = key.text()?;
        let sort = sort(name, value);
        let takes = matches!(sort, Sort::Queue | Sort::Stream);
        let taking = takes.then(|| taking::of(value, &taking::IN_SERVICES, &known)).flatten();
        Some(Event { trigger: trigger(name, value), taking, ..Event::new(name, sort, key.span) })
    };
    item.entries().iter().filter_map(named).collect()
}

/// A function's own URL.
pub(super) fn url(span: Span) -> Event {
    let sort = Sort::Http(None, Some(DoorChoice::FunctionUrl));
    Event::new("url", sort, span)
}

/// A text without variables of the framework's own.
fn known(node: &Node) -> Option<String> {
    let plain = cloudformation::call(node).is_none();
    node.text().filter(|text| plain && !text.contains("${")).map(str::to_owned)
}

/// A rule on events or a topic, where it is known as a whole.
fn trigger(name: &str, value: &Node) -> Option<Trigger> {
    let pattern = |node: &Node| cloudformation::triggers::pattern(node, None, 0);
    let text = |key: &str| value.get(key).and_then(Node::text).filter(|text| !text.contains("${"));
    match name {
        "eventBridge" => {
            let changes = ["input", "inputPath", "inputTransformer", "schedule"];
            let off = text("enabled") == Some("false");
            if off || changes.iter().any(|key| value.get(key).is_some()) {
                return None;
            }
            let bus = match value.get("eventBus") {
                Some(_) => Some(text("eventBus")?.to_owned()),
                None => None,
            };
            Some(Trigger::Rule { pattern: pattern(value.get("pattern")?)?, bus })
        }
        "sns" => {
            let filter = match value.get("filterPolicy") {
                Some(node) => Some(pattern(node)?),
                None => None,
            };
            let own = |name: &str| Topic::Own(name.to_owned());
            let topic = match value.get("arn") {
                Some(arn) => cloudformation::named(arn)
                    .map(|name| own(&name))
                    .or_else(|| Some(Topic::At(super::address(arn)?.to_owned())))?,
                None => own(text("topicName")
                    .or_else(|| value.text().filter(|name| !name.contains(['$', ':'])))?),
            };
            Some(Trigger::Topic { topic, filter })
        }
        _ => None,
    }
}

/// The nodes of an event that name where it comes from.
pub(super) fn sources(event: &Node) -> Vec<&Node> {
    if event.entries().is_empty() || cloudformation::call(event).is_some() {
        return vec![event];
    }
    let keys = ["arn", "bucket", "topicName", "eventBus", "pattern", "bootstrapServers", "cluster"];
    keys.into_iter().filter_map(|key| event.get(key)).collect()
}

/// A resource that an event creates.
pub(super) struct Created<'t> {
    pub(super) kind: &'static str,
    pub(super) name: &'t str,
    pub(super) span: Span,
}

/// The bucket or the topic that an event creates: the framework makes one unless it is said to exist.
pub(super) fn created<'t>(event: &str, value: &'t Node) -> Option<Created<'t>> {
    let (kind, key, there) = match event {
        "s3" => ("AWS::S3::Bucket", "bucket", value.get("existing")),
        "sns" => ("AWS::SNS::Topic", "topicName", value.get("arn")),
        _ => return None,
    };
    if there.is_some_and(|there| there.text() != Some("false")) {
        return None;
    }
    let node = value.get(key).unwrap_or(value);
    let name = node.text().filter(|name| !name.contains(['$', ':']))?;
    Some(Created { kind, name, span: node.span }).filter(|_| cloudformation::call(node).is_none())
}

fn sort(name: &str, value: &Node) -> Sort {
    match name {
        "http" => Sort::Http(path(value), Some(DoorChoice::RestApi)),
        "httpApi" => Sort::Http(path(value), Some(DoorChoice::HttpApi)),
        "alb" => Sort::Http(
            value.get("conditions").and_then(|c| c.get("path")).and_then(one).map(str::to_owned),
            Some(DoorChoice::LoadBalancer),
        ),
        "websocket" => Sort::Socket,
        "sqs" | "activemq" | "rabbitmq" => Sort::Queue,
        "stream" | "kafka" | "msk" | "documentDb" => Sort::Stream,
        "schedule" => Sort::Clock(clock(value)),
        _ => Sort::Notice,
    }
}

/// `GET /x`, `{ path: x, method: get }`.
fn path(value: &Node) -> Option<String> {
    let path = match value.text() {
        Some(text) => text.split_whitespace().nth(1).unwrap_or(text),
        None => value.get("path")?.text()?,
    };
    Some(path.to_owned())
}

/// `rate(1 day)`, `{ rate: … }`, `{ rate: [ …, … ] }`.
fn clock(value: &Node) -> Vec<Clock> {
    let rate = value.get("rate").unwrap_or(value);
    let zone = value.get("timezone").and_then(|zone| Some((zone.text()?.to_owned(), zone.span)));
    let off = value.get("enabled").filter(|enabled| enabled.text() == Some("false"));
    let one = |node: &Node| {
        Some(Clock {
            expression: node.text()?.to_owned(),
            span: node.span,
            zone: zone.clone(),
            off: off.map(|node| node.span),
        })
    };
    rate.items().iter().chain(rate.items().is_empty().then_some(rate)).filter_map(one).collect()
}

/// A text, or the first of a list.
fn one(node: &Node) -> Option<&str> {
    node.text().or_else(|| node.items().first().and_then(Node::text))
}
