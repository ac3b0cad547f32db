//! What the sliders move between, and the same points as a table for who has no script.

use model::{Decision, FlipVariable, WhatIf, WhatIfPoint};
use serde::Serialize;
use units::Money;

use crate::parts;
use crate::table::{Align, Table};
use crate::words::{self, NOTHING};

/// Components that a cell of the table names as moved; more are counted.
const MOVES_MOST: usize = 3;

/// What the script of the sliders reads.
#[derive(Serialize)]
pub(super) struct Sliders {
    /// Today's requests a month.
    requests: f64,
    ways: Vec<Way>,
    /// Dollars an hour, if a team is declared.
    hourly: Option<f64>,
    points: Vec<Point>,
    flips: Vec<FlipMark>,
}

#[derive(Serialize)]
struct Way {
    name: String,
    hours: Option<f64>,
}

#[derive(Serialize)]
struct Point {
    load: f64,
    work: f64,
    memory: f64,
    verdict: Option<&'static str>,
    /// Dollars a month, as are `costs`.
    best: Option<f64>,
    hours: Option<f64>,
    moves: Vec<String>,
    costs: Vec<Option<f64>>,
}

/// A computed flip along the load alone.
#[derive(Serialize)]
struct FlipMark {
    factor: f64,
    text: String,
}

/// For the script; `None` if the points were not computed.
pub(super) fn data(decision: &Decision) -> Option<Sliders> {
    let what_if = decision.charts.what_if.as_ref()?;
    let whole = |flip: &&model::Flip| flip.variable == FlipVariable::Traffic;
    let flips = parts::worth_saying(&decision.flips).filter(whole).map(|flip| {
        let [scope, to, _] = parts::flip(flip);
        (flip.factor, scope, to)
    });
    let dollars = |money: Option<Money>| money.map(Money::dollars);
    let point = |p: &WhatIfPoint| Point {
        load: p.load,
        work: p.work,
        memory: p.memory,
        verdict: p.verdict.map(model::Verdict::name),
        best: dollars(p.best),
        hours: p.hours,
        moves: p.moves.clone(),
        costs: p.costs.iter().map(|cost| dollars(*cost)).collect(),
    };
    let way = |way: &model::WhatIfWay| Way { name: way.name.clone(), hours: way.hours };
    let mut flips = together(flips.collect());
    flips.sort_by(|a, b| a.factor.total_cmp(&b.factor));
    Some(Sliders {
        requests: decision.app.requests_month as f64,
        ways: what_if.ways.iter().map(way).collect(),
        hourly: what_if.hourly.map(Money::dollars),
        points: what_if.points.iter().map(point).collect(),
        flips,
    })
}

/// Components that move to the same place at the same load are told together; all of them at once, as such.
fn together(all: Vec<(f64, String, String)>) -> Vec<FlipMark> {
    let mut groups: Vec<(f64, Vec<String>, String)> = Vec::new();
    for (factor, scope, to) in all {
        let alike = |g: &&mut (f64, Vec<String>, String)| {
            words::factor(g.0) == words::factor(factor)
                && g.2 == to
                && scope != "all"
                && g.1[0] != "all"
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.1.push(scope),
            None => groups.push((factor, vec![scope], to)),
        }
    }
    let one = |(factor, scopes, to): (f64, Vec<String>, String)| FlipMark {
        factor,
        text: match scopes.as_slice() {
            [one] => format!("{one} {to}"),
            [most @ .., last] => {
                format!("{} and {last} {}", most.join(", "), to.replacen("moves ", "move ", 1))
            }
            [] => to,
        },
    };
    groups.into_iter().map(one).collect()
}

/// Every computed point, a row each.
pub(super) fn table(what_if: &WhatIf) -> Table {
    let mut columns = vec![
        ("load", Align::Right),
        ("work of a request", Align::Right),
        ("memory", Align::Right),
        ("cheapest", Align::Decimal),
        ("which is", Align::Left),
    ];
    let kept = format!("{}, as today", what_if.ways.first().map_or("the answer", |way| &way.name));
    columns.push((&kept, Align::Decimal));
    columns.extend(what_if.ways.iter().skip(1).map(|way| (way.name.as_str(), Align::Decimal)));
    let mut table = Table::new(&columns);
    for p in &what_if.points {
        let money = |cost: Option<Money>| cost.map_or(NOTHING.to_owned(), words::dollars);
        let factors = [p.load, p.work, p.memory].map(words::factor);
        let cells = factors.into_iter().chain([money(p.best), which(p)]);
        table.row(cells.chain(p.costs.iter().map(|cost| money(*cost))));
    }
    table
}

/// `Hybrid: api to Lambda`.
fn which(point: &WhatIfPoint) -> String {
    let Some(verdict) = point.verdict else { return NOTHING.to_owned() };
    let moved = point.moves.iter().take(MOVES_MOST).cloned().collect::<Vec<_>>().join(", ");
    match point.moves.len() {
        0 => format!("{}, as today", verdict.name()),
        n if n > MOVES_MOST => format!("{}: {moved} and {} more", verdict.name(), n - MOVES_MOST),
        _ => format!("{}: {moved}", verdict.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_script_reads_every_computed_point_to_the_pico_dollar() {
        let (plan, _) = sample::decision();
        let what_if = plan.charts.what_if.as_ref().unwrap();
        let sliders = data(&plan).unwrap();
        assert_eq!(sliders.points.len(), what_if.points.len());
        for (read, computed) in sliders.points.iter().zip(&what_if.points) {
            let costs: Vec<Option<f64>> =
                computed.costs.iter().map(|cost| cost.map(Money::dollars)).collect();
            assert_eq!(read.costs, costs);
            assert_eq!(read.best, computed.best.map(Money::dollars));
        }
        let factors: Vec<f64> = sliders.flips.iter().map(|flip| flip.factor).collect();
        assert!(!factors.is_empty() && factors.is_sorted());
    }

    #[test]
    fn without_a_script_the_points_are_a_table() {
        let (plan, _) = sample::decision();
        let what_if = plan.charts.what_if.as_ref().unwrap();
        let table = table(what_if);
        assert_eq!(table.rows.len(), what_if.points.len());
        let row: Vec<&str> = table.rows[3].iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(row[..5], ["4×", "1×", "1×", "$174.00", "Servers: api to servers"]);
        assert_eq!(row[6], NOTHING, "all Lambda does not hold");
    }
}
