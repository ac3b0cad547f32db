//! The traffic of an application: logs from the command line, traces that its definition names.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::PathBuf;

use model::{App, Load};
use sha2::{Digest, Sha256};
use source::Finding;
use traffic::{LogReport, Reading, Recorded, Router};

use crate::app::Loaded;
use crate::inputs::{self, Inputs, hex};
use crate::ui::Ui;

/// Finding id: a trace named in a definition cannot be opened.
const TRACE_UNREADABLE: &str = "IN090";
/// Bytes between two looks at the progress line.
const PROGRESS_EVERY: u64 = 16 << 20;

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Loads {
    /// Recorded traffic by component.
    pub recorded: BTreeMap<String, Recorded>,
    /// What the readers found.
    pub findings: Vec<Finding>,
    /// Mean bytes of a response by component, as the logs say.
    pub mean_response: BTreeMap<String, u64>,
    /// For the head of the report: `access.log: 4 days, 10,000 lines, 0 skipped`.
    pub summary: String,
}

/// Reads all traffic: `logs` are routed by path prefix, traces belong to the component that names them.
pub(crate) fn traffic(
    loaded: &Loaded,
    logs: &[PathBuf],
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<Loads> {
    let mut loads = Loads::default();
    for component in &loaded.app.components {
        if let Load::Trace { path, span } = &component.load {
            let full = loaded.folder.join(path);
            let read = Router::all_to(&component.id);
            match log(&[full], &read, inputs, ui) {
                Ok(traffic) => {
                    loads.recorded.extend(traffic.per_component);
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
        let (report, traffic) = routed(&loaded.app, logs, inputs, ui)?;
        loads.summary = summary(&report);
        loads.mean_response = report.mean_bytes_routed;
        loads.recorded.extend(traffic.0);
        loads.findings.extend(traffic.1);
    }
    Ok(loads)
}

type Routed = (BTreeMap<String, Recorded>, Vec<Finding>);

/// Reads logs and routes their requests to the components of `app`.
pub(crate) fn routed(
    app: &App,
    logs: &[PathBuf],
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<(LogReport, Routed)> {
    let (router, mut findings) = Router::new(app);
    let traffic = log(logs, &router, inputs, ui)?;
    findings.extend(traffic.findings);
    Ok((traffic.report, (traffic.per_component, findings)))
}

/// Reads logs in the order given; `-` is standard input.
pub(crate) fn log(
    paths: &[PathBuf],
    router: &Router,
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<traffic::Traffic> {
    let mut reading = Reading::new(router);
    for path in paths {
        let name = path.display().to_string();
        let short =
            path.file_name().map_or_else(|| name.clone(), |n| n.to_string_lossy().into_owned());
        let (input, size): (Box<dyn Read>, u64) = if path.as_os_str() == "-" {
            (Box::new(std::io::stdin().lock()), 0)
        } else {
            let file = inputs::open(path)?;
            let size = file.metadata().map_or(0, |m| m.len());
            (Box::new(file), size)
        };
        let mut watched = Watched {
            input: BufReader::new(input),
            hash: Sha256::new(),
            bytes: 0,
            shown: 0,
            size,
            name: &short,
            ui,
        };
        reading.file(&short, &mut watched);
        // What the reader left (after a broken part, say) still belongs to the file's hash.
        let hash = watched.hash.finalize();
        inputs.note(&name, hex(&hash));
    }
    Ok(reading.finish())
}

/// Hashes what passes through and shows how far it is.
struct Watched<'a, R: Read> {
    input: R,
    hash: Sha256,
    bytes: u64,
    shown: u64,
    size: u64,
    name: &'a str,
    ui: &'a Ui,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.hash.update(buffer.get(..n).unwrap_or_default());
        self.bytes += n as u64;
        if self.bytes - self.shown > PROGRESS_EVERY {
            self.shown = self.bytes;
            let (done, of) = (self.bytes >> 20, self.size.max(self.bytes) >> 20);
            self.ui.progress(&format!("reading {} (MiB)", self.name), done, of);
        }
        Ok(n)
    }
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
        "{names}: {span}{} lines, {} skipped",
        grouped(report.lines()),
        grouped(report.skipped())
    )
}

/// A count with its thousands apart: `1,600,000`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
