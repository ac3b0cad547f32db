//! What a cluster on EKS refuses: little but what the catalogue cannot size or price.

use std::collections::BTreeMap;

use catalog::{InstanceType, Missing};
use model::Need;
use units::Duration;

use super::flavours::{Flavour, Machines, PodRows};
use super::overhead::Overhead;
use super::{knative, per_pod};
use crate::case::Site;
use crate::limits::{Limited, Limits};

/// The room of the largest node type, and the needs that cannot be served.
pub(super) fn limits(site: &Site<'_>, flavour: &Flavour) -> Result<Limits, Missing> {
    if let Machines::Pods { rows } = flavour.machines {
        return without_nodes(site, flavour, rows);
    }
    let region = site.app.region_name();
    let types = site.prices.instances(region)?;
    let overhead = Overhead::of(site, flavour)?;
    let limited = |t: &InstanceType| {
        (
            format!("{} {region} {}, {}/reserved", flavour.cloud.machines, t.name, flavour.rows),
            t.source.clone(),
        )
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
        knative_request_max: Some(knative::request_max(site)?),
        refuses: refuses(),
        ..Limits::default()
    })
}

/// The largest pod, where there are no nodes to see.
fn without_nodes(site: &Site<'_>, flavour: &Flavour, rows: PodRows) -> Result<Limits, Missing> {
    let (cpu, memory) = per_pod::largest(site, flavour, rows)?;
    let limited = |row: &str| (format!("{}/{row}", flavour.rows), "memory".to_owned());
    let (row, source) = limited("pod.memory_max");
    let memory_max = Some(Limited { value: memory, row, source, observed: None });
    let (row, source) = limited("pod.cpu_max");
    let cpu_max = Some(Limited { value: cpu, row, source, observed: None });
    let mut refuses = refuses();
    let host = "pods have no privileged mode and no host access where nobody sees the nodes";
    refuses.insert(Need::Privileged, (host.to_owned(), "memory".to_owned()));
    let (row, source) = ("memory".to_owned(), "memory".to_owned());
    let schedule_min = Some(Limited { value: Duration::MINUTE, row, source, observed: None });
    Ok(Limits { memory_max, cpu_max, schedule_min, refuses, ..Limits::default() })
}

fn refuses() -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str| (need, (reason.to_owned(), "memory".to_owned()));
    BTreeMap::from([
        because(Need::Gpu, "nodes with GPUs exist, but the catalogue has none to size or price"),
        because(Need::Windows, "Windows nodes exist, but the catalogue has no licence prices"),
        because(Need::OnPremises, "the control plane is the provider's, not on your premises"),
    ])
}
