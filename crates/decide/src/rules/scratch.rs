//! # It needs more scratch disk than the platform gives
//!
//! ## What it checks
//! The scratch disk one instance needs, against the largest the platform gives.
//!
//! ## Why it matters
//! Writing fails when the disk is full, usually in the middle of the largest job.
//!
//! ## Evidence
//! The declared scratch space and the platform's row.
//!
//! ## Source
//! Catalogue rows aws-lambda/tmp.range (10,240 MB) and aws-fargate/ephemeral (200 GiB).

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Scratch;

impl Rule for Scratch {
    fn about(&self) -> About {
        About {
            id: RuleId("CR013"),
            title: "it needs more scratch disk than the platform gives",
            hardness: Hardness::Hard,
            origin: &["M4"],
            file: include_str!("scratch.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let (Some(limit), Some(fact)) = (&case.limits.scratch_max, &case.component.scratch) else {
            return;
        };
        let Some(needs) = fact.get().filter(|&needs| needs > limit.value) else { return };
        let text = format!("needs {needs} of scratch disk; {} gives {}", case.name, limit.value);
        let span = fact.origin().and_then(|origin| origin.span);
        found.push(self.found(Effect::Excludes, text).at(span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use units::Bytes;

    #[test]
    fn twenty_gigabytes_do_not_fit_a_functions_tmp() {
        let mut bench = Bench::function();
        bench.component.scratch = Some(known(Bytes::from_gib(10)));
        assert_eq!(bench.effects(&Scratch), []);
        bench.component.scratch = Some(known(Bytes::from_gib(20)));
        assert_eq!(bench.effects(&Scratch), [Effect::Excludes]);
    }
}
