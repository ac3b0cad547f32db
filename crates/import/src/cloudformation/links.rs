//! Who calls whom: what functions name, what starts them, and what stands between.
//!
//! A topic, an event bus, a stream, a delivery stream or a state machine is no component of its own: what goes into it
//! reaches the components that it feeds.

use std::collections::{BTreeMap, BTreeSet};

use model::{CallKind, Edge, Origin, OriginKind};
use source::Span;

use super::functions::Mention;
use super::template::Template;
use super::wiring::Wiring;
use crate::container::calls::leads;
use crate::defaults;

/// Resources that a role of several functions names at most to count for each of them: a longer list is what all
/// of them need together.
const SHARED_MAX: usize = 3;

/// Edges between the components that `ids` has for resources; `mentions` is what each function names.
pub(crate) fn edges<'t>(
    template: &Template<'t>,
    wiring: &Wiring<'t>,
    mentions: &[(&str, Vec<Mention<'t>>)],
    ids: &BTreeMap<String, String>,
) -> Vec<Edge> {
    let mut feeds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let crowded = crowded(template, wiring, mentions);
    for source in wiring.sources.iter().filter(|source| !crowded.contains(source.from)) {
        feeds.entry(source.from).or_default().push(source.to);
    }
    let mut found: Vec<Edge> = Vec::new();
    let mut say = |from: &str, to: &str, kind: CallKind, span: Span, note: String| {
        let (Some(from), Some(to)) = (ids.get(from), ids.get(to)) else { return };
        // What starts a function is certain, what it may call is not: the earlier edge stays where two close a circle.
        if !leads(&found, to, from) {
            let origin = Origin { kind: OriginKind::Declared, span: Some(span), note };
            found.push(Edge {
                from: from.clone(),
                to: to.clone(),
                calls_per_request: 1.0,
                bytes: defaults::call_bytes(),
                kind,
                origin: Some(origin),
            });
        }
    };
    // What a function takes messages from, it does not also call.
    let takes: BTreeSet<(&str, &str)> = wiring.sources.iter().map(|s| (s.to, s.from)).collect();
    for source in wiring.sources.iter().filter(|source| ids.contains_key(source.from)) {
        for to in ends(source.to, &feeds, ids) {
            let note = if to == source.to {
                "an event source".to_owned()
            } else {
                format!("through `{}`", source.to)
            };
            say(source.from, to, CallKind::Async, source.span, note);
        }
    }
    for &(from, to, span) in &wiring.connectors {
        say(from, to, kind(to, template), span, "a connector joins them".to_owned());
    }
    let named = |shared: bool| {
        mentions.iter().flat_map(move |(from, places)| {
            let places = places.iter().filter(move |place| place.shared == shared);
            places.map(move |place| (*from, place))
        })
    };
    let mut own: BTreeSet<&str> = BTreeSet::new();
    for shared in [false, true] {
        for (from, place) in named(shared) {
            let names = template.scope.resources_in(place.node);
            let all = shared && place.note != super::ENVIRONMENT && names.len() > SHARED_MAX;
            for name in names.into_iter().filter(|_| !all) {
                if takes.contains(&(from, name)) || shared && own.contains(name) {
                    continue;
                }
                if !shared {
                    own.insert(name);
                }
                for to in
                    ends(name, &feeds, ids).into_iter().filter(|to| !takes.contains(&(from, to)))
                {
                    if to == name {
                        say(from, to, kind(to, template), place.node.span, place.note.to_owned());
                    } else {
                        let note = format!("through `{name}`");
                        say(from, to, CallKind::Async, place.node.span, note);
                    }
                }
            }
        }
    }
    found
}

/// Event buses into which several put events: which rule takes whose is not to be seen.
fn crowded<'t>(
    template: &Template<'t>,
    wiring: &Wiring<'t>,
    mentions: &[(&str, Vec<Mention<'t>>)],
) -> BTreeSet<&'t str> {
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, places) in mentions {
        for name in places.iter().flat_map(|place| template.scope.resources_in(place.node)) {
            users.entry(name).or_default().insert(from);
        }
    }
    for source in &wiring.sources {
        users.entry(source.to).or_default().insert(source.from);
    }
    let is_bus = |name: &str| {
        template.resources.get(name).is_some_and(|r| r.kind == "AWS::Events::EventBus")
    };
    let crowded = users.into_iter().filter(|(name, users)| users.len() > 1 && is_bus(name));
    crowded.map(|(name, _)| name).collect()
}

fn kind(to: &str, template: &Template<'_>) -> CallKind {
    let waits = template.resources.get(to).is_none_or(|r| r.kind != "AWS::SQS::Queue");
    if waits { CallKind::Sync } else { CallKind::Async }
}

/// The components that a resource is or feeds.
fn ends<'t>(
    name: &'t str,
    feeds: &BTreeMap<&'t str, Vec<&'t str>>,
    ids: &BTreeMap<String, String>,
) -> Vec<&'t str> {
    let mut seen = vec![name];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&here) = seen.get(at) {
        at += 1;
        if ids.contains_key(here) {
            found.push(here);
            continue;
        }
        for &next in feeds.get(here).map(Vec::as_slice).unwrap_or_default() {
            if !seen.contains(&next) {
                seen.push(next);
            }
        }
    }
    found
}
