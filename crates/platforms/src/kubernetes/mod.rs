//! Kubernetes on EKS: deployments behind a horizontal pod autoscaler, on nodes that Karpenter packs.
//!
//! Each component becomes pods that ask for CPU and memory (and get no more of either); nodes follow from
//! the pods of everything on the cluster together ([`nodes`]). Jobs run as pods that end, data stores as
//! StatefulSets with a volume each.

mod bill;
mod credits;
mod estimate;
pub mod flavours;
mod knative;
mod limits;
pub mod nodes;
mod options;
mod overhead;
mod per_pod;
pub mod rehearsal;
mod split;
mod world;

#[cfg(test)]
mod flavour_tests;
#[cfg(test)]
mod knative_tests;
#[cfg(test)]
mod split_tests;
#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Invoice, MachinePool, PlatformId};

use crate::case::{Case, Member, Site};
use crate::cloud::Cloud;
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Floors, Platform};
use crate::split::{Held, Steady};
use model::{Configuration, PodSettings, Settings};

pub use flavours::Flavour;
pub use nodes::{NodePlan, NodePool, plan_nodes};

/// A Kubernetes cluster of one flavour.
#[derive(Debug, Clone, Copy)]
pub struct Kubernetes(pub &'static Flavour);

impl Platform for Kubernetes {
    fn id(&self) -> PlatformId {
        self.0.id
    }
    fn cloud(&self) -> &'static Cloud {
        self.0.cloud
    }
    fn name(&self) -> &'static str {
        self.0.name
    }
    fn usual(&self) -> bool {
        self.0.usual
    }
    fn family(&self) -> Family {
        Family::Kubernetes
    }
    fn limits(&self, site: &Site<'_>) -> Result<Limits, Missing> {
        limits::limits(site, self.0)
    }
    fn options(&self, case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
        options::options(case, self.0)
    }
    fn steady(&self, case: &Case<'_>, steady: &Steady<'_>) -> Result<Vec<Held>, Missing> {
        split::steady(case, self.0, steady)
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
        world::simulate(case, configuration, self.0)
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site, self.0)
    }
    fn floors(&self, member: &Member<'_>, site: &Site<'_>) -> Result<Floors, Missing> {
        bill::floors(member, site, self.0)
    }
    fn marginal_bill(
        &self,
        members: &[Member<'_>],
        site: &Site<'_>,
    ) -> Result<Option<Invoice>, Missing> {
        bill::marginal_bill(members, site, self.0).map(Some)
    }
    fn describe(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
        bill::describe(members, site, self.0)
    }
    fn machines(
        &self,
        members: &[Member<'_>],
        site: &Site<'_>,
    ) -> Result<Vec<Option<MachinePool>>, Missing> {
        bill::machines(members, site, self.0)
    }
}

/// The pod settings of a configuration; another platform's is a bug of the caller, told as what is missing.
fn settings(configuration: &Configuration) -> Result<&PodSettings, Missing> {
    match &configuration.settings {
        Settings::Pod(settings) => Ok(settings),
        _ => Err(Missing {
            what: format!("pod settings in `{}`", configuration.label),
            hint: format!("it is a configuration of {}", configuration.platform),
        }),
    }
}
