//! The servers worth trying for one component: one that is just large enough, a roomier one, and more of
//! smaller ones.

use catalog::Missing;
use model::{Architecture, Component, DoorChoice, Engine, Fact, Kind, Need};
use units::{Bytes, Millicores, Money, Share};

use super::fit::{self, Requirement, TARGET_PERCENT};
use super::{estimate, load, plan};
use crate::case::Case;
use crate::container_options::door_label;
use crate::flow;
use crate::spill;
use crate::usage::Usage;
use model::{Configuration, FrontDoor, ServerSettings, Settings};

/// Servers of one component at the most: beyond this nobody runs them by hand.
pub(super) const SERVERS_MAX: u32 = 100;

/// CPUs of the servers tried when there are more of them than zones ask for.
const WIDE_VCPU: [u64; 4] = [2, 4, 8, 16];

/// Busiest minute over mean, in per cent, above which an autoscaler is worth trying.
const AUTOSCALE_PERCENT: u64 = 150;

/// Options of one architecture at the most; a roomier one comes on top.
const OPTIONS_MAX: usize = 2;

/// Memory that an open WebSocket connection holds: socket buffers, TLS state and a session object.
/// Our assumption; measured servers are between 10 and 50 KB.
pub const CONNECTION_MEMORY: Bytes = Bytes::from_kib(20);

/// Requests at once that memory is planned for, above the busiest minute's mean, in standard deviations of
/// a Poisson count.
const HEADROOM_SIGMAS: f64 = 3.0;

/// Share of the time that the processes of a worker are busy in its busiest quarter of an hour: below 1, or
/// its queue would never empty. Our choice.
const WORKERS_BUSY: f64 = 0.8;

/// A configuration with what it costs alone.
type Priced = (Money, Configuration);

/// The configurations worth trying, cheapest first.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    if !runs_here(case.component) {
        return Ok(Vec::new());
    }
    let mut all: Vec<Priced> = Vec::new();
    for architecture in architectures(case.component) {
        all.extend(of_architecture(case, architecture)?);
    }
    all.sort_by(|a, b| (a.0, &a.1.label).cmp(&(b.0, &b.1.label)));
    Ok(all.into_iter().map(|(_, configuration)| configuration).collect())
}

/// Whether servers are for this kind of component at all: what is by nature a service of the provider
/// (tables, queues, buckets) is not something to install.
fn runs_here(component: &Component) -> bool {
    let engine = component.engine.as_ref().and_then(Fact::get);
    let service = matches!(engine, Some(Engine::KeyValue | Engine::Queue | Engine::Objects));
    !(component.kind == Kind::Stateful && service)
}

pub(super) fn architectures(component: &Component) -> Vec<Architecture> {
    match component.architectures.value() {
        Some(declared) if !declared.is_empty() => declared.clone(),
        _ => vec![Architecture::Arm, Architecture::X86],
    }
}

fn of_architecture(case: &Case<'_>, architecture: Architecture) -> Result<Vec<Priced>, Missing> {
    let track = load::track(case.component, case.workload);
    let peak = u64::from(track.peak.iter().copied().max().unwrap_or(0));
    let zones = zones(case);
    let mut found = Vec::new();
    let mut counts = vec![zones];
    if !plan::carries_whole_load(case.component.kind) {
        for vcpu in WIDE_VCPU {
            let each = vcpu * 10 * TARGET_PERCENT;
            counts.push(u32::try_from(peak.div_ceil(each)).unwrap_or(u32::MAX));
        }
    }
    counts.retain(|count| (zones..=SERVERS_MAX).contains(count));
    counts.sort_unstable();
    counts.dedup();
    for count in counts {
        found.extend(sized(case, architecture, &track, count, Millicores::ZERO)?);
    }
    let follows = autoscaled(case, &track, &found)?;
    found.sort_by_key(|(cost, _)| *cost);
    found.truncate(OPTIONS_MAX);
    let more = match found.first().and_then(|(_, cheapest)| server(cheapest)) {
        // One step up from the cheapest: less waiting at the tail, room for neighbours.
        Some(s) => sized(case, architecture, &track, s.copies, s.cpu * 2)?,
        // Nothing holds it: the largest that can be had, so that the report can say what is missing.
        None => match largest(case, architecture)? {
            Some(cpu) if plan::carries_whole_load(case.component.kind) => {
                sized(case, architecture, &load::Track::default(), zones, cpu)?
            }
            Some(cpu) => sized(case, architecture, &load::Track::default(), SERVERS_MAX, cpu)?,
            None => None,
        },
    };
    found.extend(more);
    found.extend(follows);
    Ok(found)
}

/// The cheapest type for so many copies, with at least so much CPU.
fn sized(
    case: &Case<'_>,
    architecture: Architecture,
    track: &load::Track,
    copies: u32,
    cpu: Millicores,
) -> Result<Option<Priced>, Missing> {
    let component = case.component;
    let memory = memory(case, copies);
    let share = if plan::carries_whole_load(component.kind) { 1 } else { copies };
    let need = Requirement {
        cpu,
        memory,
        peak: track.peak.iter().map(|p| p.div_ceil(share)).collect(),
        mean: track.mean.iter().map(|m| m.div_ceil(share)).collect(),
        step: track.step,
        server_millis: u64::from(copies) * 1000,
    };
    let site = case.site();
    let Some(fit) = fit::cheapest(&need, architecture, &site)? else { return Ok(None) };
    let front_door = front_door(case, copies);
    let settings = ServerSettings {
        cpu: fit.instance.cpu,
        memory,
        architecture,
        front_door,
        copies,
        min: copies,
        volume: volume(component),
        spill: None,
    };
    let label = label(&settings, &fit.instance.name);
    let mut cost = fit.cost_month + plan::extra_per_server(&site)? * u64::from(copies);
    cost += balancer(case, front_door)?;
    let platform = site.cloud().servers;
    Ok(Some((cost, Configuration { platform, settings: Settings::Server(settings), label })))
}

/// What a load balancer's hours cost a month, if there is one.
pub(super) fn balancer(case: &Case<'_>, front_door: FrontDoor) -> Result<Money, Missing> {
    let service = match front_door {
        FrontDoor::Alb => "aws/alb",
        FrontDoor::Nlb => "aws/nlb",
        FrontDoor::Balancer => case.site().cloud().balancer_service(),
        _ => return Ok(Money::ZERO),
    };
    let hour = case.prices.price(service, case.app.region_name(), "hour")?;
    Ok(hour.price.times(fit::hours(1000)))
}

/// The fixed fleet that becomes cheapest when an autoscaler follows the load; none where the load is
/// steady, or servers cannot come and go.
fn autoscaled(
    case: &Case<'_>,
    track: &load::Track,
    fleets: &[Priced],
) -> Result<Option<Priced>, Missing> {
    let component = case.component;
    let zones = zones(case);
    let sum: u64 = track.mean.iter().map(|&m| u64::from(m)).sum();
    let mean = sum / track.mean.len().max(1) as u64;
    let peak = u64::from(track.peak.iter().copied().max().unwrap_or(0));
    let stays = [Need::LocalDisk, Need::SessionState, Need::WebSockets, Need::FixedEgressIp];
    let can = case.site().cloud().scales_servers
        && matches!(component.kind, Kind::Http | Kind::Static | Kind::Worker)
        && !stays.into_iter().any(|need| component.needs.has(need));
    if !can || peak * 100 < mean * AUTOSCALE_PERCENT {
        return Ok(None);
    }
    let site = case.site();
    let extra = plan::extra_per_server(&site)?;
    let mut best: Option<Priced> = None;
    for (_, fleet) in fleets {
        let Some(fixed) = server(fleet).filter(|s| s.copies > zones) else { continue };
        let settings = ServerSettings { min: zones, ..fixed.clone() };
        let Usage::Server(usage) = estimate::usage(case, &settings) else { continue };
        let Some((fit, server_millis)) = plan::alone(component, &settings, &usage, &site)? else {
            continue;
        };
        let cost = fit.cost_month
            + extra.scaled(server_millis.into(), 1000)
            + balancer(case, settings.front_door)?;
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            let label = label(&settings, &fit.instance.name);
            let settings = Settings::Server(settings);
            let platform = site.cloud().servers;
            best = Some((cost, Configuration { platform, settings, label }));
        }
    }
    Ok(best)
}

/// `t4g.small, direct DNS`, `2 × c7g.large, ALB`.
pub(super) fn label(settings: &ServerSettings, instance: &str) -> String {
    label_of_share(settings, instance, None)
}

/// The same with the share of requests that goes elsewhere. What stays here stands early, where a narrow table shows it:
/// `t4g.micro to 16 (84 %), then Lambda 512 MB arm`.
pub(super) fn label_of_share(
    settings: &ServerSettings,
    instance: &str,
    spilled: Option<Share>,
) -> String {
    let times = match settings.copies {
        1 => String::new(),
        n if settings.min < n => format!("{} to {n} × ", settings.min),
        n => format!("{n} × "),
    };
    let door = door_label(settings.front_door);
    let disk = match settings.volume {
        Bytes::ZERO => String::new(),
        volume => format!(", {volume} disk"),
    };
    let spill = settings.spill.as_ref();
    let spill = spill.map_or_else(String::new, |spill| spill::then(spill, spilled));
    format!("{times}{instance}{spill}{disk}{door}")
}

/// Memory of the component on one of so many servers: as many processes as its concurrency needs to serve
/// the busiest minute, and its open connections.
pub(crate) fn memory(case: &Case<'_>, copies: u32) -> Bytes {
    let component = case.component;
    let one = component.memory.get().unwrap_or(Bytes::ZERO);
    if component.kind == Kind::Stateful {
        return one;
    }
    let held = load::most_connections(component, case.workload) / f64::from(copies);
    one * u64::from(processes(case, copies)) + CONNECTION_MEMORY * held.ceil() as u64
}

/// Processes of the component on one server, each serving `concurrency` requests at once.
pub(super) fn processes(case: &Case<'_>, copies: u32) -> u32 {
    let component = case.component;
    let share = if plan::carries_whole_load(component.kind) { 1 } else { copies };
    let mean = load::most_in_flight(component, case.workload, stretch()) / f64::from(share.max(1));
    let most = match component.kind {
        // Schedules leave no room for chance.
        Kind::Cron | Kind::Job => mean,
        _ if load::waits(component) => mean / WORKERS_BUSY,
        _ => mean + HEADROOM_SIGMAS * mean.sqrt(),
    };
    let each = component.concurrency.get().unwrap_or(1).max(1);
    // A hair below a whole number is that number.
    (most / f64::from(each) - 1e-6).ceil().clamp(1.0, 1e6) as u32
}

/// How much longer CPU work takes at the target utilisation of two CPUs (M/M/2): the smallest server.
fn stretch() -> f64 {
    super::queue::stretch(2, TARGET_PERCENT as f64 / 100.0)
}

/// A disk of its own: data that must survive, or more scratch space than the root disk has to spare.
pub(crate) fn volume(component: &Component) -> Bytes {
    let keeps = component.kind == Kind::Stateful || component.needs.has(Need::LocalDisk);
    let kept = component.storage.as_ref().and_then(Fact::get).filter(|_| keeps);
    let scratch = component.scratch.as_ref().and_then(Fact::get);
    let scratch = scratch.filter(|&s| s > fit::SCRATCH_ON_ROOT || (keeps && kept.is_none()));
    kept.unwrap_or(Bytes::ZERO) + scratch.unwrap_or(Bytes::ZERO)
}

pub(super) fn zones(case: &Case<'_>) -> u32 {
    u32::from(case.app.availability.zones.get().unwrap_or(1)).max(1)
}

fn server(configuration: &Configuration) -> Option<&ServerSettings> {
    match &configuration.settings {
        Settings::Server(settings) => Some(settings),
        _ => None,
    }
}

/// CPUs of the largest type of an architecture.
fn largest(case: &Case<'_>, architecture: Architecture) -> Result<Option<Millicores>, Missing> {
    let types = case.prices.instances(case.app.region_name())?;
    let fits = types.iter().filter(|t| t.arm == (architecture == Architecture::Arm));
    Ok(fits.map(|t| t.cpu).max())
}

/// How clients reach it: names in DNS for one server, a load balancer for more.
pub(super) fn front_door(case: &Case<'_>, copies: u32) -> FrontDoor {
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
    // A network load balancer holds an open connection at a fortieth of an application load balancer's price.
    let held = [Need::Tcp, Need::Udp, Need::WebSockets];
    let holds = held.into_iter().any(|need| component.needs.has(need));
    let balancer = if holds { cloud.raw_balancer } else { cloud.balancer };
    let usual = if copies > 1 { balancer } else { FrontDoor::Dns };
    let declared = component.front_door.as_ref().map(|(choice, _)| *choice);
    let door = match declared {
        Some(DoorChoice::HttpApi) if cloud.id == "aws" => FrontDoor::HttpApi,
        Some(DoorChoice::RestApi) if cloud.id == "aws" => FrontDoor::RestApi,
        Some(DoorChoice::LoadBalancer) => balancer,
        Some(DoorChoice::Dns) => FrontDoor::Dns,
        Some(DoorChoice::None) => FrontDoor::None,
        // Only functions have one.
        Some(_) | None => usual,
    };
    match door {
        FrontDoor::Alb | FrontDoor::Nlb | FrontDoor::Balancer
            if assume.no_load_balancer.is_some() =>
        {
            FrontDoor::Dns
        }
        other => other,
    }
}
