//! What the providers' feeds change in the prices, for `crossover prices update`.

use serde::Serialize;
use units::{Date, Price};

use crate::json;
use crate::prices::PriceRow;
use crate::style::{Style, Tone};
use crate::table::{Align, Table, escape_markdown};
use crate::words;

/// Rows that a terminal shows without `-v`.
const SHOWN: usize = 30;

/// What was read and what came of it.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The files, in the order in which they were given.
    pub feeds: Vec<Feed>,
    /// The day whose prices they are held against.
    pub on: Option<Date>,
    /// Prices that differ: the new row and what it cost before.
    pub changed: Vec<(PriceRow, Price)>,
    /// Prices that nothing stood for.
    pub new: Vec<PriceRow>,
    /// Prices that are what they were.
    pub same: usize,
    /// Spot machines whose saving or interruption differs, each in a phrase.
    pub spots: Vec<String>,
    /// Entries that became no row, by reason.
    pub left_out: Vec<(String, u64)>,
    /// Rows of the book that are replaced.
    pub replaced: Vec<String>,
}

/// One file that was read.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Where.
    pub path: String,
    /// What kind of feed.
    pub kind: String,
    /// How large, unpacked.
    pub bytes: u64,
    /// SHA-256 of the unpacked bytes.
    pub sha256: String,
    /// Rows made of it.
    pub rows: usize,
}

/// For a terminal of `width` columns; `every` shows all rows instead of the largest changes.
pub fn terminal(changes: &Changes, width: usize, every: bool, style: Style) -> String {
    let most = if every { usize::MAX } else { SHOWN };
    let mut text = String::new();
    for feed in &changes.feeds {
        let size = feed.bytes as f64 / 1e6;
        let hash = feed.sha256.get(..12).unwrap_or_default();
        let Feed { path, kind, rows, .. } = feed;
        let line = format!("{path}: {kind}, {size:.1} MB, {rows} rows, {hash}");
        text.push_str(&style.folded(&line, width, 0, Tone::Plain));
    }
    let changed = largest(changes);
    if !changed.is_empty() {
        let table = changed_table(changed.iter().copied().take(most));
        text.push_str(&format!("\n{} changed\n", words::count(changed.len() as f64)));
        text.push_str(&table.most(2, 36).terminal(width, 2, style));
        text.push_str(&more(changed.len(), most));
    }
    if !changes.new.is_empty() {
        text.push_str(&format!("\n{} new\n", words::count(changes.new.len() as f64)));
        text.push_str(
            &new_table(changes.new.iter().take(most)).most(2, 36).terminal(width, 2, style),
        );
        text.push_str(&more(changes.new.len(), most));
    }
    if !changes.spots.is_empty() {
        text.push_str(&format!("\n{} savings as spot\n", words::count(changes.spots.len() as f64)));
        let shown = changes.spots.iter().take(most);
        text.extend(shown.map(|spot| style.folded(spot, width, 2, Tone::Plain)));
        text.push_str(&more(changes.spots.len(), most));
    }
    text.push_str(&format!("\n{} unchanged\n", words::count(changes.same as f64)));
    let left: u64 = changes.left_out.iter().map(|(_, count)| count).sum();
    if left > 0 {
        text.push_str(&format!("{} entries left out\n", words::count(left as f64)));
        let mut table = Table::new(&[("", Align::Right), ("", Align::Left)]);
        for (reason, count) in &changes.left_out {
            table.row([words::count(*count as f64), reason.clone()]);
        }
        text.push_str(&table.folding().terminal(width, 2, style));
    }
    style.finish(text)
}

/// As Markdown, every row.
pub fn markdown(changes: &Changes) -> String {
    let mut text = String::new();
    let changed = largest(changes);
    text.push_str(&format!("{} changed\n\n", changed.len()));
    if !changed.is_empty() {
        text.push_str(&changed_table(changed.into_iter()).markdown());
        text.push('\n');
    }
    text.push_str(&format!("{} new\n\n", changes.new.len()));
    if !changes.new.is_empty() {
        text.push_str(&new_table(changes.new.iter()).markdown());
        text.push('\n');
    }
    for spot in &changes.spots {
        text.push_str(&format!("- {}\n", escape_markdown(spot)));
    }
    text.push_str(&format!("{} unchanged\n", changes.same));
    if !changes.left_out.is_empty() {
        let mut table = Table::new(&[("left out", Align::Right), ("because", Align::Left)]);
        for (reason, count) in &changes.left_out {
            table.row([count.to_string(), reason.clone()]);
        }
        text.push_str(&format!("\n{}", table.markdown()));
    }
    text
}

/// As JSON: `"schema": "crossover.price-changes/v1"`, prices as decimal strings.
pub fn json(changes: &Changes) -> String {
    let row = |row: &PriceRow, old: Option<Price>| Row {
        service: row.service.clone(),
        region: row.region.clone(),
        dimension: row.dimension.clone(),
        unit: row.unit.clone(),
        tier_from: row.tier_from.to_string(),
        tier_to: row.tier_to.map(|to| to.to_string()),
        old: old.map(|old| old.money().to_decimal()),
        new: row.price.money().to_decimal(),
        percent: old.and_then(|old| percent(old, row.price)),
        effective_from: row.effective_from.map(|day| day.to_string()),
        observed: row.observed.map(|day| day.to_string()),
        source: row.source.clone(),
    };
    let feed = |feed: &Feed| FeedRow {
        path: feed.path.clone(),
        kind: feed.kind.clone(),
        bytes: feed.bytes,
        sha256: feed.sha256.clone(),
        rows: feed.rows,
    };
    let left = changes
        .left_out
        .iter()
        .map(|(reason, count)| LeftOut { reason: reason.clone(), count: *count });
    json::pretty(&Document {
        schema: "crossover.price-changes/v1",
        on: changes.on.map(|day| day.to_string()),
        feeds: changes.feeds.iter().map(feed).collect(),
        changed: changes.changed.iter().map(|(new, old)| row(new, Some(*old))).collect(),
        new: changes.new.iter().map(|new| row(new, None)).collect(),
        unchanged: changes.same,
        spots: changes.spots.clone(),
        left_out: left.collect(),
        replaced: changes.replaced.clone(),
    })
}

/// The largest relative changes first.
fn largest(changes: &Changes) -> Vec<&(PriceRow, Price)> {
    let mut changed: Vec<_> = changes.changed.iter().collect();
    let size =
        |(row, old): &(PriceRow, Price)| percent(*old, row.price).map_or(f64::INFINITY, f64::abs);
    changed.sort_by(|a, b| size(b).total_cmp(&size(a)));
    changed
}

fn percent(old: Price, new: Price) -> Option<f64> {
    let (old, new) = (old.money().dollars(), new.money().dollars());
    (old > 0.0).then(|| ((new / old - 1.0) * 10_000.0).round() / 100.0)
}

fn changed_table<'a>(rows: impl Iterator<Item = &'a (PriceRow, Price)>) -> Table {
    let mut table = Table::new(&[
        ("service", Align::Left),
        ("region", Align::Left),
        ("dimension", Align::Left),
        ("old", Align::Decimal),
        ("new", Align::Decimal),
        ("change", Align::Right),
        ("a", Align::Left),
        ("from unit", Align::Right),
    ]);
    for (row, old) in rows {
        table.row([
            row.service.clone(),
            row.region.clone(),
            row.dimension.clone(),
            words::unit_price(old.money()),
            words::unit_price(row.price.money()),
            change(*old, row.price),
            row.unit.clone(),
            words::count(row.tier_from as f64),
        ]);
    }
    table
}

fn change(old: Price, new: Price) -> String {
    match percent(old, new) {
        None => "was free".to_owned(),
        Some(_) if old == new => "other tiers".to_owned(),
        Some(percent) => format!("{percent:+.2} %"),
    }
}

fn new_table<'a>(rows: impl Iterator<Item = &'a PriceRow>) -> Table {
    let mut table = Table::new(&[
        ("service", Align::Left),
        ("region", Align::Left),
        ("dimension", Align::Left),
        ("price", Align::Decimal),
        ("a", Align::Left),
        ("from unit", Align::Right),
    ]);
    for row in rows {
        table.row([
            row.service.clone(),
            row.region.clone(),
            row.dimension.clone(),
            words::unit_price(row.price.money()),
            row.unit.clone(),
            words::count(row.tier_from as f64),
        ]);
    }
    table
}

fn more(all: usize, shown: usize) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        rest => format!("  and {rest} more (-v shows them)\n"),
    }
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    on: Option<String>,
    feeds: Vec<FeedRow>,
    changed: Vec<Row>,
    new: Vec<Row>,
    unchanged: usize,
    spots: Vec<String>,
    left_out: Vec<LeftOut>,
    replaced: Vec<String>,
}

#[derive(Serialize)]
struct FeedRow {
    path: String,
    kind: String,
    bytes: u64,
    sha256: String,
    rows: usize,
}

#[derive(Serialize)]
struct Row {
    service: String,
    region: String,
    dimension: String,
    unit: String,
    tier_from: String,
    tier_to: Option<String>,
    old: Option<String>,
    new: String,
    percent: Option<f64>,
    effective_from: Option<String>,
    observed: Option<String>,
    source: String,
}

#[derive(Serialize)]
struct LeftOut {
    reason: String,
    count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_feeds_say_neither_steers_the_terminal_nor_marks_up_a_page() {
        let changes = Changes {
            feeds: vec![Feed {
                path: "feed\u{1b}[2J.json".to_owned(),
                kind: "AWS Price List".to_owned(),
                bytes: 1_000_000,
                sha256: "0123456789abcdef".to_owned(),
                rows: 3,
            }],
            spots: vec!["m7g*\u{1b}[31m <b>, ".repeat(9)],
            left_out: vec![("no machine of that\u{1b}[0m name is known, ".repeat(5), 4)],
            ..Changes::default()
        };
        let text = terminal(&changes, 60, true, Style::default());
        assert!(!text.contains('\u{1b}') && text.contains("feed\u{fffd}[2J.json"), "{text:?}");
        assert!(text.lines().all(|line| crate::text::width(line) <= 60), "{text}");
        let page = markdown(&changes);
        assert!(page.contains("- m7g\\*\u{fffd}\\[31m &lt;b") && !page.contains("<b>"), "{page}");
    }
}
