//! The pods worth trying for one component: how much CPU each asks for.

use catalog::Missing;
use model::{Architecture, Component, Fact, Kind, Need};
use units::{Bytes, Duration, Millicores, Share};

use super::flavours::{Flavour, Machines};
use super::{knative, per_pod};
use crate::case::Case;
use crate::container_load::{Copy, Minutes, Target};
use crate::container_options::{self as common, TARGET_PERCENT};
use crate::container_replay::init_time;
use crate::spill;
use model::{Configuration, PodSettings, PodTarget, Settings};

/// CPU requests that teams use, in millicores.
const LADDER: [u64; 6] = [125, 250, 500, 1000, 2000, 4000];
/// A pod that is promised less takes ten times as long as on a whole vCPU wherever its node is busy. Such a request says
/// what may be reserved for an idle copy, not what load it carries: the usual sizes are tried beside it.
const TOO_LITTLE: u64 = 100;
/// Requests tried for one architecture at the most.
const OPTIONS_MAX: usize = 4;
/// Sizes tried beyond the one that carries the load, where a latency is promised.
const FASTER: usize = 2;
/// More pods than this of one component are worth making larger.
const PODS_MANY: u32 = 60;
/// CPU of a job's pod: one request uses at most one vCPU.
const JOB_CPU: [u64; 2] = [1000, 500];
/// CPU for each GB of a data store, in millicores, within a ladder's ends: the ratio of general-purpose
/// instances.
const STORE_CPU_PER_GB: f64 = 250.0;
/// The largest of the ten independent samples that a scale-down window holds lies 1.54 deviations up.
const DEVIATIONS: f64 = 1.54;
/// Head-room of the replica maximum over what the busiest minute needs.
const MAX_FACTOR: u32 = 10;

/// The configurations worth trying, cheapest-looking first.
pub(super) fn options(case: &Case<'_>, flavour: &Flavour) -> Result<Vec<Configuration>, Missing> {
    if common::is_a_service(case.component) {
        return Ok(Vec::new());
    }
    let mut found: Vec<(f64, Configuration)> = Vec::new();
    for architecture in architectures(case, flavour)? {
        for (weight, settings) in of_architecture(case, flavour, architecture)? {
            // Arm nodes cost about a fifth less for the same room.
            let cheaper = if architecture == Architecture::Arm { 0.8 } else { 1.0 };
            let label = label(&settings, None);
            let settings = Settings::Pod(settings);
            let platform = flavour.id;
            found.push((weight * cheaper, Configuration { platform, settings, label }));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.label.cmp(&b.1.label)));
    Ok(found.into_iter().map(|(_, configuration)| configuration).collect())
}

/// A pinned node type decides the architecture.
pub(super) fn architectures(
    case: &Case<'_>,
    flavour: &Flavour,
) -> Result<Vec<Architecture>, Missing> {
    let Some((node, _)) = &case.app.assume.node else {
        let mut all = common::architectures(case.component);
        match flavour.machines {
            Machines::Pods { .. } => all.retain(|one| per_pod::ARCHITECTURES.contains(one)),
            Machines::Nodes { .. } => {
                let arm = case.prices.instances(case.app.region_name())?.iter().any(|t| t.arm);
                all.retain(|one| arm || *one == Architecture::X86);
            }
        }
        return Ok(all);
    };
    let arm = case.prices.instance(case.app.region_name(), node)?.arm;
    Ok(vec![if arm { Architecture::Arm } else { Architecture::X86 }])
}

/// Pod settings with a weight by which they look cheap.
fn of_architecture(
    case: &Case<'_>,
    flavour: &Flavour,
    architecture: Architecture,
) -> Result<Vec<(f64, PodSettings)>, Missing> {
    let component = case.component;
    let weigh = |settings: PodSettings, copies: f64| {
        // A vCPU costs about as much as 8 GB of memory.
        let (cpu, memory) = settings.scheduled(component);
        let size = cpu.vcpu_f64() + memory.gib_f64() / 8.0;
        (copies * size, settings)
    };
    let base = |cpu: Millicores| PodSettings {
        cpu_request: cpu,
        memory: common::memory(component),
        architecture,
        min: common::zones(case),
        max: common::zones(case),
        target: PodTarget::Fixed,
        front_door: common::front_door(case),
        volume: Bytes::ZERO,
        spill: None,
    };
    Ok(match component.kind {
        Kind::Stateful => {
            let settings = PodSettings { volume: volume(component), ..base(store_cpu(component)) };
            let copies = f64::from(settings.min);
            vec![weigh(settings, copies)]
        }
        Kind::Cron | Kind::Job => {
            let sizes = declared(component).map_or_else(|| JOB_CPU.to_vec(), |cpu| vec![cpu.get()]);
            let job = |cpu| PodSettings { min: 0, max: u32::MAX, ..base(Millicores::new(cpu)) };
            sizes.into_iter().map(|cpu| weigh(job(cpu), 1.0)).collect()
        }
        _ => {
            let mut all = deployments(case, &base)?;
            if knative::can_run(component, flavour) {
                let services = knative::services(case, &all)?;
                all.extend(services);
            }
            all.into_iter().map(|(s, n)| weigh(s, n)).collect()
        }
    })
}

/// Deployments of several sizes with their mean number of pods.
fn deployments(
    case: &Case<'_>,
    base: &impl Fn(Millicores) -> PodSettings,
) -> Result<Vec<(PodSettings, f64)>, Missing> {
    let component = case.component;
    let keeps = component.needs.has(Need::LocalDisk);
    let volume = if keeps { volume(component) } else { Bytes::ZERO };
    let ladder = sizes(component);
    let promised = if component.slo.latency.is_empty() { 0 } else { FASTER };
    let mut enough = 0;
    let mut found: Vec<(PodSettings, f64)> = Vec::new();
    for &cpu in &ladder {
        let settings = PodSettings { volume, ..base(cpu) };
        let Some(minutes) = Minutes::of(case, cpu) else {
            // Nobody knows the work: the smallest pods, and the estimate says so.
            return Ok(vec![(settings, f64::from(common::zones(case)))]);
        };
        let target = target(component, cpu);
        let open = PodSettings { target, max: u32::MAX, ..settings };
        let copy = copy(case, &open)?;
        let most = minutes.most_wanted(&copy).max(open.min);
        let max = most.saturating_mul(MAX_FACTOR).max(10);
        found.push((PodSettings { max, ..open }, common::mean(&minutes.counts(&copy))));
        if most <= open.min {
            // Larger pods would only stand idle, but they answer faster where an answer is promised.
            enough += 1;
            if enough > promised {
                break;
            }
        }
    }
    keep_fast_enough(component, &mut found);
    keep_handy(&mut found);
    found.truncate(OPTIONS_MAX);
    if let Some((settings, _)) = found.first().cloned()
        && let Some(minutes) = Minutes::of(case, settings.cpu_request)
    {
        for min in minutes.floors(&copy(case, &settings)?) {
            let kept = PodSettings { min, max: settings.max.max(min), ..settings.clone() };
            let counts = minutes.counts(&copy(case, &kept)?);
            found.push((kept, common::mean(&counts)));
        }
    }
    Ok(found)
}

/// CPU requests of one pod that are tried.
pub(super) fn sizes(component: &Component) -> Vec<Millicores> {
    // What stays beside the main container asks for its part of what the whole pod is given.
    let usual = LADDER.map(|milli| Millicores::new(milli) + component.beside().0);
    match declared(component) {
        Some(cpu) if cpu.get() < TOO_LITTLE => std::iter::once(cpu).chain(usual).collect(),
        Some(cpu) => vec![cpu],
        None => usual.to_vec(),
    }
}

/// Drops sizes that are too slow even for a request alone, unless none is left.
fn keep_fast_enough(component: &Component, found: &mut Vec<(PodSettings, f64)>) {
    let fast = |settings: &PodSettings| common::fast_enough(component, settings.cpu_request);
    if found.iter().any(|(settings, _)| fast(settings)) {
        found.retain(|(settings, _)| fast(settings));
    }
}

/// Drops sizes of which there would be very many, unless none is left.
fn keep_handy(found: &mut Vec<(PodSettings, f64)>) {
    let many = |settings: &PodSettings| settings.max / MAX_FACTOR > PODS_MANY;
    if found.iter().any(|(settings, _)| !many(settings)) {
        found.retain(|(settings, _)| !many(settings));
    } else if let Some(fewest) = found.iter().map(|(settings, _)| settings.max).min() {
        // Size does not make pods fewer where each serves one request at a time: the smallest of them, then.
        let few = |settings: &PodSettings| settings.max <= fewest.saturating_add(fewest / 10);
        if let Some(at) = found.iter().position(|(settings, _)| few(settings)) {
            *found = vec![found.swap_remove(at)];
        }
    }
}

/// CPU if it is what binds, requests in service otherwise.
///
/// A pod full of requests that mostly wait shows little CPU; an autoscaler on CPU would never add another.
fn target(component: &Component, cpu: Millicores) -> PodTarget {
    if cpu.vcpu_f64() < common::cpu_when_full(component, cpu) {
        PodTarget::CpuPercent(TARGET_PERCENT)
    } else {
        PodTarget::Concurrency(common::concurrency(component))
    }
}

/// The settings as an autoscaler sees them.
pub(super) fn copy(case: &Case<'_>, settings: &PodSettings) -> Result<Copy, Missing> {
    let number = |id| case.prices.limit_number("kubernetes-hpa", id);
    let window = number("metrics.window")?;
    let hold = number("downscale_stabilization")?;
    Ok(Copy {
        cpu: settings.cpu_request,
        target: match settings.target {
            PodTarget::CpuPercent(percent) => Target::CpuPercent(f64::from(percent)),
            PodTarget::Concurrency(each) => {
                Target::Requests(f64::from(each) * f64::from(TARGET_PERCENT) / 100.0)
            }
            PodTarget::Fixed => Target::Fixed,
            PodTarget::Knative { target, .. } => return Ok(knative::copy(case, settings, target)),
        },
        window: Duration::from_secs_f64(window),
        hold_minutes: (hold / 60.0).ceil() as usize,
        deviations: DEVIATIONS,
        min: settings.min,
        max: settings.max,
    })
}

/// Initialisation of the application on this much CPU, declared or measured for its runtime, behind the containers that run
/// before it.
pub(super) fn init(case: &Case<'_>, settings: &PodSettings) -> Duration {
    let arm = settings.architecture == Architecture::Arm;
    let own = init_time(case, arm);
    let own = own.times_f64(1.0 / settings.cpu_request.vcpu_f64().clamp(0.05, 1.0));
    own + case.component.time_before()
}

fn declared(component: &Component) -> Option<Millicores> {
    component.cpu_request.as_ref().and_then(Fact::get)
}

/// CPU of a data store: declared, or in the usual ratio to its memory.
fn store_cpu(component: &Component) -> Millicores {
    declared(component).unwrap_or_else(|| {
        let by_memory = common::memory(component).gib_f64() * STORE_CPU_PER_GB;
        Millicores::new(by_memory.clamp(LADDER[1] as f64, LADDER[5] as f64) as u64)
    })
}

/// Disk that must survive.
fn volume(component: &Component) -> Bytes {
    let declared = component.storage.as_ref().or(component.scratch.as_ref());
    declared.and_then(Fact::get).unwrap_or(Bytes::ZERO)
}

/// `250m 512 MB arm, 1 to 4 pods, ALB`; the number of pods where it is known.
pub(super) fn label(settings: &PodSettings, pods: Option<(u32, u32)>) -> String {
    label_of_share(settings, pods, None)
}

/// The same with the share of requests that goes elsewhere. What stays here stands early, where a narrow table shows it, and
/// the architecture is the other side's: `2 × 1000m 512 MB to 4 (84 %), then Lambda 1 GB arm, ALB`.
pub(super) fn label_of_share(
    settings: &PodSettings,
    pods: Option<(u32, u32)>,
    spilled: Option<Share>,
) -> String {
    let door = common::door_label(settings.front_door);
    let (cpu, memory) = (settings.cpu_request.get(), settings.memory);
    let architecture = settings.architecture.name();
    if let Some(spill) = &settings.spill {
        let then = spill::then(spill, spilled);
        return format!("{} × {cpu}m {memory}{then}{door}", settings.min);
    }
    let pods = match pods {
        None => String::new(),
        Some((one, same)) if one == same => {
            format!(", {one} {}", if one == 1 { "pod" } else { "pods" })
        }
        Some((least, most)) => format!(", {least} to {most} pods"),
    };
    let volume = match settings.volume {
        Bytes::ZERO => String::new(),
        volume => format!(", {volume} disk"),
    };
    let knative = if settings.is_knative() { "Knative " } else { "" };
    format!("{knative}{cpu}m {memory} {architecture}{pods}{volume}{door}")
}
