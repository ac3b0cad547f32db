//! Several descriptions of one application made one.

use std::collections::BTreeMap;

use model::{App, Component, Edge, Fact};
use source::Finding;

use crate::defaults;
use crate::findings::CONFLICT;

/// Joins what importers read, the more telling first. Components of the same name are one; what one description
/// declares replaces what another had to assume, and where two declare different things the first one counts
/// and a finding says so.
pub fn merged(read: Vec<(&'static str, (App, Vec<Finding>))>) -> (App, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut apps = Vec::new();
    for (format, (app, found)) in read {
        findings.extend(found);
        apps.push((format, app));
    }
    let mut apps = apps.into_iter();
    let Some((format, mut app)) = apps.next() else { return (defaults::app("app"), findings) };
    for (other_format, other) in apps {
        let mut ids: BTreeMap<String, usize> =
            app.components.iter().enumerate().map(|(at, c)| (c.id.clone(), at)).collect();
        let formats = (format, other_format);
        for component in other.components {
            if let Some(&at) = ids.get(&component.id) {
                join(&mut app.components[at], &component, formats, &mut findings);
            } else {
                ids.insert(component.id.clone(), app.components.len());
                app.components.push(component);
            }
        }
        for edge in other.edges {
            let known = |e: &Edge| e.from == edge.from && e.to == edge.to;
            let back = |e: &Edge| e.from == edge.to && e.to == edge.from;
            if !app.edges.iter().any(|e| known(e) || back(e)) {
                app.edges.push(edge);
            }
        }
    }
    app.components.sort_by(|a, b| a.id.cmp(&b.id));
    app.edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    (app, findings)
}

fn join(
    kept: &mut Component,
    other: &Component,
    formats: (&str, &str),
    findings: &mut Vec<Finding>,
) {
    let id = kept.id.clone();
    let mut differ = |what: &str, a: String, b: String| {
        let message =
            format!("{id}.{what}: {a} in {}, {b} in {}; the first counts", formats.0, formats.1);
        let finding = Finding::note(CONFLICT, message);
        findings.push(match other.span {
            Some(span) => finding.at(span),
            None => finding,
        });
    };
    fact(&mut kept.memory, &other.memory, |a, b| differ("memory", a.to_string(), b.to_string()));
    fact(&mut kept.runtime, &other.runtime, |a, b| differ("runtime", a.0.clone(), b.0.clone()));
    match (&kept.cpu_request, &other.cpu_request) {
        (None, Some(cpu)) => kept.cpu_request = Some(cpu.clone()),
        (Some(a), Some(b)) if a.value() != b.value() => {
            let shown =
                |f: &Fact<units::Millicores>| f.get().map_or_else(String::new, |v| v.to_string());
            differ("cpu", shown(a), shown(b));
        }
        _ => {}
    }
    fact(&mut kept.artifact.package, &other.artifact.package, |_, _| {});
    fact(&mut kept.artifact.size, &other.artifact.size, |_, _| {});
    fact(&mut kept.concurrency, &other.concurrency, |_, _| {});
    fact(&mut kept.public, &other.public, |_, _| {});
    if kept.engine.is_none() {
        kept.engine.clone_from(&other.engine);
    }
    if kept.storage.as_ref().is_none_or(|s| !s.is_known()) && other.storage.is_some() {
        kept.storage.clone_from(&other.storage);
    }
    for need in other.needs.iter() {
        if !kept.needs.has(need) {
            kept.needs.insert(need, other.needs.span(need));
        }
    }
    if kept.blueprint.is_none() {
        kept.blueprint.clone_from(&other.blueprint);
    }
}

/// What is known beats what is assumed; `differ` is told of two that are both known and not equal.
fn fact<T: Clone + PartialEq>(kept: &mut Fact<T>, other: &Fact<T>, differ: impl FnOnce(&T, &T)) {
    match (&*kept, other) {
        (Fact::Known(a, _), Fact::Known(b, _)) if a != b => differ(a, b),
        (Fact::Known(..), _) | (_, Fact::Unknown) => {}
        (Fact::Unknown, _) | (_, Fact::Known(..)) => *kept = other.clone(),
        _ => {}
    }
}
