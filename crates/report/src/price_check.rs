//! How old and how sure each price is, for `crossover prices verify`.

use serde::Serialize;

use crate::json;
use crate::prices::PriceRow;
use crate::style::Style;
use crate::table::{Align, Table};
use crate::words::NOTHING;

/// Characters of a hash that tell rows apart.
const HASH: usize = 8;

/// A row of the catalogue and what is to say about it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The row.
    pub row: PriceRow,
    /// File and line: `aws/lambda.csv:12`.
    pub place: String,
    /// Days since it was read; `None` without a date.
    pub age_days: Option<i64>,
    /// SHA-256 of the row.
    pub sha256: String,
    /// Whether it is older than it should be and still in force.
    pub stale: bool,
}

/// As a table for a terminal of `width` columns.
pub fn terminal(rows: &[Checked], width: usize, style: Style) -> String {
    style.finish(table(rows).most(0, 20).most(2, 18).terminal(width, 0, style))
}

/// As a Markdown table.
pub fn markdown(rows: &[Checked]) -> String {
    table(rows).markdown()
}

/// As JSON: `"schema": "crossover.price-check/v1"`.
pub fn json(rows: &[Checked], catalog_sha256: &str) -> String {
    let row = |checked: &Checked| Row {
        service: checked.row.service.clone(),
        region: checked.row.region.clone(),
        dimension: checked.row.dimension.clone(),
        tier_from: checked.row.tier_from.to_string(),
        price: checked.row.price.money().to_decimal(),
        source: checked.row.source.clone(),
        observed: checked.row.observed.map(|day| day.to_string()),
        age_days: checked.age_days,
        stale: checked.stale,
        doubtful: checked.row.doubtful,
        place: checked.place.clone(),
        sha256: checked.sha256.clone(),
    };
    json::pretty(&Document {
        schema: "crossover.price-check/v1",
        catalog_sha256: catalog_sha256.to_owned(),
        rows: rows.iter().map(row).collect(),
    })
}

fn table(rows: &[Checked]) -> Table {
    let mut table = Table::new(&[
        ("service", Align::Left),
        ("region", Align::Left),
        ("dimension", Align::Left),
        ("age", Align::Left),
        ("hash", Align::Left),
        ("source", Align::Left),
        ("place", Align::Left),
    ]);
    for checked in rows {
        let age = checked.age_days.map_or_else(|| NOTHING.to_owned(), |days| format!("{days} d"));
        let age = match (checked.stale, checked.row.doubtful) {
            (true, _) => format!("{age}, stale"),
            (false, true) => format!("{age}, doubtful"),
            (false, false) => age,
        };
        table.row([
            checked.row.service.clone(),
            checked.row.region.clone(),
            checked.row.dimension.clone(),
            age,
            checked.sha256.get(..HASH).unwrap_or_default().to_owned(),
            checked.row.source.clone(),
            checked.place.clone(),
        ]);
    }
    table
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    catalog_sha256: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    service: String,
    region: String,
    dimension: String,
    tier_from: String,
    price: String,
    source: String,
    observed: Option<String>,
    age_days: Option<i64>,
    stale: bool,
    doubtful: bool,
    place: String,
    sha256: String,
}
