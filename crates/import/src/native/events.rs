//! How a worker or stream takes its messages, and what the account keeps for a function.

use model::{App, Component, Events, Kind};
use source::Finding;
use units::Duration;

use super::component::unused;
use super::fields::Fields;
use super::keys::{EVENTS, QUOTAS};
use super::values::{EACH, HIDDEN, QUOTA, RESERVED, WINDOW, count, share, within};
use crate::findings::CONTRADICTION;

/// Reads `events` and `reserved` of a component.
pub(super) fn read(fields: &Fields<'_>, c: &mut Component, findings: &mut Vec<Finding>) {
    let reserved = fields.parsed("reserved", findings, within(count, RESERVED));
    c.reserved = reserved.map(|(n, span)| (n as u32, Some(span)));
    let Some(node) = fields.get("events") else { return };
    let Some(keys) = Fields::open(node, &EVENTS, &fields.path_of("events"), findings) else {
        return;
    };
    let events = events(&keys, findings);
    let all: &[&str] = match c.kind {
        Kind::Worker => &["shards", "parallelization"],
        Kind::Stream => &["max_concurrency", "visibility", "groups"],
        _ => {
            let why = format!("components of `kind: {}` take no messages", c.kind.name());
            let hint = "make it `kind: worker` or `kind: stream`";
            return unused(fields, "events", &why, hint, findings);
        }
    };
    for key in all.iter().copied().filter(|key| keys.has(key)) {
        let why = format!("a component of `kind: {}` has no such thing", c.kind.name());
        unused(&keys, key, &why, "leave it out", findings);
    }
    c.events = Some(events);
}

/// Reads the account's quotas.
pub(super) fn quotas(fields: &Fields<'_>, app: &mut App, findings: &mut Vec<Finding>) {
    debug_assert_eq!(QUOTAS.keys.len(), 1, "every key of the table is read here");
    let lambda = fields.parsed("lambda_concurrency", findings, within(count, QUOTA));
    app.quotas.lambda_concurrency = lambda.map(|(n, span)| (n as u32, Some(span)));
}

fn events(keys: &Fields<'_>, findings: &mut Vec<Finding>) -> Events {
    let mut number =
        |key: &str| keys.parsed(key, findings, within(count, EACH)).map(|(n, _)| n as u32);
    let mut events = Events {
        batch: number("batch"),
        concurrency: number("max_concurrency"),
        receives_max: number("max_receives"),
        groups: number("groups"),
        shards: number("shards"),
        parallelization: number("parallelization"),
        span: Some(keys.node.span),
        ..Events::default()
    };
    let span = |key: &str, range, findings: &mut Vec<Finding>| {
        keys.parsed(key, findings, within(Duration::parse, range)).map(|(span, _)| span)
    };
    events.window = span("window", WINDOW, findings);
    events.visibility = span("visibility", HIDDEN, findings);
    events.failures = keys.parsed("failures", findings, share).map(|(share, _)| share);
    events.notices = keys.flag("notices", findings).and_then(|flag| flag.get()).unwrap_or(false);
    events.partial = keys.flag("partial", findings).and_then(|flag| flag.get()).unwrap_or(false);
    if let (Some(_), Some(window)) = (events.groups, events.window.filter(|w| *w > Duration::ZERO))
    {
        let message = format!("`{}` and `groups` exclude each other", keys.path_of("window"));
        let finding = Finding::error(CONTRADICTION, format!("{message}: {window} is given"));
        let hint = "a queue that keeps order has no batching window; leave `window` out";
        findings.push(finding.at(keys.span("window")).hint(hint));
        events.window = None;
    }
    events
}
