//! Who calls whom, as environment, start order and names tell.

use std::collections::BTreeMap;

use model::{CallKind, Component, Edge, Engine, Kind, Origin, OriginKind};
use source::Span;

use super::Part;
use super::environment::{Source, hosts};
use crate::defaults;

/// Why we believe that one part calls another, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence {
    Environment,
    Command,
    StartOrder,
    Policy,
}

/// Edges between components. `after` are pairs of caller and callee that a start order names, with the place;
/// `let_in` such pairs that a network policy names; `names` leads from every name a part can be reached by to its id.
pub(crate) fn edges(
    parts: &[Part],
    components: &[Component],
    names: &BTreeMap<String, String>,
    after: &[(String, String, Span)],
    let_in: &[(String, String, Span)],
) -> Vec<Edge> {
    let mut found: BTreeMap<(String, String), (Evidence, Span, String)> = BTreeMap::new();
    let mut say = |from: &str, to: &str, evidence: Evidence, span: Span, note: String| {
        if from == to {
            return;
        }
        let key = (from.to_owned(), to.to_owned());
        let entry = (evidence, span, note);
        match found.get(&key) {
            Some(known) if known.0 <= evidence => {}
            _ => {
                found.insert(key, entry);
            }
        }
    };
    for part in parts {
        for set in part.environment.iter().chain(&part.environment_beside) {
            let Source::Text(text) = &set.value else { continue };
            for to in hosts(&set.name, text).into_iter().filter_map(|host| reached(host, names)) {
                say(
                    &part.id,
                    to,
                    Evidence::Environment,
                    set.span,
                    format!("`{}` names it", set.name),
                );
            }
        }
        for word in part.command.0.iter().chain(&part.command.1) {
            for to in hosts("", word).into_iter().filter_map(|host| reached(host, names)) {
                say(&part.id, to, Evidence::Command, part.span, "its command names it".to_owned());
            }
        }
    }
    for (from, to, span) in after {
        say(from, to, Evidence::StartOrder, *span, "it starts after it".to_owned());
    }
    for (from, to, span) in let_in {
        say(from, to, Evidence::Policy, *span, "a network policy lets it in".to_owned());
    }
    let of = |id: &str| components.iter().find(|c| c.id == id);
    let mut edges: Vec<Edge> = Vec::new();
    for ((from, to), (evidence, span, note)) in found {
        let (Some(caller), Some(callee)) = (of(&from), of(&to)) else { continue };
        // Nobody calls what runs at a release.
        if callee.kind == Kind::Job {
            continue;
        }
        let queue = is_queue(callee);
        // A worker beside a queue takes from it; whoever answers clients puts into it.
        let takes = queue && caller.kind == Kind::Worker;
        let (from, to) = if takes { (to, from) } else { (from, to) };
        // Who starts after another may call it never, or with every request.
        let kind = match evidence {
            Evidence::StartOrder => OriginKind::Assumed,
            Evidence::Environment | Evidence::Command | Evidence::Policy => OriginKind::Declared,
        };
        let origin = Origin { kind, span: Some(span), note };
        let kind = if queue { CallKind::Async } else { CallKind::Sync };
        // What keeps data calls nobody of its own.
        if caller.kind == Kind::Stateful && !queue && callee.kind != Kind::Stateful {
            continue;
        }
        // Nor does a bought one, but for its copies: a file of variables for all names everybody.
        if keeps_to_itself(caller) && engine(caller) != engine(callee) {
            continue;
        }
        edges.push(Edge {
            from,
            to,
            calls_per_request: 1.0,
            bytes: defaults::call_bytes(),
            kind,
            origin: Some(origin),
        });
    }
    edges.extend(by_name(components, &edges));
    without_circles(edges)
}

/// Ends of names of stores, and of those who use them.
const STORE_ENDS: &[&str] = &[
    "db",
    "database",
    "mysql",
    "mariadb",
    "postgres",
    "postgresql",
    "mongo",
    "mongodb",
    "redis",
    "valkey",
    "memcached",
    "cache",
];
const USER_ENDS: &[&str] = &["service", "svc", "server", "api", "app"];

/// Calls that nothing but names tell: `orders-db` that nobody calls is that of `orders` or `orders-service`.
fn by_name(components: &[Component], edges: &[Edge]) -> Vec<Edge> {
    let without = |id: &str, ends: &[&str]| {
        let (stem, end) = id.rsplit_once(['-', '_', '.'])?;
        (ends.contains(&end) && !stem.is_empty()).then(|| stem.to_owned())
    };
    let lonely = components.iter().filter(|c| {
        c.kind == Kind::Stateful && !is_queue(c) && edges.iter().all(|edge| edge.to != c.id)
    });
    let mut found = Vec::new();
    for store in lonely {
        let Some(stem) = without(&store.id, STORE_ENDS) else { continue };
        let uses = |c: &&Component| {
            c.kind != Kind::Stateful
                && (c.id == stem || without(&c.id, USER_ENDS).is_some_and(|own| own == stem))
        };
        let mut users = components.iter().filter(uses);
        let (Some(user), None) = (users.next(), users.next()) else { continue };
        let note = "nothing says who calls it; their names belong together".to_owned();
        found.push(Edge {
            from: user.id.clone(),
            to: store.id.clone(),
            calls_per_request: 1.0,
            bytes: defaults::call_bytes(),
            kind: CallKind::Sync,
            origin: Some(Origin { span: store.span, ..Origin::assumed(note) }),
        });
    }
    found
}

fn engine(component: &Component) -> Option<Engine> {
    component.engine.as_ref().and_then(model::Fact::get)
}

/// Whether it is a store that calls no other system.
fn keeps_to_itself(component: &Component) -> bool {
    !matches!(engine(component), None | Some(Engine::Other | Engine::Kafka | Engine::Opensearch))
}

/// Whether messages wait in it.
fn is_queue(component: &Component) -> bool {
    engine(component).is_some_and(Engine::holds_messages)
}

/// The id behind a host: its own name, or the first label of a longer one.
pub(crate) fn reached<'n>(host: &str, names: &'n BTreeMap<String, String>) -> Option<&'n str> {
    let first = host.split('.').next().unwrap_or(host);
    let inside = host.split('.').nth(1).is_none() || host.contains(".svc");
    let short = names.get(first).filter(|_| inside);
    names.get(host).or(short).map(String::as_str)
}

/// Leaves out edges that would close a circle: latency and load follow calls, and neither can go round.
pub(crate) fn without_circles(mut edges: Vec<Edge>) -> Vec<Edge> {
    edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    edges.dedup_by(|a, b| (&a.from, &a.to) == (&b.from, &b.to));
    let mut kept: Vec<Edge> = Vec::new();
    for edge in edges {
        if !leads(&kept, &edge.to, &edge.from) {
            kept.push(edge);
        }
    }
    kept
}

/// Whether calls lead from one component to another.
pub(crate) fn leads(edges: &[Edge], from: &str, to: &str) -> bool {
    let mut seen = vec![from];
    let mut at = 0;
    while let Some(&here) = seen.get(at) {
        if here == to {
            return true;
        }
        for edge in edges.iter().filter(|edge| edge.from == here) {
            if !seen.contains(&edge.to.as_str()) {
                seen.push(&edge.to);
            }
        }
        at += 1;
    }
    false
}
