//! A small plot in block characters.

use crate::text;
use crate::words;

/// Parts of a character cell that can be filled, from the bottom.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// `values` over time, `height` lines high and at most `width` columns wide, with the largest value and zero
/// beside it. Where several values fall into a column, the largest is drawn, so that no peak is lost.
pub(crate) fn over_time(values: &[f64], width: usize, height: usize) -> Vec<String> {
    let most = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    let labels = [words::count(most), "0".to_owned()];
    let margin = labels.iter().map(|l| text::width(l)).max().unwrap_or(0);
    let columns = columns(values, width.saturating_sub(margin + 2));
    let mut lines = Vec::new();
    for row in (0..height).rev() {
        let label = match row {
            r if r + 1 == height => labels[0].as_str(),
            0 => labels[1].as_str(),
            _ => "",
        };
        let bars: String = columns.iter().map(|v| cell(*v, most, row, height)).collect();
        lines.push(
            format!("{}  {}", text::right(label, margin), bars.trim_end()).trim_end().to_owned(),
        );
    }
    lines
}

/// `values` in one line of at most `width` columns.
pub(crate) fn spark(values: &[f64], width: usize) -> String {
    let most = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    columns(values, width)
        .iter()
        .map(|v| cell(*v, most, 0, 1))
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// One value as a block, against the largest.
pub(crate) fn level(value: f64, most: f64) -> char {
    cell(value, most, 0, 1)
}

/// The largest value of each column; fewer values than columns stretch evenly.
fn columns(values: &[f64], width: usize) -> Vec<f64> {
    let n = values.len();
    if n == 0 || width == 0 {
        return Vec::new();
    }
    // At most as many columns a value as fill the width, so that a short series does not become a sliver.
    let count = if n >= width { width } else { n * (width / n) };
    (0..count)
        .map(|at| {
            let (from, to) = (at * n / count, ((at + 1) * n / count).max(at * n / count + 1));
            values.get(from..to).unwrap_or_default().iter().copied().fold(0.0, f64::max)
        })
        .collect()
}

/// What of a bar stands in one row, counted from the bottom; something is never nothing.
fn cell(value: f64, most: f64, row: usize, height: usize) -> char {
    if !(value > 0.0 && most > 0.0) {
        return ' ';
    }
    let eighths = ((value / most * height as f64 * 8.0).round() as usize).max(1);
    BLOCKS[eighths.saturating_sub(row * 8).min(8)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_survive_and_something_is_never_nothing() {
        let mut values = vec![1.0; 1000];
        values[617] = 800.0;
        values[3] = 0.0;
        let line = spark(&values, 50);
        assert_eq!(line.chars().count(), 50);
        assert_eq!(line.matches('█').count(), 1);
        assert_eq!(line.matches('▁').count(), 49);
        assert_eq!(spark(&[0.0, 0.0], 10), "");
        assert_eq!(spark(&[], 10), "");
        assert_eq!(spark(&[f64::NAN, 1.0], 2), " █");
    }

    #[test]
    fn a_plot_has_its_scale() {
        let lines = over_time(&[0.0, 2500.0, 5000.0, 12_000.0], 12, 3);
        assert_eq!(lines, ["12,000     █", "          ▂█", "     0   ▅██"]);
    }
}
