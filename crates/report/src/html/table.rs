//! Tables as the template wants them.

use serde::Serialize;

use crate::style::Tone;
use crate::table::{Align, Table};
use crate::words::NOTHING;

/// A figure space: as wide as a digit.
const FIGURE_SPACE: char = '\u{2007}';

/// A table with its description.
#[derive(Serialize)]
pub(super) struct View {
    label: String,
    columns: Vec<Head>,
    rows: Vec<Vec<Data>>,
}

#[derive(Serialize)]
struct Head {
    title: String,
    class: &'static str,
}

#[derive(Serialize)]
struct Data {
    text: String,
    /// Room behind a number, so that the points of a column meet.
    pad: String,
    class: String,
    title: String,
}

/// `table` described as `label`; `None` without rows.
pub(super) fn view(label: &str, table: &Table) -> Option<View> {
    if table.rows.is_empty() {
        return None;
    }
    let columns: Vec<Head> = table
        .columns
        .iter()
        .map(|c| Head {
            title: c.title.clone(),
            class: if c.align == Align::Left { "" } else { "num" },
        })
        .collect();
    let pads: Vec<Vec<String>> = (0..table.columns.len()).map(|at| pads(table, at)).collect();
    let rows = table.rows.iter().enumerate().map(|(y, row)| {
        let cells = row.iter().enumerate().map(|(x, cell)| Data {
            text: cell.text.clone(),
            pad: pads[x][y].clone(),
            class: [columns[x].class, tone(cell.tone), absent(&cell.text)]
                .into_iter()
                .filter(|class| !class.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            title: columns[x].title.clone(),
        });
        cells.collect()
    });
    let rows = rows.collect();
    Some(View { label: label.to_owned(), columns, rows })
}

/// What each cell of a decimal column lacks behind its point.
fn pads(table: &Table, at: usize) -> Vec<String> {
    let texts: Vec<&str> = table.rows.iter().map(|row| row[at].text.as_str()).collect();
    if table.columns[at].align != Align::Decimal {
        return texts.iter().map(|_| String::new()).collect();
    }
    let decimals: Vec<usize> = texts.iter().map(|t| decimals(t)).collect();
    let most = decimals.iter().copied().max().unwrap_or(0);
    texts
        .iter()
        .zip(decimals)
        .map(|(text, n)| {
            let digits = text.contains(|c: char| c.is_ascii_digit());
            FIGURE_SPACE.to_string().repeat(if digits { most - n } else { 0 })
        })
        .collect()
}

fn decimals(text: &str) -> usize {
    let digits = |t: &str| t.chars().take_while(char::is_ascii_digit).count();
    text.split_once('.').map_or(0, |(_, after)| digits(after))
}

/// A cell that says nothing is left away on a phone, where every cell is a line.
fn absent(text: &str) -> &'static str {
    if text.is_empty() || text == NOTHING { "none" } else { "" }
}

const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Quiet => "quiet",
        Tone::Plain | Tone::Strong => "",
    }
}
