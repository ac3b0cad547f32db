//! Embeds every file of /catalog, so that the program needs nothing beside itself.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    // Asked when it runs: the folder may have moved since this was compiled.
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let root = Path::new(&here).join("../../catalog");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut code = String::from("&[\n");
    for path in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name =
            path.strip_prefix(&root).expect("a path below the catalogue").display().to_string();
        let full = path.canonicalize().expect("a path that exists").display().to_string();
        writeln!(code, "    ({name:?}, include_str!({full:?})),").expect("writing to a string");
    }
    code.push_str("]\n");
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("catalog.rs"), code).expect("a writable OUT_DIR");
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("the catalogue's folder") {
        let path = entry.expect("a readable entry").path();
        let data =
            path.extension().is_some_and(|e| ["toml", "csv", "json"].iter().any(|x| e == *x));
        // Worked examples are tests, not prices.
        if path.is_dir() && !path.ends_with("examples") {
            collect(&path, files);
        } else if data {
            files.push(path);
        }
    }
}
