//! Functions on Azure's Flex Consumption plan: instances of three sizes that serve several requests at once.

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
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use model::Configuration;

/// Its id.
const ID: PlatformId = PlatformId("azure/functions-flex");
/// Its rows among the limits.
const ROWS: &str = "azure-functions";
/// Its prices.
const SERVICE: &str = "azure/functions-flex";

/// Functions.
#[derive(Debug, Clone, Copy)]
pub struct FunctionsFlex;

impl Platform for FunctionsFlex {
    fn id(&self) -> PlatformId {
        ID
    }
    fn cloud(&self) -> &'static Cloud {
        &cloud::AZURE
    }
    fn name(&self) -> &'static str {
        "Functions"
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
        instance_host::estimate(&host::Flex, case, settings(configuration)?)
    }
    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        instance_host::simulate(&host::Flex, case, settings(configuration)?)
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site)
    }
}
