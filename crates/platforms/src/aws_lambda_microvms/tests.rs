//! Sessions on real prices, each figure by hand.

use model::{Component, Distribution, Kind};
use traffic::Workload;
use units::{Bytes, Rate};

use super::*;
use crate::billing_scene::{dollars, known};
use crate::plain_scene::{app, case, component};
use crate::usage::{InstanceUsage, Usage};
use units::Duration;

/// A sandbox of 1 GB: three seconds of CPU a request, one every so often for so long.
fn sandbox(stays: Duration, every: Duration) -> Component {
    let mut sandbox = component("sandbox", Kind::Http);
    sandbox.needs.insert(model::Need::SessionState, None);
    sandbox.memory = known(Bytes::from_gib(1));
    sandbox.demand.cpu = known(Distribution::Constant(Duration::from_secs(3)));
    sandbox.demand.wait = known(Distribution::Constant(Duration::ZERO));
    sandbox.connection = Some(known(stays));
    sandbox.message_every = Some(known(every));
    sandbox
}

fn month(component: &Component, requests: f64, label: &str) -> (Evaluation, Invoice) {
    let (app, workload) = (app(vec![component.clone()]), Workload::flat(Rate::per_month(requests)));
    let case = case(&app, component, &workload);
    let options = MicroVms.options(&case).unwrap();
    let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
    let found = options.iter().find(|o| o.label == label);
    let configuration = found.unwrap_or_else(|| panic!("{labels:?}"));
    let evaluation = MicroVms.estimate(&case, configuration).unwrap();
    let member = Member { component, configuration, evaluation: &evaluation };
    let bill = MicroVms.bill(&[member], &case.site()).unwrap();
    (evaluation, bill)
}

fn lines(bill: &Invoice) -> Vec<(&str, String)> {
    bill.lines.iter().map(|line| (line.item.as_str(), dollars(line.amount))).collect()
}

fn usage(evaluation: &Evaluation) -> InstanceUsage {
    match evaluation.usage {
        Usage::Instance(usage) => usage,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_thousand_sessions_of_two_hours_by_hand() {
    let sandbox = sandbox(Duration::HOUR * 2, Duration::MINUTE * 2);
    let (evaluation, bill) = month(&sandbox, 60_000.0, "0.5 vCPU 1 GB arm a session, kept up");
    // 60,000 × 120 s and 1,000 starts of 2.048 s are 7,202,048 s; half a vCPU each, and three seconds of another half
    // in each request.
    assert_eq!(
        lines(&bill),
        [
            ("session vCPU", "102.22".to_owned()),
            ("session memory", "26.41".to_owned()),
            ("snapshots read", "1.55".to_owned()),
            ("snapshots kept", "0.08".to_owned()),
        ]
    );
    assert_eq!(usage(&evaluation).snapshots.written_mb, 0);
}

#[test]
fn a_session_that_never_asks_again_pays_only_until_it_ends() {
    let once = sandbox(Duration::MINUTE * 10, Duration::MINUTE * 30);
    let (evaluation, _) = month(&once, 1_000.0, "0.5 vCPU 1 GB arm a session, kept up");
    // 1,000 sessions of 600 s, and 2.048 s to start each.
    assert_eq!(usage(&evaluation).active_ms, 602_048_000);
    assert_eq!(usage(&evaluation).snapshots.read_mb, 1_000 * 1024);
}

#[test]
fn a_suspended_session_pays_for_its_snapshots_instead_of_its_time() {
    // One request in half an hour: 96.7 % of them find their machine suspended.
    let rare = sandbox(Duration::HOUR * 8, Duration::MINUTE * 30);
    let kept = month(&rare, 16_000.0, "0.5 vCPU 1 GB arm a session, kept up").1.total();
    let (evaluation, bill) =
        month(&rare, 16_000.0, "0.5 vCPU 1 GB arm a session, suspended when idle");
    assert!(bill.total() < kept, "{} against {kept}", bill.total());
    let used = usage(&evaluation);
    // e^(-60 / 1,797) of 16,000, each of 1 GB.
    assert_eq!(used.snapshots.written_mb / 1024, 15_474);
    // A thousand sessions beside them.
    assert_eq!((used.snapshots.read_mb - used.snapshots.written_mb) / 1024, 1000);
    let p50 = evaluation.latency.unwrap().quantile(0.5).unwrap();
    assert!(
        (p50.secs_f64() - 5.048).abs() < 0.1,
        "three seconds and 1,024 MB at 500 a second: {p50}"
    );
    // Every two minutes it is the other way round: snapshots cost more than running on.
    let busy = sandbox(Duration::HOUR * 2, Duration::MINUTE * 2);
    let kept = month(&busy, 60_000.0, "0.5 vCPU 1 GB arm a session, kept up").1.total();
    let slept = month(&busy, 60_000.0, "0.5 vCPU 1 GB arm a session, suspended when idle").1;
    assert!(slept.total() > kept);
}

#[test]
fn only_what_keeps_sessions_is_placed_and_it_says_how_long() {
    let mut plain = sandbox(Duration::HOUR, Duration::MINUTE);
    plain.needs = model::Needs::default();
    let (app, workload) = (app(vec![plain.clone()]), Workload::flat(Rate::per_month(1e4)));
    assert_eq!(MicroVms.options(&case(&app, &plain, &workload)).unwrap(), []);
    let limits = MicroVms.limits(&case(&app, &plain, &workload).site()).unwrap();
    assert_eq!(limits.session_max.unwrap().value, Duration::HOUR * 8);
}
