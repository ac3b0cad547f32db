//! The README shows what the program prints.

use crate::program::run;
use crate::tidy::root;

#[test]
fn the_readmes_first_answer_is_the_programs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("-- plan scenarios/shop\n").nth(1).unwrap();
    let shown = shown.split("\n```").next().unwrap();
    let outcome = run(&["plan", "scenarios/shop", "--as-of", "2026-11-23"], None);
    assert_eq!(shown.trim_end(), outcome.out.trim_end(), "paste the new output into README.md");
}
