//! Loads that follow from other loads.

use model::{Demand, Fact, Kind, Shape};
use units::{Rate, Seed};

use super::sample::{app, component};
use super::*;

fn rate(month: f64, shapes: Vec<Shape>) -> Load {
    Load::Rate { rate: Fact::assumed(Rate::per_month(month), ""), shapes }
}

fn cron(expression: &str, requests: u64) -> Load {
    Load::Cron { expression: expression.to_owned(), requests, span: None }
}

fn months(app: &App) -> (Vec<(String, u64)>, Vec<&'static str>) {
    let (loads, found) = workloads(app, &BTreeMap::new());
    let loads = loads.into_iter().map(|(id, w)| (id, w.requests_month())).collect();
    (loads, found.iter().map(|f| f.id).collect())
}

#[test]
fn loads_follow_the_calls_and_the_order_of_components_means_nothing() {
    let parts = || {
        vec![
            component("web", rate(1e6, vec![])),
            component("api", Load::Derived),
            component("mail", Load::Derived),
            component("db", Load::Unknown),
        ]
    };
    let edges = [("web", "api", 2.0), ("api", "mail", 0.1), ("web", "db", 1.0), ("api", "db", 3.0)];
    let wanted: Vec<(String, u64)> =
        [("api", 2_000_000), ("db", 7_000_000), ("mail", 200_000), ("web", 1_000_000)]
            .map(|(id, n)| (id.to_owned(), n))
            .to_vec();
    assert_eq!(months(&app(parts(), &edges)), (wanted, vec![]));
    let mut backwards = parts();
    backwards.reverse();
    let by_order = |parts| workloads(&app(parts, &edges), &BTreeMap::new());
    assert_eq!(by_order(parts()), by_order(backwards));
}

#[test]
fn callers_of_different_cycles_add_up() {
    let night = Shape::DayNight { peak_to_mean: 2.0, peak_hour: 12 };
    let parts = vec![
        component("web", rate(1e6, vec![night])),
        component("job", cron("30 3 * * 1", 700)),
        component("api", Load::Derived),
    ];
    let (loads, _) =
        workloads(&app(parts, &[("web", "api", 1.0), ("job", "api", 1.0)]), &BTreeMap::new());
    let api = &loads["api"];
    assert_eq!(api.cycle, Duration::DAY * 7);
    assert_eq!(api.requests_month(), 1_000_000 + loads["job"].requests_month());
    assert!(api.per_minute[3 * 60 + 30] > 700.0 && api.per_minute[27 * 60 + 30] < 20.0);
}

#[test]
fn one_caller_s_moments_are_passed_on() {
    let parts = vec![component("job", cron("0 3 * * *", 1)), component("mail", Load::Derived)];
    let (loads, _) = workloads(&app(parts, &[("job", "mail", 20.0)]), &BTreeMap::new());
    let demand = Demand { cpu: Fact::Unknown, wait: Fact::Unknown, duration: None };
    let replay = loads["mail"].replay(&demand, Seed(1), "mail", 200);
    assert_eq!(replay.requests.len(), 140, "seven nights, twenty mails each");
    assert!(
        replay
            .requests
            .iter()
            .all(|r| r.at.nanos() % Duration::DAY.nanos() == 3 * Duration::HOUR.nanos())
    );
}

#[test]
fn a_circle_is_named_and_the_others_keep_their_load() {
    let parts = vec![
        component("a", Load::Derived),
        component("b", Load::Derived),
        component("web", rate(1e6, vec![])),
        component("y", Load::Derived),
    ];
    let edges = [("a", "b", 1.0), ("b", "a", 1.0), ("web", "a", 1.0), ("web", "y", 1.0)];
    let app = app(parts, &edges);
    let (loads, found) = workloads(&app, &BTreeMap::new());
    assert_eq!(loads.keys().collect::<Vec<_>>(), ["web", "y"]);
    assert!(found[0].message.ends_with("a → b → a"), "{}", found[0].message);
    assert_eq!((found[0].id, found.len()), ("TR004", 1));
}

#[test]
fn what_has_no_load_says_so() {
    let mut store = component("store", Load::Unknown);
    store.kind = Kind::Stateful;
    let parts = vec![
        component("a", Load::Unknown),
        component("b", Load::Derived),
        component("c", Load::Routed),
        component("d", cron("0 0 31 2 *", 1)),
        component("e", cron("0 0 29 2 *", 1)),
        store,
    ];
    let (loads, ids) = months(&app(parts, &[]));
    assert_eq!(ids, ["TR005", "TR006", "TR007", "TR003", "TR003"]);
    assert_eq!(loads, [("e".to_owned(), 0)]);
}

#[test]
fn a_self_call_is_not_a_caller() {
    let parts = vec![component("a", Load::Derived)];
    assert_eq!(months(&app(parts, &[("a", "a", 1.0)])), (vec![], vec!["TR006"]));
}

#[test]
fn a_caller_without_a_load_is_to_blame() {
    let parts = vec![component("api", Load::Routed), component("mail", Load::Derived)];
    assert_eq!(months(&app(parts, &[("api", "mail", 1.0)])), (vec![], vec!["TR007", "TR029"]));
}
