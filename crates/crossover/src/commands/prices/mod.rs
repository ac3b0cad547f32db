//! `crossover prices`: look at the catalogue, check it, and make a book of newer prices.

mod update;
mod verify;

use catalog::{Catalog, PriceRow};

use crate::book;
use crate::cli::{Format, Output, PriceDate, Prices, PricesAction};
use crate::commands::plan::as_of;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::ui::Ui;

/// Lists, verifies or updates.
pub(crate) fn run(args: &Prices, ui: &Ui) -> anyhow::Result<Exit> {
    match &args.action {
        PricesAction::List { service, region, output, prices } => {
            output.format.only(&Format::PLAIN, "a price list")?;
            let catalog = book::catalog(&prices.books)?;
            list(&catalog, service.as_deref(), region.as_deref(), output, prices, ui)
        }
        PricesAction::Verify { prices, output } => verify::run(prices, output, ui),
        PricesAction::Update(args) => update::run(args, ui),
    }
}

fn list(
    catalog: &Catalog,
    service: Option<&str>,
    region: Option<&str>,
    output: &Output,
    prices: &PriceDate,
    ui: &Ui,
) -> anyhow::Result<Exit> {
    let rows: Vec<_> =
        catalog.at(as_of(prices)?).list(service, region).into_iter().map(row).collect();
    if rows.is_empty() {
        let wanted = [service, region].into_iter().flatten().collect::<Vec<_>>().join(" in ");
        let message = format!("the catalogue has no price for {wanted} on that day");
        return Err(InputError::error(message, "`crossover prices list` shows all of them"));
    }
    let text = match output.format {
        Format::Json => report::prices::json(&rows),
        Format::Markdown => report::prices::markdown(&rows),
        _ => report::prices::terminal(&rows, ui.width, ui.style_file()),
    };
    ui.data(&text, output.output.as_deref())?;
    Ok(Exit::Ok)
}

fn row(row: &PriceRow) -> report::prices::PriceRow {
    report::prices::PriceRow {
        service: row.service.clone(),
        region: row.region.clone(),
        dimension: row.dimension.clone(),
        unit: row.unit.clone(),
        price: row.price,
        tier_from: row.tier_from,
        tier_to: row.tier_to,
        effective_from: row.effective_from,
        effective_to: row.effective_to,
        observed: row.observed,
        source: row.source.clone(),
        note: row.note.clone(),
        doubtful: row.doubtful,
    }
}
