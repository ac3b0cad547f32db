//! # Interruptible capacity may be taken away
//!
//! ## What it checks
//! With `spot: true`: which components are put on interruptible tasks or nodes, and which are kept on demand.
//!
//! ## Why it matters
//! Spot capacity is 30 to 90 % cheaper because the provider takes it back when it needs it. A run that is longer than
//! the notice is cut off and has to start again, and nothing promises that there is other capacity at that moment.
//!
//! ## Evidence
//! The longest run that is declared or that the work shows, state in memory, kept data. Tasks of a component that would
//! lose something stay on demand. Nodes are shared: all beyond the first of each zone are interruptible, whoever is on
//! them, so there it is a risk to mend with affinities. The bill names how often a node's type is interrupted.
//!
//! ## Source
//! Catalogue row aws-ec2/spot.notice (120 s); how often types are interrupted is the AWS Spot Advisor's band. How often
//! Fargate's tasks are is not published. Who tolerates it is our judgement.

use model::Kind;
use platforms::{Settings, interruption};
use units::Duration;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// Clusters whose nodes may be interruptible: the others have no such nodes, or no price of them is known.
const CLUSTERS: [&str; 3] = ["kubernetes/eks", "kubernetes/eks-auto", "kubernetes/gke"];

/// See the head of this file.
pub(super) struct Interruptible;

impl Rule for Interruptible {
    fn about(&self) -> About {
        About {
            id: RuleId("CR056"),
            title: "interruptible capacity may be taken away",
            hardness: Hardness::Soft,
            origin: &[],
            file: include_str!("interruptible.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        if case.app.spot.get() != Some(true) {
            return;
        }
        let Some(notice) = (case.quota)("aws-ec2", "spot.notice") else { return };
        let notice = Duration::from_secs_f64(notice.low);
        let objection = interruption::objection(case.component, notice);
        let span = case.app.spot.origin().and_then(|origin| origin.span);
        let (effect, text) = match (case.settings(), objection) {
            (Some(Settings::Task(task)), _) if task.spot => {
                let only = if case.component.kind == Kind::Http && task.min == 1 {
                    ", and until another has started nobody answers if it was the only one"
                } else {
                    ""
                };
                (Effect::Risk, format!("its tasks may be taken with {notice} of notice{only}"))
            }
            (Some(Settings::Task(_)), Some(why)) => {
                (Effect::Note, format!("its tasks are kept on demand: {why}"))
            }
            (Some(Settings::Pod(_)), Some(why)) if CLUSTERS.contains(&case.platform.0) => {
                (Effect::Risk, format!("nodes beyond the first of a zone may be taken, but {why}"))
            }
            _ => return,
        };
        let finding = self.found(effect, text).at(span);
        found.push(match (effect, case.settings()) {
            (Effect::Risk, Some(Settings::Pod(_))) => {
                finding.hint("keep it on nodes on demand by affinity; their price is in a plan with `spot: false`")
            }
            (Effect::Risk, _) => finding
                .hint("stop taking requests at SIGTERM, and spread over zones: `availability: { zones: 2 }`"),
            _ => finding,
        });
    }
}

#[cfg(test)]
mod tests {
    use model::Architecture;
    use platforms::{FrontDoor, TaskSettings};
    use units::{Bytes, Millicores};

    use super::*;
    use crate::testing::{Bench, constant, function, known};

    fn bench(spot: bool) -> Bench {
        let mut bench = Bench::function();
        (bench.platform, bench.name) = ("aws/fargate", "Fargate");
        bench.quotas.insert("aws-ec2/spot.notice", 120.0);
        bench.app.spot = known(true);
        let mut configuration = function("aws/fargate", 512);
        configuration.settings = Settings::Task(TaskSettings {
            cpu: Millicores::new(250),
            memory: Bytes::from_mib(512),
            architecture: Architecture::Arm,
            front_door: FrontDoor::Alb,
            min: 1,
            warm_hours: None,
            target_percent: 70,
            spot,
            scratch: Bytes::ZERO,
        });
        bench.configuration = Some(configuration);
        bench
    }

    #[test]
    fn what_is_on_it_is_told_and_what_is_not_says_why() {
        let mut interrupted = bench(true);
        assert_eq!(interrupted.effects(&Interruptible), [Effect::Risk]);
        let mut kept = bench(false);
        assert_eq!(kept.effects(&Interruptible), []);
        kept.component.demand.cpu = constant(40 * 60_000);
        let note = kept.check(&Interruptible).remove(0);
        assert_eq!(note.effect, Effect::Note);
        assert!(note.text.contains("40 min") && note.text.contains("2 min"), "{}", note.text);
        interrupted.app.spot = known(false);
        assert_eq!(interrupted.effects(&Interruptible), []);
    }
}
