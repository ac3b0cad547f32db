//! Which servers to rent for everything that is placed on servers together.
//!
//! Components share servers where that is cheaper, as people do it. In a group of components, server `i` of
//! `n` runs one copy of every component that has more than `i` copies; the first server carries them all,
//! and all are of the type that it needs. Every way to group up to [`EXACT_MEMBERS`] components is compared;
//! more are merged pair by pair, best saving first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use catalog::{InstanceType, Missing};
use model::{Architecture, Component, Kind, Reason};
use units::{Duration, Money};

use super::fit::{self, Fit, Requirement};
use crate::case::{Member, Site};
use crate::dual_price::DualPrice;
use crate::usage::{ServerUsage, Usage};
use model::{ServerSettings, Settings};

/// Groupings of at most this many components are compared one and all: 2⁶ groups, 203 groupings.
const EXACT_MEMBERS: usize = 6;

/// Longest common load that is looked at: a month of quarter hours, many times over.
const STEPS_MAX: u64 = 50_000;

/// Servers for a set of members.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerPlan<'a> {
    /// Groups of members that share servers; each member is in one.
    pub groups: Vec<ServerGroup<'a>>,
}

/// Equal servers and who runs on them.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerGroup<'a> {
    /// Their type.
    pub instance: &'a InstanceType,
    /// How many, at the most.
    pub count: u32,
    /// How many on average, in thousandths: fewer than `count` where an autoscaler follows the load.
    pub server_millis: u64,
    /// Indices of the members that share them, ascending.
    pub members: Vec<usize>,
    /// CPU used beyond what burstable servers earn, in vCPU-milliseconds a month, all servers together.
    pub surplus_vcpu_ms: u128,
    /// What decided the size, in words.
    pub why: Reason,
}

/// A member on servers, taken apart.
#[derive(Debug, Clone, Copy)]
struct Tenant<'a> {
    settings: &'a ServerSettings,
    usage: &'a ServerUsage,
    /// A copy carries the whole load, not its share of it: data stores with standbys, and jobs, which one
    /// copy runs at a time.
    whole_load: bool,
}

/// What one server carries step by step.
#[derive(Debug, Clone, Default, PartialEq)]
struct Series {
    /// Length of a step.
    step: Duration,
    /// Millicores at the busiest minute of each step; empty where there is no load.
    peak: Vec<u32>,
    /// Mean millicores of each step.
    mean: Vec<u32>,
    /// Servers in each step, in thousandths.
    there: Vec<u32>,
    /// Servers of those without a load, in thousandths.
    idle: u32,
}

/// A group with its servers, as the search compares them.
#[derive(Debug, Clone, PartialEq)]
struct Candidate<'a> {
    members: Vec<usize>,
    fit: Fit<'a>,
    need: Requirement,
    count: u32,
    cost_month: Money,
}

/// The cheapest servers for all members; `None` if one of them fits on no server, or is not configured for
/// servers at all.
pub fn plan<'a>(
    members: &[Member<'_>],
    site: &Site<'a>,
) -> Result<Option<ServerPlan<'a>>, Missing> {
    let Some(tenants) = members.iter().map(tenant).collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let extra = extra_per_server(site)?;
    let own = tenants.iter().map(Series::of).collect();
    let search = Search { tenants: &tenants, own, site, extra };
    let found = if tenants.len() <= EXACT_MEMBERS { search.exact()? } else { search.merged()? };
    Ok(found.map(|mut groups| {
        groups.sort_by(|a, b| a.members.cmp(&b.members));
        ServerPlan { groups: groups.into_iter().map(finish).collect() }
    }))
}

struct Search<'s, 'a> {
    tenants: &'s [Tenant<'s>],
    /// What a server carries of each tenant: taken apart once, since many groups are compared.
    own: Vec<Series>,
    site: &'s Site<'a>,
    extra: Money,
}

impl<'a> Search<'_, 'a> {
    /// The best of all groupings, by the best grouping of every subset.
    fn exact(&self) -> Result<Option<Vec<Candidate<'a>>>, Missing> {
        let n = self.tenants.len();
        let mut group: Vec<Option<Candidate<'a>>> = Vec::with_capacity(1 << n);
        for set in 0..1_usize << n {
            let members: Vec<usize> = (0..n).filter(|i| set & (1 << i) != 0).collect();
            group.push(if members.is_empty() { None } else { self.group(members)? });
        }
        // best[set] = the cheapest way to house a set, and the group that holds its first member.
        let mut best: Vec<Option<(Money, usize)>> = vec![None; 1 << n];
        best[0] = Some((Money::ZERO, 0));
        for set in 1..1_usize << n {
            let first = set & set.wrapping_neg();
            let mut sub = set;
            while sub > 0 {
                if sub & first != 0
                    && let (Some(one), Some((rest, _))) = (&group[sub], best[set ^ sub])
                    && best[set].is_none_or(|(cost, _)| one.cost_month + rest < cost)
                {
                    best[set] = Some((one.cost_month + rest, sub));
                }
                sub = (sub - 1) & set;
            }
        }
        let mut left = (1 << n) - 1;
        let mut chosen = Vec::new();
        while left > 0 {
            let Some((_, sub)) = best[left] else { return Ok(None) };
            chosen.extend(group[sub].clone());
            left ^= sub;
        }
        Ok(Some(chosen))
    }

    /// Everyone alone at first, then the merger that saves most, as long as one saves.
    fn merged(&self) -> Result<Option<Vec<Candidate<'a>>>, Missing> {
        // Groups by number; a merger gets a new one, and only its own pairs are looked at anew.
        let mut groups: BTreeMap<usize, Candidate<'a>> = BTreeMap::new();
        let mut pairs: BTreeMap<(usize, usize), (Money, Candidate<'a>)> = BTreeMap::new();
        for i in 0..self.tenants.len() {
            let Some(alone) = self.group(vec![i])? else { return Ok(None) };
            self.pair_up(&groups, i, &alone, &mut pairs)?;
            groups.insert(i, alone);
        }
        let mut number = groups.len();
        // The first of equal savings, so that the answer does not depend on luck.
        while let Some((&(a, b), _)) =
            pairs.iter().max_by_key(|((a, b), (saving, _))| (*saving, Reverse((*a, *b))))
        {
            let Some((_, both)) = pairs.remove(&(a, b)) else { break };
            groups.remove(&a);
            groups.remove(&b);
            pairs.retain(|(c, d), _| ![a, b].contains(c) && ![a, b].contains(d));
            self.pair_up(&groups, number, &both, &mut pairs)?;
            groups.insert(number, both);
            number += 1;
        }
        Ok(Some(groups.into_values().collect()))
    }

    /// The mergers of a new group with those that are there, as far as they cost no more.
    fn pair_up(
        &self,
        groups: &BTreeMap<usize, Candidate<'a>>,
        number: usize,
        new: &Candidate<'a>,
        pairs: &mut BTreeMap<(usize, usize), (Money, Candidate<'a>)>,
    ) -> Result<(), Missing> {
        for (&other, there) in groups {
            let mut members = [there.members.as_slice(), &new.members].concat();
            members.sort_unstable();
            let Some(both) = self.group(members)? else { continue };
            let saving = there.cost_month + new.cost_month - both.cost_month;
            if saving >= Money::ZERO {
                pairs.insert((other, number), (saving, both));
            }
        }
        Ok(())
    }

    /// The servers of one group; `None` if no type holds it or its members need different architectures.
    fn group(&self, members: Vec<usize>) -> Result<Option<Candidate<'a>>, Missing> {
        let tenants: Vec<Tenant<'_>> = members.iter().map(|&i| self.tenants[i]).collect();
        let Some(architecture) = common_architecture(&tenants) else { return Ok(None) };
        let together = Series::together(members.iter().map(|&i| &self.own[i]));
        let need = requirement(&tenants, together);
        let Some(fit) = fit::cheapest(&need, architecture, self.site)? else { return Ok(None) };
        let cost_month = fit.cost_month + self.extra.scaled(need.server_millis.into(), 1000);
        let count = most_copies(&tenants);
        Ok(Some(Candidate { members, fit, need, count, cost_month }))
    }
}

/// The servers of one component alone and how many there are on average, in thousandths.
pub(super) fn alone<'a>(
    component: &Component,
    settings: &ServerSettings,
    usage: &ServerUsage,
    site: &Site<'a>,
) -> Result<Option<(Fit<'a>, u64)>, Missing> {
    let whole_load = carries_whole_load(component.kind);
    let tenant = Tenant { settings, usage, whole_load };
    let need = requirement(&[tenant], Series::of(&tenant));
    let fit = fit::cheapest(&need, settings.architecture, site)?;
    Ok(fit.map(|fit| (fit, need.server_millis)))
}

/// What one server costs a month besides its type: root disk and public address.
pub(super) fn extra_per_server(site: &Site<'_>) -> Result<Money, Missing> {
    let (region, cloud) = (site.app.region_name(), site.cloud());
    let mut sum = Money::ZERO;
    if site.app.assume.no_disks.is_none() && !cloud.disk_included {
        let row = site.prices.price(cloud.disk.0, region, cloud.disk.1)?;
        sum += row.price.times(super::bill::gib_months(fit::ROOT_DISK, 1000));
    }
    if super::bill::has_public_address(site) {
        sum += cloud.address_month(site)?;
    }
    Ok(sum)
}

/// The least that a member costs as a part of servers, in any company: its memory on each of its copies, and the CPU
/// that it uses on average at the utilisation that servers are planned for.
pub(super) fn floor(member: &Member<'_>, site: &Site<'_>) -> Result<Money, Missing> {
    let Some(tenant) = tenant(member) else { return Ok(Money::ZERO) };
    let extra = extra_per_server(site)?;
    let types = site.prices.instances(site.app.region_name())?.iter();
    let priced = types.map(|instance| {
        let memory = instance.memory.saturating_sub(fit::SYSTEM_MEMORY);
        (instance.cpu, memory, fit::month(instance) + extra)
    });
    let (settings, usage) = (tenant.settings, tenant.usage);
    let copies = f64::from(settings.min.min(settings.copies));
    let mean: u64 = usage.cpu_mean_millicores.iter().map(|&m| u64::from(m)).sum();
    let mean = mean as f64 / usage.cpu_mean_millicores.len().max(1) as f64 / 1000.0;
    // Where servers come and go, or spill, they may be fuller than planned before that.
    let fuller = settings.min < settings.copies || settings.spill.is_some();
    let planned = if fuller { 1.0 } else { fit::TARGET_PERCENT as f64 / 100.0 };
    Ok(DualPrice::of(priced).times(mean / planned, copies * settings.memory.gib_f64()))
}

fn tenant<'a>(member: &Member<'a>) -> Option<Tenant<'a>> {
    match (&member.configuration.settings, &member.evaluation.usage) {
        (Settings::Server(settings), Usage::Server(usage)) => {
            Some(Tenant { settings, usage, whole_load: carries_whole_load(member.component.kind) })
        }
        _ => None,
    }
}

/// Whether each copy must be able to carry everything rather than its share.
pub(super) const fn carries_whole_load(kind: Kind) -> bool {
    matches!(kind, Kind::Stateful | Kind::Cron | Kind::Job)
}

fn common_architecture(tenants: &[Tenant<'_>]) -> Option<Architecture> {
    let first = tenants.first()?.settings.architecture;
    tenants.iter().all(|t| t.settings.architecture == first).then_some(first)
}

/// What the first, fullest server of a group must hold, which carries this.
fn requirement(tenants: &[Tenant<'_>], series: Series) -> Requirement {
    let mut need = Requirement {
        cpu: tenants.iter().map(|t| t.settings.cpu).max().unwrap_or_default(),
        memory: tenants.iter().map(|t| t.settings.memory).sum(),
        server_millis: u64::from(most_copies(tenants)) * 1000,
        ..Requirement::default()
    };
    if series.peak.is_empty() {
        return need;
    }
    // Who has no load still has servers.
    let sum: u64 = series.there.iter().map(|&t| u64::from(t.max(series.idle))).sum();
    need.server_millis = sum / series.there.len() as u64;
    (need.step, need.peak, need.mean) = (series.step, series.peak, series.mean);
    need
}

fn most_copies(tenants: &[Tenant<'_>]) -> u32 {
    tenants.iter().map(|t| t.settings.copies).max().unwrap_or(1).max(1)
}

impl Tenant<'_> {
    /// Servers of this tenant in a step, in thousandths.
    fn server_millis(&self, step: usize) -> u32 {
        let fixed = self.settings.copies.max(1).saturating_mul(1000);
        self.usage.server_millis.get(step).copied().unwrap_or(fixed).max(1)
    }

    /// What one server carries of so many millicores.
    fn share(&self, millicores: u32, step: usize) -> u32 {
        if self.whole_load {
            return millicores;
        }
        let each = u64::from(millicores) * 1000 / u64::from(self.server_millis(step));
        if self.settings.min >= self.settings.copies && self.settings.spill.is_none() {
            return each as u32;
        }
        // Such a server is as full as it was evaluated: before others come, or before it spills, it is fuller than
        // planned.
        each.min(self.settings.cpu.get() * fit::TARGET_PERCENT / 100) as u32
    }
}

impl Series {
    /// Of one tenant.
    fn of(tenant: &Tenant<'_>) -> Self {
        let usage = tenant.usage;
        if usage.step.millis_ceil() == 0 || usage.cpu_millicores.is_empty() {
            return Self { idle: tenant.server_millis(0), ..Self::default() };
        }
        let peak = usage.cpu_millicores.iter().enumerate();
        let average = |at: usize| usage.cpu_mean_millicores.get(at).copied().unwrap_or(0);
        let steps = 0..usage.cpu_millicores.len();
        Self {
            step: usage.step,
            peak: peak.map(|(at, &millicores)| tenant.share(millicores, at)).collect(),
            mean: steps.clone().map(|at| tenant.share(average(at), at)).collect(),
            there: steps.map(|at| tenant.server_millis(at)).collect(),
            idle: 0,
        }
    }

    /// Of several on one server, over the longest of their cycles in the finest of their steps.
    fn together<'s>(all: impl Iterator<Item = &'s Self> + Clone) -> Self {
        let idle = all.clone().map(|series| series.idle).max().unwrap_or(0);
        let loads = all.filter(|series| !series.peak.is_empty());
        let longest = loads.clone().map(Self::cycle_ms).max();
        let finest = loads.clone().map(|series| series.step).min();
        let (Some(longest), Some(step)) = (longest, finest) else {
            return Self { idle, ..Self::default() };
        };
        let steps = (longest / step.millis_ceil()).clamp(1, STEPS_MAX) as usize;
        let zero = || vec![0; steps];
        let mut sum = Self { step, peak: zero(), mean: zero(), there: zero(), idle };
        for series in loads {
            let same = series.step == step && series.peak.len() == steps;
            let at = (!same).then(|| series.repeated(step, steps));
            let at = at.as_deref();
            join(&mut sum.peak, &series.peak, at, u32::saturating_add);
            join(&mut sum.mean, &series.mean, at, u32::saturating_add);
            join(&mut sum.there, &series.there, at, u32::max);
        }
        sum
    }

    /// Its step in each of so many steps: shorter cycles repeat under longer ones.
    fn repeated(&self, step: Duration, steps: usize) -> Vec<usize> {
        let (step_ms, own_ms, length) =
            (step.millis_ceil(), self.step.millis_ceil(), self.peak.len() as u64);
        (0..steps as u64).map(|i| (i * step_ms / own_ms % length) as usize).collect()
    }

    fn cycle_ms(&self) -> u64 {
        self.step.millis_ceil().saturating_mul(self.peak.len() as u64)
    }
}

/// Joins a series to another, step by step or as `at` says.
fn join(sum: &mut [u32], own: &[u32], at: Option<&[usize]>, with: impl Fn(u32, u32) -> u32) {
    match at {
        None => sum.iter_mut().zip(own).for_each(|(sum, &own)| *sum = with(*sum, own)),
        Some(at) => sum.iter_mut().zip(at).for_each(|(sum, &at)| *sum = with(*sum, own[at])),
    }
}

fn finish(candidate: Candidate<'_>) -> ServerGroup<'_> {
    let Candidate { members, fit, need, count, .. } = candidate;
    let instance = fit.instance;
    let total = instance.cpu.get().max(1);
    let mut text = format!(
        "{} % CPU at the busiest minute, {} % on average; {} of {} memory",
        need.peak_millicores() * 100 / total,
        need.mean_millicores() * 100 / total,
        need.memory + fit::SYSTEM_MEMORY,
        instance.memory,
    );
    if fit.surplus_vcpu_ms > 0 {
        text.push_str("; above its CPU baseline, so credits are bought");
    }
    ServerGroup {
        instance,
        count,
        server_millis: need.server_millis,
        members,
        surplus_vcpu_ms: fit.surplus_vcpu_ms,
        why: Reason::plain(text),
    }
}
