//! When nothing holds the app: component by component, what stands in the way.

use crate::parts;
use crate::terminal::Page;

impl Page<'_> {
    /// The components that no option holds, with the reason of each platform; what to change follows from it.
    /// If every component has a place of its own, the alternatives above say why they do not fit together.
    pub(super) fn stuck_components(&self) -> String {
        let stuck = parts::stuck(self.decision);
        let lists: Vec<String> = stuck
            .iter()
            .map(|(name, refusals)| self.list(&format!("No place for {name}"), refusals))
            .collect();
        lists.join("\n")
    }
}
