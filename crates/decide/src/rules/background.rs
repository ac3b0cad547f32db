//! # It works outside of requests
//!
//! ## What it checks
//! Whether the component declares `needs: [background]`: threads, timers in the process, caches
//! that must stay warm.
//!
//! ## Why it matters
//! A function's environment is frozen between two calls and may vanish at any time: a timer in it
//! does not fire, and work left behind by a call is lost or billed to the next one.
//!
//! ## Evidence
//! The declared need against the platform's list of refused needs.
//!
//! ## Source
//! Lambda execution environment documentation; Google Cloud Run documentation of instance-based
//! billing for the same question there.

use model::Need;

use crate::case::RuleCase;
use crate::rules::{About, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Background;

impl Rule for Background {
    fn about(&self) -> About {
        About {
            id: RuleId("CR025"),
            title: "it works outside of requests",
            hardness: Hardness::Hard,
            origin: &["N6"],
            file: include_str!("background.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::Background, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Effect;
    use crate::testing::Bench;

    #[test]
    fn a_platform_that_refuses_the_need_is_out() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&Background), []);
        bench.component.needs.insert(Need::Background, None);
        assert_eq!(bench.effects(&Background), [Effect::Excludes]);
    }

    #[test]
    fn a_platform_that_serves_it_stays() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::Background, None);
        assert_eq!(bench.effects(&Background), []);
    }
}
