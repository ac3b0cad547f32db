//! How Container Apps starts, fills and ends replicas.
//!
//! The HTTP rule divides the requests of the last fifteen seconds by fifteen and asks for so many replicas that each
//! has its target of them; it looks every half minute, adds at most four or doubles, keeps the most of the last five
//! minutes when it takes away, and goes to none after a cool-down without requests. Replicas share requests evenly.
//! Source: learn.microsoft.com, Container Apps, "Set scaling rules".

use std::collections::VecDeque;

use catalog::Missing;
use sim::function_pool::KeepAlive;
use sim::instances::{self, Packing, Scaler, Seen, Waiting};
use units::{Duration, Instant};

use super::ROWS;
use crate::case::Case;
use crate::container_load::{Copy, Target};
use crate::container_options::{TARGET_PERCENT, cpu_when_full};
use crate::instance_host::Host;
use crate::servers::load;
use model::InstanceSettings;

/// Replicas that a step may add where doubling would add fewer.
const STEP: u32 = 4;
/// A replica is stopped when the scaler says so, never for being idle.
const NEVER: Duration = Duration::from_secs(365 * 86_400);

/// Container Apps' ground.
#[derive(Debug, Clone, Copy)]
pub(super) struct Apps;

fn number(case: &Case<'_>, id: &str) -> Result<f64, Missing> {
    case.prices.limit_number(ROWS, id)
}

fn seconds(case: &Case<'_>, id: &str) -> Result<Duration, Missing> {
    number(case, id).map(Duration::from_secs_f64)
}

/// Requests a second that one replica is asked to take: what fills its CPU or its places to the usual share. The
/// default of the rule, ten, would hold whatever a request costs.
pub(super) fn rate_each(case: &Case<'_>, settings: &InstanceSettings) -> f64 {
    let Some(work) = load::work(case.component) else { return 10.0 };
    let share = f64::from(TARGET_PERCENT) / 100.0;
    let vcpu = settings.cpu.vcpu_f64();
    let stay = work.cpu.times_f64(1.0 / vcpu.clamp(0.001, 1.0)) + work.wait;
    let by_cpu = vcpu / work.cpu.secs_f64().max(1e-9);
    let by_places = f64::from(settings.concurrency) / stay.secs_f64().max(1e-9);
    (by_cpu.min(by_places) * share).clamp(0.05, 1e6)
}

impl Host for Apps {
    fn instances(
        &self,
        case: &Case<'_>,
        settings: &InstanceSettings,
    ) -> Result<instances::Settings, Missing> {
        let cooldown = seconds(case, "scale.cooldown")?;
        // With nothing kept for ever, the last one goes after the cool-down.
        let always = settings.min > 0 && settings.warm_hours.is_none();
        let keep = if always { NEVER } else { cooldown };
        Ok(instances::Settings {
            capacity: settings.cpu,
            start_capacity: settings.cpu,
            concurrency: settings.concurrency,
            packing: Packing::LeastLoaded,
            queue_timeout: seconds(case, "http_timeout")?,
            min: settings.min,
            max: number(case, "replicas.max")? as u32,
            billing_step: Duration::SECOND,
            interval: Some(seconds(case, "http_rule.window")?),
            ..instances::Settings::new(KeepAlive::fixed(keep))
        })
    }

    fn serving(&self, case: &Case<'_>, settings: &InstanceSettings) -> InstanceSettings {
        InstanceSettings { cpu: case.component.left_for_main(settings.cpu), ..settings.clone() }
    }

    fn scaler(
        &self,
        case: &Case<'_>,
        settings: &InstanceSettings,
    ) -> Result<Box<dyn Scaler>, Missing> {
        let window = seconds(case, "http_rule.window")?;
        let hold = seconds(case, "scale.cooldown")?;
        Ok(Box::new(HttpRule {
            rate_each: rate_each(case, settings),
            window_s: window.secs_f64(),
            looks: (hold.nanos() / window.nanos().max(1)).max(1) as usize,
            wished: VecDeque::new(),
        }))
    }

    fn placement(&self, case: &Case<'_>) -> Result<(Duration, Duration), Missing> {
        let before = case.component.time_before();
        Ok((seconds(case, "start.p50")? + before, seconds(case, "start.p99")? + before))
    }

    fn copy(&self, case: &Case<'_>, settings: &InstanceSettings) -> Result<Copy, Missing> {
        let hold = seconds(case, "scale.cooldown")?;
        let share = f64::from(TARGET_PERCENT);
        let by_cpu = cpu_when_full(case.component, settings.cpu) > settings.cpu.vcpu_f64();
        let places = f64::from(settings.concurrency) * share / 100.0;
        Ok(Copy {
            cpu: settings.cpu,
            target: if by_cpu { Target::CpuPercent(share) } else { Target::Requests(places) },
            window: seconds(case, "http_rule.window")?,
            hold_minutes: (hold.secs_f64() / 60.0).ceil() as usize,
            // The largest of twenty samples.
            deviations: 1.87,
            min: settings.min,
            max: number(case, "replicas.max")? as u32,
        })
    }

    fn job_least(&self, _: &Case<'_>) -> Result<Duration, Missing> {
        Ok(Duration::SECOND)
    }
}

/// The HTTP rule.
struct HttpRule {
    rate_each: f64,
    window_s: f64,
    /// Looks whose highest wish counts when replicas are taken away.
    looks: usize,
    wished: VecDeque<u32>,
}

impl Scaler for HttpRule {
    fn look(&mut self, seen: &Seen) -> Option<u32> {
        let there = seen.ready + seen.starting;
        let rate = seen.arrivals as f64 / self.window_s;
        let wish = (rate / self.rate_each - 1e-9).ceil().max(0.0) as u32;
        self.wished.push_front(wish);
        self.wished.truncate(self.looks);
        let held = self.wished.iter().copied().max().unwrap_or(wish);
        if wish > there {
            return Some(wish.min((there * 2).max(there + STEP)));
        }
        Some(held.min(there))
    }

    fn waiting(&mut self, _: Instant, waiting: &Waiting) -> u32 {
        // The first request wakes one replica; more come by the rule.
        u32::from(waiting.coming == 0)
    }
}
