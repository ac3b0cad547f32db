//! `crossover prices update`: from the providers' feeds to a price book.

use std::path::Path;

use catalog::feeds::{self, Harvest, Observed, Rules};
use catalog::{Layer, Update};
use report::price_changes::{Changes, Feed};

use super::row;
use crate::book;
use crate::cli::{Format, PricesUpdate};
use crate::commands::plan::day;
use crate::embedded;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::ui::Ui;

/// Reads the feeds, says what changes, writes the book.
pub(super) fn run(args: &PricesUpdate, ui: &Ui) -> anyhow::Result<Exit> {
    args.format.only(&Format::PLAIN, "what changes in prices")?;
    let today = day("--as-of", args.as_of.as_deref())?;
    let observed = match args.observed.as_deref() {
        Some(text) => Observed::Said(day("--observed", Some(text))?),
        None => Observed::Otherwise(today),
    };
    let files = embedded::files();
    let rules = Rules::parse(&files)?;
    let mut harvests = Vec::new();
    let mut changes = Changes { on: Some(today), ..Changes::default() };
    for path in &args.feeds {
        let harvest = read(path, &rules, observed)?;
        changes.feeds.push(Feed {
            path: path.display().to_string(),
            kind: harvest.feed.to_owned(),
            bytes: harvest.bytes,
            sha256: harvest.sha256.clone(),
            rows: harvest.rows.len() + harvest.spots.len(),
        });
        harvests.push(harvest);
    }
    let layer = book::existing(args.output.as_deref())?;
    let now = book::over(&files, std::slice::from_ref(&layer))?;
    let update = catalog::update(&now, today, &layer, harvests)
        .map_err(|problems| book::refused(&problems))?;
    // What is written can be read: nobody finds out later.
    let next = Layer { name: layer.name.clone(), files: update.files.clone() };
    book::over(&files, &[next])?;
    print(&mut changes, &update, args.format, ui)?;
    if update.older > 0 && !ui.quiet {
        ui.talk(&format!(
            "warning: {} rows of these feeds were read before what they take the place of\n\
             hint: fetch the feeds again; `--observed DATE` says when you fetched them\n",
            update.older
        ));
    }
    write(args, &update, ui)
}

fn read(
    path: &Path,
    rules: &std::collections::BTreeMap<String, Rules>,
    observed: Observed,
) -> anyhow::Result<Harvest> {
    book::read_feed(path, |input| feeds::read(input, rules, observed))
}

fn print(changes: &mut Changes, update: &Update, format: Format, ui: &Ui) -> anyhow::Result<()> {
    changes.changed = update.changed.iter().map(|c| (row(&c.row), c.old)).collect();
    changes.new = update.new.iter().map(row).collect();
    changes.same = update.same;
    changes.spots.clone_from(&update.spots);
    changes.left_out = update.left_out.iter().map(|(reason, n)| (reason.clone(), *n)).collect();
    changes.left_out.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    changes.replaced.clone_from(&update.replaced);
    let text = match format {
        Format::Json => report::price_changes::json(changes),
        Format::Markdown => report::price_changes::markdown(changes),
        _ => report::price_changes::terminal(changes, ui.width, ui.verbose > 0, ui.style_file()),
    };
    ui.data(&text, None)
}

fn write(args: &PricesUpdate, update: &Update, ui: &Ui) -> anyhow::Result<Exit> {
    let Some(folder) = args.output.as_deref() else {
        if !ui.quiet {
            ui.talk("nothing is written; `-o DIR` writes a price book for `--prices DIR`\n");
        }
        return Ok(Exit::Ok);
    };
    book::may_replace(folder, &update.replaced, args.force)?;
    let rows = update.changed.len() + update.new.len() + update.same + update.spots.len();
    if rows == 0 {
        let message = "no row of the catalogue is in these feeds; nothing was written";
        return Err(InputError::error(message, "the list above says why each entry was left out"));
    }
    book::write(folder, &update.files, ui)?;
    Ok(Exit::Ok)
}
