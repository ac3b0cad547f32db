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
//! The declared need against the platform's list of refused needs, and how long a session lasts (`connection`) against
//! what the platform keeps: Lambda MicroVMs end one after 8 hours.
//!
//! ## Source
//! Catalogue rows aws-lambda/idle.keepalive and aws-lambda-microvms/duration.max.

use model::Need;
use platforms::{Billing, Settings};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

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
        if !case.component.needs.has(Need::SessionState) {
            return;
        }
        case.exclude_if_refused(self, Need::SessionState, found);
        let span = case.component.needs.span(Need::SessionState);
        if let (Some(limit), Some(fact)) = (&case.limits.session_max, &case.component.connection)
            && let Some(lasts) = fact.get().filter(|lasts| *lasts > limit.value)
        {
            let text =
                format!("a session lasts {lasts}; {} ends it after {}", case.name, limit.value);
            let at = fact.origin().and_then(|origin| origin.span).or(span);
            found.push(self.found(Effect::Excludes, text).at(at));
        }
        if let Some(Settings::Instance(settings)) = case.settings()
            && matches!(settings.billing, Billing::Sessions | Billing::OpenSessions)
        {
            let text = "each session is a machine that your code starts, finds again and ends: nothing balances or \
                        scales them";
            found.push(self.found(Effect::Risk, text.to_owned()).at(span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known, limited};
    use units::Duration;

    #[test]
    fn a_platform_that_refuses_the_need_is_out() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&SessionState), []);
        bench.component.needs.insert(Need::SessionState, None);
        assert_eq!(bench.effects(&SessionState), [Effect::Excludes]);
    }

    #[test]
    fn a_session_that_outlasts_its_machine_is_out() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::SessionState, None);
        bench.limits.session_max = limited(Duration::HOUR * 8, "row");
        bench.component.connection = Some(known(Duration::HOUR * 8));
        assert_eq!(bench.effects(&SessionState), []);
        bench.component.connection = Some(known(Duration::HOUR * 9));
        assert_eq!(bench.effects(&SessionState), [Effect::Excludes]);
    }

    #[test]
    fn a_platform_that_serves_it_stays() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::SessionState, None);
        assert_eq!(bench.effects(&SessionState), []);
    }
}
