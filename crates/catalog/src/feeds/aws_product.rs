//! What the three forms of the AWS Price List share: products, on-demand terms, and how they meet.

use std::collections::BTreeMap;

use serde::de::{Error as _, MapAccess};
use units::Date;

use super::gather::{Gather, Offer, Place, Terms, Tier, shown};
use super::json::{self, Number, Object, Text, Walk, skip};
use super::number::Exact;
use super::rules::{Record, Rules, Values};

/// A product of which a row can be made, once its price is known.
#[derive(Debug, Clone)]
pub(crate) struct Wanted(Place);

/// The price of a product, or why it is none.
pub(crate) type Priced = Result<Terms, String>;

/// Which offer a file holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Issue {
    pub offer: String,
    pub version: String,
    pub published: Option<Date>,
}

impl Wanted {
    /// Which row a product is; `None` is none, and the reason has been counted.
    pub(crate) fn of(
        rules: &Rules,
        record: &mut Record,
        sku: &str,
        gather: &mut Gather,
    ) -> Option<Self> {
        if record.get(rules, "location") == "Any" {
            gather.leave_out("free tiers and other products of no region (location Any)");
            return None;
        }
        if !["", "AWS Region"].contains(&record.get(rules, "locationtype")) {
            gather.leave_out("local and wavelength zones, edge locations");
            return None;
        }
        let usage = without_region(record.get(rules, "usagetype")).to_owned();
        record.set(rules, "usage", &usage);
        let met = gather.met(rules, record, sku, record.get(rules, "servicecode"))?;
        let region = match record.at(met.rule.region) {
            "" => rules.places.get(record.get(rules, "location")).cloned().unwrap_or_default(),
            code => code.to_owned(),
        };
        if !is_region(&region) {
            gather.leave_out("products of no region or of an unknown one");
            return None;
        }
        let place = met.place(rules, record, region);
        if place.is_none() {
            gather.leave_out("products without the attribute that names the row");
        }
        place.map(Self)
    }

    /// Hands the price on.
    pub(crate) fn priced(
        self,
        sku: String,
        priced: Priced,
        issue: &Issue,
        gather: &mut Gather,
    ) -> Result<(), String> {
        match priced {
            Err(reason) => gather.leave_out(reason),
            Ok(mut terms) => {
                terms.published = issue.published;
                gather.offer(Offer { place: self.0, sku, terms, source: issue.key() })?;
            }
        }
        Ok(())
    }
}

impl Issue {
    fn key(&self) -> String {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).take(60).collect()
        };
        let parts = ["aws-price-list".to_owned(), plain(&self.offer), plain(&self.version)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
    }

    /// Says what the key of its rows stands for.
    pub(crate) fn declare(&self, gather: &mut Gather) {
        let published = self.published.map_or(String::new(), |day| format!(", published {day}"));
        let (offer, version) = (shown(&self.offer), shown(&self.version));
        let text = format!("AWS Price List, offer {offer}, version {version}{published}");
        gather.source(&self.key(), text);
    }
}

/// A product: `{sku, productFamily, attributes{…}}`.
pub(crate) struct Product<'a> {
    rules: &'a Rules,
    pub record: Record,
    pub sku: String,
}

impl<'a> Product<'a> {
    pub(crate) fn new(rules: &'a Rules) -> Self {
        Self { rules, record: rules.record(), sku: String::new() }
    }
}

impl Object for Product<'_> {
    fn text(&mut self, key: &str) -> Option<&mut String> {
        (key == "sku").then_some(&mut self.sku)
    }

    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "productFamily" => self.record.put(self.rules, key, map),
            "attributes" => {
                let mut all = Values { rules: self.rules, record: &mut self.record };
                map.next_value_seed(Walk(&mut all))
            }
            _ => skip(map),
        }
    }
}

/// The on-demand terms of one product: of several, the newest stands.
#[derive(Default)]
pub(crate) struct OnDemand {
    best: Option<Priced>,
}

impl OnDemand {
    pub(crate) fn priced(self) -> Priced {
        self.best.unwrap_or_else(|| Err(NO_PRICE.to_owned()))
    }
}

const NO_PRICE: &str = "products without an on-demand price";

impl Object for OnDemand {
    fn entry<'de, A: MapAccess<'de>>(&mut self, _: &str, map: &mut A) -> Result<(), A::Error> {
        let mut term = Term::default();
        map.next_value_seed(Walk(&mut term))?;
        let new = term.priced();
        let effective = |priced: &Priced| priced.as_ref().ok().and_then(|terms| terms.effective);
        if self.best.as_ref().is_none_or(|best| effective(best) < effective(&new)) {
            self.best = Some(new);
        }
        Ok(())
    }
}

#[derive(Default)]
struct Term {
    effective: Option<Date>,
    rates: Rates,
}

impl Term {
    fn priced(self) -> Priced {
        let Self { effective, rates } = self;
        rates.not_dollars.map_or_else(|| Ok(Terms { effective, ..rates.terms }), Err)
    }
}

impl Object for Term {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "effectiveDate" => {
                let Text(text) = map.next_value()?;
                self.effective = json::day(&text).map_err(A::Error::custom)?;
            }
            "priceDimensions" => map.next_value_seed(Walk(&mut self.rates))?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct Rates {
    terms: Terms,
    not_dollars: Option<String>,
}

impl Object for Rates {
    fn entry<'de, A: MapAccess<'de>>(&mut self, _: &str, map: &mut A) -> Result<(), A::Error> {
        let mut rate = Rate::default();
        map.next_value_seed(Walk(&mut rate))?;
        let Rate { unit, begin, end, price } = rate;
        self.terms.unit = unit;
        match price.amount() {
            Ok(price) => {
                let tier = tier(&begin, &end, price).map_err(A::Error::custom)?;
                self.terms.push(tier).map_err(A::Error::custom)?;
            }
            Err(reason) => self.not_dollars = Some(reason),
        }
        Ok(())
    }
}

#[derive(Default)]
struct Rate {
    unit: String,
    begin: String,
    end: String,
    price: Dollars,
}

impl Object for Rate {
    fn text(&mut self, key: &str) -> Option<&mut String> {
        match key {
            "unit" => Some(&mut self.unit),
            "beginRange" => Some(&mut self.begin),
            "endRange" => Some(&mut self.end),
            _ => None,
        }
    }

    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "pricePerUnit" => map.next_value_seed(Walk(&mut self.price)),
            _ => skip(map),
        }
    }
}

/// A price by currency: `{USD: "0.08"}`.
#[derive(Default)]
pub(crate) struct Dollars {
    dollars: Option<Exact>,
    other: String,
}

impl Dollars {
    /// The price, or why it is none.
    pub(crate) fn amount(self) -> Result<Exact, String> {
        self.dollars.ok_or_else(|| not_dollars(&self.other))
    }
}

impl Object for Dollars {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "USD" {
            self.dollars = Some(map.next_value::<Number>()?.0);
            return Ok(());
        }
        key.clone_into(&mut self.other);
        skip(map)
    }
}

/// A tier from the feed's texts: `0` and `Inf`.
pub(crate) fn tier(begin: &str, end: &str, price: Exact) -> Result<Tier, String> {
    let bound = |text: &str| {
        Exact::parse(text).ok_or_else(|| format!("`{}` is no bound of a tier", shown(text)))
    };
    let from = if begin.is_empty() { Exact::ZERO } else { bound(begin)? };
    let to = if ["", "Inf"].contains(&end) { None } else { Some(bound(end)?) };
    Ok(Tier { from, to, price })
}

/// Why a price in another currency is none.
pub(crate) fn not_dollars(currency: &str) -> String {
    format!("prices in {} and not in US dollars", shown(currency))
}

/// Puts products and prices together, in whichever order they came.
pub(crate) fn join(
    products: BTreeMap<String, Wanted>,
    mut price_of: impl FnMut(&str) -> Option<Priced>,
    issue: &Issue,
    gather: &mut Gather,
) -> Result<(), String> {
    issue.declare(gather);
    for (sku, wanted) in products {
        let priced = price_of(&sku).unwrap_or_else(|| Err(NO_PRICE.to_owned()));
        wanted.priced(sku, priced, issue, gather)?;
    }
    Ok(())
}

/// A usage type without the short name of its region: `EUC1-BoxUsage:m5.large`, `EU-Lambda-GB-Second`.
fn without_region(usage: &str) -> &str {
    let Some((prefix, rest)) = usage.split_once('-') else { return usage };
    let letters = prefix.strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or(prefix);
    let is_prefix =
        (2..=5).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase());
    if is_prefix { rest } else { usage }
}

/// Whether a text looks like `us-east-1` or `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase());
    let Some((last, words)) = parts.split_last() else { return false };
    (2..=3).contains(&words.len())
        && words.iter().all(is_word)
        && last.len() == 1
        && last.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{is_region, without_region};

    #[test]
    fn usage_types_lose_the_region_and_nothing_else() {
        for (usage, rest) in [
            ("EU-Lambda-GB-Second", "Lambda-GB-Second"),
            ("EUC1-BoxUsage:m5.large", "BoxUsage:m5.large"),
            ("USE1-Fargate-vCPU-Hours:perCPU", "Fargate-vCPU-Hours:perCPU"),
            ("Lambda-GB-Second", "Lambda-GB-Second"),
            ("Global-Lambda-GB-Second", "Global-Lambda-GB-Second"),
            ("BoxUsage:m5.large", "BoxUsage:m5.large"),
            ("A-x", "A-x"),
        ] {
            assert_eq!(without_region(usage), rest, "{usage}");
        }
        for (text, yes) in [
            ("us-east-1", true),
            ("us-gov-west-1", true),
            ("us-east-1-bos-1", false),
            ("", false),
            ("any", false),
        ] {
            assert_eq!(is_region(text), yes, "{text}");
        }
    }
}
