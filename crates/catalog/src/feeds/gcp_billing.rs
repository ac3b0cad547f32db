//! Google's Cloud Billing catalogue: pages of SKUs, each sold in several regions, tiers that have only a start.

use serde::Deserialize;
use serde::de::{Error as _, MapAccess};
use units::Date;

use super::aws_product::not_dollars;
use super::bytes::Bytes;
use super::gather::{Gather, Offer, Place, TIERS_MAX, Terms, Tier, shown};
use super::json::{self, Number, Object, Text, Under, Walk, skip};
use super::number::Exact;
use super::rules::{Record, Rules, Values};
use super::{Feed, FeedError, Told};

pub(super) const FEED: Feed = Feed {
    name: "Google Cloud Billing catalogue",
    rules: "gcp",
    versioned: false,
    told: Told::Keys(&["skus"]),
    read,
};

const SOURCE: &str = "gcp-billing-catalog";
/// Most regions of one SKU: there are some forty.
const REGIONS_MAX: usize = 1_000;

fn read(bytes: &mut Bytes<'_>, rules: &Rules, gather: &mut Gather) -> Result<(), FeedError> {
    gather.source(SOURCE, "Google Cloud Billing Catalog API, services.skus.list".to_owned());
    json::documents(bytes, &mut Under("skus", &mut Sku::new(rules, gather)))
}

struct Sku<'a> {
    rules: &'a Rules,
    gather: &'a mut Gather,
    record: Record,
    id: String,
    regions: Vec<String>,
    /// The newest price.
    price: Option<Pricing>,
}

impl<'a> Sku<'a> {
    fn new(rules: &'a Rules, gather: &'a mut Gather) -> Self {
        let (record, regions) = (rules.record(), Vec::new());
        Self { rules, gather, record, id: String::new(), regions, price: None }
    }
}

impl Object for Sku<'_> {
    fn text(&mut self, key: &str) -> Option<&mut String> {
        (key == "skuId").then_some(&mut self.id)
    }

    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "name" => {
                // `services/6F81-5844-456A/skus/039F-D0DA-4055`
                let Text(name) = map.next_value()?;
                let service = name.split('/').nth(1).unwrap_or("");
                self.record.set(self.rules, "serviceid", service);
            }
            "description" => self.record.put(self.rules, key, map)?,
            // `{serviceDisplayName, resourceFamily, resourceGroup, usageType}`
            "category" => {
                let mut category = Values { rules: self.rules, record: &mut self.record };
                map.next_value_seed(Walk(&mut category))?;
            }
            "serviceRegions" => {
                let regions: Vec<Text> = map.next_value()?;
                if regions.len() > REGIONS_MAX {
                    return Err(A::Error::custom(format!("more than {REGIONS_MAX} regions")));
                }
                self.regions = regions.into_iter().map(|Text(region)| region).collect();
            }
            "pricingInfo" => {
                let mut newest = Newest { next: Pricing::default(), best: &mut self.price };
                map.next_value_seed(Walk(&mut newest))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let mut record = std::mem::replace(&mut self.record, self.rules.record());
        let (sku, regions) = (std::mem::take(&mut self.id), std::mem::take(&mut self.regions));
        let price = self.price.take();
        let quantity = price.as_ref().map_or(String::new(), |p| p.expression.quantity());
        record.set(self.rules, "displayquantity", &quantity);
        let service = record.get(self.rules, "servicedisplayname");
        let Some(met) = self.gather.met(self.rules, &record, &sku, service) else {
            return Ok(());
        };
        let terms = match price.map(|price| price.terms(&sku)) {
            None => Err("SKUs without a price".to_owned()),
            Some(terms) => terms?,
        };
        let (terms, place) = match (terms, met.place(self.rules, &record, String::new())) {
            (Ok(terms), Some(place)) => (terms, place),
            (Err(reason), _) => {
                self.gather.leave_out(reason);
                return Ok(());
            }
            (_, None) => {
                self.gather.leave_out("SKUs without the name that the row has");
                return Ok(());
            }
        };
        if regions.is_empty() {
            self.gather.leave_out("SKUs of no region");
        }
        for region in regions {
            let place = Place { region, ..place.clone() };
            let (sku, terms, source) = (sku.clone(), terms.clone(), SOURCE.to_owned());
            self.gather.offer(Offer { place, sku, terms, source })?;
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Pricing {
    effective: Option<Date>,
    expression: Expression,
}

/// Of several prices of a SKU, the newest.
struct Newest<'a> {
    next: Pricing,
    best: &'a mut Option<Pricing>,
}

impl Object for Newest<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "effectiveTime" => {
                let Text(text) = map.next_value()?;
                self.next.effective = json::day(&text).map_err(A::Error::custom)?;
            }
            "pricingExpression" => self.next.expression = map.next_value()?,
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let next = std::mem::take(&mut self.next);
        if self.best.as_ref().is_none_or(|best| best.effective < next.effective) {
            *self.best = Some(next);
        }
        Ok(())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Expression {
    usage_unit: Text,
    display_quantity: Option<Number>,
    tiered_rates: Vec<Rate>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    #[serde(default)]
    start_usage_amount: Option<Number>,
    unit_price: UnitPrice,
}

/// Whole dollars and billionths of one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnitPrice {
    #[serde(default)]
    currency_code: Text,
    #[serde(default)]
    units: Option<Number>,
    #[serde(default)]
    nanos: i64,
}

impl Expression {
    fn quantity(&self) -> String {
        let whole = self.display_quantity.and_then(|Number(quantity)| quantity.whole(1, 1));
        whole.map_or(String::new(), |whole| whole.to_string())
    }
}

impl Pricing {
    /// The tiers, or why they are none; an error is a feed that says nonsense.
    fn terms(self, sku: &str) -> Result<Result<Terms, String>, String> {
        let Self { effective, expression } = self;
        let rates = expression.tiered_rates;
        if rates.len() > TIERS_MAX {
            return Err(format!("SKU {}: more than {TIERS_MAX} tiers", shown(sku)));
        }
        let mut tiers = Vec::new();
        for rate in rates {
            let UnitPrice { currency_code: Text(currency), units, nanos } = rate.unit_price;
            if !["USD", ""].contains(&currency.as_str()) {
                return Ok(Err(not_dollars(&currency)));
            }
            let whole = units.map_or(Some(0), |Number(units)| units.whole(1_000_000_000, 1));
            let nanos = u128::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
            let price = whole.zip(nanos).map(|(whole, nanos)| whole + nanos);
            let Some(price) = price else {
                return Ok(Err("prices that are negative or no price at all".to_owned()));
            };
            let from = rate.start_usage_amount.map_or(Exact::ZERO, |Number(start)| start);
            tiers.push(Tier { from, to: None, price: Exact::new(price, 9) });
        }
        let Text(unit) = expression.usage_unit;
        Ok(Ok(Terms { unit, effective, published: None, tiers }))
    }
}
