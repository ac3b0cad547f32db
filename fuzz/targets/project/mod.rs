//! A whole project in one input: `#### path` on a line of its own begins the next file, the first has the usual name.

use import::{Importer, Project, native};
use source::{Severity, SourceMap, Span};

/// Begins the name of the next file.
const MARK: &[u8] = b"#### ";
/// Files of one project.
const FILES_MAX: usize = 8;

/// Reads a project with one importer, checks what holds of every reading, and reads what is written of it.
pub(crate) fn read(importer: &dyn Importer, first: &str, bytes: &[u8]) {
    let mut sources = SourceMap::default();
    let mut ids = Vec::new();
    for (path, text) in files(first, bytes) {
        let (id, _) = sources.read(path.as_str(), text);
        importer.detects(&path, &sources.file(id).text);
        ids.push(id);
    }
    for &id in &ids {
        for reference in importer.references(&sources, id) {
            inside(&sources, reference.span);
        }
    }
    let (app, findings) = importer.read(&Project::new(&sources, ""), &ids);
    for label in findings.iter().flat_map(|finding| &finding.labels) {
        inside(&sources, label.span);
    }
    for component in &app.components {
        component.span.into_iter().for_each(|span| inside(&sources, span));
        let ports = component.blueprint.iter().flat_map(|blueprint| &blueprint.ports);
        ports.filter_map(|port| port.span).for_each(|span| inside(&sources, span));
    }
    for edge in &app.edges {
        assert!(app.component(&edge.from).is_some() && app.component(&edge.to).is_some());
        let span = edge.origin.as_ref().and_then(|origin| origin.span);
        span.into_iter().for_each(|span| inside(&sources, span));
    }
    assert!(app.components.is_sorted_by(|a, b| a.id < b.id));
    if app.components.is_empty() {
        return;
    }
    let text = native::write(&app, &sources);
    let mut written = SourceMap::default();
    let file = written.add("crossover.yaml", text);
    let (_, findings) = native::Native.read(&Project::new(&written, ""), &[file]);
    assert!(findings.iter().all(|finding| finding.severity < Severity::Error), "{findings:?}");
}

fn inside(sources: &SourceMap, span: Span) {
    assert!(sources.file(span.file).text.get(span.start..span.end).is_some(), "{span:?}");
}

fn files<'b>(first: &str, bytes: &'b [u8]) -> Vec<(String, &'b [u8])> {
    let mut found: Vec<(String, &'b [u8])> = Vec::new();
    let (mut name, mut from, mut at) = (first.to_owned(), 0, 0);
    while at < bytes.len() && found.len() < FILES_MAX {
        let rest = &bytes[at..];
        let line = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        if let Some(path) = rest[..line].strip_prefix(MARK) {
            found.push((name, &bytes[from..at]));
            name = String::from_utf8_lossy(path).into_owned();
            from = (at + line + 1).min(bytes.len());
        }
        at += line + 1;
    }
    found.push((name, &bytes[from..]));
    found
}
