//! Events of a function, by the framework's names.

use model::DoorChoice;
use source::Span;
use source::yaml::{Node, Value};

use crate::function::{Event, Sort};

/// One item of `events`: a word, or a mapping of which each key is an event.
pub(super) fn read(item: &Node) -> Vec<Event> {
    if let Some(name) = item.text() {
        return vec![Event { name: name.to_owned(), sort: sort(name, item), span: item.span }];
    }
    let named = |(key, value): &(Node, Node)| {
        let name = key.text()?.to_owned();
        let sort = sort(&name, value);
        Some(Event { name, sort, span: key.span })
    };
    item.entries().iter().filter_map(named).collect()
}

/// A function's own URL.
pub(super) fn url(span: Span) -> Event {
    Event { name: "url".to_owned(), sort: Sort::Http(None, Some(DoorChoice::FunctionUrl)), span }
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
fn clock(value: &Node) -> Vec<String> {
    let rate = value.get("rate").unwrap_or(value);
    match rate.value {
        Value::Sequence(_) => {
            rate.items().iter().filter_map(Node::text).map(str::to_owned).collect()
        }
        _ => rate.text().map(str::to_owned).into_iter().collect(),
    }
}

/// A text, or the first of a list.
fn one(node: &Node) -> Option<&str> {
    node.text().or_else(|| node.items().first().and_then(Node::text))
}
