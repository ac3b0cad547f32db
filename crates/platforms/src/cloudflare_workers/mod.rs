//! Scripts in isolates at Cloudflare's edge: Workers.
//!
//! What is paid for is the CPU time of requests and their number, above what the plan includes; time spent waiting is
//! free. An isolate of 128 MB serves many requests at once on one thread. There is no cold start to speak of: an
//! isolate starts in a few milliseconds while the client's TLS handshake is under way, which is an assumption (catalogue
//! row `cloudflare-workers/cold_start`). As many isolates as the load needs are taken to be there.

mod bill;
mod limits;
mod options;
#[cfg(test)]
mod tests;
mod world;

use catalog::Missing;
use model::{Component, Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::cloud::{self, Cloud};
use crate::instance_host::settings;
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use model::Configuration;

/// Its id.
const ID: PlatformId = PlatformId("cloudflare/workers");
/// Its rows among the limits.
const ROWS: &str = "cloudflare-workers";
/// Its prices.
const SERVICE: &str = "cloudflare/workers";

/// Cloudflare Workers.
#[derive(Debug, Clone, Copy)]
pub struct Workers;

impl Platform for Workers {
    fn id(&self) -> PlatformId {
        ID
    }
    fn cloud(&self) -> &'static Cloud {
        &cloud::CLOUDFLARE
    }
    fn name(&self) -> &'static str {
        "Workers"
    }
    fn family(&self) -> Family {
        Family::Serverless
    }
    fn limits(&self, site: &Site<'_>) -> Result<Limits, Missing> {
        limits::limits(site)
    }
    fn options(&self, case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
        options::options(case)
    }

    fn not_for(&self, component: &Component) -> Option<&'static str> {
        options::not_for(component)
    }

    fn estimate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        Ok(world::estimate(case, settings(configuration)?))
    }
    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        Ok(world::simulate(case, settings(configuration)?))
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site)
    }
}
