//! What the servers of everything placed on them cost a month.

use std::fmt::Write as _;

use catalog::Missing;
use model::{Invoice, Kind, MachinePool, Network};
use units::{Bytes, Quantity};

use super::plan::{ServerGroup, plan};
use super::{fit, options};
use crate::billing::{HOURS, Lines};
use crate::case::{Member, Site};
use crate::front_door::{self, Targets};
use crate::spill;
use model::Settings;

/// Servers with their disks and addresses, then what stands in front of them.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let cloud = site.cloud();
    let mut lines = Lines::new(cloud.servers, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    let Some(plan) = plan(members, site)? else { return Err(unplannable(members, site)) };
    for group in &plan.groups {
        servers(&mut lines, group, members)?;
    }
    let servers: u64 = plan.groups.iter().map(|group| group.server_millis).sum();
    if has_public_address(site) {
        cloud.addresses(&mut lines, "public IPv4 of the servers", fit::hours(servers))?;
    }
    if site.app.network.get() == Some(Network::Private) {
        let zones = u128::from(site.app.availability.zones.get().unwrap_or(1).max(1));
        cloud.nat_lines(&mut lines, fit::hours(servers))?;
        let hours = Quantity::whole(zones * HOURS);
        cloud.addresses(&mut lines, "public IPv4 of the NAT gateway", hours)?;
    }
    front_door::bill(&mut lines, members, Targets::Servers)?;
    let mut invoice = lines.finish();
    for member in members {
        invoice.lines.extend(spill::lines(member, site)?);
    }
    Ok(invoice)
}

/// The servers of one group: hours, credits, root disks, disks that must survive.
fn servers(
    lines: &mut Lines<'_>,
    group: &ServerGroup<'_>,
    members: &[Member<'_>],
) -> Result<(), Missing> {
    let site = lines.site();
    let name = &group.instance.name;
    let owner = match group.members.as_slice() {
        [one] => Some(members[*one].component.id.clone()),
        _ => None,
    };
    let owner = owner.as_deref();
    let fixed = group.server_millis == u64::from(group.count) * 1000;
    let upto = if fixed { "" } else { "up to " };
    let item = format!("{upto}{} × {name}", group.count);
    let cloud = site.cloud();
    if fit::is_capped(group.instance) {
        let months = Quantity::new(u128::from(group.server_millis), 1000);
        lines.add(cloud.machines, &format!("{name} month"), item, owner, months)?;
    } else {
        lines.add(cloud.machines, name, item, owner, fit::hours(group.server_millis))?;
    }
    if let Some(dimension) = fit::credit_dimension(group.instance) {
        let surplus = fit::credit_hours(group.surplus_vcpu_ms);
        let item = format!("{name}, CPU above its baseline");
        lines.add(cloud.machines, dimension, item, owner, surplus)?;
    }
    if site.app.assume.no_disks.is_none() {
        let roots = gib_months(fit::ROOT_DISK, group.server_millis);
        cloud.root_disks(lines, &format!("root disks of {name}"), owner, roots)?;
    }
    for &i in &group.members {
        let Settings::Server(settings) = &members[i].configuration.settings else { continue };
        let id = members[i].component.id.as_str();
        let disks = gib_months(settings.volume, u64::from(settings.copies) * 1000);
        lines.add(cloud.disk.0, cloud.disk.1, format!("disk of {id}"), Some(id), disks)?;
        if members[i].component.kind == Kind::Stateful {
            // A managed database keeps as much for nothing: the data once, with its daily changes.
            let kept = gib_months(settings.volume, 1000);
            let item = format!("snapshots of {id}");
            lines.add(cloud.snapshot.0, cloud.snapshot.1, item, Some(id), kept)?;
        }
    }
    Ok(())
}

/// GB-months of so many disks in thousandths, each of a size.
pub(super) const fn gib_months(size: Bytes, disk_millis: u64) -> Quantity {
    Quantity::new(size.get() as u128 * disk_millis as u128, 1000 << 30)
}

/// Whether each server has, and pays for, an address of its own.
pub(super) fn has_public_address(site: &Site<'_>) -> bool {
    site.app.network.get() != Some(Network::Private) && site.app.assume.no_public_ipv4.is_none()
}

/// No type of the region holds one of the members: options are only made where one does, so this is told
/// as the row that is missing.
fn unplannable(members: &[Member<'_>], site: &Site<'_>) -> Missing {
    let ids: Vec<&str> = members.iter().map(|m| m.component.id.as_str()).collect();
    Missing {
        what: format!("instance type in {} for {}", site.app.region_name(), ids.join(", ")),
        hint: "every type is too small for one of them".to_owned(),
    }
}

/// The servers that each member shares.
pub(super) fn machines(
    members: &[Member<'_>],
    site: &Site<'_>,
) -> Result<Vec<Option<MachinePool>>, Missing> {
    let mut found = vec![None; members.len()];
    let Some(plan) = plan(members, site)? else { return Ok(found) };
    for (group, number) in plan.groups.iter().zip(0..) {
        let least =
            group.members.iter().filter_map(|&at| match &members[at].configuration.settings {
                Settings::Server(settings) => Some(settings.min),
                _ => None,
            });
        let (min, max) = (least.max().unwrap_or(group.count).min(group.count), group.count);
        for &at in &group.members {
            let instance = group.instance.name.clone();
            found[at] = Some(MachinePool { instance, min, max, pool: number });
        }
    }
    Ok(found)
}

/// Where each member ends up: `t4g.small, direct DNS, with api`.
pub(super) fn describe(members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
    let mut texts: Vec<String> = members.iter().map(|m| m.configuration.label.clone()).collect();
    let Some(plan) = plan(members, site)? else { return Ok(texts) };
    for group in &plan.groups {
        for &i in &group.members {
            let Settings::Server(settings) = &members[i].configuration.settings else { continue };
            let spilled = spill::share(&members[i]);
            let mut text = options::label_of_share(settings, &group.instance.name, spilled);
            let others = group.members.iter().filter(|&&other| other != i);
            let others: Vec<&str> =
                others.map(|&other| members[other].component.id.as_str()).collect();
            match others.as_slice() {
                [] => {}
                [one] => write!(text, ", with {one}").expect("writing to a string"),
                many => write!(text, ", with {} others", many.len()).expect("writing to a string"),
            }
            texts[i] = text;
        }
    }
    Ok(texts)
}
