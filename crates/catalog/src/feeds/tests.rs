//! Every trap of the feeds, each in a small made-up file of the feed's own shape.

mod aws;
mod azure;
mod broken;
mod gcp;
mod spot;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use units::Date;

use super::{FeedError, Harvest, Observed, Rules, read};

/// The rules of this repository.
fn rules() -> &'static BTreeMap<String, Rules> {
    static RULES: LazyLock<BTreeMap<String, Rules>> = LazyLock::new(load);
    &RULES
}

fn load() -> BTreeMap<String, Rules> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/feeds");
    let mut files = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "a test reads the catalogue from disk")]
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("feeds/{}", entry.file_name().into_string().unwrap());
        files.push((name, std::fs::read_to_string(entry.path()).unwrap()));
    }
    Rules::parse(&files).unwrap()
}

fn try_harvest(text: &str) -> Result<Harvest, FeedError> {
    let day = Date::new(2026, 11, 25).unwrap();
    read(&mut text.as_bytes(), rules(), Observed::Otherwise(day))
}

fn harvest(text: &str) -> Harvest {
    try_harvest(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Rows as `service region dimension unit price from..to`.
fn rows(harvest: &Harvest) -> Vec<String> {
    let row = |row: &crate::PriceRow| {
        let (from, to) = (row.tier_from, row.tier_to.map_or(String::new(), |to| to.to_string()));
        let price = row.price.money().to_decimal();
        format!(
            "{} {} {} {} {price} {from}..{to}",
            row.service, row.region, row.dimension, row.unit
        )
    };
    harvest.rows.iter().map(row).collect()
}

fn reasons(harvest: &Harvest) -> Vec<(&str, u64)> {
    harvest.left_out.iter().map(|(reason, count)| (reason.as_str(), *count)).collect()
}

#[test]
fn what_is_no_feed_is_refused_with_the_names_of_those_that_are() {
    for text in ["", "{}", "[]", "null", "hello", "{\"a\": {\"skus\": []}}", "a,b\n1,2\n"] {
        let error = try_harvest(text).unwrap_err();
        assert!(error.what.contains("none of the price feeds"), "{text}: {error}");
        assert!(error.remedy.contains("Azure Retail Prices"), "{}", error.remedy);
    }
}

#[test]
fn every_file_beside_the_table_that_reads_a_feed_stands_in_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/feeds");
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tests.rs") {
            continue;
        }
        #[expect(clippy::disallowed_methods, reason = "a test reads its own source")]
        let text = path.is_file().then(|| std::fs::read_to_string(&path).unwrap());
        found += usize::from(text.is_some_and(|text| text.contains("pub(super) const FEED: Feed")));
    }
    assert_eq!(found, super::ALL.len());
}

#[test]
fn every_rule_makes_a_unit_that_bills_know() {
    for (name, rules) in rules() {
        for rule in &rules.all {
            if let super::rules::To::Row(target) = &rule.to {
                let known = crate::check::UNITS.contains(&target.unit.as_str());
                assert!(known, "{name}: {} {}", target.service, target.unit);
                assert!(!target.units.is_empty(), "{name}: {} has no units", target.dimension);
            }
        }
    }
}

#[test]
fn every_row_of_a_rule_is_one_that_the_catalogue_has() {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    // Sold, and not yet asked for by any bill.
    let extra = ["worker_pool", "pod_memory_spot", "_balanced", "_scale_out"];
    let mut seen = 0;
    for rules in rules().values() {
        for rule in &rules.all {
            let super::rules::To::Row(target) = &rule.to else { continue };
            if target.dimension.contains('{')
                || extra.iter().any(|extra| target.dimension.contains(extra))
            {
                continue;
            }
            #[expect(clippy::disallowed_methods, reason = "a test reads the catalogue from disk")]
            let text = std::fs::read_to_string(catalogue.join(format!("{}.csv", target.service)));
            let row = format!(",{},{},", target.dimension, target.unit);
            let has = text.is_ok_and(|text| text.contains(&row));
            assert!(has, "{} has no{row}", target.service);
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}
