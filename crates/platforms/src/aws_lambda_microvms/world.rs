//! What a fleet of sessions uses and how it answers, in closed form.
//!
//! Requests of one session come at random around their mean distance. A machine runs through each request and on until
//! it has been idle for the shortest time that a policy may set; the next request then waits for its memory to come
//! back. A session ends as long after its beginning as it is declared to last.

use catalog::Missing;
use model::Reason;
use units::{Duration, Histogram, Share};

use super::ROWS;
use crate::case::Case;
use crate::flow;
use crate::platform::{Counts, Evaluation, Obstacle};
use crate::servers::estimate::quantiles;
use crate::servers::load;
use crate::usage::{InstanceUsage, SnapshotUsage, Usage};
use model::{Billing, InstanceSettings};

/// Weight of the whole histogram; its shape counts, not its size.
const WEIGHT: f64 = 2_000_000.0;

/// Usage and latency of the month.
pub(super) fn estimate(
    case: &Case<'_>,
    settings: &InstanceSettings,
) -> Result<Evaluation, Missing> {
    let number = |id: &str| case.prices.limit_number(ROWS, id);
    let Some(work) = load::work(case.component) else {
        let text = "nobody says how much work a request is, so a machine's time cannot be billed";
        return Ok(Evaluation {
            usage: Usage::Instance(InstanceUsage { flow: flow::of(case), ..Default::default() }),
            latency: None,
            cold: None,
            counts: None,
            timeline: None,
            obstacles: vec![Obstacle { reason: Reason::plain(text) }],
        });
    };
    let baseline = settings.cpu.vcpu_f64();
    // A request has one thread, and a machine up to four times its baseline.
    let speed = (baseline * number("burst")?).min(1.0);
    let memory_mb = settings.memory.mib_f64();
    let requests = case.workload.requests_month() as f64;
    let (stays, every) = flow::session(case.component);
    // A session that is over before it would ask again is one request, and its machine ends with it.
    let every = every.min(stays);
    let sessions = (requests * (every.secs_f64() / stays.secs_f64())).ceil();
    let serves_s = work.cpu.secs_f64() / speed + work.wait.secs_f64();
    let gap_s = (every.secs_f64() - serves_s).max(0.0);
    let resume_s = memory_mb / number("resume.rate")?;
    // Gaps are exponential: one in so many outlasts the idle time.
    let idle_s = number("idle.min")?;
    let suspended = match settings.billing {
        Billing::Sessions if gap_s > 0.0 => (-idle_s / gap_s).exp(),
        _ => 0.0,
    };
    let runs_s = requests * (serves_s + gap_s * (1.0 - suspended) + suspended * resume_s)
        + sessions * resume_s;
    let rests_s = requests * gap_s * suspended;
    let bursts_s = requests * work.cpu.secs_f64() / speed * (speed - baseline).max(0.0);
    let mb = |count: f64| (count * memory_mb).round() as u128;
    let ms = |secs: f64| (secs * 1e3).round() as u128;
    let month_s = Duration::MONTH.secs_f64();
    let cold = (suspended + sessions / requests.max(1.0)).min(1.0);
    let usage = InstanceUsage {
        cpu_ms: ms(baseline * runs_s + bursts_s),
        requests: requests as u64,
        active_ms: ms(runs_s),
        lives_ms: ms(runs_s + rests_s),
        peak_instances: (case.workload.peak_rate().hertz() * every.secs_f64()).ceil() as u32,
        snapshots: SnapshotUsage {
            read_mb: mb(requests * suspended + sessions),
            written_mb: mb(requests * suspended),
            // The image's, and those of suspended sessions.
            kept_mb_ms: mb((month_s + rests_s) * 1e3),
        },
        flow: flow::of(case),
        ..InstanceUsage::default()
    };
    Ok(Evaluation {
        usage: Usage::Instance(usage),
        latency: Some(latency(case, speed, (cold, Duration::from_secs_f64(resume_s)))),
        cold: Some(Share::new(cold)),
        counts: None,
        timeline: None,
        obstacles: Vec::new(),
    })
}

/// The same: a fleet that the caller runs has nothing of its own to replay, and every request is served.
pub(super) fn simulate(
    case: &Case<'_>,
    settings: &InstanceSettings,
) -> Result<Evaluation, Missing> {
    let arrivals = case.requests.len() as u64;
    let counts =
        (arrivals > 0).then_some(Counts { arrivals, served: arrivals, ..Counts::default() });
    Ok(Evaluation { counts, ..estimate(case, settings)? })
}

/// Requests that find their machine running, and those that wait for its memory.
fn latency(case: &Case<'_>, speed: f64, (cold, resume): (f64, Duration)) -> Histogram {
    let mut histogram = Histogram::default();
    for (share, cpu, wait) in quantiles(case) {
        let taken = cpu.times_f64(1.0 / speed) + wait;
        histogram.record_n(taken, (WEIGHT * share * (1.0 - cold)).round() as u64);
        histogram.record_n(taken + resume, (WEIGHT * share * cold).round() as u64);
    }
    histogram
}
