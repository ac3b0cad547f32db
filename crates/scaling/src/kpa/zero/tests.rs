//! Stories of upstream's `TestScaler` (knative/serving, `pkg/reconciler/autoscaling/kpa/scaler_test.go`).

use super::*;

const NOW: Instant = Instant::from_nanos(10_000 * 1_000_000_000);
const STABLE: Duration = Duration::from_secs(300);
const GRACE: Duration = Duration::from_secs(60);

fn ago(span: Duration) -> Instant {
    Instant::START + NOW.since(Instant::START).saturating_sub(span)
}

fn spec() -> ZeroSpec {
    ZeroSpec { stable_window: STABLE, grace: GRACE, ..ZeroSpec::new(&Settings::default()) }
}

fn revision(spec: ZeroSpec, activity: Activity) -> ScaleToZero {
    ScaleToZero { spec, activity, initialized: true, proxying: Some(NOW) }
}

fn ask(mut revision: ScaleToZero, desired: Option<i64>) -> Option<i64> {
    revision.pass(NOW, desired, 1, -1).ask
}

#[test]
fn an_active_revision_keeps_one_pod_until_it_was_active_for_the_stable_window() {
    let active = |span| revision(spec(), Activity::Active(ago(span)));
    assert_eq!(ask(active(STABLE.saturating_sub(Duration::SECOND)), Some(0)), Some(1));
    // Then it is only marked inactive; the pod stays for now.
    let mut idle = active(STABLE);
    let first = idle.pass(NOW, Some(0), 1, 5);
    assert_eq!((first.ask, first.path, first.again), (None, Path::Activator, Some(NOW)));
    assert_eq!(idle.activity, Activity::Inactive(NOW));
}

#[test]
fn an_inactive_revision_keeps_its_last_pod_for_the_grace() {
    let inactive = |span| revision(spec(), Activity::Inactive(ago(span)));
    assert_eq!(ask(inactive(GRACE), Some(0)), Some(0));
    let just_before = GRACE.saturating_sub(Duration::SECOND);
    let mut waiting = inactive(just_before);
    assert_eq!(
        waiting.pass(NOW, Some(0), 1, -1),
        Carried { ask: None, path: Path::Activator, again: Some(NOW + Duration::SECOND) }
    );
    // The activator has been in the path for long enough, so nothing has to be learnt any more.
    let proxied = ScaleToZero { proxying: Some(ago(GRACE)), ..inactive(just_before) };
    assert_eq!(ask(proxied, Some(0)), Some(0));
    let not_proxied = ScaleToZero { proxying: None, ..inactive(GRACE) };
    assert_eq!(ask(not_proxied.clone(), Some(0)), None);
    // With an unlimited burst it is in the path from the start.
    let spec = ZeroSpec { burst: Burst::Unlimited, ..spec() };
    assert_eq!(ask(ScaleToZero { spec, ..not_proxied }, Some(0)), Some(0));
}

#[test]
fn a_revision_that_was_behind_the_activator_anyway_goes_without_a_grace() {
    let mut revision = revision(spec(), Activity::Active(ago(STABLE)));
    revision.proxying = None;
    let mut pass =
        |secs, desired| revision.pass(NOW + Duration::from_secs(secs), Some(desired), 1, -1).ask;
    assert_eq!(pass(0, 1), Some(1));
    assert_eq!(pass(30, 1), Some(1));
    assert_eq!(pass(60, 0), None, "marked inactive first");
    assert_eq!(pass(62, 0), Some(0));
}

#[test]
fn the_retention_of_the_last_pod_is_kept_whatever_the_network_knows() {
    let with = |retention, span, proxied| ScaleToZero {
        proxying: Some(ago(proxied)),
        ..revision(ZeroSpec { retention, ..spec() }, Activity::Inactive(ago(span)))
    };
    assert_eq!(ask(with(GRACE * 2, GRACE, Duration::ZERO), Some(0)), None);
    assert_eq!(ask(with(GRACE, GRACE, Duration::ZERO), Some(0)), Some(0));
    let shorter = Duration::from_secs(42);
    assert_eq!(ask(with(shorter, Duration::from_secs(59), GRACE), Some(0)), Some(0));
    assert_eq!(ask(with(shorter, Duration::from_secs(41), GRACE), Some(0)), None);
    let unreachable = ZeroSpec { retention: GRACE * 10, reachable: false, ..spec() };
    assert_eq!(ask(revision(unreachable, Activity::Inactive(ago(GRACE))), Some(0)), Some(0));
}

#[test]
fn a_revision_that_does_not_start_is_given_up_after_its_deadline() {
    let activating = |span| revision(spec(), Activity::Activating(ago(span)));
    assert_eq!(ask(activating(Duration::from_secs(300)), Some(0)), None);
    assert_eq!(ask(activating(Duration::from_secs(630)), Some(0)), None);
    assert_eq!(ask(activating(Duration::from_secs(631)), Some(0)), Some(0));
}

#[test]
fn bounds_hold_and_the_minimum_needs_a_route() {
    let bounded = |min, max, reachable| {
        let spec = ZeroSpec { bounds: Bounds { min, max }, reachable, ..spec() };
        revision(spec, Activity::Inactive(ago(GRACE)))
    };
    assert_eq!(ask(bounded(2, 0, true), Some(0)), Some(2));
    assert_eq!(ask(bounded(2, 0, false), Some(0)), Some(0));
    assert_eq!(ask(bounded(0, 8, true), Some(10)), Some(8));
    assert_eq!(ask(bounded(0, 0, true), Some(10)), Some(10));
    let never = ZeroSpec { to_zero: false, ..spec() };
    assert_eq!(ask(revision(never, Activity::Inactive(ago(GRACE))), Some(0)), Some(1));
}

#[test]
fn without_data_nothing_happens() {
    for activity in [Activity::Active(NOW), Activity::Inactive(NOW)] {
        assert_eq!(ask(revision(spec(), activity), None), None);
    }
}

#[test]
fn a_new_revision_starts_with_its_initial_scale() {
    let mut fresh = ScaleToZero::new(ZeroSpec { initial: 3, ..spec() }, NOW);
    assert_eq!(fresh.pass(NOW, None, 0, -1).ask, Some(3));
    assert_eq!(fresh.pass(NOW, Some(0), 2, -1).ask, Some(3));
    assert!(!fresh.initialized);
    let unreachable = ZeroSpec { initial: 3, reachable: false, ..spec() };
    let mut unreachable = ScaleToZero::new(unreachable, NOW);
    assert_eq!(unreachable.pass(NOW, Some(1), 0, -1).ask, Some(1));
    fresh.pass(NOW, Some(1), 3, -1);
    assert!(fresh.initialized);
    assert_eq!(fresh.pass(NOW, Some(1), 3, -1).ask, Some(1), "it was all there once");
}

#[test]
fn the_activator_leaves_the_path_when_there_is_room_for_the_burst() {
    let mut revision = revision(spec(), Activity::Active(NOW));
    assert_eq!(revision.pass(NOW, Some(5), 5, -1).path, Path::Activator);
    assert_eq!(revision.pass(NOW, Some(5), 5, 0).path, Path::Direct);
    assert_eq!(revision.pass(NOW, Some(0), 5, 7).path, Path::Direct, "one pod is still wanted");
}

/// A night without traffic, one pass every two seconds: 60 s of zeros, then 30 s through the activator.
#[test]
fn from_the_last_request_to_zero() {
    let calm = ZeroSpec::new(&Settings { burst: Burst::Requests(0.0), ..Settings::default() });
    let mut revision = ScaleToZero::serving(calm, Instant::START);
    let (mut pods, mut gone) = (1, None);
    for second in (0..200).step_by(2) {
        let now = Instant::START + Duration::from_secs(second);
        // The stable average falls to nothing a minute after the last request, at second 20.
        let desired = i64::from(second < 80);
        if let Some(ask) = revision.pass(now, Some(desired), pods, 0).ask {
            pods = ask;
        }
        if pods == 0 && gone.is_none() {
            gone = Some(second);
        }
    }
    assert_eq!(gone, Some(110));
}
