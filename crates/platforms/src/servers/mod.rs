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
mod split;
mod world;

#[cfg(test)]
mod split_tests;
#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Invoice, MachinePool, PlatformId};

use crate::case::{Case, Member, Site};
use crate::cloud::{self, Cloud};
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Floors, Platform};
use crate::spill::Base;
use crate::split::{Held, Steady};
use model::{Configuration, ServerSettings, Spill};

pub use fit::{ROOT_DISK, SYSTEM_MEMORY, TARGET_PERCENT};
pub use options::CONNECTION_MEMORY;
pub(crate) use options::{memory, volume};
pub use plan::{ServerGroup, ServerPlan, plan};

/// Plain servers of one provider.
#[derive(Debug, Clone, Copy)]
pub struct Servers {
    cloud: &'static Cloud,
    name: &'static str,
}

/// EC2.
pub const EC2: Servers = Servers { cloud: &cloud::AWS, name: "servers" };
/// Compute Engine.
pub const GCE: Servers = Servers { cloud: &cloud::GCP, name: "servers" };
/// Azure virtual machines.
pub const AZURE_VM: Servers = Servers { cloud: &cloud::AZURE, name: "servers" };
/// Hetzner Cloud.
pub const HETZNER: Servers = Servers { cloud: &cloud::HETZNER, name: "servers" };

/// Fly Machines.
pub const FLY: Servers = Servers { cloud: &cloud::FLY, name: "servers" };

impl Platform for Servers {
    fn id(&self) -> PlatformId {
        self.cloud.servers
    }
    fn cloud(&self) -> &'static Cloud {
        self.cloud
    }
    fn name(&self) -> &'static str {
        self.name
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
    fn steady(&self, case: &Case<'_>, steady: &Steady<'_>) -> Result<Vec<Held>, Missing> {
        split::steady(case, steady)
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
    fn floors(&self, member: &Member<'_>, site: &Site<'_>) -> Result<Floors, Missing> {
        Ok(Floors { added: plan::floor(member, site)?, ..Floors::default() })
    }
    fn describe(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
        bill::describe(members, site)
    }

    fn machines(
        &self,
        members: &[Member<'_>],
        site: &Site<'_>,
    ) -> Result<Vec<Option<MachinePool>>, Missing> {
        bill::machines(members, site)
    }
}

/// Servers as they divide a load.
const fn base<'s>(settings: &ServerSettings, spill: &'s Spill) -> Base<'s> {
    Base { copies: settings.copies, cpu: settings.cpu, spill }
}

/// A configuration of another platform came here: a bug of the caller, told as what is missing.
fn not_ours(configuration: &Configuration) -> Missing {
    Missing {
        what: format!("server settings in `{}`", configuration.label),
        hint: format!("it was made for {}", configuration.platform),
    }
}
