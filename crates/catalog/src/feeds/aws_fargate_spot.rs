//! AWS Fargate Spot prices: `{prices: [{unit, price: {USD}, attributes: {"aws:region": …}}]}`. It has no date.

use serde::de::MapAccess;

use super::aws_product::Dollars;
use super::bytes::Bytes;
use super::gather::{Gather, Offer, Terms, Tier};
use super::json::{self, Object, Text, Under, Walk, skip};
use super::number::Exact;
use super::rules::{Record, Rules};
use super::{Feed, FeedError, Told};

pub(super) const FEED: Feed = Feed {
    name: "AWS Fargate Spot",
    rules: "aws-fargate-spot",
    versioned: false,
    told: Told::Keys(&["prices"]),
    read,
};

const SOURCE: &str = "aws-fargate-spot";

fn read(bytes: &mut Bytes<'_>, rules: &Rules, gather: &mut Gather) -> Result<(), FeedError> {
    gather.source(SOURCE, "AWS Fargate Spot price feed, no date in it".to_owned());
    json::documents(bytes, &mut Under("prices", &mut Spot::new(rules, gather)))
}

struct Spot<'a> {
    rules: &'a Rules,
    gather: &'a mut Gather,
    record: Record,
    id: String,
    unit: String,
    /// Every attribute, for what has no name of its own: `arm`.
    all: String,
    price: Dollars,
}

impl<'a> Spot<'a> {
    fn new(rules: &'a Rules, gather: &'a mut Gather) -> Self {
        let (id, unit, all) = (String::new(), String::new(), String::new());
        Self { rules, gather, record: rules.record(), id, unit, all, price: Dollars::default() }
    }
}

impl Object for Spot<'_> {
    fn text(&mut self, key: &str) -> Option<&mut String> {
        match key {
            "id" => Some(&mut self.id),
            "unit" => Some(&mut self.unit),
            _ => None,
        }
    }

    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "price" => map.next_value_seed(Walk(&mut self.price)),
            "attributes" => map.next_value_seed(Walk(&mut Attributes(self))),
            _ => skip(map),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        let mut record = std::mem::replace(&mut self.record, self.rules.record());
        let (unit, all) = (std::mem::take(&mut self.unit), std::mem::take(&mut self.all));
        let (sku, price) = (std::mem::take(&mut self.id), std::mem::take(&mut self.price));
        record.set(self.rules, "unit", &unit);
        record.set(self.rules, "all", &all);
        let price = match price.amount() {
            Ok(price) => price,
            Err(reason) => {
                self.gather.leave_out(reason);
                return Ok(());
            }
        };
        let Some(met) = self.gather.met(self.rules, &record, &sku, &format!("`{unit}`")) else {
            return Ok(());
        };
        let region = record.at(met.rule.region).to_owned();
        let place = met.place(self.rules, &record, region).filter(|p| !p.region.is_empty());
        let Some(place) = place else {
            self.gather.leave_out("prices without a region or without the name that the row has");
            return Ok(());
        };
        let tiers = vec![Tier { from: Exact::ZERO, to: None, price }];
        let terms = Terms { unit, tiers, ..Terms::default() };
        self.gather.offer(Offer { place, sku, terms, source: SOURCE.to_owned() })
    }
}

struct Attributes<'s, 'a>(&'s mut Spot<'a>);

impl Object for Attributes<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let Text(value) = map.next_value()?;
        self.0.record.set(self.0.rules, key, &value);
        // Bounded: only enough to find a word in.
        if self.0.all.len() < 4096 {
            self.0.all.push_str(&value.to_lowercase());
            self.0.all.push(' ');
        }
        Ok(())
    }
}
