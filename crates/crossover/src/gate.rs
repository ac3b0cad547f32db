//! `--fail-on`: conditions that turn an answer into a failed build.

use std::fmt;

use model::{Chosen, Decision, FlipVariable};
use units::{Duration, Money};

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Gate {
    /// The answer costs more than this a month.
    Cost(Money),
    /// A component's p99 is above this.
    P99(Duration),
    /// The answer changes below this factor of today's traffic.
    Flip(f64),
    /// Nothing is feasible. (Then the exit code is 3 in any case; the gate only names it.)
    Infeasible,
    /// This rule excluded or warned about something in the chosen placement or its alternatives.
    Rule(String),
}

impl Gate {
    /// Reads `cost>500`, `p99>300ms`, `flip<2`, `infeasible`, `CR021`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let bad = |why: &str| {
            format!(
                "`{text}` is not a gate: {why}; write `cost>500`, `p99>300ms`, `flip<2`, `infeasible` or a rule such as `CR021`"
            )
        };
        if let Some((name, value)) = text.split_once('>') {
            return match name.trim() {
                "cost" => Money::parse(value).map(Self::Cost).map_err(|e| bad(&e.message)),
                "p99" => Duration::parse(value).map(Self::P99).map_err(|e| bad(&e.message)),
                _ => Err(bad("only cost and p99 have an upper limit")),
            };
        }
        if let Some((name, value)) = text.split_once('<') {
            let factor = value.trim().parse().ok().filter(|f: &f64| f.is_finite() && *f > 0.0);
            return match (name.trim(), factor) {
                ("flip", Some(factor)) => Ok(Self::Flip(factor)),
                ("flip", None) => Err(bad("the factor is not a positive number")),
                _ => Err(bad("only flip has a lower limit")),
            };
        }
        if text == "infeasible" {
            return Ok(Self::Infeasible);
        }
        let upper = text.to_ascii_uppercase();
        match upper.strip_prefix("CR") {
            Some(digits) if digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Self::Rule(upper))
            }
            _ => Err(bad("unknown name")),
        }
    }

    /// Why the gate trips on this answer; `None` if it does not.
    pub(crate) fn trips(&self, decision: &Decision) -> Option<String> {
        match self {
            Self::Cost(limit) => {
                let cost = decision.cost_month?.expected;
                (cost > *limit)
                    .then(|| format!("the answer costs {cost} a month, more than {limit}"))
            }
            Self::P99(limit) => decision.placements.iter().find_map(|p| {
                let p99 = p.latency.as_ref()?.p99;
                (p99 > *limit)
                    .then(|| format!("{} answers in {p99} at p99, more than {limit}", p.component))
            }),
            Self::Flip(factor) => {
                let near = decision
                    .flips
                    .iter()
                    .filter(|f| f.variable == FlipVariable::Traffic && f.factor >= 1.0)
                    .filter(|f| f.is_of_the_answer());
                let nearest = near.min_by(|a, b| a.factor.total_cmp(&b.factor))?;
                (nearest.factor < *factor).then(|| {
                    format!(
                        "the answer changes at {:.2}× today's traffic, below {factor}×",
                        nearest.factor
                    )
                })
            }
            Self::Infeasible => {
                decision.verdict.is_none().then(|| "no placement is feasible".to_owned())
            }
            Self::Rule(id) => {
                let in_placement = decision.placements.iter().flat_map(|p| &p.reasons);
                let refused = decision.options.iter().filter(|o| o.outcome == Chosen::Impossible);
                let in_options = refused.flat_map(|o| &o.why_not);
                let reason = in_placement.chain(in_options).find(|r| r.rule == Some(id.as_str()));
                let finding = decision.findings.iter().find(|f| f.id == id.as_str());
                reason
                    .map(|r| format!("{id}: {}", r.text))
                    .or_else(|| finding.map(|f| format!("{id}: {}", f.message)))
            }
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cost(limit) => write!(f, "cost>{}", limit.to_decimal()),
            Self::P99(limit) => write!(f, "p99>{limit}"),
            Self::Flip(factor) => write!(f, "flip<{factor}"),
            Self::Infeasible => f.write_str("infeasible"),
            Self::Rule(id) => f.write_str(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_read_as_people_write_them() {
        assert_eq!(Gate::parse("cost>500"), Ok(Gate::Cost(Money::from_cents(50_000))));
        assert_eq!(Gate::parse("cost > $12.50"), Ok(Gate::Cost(Money::from_cents(1_250))));
        assert_eq!(Gate::parse("p99>300ms"), Ok(Gate::P99(Duration::from_millis(300))));
        assert_eq!(Gate::parse("flip<2"), Ok(Gate::Flip(2.0)));
        assert_eq!(Gate::parse("cr021"), Ok(Gate::Rule("CR021".to_owned())));
    }

    #[test]
    fn other_things_are_refused_with_a_remedy() {
        for bad in
            ["cost", "cost>lots", "cost<5", "p99>300", "flip<-1", "flip<nan", "CR1", "CRxyz", ""]
        {
            let message = Gate::parse(bad).unwrap_err();
            assert!(message.contains("cost>500"), "{bad}: {message}");
        }
    }
}
