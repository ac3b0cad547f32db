//! From the files that a team has to the application they describe.
//!
//! One file (or folder) a format and one line in [`ALL`]. Importers read what is there, say what they could not
//! read, and fill what is missing from [`defaults`], so that every value tells where it comes from.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod defaults;
pub mod demand;
mod detect;
pub mod findings;
pub mod measured;
mod names;
pub mod native;

pub use detect::{Candidate, Detection, detect};
pub use names::hint;
pub use native::{schema, template};

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

/// Reads one format of application definitions.
pub trait Importer: Sync {
    /// What people call the format: `crossover.yaml`, `compose`.
    fn name(&self) -> &'static str;
    /// The file names that are looked for, for the message when there are none.
    fn looks_for(&self) -> &'static [&'static str];
    /// Whether a file with this path and this beginning (a few kilobytes at least) is one of this format.
    fn detects(&self, path: &str, start: &str) -> Confidence;
    /// Reads the files of one application. Never fails: what could not be read is a finding.
    fn read(&self, sources: &SourceMap, files: &[FileId]) -> (App, Vec<Finding>);
}

/// Every format, in the order in which a directory is searched. A new one is one file and one line here.
pub const ALL: &[&dyn Importer] = &[&native::Native];
