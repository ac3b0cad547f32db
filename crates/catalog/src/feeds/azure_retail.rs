//! Azure Retail Prices: pages of meters, one item a tier and a day from which it is in force.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Error as _, MapAccess};
use units::Date;

use super::aws_product::not_dollars;
use super::bytes::Bytes;
use super::gather::{Gather, Offer, Place, Terms, Tier, shown};
use super::json::{self, Number, Object, Text, Walk};
use super::number::Exact;
use super::rules::{Record, Rules};
use super::{Feed, FeedError, Told};

pub(super) const FEED: Feed = Feed {
    name: "Azure Retail Prices",
    rules: "azure",
    versioned: false,
    told: Told::Keys(&["BillingCurrency", "Items", "meterId", "retailPrice"]),
    read,
};

const SOURCE: &str = "azure-retail-prices";
/// Most meters that are kept: the whole list has some hundred thousand.
const METERS_MAX: usize = 2_000_000;

fn read(bytes: &mut Bytes<'_>, rules: &Rules, gather: &mut Gather) -> Result<(), FeedError> {
    gather.source(SOURCE, "Azure Retail Prices API (list prices in US dollars)".to_owned());
    let mut pages = Pages { item: Item::new(rules, gather) };
    json::documents(bytes, &mut pages)?;
    let Pages { item } = pages;
    let Item { meters, gather, .. } = item;
    hand_on(meters, gather).map_err(|what| bytes.error(what))
}

/// All pages; meters are put together over all of them, since a page may end between two tiers.
struct Pages<'a> {
    item: Item<'a>,
}

/// A meter in a region: the tiers of the newest day.
type Meters = BTreeMap<(String, String), Meter>;

struct Meter {
    place: Place,
    terms: Terms,
}

impl Object for Pages<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "Items" => map.next_value_seed(Walk(&mut self.item)),
            // A list of items without a page around them.
            _ => self.item.entry(key, map),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        if self.item.record.is_empty() { Ok(()) } else { self.item.end() }
    }
}

struct Item<'a> {
    rules: &'a Rules,
    gather: &'a mut Gather,
    record: Record,
    price: Option<Exact>,
    tier: Option<Exact>,
    meters: Meters,
}

impl<'a> Item<'a> {
    fn new(rules: &'a Rules, gather: &'a mut Gather) -> Self {
        let (record, meters) = (rules.record(), Meters::new());
        Self { rules, gather, record, price: None, tier: None, meters }
    }
}

/// A price that Azure writes as a number; a negative one is a credit.
#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
    Some(Number),
    Other(Text),
}

impl Object for Item<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "retailPrice" => {
                // `unitPrice` is the same in this feed; retailPrice is the documented one.
                self.price = amount(map.next_value()?);
            }
            "tierMinimumUnits" => {
                let Number(tier) = map.next_value()?;
                self.tier = Some(tier);
            }
            "effectiveStartDate" => {
                let Text(text) = map.next_value()?;
                json::day(&text).map_err(A::Error::custom)?;
                self.record.set(self.rules, key, &text);
            }
            _ => self.record.put(self.rules, key, map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let record = std::mem::replace(&mut self.record, self.rules.record());
        let (price, tier) = (self.price.take(), self.tier.take());
        let get = |name: &str| record.get(self.rules, name);
        if !["USD", ""].contains(&get("currencyCode")) {
            self.gather.leave_out(not_dollars(get("currencyCode")));
            return Ok(());
        }
        if get("type") != "Consumption" {
            let kind = shown(get("type"));
            self.gather.leave_out(format!("items of the type `{kind}`, not Consumption"));
            return Ok(());
        }
        let Some(price) = price else {
            self.gather.leave_out("prices that are negative or no price at all");
            return Ok(());
        };
        let of = get("serviceName");
        let Some(met) = self.gather.met(self.rules, &record, get("meterId"), of) else {
            return Ok(());
        };
        let region = match get("armRegionName") {
            "" => get("location").to_lowercase().replace(' ', ""),
            code => code.to_lowercase(),
        };
        let place = met.place(self.rules, &record, region).filter(|p| !p.region.is_empty());
        let Some(place) = place else {
            self.gather.leave_out("items without a region or without the name that the row has");
            return Ok(());
        };
        let effective = json::day(get("effectiveStartDate"))?;
        let tier = Tier { from: tier.unwrap_or(Exact::ZERO), to: None, price };
        let unit = get("unitOfMeasure").to_owned();
        // A SKU's meter is one price; some meters serve several SKUs.
        let key = (format!("{} {}", get("meterId"), get("skuId")), place.region.clone());
        let older = self.add(key, effective, tier, || Meter {
            place,
            terms: Terms { unit, effective, ..Terms::default() },
        })?;
        if older {
            self.gather.leave_out("prices that a newer one has replaced");
        }
        Ok(())
    }
}

impl Item<'_> {
    /// Adds a tier; whether one of an older day was dropped for it or instead of it.
    fn add(
        &mut self,
        key: (String, String),
        effective: Option<Date>,
        tier: Tier,
        new: impl FnOnce() -> Meter,
    ) -> Result<bool, String> {
        if self.meters.len() >= METERS_MAX {
            return Err(format!("more than {METERS_MAX} meters"));
        }
        let terms = &mut self.meters.entry(key).or_insert_with(new).terms;
        // The same item may stand on two pages.
        if terms.effective == effective && terms.tiers.contains(&tier) {
            return Ok(false);
        }
        terms.add(effective, tier)
    }
}

fn amount(amount: Amount) -> Option<Exact> {
    match amount {
        Amount::Some(Number(exact)) => Some(exact),
        Amount::Other(Text(text)) => Exact::parse(&text),
    }
}

fn hand_on(meters: Meters, gather: &mut Gather) -> Result<(), String> {
    for ((sku, _), meter) in meters {
        let Meter { place, terms } = meter;
        let sku = sku.split(' ').next().unwrap_or("").to_owned();
        gather.offer(Offer { place, sku, terms, source: SOURCE.to_owned() })?;
    }
    Ok(())
}
