//! One table for every output: aligned on a terminal, piped in Markdown, marked up in HTML.
//!
//! comfy-table wraps cells and cannot align decimal points or drop columns, so this is our own.

use crate::style::{Style, Tone};
use crate::text;

/// Space between two columns.
const GAP: usize = 2;
/// A text column that is narrower than this says nothing; it is dropped instead of cut.
const TEXT_LEAST: usize = 14;
/// A last column of sentences that would be narrower than this stands below its row instead.
const SENTENCE_LEAST: usize = 36;
/// How far it stands to the right there.
const BELOW: usize = 4;

/// Where the cells of a column line up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At their beginning: text.
    Left,
    /// At their end: values with their own units.
    Right,
    /// At the decimal point; a cell without a digit stands at the end.
    Decimal,
}

/// A column's title and manners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it; may be empty.
    pub title: String,
    /// Where its cells line up.
    pub align: Align,
    /// Columns of a terminal that it takes at most; longer cells are cut.
    pub most: usize,
}

/// A cell and how it is painted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// What it says.
    pub text: String,
    pub(crate) tone: Tone,
}

impl Cell {
    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }
}

/// Columns and rows. Every row has a cell for every column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// From left to right; the ones on the right are dropped first when space is short.
    pub columns: Vec<Column>,
    /// From top to bottom.
    pub rows: Vec<Vec<Cell>>,
    /// What happens to a last text column that is too long for a terminal.
    pub overflow: Overflow,
}

/// What happens to a last text column that is too long for a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// It is cut, so that a row stays a line.
    #[default]
    Cut,
    /// It goes on below itself.
    Fold,
    /// It goes on below itself; where it would be too narrow for sentences, it stands below its row.
    Below,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns.iter().map(|(title, align)| Column {
            title: (*title).to_owned(),
            align: *align,
            most: usize::MAX,
        });
        Self { columns: columns.collect(), rows: Vec::new(), overflow: Overflow::Cut }
    }

    /// Limits the width of a column on a terminal; `at` counts from 0.
    #[must_use]
    pub fn most(mut self, at: usize, columns: usize) -> Self {
        self.columns[at].most = columns;
        self
    }

    /// Lets the last column go on below itself.
    #[must_use]
    pub const fn folding(mut self) -> Self {
        self.overflow = Overflow::Fold;
        self
    }

    /// Lets the last column go on below itself, or stand below its row where there is little room beside it.
    #[must_use]
    pub const fn sentences(mut self) -> Self {
        self.overflow = Overflow::Below;
        self
    }

    /// Adds a row; it must have a cell for every column.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let cells: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        assert_eq!(cells.len(), self.columns.len(), "a cell for every column");
        self.rows.push(cells);
    }

    /// Columns of a terminal that the whole table wants.
    pub fn natural_width(&self) -> usize {
        let widths: Vec<usize> = (0..self.columns.len()).map(|at| self.lay(at).width).collect();
        total(&widths)
    }

    /// Takes the last column away; its cells from top to bottom.
    pub fn pop_column(&mut self) -> Vec<Cell> {
        self.columns.pop();
        self.rows.iter_mut().filter_map(Vec::pop).collect()
    }

    /// For a terminal: at most `width` columns, `indent` of them empty on the left, no line ever longer.
    /// What does not fit is dropped from the right, column by column. Ends with a line break unless empty.
    pub fn terminal(&self, width: usize, indent: usize, style: Style) -> String {
        let columns: Vec<Laid> = (0..self.columns.len()).map(|at| self.lay(at)).collect();
        let room = width.saturating_sub(indent);
        let below = self.overflow == Overflow::Below && is_narrow(&columns, room);
        let beside = &columns[..columns.len() - usize::from(below)];
        let widths = fit(beside, room);
        let mut out = String::new();
        if self.columns.iter().any(|c| !c.title.is_empty()) {
            let titles = beside.iter().map(|c| (c.title.as_str(), Tone::Quiet));
            out.push_str(&line(titles, beside, &widths, indent, style));
        }
        let last = widths.len().saturating_sub(1);
        let folds = self.overflow != Overflow::Cut
            && beside.get(last).is_some_and(|column| column.align == Align::Left);
        for (at, row) in self.rows.iter().enumerate() {
            let mut cells: Vec<(&str, Tone)> = columns
                .iter()
                .zip(row)
                .map(|(c, cell)| (c.cells[at].as_str(), cell.tone))
                .collect();
            let sentence = cells.last().copied().filter(|_| below);
            let parts = match cells.get(last) {
                Some((text, _)) if folds => text::fold(text, widths[last]),
                _ => vec![cells.get(last).map(|cell| cell.0.to_owned()).unwrap_or_default()],
            };
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    for cell in &mut cells {
                        cell.0 = "";
                    }
                }
                let mut row = cells.clone();
                if let Some(cell) = row.get_mut(last) {
                    cell.0 = part;
                }
                out.push_str(&line(row.into_iter(), beside, &widths, indent, style));
            }
            let (text, tone) = sentence.unwrap_or_default();
            for part in text::fold(text, room.saturating_sub(BELOW).max(1)) {
                if !part.is_empty() {
                    let part = style.paint(tone, &part);
                    out.extend([&text::spaces(indent + BELOW), &part, "\n"]);
                }
            }
        }
        out
    }

    /// As a Markdown table; nothing is cut. Ends with a line break unless there are no rows.
    pub fn markdown(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut out = String::new();
        let titles: Vec<String> = self.columns.iter().map(|c| escape_markdown(&c.title)).collect();
        let rules: Vec<&str> = self
            .columns
            .iter()
            .map(|c| if c.align == Align::Left { ":--" } else { "--:" })
            .collect();
        out.extend(["| ", &titles.join(" | "), " |\n| ", &rules.join(" | "), " |\n"]);
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|c| escape_markdown(&c.text)).collect();
            out.extend(["| ", &cells.join(" | "), " |\n"]);
        }
        out
    }

    /// A column with its cells lined up among themselves.
    fn lay(&self, at: usize) -> Laid {
        let column = &self.columns[at];
        let cells: Vec<String> = self
            .rows
            .iter()
            .map(|row| text::cut(&text::clean(&row[at].text), column.most))
            .collect();
        let cells = if column.align == Align::Decimal { line_up_points(cells) } else { cells };
        let title = text::clean(&column.title);
        let width =
            cells.iter().map(|c| text::width(c)).max().unwrap_or(0).max(text::width(&title));
        Laid { title, align: column.align, cells, width }
    }
}

/// A column ready to print.
struct Laid {
    title: String,
    align: Align,
    cells: Vec<String>,
    width: usize,
}

/// Whether the last column, of sentences, would have to be narrower than it may be beside the others.
fn is_narrow(columns: &[Laid], width: usize) -> bool {
    let Some((last, others)) = columns.split_last().filter(|(c, _)| c.align == Align::Left) else {
        return false;
    };
    let others: Vec<usize> = others.iter().map(|column| column.width).collect();
    let left = width.saturating_sub(total(&others) + GAP);
    !others.is_empty() && left < last.width.min(SENTENCE_LEAST)
}

/// How wide each column that stays may be.
fn fit(columns: &[Laid], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|c| c.width).collect();
    while total(&widths) > width {
        let last = widths.len() - 1;
        let over = total(&widths) - width;
        let left = widths[last].saturating_sub(over);
        if last == 0 || (columns[last].align == Align::Left && left >= TEXT_LEAST) {
            widths[last] = left.max(1);
            break;
        }
        widths.pop();
    }
    widths
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn line<'a>(
    cells: impl Iterator<Item = (&'a str, Tone)>,
    columns: &[Laid],
    widths: &[usize],
    indent: usize,
    style: Style,
) -> String {
    let mut out = text::spaces(indent);
    let mut pending = 0;
    for (((cell, tone), column), width) in cells.zip(columns).zip(widths) {
        let cell = text::cut(cell, *width);
        let room = width - text::width(&cell).min(*width);
        let (before, after) = if column.align == Align::Left { (0, room) } else { (room, 0) };
        // Spaces are written only before something, so that no line ends in one.
        if cell.trim().is_empty() {
            pending += width + GAP;
            continue;
        }
        out.push_str(&text::spaces(pending + before));
        out.push_str(&style.paint(tone, cell.trim_end()));
        pending = after + (text::width(&cell) - text::width(cell.trim_end())) + GAP;
    }
    let mut out = out.trim_end().to_owned();
    out.push('\n');
    out
}

/// Pads each cell on the right so that the decimal points (or the ends of whole numbers) meet.
fn line_up_points(cells: Vec<String>) -> Vec<String> {
    let behind = |cell: &str| -> Option<usize> {
        let (_, rest) = cell.split_at(point(cell)?);
        Some(text::width(rest))
    };
    let most = cells.iter().filter_map(|c| behind(c)).max().unwrap_or(0);
    cells
        .into_iter()
        .map(|c| {
            let room = behind(&c).map_or(0, |b| most - b);
            format!("{c}{}", text::spaces(room))
        })
        .collect()
}

/// The byte at which the fraction of the first number begins; `None` without a digit.
fn point(cell: &str) -> Option<usize> {
    let start = cell.find(|c: char| c.is_ascii_digit())?;
    let (_, number) = cell.split_at(start);
    let whole = number.find(|c: char| !(c.is_ascii_digit() || c == ','));
    Some(start + whole.unwrap_or(number.len()))
}

/// Text of users in Markdown: no markup, no HTML, no mention, one line. Words between single backticks, as
/// our hints have them, stay code: whatever stands in a code span is inert.
pub(crate) fn escape_markdown(text: &str) -> String {
    let text = text::clean(text);
    let ticks = text.matches('`').count();
    if ticks == 0 || !ticks.is_multiple_of(2) || text.contains("``") {
        return escape_plain(&text);
    }
    let mut out = String::new();
    for (i, part) in text.split('`').enumerate() {
        if i % 2 == 1 {
            out.extend(["`", &part.replace('|', "\\|"), "`"]);
        } else {
            out.push_str(&escape_plain(part));
        }
    }
    out
}

fn escape_plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~') {
            out.push('\\');
        }
        push_html(&mut out, c);
    }
    out
}

/// Text of users inside an HTML tag of a Markdown document.
pub(crate) fn escape_html(text: &str) -> String {
    let mut out = String::new();
    for c in text::clean(text).chars() {
        push_html(&mut out, c);
    }
    out
}

fn push_html(out: &mut String, c: char) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        // A mention would call somebody.
        '@' => out.push_str("&#64;"),
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(&[
            ("component", Align::Left),
            ("$/month", Align::Decimal),
            ("p99", Align::Right),
            ("decided by", Align::Left),
        ]);
        table.row(["api", "11.52", "611 ms", "idle 91 % of the time"]);
        table.row(["thumb", "1,024.8", "1.4 s", "peaks 14× the mean"]);
        table.row(["db", "62", "–", ""]);
        table
    }

    #[test]
    fn points_line_up_and_no_line_ends_in_a_space() {
        insta::assert_snapshot!(sample().terminal(100, 0, Style::default()), @r"
        component   $/month     p99  decided by
        api           11.52  611 ms  idle 91 % of the time
        thumb      1,024.8    1.4 s  peaks 14× the mean
        db            62          –
        ");
    }

    #[test]
    fn a_narrow_terminal_cuts_the_last_text_and_then_drops_columns() {
        let forty_five = sample().terminal(45, 0, Style::default());
        assert!(forty_five.contains("idle 91 % of th…"), "{forty_five}");
        let forty = sample().terminal(40, 0, Style::default());
        assert!(!forty.contains("decided") && forty.contains("p99"), "{forty}");
        for width in 1..60 {
            let text = sample().terminal(width, 2, Style::default());
            let longest = text.lines().map(text::width).max().unwrap();
            assert!(longest <= width.max(3), "{width}: {text}");
        }
    }

    #[test]
    fn sentences_stand_below_their_row_where_there_is_no_room_beside_it() {
        let mut table = sample().sentences();
        table.rows[0][3] = "half of its requests would have to wait for a start".into();
        insta::assert_snapshot!(table.terminal(50, 2, Style::default()), @r"
          component   $/month     p99
          api           11.52  611 ms
              half of its requests would have to wait for
              a start
          thumb      1,024.8    1.4 s
              peaks 14× the mean
          db            62          –
        ");
        assert!(table.terminal(74, 2, Style::default()).contains("611 ms  half of its requests"));
    }

    #[test]
    fn markdown_cells_cannot_break_out() {
        let mut table = Table::new(&[("a", Align::Left), ("b", Align::Decimal)]);
        table.row(["x|y\n<img>@you", "1"]);
        assert_eq!(
            table.markdown(),
            "| a | b |\n| :-- | --: |\n| x\\|y &lt;img&gt;&#64;you | 1 |\n"
        );
    }
}
