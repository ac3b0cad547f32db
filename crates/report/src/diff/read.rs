//! A plan as it was saved with `--format json`, as far as a comparison needs it.

use serde::Deserialize;
use units::Money;

use crate::json::{PLAN_SCHEMA, plan};

/// A saved plan.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Saved {
    schema: String,
    pub(super) app: App,
    pub(super) answer: Answer,
    pub(super) invoices: Vec<Invoice>,
    pub(super) flips: Vec<plan::Flip>,
    pub(super) provenance: Provenance,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) requests_month: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Answer {
    pub(super) verdict: Option<String>,
    pub(super) headline: String,
    pub(super) cost_month: Option<Cost>,
    pub(super) placements: Vec<Placement>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Cost {
    pub(super) expected: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Placement {
    pub(super) component: String,
    pub(super) platform: String,
    pub(super) region: String,
    pub(super) config: String,
    pub(super) latency_ms: Option<Latency>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Latency {
    pub(super) p99: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Invoice {
    pub(super) platform: String,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    pub(super) item: String,
    pub(super) component: Option<String>,
    pub(super) quantity: f64,
    pub(super) unit_price: String,
    pub(super) amount: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Provenance {
    pub(super) as_of: String,
    pub(super) catalog_sha256: String,
    pub(super) inputs: Vec<Input>,
}

#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub(super) struct Input {
    path: String,
    sha256: String,
}

impl Saved {
    /// Reads a saved plan.
    ///
    /// # Errors
    /// What is wrong with the text, with line and column, and what to do instead.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let again = "make it with `crossover plan --format json -o FILE`";
        let saved: Self = serde_json::from_str(text)
            .map_err(|error| format!("it is not a plan as JSON ({error}); {again}"))?;
        if saved.schema != PLAN_SCHEMA {
            return Err(format!(
                "its schema is `{}`, and this program compares `{PLAN_SCHEMA}`; {again}",
                saved.schema
            ));
        }
        Ok(saved)
    }

    /// What the answer costs a month.
    pub(super) fn cost(&self) -> Option<Money> {
        money(&self.answer.cost_month.as_ref()?.expected)
    }
}

/// An amount as plans have it.
pub(super) fn money(text: &str) -> Option<Money> {
    Money::parse(text).ok()
}
