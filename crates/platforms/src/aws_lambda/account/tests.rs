//! Functions that share an account: what fits together, and what is turned away.

use model::{App, Component, Distribution, Kind, Runtime};
use source::{FileId, Span};
use traffic::Workload;
use units::{Bytes, Date, Duration, Instant, Seed};

use super::*;
use crate::aws_lambda::AwsLambda;
use crate::billing_scene::{catalog, known};
use crate::plain_scene::{app, component, flat};
use crate::platform::{Evaluation, Platform};
use model::Configuration;

/// Functions that run for about a second, with a load each.
struct Account {
    app: App,
    loads: Vec<Workload>,
    /// Peaks in place of those of the closed form.
    peaks: Option<u64>,
}

impl Account {
    fn new(loads: &[Workload]) -> Self {
        let components = (0..loads.len()).map(|at| second(&format!("f{at}"))).collect();
        Self { app: app(components), loads: loads.to_vec(), peaks: None }
    }

    fn reserve(mut self, at: usize, reserved: u32) -> Self {
        self.app.components[at].reserved = Some((reserved, None));
        self
    }

    fn granted(mut self, concurrency: u32) -> Self {
        self.app.quotas.lambda_concurrency = Some((concurrency, Some(Span::new(FileId(0), 0, 1))));
        self
    }

    /// What is against all of them together.
    fn against(&self) -> Vec<String> {
        let prices = catalog().at(Date::new(2026, 11, 23).unwrap());
        let cases: Vec<Case<'_>> = (self.app.components.iter().zip(&self.loads))
            .map(|(component, workload)| Case {
                app: &self.app,
                component,
                workload,
                requests: &[],
                start: Instant::START,
                replays_per_month: 1.0,
                prices,
                seed: Seed(1),
            })
            .collect();
        let placed: Vec<(Configuration, Evaluation)> = cases
            .iter()
            .map(|case| {
                let configuration = AwsLambda.options(case).unwrap().swap_remove(0);
                let mut evaluation = AwsLambda.estimate(case, &configuration).unwrap();
                if let (Some(peak), Usage::Function(usage)) = (self.peaks, &mut evaluation.usage) {
                    usage.peak_concurrency = peak;
                }
                (configuration, evaluation)
            })
            .collect();
        let members: Vec<(Case<'_>, Member<'_>)> = (cases.iter().zip(&placed))
            .map(|(case, (configuration, evaluation))| {
                (*case, Member { component: case.component, configuration, evaluation })
            })
            .collect();
        let obstacles = together(&members).unwrap();
        obstacles.into_iter().map(|obstacle| obstacle.reason.text).collect()
    }
}

/// A function that waits for a second and computes next to nothing.
fn second(id: &str) -> Component {
    let mut component = component(id, Kind::Http);
    component.runtime = known(Runtime("nodejs24.x".to_owned()));
    component.memory = known(Bytes::from_mib(512));
    component.demand.cpu = known(Distribution::Constant(Duration::from_micros(10)));
    component.demand.wait = known(Distribution::Constant(Duration::SECOND));
    component
}

/// So many requests a second in one hour of the day, one in the others.
fn hour(at: usize, per_second: f64) -> Workload {
    let mut load = flat(1.0);
    load.per_minute[at * 60..(at + 1) * 60].fill(per_second * 60.0);
    load
}

#[test]
fn two_that_need_seven_hundred_each_do_not_share_a_thousand() {
    let one = Account::new(&[flat(700.0)]);
    assert!(one.against().is_empty(), "{:?}", one.against());
    let two = Account::new(&[flat(700.0), flat(700.0)]);
    let against = two.against();
    assert_eq!(against.len(), 1);
    for part in ["more than 1,000", "f0 7", "f1 7", "aws-lambda/concurrency.account_default"] {
        assert!(against[0].contains(part), "{part}: {against:?}");
    }
    let raised = two.granted(2000).against();
    assert!(raised.is_empty(), "{raised:?}");
}

#[test]
fn peaks_at_different_hours_are_fine_and_at_the_same_hour_they_are_not() {
    let apart = Account::new(&[hour(9, 700.0), hour(15, 700.0)]).against();
    assert!(apart.is_empty(), "{apart:?}");
    let same = Account::new(&[hour(9, 700.0), hour(9, 700.0)]).against();
    assert!(same[0].contains("of the requests of f0 throttled"), "{same:?}");
}

#[test]
fn a_daily_peak_meets_a_weekly_one() {
    let mut week = flat(1.0);
    week.per_minute = vec![60.0; 7 * 1440];
    week.cycle = Duration::DAY * 7;
    week.per_minute[3 * 1440 + 540..3 * 1440 + 600].fill(42_000.0);
    assert!(!Account::new(&[week.clone(), hour(9, 700.0)]).against().is_empty());
    assert!(Account::new(&[week, hour(11, 700.0)]).against().is_empty());
}

#[test]
fn peaks_that_only_touch_by_chance_are_fine() {
    // In sum their highest counts are more than a thousand; 900 on average are seldom more than that.
    let account = Account::new(&[flat(450.0), flat(450.0)]);
    assert!(account.against().is_empty(), "{:?}", account.against());
    assert!(!Account::new(&[flat(490.0), flat(490.0)]).against().is_empty());
}

#[test]
fn bursts_within_the_minute_count() {
    let mut account = Account::new(&[flat(100.0), flat(100.0)]);
    for (peak, fine) in [(110, true), (550, true), (800, false)] {
        account.peaks = Some(peak);
        assert_eq!(account.against().is_empty(), fine, "{peak}: {:?}", account.against());
    }
}

#[test]
fn company_never_helps() {
    let lost = |loads: &[Workload]| {
        let mut account = Account::new(loads);
        account.peaks = Some(900);
        account.against()
    };
    let mut loads = vec![flat(100.0), flat(100.0)];
    assert!(!lost(&loads).is_empty());
    for more in [0.1, 10.0, 100.0, 300.0] {
        loads.push(flat(more));
        assert!(!lost(&loads).is_empty(), "with {more} more");
    }
}

#[test]
fn what_is_reserved_is_gone_for_the_others() {
    let loads = [flat(1.0), flat(700.0)];
    let fits = Account::new(&loads).reserve(0, 200).against();
    assert!(fits.is_empty(), "{fits:?}");
    let tight = Account::new(&loads).reserve(0, 400).against();
    assert!(tight[0].contains("more than 600, what 400 reserved leave"), "{tight:?}");
    assert!(Account::new(&loads).reserve(0, 400).granted(1400).against().is_empty());
}

#[test]
fn a_hundred_stay_unreserved() {
    let loads = [flat(1.0), flat(1.0)];
    let both = |a, b| Account::new(&loads).reserve(0, a).reserve(1, b).against();
    assert!(both(450, 450).is_empty());
    let over = both(451, 450);
    assert!(
        over[0].contains("901 at once reserved of the account's 1,000, of which 100"),
        "{over:?}"
    );
    assert!(both(u32::MAX, u32::MAX)[0].contains("reserved of the account's"));
}

#[test]
fn workers_wait_for_each_other_but_not_for_ever() {
    let workers = |per_second: f64| {
        let mut account = Account::new(&[hour(9, per_second), hour(9, per_second)]);
        account.app.components.iter_mut().for_each(|c| c.kind = Kind::Worker);
        account
    };
    assert!(workers(700.0).against().is_empty(), "{:?}", workers(700.0).against());
    let mut always = workers(700.0);
    always.loads = vec![flat(700.0), flat(700.0)];
    let against = always.against();
    assert!(against[0].contains("need 1,400 at once on average"), "{against:?}");
}

#[test]
fn short_functions_share_the_request_rate() {
    let mut account = Account::new(&[flat(6000.0), flat(6000.0)]);
    for component in &mut account.app.components {
        component.demand.wait = known(Distribution::Constant(Duration::from_millis(1)));
    }
    let against = account.against();
    assert!(against[0].contains("12,000 a second in sum, more than 10,000"), "{against:?}");
    assert!(account.granted(2000).against().is_empty());
}
