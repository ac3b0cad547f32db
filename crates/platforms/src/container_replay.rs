//! What replays of containers have in common: how long requests wait, how a run is recorded.

use model::Reason;
use sim::pods::Outcome;
use units::{Duration, Share};

use crate::case::Case;
use crate::container_load::errors_allowed;
use crate::platform::{Counts, Evaluation, Obstacle, Timeline};

/// Connections that a copy lets wait before it refuses more: Linux's `net.core.somaxconn` since 5.4.
pub(crate) const BACKLOG: u32 = 4096;
/// How long a request waits there before its client gives up: the usual idle limit of load balancers.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How long a message waits in a queue: the longest that SQS keeps one.
pub(crate) const RETENTION: Duration = Duration::from_secs(14 * 86_400);
/// Steps of the timeline.
const STEPS: u64 = 288;
/// After the last arrival, copies are watched for this long, so that what can be answered is.
pub(crate) const AFTERGLOW: Duration = Duration::from_secs(120);

/// Accounting and timeline of a replay.
pub(crate) fn record(evaluation: &mut Evaluation, outcome: &Outcome, step: Duration) {
    evaluation.counts = Some(Counts {
        arrivals: outcome.arrivals,
        served: outcome.served,
        // Whoever loses an answer is no better off than whoever is refused one.
        rejected: outcome.rejected + outcome.killed,
        in_flight: outcome.in_flight,
    });
    evaluation.timeline = Some(Timeline {
        step,
        requests: outcome.timeline.iter().map(|s| s.requests).collect(),
        instances: outcome.timeline.iter().map(|s| s.pods).collect(),
        cold_starts: vec![0; outcome.timeline.len()],
    });
}

/// Length of a step of the timeline.
pub(crate) fn step(case: &Case<'_>) -> Duration {
    let end = case.requests.last().map_or(0, |last| last.at.nanos());
    Duration::from_nanos((end / STEPS).max(Duration::SECOND.nanos()))
}

/// More requests turned away than the component may fail.
pub(crate) fn rejections(case: &Case<'_>, outcome: &Outcome) -> Option<Obstacle> {
    let share = Share::of(outcome.rejected + outcome.killed, outcome.arrivals);
    (share.get() > errors_allowed(case.component)).then(|| Obstacle {
        reason: Reason::plain(format!(
            "{share} of requests turned away while new copies were on their way"
        )),
    })
}

/// Initialisation on a whole vCPU.
pub(crate) fn init_time(case: &Case<'_>, arm: bool) -> Duration {
    if let Some(declared) = case.component.start.init.get() {
        return declared;
    }
    let runtime = case.component.runtime.value().map_or("", |runtime| runtime.0.as_str());
    let measured = case.prices.cold_start("aws-lambda", runtime, arm, false);
    measured.map_or(Duration::SECOND, |cold| cold.init_p50)
}

/// Jobs: each gets a copy of its own, so that none waits for another.
pub(crate) fn run_jobs(case: &Case<'_>, guess: Evaluation) -> Evaluation {
    let n = case.requests.len() as u64;
    let counts = Counts { arrivals: n, served: n, rejected: 0, in_flight: 0 };
    Evaluation { counts: Some(counts), latency: None, ..guess }
}
