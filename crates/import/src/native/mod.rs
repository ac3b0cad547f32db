//! `crossover.yaml`: the application in a few lines of its own.

mod calls;
mod component;
mod container_keys;
mod containers;
mod events;
mod fields;
mod keys;
mod load;
mod mounts;
mod render;
mod root;
mod schema;
pub(crate) mod steps;
mod template;
mod values;
mod work;
mod write;

#[cfg(test)]
mod refusals;
#[cfg(test)]
mod robust_tests;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod write_tests;

pub(crate) use component::read as component;
/// Every key of a component with a value that is right.
#[cfg(test)]
pub(crate) fn component_examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    keys::COMPONENT.keys.iter().map(|key| (key.name, key.example))
}

pub use root::region_or_all;
pub use schema::schema;
pub use template::template;
pub(crate) use values::runtime;
pub use write::write;

use model::App;
use source::{FileId, Finding, Severity, Span, yaml};

use crate::findings::{NOT_ONE_APP, TOO_MANY};
use crate::{Confidence, Gathers, Importer, Project, defaults};

/// The native format.
#[derive(Debug)]
pub struct Native;

const FILES: &[&str] = &["crossover.yaml", "crossover.yml", ".crossover.yaml", "crossover.json"];

impl Importer for Native {
    fn name(&self) -> &'static str {
        "crossover.yaml"
    }

    fn looks_for(&self) -> &'static [&'static str] {
        FILES
    }

    fn detects(&self, path: &str, start: &str) -> Confidence {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let has = |key: &str| {
            start
                .lines()
                .any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
        };
        if FILES.contains(&file) {
            Confidence::Name
        } else if has("components")
            && !["openapi", "swagger", "asyncapi", "apiVersion"].into_iter().any(has)
        {
            Confidence::Content
        } else {
            Confidence::No
        }
    }

    fn gathers(&self) -> Gathers {
        Gathers::File
    }

    fn read(&self, project: &Project<'_>, files: &[FileId]) -> (App, Vec<Finding>) {
        let sources = project.sources;
        let Some((&file, others)) = files.split_first() else {
            return (defaults::app("app"), Vec::new());
        };
        let (documents, mut findings) = yaml::parse(sources, file);
        for finding in findings.iter_mut().filter(|f| f.id == yaml::DUPLICATE_KEY) {
            // Other tools take the last one; here it is a slip for sure.
            finding.severity = Severity::Error;
        }
        for &other in others {
            let place = Span::new(other, 0, 0);
            let message =
                format!("`{}` is not read: one application at a time", sources.file(other).path);
            let hint = format!(
                "it is read from `{}`; name the other file to plan it",
                sources.file(file).path
            );
            findings.push(Finding::warning(NOT_ONE_APP, message).at(place).hint(hint));
        }
        let name = folder_name(&sources.file(file).path);
        let Some((document, more)) = documents.split_first() else {
            if findings.iter().all(|f| f.severity < Severity::Error) {
                let message = format!("`{}` holds no application", sources.file(file).path);
                let hint = "write one with `crossover init`";
                findings.push(
                    Finding::error(NOT_ONE_APP, message).at(Span::new(file, 0, 0)).hint(hint),
                );
            }
            return (defaults::app(&name), findings);
        };
        for extra in more {
            let finding =
                Finding::error(NOT_ONE_APP, "a second application in one file is not read");
            findings.push(extra.mark(finding).hint("put each application into a file of its own"));
        }
        let app = root::read(document, &name, &mut findings);
        if fields::full(&findings) {
            let end = sources.file(file).text.len();
            let finding = Finding::note(TOO_MANY, "there may be more to say, but this is enough");
            findings.push(finding.at(Span::new(file, end, end)).hint("mend these first"));
        }
        (app, findings)
    }
}

/// The folder a file stands in names an application that has no name.
fn folder_name(path: &str) -> String {
    let folder = path.rsplit(['/', '\\']).nth(1).unwrap_or("");
    let fine =
        !folder.is_empty() && folder.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c));
    if fine { folder.to_owned() } else { "app".to_owned() }
}
