//! Serverless containers on Google Cloud Run: services billed by request or by instance, jobs billed by run.
//!
//! An instance serves up to 1,000 requests at once. Requests without room wait for up to ten seconds, or three and a
//! half start-up times, while instances start. The autoscaler holds CPU and concurrency at 60 % of what there is,
//! averaged over a minute. Idle instances cost nothing unless they must always be there.

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
const ID: PlatformId = PlatformId("gcp/cloud-run");
/// Its rows among the limits.
const ROWS: &str = "gcp-cloud-run";
/// Its prices.
const SERVICE: &str = "gcp/cloud-run";

/// Cloud Run.
#[derive(Debug, Clone, Copy)]
pub struct CloudRun;

impl Platform for CloudRun {
    fn id(&self) -> PlatformId {
        ID
    }
    fn cloud(&self) -> &'static Cloud {
        &cloud::GCP
    }
    fn name(&self) -> &'static str {
        "Cloud Run"
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
        let larger = "has no container as large as one of its further ones";
        let fits = component.beside_on_cloud_run().is_some();
        instance_options::not_for(component).or((!fits).then_some(larger))
    }

    fn estimate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        instance_host::estimate(&host::Run, case, settings(configuration)?)
    }
    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        instance_host::simulate(&host::Run, case, settings(configuration)?)
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site)
    }
}
