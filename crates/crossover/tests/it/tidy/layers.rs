//! The layer table of ARCHITECTURE.md, held against `cargo metadata`.

use std::collections::BTreeMap;
use std::process::Command;

use super::root;

/// What each crate may use of ours. The order is the order of the layers, lowest first.
const MAY_USE: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("source", &["units"]),
    ("model", &["source", "units"]),
    ("scaling", &["units"]),
    ("sim", &["units"]),
    ("traffic", &["model", "source", "units"]),
    ("catalog", &["model", "source", "units"]),
    ("platforms", &["traffic", "catalog", "scaling", "sim", "model", "source", "units"]),
    ("import", &["traffic", "model", "source", "units"]),
    ("emit", &["model", "source", "units"]),
    ("report", &["model", "source", "units"]),
    ("testkit", &["scaling", "sim", "units"]),
    ("decide", &["platforms", "traffic", "catalog", "scaling", "sim", "model", "source", "units"]),
];

#[test]
fn crates_use_lower_layers_only() {
    let graph = our_dependencies();
    for (name, allowed) in MAY_USE {
        let used = graph.get(*name).unwrap_or_else(|| panic!("crate {name} is in the workspace"));
        for used in used {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
    for name in graph.keys() {
        let known = MAY_USE.iter().any(|(n, _)| n == name) || name == "crossover";
        assert!(known, "crate {name} has no place in the layer table");
    }
    let shipped = graph.get("crossover").expect("the program is in the workspace");
    assert!(!shipped.contains(&"testkit".to_owned()), "testkit is for development only");
}

#[test]
fn architecture_md_shows_the_same_table() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (name, allowed) in MAY_USE {
        let uses = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        let row = format!("| `{name}` | {uses} |");
        assert!(text.contains(&row), "ARCHITECTURE.md lacks the row: {row}");
    }
}

/// Normal (not dev) dependencies between our own crates, by folder name.
fn our_dependencies() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let short = |name: &str| name.strip_prefix("crossover-").unwrap_or(name).to_owned();
    let mut graph = BTreeMap::new();
    for package in json["packages"].as_array().unwrap() {
        let uses = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|d| d["kind"].is_null())
            .filter_map(|d| d["name"].as_str())
            .filter(|n| n.starts_with("crossover"))
            .map(short)
            .collect();
        graph.insert(short(package["name"].as_str().unwrap()), uses);
    }
    graph
}
