//! # Capacity that is kept warm is used well, or is not
//!
//! ## What it checks
//! How busy a function's environments would be if they were kept warm: mean over peak concurrency.
//!
//! ## Why it matters
//! Kept-warm capacity (provisioned environments, tasks, pods) is cheaper per second of work than on-demand calls once it
//! is busy for more than about 60 % of the time; below that, on-demand wins.
//!
//! ## Evidence
//! Mean and busiest-minute concurrency of the load.
//!
//! ## Source
//! Catalogue row aws-lambda/provisioned.breakeven_utilisation (60 %).

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct KeptWarm;

impl Rule for KeptWarm {
    fn about(&self) -> About {
        About {
            id: RuleId("CR070"),
            title: "capacity that is kept warm is used well, or is not",
            hardness: Hardness::Soft,
            origin: &["E1"],
            file: include_str!("kept_warm.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        if !case.is_function() || case.configuration.is_none() || case.mean_concurrency() < 1.0 {
            return;
        }
        let row = (case.quota)("aws-lambda", "provisioned.breakeven_utilisation");
        let Some(percent) = row.map(|quota| quota.high) else { return };
        let used = 100.0 * case.mean_concurrency() / case.peak_concurrency();
        if used > percent {
            let text = format!(
                "kept-warm environments would be busy {used:.0} % of the time, worth it above {percent:.0} %"
            );
            found.push(self.found(Effect::Note, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, workload};

    #[test]
    fn a_flat_load_keeps_them_busy_and_a_spiky_one_does_not() {
        let mut bench = Bench::function();
        bench.quotas.insert("aws-lambda/provisioned.breakeven_utilisation", 60.0);
        bench.workload = workload(50.0);
        assert_eq!(bench.effects(&KeptWarm), [Effect::Note]);
        bench.workload.per_minute[..60].fill(60_000.0);
        assert_eq!(bench.effects(&KeptWarm), []);
    }
}
