//! The sections below the table of components.

use crate::gathered;
use crate::parts;
use crate::style::{Tone, Verbosity};
use crate::terminal::Page;
use crate::text;
use crate::words;

/// Assumptions shown without `-v`; the ones that matter most stand first.
const ASSUMPTIONS_SHOWN: usize = 6;
/// Flips shown without `-v`.
const FLIPS_SHOWN: usize = 8;

impl Page<'_> {
    /// Free tier and existing cluster.
    pub(super) fn remarks(&self) -> String {
        let remarks = parts::remarks(self.decision);
        remarks.iter().map(|remark| self.folded(remark, 0, Tone::Plain)).collect()
    }

    /// The regions that were compared.
    pub(super) fn regions(&self) -> String {
        if self.decision.regions.is_empty() {
            return String::new();
        }
        let estimated = self.decision.regions.iter().any(|region| !region.simulated);
        let title = if estimated { "Regions (≈ by closed form only)" } else { "Regions" };
        let table = parts::regions(self.decision).folding();
        self.folded(title, 0, Tone::Strong) + &table.terminal(self.width, 2, self.style)
    }

    /// When the answer changes.
    pub(super) fn flips(&self) -> String {
        let flips: Vec<[String; 3]> =
            parts::flips(self.decision).map(|f| f.map(|s| text::clean(&s))).collect();
        let shown = self.shown(flips.len(), FLIPS_SHOWN);
        let flips_shown = flips.get(..shown).unwrap_or_default();
        let scope = flips_shown.iter().map(|f| text::width(&f[0])).max().unwrap_or(0);
        let what = flips_shown.iter().map(|f| text::width(&f[1])).max().unwrap_or(0);
        let mut rows: Vec<(String, String)> = Vec::new();
        for [s, w, when] in flips_shown {
            // The two labels are one column of the list; a narrow page keeps only the first there.
            if scope + 2 + what <= self.width / 2 {
                rows.push((
                    format!("{}  {}", text::left(s, scope), text::left(w, what)),
                    when.clone(),
                ));
            } else {
                rows.push((s.clone(), format!("{w} {when}")));
            }
        }
        self.list("The answer changes", &rows) + &self.more(flips.len() - shown)
    }

    /// What nobody declared or measured.
    pub(super) fn assumptions(&self) -> String {
        let verbose = self.style.verbosity == Verbosity::Verbose;
        let told = if verbose { gathered::assumptions } else { gathered::telling_assumptions };
        let all = told(&self.decision.assumptions);
        let shown = self.shown(all.len(), ASSUMPTIONS_SHOWN);
        let mut rows = Vec::new();
        for a in all.iter().take(shown) {
            let mut sentence = parts::assumption(a);
            if (a.changes_answer || verbose) && !a.remedy.is_empty() {
                sentence.extend([" → ", &a.remedy]);
            }
            if let Some(place) = parts::place(self.sources, a.span) {
                sentence.extend([" (", &place, ")"]);
            }
            rows.push((a.subject.clone(), sentence));
        }
        self.list("Resting on a guess", &rows) + &self.more(all.len() - shown)
    }

    pub(super) fn left_out(&self) -> String {
        let rows: Vec<(String, String)> =
            self.decision.left_out.iter().map(|l| (l.item.clone(), parts::left_out(l))).collect();
        self.list("With and without", &rows)
    }

    /// Hours, labelled apart from the bill.
    pub(super) fn operating(&self) -> String {
        if self.decision.operating.is_empty() {
            return String::new();
        }
        let table = parts::operating(self.decision).most(0, 28).folding();
        self.folded("Operating hours, apart from the bill", 0, Tone::Strong)
            + &table.terminal(self.width, 2, self.style)
    }

    /// One line when all is well, the table when something was turned away.
    pub(super) fn accounting(&self) -> String {
        let all = &self.decision.accounting;
        if all.iter().any(|a| a.rejected > 0 || parts::unaccounted(a) != 0) {
            return self.accounting_table();
        }
        let line = parts::accounting_line(self.decision).unwrap_or_default();
        self.folded(&line, 0, Tone::Quiet)
    }

    pub(super) fn accounting_table(&self) -> String {
        let Some(line) = parts::accounting_line(self.decision) else { return String::new() };
        self.folded(&line, 0, Tone::Strong)
            + &parts::accounting(self.decision).terminal(self.width, 2, self.style)
    }

    /// Time, seed, prices, and where the details are.
    pub(super) fn footer(&self) -> String {
        let time = self.style.elapsed.map(|t| t.to_string());
        let details = "details: crossover plan --format html -o report.html".to_owned();
        let provenance = parts::provenance(self.decision);
        let parts: Vec<String> = time.into_iter().chain(provenance).chain([details]).collect();
        // Whole parts go on the next line, none is torn.
        let mut lines: Vec<String> = Vec::new();
        for part in parts {
            match lines.last_mut() {
                Some(line) if text::width(line) + 3 + text::width(&part) <= self.width => {
                    line.push_str(" · ");
                    line.push_str(&part);
                }
                _ => lines.push(part),
            }
        }
        lines.iter().map(|line| self.folded(line, 0, Tone::Quiet)).collect()
    }

    fn shown(&self, all: usize, most: usize) -> usize {
        if self.style.verbosity == Verbosity::Verbose { all } else { all.min(most) }
    }

    fn more(&self, hidden: usize) -> String {
        if hidden == 0 {
            return String::new();
        }
        self.folded(&format!("and {} more (-v)", words::grouped(hidden as u64)), 2, Tone::Quiet)
    }
}
