//! `crossover prices`: look at the catalogue, and check it.

use catalog::{Catalog, PriceRow, ProblemKind};

use crate::cli::{Format, Output, PriceDate, Prices, PricesAction};
use crate::commands::plan::as_of;
use crate::embedded;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::ui::Ui;

/// Lists or verifies.
pub(crate) fn run(args: &Prices, ui: &Ui) -> anyhow::Result<Exit> {
    let catalog = embedded::catalog()?;
    match &args.action {
        PricesAction::List { service, region, output, prices } => {
            list(&catalog, service.as_deref(), region.as_deref(), output, prices, ui)
        }
        PricesAction::Verify { prices } => verify(&catalog, prices, ui),
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
        Format::Table => report::prices::terminal(&rows, ui.width, ui.style_file()),
        Format::Json => report::prices::json(&rows),
        Format::Markdown => report::prices::markdown(&rows),
        Format::Html | Format::Adr => {
            return Err(InputError::error(
                "price lists have no HTML form",
                "use table, markdown or json",
            ));
        }
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

/// Says what is wrong, stale or doubtful. Exit code 4 under `--strict` if anything is stale.
fn verify(catalog: &Catalog, prices: &PriceDate, ui: &Ui) -> anyhow::Result<Exit> {
    let day = as_of(prices)?;
    let problems = catalog.verify(day);
    let of = |kind: ProblemKind| problems.iter().filter(move |p| p.kind == kind);
    let mut text = String::new();
    for (kind, title, always) in [
        (ProblemKind::Broken, "cannot be used", true),
        (ProblemKind::Stale, "observed more than 180 days before", ui.verbose > 0),
        (ProblemKind::Doubtful, "resting on memory or a derivation", ui.verbose > 0),
    ] {
        let count = of(kind).count();
        if count == 0 {
            continue;
        }
        let more = if always { "" } else { " (-v lists them)" };
        text.push_str(&format!("{count} {title}{more}\n"));
        if always {
            text.extend(of(kind).map(|problem| format!("  {problem}\n")));
        }
    }
    let fresh = catalog.is_fresh(day);
    text.push_str(&format!(
        "{} rows on {day}: {}; catalogue {}\n",
        catalog.rows().len(),
        if fresh { "all fresh" } else { "some stale" },
        catalog.sha256().get(..12).unwrap_or_default(),
    ));
    ui.data(&text, None)?;
    Ok(if prices.strict && !fresh { Exit::Stale } else { Exit::Ok })
}
