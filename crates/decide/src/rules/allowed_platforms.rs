//! # The team allows other platforms only
//!
//! ## What it checks
//! The component's `allow` list, by platform id or its beginning (`kubernetes`, `aws/lambda`).
//!
//! ## Why it matters
//! A team may have reasons that we do not know.
//!
//! ## Evidence
//! The declared list; an empty list allows everything.
//!
//! ## Source
//! The definition itself.

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct AllowedPlatforms;

impl Rule for AllowedPlatforms {
    fn about(&self) -> About {
        About {
            id: RuleId("CR042"),
            title: "the team allows other platforms only",
            hardness: Hardness::Hard,
            origin: &[],
            file: include_str!("allowed_platforms.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let allow = &case.component.allow;
        let matches = |name: &str| {
            let rest = case.platform.0.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || name.ends_with('/'))
        };
        if allow.is_empty() || allow.iter().any(|(name, _)| matches(name)) {
            return;
        }
        let names: Vec<&str> = allow.iter().map(|(name, _)| name.as_str()).collect();
        let text = format!("only {} allowed", names.join(", "));
        found.push(self.found(Effect::Excludes, text).at(allow.first().and_then(|(_, at)| *at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    fn effects(allow: &[&str]) -> Vec<Effect> {
        let mut bench = Bench::function();
        bench.component.allow = allow.iter().map(|name| ((*name).to_owned(), None)).collect();
        bench.effects(&AllowedPlatforms)
    }

    #[test]
    fn a_list_allows_what_it_names_by_id_or_family() {
        assert_eq!(effects(&[]), []);
        assert_eq!(effects(&["aws/lambda"]), []);
        assert_eq!(effects(&["aws"]), []);
        assert_eq!(effects(&["kubernetes", "aws"]), []);
        assert_eq!(effects(&["aws/la"]), [Effect::Excludes]);
        assert_eq!(effects(&["kubernetes"]), [Effect::Excludes]);
    }
}
