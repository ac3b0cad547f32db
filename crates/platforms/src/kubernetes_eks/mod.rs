//! Kubernetes on EKS: deployments behind a horizontal pod autoscaler, on nodes that Karpenter packs.
//!
//! Each component becomes pods that ask for CPU and memory (and get no more of either); nodes follow from
//! the pods of everything on the cluster together ([`nodes`]). Jobs run as pods that end, data stores as
//! StatefulSets with a volume each.

mod bill;
mod credits;
mod estimate;
mod limits;
pub mod nodes;
mod options;
mod overhead;
pub mod rehearsal;
mod world;

#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use crate::settings::{Configuration, PodSettings, Settings};

pub use bill::marginal_bill;
pub use nodes::{NodePlan, NodePool, plan_nodes};

/// Its id.
const ID: PlatformId = PlatformId("kubernetes/eks");

/// A Kubernetes cluster on EKS.
#[derive(Debug, Clone, Copy)]
pub struct KubernetesEks;

impl Platform for KubernetesEks {
    fn id(&self) -> PlatformId {
        ID
    }
    fn name(&self) -> &'static str {
        "Kubernetes"
    }
    fn family(&self) -> Family {
        Family::Kubernetes
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
        world::simulate(case, configuration)
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site)
    }
    fn describe(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
        bill::describe(members, site)
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
