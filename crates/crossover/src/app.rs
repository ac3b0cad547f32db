//! From a path to an application, with everything there is to say about it.

use std::path::{Path, PathBuf};

use import::{Candidate, detect};
use model::App;
use source::{Finding, Severity};

use crate::inputs::{InputError, Inputs, candidates};
use crate::ui::Ui;

/// An application as read, and where it lives.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The application.
    pub app: App,
    /// The folder that relative paths in it are taken from.
    pub folder: PathBuf,
    /// What the reader found.
    pub findings: Vec<Finding>,
}

/// Reads the application at `path`: a file, a folder with one, or `-`.
pub(crate) fn load(path: &Path, inputs: &mut Inputs) -> anyhow::Result<Loaded> {
    let paths = candidates(path)?;
    let files = paths.iter().map(|p| inputs.definition(p)).collect::<anyhow::Result<Vec<_>>>()?;
    let seen: Vec<Candidate<'_>> = files
        .iter()
        .map(|id| inputs.map.file(*id))
        .map(|file| Candidate { path: &file.path, start: &file.text })
        .collect();
    let detection = detect(&path.display().to_string(), &seen).map_err(|finding| {
        InputError::error(finding.message.clone(), finding.hint.clone().unwrap_or_default())
    })?;
    let chosen: Vec<_> = detection.files.iter().map(|&i| files[i]).collect();
    let (app, findings) = detection.importer.read(&inputs.map, &chosen);
    let first = paths.first().and_then(|p| p.parent()).map(Path::to_owned).unwrap_or_default();
    let mut all = std::mem::take(&mut inputs.findings);
    all.extend(findings);
    Ok(Loaded { app, folder: first, findings: all })
}

/// Prints findings to standard error; only errors and warnings unless `-v` is given.
pub(crate) fn tell(findings: &[Finding], inputs: &Inputs, ui: &Ui) {
    let least = if ui.verbose > 0 { Severity::Note } else { Severity::Warning };
    let shown: Vec<Finding> = findings.iter().filter(|f| f.severity >= least).cloned().collect();
    if !shown.is_empty() {
        ui.talk(&report::findings::render(&shown, &inputs.map, ui.width, ui.style_err()));
    }
}

/// Whether any finding is an error.
pub(crate) fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|f| f.severity == Severity::Error)
}
