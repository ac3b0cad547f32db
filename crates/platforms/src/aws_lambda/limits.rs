//! What Lambda refuses, each number from its catalogue row.

use std::collections::BTreeMap;

use catalog::Missing;
use model::Need;
use units::{Bytes, Duration, Millicores};

use super::quotas::{GATEWAY, LAMBDA, Quotas, rate_account, secs};
use crate::case::Site;
use crate::limits::{Limited, Limits};
use model::FrontDoor;

pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let of = |id| Limited::row(site, LAMBDA, id);
    let gateway = |id| Limited::row(site, GATEWAY, id);
    let quotas = Quotas::read(site.prices)?.of_account(site.app);
    let timeout = of("timeout.max")?.map(secs);
    let max = |id| -> Result<Option<Limited<Bytes>>, Missing> { Ok(Some(of(id)?.map(mib))) };
    Ok(Limits {
        run_time_max: Some(timeout.clone()),
        run_time_max_async: Some(timeout),
        gateway_timeout: gateway_timeout(site, FrontDoor::HttpApi)?,
        connection_max: Some(gateway("ws.max_connection")?.map(secs)),
        connection_idle_max: Some(gateway("ws.idle")?.map(secs)),
        stepped_run_max: Some(of("durable.execution_max")?.map(secs)),
        durable_languages: Some(Limited::languages(site, LAMBDA, "durable.languages")?),
        memory_max: max("memory.range")?,
        cpu_max: Some(of("cpu.max_vcpu")?.map(|vcpu| Millicores::new((vcpu * 1e3) as u64))),
        scratch_max: max("tmp.range")?,
        zip_max: max("package.zip.unzipped")?,
        image_max: Some(of("package.image")?.map(|gib| Bytes::from_gib(gib as u64))),
        init_max: Some(of("init.timeout")?.map(secs)),
        payload_max: max("payload.sync")?,
        concurrency_account: Some(
            of("concurrency.account_default")?.map(|_| u64::from(quotas.concurrency)),
        ),
        rate_account: Some(Limited { value: quotas.rate, ..rate_account(site.prices)? }),
        scale_rate_10s: Some(of("concurrency.scale_rate")?.map(|n| n as u64)),
        requests_per_instance: Some(of("concurrency.per_environment")?.map(|n| n as u32)),
        schedule_min: Some(
            Limited::row(site, "aws-lambda-event-sources", "scheduler.min_interval")?.map(secs),
        ),
        refuses: refuses(site)?,
        one_container: Some("a function is one container"),
        ..Limits::default()
    })
}

/// How long this front door of a function waits for an answer; `None` where nothing but the function's own limit
/// counts.
pub fn gateway_timeout(
    site: &Site<'_>,
    door: FrontDoor,
) -> Result<Option<Limited<Duration>>, Missing> {
    let id = match door {
        FrontDoor::HttpApi => "http.integration_timeout",
        // The WebSocket API's is the REST API's.
        FrontDoor::RestApi | FrontDoor::WebSocketApi => "rest.integration_timeout",
        _ => return Ok(None),
    };
    Ok(Some(Limited::row(site, GATEWAY, id)?.map(secs)))
}

/// The needs it cannot serve. Those without a row of their own follow from how it works.
fn refuses(site: &Site<'_>) -> Result<BTreeMap<Need, (String, String)>, Missing> {
    let mut refuses = BTreeMap::new();
    let mut refuse = |need, reason: &str, row: &str| {
        refuses.insert(need, (reason.to_owned(), row.to_owned()));
    };
    if site.prices.limit(LAMBDA, "gpu")?.flag() != Some(true) {
        refuse(Need::Gpu, "functions have no GPU", "aws-lambda/gpu");
    }
    if site.prices.limit(LAMBDA, "inbound.sockets")?.flag() != Some(true) {
        let row = "aws-lambda/inbound.sockets";
        refuse(Need::Tcp, "a function is invoked, it cannot listen on a TCP port", row);
        refuse(Need::Udp, "a function is invoked, it cannot listen on a UDP port", row);
        refuse(Need::Grpc, "gRPC needs an HTTP/2 connection to the process itself", row);
    }
    refuse(Need::Privileged, "environments run without privileges and devices", "memory");
    refuse(
        Need::Background,
        "an environment is frozen between requests, so nothing runs in the background",
        "memory",
    );
    refuse(Need::LocalDisk, "/tmp is gone with its environment", "aws-lambda/tmp.range");
    refuse(
        Need::SessionState,
        "the next request of a session may meet another environment",
        "aws-lambda/concurrency.per_environment",
    );
    refuse(Need::Windows, "functions run on Linux", "memory");
    refuse(Need::OnPremises, "functions run in the provider's regions", "memory");
    Ok(refuses)
}

fn mib(mib: f64) -> Bytes {
    Bytes::from_mib(mib as u64)
}
