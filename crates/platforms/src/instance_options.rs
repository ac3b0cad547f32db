//! What the configurations of instance services have in common: how many requests at once, how many always there.

use catalog::Missing;
use model::{Architecture, Component, Need};
use units::{Bytes, Millicores};

use crate::case::Case;
use crate::container_load::Minutes;
use crate::container_options as common;
use crate::instance_host::Host;
use crate::servers::load;
use model::{Billing, FrontDoor, InstanceSettings};

/// Sizes tried beyond the one that carries the load, where a latency is promised.
const FASTER: usize = 1;
/// More instances than this of one component are worth making larger.
const INSTANCES_MANY: u32 = 100;
/// Share of the connections that one instance may hold which is planned for.
const CONNECTIONS_FULL: f64 = 0.6;

/// Whether it may run where only x86 does.
pub(crate) fn runs_on_x86(component: &Component) -> bool {
    common::architectures(component).contains(&Architecture::X86)
}

/// Why the component may not run where only x86 does.
pub(crate) fn not_for(component: &Component) -> Option<&'static str> {
    (!runs_on_x86(component)).then_some("runs on x86 processors only")
}

/// How clients reach what has an address of its own; workers are fed by the provider's queue.
pub(crate) fn front_door(case: &Case<'_>) -> FrontDoor {
    match common::front_door(case) {
        FrontDoor::Balancer => FrontDoor::None,
        other => other,
    }
}

/// Sizes with what they would need, smallest first: the smallest that is fast enough and does not make very many, and
/// where an answer is promised the next.
pub(crate) fn worth_trying(
    host: &dyn Host,
    case: &Case<'_>,
    sizes: impl Iterator<Item = (Millicores, Bytes, u32)>,
    front_door: FrontDoor,
) -> Result<Vec<InstanceSettings>, Missing> {
    let component = case.component;
    let declared = component.cpu_request.as_ref().and_then(model::Fact::get);
    let promised = if component.slo.latency.is_empty() { 0 } else { FASTER };
    let (mut found, mut enough): (Vec<(InstanceSettings, u32)>, usize) = (Vec::new(), 0);
    for (cpu, memory, concurrency) in sizes {
        if declared.is_some_and(|declared| cpu < declared) {
            continue;
        }
        let settings = InstanceSettings {
            cpu,
            memory,
            architecture: Architecture::X86,
            concurrency,
            min: 0,
            warm_hours: None,
            rate_each: None,
            billing: Billing::Requests,
            front_door,
        };
        let serving = host.serving(case, &settings);
        let Some(minutes) = Minutes::of(case, serving.cpu) else { return Ok(vec![settings]) };
        let wanted = minutes.most_wanted(&host.copy(case, &serving)?);
        found.push((settings, wanted));
        if wanted <= 1 {
            enough += 1;
            if enough > promised + 1 {
                break;
            }
        }
        if declared.is_some() {
            break;
        }
    }
    let fast_enough = |(settings, _): &(InstanceSettings, u32)| {
        common::fast_enough(component, host.serving(case, settings).cpu)
    };
    if found.iter().any(fast_enough) {
        found.retain(fast_enough);
    }
    if found.iter().any(|(_, wanted)| *wanted <= INSTANCES_MANY) {
        found.retain(|(_, wanted)| *wanted <= INSTANCES_MANY);
    }
    Ok(found.into_iter().map(|(settings, _)| settings).collect())
}

/// Instances that must always be there for connections that clients hold open; `None` where they hold none.
pub(crate) fn for_connections(case: &Case<'_>, each: u32) -> Option<u32> {
    if !case.component.needs.has(Need::WebSockets) {
        return None;
    }
    let held = load::most_connections(case.component, case.workload);
    Some((held / (f64::from(each) * CONNECTIONS_FULL)).ceil().clamp(1.0, 1e6) as u32)
}

/// `1 vCPU 512 MB, 80 at once, min 1`.
pub(crate) fn label(settings: &InstanceSettings) -> String {
    let mut label = format!("{} {}", settings.cpu, settings.memory);
    if settings.concurrency > 1 {
        label.push_str(&format!(", {} at once", settings.concurrency));
    } else {
        label.push_str(", one at a time");
    }
    if settings.min > 0 {
        match settings.warm_hours {
            None => label.push_str(&format!(", {} always there", settings.min)),
            Some(hours) => label.push_str(&format!(", {} kept {hours}", settings.min)),
        }
    }
    if settings.billing == Billing::Instances {
        label.push_str(", billed by instance");
    }
    label.push_str(common::door_label(settings.front_door));
    label
}
