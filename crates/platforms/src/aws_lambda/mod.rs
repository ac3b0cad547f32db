//! Event functions on AWS Lambda.
//!
//! Memory buys CPU, an environment serves one request at a time, and the next request takes the environment
//! that was used last. Events wait for readers and come back ([`events`]). What is cut into steps runs as
//! calls of a durable function or of a state machine ([`stepped`]). Provisioned environments are kept all week or in the
//! hours of the load. Not modelled: retries by clients, and the extra CPU during initialisation. Functions
//! of one account share its quotas ([`account`]).

mod account;
mod bill;
mod estimate;
mod events;
mod limits;
mod options;
mod quotas;
mod sourced;
mod start;
mod stepped;
mod work;
mod world;

use catalog::Missing;
use model::{Invoice, PlatformId};

pub use bill::bill;
pub use limits::gateway_timeout;
pub(crate) use options::{at_its_url, front_door, least_memory};
pub(crate) use quotas::overhead;
pub(crate) use world::span_of;

use crate::case::{Case, Member, Site};
use crate::cloud::{self, Cloud};
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform, Together};
use model::Configuration;
use world::World;

/// Event functions on AWS Lambda.
#[derive(Debug, Clone, Copy)]
pub struct AwsLambda;

impl Platform for AwsLambda {
    fn id(&self) -> PlatformId {
        PlatformId("aws/lambda")
    }

    fn cloud(&self) -> &'static Cloud {
        &cloud::AWS
    }
    fn name(&self) -> &'static str {
        "Lambda"
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
        match stepped::Stepped::of(case, configuration) {
            Some(stepped) => stepped.estimate(),
            None => world(case, configuration)?.estimate(),
        }
    }

    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        match stepped::Stepped::of(case, configuration) {
            Some(stepped) => stepped.simulate(),
            None => world(case, configuration)?.simulate(),
        }
    }

    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill(members, site)
    }

    fn carries_steps(&self) -> bool {
        true
    }

    fn together(&self) -> Option<Together> {
        Some(account::together)
    }
}

fn world<'a>(case: &'a Case<'a>, configuration: &'a Configuration) -> Result<World<'a>, Missing> {
    World::new(case, configuration)?.ok_or_else(|| Missing {
        what: format!("function called `{}`", configuration.label),
        hint: "only this platform's own configurations can be evaluated here".to_owned(),
    })
}

#[cfg(test)]
mod tests;
