//! The dry run of an autoscaler: one component, one cycle of its load, request by request on pods and nodes
//! that take time to come.
//!
//! It plays the state machines that `plan` plays, but shows what happens between the totals: minute by minute,
//! and for each jump of the load how long capacity took to follow.

mod burst;
mod bursts;
mod declared;
mod ending;
mod nodes;
mod rollout;
mod scaler;
mod settings;
#[cfg(test)]
mod tests;
mod world;

use catalog::Missing;
use sim::pods::{self, Balancing, Outcome, Setup};
use units::{Duration, Histogram, Instant, Millicores, Money, Quantity, Request};

use self::bursts::{SLOT, Surge};
use self::world::{Log, World};
use super::flavours::{ControlPlane, Flavour};
use super::nodes::{Extra, hours};
use crate::case::Case;
use crate::container_load::somebody_waits;
use crate::container_replay::{BACKLOG, PATIENCE, RETENTION, init_time};
use crate::servers::load;

pub use declared::not_followed;
pub use settings::{Aim, Autoscaler, Budget, NAMES, NodeSource, Settings, Wish};

/// What cannot be rehearsed, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
    /// The name that is no setting, if that is what is wrong.
    pub unknown: Option<String>,
}

impl Refused {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into(), unknown: None }
    }
    fn unknown(name: &str) -> Self {
        let message = format!("there is no setting `{name}`");
        Self { unknown: Some(name.to_owned()), ..Self::new(message, NAMES.join(", ")) }
    }
}

/// A minute of the rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minute {
    /// Requests that came.
    pub requests: u64,
    /// Answered.
    pub served: u64,
    /// Turned away.
    pub rejected: u64,
    /// Lost with a pod that was killed.
    pub killed: u64,
    /// Requests that came while no pod was ready.
    pub cold: u64,
    /// Replicas asked for, at its end.
    pub wanted: u32,
    /// Replicas ready, at its end.
    pub ready: u32,
    /// Nodes there or booting, at its end.
    pub nodes: u32,
    /// Most pods at any second whose containers did not run yet.
    pub pending: u32,
    /// Most requests at any second that waited for a place in a pod.
    pub waiting: u64,
    /// 99th percentile of those answered; `None` if none was.
    pub p99: Option<Duration>,
    /// What nodes and control plane cost up to its end.
    pub cost: Money,
}

/// A jump of the load and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Burst {
    /// When it began.
    pub start: Instant,
    /// How long it lasted; `None` if it was not over at the end.
    pub lasts: Option<Duration>,
    /// Requests a second in the five minutes before.
    pub before_hertz: f64,
    /// Requests a second in its busiest minute.
    pub peak_hertz: f64,
    /// Until the autoscaler asked for more; `None` if it did not.
    pub asked: Option<Duration>,
    /// Until the ready pods could do the work that came; zero if they always could, `None` if not in time.
    pub caught_up: Option<Duration>,
    /// Replicas ready at its beginning.
    pub ready_before: u32,
    /// Most replicas ready while it lasted, or within its first ten minutes if it stayed.
    pub ready_most: u32,
    /// Most requests that waited in that time.
    pub waiting: u64,
    /// The worst minute's 99th percentile in that time.
    pub p99: Option<Duration>,
    /// Turned away in that time.
    pub rejected: u64,
}

/// All of it together.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Requests that came: those served, rejected, killed and in flight at the end.
    pub requests: u64,
    /// Answered.
    pub served: u64,
    /// Turned away.
    pub rejected: u64,
    /// Lost with a pod that was killed.
    pub killed: u64,
    /// Spot nodes that the provider took.
    pub interrupted: u32,
    /// In a pod or before one at the end.
    pub in_flight: u64,
    /// Requests that came while no pod was ready.
    pub cold: u64,
    /// Latency of those that were answered.
    pub latency: Histogram,
    /// Time in which ready pods, all of them full, could not do the work that came.
    pub short: Duration,
    /// Pod time in hours.
    pub pod_hours: f64,
    /// Node time in hours.
    pub node_hours: f64,
    /// What nodes, their disks and addresses, and the control plane cost in this time.
    pub cost: Money,
    /// The same for a month; `None` if only a part of the cycle was played.
    pub month: Option<Money>,
}

/// A rehearsal.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// Each setting with its value.
    pub settings: Vec<(&'static str, String)>,
    /// From an autoscaler's decision to a pod that takes requests, without a new node: start and
    /// initialisation, as means.
    pub pod_start: Duration,
    /// What a new node adds: boot and image pull.
    pub node_start: Duration,
    /// Minute by minute.
    pub minutes: Vec<Minute>,
    /// Each change of the replicas asked for.
    pub asked: Vec<(Instant, u32)>,
    /// The jumps of the load, in order.
    pub bursts: Vec<Burst>,
    /// All of it.
    pub totals: Totals,
    /// CPU that the vertical pod autoscaler would have the pod ask for at the end; `None` if no pod was there for
    /// a minute.
    pub vpa: Option<scaling::vpa::Estimate<Millicores>>,
    /// CPU that the pod asks for.
    pub request: Millicores,
}

/// Plays `case.requests` for `length`; a month is billed if `whole` cycles were played.
///
/// # Errors
/// Settings that do not go together, work that nobody knows, a missing row of the catalogue.
pub fn rehearse(
    case: &Case<'_>,
    wish: &Wish,
    (length, whole): (Duration, Whole),
) -> Result<Rehearsal, Refused> {
    if load::work(case.component).is_none() {
        let message = format!("nobody knows how much work a request of {} is", case.component.id);
        return Err(Refused::new(message, "declare `cpu` and `wait`, or `duration`"));
    }
    let settings = Settings::of(case, wish)?;
    let minutes = length.nanos().div_ceil(Duration::MINUTE.nanos()).max(1);
    let until = Instant::START + Duration::MINUTE * minutes;
    let alone = settings.limit.vcpu_f64().clamp(0.05, 1.0);
    let init = init_time(case, settings.instance.arm).times_f64(1.0 / alone);
    let mut world = World::new(case, &settings, (init, initial(case, &settings)))?;
    let node_start = world.new_node_time();
    let outcome = play(case, &settings, until, &mut world);
    let vpa = world.recommender.recommend(1).cpu;
    let log = world.log;
    let price = Prices::of(case, log.node_hours.clone())?;
    let counts = bursts::slots(case.requests, until);
    let needed = needed(case.requests, &settings, counts.len());
    let ready_mean = case.prices.limit_number("kubernetes", "pod.ready_mean")?;
    let minutes = minute_rows(case.requests, &log, &price);
    let found = bursts::surges(&counts);
    let bursts = found.iter().map(|s| burst(s, &needed, &log, &minutes, counts.len())).collect();
    let totals = totals(&outcome, &log, &minutes, (&needed, length, whole));
    Ok(Rehearsal {
        settings: settings.rows(),
        pod_start: Duration::from_secs_f64(ready_mean) + init,
        node_start,
        minutes,
        asked: log.wanted,
        bursts,
        totals,
        vpa,
        request: settings.cpu,
    })
}

/// Whether all of a cycle was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// All of it: the month follows.
    Cycle,
    /// Its busiest part only.
    Part,
}

fn play(case: &Case<'_>, settings: &Settings<'_>, until: Instant, world: &mut World) -> Outcome {
    let queued = !somebody_waits(case.component);
    let held = settings.autoscaler == Autoscaler::Kpa;
    let setup = Setup {
        capacity: settings.limit,
        concurrency: settings.concurrency,
        queue: if queued { u32::MAX } else { BACKLOG },
        queue_timeout: if queued { RETENTION } else { PATIENCE },
        // A queue and Knative's activator hold requests until a pod has room, the latter while it is in the path
        // ([`scaling::kpa::Path`]); around it the gateway (Envoy's default) takes turns. kube-proxy chooses by chance.
        balancing: if queued || held { Balancing::Pull } else { Balancing::Random },
        step: Duration::HOUR,
    };
    let random = case.seed.stream(&case.component.id, "pod balancing");
    pods::run(&setup, case.requests, until, random, world)
}

/// Pods that the first five minutes would have found.
fn initial(case: &Case<'_>, settings: &Settings<'_>) -> u32 {
    let five = Duration::MINUTE * 5;
    let first = case.requests.partition_point(|r| r.at < Instant::START + five);
    let (vcpu, in_flight) = offered(&case.requests[..first], settings, five);
    settings.wanted_for(vcpu, in_flight)
}

/// vCPUs and requests in service that these requests mean over a span of time, alone on their pods.
fn offered(requests: &[Request], settings: &Settings<'_>, span: Duration) -> (f64, f64) {
    let cpu_s: f64 = requests.iter().map(|r| r.cpu.secs_f64()).sum();
    let wait_s: f64 = requests.iter().map(|r| r.wait.secs_f64()).sum();
    let alone = settings.limit.vcpu_f64().min(1.0);
    (cpu_s / span.secs_f64(), (cpu_s / alone + wait_s) / span.secs_f64())
}

/// Full pods that each slot's work needs, as a mean over five slots around it.
fn needed(requests: &[Request], settings: &Settings<'_>, slots: usize) -> Vec<f64> {
    let mut work = vec![(0.0, 0.0); slots];
    let mut from = 0;
    for (slot, work) in work.iter_mut().enumerate() {
        let end = Instant::START + SLOT * (slot as u64 + 1);
        let to = from + requests[from..].partition_point(|r| r.at < end);
        *work = offered(&requests[from..to], settings, SLOT);
        from = to;
    }
    (0..slots)
        .map(|slot| {
            let around = &work[slot.saturating_sub(2)..(slot + 3).min(slots)];
            let n = around.len() as f64;
            let sum = around.iter().fold((0.0, 0.0), |sum, w| (sum.0 + w.0, sum.1 + w.1));
            settings.pods_for(sum.0 / n, sum.1 / n)
        })
        .collect()
}

/// What time on nodes costs.
struct Prices {
    /// In the order of the node time that is logged.
    nodes: Vec<units::Price>,
    extra: Extra,
    cluster: units::Price,
}

impl Prices {
    fn of(case: &Case<'_>, nodes: Vec<units::Price>) -> Result<Self, Missing> {
        let site = case.site();
        let flavour = Flavour::of(&site);
        let cluster = match flavour.control_plane {
            ControlPlane::Fee { row: (service, dimension), .. } => {
                case.prices.price(service, case.app.region_name(), dimension)?.price
            }
            // Free, or machines that do not follow the load.
            ControlPlane::FreeInOneZone { .. } | ControlPlane::Own => units::Price::from_pico(0),
        };
        Ok(Self { nodes, extra: Extra::of(&site, flavour)?, cluster })
    }

    fn of_time(&self, passed: Duration, node_ns: &[u128]) -> Money {
        let all_ms = node_ns.iter().sum::<u128>() / 1_000_000;
        let time = self.nodes.iter().zip(node_ns);
        let nodes: Money = time.map(|(price, ns)| price.times(hours(ns / 1_000_000))).sum();
        let passed = Quantity::new(u128::from(passed.millis_ceil()), 3_600_000);
        nodes + self.extra.times(all_ms) + self.cluster.times(passed)
    }
}

fn minute_rows(requests: &[Request], log: &Log, price: &Prices) -> Vec<Minute> {
    let mut from = 0;
    let mut rows = Vec::with_capacity(log.minutes.len());
    for (at, minute) in log.minutes.iter().enumerate() {
        let begin = Instant::START + Duration::MINUTE * at as u64;
        let end = begin + Duration::MINUTE;
        let to = from + requests[from..].partition_point(|r| r.at < end);
        let cold = requests[from..to].iter().filter(|r| bursts::at(&log.ready, r.at) == 0).count();
        rows.push(Minute {
            requests: (to - from) as u64,
            served: minute.answers.served,
            rejected: minute.answers.rejected,
            killed: minute.answers.killed,
            cold: cold as u64,
            wanted: minute.wanted,
            ready: minute.ready,
            nodes: minute.nodes,
            pending: minute.pending,
            waiting: minute.waiting,
            p99: minute.answers.latency.quantile(0.99),
            cost: price.of_time(end.since(Instant::START), &minute.node_ns),
        });
        from = to;
    }
    rows
}

fn burst(s: &Surge, needed: &[f64], log: &Log, minutes: &[Minute], slots: usize) -> Burst {
    let start = Instant::START + SLOT * s.start as u64;
    let over = Instant::START + SLOT * s.end as u64;
    let watched = over.min(start + Duration::MINUTE * 10);
    let within = |at: &Instant| *at >= start && *at < watched;
    let before = bursts::at(&log.wanted, start);
    let asked = log.wanted.iter().find(|(at, n)| within(at) && *n > before);
    let ready_before = bursts::at(&log.ready, start);
    let most = log.ready.iter().filter(|(at, _)| within(at)).map(|(_, n)| *n).max();
    let second = |at: Instant| (at.nanos() / Duration::SECOND.nanos()) as usize;
    let waiting = log.waiting.get(second(start)..second(watched)).unwrap_or_default();
    let of = |at: Instant| (at.nanos() / Duration::MINUTE.nanos()) as usize;
    let last = (of(watched) + 1).min(minutes.len());
    let rows = minutes.get(of(start)..last).unwrap_or_default();
    Burst {
        start,
        lasts: (s.end < slots).then(|| over.since(start)),
        before_hertz: s.before_hertz,
        peak_hertz: s.peak_hertz,
        asked: asked.map(|(at, _)| at.since(start)),
        caught_up: bursts::caught_up(s, needed, &log.ready),
        ready_before,
        ready_most: most.unwrap_or(ready_before).max(ready_before),
        waiting: waiting.iter().copied().max().unwrap_or(0),
        p99: rows.iter().filter_map(|row| row.p99).max(),
        rejected: rows.iter().map(|row| row.rejected).sum(),
    }
}

fn totals(
    outcome: &Outcome,
    log: &Log,
    minutes: &[Minute],
    (needed, length, whole): (&[f64], Duration, Whole),
) -> Totals {
    let end = |slot: usize| Instant::START + SLOT * (slot as u64 + 1);
    let short = needed.iter().enumerate();
    let short = short.filter(|(slot, n)| f64::from(bursts::at(&log.ready, end(*slot))) < **n);
    let cost = minutes.last().map_or(Money::ZERO, |minute| minute.cost);
    let nanos = u128::from(length.nanos().max(1));
    Totals {
        requests: outcome.arrivals,
        served: outcome.served,
        rejected: outcome.rejected,
        killed: outcome.killed,
        interrupted: log.interrupted,
        in_flight: outcome.in_flight,
        cold: minutes.iter().map(|minute| minute.cold).sum(),
        latency: outcome.latency.clone(),
        short: SLOT * short.count() as u64,
        pod_hours: log.pod_ns as f64 / 3.6e12,
        node_hours: log.node_ns as f64 / 3.6e12,
        cost,
        month: (whole == Whole::Cycle)
            .then(|| cost.scaled(u128::from(Duration::MONTH.nanos()), nanos)),
    }
}
