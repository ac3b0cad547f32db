//! What `-v` adds: all reasons, every option that was tried, every line of the bills.

use crate::parts;
use crate::style::Tone;
use crate::terminal::Page;
use crate::words;

impl Page<'_> {
    /// Every reason of every component.
    pub(super) fn reasons(&self) -> String {
        let mut rows = Vec::new();
        for p in &self.decision.placements {
            for (i, reason) in p.reasons.iter().enumerate() {
                let label = if i == 0 { p.component.clone() } else { String::new() };
                let place = parts::place(self.sources, reason.span);
                let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
                rows.push((label, parts::reason(reason) + &place));
            }
        }
        self.list("Why there", &rows)
    }

    pub(super) fn options(&self) -> String {
        if self.decision.options.is_empty() {
            return String::new();
        }
        let mut table =
            parts::options(self.decision.options.iter()).most(0, 20).most(2, 30).sentences();
        // A name stands once above all that was tried for it.
        for at in (1..table.rows.len()).rev() {
            if table.rows[at][0] == table.rows[at - 1][0] {
                table.rows[at][0] = String::new().into();
            }
        }
        self.folded("Options tried, each priced alone", 0, Tone::Strong)
            + &table.terminal(self.width, 2, self.style)
    }

    pub(super) fn invoices(&self) -> String {
        let mut parts_of_page = Vec::new();
        for invoice in &self.decision.invoices {
            let title =
                format!("Bill of {}: {}", invoice.platform, words::dollars(invoice.total()));
            let table = parts::invoice(invoice).most(0, 36);
            parts_of_page.push(
                self.folded(&title, 0, Tone::Strong) + &table.terminal(self.width, 2, self.style),
            );
        }
        parts_of_page.join("\n")
    }
}
