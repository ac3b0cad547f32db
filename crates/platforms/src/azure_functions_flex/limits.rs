//! What the Flex Consumption plan refuses.

use std::collections::BTreeMap;

use catalog::Missing;
use model::Need;
use units::{Bytes, Duration, Millicores};

use super::ROWS;
use crate::case::Site;
use crate::limits::{Limited, Limits};

pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let of = |id| Limited::row(site, ROWS, id);
    let http = of("http_response.max")?.map(Duration::from_secs_f64);
    let cpu = of("flex.size_4096.cpu")?;
    let memory = Limited {
        value: Bytes::from_mib(4096),
        row: cpu.row.clone(),
        ..cpu.clone().map(|_| Bytes::ZERO)
    };
    Ok(Limits {
        run_time_max: Some(http.clone()),
        gateway_timeout: Some(http),
        memory_max: Some(memory),
        cpu_max: Some(cpu.map(|vcpu| Millicores::new((vcpu * 1e3) as u64))),
        scratch_max: Some(of("flex.tmp")?.map(|gb| Bytes::from_mib((gb * 1024.0) as u64))),
        init_max: Some(of("flex.init_timeout")?.map(Duration::from_secs_f64)),
        requests_per_instance: Some(of("flex.concurrency_4096")?.map(|n| n as u32)),
        schedule_min: Some(Limited {
            value: Duration::SECOND,
            row: "memory".to_owned(),
            source: "memory".to_owned(),
            observed: None,
        }),
        refuses: refuses(),
        one_container: Some("a function is one program"),
        ..Limits::default()
    })
}

fn refuses() -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str| (need, (reason.to_owned(), "memory".to_owned()));
    BTreeMap::from([
        because(Need::Gpu, "functions have no GPU"),
        because(Need::Tcp, "a function is invoked, it cannot listen on a TCP port"),
        because(Need::Udp, "a function is invoked, it cannot listen on a UDP port"),
        because(Need::Grpc, "gRPC needs an HTTP/2 connection to the process itself"),
        because(Need::WebSockets, "a function does not hold connections; Web PubSub would"),
        because(Need::Privileged, "instances run without privileges and devices"),
        because(Need::Background, "nothing runs on an instance that has no execution"),
        because(Need::LocalDisk, "an instance's disk goes with it"),
        because(Need::SessionState, "the next request of a session may meet another instance"),
        because(Need::Windows, "the plan runs on Linux"),
        because(Need::OnPremises, "functions run in the provider's regions"),
    ])
}
