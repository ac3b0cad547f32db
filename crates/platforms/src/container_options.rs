//! What containers have in common whatever runs them: how clients reach them, how many, how large.

use model::{Architecture, Component, Distribution, DoorChoice, Engine, Fact, Kind, Need};
use units::{Bytes, Duration, Millicores};

use crate::case::Case;
use crate::flow;
use crate::servers::load;
use model::FrontDoor;

/// CPU that autoscalers hold, in per cent of the request. The usual range is 50 to 80: our choice.
pub(crate) const TARGET_PERCENT: u32 = 70;

/// Memory of a container where nobody says: what small services are commonly given. Our choice.
const MEMORY_ASSUMED: Bytes = Bytes::from_mib(512);

/// Memory of one copy.
pub(crate) fn memory(component: &Component) -> Bytes {
    component.memory.get().unwrap_or(MEMORY_ASSUMED)
}

/// Requests that one copy serves at once.
pub(crate) fn concurrency(component: &Component) -> u32 {
    component.concurrency.get().unwrap_or(1).max(1)
}

/// CPU in use when a copy with this much of it serves as many requests as it can, in vCPU and without a
/// bound: below what it has, requests mostly wait, and CPU says little about how full it is.
pub(crate) fn cpu_when_full(component: &Component, cpu: Millicores) -> f64 {
    let Some(work) = load::work(component) else { return f64::INFINITY };
    let stay = work.cpu.times_f64(1.0 / cpu.vcpu_f64().clamp(0.001, 1.0)) + work.wait;
    let each = work.cpu.secs_f64() / stay.secs_f64().max(1e-12);
    each * f64::from(concurrency(component))
}

/// Whether a request that runs alone on this much CPU keeps the latency that is promised.
pub(crate) fn fast_enough(component: &Component, cpu: Millicores) -> bool {
    let demand = &component.demand;
    let stretch = 1.0 / cpu.vcpu_f64().clamp(0.001, 1.0);
    let alone = |share: f64| {
        let slow = |d: Option<&Distribution>| {
            d.map_or(Duration::ZERO, |d| if share >= 0.99 { d.p99() } else { d.mean() })
        };
        slow(demand.cpu.value()).times_f64(stretch) + slow(demand.wait.value())
    };
    component.slo.latency.iter().all(|(share, limit, _)| alone(share.get()) <= *limit)
}

/// Zones that must be able to serve.
pub(crate) fn zones(case: &Case<'_>) -> u32 {
    u32::from(case.app.availability.zones.get().unwrap_or(1)).max(1)
}

/// Architectures that it can run on, the cheaper one first.
pub(crate) fn architectures(component: &Component) -> Vec<Architecture> {
    match component.architectures.value() {
        Some(declared) if !declared.is_empty() => declared.clone(),
        _ => vec![Architecture::Arm, Architecture::X86],
    }
}

/// Whether it is by nature a service of the provider: a table, a queue, a bucket.
pub(crate) fn is_a_service(component: &Component) -> bool {
    let engine = component.engine.as_ref().and_then(Fact::get);
    let service = matches!(engine, Some(Engine::KeyValue | Engine::Queue | Engine::Objects));
    component.kind == Kind::Stateful && service
}

/// Copies on average; none of no counts.
pub(crate) fn mean(counts: &[u32]) -> f64 {
    counts.iter().map(|&n| f64::from(n)).sum::<f64>() / counts.len().max(1) as f64
}

/// How clients reach it: one load balancer for all that the internet asks.
pub(crate) fn front_door(case: &Case<'_>) -> FrontDoor {
    let (component, assume) = (case.component, &case.app.assume);
    let cloud = case.site().cloud();
    match component.kind {
        Kind::Cron => return FrontDoor::Schedule,
        Kind::Worker if flow::is_fed_by_a_store(case.app, &component.id) => {
            return FrontDoor::None;
        }
        Kind::Worker => return cloud.queue,
        Kind::Stateful | Kind::Stream | Kind::Job => return FrontDoor::None,
        Kind::Http | Kind::Static => {}
    }
    if component.public.get() == Some(false) || assume.no_front_door.is_some() {
        return FrontDoor::None;
    }
    let raw = [Need::Tcp, Need::Udp].into_iter().any(|need| component.needs.has(need));
    let balancer = if raw { cloud.raw_balancer } else { cloud.balancer };
    let door = match component.front_door.as_ref().map(|(choice, _)| *choice) {
        Some(DoorChoice::HttpApi) if cloud.id == "aws" => FrontDoor::HttpApi,
        Some(DoorChoice::RestApi) if cloud.id == "aws" => FrontDoor::RestApi,
        Some(DoorChoice::Dns) => FrontDoor::Dns,
        Some(DoorChoice::None) => FrontDoor::None,
        // Only functions have URLs of their own.
        Some(_) | None => balancer,
    };
    match door {
        FrontDoor::Alb | FrontDoor::Nlb | FrontDoor::Balancer
            if assume.no_load_balancer.is_some() =>
        {
            FrontDoor::None
        }
        other => other,
    }
}

/// The front door's name behind a configuration: `, ALB`.
pub(crate) const fn door_label(door: FrontDoor) -> &'static str {
    match door {
        FrontDoor::None => "",
        FrontDoor::FunctionUrl => ", function URL",
        FrontDoor::HttpApi => ", HTTP API",
        FrontDoor::RestApi => ", REST API",
        FrontDoor::WebSocketApi => ", WebSocket API",
        FrontDoor::Alb => ", ALB",
        FrontDoor::Nlb => ", NLB",
        FrontDoor::Balancer => ", load balancer",
        FrontDoor::Queue => ", SQS",
        FrontDoor::Stream => ", stream",
        FrontDoor::Notice => ", S3 events",
        FrontDoor::PubSub => ", Pub/Sub",
        FrontDoor::StorageQueue => ", Storage queue",
        FrontDoor::Schedule => ", cron",
        FrontDoor::Dns => ", direct DNS",
    }
}
