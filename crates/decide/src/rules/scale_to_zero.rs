//! # A cluster keeps pods while nobody asks
//!
//! ## What it checks
//! Whether a component that is idle most of the time keeps pods on a cluster.
//!
//! ## Why it matters
//! The horizontal autoscaler keeps at least one pod. Going to zero takes another autoscaler (KEDA, or Knative, which is
//! tried beside it), and then the first request after a pause waits for a pod: 2.5 s on average where the image is
//! already there.
//!
//! ## Evidence
//! The share of minutes without a request, and the pods at least.
//!
//! ## Source
//! Cold-start table: Knative pod start 2.5 s mean, 3.2 s p99 (2021); catalogue row keda/polling (30 s).

use platforms::Settings;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct ScaleToZero;

impl Rule for ScaleToZero {
    fn about(&self) -> About {
        About {
            id: RuleId("CR064"),
            title: "a cluster keeps pods while nobody asks",
            hardness: Hardness::Soft,
            origin: &["L5"],
            file: include_str!("scale_to_zero.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(Settings::Pod(pod)) = case.settings() else { return };
        let idle = case.workload.idle_share();
        if case.runs_code() && pod.min > 0 && idle.get() > 0.5 {
            let text = format!("idle {idle} of the time, and {} pod(s) stay", pod.min);
            found.push(self.found(Effect::Note, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, workload};

    #[test]
    fn a_job_once_a_night_keeps_a_pod_all_day() {
        let mut bench = Bench::cluster();
        assert_eq!(bench.effects(&ScaleToZero), []);
        bench.workload = workload(0.0);
        bench.workload.per_minute[120] = 1.0;
        assert_eq!(bench.effects(&ScaleToZero), [Effect::Note]);
    }
}
