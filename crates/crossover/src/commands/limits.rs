//! `crossover limits`: the catalogue's quotas against AWS service models.

use std::path::{Path, PathBuf};

use catalog::{Bounds, Layer, LimitUpdate, ServiceModel};
use units::Date;

use crate::book;
use crate::cli::{Limits, LimitsAction};
use crate::commands::plan::day;
use crate::embedded;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::ui::Ui;

/// Compares, or compares and writes a book.
pub(crate) fn run(args: &Limits, ui: &Ui) -> anyhow::Result<Exit> {
    match &args.action {
        LimitsAction::Diff { feeds, as_of } => {
            let day = day("--as-of", as_of.as_deref())?;
            match feeds.as_slice() {
                [old, new] => between(&read(old)?, &read(new)?, ui),
                _ => against_catalogue(feeds, None, day, ui).map(|_| Exit::Ok),
            }
        }
        LimitsAction::Update { feeds, output, force, observed } => {
            let day = day("--observed", observed.as_deref())?;
            let update = against_catalogue(feeds, output.as_deref(), day, ui)?;
            let Some(folder) = output.as_deref() else {
                if !ui.quiet {
                    ui.talk("nothing is written; `-o DIR` writes a book for `--prices DIR`\n");
                }
                return Ok(Exit::Ok);
            };
            if update.changed.is_empty() {
                if !ui.quiet {
                    ui.talk("no limit differs; nothing is written\n");
                }
                return Ok(Exit::Ok);
            }
            book::may_replace(folder, &update.replaced, *force)?;
            book::write(folder, &update.files, ui)?;
            Ok(Exit::Ok)
        }
    }
}

fn read(path: &Path) -> anyhow::Result<ServiceModel> {
    book::read_feed(path, ServiceModel::read)
}

/// Prints which rows differ from what the models say.
fn against_catalogue(
    feeds: &[PathBuf],
    folder: Option<&Path>,
    day: Date,
    ui: &Ui,
) -> anyhow::Result<LimitUpdate> {
    let models = feeds.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let layer = book::existing(folder)?;
    let files = embedded::files();
    let now = book::over(&files, std::slice::from_ref(&layer))?;
    let update = catalog::update_limits(&files, &now, day, &layer, &models)
        .map_err(|problems| book::refused(&problems))?;
    let next = Layer { name: layer.name.clone(), files: update.files.clone() };
    book::over(&files, &[next])?;
    let mut text = String::new();
    for model in &models {
        let hash = model.sha256.get(..12).unwrap_or_default();
        let (name, version, count) = (&model.service, &model.api_version, model.shapes.len());
        text.push_str(&format!("{name} {version}: {count} fields with bounds, {hash}\n"));
    }
    text.push_str(&format!("\n{} changed\n", update.changed.len()));
    for (limit, old) in &update.changed {
        let (row, new, unit, note) = (limit.row(), &limit.value, &limit.unit, &limit.note);
        text.push_str(&format!("  {row}: {old} -> {new} {unit} ({note})\n"));
    }
    text.push_str(&format!("{} as the models say\n", update.same.len()));
    if ui.verbose > 0 {
        text.extend(update.same.iter().map(|row| format!("  {row}\n")));
    }
    if !update.not_stated.is_empty() {
        text.push_str(&format!("{} that the models do not state\n", update.not_stated.len()));
        let lines = update.not_stated.iter();
        text.extend(lines.map(|(row, shape)| format!("  {row} (field {shape})\n")));
    }
    ui.data(&text, None)?;
    Ok(update)
}

/// Prints which bounds differ between two models of a service.
fn between(old: &ServiceModel, new: &ServiceModel, ui: &Ui) -> anyhow::Result<Exit> {
    if old.service != new.service {
        let message = format!("one model is of {} and the other of {}", old.service, new.service);
        return Err(InputError::error(message, "name two models of one service"));
    }
    let changes = old.diff(new);
    let mut text = format!("{}: {} bounds changed\n", new.service, changes.len());
    for change in &changes {
        let (shape, was, is) = (&change.shape, shown(change.old), shown(change.new));
        text.push_str(&format!("  {shape}: {was} -> {is}\n"));
    }
    ui.data(&text, None)?;
    Ok(Exit::Ok)
}

fn shown(bounds: Option<Bounds>) -> String {
    let end = |end: Option<f64>| end.map_or(String::new(), |end| end.to_string());
    bounds.map_or_else(|| "none".to_owned(), |b| format!("{}..{}", end(b.min), end(b.max)))
}
