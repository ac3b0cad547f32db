//! # One instance needs more memory than the platform gives
//!
//! ## What it checks
//! The memory one instance needs, against the largest instance of the platform.
//!
//! ## Why it matters
//! The process is killed when it reaches the limit.
//!
//! ## Evidence
//! The declared or measured memory and the platform's row. A size that is only assumed excludes nothing: where it would
//! not fit, the rule asks for the real one.
//!
//! ## Source
//! Catalogue rows aws-lambda/memory.range (10,240 MB), aws-fargate/sizes (120 GB), cloudflare-workers/memory (128 MB), the
//! instance table for nodes and servers.

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Memory;

impl Rule for Memory {
    fn about(&self) -> About {
        About {
            id: RuleId("CR010"),
            title: "one instance needs more memory than the platform gives",
            hardness: Hardness::Hard,
            origin: &["M1"],
            file: include_str!("memory.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let (Some(limit), Some(needs)) = (&case.limits.memory_max, case.component.memory.get())
        else {
            return;
        };
        if needs > limit.value {
            let span = case.component.memory.origin().and_then(|origin| origin.span);
            if case.component.memory.is_known() {
                let text = format!("needs {needs} of memory; {} gives {}", case.name, limit.value);
                found.push(self.found(Effect::Excludes, text).at(span));
            } else if case.configuration.is_some() {
                let text = format!(
                    "{needs} of memory are only assumed; {} gives {}, which may be enough or not",
                    case.name, limit.value
                );
                let hint = "declare `memory`, the peak of a running one";
                found.push(self.found(Effect::Asks, text).at(span).hint(hint));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use units::Bytes;

    #[test]
    fn ten_gigabytes_fit_a_function_and_twelve_do_not() {
        let mut bench = Bench::function();
        bench.component.memory = known(Bytes::from_gib(10));
        assert_eq!(bench.effects(&Memory), []);
        bench.component.memory = known(Bytes::from_gib(12));
        let found = bench.check(&Memory);
        assert_eq!(found[0].text, "needs 12 GB of memory; Lambda gives 10 GB");
        assert_eq!(found[0].effect, Effect::Excludes);
    }

    #[test]
    fn memory_that_we_only_assumed_is_asked_for() {
        let mut bench = Bench::function();
        bench.component.memory = model::Fact::assumed(Bytes::from_gib(12), "a default");
        let found = bench.check(&Memory);
        assert_eq!(found[0].effect, Effect::Asks);
        assert!(found[0].text.contains("12 GB of memory are only assumed"), "{}", found[0].text);
        bench.component.memory = model::Fact::assumed(Bytes::from_gib(10), "a default");
        assert_eq!(bench.effects(&Memory), []);
    }
}
