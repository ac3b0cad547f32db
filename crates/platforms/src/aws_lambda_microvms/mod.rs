//! Lambda MicroVMs: a machine of its own for each session, which keeps its memory and disk for hours.
//!
//! The caller starts a session's machine from a snapshot, and the machine is suspended when nobody has asked it for a
//! while: then only its snapshot is paid for. Nothing scales and nothing balances here; each session has its own
//! address. Only components that declare `needs: [session-state]` are placed, and a session is what their
//! `connection` and `message_every` say. Not simulated: what a fleet does follows from the rate in closed form, with
//! requests of one session at random around their mean distance.

mod bill;
mod limits;
mod options;
mod world;

#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::cloud::{self, Cloud};
use crate::instance_host::settings;
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use model::Configuration;

/// Its id.
const ID: PlatformId = PlatformId("aws/lambda-microvms");
/// Its rows among the limits.
const ROWS: &str = "aws-lambda-microvms";
/// Its prices.
const SERVICE: &str = "aws/lambda-microvms";

/// Lambda MicroVMs.
#[derive(Debug, Clone, Copy)]
pub struct MicroVms;

impl Platform for MicroVms {
    fn id(&self) -> PlatformId {
        ID
    }
    fn cloud(&self) -> &'static Cloud {
        &cloud::AWS
    }
    fn name(&self) -> &'static str {
        "Lambda MicroVMs"
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
    fn estimate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        world::estimate(case, settings(configuration)?)
    }
    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        world::simulate(case, settings(configuration)?)
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site)
    }
}
