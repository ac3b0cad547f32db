//! YAML (and so JSON) as a tree of values with byte-exact places.
//!
//! Aliases and `<<` merges are resolved; every copied value knows where it is written and where it is used.
//! A document with a syntax error is left out with a finding; the documents beside it are kept.

mod node;
mod read;

#[cfg(test)]
mod tests;

pub use node::{Node, Value};
pub use read::parse;

/// Levels of nesting, aliases included.
pub const DEPTH_MAX: usize = 100;
/// Values in one file before aliases are resolved.
pub const NODES_MAX: usize = 1_000_000;
/// Values that aliases and merges may add to one file.
pub const ALIAS_NODES_MAX: usize = 100_000;
/// Findings about one file; the rest is counted in a last one.
pub const FINDINGS_MAX: usize = 100;

/// Finding id: the text is not valid YAML.
pub const SYNTAX: &str = "IN003";
/// Finding id: one of the limits above.
pub const LIMIT: &str = "IN004";
/// Finding id: a key stands twice in one mapping.
pub const DUPLICATE_KEY: &str = "IN005";
/// Finding id: an alias without an anchor, an anchor that contains itself, or a merge of something else than a mapping.
pub const ALIAS: &str = "IN006";
