//! When nothing holds the app: component by component, what stands in the way.

use model::{Chosen, OptionTried};

use crate::parts;
use crate::style::Tone;
use crate::table::{Align, Cell, Table};
use crate::terminal::Page;

impl Page<'_> {
    /// The components that no option holds, with the reason of each platform; a list of what to change
    /// follows from it. If every component has a place of its own, the alternatives above say why they do
    /// not fit together.
    pub(super) fn stuck_components(&self) -> String {
        let mut names: Vec<&str> =
            self.decision.options.iter().map(|o| o.component.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut out = String::new();
        for name in names {
            let tried: Vec<&OptionTried> =
                self.decision.options.iter().filter(|o| o.component == name).collect();
            if tried.iter().any(|o| o.outcome != Chosen::Impossible) {
                continue;
            }
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&self.folded(&format!("No place for {name}"), 0, Tone::Strong));
            out.push_str(&self.refusals(&tried));
        }
        out
    }

    /// One row a platform and reason; configurations that fail alike are one row.
    fn refusals(&self, tried: &[&OptionTried]) -> String {
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left)]);
        let mut seen: Vec<(&str, String)> = Vec::new();
        for option in tried {
            let refusal = (option.platform.0, parts::reasons(&option.why_not));
            if !seen.contains(&refusal) {
                seen.push(refusal);
            }
        }
        let rows: Vec<(String, String)> =
            seen.iter().map(|(platform, why)| ((*platform).to_owned(), why.clone())).collect();
        if rows.is_empty() {
            table.row([Cell::from("no option was tried"), Cell::default()]);
            return table.terminal(self.width, 2, self.style);
        }
        self.list("", &rows)
    }
}
