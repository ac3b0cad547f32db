//! A service with a load and its replay, and a function that takes what others spill, for the tests of splits.

use model::{App, Architecture, Component, Configuration, Kind, Settings};
use traffic::{Replay, Workload};
use units::{Bytes, Money, Seed};

use crate::aws_lambda::{self, AwsLambda};
use crate::case::{Case, Member};
use crate::plain_scene::{app, case, component, flat};
use crate::platform::{Evaluation, Platform};
use crate::split::{Peaks, Whole, splits};

/// A service with a load and its replay.
pub(crate) struct Story {
    pub(crate) app: App,
    pub(crate) component: Component,
    pub(crate) load: Workload,
    replay: Replay,
}

impl Story {
    pub(crate) fn new(load: Workload, requests_max: usize) -> Self {
        let component = component("api", Kind::Http);
        let replay = load.replay(&component.demand, Seed(1), "api", requests_max);
        Self { app: app(vec![component.clone()]), component, load, replay }
    }

    pub(crate) fn case(&self) -> Case<'_> {
        Case {
            requests: &self.replay.requests,
            start: self.replay.start,
            replays_per_month: self.replay.replays_per_month,
            ..case(&self.app, &self.component, &self.load)
        }
    }
}

/// 5 a second, and 400 a second in ten minutes of the day.
pub(crate) fn spiky() -> Workload {
    let mut load = flat(5.0);
    load.per_minute[600..610].fill(400.0 * 60.0);
    load
}

/// A function of 1,769 MB, which is one vCPU, at its URL.
pub(crate) fn function(case: &Case<'_>) -> Configuration {
    let options = AwsLambda.options(case).unwrap();
    let wanted = |o: &&Configuration| match &o.settings {
        Settings::Function(f) => {
            f.memory == Bytes::from_mib(1769) && f.architecture == Architecture::Arm
        }
        _ => false,
    };
    let found = options.iter().find(wanted).expect("that size");
    let Settings::Function(settings) = &found.settings else { panic!("{found:?}") };
    aws_lambda::at_its_url(case, settings)
}

/// The lines of a bill of one component.
pub(crate) fn bill(
    platform: &dyn Platform,
    case: &Case<'_>,
    configuration: &Configuration,
    evaluation: &Evaluation,
) -> Vec<(String, Money)> {
    let member = Member { component: case.component, configuration, evaluation };
    let lines = platform.bill(&[member], &case.site()).unwrap().lines;
    lines.into_iter().map(|line| (line.item, line.amount)).collect()
}

/// A split that keeps nothing is the other side alone: the same requests and, to the cent, the same bill.
#[track_caller]
pub(crate) fn nothing_is_kept(base: &dyn Platform, case: &Case<'_>, closed: &Configuration) {
    let alone = function(case);
    let both = [
        (base.estimate(case, closed).unwrap(), AwsLambda.estimate(case, &alone).unwrap()),
        (base.simulate(case, closed).unwrap(), AwsLambda.simulate(case, &alone).unwrap()),
    ];
    for (split, whole) in both {
        all_is_elsewhere(case, &split, &whole);
        let whole = bill(&AwsLambda, case, &alone, &whole);
        let expected: Money = whole.into_iter().map(|(_, amount)| amount).sum();
        assert_eq!(elsewhere(&bill(base, case, closed, &split)), expected);
    }
}

/// Whether a split costs what the other side alone costs and nothing beside it but the way there.
#[track_caller]
fn all_is_elsewhere(case: &Case<'_>, split: &Evaluation, whole: &Evaluation) {
    let spilled = split.usage.spilled().expect("everything");
    assert_eq!(spilled.usage, whole.usage);
    assert_eq!(split.latency, whole.latency);
    assert_eq!((split.cold, split.counts), (whole.cold, whole.counts));
    assert_eq!(split.usage.flow().requests, case.workload.requests_month());
}

/// What is left of a bill of what is spilled, without the way there.
pub(crate) fn elsewhere(lines: &[(String, Money)]) -> Money {
    let spilled = lines.iter().filter(|(item, _)| item.starts_with("spilled: "));
    let there = spilled.filter(|(item, _)| !item.ends_with("there and back"));
    there.map(|(_, amount)| *amount).sum()
}

/// Labels of the splits of a load between a platform and Lambda, of what the cheapest of others costs alone.
pub(crate) fn offered(
    base: &dyn Platform,
    others: &[&dyn Platform],
    load: &Workload,
) -> Vec<String> {
    let service = component("api", Kind::Http);
    let app = app(vec![service.clone()]);
    let case = case(&app, &service, load);
    let alone = |platform: &dyn Platform, configuration: &Configuration| {
        let evaluation = platform.estimate(&case, configuration).unwrap();
        let member = Member { component: &service, configuration, evaluation: &evaluation };
        (platform.bill(&[member], &case.site()).unwrap().total(), evaluation)
    };
    let all = others.iter().flat_map(|&platform| {
        let options = platform.options(&case).unwrap();
        let all = options.iter().map(|option| alone(platform, option));
        // Servers that come and go come too late for a spike.
        let hold = all.filter(|(_, evaluation)| evaluation.obstacles.is_empty());
        hold.map(|(cost, _)| cost).collect::<Vec<_>>()
    });
    let elsewhere = function(&case);
    let (cost, evaluation) = alone(&AwsLambda, &elsewhere);
    let member = Member { component: &service, configuration: &elsewhere, evaluation: &evaluation };
    let whole = Whole { elsewhere: member, beat: all.min().map_or(cost, |least| least.min(cost)) };
    let Some(peaks) = Peaks::of(&service, load) else { return Vec::new() };
    splits(base, &case, &peaks, whole).unwrap().into_iter().map(|c| c.label).collect()
}
