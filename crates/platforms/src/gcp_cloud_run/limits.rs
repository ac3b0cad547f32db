//! What Cloud Run refuses, each number from its catalogue row.

use std::collections::BTreeMap;

use catalog::Missing;
use model::Need;
use units::{Bytes, Duration, Millicores};

use super::ROWS;
use crate::case::Site;
use crate::limits::{Limited, Limits};

pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let of = |id| Limited::row(site, ROWS, id);
    let timeout = of("request_timeout")?.map(Duration::from_secs_f64);
    Ok(Limits {
        run_time_max: Some(timeout.clone()),
        run_time_max_async: Some(of("jobs.task_timeout_max")?.map(Duration::from_secs_f64)),
        connection_max: Some(timeout),
        memory_max: Some(of("memory.max")?.map(|gib| Bytes::from_gib(gib as u64))),
        cpu_max: Some(of("cpu.range")?.map(|vcpu| Millicores::new((vcpu * 1e3) as u64))),
        init_max: Some(of("startup.probe_max")?.map(Duration::from_secs_f64)),
        payload_max: Some(of("http1.request_max")?.map(|mib| Bytes::from_mib(mib as u64))),
        requests_per_instance: Some(of("concurrency.max")?.map(|n| n as u32)),
        schedule_min: Some(Limited {
            value: Duration::MINUTE,
            row: "memory".to_owned(),
            source: "memory".to_owned(),
            observed: None,
        }),
        refuses: refuses(),
        no_init_containers: Some("Cloud Run starts no container that ends before the others"),
        ..Limits::default()
    })
}

fn refuses() -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str, row: &str| (need, (reason.to_owned(), row.to_owned()));
    let contract = "gcp-cloud-run/arch";
    BTreeMap::from([
        because(
            Need::Gpu,
            "instances with GPUs exist, but the catalogue has none to price",
            "memory",
        ),
        because(Need::Tcp, "a service answers HTTP, it cannot listen on a TCP port", contract),
        because(Need::Udp, "a service answers HTTP, it cannot listen on a UDP port", contract),
        because(Need::Privileged, "containers run without privileges and devices", "memory"),
        because(Need::LocalDisk, "an instance's disk is memory and goes with it", "memory"),
        because(
            Need::SessionState,
            "the next request of a session may meet another instance: affinity is best effort",
            "gcp-cloud-run/websockets",
        ),
        because(Need::Windows, "containers run on Linux", contract),
        because(Need::OnPremises, "instances run in the provider's regions", "memory"),
    ])
}
