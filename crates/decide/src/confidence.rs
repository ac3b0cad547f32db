//! How sure the answer is: every uncertain input drawn at once, and every rival billed again.
//!
//! A draw gives each quantity that nobody declared a place between its ends ([`Knob`](crate::knob::Knob)), and the traffic
//! one in its band, all independently; places are stratified, so that a few hundred draws cover each range evenly. In
//! the world that this makes every component is estimated anew by closed form in a few configurations of its platform (see
//! [`ladder`](crate::ladder)), and gets the cheapest that holds its load and keeps its goals there, as its owner would see
//! to. Each placement's estimate is scaled to its simulated cost at the values used. What lies outside of the application
//! is drawn as well (see [`drawn`](crate::drawn)). Zones, network and free tier are decisions or facts of an account: they
//! are tried by the list of guesses but not drawn.
//!
//! What comes of it: the middle 80 % of the choice's cost; in how many draws it is the cheapest and in how many it keeps
//! its promises; what another placement costs more than the best of each draw, on average (regret); and by how much the
//! draws would agree more if one quantity were known. For that the draws are sorted into [`BINS`] by its place: in each bin
//! the placement that wins most often would be taken. The same sum over bins at random is what chance gives, and is taken
//! off.

use std::collections::{BTreeMap, BTreeSet};

use model::{Assumption, CostRange, Measurement, Outlook};
use rayon::prelude::*;
use units::{Money, Share};

use crate::ahead;
use crate::drawn::{Draw, Draws};
use crate::focus::ALL_MAX;
use crate::ladder::{Climb, Known, Ladder};
use crate::variations::Variation;
use crate::world::World;

/// Worlds that are drawn.
const DRAWS: usize = 256;
/// The same with more than [`FEW`] components, each of which takes its time.
const DRAWS_OF_SEVERAL: usize = 128;
/// Components of an application that has few.
const FEW: usize = 4;
/// The same where not every component is looked at.
const DRAWS_OF_LARGE: usize = 64;
/// Draws in which all configurations are looked at, for those that may be worth having.
pub(crate) const PILOTS: usize = 8;
/// Share of the draws below and above the range.
pub(crate) const TAIL: f64 = 0.1;
/// Parts of a range in which a quantity would be known.
const BINS: usize = 4;
/// A placement this much dearer than another is not told from it.
const TIE: f64 = 1.0001;
/// A measurement that adds less certainty is not worth naming.
const WORTH_MEASURING: f64 = 0.03;

/// A placement with what it costs by simulation; the first one is the choice.
pub(crate) struct Placed<'p> {
    pub(crate) options: &'p [u16],
    pub(crate) total: Money,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Confidence {
    pub(crate) range: CostRange,
    /// In how many draws the choice is the cheapest that keeps its promises.
    pub(crate) cheapest: Share,
    /// In how many it keeps its promises.
    pub(crate) holds: Share,
    /// What each placement costs more than the best of a draw, where it keeps its promises at all.
    pub(crate) regrets: Vec<Option<Money>>,
    /// What to measure first, and how sure one would be then.
    pub(crate) first: Option<Measurement>,
    /// What was drawn besides what nobody declared: bands that are assumptions of ours.
    pub(crate) bands: Vec<Assumption>,
    /// For how long it stays, where growth is declared.
    pub(crate) outlook: Option<Outlook>,
}

/// What one draw says of each placement; `None` where it cannot keep its promises.
pub(crate) type Costs = Vec<Option<Money>>;

/// Draws and judges.
pub(crate) fn run(
    world: &World<'_>,
    known: Known<'_>,
    placed: &[Placed<'_>],
    tried: &[Variation<'_>],
) -> Confidence {
    let light = world.scaled(1.0);
    let count = match world.len() {
        0..=FEW => DRAWS,
        n if n <= ALL_MAX => DRAWS_OF_SEVERAL,
        _ => DRAWS_OF_LARGE,
    };
    let picks = placed.iter().flat_map(|placed| placed.options.iter().enumerate());
    let platforms: BTreeSet<usize> =
        picks.map(|(at, &option)| known.candidates[at][usize::from(option)].platform).collect();
    let draws = Draws::new(&light, tried, &platforms, count);
    let pilots: Vec<World<'_>> = (0..PILOTS).map(|draw| draws.at(draw).world).collect();
    let ladder = Ladder::new(known, &light, placed.iter().map(|p| p.options), &pilots);
    let base = costs(&ladder, &Draw::none(&light), placed);
    let scale: Vec<f64> = placed
        .iter()
        .zip(&base)
        .map(|(placed, base)| match base {
            Some(base) if *base > Money::ZERO => placed.total.dollars() / base.dollars(),
            _ => 1.0,
        })
        .collect();
    let outcomes: Vec<Costs> = (0..count)
        .into_par_iter()
        .map(|draw| {
            let costs = costs(&ladder, &draws.at(draw), placed);
            let scaled = costs.into_iter().zip(&scale);
            scaled.map(|(cost, &scale)| cost.map(|cost| cost.times_f64(scale))).collect()
        })
        .collect();
    let mut judged = judged(&outcomes, placed.len(), placed[0].total);
    judged.first =
        most_telling(&outcomes, &draws.places).map(|(at, sure)| draws.measurement(at, sure));
    let wins: Vec<bool> = outcomes.iter().map(|costs| winner(costs) == Some(0)).collect();
    judged.bands = draws.assumptions(&wins);
    judged.outlook = ahead::look(&light, known, placed, (&draws, &wins), &scale);
    judged
}

/// What each placement costs in a world.
pub(crate) fn costs(ladder: &Ladder<'_>, draw: &Draw<'_>, placed: &[Placed<'_>]) -> Costs {
    let climb = Climb::new(ladder, draw);
    placed.iter().map(|placed| climb.cost(placed.options)).collect()
}

/// Which placement is the cheapest of a draw; the choice if it is not told from it.
pub(crate) fn winner(costs: &Costs) -> Option<usize> {
    let feasible = costs.iter().enumerate().filter_map(|(at, cost)| Some(((*cost)?, at)));
    let (least, at) = feasible.min()?;
    let choice = costs[0].filter(|choice| *choice <= least.times_f64(TIE));
    Some(if choice.is_some() { 0 } else { at })
}

fn judged(outcomes: &[Costs], placements: usize, expected: Money) -> Confidence {
    let draws = outcomes.len().max(1) as u64;
    let count = |is: &dyn Fn(&Costs) -> bool| outcomes.iter().filter(|o| is(o)).count() as u64;
    let mut own: Vec<Money> = outcomes.iter().filter_map(|costs| costs[0]).collect();
    own.sort_unstable();
    let end = |share: f64| {
        let at = (share * (own.len().max(1) - 1) as f64).round() as usize;
        own.get(at).copied().unwrap_or(expected)
    };
    let regret = |placement: usize| {
        let mut sum = Money::ZERO;
        let mut feasible = 0_u128;
        for costs in outcomes {
            let least = costs.iter().copied().flatten().min();
            if let (Some(cost), Some(least)) = (costs[placement], least) {
                sum += cost - least;
                feasible += 1;
            }
        }
        (feasible > 0).then(|| sum.scaled(1, feasible))
    };
    Confidence {
        range: CostRange {
            expected,
            low: end(TAIL).min(expected),
            high: end(1.0 - TAIL).max(expected),
        },
        cheapest: Share::of(count(&|costs| winner(costs) == Some(0)), draws),
        holds: Share::of(count(&|costs| costs[0].is_some()), draws),
        regrets: (0..placements).map(regret).collect(),
        first: None,
        bands: Vec::new(),
        outlook: None,
    }
}

/// The quantity whose place would tell most about which placement is the cheapest, and how sure one would be then.
fn most_telling(outcomes: &[Costs], places: &[Vec<f64>]) -> Option<(usize, Share)> {
    let winners: Vec<Option<usize>> = outcomes.iter().map(winner).collect();
    let today = agreed(&winners, |_| 0);
    // Draws come in no order of their own, so bins by their number say nothing but what chance does.
    let chance = (agreed(&winners, |draw| draw % BINS) - today).max(0.0);
    let gains = places.iter().enumerate().map(|(at, places)| {
        let bin = |draw: usize| {
            let part = f64::midpoint(places[draw], 1.0) * BINS as f64;
            (part as usize).min(BINS - 1)
        };
        (at, agreed(&winners, bin) - today - chance)
    });
    let (at, gain) = gains.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
    (gain >= WORTH_MEASURING).then(|| (at, Share::new((today + gain).min(1.0))))
}

/// In how many draws the placement that wins most often in a draw's bin wins.
fn agreed(winners: &[Option<usize>], bin: impl Fn(usize) -> usize) -> f64 {
    let mut wins: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for (draw, winner) in winners.iter().enumerate() {
        if let Some(winner) = winner {
            *wins.entry((bin(draw), *winner)).or_default() += 1;
        }
    }
    let mut most = [0_u64; BINS];
    for (&(bin, _), &count) in &wins {
        most[bin] = most[bin].max(count);
    }
    most.iter().sum::<u64>() as f64 / winners.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(values: &[Option<i64>]) -> Costs {
        values.iter().map(|value| value.map(|v| Money::from_cents(v * 100))).collect()
    }

    #[test]
    fn who_wins_holds_and_is_regretted() {
        // Ten draws: in six the choice costs 10 and the other 12, in three the other way round, in one the choice fails.
        let mut outcomes = vec![dollars(&[Some(10), Some(12)]); 6];
        outcomes.extend(vec![dollars(&[Some(12), Some(10)]); 3]);
        outcomes.push(dollars(&[None, Some(50)]));
        let found = judged(&outcomes, 2, Money::from_cents(1_000));
        assert!((found.cheapest.get() - 0.6).abs() < 1e-9);
        assert!((found.holds.get() - 0.9).abs() < 1e-9);
        // The choice: 3 × 2 over nine draws; the other: 6 × 2 over ten.
        let regrets: Vec<i128> = found.regrets.iter().map(|r| r.unwrap().cents()).collect();
        assert_eq!(regrets, [67, 120]);
        assert_eq!((found.range.low.cents(), found.range.high.cents()), (1_000, 1_200));
    }

    #[test]
    fn a_tie_goes_to_the_choice() {
        assert_eq!(winner(&dollars(&[Some(10), Some(10)])), Some(0));
        assert_eq!(winner(&dollars(&[Some(11), Some(10)])), Some(1));
        assert_eq!(winner(&dollars(&[None, None])), None);
    }

    #[test]
    fn the_quantity_that_decides_is_the_one_to_measure() {
        let draws = 64;
        let decides: Vec<f64> = (0..draws).map(|d| f64::from(d * 7 % 64) / 32.0 - 1.0).collect();
        let says_nothing: Vec<f64> =
            (0..draws).map(|d| f64::from(d * 11 % 64) / 32.0 - 1.0).collect();
        let outcome = |place: &f64| {
            let (own, other) = if *place < 0.0 { (10, 12) } else { (12, 10) };
            dollars(&[Some(own), Some(other)])
        };
        let outcomes: Vec<Costs> = decides.iter().map(outcome).collect();
        let places = [says_nothing.clone(), decides.clone()];
        let (at, sure) = most_telling(&outcomes, &places).unwrap();
        assert_eq!(at, 1);
        assert!(sure.get() > 0.9, "{sure}");
        let settled = vec![dollars(&[Some(10), Some(12)]); 64];
        assert_eq!(most_telling(&settled, &places), None, "nothing is to be learnt");
    }
}
