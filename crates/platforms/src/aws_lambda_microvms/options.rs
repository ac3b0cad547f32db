//! The machines worth trying for a session: each size that holds it, suspended when idle or left running.

use catalog::{LimitValue, Missing};
use model::{Architecture, Kind, Need};
use units::{Bytes, Millicores};

use super::{ID, ROWS};
use crate::case::Case;
use crate::container_options as common;
use model::{Billing, Configuration, FrontDoor, InstanceSettings, Settings};

/// For what answers clients and keeps a session's state; the three smallest sizes that hold it.
const SIZES: usize = 3;

/// Smallest first; the machines are Arm only.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    let keeps = component.kind == Kind::Http && component.needs.has(Need::SessionState);
    if !keeps || !common::architectures(component).contains(&Architecture::Arm) {
        return Ok(Vec::new());
    }
    let per_vcpu = case.prices.limit_number(ROWS, "baseline.memory_per_vcpu")?;
    let wanted = common::memory(component);
    let mut found = Vec::new();
    for memory in sizes(case)?.into_iter().filter(|memory| *memory >= wanted).take(SIZES) {
        let cpu = Millicores::new((memory.gib_f64() / per_vcpu * 1e3).round() as u64);
        for billing in [Billing::Sessions, Billing::OpenSessions] {
            let settings = InstanceSettings {
                cpu,
                memory,
                architecture: Architecture::Arm,
                concurrency: common::concurrency(component),
                min: 0,
                warm_hours: None,
                rate_each: None,
                billing,
                front_door: FrontDoor::None,
            };
            let idle = if billing == Billing::Sessions { "suspended when idle" } else { "kept up" };
            let label = format!("{cpu} {memory} arm a session, {idle}");
            found.push(Configuration {
                platform: ID,
                settings: Settings::Instance(settings),
                label,
            });
        }
    }
    Ok(found)
}

/// The baselines on sale, ascending.
fn sizes(case: &Case<'_>) -> Result<Vec<Bytes>, Missing> {
    let row = case.prices.limit(ROWS, "baseline.sizes")?;
    let LimitValue::Text(text) = &row.value else {
        return Err(Missing {
            what: format!("list of sizes in limit {}", row.row()),
            hint: "write them in MB: `512 1024`".to_owned(),
        });
    };
    Ok(text.split(' ').filter_map(|mib| mib.parse().ok()).map(Bytes::from_mib).collect())
}
