//! # The cold start of the real package is not known
//!
//! ## What it checks
//! Whether the initialisation of a component that would run as a function is only assumed; and where isolates are taken
//! to start unseen, that this is an assumption.
//!
//! ## Why it matters
//! Tables of cold starts measure an empty program. Real packages start much slower: 59 published functions had a cold
//! penalty of 1.2 s at the median and 5.9 s at most. Where cold starts decide, measure your own.
//!
//! ## Evidence
//! `start.init`: declared, measured, or taken from the table by runtime. It asks only where at least one request in a
//! thousand is cold.
//!
//! ## Source
//! The cold-start table of the catalogue (lambda-perf, 2026) and the measurements of published functions in it;
//! catalogue row cloudflare-workers/cold_start (Cloudflare's own words, 2020 and 2025).

use platforms::{Billing, Settings};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct ColdPackage;

impl Rule for ColdPackage {
    fn about(&self) -> About {
        About {
            id: RuleId("CR062"),
            title: "the cold start of the real package is not known",
            hardness: Hardness::Asks,
            origin: &["L3"],
            file: include_str!("cold_package.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let promised = !case.component.slo.latency.is_empty();
        let isolates =
            matches!(case.settings(), Some(Settings::Instance(s)) if s.billing == Billing::Cpu);
        if promised && isolates && !case.component.start.init.is_known() {
            let text = format!(
                "{} is taken to start unseen, as its provider says (2020, 2025); work at start-up is not counted",
                case.name
            );
            found.push(self.found(Effect::Asks, text).hint("measure it and declare `init`"));
        }
        let Some(cold) = case.evaluation.and_then(|evaluation| evaluation.cold) else { return };
        if promised && cold.get() >= 0.001 && !case.component.start.init.is_known() {
            let text =
                format!("{cold} of requests are cold, and how long a start takes is assumed");
            found.push(self.found(Effect::Asks, text).hint("measure it and declare `init`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, evaluation, isolates, known};
    use model::Fact;
    use units::{Duration, Share};

    #[test]
    fn an_assumed_start_is_asked_for_only_where_it_matters() {
        let mut bench = Bench::function();
        bench.component.slo.latency = vec![(Share::new(0.99), Duration::SECOND, None)];
        bench.component.start.init = Fact::Unknown;
        bench.evaluation = Some(evaluation(&[300], 0.0001));
        assert_eq!(bench.effects(&ColdPackage), []);
        bench.evaluation = Some(evaluation(&[300], 0.01));
        assert_eq!(bench.effects(&ColdPackage), [Effect::Asks]);
        bench.component.start.init = known(Duration::SECOND);
        assert_eq!(bench.effects(&ColdPackage), []);
    }

    #[test]
    fn that_isolates_start_unseen_is_said_where_an_answer_is_promised() {
        let mut bench = Bench::function();
        bench.configuration = Some(isolates());
        bench.component.start.init = Fact::Unknown;
        assert_eq!(bench.effects(&ColdPackage), []);
        bench.component.slo.latency = vec![(Share::new(0.99), Duration::SECOND, None)];
        assert_eq!(bench.effects(&ColdPackage), [Effect::Asks]);
    }
}
