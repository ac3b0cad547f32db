//! What everything on the cluster costs a month together.

use std::fmt::Write as _;

use catalog::{InstanceType, Missing, PriceRow};
use model::{Architecture, Invoice, MachinePool, Network};
use sim::nodes::{PodSize, Room};
use units::{Bytes, Duration, Money, Quantity};

use super::flavours::{ControlPlane, Flavour, Machines};
use super::nodes::{self, NodePlan, NodePool, beyond_spare, hours, plan_nodes};
use super::{knative, options, per_pod};
use crate::billing::{GB, HOURS, Lines};
use crate::case::{Case, Member, Site};
use crate::front_door::{self, Targets};
use crate::platform::{Evaluation, Floors};
use crate::spill;
use crate::usage::Usage;
use model::Settings;

/// The whole cluster: control plane, nodes with disks and addresses, volumes, NAT, load balancer.
pub(super) fn bill(
    members: &[Member<'_>],
    site: &Site<'_>,
    flavour: &Flavour,
) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(flavour.id, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    control_plane(&mut lines, flavour)?;
    let node_ms =
        cluster(&mut lines, members, flavour, |members| plan_nodes(members, site, flavour))?;
    if site.app.network.get() == Some(Network::Private) {
        site.cloud().nat_lines(&mut lines, hours(node_ms))?;
    }
    with_spilled(lines.finish(), members, site)
}

/// What a member adds to nodes at the least, and what a cluster costs with it in any company: control plane, load balancer,
/// and what the cluster's own pods take of nodes. One that is there already is only added to.
pub(super) fn floors(
    member: &Member<'_>,
    site: &Site<'_>,
    flavour: &Flavour,
) -> Result<Floors, Missing> {
    let mut lines = Lines::new(flavour.id, site);
    if site.app.existing_cluster.is_none() {
        control_plane(&mut lines, flavour)?;
    }
    front_door::bill(&mut lines, &[*member], Targets::Servers)?;
    let nodes = nodes::floors(member, site, flavour)?;
    Ok(Floors { fixed: lines.finish().shared() + nodes.fixed, ..nodes })
}

/// What a cluster with pods costs at the least, without what every bill has beside nodes: looked up once for all sizes.
pub(super) struct Least {
    /// With no pods.
    pub(super) cluster: Money,
    nodes: Vec<(PodSize, f64)>,
}

impl Least {
    pub(super) fn of(
        case: &Case<'_>,
        flavour: &Flavour,
        architecture: Architecture,
    ) -> Result<Self, Missing> {
        let site = case.site();
        let mut lines = Lines::new(flavour.id, &site);
        if site.app.existing_cluster.is_none() {
            control_plane(&mut lines, flavour)?;
        }
        let nodes = nodes::usual(&site, flavour, architecture)?;
        Ok(Self { cluster: lines.finish().total(), nodes })
    }

    /// A pod of this size that is always there: the part of a node that its CPU or its memory is.
    pub(super) fn pod(&self, size: PodSize) -> Money {
        let fits =
            self.nodes.iter().filter(|(all, _)| all.cpu >= size.cpu && all.memory >= size.memory);
        let part = |all: &PodSize| {
            let of_cpu = size.cpu.vcpu_f64() / all.cpu.vcpu_f64();
            of_cpu.max(size.memory.gib_f64() / all.memory.gib_f64())
        };
        let least = fits.map(|(all, month)| part(all) * month).fold(f64::INFINITY, f64::min);
        Money::from_pico(if least.is_finite() { (least * 1e12) as i128 } else { 0 })
    }
}

/// What the members add to a cluster that is there and paid for: no control plane, no NAT, and nodes only
/// for what its declared spare room does not hold. Volumes and load balancer are as in [`bill`].
///
/// Without an existing cluster it is the whole bill.
pub(super) fn marginal_bill(
    members: &[Member<'_>],
    site: &Site<'_>,
    flavour: &Flavour,
) -> Result<Invoice, Missing> {
    let Some(existing) = &site.app.existing_cluster else { return bill(members, site, flavour) };
    let mut lines = Lines::new(flavour.id, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    let mut spare = Room {
        cpu: existing.spare_cpu.get().unwrap_or_default(),
        memory: existing.spare_memory.get().unwrap_or_default(),
        pods: u32::MAX,
    };
    // Nobody says that Knative is there already: its pods take spare room first, or need nodes.
    let mut knative = knative::own_pods(members, site)?;
    if let Some(left) = knative.iter().try_fold(spare, |room, (size, count)| {
        (room.holds(*size) >= u64::from(*count)).then(|| room.less(*size, u64::from(*count)))
    }) {
        (spare, knative) = (left, Vec::new());
    }
    cluster(&mut lines, members, flavour, |members| {
        let left: Vec<Evaluation> = members
            .iter()
            .zip(beyond_spare(members, spare))
            .map(|(member, usage)| Evaluation {
                usage: Usage::Pod(usage),
                ..member.evaluation.clone()
            })
            .collect();
        let beyond: Vec<Member<'_>> = members
            .iter()
            .zip(&left)
            .filter(|(_, evaluation)| match &evaluation.usage {
                Usage::Pod(usage) => usage.replicas.max() > 0,
                _ => false,
            })
            .map(|(member, evaluation)| Member { evaluation, ..*member })
            .collect();
        // The cluster's own pods run already.
        nodes::plan_more_nodes(&beyond, site, flavour, &knative)
    })?;
    with_spilled(lines.finish(), members, site)
}

/// The bill with what the members' spilled requests cost where they go.
fn with_spilled(
    mut invoice: Invoice,
    members: &[Member<'_>],
    site: &Site<'_>,
) -> Result<Invoice, Missing> {
    for member in members {
        invoice.lines.extend(spill::lines(member, site)?);
    }
    Ok(invoice)
}

/// What it costs to have a cluster at all.
fn control_plane(lines: &mut Lines<'_>, flavour: &Flavour) -> Result<(), Missing> {
    let site = lines.site();
    let zones = site.app.availability.zones.get().unwrap_or(1);
    match flavour.control_plane {
        ControlPlane::Fee { row: (service, dimension), item, credit } => {
            let free = credit.filter(|_| zones <= 1);
            let free = free.map_or(0, |credit| lines.allowance(service, credit, 1));
            let hours = Quantity::whole(HOURS.saturating_sub(free));
            lines.add(service, dimension, item, None, hours)
        }
        ControlPlane::FreeInOneZone { .. } if zones <= 1 => Ok(()),
        ControlPlane::FreeInOneZone { row: (service, dimension), item } => {
            lines.add(service, dimension, item, None, Quantity::whole(HOURS))
        }
        ControlPlane::Own => own_control_plane(lines, flavour, zones),
    }
}

/// Machines for a control plane of one's own: the cheapest type that is large enough.
fn own_control_plane(lines: &mut Lines<'_>, flavour: &Flavour, zones: u8) -> Result<(), Missing> {
    let site = lines.site();
    let number = |id: &str| site.prices.limit_number(flavour.rows, id);
    let count = number(if zones > 1 { "control_plane.nodes_ha" } else { "control_plane.nodes" })?;
    let (cpu, gib) = (number("control_plane.cpu")?, number("control_plane.memory")?);
    let types = site.prices.instances(site.app.region_name())?.iter();
    let fits = types.filter(|t| t.cpu.get() as f64 >= cpu && t.memory.gib_f64() >= gib);
    let month = u128::from(Duration::MONTH.millis_ceil());
    let cost = |t: &InstanceType| nodes::machine_time(t, month);
    let cheapest = fits.min_by(|a, b| (cost(a), &a.name).cmp(&(cost(b), &b.name)));
    let instance = cheapest.ok_or_else(|| Missing {
        what: format!("machine type in {} for a control plane", site.app.region_name()),
        hint: format!("it needs {cpu} millicores and {gib} GiB"),
    })?;
    let ms = month * count as u128;
    machine_lines(lines, instance, "control-plane nodes", ms)?;
    if nodes::has_public_address(site) {
        let item = "public IPv4 of the control plane";
        site.cloud().addresses(lines, item, hours(ms))?;
    }
    Ok(())
}

/// Nodes or pods, volumes, load balancer; answers the time of nodes in ms.
fn cluster<'a>(
    lines: &mut Lines<'a>,
    members: &[Member<'_>],
    flavour: &Flavour,
    plan: impl Fn(&[Member<'_>]) -> Result<NodePlan<'a>, Missing>,
) -> Result<u128, Missing> {
    let mut node_ms = 0;
    match flavour.machines {
        Machines::Nodes { .. } => {
            for pool in &plan(members)?.pools {
                node_lines(lines, pool, flavour)?;
                node_ms += pool.on_demand_ms + pool.spot_ms;
            }
        }
        Machines::Pods { rows } => per_pod::bill(lines, members, flavour, rows)?,
    }
    if lines.site().app.assume.no_disks.is_none() {
        for member in members {
            volumes(lines, member)?;
        }
    }
    front_door::bill(lines, members, Targets::Servers)?;
    Ok(node_ms)
}

/// Time of machines of one type: at the hour, or at the month where a cap makes that cheaper.
fn machine_lines(
    lines: &mut Lines<'_>,
    instance: &InstanceType,
    item: &str,
    ms: u128,
) -> Result<(), Missing> {
    let service = lines.site().cloud().machines;
    let name = &instance.name;
    let (months, rest) = nodes::capped(instance, ms);
    let month = format!("{name} month");
    lines.add(service, &month, format!("{item} {name}, months"), None, Quantity::whole(months))?;
    lines.add(service, name, format!("{item} {name}, hours"), None, hours(rest))
}

fn node_lines(
    lines: &mut Lines<'_>,
    pool: &NodePool<'_>,
    flavour: &Flavour,
) -> Result<(), Missing> {
    let (site, cloud) = (lines.site(), lines.site().cloud());
    let name = &pool.instance.name;
    machine_lines(lines, pool.instance, "nodes", pool.on_demand_ms)?;
    let row = site.prices.price(cloud.machines, site.app.region_name(), name)?;
    if let Some(price) = nodes::spot_price(pool.instance) {
        let mut spot = row.clone();
        spot.price = price;
        let often = pool.instance.spot.as_ref().and_then(|spot| spot.interruption.as_deref());
        let often = often.map_or(String::new(), |band| format!(" ({band} a month interrupted)"));
        lines.row(&spot, format!("nodes {name}, spot{often}, hours"), None, hours(pool.spot_ms));
    }
    if let Some(dimension) = nodes::credit_dimension(pool.instance) {
        let item = format!("{name}, CPU above its baseline");
        lines.add(cloud.machines, dimension, item, None, hours(pool.surplus_vcpu_ms))?;
    }
    let node_ms = pool.on_demand_ms + pool.spot_ms;
    let fee = flavour.fee_percent(site)?;
    if fee > 0 {
        // A share of the on-demand price, of spot nodes too.
        let quantity = Quantity::new(node_ms * u128::from(fee), 3_600_000 * 100);
        let item = format!("{fee} % of the nodes' on-demand price");
        let list = PriceRow { price: pool.instance.list_hour, ..row.clone() };
        lines.row(&list, item, None, quantity);
    }
    if site.app.assume.no_disks.is_none() {
        let gb = site.prices.limit_number(flavour.rows, "node.disk")? as u128;
        let month = u128::from(Duration::MONTH.millis_ceil());
        let disks = Quantity::new(gb * node_ms, month);
        cloud.root_disks(lines, &format!("disks of nodes {name}"), None, disks)?;
    }
    if nodes::has_public_address(site) {
        cloud.addresses(lines, "public IPv4 of the nodes", hours(node_ms))?;
    }
    Ok(())
}

/// Disks of pods that keep data.
fn volumes(lines: &mut Lines<'_>, member: &Member<'_>) -> Result<(), Missing> {
    let (Settings::Pod(settings), Usage::Pod(usage)) =
        (&member.configuration.settings, &member.evaluation.usage)
    else {
        return Ok(());
    };
    if settings.volume == Bytes::ZERO {
        return Ok(());
    }
    let id = member.component.id.as_str();
    let bytes = u128::from(settings.volume.get()) * u128::from(usage.replicas.max());
    let item = format!("disk of {id}");
    let (service, dimension) = lines.site().cloud().disk;
    lines.add(service, dimension, item, Some(id), Quantity::new(bytes, GB))
}

/// The nodes that each member shares; of those on nodes that nobody sees, none.
pub(super) fn machines(
    members: &[Member<'_>],
    site: &Site<'_>,
    flavour: &Flavour,
) -> Result<Vec<Option<MachinePool>>, Missing> {
    let mut found = vec![None; members.len()];
    if !flavour.has_nodes() {
        return Ok(found);
    }
    for (pool, number) in plan_nodes(members, site, flavour)?.pools.iter().zip(0..) {
        let (min, max) = pool.range();
        for &at in &pool.members {
            let instance = pool.instance.name.clone();
            found[at] = Some(MachinePool { instance, min, max, pool: number });
        }
    }
    Ok(found)
}

/// Where each member ends up: `250m 512 MB arm, 1 to 4 pods, ALB, on 1 to 3 t4g.medium`.
pub(super) fn describe(
    members: &[Member<'_>],
    site: &Site<'_>,
    flavour: &Flavour,
) -> Result<Vec<String>, Missing> {
    let mut texts: Vec<String> = members.iter().map(|m| m.configuration.label.clone()).collect();
    if !flavour.has_nodes() {
        for (text, member) in texts.iter_mut().zip(members) {
            if let (Settings::Pod(settings), Usage::Pod(usage)) =
                (&member.configuration.settings, &member.evaluation.usage)
            {
                let counts = &usage.replicas.counts;
                let pods = counts.iter().min().copied().zip(counts.iter().max().copied());
                *text = options::label_of_share(settings, pods, spill::share(member));
            }
        }
        return Ok(texts);
    }
    let plan = plan_nodes(members, site, flavour)?;
    for pool in &plan.pools {
        for &at in &pool.members {
            let (Settings::Pod(settings), Usage::Pod(usage)) =
                (&members[at].configuration.settings, &members[at].evaluation.usage)
            else {
                continue;
            };
            let counts = &usage.replicas.counts;
            let pods = counts.iter().min().copied().zip(counts.iter().max().copied());
            texts[at] = options::label_of_share(settings, pods, spill::share(&members[at]));
            let (least, most) = pool.range();
            let count =
                if least == most { format!("{most}") } else { format!("{least} to {most}") };
            write!(texts[at], ", on {count} {}", pool.instance.name).expect("writing to a string");
        }
    }
    Ok(texts)
}
