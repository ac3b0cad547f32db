//! From the files that a team has to the application they describe.
//!
//! One file (or folder) a format and one line in [`ALL`]. Importers read what is there, say what they could not
//! read, and fill what is missing from [`defaults`], so that every value tells where it comes from.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod around;
pub mod assumed;
pub mod cloudformation;
pub mod compose;
mod container;
pub mod defaults;
pub mod demand;
mod detect;
pub mod evidence;
pub mod findings;
mod function;
pub mod kubernetes;
pub mod measured;
mod merge;
mod names;
pub mod native;
pub mod overlay;
pub mod project;
#[cfg(test)]
mod robust_tests;
#[cfg(test)]
mod seeds;
pub mod serverless;

pub use detect::{Candidate, Detection, detect};
pub use merge::merged;
pub use names::hint;
pub use native::{schema, template};

pub use project::{Project, Reference};

use model::App;
use source::{FileId, Finding, SourceMap};

/// How sure an importer is that a file is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It is something else.
    No,
    /// Its content looks right.
    Content,
    /// Its name says so.
    Name,
}

/// Which files make one application together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gathers {
    /// Each file is an application of its own, with the files that it names.
    File,
    /// The files of one folder.
    Folder,
    /// The files of a folder and of those below it.
    Tree,
}

/// Reads one format of application definitions.
pub trait Importer: Sync {
    /// What people call the format: `crossover.yaml`, `compose`.
    fn name(&self) -> &'static str;
    /// The file names that are looked for, for the message when there are none.
    fn looks_for(&self) -> &'static [&'static str];
    /// Whether a file with this path and this text is one of this format.
    fn detects(&self, path: &str, text: &str) -> Confidence;
    /// Which files are one application.
    fn gathers(&self) -> Gathers;
    /// How much of an application a file is, at a glance: of several, those that are nothing are left out.
    fn weighs(&self, _text: &str) -> usize {
        1
    }
    /// Whether a file, by its path and text, names another one as a part of itself.
    fn holds(&self, _path: &str, _text: &str, _other: &str) -> bool {
        false
    }
    /// The files that a file of this format names and that must be read with it.
    fn references(&self, _sources: &SourceMap, _file: FileId) -> Vec<Reference> {
        Vec::new()
    }
    /// Reads the files of one application. Never fails: what could not be read is a finding.
    fn read(&self, project: &Project<'_>, files: &[FileId]) -> (App, Vec<Finding>);
}

/// Every format, in the order in which a directory is searched. A new one is one file and one line here.
pub const ALL: &[&dyn Importer] = &[
    &native::Native,
    &kubernetes::Kubernetes,
    &cloudformation::CloudFormation,
    &serverless::Serverless,
    &compose::Compose,
];
