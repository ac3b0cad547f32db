//! What everything on Fargate costs a month: task time, addresses, scratch disks, load balancer.

use catalog::Missing;
use model::{Invoice, Network};
use units::{Bytes, Quantity};

use super::ID;
use crate::billing::{GB, HOURS, Lines};
use crate::case::{Member, Site};
use crate::front_door::{self, Targets};
use crate::usage::{TaskUsage, Usage};
use model::{Settings, TaskSettings};

/// Milliseconds of an hour.
const HOUR_MS: u128 = 3_600_000;

/// Tasks of every member, then what stands in front of them.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    for member in members {
        let (Settings::Task(settings), Usage::Task(usage)) =
            (&member.configuration.settings, &member.evaluation.usage)
        else {
            continue;
        };
        tasks(&mut lines, &member.component.id, settings, usage)?;
    }
    if site.app.network.get() == Some(Network::Private) {
        let zones = u128::from(site.app.availability.zones.get().unwrap_or(1).max(1));
        let hours = Quantity::whole(zones * HOURS);
        lines.add("aws/nat", "hour", "NAT gateway, hours", None, hours)?;
    }
    front_door::bill(&mut lines, members, Targets::Servers)?;
    Ok(lines.finish())
}

fn tasks(
    lines: &mut Lines<'_>,
    id: &str,
    settings: &TaskSettings,
    usage: &TaskUsage,
) -> Result<(), Missing> {
    let site = lines.site();
    let service = if settings.spot { "aws/fargate-spot" } else { "aws/fargate" };
    let (arch, spoken) = (settings.architecture.name(), settings.architecture.spoken());
    let kind = if settings.spot { "spot task" } else { "task" };
    let cpu = Quantity::new(usage.task_ms * u128::from(settings.cpu.get()), HOUR_MS * 1000);
    let item = format!("{kind} vCPU on {spoken}");
    lines.add(service, &format!("vcpu_{arch}"), item, Some(id), cpu)?;
    let memory = Quantity::new(usage.task_ms * u128::from(settings.memory.get()), HOUR_MS * GB);
    let item = format!("{kind} memory on {spoken}");
    lines.add(service, &format!("memory_{arch}"), item, Some(id), memory)?;
    let free = Bytes::from_gib(site.prices.limit_number("aws-fargate", "storage.free")? as u64);
    let scratch = settings.scratch.saturating_sub(free);
    if scratch > Bytes::ZERO && site.app.assume.no_disks.is_none() {
        let disk = Quantity::new(usage.task_ms * u128::from(scratch.get()), HOUR_MS * GB);
        lines.add("aws/fargate", "ephemeral_storage", "scratch disk", Some(id), disk)?;
    }
    let public = site.app.network.get() != Some(Network::Private);
    if public && site.app.assume.no_public_ipv4.is_none() {
        let hours = Quantity::new(usage.task_ms, HOUR_MS);
        lines.add("aws/ipv4", "hour", "public IPv4 of the tasks", Some(id), hours)?;
    }
    Ok(())
}
