//! Serverless containers on Azure Container Apps, consumption profile: replicas that KEDA's HTTP rule adds and removes.

mod bill;
mod host;
mod limits;
mod options;
#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Component, Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::cloud::{self, Cloud};
use crate::instance_host::{self, settings};
use crate::instance_options;
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use model::Configuration;

/// Its id.
const ID: PlatformId = PlatformId("azure/container-apps");
/// Its rows among the limits.
const ROWS: &str = "azure-container-apps";
/// Its prices.
const SERVICE: &str = "azure/container-apps";

/// Container Apps.
#[derive(Debug, Clone, Copy)]
pub struct ContainerApps;

impl Platform for ContainerApps {
    fn id(&self) -> PlatformId {
        ID
    }
    fn cloud(&self) -> &'static Cloud {
        &cloud::AZURE
    }
    fn name(&self) -> &'static str {
        "Container Apps"
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
        instance_options::not_for(component)
    }

    fn estimate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        instance_host::estimate(&host::Apps, case, settings(configuration)?)
    }
    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        instance_host::simulate(&host::Apps, case, settings(configuration)?)
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site)
    }
}
