//! The page of a plan, as its template wants it.

use model::Decision;
use serde::Serialize;
use source::{Finding, SourceMap, Span};

use crate::argument::{self, Claim};
use crate::findings;
use crate::gathered;
use crate::html::components::{self, ComponentCharts, Section};
use crate::html::cost::{self, Alternative, CostChart, MoneyChart};
use crate::html::sliders::{self, Sliders};
use crate::html::table::{self, View};
use crate::parts;
use crate::words;

/// Findings on the page; the rest is counted.
const FINDINGS_MOST: usize = 200;
/// Characters of a source line that a finding shows.
const EXCERPT_MOST: usize = 160;

/// What the charts of the page draw.
#[derive(Serialize)]
pub(super) struct Charts {
    cost: Option<CostChart>,
    money: Option<MoneyChart>,
    components: Vec<ComponentCharts>,
    sliders: Option<Sliders>,
}

/// All charts.
pub(super) fn charts(decision: &Decision) -> Charts {
    Charts {
        cost: cost::chart(decision),
        money: cost::money(decision),
        components: components::charts(decision),
        sliders: sliders::data(decision),
    }
}

/// Everything on the page that is text.
#[derive(Serialize)]
pub(super) struct Page {
    title: String,
    app: String,
    facts: Vec<String>,
    traffic: String,
    verdict: &'static str,
    headline: String,
    feasible: bool,
    money: Option<Money>,
    remarks: Vec<String>,
    placements: Option<View>,
    alternatives: Vec<Alternative>,
    regions: Option<View>,
    stuck: Vec<Stuck>,
    has_cost_chart: bool,
    crossings: Vec<String>,
    cost_table: Option<View>,
    flips: Vec<[String; 3]>,
    what_if: Option<View>,
    argument: Option<Claim>,
    has_money_chart: bool,
    bills: Vec<Bill>,
    components: Vec<Section>,
    assumptions: Vec<Guess>,
    left_out: Vec<(String, String)>,
    operating: Option<View>,
    accounted: Option<String>,
    accounting: Option<View>,
    options: Option<View>,
    findings: Vec<Found>,
    findings_summary: String,
    findings_hidden: usize,
    provenance: Vec<(String, String)>,
    inputs: Vec<(String, String)>,
}

/// The cost, and where it lies between low and high.
#[derive(Serialize)]
struct Money {
    expected: String,
    low: String,
    high: String,
    /// Place of the expected cost on a line from low to high, in per cent.
    at: String,
    sure: Option<String>,
    ranged: bool,
}

/// A component that has no place.
#[derive(Serialize)]
struct Stuck {
    name: String,
    refusals: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Bill {
    platform: String,
    total: String,
    lines: Option<View>,
}

#[derive(Serialize)]
struct Guess {
    subject: String,
    value: String,
    origin: &'static str,
    effect: String,
    changes_answer: bool,
    remedy: String,
    place: Option<String>,
}

#[derive(Serialize)]
struct Found {
    id: &'static str,
    severity: &'static str,
    message: String,
    place: Option<String>,
    excerpt: Option<String>,
    hint: Option<String>,
}

/// The page of `decision`.
pub(super) fn page(decision: &Decision, sources: &SourceMap) -> Page {
    let d = decision;
    let cost_chart = cost::chart(d);
    let facts = [
        d.app.region.clone(),
        words::plural(d.app.components, "component"),
        format!("{} requests a month", words::count(d.app.requests_month as f64)),
    ];
    Page {
        title: format!(
            "{}: {}",
            d.app.name,
            d.verdict.map_or("no feasible placement", |v| v.name())
        ),
        app: d.app.name.clone(),
        facts: facts.to_vec(),
        traffic: d.app.traffic.clone(),
        verdict: d.verdict.map_or("No feasible placement", model::Verdict::name),
        headline: if d.verdict.is_some() { d.headline.clone() } else { parts::verdict(d) },
        feasible: d.verdict.is_some(),
        money: money(d),
        remarks: parts::remarks(d),
        placements: table::view("Where each component goes", &parts::placements(d)),
        alternatives: cost::alternatives(d),
        regions: table::view(
            "Regions that were compared; ≈ is by closed form only",
            &parts::regions(d),
        ),
        stuck: stuck(d),
        has_cost_chart: cost_chart.is_some(),
        crossings: cost_chart.as_ref().map(cost::crossing_sentences).unwrap_or_default(),
        cost_table: cost_chart
            .as_ref()
            .and_then(|c| table::view("Cost a month against traffic", &cost::table(c))),
        flips: parts::flips(d).collect(),
        argument: argument::of(d, sources),
        what_if: d
            .charts
            .what_if
            .as_ref()
            .and_then(|w| table::view("Cost a month at every computed point", &sliders::table(w))),
        has_money_chart: cost::money(d).is_some(),
        bills: d.invoices.iter().map(bill).collect(),
        components: components::sections(d, sources),
        assumptions: gathered::assumptions(&d.assumptions)
            .iter()
            .map(|a| guess(a, sources))
            .collect(),
        left_out: d.left_out.iter().map(|l| (l.item.clone(), parts::left_out(l))).collect(),
        operating: table::view("Operating hours by alternative", &parts::operating(d)),
        accounted: parts::accounting_line(d),
        accounting: table::view("Requests by component", &parts::accounting(d)),
        options: table::view("Every option of every component", &parts::options(d.options.iter())),
        findings: found(d, sources),
        findings_summary: findings::summary(&d.findings),
        findings_hidden: d.findings.len().saturating_sub(FINDINGS_MOST),
        provenance: provenance(d),
        inputs: d.provenance.inputs.iter().map(|i| (i.path.clone(), i.sha256.clone())).collect(),
    }
}

fn money(decision: &Decision) -> Option<Money> {
    let cost = decision.cost_month?;
    let width = (cost.high - cost.low).dollars();
    let at = (cost.expected - cost.low).dollars() / width;
    Some(Money {
        expected: words::dollars(cost.expected),
        low: words::rough_dollars(cost.low),
        high: words::rough_dollars(cost.high),
        at: format!("{:.1}", if width > 0.0 { at.clamp(0.0, 1.0) * 100.0 } else { 50.0 }),
        sure: decision.confidence.map(words::sureness),
        ranged: words::rough_dollars(cost.low) != words::rough_dollars(cost.high),
    })
}

fn stuck(decision: &Decision) -> Vec<Stuck> {
    let all = if decision.verdict.is_some() { Vec::new() } else { parts::stuck(decision) };
    all.into_iter().map(|(name, refusals)| Stuck { name, refusals }).collect()
}

fn bill(invoice: &model::Invoice) -> Bill {
    Bill {
        platform: invoice.platform.0.to_owned(),
        total: words::dollars(invoice.total()),
        lines: table::view(&format!("Bill of {}", invoice.platform), &parts::invoice(invoice)),
    }
}

fn guess(a: &model::Assumption, sources: &SourceMap) -> Guess {
    Guess {
        subject: a.subject.clone(),
        value: a.value.clone(),
        origin: parts::untold_origin(a),
        effect: a.effect.clone(),
        changes_answer: a.changes_answer,
        remedy: a.remedy.clone(),
        place: parts::place(sources, a.span),
    }
}

fn found(decision: &Decision, sources: &SourceMap) -> Vec<Found> {
    let mut sorted: Vec<&Finding> = decision.findings.iter().collect();
    sorted.sort_by_key(|f| std::cmp::Reverse(f.severity));
    let one = |f: &Finding| Found {
        id: f.id,
        severity: findings::severity(f.severity),
        message: f.message.clone(),
        place: parts::place(sources, f.labels.first().map(|l| l.span)),
        excerpt: f.labels.first().and_then(|l| excerpt(sources, l.span)),
        hint: f.hint.clone(),
    };
    sorted.into_iter().take(FINDINGS_MOST).map(one).collect()
}

/// The line that a span begins in.
fn excerpt(sources: &SourceMap, span: Span) -> Option<String> {
    let (line, _) = sources.line_column(span);
    let text = sources.file(span.file).text.lines().nth(line - 1)?.trim();
    (!text.is_empty()).then(|| crate::text::cut(&crate::text::clean(text), EXCERPT_MOST))
}

fn provenance(decision: &Decision) -> Vec<(String, String)> {
    let p = &decision.provenance;
    let simulated = format!(
        "{}{}",
        words::grouped(p.simulated_requests),
        if p.exact { ", every request of the month" } else { "" }
    );
    [
        ("made by", p.tool.clone()),
        ("seed", p.seed.to_string()),
        ("prices in force on", p.as_of.to_string()),
        ("youngest price observed", p.prices_observed.to_string()),
        ("catalog SHA-256", p.catalog_sha256.clone()),
        ("requests simulated", simulated),
    ]
    .map(|(label, value)| (label.to_owned(), value))
    .to_vec()
}
