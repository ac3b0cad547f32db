//! Flips hold: planned again on either side of the load that a flip names, a component is where the flip says.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::Catalog;
use model::{App, Decision, Fact, FlipVariable};
use platforms::Platform;
use traffic::Workload;
use units::{Bytes, Date, Duration};

use crate::answer::Prepared;
use crate::evaluate::{Candidate, Scope, by_closed_form, functions};
use crate::learned::Learned;
use crate::testing::{app, catalog_files, component, constant, known, workload};
use crate::world::World;
use crate::{Question, decide};

/// Requests replayed for each plan.
const REPLAYED: usize = 20_000;
/// So far from a flip it must hold on both sides: closed forms and a grid found it.
const CLEAR: f64 = 1.3;

type Loads = BTreeMap<String, Workload>;

fn plan(catalog: &Catalog, app: &App, loads: &Loads, factor: f64) -> Decision {
    let scaled = loads.iter().map(|(id, load)| (id.clone(), load.scaled(factor)));
    let today = Date::new(2026, 11, 23).unwrap();
    let question = Question::new(app, scaled.collect(), catalog.at(today));
    decide(&Question { replay_max: REPLAYED, ..question })
}

/// Where a component is, as flips name it.
fn place(decision: &Decision, id: &str) -> String {
    let placed = decision.placements.iter().find(|p| p.component == id).unwrap();
    platforms::by_id(placed.platform).unwrap().name().to_owned()
}

/// Every component's flips along traffic, up to so far from today, that do not hold; and how many were looked at.
fn broken(app: &App, loads: &Loads, far: f64) -> (usize, Vec<String>) {
    let catalog = Catalog::parse(&catalog_files()).unwrap();
    let today = plan(&catalog, app, loads, 1.0);
    let mut looked_at = 0;
    let mut broken = Vec::new();
    for flip in today.flips.iter().filter(|flip| flip.variable == FlipVariable::Traffic) {
        let Some(id) = &flip.scope else { continue };
        if !(1.0 / far..=far).contains(&flip.factor) {
            continue;
        }
        looked_at += 1;
        for (factor, wanted) in [(flip.factor / CLEAR, &flip.from), (flip.factor * CLEAR, &flip.to)]
        {
            let found = place(&plan(&catalog, app, loads, factor), id);
            if found != *wanted {
                let (at, said) = (flip.factor, format!("{} to {}", flip.from, flip.to));
                broken.push(format!("{id} {said} at {at:.2}: on {found} at {factor:.2}"));
            }
        }
    }
    (looked_at, broken)
}

/// So many requests a month, all of them in one minute of each hour.
fn in_bursts(requests_month: f64) -> Workload {
    let hourly = requests_month / Duration::MONTH.secs_f64() * 3600.0;
    let per_minute = (0..1440).map(|minute| if minute % 60 == 5 { hourly } else { 0.0 }).collect();
    Workload { per_minute, ..workload(1.0) }
}

/// As in Sock Shop under the log of a small site: the front end takes long to start and is called once an hour by many at
/// a time, so that each of them starts a function of its own and pays for that. A server has room for it beside others.
fn socks() -> (App, Loads) {
    let mut front = component("front-end");
    front.start.init = Fact::assumed(Duration::from_secs(40), "by its probe");
    front.memory = known(Bytes::from_mib(1000));
    let mut small = ["catalogue", "payment", "user"].map(|id| {
        let mut component = component(id);
        component.memory = known(Bytes::from_mib(200));
        component.public = known(false);
        component
    });
    for component in &mut small {
        component.demand.cpu = constant(50);
        component.demand.wait = constant(50);
    }
    let mut components = small.to_vec();
    components.push(front);
    let mut loads: Loads =
        ["catalogue", "payment", "user"].map(|id| (id.to_owned(), workload(1.2))).into();
    loads.insert("front-end".to_owned(), in_bursts(88_000.0));
    (app(components), loads)
}

/// A few services of a common kind, called seldom and often.
fn services() -> (App, Loads) {
    let mut steady = component("steady");
    steady.demand.cpu = constant(20);
    steady.demand.wait = constant(30);
    let mut heavy = component("heavy");
    heavy.demand.cpu = constant(400);
    heavy.memory = known(Bytes::from_gib(1));
    let loads = [("steady", 2.0), ("heavy", 0.02), ("seldom", 0.01)];
    let loads = loads.map(|(id, per_second)| (id.to_owned(), workload(per_second))).into();
    (app(vec![steady, heavy, component("seldom")]), loads)
}

#[test]
fn a_front_end_that_starts_slowly_stays_where_its_starts_cost_nothing() {
    let (app, loads) = socks();
    let (_, broken) = broken(&app, &loads, 3.0);
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The cheapest of its functions alone.
fn on_functions(world: &World<'_>, candidates: &[Vec<Candidate>], id: &str) -> f64 {
    let at = (0..world.len()).find(|&at| world.component(at).id == id).unwrap();
    let functions = candidates[at].iter().filter(|candidate| {
        let platform: &dyn Platform = world.platforms[candidate.platform];
        platform.id().0 == "aws/lambda"
    });
    functions.map(|candidate| candidate.alone).min().unwrap().dollars()
}

#[test]
fn closed_forms_of_twice_the_load_cost_what_its_simulation_does() {
    let catalog = Catalog::parse(&catalog_files()).unwrap();
    let (app, loads) = socks();
    let today = Date::new(2026, 11, 23).unwrap();
    let twice = loads.iter().map(|(id, load)| (id.clone(), load.scaled(2.0)));
    let twice = Question::new(&app, twice.collect(), catalog.at(today));
    let once = Question::new(&app, loads, catalog.at(today));
    let simulated = |question| {
        let world = World::new(question, "aws/us-east-1");
        let Prepared { candidates, .. } = Prepared::of(question, &world);
        (world, candidates)
    };
    let (world, candidates) = simulated(&twice);
    let cost = on_functions(&world, &candidates, "front-end");
    let (world, candidates) = simulated(&once);
    let scope = Scope { open: &|_, _| true, kept: &functions(&candidates) };
    let by_closed_form = |light: &World<'_>| {
        let light = light.scaled(2.0);
        on_functions(&light, &by_closed_form(&light, scope), "front-end")
    };
    let mut light = world.scaled(1.0);
    let not_learned = by_closed_form(&light);
    light.learned = Arc::new(Learned::of(&light, &candidates));
    let learned = by_closed_form(&light);
    assert!((learned / cost - 1.0).abs() < 0.1, "{learned} for {cost}");
    assert!(not_learned < 0.7 * cost, "nothing is to be learnt: {not_learned} for {cost}");
}

#[test]
fn what_is_called_more_often_moves_where_its_flip_says() {
    let (app, loads) = services();
    let (looked_at, broken) = broken(&app, &loads, 12.0);
    assert!(looked_at >= 2, "{looked_at}");
    assert!(broken.is_empty(), "{broken:#?}");
}
