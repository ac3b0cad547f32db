//! The environments worth trying for one component: how many vCPUs, and how much memory for each.

use catalog::Missing;
use model::{Architecture, Fact, Kind};
use units::{Bytes, Millicores};

use super::rules::{Rules, listed, places};
use super::{ID, estimate};
use crate::case::Case;
use crate::container_load::Minutes;
use crate::container_options as common;
use crate::servers::load;
use model::{Billing, Configuration, InstanceSettings, Settings};

/// Below this load, in vCPUs of full environments on average, three machines stand idle whatever is chosen, and every
/// other way to run functions is cheaper. Our choice; a component that names the platform is tried all the same.
const LEAST_LOAD_VCPU: f64 = 1.0;
/// Sizes of the preferred architecture; of the other one there is a single one.
const SIZES: usize = 2;
/// More environments than this of one component are worth making larger.
const ENVIRONMENTS_MANY: u32 = 100;

/// The configurations worth trying, cheapest-looking first: three at the most, none for a small load.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    let named = component.allow.iter().any(|(id, _)| id == ID.0);
    if !matches!(component.kind, Kind::Http | Kind::Worker | Kind::Cron | Kind::Job) {
        return Ok(Vec::new());
    }
    if !named && load_vcpu(case)? < LEAST_LOAD_VCPU {
        return Ok(Vec::new());
    }
    let runs = common::architectures(component);
    let mut found = Vec::new();
    for architecture in [Architecture::Arm, Architecture::X86] {
        if runs.contains(&architecture) {
            let most = if found.is_empty() { SIZES } else { 1 };
            found.extend(of_architecture(case, architecture)?.into_iter().take(most));
        }
    }
    Ok(found.into_iter().map(configuration).collect())
}

/// Mean load in vCPUs of environments that are full by CPU or by requests; 0 where nobody knows the work.
fn load_vcpu(case: &Case<'_>) -> Result<f64, Missing> {
    let Some(work) = load::work(case.component) else { return Ok(0.0) };
    let places = f64::from(places(case.prices, case.component, Millicores::ONE)?);
    let in_flight = (work.cpu + work.wait).secs_f64();
    Ok(case.workload.mean_rate().hertz() * work.cpu.secs_f64().max(in_flight / places))
}

/// Sizes that hold the component's memory and CPU, smallest first.
fn of_architecture(
    case: &Case<'_>,
    architecture: Architecture,
) -> Result<Vec<InstanceSettings>, Missing> {
    let (component, rules) = (case.component, Rules::of(case.prices)?);
    let declared = component.cpu_request.as_ref().and_then(Fact::get).unwrap_or_default();
    let mut found: Vec<(InstanceSettings, u32)> = Vec::new();
    for (cpu, memory) in sizes(case)? {
        let concurrency = places(case.prices, component, cpu)?;
        if cpu < declared {
            continue;
        }
        let settings = InstanceSettings {
            cpu,
            memory,
            architecture,
            concurrency,
            min: rules.least,
            warm_hours: None,
            rate_each: None,
            billing: Billing::Machines,
            front_door: crate::aws_lambda::front_door(case),
        };
        let own = estimate::as_configured(component, &settings);
        let case = &Case { component: &own, ..*case };
        let Some(minutes) = Minutes::of(case, cpu) else { return Ok(vec![settings]) };
        let wanted = minutes.most_wanted(&estimate::copy(case, &settings, &rules));
        found.push((settings, wanted));
    }
    if found.iter().any(|(s, _)| common::fast_enough(component, s.cpu)) {
        found.retain(|(s, _)| common::fast_enough(component, s.cpu));
    }
    if found.iter().any(|(_, wanted)| *wanted <= ENVIRONMENTS_MANY) {
        found.retain(|(_, wanted)| *wanted <= ENVIRONMENTS_MANY);
    }
    Ok(found.into_iter().map(|(settings, _)| settings).collect())
}

/// CPU and memory of environments with room for the component: each number of vCPUs with the least memory that is
/// enough.
fn sizes(case: &Case<'_>) -> Result<Vec<(Millicores, Bytes)>, Missing> {
    let wanted = common::memory(case.component);
    let most = Bytes::from_mib(case.prices.limit_number(super::ROWS, "memory.range")? as u64);
    let ratios: Vec<u64> =
        listed(case.prices, "memory.per_vcpu")?.iter().filter_map(|gib| gib.parse().ok()).collect();
    let vcpu_most = case.prices.limit_number(super::ROWS, "cpu.max")? as u64;
    let mut found = Vec::new();
    let mut vcpu = 1;
    while vcpu <= vcpu_most {
        let memory = ratios.iter().map(|gib| Bytes::from_gib(gib * vcpu));
        let memory = memory.filter(|&memory| memory >= wanted && memory <= most).min();
        found.extend(memory.map(|memory| (Millicores::new(vcpu * 1000), memory)));
        vcpu *= 2;
    }
    Ok(found)
}

fn configuration(settings: InstanceSettings) -> Configuration {
    let label = label(&settings);
    Configuration { platform: ID, settings: Settings::Instance(settings), label }
}

/// `1 vCPU 2 GB arm, 64 at once, HTTP API`.
pub(super) fn label(settings: &InstanceSettings) -> String {
    format!(
        "{} {} {}, {} at once{}",
        settings.cpu,
        settings.memory,
        settings.architecture.name(),
        settings.concurrency,
        common::door_label(settings.front_door),
    )
}
