//! From a path to an application, with everything there is to say about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use import::{Candidate, Importer, Project, detect, project};
use model::{App, Component, Fact, Load, Origin, OriginKind};
use source::{FileId, Finding, Severity};

use crate::inputs::{InputError, Inputs, candidates};
use crate::ui::Ui;

/// Folders that are looked through upwards for the repository's own.
const ROOT_LEVELS_MAX: usize = 32;

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

/// Reads the application at a place: a file, several, a folder with one, or `-`; `set` are values on top of it.
pub(crate) fn load(
    places: &[PathBuf],
    set: &[String],
    inputs: &mut Inputs,
) -> anyhow::Result<Loaded> {
    let path = places.first().map_or(Path::new("."), PathBuf::as_path);
    let mut paths = Vec::new();
    for place in places {
        paths.extend(candidates(place)?);
    }
    let files = paths.iter().map(|p| inputs.look(p)).collect::<anyhow::Result<Vec<_>>>()?;
    let seen: Vec<Candidate<'_>> = files
        .iter()
        .map(|id| inputs.map.file(*id))
        .map(|file| Candidate { path: &file.path, text: &file.text })
        .collect();
    let detections = detect(&path.display().to_string(), &seen).map_err(|finding| {
        InputError::error(finding.message.clone(), finding.hint.clone().unwrap_or_default())
    })?;
    let root = root_of(path);
    let mut parts = Vec::new();
    for detection in detections {
        let chosen: Vec<FileId> = detection.files.iter().map(|&i| files[i]).collect();
        for &file in &chosen {
            inputs.used(file);
        }
        follow(&chosen, detection.importer, &root, inputs);
        parts.push((detection.importer, chosen));
    }
    let project = Project::new(&inputs.map, &root).at(&on_disk(path));
    let read =
        parts.iter().map(|(importer, files)| (importer.name(), importer.read(&project, files)));
    let (mut app, mut findings) = import::merged(read.collect());
    if !set.is_empty() {
        let text = import::overlay::text(&app, set)
            .map_err(|(message, hint)| InputError::error(format!("--set: {message}"), hint))?;
        let file = inputs.map.add("--set", text);
        findings.extend(import::overlay::apply(&mut app, &inputs.map, file));
    }
    let first = paths.first().and_then(|p| p.parent()).map(Path::to_owned).unwrap_or_default();
    let mut all = std::mem::take(&mut inputs.findings);
    all.extend(findings);
    Ok(Loaded { app, folder: first, findings: all })
}

/// Takes the regions of the command line for those of the files.
pub(crate) fn place(loaded: &mut Loaded, regions: &[String]) -> anyhow::Result<()> {
    let mut wanted = Vec::new();
    for text in regions {
        let region = import::native::region_or_all(text).map_err(|error| {
            InputError::error(format!("--region: {}", error.message), error.hint)
        })?;
        wanted.push(region);
    }
    if let [one] = &wanted[..]
        && !one.ends_with("/*")
    {
        let note = String::new();
        let origin = Origin { kind: OriginKind::Declared, span: None, note };
        loaded.app.region = Fact::Known(one.clone(), origin);
        loaded.app.regions.clear();
        return Ok(());
    }
    loaded.app.regions = wanted;
    Ok(())
}

/// Reads the files that definitions name, and those that these name; what is not there stays so.
fn follow(chosen: &[FileId], importer: &dyn Importer, root: &str, inputs: &mut Inputs) {
    let mut waiting: Vec<FileId> = chosen.to_vec();
    // Files that were looked at before are there, but nobody has followed what they name.
    let there: BTreeMap<String, FileId> =
        inputs.map.files().map(|(id, file)| (project::normal(&file.path), id)).collect();
    let path = |file: &FileId| project::normal(&inputs.map.file(*file).path);
    let mut seen: BTreeSet<String> = chosen.iter().map(path).collect();
    while let Some(file) = waiting.pop() {
        for reference in importer.references(&inputs.map, file) {
            let path = project::beside(&inputs.map.file(file).path, &reference.path);
            let inside = project::is_inside(&path, root);
            if !inside || seen.len() > project::REFERENCES_MAX || !seen.insert(path.clone()) {
                continue;
            }
            if let Some(&found) = there.get(&path) {
                inputs.used(found);
                waiting.push(found);
            } else if Path::new(&path).is_file()
                && let Ok(found) = inputs.definition(Path::new(&path))
            {
                waiting.push(found);
            }
        }
    }
}

/// The folder that files may not lead out of: the repository around the place, else the place's own folder.
fn root_of(path: &Path) -> String {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let mut up = folder.to_owned();
    for _ in 0..ROOT_LEVELS_MAX {
        if up.join(".git").exists() {
            return project::normal(&up.display().to_string());
        }
        // Only what the path itself names is gone up: a relative path stays relative.
        match up.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => up = parent.to_owned(),
            Some(_) if Path::new(".git").exists() => return String::new(),
            _ => break,
        }
    }
    project::normal(&folder.display().to_string())
}

/// The folder of a place from the root of the disk on, for its name; empty for what lies in none.
fn on_disk(path: &Path) -> String {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let inside = path.as_os_str() != "-";
    let full = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let full = std::path::absolute(full).ok().filter(|_| inside);
    full.map_or_else(String::new, |full| full.display().to_string())
}

/// Adds the rules of `--route` to the components they name. Where nobody says what a log belongs to and the
/// application has one entry, it is that one's.
pub(crate) fn route(loaded: &mut Loaded, rules: &[String]) -> anyhow::Result<()> {
    for text in rules {
        let (id, to) = rule(text)?;
        let ids: Vec<String> = loaded.app.components.iter().map(|c| c.id.clone()).collect();
        let Some(component) = loaded.app.components.iter_mut().find(|c| c.id == id) else {
            let known: Vec<&str> = ids.iter().map(String::as_str).collect();
            let message = format!("--route: there is no component `{id}`");
            return Err(InputError::error(message, import::hint(id, &known)));
        };
        component.paths.push(to.to_owned());
    }
    let claimed =
        |c: &Component| !c.paths.is_empty() || matches!(c.load, Load::Routed | Load::Trace { .. });
    if loaded.app.components.iter().any(claimed) {
        return Ok(());
    }
    let assumed = |c: &Component| matches!(&c.load, Load::Rate { rate, .. } if !rate.is_known());
    let is_entry = |c: &&mut Component| c.public.get() == Some(true) && assumed(c);
    let mut entries: Vec<&mut Component> =
        loaded.app.components.iter_mut().filter(is_entry).collect();
    if let [only] = entries.as_mut_slice() {
        only.load = Load::Routed;
    }
    Ok(())
}

/// A component and what of the traffic is its: a rule of `--route`.
pub(crate) fn rule(text: &str) -> anyhow::Result<(&str, &str)> {
    let pair = text.split_once('=').filter(|(id, to)| !id.is_empty() && !to.is_empty());
    pair.ok_or_else(|| {
        InputError::error(format!("`{text}` is no rule"), "write it as `--route api=/api`")
    })
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
