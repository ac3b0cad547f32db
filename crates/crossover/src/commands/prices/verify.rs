//! `crossover prices verify`: each row's source, age and hash.

use catalog::{FRESH_DAYS, ProblemKind};
use report::price_check::Checked;

use super::row;
use crate::book;
use crate::cli::{Format, Output, PriceDate};
use crate::commands::plan::as_of;
use crate::exit::Exit;
use crate::ui::Ui;

/// Says what is stale or doubtful. Exit code 4 under `--strict` if anything is stale.
pub(super) fn run(prices: &PriceDate, output: &Output, ui: &Ui) -> anyhow::Result<Exit> {
    output.format.only(&Format::PLAIN, "what is checked")?;
    let catalog = book::catalog(&prices.books)?;
    let day = as_of(prices)?;
    let rows: Vec<Checked> = catalog
        .rows()
        .iter()
        .enumerate()
        .map(|(at, price)| {
            let (file, line) = catalog.place(at);
            Checked {
                row: row(price),
                place: format!("{file}:{line}"),
                age_days: price.age_days(day),
                sha256: price.sha256(),
                stale: price.is_stale(day),
            }
        })
        .collect();
    let stale: Vec<Checked> = rows.iter().filter(|row| row.stale).cloned().collect();
    let shown = if ui.verbose > 0 { &rows } else { &stale };
    let doubtful = catalog.verify(day);
    let doubtful = doubtful.iter().filter(|p| p.kind == ProblemKind::Doubtful).count();
    let text = match output.format {
        Format::Json => report::price_check::json(&rows, catalog.sha256()),
        Format::Markdown => report::price_check::markdown(shown),
        _ if ui.quiet => String::new(),
        _ => report::price_check::terminal(shown, ui.width, ui.style_file()),
    };
    let summary = format!(
        "{} rows on {day}: {} observed more than {FRESH_DAYS} days before, {doubtful} resting on memory or a \
         derivation{}; catalogue {}\n",
        rows.len(),
        stale.len(),
        if ui.verbose > 0 { "" } else { " (-v shows every row)" },
        catalog.sha256().get(..12).unwrap_or_default(),
    );
    if output.format == Format::Json {
        ui.data(&text, output.output.as_deref())?;
    } else {
        let gap = if text.is_empty() { "" } else { "\n" };
        ui.data(&format!("{text}{gap}{summary}"), output.output.as_deref())?;
    }
    if stale.is_empty() {
        return Ok(Exit::Ok);
    }
    let word = if prices.strict { "error: --strict" } else { "warning" };
    if prices.strict || !ui.quiet {
        ui.talk(&format!(
            "{word}: {} rows were observed more than {FRESH_DAYS} days before {day}\n\
             hint: `crossover prices update FEED -o DIR` reads the providers' own feeds; `--prices DIR` uses them\n",
            stale.len()
        ));
    }
    Ok(if prices.strict { Exit::Stale } else { Exit::Ok })
}
