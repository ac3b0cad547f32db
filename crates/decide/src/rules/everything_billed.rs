//! # What the estimate leaves out
//!
//! ## What it checks
//! Whether the definition's `assume` block leaves something out of the bill.
//!
//! ## Why it matters
//! Comparisons go wrong most often by what they leave out: the gateway on one side, the load balancer, the second zone and
//! the disks on the other. Everything is on the bill here unless a team says otherwise, and then the report shows what
//! each omission is worth.
//!
//! ## Evidence
//! The `assume` block.
//!
//! ## Source
//! Judgement: two well-known comparisons of Lambda and EKS leave out front door, logs and network on both sides.

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct EverythingBilled;

impl Rule for EverythingBilled {
    fn about(&self) -> About {
        About {
            id: RuleId("CR073"),
            title: "what the estimate leaves out",
            hardness: Hardness::Soft,
            origin: &["E4"],
            file: include_str!("everything_billed.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        if case.configuration.is_none() {
            return;
        }
        let assume = &case.app.assume;
        let items = [
            ("front doors", assume.no_front_door),
            ("load balancers", assume.no_load_balancer),
            ("node disks", assume.no_disks),
            ("public addresses", assume.no_public_ipv4),
            ("logs", assume.no_logs),
            ("egress", assume.no_egress),
            ("what nodes keep for themselves", assume.no_node_overhead),
        ];
        let left_out: Vec<&str> =
            items.iter().filter(|(_, span)| span.is_some()).map(|(name, _)| *name).collect();
        if !left_out.is_empty() {
            let span = items.iter().find_map(|(_, span)| *span);
            let text = format!("leaves out {}", left_out.join(", "));
            found.push(self.found(Effect::Note, text).at(span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use source::{FileId, Span};

    #[test]
    fn an_omission_is_named() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&EverythingBilled), []);
        bench.app.assume.no_disks = Some(Span::new(FileId(0), 0, 1));
        assert_eq!(bench.check(&EverythingBilled)[0].text, "leaves out node disks");
    }
}
