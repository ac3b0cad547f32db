//! Managed data stores: RDS, ElastiCache, DynamoDB, SQS and S3, for parts that keep data or serve files.
//!
//! Costs and sizes only. How fast a managed store answers depends on its queries, indexes and cache, which
//! nobody declares; so no latency is simulated, and the report shows none.

mod bill;
mod limits;
mod options;
mod usage;

#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use crate::settings::Configuration;

pub use usage::READ_SHARE;

/// Its id.
const ID: PlatformId = PlatformId("aws/managed");

/// Managed services of AWS.
#[derive(Debug, Clone, Copy)]
pub struct AwsManaged;

impl Platform for AwsManaged {
    fn id(&self) -> PlatformId {
        ID
    }
    fn name(&self) -> &'static str {
        "managed"
    }
    fn family(&self) -> Family {
        Family::Managed
    }
    fn limits(&self, _: &Site<'_>) -> Result<Limits, Missing> {
        Ok(limits::limits())
    }
    fn options(&self, case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
        options::options(case)
    }
    fn estimate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        Ok(usage::evaluate(case, configuration))
    }
    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing> {
        self.estimate(case, configuration)
    }
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
        bill::bill(members, site)
    }
}
