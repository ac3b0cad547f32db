//! # Nobody says how often it is called
//!
//! ## What it checks
//! Whether a component that runs code has a load: a rate, a schedule, a trace, a log, or callers.
//!
//! ## Why it matters
//! Without a load there is no bill. It is placed as if nobody called it, which favours whatever costs nothing when idle.
//!
//! ## Evidence
//! The load as the traffic readers resolved it.
//!
//! ## Source
//! The definition itself.

use model::Load;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct LoadUnknown;

impl Rule for LoadUnknown {
    fn about(&self) -> About {
        About {
            id: RuleId("CR083"),
            title: "nobody says how often it is called",
            hardness: Hardness::Asks,
            origin: &[],
            file: include_str!("load_unknown.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let silent = matches!(case.component.load, Load::Unknown | Load::Routed | Load::Derived);
        if case.configuration.is_none()
            && case.runs_code()
            && silent
            && case.workload.requests_per_cycle() <= 0.0
        {
            let text = "no load: placed as if nobody called it".to_owned();
            let hint = "declare `load: 3M/month`, or give a log with `--traffic`";
            found.push(self.found(Effect::Asks, text).at(case.component.span).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, workload};

    #[test]
    fn a_component_without_a_load_is_asked_for_it() {
        let mut bench = Bench::function();
        bench.configuration = None;
        assert_eq!(bench.effects(&LoadUnknown), []);
        bench.workload = workload(0.0);
        assert_eq!(bench.effects(&LoadUnknown), [Effect::Asks]);
    }
}
