//! What Workers refuse, each number from its catalogue row.

use std::collections::BTreeMap;

use catalog::Missing;
use model::Need;
use units::{Bytes, Duration, Millicores};

use super::ROWS;
use crate::case::Site;
use crate::limits::{Limited, Limits};

pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let of = |id| Limited::row(site, ROWS, id);
    let mib = |mib: f64| Bytes::from_mib(mib as u64);
    let secs = Duration::from_secs_f64;
    let memory = of("memory")?;
    // An isolate has one thread.
    let cpu_max = Limited { value: Millicores::ONE, ..memory.clone().map(|_| Millicores::ONE) };
    Ok(Limits {
        run_time_max_async: Some(of("cron.wall_time")?.map(secs)),
        cpu_time_max: Some(of("cpu_time.most")?.map(secs)),
        languages: Some(Limited::languages(site, ROWS, "runtimes")?),
        memory_max: Some(memory.map(mib)),
        cpu_max: Some(cpu_max),
        zip_max: Some(of("size")?.map(mib)),
        init_max: Some(of("startup")?.map(secs)),
        payload_max: Some(of("request.body")?.map(mib)),
        schedule_min: Some(of("cron.interval")?.map(secs)),
        refuses: refuses(),
        one_container: Some("a Worker is one script"),
        ..Limits::default()
    })
}

fn refuses() -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str| (need, (reason.to_owned(), "memory".to_owned()));
    BTreeMap::from([
        because(Need::Gpu, "isolates have no GPU"),
        because(
            Need::WebSockets,
            "connections are held by Durable Objects, which the catalogue has no price for",
        ),
        because(Need::Tcp, "a Worker answers HTTP, it cannot listen on a TCP port"),
        because(Need::Udp, "a Worker answers HTTP, it cannot listen on a UDP port"),
        because(Need::Grpc, "gRPC needs an HTTP/2 connection to the process itself"),
        because(Need::Privileged, "a script in an isolate has no host to reach"),
        because(Need::Background, "an isolate does nothing between requests and goes at any time"),
        because(Need::LocalDisk, "isolates have no disk"),
        because(
            Need::SessionState,
            "the next request of a session may meet another isolate; Durable Objects would keep it, \
             and the catalogue has no price for them",
        ),
        because(Need::FixedEgressIp, "calls leave from addresses that many share"),
        because(Need::PrivateNetwork, "a private network is reached through a tunnel only"),
        because(Need::Windows, "an isolate runs scripts and WebAssembly"),
        because(Need::OnPremises, "isolates run at the provider's edge"),
    ])
}
