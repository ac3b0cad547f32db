//! # Work of one key is done in order
//!
//! ## What it checks
//! `needs: [ordered]` on a platform that scales by starting more instances.
//!
//! ## Why it matters
//! Order caps the concurrency at the number of message groups or shards, however many instances there could be. Load
//! above groups ÷ service time piles up in the queue.
//!
//! ## Evidence
//! The declared need and the requests in flight in the busiest minute, which is the number of groups that is needed at
//! least. Where `events: { groups: … }` or `shards` is declared, the simulation says what waits; else this rule asks.
//!
//! ## Source
//! Catalogue rows aws-lambda-event-sources/* (FIFO: concurrency at most the message groups; streams: shards × factor).

use model::Need;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Ordered;

impl Rule for Ordered {
    fn about(&self) -> About {
        About {
            id: RuleId("CR032"),
            title: "work of one key is done in order",
            hardness: Hardness::Asks,
            origin: &["S3"],
            file: include_str!("ordered.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::Ordered, found);
        if case.configuration.is_none() || !case.component.needs.has(Need::Ordered) {
            return;
        }
        let declared = |e: &model::Events| e.groups.or(e.shards).is_some();
        if case.component.events.as_ref().is_some_and(declared) {
            return;
        }
        let groups = case.peak_concurrency().ceil().max(1.0);
        let text =
            format!("in order: needs at least {groups} message groups or shards at its peak");
        let span = case.component.needs.span(Need::Ordered);
        found.push(self.found(Effect::Asks, text).at(span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    #[test]
    fn an_ordered_queue_is_asked_for_its_groups() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&Ordered), []);
        bench.component.needs.insert(Need::Ordered, None);
        assert_eq!(bench.effects(&Ordered), [Effect::Asks]);
        let groups = model::Events { groups: Some(20), ..model::Events::default() };
        bench.component.events = Some(groups);
        assert_eq!(bench.effects(&Ordered), []);
    }
}
