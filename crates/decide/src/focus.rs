//! Which components of a large application are looked at one by one.
//!
//! Flip points and guesses cost work for each component times all components. Of up to [`ALL_MAX`] every one is looked
//! at; of more, the dearest few: the others move the answer least.

use std::collections::BTreeSet;

use units::Money;

/// Applications of so many components are looked at in full.
pub(crate) const ALL_MAX: usize = 16;
/// Of larger ones, so many components.
const DEAREST: usize = 10;
/// Of more than these even the curves are drawn with fewer points, and fewer components are looked at.
const LARGE: usize = 40;
/// How many then.
const DEAREST_OF_VERY_MANY: usize = 4;

/// What is looked at one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Focus {
    chosen: Vec<bool>,
    quiet: BTreeSet<usize>,
}

impl Focus {
    /// Of what each component costs.
    pub(crate) fn of(costs: &[Money]) -> Self {
        if costs.len() <= ALL_MAX {
            return Self { chosen: vec![true; costs.len()], quiet: BTreeSet::new() };
        }
        let mut order: Vec<usize> = (0..costs.len()).collect();
        order.sort_by_key(|&at| (std::cmp::Reverse(costs[at]), at));
        let mut chosen = vec![false; costs.len()];
        let most = if costs.len() > LARGE { DEAREST_OF_VERY_MANY } else { DEAREST };
        for &at in order.iter().take(most) {
            chosen[at] = true;
        }
        Self { chosen, quiet: BTreeSet::new() }
    }

    /// The same without some about which there is nothing to tell.
    pub(crate) fn without(self, quiet: BTreeSet<usize>) -> Self {
        Self { quiet, ..self }
    }

    /// Whether a component is looked at.
    pub(crate) fn has(&self, at: usize) -> bool {
        self.chosen.get(at).copied().unwrap_or(true) && !self.is_quiet(at)
    }

    /// Whether there is nothing to tell of it, however dear it is.
    pub(crate) fn is_quiet(&self, at: usize) -> bool {
        self.quiet.contains(&at)
    }

    /// Whether even the reasons of a component's place are looked for: of all but very large applications.
    pub(crate) fn explains(&self, at: usize) -> bool {
        self.has(at) || !self.is_large()
    }

    /// How many are left out.
    pub(crate) fn left_out(&self) -> usize {
        self.chosen.iter().filter(|chosen| !**chosen).count()
    }

    /// Whether even what concerns the application as a whole is looked at more coarsely.
    pub(crate) fn is_large(&self) -> bool {
        self.chosen.len() > LARGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_only_the_dearest_are_looked_at() {
        let costs = |n: i64| (0..n).map(Money::from_cents).collect::<Vec<Money>>();
        assert_eq!(Focus::of(&costs(16)).left_out(), 0);
        let many = Focus::of(&costs(30));
        assert_eq!(many.left_out(), 20);
        assert!(many.has(29) && many.has(20) && !many.has(19) && !many.is_large());
        assert!(Focus::of(&costs(50)).is_large());
        let without = Focus::of(&costs(16)).without(BTreeSet::from([3]));
        assert!(without.has(2) && !without.has(3) && without.left_out() == 0);
    }
}
