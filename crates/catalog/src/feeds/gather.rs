//! From offers to rows: units, tiers, allowances, which of several prices stands.

use std::collections::{BTreeMap, BTreeSet};

use units::{Date, Price};

use super::number::Exact;
use super::rules::{Met, Record, Rules, Target, To, plain_unit};
use super::{Harvest, Observed, SpotRow};
use crate::check::{ACCOUNT, key};
use crate::row::PriceRow;

/// Most offers of one feed: fifty times what the largest has today.
const OFFERS_MAX: usize = 5_000_000;
/// Reasons that are told apart; a hostile feed could invent one an entry.
const REASONS_MAX: usize = 500;
/// Most tiers of one offer.
pub(crate) const TIERS_MAX: usize = 1_000;

/// The row that an entry of a feed becomes.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Which rule it met.
    pub rule: usize,
    pub pinned: bool,
    pub region: String,
    pub dimension: String,
}

/// One price of a feed.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub place: Place,
    pub sku: String,
    pub terms: Terms,
    pub source: String,
}

/// What an offer costs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// The feed's unit.
    pub unit: String,
    /// First day in force.
    pub effective: Option<Date>,
    /// The feed's own date.
    pub published: Option<Date>,
    pub tiers: Vec<Tier>,
}

/// One tier, in the feed's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tier {
    pub from: Exact,
    /// `None` is the begin of the next tier, or infinity.
    pub to: Option<Exact>,
    pub price: Exact,
}

impl Terms {
    /// A tier that has been in force since a day: one of an older day is dropped, and those of older days are dropped
    /// for it. Says whether either was.
    ///
    /// # Errors
    /// More tiers than any offer has.
    pub(crate) fn add(&mut self, effective: Option<Date>, tier: Tier) -> Result<bool, String> {
        if self.effective > effective {
            return Ok(true);
        }
        let replaced = self.effective < effective;
        if replaced {
            self.effective = effective;
            self.tiers.clear();
        }
        self.push(tier)?;
        Ok(replaced)
    }

    /// One more tier of the same day.
    ///
    /// # Errors
    /// More tiers than any offer has.
    pub(crate) fn push(&mut self, tier: Tier) -> Result<(), String> {
        if self.tiers.len() >= TIERS_MAX {
            return Err(format!("more than {TIERS_MAX} tiers"));
        }
        self.tiers.push(tier);
        Ok(())
    }
}

/// One tier, in our units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    from: u128,
    to: Option<u128>,
    price: i128,
}

/// Everything that a feed offers.
pub(crate) struct Gather {
    observed: Observed,
    offers: Vec<Offer>,
    harvest: Harvest,
}

impl Gather {
    pub(crate) fn new(observed: Observed) -> Self {
        Self { observed, offers: Vec::new(), harvest: Harvest::default() }
    }

    /// An entry that becomes no row.
    pub(crate) fn leave_out(&mut self, reason: impl AsRef<str>) {
        let (reason, counts) = (reason.as_ref(), &mut self.harvest.left_out);
        if let Some(count) = counts.get_mut(reason) {
            *count += 1;
            return;
        }
        let reason = if counts.len() < REASONS_MAX { reason } else { "other reasons" };
        *counts.entry(reason.to_owned()).or_default() += 1;
    }

    /// The rule by which an entry becomes a row; `None` is none, and the reason has been counted. `of` is what the
    /// entry belongs to.
    pub(crate) fn met<'r>(
        &mut self,
        rules: &'r Rules,
        record: &Record,
        sku: &str,
        of: &str,
    ) -> Option<Met<'r>> {
        let Some(met) = rules.meet(record, sku) else {
            self.leave_out(format!("{}: nothing in the catalogue is made of it", shown(of)));
            return None;
        };
        if let To::Nothing(reason) = &met.rule.to {
            self.leave_out(reason);
            return None;
        }
        Some(met)
    }

    /// A price.
    ///
    /// # Errors
    /// More prices than any feed has.
    pub(crate) fn offer(&mut self, offer: Offer) -> Result<(), String> {
        if self.offers.len() >= OFFERS_MAX {
            return Err(format!("more than {OFFERS_MAX} prices"));
        }
        self.offers.push(offer);
        Ok(())
    }

    /// The saving of a spot machine.
    ///
    /// # Errors
    /// More machines than any feed has.
    pub(crate) fn spot(&mut self, spot: SpotRow) -> Result<(), String> {
        if self.harvest.spots.len() >= OFFERS_MAX {
            return Err(format!("more than {OFFERS_MAX} machines"));
        }
        self.harvest.spots.push(spot);
        Ok(())
    }

    /// What a source key of the offers stands for.
    pub(crate) fn source(&mut self, key: &str, description: String) {
        self.harvest.sources.insert(key.to_owned(), description);
    }

    /// All rows.
    pub(crate) fn finish(mut self, rules: &Rules) -> Harvest {
        let mut rows: BTreeMap<(String, String, String), Vec<Offer>> = BTreeMap::new();
        for offer in std::mem::take(&mut self.offers) {
            let To::Row(target) = &rules.all[offer.place.rule].to else { continue };
            let Place { region, dimension, .. } = &offer.place;
            let key = (target.service.clone(), region.clone(), dimension.clone());
            rows.entry(key).or_default().push(offer);
        }
        let mut allowances: BTreeMap<(String, String), Vec<PriceRow>> = BTreeMap::new();
        for offers in rows.into_values() {
            self.dimension(rules, offers, &mut allowances);
        }
        for ((_, name), rows) in allowances {
            let first = &rows[0];
            if rows.iter().all(|row| row.tier_to == first.tier_to) {
                self.harvest.rows.push(first.clone());
            } else {
                self.leave_out(format!("the allowance {name} differs from region to region"));
            }
        }
        let Harvest { rows, spots, sources, .. } = &mut self.harvest;
        rows.sort_by(|a, b| (key(a), a.tier_from).cmp(&(key(b), b.tier_from)));
        spots.sort_by(|a, b| (&a.region, &a.machine).cmp(&(&b.region, &b.machine)));
        if spots.is_empty() {
            let used: BTreeSet<&str> = rows.iter().map(|row| row.source.as_str()).collect();
            sources.retain(|key, _| used.contains(key.as_str()));
        }
        self.harvest
    }

    /// The rows of one dimension: of the offers for it, the pinned and newest one stands.
    fn dimension(
        &mut self,
        rules: &Rules,
        mut offers: Vec<Offer>,
        allowances: &mut BTreeMap<(String, String), Vec<PriceRow>>,
    ) {
        let pinned = offers.iter().any(|offer| offer.place.pinned);
        let before = offers.len();
        offers.retain(|offer| offer.place.pinned == pinned);
        let newest = offers.iter().map(|offer| offer.terms.effective).max();
        offers.retain(|offer| Some(offer.terms.effective) == newest);
        for _ in offers.len()..before {
            self.leave_out("a newer or a pinned price of the same row is there");
        }
        let mut priced: Option<(Offer, Vec<Step>)> = None;
        for offer in offers {
            let To::Row(target) = &rules.all[offer.place.rule].to else { continue };
            let steps = match steps(&offer.terms, target) {
                Ok(steps) => steps,
                Err(reason) => {
                    self.leave_out(reason);
                    continue;
                }
            };
            match &priced {
                None => priced = Some((offer, steps)),
                Some((_, same)) if *same == steps => {
                    self.leave_out("the same price under a second SKU");
                }
                Some((other, _)) => {
                    let (a, b) = (other.sku.clone(), offer.sku.clone());
                    let Place { region, dimension, .. } = &offer.place;
                    let name = format!("{} {region} {dimension}", target.service);
                    self.leave_out(format!("two prices for {name}: SKU {a} and SKU {b}"));
                    return;
                }
            }
        }
        let Some((offer, steps)) = priced else { return };
        let To::Row(target) = &rules.all[offer.place.rule].to else { return };
        self.rows(&offer, target, &steps, allowances);
    }

    fn rows(
        &mut self,
        offer: &Offer,
        target: &Target,
        steps: &[Step],
        allowances: &mut BTreeMap<(String, String), Vec<PriceRow>>,
    ) {
        let observed = match self.observed {
            Observed::Said(day) => day,
            Observed::Otherwise(day) => {
                offer.terms.published.or(offer.terms.effective).unwrap_or(day)
            }
        };
        let row = |step: &Step| PriceRow {
            service: target.service.clone(),
            region: offer.place.region.clone(),
            dimension: offer.place.dimension.clone(),
            unit: target.unit.clone(),
            price: Price::from_pico(step.price),
            tier_from: step.from,
            tier_to: step.to,
            effective_from: offer.terms.effective,
            effective_to: None,
            observed: Some(observed),
            source: offer.source.clone(),
            note: format!("SKU {}", offer.sku),
            doubtful: false,
        };
        let (free, paid) = match steps {
            [first, rest @ ..] if first.price == 0 => (first.to.unwrap_or(0), rest),
            all => (0, all),
        };
        // Tiers begin after the allowance, which is a row of its own.
        self.harvest.rows.extend(paid.iter().map(|step| {
            let to = step.to.map(|to| to - free);
            row(&Step { from: step.from - free, to, ..*step })
        }));
        if free == 0 {
            return;
        }
        match &target.allowance {
            None => self.leave_out("a free first tier, which is a row of the account"),
            Some(name) => {
                let allowance = PriceRow {
                    region: ACCOUNT.to_owned(),
                    dimension: name.clone(),
                    ..row(&Step { from: 0, to: Some(free), price: 0 })
                };
                allowances
                    .entry((target.service.clone(), name.clone()))
                    .or_default()
                    .push(allowance);
            }
        }
    }
}

/// The tiers in our units, from 0 to infinity; or why there is no price in them.
fn steps(terms: &Terms, target: &Target) -> Result<Vec<Step>, String> {
    let Some(&(num, den)) = target.units.get(&plain_unit(&terms.unit)) else {
        let name = format!("{} {}", target.service, target.dimension);
        return Err(format!("the unit `{}` is not known for {name}", shown(&terms.unit)));
    };
    let mut steps = Vec::new();
    for tier in &terms.tiers {
        let bound = |bound: Exact| {
            bound.whole(num, den).ok_or_else(|| "a tier that begins inside a unit".to_owned())
        };
        let price = tier.price.pico(den, num).ok_or("a price beyond any price")?;
        if price == 0 && !tier.price.is_zero() {
            return Err("a price below a millionth of a millionth of a dollar".to_owned());
        }
        steps.push(Step { from: bound(tier.from)?, to: tier.to.map(bound).transpose()?, price });
    }
    steps.sort_by_key(|step| step.from);
    let begins: Vec<u128> = steps.iter().map(|step| step.from).collect();
    for (at, step) in steps.iter_mut().enumerate() {
        let next = begins.get(at + 1).copied();
        if step.to.is_some() && step.to != next {
            return Err("tiers with a gap, an overlap or an end".to_owned());
        }
        step.to = next;
    }
    let ascending = begins.is_sorted_by(|a, b| a < b);
    match steps.as_slice() {
        [] => Err("no price at all".to_owned()),
        [first, ..] if first.from != 0 || !ascending => {
            Err("tiers with a gap, an overlap or an end".to_owned())
        }
        [first, rest @ ..]
            if rest.iter().any(|step| step.price == 0) || (rest.is_empty() && first.price == 0) =>
        {
            Err("a price of zero".to_owned())
        }
        _ => Ok(steps),
    }
}

/// Text of a feed, short enough to be said.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).filter(|c| !c.is_control()).collect()
}
