//! What a component asks of its servers over the cycle: CPU, requests at once, open connections.
//!
//! A fluid picture: each minute's expected requests bring their mean CPU time, spread over the time that
//! one request takes. Chance within a minute is what the target utilisation leaves room for.

use model::{Component, Distribution, Kind};
use traffic::Workload;
use units::Duration;

use crate::container_load::nearest;
use crate::flow;

/// Length of a step of the load that the packing sees; long cycles take hours instead.
const STEP_MINUTES: usize = 15;
/// Cycles with more steps than this (two weeks) are looked at hour by hour.
const STEPS_MAX: usize = 14 * 24 * 4;

/// CPU over one cycle in equal steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Track {
    /// Length of a step.
    pub step: Duration,
    /// Millicores at the busiest minute of each step (over the whole step where a queue may wait).
    pub peak: Vec<u32>,
    /// Mean millicores of each step.
    pub mean: Vec<u32>,
}

/// Mean work of one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Work {
    /// CPU on one whole vCPU.
    pub cpu: Duration,
    /// Everything else.
    pub wait: Duration,
}

/// CPU of handing out one file, where nobody says: a web server sends several thousand small files a second
/// from one CPU. Our assumption.
const FILE_CPU: Duration = Duration::from_micros(200);

/// The mean work of a request; `None` where nobody knows either part of it.
pub(crate) fn work(component: &Component) -> Option<Work> {
    let demand = &component.demand;
    let mean = |d: Option<&Distribution>| d.map_or(Duration::ZERO, Distribution::mean);
    match (demand.cpu.value(), demand.wait.value()) {
        (None, None) if component.kind == Kind::Static => {
            Some(Work { cpu: FILE_CPU, wait: Duration::ZERO })
        }
        (None, None) => None,
        (cpu, wait) => Some(Work { cpu: mean(cpu), wait: mean(wait) }),
    }
}

/// CPUs at work in each minute of the cycle; empty where the work is not known.
pub(crate) fn cpus_by_minute(component: &Component, workload: &Workload) -> Vec<f64> {
    let Some(work) = work(component) else { return Vec::new() };
    // In flight × share of that time on the CPU.
    let total = (work.cpu + work.wait).secs_f64();
    let share = if total > 0.0 { work.cpu.secs_f64() / total } else { 0.0 };
    let mut minutes = in_flight(&workload.per_minute, work.cpu + work.wait);
    for minute in &mut minutes {
        *minute *= share;
    }
    minutes
}

/// CPU over the cycle.
pub(super) fn track(component: &Component, workload: &Workload) -> Track {
    let minutes = cpus_by_minute(component, workload);
    let size = steps(minutes.len());
    let mut track = Track {
        step: Duration::from_secs(60 * size as u64),
        peak: Vec::with_capacity(minutes.len() / size + 1),
        mean: Vec::with_capacity(minutes.len() / size + 1),
    };
    for step in minutes.chunks(size) {
        let mean = step.iter().sum::<f64>() / step.len() as f64;
        let most = if waits(component) { mean } else { step.iter().copied().fold(0.0, f64::max) };
        track.peak.push(millicores(most));
        track.mean.push(millicores(mean));
    }
    track
}

/// CPU over the cycle as if it never needed more than this many CPUs.
pub(super) fn below(component: &Component, workload: &Workload, cpus: f64) -> Track {
    let mut track = track(component, workload);
    let most = millicores(cpus);
    for millicores in track.peak.iter_mut().chain(&mut track.mean) {
        *millicores = most.min(*millicores);
    }
    track
}

/// Requests in service at the busiest minute, if each takes `stretch` times its CPU time plus its waits.
pub(super) fn most_in_flight(component: &Component, workload: &Workload, stretch: f64) -> f64 {
    let Some(work) = work(component) else { return 0.0 };
    let taken = work.cpu.times_f64(stretch) + work.wait;
    let minutes = in_flight(&workload.per_minute, taken);
    let size = if waits(component) { steps(minutes.len()) } else { 1 };
    let means = minutes.chunks(size.max(1)).map(|c| c.iter().sum::<f64>() / c.len() as f64);
    means.fold(0.0, f64::max)
}

/// Most connections open at once; 0 where requests are plain.
pub(crate) fn most_connections(component: &Component, workload: &Workload) -> f64 {
    flow::connections(component).map_or(0.0, |(_, every)| {
        in_flight(&workload.per_minute, every).into_iter().fold(0.0, f64::max)
    })
}

/// Whether its requests may wait a quarter of an hour in a queue, so that a busy minute needs no server of
/// its own.
pub(super) fn waits(component: &Component) -> bool {
    matches!(component.kind, Kind::Worker | Kind::Cron | Kind::Job)
        && component.slo.latency.is_empty()
}

/// Mean number in service in each minute when each request stays for `stay` (Little's law minute by
/// minute); what begins near the end of the cycle goes on at its start.
pub(crate) fn in_flight(per_minute: &[f64], stay: Duration) -> Vec<f64> {
    let n = per_minute.len();
    let stay_minutes = stay.secs_f64() / 60.0;
    if stay_minutes <= 1.0 || n == 0 {
        return per_minute.iter().map(|r| r * stay_minutes).collect();
    }
    // A stay longer than the cycle covers it whole times over.
    let (turns, rest) = ((stay_minutes / n as f64).floor(), stay_minutes % n as f64);
    let (whole, part) = (rest.floor() as usize, rest.fract());
    let base = per_minute.iter().sum::<f64>() * turns;
    // A window of the last `whole` minutes, sliding around the cycle; `part` of the one before it.
    let back = |i: usize, by: usize| per_minute[(i + n - by % n) % n];
    let mut window: f64 = (0..whole).map(|by| back(0, by)).sum();
    let mut result = Vec::with_capacity(n);
    // The minute that the window loses a part of, then wholly: it runs around the cycle behind the others.
    let mut behind = (n - whole % n) % n;
    for i in 0..n {
        result.push((base + window + part * per_minute[behind]).max(0.0));
        behind = if behind + 1 == n { 0 } else { behind + 1 };
        if whole > 0 {
            let next = if i + 1 == n { 0 } else { i + 1 };
            window += per_minute[next] - per_minute[behind];
        }
    }
    result
}

/// Minutes to a step for a cycle of so many minutes.
const fn steps(minutes: usize) -> usize {
    if minutes <= 60 {
        1
    } else if minutes / STEP_MINUTES <= STEPS_MAX {
        STEP_MINUTES
    } else {
        60
    }
}

fn millicores(vcpu: f64) -> u32 {
    nearest(vcpu * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn littles_law_holds_however_long_a_request_takes() {
        let minutes: Vec<f64> = (0..1440).map(|i| f64::from(i % 7)).collect();
        let rate = minutes.iter().sum::<f64>() / 1440.0;
        for secs in [1, 59, 60, 61, 150, 2400, 90_000, 200_000] {
            let held = in_flight(&minutes, Duration::from_secs(secs));
            let mean = held.iter().sum::<f64>() / 1440.0;
            let expected = rate * secs as f64 / 60.0;
            assert!((mean / expected - 1.0).abs() < 1e-9, "{secs} s: {mean} against {expected}");
        }
    }

    #[test]
    fn a_nightly_job_of_forty_minutes_fills_forty_minutes() {
        let mut minutes = vec![0.0; 1440];
        minutes[1430] = 1.0;
        let held = in_flight(&minutes, Duration::from_secs(2400));
        let busy: Vec<usize> = (0..1440).filter(|&i| held[i] > 0.5).collect();
        assert_eq!(busy.len(), 40);
        assert!(held[1430] > 0.99 && held[29] > 0.99 && held[30] < 0.01, "past midnight too");
    }
}
