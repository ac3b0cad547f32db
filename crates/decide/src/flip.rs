//! Where the answer changes as traffic grows or shrinks.
//!
//! Loads are scaled over a logarithmic grid of factors and every option is estimated anew at each of them, so that
//! configurations grow with the load. Closed forms do that in milliseconds; their cost is calibrated to the simulated
//! cost at today's traffic, one factor for each curve. A crossing counts if what follows it still holds at the next
//! point of the grid (node and instance steps make curves cross back and forth for a moment), and is then narrowed by
//! bisection to about two per cent.
//!
//! The band of a crossing comes from the band of the load: if today's traffic is really a fifth higher, the crossing is
//! a fifth nearer.

use std::collections::BTreeSet;

use model::{CostCurve, Flip, FlipVariable};
use platforms::Family;
use rayon::prelude::*;
use units::Money;

use crate::alternatives::Way;
use crate::books::{Books, Within};
use crate::case::runs_code;
use crate::evaluate::{Candidate, Kept, Scope, by_closed_form};
use crate::focus::Focus;
use crate::words;
use crate::world::World;

/// Points of the grid in each decade.
const PER_DECADE: i32 = 4;
/// Decades below and above today.
const DECADES: (i32, i32) = (-2, 3);
/// The same for large applications.
const COARSE: (i32, (i32, i32)) = (2, (-1, 2));
/// Halvings of a bracket: 10^(1/4) in 2⁴ parts is 3.7 %, and the middle of one is half of that off.
const HALVINGS: usize = 4;

/// Crossings closer than this (as a logarithm) are one: twice what bisection leaves open.
const SAME_CROSSING: f64 = 0.08;
/// Between two points of the grid a component may be on a platform that it is on at neither, if that is nearly as cheap at
/// one of them: at most so many times as dear.
const RIVAL: f64 = 1.5;
/// How far around a known crossing another one is looked for first.
const NEAR: f64 = 1.6;

/// What stays the same over all factors.
pub(crate) struct Ground<'w> {
    pub(crate) world: &'w World<'w>,
    pub(crate) ways: Vec<Way>,
    /// Component and platform pairs that the simulation refuses today though closed forms would not.
    pub(crate) barred: BTreeSet<(usize, usize)>,
    /// The platform of each component in today's answer.
    pub(crate) chosen: Vec<usize>,
    /// Functions are looked at in these configurations.
    pub(crate) kept: Kept,
    /// The components whose own moves are looked for.
    pub(crate) focus: Focus,
}

/// Closed-form costs at one factor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) factor: f64,
    /// By way.
    pub(crate) totals: Vec<Option<Money>>,
    /// With every component on the platform of today's answer.
    pub(crate) chosen: Option<Money>,
    /// The free choice: what it costs and the platform of each component.
    pub(crate) free: Option<(Money, Vec<usize>)>,
    /// Platforms of each component that are no dearer than [`RIVAL`] times its cheapest, alone.
    rivals: Vec<Vec<usize>>,
}

/// Curves with the factors that fit them to the simulation.
pub(crate) struct Curves {
    pub(crate) snapshots: Vec<Snapshot>,
    /// The place of today's traffic among them.
    now: usize,
    /// Simulated over estimated cost at today's traffic, by way.
    pub(crate) calibration: Vec<f64>,
    pub(crate) calibration_chosen: f64,
}

/// The grid of factors, and the place of today's traffic in it.
fn grid(focus: &Focus) -> (Vec<f64>, usize) {
    let (each, decades) = if focus.is_large() { COARSE } else { (PER_DECADE, DECADES) };
    let factors = (decades.0 * each..=decades.1 * each)
        .map(|step| 10_f64.powf(f64::from(step) / f64::from(each)))
        .collect();
    (factors, (-decades.0 * each).unsigned_abs() as usize)
}

/// One component that leaves its platform somewhere between two factors.
struct Move {
    at: usize,
    home: usize,
    to: usize,
    /// A factor at which it is still at home, nearer to today.
    here: f64,
    /// A factor at which it has moved.
    there: f64,
    /// The points of the grid between which it moves.
    between: (usize, usize),
}

impl Move {
    fn middle(&self) -> f64 {
        (self.here * self.there).sqrt()
    }
}

impl Ground<'_> {
    /// Everything at each factor of the grid.
    pub(crate) fn snapshots(&self) -> Vec<Snapshot> {
        // Each takes long: one at a time, so that nobody waits for another's last few.
        grid(&self.focus).0.into_par_iter().with_max_len(1).map(|factor| self.at(factor)).collect()
    }

    /// Goes on with these of its ways alone.
    pub(crate) fn keep_ways(&mut self, snapshots: &mut [Snapshot], keep: &[bool]) {
        for snapshot in snapshots {
            let mut kept = keep.iter();
            snapshot.totals.retain(|_| kept.next().is_none_or(|keep| *keep));
        }
        let mut kept = keep.iter();
        self.ways.retain(|_| kept.next().is_none_or(|keep| *keep));
    }

    /// Everything at one factor.
    pub(crate) fn at(&self, factor: f64) -> Snapshot {
        let world = self.world.scaled(factor);
        let candidates = self.candidates(&world, &|at, platform| self.is_open(at, platform));
        let books = Books::new(&world, &candidates);
        let found = |within| books.good(within);
        let totals = self.ways.iter().map(|way| found(way.within).map(|f| f.total)).collect();
        let free = found(Within::Anything).map(|f| (f.total, books.platforms(&f.options)));
        let kept = |at: usize, candidate: &Candidate| candidate.platform == self.chosen[at];
        let chosen = books.good_of(kept).map(|f| f.total);
        let rivals = candidates.iter().map(|all| rivals(all)).collect();
        Snapshot { factor, totals, chosen, free, rivals }
    }

    /// Whether today's answer goes this way with everything that runs code.
    fn goes(&self, way: usize) -> bool {
        let code = (0..self.world.len()).filter(|&at| runs_code(self.world.component(at)));
        code.map(|at| self.world.platforms[self.chosen[at]])
            .all(|platform| self.ways[way].within.takes(platform))
    }

    /// The platform of every component in the free choice at one factor, of those that come into question on either side.
    fn places_at(&self, factor: f64, sides: [&Snapshot; 2]) -> Option<Vec<usize>> {
        let world = self.world.scaled(factor);
        let open = |at: usize, platform: usize| {
            let known = sides.iter().any(|side| side.may_be(at, platform));
            (known || self.chosen[at] == platform) && self.is_open(at, platform)
        };
        let candidates = self.candidates(&world, &open);
        let books = Books::new(&world, &candidates);
        Some(books.platforms(&books.good(Within::Anything)?.options))
    }

    /// What two ways cost at one factor; only their platforms are looked at.
    fn two(&self, ways: (usize, usize), factor: f64) -> (Option<Money>, Option<Money>) {
        let world = self.world.scaled(factor);
        let (a, b) = (self.ways[ways.0].within, self.ways[ways.1].within);
        let wanted = |platform: usize| {
            let platform = self.world.platforms[platform];
            platform.family() == Family::Managed || a.takes(platform) || b.takes(platform)
        };
        let filter = |at: usize, platform: usize| self.is_open(at, platform) && wanted(platform);
        let candidates = self.candidates(&world, &filter);
        let books = Books::new(&world, &candidates);
        (books.good(a).map(|f| f.total), books.good(b).map(|f| f.total))
    }

    fn candidates(
        &self,
        world: &World<'_>,
        open: &(dyn Fn(usize, usize) -> bool + Sync),
    ) -> Vec<Vec<Candidate>> {
        by_closed_form(world, Scope { open, kept: &self.kept })
    }

    fn is_open(&self, at: usize, platform: usize) -> bool {
        !self.barred.contains(&(at, platform))
    }

    /// The factor in `bracket` at which the dearer of two ways becomes the cheaper one, scaled by their
    /// calibration; whether the first one is the cheaper one at the first end is known.
    fn narrow(
        &self,
        ways: (usize, usize),
        scale: (f64, f64),
        bracket: (f64, f64),
        below: bool,
    ) -> f64 {
        let first_wins = |factor: f64| {
            let (a, b) = self.two(ways, factor);
            wins(a, b, scale)
        };
        let (mut low, mut high) = bracket;
        for _ in 0..HALVINGS {
            let middle = (low * high).sqrt();
            if first_wins(middle) == below { low = middle } else { high = middle }
        }
        (low * high).sqrt()
    }

    /// Where two ways cross, as a factor of today's traffic: looked for around a guess, else over the whole grid, and
    /// then the crossing nearest to today.
    pub(crate) fn crossing(
        &self,
        ways: (usize, usize),
        scale: (f64, f64),
        guess: Option<f64>,
    ) -> Option<f64> {
        let first_wins = |factor: f64| {
            let (a, b) = self.two(ways, factor);
            (a.is_some() && b.is_some()).then(|| wins(a, b, scale))
        };
        if let Some(guess) = guess
            && let (Some(low), Some(high)) = (first_wins(guess / NEAR), first_wins(guess * NEAR))
            && low != high
        {
            return Some(self.narrow(ways, scale, (guess / NEAR, guess * NEAR), low));
        }
        let coarse: Vec<f64> = grid(&self.focus).0.into_iter().step_by(2).collect();
        let signs: Vec<Option<bool>> =
            coarse.par_iter().map(|&factor| first_wins(factor)).collect();
        let brackets = (1..coarse.len())
            .filter(|&i| signs[i].is_some() && signs[i - 1].is_some() && signs[i] != signs[i - 1]);
        let nearest = brackets.min_by(|&i, &j| {
            let far = |i: usize| (coarse[i - 1] * coarse[i]).sqrt().ln().abs();
            far(i).total_cmp(&far(j))
        })?;
        let bracket = (coarse[nearest - 1], coarse[nearest]);
        Some(self.narrow(ways, scale, bracket, signs[nearest - 1]?))
    }
}

impl Snapshot {
    /// Whether a component is on a platform here, or nearly.
    fn may_be(&self, at: usize, platform: usize) -> bool {
        let free = self.free.as_ref().is_some_and(|(_, places)| places[at] == platform);
        free || self.rivals[at].contains(&platform)
    }
}

/// Platforms that are not much dearer than the cheapest of all.
fn rivals(candidates: &[Candidate]) -> Vec<usize> {
    let Some(least) = candidates.iter().map(|c| c.alone).min() else { return Vec::new() };
    let near = candidates.iter().filter(|c| c.alone <= least.times_f64(RIVAL));
    let mut platforms: Vec<usize> = near.map(|candidate| candidate.platform).collect();
    platforms.sort_unstable();
    platforms.dedup();
    platforms
}

/// Whether the first is possible and not dearer than the second.
fn wins(a: Option<Money>, b: Option<Money>, scale: (f64, f64)) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.times_f64(scale.0) <= b.times_f64(scale.1),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

impl Curves {
    /// Over the grid; `today` is what the simulation says of each way and of the answer.
    pub(crate) fn new(
        ground: &Ground<'_>,
        snapshots: Vec<Snapshot>,
        today: &[Option<Money>],
        chosen: Option<Money>,
    ) -> Self {
        let now = grid(&ground.focus).1;
        let today_at = &snapshots[now];
        let ratio =
            |simulated: Option<Money>, estimated: Option<Money>| match (simulated, estimated) {
                (Some(s), Some(e)) if e > Money::ZERO => s.dollars() / e.dollars(),
                _ => 1.0,
            };
        let calibration =
            today.iter().zip(&today_at.totals).map(|(&s, &e)| ratio(s, e)).collect::<Vec<f64>>();
        let calibration_chosen = ratio(chosen, today_at.chosen);
        Self { snapshots, now, calibration, calibration_chosen }
    }

    /// What the charts draw.
    pub(crate) fn drawn(&self, ground: &Ground<'_>) -> Vec<CostCurve> {
        let curve = |name: &str, scale: f64, cost: &dyn Fn(&Snapshot) -> Option<Money>| CostCurve {
            name: name.to_owned(),
            points: self
                .snapshots
                .iter()
                .filter_map(|s| Some((s.factor, cost(s)?.times_f64(scale))))
                .collect(),
        };
        let mut curves = vec![curve("chosen", self.calibration_chosen, &|s| s.chosen)];
        for (at, way) in ground.ways.iter().enumerate() {
            curves.push(curve(way.name, self.calibration[at], &|s| s.totals[at]));
        }
        curves.retain(|curve| !curve.points.is_empty());
        curves
    }

    /// Where the cheapest way of today loses against each other way, and where components move.
    pub(crate) fn flips(&self, ground: &Ground<'_>) -> Vec<Flip> {
        let mut flips = self.ways_cross(ground);
        flips.extend(self.components_move(ground));
        flips
    }

    /// Where two ways cross, read off the curves.
    pub(crate) fn crossing(&self, (a, b): (usize, usize)) -> Option<f64> {
        let first_wins = |snapshot: &Snapshot| {
            let (a, b) = (snapshot.totals[a]?, snapshot.totals[b]?);
            Some(wins(Some(a), Some(b), (1.0, 1.0)))
        };
        let pairs = self.snapshots.iter().zip(self.snapshots.iter().skip(1));
        let crossings = pairs.filter_map(|(near, far)| {
            let changes = first_wins(near)? != first_wins(far)?;
            changes.then(|| (near.factor * far.factor).sqrt())
        });
        crossings.min_by(|a, b| a.ln().abs().total_cmp(&b.ln().abs()))
    }

    fn ways_cross(&self, ground: &Ground<'_>) -> Vec<Flip> {
        let cost = |point: usize, way: usize| {
            self.snapshots[point].totals[way].map(|m| m.times_f64(self.calibration[way]))
        };
        let ways = 0..ground.ways.len();
        let today = ways.clone().filter_map(|way| Some((cost(self.now, way)?, way))).min();
        let Some((_, home)) = today else { return Vec::new() };
        let others: Vec<usize> = ways.clone().filter(|&way| way != home).collect();
        let is_answer = ground.goes(home);
        let crossings = others.par_iter().map(|&other| {
            let mut flips = Vec::new();
            let home_wins = |point: usize| wins(cost(point, home), cost(point, other), (1.0, 1.0));
            for bracket in self.lasting_changes(&|point| !home_wins(point)) {
                // Where today's way ends, only the cheapest of those that go on follows it; if none does, nothing.
                let ends = cost(bracket.1, home).is_none();
                let next = ways.clone().filter_map(|way| Some((cost(bracket.1, way)?, way))).min();
                if ends && next.is_none_or(|(_, next)| next != other) {
                    continue;
                }
                let scale = (self.calibration[home], self.calibration[other]);
                let between = (self.snapshots[bracket.0].factor, self.snapshots[bracket.1].factor);
                // On the nearer side today's way wins.
                let factor = ground.narrow((home, other), scale, between, true);
                let (home, other) = (ground.ways[home].short, ground.ways[other].short);
                let moved = match (ends, is_answer) {
                    (true, _) => format!("{other}, since {home} alone no longer holds the load"),
                    (false, true) => format!("{other} rather than {home}"),
                    (false, false) => format!("{other} rather than {home}{}", Flip::ONE_WAY),
                };
                let stays = home.to_owned();
                flips.push(flip(ground, None, factor, (stays, moved)));
            }
            flips
        });
        let crossings: Vec<Vec<Flip>> = crossings.collect();
        let mut flips: Vec<Flip> = Vec::new();
        // Where functions win, serverless as a whole wins with them: said once.
        for flip in crossings.into_iter().flatten() {
            let close = |other: &Flip| (other.factor / flip.factor).ln().abs() < SAME_CROSSING;
            let serverless = flip.from.contains("serverless") || flip.to.contains("serverless");
            if !(serverless && flips.iter().any(close)) {
                flips.push(flip);
            }
        }
        flips
    }

    fn components_move(&self, ground: &Ground<'_>) -> Vec<Flip> {
        let code: Vec<usize> =
            (0..ground.world.len()).filter(|&at| runs_code(ground.world.component(at))).collect();
        // With one component the ways say it all.
        if code.len() < 2 {
            return Vec::new();
        }
        let mut moves: Vec<Move> = code
            .iter()
            .filter(|&&at| ground.focus.has(at))
            .flat_map(|&at| self.component_moves(ground, at))
            .collect();
        for _ in 0..HALVINGS {
            // Many components move at the same point: each middle is looked at once for all of them.
            let mut middles: Vec<(f64, (usize, usize))> =
                moves.iter().map(|one| (one.middle(), one.between)).collect();
            middles.sort_by(|a, b| a.0.total_cmp(&b.0));
            middles.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
            let at = |point: usize| &self.snapshots[point];
            let places: Vec<Option<Vec<usize>>> = middles
                .par_iter()
                .map(|&(factor, (a, b))| ground.places_at(factor, [at(a), at(b)]))
                .collect();
            for one in &mut moves {
                let middle = one.middle();
                let found =
                    middles.iter().position(|(factor, _)| factor.total_cmp(&middle).is_eq());
                let place = found.and_then(|i| places[i].as_ref()).map(|all| all[one.at]);
                match place {
                    Some(platform) if platform != one.home => {
                        (one.there, one.to) = (middle, platform);
                    }
                    _ => one.here = middle,
                }
            }
        }
        let name = |platform: usize| ground.world.platforms[platform].name().to_owned();
        // Less than one call a month is no load to flip at.
        let monthly =
            |one: &&Move| ground.world.loads[one.at].requests_month() as f64 * one.middle() >= 1.0;
        let told = moves
            .iter()
            .filter(monthly)
            .map(|one| flip(ground, Some(one.at), one.middle(), (name(one.home), name(one.to))));
        told.collect()
    }

    fn component_moves(&self, ground: &Ground<'_>, at: usize) -> Vec<Move> {
        let place =
            |point: usize| self.snapshots[point].free.as_ref().map(|(_, platforms)| platforms[at]);
        let home = ground.chosen[at];
        let moved = |point: usize| place(point).is_some_and(|platform| platform != home);
        let brackets = self.lasting_changes(&moved).into_iter();
        brackets
            .map(|(near, far)| Move {
                at,
                home,
                to: place(far).unwrap_or(home),
                here: self.snapshots[near].factor,
                there: self.snapshots[far].factor,
                between: (near, far),
            })
            .collect()
    }

    /// The nearest change above and below today that still holds one point further: (nearer, farther) points.
    fn lasting_changes(&self, changed: &dyn Fn(usize) -> bool) -> Vec<(usize, usize)> {
        let last = self.snapshots.len() - 1;
        if changed(self.now) {
            return Vec::new();
        }
        let up = (self.now + 1..=last)
            .find(|&point| changed(point) && changed((point + 1).min(last)))
            .map(|point| (point - 1, point));
        let down = (0..self.now)
            .rev()
            .find(|&point| changed(point) && changed(point.saturating_sub(1)))
            .map(|point| (point + 1, point));
        up.into_iter().chain(down).collect()
    }
}

/// A flip: the answer below its factor is `from`, above it `to`.
fn flip(
    ground: &Ground<'_>,
    at: Option<usize>,
    factor: f64,
    (home, other): (String, String),
) -> Flip {
    let world = ground.world;
    let (month, band) = match at {
        Some(at) => (world.loads[at].requests_month() as f64, world.loads[at].band),
        None => app_month(world),
    };
    let (from, to) = if factor >= 1.0 { (home, other) } else { (other, home) };
    let band = Some((factor / band.1.max(1e-9), factor / band.0.max(1e-9)));
    Flip {
        scope: at.map(|at| world.component(at).id.clone()),
        variable: FlipVariable::Traffic,
        factor,
        at: words::requests(month * factor),
        band: band.filter(|(low, high)| high / low > 1.02),
        from,
        to,
    }
}

/// Requests a month that clients send to the app, and the band of the busiest component's load.
pub(crate) fn app_month(world: &World<'_>) -> (f64, (f64, f64)) {
    let month = requests_month(world) as f64;
    let busiest = world.loads.iter().max_by_key(|load| load.requests_month());
    (month, busiest.map_or((1.0, 1.0), |load| load.band))
}

/// Requests a month over the components that clients or schedules reach: calls between components are not counted
/// again.
pub(crate) fn requests_month(world: &World<'_>) -> u64 {
    let called = |id: &str| world.app.edges.iter().any(|edge| edge.to == id);
    let entries = world.app.components.iter().zip(&world.loads);
    let reached =
        |(component, _): &(&model::Component, _)| runs_code(component) && !called(&component.id);
    let sum: u64 = entries.clone().filter(reached).map(|(_, load)| load.requests_month()).sum();
    if sum > 0 { sum } else { entries.map(|(_, load)| load.requests_month()).sum() }
}
