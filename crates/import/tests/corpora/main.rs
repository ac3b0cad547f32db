//! Definitions that nobody here wrote, against what an independent reader found in them.
//!
//! `cargo test -p crossover-import --test corpora -- --nocapture` prints the table. The folder is named by
//! `CROSSOVER_CORPORA`; without it there is nothing to do, and the test says so.

mod compare;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use import::{Candidate, Importer, Project, detect, project};
use model::App;
use serde_json::Value;
use source::{Finding, Severity, SourceMap};

/// What one format came to.
#[derive(Default)]
struct Tally {
    files: usize,
    read: usize,
    refused: usize,
    differ: Vec<String>,
}

#[test]
fn every_definition_is_read_or_refused_for_a_reason() {
    let Some(folder) = std::env::var_os("CROSSOVER_CORPORA").map(PathBuf::from) else {
        println!("skipped: CROSSOVER_CORPORA is not set");
        return;
    };
    let expected = std::fs::read_to_string(folder.join("EXPECTED.jsonl")).unwrap();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for line in expected.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let kind = row["kind"].as_str().unwrap();
        let Some(check) = compare::check_of(kind) else { continue };
        let file = row["file"].as_str().unwrap();
        let tally = tallies.entry(kind.to_owned()).or_default();
        tally.files += 1;
        match read(&folder, file) {
            Ok((_, app, findings)) => {
                tally.read += 1;
                tally
                    .differ
                    .extend(check(&row, &app, &findings).map(|why| format!("{file}: {why}")));
            }
            Err(reason) => {
                tally.refused += 1;
                let fine = compare::may_be_refused(&row, &reason);
                if !fine {
                    tally.differ.push(format!("{file}: refused: {reason}"));
                }
            }
        }
    }
    println!("{:12} {:>6} {:>6} {:>8} {:>7}", "format", "files", "read", "refused", "differ");
    for (kind, tally) in &tallies {
        let Tally { files, read, refused, differ } = tally;
        println!("{kind:12} {files:6} {read:6} {refused:8} {:7}", differ.len());
    }
    let all: Vec<&String> = tallies.values().flat_map(|tally| &tally.differ).collect();
    let shown: Vec<&str> = all.iter().map(|text| text.as_str()).collect();
    assert!(all.is_empty(), "{} files differ:\n{}", all.len(), shown.join("\n"));
}

/// Reads one definition with the files that it names, as the program does.
fn read(folder: &Path, file: &str) -> Result<(SourceMap, App, Vec<Finding>), String> {
    let mut sources = SourceMap::default();
    let bytes = std::fs::read(folder.join(file)).map_err(|e| e.to_string())?;
    let (id, said) = sources.read(file, &bytes);
    if let Some(finding) = said.iter().find(|f| f.severity == Severity::Error) {
        return Err(finding.message.clone());
    }
    let text = sources.file(id).text.clone();
    let found = detect(file, &[Candidate { path: file, text: &text }]);
    let importer: &dyn Importer = match found {
        Ok(found) => found[0].importer,
        Err(finding) => return Err(finding.message),
    };
    let mut waiting = vec![id];
    while let Some(next) = waiting.pop() {
        for reference in importer.references(&sources, next) {
            let path = project::beside(&sources.file(next).path, &reference.path);
            let known = sources.files().any(|(_, file)| file.path == path);
            if let (false, Ok(bytes)) = (known, std::fs::read(folder.join(&path))) {
                waiting.push(sources.read(path, &bytes).0);
            }
        }
    }
    let (app, findings) = importer.read(&Project::new(&sources, ""), &[id]);
    let errors: Vec<&str> = findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .map(|f| f.message.as_str())
        .collect();
    if app.components.is_empty() && !errors.is_empty() {
        return Err(errors.join("; "));
    }
    Ok((sources, app, findings))
}

/// Two descriptions of the same application by the same people: what both say is the same.
#[test]
fn compose_and_kubernetes_agree_where_they_say_the_same() {
    let Some(folder) = std::env::var_os("CROSSOVER_CORPORA").map(PathBuf::from) else {
        println!("skipped: CROSSOVER_CORPORA is not set");
        return;
    };
    let app = "apps/dockersamples__example-voting-app";
    let compose = read(&folder, &format!("{app}/docker-compose.yml")).unwrap().1;
    let mut sources = SourceMap::default();
    let place = folder.join(app).join("k8s-specifications");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let ids: Vec<source::FileId> = paths
        .iter()
        .map(|path| {
            let name = format!("{app}/{}", path.file_name().unwrap().to_string_lossy());
            sources.read(name, &std::fs::read(path).unwrap()).0
        })
        .collect();
    let project = Project::new(&sources, "");
    let kubernetes = import::kubernetes::Kubernetes.read(&project, &ids).0;
    let parts = |app: &App| -> Vec<(String, model::Kind, Option<model::Engine>)> {
        let engine = |c: &model::Component| c.engine.as_ref().and_then(model::Fact::get);
        app.components.iter().map(|c| (c.id.clone(), c.kind, engine(c))).collect()
    };
    assert_eq!(parts(&compose), parts(&kubernetes));
    let public = |app: &App| -> Vec<String> {
        let all = app.components.iter().filter(|c| c.kind == model::Kind::Http);
        all.filter(|c| c.public.get() == Some(true)).map(|c| c.id.clone()).collect()
    };
    assert_eq!(public(&compose), ["result", "vote"]);
    assert_eq!(public(&compose), public(&kubernetes));
}
