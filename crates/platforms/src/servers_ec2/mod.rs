//! Plain servers: EC2 instances that run all the time, one large enough or several behind a load balancer.
//!
//! The honest baseline. There are no cold starts and no autoscaler: the count is fixed and sized for the
//! busiest minute, and components share servers where that is cheaper ([`plan`]).

mod bill;
mod credits;
pub(crate) mod estimate;
mod fit;
mod limits;
pub(crate) mod load;
mod options;
mod plan;
pub(crate) mod queue;
mod scale;
mod world;

#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use crate::settings::Configuration;

pub use fit::{ROOT_DISK, SYSTEM_MEMORY, TARGET_PERCENT};
pub use options::CONNECTION_MEMORY;
pub use plan::{ServerGroup, ServerPlan, plan};

/// Its id.
const ID: PlatformId = PlatformId("servers/ec2");

/// Plain servers on EC2.
#[derive(Debug, Clone, Copy)]
pub struct ServersEc2;

impl Platform for ServersEc2 {
    fn id(&self) -> PlatformId {
        ID
    }
    fn name(&self) -> &'static str {
        "servers"
    }
    fn family(&self) -> Family {
        Family::Servers
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
        estimate::estimate(case, configuration)
    }
    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        world::simulate(case, configuration)
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site)
    }
    fn describe(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
        bill::describe(members, site)
    }
}

/// A configuration of another platform came here: a bug of the caller, told as what is missing.
fn not_ours(configuration: &Configuration) -> Missing {
    Missing {
        what: format!("server settings in `{}`", configuration.label),
        hint: format!("it was made for {}", configuration.platform),
    }
}
