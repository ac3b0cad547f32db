//! Which files of a directory are an application.

use source::Finding;

use crate::findings::NO_APP;
use crate::{ALL, Confidence, Importer};

/// A file that might be a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its beginning, a few kilobytes at least.
    pub start: &'a str,
}

/// The format that was found and the files that are of it.
pub struct Detection {
    /// Who reads them.
    pub importer: &'static dyn Importer,
    /// Indices into the candidates, in their order.
    pub files: Vec<usize>,
}

/// Chooses the importer: the one that is surest of a file, and among equals the first in [`ALL`].
///
/// `Err` is the finding for a place without an application: it says what was looked for.
pub fn detect(place: &str, files: &[Candidate<'_>]) -> Result<Detection, Box<Finding>> {
    let mut best: Option<(Confidence, Detection)> = None;
    for &importer in ALL {
        let sure = |c: &Candidate<'_>| importer.detects(c.path, c.start);
        let most = files.iter().map(sure).max().unwrap_or(Confidence::No);
        if most > best.as_ref().map_or(Confidence::No, |(confidence, _)| *confidence) {
            let own = files.iter().enumerate().filter(|(_, c)| sure(c) == most);
            let files = own.map(|(index, _)| index).collect();
            best = Some((most, Detection { importer, files }));
        }
    }
    best.map(|(_, detection)| detection).ok_or_else(|| Box::new(nothing(place, files)))
}

fn nothing(place: &str, files: &[Candidate<'_>]) -> Finding {
    let names: Vec<String> =
        ALL.iter().flat_map(|i| i.looks_for()).map(|name| format!("`{name}`")).collect();
    let seen = match files {
        [] => "there are no definition files at all".to_owned(),
        [one] => format!("`{}` is none of them", one.path),
        many => format!("none of the {} files there is one", many.len()),
    };
    Finding::error(
        NO_APP,
        format!("no application in `{place}`: looked for {}; {seen}", names.join(", ")),
    )
    .hint("name the file or its directory, or write one with `crossover init`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Result<Vec<usize>, String> {
        let files: Vec<_> = files.iter().map(|&(path, start)| Candidate { path, start }).collect();
        detect("dir", &files).map(|d| d.files).map_err(|f| f.message)
    }

    #[test]
    fn a_name_is_surer_than_content() {
        let native = "name: a\ncomponents:\n";
        assert_eq!(found(&[("dir/app.yaml", native), ("dir/crossover.yaml", "")]), Ok(vec![1]));
        assert_eq!(found(&[("x.txt", "hello"), ("dir/app.yaml", native)]), Ok(vec![1]));
    }

    #[test]
    fn other_formats_have_components_too() {
        let openapi = "openapi: 3.0.0\ncomponents:\n  schemas: {}\n";
        let said = found(&[("dir/api.yaml", openapi)]).unwrap_err();
        assert!(said.contains("`dir/api.yaml` is none of them"), "{said}");
        assert!(found(&[("k.yaml", "apiVersion: v1\ncomponents:\n")]).is_err());
    }

    #[test]
    fn an_empty_place_says_what_was_looked_for() {
        let said = found(&[]).unwrap_err();
        assert!(said.starts_with("no application in `dir`: looked for `crossover.yaml`"), "{said}");
    }
}
