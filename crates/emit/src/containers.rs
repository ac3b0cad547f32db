//! Further containers that a target has no place for: which, and what to do.

use model::Role;
use source::Finding;

use crate::findings::LEFT_OUT;
use crate::{Output, Plan, by_name};

/// Says of every part which of its further containers its target has no place for.
pub(crate) fn told(plan: &Plan<'_>, out: &mut Output) {
    for part in &plan.parts {
        let target = part.target.and_then(by_name);
        let Some(target) = target else { continue };
        let component = part.component;
        let lost = |role: Role| target.has_no_place(part.placement, role);
        for container in &component.containers {
            let Some(why) = lost(container.role) else { continue };
            let (id, name) = (&component.id, &container.name);
            let is_lost = |role: Role| lost(role).is_some();
            let needed = component.bound(is_lost).filter(|(bound, _)| bound.name == *name);
            let mut message = format!("{id}: its container {name} is left out: {why}");
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
}
