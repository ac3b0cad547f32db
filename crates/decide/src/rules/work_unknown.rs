//! # Nobody says how long it works
//!
//! ## What it checks
//! Whether a component that runs code has a CPU time, a waiting time or a duration.
//!
//! ## Why it matters
//! The work of a request decides most of the bill and all of the latency. Without it the request is reckoned as free.
//!
//! ## Evidence
//! The component's demand.
//!
//! ## Source
//! The definition itself.

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct WorkUnknown;

impl Rule for WorkUnknown {
    fn about(&self) -> About {
        About {
            id: RuleId("CR084"),
            title: "nobody says how long it works",
            hardness: Hardness::Asks,
            origin: &[],
            file: include_str!("work_unknown.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let demand = &case.component.demand;
        let nothing = demand.cpu.value().is_none() && demand.wait.value().is_none();
        if case.configuration.is_none() && case.runs_code() && nothing {
            let text = "no duration: its work is reckoned as nothing".to_owned();
            let hint = "declare `duration: 300 ms`, or `cpu` and `wait`";
            found.push(self.found(Effect::Asks, text).at(case.component.span).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use model::Fact;

    #[test]
    fn a_component_without_work_is_asked_for_it() {
        let mut bench = Bench::function();
        bench.configuration = None;
        assert_eq!(bench.effects(&WorkUnknown), []);
        bench.component.demand.cpu = Fact::Unknown;
        bench.component.demand.wait = Fact::Unknown;
        assert_eq!(bench.effects(&WorkUnknown), [Effect::Asks]);
    }
}
