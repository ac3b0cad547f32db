//! Pods request by request: the autoscaler with its late metrics, pods and nodes that take time to come.
//!
//! A component is looked at as if it were alone on its nodes, with the last of them partly free; what other
//! components leave free would only make it faster. Totals of the month come from the same autoscaler over
//! the whole cycle as a fluid.

use catalog::Missing;
use model::{Kind, Package};
use scaling::hpa::{Behavior, Hpa, Settings as HpaSettings, Spec, Tolerance};
use scaling::karpenter::{Batch, Consolidation, ConsolidationSettings};
use sim::pods::{self, Balancing, Outcome, Setup};
use units::{Bytes, Duration, Instant, Random, Share};

use super::flavours::{Flavour, Machines, PodRows};
use super::nodes::plan_nodes;
use super::overhead::Overhead;
use super::{estimate, knative, options, per_pod, settings as pod_settings, split};
use crate::case::{Case, Member};
use crate::container_load::{Minutes, somebody_waits};
use crate::container_options::{TARGET_PERCENT, concurrency};
use crate::container_replay::{
    AFTERGLOW, BACKLOG, PATIENCE, RETENTION, record, rejections, run_jobs, step,
};
use crate::container_world::{Instances, Metrics, Nodes, Scaler, StartTime, fluid, knative_fluid};
use crate::platform::Evaluation;
use model::{Configuration, PodSettings, PodTarget};

/// Usage, latency and obstacles by replaying `case.requests`.
pub(super) fn simulate(
    case: &Case<'_>,
    configuration: &Configuration,
    flavour: &Flavour,
) -> Result<Evaluation, Missing> {
    let settings = pod_settings(configuration)?;
    let guess = estimate::estimate(case, settings)?;
    let Some(minutes) = estimate::minutes(case, settings) else { return Ok(guess) };
    match case.component.kind {
        Kind::Stateful => return Ok(guess),
        Kind::Cron | Kind::Job => return Ok(run_jobs(case, guess)),
        _ => {}
    }
    if let Some(spill) = &settings.spill {
        if case.requests.is_empty() {
            return Ok(guess);
        }
        return split::simulate(case, settings, spill);
    }
    let counts = estimate::counts(case, settings, &minutes)?;
    let random = case.seed.stream(&case.component.id, "pods over the cycle");
    let first = counts.first().copied().unwrap_or(settings.min);
    let world = instances(case, settings, None, (random, first))?;
    let over_the_cycle = match settings.target {
        PodTarget::Fixed => counts,
        PodTarget::Knative { .. } => {
            let cpu = settings.cpu_request;
            let crowded = |alone| knative::crowded(case.component, cpu, alone);
            let places = knative::places(case.component, cpu);
            knative_fluid(&minutes, &case.workload.per_minute, (places, &crowded), world)
        }
        _ => fluid(&minutes, world).counts,
    };
    let usage = estimate::usage(case, settings, over_the_cycle.clone(), &minutes);
    let mut evaluation = Evaluation { usage, ..guess };
    evaluation.obstacles = estimate::obstacles(case, settings, &minutes, &over_the_cycle)?;
    if case.requests.is_empty() {
        return Ok(evaluation);
    }
    let member = Member { component: case.component, configuration, evaluation: &evaluation };
    let nodes = match flavour.machines {
        Machines::Nodes { .. } => nodes(case, &member, settings, flavour)?,
        Machines::Pods { .. } => own_node_each(case, flavour)?,
    };
    let random = case.seed.stream(&case.component.id, "pods of the replay");
    let there = pods_at_first(case, settings, &minutes)?;
    let mut world = instances(case, settings, Some(nodes), (random, there))?;
    let outcome = replay(case, settings, &mut world);
    if settings.is_knative() {
        evaluation.cold = Some(Share::of(world.cold(), outcome.arrivals));
    }
    evaluation.latency =
        (somebody_waits(case.component) && outcome.served > 0).then(|| outcome.latency.clone());
    evaluation.obstacles.extend(rejections(case, &outcome));
    record(&mut evaluation, &outcome, step(case));
    Ok(evaluation)
}

/// Pods that the first requests find.
fn pods_at_first(
    case: &Case<'_>,
    settings: &PodSettings,
    minutes: &Minutes,
) -> Result<u32, Missing> {
    let at_once = case.requests.first().is_some_and(|r| r.at < Instant::START + Duration::MINUTE);
    if settings.is_knative() && settings.min == 0 && !at_once {
        return Ok(0);
    }
    Ok(minutes.first(case, &options::copy(case, settings)?))
}

fn replay(case: &Case<'_>, settings: &PodSettings, instances: &mut Instances) -> Outcome {
    let queued = !somebody_waits(case.component);
    let held = settings.is_knative();
    let setup = Setup {
        capacity: settings.cpu_request,
        concurrency: concurrency(case.component),
        queue: if queued { u32::MAX } else { BACKLOG },
        queue_timeout: if queued { RETENTION } else { PATIENCE },
        // A queue and Knative's activator hold requests until a pod has room; kube-proxy chooses by chance.
        balancing: if queued || held { Balancing::Pull } else { Balancing::Random },
        step: step(case),
    };
    let end = case.requests.last().map_or(Instant::START, |last| last.at);
    let random = case.seed.stream(&case.component.id, "pod balancing");
    pods::run(&setup, case.requests, end + AFTERGLOW, random, instances)
}

/// An autoscaler and its pods, on nodes that take time to come or without them.
fn instances(
    case: &Case<'_>,
    settings: &PodSettings,
    nodes: Option<Nodes>,
    first: (Random, u32),
) -> Result<Instances, Missing> {
    let seconds = |platform: &str, id: &str| {
        case.prices.limit_number(platform, id).map(Duration::from_secs_f64)
    };
    let (scrape, window) = (
        seconds("kubernetes-hpa", "metrics.scrape")?,
        seconds("kubernetes-hpa", "metrics.window")?,
    );
    let metrics = match settings.target {
        PodTarget::Knative { .. } => {
            Metrics { period: knative::operator(settings).tick, width: 1, lag: 0 }
        }
        _ => Metrics {
            period: scrape,
            width: (window.nanos() / scrape.nanos().max(1)).max(1) as usize,
            lag: 1,
        },
    };
    let start = StartTime::Normal {
        mean: seconds("kubernetes", "pod.ready_mean")?,
        p99: seconds("kubernetes", "pod.ready_p99")?,
    };
    let init = options::init(case, settings);
    let scaler = scaler(case, settings, first.1)?;
    let grace = match settings.target {
        // A pod that goes may finish any request.
        PodTarget::Knative { .. } => knative::request_max(&case.site())?.value,
        _ => seconds("kubernetes", "termination_grace")?,
    };
    let world = Instances::new(scaler, metrics, settings.cpu_request, (start, init), nodes, first);
    Ok(world.killed_after(grace))
}

fn scaler(case: &Case<'_>, settings: &PodSettings, initial: u32) -> Result<Scaler, Missing> {
    let number = |id| case.prices.limit_number("kubernetes-hpa", id);
    let seconds = |id| number(id).map(Duration::from_secs_f64);
    let tolerance = number("tolerance")?;
    let spec = Spec {
        min: i64::from(settings.min),
        max: i64::from(settings.max),
        behavior: Some(Behavior {
            tolerance: Tolerance { up_ratio: tolerance, down_ratio: tolerance },
            ..Behavior::default()
        }),
        settings: HpaSettings {
            sync: seconds("sync_period")?,
            cpu_initialization: seconds("cpu_initialization_period")?,
            initial_readiness: seconds("initial_readiness_delay")?,
            downscale_stabilization: seconds("downscale_stabilization")?,
        },
    };
    let hpa = Box::new(Hpa::new(spec));
    Ok(match settings.target {
        PodTarget::CpuPercent(percent) => Scaler::HpaCpu(hpa, i64::from(percent)),
        PodTarget::Concurrency(each) => {
            // Thousandths of a request: per cent times ten.
            Scaler::HpaRequests(hpa, i64::from(each) * i64::from(TARGET_PERCENT) * 10)
        }
        PodTarget::Knative { target, .. } => {
            Scaler::Knative(Box::new(knative::autoscaler(case, settings, target, initial)))
        }
        PodTarget::Fixed => Scaler::Fixed,
    })
}

/// Nodes as this component would have them alone.
fn nodes(
    case: &Case<'_>,
    member: &Member<'_>,
    settings: &PodSettings,
    flavour: &Flavour,
) -> Result<Nodes, Missing> {
    let seconds = |platform: &str, id: &str| {
        case.prices.limit_number(platform, id).map(Duration::from_secs_f64)
    };
    let site = case.site();
    let plan = plan_nodes(std::slice::from_ref(member), &site, flavour)?;
    let overhead = Overhead::of(&site, flavour)?;
    let size = super::nodes::size_of(settings, case.component);
    let each = plan.pools.first().map_or(1, |pool| overhead.room(pool.instance).holds(size));
    let rate = case.prices.limit_number(flavour.rows, "image_pull.rate")?;
    let karpenter = |id| seconds("karpenter", id);
    Ok(Nodes {
        each: u32::try_from(each.max(1)).unwrap_or(u32::MAX),
        ready: Vec::new(),
        batch: Batch::new(karpenter("batch_idle")?, karpenter("batch_max")?),
        boot: seconds(flavour.rows, "node.ready")?,
        pull: Duration::from_secs_f64(image(case).mib_f64() / rate.max(1.0)),
        consolidation: Consolidation::new(ConsolidationSettings {
            after: karpenter("consolidate_after")?,
            poll: karpenter("disruption_poll")?,
            validation: karpenter("validation_delay")?,
            budget_percent: case.prices.limit_number("karpenter", "disruption_budget")?,
        }),
    })
}

/// Where nobody sees the nodes each pod brings its own, and pulls its image.
fn own_node_each(case: &Case<'_>, flavour: &Flavour) -> Result<Nodes, Missing> {
    let rate = case.prices.limit_number(flavour.rows, "image_pull.rate")?;
    let start = match flavour.machines {
        Machines::Pods { rows: PodRows::Fargate } => per_pod::fargate_start(&case.site())?,
        _ => Duration::from_secs_f64(case.prices.limit_number(flavour.rows, "node.ready")?),
    };
    let idle = ConsolidationSettings {
        after: Duration::ZERO,
        poll: Duration::SECOND,
        validation: Duration::ZERO,
        budget_percent: 100.0,
    };
    Ok(Nodes {
        each: 1,
        ready: Vec::new(),
        batch: Batch::new(Duration::ZERO, Duration::ZERO),
        boot: start,
        pull: Duration::from_secs_f64(image(case).mib_f64() / rate.max(1.0)),
        consolidation: Consolidation::new(idle),
    })
}

/// Size of the image: declared, or that of a small service on a slim base. An archive needs a base, too.
pub(super) fn image(case: &Case<'_>) -> Bytes {
    const SLIM_BASE: Bytes = Bytes::from_mib(100);
    let artifact = &case.component.artifact;
    let size = artifact.size.get().unwrap_or(Bytes::ZERO);
    match artifact.package.get() {
        Some(Package::Image) if size > Bytes::ZERO => size,
        _ => size + SLIM_BASE,
    }
}
