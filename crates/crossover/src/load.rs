//! The traffic of an application: logs from the command line, traces that its definition names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::{App, Load};
use source::Finding;
use traffic::{Evidence, LogReport, Reading, Recorded, Router};

use crate::app::Loaded;
use crate::cli::LogReading;
use crate::inputs::Inputs;
use crate::logs;
use crate::ui::Ui;
pub(crate) use units::grouped;

/// Finding id: a trace named in a definition cannot be opened.
const TRACE_UNREADABLE: &str = "IN090";

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
        loads.mean_response = traffic.report.mean_bytes_routed;
        loads.recorded.extend(traffic.per_component);
        loads.evidence.push((None, traffic.evidence));
        loads.findings.extend(findings);
    }
    Ok(loads)
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
