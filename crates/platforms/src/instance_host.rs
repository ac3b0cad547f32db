//! What managed services that run instances have in common: Cloud Run, Container Apps, Functions.
//!
//! An instance comes when requests find no room or when the autoscaler says so, serves several requests at once, rests
//! when it is no longer wanted, and goes after it has been idle for a while. Providers differ in sizes, in what makes
//! instances come, in how long they take to start and in what is paid for: a [`Host`] says so.

use catalog::Missing;
use model::{Component, Kind};
use sim::instances::{self, Scaler, Start};
use units::{Duration, Instant, Random};

use crate::aws_lambda::span_of;
use crate::case::Case;
use crate::container_load::{Copy, Minutes, some_later, somebody_waits};
use crate::container_replay::{RETENTION, init_time};
use crate::flow;
use crate::instance_estimate::{self as estimate, Spans};
use crate::instance_hours::ByTheHour;
use crate::platform::{Counts, Evaluation, Obstacle, Timeline};
use crate::usage::{InstanceUsage, SnapshotUsage, Usage};
use crate::warm_hours::{self, Floor};
use model::Reason;
use model::{Configuration, InstanceSettings, Settings};
use units::Share;

/// Steps of the timeline.
const STEPS: u64 = 288;
/// After the last arrival, instances are watched for this long, so that what can be answered is.
const AFTERGLOW: Duration = Duration::from_secs(120);
/// The replay covers the whole cycle if its scale to the month is that of the cycle, but for rounding.
const WHOLE: f64 = 0.01;

/// How one provider runs instances.
pub(crate) trait Host: Sync {
    /// Everything about instances but their number.
    fn instances(
        &self,
        case: &Case<'_>,
        settings: &InstanceSettings,
    ) -> Result<instances::Settings, Missing>;

    /// An instance as requests see it: the main container's CPU, where each container has its own. What is paid for is all of it.
    fn serving(&self, _: &Case<'_>, settings: &InstanceSettings) -> InstanceSettings {
        settings.clone()
    }

    /// Who decides how many there are.
    fn scaler(
        &self,
        case: &Case<'_>,
        settings: &InstanceSettings,
    ) -> Result<Box<dyn Scaler>, Missing>;

    /// From the decision to a running container, its own initialisation not counted: median and 99th percentile.
    fn placement(&self, case: &Case<'_>) -> Result<(Duration, Duration), Missing>;

    /// What the autoscaler holds, for closed forms.
    fn copy(&self, case: &Case<'_>, settings: &InstanceSettings) -> Result<Copy, Missing>;

    /// A job is billed for at least this long.
    fn job_least(&self, case: &Case<'_>) -> Result<Duration, Missing>;
}

/// The instance settings of a configuration; another platform's is a bug of the caller, told as what is missing.
pub(crate) fn settings(configuration: &Configuration) -> Result<&InstanceSettings, Missing> {
    match &configuration.settings {
        Settings::Instance(settings) => Ok(settings),
        _ => Err(Missing {
            what: format!("instance settings in `{}`", configuration.label),
            hint: format!("it is a configuration of {}", configuration.platform),
        }),
    }
}

/// Whether instances of this kind are for a component at all: nothing that keeps data, and no reader of a stream,
/// which has a place in it to remember.
pub(crate) fn suits(component: &Component) -> bool {
    !matches!(component.kind, Kind::Stateful | Kind::Stream)
}

/// Usage, latency and obstacles without a replay.
pub(crate) fn estimate(
    host: &dyn Host,
    case: &Case<'_>,
    settings: &InstanceSettings,
) -> Result<Evaluation, Missing> {
    let settings = &host.serving(case, settings);
    let Some(minutes) = Minutes::of(case, settings.cpu) else {
        return Ok(unknown(case, settings));
    };
    let copy = host.copy(case, settings)?;
    if case.component.kind.ends() {
        return jobs(host, case, settings, &minutes);
    }
    let floor = Floor::of(case.workload, settings.min, settings.warm_hours);
    let counts = estimate::counts(&minutes, &copy, floor);
    let rules = host.instances(case, settings)?;
    let spans = Spans::of(case, &minutes, &counts, (settings, &rules));
    let mut latency = (somebody_waits(case.component))
        .then(|| minutes.latency(case, &counts, settings.cpu, |_| 1.0))
        .flatten();
    let start = host.placement(case)?.0 + init(case, settings);
    let cold = spans.cold(start);
    if settings.warm_hours.is_some() {
        // Who comes outside of the hours waits for a start: what hours are worth is judged by that.
        latency = latency.map(|warm| some_later(&warm, cold, start));
    }
    let usage = spans.usage(case, &rules, start);
    let obstacles = minutes.obstacle(case, &counts, &copy, "instances").into_iter().collect();
    Ok(Evaluation {
        usage: Usage::Instance(usage),
        latency,
        cold: Some(cold),
        counts: None,
        timeline: None,
        obstacles,
    })
}

/// Usage, latency and obstacles by replaying `case.requests`.
pub(crate) fn simulate(
    host: &dyn Host,
    case: &Case<'_>,
    settings: &InstanceSettings,
) -> Result<Evaluation, Missing> {
    let guess = estimate(host, case, settings)?;
    let settings = &host.serving(case, settings);
    let unknown = Minutes::of(case, settings.cpu).is_none();
    if unknown || case.component.kind.ends() || case.requests.is_empty() {
        return Ok(guess);
    }
    let outcome = replay(host, case, settings)?;
    let waits = somebody_waits(case.component);
    let mut evaluation = Evaluation {
        usage: month(case, settings, &guess, &outcome, host)?,
        latency: (waits && outcome.served > 0).then(|| outcome.latency.clone()),
        cold: Some(Share::of(outcome.cold, outcome.arrivals)),
        counts: Some(Counts {
            arrivals: outcome.arrivals,
            served: outcome.served,
            rejected: outcome.rejected(),
            in_flight: outcome.in_flight,
        }),
        timeline: Some(Timeline {
            step: step(case),
            requests: outcome.timeline.iter().map(|s| s.requests).collect(),
            instances: outcome.timeline.iter().map(|s| s.instances).collect(),
            cold_starts: outcome.timeline.iter().map(|s| s.cold).collect(),
        }),
        ..guess
    };
    evaluation.obstacles.extend(rejections(case, &outcome));
    if !is_whole(case, settings) && settings.warm_hours.is_some() {
        evaluation.obstacles.push(warm_hours::unseen());
    }
    Ok(evaluation)
}

fn replay(
    host: &dyn Host,
    case: &Case<'_>,
    settings: &InstanceSettings,
) -> Result<instances::Usage, Missing> {
    let waits = somebody_waits(case.component);
    let rules = host.instances(case, settings)?;
    let mut scaler = ByTheHour::of(case, settings, host.scaler(case, settings)?);
    let rules = instances::Settings {
        timeline: Some(step(case)),
        min: scaler.first(),
        // A message waits in its queue as long as the queue keeps it.
        queue_timeout: if waits { rules.queue_timeout } else { RETENTION },
        ..rules
    };
    let (p50, p99) = host.placement(case)?;
    let cpu = init_time(case, false);
    let mut random = case.seed.stream(&case.component.id, "starts of instances");
    let first_call = first_call(case);
    let start = || Start {
        placement: lognormal(p50, p99, &mut random),
        cpu,
        wait: Duration::ZERO,
        first_call,
    };
    let end = case.requests.last().map_or(Instant::START, |last| last.at);
    let keep = case.seed.stream(&case.component.id, "idle instances");
    let requests = case.requests.iter().copied();
    let until = match settings.warm_hours {
        // What is kept is there after the last request, too.
        Some(_) => (Instant::START + span_of(case.workload, case.requests)).max(end),
        None => end + AFTERGLOW,
    };
    Ok(instances::run(&rules, requests, until, keep, &mut scaler, start))
}

/// A draw of what has this median and this 99th percentile and many small causes.
fn lognormal(p50: Duration, p99: Duration, random: &mut Random) -> Duration {
    // The 99th percentile of a normal lies 2.326 deviations up.
    let sigma = (p99.secs_f64() / p50.secs_f64().max(1e-9)).max(1.0).ln() / 2.326;
    p50.times_f64((sigma * random.normal()).exp())
}

/// Usage of the month. Where the replay is the whole cycle it is that times the cycles; where it is a part, its
/// instances are not those of all hours, and the closed form over the cycle stands, with the replay's own requests.
fn month(
    case: &Case<'_>,
    settings: &InstanceSettings,
    guess: &Evaluation,
    outcome: &instances::Usage,
    host: &dyn Host,
) -> Result<Usage, Missing> {
    let Usage::Instance(estimated) = &guess.usage else { return Ok(guess.usage.clone()) };
    let peak_instances = outcome.peak_instances.max(estimated.peak_instances);
    if !is_whole(case, settings) {
        return Ok(Usage::Instance(InstanceUsage { peak_instances, ..*estimated }));
    }
    let rules = host.instances(case, settings)?;
    let step_ms = rules.billing_step.millis_f64();
    let scaled = |ms: f64| (ms * case.replays_per_month) as u128;
    // Hours come as often as the cycle does, however many requests this one happened to have.
    let cycles = match settings.warm_hours {
        Some(_) => {
            let span = span_of(case.workload, case.requests).secs_f64();
            case.workload.cycles_per_month * case.workload.cycle.secs_f64() / span.max(1e-9)
        }
        None => case.replays_per_month,
    };
    let passed = |ms: f64| (ms * cycles) as u128;
    let steps = |n: u64| n as f64 * step_ms;
    let active = outcome.billed_starting + outcome.billed_active + outcome.billed_stopping;
    Ok(Usage::Instance(InstanceUsage {
        active_ms: scaled(steps(active)),
        idle_min_ms: passed(outcome.idle_min_nanos as f64 / 1e6),
        lives_ms: passed(steps(outcome.billed_lives)),
        peak_instances,
        ..*estimated
    }))
}

/// Whether the replay is all of the cycle: for a schedule by its length, since a few requests scatter around their number.
fn is_whole(case: &Case<'_>, settings: &InstanceSettings) -> bool {
    if settings.warm_hours.is_some() {
        let span = span_of(case.workload, case.requests);
        return span.nanos().is_multiple_of(case.workload.cycle.nanos().max(1));
    }
    let cycles = case.workload.cycles_per_month;
    (case.replays_per_month / cycles.max(1e-9) - 1.0).abs() <= WHOLE
}

/// Jobs: each is an instance that ends with its work.
fn jobs(
    host: &dyn Host,
    case: &Case<'_>,
    settings: &InstanceSettings,
    minutes: &Minutes,
) -> Result<Evaluation, Missing> {
    let run = host.placement(case)?.0 + init(case, settings) + minutes.stay;
    let each = run.max(host.job_least(case)?);
    let runs = case.workload.requests_month();
    let active_ms = u128::from(runs) * u128::from(each.millis_ceil());
    let n = case.requests.len() as u64;
    let counts = Counts { arrivals: n, served: n, rejected: 0, in_flight: 0 };
    Ok(Evaluation {
        usage: Usage::Instance(InstanceUsage {
            snapshots: SnapshotUsage::default(),
            cpu_ms: 0,
            requests: 0,
            active_ms,
            idle_min_ms: 0,
            lives_ms: active_ms,
            peak_instances: minutes.jobs().into_iter().max().unwrap_or(0),
            flow: flow::of(case),
        }),
        latency: None,
        cold: None,
        counts: (n > 0).then_some(counts),
        timeline: None,
        obstacles: Vec::new(),
    })
}

/// Initialisation of the application on this much CPU.
pub(crate) fn init(case: &Case<'_>, settings: &InstanceSettings) -> Duration {
    init_time(case, false).times_f64(1.0 / settings.cpu.vcpu_f64().clamp(0.05, 1.0))
}

/// CPU time that the first request of an instance takes longer, where it was measured for the runtime.
fn first_call(case: &Case<'_>) -> Duration {
    let runtime = case.component.runtime.value().map_or("", |runtime| runtime.0.as_str());
    let measured = case.prices.cold_start("aws-lambda", runtime, false, true);
    measured.map_or(Duration::ZERO, |cold| cold.first_call)
}

fn step(case: &Case<'_>) -> Duration {
    let end = case.requests.last().map_or(0, |last| last.at.nanos());
    Duration::from_nanos((end / STEPS).max(Duration::SECOND.nanos()))
}

/// More requests turned away than the component may fail.
fn rejections(case: &Case<'_>, outcome: &instances::Usage) -> Option<Obstacle> {
    let share = Share::of(outcome.rejected(), outcome.arrivals);
    let allowed = crate::container_load::errors_allowed(case.component);
    (share.get() > allowed).then(|| Obstacle {
        reason: Reason::plain(format!(
            "{share} of requests turned away: no instance had room in time"
        )),
    })
}

/// Where nobody knows the work of a request.
fn unknown(case: &Case<'_>, settings: &InstanceSettings) -> Evaluation {
    let text = "nobody says how much work a request is, so instances cannot be sized";
    let month = u128::from(Duration::MONTH.millis_ceil());
    let there = u128::from(settings.min) * month;
    let usage = InstanceUsage {
        requests: case.workload.requests_month(),
        idle_min_ms: there,
        lives_ms: there,
        flow: flow::of(case),
        ..InstanceUsage::default()
    };
    let obstacle = Obstacle { reason: Reason::plain(text) };
    Evaluation {
        usage: Usage::Instance(usage),
        latency: None,
        cold: None,
        counts: None,
        timeline: None,
        obstacles: vec![obstacle],
    }
}
