//! # The platform is closed or retiring
//!
//! ## What it checks
//! Whether the team allows or names a platform that takes no new customers.
//!
//! ## Why it matters
//! What is placed there today has to be moved again soon.
//!
//! ## Evidence
//! The names in `allow`, against the list of closed services. None of the platforms that we place on is closing; this
//! rule is for teams that name one.
//!
//! ## Source
//! Catalogue row aws-app-runner/status (closed to new customers on 2026-04-30; its successor is ECS Express Mode).

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// Closed services as a team may write them, with what to use instead.
const CLOSED: [(&str, &str); 2] =
    [("aws/app-runner", "aws/fargate"), ("azure/functions-consumption", "azure/functions-flex")];

/// See the head of this file.
pub(super) struct Retiring;

impl Rule for Retiring {
    fn about(&self) -> About {
        About {
            id: RuleId("CR041"),
            title: "the platform is closed or retiring",
            hardness: Hardness::Soft,
            origin: &["C3"],
            file: include_str!("retiring.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        for (name, span) in &case.component.allow {
            let Some((_, instead)) = CLOSED.iter().find(|(closed, _)| name == closed) else {
                continue;
            };
            let text = format!("{name} takes no new customers");
            let hint = format!("allow {instead} instead");
            found.push(self.found(Effect::Risk, text).at(*span).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    #[test]
    fn app_runner_is_named_as_closed() {
        let mut bench = Bench::function();
        bench.component.allow = vec![("aws/lambda".to_owned(), None)];
        assert_eq!(bench.effects(&Retiring), []);
        bench.component.allow.push(("aws/app-runner".to_owned(), None));
        assert_eq!(bench.effects(&Retiring), [Effect::Risk]);
    }
}
