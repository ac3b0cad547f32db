//! Files stay small, start with what they are for, and name nothing they should not.

use super::{files_below, root};

const LINES_MAX: usize = 800;
const LINES_MEDIAN_MAX: usize = 200;

#[test]
fn no_file_is_longer_than_800_lines_and_half_are_short() {
    let mut lengths = Vec::new();
    for path in files_below(&root().join("crates"), "rs") {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines, {LINES_MAX} at most", path.display());
        lengths.push(lines);
    }
    lengths.sort_unstable();
    assert!(lengths.len() > 50, "the walk found the sources: {}", lengths.len());
    let median = lengths[lengths.len() / 2];
    assert!(median <= LINES_MEDIAN_MAX, "the median file has {median} lines");
}

#[test]
fn every_source_file_says_first_what_it_is_for() {
    for path in files_below(&root().join("crates"), "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} does not start with a //! comment", path.display());
    }
}

#[test]
fn nothing_is_left_over() {
    // Written in two halves so that this file does not accuse itself.
    let words = [("todo", "!("), ("unimplemented", "!("), ("dbg", "!("), ("#[ign", "ore]")];
    for path in files_below(&root().join("crates"), "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for (head, tail) in words {
            let word = format!("{head}{tail}");
            assert!(!text.contains(&word), "{} still has {word}", path.display());
        }
    }
}

#[test]
fn pure_crates_switch_the_bans_on() {
    let pure = [
        "units",
        "source",
        "model",
        "traffic",
        "catalog",
        "scaling",
        "sim",
        "platforms",
        "decide",
        "import",
        "emit",
        "report",
    ];
    for name in pure {
        let path = root().join("crates").join(name).join("src/lib.rs");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("#![deny(clippy::disallowed_methods, clippy::disallowed_types)]"),
            "{name} does not deny clocks, files, threads and hash order"
        );
    }
}
