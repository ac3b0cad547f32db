//! Rules on events and topics that call functions, as declared.

use model::{Pattern, Topic, Trigger};

use super::{Stack, reference, resource, written};
use crate::tree::{Node, list};
use crate::{Part, beyond};

/// What calls a function by itself.
pub(crate) enum Call {
    /// A rule with its pattern and its bus.
    Rule(Node, Option<Node>),
    /// A topic by address, with its name if it stands in the stack, and which messages.
    Topic(Node, Option<String>, Option<Node>),
}

/// The topics of the definition's own that call a part.
pub(super) fn own<'p>(part: &Part<'p>) -> impl Iterator<Item = &'p str> {
    beyond::triggers(part).iter().filter_map(|trigger| match trigger {
        Trigger::Topic { topic: Topic::Own(name), .. } => Some(name.as_str()),
        Trigger::Topic { topic: Topic::At(_), .. } | Trigger::Rule { .. } => None,
    })
}

impl Stack<'_, '_> {
    /// What calls a part when something happens elsewhere.
    pub(crate) fn calls(&mut self, part: &Part<'_>) -> Vec<Call> {
        let mut found = Vec::new();
        for trigger in beyond::triggers(part) {
            found.push(match trigger {
                Trigger::Rule { pattern, bus } => {
                    Call::Rule(shown(pattern), bus.as_deref().map(written))
                }
                Trigger::Topic { topic, filter } => {
                    let (address, name) = match topic {
                        Topic::At(address) => (written(address), None),
                        Topic::Own(name) => {
                            let id = self.topic(part, name);
                            (reference(&id), Some(id))
                        }
                    };
                    Call::Topic(address, name, filter.as_ref().map(shown))
                }
            });
        }
        found
    }

    /// The topics of the stack that call a part, by their ids: who calls the part publishes there.
    pub(super) fn topics_before(&mut self, part: &Part<'_>) -> Vec<String> {
        let names: Vec<&str> = own(part).collect();
        names.into_iter().map(|name| self.topic(part, name)).collect()
    }

    /// A topic that a variable names, if it stands in the stack.
    pub(super) fn topic_named(&self, name: &str) -> Option<Node> {
        self.ids.topic(name).map(|id| reference(&id))
    }

    /// The id of a topic, which is added where it is not there yet.
    fn topic(&mut self, part: &Part<'_>, name: &str) -> String {
        let id = self.ids.topic_of(name);
        if !self.resources.has(&id) {
            let topic = resource("AWS::SNS::Topic", Node::empty());
            self.resources.set(id.as_str(), topic.why(self.why.definition(part)));
        }
        id
    }
}

/// A pattern as a tree.
pub(crate) fn shown(pattern: &Pattern) -> Node {
    match pattern {
        Pattern::Text(text) => Node::from(text.as_str()),
        Pattern::Number(number) => Node::from(crate::Value::Int(*number)),
        Pattern::Truth(truth) => Node::from(*truth),
        Pattern::List(items) => list(items.iter().map(shown)),
        Pattern::Map(entries) => {
            let mut node = Node::empty();
            for (key, value) in entries {
                node.set(key.as_str(), shown(value));
            }
            node
        }
    }
}
