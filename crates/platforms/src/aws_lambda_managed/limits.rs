//! What Managed Instances refuse, each number from its catalogue row.

use std::collections::BTreeMap;

use catalog::Missing;
use model::Need;
use units::{Bytes, Duration, Millicores};

use super::ROWS;
use crate::aws_lambda::gateway_timeout;
use crate::case::Site;
use crate::limits::{Limited, Limits};
use model::FrontDoor;

/// Rows of functions that hold here, too.
const LAMBDA: &str = "aws-lambda";
/// Rows of the WebSocket API in front.
const GATEWAY: &str = "aws-api-gateway";

pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let of = |id| Limited::row(site, ROWS, id);
    let lambda = |id| Limited::row(site, LAMBDA, id);
    let gateway = |id| Limited::row(site, GATEWAY, id);
    let mib = |mib: f64| Bytes::from_mib(mib as u64);
    let secs = Duration::from_secs_f64;
    Ok(Limits {
        run_time_max: Some(lambda("timeout.max")?.map(secs)),
        run_time_max_async: Some(of("timeout.max_async")?.map(secs)),
        languages: Some(Limited::languages(site, ROWS, "runtimes")?),
        gateway_timeout: gateway_timeout(site, FrontDoor::HttpApi)?,
        connection_max: Some(gateway("ws.max_connection")?.map(secs)),
        connection_idle_max: Some(gateway("ws.idle")?.map(secs)),
        memory_max: Some(of("memory.range")?.map(mib)),
        cpu_max: Some(of("cpu.max")?.map(|vcpu| Millicores::new((vcpu * 1e3) as u64))),
        scratch_max: Some(lambda("tmp.range")?.map(mib)),
        zip_max: Some(lambda("package.zip.unzipped")?.map(mib)),
        image_max: Some(lambda("package.image")?.map(|gib| Bytes::from_gib(gib as u64))),
        payload_max: Some(lambda("payload.sync")?.map(mib)),
        requests_per_instance: Some(of("concurrency.per_environment")?.map(|n| n as u32)),
        schedule_min: Some(
            Limited::row(site, "aws-lambda-event-sources", "scheduler.min_interval")?.map(secs),
        ),
        refuses: refuses(),
        one_container: Some("a function is one container"),
        ..Limits::default()
    })
}

fn refuses() -> BTreeMap<Need, (String, String)> {
    let because = |need, reason: &str, row: &str| (need, (reason.to_owned(), row.to_owned()));
    let sockets = "aws-lambda/inbound.sockets";
    BTreeMap::from([
        because(
            Need::Gpu,
            "environments with GPUs exist, but the catalogue has no such machine to price",
            "aws-lambda-managed-instances/gpu.accelerator_memory",
        ),
        because(Need::Tcp, "a function is invoked, it cannot listen on a TCP port", sockets),
        because(Need::Udp, "a function is invoked, it cannot listen on a UDP port", sockets),
        because(Need::Grpc, "gRPC needs an HTTP/2 connection to the process itself", sockets),
        because(Need::Privileged, "environments run without privileges and devices", "memory"),
        because(
            Need::Background,
            "nothing promises that an environment is there or runs between requests",
            "memory",
        ),
        because(
            Need::LocalDisk,
            "/tmp is gone with its environment, and a machine is replaced within 14 days",
            "aws-lambda-managed-instances/instance.lifetime",
        ),
        because(
            Need::SessionState,
            "the next request of a session may meet another environment",
            "aws-lambda-managed-instances/environments.min_default",
        ),
        because(Need::Windows, "functions run on Linux", "memory"),
        because(Need::OnPremises, "machines run in the provider's regions", "memory"),
    ])
}
