//! What the answer rests on: which assumptions move it, and by how much.
//!
//! Every assumption is tried at its low and its high alternative, one at a time, by closed forms: once with the
//! placements as they are (what would it cost?) and once with a free choice (would the answer change?).

use model::{Assumption, Fact, Invoice, Kind};
use platforms::{Member, cut};
use rayon::prelude::*;
use units::{Bytes, Money};

use crate::books::{Books, Within};
use crate::coarse::coarse;
use crate::evaluate::{Candidate, Kept, Scope, by_closed_form, one_by_closed_form};
use crate::rules::latency_goal;
use crate::variations::{Side, Variation};
use crate::words;
use crate::world::World;

/// An assumption is listed if it moves the cost by at least this share of it,
const SWING_SHARE: f64 = 0.02;
/// or the answer.
const LISTED_MAX: usize = 12;

/// A placement with its configurations held still.
#[derive(Debug, Clone)]
pub(crate) struct Rival {
    pub(crate) candidates: Vec<Candidate>,
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

/// Tries everything; the assumptions that matter. The choice is the rival whose cost is told.
pub(crate) fn run(
    world: &World<'_>,
    choice: &Rival,
    tried: &[Variation<'_>],
    scope: Scope<'_>,
) -> Vec<Assumption> {
    let rivals = std::slice::from_ref(choice);
    let estimated: Vec<Rival> =
        rivals.iter().map(|rival| reestimated(world, rival, None)).collect();
    let base: Vec<Option<Money>> = estimated.iter().map(|rival| total(world, rival)).collect();
    let shortlists = by_closed_form(world, scope);
    let books = Books::new(world, &shortlists);
    let free_found = books.good(Within::Anything);
    let free_base = free_found.as_ref().map(|found| books.platforms(&found.options));
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
    let home: Vec<usize> = choice.candidates.iter().map(|candidate| candidate.platform).collect();
    let places = Places { estimated: free_base.as_deref(), home: &home };
    listed(tried, &by_variation, base[0], places, world)
}

/// Where everything is today.
#[derive(Clone, Copy)]
struct Places<'p> {
    /// By closed form, if anything is feasible by it.
    estimated: Option<&'p [usize]>,
    /// In the answer.
    home: &'p [usize],
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
        Some(books.platforms(&moved))
    }
}

/// The rival with one component, or all, estimated anew.
fn reestimated(world: &World<'_>, rival: &Rival, component: Option<usize>) -> Rival {
    let candidates = rival.candidates.iter().enumerate().map(|(at, candidate)| {
        let mut candidate = candidate.clone();
        if component.is_none_or(|only| only == at) {
            let case = world.case(at, candidate.platform, &candidate.reach);
            let platform = world.platforms[candidate.platform];
            if let Ok(mut evaluation) = cut::estimate(platform, &case, &candidate.configuration) {
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
    let books = Books::new(world, shortlists);
    Some(books.platforms(&books.good(Within::Anything)?.options))
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
    places: Places<'_>,
    world: &World<'_>,
) -> Vec<Assumption> {
    let Some(base) = base else { return Vec::new() };
    let bar = base.times_f64(SWING_SHARE).max(Money::from_cents(1));
    let mut assumptions: Vec<Assumption> = tried
        .iter()
        .zip(outcomes)
        .filter_map(|(variation, sides)| {
            let effect = strongest(sides, base, places, world)?;
            let matters = effect.changes || effect.swing >= bar;
            matters.then(|| Assumption {
                subject: variation.subject.clone(),
                value: variation.value.clone(),
                origin: variation.origin,
                effect: effect.text,
                cost_swing: Some(effect.swing),
                changes_answer: effect.changes,
                slight: false,
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
    places: Places<'_>,
    world: &World<'_>,
) -> Option<Strongest> {
    let told = sides.iter().map(|(side, outcome)| {
        let cost = outcome.totals[0].unwrap_or(base);
        let delta = cost - base;
        let moved = moves(world, places, outcome.free.as_deref());
        let does = match (&outcome.breaks, &moved) {
            (Some(breaks), _) => format!("with {}, {breaks}", side.label),
            (None, Some(moved)) => format!("{}: {} and {moved}", side.label, costs(delta)),
            (None, None) => format!("{}: {}, the answer stays", side.label, costs(delta)),
        };
        let swing = if delta < Money::ZERO { -delta } else { delta };
        Strongest { text: does, swing, changes: moved.is_some() || outcome.breaks.is_some() }
    });
    told.max_by_key(|effect| (effect.changes, effect.swing))
}

fn costs(delta: Money) -> String {
    match delta.cents() {
        0 => "the same cost".to_owned(),
        c if c > 0 => format!("{} more", words::money(delta)),
        _ => format!("{} less", words::money(-delta)),
    }
}

/// `moves api to servers`, if the free choice is another one. Where closed forms see today's choice elsewhere than the
/// simulation does, a move to where a component is already is none.
fn moves(world: &World<'_>, places: Places<'_>, to: Option<&[usize]>) -> Option<String> {
    let (from, to) = (places.estimated?, to?);
    let moved = |at: &usize| to[*at] != from[*at] && to[*at] != places.home[*at];
    let at = (0..to.len()).find(moved)?;
    let others = (0..to.len()).filter(moved).count() - 1;
    let name = world.platforms[to[at]].name();
    let and = if others > 0 { format!(" (and {others} more)") } else { String::new() };
    Some(format!("moves {} to {name}{and}", world.component(at).id))
}

#[cfg(test)]
mod tests {
    use catalog::Catalog;
    use model::{CallKind, Edge};
    use units::{Duration, Share};

    use super::*;
    use crate::testing::{app, catalog_files, component, evaluation, known, question};

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
}
