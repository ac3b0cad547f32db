//! # Faster starts are possible
//!
//! ## What it checks
//! Whether a function whose p99 suffers from cold starts has a runtime that can start from a snapshot.
//!
//! ## Why it matters
//! A snapshot or provisioned environments remove most of a cold start, for a price. It is one setting, not another
//! platform.
//!
//! ## Evidence
//! The simulated cold share above one in a hundred, the runtime, and the configuration.
//!
//! ## Source
//! Catalogue rows aws-lambda/snapstart.runtimes (Java 11+, Python 3.12+, .NET 8+) and aws-lambda/snapstart.excludes
//! (not with provisioned concurrency, EFS or more than 512 MB of /tmp).

use platforms::Settings;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// Languages with snapshots, as runtime names begin.
const SNAPSHOTS: [&str; 3] = ["java", "python3", "dotnet"];

/// See the head of this file.
pub(super) struct Mitigation;

impl Rule for Mitigation {
    fn about(&self) -> About {
        About {
            id: RuleId("CR063"),
            title: "faster starts are possible",
            hardness: Hardness::Soft,
            origin: &["L4"],
            file: include_str!("mitigation.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(Settings::Function(settings)) = case.settings() else { return };
        let cold = case.evaluation.and_then(|evaluation| evaluation.cold);
        let Some(cold) = cold.filter(|cold| cold.get() > 0.01) else { return };
        if settings.snap_start || settings.provisioned > 0 || !case.is_waited_for() {
            return;
        }
        let runtime = case.component.runtime.value().map_or("", |runtime| runtime.0.as_str());
        let way = if SNAPSHOTS.iter().any(|name| runtime.starts_with(name)) {
            "SnapStart or provisioned environments"
        } else {
            "provisioned environments"
        };
        let text = format!("{cold} of requests are cold; {way} would take that away for a price");
        found.push(self.found(Effect::Note, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, evaluation};

    #[test]
    fn a_function_that_is_often_cold_is_told_what_helps() {
        let mut bench = Bench::function();
        bench.evaluation = Some(evaluation(&[300], 0.001));
        assert_eq!(bench.effects(&Mitigation), []);
        bench.evaluation = Some(evaluation(&[300], 0.05));
        assert!(bench.check(&Mitigation)[0].text.contains("; provisioned environments"));
        bench.component.runtime = crate::testing::known(model::Runtime("java21".to_owned()));
        assert!(bench.check(&Mitigation)[0].text.contains("SnapStart"));
    }
}
