//! # One instance serves several requests at once
//!
//! ## What it checks
//! Whether tasks, pods or servers are reckoned to serve more than one request at a time on an assumption only.
//!
//! ## Why it matters
//! A function serves one request an environment, whatever the code; elsewhere one instance serves many, which is where
//! containers save money. Code that is not safe for that (globals, a library that blocks) needs as many copies as
//! functions need environments.
//!
//! ## Evidence
//! `concurrency` of the component, if it is assumed.
//!
//! ## Source
//! Catalogue rows aws-lambda/concurrency.per_environment (1) and their like on other platforms.

use platforms::{Billing, Settings};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct ThreadSafety;

impl Rule for ThreadSafety {
    fn about(&self) -> About {
        About {
            id: RuleId("CR055"),
            title: "one instance serves several requests at once",
            hardness: Hardness::Asks,
            origin: &["Q6"],
            file: include_str!("thread_safety.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let shares = matches!(
            case.settings(),
            Some(Settings::Task(_) | Settings::Pod(_) | Settings::Server(_))
        ) || matches!(
            case.settings(),
            Some(Settings::Instance(instance)) if instance.billing == Billing::Machines
        );
        let concurrency = &case.component.concurrency;
        let Some(many) = concurrency.get().filter(|&many| many > 1) else { return };
        if shares && case.runs_code() && !concurrency.is_known() {
            let text = format!("assumes that one instance serves {many} requests at once");
            let hint = "declare `concurrency`";
            found.push(self.found(Effect::Asks, text).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};

    #[test]
    fn an_assumed_concurrency_is_asked_for_where_it_counts() {
        let mut bench = Bench::cluster();
        assert_eq!(bench.effects(&ThreadSafety), [Effect::Asks]);
        bench.component.concurrency = known(10);
        assert_eq!(bench.effects(&ThreadSafety), []);
        assert_eq!(Bench::function().effects(&ThreadSafety), []);
    }
}
