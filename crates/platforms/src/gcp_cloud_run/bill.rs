//! What everything on Cloud Run costs a month: vCPU and memory by the second, requests by the piece.
//!
//! The free tier of a billing account is a discount at the prices of tier 1, so it buys fewer seconds where they cost
//! more; it is pooled over all services.

use catalog::Missing;
use model::{Invoice, Kind, Network};
use units::Quantity;

use super::{ID, SERVICE};
use crate::billing::{GB, Lines, Use};
use crate::case::{Member, Site};
use crate::front_door::{self, Targets};
use crate::usage::{InstanceUsage, Usage};
use model::{Billing, FrontDoor, InstanceSettings, Settings};

/// Prices of Cloud Scheduler.
const SCHEDULER: &str = "gcp/scheduler";
/// A region of tier 1, at whose prices the free tier counts.
const TIER_1: &str = "us-central1";
/// Milliseconds of a second.
const SECOND_MS: u128 = 1000;

/// One member with its settings and usage.
type Part<'m> = (&'m str, &'m InstanceSettings, &'m InstanceUsage);

/// Services and jobs of every member, then the queues in front of workers.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    let parts = |keep: &dyn Fn(Kind, Billing) -> bool| -> Vec<Part<'_>> {
        let mut found = Vec::new();
        for member in members {
            let (Settings::Instance(settings), Usage::Instance(usage)) =
                (&member.configuration.settings, &member.evaluation.usage)
            else {
                continue;
            };
            if keep(member.component.kind, settings.billing) {
                found.push((member.component.id.as_str(), settings, usage));
            }
        }
        found
    };
    by_request(&mut lines, &parts(&|kind, b| !kind.ends() && b == Billing::Requests))?;
    by_instance(&mut lines, &parts(&|kind, b| !kind.ends() && b == Billing::Instances))?;
    jobs(&mut lines, &parts(&|kind, _| kind.ends()))?;
    clocks(&mut lines, &parts(&|_, _| true))?;
    if site.app.network.get() == Some(Network::Private) && !members.is_empty() {
        // Direct VPC egress needs no machines; the gateway's own hour is that of one.
        site.cloud().nat_lines(&mut lines, Quantity::whole(crate::billing::HOURS))?;
    }
    front_door::bill(&mut lines, members, Targets::Servers)?;
    Ok(lines.finish())
}

fn by_request(lines: &mut Lines<'_>, parts: &[Part<'_>]) -> Result<(), Missing> {
    let cpu = uses(parts, "vCPU, active", |s, u| u.active_ms * u128::from(s.cpu.get()));
    metered(lines, &cpu, "request_vcpu_active", "free_request_based_vcpu", SECOND_MS * 1000)?;
    let memory = uses(parts, "memory, active", |s, u| u.active_ms * u128::from(s.memory.get()));
    metered(lines, &memory, "request_memory_active", "free_request_based_memory", SECOND_MS * GB)?;
    for (id, settings, usage) in parts {
        let cpu = usage.idle_min_ms * u128::from(settings.cpu.get());
        let cpu = Quantity::new(cpu, SECOND_MS * 1000);
        lines.add(SERVICE, "request_vcpu_idle_min_instance", "vCPU, idle", Some(id), cpu)?;
        let memory = usage.idle_min_ms * u128::from(settings.memory.get());
        let memory = Quantity::new(memory, SECOND_MS * GB);
        lines.add(SERVICE, "request_memory_idle_min_instance", "memory, idle", Some(id), memory)?;
    }
    let requests = uses(parts, "requests", |_, u| u128::from(u.requests));
    metered(lines, &requests, "requests", "free_request_based_requests", 1)
}

fn by_instance(lines: &mut Lines<'_>, parts: &[Part<'_>]) -> Result<(), Missing> {
    let cpu = uses(parts, "vCPU of instances", |s, u| u.lives_ms * u128::from(s.cpu.get()));
    metered(lines, &cpu, "instance_vcpu", "free_instance_based_vcpu", SECOND_MS * 1000)?;
    let memory = uses(parts, "memory of instances", |s, u| u.lives_ms * u128::from(s.memory.get()));
    metered(lines, &memory, "instance_memory", "free_instance_based_memory", SECOND_MS * GB)
}

fn jobs(lines: &mut Lines<'_>, parts: &[Part<'_>]) -> Result<(), Missing> {
    for (id, settings, usage) in parts {
        let cpu = Quantity::new(usage.active_ms * u128::from(settings.cpu.get()), SECOND_MS * 1000);
        lines.add(SERVICE, "job_vcpu", "vCPU of jobs", Some(id), cpu)?;
        let memory = usage.active_ms * u128::from(settings.memory.get());
        let memory = Quantity::new(memory, SECOND_MS * GB);
        lines.add(SERVICE, "job_memory", "memory of jobs", Some(id), memory)?;
    }
    Ok(())
}

/// Jobs of Cloud Scheduler, however often they run: one starts what runs by the clock, and what is kept in some hours of
/// the week only is changed at their beginning and at their end.
fn clocks(lines: &mut Lines<'_>, parts: &[Part<'_>]) -> Result<(), Missing> {
    let clocks = uses(parts, "schedules", |s, _| {
        let starts = u128::from(s.front_door == FrontDoor::Schedule);
        starts + if s.warm_hours.is_some() { 2 } else { 0 }
    });
    if crate::billing::sum(&clocks) == 0 {
        return Ok(());
    }
    let free = lines.allowance(SCHEDULER, "free_jobs", 1);
    lines.tiered(SCHEDULER, "job", 1, &Lines::above(&clocks, free))
}

/// Lines of what is left of `uses` after the free tier, whose units are worth what they cost in tier 1.
fn metered(
    lines: &mut Lines<'_>,
    uses: &[Use],
    dimension: &str,
    free: &str,
    per_unit: u128,
) -> Result<(), Missing> {
    let site = lines.site();
    let units = lines.allowance(SERVICE, free, per_unit);
    let units = if units == 0 {
        0
    } else {
        let price = |region| site.prices.price(SERVICE, region, dimension);
        let there = price(TIER_1)?.price.money().pico();
        let here = price(site.app.region_name())?.price.money().pico();
        let (there, here) = (there.unsigned_abs(), here.unsigned_abs().max(1));
        // Both are small: picodollars of a second.
        units / here * there + units % here * there / here
    };
    lines.tiered(SERVICE, dimension, per_unit, &Lines::above(uses, units))
}

fn uses(
    parts: &[Part<'_>],
    item: &str,
    count: impl Fn(&InstanceSettings, &InstanceUsage) -> u128,
) -> Vec<Use> {
    parts.iter().map(|(id, settings, usage)| Use::of(id, item, count(settings, usage))).collect()
}
