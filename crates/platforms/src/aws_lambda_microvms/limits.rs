//! What MicroVMs refuse, each number from its catalogue row.

use std::collections::BTreeMap;

use catalog::Missing;
use model::Need;
use units::{Bytes, Duration, Millicores};

use super::ROWS;
use crate::case::Site;
use crate::limits::{Limited, Limits};

pub(super) fn limits(site: &Site<'_>) -> Result<Limits, Missing> {
    let of = |id| Limited::row(site, ROWS, id);
    let longest = of("duration.max")?.map(Duration::from_secs_f64);
    Ok(Limits {
        run_time_max: Some(longest.clone()),
        session_max: Some(longest.clone()),
        connection_max: Some(longest),
        memory_max: Some(of("baseline.memory")?.map(|mib| Bytes::from_mib(mib as u64))),
        cpu_max: Some(of("burst.vcpu")?.map(|vcpu| Millicores::new((vcpu * 1e3) as u64))),
        refuses: refuses(),
        one_container: Some("a machine runs one image"),
        ..Limits::default()
    })
}

/// Those without a row of their own follow from how it works.
fn refuses() -> BTreeMap<Need, (String, String)> {
    let because =
        |need, reason: &str, row: &str| (need, (reason.to_owned(), format!("{ROWS}/{row}")));
    BTreeMap::from([
        because(Need::Tcp, "a machine is reached through a proxy for HTTP", "protocols"),
        because(Need::Udp, "a machine is reached through a proxy for HTTP", "protocols"),
        because(Need::Gpu, "the machines have no GPU", "size.max"),
        because(Need::Windows, "the machines run Amazon Linux", "size.max"),
        because(Need::OnPremises, "the machines run in the provider's regions", "size.max"),
        because(
            Need::Background,
            "a machine that nobody asks is suspended, and work in it stops",
            "idle.min",
        ),
        because(Need::LocalDisk, "a machine's disk is gone with its session", "duration.max"),
    ])
}
