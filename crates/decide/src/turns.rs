//! Where the answer turns along anything but traffic: the price of a main item, the price of the team's time, a latency
//! goal.
//!
//! Placements are held still and their bills made anew, which is exact: a placement that costs `T`, of which `A` is for
//! an item, meets a rival with `R` and `A′` at the factor `1 + (R − T) ∕ (A − A′)` of the item's price. That a dearer item
//! might be used less is left out, so the true turn of the answer is never nearer for a cheaper configuration of the same
//! placement, and may be for one that was not kept.

use model::{Considered, Flip, FlipVariable};
use units::{Money, Price};

use crate::books::Books;
use crate::evaluate::Field;
use crate::search::Found;

/// Price turns that are told.
const PRICES_TOLD: usize = 3;
/// Factors of a price beyond which nobody asks.
const FACTORS: std::ops::RangeInclusive<f64> = 0.25..=4.0;
/// An item must be this part of the cost, in the answer or in the rival, to be looked at.
const MAIN: f64 = 0.08;

/// A placement that the answer is held against.
pub(crate) struct Rival<'r> {
    /// The component that it moves; `None` is all of them.
    pub(crate) scope: Option<String>,
    /// What it is called.
    pub(crate) name: String,
    pub(crate) found: &'r Found,
}

/// What one price costs a month in the answer and in a rival.
struct Item {
    name: String,
    unit: String,
    unit_price: Price,
    source: String,
    mine: Money,
    theirs: Money,
}

/// The prices of two placements. Lines are of one price if their item is called alike, or if unit, price and source are
/// the same: a machine is a server here and a node there.
fn items(books: &Books<'_>, mine: &[u16], theirs: &[u16]) -> Vec<Item> {
    let mut found: Vec<Item> = Vec::new();
    for (options, is_mine) in [(mine, true), (theirs, false)] {
        for line in books.invoices(options).into_iter().flat_map(|invoice| invoice.lines) {
            let name = base_name(&line.item);
            let same = |item: &&mut Item| {
                let price = item.unit_price == line.unit_price && item.source == line.source;
                item.unit == line.unit && (item.name == name || price)
            };
            let at = found.iter_mut().find(same);
            let (own, other) =
                if is_mine { (line.amount, Money::ZERO) } else { (Money::ZERO, line.amount) };
            if let Some(item) = at {
                item.mine += own;
                item.theirs += other;
            } else {
                let (unit, unit_price, source) = (line.unit, line.unit_price, line.source);
                found.push(Item { name, unit, unit_price, source, mine: own, theirs: other });
            }
        }
    }
    found
}

/// Three digits that say something: `$0.0227`, `$73.10`.
fn unit_price(dollars: f64) -> String {
    if dollars >= 1.0 || dollars <= 0.0 {
        return format!("${dollars:.2}");
    }
    let zeros = (-dollars.log10()).floor().max(0.0) as usize;
    format!("${dollars:.0$}", zeros + 3)
}

/// `requests` of `requests, first 300 M`; how many machines there are and what they do is no part of their price.
fn base_name(item: &str) -> String {
    let name = item.split(", ").next().unwrap_or(item);
    let name = name.rsplit(" × ").next().unwrap_or(name);
    let name = name.split(" of the ").next().unwrap_or(name);
    let kinds = ["control-plane nodes ", "nodes "];
    kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name).to_owned()
}

/// The nearest turns along the prices of main items.
pub(crate) fn prices(books: &Books<'_>, found: &Found, rivals: &[Rival<'_>]) -> Vec<Flip> {
    let mut turns: Vec<(f64, String, Flip)> = Vec::new();
    for rival in rivals.iter().filter(|rival| rival.found.total > found.total) {
        let gap = (rival.found.total - found.total).dollars();
        for item in items(books, &found.options, &rival.found.options) {
            let (a, b) = (item.mine.dollars(), item.theirs.dollars());
            if a.max(b) < MAIN * found.total.dollars() || (a - b).abs() < 1e-6 {
                continue;
            }
            let factor = 1.0 + gap / (a - b);
            if !FACTORS.contains(&factor) {
                continue;
            }
            let price = unit_price(item.unit_price.money().dollars() * factor);
            let side = if factor >= 1.0 { "more" } else { "less" };
            let verb = if is_plural(&item.name) { "cost" } else { "costs" };
            let at = format!("if {} {verb} {side} than {price} per {}", item.name, item.unit);
            let flip = Flip {
                scope: rival.scope.clone(),
                variable: FlipVariable::Price,
                factor,
                at,
                band: None,
                from: rival.name.clone(),
                to: rival.name.clone(),
            };
            turns.push((factor.ln().abs(), item.name, flip));
        }
    }
    turns.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.2.at.cmp(&b.2.at)));
    let mut told: Vec<(String, Flip)> = Vec::new();
    for (_, item, flip) in turns {
        // Of several rivals that one price leads to, the nearest is told.
        if told.len() < PRICES_TOLD && told.iter().all(|(known, _)| *known != item) {
            told.push((item, flip));
        }
    }
    told.into_iter().map(|(_, flip)| flip).collect()
}

/// Whether an item's name ends in a word for several: `function requests`.
fn is_plural(name: &str) -> bool {
    let last = name.rsplit(' ').next().unwrap_or(name);
    // A product is one.
    last != "redis"
        && last.ends_with('s')
        && !last.ends_with("ss")
        && last.chars().all(|c| c.is_ascii_lowercase())
}

/// From which hourly rate on the hours of work decide for another alternative.
pub(crate) fn team(considered: &[Considered], hourly: Money) -> Option<Flip> {
    let first = considered.first()?;
    let hours = |c: &Considered| c.operating_hours;
    let (cost, own) = (first.cost_month?, hours(first)?);
    let turn = |other: &Considered| {
        let (their_cost, theirs) = (other.cost_month?, hours(other)?);
        let rate = (their_cost - cost).dollars() / (own - theirs);
        (own > theirs && rate >= 0.0 && rate.is_finite()).then(|| (rate, other.name.clone()))
    };
    let others = considered.iter().skip(1).filter_map(turn);
    let (rate, name) = others.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let at = format!("if the hours of work count, at ${rate:.2} an hour and more");
    Some(Flip {
        scope: None,
        variable: FlipVariable::Price,
        factor: rate / hourly.dollars().max(1e-9),
        at,
        band: None,
        from: name.clone(),
        to: name,
    })
}

/// Goals at which a component's place turns: a cheaper place that is too slow today.
pub(crate) fn goals(books: &Books<'_>, field: &Field, found: &Found) -> Vec<Flip> {
    let mut flips = Vec::new();
    for (at, options) in field.options.iter().enumerate() {
        let component = books.world.component(at);
        let goal =
            component.slo.latency.iter().find(|(share, ..)| (share.get() - 0.99).abs() < 1e-9);
        let Some(&(_, limit, _)) = goal else { continue };
        let chosen = books.candidate((at as u16, found.options[at]));
        let slower = options.refused.iter().filter_map(|refused| {
            let latency = refused.latency?;
            let only_slow = refused.reasons.iter().all(|reason| reason.rule == Some("CR080"));
            let cheaper = refused.alone.is_some_and(|alone| alone < chosen.alone);
            (refused.simulated && only_slow && cheaper && refused.platform != chosen.platform)
                .then_some((latency.p99, refused.platform))
        });
        let Some((p99, platform)) = slower.min() else { continue };
        let name = books.world.platforms[platform].name().to_owned();
        flips.push(Flip {
            scope: Some(component.id.clone()),
            variable: FlipVariable::Slo,
            factor: p99.secs_f64() / limit.secs_f64().max(1e-9),
            at: format!("if p99 may be {p99}"),
            band: None,
            from: name.clone(),
            to: name,
        });
    }
    flips
}

/// The same turn said twice is said once: a component's that is also the whole app's.
pub(crate) fn tidy(flips: &mut Vec<Flip>) {
    let whole: Vec<String> =
        flips.iter().filter(|f| f.scope.is_none()).map(|f| f.at.clone()).collect();
    flips.retain(|flip| flip.scope.is_none() || !whole.contains(&flip.at));
}

/// In how many months a load that grows by so much a month reaches a factor.
pub(crate) fn months_until(factor: f64, growth: f64) -> Option<u32> {
    if factor <= 1.0 || growth <= 0.0 {
        return None;
    }
    let months = factor.ln() / (1.0 + growth).ln();
    (months <= 120.0).then(|| months.ceil() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_and_counts_are_no_part_of_a_name() {
        assert_eq!(base_name("HTTP API requests, first 300 M"), "HTTP API requests");
        assert_eq!(base_name("2 × t4g.small"), "t4g.small");
        assert_eq!(base_name("up to 4 × m7g.large"), "m7g.large");
        assert_eq!(base_name("nodes cpx42, months"), "cpx42");
        assert_eq!(base_name("public IPv4 of the servers"), "public IPv4");
    }

    #[test]
    fn requests_cost_and_a_machine_costs() {
        for plural in ["function requests", "root disks", "HTTP API requests"] {
            assert!(is_plural(plural), "{plural}");
        }
        for one in ["t4g.small", "EKS", "function run time on Arm", "cache.t4g.medium redis"] {
            assert!(!is_plural(one), "{one}");
        }
    }

    #[test]
    fn small_prices_keep_three_digits() {
        assert_eq!(unit_price(0.022_71), "$0.0227");
        assert_eq!(unit_price(0.000_006_512), "$0.00000651");
        assert_eq!(unit_price(73.1), "$73.10");
    }

    #[test]
    fn twelve_per_cent_a_month_double_in_seven_months() {
        assert_eq!(months_until(2.0, 0.12), Some(7));
        assert_eq!(months_until(0.5, 0.12), None);
        assert_eq!(months_until(2.0, 0.0), None);
    }
}
