//! How servers behave, request by request: a fixed number of them, each sharing its CPUs among the
//! requests that compute.

use catalog::Missing;
use model::{Kind, Reason};
use sim::pods::{self, Balancing, Fixed, Outcome, Setup};
use units::{Duration, Instant, Share};

use super::scale::{self, Autoscaled};
use super::{estimate, options, plan};
use crate::case::Case;
use crate::platform::{Counts, Evaluation, Obstacle, Timeline};
use crate::spill::{Door, Sides};
use model::{Configuration, FrontDoor, ServerSettings, Settings};

/// Connections that a server lets wait before it refuses more: Linux's `net.core.somaxconn` since 5.4.
pub(super) const BACKLOG: u32 = 4096;
/// How long a request waits in that backlog before its client gives up; a minute is the default idle limit
/// of load balancers.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a message waits in a queue before it is dropped: the longest that SQS keeps one.
const RETENTION: Duration = Duration::from_secs(14 * 86_400);
/// Requests that may fail where nobody says: one in a thousand.
const ERRORS_ALLOWED: f64 = 0.001;
/// Steps of the timeline.
const STEPS: u64 = 288;
/// How much of a replay tells with how many servers an autoscaled group begins it.
const FIRST: Duration = Duration::from_secs(300);
/// After the last arrival, servers are watched for this long, so that what can be answered is.
const AFTERGLOW: Duration = Duration::from_secs(120);

/// Usage, latency and obstacles by replaying `case.requests`.
pub(super) fn simulate(
    case: &Case<'_>,
    configuration: &Configuration,
) -> Result<Evaluation, Missing> {
    let Settings::Server(settings) = &configuration.settings else {
        return Err(super::not_ours(configuration));
    };
    let end = case.requests.last().map_or(Instant::START, |last| last.at);
    let step = Duration::from_nanos((end.nanos() / STEPS).max(Duration::SECOND.nanos()));
    let random = case.seed.stream(&case.component.id, "server balancing");
    let (setup, until) = (setup(case, settings, step), end + AFTERGLOW);
    let mut spilled = Vec::new();
    let (mut outcome, instances) = if settings.min < settings.copies {
        let cpus = settings.cpu.vcpu_f64();
        let start = at_the_start(case, settings, cpus);
        let mut group = Autoscaled::new(cpus, settings.min, settings.copies, start);
        let outcome = pods::run(&setup, case.requests, until, random, &mut group);
        let instances = instances(&outcome, step, &group.there);
        (outcome, instances)
    } else {
        let mut fixed = Fixed(working_servers(case, settings));
        let spills = door(case, settings).spills;
        let elsewhere = |request| spilled.extend(spills.then_some(request));
        let (requests, fixed) = (case.requests, &mut fixed);
        let outcome = pods::run_beside(&setup, requests, until, random, fixed, elsewhere);
        let instances = vec![settings.copies; outcome.timeline.len()];
        (outcome, instances)
    };
    outcome.rejected -= spilled.len() as u64;
    let spill = settings.spill.as_ref();
    let sides = spill.map(|spill| Sides::played(case, super::base(settings, spill), &spilled));
    let kept = sides.as_ref().map_or(*case, |sides| sides.kept(case));
    let rooms = estimate::rooms(&kept, settings);
    let mut obstacles = estimate::obstacles(&kept, settings, &rooms);
    obstacles.extend(rejections(&kept, &outcome));
    let servers = Evaluation {
        usage: estimate::usage(&kept, settings),
        latency: (estimate::somebody_waits(case) && outcome.served > 0)
            .then(|| outcome.latency.clone()),
        cold: None,
        counts: Some(Counts {
            arrivals: outcome.arrivals,
            served: outcome.served,
            rejected: outcome.rejected,
            in_flight: outcome.in_flight,
        }),
        timeline: Some(Timeline {
            step,
            requests: outcome.timeline.iter().map(|s| s.requests).collect(),
            instances,
            cold_starts: vec![0; outcome.timeline.len()],
        }),
        obstacles,
    };
    match sides {
        None => Ok(servers),
        Some(sides) => sides.replayed(case, servers, &spilled),
    }
}

/// Servers that the first minutes of the replay would have found.
fn at_the_start(case: &Case<'_>, settings: &ServerSettings, cpus_each: f64) -> u32 {
    let first = case.requests.iter().take_while(|r| r.at.secs_f64() < FIRST.secs_f64());
    let cpu: f64 = first.map(|r| r.cpu.secs_f64()).sum();
    scale::settled(cpu / FIRST.secs_f64(), cpus_each, settings.min, settings.copies)
}

/// Servers paid for at the end of each step, from those of each minute.
fn instances(outcome: &Outcome, step: Duration, by_minute: &[u32]) -> Vec<u32> {
    let minute = Duration::MINUTE.nanos();
    let at = |i: usize| ((i as u64 + 1) * step.nanos() / minute) as usize;
    let last = by_minute.len().saturating_sub(1);
    let there = |i| by_minute.get(at(i).min(last)).copied().unwrap_or(0);
    (0..outcome.timeline.len()).map(there).collect()
}

/// Servers that take work: of a job's or a data store's copies, one works and the others stand by.
fn working_servers(case: &Case<'_>, settings: &ServerSettings) -> u32 {
    match &settings.spill {
        // Nobody is let in.
        Some(spill) if spill.in_flight == 0 => 0,
        _ if plan::carries_whole_load(case.component.kind) => 1,
        _ => settings.copies,
    }
}

fn setup(case: &Case<'_>, settings: &ServerSettings, step: Duration) -> Setup {
    let queued = !matches!(case.component.kind, Kind::Http | Kind::Static | Kind::Stream);
    let door = door(case, settings);
    let balancing = match settings.front_door {
        _ if queued => Balancing::Pull,
        FrontDoor::Alb | FrontDoor::HttpApi | FrontDoor::RestApi => Balancing::RoundRobin,
        // Network load balancers and clients that pick an address go by chance.
        _ => Balancing::Random,
    };
    Setup {
        capacity: settings.cpu,
        concurrency: door.room,
        queue: if queued { u32::MAX } else { door.queue },
        queue_timeout: if queued { RETENTION } else { PATIENCE },
        balancing,
        step,
    }
}

/// How many requests one server lets in.
pub(super) fn door(case: &Case<'_>, settings: &ServerSettings) -> Door {
    let each = case.component.concurrency.get().unwrap_or(1).max(1);
    let room = options::processes(case, settings.copies).saturating_mul(each);
    Door::of(room, BACKLOG, settings.spill.as_ref())
}

/// More requests turned away than the component may fail.
fn rejections(case: &Case<'_>, outcome: &Outcome) -> Option<Obstacle> {
    let share = Share::of(outcome.rejected, outcome.arrivals);
    let allowed = case.component.slo.errors.map_or(ERRORS_ALLOWED, Share::get);
    (share.get() > allowed).then(|| Obstacle {
        reason: Reason::plain(format!(
            "{share} of requests turned away: the servers fell more than {PATIENCE} behind"
        )),
    })
}
