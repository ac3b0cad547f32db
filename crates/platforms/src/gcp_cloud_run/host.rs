//! How Cloud Run starts, fills and ends instances.
//!
//! Source: docs.cloud.google.com/run/docs/about-instance-autoscaling. How requests are spread over instances is not
//! published; the least loaded gets them here, which is the dearer assumption.

use std::collections::VecDeque;

use catalog::Missing;
use sim::function_pool::KeepAlive;
use sim::instances::{self, Packing, Scaler, Seen, Waiting};
use units::{Duration, Instant, Millicores};

use super::ROWS;
use crate::case::Case;
use crate::container_load::{Copy, Target};
use crate::container_replay::init_time;
use crate::instance_host::Host;
use model::{InstanceSettings, MAIN_PART};

/// How far above the mean the most lies that a minute's average shows within the time that instances stay, in
/// deviations: the largest of fifteen samples.
const DEVIATIONS: f64 = 1.74;

/// Cloud Run's ground.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run;

fn number(case: &Case<'_>, id: &str) -> Result<f64, Missing> {
    case.prices.limit_number(ROWS, id)
}

fn seconds(case: &Case<'_>, id: &str) -> Result<Duration, Missing> {
    number(case, id).map(Duration::from_secs_f64)
}

impl Host for Run {
    fn instances(
        &self,
        case: &Case<'_>,
        settings: &InstanceSettings,
    ) -> Result<instances::Settings, Missing> {
        let stay = seconds(case, "idle.keepalive")?;
        // Fifteen minutes is the most; nothing is said of the least. Half of it, then.
        let keep_idle = KeepAlive::between(stay.times_f64(0.5), stay);
        let boost = number(case, "cpu_boost.factor")?;
        let boosted = Millicores::new((settings.cpu.get() as f64 * boost) as u64);
        let starts = number(case, "pending.starts")?;
        let start = self.placement(case)?.0 + init_time(case, false);
        let patience = seconds(case, "pending.min")?.max(start.times_f64(starts));
        Ok(instances::Settings {
            capacity: settings.cpu,
            start_capacity: boosted,
            concurrency: settings.concurrency,
            packing: Packing::LeastLoaded,
            queue_timeout: patience,
            min: settings.min,
            max: number(case, "instances.max")? as u32,
            billing_step: Duration::from_secs_f64(number(case, "billing.step")? / 1e3),
            interval: Some(seconds(case, "autoscale.period")?),
            ..instances::Settings::new(keep_idle)
        })
    }

    fn serving(&self, case: &Case<'_>, settings: &InstanceSettings) -> InstanceSettings {
        let (others, _) = case.component.beside_on_cloud_run().unwrap_or_default();
        let least = Millicores::new(settings.cpu.get().div_ceil(MAIN_PART));
        InstanceSettings { cpu: settings.cpu.saturating_sub(others).max(least), ..settings.clone() }
    }

    fn scaler(
        &self,
        case: &Case<'_>,
        settings: &InstanceSettings,
    ) -> Result<Box<dyn Scaler>, Missing> {
        let percent = |id| number(case, id).map(|percent| percent / 100.0);
        let period = seconds(case, "autoscale.period")?;
        let window = seconds(case, "autoscale.window")?;
        Ok(Box::new(Autoscaler {
            cpu_each: settings.cpu.vcpu_f64() * percent("autoscale.cpu_target")?,
            requests_each: f64::from(settings.concurrency)
                * percent("autoscale.concurrency_target")?,
            concurrency: settings.concurrency.max(1),
            period_s: period.secs_f64(),
            samples: (window.nanos() / period.nanos().max(1)).max(1) as usize,
            seen: VecDeque::new(),
        }))
    }

    fn placement(&self, case: &Case<'_>) -> Result<(Duration, Duration), Missing> {
        Ok((seconds(case, "start.p50")?, seconds(case, "start.p99")?))
    }

    fn copy(&self, case: &Case<'_>, settings: &InstanceSettings) -> Result<Copy, Missing> {
        let cpu_percent = number(case, "autoscale.cpu_target")?;
        let share = number(case, "autoscale.concurrency_target")? / 100.0;
        let stay = seconds(case, "idle.keepalive")?;
        let full = crate::container_options::cpu_when_full(case.component, settings.cpu);
        let places = f64::from(settings.concurrency) * share;
        // Whichever asks for more instances: CPU, if an instance full to its share uses more of it than is held.
        let by_cpu = full / f64::from(crate::container_options::concurrency(case.component))
            * places
            > settings.cpu.vcpu_f64() * cpu_percent / 100.0;
        Ok(Copy {
            cpu: settings.cpu,
            target: if by_cpu { Target::CpuPercent(cpu_percent) } else { Target::Requests(places) },
            window: seconds(case, "autoscale.window")?,
            hold_minutes: (stay.secs_f64() / 120.0) as usize,
            deviations: DEVIATIONS,
            min: settings.min,
            max: number(case, "instances.max")? as u32,
        })
    }

    fn job_least(&self, case: &Case<'_>) -> Result<Duration, Missing> {
        seconds(case, "billing.minimum")
    }
}

/// Holds CPU and concurrency at a share of what instances have.
struct Autoscaler {
    /// vCPU and requests in service of one instance that are held.
    cpu_each: f64,
    requests_each: f64,
    concurrency: u32,
    period_s: f64,
    samples: usize,
    /// vCPU and requests in service of the last periods, newest first.
    seen: VecDeque<(f64, f64)>,
}

impl Scaler for Autoscaler {
    fn look(&mut self, seen: &Seen) -> Option<u32> {
        let over = |span: Duration| span.secs_f64() / self.period_s;
        self.seen.push_front((over(seen.cpu), over(seen.requests) + seen.waiting as f64));
        self.seen.truncate(self.samples);
        let n = self.seen.len() as f64;
        let sum = self.seen.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
        let by_cpu = sum.0 / n / self.cpu_each.max(1e-9);
        let by_requests = sum.1 / n / self.requests_each.max(1e-9);
        Some((by_cpu.max(by_requests) - 1e-9).ceil().max(0.0) as u32)
    }

    fn waiting(&mut self, _: Instant, waiting: &Waiting) -> u32 {
        let without = waiting.requests.saturating_sub(waiting.coming);
        without.div_ceil(u64::from(self.concurrency)) as u32
    }
}
