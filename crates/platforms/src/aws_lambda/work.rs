//! The work of a request as a few weighted points, for closed forms.

use model::{Component, Distribution};
use sim::function_pool::CpuShare;
use traffic::{Arrivals, NO_DURATION, Workload};
use units::{Duration, Instant, Request};

/// Step of the grid over the standard normal's scale.
const Z_STEP: f64 = 0.05;
/// The grid ends here: one in fifteen thousand lies beyond.
const Z_MAX: f64 = 4.0;
/// Most ranks taken of measured values.
const RANKS_MAX: usize = 400;

/// Most recorded durations looked at.
const SAMPLE_MAX: usize = 8192;

/// A run time and its share of requests; shares add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) share: f64,
    pub(super) run: Duration,
}

/// How long requests run at a share of a CPU.
///
/// CPU and waiting time are drawn by the same rank, as the replay does.
pub(super) fn points(component: &Component, workload: &Workload, cpu: CpuShare) -> Vec<Point> {
    let (work, wait) = (component.demand.cpu.value(), component.demand.wait.value());
    let run = |cpu_time, wait| cpu.service(Request { at: Instant::START, cpu: cpu_time, wait });
    if let Some(recorded) = recorded(workload) {
        let mean = |d: Option<&Distribution>| d.map_or(0.0, |d| d.mean().secs_f64());
        let (c, w) = (mean(work), mean(wait));
        let part = if c + w > 0.0 { c / (c + w) } else { 0.5 };
        return even(recorded.into_iter().map(|total| {
            let cpu_time = total.times_f64(part).min(total);
            run(cpu_time, total.saturating_sub(cpu_time))
        }));
    }
    let at = |z: f64, u: f64| {
        let draw = |d: Option<&Distribution>| d.map_or(Duration::ZERO, |d| d.draw(z, u));
        run(draw(work), draw(wait))
    };
    let smooth =
        [work, wait].into_iter().flatten().any(|d| matches!(d, Distribution::LogNormal { .. }));
    if smooth {
        return grid().map(|(share, z, u)| Point { share, run: at(z, u) }).collect();
    }
    let ranks = [work, wait].into_iter().flatten().map(|d| match d {
        Distribution::Empirical(values) => values.len().min(RANKS_MAX),
        _ => 1,
    });
    let n = ranks.max().unwrap_or(1);
    even((0..n).map(|i| at(0.0, (i as f64 + 0.5) / n as f64)))
}

/// The mean run time in seconds.
pub(super) fn mean_s(points: &[Point]) -> f64 {
    points.iter().map(|p| p.share * p.run.secs_f64()).sum()
}

fn even(runs: impl Iterator<Item = Duration>) -> Vec<Point> {
    let runs: Vec<Duration> = runs.collect();
    let share = 1.0 / runs.len().max(1) as f64;
    runs.into_iter().map(|run| Point { share, run }).collect()
}

/// (share, z, cumulative share at the middle) over the standard normal.
fn grid() -> impl Iterator<Item = (f64, f64, f64)> {
    let steps = (2.0 * Z_MAX / Z_STEP).round() as u32;
    let at = move |i: u32| f64::from(i) * Z_STEP - Z_MAX;
    let weight = move |i: u32| (-at(i).powi(2) / 2.0).exp();
    let total: f64 = (0..=steps).map(weight).sum();
    let mut below = 0.0;
    (0..=steps).map(move |i| {
        let share = weight(i) / total;
        below += share;
        (share, at(i), below - share / 2.0)
    })
}

/// An even sample of the durations that a log recorded; `None` if it has none.
fn recorded(workload: &Workload) -> Option<Vec<Duration>> {
    let Arrivals::Recorded { durations_us, .. } = &workload.arrivals else { return None };
    let known = durations_us.iter().copied().filter(|&us| us != NO_DURATION);
    let stride = durations_us.len().div_ceil(SAMPLE_MAX).max(1);
    let mut sample: Vec<u32> = known.step_by(stride).collect();
    sample.sort_unstable();
    let stride = sample.len().div_ceil(RANKS_MAX).max(1);
    let sample: Vec<Duration> = sample
        .iter()
        .skip(stride / 2)
        .step_by(stride)
        .map(|&us| Duration::from_micros(u64::from(us)))
        .collect();
    (!sample.is_empty()).then_some(sample)
}
