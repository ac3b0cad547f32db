//! Pods for the steady part of a load: a fixed number of them, each with a proxy that gives its program so many requests at
//! once and what is above them to the other side.
//!
//! Every pod counts for itself, as its proxy sees nothing but the program beside it: kube-proxy chooses a pod by chance, and
//! what that pod has no room for goes elsewhere though another one may have some. What is kept so is the same as on servers
//! ([`crate::spill`]). There is no autoscaler: a pod that is full looks just as busy as one that is about to be.

use catalog::Missing;
use model::{Beside, Configuration, PodSettings, PodTarget, Settings, Spill};
use sim::nodes::PodSize;
use sim::pods::{Balancing, Fixed, Setup, run_beside};
use units::{Bytes, Duration, Instant, Millicores};

use super::bill::Least;
use super::flavours::Flavour;
use super::{estimate, options};
use crate::case::Case;
use crate::container_options::{self as common, TARGET_PERCENT, concurrency};
use crate::container_replay::{AFTERGLOW, BACKLOG, PATIENCE, record, rejections, step};
use crate::platform::Evaluation;
use crate::spill::{Base, Door, Sides};
use crate::split::{FILLED, Held, Steady};

/// The proxy's rows among the limits.
const ROWS: &str = "haproxy";
/// vCPUs that the proxy is given for each CPU of its maker's measurements: a vCPU is a thread of a core, and the measured
/// core had others beside it for interrupts.
const VCPUS_A_CORE: f64 = 2.0;
/// How long a spilled request holds its connection at least: what a start of the other side takes. Our assumption.
const HELD_LEAST: Duration = Duration::SECOND;
/// More pods than this are no steady base but a fleet that wants an autoscaler. Our choice.
const PODS_MAX: f64 = 60.0;

/// Pods as they divide a load.
pub(super) const fn base<'s>(settings: &PodSettings, spill: &'s Spill) -> Base<'s> {
    Base { copies: settings.min, cpu: settings.cpu_request, spill }
}

/// Requests that one pod has in service at once.
pub(super) fn places(case: &Case<'_>, settings: &PodSettings) -> u32 {
    let room = concurrency(case.component);
    settings.spill.as_ref().map_or(room, |spill| room.min(spill.in_flight.max(1)))
}

/// The pods of each size that hold it, few requests at once in each or more.
pub(super) fn steady(
    case: &Case<'_>,
    flavour: &Flavour,
    steady: &Steady<'_>,
) -> Result<Vec<Held>, Missing> {
    if !options::architectures(case, flavour)?.contains(&steady.architecture) {
        return Ok(Vec::new());
    }
    let least = Least::of(case, flavour, steady.architecture)?;
    let mut found = Vec::new();
    for cpu in options::sizes(case.component) {
        if !common::fast_enough(case.component, cpu) {
            continue;
        }
        let each = least.pod(PodSize { cpu, memory: common::memory(case.component) });
        for level in steady.levels {
            let wanted = level / cpu.vcpu_f64() / (f64::from(TARGET_PERCENT) / 100.0);
            if wanted > PODS_MAX {
                continue;
            }
            let copies = (wanted.ceil() as u32).max(common::zones(case));
            let cost = least.cluster + each * u64::from(copies);
            if cost >= steady.below {
                continue;
            }
            for filled in FILLED {
                let in_flight = steady.in_flight(cpu.vcpu_f64()) * filled;
                let settings = pods(case, steady, (cpu, copies), in_flight)?;
                let cpus = cpu.vcpu_f64() * f64::from(copies);
                let label = options::label(&settings, None);
                let (platform, settings) = (flavour.id, Settings::Pod(settings));
                let configuration = Configuration { platform, settings, label };
                found.push(Held { cost, cpus, configuration });
            }
        }
    }
    found.dedup();
    Ok(found)
}

/// So many pods of a size, each of which takes so many requests at once.
fn pods(
    case: &Case<'_>,
    steady: &Steady<'_>,
    (cpu, copies): (Millicores, u32),
    in_flight: f64,
) -> Result<PodSettings, Missing> {
    let component = case.component;
    let spill = Spill {
        in_flight: (in_flight.ceil() as u32).clamp(1, concurrency(component)),
        proxy: proxy(case, steady, copies)?,
        to: Box::new(steady.to.clone()),
    };
    Ok(PodSettings {
        cpu_request: cpu,
        memory: common::memory(component),
        architecture: steady.architecture,
        min: copies,
        max: copies,
        target: PodTarget::Fixed,
        front_door: common::front_door(case),
        volume: Bytes::ZERO,
        spill: Some(spill),
    })
}

/// What the proxy in each of so many pods asks for: it forwards the pod's part of all requests, and of the busiest minute
/// most of them over new encrypted connections to the other side.
fn proxy(case: &Case<'_>, steady: &Steady<'_>, copies: u32) -> Result<Beside, Missing> {
    let number = |id| case.prices.limit_number(ROWS, id);
    let busiest = case.workload.per_minute.iter().copied().fold(0.0, f64::max);
    let rate_hz = busiest / 60.0 / f64::from(copies.max(1));
    let cores = rate_hz / number("https_requests")?.max(1.0);
    let cpu = Millicores::new((cores * VCPUS_A_CORE * 1000.0).ceil() as u64);
    let held_s = (steady.work.cpu + steady.work.wait).max(HELD_LEAST).secs_f64();
    let gib = rate_hz * held_s / number("tls_connections")?.max(1.0);
    let least = Bytes::from_mib(number("proxy.memory")? as u64);
    Ok(Beside {
        cpu: cpu.max(Millicores::new(number("proxy.cpu")? as u64)),
        memory: least + Bytes::from_mib((gib * 1024.0).ceil() as u64),
    })
}

/// Usage, latency and obstacles of both sides by replaying `case.requests`.
pub(super) fn simulate(
    case: &Case<'_>,
    settings: &PodSettings,
    spill: &Spill,
) -> Result<Evaluation, Missing> {
    let door = Door::of(concurrency(case.component), BACKLOG, Some(spill));
    let setup = Setup {
        capacity: settings.cpu_request,
        concurrency: door.room,
        queue: door.queue,
        queue_timeout: PATIENCE,
        balancing: Balancing::Random,
        step: step(case),
    };
    let end = case.requests.last().map_or(Instant::START, |last| last.at);
    let random = case.seed.stream(&case.component.id, "pod balancing");
    // Where nobody is let in, there is nobody to come to.
    let mut pods = Fixed(if spill.in_flight == 0 { 0 } else { settings.min });
    let mut spilled = Vec::new();
    let elsewhere = |request| spilled.extend(door.spills.then_some(request));
    let mut outcome =
        run_beside(&setup, case.requests, end + AFTERGLOW, random, &mut pods, elsewhere);
    outcome.rejected -= spilled.len() as u64;
    let sides = Sides::played(case, base(settings, spill), &spilled);
    let kept = sides.kept(case);
    let mut evaluation = estimate::of_pods(&kept, settings)?;
    evaluation.latency = (outcome.served > 0).then(|| outcome.latency.clone());
    // What the closed form expects of the kept load is known better now: by whom was turned away.
    evaluation.obstacles = rejections(&kept, &outcome).into_iter().collect();
    record(&mut evaluation, &outcome, step(case));
    sides.replayed(case, evaluation, &spilled)
}
