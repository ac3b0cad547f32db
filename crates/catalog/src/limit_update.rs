//! From an AWS service model to rows of `limits.csv` in a book: which quotas and bounds changed.

use units::Date;

use crate::layers::Layer;
use crate::model_feed::{Link, ServiceModel};
use crate::prices::Catalog;
use crate::problem::Problem;
use crate::read::{LIMITS, Raw, SOURCES};
use crate::row::{Limit, LimitValue};
use crate::write::csv;

/// Where a book keeps the limits of AWS.
const FILE: &str = "aws/limits.csv";

/// What service models change in the limits that are in use.
#[derive(Debug, Clone, Default)]
pub struct LimitUpdate {
    /// The row as it should be, and what it was.
    pub changed: Vec<(Limit, LimitValue)>,
    /// Rows that are what the model says.
    pub same: Vec<String>,
    /// Rows whose field the model does not have or does not bound, with the field.
    pub not_stated: Vec<(String, String)>,
    /// Rows that the book has already with another value.
    pub replaced: Vec<String>,
    /// The book's files as (path below it, text), those of before included.
    pub files: Vec<(String, String)>,
}

/// What `models`, fetched on the day `observed`, change in `now` as of that day, and the book that says so, on top of
/// what `book` holds. `files` are those of the catalogue and say which field is which row.
///
/// # Errors
/// Rows of `book` that cannot be read, or links that cannot.
pub fn update_limits(
    files: &[(String, String)],
    now: &Catalog,
    observed: Date,
    book: &Layer,
    models: &[ServiceModel],
) -> Result<LimitUpdate, Vec<Problem>> {
    let links = Link::parse(files).map_err(|what| {
        vec![Problem::broken("feeds/botocore.toml", 0, what, "see catalog/README.md")]
    })?;
    let mut before = book.read();
    if !before.problems.is_empty() {
        return Err(before.problems);
    }
    let mut update = LimitUpdate::default();
    let mut new = Raw { partial: true, ..Raw::default() };
    new.files.push(FILE.to_owned());
    for model in models {
        let key = source(model);
        for link in links.iter().filter(|link| link.service == model.service) {
            let (platform, id) = link.row.split_once('/').unwrap_or((&link.row, ""));
            let Ok(old) = now.at(observed).limit(platform, id) else {
                update.not_stated.push((link.row.clone(), link.shape.clone()));
                continue;
            };
            let bounds = model.shapes.get(&link.shape).copied().unwrap_or_default();
            let Some(value) = link.value(&old.value, bounds) else {
                update.not_stated.push((link.row.clone(), link.shape.clone()));
                continue;
            };
            if value == old.value {
                update.same.push(link.row.clone());
                continue;
            }
            let limit = Limit {
                value,
                source: key.clone(),
                observed: Some(observed),
                effective_from: Some(observed),
                effective_to: None,
                doubtful: false,
                note: format!("field {}", link.shape),
                ..old.clone()
            };
            let text = format!(
                "AWS service model {} {} as botocore ships it; SHA-256 {}",
                model.service, model.api_version, model.sha256
            );
            new.sources.insert(key.clone(), text);
            update.changed.push((limit.clone(), old.value.clone()));
            new.limits.push(limit);
            new.limit_places.push((0, 0));
        }
    }
    let known = |limit: &&Limit| before.limits.iter().any(|old| old.row() == limit.row());
    update.replaced = new.limits.iter().filter(known).map(Limit::row).collect();
    let sources: Vec<_> = new.sources.clone().into_iter().collect();
    // Limits of a book may stand in several files; those of AWS models go to one.
    let (mut lower, mut files) = (Raw { partial: true, ..Raw::default() }, Vec::new());
    if let Some((path, text)) = book.files.iter().find(|(path, _)| path == FILE) {
        lower.read(path, text);
    }
    lower.lay(new);
    let mut lines: Vec<&Limit> = lower.limits.iter().collect();
    lines.sort_by(|a, b| {
        (&a.platform, &a.id, a.effective_from).cmp(&(&b.platform, &b.id, b.effective_from))
    });
    if !lines.is_empty() {
        files.push((FILE.to_owned(), csv(LIMITS, lines.into_iter().map(Limit::cells))));
    }
    before.sources.extend(sources);
    let lines = before.sources.iter().map(|(key, text)| [key, text]);
    files.push(("sources.csv".to_owned(), csv(SOURCES, lines)));
    let rest =
        book.files.iter().filter(|(path, _)| ![FILE, "sources.csv"].contains(&path.as_str()));
    files.extend(rest.cloned());
    files.sort();
    update.files = files;
    Ok(update)
}

fn source(model: &ServiceModel) -> String {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect()
    };
    format!("botocore-{}-{}", plain(&model.service), plain(&model.api_version))
}
