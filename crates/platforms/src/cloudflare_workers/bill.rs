//! What everything on Workers costs a month: the plan once, then requests and CPU time above what it includes.
//!
//! What the plan includes is paid for with it, so it counts whether or not a free tier is left. Traffic to the internet
//! is not billed.

use catalog::Missing;
use model::Invoice;
use units::Quantity;

use super::{ID, SERVICE};
use crate::billing::{Lines, Use};
use crate::case::{Member, Site};
use crate::usage::{InstanceUsage, Usage};

/// The plan, and what all members used beyond it.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    lines.add(SERVICE, "month", "Workers Paid plan", None, Quantity::whole(1))?;
    let requests = uses(members, "requests", |usage| u128::from(usage.requests));
    above(&mut lines, "requests", "included_requests", &requests)?;
    let cpu = uses(members, "CPU time", |usage| usage.cpu_ms);
    above(&mut lines, "cpu", "included_cpu", &cpu)?;
    Ok(lines.finish())
}

fn above(
    lines: &mut Lines<'_>,
    dimension: &str,
    included: &str,
    uses: &[Use],
) -> Result<(), Missing> {
    let included = lines.site().prices.allowance(SERVICE, included);
    lines.tiered(SERVICE, dimension, 1, &Lines::above(uses, included))
}

fn uses(members: &[Member<'_>], item: &str, count: fn(&InstanceUsage) -> u128) -> Vec<Use> {
    let of = |member: &Member<'_>| match &member.evaluation.usage {
        Usage::Instance(usage) => Some(Use::of(&member.component.id, item, count(usage))),
        _ => None,
    };
    members.iter().filter_map(of).collect()
}
