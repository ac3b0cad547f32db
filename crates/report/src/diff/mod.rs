//! Two plans of the same application side by side: what moved, and why the cost did.
//!
//! Lines of the two bills are matched by platform, item and component. What a matched line changed by is split in two:
//! the change of its quantity at the old price, and the change of its price at the new quantity. Lines that stand in
//! one bill alone are what came and went, because something moved or was not there before. The three sums are the
//! whole change.

mod read;
mod show;

use std::collections::{BTreeMap, BTreeSet};

use units::Money;

use crate::json::convert::saved_flip;
use crate::parts;

use read::{Line, Saved, money};

/// What changed between two plans.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The application's name.
    pub app: String,
    /// What the answers cost a month; `None` where nothing was feasible.
    pub cost: (Option<Money>, Option<Money>),
    /// The answers in a word.
    pub verdict: (Option<String>, Option<String>),
    /// The answers in a phrase.
    pub headline: (String, String),
    /// Requests a month.
    pub requests: (u64, u64),
    /// Because quantities changed, at the old prices.
    pub by_usage: Money,
    /// Because prices changed, at the new quantities.
    pub by_price: Money,
    /// Because lines came and went.
    pub by_placement: Money,
    /// Components that went elsewhere, came or left.
    pub moved: Vec<Move>,
    /// Components that stayed and are configured otherwise.
    pub configured: Vec<Move>,
    /// Lines by how much they changed.
    pub lines: Vec<Change>,
    /// How many prices changed; one that several lines are billed at counts once.
    pub prices_changed: usize,
    /// What the plans were made from that differs: `definition`, `prices`, `day`.
    pub inputs: Vec<String>,
    /// The nearest flip of each in words; `None` if there is none.
    pub flip: (Option<String>, Option<String>),
    /// How far the second plan's load is from where its answer changes, as a factor of at least 1; `None` if nowhere.
    pub flip_distance: Option<f64>,
    /// The p99 of components that both plans simulated, in milliseconds, before and after.
    pub p99_ms: Vec<(String, f64, f64)>,
}

/// Where a component was and is, or how it was and is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Its name.
    pub component: String,
    /// In the first plan; `None` if it has no place there.
    pub before: Option<String>,
    /// In the second plan; `None` if it has no place there.
    pub after: Option<String>,
}

/// One line of the bill.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What is billed.
    pub item: String,
    /// For whom; empty if shared.
    pub component: String,
    /// Before and after; `None` where there is no such line.
    pub amount: (Option<Money>, Option<Money>),
    /// Usage, price, or that it came or went.
    pub why: String,
}

/// Compares two saved plans.
///
/// # Errors
/// Which of the two cannot be read (1 or 2), and why.
pub fn compare(before: &str, after: &str) -> Result<Difference, (usize, String)> {
    let before = Saved::read(before).map_err(|why| (1, why))?;
    let after = Saved::read(after).map_err(|why| (2, why))?;
    let (old, new) = (lines(&before), lines(&after));
    let mut found = Difference {
        app: after.app.name.clone(),
        cost: (before.cost(), after.cost()),
        verdict: (before.answer.verdict.clone(), after.answer.verdict.clone()),
        headline: (before.answer.headline.clone(), after.answer.headline.clone()),
        requests: (before.app.requests_month, after.app.requests_month),
        by_usage: Money::ZERO,
        by_price: Money::ZERO,
        by_placement: Money::ZERO,
        moved: Vec::new(),
        configured: Vec::new(),
        lines: Vec::new(),
        prices_changed: 0,
        inputs: inputs(&before, &after),
        flip: (nearest(&before), nearest(&after)),
        flip_distance: flip_distance(&after),
        p99_ms: p99s(&before, &after),
    };
    let mut keys: Vec<&Key> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut prices = BTreeSet::new();
    for key in keys {
        found.line(key, old.get(key), new.get(key), &mut prices);
    }
    found.prices_changed = prices.len();
    found.lines.sort_by_key(|change| (std::cmp::Reverse(change.size()), change.item.clone()));
    found.places(&before, &after);
    Ok(found)
}

/// Platform, item and component.
type Key = (String, String, String);

/// A price that changed: platform, item, before and after.
type Repriced = (String, String, Money, Money);

fn lines(plan: &Saved) -> BTreeMap<Key, Vec<&Line>> {
    let mut found: BTreeMap<Key, Vec<&Line>> = BTreeMap::new();
    for invoice in &plan.invoices {
        for line in &invoice.lines {
            let component = line.component.clone().unwrap_or_default();
            let key = (invoice.platform.clone(), line.item.clone(), component);
            found.entry(key).or_default().push(line);
        }
    }
    found
}

fn sum(lines: &[&Line]) -> Money {
    lines.iter().filter_map(|line| money(&line.amount)).sum()
}

impl Difference {
    /// Whether nothing changed that a reader would act on: cost, places, configurations.
    pub fn is_nothing(&self) -> bool {
        self.change().is_none_or(|change| change.cents() == 0)
            && self.verdict.0 == self.verdict.1
            && self.moved.is_empty()
            && self.configured.is_empty()
    }

    /// How much the cost changed.
    pub fn change(&self) -> Option<Money> {
        Some(self.cost.1? - self.cost.0?)
    }

    /// The same as a share of what it was.
    pub fn share(&self) -> Option<f64> {
        let before = self.cost.0?.dollars();
        (before > 0.0).then(|| self.change().map(|change| change.dollars() / before))?
    }

    /// Takes in a line, or the lines of an item's tiers, and which of their prices changed.
    fn line(
        &mut self,
        key: &Key,
        old: Option<&Vec<&Line>>,
        new: Option<&Vec<&Line>>,
        prices: &mut BTreeSet<Repriced>,
    ) {
        let amount = (old.map(|lines| sum(lines)), new.map(|lines| sum(lines)));
        let change = amount.1.unwrap_or_default() - amount.0.unwrap_or_default();
        let why = match (old, new) {
            (Some(old), Some(new)) => {
                // Tiers come in their order; one that only one of the bills reaches is more or less usage.
                let known = prices.len();
                let mut by_price = Money::ZERO;
                for (old, new) in old.iter().zip(new) {
                    let (was, is) = (money(&old.unit_price), money(&new.unit_price));
                    let (was, is) = (was.unwrap_or_default(), is.unwrap_or_default());
                    if was != is {
                        by_price += (is - was).times_f64(new.quantity);
                        prices.insert((key.0.clone(), key.1.clone(), was, is));
                    }
                }
                self.by_price += by_price;
                self.by_usage += change - by_price;
                if by_price == Money::ZERO && prices.len() == known { "usage" } else { "price" }
            }
            (None, _) => {
                self.by_placement += change;
                "new"
            }
            (_, None) => {
                self.by_placement += change;
                "gone"
            }
        };
        if change != Money::ZERO {
            let (_, item, component) = key.clone();
            self.lines.push(Change { item, component, amount, why: why.to_owned() });
        }
    }

    fn places(&mut self, before: &Saved, after: &Saved) {
        let place = |plan: &Saved, id: &str| {
            let found = plan.answer.placements.iter().find(|p| p.component == id);
            found.map(|p| (format!("{} in {}", p.platform, p.region), p.config.clone()))
        };
        let mut ids: Vec<&str> = before
            .answer
            .placements
            .iter()
            .chain(&after.answer.placements)
            .map(|placement| placement.component.as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            let (at_before, set_before) = place(before, id).unzip();
            let (at_after, set_after) = place(after, id).unzip();
            let component = id.to_owned();
            if at_before != at_after {
                self.moved.push(Move { component, before: at_before, after: at_after });
            } else if set_before != set_after {
                self.configured.push(Move { component, before: set_before, after: set_after });
            }
        }
    }
}

impl Change {
    fn size(&self) -> Money {
        let change = self.amount.1.unwrap_or_default() - self.amount.0.unwrap_or_default();
        if change < Money::ZERO { Money::ZERO - change } else { change }
    }
}

/// What the two plans were not made from alike.
fn inputs(before: &Saved, after: &Saved) -> Vec<String> {
    let (old, new) = (&before.provenance, &after.provenance);
    let differ = [
        ("definitions or traffic", old.inputs != new.inputs),
        ("price catalogue", old.catalog_sha256 != new.catalog_sha256),
        ("day of the prices", old.as_of != new.as_of),
    ];
    differ.into_iter().filter(|(_, differ)| *differ).map(|(name, _)| name.to_owned()).collect()
}

/// The distance of the nearest flip along traffic that is one of the answer.
fn flip_distance(plan: &Saved) -> Option<f64> {
    let flips = plan.flips.iter().map(saved_flip);
    let traffic = |f: &model::Flip| f.variable == model::FlipVariable::Traffic;
    let own = flips.filter(|f| traffic(f) && f.is_of_the_answer() && f.factor > 0.0);
    own.map(|f| f.factor.max(1.0 / f.factor)).min_by(f64::total_cmp)
}

fn p99s(before: &Saved, after: &Saved) -> Vec<(String, f64, f64)> {
    let p99 = |plan: &Saved, id: &str| {
        let placed = plan.answer.placements.iter().find(|p| p.component == id)?;
        placed.latency_ms.as_ref().map(|latency| latency.p99)
    };
    let ids = after.answer.placements.iter().map(|p| &p.component);
    ids.filter_map(|id| Some((id.clone(), p99(before, id)?, p99(after, id)?))).collect()
}

/// The flip nearest to today.
fn nearest(plan: &Saved) -> Option<String> {
    let flips: Vec<model::Flip> = plan.flips.iter().map(saved_flip).collect();
    let far = |flip: &model::Flip| flip.factor.max(1e-9).ln().abs();
    let nearest = parts::worth_saying(&flips).min_by(|a, b| far(a).total_cmp(&far(b)))?;
    Some(parts::flip(nearest).join(" "))
}

pub use show::{json, markdown, terminal};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json as plan, sample};

    #[test]
    fn a_plan_against_itself_is_no_difference() {
        let (decision, sources) = sample::decision();
        let text = plan::decision(&decision, &sources);
        let found = compare(&text, &text).unwrap();
        assert_eq!(found.change(), Some(Money::ZERO));
        assert!(found.moved.is_empty() && found.lines.is_empty() && found.inputs.is_empty());
    }

    #[test]
    fn the_parts_add_up_to_the_change_of_the_bills() {
        let (decision, sources) = sample::decision();
        let before = plan::decision(&decision, &sources);
        let mut later = decision.clone();
        for line in &mut later.invoices[0].lines {
            line.amount = line.amount.times_f64(1.5);
            line.quantity.count = line.quantity.count * 3 / 2;
        }
        let gone = later.invoices[1].lines.pop().unwrap();
        later.placements[0].platform = model::PlatformId("kubernetes/eks");
        let after = plan::decision(&later, &sources);
        let found = compare(&before, &after).unwrap();
        let total =
            |d: &model::Decision| d.invoices.iter().map(model::Invoice::total).sum::<Money>();
        let parts = found.by_usage + found.by_price + found.by_placement;
        assert_eq!(parts.cents(), (total(&later) - total(&decision)).cents());
        assert_eq!(found.by_placement.cents(), (Money::ZERO - gone.amount).cents());
        assert_eq!(found.moved.len(), 1);
        assert!(found.lines.iter().any(|line| line.why == "gone"));
    }

    #[test]
    fn the_nearest_flip_is_told_as_the_plan_tells_it() {
        let (mut decision, sources) = sample::decision();
        // Below a limit: the answer there is the flip's `from`.
        decision.flips.retain(|flip| flip.variable == model::FlipVariable::Slo);
        let text = plan::decision(&decision, &sources);
        let told = compare(&text, &text).unwrap().flip.1.unwrap();
        let said = parts::flips(&decision).next().unwrap().join(" ");
        assert_eq!(told, said);
        assert!(told.contains("moves to a larger server below a p99 of 12 ms"), "{told}");
        assert!(told.contains("the limit") && !told.contains("today"), "{told}");
    }

    #[test]
    fn a_price_of_several_lines_is_one_price_and_no_place_is_null() {
        let (mut decision, sources) = sample::decision();
        let mut second = decision.invoices[0].lines[0].clone();
        second.component = Some("another".to_owned());
        decision.invoices[0].lines.push(second);
        let before = plan::decision(&decision, &sources);
        let mut later = decision.clone();
        let lines = &mut later.invoices[0].lines;
        let item = lines[0].item.clone();
        for line in lines.iter_mut().filter(|line| line.item == item) {
            let price = line.unit_price.money().times_f64(2.0);
            line.unit_price = units::Price::from_pico(price.pico());
            line.amount = line.amount.times_f64(2.0);
        }
        later.placements.remove(0);
        let found = compare(&before, &plan::decision(&later, &sources)).unwrap();
        assert_eq!(found.prices_changed, 1);
        assert_eq!(found.moved[0].after, None);
        let text = json(&found);
        assert!(text.contains("\"after\": null") && !text.contains('–'), "{text}");
        assert!(terminal(&found, 80, crate::Style::default()).contains('–'));
    }

    #[test]
    fn a_dearer_tier_is_a_price_and_a_further_one_is_usage() {
        let (mut decision, sources) = sample::decision();
        let line = decision.invoices[0].lines[0].clone();
        decision.invoices[0].lines.push(line.clone());
        let before = plan::decision(&decision, &sources);
        let mut later = decision.clone();
        let last = later.invoices[0].lines.last_mut().unwrap();
        last.unit_price = units::Price::from_pico(last.unit_price.money().times_f64(2.0).pico());
        last.amount = last.amount.times_f64(2.0);
        let dearer = last.amount - line.amount;
        let found = compare(&before, &plan::decision(&later, &sources)).unwrap();
        assert_eq!((found.by_price.cents(), found.by_usage.cents()), (dearer.cents(), 0));
        assert_eq!((found.prices_changed, found.lines[0].why.as_str()), (1, "price"));
        let mut more = decision.clone();
        more.invoices[0].lines.push(line.clone());
        let found = compare(&before, &plan::decision(&more, &sources)).unwrap();
        assert_eq!((found.by_price, found.by_usage.cents()), (Money::ZERO, line.amount.cents()));
    }

    #[test]
    fn a_saved_plan_does_not_steer_the_terminal_and_its_sentences_fold() {
        let (decision, sources) = sample::decision();
        let before = plan::decision(&decision, &sources);
        let mut later = decision.clone();
        later.app.name = "shop\u{1b}[2J".to_owned();
        later.headline = "Lambda for a\u{1b}[31m and another one, ".repeat(8);
        let found = compare(&before, &plan::decision(&later, &sources)).unwrap();
        let text = terminal(&found, 60, crate::Style::default());
        assert!(!text.contains('\u{1b}') && text.contains("shop\u{fffd}[2J"), "{text:?}");
        assert!(text.lines().all(|line| crate::text::width(line) <= 60), "{text}");
    }

    #[test]
    fn what_is_no_plan_is_refused_with_what_to_do() {
        let (decision, sources) = sample::decision();
        let good = plan::decision(&decision, &sources);
        let (which, why) = compare(&good, "{ \"schema\": 3").unwrap_err();
        assert_eq!(which, 2);
        assert!(why.contains("--format json"), "{why}");
        let other = good.replace("crossover.plan/v1", "crossover.plan/v9");
        let (which, why) = compare(&other, &good).unwrap_err();
        assert!(which == 1 && why.contains("crossover.plan/v9"), "{why}");
    }
}
