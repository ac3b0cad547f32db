//! # The runtime is not offered as it is
//!
//! ## What it checks
//! Whether a component that ships an archive names a language that Lambda has a managed runtime for; and on platforms
//! that run a list of languages and nothing else, whether its language is on the list, in a version that is not too old.
//!
//! ## Why it matters
//! Without a managed runtime the program must be shipped as a container image (or with a runtime of its own). That
//! works, so nothing is excluded; but the cold start is then the image's. Where no container would help, the program
//! would have to be written in another language.
//!
//! ## Evidence
//! The declared runtime and package. A runtime that is only assumed excludes nothing: the rule asks for it. So it does
//! for `provided`, a runtime of one's own, which may be a language of the list.
//!
//! ## Source
//! Lambda's list of runtimes: Node.js, Python, Java, .NET, Ruby, and the operating-system-only runtime that Go and Rust
//! use. Catalogue rows aws-lambda-managed-instances/runtimes and cloudflare-workers/runtimes.

use model::Package;
use platforms::{Language, Settings, Workflow};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// Languages with a managed runtime, or compiled ones that the operating-system-only runtime takes, as runtime names
/// begin.
const OFFERED: [&str; 8] = ["nodejs", "python", "java", "dotnet", "ruby", "go", "rust", "provided"];

/// See the head of this file.
pub(super) struct RuntimeOffered;

impl Rule for RuntimeOffered {
    fn about(&self) -> About {
        About {
            id: RuleId("CR017"),
            title: "the runtime is not offered as it is",
            hardness: Hardness::Hard,
            origin: &["P4"],
            file: include_str!("runtime.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        if case.limits.languages.is_some() {
            return self.check_list(case, found);
        }
        let Some(Settings::Function(_)) = case.settings() else { return };
        let Some(runtime) = case.component.runtime.value() else { return };
        let is_image = case.component.artifact.package.get() == Some(Package::Image);
        if case.workflow() == Some(Workflow::Durable)
            && let Some(languages) = &case.limits.durable_languages
            && !is_image
            && case.component.runtime.is_known()
            && !languages.value.iter().any(|language| language.runs(&runtime.0))
        {
            let names: Vec<&str> = languages.value.iter().map(|l| l.name.as_str()).collect();
            let text = format!("is {}; durable functions run {}", runtime.0, names.join(", "));
            let span = case.component.runtime.origin().and_then(|origin| origin.span);
            found.push(self.found(Effect::Excludes, text).at(span).hint("ship it as an image"));
        }
        if is_image || OFFERED.iter().any(|name| runtime.0.starts_with(name)) {
            return;
        }
        let text = format!("{} has no managed runtime for {}", case.name, runtime.0);
        let span = case.component.runtime.origin().and_then(|origin| origin.span);
        found.push(self.found(Effect::Risk, text).at(span).hint("ship it as a container image"));
    }
}

impl RuntimeOffered {
    /// Where a list of languages is all that runs.
    fn check_list(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(languages) = &case.limits.languages else { return };
        if !case.runs_code() {
            return;
        }
        let names: Vec<&str> = languages.value.iter().map(|l: &Language| l.name.as_str()).collect();
        let names = names.join(", ");
        let fact = &case.component.runtime;
        let runtime = fact.value().map_or("", |runtime| runtime.0.as_str());
        let span = fact.origin().and_then(|origin| origin.span);
        if !fact.is_known() || runtime.starts_with("provided") {
            // Nobody is asked for the sake of a platform that is not tried.
            if case.configuration.is_some() {
                let text =
                    format!("{} runs {names}; nobody says that this is one of them", case.name);
                let hint = "declare `runtime`";
                found.push(self.found(Effect::Asks, text).at(span).hint(hint));
            }
        } else if !languages.value.iter().any(|language| language.runs(runtime)) {
            let text = format!("is {runtime}; {} runs {names} and nothing else", case.name);
            found.push(self.found(Effect::Excludes, text).at(span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use model::Runtime;

    #[test]
    fn php_needs_an_image_and_python_does_not() {
        let mut bench = Bench::function();
        bench.component.runtime = known(Runtime("python3.13".to_owned()));
        assert_eq!(bench.effects(&RuntimeOffered), []);
        bench.component.runtime = known(Runtime("php8.4".to_owned()));
        assert_eq!(bench.effects(&RuntimeOffered), [Effect::Risk]);
        bench.component.artifact.package = known(Package::Image);
        assert_eq!(bench.effects(&RuntimeOffered), []);
    }

    #[test]
    fn a_durable_function_needs_a_language_that_has_a_kit_for_it() {
        let mut bench = Bench::function();
        let list = Language::list("Node.js 22+, Python 3.13+, Java 17+, .NET 8+");
        bench.limits.durable_languages = crate::testing::limited(list, "row");
        bench.component.runtime = known(Runtime("ruby3.4".to_owned()));
        assert_eq!(bench.effects(&RuntimeOffered), []);
        bench.in_steps(Workflow::Durable);
        assert_eq!(bench.effects(&RuntimeOffered), [Effect::Excludes]);
        bench.in_steps(Workflow::Standard);
        assert_eq!(bench.effects(&RuntimeOffered), []);
        bench.in_steps(Workflow::Durable);
        bench.component.runtime = known(Runtime("dotnet8".to_owned()));
        assert_eq!(bench.effects(&RuntimeOffered), []);
    }

    #[test]
    fn where_only_a_list_of_languages_runs_the_others_are_out() {
        let mut bench = Bench::function();
        let list = Language::list("Node.js 22+, Rust");
        bench.limits.languages = crate::testing::limited(list, "row");
        for (runtime, effects) in [
            ("nodejs24.x", vec![]),
            ("nodejs20.x", vec![Effect::Excludes]),
            ("php8.4", vec![Effect::Excludes]),
            ("provided.al2023", vec![Effect::Asks]),
        ] {
            bench.component.runtime = known(Runtime(runtime.to_owned()));
            assert_eq!(bench.effects(&RuntimeOffered), effects, "{runtime}");
        }
        bench.component.runtime = model::Fact::assumed(Runtime("php8.4".to_owned()), "a guess");
        assert_eq!(bench.effects(&RuntimeOffered), [Effect::Asks]);
        bench.configuration = None;
        assert_eq!(bench.effects(&RuntimeOffered), []);
    }
}
