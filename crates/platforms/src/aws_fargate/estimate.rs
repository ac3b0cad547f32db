//! Tasks and latency by closed form.

use catalog::{LimitValue, Missing};
use model::{Kind, Reason};
use units::Duration;

use super::options;
use crate::case::Case;
use crate::container_load::{Minutes, somebody_waits};
use crate::container_replay::init_time;
use crate::flow;
use crate::platform::{Evaluation, Obstacle};
use crate::usage::{Replicas, TaskUsage, Usage};
use crate::warm_hours::Floor;
use model::{FrontDoor, TaskSettings};

/// Usage, latency and obstacles without a replay.
pub(super) fn estimate(case: &Case<'_>, settings: &TaskSettings) -> Result<Evaluation, Missing> {
    let Some(minutes) = Minutes::of(case, settings.cpu) else {
        return Ok(unknown(case, settings));
    };
    let counts = counts(case, settings, &minutes)?;
    let copy = options::copy(case, settings)?;
    let latency = (somebody_waits(case.component))
        .then(|| minutes.latency(case, &counts, settings.cpu, |n| variation(settings, n)))
        .flatten();
    let obstacles = minutes.obstacle(case, &counts, &copy, "tasks").into_iter().collect();
    let task_ms = task_ms(case, settings, &minutes, &counts)?;
    Ok(Evaluation {
        usage: usage(case, settings, counts, task_ms),
        latency,
        cold: None,
        counts: None,
        timeline: None,
        obstacles,
    })
}

/// Tasks in each minute.
pub(super) fn counts(
    case: &Case<'_>,
    settings: &TaskSettings,
    minutes: &Minutes,
) -> Result<Vec<u32>, Missing> {
    if case.component.kind.ends() {
        return Ok(minutes.jobs());
    }
    Ok(floor(case, settings).only(minutes.counts(&options::copy(case, settings)?)))
}

/// Tasks that must be there, minute by minute.
pub(super) const fn floor(case: &Case<'_>, settings: &TaskSettings) -> Floor {
    Floor::of(case.workload, settings.min, settings.warm_hours)
}

/// Billed task time a month: every minute of every task, or each job's own run with its start, of which
/// none is billed for less than a minute.
pub(super) fn task_ms(
    case: &Case<'_>,
    settings: &TaskSettings,
    minutes: &Minutes,
    counts: &[u32],
) -> Result<u128, Missing> {
    if case.component.kind.ends() {
        let least = seconds(case, "billing.minimum")?;
        let run = start(case)?.1 + init(case, settings) + minutes.stay;
        let runs = u128::from(case.workload.requests_month());
        return Ok(runs * u128::from(run.max(least).millis_ceil()));
    }
    let cycle = u128::from(counts.iter().map(|&n| u64::from(n)).sum::<u64>());
    Ok(of_month(case, cycle * u128::from(Duration::MINUTE.millis_ceil())))
}

/// A cycle's total as a month's.
pub(super) fn of_month(case: &Case<'_>, cycle_ms: u128) -> u128 {
    let minutes = case.workload.per_minute.len().max(1) as u128;
    let length_ms = minutes * u128::from(Duration::MINUTE.millis_ceil());
    cycle_ms * u128::from(Duration::MONTH.millis_ceil()) / length_ms
}

/// How long a task takes to start: shortest and longest.
pub(super) fn start(case: &Case<'_>) -> Result<(Duration, Duration), Missing> {
    let row = case.prices.limit("aws-fargate", "task_start")?;
    let secs = Duration::from_secs_f64;
    match row.value {
        LimitValue::Range(low, high) => Ok((secs(low), secs(high))),
        LimitValue::Number(value) => Ok((secs(value), secs(value))),
        _ => Err(Missing {
            what: format!("number in limit {}", row.row()),
            hint: "write seconds or a range of them".to_owned(),
        }),
    }
}

/// Initialisation of the application on this much CPU.
pub(super) fn init(case: &Case<'_>, settings: &TaskSettings) -> Duration {
    let arm = settings.architecture == model::Architecture::Arm;
    let own = init_time(case, arm).times_f64(1.0 / settings.cpu.vcpu_f64().clamp(0.05, 1.0));
    own + case.component.time_before()
}

pub(super) fn seconds(case: &Case<'_>, id: &str) -> Result<Duration, Missing> {
    case.prices.limit_number("aws-fargate", id).map(Duration::from_secs_f64)
}

/// Usage a month.
pub(super) fn usage(
    case: &Case<'_>,
    settings: &TaskSettings,
    counts: Vec<u32>,
    task_ms: u128,
) -> Usage {
    Usage::Task(TaskUsage {
        task_ms,
        replicas: Replicas {
            step: Duration::MINUTE,
            counts,
            memory: settings.memory,
            cpu_millicores: settings.cpu.get(),
        },
        flow: flow::of(case),
    })
}

/// Squared variation of the gaps between arrivals at one of so many tasks: a load balancer that takes turns
/// gives each every n-th request.
fn variation(settings: &TaskSettings, tasks: u32) -> f64 {
    match settings.front_door {
        FrontDoor::Alb | FrontDoor::HttpApi | FrontDoor::RestApi => 1.0 / f64::from(tasks.max(1)),
        _ => 1.0,
    }
}

/// Where nobody knows the work of a request.
fn unknown(case: &Case<'_>, settings: &TaskSettings) -> Evaluation {
    let counts = vec![settings.min.max(1); case.workload.per_minute.len().max(1)];
    let cycle = u128::from(counts.iter().map(|&n| u64::from(n)).sum::<u64>());
    let task_ms = of_month(case, cycle * u128::from(Duration::MINUTE.millis_ceil()));
    let text = "nobody says how much work a request is, so tasks cannot be sized";
    let obstacle = Obstacle { reason: Reason::plain(text) };
    Evaluation {
        usage: usage(case, settings, counts, task_ms),
        latency: None,
        cold: None,
        counts: None,
        timeline: None,
        obstacles: if case.component.kind == Kind::Static { Vec::new() } else { vec![obstacle] },
    }
}
