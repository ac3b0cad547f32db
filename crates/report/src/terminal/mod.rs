//! The answer on a terminal: verdict, money, the alternatives, the components, when it changes, what it
//! rests on. No line is longer than the width; tables drop columns from the right, sentences fold.

mod detail;
mod infeasible;
mod sections;

use model::{Chosen, Considered, Decision};
use source::SourceMap;

use crate::gathered;
use crate::parts;
use crate::style::{Style, Tone, Verbosity};
use crate::text;
use crate::words;

/// Wider terminals get no longer lines than this: the eye loses its way back.
const WIDTH_MOST: usize = 120;
/// A narrower terminal gets lines of this length: less is not a terminal.
const WIDTH_LEAST: usize = 40;
/// Below this the money stands under the verdict instead of beside it.
const BESIDE_LEAST: usize = 64;

/// The whole answer for a terminal of `width` columns; ends with a line break.
pub fn decision(decision: &Decision, sources: &SourceMap, width: usize, style: Style) -> String {
    let page = Page { decision, sources, width: width.clamp(WIDTH_LEAST, WIDTH_MOST), style };
    let mut parts: Vec<String> = Vec::new();
    if style.verbosity > Verbosity::Quiet {
        parts.push(page.header());
    }
    parts.push(page.verdict());
    if style.verbosity > Verbosity::Quiet {
        parts.extend(page.body());
    }
    parts.retain(|part| !part.is_empty());
    style.finish(parts.join("\n"))
}

/// What every section needs.
#[derive(Clone, Copy)]
struct Page<'a> {
    decision: &'a Decision,
    sources: &'a SourceMap,
    width: usize,
    style: Style,
}

impl Page<'_> {
    fn body(&self) -> Vec<String> {
        let feasible = self.decision.verdict.is_some();
        let verbose = self.style.verbosity == Verbosity::Verbose;
        let mut parts = Vec::new();
        if feasible {
            parts.extend([self.alternatives(), self.placements(), self.regions()]);
            parts.extend([self.remarks(), self.flips()]);
        } else {
            parts.extend([self.alternatives(), self.stuck_components(), self.regions()]);
        }
        parts.extend([self.assumptions(), self.left_out(), self.operating()]);
        if verbose {
            parts.extend([
                self.reasons(),
                self.options(),
                self.invoices(),
                self.accounting_table(),
            ]);
        } else {
            parts.push(self.accounting());
        }
        parts.push(self.footer());
        parts
    }

    /// `shop · aws/us-east-1 · …`, with what the traffic rests on behind it or below.
    fn header(&self) -> String {
        let header = parts::header(self.decision);
        let traffic = &self.decision.app.traffic;
        if traffic.is_empty() {
            return self.folded(&header, 0, Tone::Plain);
        }
        let whole = format!("{header} ({traffic})");
        if text::width(&whole) <= self.width {
            return self.folded(&whole, 0, Tone::Plain);
        }
        self.folded(&header, 0, Tone::Plain) + &self.folded(&format!("({traffic})"), 0, Tone::Quiet)
    }

    /// The answer on the left, the money on the right.
    fn verdict(&self) -> String {
        let verdict = parts::verdict(self.decision);
        let Some(cost) = self.decision.cost_month else {
            let tone = if self.decision.verdict.is_some() { Tone::Strong } else { Tone::Bad };
            return self.folded(&verdict, 0, tone);
        };
        let money = format!("{} a month", words::dollars(cost.expected));
        let range = parts::range(self.decision).unwrap_or_default();
        if self.width < BESIDE_LEAST {
            return self.folded(&verdict, 0, Tone::Strong)
                + &self.folded(&money, 2, Tone::Good)
                + &self.folded(&range, 2, Tone::Quiet);
        }
        let lines = text::fold(&verdict, self.width - text::width(&money) - 3);
        // The range stands under the money; it may share a line with the rest of a long verdict.
        let second = lines.get(1).map_or("", String::as_str);
        let shares = text::width(second) + 3 + text::width(&range) <= self.width;
        let mut out = self.two_sided(&lines[0], &money, Tone::Good);
        if shares {
            out.push_str(&self.two_sided(second, &range, Tone::Quiet));
        }
        for line in lines.iter().skip(if shares { 2 } else { 1 }) {
            out.push_str(&self.two_sided(line, "", Tone::Plain));
        }
        if !shares {
            out.push_str(&self.two_sided("", &range, Tone::Quiet));
        }
        out
    }

    /// A strong text at the left edge and another at the right edge of one line.
    fn two_sided(&self, left: &str, right: &str, tone: Tone) -> String {
        if left.is_empty() && right.is_empty() {
            return String::new();
        }
        let room = self.width.saturating_sub(text::width(left) + text::width(right));
        let gap = if right.is_empty() { String::new() } else { text::spaces(room) };
        format!("{}{gap}{}\n", self.style.paint(Tone::Strong, left), self.style.paint(tone, right))
    }

    /// What else was thought of, and why it lost.
    fn alternatives(&self) -> String {
        let rows: Vec<&Considered> = parts::beaten(self.decision).collect();
        let costs: Vec<[String; 2]> = rows.iter().map(|c| self.cost_and_delta(c)).collect();
        let money = costs.iter().map(|c| text::width(&c[0])).max().unwrap_or(0);
        let delta = costs.iter().map(|c| text::width(&c[1])).max().unwrap_or(0);
        let name = rows.iter().map(|c| text::width(&c.name)).max().unwrap_or(0).min(self.width / 3);
        let mut out = String::new();
        for (considered, [cost, more]) in rows.iter().zip(&costs) {
            let impossible = considered.chosen == Chosen::Impossible;
            let cell = if impossible {
                "impossible".to_owned()
            } else {
                format!("{}  {}", text::right(cost, money), text::right(more, delta))
            };
            let tone = if impossible { Tone::Bad } else { Tone::Plain };
            let label = text::left(&text::cut(&text::clean(&considered.name), name), name);
            let column = if money == 0 { 10 } else { (money + 2 + delta).max(10) };
            let head = Head {
                plain: format!("  {label}  {}", text::left(&cell, column)),
                painted: format!(
                    "  {label}  {}",
                    self.style.paint(tone, &text::left(&cell, column))
                ),
            };
            out.push_str(&self.hanging(&head, &parts::reasons(&considered.why_not)));
        }
        out
    }

    fn cost_and_delta(&self, considered: &Considered) -> [String; 2] {
        if considered.chosen == Chosen::Impossible {
            return [String::new(), String::new()];
        }
        let cost = considered.cost_month.map(words::dollars).unwrap_or_default();
        let delta = parts::delta(self.decision, considered).map(words::difference);
        [cost, delta.unwrap_or_default()]
    }

    /// One line a component. The reason that decided must not be lost: where the table has no room for all of
    /// it, it stands below.
    fn placements(&self) -> String {
        let mut table = parts::placements(self.decision);
        if table.natural_width() <= self.width {
            return table.terminal(self.width, 0, self.style);
        }
        let why: Vec<(String, String)> = table
            .pop_column()
            .into_iter()
            .zip(&self.decision.placements)
            .map(|(cell, p)| (p.component.clone(), cell.text))
            .collect();
        // Long names and configurations are cut only to keep the latencies.
        if table.natural_width() > self.width {
            table = table.most(0, 24).most(2, 34);
        }
        table.terminal(self.width, 0, self.style)
            + "\n"
            + &self.list("Decided by", &gathered::sentences(why))
    }

    /// A sentence folded at the width, every line indented.
    fn folded(&self, sentence: &str, indent: usize, tone: Tone) -> String {
        self.style.folded(sentence, self.width, indent, tone)
    }

    /// A head with a sentence behind it that folds under its own beginning; under the head where there is
    /// no room for that.
    fn hanging(&self, head: &Head, sentence: &str) -> String {
        let at = text::width(&head.plain) + 2;
        if at > self.width + 2 {
            let cut = format!("{}\n", text::cut(&head.plain, self.width).trim_end());
            return cut + &self.folded(sentence, 6, Tone::Plain);
        }
        if sentence.is_empty() {
            return format!("{}\n", head.painted.trim_end());
        }
        if at + 24 > self.width {
            return format!(
                "{}\n{}",
                head.painted.trim_end(),
                self.folded(sentence, 6, Tone::Plain)
            );
        }
        let lines = text::fold(sentence, self.width - at);
        let mut out = String::new();
        for (i, line) in lines.iter().enumerate() {
            let before = if i == 0 { format!("{}  ", head.painted) } else { text::spaces(at) };
            out.extend([&before, line.as_str(), "\n"]);
        }
        out
    }

    /// A list of labelled sentences under a title; the labels make a column.
    fn list(&self, title: &str, rows: &[(String, String)]) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let widest = rows.iter().map(|(label, _)| text::width(label)).max().unwrap_or(0);
        let column = widest.min(self.width / 2);
        let mut out = self.folded(title, 0, Tone::Strong);
        for (label, sentence) in rows {
            let label = text::left(&text::cut(&text::clean(label), column), column);
            let plain = format!("  {label}");
            out.push_str(&self.hanging(&Head { painted: plain.clone(), plain }, sentence));
        }
        out
    }
}

/// The beginning of a line, with and without colour.
struct Head {
    plain: String,
    painted: String,
}

#[cfg(test)]
mod tests;
