//! The shape of the day and of the week, from hours that were covered.

use units::Duration;

use crate::log_report::Rhythm;

const HOUR: u64 = Duration::MINUTE.nanos() * 60;
/// 1970-01-01 was a Thursday.
const EPOCH_HOUR: u64 = 3 * 24;
const WEEK_HOURS: u64 = 168;

/// How the parts of a day or week compare with its mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Cyclic {
    /// Each part over the mean of all.
    pub factors: Vec<f64>,
    /// How often the part that was seen least was seen.
    pub seen: u64,
}

/// Mean requests in each hour of the week in UTC, from Monday 00:00, over the hours that were covered; `None`
/// where none was.
pub fn hour_of_week(rhythm: &Rhythm) -> Vec<Option<f64>> {
    let covered = covered(rhythm);
    let mean = |(n, seen): (&u64, &u64)| (*seen > 0).then(|| *n as f64 / *seen as f64);
    rhythm.hour_of_week.iter().zip(&covered).map(mean).collect()
}

/// The hours of the day in UTC; `None` if the recording lasts less than a day.
pub fn day_shape(rhythm: &Rhythm) -> Option<Cyclic> {
    if rhythm.span() < Duration::DAY {
        return None;
    }
    cyclic(rhythm, 24, |hour| hour % 24)
}

/// The days of the week in UTC from Monday; `None` if the recording lasts less than a week.
pub fn week_shape(rhythm: &Rhythm) -> Option<Cyclic> {
    if rhythm.span() < Duration::DAY * 7 {
        return None;
    }
    let mut shape = cyclic(rhythm, 7, |hour| hour / 24)?;
    shape.seen /= 24;
    Some(shape)
}

fn cyclic(rhythm: &Rhythm, parts: usize, part: impl Fn(usize) -> usize) -> Option<Cyclic> {
    let (mut requests, mut seen) = (vec![0_u64; parts], vec![0_u64; parts]);
    for (hour, (n, hours)) in rhythm.hour_of_week.iter().zip(covered(rhythm)).enumerate() {
        requests[part(hour)] += n;
        seen[part(hour)] += hours;
    }
    let least = seen.iter().copied().min().filter(|n| *n > 0)?;
    let rates: Vec<f64> = requests.iter().zip(&seen).map(|(n, s)| *n as f64 / *s as f64).collect();
    let mean = rates.iter().sum::<f64>() / parts as f64;
    (mean > 0.0)
        .then(|| Cyclic { factors: rates.iter().map(|rate| rate / mean).collect(), seen: least })
}

/// How often each hour of the week lies between the first request and the last.
fn covered(rhythm: &Rhythm) -> Vec<u64> {
    let (first, last) = (rhythm.first.0 / HOUR, rhythm.last.0 / HOUR);
    let hours = last - first + 1;
    let start = (first + EPOCH_HOUR) % WEEK_HOURS;
    let more = |hour: u64| (hour + WEEK_HOURS - start) % WEEK_HOURS < hours % WEEK_HOURS;
    (0..WEEK_HOURS).map(|hour| hours / WEEK_HOURS + u64::from(more(hour))).collect()
}
