//! # The load rises faster than environments come
//!
//! ## What it checks
//! The steepest rise from one minute to the next, against the platform's rate of new environments.
//!
//! ## Why it matters
//! Environments that may not be started yet mean calls turned away (or, behind a queue, waiting).
//!
//! ## Evidence
//! Requests in flight in each minute by Little's law; the rise within a minute may fall into its first ten seconds, so
//! that is what is compared. What it costs in errors is simulated.
//!
//! ## Source
//! Catalogue row aws-lambda/concurrency.scale_rate (1,000 environments every 10 s and function).

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct FunctionRamp;

impl Rule for FunctionRamp {
    fn about(&self) -> About {
        About {
            id: RuleId("CR052"),
            title: "the load rises faster than environments come",
            hardness: Hardness::Soft,
            origin: &["Q3"],
            file: include_str!("function_ramp.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(limit) = &case.limits.scale_rate_10s else { return };
        let minutes = &case.workload.per_minute;
        let steepest =
            minutes.iter().zip(minutes.iter().skip(1)).map(|(a, b)| b - a).fold(0.0, f64::max);
        let rise = steepest / 60.0 * case.component.demand.mean().secs_f64();
        if rise > limit.value as f64 {
            let text = format!(
                "needs {rise:.0} more environments within a minute; {} start in 10 s",
                limit.value
            );
            found.push(self.found(Effect::Risk, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, workload};

    #[test]
    fn a_wall_of_load_is_named_and_a_high_plateau_is_not() {
        let mut bench = Bench::function();
        bench.workload = workload(6000.0);
        assert_eq!(bench.effects(&FunctionRamp), []);
        bench.workload.per_minute[..700].fill(60.0);
        assert_eq!(bench.effects(&FunctionRamp), [Effect::Risk]);
    }
}
