//! # A session keeps its state in memory between requests
//!
//! ## What it checks
//! Whether the component declares `needs: [session-state]`: a game, a call, an editor session that
//! lives in one process.
//!
//! ## Why it matters
//! A function's next call may land in another environment, and an idle environment is reclaimed
//! after minutes. The session would be lost.
//!
//! ## Evidence
//! The declared need against the platform's list of refused needs. Lambda MicroVMs hold a session
//! for up to 8 hours; they are not among the targets yet.
//!
//! ## Source
//! Catalogue rows aws-lambda/idle.keepalive and aws-lambda-microvms/duration.max.

use model::Need;

use crate::case::RuleCase;
use crate::rules::{About, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct SessionState;

impl Rule for SessionState {
    fn about(&self) -> About {
        About {
            id: RuleId("CR004"),
            title: "a session keeps its state in memory between requests",
            hardness: Hardness::Hard,
            origin: &["D4"],
            file: include_str!("session_state.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::SessionState, found);
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
        assert_eq!(bench.effects(&SessionState), []);
        bench.component.needs.insert(Need::SessionState, None);
        assert_eq!(bench.effects(&SessionState), [Effect::Excludes]);
    }

    #[test]
    fn a_platform_that_serves_it_stays() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::SessionState, None);
        assert_eq!(bench.effects(&SessionState), []);
    }
}
