//! For how long an answer stays.

use std::borrow::Cow;

use catalog::Catalog;
use model::{CallKind, Edge, Fact};
use units::Rate;

use super::*;
use crate::decide;
use crate::testing::{app, catalog_files, component, known, question, workload};

const BAND: Growth = Growth { low: 0.03, high: 0.08 };

fn grows(growth: Growth, months: u32) -> Load {
    let shapes = vec![Shape::Growth { per_month: growth, months }];
    Load::Rate { rate: known(Rate::per_month(3e6)), shapes }
}

fn called(from: &str, to: &str, calls_per_request: f64) -> Edge {
    Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        calls_per_request,
        bytes: Fact::Unknown,
        kind: CallKind::Sync,
        origin: None,
    }
}

#[test]
fn who_is_called_grows_as_the_callers_do() {
    let mut app = app(["a", "b", "deep", "shared", "still"].map(component).to_vec());
    app.components[0].load = grows(Growth::known(1.0), 12);
    app.components[2].load = Load::Derived;
    app.components[3].load = Load::Derived;
    // Three quarters of what comes to `shared` come from `a`, whose load doubles.
    app.edges = vec![called("a", "shared", 3.0), called("b", "shared", 1.0)];
    app.edges.push(called("shared", "deep", 2.0));
    let loads: Vec<Cow<'_, Workload>> = vec![Cow::Owned(workload(1.0)); 5];
    let factors = followed(&app, &loads, vec![2.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(factors, [2.0, 1.0, 1.75, 1.75, 1.0]);
    app.edges.push(called("deep", "shared", 1.0));
    let in_a_circle = followed(&app, &loads, vec![2.0, 1.0, 1.0, 1.0, 1.0]);
    assert!(in_a_circle.iter().all(|factor| (1.0..=2.0).contains(factor)), "{in_a_circle:?}");
}

#[test]
fn loads_are_not_followed_out_of_sight() {
    let mut app = app(vec![component("a")]);
    assert_eq!(Growths::of(&app), None);
    app.components[0].load = grows(Growth { low: 0.0, high: 9.0 }, 120);
    assert_eq!(Growths::of(&app).unwrap().months, 3, "a thousand times in three months");
    app.components[0].load = grows(BAND, 24);
    assert_eq!(Growths::of(&app).unwrap().months, 24);
}

#[test]
fn a_month_is_found_and_counted() {
    for turn in 1..=12 {
        assert_eq!(first_lost(12, |month| month < turn), turn);
    }
    let ends = [End::Later, End::Later, End::Today, End::In(3), End::In(9)];
    let found = told(12, &ends);
    assert_eq!((found.months, found.ends), (12, Some((3, 9))));
    assert!((found.cheapest.get() - 0.4).abs() < 1e-9);
    assert_eq!(told(12, &[End::Later]).ends, None);
}

#[test]
fn flips_have_the_months_of_both_ends() {
    assert_eq!(when(2.0, None, Growth::known(0.12)).unwrap(), "in month 7 at 12 % more a month");
    // ln 2 over ln 1.08 is 9.01, over ln 1.03 is 23.4.
    assert_eq!(when(2.0, None, BAND).unwrap(), "in month 10 to 24 at 3 to 8 % more a month");
    // Today's traffic may be a quarter more or less.
    let band = Some((1.6, 2.5));
    assert_eq!(when(2.0, band, BAND).unwrap(), "in month 7 to 31 at 3 to 8 % more a month");
    let never = Growth { low: 0.0, high: 0.08 };
    let at_the_earliest = "in month 10 at the earliest at 0 to 8 % more a month";
    assert_eq!(when(2.0, None, never).unwrap(), at_the_earliest);
    assert_eq!(when(0.5, None, BAND), None, "it does not shrink");
}

#[test]
fn the_more_it_may_grow_the_sooner_it_ends() {
    let files = catalog_files();
    let catalog = Catalog::parse(&files).unwrap();
    let outlook = |growth: Option<Growth>| {
        let mut app = app(vec![component("api")]);
        app.components[0].load = match growth {
            Some(growth) => grows(growth, 12),
            None => Load::Rate { rate: known(Rate::per_month(3e6)), shapes: Vec::new() },
        };
        let mut question = question(&app, &catalog);
        // Seldom called: the place of functions today.
        question.workloads.insert("api".to_owned(), workload(0.01));
        decide(&question)
    };
    let still = outlook(None);
    assert_eq!(still.outlook, None);
    let [slow, fast] = [Growth { low: 0.0, high: 0.001 }, Growth { low: 0.5, high: 0.8 }]
        .map(|growth| outlook(Some(growth)));
    // What is known of today is not less sure because it grows tomorrow.
    assert_eq!(slow.confidence, still.confidence);
    assert_eq!(fast.confidence, still.confidence);
    let (slow_stays, fast_stays) = (slow.outlook.unwrap(), fast.outlook.unwrap());
    assert!(fast_stays.cheapest < slow_stays.cheapest, "{fast_stays:?} {slow_stays:?}");
    let (early, late) = fast_stays.ends.unwrap();
    assert!(1 <= early && early <= late && late <= 12, "{early} {late}");
    let dated = fast.flips.iter().filter(|flip| flip.at.contains("at 50 to 80 % more a month"));
    assert!(dated.count() > 0, "{:?}", fast.flips);
}
