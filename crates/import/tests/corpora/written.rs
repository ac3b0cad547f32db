//! Every application that is read is written in our own format and read again as the same one.

use std::path::PathBuf;

use import::{Importer, Project, defaults, native};
use model::{App, Component, Fact, Load};
use serde_json::Value;
use source::{Severity, SourceMap};

#[test]
fn every_application_is_written_and_read_as_the_same() {
    let Some(folder) = std::env::var_os("CROSSOVER_CORPORA").map(PathBuf::from) else {
        println!("skipped: CROSSOVER_CORPORA is not set");
        return;
    };
    let expected = std::fs::read_to_string(folder.join("EXPECTED.jsonl")).unwrap();
    let (mut apps, mut lines, mut left_out, mut differ) = (0, 0, Vec::new(), Vec::new());
    for line in expected.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if super::compare::check_of(row["kind"].as_str().unwrap()).is_none() {
            continue;
        }
        let file = row["file"].as_str().unwrap();
        let Ok((sources, app, _)) = super::read(&folder, file) else { continue };
        if app.components.is_empty() {
            continue;
        }
        apps += 1;
        let text = native::write(&app, &sources);
        lines += text.lines().count();
        let out = text.lines().filter(|line| line.contains("# left out: "));
        left_out.extend(out.map(|line| format!("{file}: {}", line.trim())));
        differ.extend(differences(&app, &text).map(|why| format!("{file}: {why}")));
    }
    println!("{apps} applications written in {lines} lines, {} left out", left_out.len());
    for line in &left_out {
        println!("{line}");
    }
    assert!(apps > 1000, "{apps}");
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert!(left_out.len() < 20, "{}", left_out.len());
}

/// What is wrong with the written text, if anything.
fn differences(app: &App, text: &str) -> Option<String> {
    let mut sources = SourceMap::default();
    let file = sources.add("crossover.yaml", text);
    let (again, findings) = native::Native.read(&Project::new(&sources, ""), &[file]);
    if let Some(error) = findings.iter().find(|f| f.severity == Severity::Error) {
        return Some(error.message.clone());
    }
    // A line that the format refuses stands there with the reason; the count of these is held elsewhere.
    if text.contains("# left out: ") {
        return None;
    }
    let (before, after) = (essence(app), essence(&again));
    let pair = before.iter().zip(&after).find(|(a, b)| a != b);
    match pair {
        Some((a, b)) => Some(format!("{a}\n  became {b}")),
        None => (before.len() != after.len())
            .then(|| format!("{} parts and calls, not {}", after.len(), before.len())),
    }
}

fn essence(app: &App) -> Vec<String> {
    // Ids that our format does not allow are written in another way, so places stand for names.
    let mut all: Vec<String> = app.components.iter().map(component).collect();
    all.sort();
    let mut calls: Vec<String> = app
        .edges
        .iter()
        .map(|e| format!("{:?} {} {:?}", e.kind, e.calls_per_request, e.bytes.get()))
        .collect();
    calls.sort();
    all.extend(calls);
    all
}

fn component(c: &Component) -> String {
    let load = match &c.load {
        Load::Rate { rate, .. } => format!("{:.9e}", rate.get().map_or(0.0, units::Rate::hertz)),
        Load::Cron { expression, requests, .. } => format!("{expression} {requests}"),
        other => format!("{other:?}"),
    };
    format!(
        "{:?} memory {:?} cpu {:?} load {load} work {:?} {:?} needs {:?} engine {:?} storage {:?} paths {:?} public {:?}",
        c.kind,
        // What nobody knows comes back as what a component of this kind is assumed to have.
        c.memory.get().or_else(|| defaults::component("", c.kind, None).memory.get()),
        c.cpu_request.as_ref().and_then(Fact::get),
        c.demand.cpu.value(),
        c.demand.wait.value(),
        c.needs.iter().collect::<Vec<_>>(),
        c.engine.as_ref().and_then(Fact::get),
        // Our format has data of stateful parts only.
        c.storage.as_ref().filter(|_| c.kind == model::Kind::Stateful).and_then(Fact::get),
        c.paths,
        c.public.get(),
    )
}
