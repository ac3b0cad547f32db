//! How sure the answer is: every uncertain input drawn at once, and every rival billed again.
//!
//! A draw gives each quantity that nobody declared a place between its ends ([`Knob`](crate::knob::Knob)), and the traffic
//! one in its band, all independently; places are stratified, so that a few hundred draws cover each range evenly. In
//! the world that this makes every component is estimated anew by closed form, with the configuration that it has, or with
//! the next dearer one of the same platform if that no longer holds its load, as its owner would do. Each placement's
//! estimate is scaled to its simulated cost at the values used. (Zones, network and free tier are decisions or facts of an
//! account, so they are tried by the list of guesses but not drawn. Prices, the lives of idle instances and the boot times
//! of nodes are taken as the catalogue has them.)
//!
//! What comes of it: the middle 80 % of the choice's cost; in how many draws it is the cheapest and in how many it keeps
//! its promises; what another placement costs more than the best of each draw, on average (regret); and by how much the
//! draws would agree more if one quantity were known. For that the draws are sorted into [`BINS`] by its place: in each bin
//! the placement that wins most often would be taken. The same sum over bins at random is what chance gives, and is taken
//! off.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use model::{Component, CostRange, Invoice};
use platforms::{Evaluation, Member, cut};
use rayon::prelude::*;
use units::{Money, Share};

use crate::coarse::coarse;
use crate::evaluate::Candidate;
use crate::focus::ALL_MAX;
use crate::rules::latency_goal;
use crate::variations::{LOAD_FACTOR, Turns, Variation};
use crate::world::{World, thin};

/// Worlds that are drawn.
const DRAWS: usize = 256;
/// The same where not every component is looked at.
const DRAWS_OF_LARGE: usize = 64;
/// Share of the draws below and above the range.
const TAIL: f64 = 0.1;
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
    /// What to measure first: its place in the list (the traffic comes last), and how sure one would be then.
    pub(crate) first: Option<(usize, Share)>,
}

/// One component with one option in one world.
struct Estimated {
    evaluation: Evaluation,
    fits: bool,
}

/// Options of components that were estimated in one world.
type Known = BTreeMap<(usize, u16), Option<Rc<Estimated>>>;

/// Bills of one world by platform and members.
type Bills = BTreeMap<(usize, Vec<(usize, u16)>), Option<Money>>;

/// What one draw says of each placement; `None` where it cannot keep its promises.
type Costs = Vec<Option<Money>>;

/// Draws and judges.
pub(crate) fn run(
    world: &World<'_>,
    candidates: &[Vec<Candidate>],
    placed: &[Placed<'_>],
    tried: &[Variation<'_>],
) -> Confidence {
    let light = world.scaled(1.0);
    let unjudged = misses_today(candidates, &light, placed);
    let base = costs(candidates, &light, placed, &unjudged);
    let scale: Vec<f64> = placed
        .iter()
        .zip(&base)
        .map(|(placed, base)| match base {
            Some(base) if *base > Money::ZERO => placed.total.dollars() / base.dollars(),
            _ => 1.0,
        })
        .collect();
    let draws = if world.len() > ALL_MAX { DRAWS_OF_LARGE } else { DRAWS };
    let drawn: Vec<usize> =
        (0..tried.len()).filter(|&at| tried[at].turns != Turns::Nothing).collect();
    let mut places: Vec<Vec<f64>> =
        drawn.iter().map(|&at| stratified(world, &tried[at].subject, draws)).collect();
    let varies = world.loads.iter().any(|load| load.band.1 / load.band.0.max(1e-9) > 1.001);
    if varies {
        places.push(stratified(world, "", draws));
    }
    let outcomes: Vec<Costs> = (0..draws)
        .into_par_iter()
        .map(|draw| {
            let turned = drawn.iter().zip(&places).map(|(&at, places)| (&tried[at], places[draw]));
            let traffic = if varies { places[drawn.len()][draw] } else { 0.0 };
            let world = in_draw(&light, turned, traffic);
            let costs = costs(candidates, &world, placed, &unjudged);
            let scaled = costs.into_iter().zip(&scale);
            scaled.map(|(cost, &scale)| cost.map(|cost| cost.times_f64(scale))).collect()
        })
        .collect();
    let mut judged = judged(&outcomes, placed.len(), placed[0].total);
    judged.first = most_telling(&outcomes, &places)
        .map(|(at, share)| (drawn.get(at).copied().unwrap_or(tried.len()), share));
    judged
}

/// Places from −1 to 1, one in each of `draws` equal parts, in an order of their own.
fn stratified(world: &World<'_>, subject: &str, draws: usize) -> Vec<f64> {
    let mut random = world.seed.stream(subject, "confidence");
    let mut places: Vec<f64> = (0..draws)
        .map(|part| 2.0 * (part as f64 + random.uniform()) / draws as f64 - 1.0)
        .collect();
    for last in (1..draws).rev() {
        let other = (random.uniform() * (last + 1) as f64) as usize;
        places.swap(last, other.min(last));
    }
    places
}

/// The world with every quantity at its place.
fn in_draw<'w, 'v>(
    world: &World<'w>,
    turned: impl Iterator<Item = (&'v Variation<'w>, f64)>,
    traffic: f64,
) -> World<'w>
where
    'w: 'v,
{
    let mut app = world.app.clone().into_owned();
    let mut factors: Vec<f64> = world
        .loads
        .iter()
        .map(|load| {
            let end = if traffic < 0.0 { load.band.0 } else { load.band.1 };
            end.max(1e-9).powf(traffic.abs())
        })
        .collect();
    for (variation, place) in turned {
        let Some(at) = variation.component else { continue };
        match &variation.turns {
            Turns::Knob(knob) => knob.turn(&mut app.components[at], place),
            Turns::Load => factors[at] *= LOAD_FACTOR.powf(place),
            Turns::Nothing => {}
        }
    }
    let mut drawn = world.with_app(app);
    for (at, factor) in factors.into_iter().enumerate() {
        drawn.loads[at] = Cow::Owned(thin(&world.loads[at], factor));
    }
    drawn
}

/// Options whose latency the closed form gets wrong today, since the simulation says that they keep their goal.
fn misses_today(
    candidates: &[Vec<Candidate>],
    light: &World<'_>,
    placed: &[Placed<'_>],
) -> Vec<(usize, u16)> {
    let mut picks: Vec<(usize, u16)> =
        placed.iter().flat_map(|p| p.options.iter().copied().enumerate()).collect();
    picks.sort_unstable();
    picks.dedup();
    picks.retain(|&(at, option)| {
        estimated(candidates, light, at, option).is_some_and(|e| !keeps(light.component(at), &e))
    });
    picks
}

fn keeps(component: &Component, evaluation: &Evaluation) -> bool {
    let latency = evaluation.latency.as_ref();
    latency.is_none_or(|latency| latency_goal::missed(component, latency).is_empty())
}

fn estimated(
    candidates: &[Vec<Candidate>],
    world: &World<'_>,
    at: usize,
    option: u16,
) -> Option<Evaluation> {
    let candidate = &candidates[at][usize::from(option)];
    let case = world.case(at, candidate.platform, &candidate.reach);
    let platform = world.platforms[candidate.platform];
    let mut evaluation = cut::estimate(platform, &case, &candidate.configuration).ok()?;
    evaluation.usage = coarse(evaluation.usage);
    Some(evaluation)
}

/// What each placement costs in a world.
fn costs(
    candidates: &[Vec<Candidate>],
    world: &World<'_>,
    placed: &[Placed<'_>],
    unjudged: &[(usize, u16)],
) -> Costs {
    let known = RefCell::new(Known::new());
    let estimate = |at: usize, option: u16| {
        if let Some(known) = known.borrow().get(&(at, option)) {
            return known.clone();
        }
        let found = estimated(candidates, world, at, option).map(|evaluation| {
            let judged = unjudged.binary_search(&(at, option)).is_err();
            let fits = evaluation.obstacles.is_empty()
                && (!judged || keeps(world.component(at), &evaluation));
            Rc::new(Estimated { evaluation, fits })
        });
        known.borrow_mut().insert((at, option), found.clone());
        found
    };
    // The option of a component, or the next dearer one like it that holds its load.
    let fitting = |at: usize, option: u16| {
        let own = &candidates[at][usize::from(option)];
        let others = candidates[at].iter().enumerate();
        let mut dearer: Vec<(Money, u16)> = others
            .filter(|(other, c)| *other != usize::from(option) && c.is_like(own))
            .map(|(other, c)| (c.alone, other as u16))
            .collect();
        dearer.sort_unstable();
        let mut all = std::iter::once(option).chain(dearer.into_iter().map(|(_, other)| other));
        all.find_map(|option| Some((option, estimate(at, option).filter(|e| e.fits)?)))
    };
    let mut bills = Bills::new();
    let cost = |placed: &Placed<'_>| -> Option<Money> {
        let mut chosen = Vec::with_capacity(placed.options.len());
        for (at, &option) in placed.options.iter().enumerate() {
            let (option, found) = fitting(at, option)?;
            chosen.push((option, found));
        }
        let member = |at: usize| Member {
            component: world.component(at),
            configuration: &candidates[at][usize::from(chosen[at].0)].configuration,
            evaluation: &chosen[at].1.evaluation,
        };
        let all: Vec<Member<'_>> = (0..chosen.len()).map(member).collect();
        let mut sum: Money = world.account(&all).ok()?.iter().map(Invoice::total).sum();
        let mut by_platform: BTreeMap<usize, Vec<(usize, u16)>> = BTreeMap::new();
        for (at, (option, _)) in chosen.iter().enumerate() {
            let platform = candidates[at][usize::from(*option)].platform;
            by_platform.entry(platform).or_default().push((at, *option));
        }
        for (platform, picks) in by_platform {
            let here: Vec<Member<'_>> = picks.iter().map(|&(at, _)| all[at]).collect();
            let bill = || world.bill(platform, &here).ok().map(|invoice| invoice.total());
            sum += (*bills.entry((platform, picks)).or_insert_with(bill))?;
        }
        Some(sum)
    };
    placed.iter().map(cost).collect()
}

/// Which placement is the cheapest of a draw; the choice if it is not told from it.
fn winner(costs: &Costs) -> Option<usize> {
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
