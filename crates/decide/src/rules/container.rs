//! # A container is no reason for a cluster
//!
//! ## What it checks
//! Whether the component already ships a container image.
//!
//! ## Why it matters
//! "It is a container already" is often given as the reason for Kubernetes. Functions take images up to 10 GB, and
//! serverless container services run them unchanged; the image decides nothing.
//!
//! ## Evidence
//! The declared package.
//!
//! ## Source
//! Catalogue rows aws-lambda/package.image and aws-fargate/ecs_express.default.

use model::Package;
use platforms::Family;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Container;

impl Rule for Container {
    fn about(&self) -> About {
        About {
            id: RuleId("CR076"),
            title: "a container is no reason for a cluster",
            hardness: Hardness::Soft,
            origin: &["E7"],
            file: include_str!("container.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let is_image = case.component.artifact.package.get() == Some(Package::Image);
        if is_image && case.family == Family::Serverless && case.configuration.is_some() {
            let text = format!("its container image runs on {} as it is", case.name);
            found.push(self.found(Effect::Note, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};

    #[test]
    fn an_image_is_told_that_it_runs_here() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&Container), []);
        bench.component.artifact.package = known(Package::Image);
        assert_eq!(bench.effects(&Container), [Effect::Note]);
    }
}
