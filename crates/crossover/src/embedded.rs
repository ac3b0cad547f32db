//! The catalogue that is part of the program.

use catalog::Catalog;

/// Every file of `/catalog` as (path below it, text), sorted by path.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// Every file as (path below the catalogue, text).
pub(crate) fn files() -> Vec<(String, String)> {
    FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// Reads the embedded catalogue; a mistake in it is a bug of ours.
pub(crate) fn catalog() -> anyhow::Result<Catalog> {
    Catalog::parse(&files()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the embedded catalogue is broken:\n{}", lines.join("\n"))
    })
}
