//! The apps worth trying for one component: size and replicas that are always there.

use catalog::Missing;
use model::Need;
use units::{Bytes, Millicores};

use super::host::{Apps, rate_each};
use super::{ID, ROWS};
use crate::case::Case;
use crate::container_options as common;
use crate::instance_host::{Host, suits};
use crate::instance_hours;
use crate::instance_options::{self as shared, for_connections, front_door};
use model::{Configuration, InstanceSettings, Settings};

/// CPUs tried, in millicores; sizes come in steps of 250.
const CPUS: [u64; 5] = [250, 500, 1000, 2000, 4000];
/// Connections that one replica holds: an assumption, nothing is published.
const CONNECTIONS: u32 = 1000;

/// The configurations worth trying, cheapest-looking first.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    if !suits(component) || !shared::runs_on_x86(component) {
        return Ok(Vec::new());
    }
    let per_vcpu = case.prices.limit_number(ROWS, "size.memory_per_vcpu")?;
    let wanted = common::memory(component);
    let concurrency = common::concurrency(component);
    let size = |cpu: u64| {
        // Memory comes with the CPU in a fixed ratio.
        let memory = Bytes::from_mib((cpu as f64 * per_vcpu * 1024.0 / 1000.0) as u64);
        (Millicores::new(cpu), memory, concurrency)
    };
    let fits = |(cpu, memory, _): &(Millicores, Bytes, u32)| {
        *memory >= wanted && component.has_room_in((*cpu, *memory))
    };
    let sizes = CPUS.into_iter().map(size).filter(fits);
    let bases = shared::worth_trying(&Apps, case, sizes, front_door(case))?;
    let mut found = Vec::new();
    for (nth, mut base) in bases.into_iter().enumerate() {
        base.rate_each = Some((rate_each(case, &Apps.serving(case, &base)).round() as u32).max(1));
        let ways = kept(case, &base);
        let comes = ways.contains(&base);
        found.extend(ways);
        if nth == 0 && comes {
            found.extend(instance_hours::variants(&Apps, case, &base)?);
        }
    }
    Ok(found.into_iter().map(configuration).collect())
}

/// One size with none and with some replicas that are always there.
fn kept(case: &Case<'_>, base: &InstanceSettings) -> Vec<InstanceSettings> {
    let component = case.component;
    let always = |min| InstanceSettings { min, ..base.clone() };
    if component.kind.ends() {
        return vec![base.clone()];
    }
    if let Some(min) = for_connections(case, CONNECTIONS) {
        return vec![InstanceSettings { concurrency: CONNECTIONS, ..always(min) }];
    }
    let keeps = [Need::Background, Need::SessionState];
    if keeps.into_iter().any(|need| component.needs.has(need)) {
        return vec![always(1)];
    }
    vec![base.clone(), always(common::zones(case))]
}

fn configuration(settings: InstanceSettings) -> Configuration {
    let label = shared::label(&settings);
    Configuration { platform: ID, settings: Settings::Instance(settings), label }
}
