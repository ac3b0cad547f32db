//! Who calls whom.

use std::collections::{BTreeMap, BTreeSet};

use model::{CallKind, Component, Edge, Engine, Fact, Kind, Origin};
use source::yaml::{Node, Value};
use source::{Finding, Span};
use units::Bytes;

use super::fields::{Fields, items_of, text_of};
use super::keys::CALL;
use super::values::{BODY, decimal, error, within};
use crate::findings::{BAD_CALL, CYCLE, TOO_MANY};
use crate::{defaults, names};

/// Calls of one component at most.
const CALLS_MAX: usize = 200;
/// Calls of one kind a request at most.
const TIMES_MAX: f64 = 100_000.0;

/// Reads the calls of every component. `declared` holds every id of the file, those of broken components too,
/// so that a call to one of these is not reported a second time.
pub(super) fn read(
    declared: &[(String, Option<&Node>)],
    components: &[Component],
    findings: &mut Vec<Finding>,
) -> Vec<Edge> {
    let mut places = BTreeMap::new();
    let mut edges: Vec<Edge> = Vec::new();
    for (from, calls) in declared {
        if !components.iter().any(|c| c.id == *from) {
            continue;
        }
        let items = calls.filter(|node| !node.is_null()).map(items_of).unwrap_or_default();
        for (count, item) in items.into_iter().enumerate() {
            if count == CALLS_MAX {
                let message = format!("{from}.calls: more than {CALLS_MAX}; the rest is not read");
                findings.push(item.mark(Finding::error(TOO_MANY, message)));
                break;
            }
            let Some((edge, span)) = call(from, item, declared, components, findings) else {
                continue;
            };
            let place = (edge.from.clone(), edge.to.clone());
            if let Some(first) = places.insert(place.clone(), span) {
                places.insert(place, first);
                let message = format!("{from}.calls: `{}` is listed twice", edge.to);
                let finding = Finding::error(BAD_CALL, message)
                    .labelled(span, "left out")
                    .labelled(first, "kept");
                findings.push(finding.hint(format!(
                    "write `{{ to: {}, times: 2 }}` for two calls a request",
                    edge.to
                )));
                continue;
            }
            edges.push(edge);
        }
    }
    edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    break_cycles(&mut edges, &places, findings);
    edges
}

/// One call: an id, or a mapping.
fn call(
    from: &str,
    item: &Node,
    declared: &[(String, Option<&Node>)],
    components: &[Component],
    findings: &mut Vec<Finding>,
) -> Option<(Edge, Span)> {
    let path = format!("{from}.calls");
    let fields = match item.value {
        Value::Mapping(_) => Some(Fields::open(item, &CALL, &path, findings)?),
        _ => None,
    };
    let (to, node) = match &fields {
        Some(fields) => {
            fields.require("to", findings);
            fields.text("to", findings)?
        }
        None => (text_of(item, &path, "db", findings)?, item),
    };
    if to == from {
        let finding = Finding::error(BAD_CALL, format!("{path}: `{from}` calls itself"));
        findings
            .push(node.mark(finding).hint("leave it out; its work belongs into `cpu` and `wait`"));
        return None;
    }
    let Some(callee) = components.iter().find(|c| c.id == to) else {
        if !declared.iter().any(|(id, _)| id == to) {
            let known: Vec<&str> =
                components.iter().map(|c| c.id.as_str()).filter(|id| *id != from).collect();
            let message = format!("{path}: there is no component {}", names::quoted(to));
            findings
                .push(node.mark(Finding::error(BAD_CALL, message)).hint(names::hint(to, &known)));
        }
        return None;
    };
    if callee.kind == Kind::Job {
        let message = format!("{path}: `{to}` runs at each release, and nobody calls it");
        let hint = format!("leave the call out, or make {to} a component of `kind: worker`");
        findings.push(node.mark(Finding::error(BAD_CALL, message)).hint(hint));
        return None;
    }
    let mut edge = Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        calls_per_request: 1.0,
        bytes: defaults::call_bytes(),
        kind: if takes_messages(callee) { CallKind::Async } else { CallKind::Sync },
        origin: Some(Origin::declared(node.span)),
    };
    if let Some(fields) = fields {
        if let Some((times, _)) = fields.parsed("times", findings, times) {
            edge.calls_per_request = times;
        }
        if let Some(bytes) = fields.fact("bytes", findings, within(Bytes::parse, BODY)) {
            edge.bytes = bytes;
        }
        if let Some(Fact::Known(goes_on, _)) = fields.flag("async", findings) {
            edge.kind = if goes_on { CallKind::Async } else { CallKind::Sync };
        }
    }
    Some((edge, node.span))
}

/// Nobody waits for a worker or behind a queue.
pub(super) fn takes_messages(callee: &Component) -> bool {
    let queue = callee.engine.as_ref().and_then(Fact::get).is_some_and(Engine::holds_messages);
    queue || matches!(callee.kind, Kind::Worker | Kind::Stream | Kind::Cron)
}

fn times(text: &str) -> Result<f64, units::ParseError> {
    let value = decimal(text.trim().trim_end_matches(['x', '×']))?;
    if value > 0.0 && value <= TIMES_MAX {
        return Ok(value);
    }
    let hint = format!("write calls for each request, above 0 and at most {TIMES_MAX}");
    Err(error(format!("`{text}` is not a number of calls"), hint))
}

/// Leaves out the last call of every circle in which each waits for the next: no answer would ever come.
///
/// Circles through a queue stay: whoever derives the load judges them.
fn break_cycles(
    edges: &mut Vec<Edge>,
    places: &BTreeMap<(String, String), Span>,
    findings: &mut Vec<Finding>,
) {
    let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
    edges.retain(|edge| {
        if edge.kind == CallKind::Async {
            return true;
        }
        let Some(way) = way(&kept, &edge.to, &edge.from) else {
            kept.entry(edge.from.clone()).or_default().push(edge.to.clone());
            return true;
        };
        let circle = format!("{} → {}", edge.from, way.join(" → "));
        let mut finding = Finding::error(CYCLE, format!("these wait for each other: {circle}"))
            .hint("make one of the calls `async: true`, or leave out the one that is the answer to another");
        if let Some(span) = places.get(&(edge.from.clone(), edge.to.clone())) {
            finding = finding.labelled(*span, "this call is left out");
        }
        findings.push(finding);
        false
    });
}

/// The components on a way of calls from one to another, both included.
fn way(calls: &BTreeMap<String, Vec<String>>, from: &str, to: &str) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            let mut way = vec![to.to_owned()];
            let mut here = to;
            while let Some(&previous) = before.get(here) {
                way.push(previous.to_owned());
                here = previous;
            }
            way.reverse();
            return Some(way);
        }
        for next in calls.get(at).into_iter().flatten() {
            if seen.insert(next) {
                before.insert(next, at);
                open.push(next);
            }
        }
    }
    None
}
