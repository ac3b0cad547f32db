//! Environments request by request. Nothing waits for a place: a request that finds all of them full is answered with
//! 429; messages stay in their queue.

use catalog::Missing;
use model::Reason;
use sim::pods::{self, Balancing, Outcome, Setup};
use units::{Duration, Instant, Share};

use super::control::Control;
use super::estimate::{self, through_the_front, too_fast, too_few};
use super::rules::Rules;
use crate::case::Case;
use crate::container_load::{Minutes, errors_allowed, somebody_waits};
use crate::container_replay::{AFTERGLOW, RETENTION, record, step};
use crate::platform::{Evaluation, Obstacle};
use model::InstanceSettings;

/// Usage, latency and obstacles by replaying `case.requests`.
pub(super) fn simulate(
    case: &Case<'_>,
    settings: &InstanceSettings,
) -> Result<Evaluation, Missing> {
    let guess = estimate::estimate(case, settings)?;
    let own = estimate::as_configured(case.component, settings);
    let case = &Case { component: &own, ..*case };
    let Some(minutes) = Minutes::of(case, settings.cpu) else { return Ok(guess) };
    if case.requests.is_empty() {
        return Ok(guess);
    }
    let rules = Rules::of(case.prices)?;
    let copy = estimate::copy(case, settings, &rules);
    let first = minutes.first(case, &copy);
    let outcome = replay(case, settings, Control::new(rules, settings, first));
    let waits = somebody_waits(case.component);
    let mut evaluation = Evaluation { latency: None, ..guess };
    if waits && outcome.served > 0 {
        evaluation.latency = Some(through_the_front(case, &outcome.latency)?);
    }
    if waits {
        let counts = estimate::counts(&minutes, &copy, &rules);
        let by_chance = estimate::full_by_chance(&minutes, &counts, settings.concurrency);
        evaluation.obstacles.extend(turned_away(case, &outcome, &rules, by_chance));
    }
    record(&mut evaluation, &outcome, step(case));
    Ok(evaluation)
}

fn replay(case: &Case<'_>, settings: &InstanceSettings, mut control: Control) -> Outcome {
    let waits = somebody_waits(case.component);
    let setup = Setup {
        capacity: settings.cpu,
        concurrency: settings.concurrency,
        queue: if waits { 0 } else { u32::MAX },
        queue_timeout: if waits { Duration::ZERO } else { RETENTION },
        // The router asks another environment where one says that it is full.
        balancing: if waits { Balancing::LeastRequests } else { Balancing::Pull },
        step: step(case),
    };
    let end = case.requests.last().map_or(Instant::START, |last| last.at);
    let random = case.seed.stream(&case.component.id, "environments on machines");
    pods::run(&setup, case.requests, end + AFTERGLOW, random, &mut control)
}

/// More requests turned away than the component may fail; `by_chance` is the share that the closed form expects of
/// places that are too few.
fn turned_away(
    case: &Case<'_>,
    outcome: &Outcome,
    rules: &Rules,
    by_chance: f64,
) -> Option<Obstacle> {
    let share = Share::of(outcome.rejected + outcome.killed, outcome.arrivals);
    (share.get() > errors_allowed(case.component)).then(|| {
        let few = by_chance * 2.0 > share.get();
        let why = if few {
            too_few(case.component.concurrency.get().unwrap_or(1))
        } else {
            too_fast(rules)
        };
        Obstacle { reason: Reason::plain(format!("{share} of requests answered with 429: {why}")) }
    })
}
