//! The other side of a split: what takes the requests that servers or pods have no room for.
//!
//! Servers write it where they stand; of pods, whose own side is another target's, it is written here, with the host that their
//! proxies are given.

use model::{Settings, Spill};

use super::json::expression;
use super::servers::proxy;
use super::stack::{Stack, id};
use super::{aws, azure, gcp};
use crate::{Part, Plan};

/// Those who write the other side of pods.
struct Taker {
    platform: &'static str,
    /// Why a part's cannot be written, if it cannot.
    unfit: fn(&Plan<'_>, &Part<'_>, &Spill) -> Result<(), String>,
    /// Whether it may stand in the region of these files.
    begin: fn(&mut Stack<'_, '_>, &Part<'_>) -> bool,
    /// Writes it; the expression of its host.
    write: fn(&mut Stack<'_, '_>, &Part<'_>, &Spill) -> Option<String>,
    /// What both sides have to have in common.
    told: &'static str,
}

const TAKERS: [Taker; 3] = [
    Taker {
        platform: "aws/lambda",
        unfit: aws::functions::burst,
        begin: aws::begin,
        write: aws::functions::write_burst,
        told: "its pods and its function have to run the same program: an image of the pods' needs the Lambda Web Adapter to be one of the function's",
    },
    Taker {
        platform: "gcp/cloud-run",
        unfit: gcp::cloud_run::burst,
        begin: gcp::begin,
        write: gcp::cloud_run::write_burst,
        told: "its pods and Cloud Run have to run the same image",
    },
    Taker {
        platform: "azure/container-apps",
        unfit: azure::container_apps::burst,
        begin: azure::begin,
        write: azure::container_apps::write_burst,
        told: "its pods and its container app have to run the same image",
    },
];

/// What takes what a part's pods have no room for, if the plan split it.
fn spilled<'p>(part: &'p Part<'_>) -> Option<&'p Spill> {
    matches!(part.placement.configured, Settings::Pod(_)).then(|| proxy::spill(part)).flatten()
}

fn taker(spill: &Spill) -> Option<&'static Taker> {
    TAKERS.iter().find(|taker| taker.platform == spill.to.platform.0)
}

/// Whether the plan splits a part between pods and something that stands here.
pub(super) fn is_split(part: &Part<'_>) -> bool {
    spilled(part).is_some()
}

/// Why the other side of a part's pods cannot be written, if it cannot.
pub(super) fn unfit(plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
    let spill = spilled(part)?;
    let Some(taker) = taker(spill) else {
        return Some(format!("a split with {} is not written", spill.to.platform));
    };
    (taker.unfit)(plan, part, spill).err()
}

/// The name of the output that says where the other side is reached.
pub(super) fn output_of(part: &Part<'_>) -> String {
    format!("{}__burst_host", id(part))
}

/// Writes the other sides of pods that stand in the files.
pub(super) fn write(stack: &mut Stack<'_, '_>) {
    let plan = stack.plan;
    for part in &plan.parts {
        let Some(spill) = spilled(part).filter(|_| stack.out.is_written(part)) else { continue };
        let Some(taker) = taker(spill) else { continue };
        if !(taker.begin)(stack, part) {
            continue;
        }
        if let Some(host) = (taker.write)(stack, part, spill) {
            let text = format!("host that the proxies of {}'s pods send to", part.component.id);
            stack.output(&output_of(part), &text, expression(host));
            stack.told(part, taker.told);
        }
    }
}
