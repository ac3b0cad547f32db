//! # The platform is closed or retiring
//!
//! ## What it checks
//! Whether the team allows or names a platform that takes no new customers or has a date on which it ends.
//!
//! ## Why it matters
//! What is placed there today has to be moved again soon.
//!
//! ## Evidence
//! The names in `allow`, against the list of closed services. None of the platforms that we place on is closing; this
//! rule is for teams that name one.
//!
//! ## Source
//! Catalogue row aws-app-runner/status (closed to new customers on 2026-04-30; its successor is ECS Express Mode) and
//! azure-functions/plan.consumption.status (Linux retires on 2028-09-30).

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// Closed or retiring services as a team may write them, with what becomes of them and what to use instead.
const CLOSED: [(&str, &str, &str); 2] = [
    (
        "aws/app-runner",
        "takes no new customers since 2026-04-30; its successor is ECS Express Mode, which runs on Fargate",
        "aws/fargate",
    ),
    (
        "azure/functions-consumption",
        "retires on Linux on 2028-09-30; its successor is Flex Consumption",
        "azure/functions-flex",
    ),
];

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
            let Some((_, fate, instead)) = CLOSED.iter().find(|(closed, ..)| name == closed) else {
                continue;
            };
            let text = format!("{name} {fate}, and is not planned");
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
        bench.component.allow.push(("azure/functions-consumption".to_owned(), None));
        let texts: Vec<String> = bench.check(&Retiring).into_iter().map(|f| f.text).collect();
        assert!(texts[0].contains("2026-04-30") && texts[0].contains("ECS Express"), "{texts:?}");
        assert!(texts[1].contains("2028-09-30") && texts[1].contains("Flex"), "{texts:?}");
        assert_eq!(bench.effects(&Retiring), [Effect::Risk, Effect::Risk]);
    }
}
