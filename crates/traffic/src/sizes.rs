//! Sizes of answers: their sum exactly, their spread exactly as long as there are not too many.

use units::{Duration, Histogram};

use crate::statistics::Summary;

/// So many are kept one by one.
const EXACT_MAX: usize = 1_000_000;

#[derive(Debug, Clone, Default)]
pub(crate) struct Sizes {
    count: u64,
    sum: u64,
    /// One by one, in the order they came; empty once there were too many.
    exact: Vec<u32>,
    /// All of them, a nanosecond standing for a byte, once there were too many or one of them is too large.
    folded: Option<Box<Histogram>>,
}

impl Sizes {
    #[inline]
    pub(crate) fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.sum = self.sum.saturating_add(bytes);
        if let Some(folded) = &mut self.folded {
            folded.record(Duration::from_nanos(bytes));
            return;
        }
        match u32::try_from(bytes) {
            Ok(bytes) if self.exact.len() < EXACT_MAX => self.exact.push(bytes),
            _ => self.fold().record(Duration::from_nanos(bytes)),
        }
    }

    #[cold]
    fn fold(&mut self) -> &mut Histogram {
        let folded = self.folded.get_or_insert_default();
        for bytes in std::mem::take(&mut self.exact) {
            folded.record(Duration::from_nanos(u64::from(bytes)));
        }
        folded
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) const fn sum(&self) -> u64 {
        self.sum
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        if self.folded.is_none()
            && other.folded.is_none()
            && self.exact.len() + other.exact.len() <= EXACT_MAX
        {
            self.exact.extend(&other.exact);
            return;
        }
        let mine = self.fold();
        if let Some(theirs) = &other.folded {
            mine.merge(theirs);
        }
        for bytes in &other.exact {
            mine.record(Duration::from_nanos(u64::from(*bytes)));
        }
    }

    /// How they spread; `None` without any.
    pub(crate) fn spread(&self) -> Option<Summary> {
        if let Some(folded) = &self.folded {
            let buckets = folded.buckets().map(|(size, n)| (size.nanos() as f64, n));
            return Summary::weighted(&buckets.collect::<Vec<_>>());
        }
        let mut sorted = self.exact.clone();
        sorted.sort_unstable();
        Summary::of_ranks(sorted.len() as u64, |rank| f64::from(sorted[rank as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sizes: impl Iterator<Item = u64>) -> Sizes {
        let mut all = Sizes::default();
        sizes.for_each(|size| all.add(size));
        all
    }

    #[test]
    fn few_are_told_exactly() {
        let mut sizes = of(1..=50);
        sizes.merge(&of(51..=101));
        let spread = sizes.spread().unwrap();
        assert_eq!((sizes.count(), sizes.sum(), spread.linear[3]), (101, 5151, 51.0));
        assert_eq!(Sizes::default().spread(), None);
    }

    #[test]
    fn very_many_or_very_large_ones_are_told_nearly() {
        let mut sizes = of((0..1_200_000).map(|i| i % 1000 + 1));
        sizes.merge(&of([u64::from(u32::MAX) + 1].into_iter()));
        assert_eq!((sizes.count(), sizes.sum()), (1_200_001, 600_600_000 + (1 << 32)));
        let spread = sizes.spread().unwrap();
        assert_eq!(spread.n, 1_200_001);
        assert!((spread.linear[3] / 500.0 - 1.0).abs() < 0.03, "{}", spread.linear[3]);
        assert!(sizes.exact.is_empty());
    }
}
