//! Statistics as a tree of named figures: what a file tells decides which of them there are.

use std::collections::BTreeMap;

use super::Summary;

/// A statistic, or several under one name.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// How many: exact.
    Count(u64),
    /// A number, to be printed to six significant digits.
    Real(f64),
    /// A moment in seconds since 1970, with all its digits.
    Moment(f64),
    /// How values spread.
    Spread(Summary),
    /// Several, by name.
    Group(Group),
}

/// Figures by name. What is not known is not there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group(pub BTreeMap<String, Figure>);

impl Group {
    /// Adds a count.
    pub(crate) fn count(&mut self, name: &str, n: u64) {
        self.0.insert(name.to_owned(), Figure::Count(n));
    }

    /// Adds a number, if there is one.
    pub(crate) fn real(&mut self, name: &str, value: impl Into<Option<f64>>) {
        if let Some(value) = value.into().filter(|value| value.is_finite()) {
            self.0.insert(name.to_owned(), Figure::Real(value));
        }
    }

    /// Adds a moment in seconds since 1970.
    pub(crate) fn moment(&mut self, name: &str, second: f64) {
        self.0.insert(name.to_owned(), Figure::Moment(second));
    }

    /// Adds a sum of counts: exact where they are whole.
    pub(crate) fn total(&mut self, name: &str, sum: f64) {
        if sum.fract() == 0.0 && (0.0..9e15).contains(&sum) {
            self.count(name, sum as u64);
        } else {
            self.real(name, sum);
        }
    }

    /// Adds a spread, if there are values.
    pub(crate) fn spread(&mut self, name: &str, spread: Option<Summary>) {
        if let Some(spread) = spread {
            self.0.insert(name.to_owned(), Figure::Spread(spread));
        }
    }

    /// Adds a group, unless it is empty.
    pub(crate) fn group(&mut self, name: &str, group: Self) {
        if !group.0.is_empty() {
            self.0.insert(name.to_owned(), Figure::Group(group));
        }
    }

    /// Counts by name.
    pub(crate) fn counts<'n>(counts: impl IntoIterator<Item = (&'n str, u64)>) -> Self {
        let mut group = Self::default();
        counts.into_iter().for_each(|(name, n)| group.count(name, n));
        group
    }
}
