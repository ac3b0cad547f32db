//! The table of rules against its folder, its pages and the collected rule table.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ALL, by_id};

const HEADINGS: [&str; 4] = ["## What it checks", "## Why it matters", "## Evidence", "## Source"];

/// The rows of the collected rule table (`docs/guide/rules.md` keeps the same list for readers).
const COLLECTED: [&str; 46] = [
    "D1", "D2", "D3", "D4", "D5", "M1", "M2", "M3", "M4", "P1", "P2", "P3", "P4", "N1", "N2", "N3",
    "N4", "N5", "N6", "N7", "S1", "S2", "S3", "S4", "C1", "C2", "C3", "Q1", "Q2", "Q3", "Q4", "Q5",
    "Q6", "L1", "L2", "L3", "L4", "L5", "E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8",
];

#[test]
fn every_file_of_the_folder_is_one_rule_of_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "mod" && name != "tests")
        .collect();
    assert_eq!(files.len(), ALL.len(), "{files:?}");
}

#[test]
fn numbers_are_unique_ascending_and_three_digits() {
    let ids: Vec<&str> = ALL.iter().map(|rule| rule.id().0).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    for id in ids {
        let digits = id.strip_prefix("CR").unwrap();
        assert!(digits.len() == 3 && digits.chars().all(|c| c.is_ascii_digit()), "{id}");
    }
}

#[test]
fn every_rule_has_a_page_with_the_fixed_headings_in_order() {
    for rule in ALL {
        let (page, about) = (rule.page(), rule.about());
        assert!(page.starts_with("# "), "{}: {page}", about.id.0);
        let title = page.lines().next().unwrap_or_default().trim_start_matches("# ");
        assert_eq!(title.to_lowercase(), about.title.to_lowercase(), "{}", about.id.0);
        let at: Vec<usize> = HEADINGS
            .iter()
            .map(|heading| page.find(heading).unwrap_or_else(|| panic!("{} {heading}", about.id.0)))
            .collect();
        assert!(at.windows(2).all(|pair| pair[0] < pair[1]), "{}", about.id.0);
        assert!(!page.contains("use crate"), "the page ends where the code begins");
    }
}

#[test]
fn every_row_of_the_collected_table_is_carried_out_once() {
    let mut rows: Vec<&str> = ALL.iter().flat_map(|rule| rule.about().origin).copied().collect();
    rows.sort_unstable();
    let mut collected = COLLECTED.to_vec();
    collected.sort_unstable();
    assert_eq!(rows, collected);
}

#[test]
fn every_rule_file_has_tests() {
    for rule in ALL {
        let file = rule.about().file;
        assert!(file.contains("#[test]"), "{}", rule.id().0);
    }
}

#[test]
fn rules_are_found_by_number_in_either_case() {
    assert_eq!(by_id("cr021").map(|rule| rule.id().0), Some("CR021"));
    assert!(by_id("CR999").is_none());
}

#[test]
fn the_guide_lists_every_rule_with_its_rows_and_title() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/rules.md");
    #[expect(clippy::disallowed_methods, reason = "tests read the guide from disk")]
    let guide = std::fs::read_to_string(path).unwrap();
    for rule in ALL {
        let about = rule.about();
        let rows = if about.origin.is_empty() { "–".to_owned() } else { about.origin.join(", ") };
        let line =
            format!("| {} | {} | {} | {rows} |", about.id.0, about.title, about.hardness.name());
        assert!(guide.contains(&line), "docs/guide/rules.md lacks the line:\n{line}");
    }
}
