//! What Fargate refuses: hosts to lay hands on, disks that survive, and tasks beyond the largest pair.

use std::collections::BTreeMap;

use catalog::{Limit, Missing};
use model::Need;
use units::{Bytes, Duration};

use super::sizes;
use crate::case::Site;
use crate::limits::{Limited, Limits};

/// The largest task, its scratch disk, and the needs that it cannot serve.
pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let limit = |id: &str| site.prices.limit("aws-fargate", id);
    let (largest, scratch) = (limit("size.16000m")?, limit("ephemeral")?);
    let refused = limit("not_supported")?;
    let (cpu, memory) = sizes::largest(site.prices)?;
    let scratch_gb = site.prices.limit_number("aws-fargate", "ephemeral")?;
    Ok(Limits {
        cpu_max: Some(limited(largest, cpu)),
        memory_max: Some(limited(largest, memory)),
        scratch_max: Some(limited(scratch, Bytes::from_gib(scratch_gb as u64))),
        // The scheduler counts in minutes.
        schedule_min: Some(Limited {
            value: Duration::MINUTE,
            row: "memory".to_owned(),
            source: "memory".to_owned(),
            observed: None,
        }),
        refuses: refuses(&refused.row()),
        ..Limits::default()
    })
}

fn limited<T>(row: &Limit, value: T) -> Limited<T> {
    Limited { value, row: row.row(), source: row.source.clone(), observed: row.observed }
}

fn refuses(not_supported: &str) -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str, row: &str| (need, (reason.to_owned(), row.to_owned()));
    BTreeMap::from([
        because(Need::Gpu, "tasks have no GPU", not_supported),
        because(
            Need::Privileged,
            "tasks have no privileged mode, host network or devices",
            not_supported,
        ),
        because(Need::LocalDisk, "a task's disk goes with the task", not_supported),
        because(Need::Windows, "the catalogue has no prices of Windows tasks", "memory"),
        because(Need::OnPremises, "tasks run at the provider's, not on your premises", "memory"),
    ])
}
