//! The configurations worth trying.

use std::iter::once;

use catalog::Missing;
use model::{Architecture, Component, DoorChoice, Engine, Kind, Machine, Need, PlatformId};
use units::Bytes;

use super::quotas;
use super::start::{is_image, snapshot, table};
use super::work;
use super::world::World;
use crate::case::Case;
use crate::flow;
use model::{Configuration, FrontDoor, FunctionSettings, Settings, WarmHours, Workflow};

/// Memory sizes that people use, in MB. The catalogue's range decides which of them exist.
const LADDER_MB: [u64; 16] =
    [128, 256, 512, 768, 1024, 1536, 1769, 2048, 3008, 4096, 5120, 6144, 7168, 8192, 9216, 10_240];

/// Smallest memory first, Arm before x86; empty for what keeps data or only serves files.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    if matches!(case.component.kind, Kind::Stateful | Kind::Static) {
        return Ok(Vec::new());
    }
    let mut options = Vec::new();
    for architecture in architectures(case)? {
        let mut latency_counts = !case.component.slo.latency.is_empty();
        for memory in memories(case)? {
            let plain = configuration(
                case,
                FunctionSettings {
                    memory,
                    architecture,
                    front_door: front_door(case),
                    provisioned: 0,
                    warm_hours: None,
                    snap_start: false,
                    scratch: scratch(case)?,
                    workflow: None,
                },
            );
            let snapped = snap_start(case, &plain)?;
            let provisioned = if latency_counts { provisioned(case, &plain)? } else { None };
            options.extend(in_steps(case, &plain)?);
            // A state machine is no program that could run in one piece.
            if is_machine(case.component) {
                let calls = |option: &Configuration| match (&option.settings, &case.component.steps)
                {
                    (Settings::Function(settings), Some(steps)) => {
                        settings.workflow.map_or(0, |workflow| workflow.calls(steps))
                    }
                    _ => 0,
                };
                if options.iter().all(|option| calls(option) == 0) {
                    // No function of its own, so none to size.
                    return Ok(options);
                }
                continue;
            }
            options.push(plain);
            options.extend(snapped);
            if let Some(provisioned) = provisioned {
                // More memory than it takes to keep the promise only costs more.
                latency_counts = false;
                options.extend(provisioned);
            }
        }
    }
    Ok(options)
}

/// The same for a component that is cut into steps, by everything that can carry it through them. What bills by the
/// time of a whole run is tried for runs that are short enough for it only.
fn in_steps(case: &Case<'_>, plain: &Configuration) -> Result<Vec<Configuration>, Missing> {
    let Settings::Function(settings) = &plain.settings else { return Ok(Vec::new()) };
    let Some(steps) = &case.component.steps else { return Ok(Vec::new()) };
    let (platform, id) = Workflow::Express.longest_run();
    let short = quotas::secs(case.prices.limit_number(platform, id)?);
    let fits = case.component.demand.slowest().is_none_or(|longest| longest <= short);
    let tried = Workflow::ALL.into_iter().filter(|workflow| match steps.machine {
        None => *workflow != Workflow::Express || fits,
        Some(Machine::Standard) => *workflow == Workflow::Standard,
        Some(Machine::Express) => *workflow == Workflow::Express,
    });
    let variant = |workflow| FunctionSettings { workflow: Some(workflow), ..settings.clone() };
    Ok(tried.map(|workflow| configuration(case, variant(workflow))).collect())
}

/// What stands in front of the function.
pub(crate) fn front_door(case: &Case<'_>) -> FrontDoor {
    let component = case.component;
    match component.kind {
        Kind::Stream => return FrontDoor::Stream,
        Kind::Worker => {
            return match flow::fed_by(case.app, &component.id) {
                Some(Engine::KeyValue) => FrontDoor::Stream,
                Some(Engine::Objects) => FrontDoor::Notice,
                // Who publishes or decides on events calls it: nothing waits in a queue.
                None if component.events.as_ref().is_some_and(|events| events.notices) => {
                    FrontDoor::Notice
                }
                // Whoever starts a state machine calls it.
                None if is_machine(component) || does_steps(case) => FrontDoor::Notice,
                _ => FrontDoor::Queue,
            };
        }
        Kind::Cron => return FrontDoor::Schedule,
        // Whoever releases calls it.
        Kind::Job => return FrontDoor::None,
        _ => {}
    }
    if case.app.assume.no_front_door.is_some() {
        return FrontDoor::None;
    }
    let sockets = component.needs.has(Need::WebSockets);
    match component.front_door.map(|(choice, _)| choice) {
        Some(DoorChoice::None) => FrontDoor::None,
        _ if sockets => FrontDoor::WebSocketApi,
        Some(DoorChoice::FunctionUrl) => FrontDoor::FunctionUrl,
        Some(DoorChoice::RestApi) => FrontDoor::RestApi,
        Some(DoorChoice::LoadBalancer) => FrontDoor::Alb,
        // A name in DNS needs an address behind it, which a function does not have: its usual door serves.
        Some(DoorChoice::Dns | DoorChoice::HttpApi) => FrontDoor::HttpApi,
        None if component.public.get() == Some(true) => FrontDoor::HttpApi,
        None => FrontDoor::None,
    }
}

/// Whether only runs in steps call it: nothing waits in a queue then.
fn does_steps(case: &Case<'_>) -> bool {
    let mut callers = case.app.edges.iter().filter(|edge| edge.to == case.component.id).peekable();
    let cut = |edge: &model::Edge| {
        let from = case.app.components.iter().find(|c| c.id == edge.from);
        from.is_some_and(|from| from.steps.is_some())
    };
    callers.peek().is_some() && callers.all(cut)
}

/// Whether it is a state machine already.
fn is_machine(component: &Component) -> bool {
    component.steps.as_ref().is_some_and(|steps| steps.machine.is_some())
}

/// Those that the component runs on, the team's estimate allows and the region sells, Arm first.
fn architectures(case: &Case<'_>) -> Result<Vec<Architecture>, Missing> {
    let pinned = case.app.assume.architecture.map(|(architecture, _)| architecture);
    let declared = case.component.architectures.value();
    let runs = |architecture: &Architecture| match pinned {
        Some(pinned) => *architecture == pinned,
        None => declared.is_none_or(|some| some.contains(architecture)),
    };
    let mut sold = Vec::new();
    let mut missing = None;
    for architecture in [Architecture::Arm, Architecture::X86].into_iter().filter(runs) {
        let dimension = format!("duration_{}", architecture.name());
        match case.prices.price("aws/lambda", case.app.region_name(), &dimension) {
            Ok(_) => sold.push(architecture),
            Err(row) => missing = Some(row),
        }
    }
    match missing {
        Some(row) if sold.is_empty() => Err(row),
        _ => Ok(sold),
    }
}

/// From what the component needs up to one whole vCPU: a request uses no more than that, so that beyond it
/// memory only costs. Without CPU work, the first size is the only one.
fn memories(case: &Case<'_>) -> Result<Vec<Bytes>, Missing> {
    let (_, high) = quotas::range(case.prices, "memory.range")?;
    let whole_cpu = case.prices.limit_number(quotas::LAMBDA, "cpu.mb_per_vcpu")?;
    let smallest = least_memory(case)?;
    let cpu = case.component.demand.cpu.value().map_or(0, |cpu| cpu.mean().nanos());
    let larger = LADDER_MB.into_iter().filter(|&mb| {
        let mb = mb as f64;
        cpu > 0 && mb > smallest && mb <= high && mb <= whole_cpu
    });
    Ok(once(smallest as u64).chain(larger).map(Bytes::from_mib).collect())
}

/// What the component needs, in whole megabytes, or the least or most that there is.
pub(crate) fn least_memory(case: &Case<'_>) -> Result<f64, Missing> {
    let (low, high) = quotas::range(case.prices, "memory.range")?;
    let declared = case.component.memory.get().map_or(low, |memory| memory.mib_ceil() as f64);
    Ok(declared.clamp(low, high))
}

fn scratch(case: &Case<'_>) -> Result<Bytes, Missing> {
    let (low, high) = quotas::range(case.prices, "tmp.range")?;
    let wanted = case.component.scratch.as_ref().and_then(model::Fact::get);
    let wanted = wanted.unwrap_or(Bytes::ZERO);
    Ok(wanted.clamp(Bytes::from_mib(low as u64), Bytes::from_mib(high as u64)))
}

/// The same from a snapshot, where the runtime allows it and a restore is measured to be quicker than the
/// start it replaces. Images and larger scratch disks exclude it (`aws-lambda/snapstart.excludes`).
fn snap_start(case: &Case<'_>, plain: &Configuration) -> Result<Option<Configuration>, Missing> {
    let Settings::Function(settings) = &plain.settings else { return Ok(None) };
    let (scratch_max, _) = quotas::range(case.prices, "tmp.range")?;
    let excluded =
        is_image(case.component) || settings.scratch > Bytes::from_mib(scratch_max as u64);
    let Some(restore) = snapshot(&case.site(), case.component).filter(|_| !excluded) else {
        return Ok(None);
    };
    let arm = settings.architecture == Architecture::Arm;
    let measured = table(&case.site(), case.component, arm).map(|row| row.init_p50);
    let init = case.component.start.init.get().or(measured);
    let quicker = init.is_some_and(|init| restore.init_p50 < init);
    Ok(quicker
        .then(|| configuration(case, FunctionSettings { snap_start: true, ..settings.clone() })))
}

/// Provisioned variants, if warm requests keep every latency promise and cold starts break one; `None` if warm
/// requests break one themselves. On-demand requests that keep all of them need no variants.
fn provisioned(
    case: &Case<'_>,
    plain: &Configuration,
) -> Result<Option<Vec<Configuration>>, Missing> {
    let Some(world) = World::new(case, plain)? else { return Ok(None) };
    let points = work::points(case.component, case.workload, world.cpu);
    let cold = world.shares(&points).cold;
    let warm = world.answered(&world.latency(&points, 0.0))?;
    let real = world.answered(&world.latency(&points, cold))?;
    let keeps = |latency: &units::Histogram| {
        let promises = &case.component.slo.latency;
        promises.iter().all(|(q, limit, _)| latency.quantile(q.get()).is_none_or(|l| l <= *limit))
    };
    if !keeps(&warm) {
        return Ok(None);
    }
    if keeps(&real) {
        return Ok(Some(Vec::new()));
    }
    let hours: Vec<Option<WarmHours>> =
        once(None).chain(world.warm_hours(&points, cold).into_iter().map(Some)).collect();
    let levels = world.provisioned_levels(&points).into_iter();
    let kept = levels.flat_map(|level| hours.iter().map(move |hours| (level, *hours)));
    let variants = kept.map(|(provisioned, warm_hours)| {
        let settings = world.settings.clone();
        configuration(case, FunctionSettings { provisioned, warm_hours, ..settings })
    });
    Ok(Some(variants.collect()))
}

/// Where the messages of a worker wait, in the configuration's name.
const fn messages(engine: Option<Engine>) -> &'static str {
    match engine {
        Some(Engine::Kafka) => "Kafka",
        Some(Engine::Rabbitmq) => "RabbitMQ",
        Some(Engine::Activemq) => "ActiveMQ",
        _ => "SQS",
    }
}

/// A function as servers call it that spill to it: at its own URL.
pub(crate) fn at_its_url(case: &Case<'_>, settings: &FunctionSettings) -> Configuration {
    let front_door = FrontDoor::FunctionUrl;
    configuration(case, FunctionSettings { front_door, ..settings.clone() })
}

fn configuration(case: &Case<'_>, settings: FunctionSettings) -> Configuration {
    let machine = is_machine(case.component);
    let steps = case.component.steps.as_ref().filter(|_| machine);
    let mut label = match (steps, settings.workflow) {
        (Some(steps), Some(workflow)) if workflow.calls(steps) == 0 => String::new(),
        _ => format!("{} {}", settings.memory, settings.architecture.name()),
    };
    let door = match settings.front_door {
        FrontDoor::FunctionUrl => "function URL",
        FrontDoor::HttpApi => "HTTP API",
        FrontDoor::RestApi => "REST API",
        FrontDoor::WebSocketApi => "WebSocket API",
        FrontDoor::Alb => "ALB",
        FrontDoor::Nlb => "NLB",
        FrontDoor::Queue => messages(flow::fed_by(case.app, &case.component.id)),
        FrontDoor::Stream => match flow::fed_by(case.app, &case.component.id) {
            Some(Engine::Kafka) => "Kafka",
            Some(Engine::KeyValue) => "DynamoDB stream",
            _ => "stream",
        },
        FrontDoor::Notice if machine || does_steps(case) => "",
        FrontDoor::Notice if flow::fed_by(case.app, &case.component.id).is_none() => "events",
        FrontDoor::Notice => "S3 events",
        FrontDoor::Schedule => "schedule",
        FrontDoor::Dns => "direct DNS",
        // Functions here have none of these.
        FrontDoor::None | FrontDoor::Balancer | FrontDoor::PubSub | FrontDoor::StorageQueue => "",
    };
    let mut provisioned = format!("{} provisioned", settings.provisioned);
    if let Some(hours) = settings.warm_hours {
        provisioned.push_str(&format!(" {hours}"));
    }
    for (part, there) in [
        (door, !door.is_empty()),
        (provisioned.as_str(), settings.provisioned > 0),
        ("SnapStart", settings.snap_start),
        (settings.workflow.map_or("", Workflow::name), settings.workflow.is_some()),
    ] {
        if there {
            label.push_str(if label.is_empty() { "" } else { ", " });
            label.push_str(part);
        }
    }
    Configuration {
        platform: PlatformId("aws/lambda"),
        settings: Settings::Function(settings),
        label,
    }
}
