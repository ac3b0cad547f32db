//! # Operating system or architecture do not match
//!
//! ## What it checks
//! Whether the component needs Windows where the platform runs Linux, and whether a configuration's architecture is
//! one that the component runs on.
//!
//! ## Why it matters
//! The program does not start.
//!
//! ## Evidence
//! `needs: [windows]` against the platform's refused needs; the declared architectures against the configuration.
//!
//! ## Source
//! Lambda runs Amazon Linux on x86-64 and Arm (catalogue rows aws-lambda/*); Fargate and EC2 are priced here with
//! Linux.

use model::{Architecture, Need};
use platforms::Settings;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct System;

impl Rule for System {
    fn about(&self) -> About {
        About {
            id: RuleId("CR016"),
            title: "operating system or architecture do not match",
            hardness: Hardness::Hard,
            origin: &["P3"],
            file: include_str!("system.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::Windows, found);
        let architecture = match case.settings() {
            Some(Settings::Function(s)) => s.architecture,
            Some(Settings::Task(s)) => s.architecture,
            Some(Settings::Pod(s)) => s.architecture,
            Some(Settings::Server(s)) => s.architecture,
            Some(Settings::Instance(s)) => s.architecture,
            Some(Settings::Managed(_)) | None => return,
        };
        let Some(allowed) = case.component.architectures.value() else { return };
        if !allowed.contains(&architecture) {
            let names: Vec<&str> = allowed.iter().copied().map(Architecture::name).collect();
            let text = format!("runs on {} only, not on {}", names.join(", "), architecture.name());
            let span = case.component.architectures.origin().and_then(|origin| origin.span);
            found.push(self.found(Effect::Excludes, text).at(span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};

    #[test]
    fn a_program_for_x86_does_not_run_on_arm() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&System), []);
        bench.component.architectures = known(vec![Architecture::X86]);
        assert_eq!(bench.effects(&System), [Effect::Excludes]);
    }

    #[test]
    fn windows_does_not_run_on_linux() {
        let mut bench = Bench::function();
        bench.component.needs.insert(Need::Windows, None);
        assert_eq!(bench.effects(&System), [Effect::Excludes]);
        bench.limits.refuses.clear();
        assert_eq!(bench.effects(&System), []);
    }
}
