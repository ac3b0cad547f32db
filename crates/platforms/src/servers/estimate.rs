//! Latency and usage of a component on its servers by closed form.
//!
//! Each level of CPU use over the cycle is a server that shares its CPUs evenly (see [`super::queue`]); a
//! request's CPU part is stretched by what it finds, its waits are not. Where the CPU is short for a while
//! the backlog is a fluid that drains when it can.

use std::sync::LazyLock;

use catalog::Missing;
use model::{Distribution, Kind, Reason};
use units::{Duration, Histogram};

use super::queue::Found;
use super::scale::{self, Minute};
use super::{load, plan};
use crate::case::Case;
use crate::flow;
use crate::platform::{Evaluation, Obstacle};
use crate::spill::Sides;
use crate::usage::{ServerUsage, Usage};
use model::{Configuration, FrontDoor, ServerSettings, Settings};

/// Utilisation is looked at in this many levels.
const LEVELS: usize = 40;
/// What an arrival finds is looked at in this many equally likely cases.
const FINDS: u32 = 16;
/// Weight of the whole histogram; its shape counts, not its size.
const WEIGHT: f64 = 4_000_000.0;
/// How long a client waits for a server that is behind before it gives up; the common default of browsers'
/// proxies and load balancers is a minute.
const PATIENCE: Duration = Duration::from_secs(60);

/// Usage, latency and obstacles without a replay.
pub(super) fn estimate(
    case: &Case<'_>,
    configuration: &Configuration,
) -> Result<Evaluation, Missing> {
    let Settings::Server(settings) = &configuration.settings else {
        return Err(super::not_ours(configuration));
    };
    match &settings.spill {
        None => Ok(of_servers(case, settings)),
        Some(spill) => {
            let sides = Sides::expected(case, super::base(settings, spill));
            let servers = of_servers(&sides.kept(case), settings);
            sides.estimated(case, servers)
        }
    }
}

/// Of the servers, which take all of the case's load.
fn of_servers(case: &Case<'_>, settings: &ServerSettings) -> Evaluation {
    let rooms = rooms(case, settings);
    Evaluation {
        usage: usage(case, settings),
        latency: somebody_waits(case).then(|| latency(case, settings, &rooms)).flatten(),
        cold: None,
        counts: None,
        timeline: None,
        obstacles: obstacles(case, settings, &rooms),
    }
}

/// Usage a month: the same by closed form and by replay, since servers run all the time or follow the whole
/// cycle minute by minute.
pub(super) fn usage(case: &Case<'_>, settings: &ServerSettings) -> Usage {
    let track = load::track(case.component, case.workload);
    Usage::Server(ServerUsage {
        server_millis: server_millis(case, settings, track.step),
        cpu_millicores: track.peak,
        cpu_mean_millicores: track.mean,
        step: track.step,
        copies: settings.copies,
        spilled: None,
        flow: flow::of(case),
    })
}

/// Servers paid for in each step, in thousandths; empty where all run all the time.
fn server_millis(case: &Case<'_>, settings: &ServerSettings, step: Duration) -> Vec<u32> {
    if settings.min >= settings.copies {
        return Vec::new();
    }
    let wanted = load::cpus_by_minute(case.component, case.workload);
    let cpus = settings.cpu.vcpu_f64();
    let minutes = scale::by_minute(&wanted, cpus, settings.min, settings.copies);
    let size = ((step.secs_f64() / 60.0) as usize).max(1);
    let mean = |step: &[Minute]| {
        let sum: u64 = step.iter().map(|m| u64::from(m.there)).sum();
        (sum * 1000).div_ceil(step.len() as u64) as u32
    };
    minutes.chunks(size).map(mean).collect()
}

/// Whether somebody waits for answers, or was promised them in time, and their work is known.
pub(super) fn somebody_waits(case: &Case<'_>) -> bool {
    let component = case.component;
    let demand = &component.demand;
    let known = demand.cpu.value().is_some() || demand.wait.value().is_some();
    let clients = matches!(component.kind, Kind::Http | Kind::Static | Kind::Stream);
    known && (clients || !component.slo.latency.is_empty())
}

/// One minute of one server: its utilisation and how far behind it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    /// CPUs wanted over CPUs there.
    pub utilisation: f64,
    /// Work left over from earlier, as time to clear it.
    pub behind: Duration,
    /// Requests that arrive in the minute.
    pub requests: f64,
}

/// Minute by minute, once the cycle repeats.
pub(super) fn rooms(case: &Case<'_>, settings: &ServerSettings) -> Vec<Room> {
    let share = if plan::carries_whole_load(case.component.kind) { 1 } else { settings.copies };
    let wanted = load::cpus_by_minute(case.component, case.workload);
    let each = settings.cpu.vcpu_f64();
    let serving: Vec<u32> = if settings.min < settings.copies {
        let minutes = scale::by_minute(&wanted, each, settings.min, settings.copies);
        minutes.iter().map(|m| m.serving).collect()
    } else {
        vec![share.max(1); wanted.len()]
    };
    // In CPU-minutes, since servers come and go.
    let mut backlog = 0.0_f64;
    let mut rooms = Vec::with_capacity(wanted.len());
    // The first pass builds up what a long run would carry over.
    for pass in 0..2 {
        let arriving = wanted.iter().zip(&case.workload.per_minute);
        for ((want, requests), servers) in arriving.zip(&serving) {
            let cpus = each.max(0.001) * f64::from(*servers);
            let after = (backlog + want - cpus).max(0.0);
            if pass == 1 {
                let behind = match backlog + after {
                    0.0 => Duration::ZERO,
                    late => Duration::from_secs_f64(30.0 * late / cpus),
                };
                rooms.push(Room { utilisation: want / cpus, behind, requests: *requests });
            }
            backlog = after;
        }
    }
    rooms
}

/// What keeps the configuration from holding the load.
pub(super) fn obstacles(
    case: &Case<'_>,
    settings: &ServerSettings,
    rooms: &[Room],
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut add = |text: String| found.push(Obstacle { reason: Reason::plain(text) });
    let works = matches!(case.component.kind, Kind::Http | Kind::Worker | Kind::Cron | Kind::Job);
    if rooms.is_empty() && works {
        add("nobody says how much work a request is, so no server can be sized".to_owned());
        return found;
    }
    let mean = rooms.iter().map(|r| r.utilisation).sum::<f64>() / rooms.len().max(1) as f64;
    let peak = rooms.iter().map(|r| r.utilisation).fold(0.0, f64::max);
    let behind = rooms.iter().map(|r| r.behind).max().unwrap_or_default();
    let servers = match settings.copies {
        1 => format!("one server of {}", settings.cpu),
        n if settings.min < n => format!("{} to {n} servers of {}", settings.min, settings.cpu),
        n => format!("{n} servers of {}", settings.cpu),
    };
    if mean > 1.0 {
        add(format!(
            "{servers} would need {:.0} % of their CPU on average: the queue grows without bound",
            mean * 100.0
        ));
    } else if somebody_waits(case) && behind > PATIENCE {
        add(format!(
            "{servers} would need {:.0} % of their CPU in the busiest minute and fall {behind} behind",
            peak * 100.0
        ));
    }
    found
}

/// The distribution of latency over the cycle; `None` where nothing arrives.
fn latency(case: &Case<'_>, settings: &ServerSettings, rooms: &[Room]) -> Option<Histogram> {
    let total: f64 = rooms.iter().map(|r| r.requests).sum();
    if total <= 0.0 {
        return None;
    }
    // Requests and lost time by level of utilisation.
    let mut levels = vec![(0.0_f64, 0.0_f64, 0.0_f64); LEVELS + 1];
    for room in rooms {
        let full = room.utilisation.min(1.0);
        let level = &mut levels[(full * LEVELS as f64) as usize];
        level.0 += room.requests;
        level.1 += room.requests * full;
        level.2 += room.requests * room.behind.secs_f64();
    }
    let cpus = settings.cpu.get().div_ceil(1000) as u32;
    let work = quantiles(case);
    let evenness = evenness(settings, &work);
    // Nobody shares a CPU with more than are let in.
    let most = settings.spill.as_ref().map_or(f64::INFINITY, |spill| {
        (f64::from(spill.in_flight) / settings.cpu.vcpu_f64().max(0.001)).max(1.0)
    });
    let mut histogram = Histogram::default();
    let mut record = |slowdown: f64, behind: Duration, weight: f64| {
        for (share, cpu, wait) in &work {
            let n = (weight * share).round() as u64;
            histogram.record_n(cpu.times_f64(slowdown) + *wait + behind, n);
        }
    };
    // Most requests find a free CPU; they are recorded once for all levels.
    let mut at_once = 0.0;
    for (requests, filled, behind) in levels.into_iter().filter(|l| l.0 > 0.0) {
        let utilisation = (filled / requests).min(0.99);
        let behind = Duration::from_secs_f64(behind / requests);
        let weight = WEIGHT * requests / total / f64::from(FINDS);
        let found = Found::new(cpus, utilisation);
        for find in 0..FINDS {
            let q = (f64::from(find) + 0.5) / f64::from(FINDS);
            let slower = (found.slowdown(q).min(most) - 1.0) * evenness;
            if slower <= 0.0 && behind == Duration::ZERO {
                at_once += weight;
            } else {
                record(1.0 + slower, behind, weight);
            }
        }
    }
    record(1.0, Duration::ZERO, at_once);
    Some(histogram)
}

/// How much less requests get in each other's way where a load balancer deals them out in turn: each of `n`
/// servers then sees every `n`-th arrival, whose gaps vary `1/n` as much as at random. The interference goes
/// with the variation of gaps and work together (after Allen and Cunneen), so that even work that comes
/// evenly does not meet at all.
fn evenness(settings: &ServerSettings, work: &[(f64, Duration, Duration)]) -> f64 {
    match settings.front_door {
        FrontDoor::Alb | FrontDoor::HttpApi | FrontDoor::RestApi => {
            let gaps = 1.0 / f64::from(settings.copies.max(1));
            let varies = variation(work);
            (gaps + varies) / (1.0 + varies)
        }
        _ => 1.0,
    }
}

/// Squared coefficient of variation of the CPU time.
fn variation(work: &[(f64, Duration, Duration)]) -> f64 {
    let moment = |power| -> f64 {
        work.iter().map(|(share, cpu, _)| share * cpu.secs_f64().powi(power)).sum()
    };
    let mean = moment(1);
    if mean > 0.0 { (moment(2) / (mean * mean) - 1.0).max(0.0) } else { 0.0 }
}

/// Work by quantile: (share of requests, CPU, waits), finer towards the slow end. One number drives both
/// parts, as in the replay.
pub(crate) fn quantiles(case: &Case<'_>) -> Vec<(f64, Duration, Duration)> {
    let demand = &case.component.demand;
    let draw =
        |d: Option<&Distribution>, z: f64, u: f64| d.map_or(Duration::ZERO, |d| d.draw(z, u));
    let work = QUANTILES.iter().map(|&(width, u, z)| {
        (width, draw(demand.cpu.value(), z, u), draw(demand.wait.value(), z, u))
    });
    work.collect()
}

/// Parts of the standard normal: how wide, the middle's quantile, and its place.
static QUANTILES: LazyLock<Vec<(f64, f64, f64)>> = LazyLock::new(|| {
    const BANDS: [(f64, f64, u32); 4] =
        [(0.0, 0.9, 30), (0.9, 0.99, 20), (0.99, 0.999, 10), (0.999, 1.0, 10)];
    let parts = BANDS.into_iter().flat_map(|(from, to, parts)| {
        let width = (to - from) / f64::from(parts);
        (0..parts).map(move |i| (width, from + width * (f64::from(i) + 0.5)))
    });
    parts.map(|(width, u)| (width, u, normal_quantile(u))).collect()
});

/// The standard normal's quantile to 4.5e-4: Abramowitz and Stegun, "Handbook of Mathematical Functions",
/// 26.2.23. Ample for an estimate.
fn normal_quantile(u: f64) -> f64 {
    let (p, sign) = if u < 0.5 { (u, -1.0) } else { (1.0 - u, 1.0) };
    let t = (-2.0 * p.max(1e-12).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    sign * (t - above / below)
}
