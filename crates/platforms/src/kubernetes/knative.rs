//! Services that Knative runs on the cluster: which ones it can, what they are asked to hold, when they are there.
//!
//! Knative counts requests in flight and not CPU, every two seconds, and takes the last pod away a minute after the last
//! request. Its own pods run on the cluster once, however many services there are.

use catalog::Missing;
use model::{Component, Kind, Need};
use scaling::kpa;
use sim::nodes::PodSize;
use units::{Bytes, Duration, Histogram, Millicores, Share};

use super::flavours::Flavour;
use super::options;
use crate::case::{Case, Member, Site};
use crate::container_load::{Copy, Minutes, Target, some_later};
use crate::container_options::{self as common, concurrency};
use crate::knative::Knative;
use crate::limits::Limited;
use crate::servers::load::{self, Work};
use crate::servers::queue;
use model::{PodSettings, PodTarget, Settings};

/// Its rows among the limits.
const ROWS: &str = "knative";
/// Its own pods, as rows of the limits; those in the way of every request stand in each zone.
const OWN_PODS: [(&str, bool); 6] = [
    ("activator", true),
    ("autoscaler", false),
    ("controller", false),
    ("webhook", false),
    ("kourier_controller", false),
    ("kourier_gateway", true),
];
/// Services tried for one architecture at the most.
const OPTIONS_MAX: usize = 2;
/// Pods that must go for so much of the time at least, or going to none is no choice worth having.
const IDLE_LEAST: f64 = 0.1;
/// CPU in use that a target is made for. Requests slow each other, to twice their time where half of one CPU is in use:
/// what is more looks like a burst, at which Knative panics, and once it has pods enough it sees few requests, takes most
/// of the pods away, and so on.
const BUSY: f64 = 0.5;
/// How much of what requests slow each other at random arrivals is left where pods take them in turn: as the replay has it
/// for some to some dozens of pods.
const IN_TURN: f64 = 0.25;
/// A pod's CPU in use, at the most: beyond that requests pile up, which takes longer than two looks.
const FULL: f64 = 0.9;
/// The most of what the stable window shows within a minute lies so many deviations up; short bursts make it panic.
const DEVIATIONS: f64 = 1.5;
/// What it cannot do (raw ports), does in part only (volumes, privileges), or takes away with the last pod.
const REFUSED: [Need; 9] = [
    Need::Tcp,
    Need::Udp,
    Need::WebSockets,
    Need::Background,
    Need::LocalDisk,
    Need::SessionState,
    Need::Privileged,
    Need::Gpu,
    Need::Windows,
];

/// Whether Knative can run it there.
pub(super) fn can_run(component: &Component, flavour: &Flavour) -> bool {
    let refused = REFUSED.into_iter().any(|need| component.needs.has(need));
    let host = component.containers.iter().any(|container| container.privileged);
    component.kind == Kind::Http && flavour.has_nodes() && !refused && !host
}

/// The longest request that its proxy lets through.
pub(super) fn request_max(site: &Site<'_>) -> Result<Limited<Duration>, Missing> {
    Ok(Limited::row(site, ROWS, "revision_timeout.max")?.map(Duration::from_secs_f64))
}

/// Pods of Knative itself, if any member is one of its services: (size, count).
pub(super) fn own_pods(
    members: &[Member<'_>],
    site: &Site<'_>,
) -> Result<Vec<(PodSize, u32)>, Missing> {
    let runs = |member: &Member<'_>| match &member.configuration.settings {
        Settings::Pod(settings) => settings.is_knative(),
        _ => false,
    };
    if site.app.assume.no_node_overhead.is_some() || !members.iter().any(runs) {
        return Ok(Vec::new());
    }
    let zones = u32::from(site.app.availability.zones.get().unwrap_or(1)).max(1);
    let number = |name: &str, what: &str| {
        site.prices.limit_number(ROWS, &format!("{name}.{what}")).map(|n| n as u64)
    };
    let of = |(name, in_each_zone): (&str, bool)| -> Result<(PodSize, u32), Missing> {
        let size = PodSize {
            cpu: Millicores::new(number(name, "cpu")?),
            memory: Bytes::from_mib(number(name, "memory")?),
        };
        Ok((size, if in_each_zone { zones } else { 1 }))
    };
    OWN_PODS.into_iter().map(of).collect()
}

/// Services of the same sizes as `deployments`, with their mean number of pods: without a pod while nobody asks where
/// one zone is enough and that is often, always there otherwise.
pub(super) fn services(
    case: &Case<'_>,
    deployments: &[(PodSettings, f64)],
) -> Result<Vec<(PodSettings, f64)>, Missing> {
    let queue_proxy = case.prices.limit_number(ROWS, "queue_proxy.cpu")?;
    let queue_proxy = Millicores::new(queue_proxy as u64);
    let mut found = Vec::new();
    for (deployment, _) in deployments.iter().take(OPTIONS_MAX) {
        let cpu = deployment.cpu_request;
        let Some(minutes) = Minutes::of(case, cpu) else { break };
        let target = PodTarget::Knative { target: target(case.component, cpu), queue_proxy };
        let always = PodSettings { target, ..deployment.clone() };
        let mean = |settings: &PodSettings| -> Result<f64, Missing> {
            let counts = counts(case, settings, &minutes)?;
            Ok(counts.iter().map(|&n| f64::from(n)).sum::<f64>() / counts.len().max(1) as f64)
        };
        let stays = mean(&always)?;
        let goes = PodSettings { min: 0, ..always.clone() };
        let leaves = if common::zones(case) > 1 { stays } else { mean(&goes)? };
        found.push(if leaves <= stays * (1.0 - IDLE_LEAST) {
            (goes, leaves)
        } else {
            (always, stays)
        });
    }
    Ok(found)
}

/// What an operator sets: upstream's defaults and the bounds.
pub(super) fn operator(settings: &PodSettings) -> kpa::Settings {
    let bounds = kpa::Bounds { min: i64::from(settings.min), max: i64::from(settings.max) };
    kpa::Settings { bounds, ..kpa::Settings::default() }
}

/// The autoscaler of a service of which `initial` pods are there.
pub(super) fn autoscaler(
    case: &Case<'_>,
    settings: &PodSettings,
    target: u32,
    initial: u32,
) -> Knative {
    let counted = kpa::Metric::Concurrency;
    let holds = (counted, concurrency(case.component), Some(f64::from(target)));
    Knative::new(&operator(settings), holds, (units::Instant::START, initial))
}

/// Requests in flight that a pod is made for: as many as use half of its CPU, where that is fewer than it may serve at
/// once.
fn target(component: &Component, cpu: Millicores) -> u32 {
    let most = concurrency(component);
    let held = kpa::Settings::default().concurrency_target_percent / 100.0;
    ((places(component, cpu) * BUSY / held) as u32).clamp(1, most)
}

/// Requests in flight in a pod of which so much of the CPU is in use: they slow each other.
fn in_flight(work: Work, cpu: Millicores, busy: f64) -> f64 {
    let cpus = u32::try_from((cpu.get() / 1000).max(1)).unwrap_or(u32::MAX);
    let alone_s = work.cpu.secs_f64() / cpu.vcpu_f64().clamp(0.001, 1.0);
    let rate = busy * cpu.vcpu_f64() / work.cpu.secs_f64().max(1e-12);
    // Of what random arrivals bring, a part is left where they take turns.
    let slowed = 1.0 + (queue::stretch(cpus, busy) - 1.0) * IN_TURN;
    rate * (alone_s * slowed + work.wait.secs_f64())
}

/// Requests that would be in flight in a full pod if none slowed another.
pub(super) fn places(component: &Component, cpu: Millicores) -> f64 {
    let most = f64::from(concurrency(component));
    let Some(work) = load::work(component) else { return most };
    let stay_s = work.cpu.secs_f64() / cpu.vcpu_f64().clamp(0.001, 1.0) + work.wait.secs_f64();
    most.min(cpu.vcpu_f64() * stay_s / work.cpu.secs_f64().max(1e-12))
}

/// Requests in a pod where so many would be if none slowed another.
pub(super) fn crowded(component: &Component, cpu: Millicores, alone: f64) -> f64 {
    let Some(work) = load::work(component).filter(|work| work.cpu > Duration::ZERO) else {
        return alone;
    };
    in_flight(work, cpu, busy_of(work, cpu, alone))
}

/// CPU in use where so many requests would be in flight if none slowed another.
fn busy_of(work: Work, cpu: Millicores, alone: f64) -> f64 {
    let stay_s = work.cpu.secs_f64() / cpu.vcpu_f64().clamp(0.001, 1.0) + work.wait.secs_f64();
    (alone / stay_s * work.cpu.secs_f64() / cpu.vcpu_f64()).min(FULL)
}

/// The settings as the closed form sees them.
pub(super) fn copy(case: &Case<'_>, settings: &PodSettings, target: u32) -> Copy {
    let (cpu, operator) = (settings.cpu_request, kpa::Settings::default());
    let held = f64::from(target) * operator.concurrency_target_percent / 100.0;
    // What is held includes what requests wait for each other: find how many that leaves if they did not.
    let (mut low, mut high) = (0.0, held);
    for _ in 0..32 {
        let middle = f64::midpoint(low, high);
        if crowded(case.component, cpu, middle) > held {
            high = middle;
        } else {
            low = middle;
        }
    }
    Copy {
        cpu,
        target: Target::Requests(low.max(1e-6)),
        window: operator.stable_window,
        hold_minutes: 1,
        deviations: DEVIATIONS,
        min: settings.min,
        max: settings.max,
    }
}

/// How long a pod is there after its last request, on average, if no other comes.
fn stays(case: &Case<'_>) -> Result<Duration, Missing> {
    let operator = kpa::Settings::default();
    let start = case.prices.limit_number("kubernetes", "pod.ready_mean")?;
    Ok(operator.stable_window + operator.tick * 2 + Duration::from_secs_f64(start))
}

/// Pods in the middle of each minute by closed form; whether anybody asks in a minute is drawn.
pub(super) fn counts(
    case: &Case<'_>,
    settings: &PodSettings,
    minutes: &Minutes,
) -> Result<Vec<u32>, Missing> {
    let PodTarget::Knative { target, .. } = settings.target else { return Ok(Vec::new()) };
    let copy = copy(case, settings, target);
    let held = minutes.counts(&Copy { min: copy.min.max(1), ..copy });
    if settings.min > 0 {
        return Ok(held);
    }
    let stays = stays(case)? + minutes.stay;
    let mut chance = case.seed.stream(&case.component.id, "minutes with a request");
    // The first request alone is all that is seen, and a pod that serves one at a time is then held to be too full.
    let operator = kpa::Settings::default();
    let held_each = f64::from(target) * operator.concurrency_target_percent / 100.0;
    let woken = (1.0 / held_each).ceil() as u32;
    // When the last pod goes and when the first one came, in minutes.
    let (mut until, mut since) = (0.0_f64, f64::NEG_INFINITY);
    let per_minute = &case.workload.per_minute;
    let there = per_minute.iter().zip(held).enumerate().map(|(minute, (rate, held))| {
        let middle = minute as f64 + 0.5;
        let mut there = false;
        for half in [middle, middle + 0.5] {
            // How long before the end of this half the last request came: exponential, if it was in this half.
            let came = half - chance.exponential() / rate.max(1e-12);
            if came >= half - 0.5 {
                if until <= came {
                    since = came;
                }
                until = came + stays.secs_f64() / 60.0;
            }
            there |= half <= middle && until > middle;
        }
        let panics = middle - since <= 1.5;
        if !there {
            0
        } else if panics {
            held.max(woken)
        } else {
            held
        }
    });
    Ok(there.collect())
}

/// Share of requests that find no pod.
pub(super) fn cold(case: &Case<'_>, settings: &PodSettings) -> Result<Option<Share>, Missing> {
    if settings.min > 0 {
        return Ok(Some(Share::new(0.0)));
    }
    let stays_s = stays(case)?.secs_f64();
    let per_minute = &case.workload.per_minute;
    let all: f64 = per_minute.iter().sum();
    let alone: f64 = per_minute.iter().map(|rate| rate * (-rate / 60.0 * stays_s).exp()).sum();
    Ok((all > 0.0).then(|| Share::new(alone / all)))
}

/// The latency of warm requests with so many of them waiting for a pod first.
pub(super) fn with_cold(
    case: &Case<'_>,
    settings: &PodSettings,
    warm: &Histogram,
    cold: Share,
) -> Result<Histogram, Missing> {
    let start = case.prices.limit_number("kubernetes", "pod.ready_mean")?;
    let start = Duration::from_secs_f64(start) + options::init(case, settings);
    Ok(some_later(warm, cold, start))
}
