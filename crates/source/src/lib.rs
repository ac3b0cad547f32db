//! Files, byte spans and findings: where a value stands and what there is to say about it.
//!
//! Reading content never fails here: a reader returns what it understood together with findings.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod encoding;
mod file;
mod finding;
mod span;
pub mod yaml;

pub use encoding::{FILE_BYTES_MAX, decode};
pub use file::{FileId, SourceFile, SourceMap};
pub use finding::{Finding, Label, Severity};
pub use span::Span;
