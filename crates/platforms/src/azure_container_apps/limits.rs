//! What Container Apps refuses on the consumption profile.

use std::collections::BTreeMap;

use catalog::Missing;
use model::Need;
use units::{Bytes, Duration, Millicores};

use super::ROWS;
use crate::case::Site;
use crate::limits::{Limited, Limits};

pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let of = |id| Limited::row(site, ROWS, id);
    let per_vcpu = of("size.memory_per_vcpu")?.value;
    let timeout = of("http_timeout")?.map(Duration::from_secs_f64);
    let row = |value| Limited {
        value,
        row: "memory".to_owned(),
        source: "memory".to_owned(),
        observed: None,
    };
    Ok(Limits {
        run_time_max: Some(timeout.clone()),
        gateway_timeout: Some(timeout),
        memory_max: Some(
            of("size.max")?.map(|vcpu| Bytes::from_mib((vcpu * per_vcpu * 1024.0) as u64)),
        ),
        cpu_max: Some(of("size.max")?.map(|vcpu| Millicores::new((vcpu * 1e3) as u64))),
        schedule_min: Some(row(Duration::MINUTE)),
        refuses: refuses(),
        ..Limits::default()
    })
}

fn refuses() -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str| (need, (reason.to_owned(), "memory".to_owned()));
    BTreeMap::from([
        because(Need::Gpu, "GPU profiles exist, but the catalogue has none to price"),
        because(Need::Udp, "ingress takes HTTP and TCP, not UDP"),
        because(Need::Privileged, "containers run without privileges and host access"),
        because(Need::LocalDisk, "a replica's disk goes with it"),
        because(Need::Windows, "containers run on Linux"),
        because(Need::OnPremises, "replicas run in the provider's regions"),
    ])
}
