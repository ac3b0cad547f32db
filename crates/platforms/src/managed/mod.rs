//! Managed data stores: RDS, ElastiCache, DynamoDB, SQS, S3, MSK, DocumentDB, OpenSearch and Amazon MQ, for parts
//! that keep data or serve files.
//!
//! Costs and sizes only. How fast a managed store answers depends on its queries, indexes and cache, which
//! nobody declares; so no latency is simulated, and the report shows none.

mod bill;
mod clusters;
mod limits;
mod machines;
mod options;
pub mod services;
mod usage;

#[cfg(test)]
mod tests;

use catalog::Missing;
use model::{Engine, Invoice, PlatformId};

use crate::case::{Case, Member, Site};
use crate::cloud::Cloud;
use crate::limits::Limits;
use crate::platform::{Evaluation, Family, Platform};
use model::Configuration;

pub use machines::declared_memory;
pub use services::Services;
pub use usage::READ_SHARE;

/// Managed services of one provider.
#[derive(Debug, Clone, Copy)]
pub struct Managed(pub &'static Services);

impl Platform for Managed {
    fn id(&self) -> PlatformId {
        self.0.id
    }
    fn cloud(&self) -> &'static Cloud {
        self.0.cloud
    }
    fn name(&self) -> &'static str {
        "managed"
    }
    fn engine_name(&self, engine: Engine) -> Option<&'static str> {
        Some(self.0.name(engine))
    }
    fn family(&self) -> Family {
        Family::Managed
    }
    fn limits(&self, _: &Site<'_>) -> Result<Limits, Missing> {
        Ok(limits::limits())
    }
    fn options(&self, case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
        options::options(case, self.0)
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
        bill::bill(members, site, self.0)
    }
}
