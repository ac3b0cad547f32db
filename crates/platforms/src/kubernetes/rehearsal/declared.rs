//! What a team has declared about its autoscaler, in the terms of the rehearsal.

use model::{Blueprint, Measured, ScaleRules, ScaleSelect, ScaleTarget, ScalerKind};
use scaling::hpa::{self, Policy, PolicyKind, Rules, Select};

use super::scaler::Follow;
use super::settings::{Aim, Autoscaler, Wish};

/// Who runs it.
pub(super) const fn kind(declared: &model::Autoscaler) -> Autoscaler {
    match declared.kind {
        ScalerKind::Hpa => Autoscaler::Hpa,
        ScalerKind::Keda => Autoscaler::Keda,
        ScalerKind::Knative => Autoscaler::Kpa,
    }
}

/// What was asked for, and behind it what the definitions say. A fixed number of copies without an autoscaler is
/// rehearsed as that.
pub(super) fn filled(
    wish: &Wish,
    blueprint: Option<&Blueprint>,
    declared: Option<&model::Autoscaler>,
) -> Wish {
    let mut wish = wish.clone();
    let Some(blueprint) = blueprint else { return wish };
    wish.grace = wish.grace.or(blueprint.grace);
    let Some(declared) = declared else {
        let fixed = blueprint.replicas.filter(|_| wish.autoscaler.is_none() && wish.max.is_none());
        if let Some(replicas) = fixed.filter(|_| wish.min.is_none() && wish.target.is_none()) {
            (wish.min, wish.max) = (Some(replicas.max(1)), Some(replicas.max(1)));
        }
        return wish;
    };
    wish.min = wish.min.or(declared.min);
    // A wish for more at least raises what is declared at most.
    wish.max = wish.max.or(declared.max.map(|max| max.max(wish.min.unwrap_or(0)).max(1)));
    wish.stabilization = wish.stabilization.or(match declared.kind {
        ScalerKind::Hpa | ScalerKind::Keda => declared.down.stabilization,
        ScalerKind::Knative => declared.window,
    });
    wish
}

/// Its first metric as a single aim.
pub(super) fn aim(declared: &model::Autoscaler) -> Option<Aim> {
    declared.metrics.iter().find_map(|metric| match (&metric.of, metric.target) {
        (Measured::Cpu, ScaleTarget::Utilization(percent)) if declared.kind == ScalerKind::Hpa => {
            Some(Aim::Percent(percent))
        }
        (Measured::Concurrency | Measured::RequestRate, ScaleTarget::Utilization(percent)) => {
            Some(Aim::Percent(percent))
        }
        (
            Measured::Concurrency | Measured::RequestRate | Measured::Messages,
            ScaleTarget::Average(each),
        ) => Some(Aim::Each(each.round().clamp(1.0, 1e9) as u32)),
        _ => None,
    })
}

/// Whether Knative counts requests a second.
pub(super) fn by_rate(declared: &model::Autoscaler) -> bool {
    declared.metrics.iter().any(|metric| metric.of == Measured::RequestRate)
}

/// What a horizontal pod autoscaler follows of that which a replay has.
pub(super) fn follows(declared: &model::Autoscaler) -> Vec<Follow> {
    let milli = |value: f64| (value * 1000.0).round().max(1.0) as i64;
    let follow = |metric: &model::ScaleMetric| {
        Some(match (&metric.of, metric.target) {
            (Measured::Cpu, ScaleTarget::Utilization(percent)) => {
                let target_percent = i64::from(percent);
                Follow::Pods(hpa::Metric::Utilization { target_percent, cpu: true })
            }
            (Measured::Cpu, ScaleTarget::Average(each)) => {
                Follow::Pods(hpa::Metric::PerPod { target: milli(each), cpu: true })
            }
            (Measured::RequestRate, ScaleTarget::Average(each)) => Follow::Rate(milli(each)),
            (Measured::Concurrency | Measured::Messages, ScaleTarget::Average(each)) => {
                Follow::InFlight(milli(each))
            }
            (Measured::Concurrency | Measured::Messages, ScaleTarget::Value(all)) => {
                Follow::InFlightTotal(milli(all))
            }
            _ => return None,
        })
    };
    declared.metrics.iter().filter_map(follow).collect()
}

/// Metrics that a replay of requests does not have, as people would name them.
pub fn not_followed(declared: &model::Autoscaler) -> Vec<String> {
    let metrics = declared.metrics.iter();
    let unknown = metrics.filter_map(|metric| match &metric.of {
        Measured::Memory => Some("memory".to_owned()),
        Measured::Other(name) => Some(name.clone()),
        _ => None,
    });
    unknown.collect()
}

/// Several metrics in a few words.
pub(super) fn shown(declared: &model::Autoscaler) -> String {
    let words = declared.metrics.iter().map(|metric| {
        let of = match &metric.of {
            Measured::Cpu => "CPU",
            Measured::Memory => "memory",
            Measured::RequestRate => "requests/s",
            Measured::Concurrency => "requests",
            Measured::Messages => "messages",
            Measured::Other(name) => name,
        };
        match metric.target {
            ScaleTarget::Utilization(percent) => format!("{percent}% {of}"),
            ScaleTarget::Average(each) => format!("{each} {of} a pod"),
            ScaleTarget::Value(all) => format!("{all} {of}"),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The rules of a direction: what is not declared is as the API server fills it in.
pub(super) fn rules(declared: &ScaleRules, usual: Rules) -> Rules {
    let policy = |policy: &model::ScalePolicy| Policy {
        kind: if policy.percent { PolicyKind::Percent } else { PolicyKind::Pods },
        value: i64::from(policy.value),
        period: policy.period,
    };
    Rules {
        stabilization: declared.stabilization.or(usual.stabilization),
        select: match declared.select {
            Some(ScaleSelect::Min) => Select::Min,
            Some(ScaleSelect::Disabled) => Select::Disabled,
            Some(ScaleSelect::Max) | None => Select::Max,
        },
        policies: if declared.policies.is_empty() {
            usual.policies
        } else {
            declared.policies.iter().map(policy).collect()
        },
    }
}
