//! What the answer rests on: which assumptions move it, how far the cost may lie, how likely the choice stays best.
//!
//! Every assumption is tried at its low and its high alternative, one at a time, by closed forms: once with the
//! placements as they are (what would it cost?) and once with a free choice (would the answer change?).
//!
//! **Range and confidence** come from a seeded Monte Carlo of [`DRAWS`] draws. A draw gives every assumption a place
//! between its low and high end and the traffic a place in its band, all evenly and independently; the cost of each
//! placement is its expected cost times one factor for each assumption, read off the line from the value used to
//! that end. (Zones, network and free tier are decisions or facts of an account, so they are tried but not drawn.
//! Interactions between assumptions are left out; they are of second order.) The range is what the
//! middle 80 % of the draws cost; the confidence is the share of draws in which the choice is not dearer than any
//! rival: the whole-app alternatives, and for each component the best placement with that component elsewhere.

use std::cell::RefCell;

use model::{Assumption, CostRange, Fact, Invoice, Kind};
use platforms::Member;
use rayon::prelude::*;
use units::{Bytes, Money, Seed, Share};

use crate::books::{Books, Within};
use crate::coarse::coarse;
use crate::evaluate::{Candidate, Kept, Scope, by_closed_form, one_by_closed_form};
use crate::focus::Focus;
use crate::rules::latency_goal;
use crate::variations::{self, Side, Variation};
use crate::words;
use crate::world::World;

/// Draws of the Monte Carlo.
const DRAWS: usize = 400;
/// Share of the draws below and above the range.
const TAIL: f64 = 0.1;
/// An assumption is listed if it moves the cost by at least this share of it,
const SWING_SHARE: f64 = 0.02;
/// or the answer.
const LISTED_MAX: usize = 12;

/// A placement with its configurations held still.
#[derive(Debug, Clone)]
pub(crate) struct Rival {
    pub(crate) candidates: Vec<Candidate>,
}

/// The outcome.
pub(crate) struct Sensitivity {
    pub(crate) assumptions: Vec<Assumption>,
    pub(crate) range: CostRange,
    pub(crate) confidence: Share,
}

/// What one alternative of one assumption does.
struct Outcome {
    /// Cost of each rival with its configurations held still; `None` if it can no longer hold the load.
    totals: Vec<Option<Money>>,
    /// The free choice's platforms, if anything is feasible.
    free: Option<Vec<usize>>,
    /// What the choice then breaks.
    breaks: Option<String>,
}

/// Tries everything. The first rival is the choice, which costs `expected` by simulation.
pub(crate) fn run(
    world: &World<'_>,
    rivals: &[Rival],
    expected: Money,
    scope: Scope<'_>,
    focus: &Focus,
) -> Sensitivity {
    let estimated: Vec<Rival> =
        rivals.iter().map(|rival| reestimated(world, rival, None)).collect();
    let base: Vec<Option<Money>> = estimated.iter().map(|rival| total(world, rival)).collect();
    let shortlists = by_closed_form(world, scope);
    let books = Books::new(world, &shortlists);
    let free_found = books.good(Within::Anything);
    let free_base = free_found.as_ref().map(|found| platforms_of(&shortlists, &found.options));
    let tried = variations::all(world, focus);
    let memories = world.app.components.iter().map(|c| c.memory.clone()).collect();
    let ground = Tried {
        rivals: &estimated,
        parts: estimated.iter().map(|rival| Parts::of(world, rival)).collect(),
        shortlists: &shortlists,
        free: free_found.map(|found| found.options),
        scope,
        memories,
    };
    let sides: Vec<(usize, &Side<'_>)> = tried
        .iter()
        .enumerate()
        .flat_map(|(at, variation)| variation.sides.iter().map(move |side| (at, side)))
        .collect();
    let outcomes: Vec<Outcome> = sides
        .par_iter()
        .map(|(at, side)| ground.outcome(&side.world, tried[*at].component))
        .collect();
    let mut by_variation: Vec<Vec<(&Side<'_>, &Outcome)>> = vec![Vec::new(); tried.len()];
    for ((at, side), outcome) in sides.iter().zip(&outcomes) {
        by_variation[*at].push((side, outcome));
    }
    let assumptions = listed(&tried, &by_variation, base[0], free_base.as_deref(), world);
    // Zones, network and free tier are decisions or facts of the account, not quantities within a band.
    let quantities = by_variation.iter().zip(&tried).filter(|(_, v)| v.component.is_some());
    let mut effects: Vec<Effect> = quantities.map(|(sides, _)| Effect::of(sides, &base)).collect();
    if let Some(ends) = variations::traffic(world) {
        let ends = ends.map(|end| ground.totals(&end));
        effects.push(Effect { low: ratios(&ends[0], &base), high: ratios(&ends[1], &base) });
    }
    let (range, confidence) = monte_carlo(world.seed, &effects, &base, expected);
    Sensitivity { assumptions, range, confidence }
}

struct Tried<'t> {
    rivals: &'t [Rival],
    /// What each rival costs on each platform.
    parts: Vec<Parts>,
    /// The free choice among the shortlists.
    free: Option<Vec<u16>>,
    shortlists: &'t [Vec<Candidate>],
    scope: Scope<'t>,
    memories: Vec<Fact<Bytes>>,
}

impl Tried<'_> {
    fn outcome(&self, world: &World<'_>, component: Option<usize>) -> Outcome {
        let shortlists = self.anew(world, component);
        let rivals: Vec<Rival> =
            self.rivals.iter().map(|rival| held(world, rival, component, &shortlists)).collect();
        let Some(at) = component else {
            let mut totals: Vec<Option<Money>> =
                rivals.iter().map(|rival| total(world, rival)).collect();
            // Another zone or network is configured for: the choice keeps its platforms, not its copies.
            let kept = |at: usize, candidate: &Candidate| {
                candidate.platform == self.rivals[0].candidates[at].platform
            };
            totals[0] = Books::new(world, &shortlists).good_of(kept).map(|f| f.total);
            return Outcome { totals, free: free(world, &shortlists), breaks: None };
        };
        let parts = rivals.iter().zip(&self.parts);
        Outcome {
            totals: parts.map(|(rival, parts)| parts.with(world, rival, at)).collect(),
            free: self.moved(world, &shortlists, at),
            breaks: what_breaks(world, &rivals[0]),
        }
    }

    /// The shortlists in another world: of the component that differs, or of all.
    fn anew(&self, world: &World<'_>, component: Option<usize>) -> Vec<Vec<Candidate>> {
        let Some(at) = component else { return by_closed_form(world, self.scope) };
        let mut lists = self.shortlists.to_vec();
        // Another memory may want another size of function.
        let nothing = Kept::new();
        let memory_differs = world.component(at).memory != self.memories[at];
        let kept = if memory_differs { &nothing } else { self.scope.kept };
        lists[at] = one_by_closed_form(world, at, Scope { kept, ..self.scope });
        lists
    }

    /// Costs with all loads changed.
    fn totals(&self, world: &World<'_>) -> Vec<Option<Money>> {
        let shortlists = by_closed_form(world, self.scope);
        let again = self.rivals.iter().map(|rival| held(world, rival, None, &shortlists));
        again.map(|rival| total(world, &rival)).collect()
    }

    /// The free choice with one component placed anew and the others where they are, if they can stay there.
    fn moved(
        &self,
        world: &World<'_>,
        shortlists: &[Vec<Candidate>],
        at: usize,
    ) -> Option<Vec<usize>> {
        let mut options = self.free.clone()?;
        let books = Books::new(world, shortlists);
        let priced = (0..shortlists[at].len() as u16).filter_map(|option| {
            options[at] = option;
            let moved = books.settled(&options);
            Some((books.feasible(&moved)?, moved))
        });
        // Where no move of this one alone keeps every promise, others have to move with it.
        let Some((_, moved)) = priced.min() else { return free(world, shortlists) };
        Some(platforms_of(shortlists, &moved))
    }
}

/// The rival with one component, or all, estimated anew.
fn reestimated(world: &World<'_>, rival: &Rival, component: Option<usize>) -> Rival {
    let candidates = rival.candidates.iter().enumerate().map(|(at, candidate)| {
        let mut candidate = candidate.clone();
        if component.is_none_or(|only| only == at) {
            let case = world.case(at, candidate.platform, &candidate.reach);
            let platform = world.platforms[candidate.platform];
            if let Ok(mut evaluation) = platform.estimate(&case, &candidate.configuration) {
                evaluation.usage = coarse(evaluation.usage);
                candidate.evaluation = evaluation;
            }
        }
        candidate
    });
    Rival { candidates: candidates.collect() }
}

/// The rival in another world. A configuration that no longer holds its load there (more pods than its maximum, say)
/// gives way to the cheapest one on the same platform, as its owner would change it.
fn held(
    world: &World<'_>,
    rival: &Rival,
    component: Option<usize>,
    shortlists: &[Vec<Candidate>],
) -> Rival {
    let mut rival = reestimated(world, rival, component);
    for (at, candidate) in rival.candidates.iter_mut().enumerate() {
        let differs = component.is_none_or(|only| only == at);
        // A store of which something else is known is bought in another size, also where the one before would still do.
        let bought = component == Some(at) && world.component(at).kind == Kind::Stateful;
        if differs
            && (bought || !candidate.evaluation.obstacles.is_empty())
            && let Some(other) = shortlists[at].iter().find(|other| other.is_like(candidate))
        {
            *candidate = other.clone();
        }
    }
    rival
}

/// What it costs; `None` if a part no longer holds its load.
fn total(world: &World<'_>, rival: &Rival) -> Option<Money> {
    if rival.candidates.iter().any(|candidate| !candidate.evaluation.obstacles.is_empty()) {
        return None;
    }
    let lists: Vec<Vec<Candidate>> =
        rival.candidates.iter().map(|candidate| vec![candidate.clone()]).collect();
    Books::new(world, &lists).total(&vec![0; lists.len()])
}

fn free(world: &World<'_>, shortlists: &[Vec<Candidate>]) -> Option<Vec<usize>> {
    let found = Books::new(world, shortlists).good(Within::Anything)?;
    Some(platforms_of(shortlists, &found.options))
}

fn platforms_of(shortlists: &[Vec<Candidate>], options: &[u16]) -> Vec<usize> {
    let platform = |(at, &option): (usize, &u16)| shortlists[at][usize::from(option)].platform;
    options.iter().enumerate().map(platform).collect()
}

/// What a placement costs on each platform, so that a change of one component bills its own platform anew and no
/// other.
struct Parts {
    by_platform: Vec<Option<Money>>,
}

impl Parts {
    fn of(world: &World<'_>, rival: &Rival) -> Self {
        let platforms = 0..world.platforms.len();
        Self { by_platform: platforms.map(|platform| part(world, rival, platform)).collect() }
    }

    /// The rival's total with one component changed; `None` if it no longer holds its load.
    fn with(&self, world: &World<'_>, rival: &Rival, at: usize) -> Option<Money> {
        if !rival.candidates[at].evaluation.obstacles.is_empty() {
            return None;
        }
        let own = rival.candidates[at].platform;
        let accounts = world.account(&members(world, rival, None)).ok()?;
        let mut sum: Money = accounts.iter().map(Invoice::total).sum();
        for (platform, was) in self.by_platform.iter().enumerate() {
            sum += if platform == own { part(world, rival, platform)? } else { (*was)? };
        }
        Some(sum)
    }
}

fn part(world: &World<'_>, rival: &Rival, platform: usize) -> Option<Money> {
    let members = members(world, rival, Some(platform));
    if members.is_empty() {
        return Some(Money::ZERO);
    }
    world.bill(platform, &members).ok().map(|invoice| invoice.total())
}

fn members<'r>(world: &'r World<'_>, rival: &'r Rival, platform: Option<usize>) -> Vec<Member<'r>> {
    let here = rival.candidates.iter().enumerate();
    here.filter(|(_, candidate)| platform.is_none_or(|only| candidate.platform == only))
        .map(|(at, candidate)| Member {
            component: world.component(at),
            configuration: &candidate.configuration,
            evaluation: &candidate.evaluation,
        })
        .collect()
}

/// The first promise that the choice breaks.
fn what_breaks(world: &World<'_>, choice: &Rival) -> Option<String> {
    choice.candidates.iter().enumerate().find_map(|(at, candidate)| {
        let component = world.component(at);
        let obstacle = candidate.evaluation.obstacles.first();
        let latency = candidate.evaluation.latency.as_ref();
        let text = obstacle
            .map(|o| o.reason.text.clone())
            .or_else(|| Some(latency_goal::missed(component, latency?).first()?.text.clone()));
        text.map(|text| format!("{}: {text}", component.id))
    })
}

/// The assumptions worth listing, what matters most first.
fn listed(
    tried: &[Variation<'_>],
    outcomes: &[Vec<(&Side<'_>, &Outcome)>],
    base: Option<Money>,
    free_base: Option<&[usize]>,
    world: &World<'_>,
) -> Vec<Assumption> {
    let Some(base) = base else { return Vec::new() };
    let bar = base.times_f64(SWING_SHARE).max(Money::from_cents(1));
    let mut assumptions: Vec<Assumption> = tried
        .iter()
        .zip(outcomes)
        .filter_map(|(variation, sides)| {
            let effect = strongest(sides, base, free_base, world)?;
            let matters = effect.changes || effect.swing >= bar;
            matters.then(|| Assumption {
                subject: variation.subject.clone(),
                value: variation.value.clone(),
                origin: variation.origin,
                effect: effect.text,
                cost_swing: Some(effect.swing),
                changes_answer: effect.changes,
                remedy: variation.remedy.clone(),
                span: variation.span,
            })
        })
        .collect();
    assumptions.sort_by(|a, b| {
        (b.changes_answer, b.cost_swing, &a.subject).cmp(&(
            a.changes_answer,
            a.cost_swing,
            &b.subject,
        ))
    });
    assumptions.truncate(LISTED_MAX);
    assumptions
}

struct Strongest {
    text: String,
    swing: Money,
    changes: bool,
}

/// The side that does more, in words.
fn strongest(
    sides: &[(&Side<'_>, &Outcome)],
    base: Money,
    free_base: Option<&[usize]>,
    world: &World<'_>,
) -> Option<Strongest> {
    let told = sides.iter().map(|(side, outcome)| {
        let cost = outcome.totals[0].unwrap_or(base);
        let delta = cost - base;
        let moved = moves(world, free_base, outcome.free.as_deref());
        let does = match (&outcome.breaks, &moved) {
            (Some(breaks), _) => format!("with {}, {breaks}", side.label),
            (None, Some(moved)) => format!("{} {} and {moved}", side.label, costs(delta)),
            (None, None) => format!("{} {} and changes nothing", side.label, costs(delta)),
        };
        let swing = if delta < Money::ZERO { -delta } else { delta };
        Strongest { text: does, swing, changes: moved.is_some() || outcome.breaks.is_some() }
    });
    told.max_by_key(|effect| (effect.changes, effect.swing))
}

fn costs(delta: Money) -> String {
    match delta.cents() {
        0 => "costs the same".to_owned(),
        c if c > 0 => format!("costs {} more", words::money(delta)),
        _ => format!("costs {} less", words::money(-delta)),
    }
}

/// `moves api to servers`, if the free choice is another one.
fn moves(world: &World<'_>, from: Option<&[usize]>, to: Option<&[usize]>) -> Option<String> {
    let (from, to) = (from?, to?);
    let at = from.iter().zip(to).position(|(a, b)| a != b)?;
    let others = from.iter().zip(to).filter(|(a, b)| a != b).count() - 1;
    let name = world.platforms[to[at]].name();
    let and = if others > 0 { format!(" (and {others} more)") } else { String::new() };
    Some(format!("moves {} to {name}{and}", world.component(at).id))
}

/// How one assumption multiplies the cost of each rival at its two ends; `None` is infeasible there.
struct Effect {
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
}

impl Effect {
    fn of(sides: &[(&Side<'_>, &Outcome)], base: &[Option<Money>]) -> Self {
        let same = || vec![Some(1.0); base.len()];
        let end = |is_low: bool| {
            let side = sides.iter().find(|(side, _)| side.is_low == is_low);
            side.map_or_else(same, |(_, outcome)| ratios(&outcome.totals, base))
        };
        Self { low: end(true), high: end(false) }
    }

    /// The multiplier at a place from −1 (low end) to 1 (high end).
    fn at(&self, rival: usize, place: f64) -> Option<f64> {
        let end = if place < 0.0 { self.low[rival] } else { self.high[rival] };
        match end {
            Some(ratio) => Some(1.0 + place.abs() * (ratio - 1.0)),
            // It holds up to half-way.
            None => (place.abs() < 0.5).then_some(1.0),
        }
    }
}

fn ratios(totals: &[Option<Money>], base: &[Option<Money>]) -> Vec<Option<f64>> {
    let ratio = |(total, base): (&Option<Money>, &Option<Money>)| match (total, base) {
        (Some(total), Some(base)) if *base > Money::ZERO => Some(total.dollars() / base.dollars()),
        (Some(_), _) => Some(1.0),
        (None, _) => None,
    };
    totals.iter().zip(base).map(ratio).collect()
}

/// Range of the choice's cost and how often it is the cheapest.
fn monte_carlo(
    seed: Seed,
    effects: &[Effect],
    base: &[Option<Money>],
    expected: Money,
) -> (CostRange, Share) {
    let random = RefCell::new(seed.stream("app", "sensitivity"));
    let mut costs = Vec::with_capacity(DRAWS);
    let mut wins = 0;
    for _ in 0..DRAWS {
        let places: Vec<f64> =
            effects.iter().map(|_| 2.0 * random.borrow_mut().uniform() - 1.0).collect();
        let factor = |rival: usize| -> Option<f64> {
            let parts = effects.iter().zip(&places).map(|(effect, &place)| effect.at(rival, place));
            parts.product()
        };
        let cost = |rival: usize| Some(base[rival]?.times_f64(factor(rival)?));
        let choice = cost(0);
        let rivals = (1..base.len()).filter_map(cost).min();
        // A hair's breadth is a tie.
        let wins_here = match (choice, rivals) {
            (Some(choice), Some(rival)) => choice.times_f64(0.9999) <= rival,
            (choice, None) => choice.is_some(),
            (None, Some(_)) => false,
        };
        wins += u64::from(wins_here);
        costs.extend(factor(0).map(|factor| expected.times_f64(factor)));
    }
    costs.sort_unstable();
    let end = |share: f64| {
        let at = (share * (costs.len().max(1) - 1) as f64).round() as usize;
        costs.get(at).copied().unwrap_or(expected)
    };
    let range =
        CostRange { expected, low: end(TAIL).min(expected), high: end(1.0 - TAIL).max(expected) };
    (range, Share::of(wins, DRAWS as u64))
}

#[cfg(test)]
mod tests {
    use catalog::Catalog;
    use model::{CallKind, Edge};
    use units::Duration;

    use super::*;
    use crate::testing::{app, catalog_files, component, evaluation, known, question};

    fn dollars(values: &[i64]) -> Vec<Option<Money>> {
        values.iter().map(|&v| Some(Money::from_cents(v * 100))).collect()
    }

    #[test]
    fn a_choice_far_ahead_is_certain_and_a_tie_is_a_coin() {
        // The first rival's cost swings by half either way, the second's not at all.
        let effect =
            || Effect { low: vec![Some(0.5), Some(1.0)], high: vec![Some(1.5), Some(1.0)] };
        let run = |rival: i64| {
            let base = dollars(&[100, rival]);
            monte_carlo(Seed(1), &[effect()], &base, Money::from_cents(10_000))
        };
        let (range, sure) = run(200);
        assert!((sure.get() - 1.0).abs() < 1e-9);
        assert!(range.low < Money::from_cents(7000) && range.high > Money::from_cents(13_000));
        let (_, even) = run(100);
        assert!((even.get() - 0.5).abs() < 0.1, "{even}");
        assert_eq!(run(100).1, even, "the same seed gives the same answer");
    }

    #[test]
    fn a_component_does_not_move_to_where_a_caller_would_miss_its_goal() {
        let mut web = component("web");
        web.slo.latency = vec![(Share::new(0.99), Duration::from_secs(5), None)];
        let mut app = app(vec![component("slow"), web]);
        app.edges = vec![Edge {
            from: "web".to_owned(),
            to: "slow".to_owned(),
            calls_per_request: 1.0,
            bytes: known(Bytes::ZERO),
            kind: CallKind::Sync,
            origin: None,
        }];
        let catalog = Catalog::parse(&catalog_files()).unwrap();
        let question = question(&app, &catalog);
        let world = World::new(&question, "aws/us-east-1");
        let kept = Kept::new();
        let scope = Scope { open: &|_, _| true, kept: &kept };
        let mut lists = by_closed_form(&world, scope);
        let free = Books::new(&world, &lists).good(Within::Anything).unwrap().options;
        let tried = |lists: &[Vec<Candidate>]| {
            let ground = Tried {
                rivals: &[],
                parts: Vec::new(),
                shortlists: lists,
                free: Some(free.clone()),
                scope,
                memories: Vec::new(),
            };
            ground.moved(&world, lists, 0).unwrap()[0]
        };
        let first = tried(&lists);
        // All that this platform offers becomes too slow for who waits for it.
        for candidate in lists[0].iter_mut().filter(|candidate| candidate.platform == first) {
            candidate.evaluation.latency = evaluation(&[60_000], 0.0).latency;
        }
        assert_ne!(tried(&lists), first);
    }

    #[test]
    fn an_end_that_breaks_the_choice_costs_confidence() {
        let effect = Effect { low: vec![Some(1.0); 2], high: vec![None, Some(1.0)] };
        let base = dollars(&[10, 100]);
        let (_, share) = monte_carlo(Seed(1), &[effect], &base, Money::from_cents(1000));
        assert!(share.get() > 0.65 && share.get() < 0.85, "{share}");
    }
}
