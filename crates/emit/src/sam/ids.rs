//! Logical ids: letters and digits, each once in the template.

use std::collections::{BTreeMap, BTreeSet};

use crate::Part;

/// Ids that were given. Those of components come first, so that a part keeps its own name.
#[derive(Debug)]
pub(super) struct Ids {
    parts: BTreeMap<String, String>,
    queues: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Ids {
    /// The ids of these parts.
    pub(super) fn of<'p, 'a: 'p>(parts: impl Iterator<Item = &'p Part<'a>>) -> Self {
        let mut ids =
            Self { parts: BTreeMap::new(), queues: BTreeMap::new(), taken: BTreeSet::new() };
        for part in parts {
            let own = &part.component.id;
            let plain =
                (1..65).contains(&own.len()) && own.chars().all(|c| c.is_ascii_alphanumeric());
            let wanted = if plain { own.clone() } else { joined(&part.name) };
            let given = ids.give(&wanted);
            ids.parts.insert(own.clone(), given);
        }
        ids
    }

    /// The id of a part's function.
    pub(super) fn part(&self, part: &Part<'_>) -> String {
        self.parts.get(&part.component.id).cloned().unwrap_or_else(|| joined(&part.name))
    }

    /// The id of the queue before a part, the same one for its senders.
    pub(super) fn queue(&mut self, part: &Part<'_>) -> String {
        if let Some(known) = self.queues.get(&part.component.id) {
            return known.clone();
        }
        let given = self.give(&format!("{}Queue", self.part(part)));
        self.queues.insert(part.component.id.clone(), given.clone());
        given
    }

    /// An id that nothing else has.
    pub(super) fn give(&mut self, wanted: &str) -> String {
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
pub(super) fn joined(name: &str) -> String {
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
