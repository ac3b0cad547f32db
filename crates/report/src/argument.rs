//! The argument for the answer as a tree: each claim with its number, where that comes from, and the claims it rests on.
//!
//! Every leaf is a line of a bill (with the price's source and date), a simulation (with its seed), a rule, a place in the
//! user's files, or a guess with how to replace it.

use model::{Accounting, Assumption, Chosen, Considered, Decision, InvoiceLine, Placement};
use serde::Serialize;
use source::SourceMap;
use units::Money;

use crate::parts;
use crate::words;

/// A claim of the argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// In words.
    pub claim: String,
    /// The number that is claimed, if any.
    pub number: Option<String>,
    /// Where number or claim come from, if they rest on nothing further.
    pub source: Option<String>,
    /// What it rests on.
    pub evidence: Vec<Claim>,
}

impl Claim {
    fn leaf(claim: impl Into<String>, number: Option<String>, source: Option<String>) -> Self {
        Self { claim: claim.into(), number, source, evidence: Vec::new() }
    }

    fn resting_on(
        claim: impl Into<String>,
        number: Option<String>,
        evidence: Vec<Self>,
    ) -> Option<Self> {
        (!evidence.is_empty()).then(|| Self { claim: claim.into(), number, source: None, evidence })
    }
}

/// The argument; `None` if nothing is feasible, where there is no answer to argue for.
pub fn of(decision: &Decision, sources: &SourceMap) -> Option<Claim> {
    let cost = decision.cost_month?.expected;
    let others = decision.considered.iter().filter(|c| c.chosen != Chosen::Yes);
    let cheapest = others.map(|c| against(decision, c)).collect();
    let placed = decision.placements.iter().map(|p| component(decision, sources, p)).collect();
    let sums = decision.invoices.iter().filter_map(|invoice| {
        let total = words::dollars(invoice.total());
        let shared = invoice.lines.iter().filter(|line| line.component.is_none()).map(line);
        let text = format!("what components share on the bill of {}", invoice.platform);
        Claim::resting_on(text, Some(format!("of {total}")), shared.collect())
    });
    let changes = parts::flips(decision)
        .map(|[scope, what, when]| Claim::leaf(format!("{scope} {what} {when}"), None, None));
    let guesses = decision.assumptions.iter().map(|a| guess(sources, a)).collect();
    let evidence = [
        Claim::resting_on("every other way costs more or cannot be gone", None, cheapest),
        Claim::resting_on(
            "each component stands where it costs least and keeps its goals",
            None,
            placed,
        ),
        Claim::resting_on("some things are paid once for several components", None, sums.collect()),
        Claim::resting_on(
            "it rests on guesses",
            decision.confidence.map(words::sureness).map(|s| format!("{s} sure")),
            guesses,
        ),
        Claim::resting_on("it would change", None, changes.collect()),
    ];
    Some(Claim {
        claim: parts::verdict(decision),
        number: Some(format!("{} a month", words::dollars(cost))),
        source: None,
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// As lines of text, each claim indented below what rests on it.
pub fn text(argument: &Claim) -> String {
    fn put(claim: &Claim, level: usize, out: &mut String) {
        let number = claim.number.as_ref().map(|n| format!(": {n}")).unwrap_or_default();
        let source = claim.source.as_ref().map(|s| format!("  [{s}]")).unwrap_or_default();
        let line = format!("{}{number}{source}", claim.claim);
        out.push_str(&"  ".repeat(level));
        out.push_str(&crate::text::clean(&line));
        out.push('\n');
        for below in &claim.evidence {
            put(below, level + 1, out);
        }
    }
    let mut out = String::new();
    put(argument, 0, &mut out);
    out
}

/// What another way costs more, or why it cannot be gone.
fn against(decision: &Decision, other: &Considered) -> Claim {
    let number = match (other.chosen, parts::delta(decision, other)) {
        (Chosen::Impossible, _) | (_, None) => "impossible".to_owned(),
        (_, Some(more)) => words::difference(more),
    };
    let reasons = other.why_not.iter().map(|reason| {
        let source = reason.rule.map(|rule| format!("rule {rule}"));
        let bill = (other.chosen == Chosen::Beaten).then(|| "its bill, simulated alike".to_owned());
        Claim::leaf(reason.text.clone(), None, source.or(bill))
    });
    Claim {
        claim: other.name.clone(),
        number: Some(number),
        source: None,
        evidence: reasons.collect(),
    }
}

fn component(decision: &Decision, sources: &SourceMap, placement: &Placement) -> Claim {
    let id = &placement.component;
    let mut evidence: Vec<Claim> = Vec::new();
    for reason in placement.why() {
        let place = parts::place(sources, reason.span);
        let rule = reason.rule.map(|rule| format!("rule {rule}"));
        let source: Vec<String> = rule.into_iter().chain(place).collect();
        let source = (!source.is_empty()).then(|| source.join(", "));
        let claim = Claim::leaf(reason.text.clone(), None, source);
        if !evidence.contains(&claim) {
            evidence.push(claim);
        }
    }
    evidence.extend(latency(decision, placement));
    let lines = decision.invoices.iter().flat_map(|invoice| &invoice.lines);
    let own: Vec<&InvoiceLine> =
        lines.filter(|line| line.component.as_deref() == Some(id)).collect();
    let sum: Money = own.iter().map(|line| line.amount).sum();
    let billed = own.into_iter().map(line).collect();
    evidence.extend(Claim::resting_on(
        "lines of the bill that are its own",
        Some(words::dollars(sum)),
        billed,
    ));
    evidence.extend(Claim::resting_on("other places were tried", None, elsewhere(decision, id)));
    Claim {
        claim: format!("{id} on {}, {}", placement.platform, placement.config),
        number: Some(format!(
            "{} with its share of what is shared",
            words::dollars(placement.cost_month)
        )),
        source: None,
        evidence,
    }
}

fn latency(decision: &Decision, placement: &Placement) -> Option<Claim> {
    let latency = placement.latency?;
    let played = decision.accounting.iter().find(|a| a.component == placement.component);
    let source = played.map(|a: &Accounting| {
        format!(
            "{} requests replayed, {}, seed {}",
            words::grouped(a.arrivals),
            a.replayed,
            decision.provenance.seed
        )
    });
    let cold = placement.cold_fraction.map(|cold| format!(", {} cold", words::share(cold)));
    let number = format!("p50 {}, p99 {}{}", latency.p50, latency.p99, cold.unwrap_or_default());
    Some(Claim::leaf("what clients wait", Some(number), source))
}

/// The best option of each other platform, or why the platform is out.
fn elsewhere(decision: &Decision, id: &str) -> Vec<Claim> {
    let mut platforms = Vec::new();
    let mut claims = Vec::new();
    let others = decision.options.iter().filter(|o| o.component == id && o.outcome != Chosen::Yes);
    let mut sorted: Vec<_> = others.collect();
    sorted.sort_by_key(|o| (o.outcome, o.cost_month));
    for option in sorted {
        if platforms.contains(&option.platform) {
            continue;
        }
        platforms.push(option.platform);
        let number = match option.outcome {
            Chosen::Impossible => Some("impossible".to_owned()),
            _ => option.cost_month.map(|cost| format!("{} alone", words::dollars(cost))),
        };
        let rule = option.why_not.iter().find_map(|r| r.rule).map(|rule| format!("rule {rule}"));
        let why: Vec<&str> = option.why_not.iter().take(2).map(|r| r.text.as_str()).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
        claims.push(Claim::leaf(format!("{}{why}", option.platform), number, rule));
    }
    claims
}

/// `900,000 requests × $0.0000002 = $0.18`, with the price's source.
fn line(line: &InvoiceLine) -> Claim {
    let number = format!(
        "{} {} × {} = {}",
        words::quantity(line.quantity.to_f64()),
        line.unit,
        words::unit_price(line.unit_price.money()),
        words::dollars(line.amount)
    );
    let source = match line.date {
        Some(date) => format!("{}, seen {date}", line.source),
        None => line.source.clone(),
    };
    Claim::leaf(line.item.clone(), Some(number), Some(source))
}

fn guess(sources: &SourceMap, assumption: &Assumption) -> Claim {
    let text = format!("{}: {}", assumption.subject, parts::assumption(assumption));
    let place = parts::place(sources, assumption.span);
    let source = place.unwrap_or_else(|| parts::origin(assumption.origin).to_owned());
    let remedy = Claim::leaf(assumption.remedy.clone(), None, None);
    let evidence = if assumption.remedy.is_empty() { Vec::new() } else { vec![remedy] };
    Claim { claim: text, number: None, source: Some(source), evidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn leaves<'c>(claim: &'c Claim, out: &mut Vec<&'c Claim>) {
        if claim.evidence.is_empty() {
            out.push(claim);
        }
        for below in &claim.evidence {
            leaves(below, out);
        }
    }

    #[test]
    fn every_line_of_the_bills_is_a_leaf_with_its_source() {
        let (plan, sources) = sample::decision();
        let argument = of(&plan, &sources).unwrap();
        let mut all = Vec::new();
        leaves(&argument, &mut all);
        let priced =
            all.iter().filter(|leaf| leaf.number.as_ref().is_some_and(|n| n.contains(" × ")));
        let priced: Vec<&&Claim> = priced.collect();
        let lines = plan.invoices.iter().map(|invoice| invoice.lines.len()).sum::<usize>();
        assert_eq!(priced.len(), lines);
        assert!(priced.iter().all(|leaf| leaf.source.is_some()));
    }

    #[test]
    fn it_is_told_top_down_and_nothing_feasible_is_no_argument() {
        let (plan, sources) = sample::decision();
        let text = text(&of(&plan, &sources).unwrap());
        assert!(text.starts_with("Hybrid: "), "{text}");
        assert!(text.contains("\n    all Kubernetes: +"), "{text}");
        assert!(text.contains("[rule CR021]"), "{text}");
        let (stuck, sources) = sample::infeasible();
        assert_eq!(of(&stuck, &sources), None);
    }
}
