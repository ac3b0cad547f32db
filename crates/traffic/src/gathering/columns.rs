//! Further columns of tables: numbers and names that are no load, summed up so that nothing measured is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::spans;
use crate::statistics;

/// Values that are kept at the most, over all columns.
const VALUES_MAX: usize = 10_000_000;
/// Columns that are told apart at the most.
const COLUMNS_MAX: usize = 10_000;

/// A column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name in the table; of several parts, `PetSite | latency | p99`.
    pub name: String,
    /// Which of the rows: `cold` or `warm`; empty for all of them.
    pub of: &'static str,
    /// All its numbers together.
    pub sum: f64,
    /// How they spread.
    pub spread: statistics::Summary,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    /// By name, then by the rows that they are of.
    numbers: BTreeMap<String, BTreeMap<&'static str, Vec<f64>>>,
    /// Hashes of the different names in a column.
    names: BTreeMap<String, BTreeSet<u64>>,
    kept: usize,
    pub(crate) dropped: u64,
}

impl Columns {
    /// Adds a number; what is none is left out.
    pub(crate) fn number(&mut self, name: &str, of: &'static str, value: f64) {
        self.numbers(name, of, &[value]);
    }

    /// Adds several.
    pub(crate) fn numbers(&mut self, name: &str, of: &'static str, values: &[f64]) {
        // Most values fall in a column that is there already.
        if !self.numbers.contains_key(name) {
            if self.numbers.len() >= COLUMNS_MAX {
                self.dropped += values.len() as u64;
                return;
            }
            self.numbers.insert(name.to_owned(), BTreeMap::new());
        }
        let room = VALUES_MAX.saturating_sub(self.kept).min(values.len());
        let (kept, dropped) = values.split_at(room);
        self.dropped += dropped.len() as u64;
        if let Some(column) = self.numbers.get_mut(name) {
            let all = column.entry(of).or_default();
            let before = all.len();
            all.extend(kept.iter().filter(|value| value.is_finite()));
            self.kept += all.len() - before;
        }
    }

    /// Counts a name, unless it is empty or stood there before.
    pub(crate) fn name(&mut self, column: &str, name: &[u8]) {
        if name.is_empty() {
            return;
        }
        if self.kept >= VALUES_MAX {
            self.dropped += 1;
        } else if self.names.entry(column.to_owned()).or_default().insert(spans::id(name)) {
            self.kept += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (name, parts) in other.numbers {
            for (of, values) in parts {
                self.numbers(&name, of, &values);
            }
        }
        for (column, names) in other.names {
            let mine = self.names.entry(column).or_default();
            let before = mine.len();
            mine.extend(names);
            self.kept += mine.len() - before;
        }
        self.dropped += other.dropped;
    }

    /// The columns of numbers, and how many different names the others hold.
    pub(crate) fn finish(self) -> (Vec<Column>, BTreeMap<String, u64>) {
        let mut columns = Vec::new();
        for (name, parts) in self.numbers {
            for (of, mut values) in parts {
                // In one order, whoever read what: sums of floats depend on it.
                values.sort_by(f64::total_cmp);
                let Some(spread) = statistics::Summary::of(&values) else { continue };
                columns.push(Column { name: name.clone(), of, sum: values.iter().sum(), spread });
            }
        }
        let names = self.names.into_iter().map(|(name, all)| (name, all.len() as u64));
        (columns, names.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_the_same_whoever_read_what() {
        let mut one = Columns::default();
        let (mut a, mut b) = (Columns::default(), Columns::default());
        for i in 0..100_u32 {
            let value = f64::from(i) * 0.1;
            let half = if i % 3 == 0 { &mut a } else { &mut b };
            for to in [half, &mut one] {
                to.number("ms", "warm", value);
                to.name("instances", format!("i-{}", i % 7).as_bytes());
                to.name("instances", b"");
                to.number("ms", "warm", f64::NAN);
            }
        }
        b.merge(a);
        let (columns, names) = one.finish();
        assert_eq!((columns.clone(), names.clone()), b.finish());
        assert_eq!((columns[0].spread.n, columns[0].spread.max, names["instances"]), (100, 9.9, 7));
        assert!((columns[0].sum - 495.0).abs() < 1e-9);
    }
}
