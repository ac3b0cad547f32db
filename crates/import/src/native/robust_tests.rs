//! Nothing that anybody can write makes the reader fail.

use std::fmt::Write as _;

use proptest::prelude::*;
use source::{Finding, SourceMap};

use super::tests::EVERY_KEY;
use super::{Importer, Native};

/// Reads bytes and checks that every place is inside the text.
fn survive(bytes: &[u8]) -> Vec<Finding> {
    let mut sources = SourceMap::default();
    let (file, mut findings) = sources.read("crossover.yaml", bytes);
    let (app, more) = Native.read(&crate::Project::new(&sources, ""), &[file]);
    findings.extend(more);
    let text = &sources.file(file).text;
    for label in findings.iter().flat_map(|f| &f.labels) {
        let span = label.span;
        assert!(text.get(span.start..span.end).is_some(), "{span:?} of {}", text.len());
    }
    assert!(app.components.is_sorted_by(|a, b| a.id < b.id));
    for edge in &app.edges {
        assert!(app.component(&edge.from).is_some() && app.component(&edge.to).is_some());
    }
    findings
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        survive(&bytes);
    }

    #[test]
    fn damaged_files_are_survived(
        at in 0..EVERY_KEY.len(),
        gone in 0..40_usize,
        put in proptest::collection::vec(prop_oneof![Just(b'{'), Just(b'}'), Just(b'['), Just(b':'), Just(b'\n'), Just(b'*'), Just(b'&'), Just(b'9'), Just(b'-'), Just(b'\t'), any::<u8>()], 0..6),
    ) {
        let mut bytes = EVERY_KEY.as_bytes().to_vec();
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, put);
        survive(&bytes);
    }

    #[test]
    fn strange_values_are_survived(key in "[a-z_]{1,14}", value in "\\PC{0,40}", number in any::<f64>(), unit in "[a-zA-Z/% ]{0,8}") {
        for text in [value.clone(), format!("'{}'", value.replace('\'', "''")), format!("{number}{unit}"), format!("{{ p50: {number}{unit}, p99: {value:?} }}")] {
            for real in [key.as_str(), "memory", "load", "duration", "slo", "calls", "runtime", "paths", "concurrency"] {
                survive(format!("components:\n  a:\n    kind: http\n    {real}: {text}\n").as_bytes());
            }
        }
    }
}

#[test]
fn sheer_size_is_refused_quickly() {
    let huge = vec![b'['; source::FILE_BYTES_MAX];
    assert_eq!(survive(&huge).len(), 1);
    let mut text = "components:\n".to_owned();
    for i in 0..5000 {
        let next = (i + 1) % 5000;
        let _ = writeln!(text, "  c{i}: {{ kind: http, cpu: 1 ms, calls: [c{next}] }}");
    }
    let findings = survive(text.as_bytes());
    assert!(
        findings.iter().any(|f| f.message == "components: more than 500; the rest is not read")
    );
    for wrong in ["k{i}: 1, ", "needs: [n{i}], ", "[{i}]: 1, ", "a{i}: 1, a{i}: 2, "] {
        let keys: String = (0..20_000).map(|i| wrong.replace("{i}", &i.to_string())).collect();
        assert!(
            survive(format!("components: {{ a: {{ kind: http, {keys} }} }}").as_bytes()).len()
                < 320
        );
    }
    let banana = "  a: { banana: 1 }\n".repeat(3);
    assert!(survive(format!("components:\n{banana}").as_bytes()).len() < 10);
}

/// Real definitions of many formats, where they are at hand: every tree is read, and only known-bad files are refused.
#[test]
#[expect(clippy::disallowed_methods, reason = "the corpora are outside of the repository")]
fn real_definitions_are_read_as_trees() {
    let Ok(root) = std::env::var("CROSSOVER_CORPORA") else {
        eprintln!("skipped: CROSSOVER_CORPORA is not set");
        return;
    };
    let mut open = vec![std::path::PathBuf::from(root).join("apps")];
    let (mut files, mut bad) = (0, Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        if !path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            continue;
        }
        files += 1;
        let mut sources = SourceMap::default();
        let (file, mut findings) =
            sources.read(path.display().to_string(), &std::fs::read(&path).unwrap());
        findings.extend(source::yaml::parse(&sources, file).1);
        for finding in findings {
            let place = finding.labels.first().map_or(String::new(), |l| sources.place(l.span));
            bad.push(format!("{place}: {} {}", finding.id, finding.message));
        }
    }
    let syntax: Vec<&String> =
        bad.iter().filter(|line| line.contains(source::yaml::SYNTAX)).collect();
    assert!(files > 1000, "{files} files");
    assert!(syntax.len() <= 3, "{bad:#?}");
}
