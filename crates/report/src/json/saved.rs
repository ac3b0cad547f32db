//! A saved plan, as far as carrying it out needs it.

use model::{Placement, PlatformId, Reason};
use serde::Deserialize;
use units::Money;

use super::PLAN_SCHEMA;
use super::sizes::{Machines, Sizes};

/// Where everything went in a saved plan, with what it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Name and version of the program, day of the prices, seed.
    pub tool: String,
    /// Prices in force on this day were used.
    pub as_of: String,
    /// The seed.
    pub seed: u64,
    /// Its files with their SHA-256 in hexadecimal.
    pub inputs: Vec<(String, String)>,
    /// Where each component went, and how. Latency, cold starts and reasons are not read again.
    pub placements: Vec<Placement>,
}

#[derive(Debug, Deserialize)]
struct Plan {
    schema: String,
    answer: Answer,
    provenance: Provenance,
}

#[derive(Debug, Deserialize)]
struct Answer {
    placements: Vec<Place>,
}

#[derive(Debug, Deserialize)]
struct Place {
    component: String,
    platform: String,
    region: String,
    config: String,
    sizes: Option<Sizes>,
    machines: Option<Machines>,
    copies_most: Option<u32>,
    cost_month: String,
}

#[derive(Debug, Deserialize)]
struct Provenance {
    tool: String,
    seed: u64,
    as_of: String,
    inputs: Vec<Input>,
}

#[derive(Debug, Deserialize)]
struct Input {
    path: String,
    sha256: String,
}

/// Reads a saved plan; `platform` knows the platforms by name. `None` if it has no sizes, as plans of earlier versions.
///
/// # Errors
/// In words, what is wrong with it.
pub fn saved(
    text: &str,
    platform: &dyn Fn(&str) -> Option<PlatformId>,
) -> Result<Option<Saved>, String> {
    let plan: Plan = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if plan.schema != PLAN_SCHEMA {
        return Err(format!("it is `{}`, not `{PLAN_SCHEMA}`", plan.schema));
    }
    let mut placements = Vec::new();
    for place in plan.answer.placements {
        let Some(sizes) = place.sizes else { return Ok(None) };
        let id = &place.component;
        let known = platform(&place.platform)
            .ok_or_else(|| format!("there is no platform `{}`", place.platform))?;
        let configured = sizes
            .settings(platform)
            .ok_or_else(|| format!("the sizes of `{id}` are none that a plan has"))?;
        let cost_month = Money::parse(&place.cost_month)
            .map_err(|error| format!("the cost of `{id}`: {}", error.message))?;
        placements.push(Placement {
            component: place.component,
            platform: known,
            region: place.region,
            config: place.config,
            configured,
            machines: place.machines.map(Into::into),
            copies_most: place.copies_most,
            settings: Vec::new(),
            cost_month,
            latency: None,
            cold_fraction: None,
            decided_by: Reason::plain("as in the saved plan"),
            reasons: Vec::new(),
        });
    }
    let Provenance { tool, seed, as_of, inputs } = plan.provenance;
    let inputs = inputs.into_iter().map(|input| (input.path, input.sha256)).collect();
    Ok(Some(Saved { tool, as_of, seed, inputs, placements }))
}
