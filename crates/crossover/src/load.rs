//! The traffic of an application: logs from the command line, traces that its definition names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::{App, Component, Load};
use source::Finding;
use traffic::{Evidence, LogReport, Reading, Recorded, Router, Workload};

use crate::app::Loaded;
use crate::cli::LogReading;
use crate::inputs::Inputs;
use crate::logs;
use crate::ui::Ui;
pub(crate) use units::grouped;

/// Finding id: a trace named in a definition cannot be opened.
const TRACE_UNREADABLE: &str = "IN090";

/// Finding id: a log whose requests are nobody's.
const NOBODYS: &str = "IN091";
/// Components named where their load is assumed; more are counted.
const NAMED_MOST: usize = 4;

/// Components that clients reach which a hint names.
const NAMED_FACES: usize = 8;

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Loads {
    /// Recorded traffic by component.
    pub recorded: BTreeMap<String, Recorded>,
    /// What the readers found.
    pub findings: Vec<Finding>,
    /// Mean bytes of a response by component, as the logs say.
    pub mean_response: BTreeMap<String, u64>,
    /// What metrics, traces and measurements say; what belongs to one component alone is named by its id.
    pub evidence: Vec<(Option<String>, Evidence)>,
    /// For the head of the report: `access.log: 4 days, 10,000 lines, 0 skipped`.
    pub summary: String,
}

/// Reads all traffic: `logs` are routed by path prefix, traces belong to the component that names them.
pub(crate) fn traffic(
    loaded: &Loaded,
    logs: &[PathBuf],
    how: &LogReading,
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<Loads> {
    let mut loads = Loads::default();
    for component in &loaded.app.components {
        if let Load::Trace { path, span } = &component.load {
            let full = loaded.folder.join(path);
            let read = Router::all_to(&component.id);
            let how = LogReading::default();
            let traffic =
                logs::expanded(&[full]).and_then(|files| log(&files, &read, &how, inputs, ui, Ok));
            match traffic {
                Ok(traffic) => {
                    loads.recorded.extend(traffic.per_component);
                    loads.evidence.push((Some(component.id.clone()), traffic.evidence));
                    loads.findings.extend(traffic.findings);
                }
                Err(error) => {
                    let finding = Finding::error(TRACE_UNREADABLE, error.to_string())
                        .hint("the path is taken relative to the file that names it");
                    loads.findings.push(match span {
                        Some(span) => finding.at(*span),
                        None => finding,
                    });
                }
            }
        }
    }
    if !logs.is_empty() {
        let (traffic, findings) = routed(&loaded.app, logs, how, inputs, ui)?;
        loads.summary = summary(&traffic.report);
        loads.findings.extend(nobodys(&loaded.app, &traffic.report));
        loads.mean_response = traffic.report.mean_bytes_routed;
        loads.recorded.extend(traffic.per_component);
        loads.evidence.push((None, traffic.evidence));
        loads.findings.extend(findings);
    }
    Ok(loads)
}

/// A log of which no component takes anything: the plan would go on without it, and look as if it rested on it.
fn nobodys(app: &App, report: &LogReport) -> Option<Finding> {
    let has_rules = app.components.iter().any(|c| !c.paths.is_empty());
    if report.requests == 0 || !report.routed.is_empty() || has_rules {
        return None;
    }
    let message = format!(
        "no component takes any of the {} requests of the traffic: several face clients, and nothing says whose they are",
        grouped(report.requests)
    );
    let public = app.components.iter().filter(|c| c.public.get() == Some(true));
    let mut names: Vec<&str> = public.map(|c| c.id.as_str()).collect();
    let more = names.len().saturating_sub(NAMED_FACES);
    names.truncate(NAMED_FACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let hint = format!(
        "say whose: `--route COMPONENT=/` for all of them, `--route COMPONENT=/api` for some; clients reach {}{more}",
        names.join(", ")
    );
    Some(Finding::warning(NOBODYS, message).hint(hint))
}

/// What the month's requests rest on: how many were recorded or declared, and whose are assumed.
pub(crate) fn basis(app: &App, loads: &Loads, workloads: &BTreeMap<String, Workload>) -> String {
    let called = |id: &str| app.edges.iter().any(|edge| edge.to == id);
    let is_assumed = |c: &&Component| {
        let rate = matches!(&c.load, Load::Rate { rate: model::Fact::Assumed(..), .. });
        rate && !loads.recorded.contains_key(&c.id) && !called(&c.id)
    };
    let month = |c: &Component| workloads.get(&c.id).map_or(0, Workload::requests_month);
    let assumed: Vec<&Component> = app.components.iter().filter(is_assumed).collect();
    let sum: u64 = assumed.iter().map(|c| month(c)).sum();
    if sum == 0 {
        return loads.summary.clone();
    }
    let names: Vec<&str> = assumed.iter().map(|c| c.id.as_str()).collect();
    let who = match names.as_slice() {
        [one] => (*one).to_owned(),
        [most @ .., last] if names.len() <= NAMED_MOST => format!("{} and {last}", most.join(", ")),
        _ => format!("{} components", names.len()),
    };
    let guess = format!("{} requests a month are assumed, for {who}", report::count(sum as f64));
    if loads.summary.is_empty() { guess } else { format!("{}; {guess}", loads.summary) }
}

/// Reads logs and routes their requests to the components of `app`; all findings come beside.
pub(crate) fn routed(
    app: &App,
    logs: &[PathBuf],
    how: &LogReading,
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<(traffic::Traffic, Vec<Finding>)> {
    let (router, mut findings) = Router::new(app);
    let mut traffic = log(&logs::expanded(logs)?, &router, how, inputs, ui, Ok)?;
    findings.append(&mut traffic.findings);
    Ok((traffic, findings))
}

/// Reads logs, as [`logs::expanded`] names them; `prepared` may ask more of the reading.
pub(crate) fn log<'r>(
    files: &[PathBuf],
    router: &'r Router,
    how: &LogReading,
    inputs: &mut Inputs,
    ui: &Ui,
    prepared: impl FnOnce(Reading<'r>) -> anyhow::Result<Reading<'r>>,
) -> anyhow::Result<traffic::Traffic> {
    let mut reading = Reading::new(router);
    logs::configure(&mut reading, how)?;
    if let Some(share) = inputs.sampling {
        reading.sampled(share);
    }
    reading = prepared(reading)?;
    logs::read(&mut reading, files, inputs, ui)?;
    Ok(reading.finish())
}

/// `access.log: 14 days, 1,600,000 lines, 12 skipped`.
pub(crate) fn summary(report: &LogReport) -> String {
    let names = match report.files.as_slice() {
        [] => return String::new(),
        [one] => one.name.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
    };
    let span = report.rhythm.as_ref().map_or(String::new(), |r| format!("{}, ", r.span()));
    format!(
        "{names}: {span}{} {}, {} skipped",
        grouped(report.lines()),
        if report.lines() == 1 { "line" } else { "lines" },
        grouped(report.skipped())
    )
}
