//! The part of a cycle worth replaying when all of it would be too much.

const HOUR_MINUTES: usize = 60;

/// The contiguous minutes `first..last` around the busiest hour that hold at most `requests_max` expected
/// requests; at least one minute. It never runs over the end of the cycle.
pub(crate) fn busiest(per_minute: &[f64], requests_max: f64) -> (usize, usize) {
    if per_minute.is_empty() {
        return (0, 0);
    }
    let hour = busiest_window(per_minute, HOUR_MINUTES);
    let (low, high) = (hour, (hour + HOUR_MINUTES).min(per_minute.len()));
    let peak = low + busiest_window(&per_minute[low..high], 1);
    let in_hour = grow(per_minute, (peak, peak + 1), (low, high), requests_max);
    if in_hour == (low, high) {
        return grow(per_minute, in_hour, (0, per_minute.len()), requests_max);
    }
    in_hour
}

/// Where the window of this many minutes with the most requests begins; the first of several.
fn busiest_window(per_minute: &[f64], minutes: usize) -> usize {
    let minutes = minutes.min(per_minute.len());
    let mut sum: f64 = per_minute[..minutes].iter().sum();
    let (mut best, mut best_sum) = (0, sum);
    for first in 1..=per_minute.len() - minutes {
        sum += per_minute[first + minutes - 1] - per_minute[first - 1];
        // A hair more is rounding, not a busier hour.
        if sum > best_sum * (1.0 + 1e-9) {
            (best, best_sum) = (first, sum);
        }
    }
    best
}

/// Widens a range minute by minute, both sides in turn, while it stays within `bounds` and `requests_max`.
fn grow(
    per_minute: &[f64],
    (mut first, mut last): (usize, usize),
    (low, high): (usize, usize),
    requests_max: f64,
) -> (usize, usize) {
    let mut sum: f64 = per_minute[first..last].iter().sum();
    loop {
        let before = (first, last);
        if last < high && sum + per_minute[last] <= requests_max {
            sum += per_minute[last];
            last += 1;
        }
        if first > low && sum + per_minute[first - 1] <= requests_max {
            first -= 1;
            sum += per_minute[first];
        }
        if (first, last) == before {
            return before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretch_holds_the_busiest_hour_and_fills_the_allowance() {
        let mut day = vec![10.0; 1440];
        day[600..660].fill(100.0);
        let (first, last) = busiest(&day, 8_000.0);
        assert!(first <= 600 && last >= 660, "{first}..{last}");
        let sum: f64 = day[first..last].iter().sum();
        assert!(sum <= 8_000.0 && sum > 7_970.0, "{sum}");
    }

    #[test]
    fn when_the_hour_alone_is_too_much_the_peak_minute_stays_inside() {
        let mut day = vec![10.0; 1440];
        day[600..660].fill(100.0);
        day[630] = 900.0;
        let (first, last) = busiest(&day, 1_500.0);
        assert!(first > 600 && first <= 630 && last > 630 && last < 660, "{first}..{last}");
        assert_eq!(busiest(&day, 50.0), (630, 631), "one minute at the least");
        assert_eq!(busiest(&[], 50.0), (0, 0));
    }

    #[test]
    fn at_the_edge_it_grows_to_the_other_side() {
        let mut day = vec![1.0; 1440];
        day[1400..].fill(5.0);
        let (first, last) = busiest(&day, 400.0);
        assert_eq!(last, 1440);
        assert!(day[first..].iter().sum::<f64>() > 398.0);
    }
}
