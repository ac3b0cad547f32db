//! What everything on Container Apps costs a month: replica time by the second, active or idle, and requests.
//!
//! A replica beyond the minimum is paid for as active all the time that it is there; one of the minimum is idle while it
//! has nothing to do. One that a rule keeps by the clock is beyond the minimum, which is zero then: "replicas are charged at
//! an active rate" unless the revision is "configured with a minimum replica count greater than zero" (learn.microsoft.com,
//! "Billing in Azure Container Apps"). Allowances belong to the subscription.

use catalog::Missing;
use model::{Invoice, Network};
use units::Quantity;

use super::{ID, SERVICE};
use crate::billing::{GB, HOURS, Lines, Use};
use crate::case::{Member, Site};
use crate::front_door::{self, Targets};
use crate::usage::{InstanceUsage, Usage};
use model::{InstanceSettings, Settings};

/// Milliseconds of a second.
const SECOND_MS: u128 = 1000;

/// Milliseconds of a member's replicas in a state.
type Time<'f> = dyn Fn(&InstanceSettings, &InstanceUsage) -> u128 + 'f;

/// Replicas of every member, then the queues in front of workers.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    let uses = |item: &str, count: &dyn Fn(&InstanceSettings, &InstanceUsage) -> u128| {
        let one = |member: &Member<'_>| match (
            &member.configuration.settings,
            &member.evaluation.usage,
        ) {
            (Settings::Instance(settings), Usage::Instance(usage)) => {
                Some(Use::of(&member.component.id, item, count(settings, usage)))
            }
            _ => None,
        };
        members.iter().filter_map(one).collect::<Vec<Use>>()
    };
    let cpu = |s: &InstanceSettings| u128::from(s.cpu.get());
    let memory = |s: &InstanceSettings| u128::from(s.memory.get());
    let idle = |s: &InstanceSettings, u: &InstanceUsage| match s.warm_hours {
        Some(_) => 0,
        None => u.idle_min_ms,
    };
    let active = |s: &InstanceSettings, u: &InstanceUsage| u.lives_ms.saturating_sub(idle(s, u));
    // Allowances go to what is dearest first: active time, then idle time takes what is left.
    let mut free = lines.allowance(SERVICE, "free_vcpu", SECOND_MS * 1000);
    for (item, dimension, ms) in
        [("vCPU, active", "vcpu_active", &active as &Time<'_>), ("vCPU, idle", "vcpu_idle", &idle)]
    {
        let used = uses(item, &|s, u| ms(s, u) * cpu(s));
        let total = crate::billing::sum(&used);
        lines.tiered(SERVICE, dimension, SECOND_MS * 1000, &Lines::above(&used, free))?;
        free = free.saturating_sub(total);
    }
    let mut free = lines.allowance(SERVICE, "free_memory", SECOND_MS * GB);
    for (item, dimension, ms) in [
        ("memory, active", "memory_active", &active as &Time<'_>),
        ("memory, idle", "memory_idle", &idle),
    ] {
        let used = uses(item, &|s, u| ms(s, u) * memory(s));
        let total = crate::billing::sum(&used);
        lines.tiered(SERVICE, dimension, SECOND_MS * GB, &Lines::above(&used, free))?;
        free = free.saturating_sub(total);
    }
    let served = members.iter().filter(|member| !member.component.kind.ends());
    let requests: Vec<Use> = served
        .filter_map(|member| match &member.evaluation.usage {
            Usage::Instance(usage) => {
                Some(Use::of(&member.component.id, "requests", u128::from(usage.requests)))
            }
            _ => None,
        })
        .collect();
    let free = lines.allowance(SERVICE, "free_requests", 1);
    lines.tiered(SERVICE, "requests", 1, &Lines::above(&requests, free))?;
    if site.app.network.get() == Some(Network::Private) {
        site.cloud().nat_lines(&mut lines, Quantity::whole(HOURS))?;
    }
    front_door::bill(&mut lines, members, Targets::Servers)?;
    Ok(lines.finish())
}
