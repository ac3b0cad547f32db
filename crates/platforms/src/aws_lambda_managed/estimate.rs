//! Environments and latency by closed form: the scaler's own ramp, minute by minute, on expected load.

use std::borrow::Cow;

use catalog::Missing;
use model::{Component, Fact, Reason};
use sim::closed::erlang_b;
use units::{Duration, Histogram, Share};

use super::control::Ramp;
use super::rules::Rules;
use crate::case::Case;
use crate::container_load::{Copy, Minutes, Target, errors_allowed, somebody_waits};
use crate::container_options as common;
use crate::flow;
use crate::platform::{Evaluation, Obstacle};
use crate::usage::{Replicas, TaskUsage, Usage};
use model::InstanceSettings;

/// How far above the mean the most of fifteen one-minute means lies, in deviations.
const DEVIATIONS: f64 = 1.74;
/// More places than this are full only where there are too few on average: with half as much again as is in use,
/// Erlang's formula loses less than one in 10,000.
const PLACES_LOOKED_AT: u64 = 200;
/// Parts that a weight of one is divided into where latencies are added.
const PARTS: f64 = 200.0;

/// Usage, latency and obstacles without a replay.
pub(super) fn estimate(
    case: &Case<'_>,
    settings: &InstanceSettings,
) -> Result<Evaluation, Missing> {
    let own = as_configured(case.component, settings);
    let case = &Case { component: &own, ..*case };
    let rules = Rules::of(case.prices)?;
    let Some(minutes) = Minutes::of(case, settings.cpu) else {
        return Ok(unknown(case, settings));
    };
    let copy = copy(case, settings, &rules);
    let counts = counts(&minutes, &copy, &rules);
    let latency = somebody_waits(case.component)
        .then(|| minutes.latency(case, &counts, settings.cpu, |_| 1.0))
        .flatten();
    let latency = latency.map(|latency| through_the_front(case, &latency)).transpose()?;
    let obstacles = obstacle(case, &minutes, &counts, &copy, &rules).into_iter().collect();
    Ok(Evaluation {
        usage: usage(case, settings, counts),
        latency,
        cold: None,
        counts: None,
        timeline: None,
        obstacles,
    })
}

/// The component as an environment of this configuration runs it.
pub(super) fn as_configured<'c>(
    component: &'c Component,
    settings: &InstanceSettings,
) -> Cow<'c, Component> {
    if common::concurrency(component) == settings.concurrency {
        return Cow::Borrowed(component);
    }
    let concurrency = Fact::assumed(settings.concurrency, "what the environment is set to");
    Cow::Owned(Component { concurrency, ..component.clone() })
}

/// An environment as the scaler sees it: fuller by CPU or by requests, whichever fills it first.
pub(super) fn copy(case: &Case<'_>, settings: &InstanceSettings, rules: &Rules) -> Copy {
    let by_cpu = common::cpu_when_full(case.component, settings.cpu) > settings.cpu.vcpu_f64();
    Copy {
        cpu: settings.cpu,
        target: if by_cpu {
            Target::CpuPercent(100.0 / rules.headroom)
        } else {
            Target::Requests(f64::from(settings.concurrency) / rules.headroom)
        },
        window: rules.period,
        hold_minutes: (rules.hold.secs_f64() / 60.0).ceil() as usize,
        deviations: DEVIATIONS,
        min: rules.least,
        max: rules.most(settings.cpu),
    }
}

/// Environments in each minute: what the minute before asked for, as far as the ramp allows.
pub(super) fn counts(minutes: &Minutes, copy: &Copy, rules: &Rules) -> Vec<u32> {
    let wanted = minutes.counts(copy);
    let Some(&last) = wanted.last() else { return Vec::new() };
    let per_minute = Rules { period: Duration::MINUTE, ..*rules };
    let mut ramp = Ramp::new(&per_minute, last);
    let mut counts = vec![0; wanted.len()];
    // The second turn begins as a long run would.
    for _ in 0..2 {
        let mut before = last;
        for (count, &now) in counts.iter_mut().zip(&wanted) {
            *count = ramp.follow(f64::from(before));
            before = now;
        }
    }
    counts
}

/// More of the load without room than the component may fail. Messages wait instead, unless there are too many for
/// good.
fn obstacle(
    case: &Case<'_>,
    minutes: &Minutes,
    counts: &[u32],
    copy: &Copy,
    rules: &Rules,
) -> Option<Obstacle> {
    let concurrency = common::concurrency(case.component);
    if !somebody_waits(case.component) {
        return minutes.obstacle(case, &vec![copy.max; counts.len()], copy, "environments");
    }
    let allowed = errors_allowed(case.component);
    let lost = minutes.overload(counts, copy, concurrency);
    let by_chance = full_by_chance(minutes, counts, concurrency);
    let most = counts.iter().copied().max().unwrap_or(0);
    let (share, why) = if lost > allowed && most >= copy.max {
        (lost, format!("{most} environments are the most"))
    } else if lost > allowed {
        (lost, too_fast(rules))
    } else if by_chance > allowed {
        (by_chance, too_few(concurrency))
    } else {
        return None;
    };
    let text = format!("{} of the load is answered with 429: {why}", Share::new(share));
    Some(Obstacle { reason: Reason::plain(text) })
}

/// Share of requests that find every place taken though there are enough on average: Erlang's loss formula, minute by
/// minute. Many places are never full by chance, and are not looked at.
pub(super) fn full_by_chance(minutes: &Minutes, counts: &[u32], concurrency: u32) -> f64 {
    let (mut lost, mut all) = (0.0, 0.0);
    let mut before = (0, 0.0, 0.0);
    for (&count, &offered) in counts.iter().zip(&minutes.in_flight) {
        let places = u64::from(count) * u64::from(concurrency);
        if (before.0, before.1) != (places, offered) {
            let many = places > PLACES_LOOKED_AT;
            before = (places, offered, if many { 0.0 } else { erlang_b(offered, places) });
        }
        lost += offered * before.2;
        all += offered;
    }
    if all > 0.0 { lost / all } else { 0.0 }
}

/// Why load is turned away that there would be machines for.
pub(super) fn too_fast(rules: &Rules) -> String {
    let percent = (rules.headroom - 1.0) * 100.0;
    let doubling = rules.doubling;
    format!("capacity absorbs {percent:.0} % more at once and takes {doubling} to double")
}

/// Why load is turned away in spite of the reserve.
pub(super) fn too_few(concurrency: u32) -> String {
    format!(
        "environments of {concurrency} at once are too few places for chance; more at once need fewer in reserve"
    )
}

/// Latency as a client sees it: every answer passes Lambda's front, as it does where functions run by the request.
pub(super) fn through_the_front(
    case: &Case<'_>,
    latency: &Histogram,
) -> Result<Histogram, Missing> {
    let added = crate::aws_lambda::overhead(case.prices)?;
    let mut seen = Histogram::default();
    for (taken, n) in latency.buckets() {
        for (weight, front) in added {
            seen.record_n(taken + front, n * (weight.get() * PARTS).round() as u64);
        }
    }
    Ok(seen)
}

/// Usage a month.
fn usage(case: &Case<'_>, settings: &InstanceSettings, counts: Vec<u32>) -> Usage {
    let environments = u128::from(counts.iter().map(|&n| u64::from(n)).sum::<u64>());
    let month = u128::from(Duration::MONTH.millis_ceil());
    Usage::Task(TaskUsage {
        task_ms: environments * month / counts.len().max(1) as u128,
        replicas: Replicas {
            step: Duration::MINUTE,
            counts,
            memory: settings.memory,
            cpu_millicores: settings.cpu.get(),
        },
        flow: flow::of(case),
    })
}

/// Where nobody knows the work of a request.
fn unknown(case: &Case<'_>, settings: &InstanceSettings) -> Evaluation {
    let counts = vec![settings.min; case.workload.per_minute.len().max(1)];
    let text = "nobody says how much work a request is, so environments cannot be sized";
    Evaluation {
        usage: usage(case, settings, counts),
        latency: None,
        cold: None,
        counts: None,
        timeline: None,
        obstacles: vec![Obstacle { reason: Reason::plain(text) }],
    }
}
