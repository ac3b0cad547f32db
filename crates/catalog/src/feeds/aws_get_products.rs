//! Pages of the AWS Price List query API: `GetProducts` gives each product as JSON text inside JSON.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::aws_price_list::PriceList;
use super::bytes::Bytes;
use super::gather::Gather;
use super::json::{self, Object, Walk, skip};
use super::rules::Rules;
use super::{Feed, FeedError, Told};

pub(super) const FEED: Feed = Feed {
    name: "AWS Price List (GetProducts)",
    rules: "aws",
    versioned: true,
    told: Told::Keys(&["PriceList"]),
    read,
};

fn read(bytes: &mut Bytes<'_>, rules: &Rules, gather: &mut Gather) -> Result<(), FeedError> {
    json::documents(bytes, &mut Page { rules, gather })
}

struct Page<'a> {
    rules: &'a Rules,
    gather: &'a mut Gather,
}

impl Object for Page<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "PriceList" { map.next_value_seed(Products(self)) } else { skip(map) }
    }
}

struct Products<'p, 'a>(&'p mut Page<'a>);

impl<'de> DeserializeSeed<'de> for Products<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Products<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of products")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Entry(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

/// One product, as text or, as some tools print it, as an object.
struct Entry<'p, 'a>(&'p mut Page<'a>);

impl<'de> DeserializeSeed<'de> for Entry<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a product as JSON text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let mut list = PriceList::new(self.0.rules, self.0.gather);
        let mut inner = serde_json::Deserializer::from_str(text);
        Walk(&mut list)
            .deserialize(&mut inner)
            .and_then(|()| inner.end())
            .map_err(|error| E::custom(format!("inside a product: {}", json::said(&error))))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Walk(&mut PriceList::new(self.0.rules, self.0.gather)).visit_map(map)
    }
}
