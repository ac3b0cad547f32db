//! Reads the real catalogue from disk for tests.

use std::fs;
use std::path::Path;

/// Every file under `/catalog` as (path below it, text).
pub(crate) fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let mut files = Vec::new();
    collect(&root, "", &mut files);
    assert!(files.len() > 30, "the catalogue is there: {}", files.len());
    files
}

fn collect(folder: &Path, below: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the catalogue folder") {
        let entry = entry.expect("a readable entry");
        let name = entry.file_name().into_string().expect("an ASCII name");
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            collect(&entry.path(), &path, files);
        } else {
            files.push((path, fs::read_to_string(entry.path()).expect("a text file")));
        }
    }
}
