//! From metric samples to a replica count: `ceil(current × usage / target)` and its many exceptions.

use std::fmt;

use units::Instant;

use super::pod::{Pod, Settings, Tolerance, Trust, trust};

/// One metric of an autoscaler. All values are in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Resource or container usage as a share of the request (type Utilization).
    Utilization {
        /// Target in per cent of the request.
        target_percent: i64,
        /// Whether the resource is CPU, whose samples mean little just after a start.
        cpu: bool,
    },
    /// Average over the pods (type Pods, or Resource with AverageValue).
    PerPod {
        /// Target for the average.
        target: i64,
        /// Whether the metric is CPU.
        cpu: bool,
    },
    /// Object or External with Value: the whole against a target that does not grow with the pods.
    Total {
        /// The metric.
        value: i64,
        /// The target.
        target: i64,
    },
    /// Object or External with AverageValue: the whole divided by the pods.
    TotalPerPod {
        /// The metric.
        value: i64,
        /// The target for each pod.
        target: i64,
    },
}

/// What one metric asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// Replicas.
    pub replicas: i64,
    /// For utilisation: what it is now, in whole per cent of the request.
    pub utilization_percent: Option<i64>,
}

/// Why a metric could not be used in this pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// There are no pods.
    NoPods,
    /// No pod that counts has a sample.
    NoSamples,
    /// A pod has no request for the resource.
    NoRequest,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPods => "there are no pods",
            Self::NoSamples => "no metrics returned matched known pods",
            Self::NoRequest => "missing request for the resource",
        })
    }
}

impl std::error::Error for Unusable {}

impl Metric {
    /// What this metric asks for, given the workload's pods and `current` replicas.
    ///
    /// # Errors
    /// If no sample can be used; the controller then skips the metric.
    pub fn propose(
        self,
        pods: &[Pod],
        current: i64,
        tolerance: Tolerance,
        settings: &Settings,
        now: Instant,
    ) -> Result<Proposal, Unusable> {
        let replicas = match self {
            Self::Utilization { target_percent, cpu } => {
                return utilization(pods, current, target_percent, cpu, tolerance, settings, now);
            }
            Self::PerPod { target, cpu } => {
                per_pod_average(pods, current, target, cpu, tolerance, settings, now)?
            }
            Self::Total { value, target } => total_value(pods, current, value, target, tolerance),
            Self::TotalPerPod { value, target } => total_per_pod(current, value, target, tolerance),
        };
        Ok(Proposal { replicas, utilization_percent: None })
    }
}

/// The pods that count, sorted by what is known of them.
#[derive(Default)]
struct Groups {
    sampled: Sums,
    /// With what they are taken to use on the way down.
    missing: Sums,
    unready: Sums,
}

#[derive(Default, Clone, Copy)]
struct Sums {
    usage: i128,
    request: i128,
    pods: i64,
}

impl Sums {
    fn add(&mut self, usage: i64, request: i64) {
        self.usage += i128::from(usage);
        self.request += i128::from(request);
        self.pods += 1;
    }
}

/// What the two kinds of calculation do when some samples are missing and the rest are exactly on target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AtPar {
    /// Leave the missing ones out (utilisation).
    LeaveOut,
    /// Count them as idle (averages).
    CountAsIdle,
}

fn group(pods: &[Pod], trust_of: impl Fn(&Pod) -> Trust, missing: impl Fn(&Pod) -> i64) -> Groups {
    let mut groups = Groups::default();
    for pod in pods {
        match trust_of(pod) {
            Trust::Sampled(value) => groups.sampled.add(value, pod.request),
            Trust::Missing => groups.missing.add(missing(pod), pod.request),
            Trust::Unready => groups.unready.add(0, pod.request),
            Trust::Ignored => {}
        }
    }
    groups
}

/// Replicas for a target utilisation of the request.
///
/// Missing samples count as the whole request (or the target, if that is above 100 %) on the way down and
/// as nothing on the way up; unready pods count as nothing, on the way up only. If that reverses the
/// direction or falls within the tolerance, nothing happens.
///
/// # Errors
/// If there is no usable sample or a pod has no request.
pub fn utilization(
    pods: &[Pod],
    current: i64,
    target_percent: i64,
    cpu: bool,
    tolerance: Tolerance,
    settings: &Settings,
    now: Instant,
) -> Result<Proposal, Unusable> {
    if pods.is_empty() {
        return Err(Unusable::NoPods);
    }
    let fallback_percent = target_percent.max(100);
    let groups = group(
        pods,
        |pod| trust(pod, cpu, settings, now),
        |pod| pod.request.saturating_mul(fallback_percent) / 100,
    );
    if groups.sampled.pods == 0 {
        return Err(Unusable::NoSamples);
    }
    if pods.iter().any(|pod| pod.request <= 0) {
        return Err(Unusable::NoRequest);
    }
    let ratio_of = |sums: Sums| {
        let percent = (sums.usage * 100 / sums.request) as i64;
        (percent as f64 / target_percent as f64, percent)
    };
    let (ratio, percent) = ratio_of(groups.sampled);
    let replicas = match fill(&groups, ratio, AtPar::LeaveOut) {
        None => settle(ratio, groups.sampled.pods, current, tolerance),
        Some(sums) => resettle(ratio, ratio_of(sums).0, sums.pods, current, tolerance),
    };
    Ok(Proposal { replicas, utilization_percent: Some(percent) })
}

/// Replicas for a target average over the pods. Missing samples count as the target on the way down.
///
/// # Errors
/// If there is no usable sample.
pub fn per_pod_average(
    pods: &[Pod],
    current: i64,
    target: i64,
    cpu: bool,
    tolerance: Tolerance,
    settings: &Settings,
    now: Instant,
) -> Result<i64, Unusable> {
    if pods.is_empty() {
        return Err(Unusable::NoPods);
    }
    let groups = group(pods, |pod| trust(pod, cpu, settings, now), |_| target);
    if groups.sampled.pods == 0 {
        return Err(Unusable::NoSamples);
    }
    let ratio_of = |sums: Sums| {
        let average = sums.usage / i128::from(sums.pods);
        average as f64 / target as f64
    };
    let ratio = ratio_of(groups.sampled);
    Ok(match fill(&groups, ratio, AtPar::CountAsIdle) {
        None => settle(ratio, groups.sampled.pods, current, tolerance),
        Some(sums) => resettle(ratio, ratio_of(sums), sums.pods, current, tolerance),
    })
}

/// Adds what missing and unready pods are taken to use; `None` if there is nothing to add.
fn fill(groups: &Groups, ratio: f64, at_par: AtPar) -> Option<Sums> {
    let up_with_unready = groups.unready.pods > 0 && ratio > 1.0;
    if !up_with_unready && groups.missing.pods == 0 {
        return None;
    }
    let mut sums = groups.sampled;
    let on_par = (1.0..=1.0).contains(&ratio);
    if !on_par || at_par == AtPar::CountAsIdle {
        if ratio < 1.0 {
            sums.usage += groups.missing.usage;
        }
        sums.request += groups.missing.request;
        sums.pods += groups.missing.pods;
    }
    if up_with_unready {
        sums.request += groups.unready.request;
        sums.pods += groups.unready.pods;
    }
    Some(sums)
}

/// Without gaps in the data: the plain formula.
fn settle(ratio: f64, ready: i64, current: i64, tolerance: Tolerance) -> i64 {
    if tolerance.holds(ratio) { current } else { (ratio * ready as f64).ceil() as i64 }
}

/// With gaps filled: nothing happens if filling them reversed the direction.
fn resettle(ratio: f64, filled_ratio: f64, pods: i64, current: i64, tolerance: Tolerance) -> i64 {
    let reversed = (ratio < 1.0 && filled_ratio > 1.0) || (ratio > 1.0 && filled_ratio < 1.0);
    if tolerance.holds(filled_ratio) || reversed {
        return current;
    }
    let replicas = (filled_ratio * pods as f64).ceil() as i64;
    let wrong_way =
        (filled_ratio < 1.0 && replicas > current) || (filled_ratio > 1.0 && replicas < current);
    if wrong_way { current } else { replicas }
}

/// Replicas for a total that is compared with a fixed target (Object or External, Value). From zero
/// replicas the total alone says how many.
pub fn total_value(
    pods: &[Pod],
    current: i64,
    value: i64,
    target: i64,
    tolerance: Tolerance,
) -> i64 {
    let ratio = value as f64 / target as f64;
    if current == 0 {
        return ratio.ceil() as i64;
    }
    if tolerance.holds(ratio) {
        return current;
    }
    // Pods on their way out still count here while they are ready.
    let ready = pods.iter().filter(|pod| pod.is_ready()).count();
    (ratio * ready as f64).ceil() as i64
}

/// Replicas for a total that is divided by the pods (Object or External, AverageValue).
pub fn total_per_pod(current: i64, value: i64, target: i64, tolerance: Tolerance) -> i64 {
    let ratio = value as f64 / (target as f64 * current as f64);
    if tolerance.holds(ratio) { current } else { (value as f64 / target as f64).ceil() as i64 }
}
