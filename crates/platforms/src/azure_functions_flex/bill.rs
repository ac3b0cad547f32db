//! What everything on the Flex Consumption plan costs a month: instance memory by the second in which it executes, and
//! executions.
//!
//! Instances that are always ready pay for being there and less for executing. Allowances belong to the subscription
//! and hold for on-demand executions only.

use catalog::Missing;
use model::{Invoice, Network};
use units::{Bytes, Duration, Quantity};

use super::{ID, SERVICE};
use crate::billing::{GB, HOURS, Lines, Use};
use crate::case::{Member, Site};
use crate::front_door::{self, Targets};
use crate::usage::{InstanceUsage, Usage};
use model::Settings;

/// Milliseconds of a second.
const SECOND_MS: u128 = 1000;

/// One member with its size, its instances that are always ready, and its usage.
type Part<'m> = (&'m str, Bytes, u32, InstanceUsage);

/// Functions of every member, then the queues in front of workers.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    let part =
        |member: &Member<'_>| match (&member.configuration.settings, &member.evaluation.usage) {
            (Settings::Instance(settings), Usage::Instance(usage)) => {
                Some((settings.memory, settings.min, *usage))
            }
            _ => None,
        };
    let parts: Vec<Part<'_>> = members
        .iter()
        .filter_map(|member| {
            let (memory, ready, usage) = part(member)?;
            Some((member.component.id.as_str(), memory, ready, usage))
        })
        .collect();
    let (ready, on_demand): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.2 > 0);
    for (item, duration, executions, parts) in [
        ("on demand", "duration", "executions", &on_demand),
        ("always ready", "always_ready_duration", "always_ready_executions", &ready),
    ] {
        let free = |name| if item == "on demand" { name } else { "" };
        let time = uses(parts, &format!("execution time, {item}"), |memory, usage| {
            usage.active_ms * u128::from(memory.get())
        });
        let allowed = lines.allowance(SERVICE, free("free_duration"), SECOND_MS * GB);
        lines.tiered(SERVICE, duration, SECOND_MS * GB, &Lines::above(&time, allowed))?;
        let calls =
            uses(parts, &format!("executions, {item}"), |_, usage| u128::from(usage.flow.requests));
        let allowed = lines.allowance(SERVICE, free("free_executions"), 1);
        lines.tiered(SERVICE, executions, 1, &Lines::above(&calls, allowed))?;
    }
    // The baseline is paid for all the time, whether they execute or not.
    let month = u128::from(Duration::MONTH.millis_ceil());
    for (id, memory, min, _) in &ready {
        let there = month * u128::from(*min) * u128::from(memory.get());
        let quantity = Quantity::new(there, SECOND_MS * GB);
        lines.add(SERVICE, "always_ready_baseline", "always ready", Some(id), quantity)?;
    }
    if site.app.network.get() == Some(Network::Private) {
        site.cloud().nat_lines(&mut lines, Quantity::whole(HOURS))?;
    }
    front_door::bill(&mut lines, members, Targets::Functions)?;
    Ok(lines.finish())
}

fn uses(parts: &[Part<'_>], item: &str, count: impl Fn(Bytes, &InstanceUsage) -> u128) -> Vec<Use> {
    parts.iter().map(|(id, memory, _, usage)| Use::of(id, item, count(*memory, usage))).collect()
}
