//! Rules on events and topics that call functions, where they are known as a whole.

use model::{Pattern, Topic, Trigger};
use source::yaml::{Node, Value};

use super::evaluate::call;
use super::template::{Resource, Template};

/// Levels of a pattern.
const DEPTH_MAX: usize = 16;
const TOPIC: &str = "AWS::SNS::Topic";

/// A rule on events. One that changes what it hands on, is switched off or stands on a bus of the template's own is none here.
pub(super) fn rule<'t>(
    properties: &'t Node,
    key: &str,
    template: &Template<'t>,
) -> Option<Trigger> {
    let targets = properties.get("Targets").map(Node::items).unwrap_or_default();
    let changes = ["Input", "InputPath", "InputTransformer"];
    let mut all = targets.iter().chain([properties]);
    if all.any(|place| changes.iter().any(|key| place.get(key).is_some())) {
        return None;
    }
    let text = |key: &str| properties.get(key).map(|node| template.scope.pattern(node));
    if text("State").flatten().is_some_and(|state| state != "ENABLED") {
        return None;
    }
    let bus = match text("EventBusName") {
        Some(name) => Some(name?).filter(|name| name != "default"),
        None => None,
    };
    let pattern = pattern(properties.get(key)?, Some(template), 0)?;
    Some(Trigger::Rule { pattern, bus })
}

/// A topic with the messages that it is for.
pub(super) fn topic<'t>(
    topic: Option<&'t Node>,
    filter: Option<&'t Node>,
    template: &Template<'t>,
) -> Option<Trigger> {
    let node = topic?;
    let named = template.scope.resources_in(node);
    let own = |id: &&&str| template.resources.get(**id).is_some_and(|r| r.kind == TOPIC);
    let topic = match named.iter().find(own) {
        Some(id) => Topic::Own((*id).to_owned()),
        None => Topic::At(template.scope.pattern(node).filter(|arn| arn.starts_with("arn:"))?),
    };
    filtered(topic, filter, template)
}

/// The same of a resource that is a topic.
pub(super) fn of<'t>(resource: &Resource<'t>, template: &Template<'t>) -> Option<Trigger> {
    filtered(Topic::Own(resource.id.to_owned()), None, template)
}

/// Whether a topic of the template's calls functions of its own: who may publish to it calls them.
pub(super) fn calls_functions<'t>(topic: &str, template: &Template<'t>) -> bool {
    let names = |node: &'t Node, is: &dyn Fn(&Resource<'t>) -> bool| {
        let named = template.scope.resources_in(node);
        named.iter().filter_map(|id| template.resources.get(*id)).any(is)
    };
    let is_it = |resource: &Resource<'t>| resource.id == topic && resource.kind == TOPIC;
    template.resources.values().any(|resource| {
        let property = |key: &str| resource.properties.and_then(|p| p.get(key));
        match resource.kind.as_str() {
            TOPIC if resource.id == topic => {
                property("Subscription").is_some_and(|node| names(node, &Resource::is_function))
            }
            "AWS::SNS::Subscription" => {
                property("TopicArn").is_some_and(|node| names(node, &is_it))
                    && property("Endpoint").is_some_and(|node| names(node, &Resource::is_function))
            }
            _ if resource.is_function() => {
                let events = property("Events").map(Node::entries).unwrap_or_default();
                let topics = events.iter().filter_map(|(_, event)| event.get("Properties"));
                topics.filter_map(|p| p.get("Topic")).any(|node| names(node, &is_it))
            }
            _ => false,
        }
    })
}

fn filtered<'t>(
    topic: Topic,
    filter: Option<&'t Node>,
    template: &Template<'t>,
) -> Option<Trigger> {
    let filter = match filter {
        Some(node) => Some(pattern(node, Some(template), 0)?),
        None => None,
    };
    Some(Trigger::Topic { topic, filter })
}

/// What events have to look like; `None` where something in it is only known at deployment, or is none of what patterns hold
/// here (fractions, nothing).
pub(crate) fn pattern<'t>(
    node: &'t Node,
    template: Option<&Template<'t>>,
    depth: usize,
) -> Option<Pattern> {
    if depth > DEPTH_MAX {
        return None;
    }
    if call(node).is_some() {
        return template?.scope.exact(node).map(Pattern::Text);
    }
    match &node.value {
        Value::Sequence(items) => {
            let all: Option<Vec<Pattern>> =
                items.iter().map(|item| pattern(item, template, depth + 1)).collect();
            all.map(Pattern::List)
        }
        Value::Mapping(entries) => {
            let one = |(key, value): &'t (Node, Node)| {
                Some((key.text()?.to_owned(), pattern(value, template, depth + 1)?))
            };
            let all: Option<Vec<(String, Pattern)>> = entries.iter().map(one).collect();
            all.map(Pattern::Map)
        }
        Value::Scalar { text, quoted: true } => Some(Pattern::Text(text.clone())),
        Value::Scalar { text, quoted: false } => match text.as_str() {
            _ if node.is_null() => None,
            "true" => Some(Pattern::Truth(true)),
            "false" => Some(Pattern::Truth(false)),
            _ => match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(number), _) => Some(Pattern::Number(number)),
                (Err(_), Ok(_)) => None,
                (Err(_), Err(_)) => Some(Pattern::Text(text.clone())),
            },
        },
    }
}
