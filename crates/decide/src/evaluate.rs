//! Every option of every component: refused by a rule, by the closed form or by the simulation, or a candidate.
//!
//! Closed forms screen: they cost microseconds, so every configuration of every platform is estimated and priced
//! alone. A few of each platform go on ([`shortlist`]) and are simulated on the component's own requests, the
//! same requests for all of them. What the simulation then says stands.

mod shortlist;

use std::collections::BTreeMap;

use catalog::Missing;
use model::{Architecture, Kind, LatencySummary, Reason};
use platforms::{Case, Configuration, Evaluation, Family, Limits, Member, Settings, cut};
use rayon::prelude::*;
use source::Finding;
use units::{Duration, Money, Request, Share};

use crate::abroad::Reach;
use crate::case::RuleCase;
use crate::coarse::coarse;
use crate::compose::Chains;
use crate::question::Step;
use crate::rules::{self, Effect, Hardness, RuleFinding};
use crate::splits;
use crate::world::{Stretch, World};

use shortlist::{Round, least, resources, shortlist, worst_ratio};

/// A closed form may be this much above a latency goal and still be simulated.
const SLACK: f64 = 1.3;
/// Requests that are in memory at the same time, at most, if more than one component's are.
const REQUESTS_AT_ONCE: usize = 4_000_000;
/// Components whose requests are in memory at the same time.
const AT_ONCE: usize = 2;

/// An option that can be placed.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Its platform's place in the list of platforms.
    pub(crate) platform: usize,
    pub(crate) configuration: Configuration,
    /// Where it takes those to be that it waits for.
    pub(crate) reach: Reach,
    pub(crate) evaluation: Evaluation,
    /// What it costs when nothing else is placed.
    pub(crate) alone: Money,
    /// Risks, notes and questions of the rules.
    pub(crate) notes: Vec<RuleFinding>,
}

/// An option that cannot.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) platform: usize,
    /// `None` if the platform is refused as a whole.
    pub(crate) configuration: Option<Configuration>,
    pub(crate) alone: Option<Money>,
    pub(crate) latency: Option<LatencySummary>,
    pub(crate) cold: Option<Share>,
    pub(crate) reasons: Vec<Reason>,
    /// Whether the simulation refused it.
    pub(crate) simulated: bool,
}

/// All options of one component.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) fit: Vec<Candidate>,
    pub(crate) refused: Vec<Refused>,
    /// What rules ask before any configuration is known.
    pub(crate) asked: Vec<RuleFinding>,
}

/// How one component's requests were replayed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Played {
    pub(crate) requests: u64,
    pub(crate) covers: String,
    /// Whether it is at least a whole cycle of the load.
    pub(crate) whole: bool,
}

/// The options of every component.
#[derive(Debug, Default)]
pub(crate) struct Field {
    pub(crate) options: Vec<Options>,
    pub(crate) played: Vec<Played>,
    /// Requests replayed over all options.
    pub(crate) simulated: u64,
    pub(crate) findings: Vec<Finding>,
}

/// What closed forms may try.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    /// Component and platform.
    pub(crate) open: &'s (dyn Fn(usize, usize) -> bool + Sync),
    /// Configurations to look at instead of all that the platform offers.
    pub(crate) kept: &'s Kept,
}

/// Configurations of functions that were worth simulating, by component and platform. The best memory of a function
/// does not depend on how often it is called, so curves need not search for it again; how many environments are kept
/// ready does.
pub(crate) type Kept = BTreeMap<(usize, usize), Vec<Configuration>>;

/// The functions among the candidates.
pub(crate) fn functions(candidates: &[Vec<Candidate>]) -> Kept {
    let mut kept = Kept::new();
    for (at, candidates) in candidates.iter().enumerate() {
        for candidate in candidates {
            if matches!(candidate.configuration.settings, Settings::Function(_)) {
                let list = kept.entry((at, candidate.platform)).or_default();
                list.push(candidate.configuration.clone());
            }
        }
    }
    let is_ready = |configuration: &Configuration| matches!(&configuration.settings, Settings::Function(function) if function.provisioned > 0);
    kept.retain(|_, configurations| !configurations.iter().any(is_ready));
    kept
}

/// Evaluates by closed forms only: flip points and sensitivity.
pub(crate) fn by_closed_form(world: &World<'_>, scope: Scope<'_>) -> Vec<Vec<Candidate>> {
    let surroundings = (world.limits(), Chains::of(&world.app));
    (0..world.len()).map(|at| closed_form(world, &surroundings, at, scope)).collect()
}

/// The shortlist of one component by closed forms only.
pub(crate) fn one_by_closed_form(world: &World<'_>, at: usize, scope: Scope<'_>) -> Vec<Candidate> {
    closed_form(world, &(world.limits(), Chains::of(&world.app)), at, scope)
}

fn closed_form(
    world: &World<'_>,
    (limits, chains): &(Vec<Result<Limits, Missing>>, Chains),
    at: usize,
    scope: Scope<'_>,
) -> Vec<Candidate> {
    let screened = screen(world, limits, at, Depth::HardRules, scope);
    let short = shortlist(world, chains, at, &screened.fit);
    let first = short.into_iter().filter(|(_, round)| *round == Round::First);
    first.map(|(candidate, _)| candidate).collect()
}

/// What the closed form would take of one component's platforms: of each the cheapest alone and, where machines are
/// shared, the one that takes the least of them.
pub(crate) fn best_by_closed_form(
    world: &World<'_>,
    at: usize,
    scope: Scope<'_>,
) -> Vec<Candidate> {
    let screened = screen(world, &world.limits(), at, Depth::HardRules, scope);
    let mut best: Vec<Candidate> = Vec::new();
    // They come by platform and price.
    let mut firsts: Vec<&Candidate> = Vec::new();
    for candidate in &screened.fit {
        if !firsts.iter().any(|first| first.is_like(candidate)) {
            firsts.push(candidate);
        }
    }
    for first in firsts {
        best.push(first.clone());
        let family = world.platforms[first.platform].family();
        if matches!(family, Family::Kubernetes | Family::Servers) {
            let like: Vec<&Candidate> = screened.fit.iter().filter(|c| c.is_like(first)).collect();
            let takes = |candidate: &Candidate| resources(candidate, world.component(at));
            let least = least(&like, takes).filter(|&place| place > 0);
            best.extend(least.map(|place| like[place].clone()));
        }
    }
    best
}

/// Evaluates everything, with simulation.
pub(crate) fn by_simulation(
    world: &World<'_>,
    replay_max: usize,
    progress: &(dyn Fn(Step<'_>) + Sync),
) -> Field {
    progress(Step::Screening);
    let limits = world.limits();
    let chains = Chains::of(&world.app);
    let mut field = Field::default();
    for (platform, limit) in world.platforms.iter().zip(&limits) {
        if let Err(missing) = limit {
            field.findings.push(missing_row(missing, platform.name()));
        }
    }
    let nothing_kept = Kept::new();
    let everything = Scope { open: &|_, _| true, kept: &nothing_kept };
    let screened: Vec<Options> = (0..world.len())
        .into_par_iter()
        .map(|at| screen(world, &limits, at, Depth::AllRules, everything))
        .collect();
    let mut waiting: Vec<(usize, Options)> = screened.into_iter().enumerate().collect();
    while !waiting.is_empty() {
        let at_once = if replay_max > REQUESTS_AT_ONCE / AT_ONCE { 1 } else { AT_ONCE };
        let rest = waiting.split_off(waiting.len().min(at_once));
        for (at, _) in &waiting {
            let component = &world.component(*at).id;
            progress(Step::Simulating { component, number: at + 1, of: world.len() });
        }
        let done: Vec<(Options, Played, u64)> = waiting
            .into_par_iter()
            .map(|(at, options)| simulate_all(world, &limits, &chains, at, options, replay_max))
            .collect();
        for (options, played, simulated) in done {
            field.options.push(options);
            field.played.push(played);
            field.simulated += simulated;
        }
        waiting = rest;
    }
    field
}

/// Whether notes are wanted and every step of a series, or only what excludes and the shape of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    AllRules,
    HardRules,
}

/// Rules, options, estimates and prices alone, for one component on every platform.
fn screen(
    world: &World<'_>,
    limits: &[Result<Limits, Missing>],
    at: usize,
    depth: Depth,
    scope: Scope<'_>,
) -> Options {
    let mut options = Options::default();
    for (platform, limits) in limits.iter().enumerate().filter(|(p, _)| (scope.open)(at, *p)) {
        match limits {
            Err(missing) => options.refuse(platform, None, vec![lacks(missing)]),
            Ok(limits) => screen_on(world, limits, at, platform, (depth, scope), &mut options),
        }
    }
    screen_splits(world, limits, at, (depth, scope), &mut options);
    options.fit.sort_by_key(|candidate| (candidate.platform, candidate.alone));
    let mut seen: Vec<RuleFinding> = Vec::new();
    options.asked.retain(|finding| {
        let new = !seen.iter().any(|s| (s.rule, &s.text) == (finding.rule, &finding.text));
        seen.extend(new.then(|| finding.clone()));
        new
    });
    options
}

fn screen_on(
    world: &World<'_>,
    limits: &Limits,
    at: usize,
    platform: usize,
    (depth, scope): (Depth, Scope<'_>),
    options: &mut Options,
) {
    let reaches = world.reaches(at, platform);
    let case = world.case(at, platform, &reaches[0]);
    let as_whole = check(world, limits, at, platform, None, None, depth);
    let excluded = excluding(&as_whole);
    options.asked.extend(as_whole.into_iter().filter(|f| f.effect == Effect::Asks));
    if !excluded.is_empty() {
        return options.refuse(platform, None, excluded);
    }
    let configurations = match scope.kept.get(&(at, platform)) {
        Some(kept) => Ok(kept.clone()),
        None => cut::options(world.platforms[platform], &case),
    };
    let configurations = match configurations {
        Ok(configurations) => configurations,
        Err(missing) => return options.refuse(platform, None, vec![lacks(&missing)]),
    };
    if let (true, Some(reason)) =
        (configurations.is_empty(), world.platforms[platform].not_for(world.component(at)))
    {
        let name = world.platforms[platform].name();
        return options.refuse(platform, None, vec![Reason::plain(format!("{name} {reason}"))]);
    }
    for configuration in configurations {
        let found = check(world, limits, at, platform, Some(&configuration), None, depth);
        let excluded = excluding(&found);
        if !excluded.is_empty() {
            options.refuse(platform, Some(configuration), excluded);
            continue;
        }
        // What is as far away is waited for as long: looked at once.
        let mut estimates: BTreeMap<Duration, Result<(Evaluation, Money), Missing>> =
            BTreeMap::new();
        for (nth, reach) in reaches.iter().enumerate() {
            let (configuration, notes) = (configuration.clone(), found.clone());
            let estimated = estimates.remove(&reach.wait).unwrap_or_else(|| {
                let case = world.case(at, platform, reach);
                estimate(world, at, platform, &case, &configuration, depth)
            });
            if reaches[nth + 1..].iter().any(|later| later.wait == reach.wait) {
                estimates.insert(reach.wait, estimated.clone());
            }
            match estimated {
                Err(missing) => {
                    options.refuse(platform, Some(configuration), vec![lacks(&missing)]);
                }
                Ok((evaluation, alone)) => {
                    let mut reasons = obstacles(&evaluation);
                    reasons.extend(far_off(world, at, &evaluation));
                    let reach = reach.clone();
                    let candidate =
                        Candidate { platform, configuration, reach, evaluation, alone, notes };
                    if reasons.is_empty() {
                        options.fit.push(candidate);
                    } else {
                        options.refused.push(candidate.refused(reasons));
                    }
                }
            }
        }
    }
}

/// The same for loads that are split between two platforms, as far as that costs less than either.
fn screen_splits(
    world: &World<'_>,
    limits: &[Result<Limits, Missing>],
    at: usize,
    (depth, scope): (Depth, Scope<'_>),
    options: &mut Options,
) {
    for splits::Offer { platform, like, configuration, beat } in
        splits::offers(world, at, &options.fit)
    {
        let Ok(limits) = &limits[platform] else { continue };
        if !(scope.open)(at, platform) {
            continue;
        }
        let notes = check(world, limits, at, platform, Some(&configuration), None, depth);
        let reach = options.fit[like].reach.clone();
        let case = world.case(at, platform, &reach);
        let estimated = estimate(world, at, platform, &case, &configuration, depth);
        let Ok((evaluation, alone)) = estimated else { continue };
        let holds = excluding(&notes).is_empty()
            && evaluation.obstacles.is_empty()
            && far_off(world, at, &evaluation).is_empty();
        if holds && alone < beat {
            let candidate = Candidate { platform, configuration, reach, evaluation, alone, notes };
            options.fit.push(candidate);
        }
    }
}

fn estimate(
    world: &World<'_>,
    at: usize,
    platform: usize,
    case: &Case<'_>,
    configuration: &Configuration,
    depth: Depth,
) -> Result<(Evaluation, Money), Missing> {
    let mut evaluation = cut::estimate(world.platforms[platform], case, configuration)?;
    if depth == Depth::HardRules {
        // Curves are made of very many bills.
        evaluation.usage = coarse(evaluation.usage);
        world.learned.correct((at, platform), configuration, &mut evaluation);
    }
    let alone = alone(world, at, platform, configuration, &evaluation)?;
    Ok((evaluation, alone))
}

fn alone(
    world: &World<'_>,
    at: usize,
    platform: usize,
    configuration: &Configuration,
    evaluation: &Evaluation,
) -> Result<Money, Missing> {
    let member = Member { component: world.component(at), configuration, evaluation };
    Ok(world.bill(platform, &[member])?.total())
}

/// Replays one component's requests on the shortlist of every platform.
fn simulate_all(
    world: &World<'_>,
    limits: &[Result<Limits, Missing>],
    chains: &Chains,
    at: usize,
    options: Options,
    replay_max: usize,
) -> (Options, Played, u64) {
    let component = world.component(at);
    let replay = world.loads[at].replay(&component.demand, world.seed, &component.id, replay_max);
    let mut played = Played {
        requests: replay.requests.len() as u64,
        covers: replay.covers.clone(),
        whole: replay.length >= world.loads[at].cycle,
    };
    let Options { fit, mut refused, asked } = options;
    let short = shortlist(world, chains, at, &fit);
    let (first, later): (Vec<_>, Vec<_>) =
        short.into_iter().partition(|(_, round)| *round == Round::First);
    drop(fit);
    let mut fit = Vec::new();
    let mut simulated = 0;
    let mut run = |round: Vec<(Candidate, Round)>, fit: &mut Vec<Candidate>| {
        let outcomes: Vec<Result<Candidate, Box<Refused>>> = round
            .into_par_iter()
            .map(|(candidate, _)| simulate(world, limits, at, Stretch::of(&replay), candidate))
            .collect();
        for outcome in outcomes {
            simulated += played.requests;
            match outcome {
                Ok(candidate) => fit.push(candidate),
                Err(out) => refused.push(*out),
            }
        }
    };
    run(first, &mut fit);
    let lost = |own: &Candidate| !fit.iter().any(|c| c.is_like(own));
    let second: Vec<_> = later.into_iter().filter(|(c, _)| lost(c)).collect();
    run(second, &mut fit);
    fit.sort_by_key(|candidate| (candidate.platform, candidate.alone));
    if component.kind == Kind::Stateful {
        played.requests = 0;
    }
    (Options { fit, refused, asked }, played, simulated)
}

/// Replays requests in one configuration: what it does and costs, or why it is refused.
pub(crate) fn simulate(
    world: &World<'_>,
    limits: &[Result<Limits, Missing>],
    at: usize,
    stretch: Stretch<'_>,
    screened: Candidate,
) -> Result<Candidate, Box<Refused>> {
    let Candidate { platform, configuration, reach, evaluation: estimate, alone: estimated, notes } =
        screened;
    let longer: Vec<Request>;
    let requests = if reach.wait > Duration::ZERO {
        let later = |r: &Request| Request { wait: r.wait + reach.wait, ..*r };
        longer = stretch.requests.iter().map(later).collect();
        &longer[..]
    } else {
        stretch.requests
    };
    let case = world.replayed(at, platform, &reach, Stretch { requests, ..stretch });
    let refuse = |evaluation: Option<&Evaluation>, alone, reasons| {
        Box::new(Refused {
            platform,
            configuration: Some(configuration.clone()),
            alone: Some(alone),
            latency: evaluation.and_then(|e| e.latency.as_ref()).and_then(LatencySummary::of),
            cold: evaluation.and_then(|e| e.cold),
            reasons,
            simulated: true,
        })
    };
    let evaluation = match cut::simulate(world.platforms[platform], &case, &configuration) {
        Ok(evaluation) => evaluation,
        Err(missing) => return Err(refuse(Some(&estimate), estimated, vec![lacks(&missing)])),
    };
    let alone = match alone(world, at, platform, &configuration, &evaluation) {
        Ok(alone) => alone,
        Err(missing) => return Err(refuse(Some(&evaluation), estimated, vec![lacks(&missing)])),
    };
    let Ok(limits) = &limits[platform] else {
        return Err(refuse(Some(&evaluation), alone, Vec::new()));
    };
    let (with, outcome) = (Some(&configuration), Some(&evaluation));
    let found = check(world, limits, at, platform, with, outcome, Depth::AllRules);
    let mut reasons = obstacles(&evaluation);
    reasons.extend(excluding(&found));
    if !reasons.is_empty() {
        return Err(refuse(Some(&evaluation), alone, reasons));
    }
    drop(notes);
    Ok(Candidate { platform, configuration, reach, evaluation, alone, notes: found })
}

/// Candidates of one component with those that it waits for in other regions: what each promises and costs then.
pub(crate) fn from_afar(
    world: &World<'_>,
    limits: &[Result<Limits, Missing>],
    at: usize,
    candidates: &[Candidate],
    replay_max: usize,
) -> (Vec<Candidate>, u64) {
    let component = world.component(at);
    let load = &world.loads[at];
    // What is as far away is waited for as long: simulated once.
    let away = candidates.iter().flat_map(|candidate| {
        let mut by_wait: BTreeMap<Duration, Vec<Reach>> = BTreeMap::new();
        for reach in world.reaches(at, candidate.platform) {
            if reach != candidate.reach {
                by_wait.entry(reach.wait).or_default().push(reach);
            }
        }
        by_wait.into_values().map(|reaches| (candidate.without_story(), reaches))
    });
    let away: Vec<(Candidate, Vec<Reach>)> = away.collect();
    if away.is_empty() {
        return (Vec::new(), 0);
    }
    let replay = load.replay(&component.demand, world.seed, &component.id, replay_max);
    let simulated = (away.len() * replay.requests.len()) as u64;
    let played = Stretch::of(&replay);
    let outcomes: Vec<Vec<Candidate>> = away
        .into_par_iter()
        .map(|(candidate, reaches)| {
            let first = Candidate { reach: reaches[0].clone(), ..candidate };
            let Ok(fits) = simulate(world, limits, at, played, first) else { return Vec::new() };
            reaches.into_iter().map(|reach| Candidate { reach, ..fits.clone() }).collect()
        })
        .collect();
    (outcomes.into_iter().flatten().collect(), simulated)
}

/// Runs the rules on one component, platform and (if known) configuration and outcome.
fn check(
    world: &World<'_>,
    limits: &Limits,
    at: usize,
    platform: usize,
    configuration: Option<&Configuration>,
    evaluation: Option<&Evaluation>,
    depth: Depth,
) -> Vec<RuleFinding> {
    let quota = |owner: &str, id: &str| world.quota(platform, owner, id);
    let place = world.platforms[platform];
    let component = cut::as_placed(place, world.component(at));
    let case = RuleCase {
        app: world.app_at(platform),
        component: &component,
        workload: &world.loads[at],
        platform: place.id(),
        name: place.name(),
        family: place.family(),
        limits,
        configuration,
        evaluation,
        managed: &|| world.has_managed(at),
        quota: &quota,
    };
    let mut found = Vec::new();
    for rule in rules::ALL {
        let hardness = rule.about().hardness;
        if depth == Depth::AllRules || hardness != Hardness::Soft {
            rule.check(&case, &mut found);
        }
    }
    // What goes elsewhere must be allowed there too; promises are made for both together.
    if let Some(spill) = configuration.and_then(splits::spill)
        && let Some(taker) = splits::taker(world, platform, spill)
        && let Ok(limits) = world.platforms[taker].limits(&world.site_of(taker))
    {
        let there = check(world, &limits, at, taker, Some(&spill.to), None, depth);
        let told =
            there.into_iter().filter(|f| matches!(f.effect, Effect::Excludes | Effect::Risk));
        found.extend(told.map(|finding| RuleFinding {
            text: format!("what is spilled: {}", finding.text),
            ..finding
        }));
    }
    found
}

/// Latency goals that a closed form misses by more than its error.
fn far_off(world: &World<'_>, at: usize, evaluation: &Evaluation) -> Vec<Reason> {
    if worst_ratio(world, at, evaluation) <= SLACK {
        return Vec::new();
    }
    let missed = evaluation
        .latency
        .as_ref()
        .map(|latency| rules::latency_goal::missed(world.component(at), latency));
    missed.unwrap_or_default().iter().map(RuleFinding::reason).collect()
}

fn obstacles(evaluation: &Evaluation) -> Vec<Reason> {
    evaluation.obstacles.iter().map(|obstacle| obstacle.reason.clone()).collect()
}

fn excluding(found: &[RuleFinding]) -> Vec<Reason> {
    found.iter().filter(|f| f.effect == Effect::Excludes).map(RuleFinding::reason).collect()
}

/// A row that the catalogue lacks, as a reason.
pub(crate) fn lacks(missing: &Missing) -> Reason {
    Reason::plain(format!("the catalogue has no {}", missing.what))
}

fn missing_row(missing: &Missing, platform: &str) -> Finding {
    Finding::warning("DE001", format!("{platform} left out: the catalogue has no {}", missing.what))
        .hint(missing.hint.clone())
}

impl Field {
    /// Takes the candidates of every component out.
    pub(crate) fn take_candidates(&mut self) -> Vec<Vec<Candidate>> {
        self.options.iter_mut().map(|options| std::mem::take(&mut options.fit)).collect()
    }
}

impl Candidate {
    /// The architecture of its instances; a managed service does not say.
    pub(crate) fn architecture(&self) -> Option<Architecture> {
        match &self.configuration.settings {
            Settings::Function(s) => Some(s.architecture),
            Settings::Task(s) => Some(s.architecture),
            Settings::Pod(s) => Some(s.architecture),
            Settings::Server(s) => Some(s.architecture),
            Settings::Instance(s) => Some(s.architecture),
            Settings::Managed(_) => None,
        }
    }

    /// Whether both are on one platform (or two likewise) and take the others to be in the same regions.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let places = |c: &Self| (c.platform, c.is_split());
        places(self) == places(other) && self.reach == other.reach
    }

    /// Whether a part of its requests goes to another platform.
    pub(crate) const fn is_split(&self) -> bool {
        splits::spill(&self.configuration).is_some()
    }

    /// Whether Knative runs it on a cluster.
    pub(crate) fn is_knative(&self) -> bool {
        matches!(&self.configuration.settings, Settings::Pod(pod) if pod.is_knative())
    }

    /// The same without what only charts and explanations need.
    pub(crate) fn without_story(&self) -> Self {
        let mut copy = self.clone();
        copy.evaluation.timeline = None;
        copy.notes = Vec::new();
        copy
    }

    fn refused(self, reasons: Vec<Reason>) -> Refused {
        Refused {
            platform: self.platform,
            latency: self.evaluation.latency.as_ref().and_then(LatencySummary::of),
            cold: self.evaluation.cold,
            configuration: Some(self.configuration),
            alone: Some(self.alone),
            reasons,
            simulated: false,
        }
    }
}

impl Options {
    fn refuse(
        &mut self,
        platform: usize,
        configuration: Option<Configuration>,
        reasons: Vec<Reason>,
    ) {
        self.refused.push(Refused {
            platform,
            configuration,
            alone: None,
            latency: None,
            cold: None,
            reasons,
            simulated: false,
        });
    }
}
