//! For how long the answer stays, where a load is declared to grow.
//!
//! Growth gets a place in its band in each draw, one for each component that declares it and independent of all other
//! places; components without a load of their own follow those that call them. The world of the draw is then looked at in
//! the last month that growth is declared for, and where the answer is no longer the cheapest there, bisection finds the
//! month in which it ceases to be (a placement that loses and wins again in between is taken to have lost at once or not
//! at all). Configurations grow with the load: they have rungs of their own.

use model::{App, Flip, FlipVariable, Growth, Load, Outlook, Shape};
use rayon::prelude::*;
use traffic::Workload;
use units::{Money, Share};

use crate::confidence::{Costs, PILOTS, Placed, TAIL, costs, winner};
use crate::drawn::{Draws, stratified};
use crate::ladder::{Known, Ladder};
use crate::turns::months_until;
use crate::world::World;

/// Draws that are followed over the months at most.
const DRAWS_MOST: usize = 64;
/// Loads are not followed beyond so many times today's: neither is the grid on which flips are looked for.
const FACTOR_MOST: f64 = 1e3;

/// How fast each component is declared to grow, and for how many months that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Growths {
    own: Vec<Option<Growth>>,
    months: u32,
}

impl Growths {
    /// `None` where nothing is declared to grow.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let declared: Vec<Vec<(Growth, u32)>> =
            app.components.iter().map(|component| growing(&component.load)).collect();
        let months = declared.iter().flatten().map(|(_, months)| *months).max()?;
        // Several of one load compound, as their shapes do.
        let both = |a: Growth, b: Growth| {
            let times = |a: f64, b: f64| (1.0 + a) * (1.0 + b) - 1.0;
            Growth { low: times(a.low, b.low), high: times(a.high, b.high) }
        };
        let own: Vec<Option<Growth>> =
            declared.iter().map(|all| all.iter().map(|(growth, _)| *growth).reduce(both)).collect();
        let fastest = own.iter().flatten().map(|growth| growth.high).fold(0.0, f64::max);
        let most = (FACTOR_MOST.ln() / fastest.ln_1p().max(1e-9) + 1e-9).floor();
        Some(Self { own, months: months.min(most.max(1.0) as u32) })
    }

    /// What each load is times after so many months, if growth is at these places of its bands.
    fn factors(&self, world: &World<'_>, places: &[f64], months: u32) -> Vec<f64> {
        let own = |(growth, place): (&Option<Growth>, &f64)| {
            growth.map_or(1.0, |growth| (1.0 + growth.at(*place)).powi(months.cast_signed()))
        };
        let declared: Vec<f64> = self.own.iter().zip(places).map(own).collect();
        followed(&world.app, &world.loads, declared)
    }

    /// The growth that a flip's traffic has: the component's own, else the fastest that is declared.
    fn about(&self, app: &App, scope: Option<&str>) -> Option<Growth> {
        let at = app.components.iter().position(|component| Some(component.id.as_str()) == scope);
        let fastest = || self.own.iter().flatten().max_by(|a, b| a.middle().total_cmp(&b.middle()));
        at.and_then(|at| self.own[at]).or_else(|| fastest().copied())
    }
}

/// The growth of a load, with how far ahead it is looked at.
fn growing(load: &Load) -> Vec<(Growth, u32)> {
    let Load::Rate { shapes, .. } = load else { return Vec::new() };
    let growth = |shape: &Shape| match *shape {
        Shape::Growth { per_month, months } => Some((per_month, months)),
        _ => None,
    };
    shapes.iter().filter_map(growth).collect()
}

/// Who has no load of its own grows as those do that call it, each counted by its calls.
fn followed(app: &App, loads: &[impl AsRef<Workload>], declared: Vec<f64>) -> Vec<f64> {
    let follows = |load: &Load| matches!(load, Load::Derived | Load::Unknown);
    let place = |id: &str| app.components.iter().position(|component| component.id == id);
    let calls: Vec<(usize, usize, f64)> = app
        .edges
        .iter()
        .filter_map(|edge| {
            let (from, to) = (place(&edge.from)?, place(&edge.to)?);
            let many = loads[from].as_ref().requests_month() as f64 * edge.calls_per_request;
            Some((from, to, many))
        })
        .collect();
    let mut factors = declared;
    // As often as the longest chain of calls is long: circles end there, too.
    for _ in 0..app.components.len() {
        let mut next = factors.clone();
        for (at, _) in app.components.iter().enumerate().filter(|(_, c)| follows(&c.load)) {
            let into = || calls.iter().filter(|(_, to, many)| *to == at && *many > 0.0);
            let all: f64 = into().map(|(.., many)| many).sum();
            if all > 0.0 {
                next[at] = into().map(|(from, _, many)| many * factors[*from]).sum::<f64>() / all;
            }
        }
        if next == factors {
            break;
        }
        factors = next;
    }
    factors
}

/// Follows the draws over the months; `wins` says in which of them the answer is the cheapest today.
pub(crate) fn look(
    light: &World<'_>,
    known: Known<'_>,
    placed: &[Placed<'_>],
    (draws, wins): (&Draws<'_, '_>, &[bool]),
    scale: &[f64],
) -> Option<Outlook> {
    let growths = Growths::of(&light.app)?;
    let months = growths.months;
    let count = wins.len().min(DRAWS_MOST);
    let places: Vec<Vec<f64>> = light
        .app
        .components
        .iter()
        .map(|component| stratified(light, &format!("{}.growth", component.id), count))
        .collect();
    let grown = |draw: usize, month: u32| {
        let here: Vec<f64> = places.iter().map(|places| places[draw]).collect();
        draws.grown(draw, growths.factors(light, &here, month))
    };
    let pilots: Vec<World<'_>> = (0..PILOTS.min(count))
        .map(|draw| grown(draw, if draw % 2 == 0 { months } else { months.div_ceil(2) }).world)
        .collect();
    let ladder = Ladder::new(known, light, placed.iter().map(|p| p.options), &pilots);
    let stays = |draw: usize, month: u32| {
        let found: Costs = costs(&ladder, &grown(draw, month), placed);
        let scaled = found.into_iter().zip(scale);
        let scaled: Vec<Option<Money>> =
            scaled.map(|(cost, &scale)| cost.map(|cost| cost.times_f64(scale))).collect();
        winner(&scaled) == Some(0)
    };
    let ends: Vec<End> = (0..count)
        .into_par_iter()
        .map(|draw| match (stays(draw, months), wins[draw]) {
            (true, _) => End::Later,
            (false, false) => End::Today,
            (false, true) => End::In(first_lost(months, |month| stays(draw, month))),
        })
        .collect();
    Some(told(months, &ends))
}

/// When the answer of one draw ceases to be the cheapest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is not the cheapest today, and is not in the last month.
    Today,
    /// In this month ahead.
    In(u32),
    /// Not by the last month that was looked at.
    Later,
}

/// The first month in which it does not stay, where it stays today and no longer in the last month.
fn first_lost(last: u32, stays: impl Fn(u32) -> bool) -> u32 {
    let (mut still, mut lost) = (0, last);
    while lost - still > 1 {
        let middle = u32::midpoint(still, lost);
        if stays(middle) { still = middle } else { lost = middle }
    }
    lost
}

fn told(months: u32, ends: &[End]) -> Outlook {
    let still = ends.iter().filter(|end| **end == End::Later).count();
    let mut lost: Vec<u32> = ends
        .iter()
        .filter_map(|end| if let End::In(month) = end { Some(*month) } else { None })
        .collect();
    lost.sort_unstable();
    let at =
        |share: f64| lost.get((share * (lost.len().max(1) - 1) as f64).round() as usize).copied();
    Outlook {
        months,
        cheapest: Share::of(still as u64, ends.len().max(1) as u64),
        ends: at(TAIL).zip(at(1.0 - TAIL)),
    }
}

/// `; in month 7 at 12 % more a month`, and `in month 5 to 13 at 3 to 8 % more a month` where growth has a band: the
/// earliest is that of the most growth and the nearer end of the flip's own band, the latest that of the least.
pub(crate) fn date(flips: &mut [Flip], app: &App) {
    let Some(growths) = Growths::of(app) else { return };
    for flip in flips.iter_mut().filter(|flip| flip.variable == FlipVariable::Traffic) {
        let growth = growths.about(app, flip.scope.as_deref());
        let when = growth.and_then(|growth| when(flip.factor, flip.band, growth));
        if let Some(when) = when {
            flip.at = format!("{}, {when}", flip.at);
        }
    }
}

fn when(factor: f64, band: Option<(f64, f64)>, growth: Growth) -> Option<String> {
    let percent = |share: f64| {
        let text = format!("{:.1}", share * 100.0);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if !growth.is_band() {
        let months = months_until(factor, growth.low)?;
        return Some(format!("in month {months} at {} % more a month", percent(growth.low)));
    }
    let (near, far) = band.unwrap_or((factor, factor));
    // Where the band reaches down to today's traffic, the turn may be next month.
    let early = months_until(factor, growth.high)
        .map(|months| months_until(near, growth.high).unwrap_or(1).min(months))?;
    let at = format!("at {} to {} % more a month", percent(growth.low), percent(growth.high));
    Some(match months_until(far, growth.low) {
        Some(late) if late > early => format!("in month {early} to {late} {at}"),
        Some(_) => format!("in month {early} {at}"),
        None => format!("in month {early} at the earliest {at}"),
    })
}

#[cfg(test)]
mod tests;
