//! How a total is shared out, and how two quantities go together.

/// Share of the total that the largest `share` of all values hold, at least one of them.
pub(super) fn of_the_largest(values: &[f64], share: f64) -> Option<f64> {
    let total: f64 = values.iter().sum();
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let n = ((share * values.len() as f64 - 1e-9).ceil() as usize).max(1);
    (total > 0.0).then(|| sorted.iter().take(n).sum::<f64>() / total)
}

/// Share of the values that are so.
pub(super) fn that_are(values: &[f64], so: impl Fn(f64) -> bool) -> Option<f64> {
    let n = values.iter().filter(|value| so(**value)).count();
    (!values.is_empty()).then(|| n as f64 / values.len() as f64)
}

/// Correlation of two quantities, value by value (Pearson); `None` below two pairs or if one never varies.
pub(super) fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let sums = pairs.iter().fold((0.0, 0.0, 0.0), |(xy, xx, yy), (a, b)| {
        (xy + (a - x) * (b - y), xx + (a - x).powi(2), yy + (b - y).powi(2))
    });
    let both = (sums.1 * sums.2).sqrt();
    (pairs.len() > 1 && both > 0.0).then(|| sums.0 / both)
}

/// Correlation of the ranks of two quantities (Spearman); equal values share the mean of their ranks.
pub(super) fn rank_correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let x = ranks(pairs.iter().map(|p| p.0));
    let y = ranks(pairs.iter().map(|p| p.1));
    correlation(&x.into_iter().zip(y).collect::<Vec<_>>())
}

fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for equal in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let before = order.partition_point(|i| values[*i] < values[equal[0]]);
        let rank = before as f64 + (equal.len() as f64 - 1.0) / 2.0;
        for i in equal {
            ranks[*i] = rank;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_at_least_one() {
        let values = [1.0, 6.0, 3.0];
        assert_eq!(of_the_largest(&values, 0.01), Some(0.6));
        assert_eq!(of_the_largest(&values, 2.0 / 3.0), Some(0.9));
        assert_eq!(of_the_largest(&[], 0.1), None);
        assert_eq!(that_are(&values, |v| v < 4.0), Some(2.0 / 3.0));
    }

    #[test]
    fn ranks_go_together_where_values_do_not() {
        let pairs = [(1.0, 1.0), (2.0, 10.0), (3.0, 1000.0), (3.0, 1000.0)];
        assert!((rank_correlation(&pairs).unwrap() - 1.0).abs() < 1e-12);
        assert!(correlation(&pairs).unwrap() < 0.95);
        assert_eq!(ranks([5.0, 1.0, 5.0].into_iter()), [1.5, 0.0, 1.5]);
        assert_eq!(correlation(&[(1.0, 2.0), (1.0, 3.0)]), None, "one of them never varies");
    }
}
