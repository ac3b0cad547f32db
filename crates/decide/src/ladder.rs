//! The configurations that a component might have in some drawn world, a few for each platform.
//!
//! All configurations are looked at in today's world and in the first draws; the cheapest of a platform in each of them
//! are its rungs, beside those that were simulated and placed. In every other draw only the rungs are estimated, each with
//! the memory that the component needs there. The cheapest that holds its load and keeps its goals is taken, larger or
//! smaller than today's; where none does, what else was simulated is tried, from the cheapest up.
//!
//! Closed forms get latency somewhat wrong. What the simulation says of a configuration today, over what the closed form
//! says of it, is a factor that is kept in every world; a configuration that was not simulated gets the largest factor
//! of its platform.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::{Component, Invoice};
use platforms::{Configuration, Evaluation, Member, cut, refit};
use rayon::prelude::*;
use units::{Histogram, Money, Share};

use crate::coarse::coarse;
use crate::drawn::Draw;
use crate::evaluate::{Candidate, Kept, Options, Scope, best_by_closed_form};
use crate::world::World;

/// What is known of every component's options by simulation.
#[derive(Clone, Copy)]
pub(crate) struct Known<'k> {
    pub(crate) candidates: &'k [Vec<Candidate>],
    pub(crate) options: &'k [Options],
}

/// One configuration of a component.
struct Rung<'k> {
    candidate: Cow<'k, Candidate>,
    /// Simulated over estimated latency.
    slow: f64,
    /// Whether it is looked at in every world, or only where no other fits.
    usual: bool,
}

/// The rungs of every component; those that were simulated come first, in their order.
pub(crate) struct Ladder<'k> {
    rungs: Vec<Vec<Rung<'k>>>,
    /// What the configurations were made for.
    made_for: Vec<Component>,
}

impl<'k> Ladder<'k> {
    /// For placements that may be held against each other: only their platforms are looked at.
    pub(crate) fn new<'p>(
        known: Known<'k>,
        light: &World<'_>,
        placements: impl Iterator<Item = &'p [u16]>,
        pilots: &[World<'_>],
    ) -> Self {
        let mut placed: Vec<BTreeSet<u16>> = vec![BTreeSet::new(); light.len()];
        for options in placements {
            for (placed, &option) in placed.iter_mut().zip(options) {
                placed.insert(option);
            }
        }
        let rungs = placed.par_iter().enumerate().map(|(at, placed)| {
            let home = |&option: &u16| &known.candidates[at][usize::from(option)];
            let homes: Vec<&Candidate> = placed.iter().map(home).collect();
            let mut rungs: Vec<Rung<'k>> = known.candidates[at]
                .iter()
                .enumerate()
                .map(|(option, candidate)| Rung {
                    candidate: Cow::Borrowed(candidate),
                    slow: 1.0,
                    usual: placed.contains(&(option as u16)),
                })
                .collect();
            let open = |_: usize, platform: usize| homes.iter().any(|c| c.platform == platform);
            let scope = Scope { open: &open, kept: &Kept::new() };
            for world in std::iter::once(light).chain(pilots) {
                for mut best in best_by_closed_form(world, at, scope) {
                    if !homes.iter().any(|home| home.is_like(&best)) {
                        continue;
                    }
                    let case = light.case(at, best.platform, &best.reach);
                    let platform = light.platforms[best.platform];
                    let made_for = world.component(at);
                    // What holds too little for today's component may do for a smaller one.
                    if let Some(fit) = refit(platform, &case, &best.configuration, made_for) {
                        best.configuration = fit;
                    }
                    let same = |rung: &&mut Rung<'_>| {
                        rung.candidate.is_like(&best)
                            && rung.candidate.configuration.settings == best.configuration.settings
                    };
                    match rungs.iter_mut().find(same) {
                        Some(rung) => rung.usual = true,
                        None => {
                            rungs.push(Rung {
                                candidate: Cow::Owned(best),
                                slow: 1.0,
                                usual: true,
                            });
                        }
                    }
                }
            }
            slow_down(&mut rungs, light, at, &known.options[at], &homes);
            rungs
        });
        Self { rungs: rungs.collect(), made_for: light.app.components.clone() }
    }
}

/// How much slower than estimated each rung is.
fn slow_down(
    rungs: &mut [Rung<'_>],
    light: &World<'_>,
    at: usize,
    options: &Options,
    homes: &[&Candidate],
) {
    let goals = &light.component(at).slo.latency;
    if goals.is_empty() {
        return;
    }
    let at_home = |platform: usize| homes.iter().any(|home| home.platform == platform);
    let quantile = |latency: Option<&Histogram>, share: f64| {
        Some(latency?.quantile(share)?.secs_f64()).filter(|&seconds| seconds > 0.0)
    };
    let mut worst: BTreeMap<usize, f64> = BTreeMap::new();
    let mut simulated: Vec<(usize, &Configuration, f64)> = Vec::new();
    for rung in rungs.iter().filter(|rung| at_home(rung.candidate.platform)) {
        // What came from a full search has no simulation.
        let Cow::Borrowed(candidate) = &rung.candidate else { continue };
        let Some((_, estimate)) = estimated(candidate, light, at, light.component(at)) else {
            continue;
        };
        let ratios = goals.iter().filter_map(|(share, ..)| {
            let simulated = quantile(candidate.evaluation.latency.as_ref(), share.get())?;
            Some(simulated / quantile(estimate.latency.as_ref(), share.get())?)
        });
        let ratio = ratios.fold(0.0, f64::max);
        simulated.push((candidate.platform, &candidate.configuration, ratio));
    }
    for refused in options.refused.iter().filter(|r| r.simulated && at_home(r.platform)) {
        let (Some(configuration), Some(latency)) = (&refused.configuration, refused.latency) else {
            continue;
        };
        let home = homes.iter().find(|home| home.platform == refused.platform);
        let Some(reach) = home.map(|home| &home.reach) else { continue };
        let case = light.case(at, refused.platform, reach);
        let estimate = cut::estimate(light.platforms[refused.platform], &case, configuration).ok();
        let estimate = estimate.and_then(|e| quantile(e.latency.as_ref(), 0.99));
        if let Some(estimate) = estimate {
            let ratio = latency.p99.secs_f64() / estimate;
            simulated.push((refused.platform, configuration, ratio));
        }
    }
    for &(platform, _, ratio) in simulated.iter().filter(|(.., ratio)| *ratio > 0.0) {
        let most = worst.entry(platform).or_insert(ratio);
        *most = most.max(ratio);
    }
    let factors: Vec<f64> = rungs
        .iter()
        .map(|rung| {
            let (platform, own) = (rung.candidate.platform, &rung.candidate.configuration);
            let known = simulated.iter().find(|(p, c, _)| *p == platform && *c == own);
            let known = known.map(|(.., ratio)| *ratio).filter(|&ratio| ratio > 0.0);
            known.or_else(|| worst.get(&platform).copied()).unwrap_or(1.0)
        })
        .collect();
    for (rung, factor) in rungs.iter_mut().zip(factors) {
        rung.slow = factor;
    }
}

/// A configuration made for another component, as it would be for this world's, with what it does there.
fn estimated(
    candidate: &Candidate,
    world: &World<'_>,
    at: usize,
    made_for: &Component,
) -> Option<(Configuration, Evaluation)> {
    let case = world.case(at, candidate.platform, &candidate.reach);
    let platform = world.platforms[candidate.platform];
    let configuration = refit(platform, &case, &candidate.configuration, made_for)?;
    let mut evaluation = cut::estimate(platform, &case, &configuration).ok()?;
    evaluation.usage = coarse(evaluation.usage);
    Some((configuration, evaluation))
}

/// Whether every promise is kept by an estimate that is so much too quick.
fn keeps(component: &Component, evaluation: &Evaluation, slow: f64) -> bool {
    let Some(latency) = &evaluation.latency else { return true };
    component.slo.latency.iter().all(|(share, limit, _): &(Share, _, _)| {
        latency.quantile(share.get()).is_none_or(|found| found.times_f64(slow) <= *limit)
    })
}

/// One rung in one world, if it fits.
struct Step {
    configuration: Configuration,
    evaluation: Evaluation,
    /// What it costs when nothing else is placed.
    alone: Money,
}

/// A component's rung.
type Pick = (usize, usize);

/// Bills by platform and members.
type Bills = BTreeMap<(usize, Vec<Pick>), Option<Money>>;

/// The ladder in one world: what was looked at is kept.
pub(crate) struct Climb<'c, 'k> {
    ladder: &'c Ladder<'k>,
    draw: &'c Draw<'c>,
    steps: RefCell<BTreeMap<Pick, Option<Rc<Step>>>>,
    /// The best rung of each platform, by the rung that stands for it.
    best: RefCell<BTreeMap<Pick, Option<usize>>>,
    bills: RefCell<Bills>,
}

impl<'c, 'k> Climb<'c, 'k> {
    pub(crate) fn new(ladder: &'c Ladder<'k>, draw: &'c Draw<'c>) -> Self {
        let (steps, best, bills) = Default::default();
        Self { ladder, draw, steps, best, bills }
    }

    /// What a placement costs with each component in the best configuration of its platform; `None` if some component
    /// has none that holds.
    pub(crate) fn cost(&self, options: &[u16]) -> Option<Money> {
        let picks = options.iter().enumerate();
        let best: Vec<Pick> = picks
            .clone()
            .map(|(at, &option)| Some((at, self.best(at, usize::from(option))?)))
            .collect::<Option<_>>()?;
        let cheapest = self.total(&best);
        // What is cheapest alone need not be in company.
        let own: Vec<Pick> = picks
            .map(|(at, &option)| {
                let own = (at, usize::from(option));
                if self.step(own).is_some() { own } else { best[at] }
            })
            .collect();
        let held = if own == best { None } else { self.total(&own) };
        cheapest.into_iter().chain(held).min()
    }

    /// The cheapest rung like this one.
    fn best(&self, at: usize, like: usize) -> Option<usize> {
        if let Some(known) = self.best.borrow().get(&(at, like)) {
            return *known;
        }
        let rungs = &self.ladder.rungs[at];
        let own = &rungs[like].candidate;
        let alike = |usual: bool| {
            let all = rungs.iter().enumerate();
            all.filter(move |(_, rung)| rung.usual == usual && rung.candidate.is_like(own))
        };
        let usual =
            alike(true).filter_map(|(at_rung, _)| Some((self.step((at, at_rung))?.alone, at_rung)));
        let best = usual.min().map(|(_, rung)| rung).or_else(|| {
            let mut others: Vec<(Money, usize)> =
                alike(false).map(|(rung, r)| (r.candidate.alone, rung)).collect();
            others.sort_unstable();
            others.into_iter().map(|(_, rung)| rung).find(|&rung| self.step((at, rung)).is_some())
        });
        self.best.borrow_mut().insert((at, like), best);
        best
    }

    fn step(&self, pick: Pick) -> Option<Rc<Step>> {
        if let Some(known) = self.steps.borrow().get(&pick) {
            return known.clone();
        }
        let found = self.look_at(pick).map(Rc::new);
        self.steps.borrow_mut().insert(pick, found.clone());
        found
    }

    fn look_at(&self, (at, rung): Pick) -> Option<Step> {
        let rung = &self.ladder.rungs[at][rung];
        let component = self.draw.world.component(at);
        let (configuration, evaluation) =
            estimated(&rung.candidate, &self.draw.world, at, &self.ladder.made_for[at])?;
        if !evaluation.obstacles.is_empty() || !keeps(component, &evaluation, rung.slow) {
            return None;
        }
        let member = Member { component, configuration: &configuration, evaluation: &evaluation };
        let alone = self.draw.world.bill(rung.candidate.platform, &[member]).ok()?;
        let alone = self.draw.cost(rung.candidate.platform, &alone);
        Some(Step { configuration, evaluation, alone })
    }

    /// The bills of everything together.
    fn total(&self, picks: &[Pick]) -> Option<Money> {
        let steps: Vec<Rc<Step>> =
            picks.iter().map(|&pick| self.step(pick)).collect::<Option<_>>()?;
        let rung = |(at, rung): Pick| &self.ladder.rungs[at][rung].candidate;
        let members = picks.iter().zip(&steps).map(|(&pick, step)| Member {
            component: self.draw.world.component(pick.0),
            configuration: &step.configuration,
            evaluation: &step.evaluation,
        });
        let members: Vec<Member<'_>> = members.collect();
        let mut sum: Money =
            self.draw.world.account(&members).ok()?.iter().map(Invoice::total).sum();
        let mut by_platform: BTreeMap<usize, Vec<Pick>> = BTreeMap::new();
        for &pick in picks {
            by_platform.entry(rung(pick).platform).or_default().push(pick);
        }
        for (platform, here) in by_platform {
            let key = (platform, here);
            let known = self.bills.borrow().get(&key).copied();
            let bill = known.unwrap_or_else(|| {
                let here: Vec<Member<'_>> = key.1.iter().map(|&(at, _)| members[at]).collect();
                let bill = self.draw.world.bill(platform, &here).ok();
                let bill = bill.map(|invoice| self.draw.cost(platform, &invoice));
                self.bills.borrow_mut().insert(key, bill);
                bill
            });
            sum += bill?;
        }
        Some(sum)
    }
}

#[cfg(test)]
mod tests {
    use catalog::Catalog;

    use super::*;
    use crate::evaluate::by_closed_form;
    use crate::testing::{app, catalog_files, component, question, workload};

    #[test]
    fn a_smaller_world_gets_a_smaller_configuration() {
        let app = app(vec![component("api")]);
        let catalog = Catalog::parse(&catalog_files()).unwrap();
        let mut asked = question(&app, &catalog);
        asked.workloads = [("api".to_owned(), workload(400.0))].into();
        let world = World::new(&asked, "aws/us-east-1");
        let light = world.scaled(1.0);
        let scope = Scope { open: &|_, _| true, kept: &Kept::new() };
        let candidates = by_closed_form(&light, scope);
        let on_servers = |c: &Candidate| light.platforms[c.platform].id().0 == "servers/ec2";
        let option = candidates[0].iter().position(on_servers).expect("servers hold it") as u16;
        let options = [Options::default()];
        let known = Known { candidates: &candidates, options: &options };
        let small = light.scaled(0.01);
        let draw = Draw::none(&small);
        let cost = |pilots: &[World<'_>]| {
            let ladder = Ladder::new(known, &light, std::iter::once(&[option][..]), pilots);
            Climb::new(&ladder, &draw).cost(&[option]).expect("it holds")
        };
        let (held, resized) = (cost(&[]), cost(std::slice::from_ref(&small)));
        assert!(resized < held, "{resized} {held}");
    }

    #[test]
    fn an_estimate_that_is_too_quick_keeps_no_goal_it_would_miss() {
        let mut api = component("api");
        let limit = units::Duration::from_millis(100);
        api.slo.latency = vec![(Share::new(0.99), limit, None)];
        let evaluation = crate::testing::evaluation(&[60; 200], 0.0);
        assert!(keeps(&api, &evaluation, 1.0) && !keeps(&api, &evaluation, 2.0));
    }
}
