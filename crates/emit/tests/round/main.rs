//! There and back: what is written is read again as the same application.
//!
//! Real definitions of the corpora are read through `CROSSOVER_CORPORA`; without it, small ones of our own.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod beside;
mod beyond;
mod broken;
mod facts;
mod files;
mod functions;
mod hostile;
mod hours;
mod identity;
mod inside;
mod jobs;
mod kompose;
mod outside;
mod placed;
mod server;
mod shapes;
mod split;
mod stack;
mod steps;
mod stores;
mod tables;
mod terraform;
mod topics;
mod typed;
mod urls;
mod valid;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use emit::{Emitted, EmittedFile, Plan};
use import::{ALL, Candidate, Project, detect};
use model::App;
use source::SourceMap;

/// Reads one file as the application that it is; `None` if it is none.
fn read(path: &str, bytes: &[u8]) -> Option<(App, SourceMap)> {
    let mut sources = SourceMap::default();
    let (file, _) = sources.read(path, bytes);
    let text = sources.file(file).text.clone();
    let found = detect(path, &[Candidate { path, text: &text }]).ok()?;
    let (app, _) = found.first()?.importer.read(&Project::new(&sources, ""), &[file]);
    Some((app, sources))
}

/// Writes an application for Kubernetes.
fn written(app: &App, sources: &SourceMap) -> Emitted {
    let placements = placed::on_kubernetes(app);
    let target = emit::by_name("kubernetes");
    emit::emit(&Plan::of_placements(app, &placements, sources, "a test".to_owned(), target))
}

/// Reads what was written, as a folder of manifests.
fn again(emitted: &Emitted) -> App {
    let mut sources = SourceMap::default();
    let manifests = emitted.files.iter().filter(|file| file.path != "README.md");
    let files: Vec<_> =
        manifests.map(|file| sources.add(file.path.as_str(), file.text.as_str())).collect();
    let kubernetes = ALL.iter().find(|importer| importer.name() == "Kubernetes").unwrap();
    let (app, findings) = kubernetes.read(&Project::new(&sources, ""), &files);
    let errors: Vec<_> =
        findings.iter().filter(|f| f.severity == source::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    app
}

/// The same application under the names that Kubernetes allows.
fn renamed(app: &App, sources: &SourceMap) -> App {
    let placements = placed::on_kubernetes(app);
    let plan = Plan::of_placements(app, &placements, sources, String::new(), None);
    let name = |id: &str| plan.part(id).unwrap().name.clone();
    let mut app = app.clone();
    for component in &mut app.components {
        component.id = name(&component.id);
        for job in component.blueprint.iter_mut().flat_map(|blueprint| &mut blueprint.after) {
            *job = name(job);
        }
    }
    for edge in &mut app.edges {
        (edge.from, edge.to) = (name(&edge.from), name(&edge.to));
    }
    app
}

/// Writes what was emitted below the folder that `CROSSOVER_EMITTED` names, for other programs to look at.
fn keep(path: &str, emitted: &Emitted) {
    let Some(folder) = std::env::var_os("CROSSOVER_EMITTED").map(PathBuf::from) else { return };
    let own = folder.join(path.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
    for file in &emitted.files {
        let place = own.join(&file.path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, &file.text).unwrap();
    }
}

/// Keeps manifests of which there are many, called by what they hold.
fn keep_manifests(files: &[EmittedFile]) {
    let files: Vec<EmittedFile> =
        files.iter().filter(|file| file.path.starts_with("kubernetes/")).cloned().collect();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        (&file.path, &file.text).hash(&mut hasher);
    }
    let name = format!("manifests/{:016x}", hasher.finish());
    keep(&name, &Emitted { files, ..Emitted::default() });
}

/// What is wrong with manifests, a line each: for their types, for the API server, for each other.
fn faults(files: &[EmittedFile]) -> Vec<String> {
    [valid::faults(files), typed::faults(files).1, server::faults(files)].concat()
}

/// How the two differ, a line each.
fn differences(path: &str, bytes: &[u8]) -> Vec<String> {
    let Some((app, sources)) = read(path, bytes) else { return Vec::new() };
    let emitted = written(&app, &sources);
    keep(path, &emitted);
    let knative = hostile::for_knative(&app, &sources);
    keep(&format!("knative/{path}"), &knative);
    let faults = [faults(&emitted.files), faults(&knative.files)].concat();
    assert!(faults.is_empty(), "{path}: {}", faults.join("\n"));
    let back = again(&emitted);
    let (wanted, got) = (facts::expected(&renamed(&app, &sources)), facts::of(&back));
    let missing = wanted.difference(&got).map(|fact| format!("- {fact}"));
    let added = got.difference(&wanted).map(|fact| format!("+ {fact}"));
    let all: Vec<String> = missing.chain(added).collect();
    if all.is_empty() { all } else { vec![format!("{path}:\n  {}", all.join("\n  "))] }
}

#[test]
fn what_is_written_for_kubernetes_is_read_as_the_same_application() {
    for (path, text) in [
        ("compose.yaml", include_str!("compose.yaml")),
        ("manifests.yaml", include_str!("manifests.yaml")),
    ] {
        let found = differences(path, text.as_bytes());
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

/// Gives each file of these kinds in the corpora to `look`; how many there were, none where they are not there.
#[expect(clippy::print_stdout, reason = "a test that skips says so")]
fn corpora(kinds: &[&str], mut look: impl FnMut(&str, &[u8])) -> usize {
    let Some(folder) = std::env::var_os("CROSSOVER_CORPORA").map(PathBuf::from) else {
        println!("skipped: CROSSOVER_CORPORA is not set");
        return 0;
    };
    let expected = std::fs::read_to_string(folder.join("EXPECTED.jsonl")).unwrap();
    let mut files = 0;
    for line in expected.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = row["file"].as_str().unwrap();
        if !kinds.contains(&row["kind"].as_str().unwrap()) {
            continue;
        }
        let Ok(bytes) = std::fs::read(folder.join(file)) else { continue };
        files += 1;
        look(file, &bytes);
    }
    assert!(files > 100, "{files}");
    files
}

#[test]
fn definitions_that_nobody_here_wrote_come_back() {
    let mut differ = Vec::new();
    let apps = corpora(&["compose", "k8s", "kubernetes", "knative"], |file, bytes| {
        differ.extend(differences(file, bytes));
    });
    assert!(differ.is_empty(), "{} of {apps} differ:\n{}", differ.len(), differ.join("\n"));
}
