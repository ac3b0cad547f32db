//! How the Flex Consumption plan starts, fills and ends instances.
//!
//! Each instance serves so many requests at once by its size; further ones get a new instance. Start times are those
//! of the older Consumption plan on Linux, measured in 2021: no measurement of Flex was found but an anecdote within
//! the same band (5.9 s at the most of three).

use catalog::Missing;
use sim::function_pool::KeepAlive;
use sim::instances::{self, OnDemand, Packing, Scaler};
use units::Duration;

use super::ROWS;
use crate::case::Case;
use crate::container_load::{Copy, Target};
use crate::instance_host::Host;
use model::InstanceSettings;

/// Flex's ground.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flex;

fn number(case: &Case<'_>, id: &str) -> Result<f64, Missing> {
    case.prices.limit_number(ROWS, id)
}

fn seconds(case: &Case<'_>, id: &str) -> Result<Duration, Missing> {
    number(case, id).map(Duration::from_secs_f64)
}

impl Host for Flex {
    fn instances(
        &self,
        case: &Case<'_>,
        settings: &InstanceSettings,
    ) -> Result<instances::Settings, Missing> {
        let least = number(case, "flex.billing_minimum")?;
        Ok(instances::Settings {
            capacity: settings.cpu,
            start_capacity: settings.cpu,
            concurrency: settings.concurrency,
            packing: Packing::LeastLoaded,
            queue_timeout: seconds(case, "http_response.max")?,
            min: settings.min,
            max: number(case, "flex.instances_max")? as u32,
            active_min: Duration::from_secs_f64(least / 1e3),
            billing_step: Duration::from_millis(100),
            ..instances::Settings::new(KeepAlive::fixed(seconds(case, "flex.idle")?))
        })
    }

    fn scaler(
        &self,
        _: &Case<'_>,
        settings: &InstanceSettings,
    ) -> Result<Box<dyn Scaler>, Missing> {
        Ok(Box::new(OnDemand { concurrency: settings.concurrency }))
    }

    fn placement(&self, case: &Case<'_>) -> Result<(Duration, Duration), Missing> {
        Ok((seconds(case, "cold.p50")?, seconds(case, "cold.p99")?))
    }

    fn copy(&self, case: &Case<'_>, settings: &InstanceSettings) -> Result<Copy, Missing> {
        let idle = seconds(case, "flex.idle")?;
        Ok(Copy {
            cpu: settings.cpu,
            target: Target::Requests(f64::from(settings.concurrency)),
            window: Duration::SECOND,
            hold_minutes: (idle.secs_f64() / 60.0).ceil() as usize,
            // The most of a minute's counts.
            deviations: 2.3,
            min: settings.min,
            max: number(case, "flex.instances_max")? as u32,
        })
    }

    fn job_least(&self, case: &Case<'_>) -> Result<Duration, Missing> {
        number(case, "flex.billing_minimum").map(|ms| Duration::from_secs_f64(ms / 1e3))
    }
}
