//! Cost against traffic, and where the money goes.

use model::{Chosen, Decision, Flip, FlipVariable};
use serde::Serialize;
use units::Money;

use crate::parts;
use crate::table::{Align, Table};
use crate::words::{self, NOTHING};

/// Rows of the table behind the chart.
const TABLE_ROWS: usize = 11;
/// A flip and a crossing of lines that differ by less (a factor of e to this) are one, and the flip is the exact one.
const SAME_CROSSING: f64 = 0.15;
/// Kinds of invoice line with a colour of their own; the rest is one more.
const KINDS_MOST: usize = 7;

/// What the cost chart draws.
#[derive(Serialize)]
pub(super) struct CostChart {
    /// Requests a month, ascending.
    x: Vec<f64>,
    curves: Vec<Curve>,
    crossings: Vec<Crossing>,
    marks: Vec<Mark>,
}

#[derive(Serialize)]
struct Curve {
    name: String,
    chosen: bool,
    /// Dollars a month at each `x`; nothing where it is not feasible.
    y: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct Crossing {
    x: f64,
    y: f64,
    from: String,
    to: String,
}

/// A vertical line with a word.
#[derive(Serialize)]
struct Mark {
    x: f64,
    label: String,
    today: bool,
}

/// The chart; `None` without curves.
pub(super) fn chart(decision: &Decision) -> Option<CostChart> {
    let factors = grid(decision);
    if factors.len() < 2 {
        return None;
    }
    let today = decision.app.requests_month.max(1) as f64;
    let chosen = answer(decision);
    let all = decision.charts.cost.iter().enumerate();
    let curves = without_twin(
        all.map(|(at, curve)| Curve {
            name: match curve.name.as_str() {
                "chosen" => "today's answer".to_owned(),
                name => name.to_owned(),
            },
            chosen: chosen == Some(at),
            y: on_grid(&curve.points, &factors),
        })
        .collect(),
    );
    let x: Vec<f64> = factors.iter().map(|f| f * today).collect();
    let crossings = crossings(&x, &curves, &computed(decision, today));
    let mut marks = vec![Mark { x: today, label: "today".to_owned(), today: true }];
    let whole = decision.flips.iter();
    let whole = whole.filter(|f| f.scope.is_none() && f.variable == FlipVariable::Traffic);
    marks.extend(whole.filter(|f| f.factor.is_finite() && f.factor > 0.0).map(|f| Mark {
        x: f.factor * today,
        label: mark(if f.factor >= 1.0 { &f.to } else { &f.from }),
        today: false,
    }));
    Some(CostChart { x, curves, crossings, marks })
}

/// A way that costs what the answer costs everywhere would be a line under another: the answer takes its name.
fn without_twin(mut curves: Vec<Curve>) -> Vec<Curve> {
    let Some(answer) = curves.iter().position(|c| c.chosen) else { return curves };
    let is_twin = |at: usize| at != answer && curves[at].y == curves[answer].y;
    if let Some(twin) = (0..curves.len()).find(|at| is_twin(*at)) {
        curves[answer].name = format!("{}, {}", curves[answer].name, curves[twin].name);
        curves.remove(twin);
    }
    curves
}

/// Requests a month at which a flip of the whole was found.
fn computed(decision: &Decision, today: f64) -> Vec<f64> {
    let whole = decision.flips.iter();
    let whole = whole.filter(|f| f.scope.is_none() && f.variable == FlipVariable::Traffic);
    whole.map(|f| f.factor * today).collect()
}

/// A flip in a few words, for a line of the chart: `Lambda below servers`, `Lambda ends`.
fn mark(to: &str) -> String {
    if let Some((_, since)) = to.split_once(", since ") {
        return format!("{} ends", since.split(" alone").next().unwrap_or(since));
    }
    let to = to.strip_suffix(Flip::ONE_WAY).unwrap_or(to);
    match to.split_once(" rather than ") {
        Some((new, old)) => format!("{new} below {old}"),
        None => format!("to {to}"),
    }
}

/// Which curve is the answer's: the one that says so, else the one with the name of the answer.
fn answer(decision: &Decision) -> Option<usize> {
    let curves = &decision.charts.cost;
    let name =
        decision.considered.iter().find(|c| c.chosen == Chosen::Yes).map(|c| c.name.as_str());
    let says_so = curves.iter().position(|c| matches!(c.name.as_str(), "chosen" | "the answer"));
    says_so.or_else(|| curves.iter().position(|c| Some(c.name.as_str()) == name))
}

/// All factors of all curves.
fn grid(decision: &Decision) -> Vec<f64> {
    let points = decision.charts.cost.iter().flat_map(|c| &c.points);
    let mut all: Vec<f64> = points.map(|p| p.0).filter(|f| f.is_finite() && *f > 0.0).collect();
    all.sort_by(f64::total_cmp);
    all.dedup_by(|a, b| same(*a, *b));
    all
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.max(b)
}

/// A curve at each factor: its own point, or between two neighbours that are no further apart than its points
/// usually are; a wider gap is where it is not feasible.
fn on_grid(points: &[(f64, Money)], factors: &[f64]) -> Vec<Option<f64>> {
    let mut steps: Vec<f64> = points.windows(2).map(|w| (w[1].0 / w[0].0).ln()).collect();
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).copied().unwrap_or(0.0) * 1.5;
    let at = |factor: f64| {
        let next = points.partition_point(|p| p.0 < factor && !same(p.0, factor));
        let (f1, m1) = *points.get(next)?;
        if same(f1, factor) {
            return Some(m1.dollars());
        }
        let (f0, m0) = *points.get(next.checked_sub(1)?)?;
        let step = (f1 / f0).ln();
        let part = (factor / f0).ln() / step;
        (step <= usual).then(|| m0.dollars() + (m1.dollars() - m0.dollars()) * part)
    };
    factors.iter().map(|f| at(*f).filter(|y| *y > 0.0)).collect()
}

/// Where another curve becomes the cheapest: where straight lines between two points meet, or at the flip that was found
/// close to that.
fn crossings(x: &[f64], curves: &[Curve], computed: &[f64]) -> Vec<Crossing> {
    let mut out = Vec::new();
    let mut best: Option<usize> = None;
    for at in 0..x.len() {
        let cheapest = cheapest(curves, at, best);
        if let (Some(from), Some(to)) = (best, cheapest)
            && from != to
            && at > 0
        {
            let pair = |c: usize| Some((curves[c].y[at - 1]?, curves[c].y[at]?));
            // Where one of them ends, the change is a jump and no crossing.
            if let (Some(a), Some(b)) = (pair(from), pair(to)) {
                let (before, after) = ((b.0 / a.0).ln(), (b.1 / a.1).ln());
                let met = if before > after { before / (before - after) } else { 1.0 };
                let (first, step) = (x[at - 1], (x[at] / x[at - 1]).ln());
                let of = |flip: &f64| (flip / first).ln() / step;
                let found = computed.iter().map(of);
                let mut found = found.filter(|part| (part - met).abs() * step <= SAME_CROSSING);
                let part = found.next().unwrap_or(met);
                let log = |p: f64, q: f64| (p.ln() + (q.ln() - p.ln()) * part).exp();
                out.push(Crossing {
                    x: log(x[at - 1], x[at]),
                    y: log(a.0, a.1),
                    from: curves[from].name.clone(),
                    to: curves[to].name.clone(),
                });
            }
        }
        best = cheapest;
    }
    out
}

/// The cheapest curve at a point; on a tie the one that was it before.
fn cheapest(curves: &[Curve], at: usize, before: Option<usize>) -> Option<usize> {
    let cost = |c: usize| curves[c].y[at];
    let first = (0..curves.len())
        .filter(|c| cost(*c).is_some())
        .min_by(|a, b| f64::total_cmp(&cost(*a).unwrap_or(0.0), &cost(*b).unwrap_or(0.0)))?;
    let stays = before.filter(|b| cost(*b).zip(cost(first)).is_some_and(|(b, f)| b <= f * 1.0001));
    Some(stays.unwrap_or(first))
}

/// The crossings in words.
pub(super) fn crossing_sentences(chart: &CostChart) -> Vec<String> {
    let said = |c: &Crossing| {
        format!(
            "At {} requests a month {} becomes cheaper than {}",
            words::count(c.x),
            c.to,
            c.from
        )
    };
    chart.crossings.iter().map(said).collect()
}

/// Some points of all curves as a table.
pub(super) fn table(chart: &CostChart) -> Table {
    let names = chart.curves.iter().map(|c| (c.name.as_str(), Align::Decimal));
    let columns: Vec<(&str, Align)> =
        std::iter::once(("requests a month", Align::Right)).chain(names).collect();
    let mut table = Table::new(&columns);
    let n = chart.x.len();
    let rows = n.min(TABLE_ROWS);
    for row in 0..rows {
        let at = row * (n - 1) / (rows - 1).max(1);
        let costs = chart.curves.iter().map(|c| {
            let cost = c.y[at].map(|y| Money::from_cents((y * 100.0).round() as i64));
            cost.map_or_else(|| NOTHING.to_owned(), words::dollars)
        });
        table.row(std::iter::once(words::count(chart.x[at])).chain(costs));
    }
    table
}

/// What the chart of the bill draws: a bar a component, a colour a kind of line.
#[derive(Serialize)]
pub(super) struct MoneyChart {
    bars: Vec<String>,
    kinds: Vec<Kind>,
}

#[derive(Serialize)]
struct Kind {
    name: String,
    /// Dollars a month in each bar.
    values: Vec<f64>,
}

/// The chart; `None` without bills.
pub(super) fn money(decision: &Decision) -> Option<MoneyChart> {
    let lines: Vec<(&str, &str, Money)> = decision
        .invoices
        .iter()
        .flat_map(|i| &i.lines)
        .map(|l| (l.component.as_deref().unwrap_or("shared"), kind(&l.item), l.amount))
        .filter(|l| l.2 > Money::ZERO)
        .collect();
    let mut bars: Vec<&str> = lines.iter().map(|l| l.0).collect();
    bars.sort_unstable_by_key(|b| (*b == "shared", *b));
    bars.dedup();
    let mut sums: Vec<(&str, Money)> = Vec::new();
    for (_, item, amount) in &lines {
        match sums.iter_mut().find(|s| s.0 == *item) {
            Some(sum) => sum.1 += *amount,
            None => sums.push((item, *amount)),
        }
    }
    sums.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let own = if sums.len() <= KINDS_MOST + 1 { sums.len() } else { KINDS_MOST };
    let of = |bar: &str, wanted: &dyn Fn(&str) -> bool| -> f64 {
        let chosen = lines.iter().filter(|l| l.0 == bar && wanted(l.1));
        chosen.map(|l| l.2).sum::<Money>().dollars()
    };
    let mut kinds: Vec<Kind> = sums
        .iter()
        .take(own)
        .map(|(item, _)| Kind {
            name: (*item).to_owned(),
            values: bars.iter().map(|bar| of(bar, &|i| i == *item)).collect(),
        })
        .collect();
    if let Some(rest) = sums.get(own..).filter(|rest| !rest.is_empty()) {
        let is_rest = |i: &str| rest.iter().any(|r| r.0 == i);
        let values = bars.iter().map(|bar| of(bar, &is_rest)).collect();
        kinds.push(Kind { name: format!("{} smaller kinds", rest.len()), values });
    }
    let bars: Vec<String> = bars.into_iter().map(str::to_owned).collect();
    (!bars.is_empty()).then_some(MoneyChart { bars, kinds })
}

/// What a line is for, without the tier: `data out to the internet` of `data out to the internet, first 10,240 GB`.
fn kind(item: &str) -> &str {
    let tier = [", first ", ", next ", ", over ", ", above "];
    let ends = tier.iter().filter_map(|word| item.find(word));
    ends.min().and_then(|end| item.get(..end)).unwrap_or(item)
}

/// An alternative for the list with bars.
#[derive(Serialize)]
pub(super) struct Alternative {
    name: String,
    state: &'static str,
    cost: String,
    delta: String,
    p99: String,
    hours: String,
    why: String,
    /// Length of its bar in per cent of the most expensive one.
    bar: String,
    places: Vec<(String, String)>,
}

/// All alternatives, the answer first as the decision has them.
pub(super) fn alternatives(decision: &Decision) -> Vec<Alternative> {
    let most = decision.considered.iter().filter_map(|c| c.cost_month).max().unwrap_or_default();
    let bar =
        |m: Money| if most > Money::ZERO { m.dollars() / most.dollars() * 100.0 } else { 0.0 };
    let one = |c: &model::Considered| Alternative {
        name: c.name.clone(),
        state: match c.chosen {
            Chosen::Yes => "chosen",
            Chosen::Beaten => "beaten",
            Chosen::Impossible => "impossible",
        },
        cost: c.cost_month.map(words::dollars).unwrap_or_default(),
        delta: match c.chosen {
            Chosen::Beaten => parts::delta(decision, c).map(words::difference).unwrap_or_default(),
            Chosen::Yes | Chosen::Impossible => String::new(),
        },
        p99: c.p99.map(|p| p.to_string()).unwrap_or_default(),
        hours: c.operating_hours.map(words::hours).unwrap_or_default(),
        why: parts::reasons(&c.why_not),
        bar: format!("{:.1}", c.cost_month.map_or(0.0, bar)),
        places: c.placement.clone(),
    };
    decision.considered.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn lines_cross_where_they_meet() {
        let (mut plan, _) = sample::decision();
        let line = |name: &str, fixed: i64, each: i64| model::CostCurve {
            name: name.to_owned(),
            points: [1, 10, 100].map(|f| (f as f64, Money::from_cents(fixed + each * f))).to_vec(),
        };
        plan.charts.cost = vec![line("a", 0, 100), line("b", 3000, 1)];
        plan.app.requests_month = 1000;
        let chart = chart(&plan).unwrap();
        assert_eq!(chart.crossings.len(), 1);
        let c = &chart.crossings[0];
        assert!((25_000.0..37_000.0).contains(&c.x), "{}", c.x);
        assert_eq!((c.from.as_str(), c.to.as_str()), ("a", "b"));
        assert!(crossing_sentences(&chart)[0].ends_with("b becomes cheaper than a"));
        // Where the flip itself was computed, there is no second figure for it.
        plan.flips.retain(|f| f.scope.is_none() && f.variable == FlipVariable::Traffic);
        plan.flips.truncate(1);
        plan.flips[0].factor = 31.5;
        let chart = super::chart(&plan).unwrap();
        assert!((chart.crossings[0].x - 31_500.0).abs() < 1e-6);
    }

    #[test]
    fn a_way_that_is_the_answer_everywhere_is_one_line_with_it() {
        let (mut plan, _) = sample::decision();
        let answer = answer(&plan).unwrap();
        let twin = model::CostCurve {
            name: "all Lambda".to_owned(),
            points: plan.charts.cost[answer].points.clone(),
        };
        plan.charts.cost[answer].name = "chosen".to_owned();
        plan.charts.cost.retain(|c| c.name != "all Lambda");
        let ways = plan.charts.cost.len();
        plan.charts.cost.push(twin);
        let chart = chart(&plan).unwrap();
        let names: Vec<&str> = chart.curves.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names.len(), ways);
        assert!(names.contains(&"today's answer, all Lambda"), "{names:?}");
    }

    #[test]
    fn marks_are_short_and_tiers_are_no_kinds() {
        assert_eq!(mark("Lambda rather than servers, if all goes one way"), "Lambda below servers");
        assert_eq!(mark("servers, since Lambda alone no longer holds the load"), "Lambda ends");
        assert_eq!(mark("Fargate"), "to Fargate");
        assert_eq!(kind("data out, first 10,240 GB"), "data out");
        assert_eq!(kind("load balancer, hours"), "load balancer, hours");
    }

    #[test]
    fn a_gap_stays_a_gap_and_no_curve_is_no_chart() {
        let points: Vec<(f64, Money)> =
            [1.0, 2.0, 4.0, 32.0, 64.0].map(|f| (f, Money::from_cents(100))).to_vec();
        let y = on_grid(&points, &[0.5, 1.0, 3.0, 8.0, 16.0, 32.0, 128.0]);
        assert_eq!(y, [None, Some(1.0), Some(1.0), None, None, Some(1.0), None]);
        let (plan, _) = sample::infeasible();
        assert!(chart(&plan).is_none());
        assert!(money(&plan).is_none());
    }

    #[test]
    fn the_bars_add_up_to_the_bills() {
        let (plan, _) = sample::decision();
        let sum: f64 = money(&plan).unwrap().kinds.iter().flat_map(|k| &k.values).sum();
        let bills: Money = plan.invoices.iter().map(model::Invoice::total).sum();
        assert!((sum - bills.dollars()).abs() < 1e-9);
        assert!(money(&plan).unwrap().kinds.len() <= KINDS_MOST + 1);
    }
}
