//! Pages of the AWS Price List query API: `GetProducts` gives each product as JSON text inside JSON.

use serde::de::{DeserializeSeed, MapAccess};

use super::aws_price_list::PriceList;
use super::bytes::Bytes;
use super::gather::Gather;
use super::json::{self, Object, Under, Walk};
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
    let mut products = Product(PriceList::new(rules, gather));
    json::documents(bytes, &mut Under("PriceList", &mut products))
}

/// One product, as text or, as some tools print it, as an object: an offer file of one product.
struct Product<'a>(PriceList<'a>);

impl Object for Product<'_> {
    fn text(&mut self, key: &str) -> Option<&mut String> {
        self.0.text(key)
    }

    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        self.0.entry(key, map)
    }

    fn quoted(&mut self, text: &str) -> Option<Result<(), String>> {
        let mut inner = serde_json::Deserializer::from_str(text);
        let read = Walk(&mut self.0).deserialize(&mut inner).and_then(|()| inner.end());
        Some(read.map_err(|error| format!("inside a product: {}", json::said(&error))))
    }

    fn end(&mut self) -> Result<(), String> {
        self.0.end()
    }
}
