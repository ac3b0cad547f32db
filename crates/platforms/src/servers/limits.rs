//! What plain servers refuse: next to nothing.

use std::collections::BTreeMap;

use catalog::{InstanceType, Missing};
use model::Need;

use crate::case::Site;
use crate::limits::{Limited, Limits};

/// The largest type sold, and the needs that this tool cannot size servers for.
pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let region = site.app.region_name();
    let types = site.prices.instances(region)?;
    let row = |t: &InstanceType| format!("{} {region} {}", site.cloud().machines, t.name);
    let memory = types.iter().max_by_key(|t| (t.memory, &t.name));
    let cpu = types.iter().max_by_key(|t| (t.cpu, &t.name));
    Ok(Limits {
        memory_max: memory.map(|t| Limited {
            value: t.memory.saturating_sub(super::fit::SYSTEM_MEMORY),
            row: row(t),
            source: t.source.clone(),
            observed: t.observed,
        }),
        cpu_max: cpu.map(|t| Limited {
            value: t.cpu,
            row: row(t),
            source: t.source.clone(),
            observed: t.observed,
        }),
        refuses: refuses(),
        ..Limits::default()
    })
}

fn refuses() -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str| (need, (reason.to_owned(), "memory".to_owned()));
    BTreeMap::from([
        because(Need::Gpu, "servers with GPUs exist, but the catalogue has none to size or price"),
        because(Need::Windows, "Windows servers exist, but the catalogue has no licence prices"),
        because(Need::OnPremises, "the provider's servers are not on your premises"),
    ])
}
