//! The cheapest instance type that holds what must run on one server.

use catalog::{InstanceType, Missing};
use model::Architecture;
use units::{Bytes, Duration, Millicores, Money, Quantity};

use super::credits;
use crate::billing::HOURS;
use crate::case::Site;

/// CPU in use at the busiest minute that a server is planned for, in per cent. Chance within the minute,
/// a deployment or a neighbour's burst take the rest. At 70 % of two vCPUs a request waits about as long
/// again as it computes (M/M/2); above 80 % the wait grows fast. Our choice, not a provider's rule.
pub const TARGET_PERCENT: u64 = 70;

/// Memory that is not there for applications: kernel, system services, container runtime, management and
/// log agents of a plain Amazon Linux 2023 server. Our choice; measured idle systems use 200 to 300 MB.
pub const SYSTEM_MEMORY: Bytes = Bytes::from_mib(300);

/// Root disk of a server: 8 GB of image, the rest for container images and logs. Our choice.
pub const ROOT_DISK: Bytes = model::ServerSettings::ROOT_DISK;

/// Scratch space that fits on the root disk beside everything else.
pub(super) const SCRATCH_ON_ROOT: Bytes = Bytes::from_gib(8);

/// What must run together on each of some equal servers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Requirement {
    /// CPUs that the configurations were evaluated with.
    pub cpu: Millicores,
    /// Memory of everything on one server, without the system's own.
    pub memory: Bytes,
    /// Millicores at the busiest minute of each step, on the fullest server.
    pub peak: Vec<u32>,
    /// Mean millicores of each step.
    pub mean: Vec<u32>,
    /// Length of a step.
    pub step: Duration,
    /// How many servers, on average, in thousandths.
    pub server_millis: u64,
}

impl Requirement {
    /// The highest of all steps.
    pub(super) fn peak_millicores(&self) -> u64 {
        u64::from(self.peak.iter().copied().max().unwrap_or(0))
    }
    /// The mean over the cycle.
    pub(super) fn mean_millicores(&self) -> u64 {
        let sum: u64 = self.mean.iter().map(|&m| u64::from(m)).sum();
        sum / self.mean.len().max(1) as u64
    }
    /// CPUs that one server must have.
    pub(super) fn cpu_needed(&self) -> Millicores {
        let planned = (self.peak_millicores() * 100).div_ceil(TARGET_PERCENT);
        self.cpu.max(Millicores::new(planned))
    }
}

/// An instance type with what it costs a month for all servers of a requirement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit<'a> {
    /// The type.
    pub instance: &'a InstanceType,
    /// Its hours and its surplus CPU credits, for all servers.
    pub cost_month: Money,
    /// CPU use of all servers beyond what they earn, in vCPU-milliseconds a month.
    pub surplus_vcpu_ms: u128,
}

/// The cheapest type that holds a requirement; `None` if no type does.
pub(super) fn cheapest<'a>(
    need: &Requirement,
    architecture: Architecture,
    site: &Site<'a>,
) -> Result<Option<Fit<'a>>, Missing> {
    let (cpu, memory) = (need.cpu_needed(), need.memory + SYSTEM_MEMORY);
    let mut best: Option<Fit<'a>> = None;
    for instance in site.prices.instances(site.app.region_name())? {
        let suits = instance.arm == (architecture == Architecture::Arm)
            && instance.cpu >= cpu
            && instance.memory >= memory;
        if !suits {
            continue;
        }
        let hours = month(instance).scaled(need.server_millis.into(), 1000);
        // Credits only add to its hours.
        if best.is_some_and(|b| b.cost_month < hours) {
            continue;
        }
        let Some((credits, surplus_vcpu_ms)) = credits_month(need, instance, site) else {
            continue;
        };
        let fit = Fit { instance, cost_month: hours + credits, surplus_vcpu_ms };
        let better = best.is_none_or(|b| {
            (fit.cost_month, &fit.instance.name) < (b.cost_month, &b.instance.name)
        });
        if better {
            best = Some(fit);
        }
    }
    Ok(best)
}

/// What a type costs when it runs all month.
pub(super) fn month(instance: &InstanceType) -> Money {
    let hours = instance.hour.money() * HOURS as u64;
    instance.month_cap.map_or(hours, |cap| hours.min(cap.money()))
}

/// Whether the hours of a whole month cost more than the provider's cap.
pub(super) fn is_capped(instance: &InstanceType) -> bool {
    month(instance) < instance.hour.money() * HOURS as u64
}

/// Hours in a billing month of so many servers in thousandths.
pub(super) const fn hours(server_millis: u64) -> Quantity {
    if server_millis.is_multiple_of(1000) {
        return Quantity::whole(server_millis as u128 / 1000 * HOURS);
    }
    Quantity::new(server_millis as u128 * HOURS, 1000)
}

/// Surplus use in priced units.
pub(super) const fn credit_hours(surplus_vcpu_ms: u128) -> Quantity {
    Quantity::new(surplus_vcpu_ms, 3_600_000)
}

/// The catalogue's dimension for surplus credits of a burstable family; `None` where more than the baseline
/// cannot be bought (T2 slows down, flexible types promise it only for most of the time).
pub(super) fn credit_dimension(instance: &InstanceType) -> Option<&'static str> {
    match instance.family.as_str() {
        "t3" | "t3a" => Some("t3_unlimited_cpu_credits"),
        "t4g" => Some("t4g_unlimited_cpu_credits"),
        _ => None,
    }
}

/// What a type's surplus credits cost a month and how much they are; `None` if it cannot be had.
fn credits_month(
    need: &Requirement,
    instance: &InstanceType,
    site: &Site<'_>,
) -> Option<(Money, u128)> {
    if instance.baseline_per_mille >= 1000 {
        return Some((Money::ZERO, 0));
    }
    let baseline = instance.cpu.get() * u64::from(instance.baseline_per_mille) / 1000;
    let cycle = credits::surplus_vcpu_ms(&need.mean, need.step, baseline);
    if cycle == 0 {
        return Some((Money::ZERO, 0));
    }
    let cycle_ms = u128::from(need.step.millis_ceil()) * need.mean.len() as u128;
    let month_ms = u128::from(Duration::MONTH.millis_ceil());
    let surplus = cycle * month_ms * u128::from(need.server_millis) / (cycle_ms.max(1) * 1000);
    let row = site.prices.price(
        site.cloud().machines,
        site.app.region_name(),
        credit_dimension(instance)?,
    );
    Some((row.ok()?.price.times(credit_hours(surplus)), surplus))
}
