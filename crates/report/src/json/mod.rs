//! The answer as JSON, in a versioned shape of its own that other programs may rely on.
//!
//! The types in [`plan`] are twins of the model's, so that the model can change without the format. Within a
//! version fields are only ever added. Money is a decimal string, because a JSON number is a binary float to
//! most readers; times are numbers of milliseconds, with the unit in the name.

pub(crate) mod convert;
pub mod plan;
mod saved;
pub mod sizes;

use model::Decision;
use schemars::generate::SchemaSettings;
use source::SourceMap;

use plan::Plan;

pub use saved::{Saved, saved};

/// Name and version of the format of [`decision`].
pub const PLAN_SCHEMA: &str = "crossover.plan/v1";

/// The answer as indented JSON with a line break at its end; the same answer gives the same bytes.
pub fn decision(decision: &Decision, sources: &SourceMap) -> String {
    pretty(&convert::plan(decision, sources))
}

/// The JSON Schema (draft 2020-12) of [`decision`].
pub fn plan_schema() -> String {
    let schema = SchemaSettings::draft2020_12()
        .with(|s| s.contract = schemars::generate::Contract::Serialize)
        .into_generator()
        .into_root_schema_for::<Plan>();
    pretty(&schema)
}

/// Indented, with a line break at the end.
pub(crate) fn pretty(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain data becomes JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
