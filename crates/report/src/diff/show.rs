//! A difference for a terminal, a pull request and a program.

use serde::Serialize;
use units::Money;

use super::{Change, Difference, Move};
use crate::markdown::Document;
use crate::style::{Style, Tone};
use crate::table::{Align, Table};
use crate::words::{self, NOTHING};

/// Lines of the bill that are shown.
const LINES_SHOWN: usize = 12;

/// For a terminal of `width` columns.
pub fn terminal(difference: &Difference, width: usize, style: Style) -> String {
    let d = difference;
    let mut out = style.folded(&d.app, width, 0, Tone::Plain);
    out.push('\n');
    out.push_str(&style.folded(&headline(d), width, 0, Tone::Strong));
    for line in why(d) {
        out.push_str(&style.folded(&line, width, 2, Tone::Plain));
    }
    let mut section = |title: &str, table: &Table| {
        if !table.rows.is_empty() {
            let table = table.terminal(width, 2, style);
            out.push_str(&format!("\n{}\n{table}", style.paint(Tone::Strong, title)));
        }
    };
    section("Moved", &places(&d.moved));
    section("Configured otherwise", &places(&d.configured));
    section("Lines of the bill that changed most", &lines(d));
    if let Some(text) = flips(d) {
        out.push('\n');
        out.push_str(&style.folded(&text, width, 0, Tone::Plain));
    }
    style.finish(out)
}

/// For a comment on a pull request.
pub fn markdown(difference: &Difference) -> String {
    let d = difference;
    let mut doc = Document::default();
    doc.heading(2, &format!("{}: {}", d.app, headline(d)));
    for line in why(d) {
        doc.paragraph(&line);
    }
    doc.table("Moved", &places(&d.moved));
    doc.table("Configured otherwise", &places(&d.configured));
    doc.table("Lines of the bill that changed most", &lines(d));
    if let Some(text) = flips(d) {
        doc.paragraph(&text);
    }
    doc.text
}

/// `$133.47 → $151.20 a month, +$17.73 (+13.3 %)`.
fn headline(d: &Difference) -> String {
    let cost = |cost: Option<Money>| cost.map_or_else(|| "impossible".to_owned(), words::dollars);
    let change = match (d.change(), d.share()) {
        (Some(change), _) if change == Money::ZERO => ", unchanged".to_owned(),
        (Some(change), Some(share)) => {
            format!(", {} ({:+.1} %)", words::difference(change), share * 100.0)
        }
        (Some(change), None) => format!(", {}", words::difference(change)),
        (None, _) => String::new(),
    };
    format!("{} → {} a month{change}", cost(d.cost.0), cost(d.cost.1))
}

/// Where the change comes from, one idea a line.
fn why(d: &Difference) -> Vec<String> {
    let mut lines = Vec::new();
    if d.verdict.0 != d.verdict.1 {
        let word = |verdict: &Option<String>| verdict.clone().unwrap_or_else(|| NOTHING.to_owned());
        lines.push(format!("the answer changes: {} → {}", word(&d.verdict.0), word(&d.verdict.1)));
    }
    if d.headline.0 != d.headline.1 {
        lines.push(format!("was: {}", d.headline.0));
        lines.push(format!("now: {}", d.headline.1));
    }
    let requests = |n: u64| words::count(n as f64);
    let load = if d.requests.0 == d.requests.1 {
        format!("{} requests a month, as before", requests(d.requests.0))
    } else {
        format!("{} → {} requests a month", requests(d.requests.0), requests(d.requests.1))
    };
    for (money, text) in [
        (d.by_usage, format!("usage: {load}")),
        (d.by_price, words::plural(d.prices_changed, "price") + " changed"),
        (d.by_placement, "what came and went with the placement".to_owned()),
    ] {
        if money != Money::ZERO {
            lines.push(format!("{} {text}", words::difference(money)));
        }
    }
    if !d.inputs.is_empty() {
        lines.push(format!("made from other {}", d.inputs.join(", ")));
    }
    lines
}

fn places(rows: &[Move]) -> Table {
    let columns = [("component", Align::Left), ("before", Align::Left), ("after", Align::Left)];
    let mut table = Table::new(&columns);
    let told = |place: &Option<String>| place.clone().unwrap_or_else(|| NOTHING.to_owned());
    for Move { component, before, after } in rows {
        table.row([component.clone(), told(before), told(after)]);
    }
    table
}

fn lines(d: &Difference) -> Table {
    let mut table = Table::new(&[
        ("line", Align::Left),
        ("component", Align::Left),
        ("before", Align::Decimal),
        ("after", Align::Decimal),
        ("because", Align::Left),
    ]);
    let amount = |money: Option<Money>| money.map_or_else(|| NOTHING.to_owned(), words::dollars);
    for Change { item, component, amount: (before, after), why } in d.lines.iter().take(LINES_SHOWN)
    {
        table.row([item.clone(), component.clone(), amount(*before), amount(*after), why.clone()]);
    }
    table
}

fn flips(d: &Difference) -> Option<String> {
    match (&d.flip.0, &d.flip.1) {
        (None, None) => None,
        (before, after) if before == after => {
            after.as_ref().map(|text| format!("nearest flip: {text}"))
        }
        (before, after) => {
            let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
            Some(format!("nearest flip: {}, before: {}", word(after), word(before)))
        }
    }
}

/// The published shape of `crossover.diff/v1`.
#[derive(Serialize)]
struct Json<'d> {
    schema: &'static str,
    app: &'d str,
    cost_month: Pair<Option<String>>,
    change: Option<String>,
    change_share: Option<f64>,
    verdict: Pair<Option<String>>,
    requests_month: Pair<u64>,
    by_usage: String,
    by_price: String,
    by_placement: String,
    moved: Vec<Moved<'d>>,
    configured: Vec<Moved<'d>>,
    lines: Vec<JsonLine<'d>>,
    inputs_that_differ: &'d [String],
}

#[derive(Serialize)]
struct Pair<T> {
    before: T,
    after: T,
}

#[derive(Serialize)]
struct Moved<'d> {
    component: &'d str,
    before: Option<&'d str>,
    after: Option<&'d str>,
}

#[derive(Serialize)]
struct JsonLine<'d> {
    item: &'d str,
    component: Option<&'d str>,
    amount: Pair<Option<String>>,
    because: &'d str,
}

/// For programs.
pub fn json(difference: &Difference) -> String {
    let d = difference;
    let text = |money: Money| money.to_decimal();
    let value = Json {
        schema: "crossover.diff/v1",
        app: &d.app,
        cost_month: Pair { before: d.cost.0.map(text), after: d.cost.1.map(text) },
        change: d.change().map(text),
        change_share: d.share(),
        verdict: Pair { before: d.verdict.0.clone(), after: d.verdict.1.clone() },
        requests_month: Pair { before: d.requests.0, after: d.requests.1 },
        by_usage: text(d.by_usage),
        by_price: text(d.by_price),
        by_placement: text(d.by_placement),
        moved: d.moved.iter().map(Moved::of).collect(),
        configured: d.configured.iter().map(Moved::of).collect(),
        lines: d
            .lines
            .iter()
            .map(|line| JsonLine {
                item: &line.item,
                component: (!line.component.is_empty()).then_some(line.component.as_str()),
                amount: Pair { before: line.amount.0.map(text), after: line.amount.1.map(text) },
                because: &line.why,
            })
            .collect(),
        inputs_that_differ: &d.inputs,
    };
    crate::json::pretty(&value)
}

impl<'d> Moved<'d> {
    fn of(Move { component, before, after }: &'d Move) -> Self {
        Self { component, before: before.as_deref(), after: after.as_deref() }
    }
}
