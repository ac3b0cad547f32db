//! # What it would take to leave
//!
//! ## What it checks
//! Provider-specific triggers of a component placed on functions: the gateway, the queue mapping, the scheduler; and
//! scripts for isolates, whose handler is a provider's own.
//!
//! ## Why it matters
//! A container that answers HTTP runs anywhere. An event function is written against its provider's event shapes; moving
//! it means an adapter for each trigger. It is work once, not a monthly cost, so it is named and not priced.
//!
//! ## Evidence
//! The component's kind and front door.
//!
//! ## Source
//! Judgement.

use platforms::{Billing, FrontDoor, Settings};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct ExitCost;

impl Rule for ExitCost {
    fn about(&self) -> About {
        About {
            id: RuleId("CR075"),
            title: "what it would take to leave",
            hardness: Hardness::Soft,
            origin: &["E6"],
            file: include_str!("exit_cost.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let front_door = match case.settings() {
            Some(Settings::Function(settings)) => settings.front_door,
            Some(Settings::Instance(settings)) if settings.billing == Billing::Machines => {
                settings.front_door
            }
            Some(Settings::Instance(settings)) if settings.billing == Billing::Cpu => {
                let text = format!("written for {}; a server would need an adapter", case.name);
                found.push(self.found(Effect::Note, text));
                return;
            }
            _ => return,
        };
        if let Some(workflow) = case.workflow() {
            let text =
                format!("written as a {}; elsewhere it needs another engine", workflow.name());
            found.push(self.found(Effect::Note, text));
            return;
        }
        let trigger = match front_door {
            FrontDoor::WebSocketApi => "the gateway's WebSocket events",
            FrontDoor::Queue => "the queue's event mapping",
            FrontDoor::Stream => "the stream's event mapping",
            FrontDoor::Notice => "events of the provider's",
            FrontDoor::Schedule => "the scheduler's events",
            _ => return,
        };
        let text = format!("written against {trigger}; elsewhere it needs an adapter");
        found.push(self.found(Effect::Note, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    #[test]
    fn plain_http_is_portable_and_queue_events_and_scripts_for_isolates_are_not() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&ExitCost), []);
        if let Some(Settings::Function(settings)) =
            bench.configuration.as_mut().map(|c| &mut c.settings)
        {
            settings.front_door = FrontDoor::Queue;
        }
        assert_eq!(bench.effects(&ExitCost), [Effect::Note]);
        bench.configuration = Some(crate::testing::isolates());
        assert_eq!(bench.effects(&ExitCost), [Effect::Note]);
    }
}
