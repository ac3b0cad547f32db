//! What is refused, and in which words: the table is `tests/data/refusals.txt`.
//!
//! A case is `=== ` and a file, then what is said about it: `! id line: message` and `> hint`.

use std::fmt::Write as _;

use super::keys::{ASSUME, COMPONENT, Holds, ROOT};
use super::tests::{EVERY_KEY, read, said};

const TABLE: &str = include_str!("../../tests/data/refusals.txt");
/// Letters of a hint in the table.
const HINT_SHOWN: usize = 90;

#[test]
fn every_refusal_names_its_line_and_its_remedy() {
    let mut actual = String::new();
    let mut cases = 0;
    for case in TABLE.split("=== ").skip(1) {
        let input: String = case
            .lines()
            .filter(|line| !line.starts_with("! ") && !line.starts_with("> "))
            .fold(String::new(), |text, line| text + line + "\n");
        let _ = write!(actual, "=== {input}");
        let (sources, _, findings) = read(&input);
        assert!(!findings.is_empty(), "nothing is said about: {input}");
        for (line, finding) in said(&sources, &findings).iter().zip(&findings) {
            let hint: String =
                finding.hint.iter().flat_map(|h| h.chars()).take(HINT_SHOWN).collect();
            let _ = write!(actual, "! {line}\n> {hint}\n");
        }
        cases += 1;
    }
    assert!(cases > 80, "only {cases} cases");
    // To take a change over: write `actual` to the file and read the difference.
    for (expected, actual) in TABLE.lines().zip(actual.lines()) {
        assert_eq!(expected, actual);
    }
    assert_eq!(TABLE.lines().count(), actual.lines().count());
}

#[test]
fn every_key_of_the_table_is_read() {
    // A value that is right nowhere must be noticed under every key.
    let garbage = "{ nonsense: [\"?\"] }";
    for key in
        ROOT.keys.iter().filter(|key| !matches!(key.holds, Holds::Mapping(_) | Holds::Components))
    {
        let (_, _, findings) = read(&format!(
            "{}: {garbage}\ncomponents: {{ a: {{ kind: http, cpu: 1 ms }} }}\n",
            key.name
        ));
        assert!(!findings.is_empty(), "{} is not read", key.name);
    }
    for key in ASSUME.keys {
        let (_, _, findings) = read(&format!(
            "assume: {{ {}: {garbage} }}\ncomponents: {{ a: {{ kind: http, cpu: 1 ms }} }}\n",
            key.name
        ));
        assert!(!findings.is_empty(), "assume.{} is not read", key.name);
    }
    for key in COMPONENT.keys.iter().filter(|key| key.name != "kind") {
        let work = if key.name == "cpu" { "" } else { "cpu: 1 ms, " };
        let (sources, _, findings) = read(&format!("components:\n  a: {{ kind: stateful, engine: other, {work}\n    {}: {garbage} }}\n", key.name).replace("engine: other, ", if key.name == "engine" { "" } else { "engine: other, " }));
        assert!(
            said(&sources, &findings).iter().any(|line| line.contains(" 3: ")),
            "{} is not read: {:?}",
            key.name,
            said(&sources, &findings)
        );
    }
}

#[test]
fn the_file_with_every_key_has_every_key() {
    for section in [
        &ROOT,
        &COMPONENT,
        &super::keys::LOAD,
        &super::keys::SHAPE,
        &super::keys::CALL,
        &super::keys::SLO,
        &super::keys::DISTRIBUTION,
        &super::keys::EVENTS,
        &super::keys::QUOTAS,
        &ASSUME,
    ] {
        for key in section.keys {
            assert!(
                EVERY_KEY.contains(&format!("{}: ", key.name))
                    || EVERY_KEY.contains(&format!("{}:\n", key.name)),
                "{}.{}",
                section.schema,
                key.name
            );
        }
    }
}

#[test]
fn every_example_in_the_table_is_right() {
    for key in COMPONENT.keys.iter().filter(|key| key.name != "calls") {
        let engine = if ["engine", "storage"].contains(&key.name) {
            "kind: stateful, engine: postgres"
        } else {
            "kind: http"
        };
        let text = format!(
            "components:\n  a: {{ cpu: 1 ms, needs: [websockets], {engine} }}\n  b:\n    <<: {{ cpu: 1 ms, needs: [websockets], {engine} }}\n    {}: {}\n",
            key.name, key.example
        );
        let (sources, _, findings) = read(&text);
        let errors: Vec<_> =
            findings.into_iter().filter(|f| f.severity == source::Severity::Error).collect();
        assert_eq!(said(&sources, &errors), [""; 0], "{}: {}", key.name, key.example);
    }
    for key in ROOT.keys.iter().filter(|key| key.name != "components") {
        let text = format!(
            "{}: {}\ncomponents: {{ a: {{ kind: http, cpu: 1 ms }} }}\n",
            key.name, key.example
        );
        let (sources, _, findings) = read(&text);
        assert_eq!(said(&sources, &findings), [""; 0], "{}: {}", key.name, key.example);
    }
}
