//! Tasks request by request: target tracking by the minute, tasks that take half a minute to come.

use catalog::Missing;
use scaling::target_tracking::{Policy, TargetTracking};
use sim::pods::{self, Balancing, Outcome, Setup};
use units::{Instant, Random};

use super::{estimate, options};
use crate::case::Case;
use crate::container_load::{Minutes, somebody_waits};
use crate::container_options::concurrency;
use crate::container_replay::{
    AFTERGLOW, BACKLOG, PATIENCE, RETENTION, record, rejections, run_jobs, step,
};
use crate::container_world::{Instances, Metrics, Scaler, StartTime, fluid};
use crate::platform::Evaluation;
use model::{FrontDoor, TaskSettings};

/// Usage, latency and obstacles by replaying `case.requests`.
pub(super) fn simulate(case: &Case<'_>, settings: &TaskSettings) -> Result<Evaluation, Missing> {
    let guess = estimate::estimate(case, settings)?;
    let Some(minutes) = Minutes::of(case, settings.cpu) else { return Ok(guess) };
    if case.component.kind.ends() {
        return Ok(run_jobs(case, guess));
    }
    let copy = options::copy(case, settings)?;
    let random = case.seed.stream(&case.component.id, "tasks over the cycle");
    let first = minutes.counts(&copy).first().copied().unwrap_or(settings.min);
    let from = Instant::START;
    let cycle = fluid(&minutes, instances(case, settings, (random, first), from)?);
    let obstacles = minutes.obstacle(case, &cycle.counts, &copy, "tasks").into_iter().collect();
    let task_ms = estimate::of_month(case, cycle.copy_ms);
    let usage = estimate::usage(case, settings, cycle.counts, task_ms);
    let mut evaluation = Evaluation { usage, obstacles, ..guess };
    if case.requests.is_empty() {
        return Ok(evaluation);
    }
    let random = case.seed.stream(&case.component.id, "tasks of the replay");
    let first = minutes.first(case, &copy);
    let outcome = replay(case, settings, instances(case, settings, (random, first), case.start)?);
    evaluation.latency =
        (somebody_waits(case.component) && outcome.served > 0).then(|| outcome.latency.clone());
    evaluation.obstacles.extend(rejections(case, &outcome));
    record(&mut evaluation, &outcome, step(case));
    Ok(evaluation)
}

fn replay(case: &Case<'_>, settings: &TaskSettings, mut instances: Instances) -> Outcome {
    let queued = !somebody_waits(case.component);
    let balancing = match settings.front_door {
        _ if queued => Balancing::Pull,
        FrontDoor::Alb | FrontDoor::HttpApi | FrontDoor::RestApi => Balancing::RoundRobin,
        _ => Balancing::Random,
    };
    let setup = Setup {
        capacity: settings.cpu,
        concurrency: concurrency(case.component),
        queue: if queued { u32::MAX } else { BACKLOG },
        queue_timeout: if queued { RETENTION } else { PATIENCE },
        balancing,
        step: step(case),
    };
    let end = case.requests.last().map_or(Instant::START, |last| last.at);
    let random = case.seed.stream(&case.component.id, "task balancing");
    pods::run(&setup, case.requests, end + AFTERGLOW, random, &mut instances)
}

/// The service's tasks with their autoscaler, from a moment of the cycle on.
fn instances(
    case: &Case<'_>,
    settings: &TaskSettings,
    first: (Random, u32),
    from: Instant,
) -> Result<Instances, Missing> {
    let number = |id| case.prices.limit_number("aws-fargate", id);
    let policy = Policy {
        target_percent: f64::from(settings.target_percent),
        min: settings.min,
        max: options::TASKS_MAX,
        datapoints_out: number("scaling.datapoints_out")? as usize,
        datapoints_in: number("scaling.datapoints_in")? as usize,
        in_percent_of_target: number("scaling.in_band")?,
        cooldown_out: estimate::seconds(case, "scaling.cooldown_out")?,
        cooldown_in: estimate::seconds(case, "scaling.cooldown_in")?,
    };
    let metrics = Metrics { period: estimate::seconds(case, "scaling.period")?, width: 1, lag: 0 };
    let (shortest, longest) = estimate::start(case)?;
    let start = StartTime::Between(shortest, longest);
    let init = estimate::init(case, settings);
    let scaler = Scaler::Tracking(TargetTracking::new(policy));
    let tasks = Instances::new(scaler, metrics, settings.cpu, (start, init), None, first);
    if settings.warm_hours.is_none() {
        return Ok(tasks);
    }
    // Scheduled actions of Application Auto Scaling set the least and the most to none when the hours end, whatever the
    // load is ("Scheduled scaling", its user guide).
    Ok(tasks.by_the_hour(estimate::floor(case, settings), from))
}
