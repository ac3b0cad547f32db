//! One thing, one file, one line in the table beside it: no file may be forgotten, no line may dangle.

use std::collections::BTreeSet;
use std::path::Path;

use super::root;

/// (folder, table file, files that are not entries)
const TABLES: &[(&str, &str, &[&str])] = &[
    ("crates/decide/src/rules", "crates/decide/src/rules/mod.rs", &["mod"]),
    ("crates/traffic/src/readers", "crates/traffic/src/readers/mod.rs", &["mod"]),
    (
        "crates/traffic/src/evidence",
        "crates/traffic/src/evidence/mod.rs",
        &["mod", "corpora", "hostile"],
    ),
    ("crates/crossover/src/commands", "crates/crossover/src/commands/mod.rs", &["mod"]),
];

#[test]
fn every_file_of_a_table_folder_is_declared() {
    for (folder, table, not_entries) in TABLES {
        let text = std::fs::read_to_string(root().join(table)).unwrap();
        let names = entries(&root().join(folder));
        assert!(names.len() > 1, "{folder} has entries");
        for name in names.iter().filter(|n| !not_entries.contains(&n.as_str())) {
            assert!(
                text.contains(&format!("mod {name};")),
                "{folder}/{name} is not declared in {table}"
            );
        }
    }
}

#[test]
fn every_platform_folder_stands_in_the_table() {
    let folder = root().join("crates/platforms/src");
    let table = std::fs::read_to_string(folder.join("lib.rs")).unwrap();
    let platforms: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .filter_map(|p| p.file_name().and_then(|n| n.to_str()).map(str::to_owned))
        .collect();
    assert!(platforms.len() >= 5, "{platforms:?}");
    let all = table.split("ALL:").nth(1).expect("a table named ALL");
    for name in &platforms {
        assert!(all.contains(name.as_str()), "the folder {name} has no line in ALL");
    }
}

#[test]
fn every_target_folder_stands_in_the_table() {
    let folder = root().join("crates/emit/src");
    let table = std::fs::read_to_string(folder.join("lib.rs")).unwrap();
    let all = table.split("ALL:").nth(1).expect("a table named ALL");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        // What SAM and serverless.yml share is no target of its own.
        if path.is_dir() && name != "lambda" {
            count += 1;
            assert!(all.contains(&format!("&{name}::")), "the folder {name} has no line in ALL");
        }
    }
    assert!(count >= 5, "{count} targets");
}

#[test]
fn every_scenario_has_a_story_and_an_expectation() {
    let scenarios = root().join("scenarios");
    let mut count = 0;
    for entry in std::fs::read_dir(&scenarios).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        count += 1;
        for file in ["crossover.yaml", "expected.toml"] {
            assert!(path.join(file).exists(), "{} lacks {file}", path.display());
        }
    }
    assert!(count >= 8, "{count} scenarios");
}

/// File and folder names in a folder, without `.rs`.
fn entries(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir() || p.extension().is_some_and(|e| e == "rs"))
        .filter_map(|p| p.file_stem().and_then(|n| n.to_str()).map(str::to_owned))
        .filter(|n| n != "tests")
        .collect()
}
