//! Names and ids of a stack: letters and digits, each once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dialect, is_beside};
use crate::Part;

/// Ids that were given. Those of components come first, so that a part keeps its own name.
#[derive(Debug)]
pub(crate) struct Ids {
    /// Name in the list of functions and id in the stack, by component.
    parts: BTreeMap<String, (String, String)>,
    /// Queues and streams before parts, by what they are and the component.
    before: BTreeMap<(&'static str, String), String>,
    /// Topics of the definition's own, by their names there.
    topics: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

/// Letters of a component's id that is kept as it is.
const KEPT_MAX: usize = 64;

impl Ids {
    /// The ids of these parts.
    pub(super) fn of<'p, 'a: 'p>(
        parts: impl Iterator<Item = &'p Part<'a>>,
        dialect: &Dialect,
    ) -> Self {
        let taken = dialect.taken.iter().map(|&id| id.to_owned()).collect();
        let (before, topics) = (BTreeMap::new(), BTreeMap::new());
        let mut ids = Self { parts: BTreeMap::new(), before, topics, taken };
        for part in parts {
            let own = &part.component.id;
            let plain: fn(&str) -> String = str::to_owned;
            let store = is_beside(part);
            let logical = if store { plain } else { dialect.logical };
            // A format whose ids are made from names takes what names may have.
            let more = if logical("-") == "-" { "" } else { "-_" };
            let allowed = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            let kept = (1..=KEPT_MAX).contains(&own.len()) && own.chars().all(allowed);
            let wanted = if kept { own.clone() } else { joined(&part.name) };
            let mut name = wanted.clone();
            let mut round = 2;
            while ids.taken.contains(&logical(&name)) {
                name = format!("{wanted}{round}");
                round += 1;
            }
            let id = logical(&name);
            ids.taken.extend(dialect.endings.iter().map(|ending| format!("{id}{ending}")));
            ids.taken.insert(id.clone());
            ids.parts.insert(own.clone(), (name, id));
        }
        ids
    }

    /// The name of a part's function.
    pub(crate) fn name(&self, part: &Part<'_>) -> String {
        self.known(part).0
    }

    /// The id of a part's function in the stack.
    pub(crate) fn part(&self, part: &Part<'_>) -> String {
        self.known(part).1
    }

    fn known(&self, part: &Part<'_>) -> (String, String) {
        self.parts.get(&part.component.id).cloned().expect("parts of the target have ids")
    }

    /// The id of the queue before a part, the same one for its senders.
    pub(super) fn queue(&mut self, part: &Part<'_>) -> String {
        self.before(part, "Queue")
    }

    /// The id of the stream that a part reads, the same one for who writes to it.
    pub(super) fn stream(&mut self, part: &Part<'_>) -> String {
        self.before(part, "Stream")
    }

    /// The id of the WebSocket API before a part.
    pub(super) fn sockets(&mut self, part: &Part<'_>) -> String {
        self.before(part, "Sockets")
    }

    /// The id of the state machine of a part.
    pub(super) fn machine(&mut self, part: &Part<'_>) -> String {
        self.before(part, "Machine")
    }

    /// The id of the security group of a part.
    pub(super) fn group(&mut self, part: &Part<'_>) -> String {
        self.before(part, "Inside")
    }

    /// The id of the queue of what a part could not do.
    pub(super) fn failed(&mut self, part: &Part<'_>) -> String {
        self.before(part, "Failed")
    }

    /// The id of a topic, if it has one.
    pub(super) fn topic(&self, name: &str) -> Option<String> {
        self.topics.get(name).cloned()
    }

    /// The id of a topic, the same one for who publishes to it.
    pub(super) fn topic_of(&mut self, name: &str) -> String {
        if let Some(known) = self.topics.get(name) {
            return known.clone();
        }
        let wanted = joined(name);
        let given = self.give(if wanted.is_empty() { "Topic" } else { &wanted });
        self.topics.insert(name.to_owned(), given.clone());
        given
    }

    fn before(&mut self, part: &Part<'_>, what: &'static str) -> String {
        let key = (what, part.component.id.clone());
        if let Some(known) = self.before.get(&key) {
            return known.clone();
        }
        let given = self.beside(part, what);
        self.before.insert(key, given.clone());
        given
    }

    /// The id of something that belongs to a part.
    pub(crate) fn beside(&mut self, part: &Part<'_>, what: &str) -> String {
        self.give(&format!("{}{what}", joined(&self.name(part))))
    }

    /// An id that nothing else has.
    pub(crate) fn give(&mut self, wanted: &str) -> String {
        let mut given = wanted.to_owned();
        let mut round = 2;
        while !self.taken.insert(given.clone()) {
            given = format!("{wanted}{round}");
            round += 1;
        }
        given
    }
}

/// A name without what stands between its words: `order-api` is `orderApi`.
pub(crate) fn joined(name: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        } else {
            upper = !out.is_empty();
        }
    }
    if out.is_empty() { "x".to_owned() } else { out }
}
