//! Mean, deviation and percentiles of a list of values.

/// The percentiles of a [`Summary`], as shares.
pub const PERCENTILES: [f64; 9] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/// One value for each of [`PERCENTILES`].
pub type Percentiles = [f64; PERCENTILES.len()];

/// What a list of values looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many values.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Their deviation (population).
    pub deviation: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Percentiles by linear interpolation.
    pub linear: Percentiles,
    /// Percentiles by nearest rank.
    pub nearest_rank: Percentiles,
}

impl Summary {
    /// Of values in any order; `None` of nothing. Values that are no numbers are left out.
    pub fn of(values: &[f64]) -> Option<Self> {
        Self::weighted(&values.iter().map(|&v| (v, 1)).collect::<Vec<_>>())
    }

    /// Of (value, how often) in any order, as if each value stood there that often.
    pub fn weighted(values: &[(f64, u64)]) -> Option<Self> {
        let mut sorted: Vec<(f64, u64)> =
            values.iter().copied().filter(|(v, n)| v.is_finite() && *n > 0).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ranks = Ranks::new(&sorted);
        let n = ranks.len();
        let mean = sorted.iter().map(|(v, n)| v * *n as f64).sum::<f64>() / n as f64;
        let squares = sorted.iter().map(|(v, n)| (v - mean).powi(2) * *n as f64).sum::<f64>();
        Self::of_moments(n, mean, squares / n as f64, |rank| ranks.at(rank))
    }

    /// Of `n` finite values in ascending order, told by rank from 0.
    pub fn of_ranks(n: u64, at: impl Fn(u64) -> f64) -> Option<Self> {
        let mean = (0..n).map(&at).sum::<f64>() / n as f64;
        // Around the mean: squares of large values minus the square of a large mean would lose digits.
        let variance = (0..n).map(|i| (at(i) - mean).powi(2)).sum::<f64>() / n as f64;
        Self::of_moments(n, mean, variance, at)
    }

    fn of_moments(n: u64, mean: f64, variance: f64, at: impl Fn(u64) -> f64) -> Option<Self> {
        let last = n.checked_sub(1)?;
        let linear = |q: f64| {
            let place = q * last as f64;
            let low = at(place as u64);
            low + (at((place as u64 + 1).min(last)) - low) * place.fract()
        };
        let nearest = |q: f64| {
            // q · n of a share such as 0.95 may lie a hair above the whole number that it is.
            at(((q * n as f64 - 1e-9).ceil().max(1.0) as u64 - 1).min(last))
        };
        Some(Self {
            n,
            mean,
            deviation: variance.sqrt(),
            min: at(0),
            max: at(last),
            linear: PERCENTILES.map(linear),
            nearest_rank: PERCENTILES.map(nearest),
        })
    }

    /// Deviation over mean; 0 if the mean is 0.
    pub fn variation(&self) -> f64 {
        if self.mean > 0.0 { self.deviation / self.mean } else { 0.0 }
    }
}

/// Values by rank, from 0.
struct Ranks<'a> {
    values: &'a [(f64, u64)],
    /// How many values stand at or before each entry.
    upto: Vec<u64>,
}

impl<'a> Ranks<'a> {
    fn new(values: &'a [(f64, u64)]) -> Self {
        let upto = values
            .iter()
            .scan(0, |sum, (_, n)| {
                *sum += n;
                Some(*sum)
            })
            .collect();
        Self { values, upto }
    }

    fn len(&self) -> u64 {
        self.upto.last().copied().unwrap_or(0)
    }

    fn at(&self, rank: u64) -> f64 {
        let entry = self.upto.partition_point(|&upto| upto <= rank);
        self.values[entry.min(self.values.len() - 1)].0
    }
}

/// Rounded to six significant digits, as statistics are printed.
pub fn six_digits(value: f64) -> f64 {
    if value.is_finite() { format!("{value:.5e}").parse().unwrap_or(value) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_percentiles_by_hand() {
        let s = Summary::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((s.n, s.mean, s.min, s.max), (4, 2.5, 1.0, 4.0));
        assert!((s.deviation - 1.25_f64.sqrt()).abs() < 1e-12);
        // Ranks 0.75 and 1.5 of 0 to 3; the first, second and last of four values.
        assert!((s.linear[2] - 1.75).abs() < 1e-12 && (s.linear[3] - 2.5).abs() < 1e-12);
        assert_eq!((s.nearest_rank[2], s.nearest_rank[3], s.nearest_rank[8]), (1.0, 2.0, 4.0));
    }

    #[test]
    fn a_share_that_is_a_whole_rank_takes_that_rank() {
        let s = Summary::of(&(1..=20).map(f64::from).collect::<Vec<_>>()).unwrap();
        assert_eq!((s.nearest_rank[5], s.nearest_rank[6]), (18.0, 19.0));
    }

    #[test]
    fn weights_are_repetitions() {
        let weighted = Summary::weighted(&[(5.0, 3), (1.0, 2), (9.0, 0)]);
        assert_eq!(weighted, Summary::of(&[1.0, 1.0, 5.0, 5.0, 5.0]));
    }

    #[test]
    fn nothing_one_value_and_what_is_no_number() {
        assert_eq!(Summary::of(&[]), None);
        assert_eq!(Summary::of(&[f64::NAN]), None);
        let one = Summary::of(&[7.0, f64::INFINITY]).unwrap();
        assert_eq!((one.n, one.deviation, one.linear[8], one.nearest_rank[0]), (1, 0.0, 7.0, 7.0));
        assert!(Summary::of(&[0.0, 0.0]).unwrap().variation().abs() < 1e-12);
    }

    #[test]
    fn six_significant_digits() {
        for (value, rounded) in
            [(20_816.487_6, "20816.5"), (0.001_234_567_8, "0.00123457"), (0.0, "0")]
        {
            assert_eq!(six_digits(value).to_string(), rounded);
        }
        assert!(six_digits(f64::NAN).is_nan());
    }
}
