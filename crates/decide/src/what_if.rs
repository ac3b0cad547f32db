//! What everything costs if load, work or memory are otherwise: the points between which the report's sliders move.
//!
//! At each point every option of every component is estimated anew by closed form and billed, and the cheapest placement
//! is looked for, as for the curves of cost against traffic; each way is scaled to its simulated cost at today's values.
//! Work and memory are varied one at a time, each at every load. Today's point is the answer itself.

use model::{App, Decision, Verdict, WhatIf, WhatIfPoint, WhatIfWay};
use platforms::Family;
use rayon::prelude::*;
use units::Money;

use crate::amounts::Amount;
use crate::case::runs_code;
use crate::evaluate::Kept;
use crate::explain::verdict_of;
use crate::flip::{Curves, Ground, Snapshot};
use crate::operating;

/// Factors of today's load.
const LOADS: [f64; 7] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0];
/// The same of very large applications.
const LOADS_OF_VERY_MANY: [f64; 3] = [0.5, 1.0, 2.0];
/// (factor of the work of a request, factor of memory)
const TURNS: [(f64, f64); 5] = [(1.0, 1.0), (0.5, 1.0), (2.0, 1.0), (1.0, 0.5), (1.0, 2.0)];

/// The grid; `decision` is the answer at its middle, in which the ways stand with their costs and hours.
pub(crate) fn grid(ground: &Ground<'_>, curves: &Curves, decision: &Decision) -> Option<WhatIf> {
    let verdict = decision.verdict?;
    let loads = if ground.focus.is_large() { &LOADS_OF_VERY_MANY[..] } else { &LOADS[..] };
    let turns = if ground.focus.is_large() { &TURNS[..1] } else { &TURNS[..] };
    let places: Vec<(f64, f64, f64)> = turns
        .iter()
        .flat_map(|&(work, memory)| loads.iter().map(move |&load| (load, work, memory)))
        .collect();
    let snapshots: Vec<Snapshot> = places.par_iter().map(|&place| at(ground, place)).collect();
    let is_today = |&(load, work, memory): &(f64, f64, f64)| {
        [load, work, memory].iter().all(|factor| (factor - 1.0).abs() < 1e-9)
    };
    let today = places.iter().position(is_today)?;
    // The answer's own way is told as the answer.
    let name = &decision.considered.first()?.name;
    let others: Vec<usize> =
        (0..ground.ways.len()).filter(|&way| ground.ways[way].name != name).collect();
    let hours = |name: &str| decision.considered.iter().find(|c| c.name == name)?.operating_hours;
    let mut ways = vec![WhatIfWay { name: name.clone(), hours: hours(name) }];
    ways.extend(others.iter().map(|&way| {
        let name = ground.ways[way].name;
        WhatIfWay { name: name.to_owned(), hours: hours(name) }
    }));
    let point = |(&place, snapshot): (&(f64, f64, f64), &Snapshot)| {
        let (load, work, memory) = place;
        let scaled = |cost: Option<Money>, scale: f64| cost.map(|cost| cost.times_f64(scale));
        let mut costs = vec![scaled(snapshot.chosen, curves.calibration_chosen)];
        costs.extend(others.iter().map(|&way| {
            // A way that the simulation refuses today has nothing that it could be scaled to.
            decision.considered.iter().find(|c| c.name == ground.ways[way].name)?.cost_month?;
            scaled(snapshot.totals[way], curves.calibration[way])
        }));
        if is_today(&place) {
            let best = decision.considered[0].cost_month;
            costs[0] = best;
            let (moves, hours) = (Vec::new(), ways[0].hours);
            let verdict = Some(verdict);
            return WhatIfPoint { load, work, memory, verdict, best, hours, moves, costs };
        }
        let free = snapshot.free.as_ref();
        let own = scaled(free.map(|(cost, _)| *cost), curves.calibration_chosen);
        // The free choice may be any of the ways.
        let best = costs.iter().copied().chain([own]).flatten().min();
        let from = snapshots[today].free.as_ref().map(|(_, platforms)| &platforms[..]);
        WhatIfPoint {
            load,
            work,
            memory,
            verdict: free.map(|(_, platforms)| verdict_at(ground, from, platforms, verdict)),
            best,
            hours: free.and_then(|(_, p)| Some(operating::of(ground.world, "", p)?.hours)),
            moves: free.map_or_else(Vec::new, |(_, platforms)| moves(ground, from, platforms)),
            costs,
        }
    };
    let points = places.iter().zip(&snapshots).map(point).collect();
    Some(WhatIf { ways, hourly: ground.world.app.team.as_ref().map(|team| team.hourly), points })
}

/// Closed forms at a point.
fn at(ground: &Ground<'_>, (load, work, memory): (f64, f64, f64)) -> Snapshot {
    let world = ground.world.with_app(turned(&ground.world.app, work, memory));
    // Another memory may want another size of function.
    let kept = if (memory - 1.0).abs() < 1e-9 { ground.kept.clone() } else { Kept::new() };
    let turned = Ground {
        world: &world,
        ways: ground.ways.clone(),
        barred: ground.barred.clone(),
        chosen: ground.chosen.clone(),
        kept,
        focus: ground.focus.clone(),
    };
    turned.at(load)
}

/// The app with the work of every request and the memory of every component times a factor.
fn turned(app: &App, work: f64, memory: f64) -> App {
    let mut app = app.clone();
    let factors = [(Amount::Duration, work), (Amount::Memory, memory)];
    for (amount, factor) in factors.into_iter().filter(|(_, factor)| (factor - 1.0).abs() > 1e-9) {
        app.components.iter_mut().for_each(|component| amount.scale(component, factor));
    }
    app
}

/// Where each component is at a point: where the closed form puts it, but in the answer's place where the closed form
/// sees no difference to today.
fn settled(ground: &Ground<'_>, from: Option<&[usize]>, to: &[usize]) -> Vec<usize> {
    let same = |at: usize| from.is_some_and(|from| from[at] == to[at]);
    (0..to.len()).map(|at| if same(at) { ground.chosen[at] } else { to[at] }).collect()
}

fn verdict_at(
    ground: &Ground<'_>,
    from: Option<&[usize]>,
    to: &[usize],
    today: Verdict,
) -> Verdict {
    let places = settled(ground, from, to);
    if places == ground.chosen {
        return today;
    }
    let code = places.iter().enumerate().filter(|(at, _)| runs_code(ground.world.component(*at)));
    let families: Vec<Family> =
        code.map(|(_, &platform)| ground.world.platforms[platform].family()).collect();
    verdict_of(families)
}

/// `api to Lambda`, for each component that is elsewhere than in the answer.
fn moves(ground: &Ground<'_>, from: Option<&[usize]>, to: &[usize]) -> Vec<String> {
    let places = settled(ground, from, to);
    let moved = places.iter().enumerate().filter(|(at, platform)| ground.chosen[*at] != **platform);
    moved
        .map(|(at, &platform)| {
            let name = ground.world.platforms[platform].name();
            format!("{} to {name}", ground.world.component(at).id)
        })
        .collect()
}
