//! The load of every component: declared, recorded, or following from the calls of others.

use std::collections::{BTreeMap, BTreeSet};

use model::{App, Component, Load};
use source::Finding;
use units::{Duration, Instant};

use crate::cron::Cron;
use crate::findings;
use crate::recorded::Recorded;
use crate::workload::{Arrivals, DECLARED_BAND, Workload, cycles_per_month};
use crate::{releases, shape};

/// Largest list of recorded moments that calls are copied into one by one; beyond it they follow the caller's
/// minutes.
const COPIES_MAX: f64 = 20_000_000.0;

/// The load of every component that has one, and what there is to say about the others.
///
/// `recorded` holds, by component, the traffic routed to it and the traces its definition names. A component
/// whose load is derived, or unknown though somebody calls it, gets the sum of its callers' loads, each
/// times its calls per request.
pub fn workloads(
    app: &App,
    recorded: &BTreeMap<String, Recorded>,
) -> (BTreeMap<String, Workload>, Vec<Finding>) {
    let mut done = BTreeMap::new();
    let mut found = Vec::new();
    let mut waiting = Vec::new();
    for component in &app.components {
        if follows(app, component) {
            waiting.push(component);
            continue;
        }
        let (workload, findings) = from_load(component, recorded.get(&component.id));
        found.extend(findings);
        if let Some(workload) = workload {
            done.insert(component.id.clone(), workload);
        }
    }
    derive(app, waiting, &mut done, &mut found);
    (done, found)
}

/// The load of one component as declared or recorded, without what calls add.
pub fn from_load(
    component: &Component,
    recorded: Option<&Recorded>,
) -> (Option<Workload>, Vec<Finding>) {
    let id = component.id.as_str();
    match &component.load {
        // What was recorded is better than any assumption.
        Load::Rate { rate: model::Fact::Assumed(..), .. } if let Some(recorded) = recorded => {
            (Some(recorded.workload()), Vec::new())
        }
        Load::Rate { rate, shapes } if component.kind == model::Kind::Job && shapes.is_empty() => {
            match rate.get().and_then(releases::evenly) {
                Some(workload) => (Some(workload), Vec::new()),
                None => shape::from_rate(rate, shapes),
            }
        }
        Load::Rate { rate, shapes } => shape::from_rate(rate, shapes),
        Load::Cron { expression, requests, span } => match Cron::parse(expression) {
            Ok(cron) => from_cron(&cron, expression, *requests, id, *span),
            Err(e) => (None, vec![findings::bad_schedule(id, &e.message, &e.hint, *span)]),
        },
        Load::Trace { span, .. } => match recorded {
            Some(recorded) => (Some(recorded.workload()), Vec::new()),
            None => (None, vec![findings::nothing_routed(id, span.or(component.span))]),
        },
        Load::Routed => match recorded {
            Some(recorded) => (Some(recorded.workload()), Vec::new()),
            None => (None, vec![findings::nothing_routed(id, component.span)]),
        },
        Load::Derived => (None, vec![findings::no_caller(id, component.span)]),
        Load::Unknown if component.kind == model::Kind::Stateful => (None, Vec::new()),
        Load::Unknown => (None, vec![findings::unknown_load(id, component.span)]),
    }
}

fn from_cron(
    cron: &Cron,
    expression: &str,
    requests: u64,
    id: &str,
    span: Option<source::Span>,
) -> (Option<Workload>, Vec<Finding>) {
    let (cycle, firings) = cron.cycle();
    let mut found = Vec::new();
    if firings.is_empty() {
        let message = format!("`{expression}` fires in leap years only, and none is planned for");
        found.push(findings::bad_schedule(id, &message, "choose a day that every year has", span));
    }
    let mut per_minute = vec![0.0; (cycle.nanos() / Duration::MINUTE.nanos()) as usize];
    for at in &firings {
        per_minute[(at.nanos() / Duration::MINUTE.nanos()) as usize] += requests as f64;
    }
    let each = if requests == 1 { String::new() } else { format!(", {requests} each") };
    let workload = Workload {
        cycle,
        cycles_per_month: cycles_per_month(cycle),
        pace: 1,
        per_minute,
        arrivals: Arrivals::Scheduled(firings),
        basis: format!("schedule {expression}{each}"),
        band: (1.0, 1.0),
    };
    (Some(workload), found)
}

/// Whether the load of a component is that of its callers.
fn follows(app: &App, component: &Component) -> bool {
    let called = || app.edges.iter().any(|edge| edge.to == component.id && edge.from != edge.to);
    matches!(component.load, Load::Derived | Load::Unknown) && called()
}

/// Goes from callers to callees until nobody is left, or only those that call each other.
fn derive(
    app: &App,
    mut waiting: Vec<&Component>,
    done: &mut BTreeMap<String, Workload>,
    found: &mut Vec<Finding>,
) {
    while !waiting.is_empty() {
        let open: BTreeSet<&str> = waiting.iter().map(|c| c.id.as_str()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.iter().copied().partition(|component| {
            let mut callers = app.edges.iter().filter(|edge| edge.to == component.id);
            callers.all(|edge| edge.from == edge.to || !open.contains(edge.from.as_str()))
        });
        if ready.is_empty() {
            found.push(findings::call_cycle(&circle(app, &open)));
            return;
        }
        for component in ready {
            let callers: Vec<(&Workload, f64)> = app
                .edges
                .iter()
                .filter(|edge| edge.to == component.id && edge.from != edge.to)
                .filter_map(|edge| Some((done.get(&edge.from)?, edge.calls_per_request)))
                .filter(|(_, calls)| calls.is_finite() && *calls > 0.0)
                .collect();
            if let Some(workload) = sum(&callers) {
                done.insert(component.id.clone(), workload);
                continue;
            }
            let callers = app.edges.iter().filter(|edge| edge.to == component.id);
            let ids: Vec<&str> = callers.map(|edge| edge.from.as_str()).collect();
            found.push(findings::unknown_caller(&component.id, &ids, component.span));
        }
        waiting = rest;
    }
}

/// One circle of calls among the components that wait for each other, first one repeated at the end.
fn circle<'a>(app: &'a App, open: &BTreeSet<&'a str>) -> Vec<&'a str> {
    // Everybody left waits for somebody left: going back from caller to caller must come round.
    let mut path: Vec<&str> = open.first().copied().into_iter().collect();
    while let Some(&last) = path.last() {
        let caller = app.edges.iter().find(|e| e.to == last && open.contains(e.from.as_str()));
        let Some(edge) = caller else { break };
        let from = edge.from.as_str();
        if let Some(at) = path.iter().position(|id| *id == from) {
            let mut circle = path.split_off(at);
            circle.push(from);
            circle.reverse();
            return circle;
        }
        path.push(from);
    }
    path
}

/// The sum of several loads, each times a factor; `None` of nothing.
///
/// One caller passes its own moments on. Several are added minute by minute over the longest of their cycles.
fn sum(parts: &[(&Workload, f64)]) -> Option<Workload> {
    let (longest, _) = parts.iter().max_by_key(|(w, _)| w.cycle)?;
    let calls = |x: f64| if (x - 1.0).abs() < 1e-12 { String::new() } else { format!("{x} × ") };
    let basis: Vec<String> =
        parts.iter().map(|(w, factor)| format!("{}{}", calls(*factor), w.basis)).collect();
    let basis = format!("calls from: {}", basis.join("; "));
    if let [(only, factor)] = parts {
        return Some(Workload {
            arrivals: passed_on(only, *factor),
            basis,
            ..only.scaled(*factor)
        });
    }
    let mut per_minute = vec![0.0; longest.per_minute.len()];
    for (workload, factor) in parts {
        let each = workload.per_minute.iter().cycle().take(per_minute.len());
        let laid: f64 = each.clone().sum::<f64>() * longest.cycles_per_month;
        let month = workload.requests_per_cycle() * workload.cycles_per_month;
        // Cycles that do not divide each other are cut at the seam; the month's total stays right.
        let exact = if laid > 0.0 { month / laid } else { 0.0 };
        for (sum, requests) in per_minute.iter_mut().zip(each) {
            *sum += requests * factor * exact;
        }
    }
    let weight = |f: fn(&Workload) -> f64| {
        let months = |w: &Workload, x: &f64| w.requests_per_cycle() * w.cycles_per_month * x;
        let total: f64 = parts.iter().map(|(w, x)| months(w, x)).sum();
        let part: f64 = parts.iter().map(|(w, x)| f(w) * months(w, x)).sum();
        (total > 0.0).then(|| part / total)
    };
    let band = weight(|w| w.band.0).zip(weight(|w| w.band.1));
    Some(Workload {
        cycle: longest.cycle,
        cycles_per_month: longest.cycles_per_month,
        pace: longest.pace,
        per_minute,
        arrivals: Arrivals::Poisson,
        basis,
        band: band.unwrap_or(DECLARED_BAND),
    })
}

/// The moments at which a caller's calls arrive: its own. A caller's durations are not its callee's.
fn passed_on(caller: &Workload, calls: f64) -> Arrivals {
    match &caller.arrivals {
        Arrivals::Recorded { times, .. } if times.len() as f64 * calls <= COPIES_MAX => {
            let due = |i: usize| (i as f64 * calls + 0.5).floor() as u64;
            let copies = times
                .iter()
                .enumerate()
                .flat_map(|(i, at)| std::iter::repeat_n(*at, (due(i + 1) - due(i)) as usize));
            let times: Vec<Instant> = copies.collect();
            Arrivals::Recorded { times, durations_us: Vec::new() }
        }
        Arrivals::Recorded { .. } => Arrivals::Poisson,
        other => other.clone(),
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
