//! Lambda functions on EC2 machines of one's own that AWS looks after: Managed Instances.
//!
//! An environment serves many requests at once and does not come with a request: capacity follows CPU and places in
//! use, holds half as much again in reserve, and doubles within five minutes at the most; what finds no place is
//! answered with 429. There are no cold starts. What is paid for are the machines ([`plan`]), a fee for looking after
//! them, and the requests.

mod bill;
mod control;
mod estimate;
mod limits;
mod options;
mod plan;
mod rules;
mod world;

#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::cloud::{self, Cloud};
use crate::instance_host::settings;
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Floors, Platform};
use model::Configuration;

/// Its id.
const ID: PlatformId = PlatformId("aws/lambda-managed-instances");
/// Its rows among the limits.
const ROWS: &str = "aws-lambda-managed-instances";
/// Its prices, but for the machines.
const SERVICE: &str = "aws/lambda";

/// Lambda Managed Instances.
#[derive(Debug, Clone, Copy)]
pub struct LambdaManaged;

impl Platform for LambdaManaged {
    fn id(&self) -> PlatformId {
        ID
    }
    fn cloud(&self) -> &'static Cloud {
        &cloud::AWS
    }
    fn name(&self) -> &'static str {
        "Lambda Managed Instances"
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
        estimate::estimate(case, settings(configuration)?)
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
    fn floors(&self, member: &Member<'_>, site: &Site<'_>) -> Result<Floors, Missing> {
        Ok(Floors { added: plan::floor(member, site)?, ..Floors::default() })
    }
    fn describe(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
        plan::describe(members, site)
    }
}
