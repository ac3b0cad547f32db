//! The pieces that terminal, Markdown and HTML have in common: the same tables, the same sentences.

use model::{
    Accounting, Assumption, Chosen, Considered, Decision, Flip, FlipVariable, Invoice, LeftOut,
    OptionTried, OriginKind, Reason,
};
use source::{Finding, Severity, SourceMap, Span};
use units::{Money, Share};

use crate::style::Tone;
use crate::table::{Align, Cell, Table};
use crate::words::{self, NOTHING};
use crate::{gathered, latency};

/// A mix that saves no more than this share is worth a thought.
const LITTLE: f64 = 0.1;
/// How sure an answer must be that nothing is said of what it costs where it is wrong.
const UNSURE: f64 = 0.9;
/// Warnings about what the team asked for that stand beside the answer.
const WISHED_MOST: usize = 4;

/// A reason with the rule that decided: `chat holds sockets for hours (CR021)`.
pub(crate) fn reason(reason: &Reason) -> String {
    match reason.rule {
        Some(rule) if !reason.text.contains(rule) => format!("{} ({rule})", reason.text),
        _ => reason.text.clone(),
    }
}

/// Several reasons in a row.
pub(crate) fn reasons(all: &[Reason]) -> String {
    all.iter().map(reason).collect::<Vec<_>>().join("; ")
}

/// What the plan was made for: `shop · aws/us-east-1 · 4 components · 3.4 M requests a month`.
pub(crate) fn header(decision: &Decision) -> String {
    let app = &decision.app;
    let requests = format!("{} requests a month", words::count(app.requests_month as f64));
    let components = words::plural(app.components, "component");
    [app.name.clone(), app.region.clone(), components, requests].join(" · ")
}

/// The answer in a sentence: `Hybrid: Lambda for api and thumb, one small server for chat`.
pub(crate) fn verdict(decision: &Decision) -> String {
    match decision.verdict {
        Some(verdict) if decision.headline.is_empty() => verdict.name().to_owned(),
        Some(verdict) => format!("{}: {}", verdict.name(), decision.headline),
        None => "Nothing can hold this app as it is declared".to_owned(),
    }
}

/// The range of the cost and how sure the choice is: `$98 to $141 · 80 % sure to stay the cheapest`.
pub(crate) fn range(decision: &Decision) -> Option<String> {
    let cost = decision.cost_month?;
    let (low, high) = (words::rough_dollars(cost.low), words::rough_dollars(cost.high));
    let range = (low != high).then(|| format!("{low} to {high}"));
    let sure =
        decision.confidence.map(|c| format!("{} sure to stay the cheapest", words::sureness(c)));
    let parts: Vec<String> = range.into_iter().chain(sure).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// How often it keeps its promises, where that is in doubt.
fn holds(decision: &Decision) -> Option<String> {
    let holds = decision.holds.filter(|holds| holds.get() < 0.995)?;
    Some(format!("It keeps its promises in {} of the cases drawn", words::whole_percent(holds)))
}

/// For how long it stays the cheapest as loads grow.
fn outlook(decision: &Decision) -> Option<String> {
    let outlook = decision.outlook?;
    let months = words::plural(outlook.months as usize, "month");
    if outlook.cheapest.get() >= 1.0 {
        return Some(format!(
            "With the growth declared it still is the cheapest in {months} in all cases drawn"
        ));
    }
    let ends = outlook.ends.map_or_else(String::new, |(early, late)| {
        let when = if early == late { format!("{early}") } else { format!("{early} to {late}") };
        format!("; where it ceases to be, it mostly does in month {when}")
    });
    Some(format!(
        "With the growth declared it still is the cheapest in {months} in {} of the cases drawn{ends}",
        words::whole_percent(outlook.cheapest)
    ))
}

/// How much is at stake where the answer may not stay the cheapest: what it costs more than the best of each case.
fn regret(decision: &Decision) -> Option<String> {
    decision.confidence.filter(|sure| sure.get() < UNSURE)?;
    let own = decision.considered.iter().find(|c| c.chosen == Chosen::Yes)?.regret_month?;
    // Where it is only its promises that are in doubt, the line before says so.
    if own.cents() == 0 {
        return None;
    }
    let others = beaten(decision)
        .filter_map(|c| Some(format!("{} {}", c.name, words::rough_dollars(c.regret_month?))));
    let others: Vec<String> = others.collect();
    let others =
        if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    Some(format!(
        "On average over what may be, it costs {} a month more than the cheapest of each case{others}",
        words::dollars(own)
    ))
}

/// What to measure first and what it would buy.
fn measurement(decision: &Decision) -> Option<String> {
    let measure = decision.measure_first.as_ref()?;
    let (today, then) =
        (words::sureness(decision.confidence?), words::sureness(measure.confidence));
    let (what, how) = (&measure.subject, &measure.remedy);
    Some(format!("Measured first, {what} would make {today} sure about {then}: {how}"))
}

/// One row a region, where several were compared: what is only estimated says so.
pub(crate) fn regions(decision: &Decision) -> Table {
    let mut table = Table::new(&[
        ("region", Align::Left),
        ("a month", Align::Decimal),
        ("difference", Align::Decimal),
        ("where the components go", Align::Left),
    ]);
    let best = decision.regions.first().and_then(|region| region.cost_month);
    for region in &decision.regions {
        let cost = region.cost_month.map(|cost| {
            let estimated = if region.simulated { "" } else { "≈ " };
            format!("{estimated}{}", words::dollars(cost))
        });
        let difference = match (region.chosen, region.cost_month, best) {
            (Chosen::Yes, ..) => "chosen".to_owned(),
            (_, Some(cost), Some(best)) => words::difference(cost - best),
            _ => NOTHING.to_owned(),
        };
        let place = match region.chosen {
            Chosen::Impossible => reasons(&region.why_not),
            _ => region.placement.clone(),
        };
        let cost = cost.unwrap_or_else(|| "impossible".to_owned());
        table.row([region.region.clone(), cost, difference, place]);
    }
    table
}

/// One row a component.
pub(crate) fn placements(decision: &Decision) -> Table {
    let mut table = Table::new(&[
        ("component", Align::Left),
        ("where", Align::Left),
        ("configuration", Align::Left),
        ("$/month", Align::Decimal),
        ("p50", Align::Right),
        ("p95", Align::Right),
        ("p99", Align::Right),
        ("cold", Align::Decimal),
        ("decided by", Align::Left),
    ]);
    for p in &decision.placements {
        table.row([
            Cell::toned(&p.component, Tone::Strong),
            p.platform.0.into(),
            p.config.as_str().into(),
            words::amount(p.cost_month).into(),
            words::latency(p.latency.map(|l| l.p50)).into(),
            words::latency(p.latency.map(|l| l.p95)).into(),
            words::latency(p.latency.map(|l| l.p99)).into(),
            cold(p.cold_fraction).into(),
            reason(&p.decided_by).into(),
        ]);
    }
    table
}

fn cold(fraction: Option<Share>) -> String {
    fraction.map_or_else(|| NOTHING.to_owned(), words::share)
}

/// The alternatives that are not the answer.
pub(crate) fn beaten(decision: &Decision) -> impl Iterator<Item = &Considered> {
    decision.considered.iter().filter(|c| c.chosen != Chosen::Yes)
}

/// How much more than the answer an alternative costs, if both have a price.
pub(crate) fn delta(decision: &Decision, other: &Considered) -> Option<Money> {
    Some(other.cost_month? - decision.cost_month?.expected)
}

/// The flips worth saying: a component's that is also the whole app's is said once.
pub(crate) fn flips(decision: &Decision) -> impl Iterator<Item = [String; 3]> {
    let mut worth: Vec<&Flip> = worth_saying(&decision.flips).collect();
    // The nearest first: it is what may happen next.
    let far = |f: &Flip| f.factor.max(1e-12).ln().abs();
    worth.sort_by(|a, b| a.variable.cmp(&b.variable).then(far(a).total_cmp(&far(b))));
    gathered::flips(worth.into_iter().map(flip).collect()).into_iter()
}

/// The same before they are put in words.
pub(crate) fn worth_saying(flips: &[Flip]) -> impl Iterator<Item = &Flip> {
    let whole: Vec<&Flip> = flips.iter().filter(|f| f.scope.is_none()).collect();
    let said = move |f: &Flip| {
        f.scope.is_some() && whole.iter().any(|w| w.variable == f.variable && w.at == f.at)
    };
    flips.iter().filter(move |f| !said(f))
}

/// When the answer changes, in three parts: `api`, `moves to servers`, `above 31 M requests a month (9×
/// today; 7× to 12×)`.
pub(crate) fn flip(flip: &Flip) -> [String; 3] {
    let scope = flip.scope.clone().unwrap_or_else(|| "all".to_owned());
    // Below today's value one comes from above, so that the answer there is `from`.
    let upward = flip.factor >= 1.0;
    let (to, side) = if upward { (&flip.to, "above") } else { (&flip.from, "below") };
    let said = ["above ", "below ", "if ", "with ", "under ", "over "];
    let at = if said.iter().any(|word| flip.at.starts_with(word)) {
        flip.at.clone()
    } else {
        format!("{side} {}", flip.at)
    };
    let of = match flip.variable {
        FlipVariable::Traffic => "today",
        FlipVariable::Price => "today's price",
        FlipVariable::Slo => "the limit",
        FlipVariable::CpuTime | FlipVariable::Duration | FlipVariable::WaitTime => "today's time",
        FlipVariable::Memory => "today's memory",
        FlipVariable::PackageSize => "today's size",
    };
    let factor = format!("{} {of}", words::factor(flip.factor));
    // A band that reads as one number is none.
    let band = flip.band.map(|(low, high)| (words::factor(low), words::factor(high)));
    let band = band.filter(|(low, high)| low != high);
    let band = band.map(|(low, high)| format!("; {low} to {high}")).unwrap_or_default();
    [scope, format!("moves to {to}"), format!("{at} ({factor}{band})")]
}

/// What an assumption is and does: `0.9 s, assumed; at 3 s p99 breaks 2 s`.
pub(crate) fn assumption(assumption: &Assumption) -> String {
    let value = match untold_origin(assumption) {
        "" => assumption.value.clone(),
        origin => format!("{}, {origin}", assumption.value),
    };
    if assumption.effect.is_empty() { value } else { format!("{value}; {}", assumption.effect) }
}

/// Where an assumption's value comes from; empty if the value says so itself.
pub(crate) fn untold_origin(assumption: &Assumption) -> &'static str {
    let told = ["assumed", "declared", "measured"];
    if told.iter().any(|word| assumption.value.contains(word)) {
        ""
    } else {
        origin(assumption.origin)
    }
}

/// Where a value comes from, in words.
pub(crate) const fn origin(kind: OriginKind) -> &'static str {
    match kind {
        OriginKind::Declared => "declared",
        OriginKind::Measured => "measured",
        OriginKind::PlatformDefault => "the platform's default",
        OriginKind::Assumed => "assumed",
    }
}

/// What something left out would add: `adds $3.40 to all Lambda; break-even then 34 M requests a month`.
pub(crate) fn left_out(left_out: &LeftOut) -> String {
    let something = left_out.adds.iter().filter(|(_, money)| money.cents() != 0);
    let adds: Vec<String> =
        something.map(|(name, m)| format!("{} to {name}", words::dollars(*m))).collect();
    let mut parts = Vec::new();
    if !adds.is_empty() {
        parts.push(format!("adds {}", adds.join(", ")));
    } else if !left_out.adds.is_empty() {
        parts.push("adds nothing".to_owned());
    }
    if let Some(at) = &left_out.break_even {
        parts.push(format!("break-even then at {at}"));
    }
    if !left_out.note.is_empty() {
        parts.push(left_out.note.clone());
    }
    parts.join("; ")
}

/// Hours of work by alternative.
pub(crate) fn operating(decision: &Decision) -> Table {
    let mut table = Table::new(&[
        ("alternative", Align::Left),
        ("hours", Align::Decimal),
        ("$/month", Align::Decimal),
        ("basis", Align::Left),
    ]);
    for o in &decision.operating {
        table.row([
            o.name.clone(),
            words::hours(o.hours),
            words::amount(o.cost_month),
            o.basis.clone(),
        ]);
    }
    table
}

/// Every request of every component.
pub(crate) fn accounting(decision: &Decision) -> Table {
    let mut table = Table::new(&[
        ("component", Align::Left),
        ("arrived", Align::Right),
        ("served", Align::Right),
        ("rejected", Align::Right),
        ("in flight", Align::Right),
        ("unaccounted", Align::Right),
        ("replayed", Align::Left),
    ]);
    for a in &decision.accounting {
        let lost = unaccounted(a);
        table.row([
            Cell::from(&a.component),
            words::grouped(a.arrivals).into(),
            words::grouped(a.served).into(),
            Cell::toned(words::grouped(a.rejected), alarm(a.rejected.into())),
            words::grouped(a.in_flight).into(),
            Cell::toned(lost.to_string(), alarm(lost)),
            a.replayed.as_str().into(),
        ]);
    }
    table
}

fn alarm(n: i128) -> Tone {
    if n == 0 { Tone::Plain } else { Tone::Bad }
}

/// Arrivals that were neither served, rejected nor in flight; anything but 0 is a bug of ours.
pub(crate) fn unaccounted(a: &Accounting) -> i128 {
    i128::from(a.arrivals) - i128::from(a.served) - i128::from(a.rejected) - i128::from(a.in_flight)
}

/// The sums over all components in a sentence.
pub(crate) fn accounting_line(decision: &Decision) -> Option<String> {
    let all = &decision.accounting;
    if all.is_empty() {
        return None;
    }
    let sum = |f: fn(&Accounting) -> u64| -> u64 { all.iter().map(f).sum() };
    let lost: i128 = all.iter().map(unaccounted).sum();
    let (arrivals, served) = (sum(|a| a.arrivals), sum(|a| a.served));
    let parts = format!(
        "{} = {} served + {} rejected + {} in flight",
        words::grouped(arrivals),
        words::grouped(served),
        words::grouped(sum(|a| a.rejected)),
        words::grouped(sum(|a| a.in_flight)),
    );
    Some(if all.iter().all(|a| unaccounted(a) == 0) {
        format!("Every request accounted for: {parts}")
    } else {
        format!("{lost} requests are not accounted for (a bug of ours): {parts}")
    })
}

/// Options tried, for one component or for all.
pub(crate) fn options<'a>(options: impl Iterator<Item = &'a OptionTried>) -> Table {
    let mut table = Table::new(&[
        ("component", Align::Left),
        ("where", Align::Left),
        ("configuration", Align::Left),
        ("$/month", Align::Decimal),
        ("p99", Align::Right),
        ("cold", Align::Decimal),
        ("outcome", Align::Left),
    ]);
    for o in options {
        let (outcome, tone) = match o.outcome {
            Chosen::Yes => ("chosen".to_owned(), Tone::Good),
            Chosen::Beaten => (reasons(&o.why_not), Tone::Plain),
            Chosen::Impossible => (format!("impossible: {}", reasons(&o.why_not)), Tone::Bad),
        };
        table.row([
            Cell::from(&o.component),
            o.platform.0.into(),
            o.config.as_str().into(),
            o.cost_month.map_or_else(|| NOTHING.to_owned(), words::amount).into(),
            words::latency(o.latency.map(|l| l.p99)).into(),
            cold(o.cold_fraction).into(),
            Cell::toned(outcome, tone),
        ]);
    }
    table
}

/// The components that no option holds, with what each platform says; configurations that fail alike count
/// once. Empty if every component has a place of its own and they only do not fit together.
pub(crate) fn stuck(decision: &Decision) -> Vec<(String, Vec<(String, String)>)> {
    let mut names: Vec<&str> = decision.options.iter().map(|o| o.component.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut out = Vec::new();
    for name in names {
        let tried = || decision.options.iter().filter(|o| o.component == name);
        if tried().any(|o| o.outcome != Chosen::Impossible) {
            continue;
        }
        let mut refusals: Vec<(String, String)> = Vec::new();
        for option in tried() {
            let refusal = (option.platform.0.to_owned(), reasons(&option.why_not));
            if !refusals.contains(&refusal) {
                refusals.push(refusal);
            }
        }
        out.push((name.to_owned(), refusals));
    }
    out
}

/// The lines of one bill.
pub(crate) fn invoice(invoice: &Invoice) -> Table {
    let mut table = Table::new(&[
        ("item", Align::Left),
        ("for", Align::Left),
        ("quantity", Align::Decimal),
        ("unit", Align::Left),
        ("unit price", Align::Decimal),
        ("$/month", Align::Decimal),
        ("source", Align::Left),
        ("seen", Align::Left),
    ]);
    for line in &invoice.lines {
        table.row([
            line.item.clone(),
            line.component.clone().unwrap_or_else(|| "shared".to_owned()),
            words::quantity(line.quantity.to_f64()),
            line.unit.clone(),
            words::unit_price(line.unit_price.money()),
            words::amount(line.amount),
            line.source.clone(),
            line.date.map_or_else(|| NOTHING.to_owned(), |d| d.to_string()),
        ]);
    }
    table
}

/// What the free tier and an existing cluster would change, a sentence each.
pub(crate) fn remarks(decision: &Decision) -> Vec<String> {
    let free = decision.free_tier_would_save.filter(|m| m.cents() > 0).map(|m| {
        format!(
            "An unused free tier would take off {} a month; it is not counted here",
            words::dollars(m)
        )
    });
    let marginal = decision.marginal_cost_month.map(|m| {
        format!(
            "On the existing cluster the Kubernetes side adds {} a month at the margin",
            words::dollars(m)
        )
    });
    // How far the answer is from proven, what was not looked at and what discounts are worth belong beside the answer.
    let unsure = decision
        .findings
        .iter()
        .filter(|f| ["DE003", "DE004", "DE005", "DE006", "DE007", "DE010"].contains(&f.id));
    let unsure = unsure.map(|finding| {
        let mut letters = finding.message.chars();
        letters.next().map_or_else(String::new, |first| {
            format!("{}{}", first.to_uppercase(), letters.as_str())
        })
    });
    let measure = measurement(decision);
    let holds = holds(decision);
    free.into_iter()
        .chain(simpler(decision))
        .chain(marginal)
        .chain(holds)
        .chain(outlook(decision))
        .chain(regret(decision))
        .chain(measure)
        .chain(latency::sentence(decision))
        .chain(unsure)
        .chain(wished(decision))
        .collect()
}

/// A mix that saves little against one kind of place, whose price in hours nobody declared.
fn simpler(decision: &Decision) -> Option<String> {
    let mix = decision.verdict == Some(model::Verdict::Hybrid);
    if !mix || decision.considered.iter().any(|c| c.operating_hours.is_some()) {
        return None;
    }
    let cost = decision.cost_month?.expected;
    let one = beaten(decision).filter(|c| c.chosen == Chosen::Beaten);
    let (more, name) = one.filter_map(|c| Some((delta(decision, c)?, &c.name))).min()?;
    let share = more.dollars() / cost.dollars().max(1e-9);
    (share <= LITTLE && more >= Money::ZERO).then(|| {
        format!(
            "One kind of place to run instead of a mix, {name}, costs {} more a month ({:.0} %); `team` in the definition \
             weighs the hours that each takes",
            words::dollars(more),
            share * 100.0
        )
    })
}

/// What the team asked for and should know of: closed platforms, interruptible capacity.
fn wished(decision: &Decision) -> Vec<String> {
    let risky = |f: &&Finding| ["CR041", "CR056"].contains(&f.id) && f.severity > Severity::Note;
    let all: Vec<&Finding> = decision.findings.iter().filter(risky).collect();
    let mut lines: Vec<String> =
        all.iter().take(WISHED_MOST).map(|f| format!("{} ({})", f.message, f.id)).collect();
    if all.len() > WISHED_MOST {
        lines.push(format!("and {} more of these", all.len() - WISHED_MOST));
    }
    lines
}

/// Seed, prices, catalogue: what somebody needs to get the same bytes again.
pub(crate) fn provenance(decision: &Decision) -> Vec<String> {
    let p = &decision.provenance;
    let catalog = words::hash_prefix(&p.catalog_sha256);
    let prices = if p.as_of == p.prices_observed {
        format!("prices of {} (catalog {catalog})", p.as_of)
    } else {
        format!(
            "prices in force on {}, observed {} (catalog {catalog})",
            p.as_of, p.prices_observed
        )
    };
    vec![format!("seed {}", p.seed), prices]
}

/// `path:line` of a place.
pub(crate) fn place(sources: &SourceMap, span: Option<Span>) -> Option<String> {
    span.map(|span| sources.place(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_that_reads_as_one_number_is_not_told() {
        let said = |band| {
            let turn = Flip {
                scope: Some("api".to_owned()),
                variable: FlipVariable::Memory,
                factor: 1.42,
                at: "a memory of 710 MB".to_owned(),
                band,
                from: "servers".to_owned(),
                to: "Lambda".to_owned(),
            };
            flip(&turn).join(" ")
        };
        let short = "api moves to Lambda above a memory of 710 MB (1.4× today's memory)";
        assert_eq!(said(Some((1.41, 1.43))), short);
        assert_eq!(said(None), short);
        assert!(said(Some((1.2, 1.8))).ends_with("(1.4× today's memory; 1.2× to 1.8×)"));
    }
}
