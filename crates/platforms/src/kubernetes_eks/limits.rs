//! What a cluster on EKS refuses: little but what the catalogue cannot size or price.

use std::collections::BTreeMap;

use catalog::{InstanceType, Missing};
use model::Need;
use units::Duration;

use super::overhead::Overhead;
use crate::case::Site;
use crate::limits::{Limited, Limits};

/// The room of the largest node type, and the needs that cannot be served.
pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let region = site.app.region_name();
    let types = site.prices.instances(region)?;
    let overhead = Overhead::of(site)?;
    let limited = |t: &InstanceType| {
        (format!("aws/ec2 {region} {}, eks/reserved.memory_base", t.name), t.source.clone())
    };
    let memory = types.iter().max_by_key(|t| (overhead.room(t).memory, &t.name));
    let cpu = types.iter().max_by_key(|t| (overhead.room(t).cpu, &t.name));
    Ok(Limits {
        memory_max: memory.map(|t| {
            let (row, source) = limited(t);
            Limited { value: overhead.room(t).memory, row, source, observed: t.observed }
        }),
        cpu_max: cpu.map(|t| {
            let (row, source) = limited(t);
            Limited { value: overhead.room(t).cpu, row, source, observed: t.observed }
        }),
        // Cron jobs count in minutes.
        schedule_min: Some(Limited {
            value: Duration::MINUTE,
            row: "memory".to_owned(),
            source: "memory".to_owned(),
            observed: None,
        }),
        refuses: refuses(),
        ..Limits::default()
    })
}

fn refuses() -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str| (need, (reason.to_owned(), "memory".to_owned()));
    BTreeMap::from([
        because(Need::Gpu, "nodes with GPUs exist, but the catalogue has none to size or price"),
        because(Need::Windows, "Windows nodes exist, but the catalogue has no licence prices"),
        because(Need::OnPremises, "the control plane is the provider's, not on your premises"),
    ])
}
