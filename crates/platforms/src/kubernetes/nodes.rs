//! Which nodes to rent for everything on the cluster together, step by step.
//!
//! What a node offers is what its type has, less what the kubelet reserves (CPU by cores, memory by the
//! pods it may hold), the eviction threshold and the system pods that run on every node. Pods are packed
//! by requests; the cheapest type for the whole month wins, with disks, addresses and the CPU credits that
//! burstable types would have to buy. Members of different architectures need nodes of their own.

use std::borrow::Cow;

use catalog::{InstanceType, Missing};
use model::{Architecture, Component, Network, PodSettings, Reason};
use sim::nodes::{Distinct, Packer, PodSize, Room, Totals};
use units::{Duration, Money, Price, Quantity};

use super::flavours::Flavour;
use super::overhead::Overhead;
use super::{credits, knative};
use crate::billing::HOURS;
use crate::case::{Member, Site};
use crate::dual_price::DualPrice;
use crate::platform::Floors;
use crate::usage::{PodUsage, Usage};
use model::Settings;

/// Sizes of nodes that are searched: smaller ones have no room left, larger ones make the loss of one hurt.
const VCPU_SEARCHED: std::ops::RangeInclusive<u64> = 2000..=16_000;
/// Longer series are looked at in coarser steps: two weeks of minutes.
const STEPS_MAX: usize = 14 * 24 * 60;
/// Steps times pods of different kinds, at the most: with very many kinds steps are longer, and what is needed in any
/// minute of a step is needed in all of it.
const STEPS_TIMES_KINDS: usize = 100_000;
/// Steps that even very many kinds are looked at in: five minutes of a day.
const STEPS_LEAST: usize = 288;

/// The nodes of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct NodePlan<'a> {
    /// Nodes by architecture; one pool unless members differ in it.
    pub pools: Vec<NodePool<'a>>,
    /// Length of a step of [`NodePool::nodes`].
    pub step: Duration,
    /// Why pinned nodes do not hold the pods, if they do not.
    pub short: Option<Reason>,
}

/// Nodes of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct NodePool<'a> {
    /// The type.
    pub instance: &'a InstanceType,
    /// Places of its members among those that were planned for.
    pub members: Vec<usize>,
    /// Nodes in each step of the cycle.
    pub nodes: Vec<u32>,
    /// On-demand node time a month, in ms.
    pub on_demand_ms: u128,
    /// Interruptible node time a month, in ms.
    pub spot_ms: u128,
    /// CPU beyond what burstable nodes earn, in vCPU-milliseconds a month.
    pub surplus_vcpu_ms: u128,
    /// What decided, in words.
    pub why: Reason,
}

impl NodePool<'_> {
    /// Node time a month in hours.
    pub const fn node_hours(&self) -> Quantity {
        hours(self.on_demand_ms + self.spot_ms)
    }
    /// The fewest and the most nodes at any time.
    pub fn range(&self) -> (u32, u32) {
        let least = self.nodes.iter().copied().min().unwrap_or(0);
        (least, self.nodes.iter().copied().max().unwrap_or(0))
    }
}

/// Node-milliseconds as priced hours.
pub(super) const fn hours(ms: u128) -> Quantity {
    Quantity::new(ms, 3_600_000)
}

/// The cheapest nodes for all members; pinned ones if the application assumes some.
///
/// # Errors
/// A price or limit that the catalogue does not have, or a pod that no type holds.
pub fn plan_nodes<'a>(
    members: &[Member<'_>],
    site: &Site<'a>,
    flavour: &Flavour,
) -> Result<NodePlan<'a>, Missing> {
    let search = Search::new(site, flavour)?;
    let mut own = search.overhead.system().to_vec();
    own.extend(knative::own_pods(members, site)?);
    search.plan(members, &own)
}

/// The same for nodes that are added to a cluster whose own pods run already, but for those of `own`.
pub(super) fn plan_more_nodes<'a>(
    members: &[Member<'_>],
    site: &Site<'a>,
    flavour: &Flavour,
    own: &[(PodSize, u32)],
) -> Result<NodePlan<'a>, Missing> {
    Search::new(site, flavour)?.plan(members, own)
}

/// One member on the cluster.
#[derive(Debug, Clone, Copy)]
struct Tenant<'m> {
    at: usize,
    id: &'m str,
    arm: bool,
    size: PodSize,
    usage: &'m PodUsage,
}

impl Tenant<'_> {
    /// What it asks for in all: to tell the larger pool.
    fn weight(&self) -> u64 {
        self.size.cpu.get() * u64::from(self.usage.replicas.max())
    }
}

/// What the scheduler keeps for one pod.
pub(super) fn size_of(settings: &PodSettings, component: &Component) -> PodSize {
    let (cpu, memory) = settings.scheduled(component);
    PodSize { cpu, memory }
}

fn tenant<'m>(at: usize, member: &Member<'m>) -> Option<Tenant<'m>> {
    let (Settings::Pod(settings), Usage::Pod(usage)) =
        (&member.configuration.settings, &member.evaluation.usage)
    else {
        return None;
    };
    Some(Tenant {
        at,
        id: &member.component.id,
        arm: settings.architecture == Architecture::Arm,
        size: size_of(settings, member.component),
        usage,
    })
}

/// The pods of one pool over time.
struct PoolLoad<'m> {
    members: Vec<usize>,
    ids: Vec<&'m str>,
    sizes: Vec<PodSize>,
    distinct: Distinct,
    totals: Totals,
    step: Duration,
    /// Millicores at work in each step.
    used: Vec<u32>,
}

impl<'m> PoolLoad<'m> {
    fn of(tenants: &[Tenant<'m>], system: &[(PodSize, u32)]) -> Self {
        let step_of = |t: &Tenant<'_>| t.usage.replicas.step.max(Duration::SECOND);
        let finest = tenants.iter().map(step_of).min().unwrap_or(Duration::MINUTE);
        let length = |t: &Tenant<'_>| t.usage.replicas.counts.len() as u64 * step_of(t).nanos();
        let longest = tenants.iter().map(length).max().unwrap_or(0);
        let steps = (longest / finest.nanos()).max(1) as usize;
        let most = (STEPS_TIMES_KINDS / tenants.len().max(1)).clamp(STEPS_LEAST, STEPS_MAX);
        let step = finest * steps.div_ceil(most) as u64;
        let steps = (longest / step.nanos()).max(1) as usize;
        let series: Vec<Cow<'_, [u32]>> = tenants
            .iter()
            .map(|t| align(&t.usage.replicas.counts, step_of(t), step, steps))
            .collect();
        let system_counts: Vec<[u32; 1]> = system.iter().map(|(_, count)| [*count]).collect();
        let all: Vec<&[u32]> = series
            .iter()
            .map(AsRef::as_ref)
            .chain(system_counts.iter().map(<[u32; 1]>::as_slice))
            .collect();
        let mut used = vec![0_u32; steps];
        for tenant in tenants {
            let own = align(&tenant.usage.cpu_used_millicores, step_of(tenant), step, steps);
            if own.is_empty() {
                continue;
            }
            for (at, sum) in used.iter_mut().enumerate() {
                *sum = sum.saturating_add(own[at % own.len()]);
            }
        }
        let own = tenants.iter().map(|t| t.size);
        let sizes: Vec<PodSize> = own.chain(system.iter().map(|(size, _)| *size)).collect();
        let distinct = Distinct::of(&all);
        Self {
            members: tenants.iter().map(|t| t.at).collect(),
            ids: tenants.iter().map(|t| t.id).collect(),
            totals: distinct.totals(&sizes),
            sizes,
            distinct,
            step,
            used,
        }
    }

    fn cycle_ms(&self) -> u128 {
        u128::from(self.step.millis_ceil()) * self.distinct.len().max(1) as u128
    }
    /// CPU beyond what burstable nodes of this type earn, in vCPU-ms a month.
    fn surplus(&self, instance: &InstanceType, nodes: &[u32]) -> u128 {
        if instance.baseline_per_mille >= 1000 {
            return 0;
        }
        let baseline = instance.cpu.get() as f64 * f64::from(instance.baseline_per_mille) / 1000.0;
        credits::surplus_vcpu_ms(&self.used, nodes, self.step, baseline)
    }
    /// A time in steps of this load as ms of a month.
    fn month_ms(&self, steps: u64) -> u128 {
        let month = u128::from(Duration::MONTH.millis_ceil());
        u128::from(steps) * u128::from(self.step.millis_ceil()) * month / self.cycle_ms()
    }
}

/// A series in steps of another length: the most of what falls into a step.
pub(crate) fn align(counts: &[u32], from: Duration, to: Duration, steps: usize) -> Cow<'_, [u32]> {
    if from == to || counts.is_empty() {
        return Cow::Borrowed(counts);
    }
    let own = (counts.len() as u64 * from.nanos() / to.nanos()).clamp(1, steps as u64) as usize;
    let at = |step: usize| (step as u64 * to.nanos() / from.nanos()) as usize;
    let most = |step: usize| {
        let (first, last) = (at(step), at(step + 1).max(at(step) + 1));
        (first..last).map(|i| counts[i % counts.len()]).max().unwrap_or(0)
    };
    Cow::Owned((0..own).map(most).collect())
}

/// What a node costs besides its type, for a whole month.
pub(super) struct Extra(Money);

impl Extra {
    pub(super) fn of(site: &Site<'_>, flavour: &Flavour) -> Result<Self, Missing> {
        let (region, cloud) = (site.app.region_name(), site.cloud());
        let mut month = Money::ZERO;
        if site.app.assume.no_disks.is_none() && !cloud.disk_included {
            let gb = site.prices.limit_number(flavour.rows, "node.disk")? as u128;
            let row = site.prices.price(cloud.disk.0, region, cloud.disk.1)?;
            month += row.price.times(Quantity::whole(gb));
        }
        if has_public_address(site) {
            month += cloud.address_month(site)?;
        }
        Ok(Self(month))
    }

    pub(super) fn times(&self, node_ms: u128) -> Money {
        self.0.scaled(node_ms, u128::from(Duration::MONTH.millis_ceil()))
    }
}

/// Whether each node pays for a public address.
pub(super) fn has_public_address(site: &Site<'_>) -> bool {
    site.app.network.get() != Some(Network::Private) && site.app.assume.no_public_ipv4.is_none()
}

struct Search<'s, 'a> {
    site: &'s Site<'a>,
    overhead: Overhead,
    extra: Extra,
    /// What the provider takes for looking after nodes, in per cent of their on-demand price.
    fee_percent: u32,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(site: &'s Site<'a>, flavour: &Flavour) -> Result<Self, Missing> {
        Ok(Self {
            site,
            overhead: Overhead::of(site, flavour)?,
            extra: Extra::of(site, flavour)?,
            fee_percent: flavour.fee_percent(site)?,
        })
    }

    /// The nodes of these members, and of the cluster's `own` pods.
    fn plan(
        &self,
        members: &[Member<'_>],
        own: &[(PodSize, u32)],
    ) -> Result<NodePlan<'a>, Missing> {
        let tenants: Vec<Tenant<'_>> =
            members.iter().enumerate().filter_map(|(at, member)| tenant(at, member)).collect();
        let pinned = match &self.site.app.assume.node {
            Some((name, _)) => Some(self.site.prices.instance(self.site.app.region_name(), name)?),
            None => None,
        };
        let mut groups: Vec<(Option<bool>, Vec<Tenant<'_>>)> = Vec::new();
        for tenant in tenants {
            let arm = pinned.is_none().then_some(tenant.arm);
            match groups.iter_mut().find(|(group, _)| *group == arm) {
                Some((_, group)) => group.push(tenant),
                None => groups.push((arm, vec![tenant])),
            }
        }
        if groups.is_empty() && !own.is_empty() {
            groups.push((None, Vec::new()));
        }
        // The larger pool carries the cluster's own pods.
        groups.sort_by_key(|(arm, group)| {
            (std::cmp::Reverse(group.iter().map(Tenant::weight).sum::<u64>()), *arm)
        });
        let mut plan = NodePlan { pools: Vec::new(), step: Duration::MINUTE, short: None };
        for (place, (arm, group)) in groups.iter().enumerate() {
            let load = PoolLoad::of(group, if place == 0 { own } else { &[] });
            plan.step = load.step;
            let pool = match (pinned, &self.site.app.assume.nodes) {
                (Some(instance), Some((count, _))) => {
                    plan.short = self.shortfall(&load, instance, *count);
                    self.fixed(&load, instance, *count)
                }
                (Some(instance), None) => self.with(&load, instance)?,
                (None, _) => self.cheapest(&load, *arm == Some(true))?,
            };
            plan.pools.push(pool);
        }
        Ok(plan)
    }

    fn zones(&self) -> u32 {
        u32::from(self.site.app.availability.zones.get().unwrap_or(1)).max(1)
    }

    /// The type that costs least in a month.
    fn cheapest(&self, load: &PoolLoad<'_>, arm: bool) -> Result<NodePool<'a>, Missing> {
        let all = self.site.prices.instances(self.site.app.region_name())?;
        let suits = |t: &&InstanceType| t.arm == arm && self.overhead.max_pods(t).is_some();
        let usual = all.iter().filter(suits).filter(|t| VCPU_SEARCHED.contains(&t.cpu.get()));
        let found = match self.best_of(load, usual) {
            // Pods that are too large for usual nodes get larger ones.
            None => self.best_of(load, all.iter().filter(suits)),
            found => found,
        };
        found.ok_or_else(|| Missing {
            what: format!(
                "node type in {} for {}",
                self.site.app.region_name(),
                load.ids.join(", ")
            ),
            hint: "every type is too small for one of the pods".to_owned(),
        })
    }

    fn best_of(
        &self,
        load: &PoolLoad<'_>,
        types: impl Iterator<Item = &'a InstanceType>,
    ) -> Option<NodePool<'a>> {
        // What no packing can undercut, cheapest first: most types never get packed. The sums over all steps are a bound
        // that costs next to nothing; where that is not enough, each step counts for itself.
        let mut rough: Vec<(Money, &'a InstanceType, Room)> = types
            .map(|t| (t, self.overhead.room(t)))
            .filter(|(_, room)| room.fits(&load.sizes))
            .map(|(t, room)| {
                let steps = load.totals.node_steps_roughly(room, self.zones());
                (self.time_cost(t, load.month_ms(steps)), t, room)
            })
            .collect();
        rough.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        let mut best: Option<(Money, Money, &'a InstanceType, Vec<u32>)> = None;
        for (rough, instance, room) in rough {
            let is_dearer = |cost: Money| best.as_ref().is_some_and(|(least, ..)| *least < cost);
            if is_dearer(rough) {
                break;
            }
            let steps = load.totals.node_steps_at_least(room, self.zones());
            let bound = self.time_cost(instance, load.month_ms(steps));
            if is_dearer(bound) {
                continue;
            }
            let Some(mut packer) = Packer::new(room, &load.sizes, self.zones()) else { continue };
            let needed = load.distinct.needed(&mut packer);
            let time = self.time_cost(instance, load.month_ms(needed.node_steps));
            if is_dearer(time) {
                continue;
            }
            let Some(credits) = self.credits(load, instance, &needed.nodes) else { continue };
            let cost = time + credits;
            // Of what costs the same, what may have cost least.
            let better = best.as_ref().is_none_or(|(least, least_bound, least_of, _)| {
                (cost, bound, &instance.name) < (*least, *least_bound, &least_of.name)
            });
            if better {
                best = Some((cost, bound, instance, needed.nodes));
            }
        }
        let (_, _, instance, nodes) = best?;
        Some(self.pool(load, instance, nodes))
    }

    /// A pinned type, as many nodes as it takes.
    fn with(
        &self,
        load: &PoolLoad<'_>,
        instance: &'a InstanceType,
    ) -> Result<NodePool<'a>, Missing> {
        let room = self.overhead.room(instance);
        let mut packer = Packer::new(room, &load.sizes, self.zones()).ok_or_else(|| Missing {
            what: format!("room on a {} for {}", instance.name, load.ids.join(", ")),
            hint: "one of the pods is larger than the pinned node".to_owned(),
        })?;
        Ok(self.pool(load, instance, load.distinct.needed(&mut packer).nodes))
    }

    /// A pinned type in a pinned number, whether or not that is enough: nodes and nothing else, so that
    /// somebody's estimate comes out as they made it.
    fn fixed(&self, load: &PoolLoad<'_>, instance: &'a InstanceType, count: u32) -> NodePool<'a> {
        let pool = self.pool(load, instance, vec![count; load.distinct.len().max(1)]);
        let why = Reason::plain(format!("{count} {} assumed", instance.name));
        NodePool { surplus_vcpu_ms: 0, why, ..pool }
    }

    /// In words, if pinned nodes do not hold the pods.
    fn shortfall(
        &self,
        load: &PoolLoad<'_>,
        instance: &InstanceType,
        count: u32,
    ) -> Option<Reason> {
        let room = self.overhead.room(instance);
        let Some(mut packer) = Packer::new(room, &load.sizes, self.zones()) else {
            let text = format!("a pod is larger than what a {} has for pods", instance.name);
            return Some(Reason::plain(text));
        };
        let most = load.distinct.needed(&mut packer).most;
        (most > count).then(|| {
            Reason::plain(format!(
                "the pods need {most} {} at the busiest time, and {count} are assumed",
                instance.name
            ))
        })
    }

    /// A pool with its node time and credits, from the nodes in each step.
    fn pool(
        &self,
        load: &PoolLoad<'_>,
        instance: &'a InstanceType,
        nodes: Vec<u32>,
    ) -> NodePool<'a> {
        let all: u64 = nodes.iter().map(|&n| u64::from(n)).sum();
        let spot = self
            .spot_price(instance)
            .map_or(0, |_| nodes.iter().map(|&n| u64::from(n.saturating_sub(self.zones()))).sum());
        let total = load.month_ms(all);
        let spot_ms = load.month_ms(spot);
        let surplus_vcpu_ms = load.surplus(instance, &nodes);
        let (least, most) =
            (nodes.iter().min().copied().unwrap_or(0), nodes.iter().max().copied().unwrap_or(0));
        let used = load.used.iter().map(|&m| u64::from(m)).sum::<u64>() as f64
            / load.used.len().max(1) as f64;
        let there = instance.cpu.get() as f64 * all as f64 / nodes.len().max(1) as f64;
        let why = Reason::plain(format!(
            "cheapest of all types for these pods: {least} to {most} nodes, {:.0} % CPU in use",
            used / there.max(1.0) * 100.0
        ));
        NodePool {
            instance,
            members: load.members.clone(),
            nodes,
            on_demand_ms: total - spot_ms,
            spot_ms,
            surplus_vcpu_ms,
            why,
        }
    }

    /// What so much node time of a type costs a month, with disks and addresses.
    fn time_cost(&self, instance: &InstanceType, node_ms: u128) -> Money {
        let month = u128::from(Duration::MONTH.millis_ceil());
        let time = match self.spot_price(instance) {
            Some(spot) => {
                let base = node_ms.min(month * u128::from(self.zones()));
                instance.hour.times(hours(base)) + spot.times(hours(node_ms - base))
            }
            None => machine_time(instance, node_ms),
        };
        let list = instance.list_hour.times(hours(node_ms));
        let fee = list.scaled(self.fee_percent.into(), 100);
        time + fee + self.extra.times(node_ms)
    }

    /// What burstable nodes' surplus credits cost a month; `None` where they would be needed and cannot be
    /// bought or priced.
    fn credits(
        &self,
        load: &PoolLoad<'_>,
        instance: &InstanceType,
        nodes: &[u32],
    ) -> Option<Money> {
        match load.surplus(instance, nodes) {
            0 => Some(Money::ZERO),
            surplus => {
                let region = self.site.app.region_name();
                let dimension = credit_dimension(instance)?;
                let row =
                    self.site.prices.price(self.site.cloud().machines, region, dimension).ok()?;
                Some(row.price.times(hours(surplus)))
            }
        }
    }

    /// Price of interruptible capacity, where it may be used and is known.
    fn spot_price(&self, instance: &InstanceType) -> Option<Price> {
        (self.site.app.spot.get() == Some(true)).then(|| spot_price(instance)).flatten()
    }
}

/// What so much time of nodes costs on demand. Where a cap ends what an hourly price sums up to, nodes are taken to
/// stay for whole months as far as that is cheaper.
pub(super) fn machine_time(instance: &InstanceType, node_ms: u128) -> Money {
    let (capped, rest) = capped(instance, node_ms);
    let cap = instance.month_cap.map_or(Money::ZERO, |cap| cap.times(Quantity::whole(capped)));
    cap + instance.hour.times(hours(rest))
}

/// Whole node-months at the cap, and what is left of the time.
pub(super) fn capped(instance: &InstanceType, node_ms: u128) -> (u128, u128) {
    let month = u128::from(Duration::MONTH.millis_ceil());
    let Some(cap) = instance.month_cap else { return (0, node_ms) };
    let (mut months, mut rest) = (node_ms / month, node_ms % month);
    if instance.hour.times(hours(rest)) > cap.money() {
        (months, rest) = (months + 1, 0);
    }
    if instance.hour.times(hours(month)) <= cap.money() { (0, node_ms) } else { (months, rest) }
}

/// The catalogue's dimension for surplus credits of a burstable family; `None` where none can be bought.
pub(super) fn credit_dimension(instance: &InstanceType) -> Option<&'static str> {
    match instance.family.as_str() {
        "t3" | "t3a" => Some("t3_unlimited_cpu_credits"),
        "t4g" => Some("t4g_unlimited_cpu_credits"),
        _ => None,
    }
}

/// Price of interruptible capacity of a type, if it is known.
pub(super) fn spot_price(instance: &InstanceType) -> Option<Price> {
    instance.spot.as_ref().map(|spot| spot.hour)
}

/// The least that a member's pods cost as a part of nodes, in any company, and that the cluster's own do. Nothing where nodes
/// are pinned, or there already.
pub(super) fn floors(
    member: &Member<'_>,
    site: &Site<'_>,
    flavour: &Flavour,
) -> Result<Floors, Missing> {
    let pinned = site.app.assume.nodes.is_some() || site.app.existing_cluster.is_some();
    if pinned || !flavour.has_nodes() {
        return Ok(Floors::default());
    }
    let search = Search::new(site, flavour)?;
    let month = u128::from(Duration::MONTH.millis_ceil());
    let types = site.prices.instances(site.app.region_name())?.iter();
    let priced = types.map(|instance| {
        let room = search.overhead.room(instance);
        // Nodes that stay may be capped, and those beyond the first of a zone may be spot.
        let on_demand = search.time_cost(instance, month);
        let spot = search.spot_price(instance).map(|hour| hour.times(hours(month)));
        let least = spot.map_or(on_demand, |spot| spot.min(on_demand));
        (room.cpu, room.memory, least)
    });
    let price = DualPrice::of(priced);
    let added = tenant(0, member).map_or(Money::ZERO, |tenant| {
        let counts = &tenant.usage.replicas.counts;
        let pods = counts.iter().map(|&n| f64::from(n)).sum::<f64>() / counts.len().max(1) as f64;
        price.times(pods * tenant.size.cpu.vcpu_f64(), pods * tenant.size.memory.gib_f64())
    });
    let own = search.overhead.system().iter();
    let own = own.map(|(size, count)| (f64::from(*count), size));
    let (vcpus, gib) = own.fold((0.0, 0.0), |(vcpus, gib), (count, size)| {
        (vcpus + count * size.cpu.vcpu_f64(), gib + count * size.memory.gib_f64())
    });
    Ok(Floors { added, fixed: price.times(vcpus, gib) })
}

/// The usual machines of an architecture, all of each taken to be there for pods, and what one costs a month at the least in
/// dollars: looked at for a bound, so without what bills add. None where nodes are pinned, there already, or not to be seen.
pub(super) fn usual(
    site: &Site<'_>,
    flavour: &Flavour,
    architecture: Architecture,
) -> Result<Vec<(PodSize, f64)>, Missing> {
    let assumed = site.app.assume.node.is_some() || site.app.existing_cluster.is_some();
    if assumed || !flavour.has_nodes() {
        return Ok(Vec::new());
    }
    let arm = architecture == Architecture::Arm;
    let may_go = site.app.spot.get() == Some(true);
    let all = site.prices.instances(site.app.region_name())?.iter();
    let own = all.filter(|t| t.arm == arm && VCPU_SEARCHED.contains(&t.cpu.get()));
    let priced = own.map(|t| {
        let hour = spot_price(t).filter(|_| may_go).map_or(t.hour, |spot| spot.min(t.hour));
        let month = hour.money().dollars() * HOURS as f64;
        let month = t.month_cap.map_or(month, |cap| month.min(cap.money().dollars()));
        (PodSize { cpu: t.cpu, memory: t.memory }, month)
    });
    Ok(priced.collect())
}

/// What is left to place when a cluster's spare room is filled first, largest dominant resource first.
pub(super) fn beyond_spare(members: &[Member<'_>], spare: Room) -> Vec<PodUsage> {
    let tenants: Vec<Tenant<'_>> =
        members.iter().enumerate().filter_map(|(at, member)| tenant(at, member)).collect();
    let mut left: Vec<PodUsage> = tenants.iter().map(|t| t.usage.clone()).collect();
    let mut order: Vec<usize> = (0..tenants.len()).collect();
    let share = |i: usize| {
        let part = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        let size = tenants[i].size;
        part(size.cpu.get(), spare.cpu.get()).max(part(size.memory.get(), spare.memory.get()))
    };
    order.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
    let steps = left.iter().map(|usage| usage.replicas.counts.len()).max().unwrap_or(0);
    // A series shorter than the longest fills the room as it does at its own busiest time.
    let count = |usage: &PodUsage, step: usize| {
        usage.replicas.counts.get(step).copied().unwrap_or_else(|| usage.replicas.max())
    };
    for step in 0..steps {
        let mut room = spare;
        for &i in &order {
            let wanted = count(tenants[i].usage, step);
            let fits = room.holds(tenants[i].size).min(u64::from(wanted));
            room = room.less(tenants[i].size, fits);
            if let Some(slot) = left[i].replicas.counts.get_mut(step) {
                *slot -= fits as u32;
            }
        }
    }
    left
}
