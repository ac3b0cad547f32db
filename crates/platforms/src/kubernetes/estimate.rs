//! Pods and latency by closed form.

use std::borrow::Cow;

use catalog::Missing;
use model::{Kind, Reason};
use units::Duration;

use super::{knative, options, split};
use crate::case::Case;
use crate::container_load::{Minutes, somebody_waits};
use crate::flow;
use crate::platform::{Evaluation, Obstacle};
use crate::spill::Sides;
use crate::usage::{PodUsage, Replicas, Usage};
use model::PodSettings;

/// Usage, latency and obstacles without a replay.
pub(super) fn estimate(case: &Case<'_>, settings: &PodSettings) -> Result<Evaluation, Missing> {
    let Some(spill) = &settings.spill else { return of_pods(case, settings) };
    let sides = Sides::expected(case, split::base(settings, spill));
    let pods = of_pods(&sides.kept(case), settings)?;
    sides.estimated(case, pods)
}

/// Of the pods, which take all of the case's load.
pub(super) fn of_pods(case: &Case<'_>, settings: &PodSettings) -> Result<Evaluation, Missing> {
    let Some(minutes) = minutes(case, settings) else { return Ok(unknown(case, settings)) };
    let counts = counts(case, settings, &minutes)?;
    let mut latency = (somebody_waits(case.component))
        .then(|| minutes.latency(case, &serving(settings, &counts), settings.cpu_request, |_| 1.0))
        .flatten();
    let cold = if settings.is_knative() { knative::cold(case, settings)? } else { None };
    if let (Some(warm), Some(cold)) = (&latency, cold) {
        latency = Some(knative::with_cold(case, settings, warm, cold)?);
    }
    let obstacles = obstacles(case, settings, &minutes, &counts)?;
    Ok(Evaluation {
        usage: usage(case, settings, counts, &minutes),
        latency,
        cold,
        counts: None,
        timeline: None,
        obstacles,
    })
}

/// The load on pods of this size; `None` where nobody knows the work of a request.
pub(super) fn minutes(case: &Case<'_>, settings: &PodSettings) -> Option<Minutes> {
    let minutes = Minutes::of(case, settings.cpu_request)?;
    Some(Minutes { places: split::places(case, settings), ..minutes })
}

/// Pods in each minute.
pub(super) fn counts(
    case: &Case<'_>,
    settings: &PodSettings,
    minutes: &Minutes,
) -> Result<Vec<u32>, Missing> {
    if case.component.kind.ends() {
        return Ok(minutes.jobs());
    }
    if settings.is_knative() {
        return knative::counts(case, settings, minutes);
    }
    Ok(minutes.counts(&options::copy(case, settings)?))
}

/// Usage a month from the pods of each minute.
pub(super) fn usage(
    case: &Case<'_>,
    settings: &PodSettings,
    counts: Vec<u32>,
    minutes: &Minutes,
) -> Usage {
    Usage::Pod(PodUsage {
        replicas: Replicas {
            step: Duration::MINUTE,
            counts,
            memory: settings.memory,
            cpu_millicores: settings.cpu_request.get(),
        },
        cpu_used_millicores: minutes.millicores(),
        spilled: None,
        flow: flow::of(case),
    })
}

/// What keeps the configuration from holding the load.
pub(super) fn obstacles(
    case: &Case<'_>,
    settings: &PodSettings,
    minutes: &Minutes,
    counts: &[u32],
) -> Result<Vec<Obstacle>, Missing> {
    let copy = options::copy(case, settings)?;
    let serving = serving(settings, counts);
    Ok(minutes.obstacle(case, &serving, &copy, "pods").into_iter().collect())
}

/// Pods that requests meet in each minute: where the last one goes, whoever comes brings one.
fn serving<'c>(settings: &PodSettings, counts: &'c [u32]) -> Cow<'c, [u32]> {
    if settings.is_knative() && settings.min == 0 {
        Cow::Owned(counts.iter().map(|&n| n.max(1)).collect())
    } else {
        Cow::Borrowed(counts)
    }
}

/// Where nobody knows the work of a request: data stores run as declared, others cannot be sized.
fn unknown(case: &Case<'_>, settings: &PodSettings) -> Evaluation {
    let sized_by_hand = matches!(case.component.kind, Kind::Stateful | Kind::Static);
    let text = "nobody says how much work a request is, so pods cannot be sized";
    Evaluation {
        usage: Usage::Pod(PodUsage {
            replicas: Replicas {
                step: Duration::MINUTE,
                counts: vec![settings.min.max(1); case.workload.per_minute.len().max(1)],
                memory: settings.memory,
                cpu_millicores: settings.cpu_request.get(),
            },
            cpu_used_millicores: Vec::new(),
            spilled: None,
            flow: flow::of(case),
        }),
        latency: None,
        cold: None,
        counts: None,
        timeline: None,
        obstacles: if sized_by_hand {
            Vec::new()
        } else {
            vec![Obstacle { reason: Reason::plain(text) }]
        },
    }
}
