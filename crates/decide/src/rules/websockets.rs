//! # WebSocket connections outlive the gateway
//!
//! ## What it checks
//! How long a client stays connected, and how long it may stay silent, against the platform's limits for both.
//!
//! ## Why it matters
//! A managed gateway in front of functions closes a connection after two hours, or after ten silent minutes, whatever
//! the program does. Clients then reconnect, all at their own time if they began at their own time, all at once if not.
//!
//! ## Evidence
//! `connection`, how long a connection stays open, and `needs: [websockets]`. Shorter connections are served by the
//! gateway without complaint: WebSockets alone are no reason for a cluster. The limit on silence is a risk rather than
//! an exclusion, because a ping every few minutes answers it.
//!
//! ## Source
//! Catalogue rows aws-api-gateway/ws.max_connection (7,200 s), aws-api-gateway/ws.idle (600 s) and
//! aws-api-gateway/ws.message (128 KB).

use model::{Fact, Need};
use units::Bytes;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct WebSockets;

impl Rule for WebSockets {
    fn about(&self) -> About {
        About {
            id: RuleId("CR021"),
            title: "WebSocket connections outlive the gateway",
            hardness: Hardness::Hard,
            origin: &["N3"],
            file: include_str!("websockets.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        if !case.component.needs.has(Need::WebSockets) {
            return;
        }
        case.exclude_if_refused(self, Need::WebSockets, found);
        let span = case.component.needs.span(Need::WebSockets);
        if let (Some(limit), Some(fact)) = (&case.limits.connection_max, &case.component.connection)
            && let Some(stays) = fact.get().filter(|&stays| stays > limit.value)
        {
            let text = format!("holds connections for {stays}; closed at {}", limit.value);
            let span = fact.origin().and_then(|origin| origin.span).or(span);
            found.push(self.found(Effect::Excludes, text).at(span));
        }
        if let Some(limit) = &case.limits.connection_idle_max {
            let text = format!("a connection that is silent for {} is closed", limit.value);
            found.push(self.found(Effect::Risk, text).at(span).hint("send a ping before that"));
        }
        self.check_messages(case, found);
    }
}

impl WebSockets {
    /// Messages are limited where connections are: at the gateway.
    fn check_messages(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let is_known = case.component.request_bytes.is_known();
        if !is_known || case.limits.connection_max.is_none() {
            return;
        }
        let Some(limit) = (case.quota)("aws-api-gateway", "ws.message") else { return };
        let limit = Bytes::from_kib(limit.high as u64);
        let largest = case.component.request_bytes.get().unwrap_or_default();
        if largest > limit {
            let text = format!("sends messages of up to {largest}; the gateway takes {limit}");
            let span = Fact::origin(&case.component.request_bytes).and_then(|origin| origin.span);
            found.push(self.found(Effect::Excludes, text).at(span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use units::Duration;

    fn chat(hours: u64) -> Bench {
        let mut bench = Bench::function();
        bench.component.needs.insert(Need::WebSockets, None);
        bench.component.connection = Some(known(Duration::from_secs(hours * 3600)));
        bench
    }

    #[test]
    fn three_hours_are_too_long_for_the_gateway_and_one_is_not() {
        assert_eq!(chat(1).effects(&WebSockets), [Effect::Risk]);
        let found = chat(3).check(&WebSockets);
        assert_eq!(found[0].text, "holds connections for 3 h; closed at 2 h");
        assert_eq!(found[0].effect, Effect::Excludes);
    }

    #[test]
    fn a_platform_without_a_gateway_holds_them_for_days() {
        let bench = Bench { component: chat(72).component, ..Bench::cluster() };
        assert_eq!(bench.effects(&WebSockets), []);
    }

    #[test]
    fn messages_above_the_gateways_limit_are_out() {
        let mut bench = chat(1);
        bench.quotas.insert("aws-api-gateway/ws.message", 128.0);
        bench.component.request_bytes = known(Bytes::from_kib(100));
        assert_eq!(bench.effects(&WebSockets), [Effect::Risk]);
        bench.component.request_bytes = known(Bytes::from_kib(200));
        assert_eq!(bench.effects(&WebSockets), [Effect::Risk, Effect::Excludes]);
    }
}
