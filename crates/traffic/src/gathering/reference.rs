//! Figures of a population or a platform: they are told, and belong to no component.

use crate::gathering::Summary;
use crate::statistics::{self, PERCENTILES};

/// A distribution that belongs to no service of yours: of a published data set, or of a platform's runtimes.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Whose it is: a runtime, or the name of the file.
    pub of: String,
    /// What is measured; empty where the file does not say.
    pub quantity: String,
    /// Its unit; empty where the file does not say.
    pub unit: &'static str,
    /// The values.
    pub summary: Summary,
    /// How the values spread, where they are told one by one.
    pub spread: Option<statistics::Summary>,
    /// The file this comes from.
    pub rests_on: String,
}

/// Shares at which a distribution is summed up.
const SHARES: [f64; 8] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

/// Percentiles by nearest rank of values in any order, and the largest of them.
pub(crate) fn nearest_ranks(values: &[f64]) -> Vec<(f64, f64)> {
    let Some(spread) = statistics::Summary::of(values) else { return Vec::new() };
    let told = PERCENTILES.into_iter().zip(spread.nearest_rank);
    told.filter(|(share, _)| SHARES.contains(share)).chain([(1.0, spread.max)]).collect()
}

/// The same from a cumulative distribution: (value, share of values up to it), both ascending.
pub(crate) fn of_cumulative(steps: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let at = |share: f64| {
        let step = steps.get(steps.partition_point(|step| step.1 < share))?;
        Some((share, step.0))
    };
    let end = steps.iter().find(|step| step.1 >= 1.0 - 1e-6).map(|step| (1.0, step.0));
    SHARES.into_iter().filter_map(at).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_stand_there() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        let got = nearest_ranks(&ten);
        assert_eq!(got[3], (0.5, 5.0));
        assert_eq!(got[8], (1.0, 10.0));
        assert!(nearest_ranks(&[]).is_empty());
        let steps = [(1.0, 0.5), (2.0, 0.75), (9.0, 0.98)];
        let got = of_cumulative(&steps);
        assert_eq!(got[3], (0.5, 1.0));
        assert_eq!(got.last(), Some(&(0.95, 9.0)), "what lies beyond the last step stays unknown");
    }
}
