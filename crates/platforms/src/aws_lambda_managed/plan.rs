//! Which machines hold the environments of everything placed here, step by step.
//!
//! Functions of one capacity provider share its machines, and a capacity provider has one architecture. A machine
//! keeps a vCPU and a GB for Lambda; environments are spread over as many zones as there are at least of them. The
//! type that is cheapest for the month is taken: by itself Lambda chooses among all that are compatible, so its list
//! of allowed types has to say so.

use catalog::{InstanceType, Missing};
use model::Architecture;
use sim::nodes::{Distinct, Packer, PodSize, Room};
use units::{Duration, Money, Price, Quantity};

use super::SERVICE;
use super::options::label;
use super::rules::{self, Rules, listed};
use crate::case::{Member, Site};
use crate::dual_price::DualPrice;
use crate::kubernetes::nodes::align;
use crate::usage::{TaskUsage, Usage};
use model::{InstanceSettings, Settings};

/// Longer series are looked at in coarser steps: two weeks of minutes.
const STEPS_MAX: usize = 14 * 24 * 60;

/// Machines of one type with the members that share them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pool<'a> {
    pub(super) instance: &'a InstanceType,
    /// Places of its members among those that were planned for.
    pub(super) members: Vec<usize>,
    /// The fewest and the most machines at any time.
    pub(super) range: (u32, u32),
    /// Machine time a month, in ms.
    pub(super) machine_ms: u128,
}

/// What is placed here of one member.
#[derive(Debug, Clone, Copy)]
struct Tenant<'m> {
    at: usize,
    id: &'m str,
    settings: &'m InstanceSettings,
    usage: &'m TaskUsage,
}

/// The machines of all members, a pool for each architecture.
pub(super) fn plan<'a>(members: &[Member<'_>], site: &Site<'a>) -> Result<Vec<Pool<'a>>, Missing> {
    let tenants: Vec<Tenant<'_>> =
        members.iter().enumerate().filter_map(|(at, member)| tenant(at, member)).collect();
    let mut pools = Vec::new();
    for architecture in [Architecture::Arm, Architecture::X86] {
        let same = |tenant: &&Tenant<'_>| tenant.settings.architecture == architecture;
        let group: Vec<Tenant<'_>> = tenants.iter().filter(same).copied().collect();
        if !group.is_empty() {
            pools.push(cheapest(&group, architecture, site)?);
        }
    }
    Ok(pools)
}

fn tenant<'m>(at: usize, member: &Member<'m>) -> Option<Tenant<'m>> {
    match (&member.configuration.settings, &member.evaluation.usage) {
        (Settings::Instance(settings), Usage::Task(usage)) => {
            Some(Tenant { at, id: &member.component.id, settings, usage })
        }
        _ => None,
    }
}

/// The type that costs least in a month.
fn cheapest<'a>(
    tenants: &[Tenant<'_>],
    architecture: Architecture,
    site: &Site<'a>,
) -> Result<Pool<'a>, Missing> {
    let zones = Rules::of(site.prices)?.least;
    let fee = fee(site)?;
    let load = Load::of(tenants);
    let sizes: Vec<PodSize> = tenants
        .iter()
        .map(|t| PodSize { cpu: t.settings.cpu, memory: t.settings.memory })
        .collect();
    let cost = |t: &InstanceType, ms: u128| with_fee(t, fee).times(hours(ms));
    // What no packing can undercut, cheapest first: most types never get packed.
    let totals = load.distinct.totals(&sizes);
    let mut bounds: Vec<(Money, &'a InstanceType, Room)> = types(architecture, site)?
        .into_iter()
        .filter(|(_, room)| room.fits(&sizes))
        .map(|(t, room)| {
            let ms = load.month_ms(totals.node_steps_at_least(room, zones));
            (cost(t, ms), t, room)
        })
        .collect();
    bounds.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    let mut best: Option<(Money, Pool<'a>)> = None;
    for (bound, instance, room) in bounds {
        if best.as_ref().is_some_and(|(least, _)| *least <= bound) {
            break;
        }
        let Some(mut packer) = Packer::new(room, &sizes, zones) else { continue };
        let needed = load.distinct.needed(&mut packer);
        let machine_ms = load.month_ms(needed.node_steps);
        let cost = cost(instance, machine_ms);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            let least = needed.nodes.iter().copied().min().unwrap_or(0);
            let members = tenants.iter().map(|t| t.at).collect();
            let range = (least, needed.most);
            best = Some((cost, Pool { instance, members, range, machine_ms }));
        }
    }
    best.map(|(_, pool)| pool).ok_or_else(|| {
        let ids: Vec<&str> = tenants.iter().map(|t| t.id).collect();
        Missing {
            what: format!("machine type in {} for {}", site.app.region_name(), ids.join(", ")),
            hint: "every type is too small for one of the environments".to_owned(),
        }
    })
}

/// The least that a member's environments cost as a part of machines, in any company.
pub(super) fn floor(member: &Member<'_>, site: &Site<'_>) -> Result<Money, Missing> {
    let Some(Tenant { settings, usage, .. }) = tenant(0, member) else { return Ok(Money::ZERO) };
    let fee = fee(site)?;
    let month = hours(u128::from(Duration::MONTH.millis_ceil()));
    let priced = types(settings.architecture, site)?
        .into_iter()
        .map(|(t, room)| (room.cpu, room.memory, with_fee(t, fee).times(month)));
    let there = usage.replicas.mean();
    let (vcpu, gib) = (settings.cpu.vcpu_f64(), settings.memory.gib_f64());
    Ok(DualPrice::of(priced).times(there * vcpu, there * gib))
}

/// Machines that environments run on, each with what it has left for them.
fn types<'a>(
    architecture: Architecture,
    site: &Site<'a>,
) -> Result<Vec<(&'a InstanceType, Room)>, Missing> {
    let (kept_cpu, kept_memory) = rules::overhead(site.prices)?;
    let families = listed(site.prices, "instance.families")?;
    let suits = |t: &&InstanceType| {
        t.arm == (architecture == Architecture::Arm)
            && t.baseline_per_mille >= 1000
            && families.iter().any(|family| t.family.starts_with(family.as_str()))
    };
    let room = |t: &'a InstanceType| Room {
        cpu: t.cpu.saturating_sub(kept_cpu),
        memory: t.memory.saturating_sub(kept_memory),
        pods: u32::MAX,
    };
    let all = site.prices.instances(site.app.region_name())?.iter();
    Ok(all.filter(suits).map(|t| (t, room(t))).collect())
}

/// Environments over time.
struct Load {
    distinct: Distinct,
    step: Duration,
}

impl Load {
    fn of(tenants: &[Tenant<'_>]) -> Self {
        let step_of = |t: &Tenant<'_>| t.usage.replicas.step.max(Duration::SECOND);
        let finest = tenants.iter().map(step_of).min().unwrap_or(Duration::MINUTE);
        let length = |t: &Tenant<'_>| t.usage.replicas.counts.len() as u64 * step_of(t).nanos();
        let longest = tenants.iter().map(length).max().unwrap_or(0);
        let steps = (longest / finest.nanos()).max(1) as usize;
        let step = finest * steps.div_ceil(STEPS_MAX) as u64;
        let steps = (longest / step.nanos()).max(1) as usize;
        let series: Vec<_> = tenants
            .iter()
            .map(|t| align(&t.usage.replicas.counts, step_of(t), step, steps))
            .collect();
        let series: Vec<&[u32]> = series.iter().map(AsRef::as_ref).collect();
        Self { distinct: Distinct::of(&series), step }
    }

    /// A time in steps as ms of a month.
    fn month_ms(&self, steps: u64) -> u128 {
        let cycle = self.step.millis_ceil().max(1) * self.distinct.len().max(1) as u64;
        let month = u128::from(Duration::MONTH.millis_ceil());
        u128::from(steps) * u128::from(self.step.millis_ceil()) * month / u128::from(cycle)
    }
}

/// Machine-milliseconds as priced hours.
pub(super) const fn hours(ms: u128) -> Quantity {
    Quantity::new(ms, 3_600_000)
}

/// The fee's share of the on-demand price, in millionths.
fn fee(site: &Site<'_>) -> Result<i128, Missing> {
    let row = site.prices.price(SERVICE, site.app.region_name(), "managed_instances_fee")?;
    Ok(row.price.money().pico() / 1_000_000)
}

/// What looking after a machine costs an hour, at the region's share of its on-demand price.
pub(super) fn fee_of(instance: &InstanceType, site: &Site<'_>) -> Result<Price, Missing> {
    let share = fee(site)?;
    Ok(Price::from_pico(instance.list_hour.money().pico() * share / 1_000_000))
}

fn with_fee(instance: &InstanceType, fee: i128) -> Price {
    let (hour, list) = (instance.hour.money().pico(), instance.list_hour.money().pico());
    Price::from_pico(hour + list * fee / 1_000_000)
}

/// Where each member ends up: `1 vCPU 2 GB arm, 64 at once, HTTP API, on 3 to 5 c7g.large`.
pub(super) fn describe(members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
    let mut texts: Vec<String> = members.iter().map(|m| m.configuration.label.clone()).collect();
    for pool in plan(members, site)? {
        let name = count(&pool);
        for &at in &pool.members {
            if let Settings::Instance(settings) = &members[at].configuration.settings {
                texts[at] = format!("{}, on {name}", label(settings));
            }
        }
    }
    Ok(texts)
}

/// `3 c7g.large`, `3 to 5 c7g.large`.
pub(super) fn count(pool: &Pool<'_>) -> String {
    let name = &pool.instance.name;
    match pool.range {
        (least, most) if least == most => format!("{most} {name}"),
        (least, most) => format!("{least} to {most} {name}"),
    }
}
