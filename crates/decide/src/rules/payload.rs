//! # A body is larger than the platform passes on
//!
//! ## What it checks
//! The largest request body, and the average answer, against the platform's largest payload.
//!
//! ## Why it matters
//! A body over the limit is refused with an error. The usual way out is to hand the bytes over through object storage
//! with a signed address; answers can also be streamed. Both mean changing the program.
//!
//! ## Evidence
//! The declared `request_bytes` and `response_bytes`; assumed sizes never exclude.
//!
//! ## Source
//! Catalogue rows aws-lambda/payload.sync (6 MB each way), aws-lambda/payload.async (1 MB),
//! aws-lambda/payload.stream_response (200 MB), aws-api-gateway/payload (10 MB).

use model::Fact;
use units::Bytes;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Payload;

impl Rule for Payload {
    fn about(&self) -> About {
        About {
            id: RuleId("CR023"),
            title: "a body is larger than the platform passes on",
            hardness: Hardness::Hard,
            origin: &["N4"],
            file: include_str!("payload.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(limit) = &case.limits.payload_max else { return };
        let bodies: [(&Fact<Bytes>, &str, &str); 2] = [
            (
                &case.component.request_bytes,
                "takes requests of",
                "let clients upload to object storage with a signed address",
            ),
            (
                &case.component.response_bytes,
                "answers with",
                "answer with a signed address in object storage, or stream the answer",
            ),
        ];
        for (fact, what, hint) in bodies {
            let Some(size) = fact.get().filter(|&size| fact.is_known() && size > limit.value)
            else {
                continue;
            };
            let text = format!("{what} {size}; {} passes on {}", case.name, limit.value);
            let span = fact.origin().and_then(|origin| origin.span);
            found.push(self.found(Effect::Excludes, text).at(span).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};

    #[test]
    fn a_twenty_megabyte_upload_does_not_pass_a_function() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&Payload), []);
        bench.component.request_bytes = known(Bytes::from_mib(20));
        assert_eq!(bench.effects(&Payload), [Effect::Excludes]);
    }

    #[test]
    fn a_size_that_we_only_assumed_excludes_nothing() {
        let mut bench = Bench::function();
        bench.component.response_bytes = Fact::assumed(Bytes::from_mib(20), "a guess");
        assert_eq!(bench.effects(&Payload), []);
    }
}
