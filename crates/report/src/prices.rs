//! Rows of the catalogue, for `crossover prices list`.

use serde::Serialize;
use units::{Date, Price};

use crate::json::{self, plan::Day, plan::Dollars};
use crate::style::Style;
use crate::table::{Align, Table};
use crate::words::{self, NOTHING};

/// One list price as it is shown; the fields are those of a catalogue row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// Service key: `aws/lambda`.
    pub service: String,
    /// Region.
    pub region: String,
    /// Dimension: `duration_arm`.
    pub dimension: String,
    /// What one of costs the price.
    pub unit: String,
    /// The price of one unit.
    pub price: Price,
    /// First unit of the month that it is for.
    pub tier_from: u128,
    /// First unit that it is no longer for; `None` is infinity.
    pub tier_to: Option<u128>,
    /// First day on which it is in force.
    pub effective_from: Option<Date>,
    /// First day on which it is no longer in force.
    pub effective_to: Option<Date>,
    /// When it was read.
    pub observed: Option<Date>,
    /// Where it was read.
    pub source: String,
    /// A remark.
    pub note: String,
    /// Whether it is not a provider's own figure.
    pub doubtful: bool,
}

/// As a table for a terminal of `width` columns.
pub fn terminal(rows: &[PriceRow], width: usize, style: Style) -> String {
    style.finish(table(rows).most(2, 36).terminal(width, 0, style))
}

/// As a Markdown table.
pub fn markdown(rows: &[PriceRow]) -> String {
    table(rows).markdown()
}

/// As JSON: `"schema": "crossover.prices/v1"`, prices as decimal strings.
pub fn json(rows: &[PriceRow]) -> String {
    let prices = rows.iter().map(|r| Row {
        service: r.service.clone(),
        region: r.region.clone(),
        dimension: r.dimension.clone(),
        unit: r.unit.clone(),
        price: Dollars(r.price.money().to_decimal()),
        tier_from: r.tier_from.to_string(),
        tier_to: r.tier_to.map(|t| t.to_string()),
        effective_from: day(r.effective_from),
        effective_to: day(r.effective_to),
        observed: day(r.observed),
        source: r.source.clone(),
        note: r.note.clone(),
        doubtful: r.doubtful,
    });
    json::pretty(&Prices { schema: "crossover.prices/v1", prices: prices.collect() })
}

fn day(date: Option<Date>) -> Option<Day> {
    date.map(|d| Day(d.to_string()))
}

fn table(rows: &[PriceRow]) -> Table {
    let mut table = Table::new(&[
        ("service", Align::Left),
        ("region", Align::Left),
        ("dimension", Align::Left),
        ("price", Align::Decimal),
        ("a", Align::Left),
        ("of a month", Align::Left),
        ("in force", Align::Left),
        ("seen", Align::Left),
        ("source", Align::Left),
    ]);
    for r in rows {
        let seen = r.observed.map_or_else(|| NOTHING.to_owned(), |d| d.to_string());
        table.row([
            r.service.clone(),
            r.region.clone(),
            r.dimension.clone(),
            words::unit_price(r.price.money()),
            r.unit.clone(),
            tier(r),
            in_force(r),
            if r.doubtful { format!("{seen}, doubtful") } else { seen },
            r.source.clone(),
        ]);
    }
    table
}

/// Which units of a month the price is for.
fn tier(row: &PriceRow) -> String {
    let units = |n: u128| words::count(n as f64);
    match (row.tier_from, row.tier_to) {
        (0, None) => "all".to_owned(),
        (0, Some(to)) => format!("first {}", units(to)),
        (from, None) => format!("above {}", units(from)),
        (from, Some(to)) => format!("{} to {}", units(from), units(to)),
    }
}

fn in_force(row: &PriceRow) -> String {
    match (row.effective_from, row.effective_to) {
        (None, None) => "always".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("until {to}"),
        (Some(from), Some(to)) => format!("{from} to {to}"),
    }
}

/// `crossover.prices/v1`.
#[derive(Debug, Serialize)]
struct Prices {
    schema: &'static str,
    prices: Vec<Row>,
}

/// One list price. Tier bounds are text, because they may exceed what a JSON reader keeps exactly.
#[derive(Debug, Serialize)]
struct Row {
    service: String,
    region: String,
    dimension: String,
    unit: String,
    price: Dollars,
    tier_from: String,
    tier_to: Option<String>,
    effective_from: Option<Day>,
    effective_to: Option<Day>,
    observed: Option<Day>,
    source: String,
    note: String,
    doubtful: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<PriceRow> {
        let row = |dimension: &str, tier: (u128, Option<u128>), unit: &str, price: &str| PriceRow {
            service: "aws/lambda".to_owned(),
            region: "us-east-1".to_owned(),
            dimension: dimension.to_owned(),
            unit: unit.to_owned(),
            price: Price::parse(price).unwrap(),
            tier_from: tier.0,
            tier_to: tier.1,
            effective_from: Date::new(2020, 12, 1),
            effective_to: None,
            observed: Date::new(2026, 11, 3),
            source: "aws-price-list".to_owned(),
            note: String::new(),
            doubtful: dimension == "hour",
        };
        vec![
            row("requests", (0, None), "request", "0.0000002"),
            row("duration_arm", (0, Some(7_500_000_000)), "GB-s", "0.0000133334"),
            row("hour", (7_500_000_000, None), "hour", "12.5"),
        ]
    }

    #[test]
    fn unit_prices_line_up_with_all_their_decimals() {
        insta::assert_snapshot!(terminal(&rows(), 112, Style::default()));
    }

    #[test]
    fn json_prices_are_text() {
        let text = json(&rows());
        assert!(
            text.contains("\"price\": \"0.0000133334\"") && text.contains("\"effective_to\": null")
        );
    }
}
