//! # The runtime is not offered as it is
//!
//! ## What it checks
//! Whether a component that ships an archive names a language that Lambda has a managed runtime for.
//!
//! ## Why it matters
//! Without a managed runtime the program must be shipped as a container image (or with a runtime of its own). That
//! works, so nothing is excluded; but the cold start is then the image's.
//!
//! ## Evidence
//! The declared runtime and package. Every language runs in a container, on every platform here.
//!
//! ## Source
//! Lambda's list of runtimes: Node.js, Python, Java, .NET, Ruby, and the operating-system-only runtime that Go and Rust
//! use.

use model::Package;
use platforms::Settings;

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
            hardness: Hardness::Soft,
            origin: &["P4"],
            file: include_str!("runtime.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(Settings::Function(_)) = case.settings() else { return };
        let Some(runtime) = case.component.runtime.value() else { return };
        let is_image = case.component.artifact.package.get() == Some(Package::Image);
        if is_image || OFFERED.iter().any(|name| runtime.0.starts_with(name)) {
            return;
        }
        let text = format!("{} has no managed runtime for {}", case.name, runtime.0);
        let span = case.component.runtime.origin().and_then(|origin| origin.span);
        found.push(self.found(Effect::Risk, text).at(span).hint("ship it as a container image"));
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
}
