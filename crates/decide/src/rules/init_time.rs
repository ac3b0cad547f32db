//! # It starts slower than the platform waits
//!
//! ## What it checks
//! The initialisation of a fresh instance, against the platform's limit for it.
//!
//! ## Why it matters
//! Lambda stops an initialisation after its limit and begins again inside the first call: the time up to the limit is
//! lost and billed, and the first client waits for both.
//!
//! ## Evidence
//! The declared or measured initialisation. Configurations with provisioned environments or a snapshot have a much
//! longer limit and are not touched. A time that is only assumed, from a probe's delay, excludes nothing and is asked for.
//!
//! ## Source
//! Catalogue rows aws-lambda/init.timeout (10 s; 15 min with provisioned concurrency or SnapStart) and
//! cloudflare-workers/startup (1 s).

use platforms::{Billing, Settings};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct InitTime;

impl Rule for InitTime {
    fn about(&self) -> About {
        About {
            id: RuleId("CR015"),
            title: "it starts slower than the platform waits",
            hardness: Hardness::Hard,
            origin: &["P2"],
            file: include_str!("init_time.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let may_be_longer = match case.settings() {
            Some(Settings::Function(s)) => {
                // Outside of their hours, environments start as any others do.
                (s.provisioned > 0 && s.warm_hours.is_none()) || s.snap_start
            }
            Some(Settings::Instance(s)) if s.billing == Billing::Cpu => false,
            _ => return,
        };
        let init = &case.component.start.init;
        let (Some(limit), Some(needs)) = (&case.limits.init_max, init.get()) else { return };
        if needs > limit.value && !may_be_longer {
            let text = format!("starts in {needs}; {} waits {}", case.name, limit.value);
            let span = init.origin().and_then(|origin| origin.span);
            if !init.is_known() {
                let asks = self.found(Effect::Asks, text).at(span);
                found.push(asks.hint("measure it and declare `init`"));
                return;
            }
            let mut finding = self.found(Effect::Excludes, text).at(span);
            if matches!(case.settings(), Some(Settings::Function(_))) {
                let hint = "provisioned environments or a snapshot may take longer to start";
                finding = finding.hint(hint);
            }
            found.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use units::Duration;

    #[test]
    fn twelve_seconds_are_too_long_unless_environments_are_provisioned() {
        let mut bench = Bench::function();
        let guess = Duration::from_secs(12);
        bench.component.start.init = model::Fact::assumed(guess, "its probe waits; write `init`");
        assert_eq!(bench.effects(&InitTime), [Effect::Asks]);
        bench.component.start.init = known(Duration::from_secs(9));
        assert_eq!(bench.effects(&InitTime), []);
        bench.component.start.init = known(Duration::from_secs(12));
        assert_eq!(bench.effects(&InitTime), [Effect::Excludes]);
        if let Some(Settings::Function(settings)) =
            bench.configuration.as_mut().map(|c| &mut c.settings)
        {
            settings.provisioned = 2;
        }
        assert_eq!(bench.effects(&InitTime), []);
    }

    #[test]
    fn a_script_that_computes_for_two_seconds_at_start_is_no_worker() {
        let mut bench = Bench::function();
        bench.configuration = Some(crate::testing::isolates());
        bench.limits.init_max = crate::testing::limited(Duration::SECOND, "row");
        bench.component.start.init = known(Duration::from_millis(400));
        assert_eq!(bench.effects(&InitTime), []);
        bench.component.start.init = known(Duration::from_secs(2));
        assert_eq!(bench.effects(&InitTime), [Effect::Excludes]);
    }
}
