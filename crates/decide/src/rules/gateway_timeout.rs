//! # The front door gives up before the answer is there
//!
//! ## What it checks
//! The longest run of a component behind a managed gateway, against the gateway's integration time-out.
//!
//! ## Why it matters
//! The function goes on and is billed, but the client already has a 504.
//!
//! ## Evidence
//! `run_time_max` or the slowest request that planning should reckon with, and the platform's gateway row. A function
//! URL and a load balancer wait longer, so configurations with them are not touched.
//!
//! ## Source
//! Catalogue rows aws-api-gateway/http.integration_timeout (30 s, hard) and aws-api-gateway/rest.integration_timeout
//! (29 s, can be raised for regional and private APIs).

use platforms::{FrontDoor, Settings};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct GatewayTimeout;

impl Rule for GatewayTimeout {
    fn about(&self) -> About {
        About {
            id: RuleId("CR005"),
            title: "the front door gives up before the answer is there",
            hardness: Hardness::Hard,
            origin: &["D5"],
            file: include_str!("gateway_timeout.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(Settings::Function(settings)) = case.settings() else { return };
        let (Some(limit), Some((longest, span))) =
            (&case.limits.gateway_timeout, case.longest_run())
        else {
            return;
        };
        let gateway = matches!(settings.front_door, FrontDoor::HttpApi | FrontDoor::RestApi);
        if gateway && case.is_waited_for() && longest > limit.value {
            let text = format!("answers after up to {longest}; the gateway waits {}", limit.value);
            let hint = "a function URL or a load balancer in front waits longer: \
                        `front_door: function-url`";
            found.push(self.found(Effect::Excludes, text).at(span).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use units::Duration;

    #[test]
    fn the_gateway_waits_thirty_seconds_and_a_function_url_longer() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&GatewayTimeout), []);
        bench.component.run_time_max = Some(known(Duration::from_secs(31)));
        assert_eq!(bench.effects(&GatewayTimeout), [Effect::Excludes]);
        if let Some(Settings::Function(settings)) =
            bench.configuration.as_mut().map(|c| &mut c.settings)
        {
            settings.front_door = FrontDoor::FunctionUrl;
        }
        assert_eq!(bench.effects(&GatewayTimeout), []);
    }
}
