//! The services worth trying for one component: size, billing, instances that are always there.

use catalog::{LimitValue, Missing};
use model::Need;
use units::{Bytes, Millicores};

use super::{ID, ROWS, host::Run};
use crate::case::Case;
use crate::container_options as common;
use crate::instance_host::suits;
use crate::instance_hours;
use crate::instance_options::{self as shared, for_connections, front_door};
use model::{Billing, Configuration, InstanceSettings, Settings};

/// CPUs of an instance that serves several requests at once, in millicores.
const CPUS: [u64; 5] = [1000, 2000, 4000, 6000, 8000];
/// Below one vCPU an instance serves one request at a time.
const SMALL: Millicores = Millicores::new(500);
/// The most memory that half a vCPU may have.
const SMALL_MEMORY: Bytes = Bytes::from_gib(1);

/// The configurations worth trying, cheapest-looking first.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    if !suits(component) || !shared::runs_on_x86(component) {
        return Ok(Vec::new());
    }
    let most = case.prices.limit_number(ROWS, "concurrency.max")? as u32;
    let concurrency = common::concurrency(component).min(most);
    // Containers beside the main one have sizes of their own.
    let Some((beside_cpu, beside_memory)) = component.beside_on_cloud_run() else {
        return Ok(Vec::new());
    };
    let wanted = common::memory(component).saturating_sub(component.beside().1);
    let largest = Bytes::from_gib(case.prices.limit_number(ROWS, "memory.max")? as u64);
    let mut sizes: Vec<(Millicores, Bytes, u32)> = Vec::new();
    if concurrency == 1 && wanted <= SMALL_MEMORY {
        sizes.push((SMALL, wanted.max(Bytes::from_mib(512)), 1));
    }
    for cpu in CPUS {
        let row = case.prices.limit(ROWS, &format!("size.{cpu:05}m"))?;
        let LimitValue::Range(least, largest) = row.value else { continue };
        let bytes = |gib: f64| Bytes::new((gib * f64::from(1 << 30)) as u64);
        if wanted <= bytes(largest) {
            sizes.push((Millicores::new(cpu), wanted.max(bytes(least)), concurrency));
        }
    }
    let with_others = |(cpu, memory, concurrency): (Millicores, Bytes, u32)| {
        (cpu + beside_cpu, memory + beside_memory, concurrency)
    };
    let fits = |(cpu, memory, _): &(Millicores, Bytes, u32)| {
        cpu.get() <= CPUS[CPUS.len() - 1] && *memory <= largest
    };
    let sizes = sizes.into_iter().map(with_others).filter(fits);
    let bases = shared::worth_trying(&Run, case, sizes, front_door(case))?;
    let mut found = Vec::new();
    for (nth, base) in bases.iter().enumerate() {
        let ways = billed(case, base, most);
        let comes = ways.contains(base);
        found.extend(ways);
        if nth == 0 && comes {
            found.extend(instance_hours::variants(&Run, case, base)?);
        }
    }
    Ok(found.into_iter().map(configuration).collect())
}

/// One size in the ways in which it can be paid for.
fn billed(case: &Case<'_>, base: &InstanceSettings, most: u32) -> Vec<InstanceSettings> {
    let component = case.component;
    let always = |min| InstanceSettings { min, billing: Billing::Instances, ..base.clone() };
    if component.kind.ends() {
        return vec![base.clone()];
    }
    if let Some(min) = for_connections(case, most) {
        return vec![InstanceSettings { concurrency: most, ..always(min) }];
    }
    if component.needs.has(Need::Background) {
        return vec![always(1)];
    }
    let mut ways = vec![base.clone(), always(1)];
    if !component.slo.latency.is_empty() {
        ways.push(InstanceSettings { min: 1, ..base.clone() });
    }
    ways
}

fn configuration(settings: InstanceSettings) -> Configuration {
    let label = shared::label(&settings);
    Configuration { platform: ID, settings: Settings::Instance(settings), label }
}
