//! Serverless containers on AWS Fargate: an ECS service with target tracking, billed by the second.
//!
//! A task is one copy of a component, of one of the fixed pairs of CPU and memory, billed from the image
//! pull to its stop. Jobs run as tasks that end; nothing that keeps data on a disk runs here.

mod bill;
mod estimate;
mod limits;
mod options;
pub(crate) mod sizes;
#[cfg(test)]
mod tests;
mod world;

use catalog::Missing;
use model::{Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::cloud::{self, Cloud};
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use model::{Configuration, Settings, TaskSettings};

/// Its id.
const ID: PlatformId = PlatformId("aws/fargate");

/// ECS services and tasks on Fargate.
#[derive(Debug, Clone, Copy)]
pub struct AwsFargate;

impl Platform for AwsFargate {
    fn id(&self) -> PlatformId {
        ID
    }
    fn cloud(&self) -> &'static Cloud {
        &cloud::AWS
    }
    fn name(&self) -> &'static str {
        "Fargate"
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
    fn describe(&self, members: &[Member<'_>], _: &Site<'_>) -> Result<Vec<String>, Missing> {
        Ok(members.iter().map(options::describe).collect())
    }
}

/// The task settings of a configuration; another platform's is a bug of the caller, told as what is missing.
fn settings(configuration: &Configuration) -> Result<&TaskSettings, Missing> {
    match &configuration.settings {
        Settings::Task(settings) => Ok(settings),
        _ => Err(Missing {
            what: format!("task settings in `{}`", configuration.label),
            hint: format!("it is a configuration of {}", configuration.platform),
        }),
    }
}
