//! A component in steps on a platform that does not carry it from one to the next.
//!
//! Its program ends a step, puts its state into a store and is called again when the wait is over, so a run holds no
//! place between steps: only its work and the waiting inside steps are planned, in one piece. The store and what calls
//! again are the team's and on no bill; the rule CR003 says so. The waits between steps are part of the latency
//! everywhere.

use std::borrow::Cow;

use catalog::Missing;
use model::{Component, Configuration, Distribution, Fact, Steps};
use units::{Duration, Histogram, Request};

use crate::case::Case;
use crate::platform::{Evaluation, Platform};

/// The component as the platform runs it.
pub fn as_placed<'c>(platform: &dyn Platform, component: &'c Component) -> Cow<'c, Component> {
    let Some(steps) = own_steps(platform, component) else { return Cow::Borrowed(component) };
    let mut placed = component.clone();
    let inside = Distribution::Constant(steps.inside(&component.demand));
    placed.demand.wait = match steps.inside.origin() {
        Some(origin) if steps.inside.is_known() => Fact::Known(inside, origin.clone()),
        Some(origin) => Fact::Assumed(inside, origin.clone()),
        None => Fact::Unknown,
    };
    placed.demand.duration = None;
    placed.run_time_max = None;
    Cow::Owned(placed)
}

/// [`Platform::options`] for the component as the platform runs it.
pub fn options(platform: &dyn Platform, case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    let component = as_placed(platform, case.component);
    platform.options(&Case { component: &component, ..*case })
}

/// [`Platform::estimate`] likewise.
pub fn estimate(
    platform: &dyn Platform,
    case: &Case<'_>,
    configuration: &Configuration,
) -> Result<Evaluation, Missing> {
    let component = as_placed(platform, case.component);
    let evaluation = platform.estimate(&Case { component: &component, ..*case }, configuration)?;
    Ok(with_waits(platform, case.component, evaluation))
}

/// [`Platform::simulate`] likewise.
pub fn simulate(
    platform: &dyn Platform,
    case: &Case<'_>,
    configuration: &Configuration,
) -> Result<Evaluation, Missing> {
    let component = as_placed(platform, case.component);
    let shorter: Vec<Request> = match own_steps(platform, case.component) {
        None => return platform.simulate(case, configuration),
        Some(steps) => {
            let inside = steps.inside(&case.component.demand);
            let cut = |run: &Request| Request { wait: run.wait.min(inside), ..*run };
            case.requests.iter().map(cut).collect()
        }
    };
    let placed = Case { component: &component, requests: &shorter, ..*case };
    let evaluation = platform.simulate(&placed, configuration)?;
    Ok(with_waits(platform, case.component, evaluation))
}

/// The steps that the program itself has to carry a run through, if it waits between them.
fn own_steps<'c>(platform: &dyn Platform, component: &'c Component) -> Option<&'c Steps> {
    let steps = component.steps.as_ref()?;
    (!platform.carries_steps() && steps.pauses() > 0).then_some(steps)
}

fn with_waits(
    platform: &dyn Platform,
    component: &Component,
    mut evaluation: Evaluation,
) -> Evaluation {
    let between = own_steps(platform, component).map(|steps| steps.between(&component.demand));
    if let (Some(between), Some(latency)) = (between, &evaluation.latency) {
        evaluation.latency = Some(later(latency, between));
    }
    evaluation
}

fn later(latency: &Histogram, by: Duration) -> Histogram {
    let mut all = Histogram::default();
    for (value, count) in latency.buckets() {
        all.record_n(value + by, count);
    }
    all
}

#[cfg(test)]
mod tests {
    use model::Kind;
    use traffic::Workload;
    use units::{Bytes, Rate, Seed};

    use super::*;
    use crate::aws_fargate::AwsFargate;
    use crate::aws_lambda::AwsLambda;
    use crate::billing_scene::known;
    use crate::plain_scene::{app, component, prices};
    use crate::usage::Usage;

    fn worker(wait: Duration) -> Component {
        let mut worker = component("w", Kind::Worker);
        worker.demand.wait = known(Distribution::Constant(wait));
        worker.run_time_max = Some(known(Duration::HOUR * 7));
        worker
    }

    fn in_steps(wait: Duration) -> Component {
        let steps = Steps {
            count: 3,
            elsewhere: 0,
            pauses: known(2),
            inside: known(Duration::from_millis(40)),
            state: known(Bytes::from_kib(4)),
            machine: None,
            kept: None,
            span: None,
        };
        Component { steps: Some(steps), ..worker(wait) }
    }

    #[test]
    fn a_wait_between_steps_holds_no_place_on_containers_and_is_waited_for_all_the_same() {
        let (cut, plain) = (in_steps(Duration::HOUR * 6), worker(Duration::from_millis(40)));
        let workload = Workload::flat(Rate::per_month(300_000.0));
        let app = app(vec![cut.clone()]);
        let task_ms = |component: &Component| {
            let replay = workload.replay(&component.demand, Seed(1), "w", 20_000);
            let case = Case {
                app: &app,
                component,
                workload: &workload,
                requests: &replay.requests,
                start: replay.start,
                replays_per_month: replay.replays_per_month,
                prices: prices(),
                seed: Seed(1),
            };
            let first = options(&AwsFargate, &case).unwrap().remove(0);
            let evaluations = [
                estimate(&AwsFargate, &case, &first).unwrap(),
                simulate(&AwsFargate, &case, &first).unwrap(),
            ];
            evaluations.map(|evaluation| {
                if let Some(latency) = &evaluation.latency {
                    let p50 = latency.quantile(0.5).unwrap();
                    assert!(component.steps.is_none() || p50 > Duration::HOUR * 5, "{p50}");
                }
                match evaluation.usage {
                    Usage::Task(usage) => usage.task_ms,
                    other => panic!("{other:?}"),
                }
            })
        };
        assert_eq!(task_ms(&cut), task_ms(&plain));
    }

    #[test]
    fn what_carries_steps_gets_the_component_as_it_is() {
        let cut = in_steps(Duration::HOUR * 6);
        assert_eq!(*as_placed(&AwsLambda, &cut), cut);
        let placed = as_placed(&AwsFargate, &cut);
        assert_eq!(placed.demand.wait.value().unwrap().mean(), Duration::from_millis(40));
        assert_eq!(placed.run_time_max, None);
        let mut without = cut.clone();
        without.steps.as_mut().unwrap().pauses = known(0);
        assert_eq!(
            *as_placed(&AwsFargate, &without),
            without,
            "nothing is waited for between them"
        );
    }
}
