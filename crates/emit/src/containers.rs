//! Further containers that a target has no place for: which, and what to do.

use model::{Placement, Role};
use source::Finding;

use crate::findings::LEFT_OUT;
use crate::{Output, Part, Plan, Target, by_name};

/// Says of every part which of its further containers its target has no place for, on both sides of a split.
pub(crate) fn told(plan: &Plan<'_>, out: &mut Output) {
    for part in &plan.parts {
        let Some(target) = part.target.and_then(by_name) else { continue };
        lost(plan, part, (target, part.placement, ""), out);
        // Whoever writes a part, Terraform writes the other side of its split.
        let spill = part.placement.configured.spill();
        if let (Some(spill), Some(terraform)) = (spill, by_name("terraform")) {
            let other = Placement {
                platform: spill.to.platform,
                configured: spill.to.settings.clone(),
                ..part.placement.clone()
            };
            lost(plan, part, (terraform, &other, " on the other side of its split"), out);
        }
    }
}

/// Says which of a part's further containers a target has no place for where it stands; `place` says where that is.
fn lost(
    plan: &Plan<'_>,
    part: &Part<'_>,
    (target, placement, place): (&dyn Target, &Placement, &str),
    out: &mut Output,
) {
    let component = part.component;
    let lost = |role: Role| target.has_no_place(placement, role);
    for container in &component.containers {
        let Some(why) = lost(container.role) else { continue };
        let (id, name) = (&component.id, &container.name);
        let is_lost = |role: Role| lost(role).is_some();
        let needed = component.bound(is_lost).filter(|(bound, _)| bound.name == *name);
        let mut message = format!("{id}: its container {name} is left out{place}: {why}");
        if let Some((_, reason)) = needed {
            message.push_str(&format!("; it {reason}, so nothing works without it"));
        }
        let hint = match container.role {
            Role::Init => {
                "do what it does in the main image's entry point, or in a job at each release"
            }
            Role::NativeSidecar | Role::Sidecar => {
                "put what it does into the main image, use the platform's own service for it, or do without"
            }
        };
        let span = container.span.or(component.span);
        out.findings.push(plan.at(Finding::warning(LEFT_OUT, message).hint(hint), span));
    }
}
