//! The tasks worth trying for one component: which pair of CPU and memory.

use catalog::Missing;
use model::{Architecture, Fact, Kind};
use units::{Bytes, Duration, Millicores};

use super::{ID, sizes};
use crate::case::{Case, Member};
use crate::container_load::{Copy, Minutes, Target};
use crate::container_options::{self as common, TARGET_PERCENT};
use crate::interruption;
use crate::usage::Usage;
use crate::warm_hours;
use model::{Configuration, Settings, TaskSettings};

/// Pairs tried for one architecture at the most.
const OPTIONS_MAX: usize = 4;
/// Sizes tried beyond the one that carries the load, where a latency is promised.
const FASTER: usize = 2;
/// More tasks than this of one component are worth making larger.
const TASKS_MANY: u32 = 60;
/// Growth takes three samples above the target in a row: the least of three lies 0.85 deviations down, and
/// the most of several such triples within a quarter of an hour about 0.3 up.
const DEVIATIONS: f64 = 0.3;
/// Tasks of one service at the most: the default quota of ECS.
pub(super) const TASKS_MAX: u32 = 5000;

/// The configurations worth trying, cheapest-looking first.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    if component.kind == Kind::Stateful {
        return Ok(Vec::new());
    }
    let mut found: Vec<(f64, TaskSettings)> = Vec::new();
    for architecture in common::architectures(component) {
        found.extend(of_architecture(case, architecture)?);
    }
    found.sort_by(|a, b| {
        a.0.total_cmp(&b.0).then_with(|| label(&a.1, None).cmp(&label(&b.1, None)))
    });
    let mut found: Vec<TaskSettings> = found.into_iter().map(|(_, settings)| settings).collect();
    // The one that looks cheapest, gone while nobody comes.
    if let (Some(cheapest), Some(hours)) = (found.first(), warm_hours::of_service(case)) {
        let kept = TaskSettings { warm_hours: Some(hours), ..cheapest.clone() };
        found.push(kept);
    }
    let configuration = |settings: TaskSettings| {
        let label = label(&settings, None);
        Configuration { platform: ID, settings: Settings::Task(settings), label }
    };
    Ok(found.into_iter().map(configuration).collect())
}

/// Task settings with their hourly cost for the mean number of tasks.
fn of_architecture(
    case: &Case<'_>,
    architecture: Architecture,
) -> Result<Vec<(f64, TaskSettings)>, Missing> {
    let component = case.component;
    let declared = component.cpu_request.as_ref().and_then(Fact::get);
    // A task holds all its containers, also those that end before the main one starts.
    let (at_start, memory) =
        component.scheduled((declared.unwrap_or_default(), common::memory(component)));
    // Where no price of interruptible tasks is known, they are not used.
    let region = case.app.region_name();
    let spot_known = case.prices.price("aws/fargate-spot", region, "vcpu_x86").is_ok();
    let spot = case.app.spot.get() == Some(true) && spot_known && {
        let notice = case.prices.limit_number("aws-ec2", "spot.notice")?;
        interruption::objection(component, Duration::from_secs_f64(notice)).is_none()
    };
    // Larger tasks answer faster, which is worth trying where an answer is promised.
    let promised = if component.slo.latency.is_empty() { 0 } else { FASTER };
    let mut idle = 0;
    let mut found: Vec<(f64, TaskSettings, u32)> = Vec::new();
    for size in sizes::all(case.prices)? {
        let Some(memory) = size.memory(memory) else { continue };
        if size.cpu < at_start {
            continue;
        }
        let settings = TaskSettings {
            cpu: size.cpu,
            memory,
            architecture,
            front_door: common::front_door(case),
            min: if component.kind.ends() { 0 } else { common::zones(case) },
            warm_hours: None,
            target_percent: target_percent(case, size.cpu),
            spot,
            scratch: component.scratch.as_ref().and_then(Fact::get).unwrap_or(Bytes::ZERO),
        };
        let Some(minutes) = Minutes::of(case, size.cpu) else {
            found.push((0.0, settings, 1));
            break;
        };
        let (mean, most) = if component.kind.ends() {
            let jobs = minutes.jobs();
            (common::mean(&jobs), 1)
        } else {
            let copy = copy(case, &settings)?;
            (common::mean(&minutes.counts(&copy)), minutes.most_wanted(&copy).max(settings.min))
        };
        let least = settings.min;
        found.push((mean * hourly(case, &settings)?, settings, most));
        // A job uses one vCPU at most; larger tasks of the least number would only stand idle.
        let enough = match component.kind {
            Kind::Cron | Kind::Job => size.cpu >= Millicores::ONE,
            _ => most <= least,
        };
        idle += usize::from(enough);
        if declared.is_some() || idle > promised {
            break;
        }
    }
    keep_fast_enough(case, &mut found);
    if found.iter().any(|(.., most)| *most <= TASKS_MANY) {
        found.retain(|(.., most)| *most <= TASKS_MANY);
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.truncate(OPTIONS_MAX);
    let best = found.first().filter(|_| !component.kind.ends());
    if let Some((_, settings, most)) = best.cloned()
        && let Some(minutes) = Minutes::of(case, settings.cpu)
    {
        for min in minutes.floors(&copy(case, &settings)?) {
            let kept = TaskSettings { min, ..settings.clone() };
            let mean = common::mean(&minutes.counts(&copy(case, &kept)?));
            found.push((mean * hourly(case, &kept)?, kept, most));
        }
    }
    Ok(found.into_iter().map(|(cost, settings, _)| (cost, settings)).collect())
}

/// What a task costs an hour, in dollars: to compare sizes only.
fn hourly(case: &Case<'_>, settings: &TaskSettings) -> Result<f64, Missing> {
    let region = case.app.region_name();
    let name = settings.architecture.name();
    let price = |what: &str| {
        let row = case.prices.price("aws/fargate", region, &format!("{what}_{name}"))?;
        Ok(row.price.money().dollars())
    };
    Ok(settings.cpu.vcpu_f64() * price("vcpu")? + settings.memory.gib_f64() * price("memory")?)
}

/// Drops sizes that are too slow even for a request alone, unless none is left.
fn keep_fast_enough(case: &Case<'_>, found: &mut Vec<(f64, TaskSettings, u32)>) {
    let fast = |settings: &TaskSettings| common::fast_enough(case.component, settings.cpu);
    if found.iter().any(|(_, settings, _)| fast(settings)) {
        found.retain(|(_, settings, _)| fast(settings));
    }
}

/// CPU that the autoscaler holds. The service's metric is CPU; where a full task shows less of it than
/// the usual target, the target is what a task shows at the usual share of its concurrency.
fn target_percent(case: &Case<'_>, cpu: Millicores) -> u32 {
    let full = common::cpu_when_full(case.component, cpu);
    let shown = (full / cpu.vcpu_f64()).min(1.0) * f64::from(TARGET_PERCENT);
    (shown.round() as u32).clamp(1, TARGET_PERCENT)
}

/// The settings as the autoscaler sees them.
pub(super) fn copy(case: &Case<'_>, settings: &TaskSettings) -> Result<Copy, Missing> {
    let number = |id| case.prices.limit_number("aws-fargate", id);
    let period = number("scaling.period")?;
    let wait_minutes = number("scaling.datapoints_in")? * period / 60.0;
    Ok(Copy {
        cpu: settings.cpu,
        target: Target::CpuPercent(f64::from(settings.target_percent)),
        window: Duration::from_secs_f64(period),
        hold_minutes: wait_minutes.ceil() as usize,
        deviations: DEVIATIONS,
        min: settings.min,
        max: TASKS_MAX,
    })
}

/// Where a member ends up: `0.5 vCPU 1 GB arm, 2 to 4 tasks, ALB`.
pub(super) fn describe(member: &Member<'_>) -> String {
    match (&member.configuration.settings, &member.evaluation.usage) {
        (Settings::Task(settings), Usage::Task(usage)) => {
            let all = &usage.replicas.counts;
            // With hours, that there are none outside of them is said already.
            let counts: Vec<u32> = match settings.warm_hours {
                Some(_) => all.iter().copied().filter(|&n| n > 0).collect(),
                None => all.clone(),
            };
            label(settings, counts.iter().min().copied().zip(counts.iter().max().copied()))
        }
        _ => member.configuration.label.clone(),
    }
}

fn label(settings: &TaskSettings, tasks: Option<(u32, u32)>) -> String {
    let tasks = match tasks {
        None => String::new(),
        Some((1, 1)) => ", 1 task".to_owned(),
        Some((0, 1)) => ", a task at a time".to_owned(),
        Some((one, same)) if one == same => format!(", {one} tasks"),
        Some((least, most)) => format!(", {least} to {most} tasks"),
    };
    let hours = settings.warm_hours.map_or_else(String::new, |hours| format!(" {hours}"));
    let unknown = tasks.is_empty() && !hours.is_empty();
    let tasks = if unknown { ", tasks".to_owned() } else { tasks };
    format!(
        "{} {} {}{}{tasks}{hours}{}",
        settings.cpu,
        settings.memory,
        settings.architecture.name(),
        if settings.spot { " spot" } else { "" },
        common::door_label(settings.front_door),
    )
}
