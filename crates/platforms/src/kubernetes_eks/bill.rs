//! What everything on the cluster costs a month together.

use std::fmt::Write as _;

use catalog::Missing;
use model::{Invoice, Network};
use sim::nodes::Room;
use units::{Bytes, Duration, Quantity};

use super::nodes::{self, NodePlan, NodePool, beyond_spare, hours, plan_nodes};
use super::{ID, options};
use crate::billing::{GB, HOURS, Lines};
use crate::case::{Member, Site};
use crate::front_door::{self, Targets};
use crate::platform::Evaluation;
use crate::settings::Settings;
use crate::usage::Usage;

/// The whole cluster: control plane, nodes with disks and addresses, volumes, NAT, load balancer.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    let quantity = Quantity::whole(HOURS);
    lines.add("aws/eks", "cluster_standard_support", "EKS control plane, hours", None, quantity)?;
    cluster(&mut lines, members, &plan_nodes(members, site)?)?;
    if site.app.network.get() == Some(Network::Private) {
        let zones = u128::from(site.app.availability.zones.get().unwrap_or(1).max(1));
        let hours = Quantity::whole(zones * HOURS);
        lines.add("aws/nat", "hour", "NAT gateway, hours", None, hours)?;
    }
    Ok(lines.finish())
}

/// What the members add to a cluster that is there and paid for: no control plane, no NAT, and nodes only
/// for what its declared spare room does not hold. Volumes and load balancer are as in [`bill`].
///
/// Without an existing cluster it is the whole bill.
pub fn marginal_bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let Some(existing) = &site.app.existing_cluster else { return bill(members, site) };
    let mut lines = Lines::new(ID, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    let spare = Room {
        cpu: existing.spare_cpu.get().unwrap_or_default(),
        memory: existing.spare_memory.get().unwrap_or_default(),
        pods: u32::MAX,
    };
    let left: Vec<Evaluation> = members
        .iter()
        .zip(beyond_spare(members, spare))
        .map(|(member, usage)| Evaluation { usage: Usage::Pod(usage), ..member.evaluation.clone() })
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
    let plan = nodes::plan_more_nodes(&beyond, site)?;
    cluster(&mut lines, members, &plan)?;
    Ok(lines.finish())
}

/// Nodes, volumes, load balancer.
fn cluster(
    lines: &mut Lines<'_>,
    members: &[Member<'_>],
    plan: &NodePlan<'_>,
) -> Result<(), Missing> {
    for pool in &plan.pools {
        node_lines(lines, pool)?;
    }
    if lines.site().app.assume.no_disks.is_none() {
        for member in members {
            volumes(lines, member)?;
        }
    }
    front_door::bill(lines, members, Targets::Servers)
}

fn node_lines(lines: &mut Lines<'_>, pool: &NodePool<'_>) -> Result<(), Missing> {
    let site = lines.site();
    let name = &pool.instance.name;
    let row = site.prices.price("aws/ec2", site.app.region_name(), name)?;
    lines.row(row, format!("nodes {name}, hours"), None, hours(pool.on_demand_ms));
    if let Some(price) = nodes::spot_price(pool.instance) {
        let mut spot = row.clone();
        spot.price = price;
        lines.row(&spot, format!("nodes {name}, spot, hours"), None, hours(pool.spot_ms));
    }
    if let Some(dimension) = nodes::credit_dimension(pool.instance) {
        let item = format!("{name}, CPU above its baseline");
        lines.add("aws/ec2", dimension, item, None, hours(pool.surplus_vcpu_ms))?;
    }
    let node_ms = pool.on_demand_ms + pool.spot_ms;
    if site.app.assume.no_disks.is_none() {
        let gb = site.prices.limit_number("eks", "node.disk")? as u128;
        let month = u128::from(Duration::MONTH.millis_ceil());
        let disks = Quantity::new(gb * node_ms, month);
        lines.add("aws/ebs", "gp3_storage", format!("disks of nodes {name}"), None, disks)?;
    }
    if nodes::has_public_address(site) {
        lines.add("aws/ipv4", "hour", "public IPv4 of the nodes", None, hours(node_ms))?;
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
    lines.add("aws/ebs", "gp3_storage", item, Some(id), Quantity::new(bytes, GB))
}

/// Where each member ends up: `250m 512 MB arm, 1 to 4 pods, ALB, on 1 to 3 t4g.medium`.
pub(super) fn describe(members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
    let mut texts: Vec<String> = members.iter().map(|m| m.configuration.label.clone()).collect();
    let plan = plan_nodes(members, site)?;
    for pool in &plan.pools {
        for &at in &pool.members {
            let (Settings::Pod(settings), Usage::Pod(usage)) =
                (&members[at].configuration.settings, &members[at].evaluation.usage)
            else {
                continue;
            };
            let counts = &usage.replicas.counts;
            let pods = counts.iter().min().copied().zip(counts.iter().max().copied());
            texts[at] = options::label(settings, pods);
            let (least, most) = pool.range();
            let count =
                if least == most { format!("{most}") } else { format!("{least} to {most}") };
            write!(texts[at], ", on {count} {}", pool.instance.name).expect("writing to a string");
        }
    }
    Ok(texts)
}
