//! AWS Price List Bulk, JSON: products by SKU, and their terms before or after them.

use std::collections::BTreeMap;

use serde::de::{Error as _, MapAccess};

use super::aws_product::{Issue, OnDemand, Product, Wanted, join};
use super::bytes::Bytes;
use super::gather::Gather;
use super::json::{self, Object, Text, Under, Walk, skip};
use super::rules::Rules;
use super::{Feed, FeedError, Told};

pub(super) const FEED: Feed = Feed {
    name: "AWS Price List (JSON)",
    rules: "aws",
    versioned: true,
    told: Told::Keys(&["offerCode", "products", "terms"]),
    read,
};

/// Most products or prices that are kept: the largest offer has some hundred thousand.
const SKUS_MAX: usize = 2_000_000;

fn read(bytes: &mut Bytes<'_>, rules: &Rules, gather: &mut Gather) -> Result<(), FeedError> {
    let mut list = PriceList::new(rules, gather);
    json::documents(bytes, &mut list)
}

/// One offer file.
pub(super) struct PriceList<'a> {
    rules: &'a Rules,
    gather: &'a mut Gather,
    issue: Issue,
    products: BTreeMap<String, Wanted>,
    /// Whether the products came before the terms, so that only their prices need be kept.
    products_first: bool,
    prices: BTreeMap<String, OnDemand>,
}

impl<'a> PriceList<'a> {
    pub(super) fn new(rules: &'a Rules, gather: &'a mut Gather) -> Self {
        Self {
            rules,
            gather,
            issue: Issue::default(),
            products: BTreeMap::new(),
            products_first: false,
            prices: BTreeMap::new(),
        }
    }
}

impl Object for PriceList<'_> {
    fn text(&mut self, key: &str) -> Option<&mut String> {
        match key {
            "offerCode" | "serviceCode" => Some(&mut self.issue.offer),
            "version" => Some(&mut self.issue.version),
            _ => None,
        }
    }

    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "publicationDate" => {
                let Text(text) = map.next_value()?;
                self.issue.published = json::day(&text).map_err(A::Error::custom)?;
            }
            "products" => {
                map.next_value_seed(Walk(&mut Products(self)))?;
                self.products_first = true;
            }
            // One product of a page of GetProducts.
            "product" => {
                let product = product(self.rules, map)?;
                self.keep(product).map_err(A::Error::custom)?;
                self.products_first = true;
            }
            // Others, such as Reserved, are left alone.
            "terms" => map.next_value_seed(Walk(&mut Under("OnDemand", &mut Terms(self))))?,
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let products = std::mem::take(&mut self.products);
        let mut prices = std::mem::take(&mut self.prices);
        let issue = std::mem::take(&mut self.issue);
        self.products_first = false;
        join(products, |sku| prices.remove(sku).map(OnDemand::priced), &issue, self.gather)
    }
}

impl PriceList<'_> {
    fn keep(&mut self, mut product: Product<'_>) -> Result<(), String> {
        let code = product.record.get(self.rules, "servicecode").is_empty();
        if code {
            product.record.set(self.rules, "servicecode", &self.issue.offer);
        }
        let Product { mut record, sku, .. } = product;
        if let Some(wanted) = Wanted::of(self.rules, &mut record, &sku, self.gather) {
            self.products.insert(sku, wanted);
        }
        full(self.products.len())
    }
}

fn product<'r, 'de, A: MapAccess<'de>>(
    rules: &'r Rules,
    map: &mut A,
) -> Result<Product<'r>, A::Error> {
    let mut product = Product::new(rules);
    map.next_value_seed(Walk(&mut product))?;
    Ok(product)
}

fn full(kept: usize) -> Result<(), String> {
    if kept > SKUS_MAX { Err(format!("more than {SKUS_MAX} products")) } else { Ok(()) }
}

struct Products<'l, 'a>(&'l mut PriceList<'a>);

impl Object for Products<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let mut product = product(self.0.rules, map)?;
        if product.sku.is_empty() {
            key.clone_into(&mut product.sku);
        }
        self.0.keep(product).map_err(A::Error::custom)
    }
}

/// On-demand terms by SKU, or, in a page of GetProducts, those of the one product.
struct Terms<'l, 'a>(&'l mut PriceList<'a>);

impl Object for Terms<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let list = &mut *self.0;
        // In a page, the key is that of the term: `SKU.JRTCKXETXF`.
        let of_page = key.split_once('.').map(|(sku, _)| sku);
        let sku = of_page.unwrap_or(key);
        if list.products_first && !list.products.contains_key(sku) {
            return skip(map);
        }
        let terms = list.prices.entry(sku.to_owned()).or_default();
        if of_page.is_some() {
            terms.entry(key, map)?;
        } else {
            map.next_value_seed(Walk(terms))?;
        }
        full(list.prices.len()).map_err(A::Error::custom)
    }
}
