//! Where the answer turns along what a component is: the work of a request, its memory, the size of what is shipped.
//!
//! One amount of one of the [`DEAREST`] components is scaled, and the component put where it is then the cheapest while all
//! others stay as they are in the answer. Closed forms look at [`FARTHEST`] times more and less in every configuration of
//! every platform; where the component has moved there, bisection finds from which factor on. Around that point both
//! places are simulated on [`SAMPLE`] of the component's requests, and what the simulation says stands: the point goes
//! nearer or farther until the place changes within [`CLOSE`]. The range spans that, and where the closed forms see the
//! turn with as few and as many requests as the load's record allows.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use catalog::Missing;
use model::{App, Component, Distribution, Fact, Flip, FlipVariable};
use platforms::Limits;
use rayon::prelude::*;
use units::{Bytes, Duration, Money};

use crate::books::Books;
use crate::case::runs_code;
use crate::coarse::coarse;
use crate::evaluate::{Candidate, Kept, Scope, one_by_closed_form, simulate};
use crate::focus::Focus;
use crate::knob::given;
use crate::search::Found;
use crate::world::{Stretch, World};

/// Components that are looked at: those that cost most.
const DEAREST: usize = 3;
/// The same of very many: each bill of their company is dear.
const DEAREST_OF_VERY_MANY: usize = 1;
/// Beyond so many times today's amount nobody asks.
const FARTHEST: f64 = 8.0;
/// Where nothing holds the component at the farthest amount, nearer ones are looked at.
const NEARER: [f64; 3] = [FARTHEST, 4.0, 2.0];
/// Halvings of a bracket: a factor of eight in 2⁵ parts is 6.7 %.
const HALVINGS: usize = 5;
/// How much nearer or farther it may change with another load.
const BAND: f64 = 2.0;
/// Requests that are simulated at an amount.
const SAMPLE: usize = 20_000;
/// How far the simulated point goes at a time.
const STRIDE: f64 = 1.25;
/// Strides at most.
const STRIDES: usize = 6;
/// How close the factors are between which the simulated place changes.
const CLOSE: f64 = 1.07;

/// An amount of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// CPU time and waiting of a request together, where they are declared as a whole.
    Duration,
    /// CPU time of a request.
    CpuTime,
    /// What a request waits for.
    Wait,
    /// Memory of an instance.
    Memory,
    /// The archive or image.
    Package,
}

const ALL: [Amount; 5] =
    [Amount::Duration, Amount::CpuTime, Amount::Wait, Amount::Memory, Amount::Package];

/// What is the same at every amount.
pub(crate) struct Ground<'g> {
    /// As it is simulated.
    pub(crate) world: &'g World<'g>,
    /// As closed forms see it.
    pub(crate) light: &'g World<'g>,
    /// The others, where and as they are in the answer.
    pub(crate) others: Vec<Vec<Candidate>>,
    /// The platform of each component in the answer.
    pub(crate) homes: Vec<usize>,
    /// What each component costs.
    pub(crate) costs: Vec<Money>,
    /// The components whose moves are looked for.
    pub(crate) focus: &'g Focus,
    /// Pairs of component and platform that the simulation refuses today.
    pub(crate) barred: &'g BTreeSet<(usize, usize)>,
    /// Functions in the configurations that were worth simulating, where neither work nor memory differs.
    pub(crate) kept: &'g Kept,
}

impl<'g> Ground<'g> {
    /// Around an answer.
    pub(crate) fn of(
        books: &'g Books<'_>,
        found: &Found,
        light: &'g World<'g>,
        (barred, kept): (&'g BTreeSet<(usize, usize)>, &'g Kept),
        (costs, focus): (Vec<Money>, &'g Focus),
    ) -> Self {
        let others = found.options.iter().enumerate().map(|(at, &option)| {
            let chosen = books.candidate((at as u16, option));
            let same = |c: &&Candidate| {
                c.platform == chosen.platform && c.configuration == chosen.configuration
            };
            books.candidates[at].iter().filter(same).map(coarsened).collect()
        });
        let homes = books.platforms(&found.options);
        Self {
            world: books.world,
            light,
            others: others.collect(),
            homes,
            costs,
            focus,
            barred,
            kept,
        }
    }

    /// The nearest turn above and below today's value of each amount of the components that cost most.
    pub(crate) fn flips(&self) -> Vec<Flip> {
        let told = |at: &usize| runs_code(self.light.component(*at)) && !self.focus.is_quiet(*at);
        let code = (0..self.light.len()).filter(told);
        let mut code: Vec<usize> = code.collect();
        code.sort_by_key(|&at| (Reverse(self.costs[at]), at));
        code.truncate(if self.focus.is_large() { DEAREST_OF_VERY_MANY } else { DEAREST });
        let limits = self.light.limits();
        let turns: Vec<(Turn<'_>, bool)> = code
            .into_iter()
            .flat_map(|at| ALL.into_iter().map(move |amount| (at, amount)))
            .filter(|&(at, amount)| amount.of(self.light.component(at)).is_some())
            .flat_map(|(at, amount)| {
                [true, false].map(|up| (Turn { ground: self, limits: &limits, at, amount }, up))
            })
            .collect();
        turns.par_iter().filter_map(|(turn, up)| turn.nearest(*up)).collect()
    }

    /// Where a component costs least, of these options, with all others where they are.
    fn cheapest(&self, world: &World<'_>, at: usize, own: Vec<Candidate>) -> Option<usize> {
        let mut lists = self.others.clone();
        lists[at] = if self.focus.is_large() { cheapest_of_each(own) } else { own };
        let books = Books::new(world, &lists);
        let mut options = vec![0; lists.len()];
        let priced = (0..lists[at].len() as u16).filter_map(|option| {
            options[at] = option;
            let moved = books.settled(&options);
            Some((books.feasible(&moved)?, lists[at][usize::from(option)].platform))
        });
        priced.min().map(|(_, platform)| platform)
    }
}

/// The cheapest option on each platform.
fn cheapest_of_each(mut own: Vec<Candidate>) -> Vec<Candidate> {
    own.sort_by_key(|candidate| (candidate.platform, candidate.is_split(), candidate.alone));
    own.dedup_by_key(|candidate| (candidate.platform, candidate.is_split()));
    own
}

fn coarsened(candidate: &Candidate) -> Candidate {
    let mut light = candidate.without_story();
    light.evaluation.usage = coarse(light.evaluation.usage);
    light
}

/// One amount of one component.
struct Turn<'t> {
    ground: &'t Ground<'t>,
    limits: &'t [Result<Limits, Missing>],
    at: usize,
    amount: Amount,
}

impl Turn<'_> {
    /// The nearest lasting change on one side.
    fn nearest(&self, up: bool) -> Option<Flip> {
        let side = |factor: f64| if up { factor } else { 1.0 / factor };
        let home = self.ground.homes[self.at];
        let moved = |place: Option<usize>| place.filter(|&to| to != home);
        let (far, place) = NEARER.iter().find_map(|&f| Some((f, self.place(side(f))?)))?;
        let at_last = moved(Some(place))?;
        let bracket = narrowed((1.0, far), |f| moved(self.place(side(f))).is_some());
        let at_first = moved(self.place(side(bracket.1)))?;
        let closed = (bracket.0 * bracket.1).sqrt();
        let others = [at_first, at_last].into_iter().take(if at_first == at_last { 1 } else { 2 });
        let (to, (near, far)) = others.into_iter().find_map(|to| {
            let start = if to == at_first { closed } else { far / STRIDE };
            Some((to, settled(start, far, |f| self.by_simulation(side(f), to) == Some(to))?))
        })?;
        let factor = (near * far).sqrt();
        let load = self.ground.light.loads[self.at].band;
        let ends = [load.0, load.1].into_iter().filter(|load| (load - 1.0).abs() > 1e-3);
        let ends = ends.filter_map(|load| {
            let turned = |f: f64| self.by_closed_form(load, side(f), to) == Some(to);
            Some((end(bracket, turned)? * factor / closed).max(1.0))
        });
        let all = ends.chain([near, far]).map(side);
        let band = all
            .fold((side(factor), side(factor)), |(low, high), end| (low.min(end), high.max(end)));
        let component = self.ground.light.component(self.at);
        let name = |platform: usize| self.ground.light.platforms[platform].name().to_owned();
        let (home, to) = (name(home), name(to));
        let (from, to) = if up { (home, to) } else { (to, home) };
        let factor = side(factor);
        Some(Flip {
            scope: Some(component.id.clone()),
            variable: self.amount.variable(),
            factor,
            at: self.amount.words(component, factor)?,
            band: Some(band),
            from,
            to,
        })
    }

    /// Where it is by closed form with so many times the amount.
    fn place(&self, factor: f64) -> Option<usize> {
        let world = self.ground.light.with_app(self.app(self.ground.light, factor));
        let own = self.listed(&world, &|_| true);
        self.ground.cheapest(&world, self.at, own)
    }

    /// In which of two places it is by closed form, also with so many times the load: at home or there.
    fn by_closed_form(&self, load: f64, factor: f64, there: usize) -> Option<usize> {
        let world = self.ground.light.with_app(self.app(self.ground.light, factor));
        let world = world.with_load_scaled(self.at, load);
        let own = self.listed(&world, &|platform| self.is_either(platform, there));
        self.ground.cheapest(&world, self.at, own)
    }

    /// In which of two places it is by simulation: at home or there.
    fn by_simulation(&self, factor: f64, there: usize) -> Option<usize> {
        let light = self.ground.light.with_app(self.app(self.ground.light, factor));
        let own = self.listed(&light, &|platform| self.is_either(platform, there));
        let world = self.ground.world.with_app(self.app(self.ground.world, factor));
        let component = world.component(self.at);
        let load = &world.loads[self.at];
        let replay = load.replay(&component.demand, world.seed, &component.id, SAMPLE);
        let run = |candidate: Candidate| {
            simulate(&world, self.limits, self.at, Stretch::of(&replay), candidate).ok()
        };
        let own = own.into_iter().filter_map(run).map(|candidate| coarsened(&candidate));
        self.ground.cheapest(&world, self.at, own.collect())
    }

    fn is_either(&self, platform: usize, there: usize) -> bool {
        platform == there || platform == self.ground.homes[self.at]
    }

    /// The component's best options by closed form on some of the platforms.
    fn listed(&self, world: &World<'_>, open: &(dyn Fn(usize) -> bool + Sync)) -> Vec<Candidate> {
        let nothing = Kept::new();
        let kept = if self.amount == Amount::Package { self.ground.kept } else { &nothing };
        let barred = self.ground.barred;
        let open = |at: usize, platform: usize| open(platform) && !barred.contains(&(at, platform));
        one_by_closed_form(world, self.at, Scope { open: &open, kept })
    }

    fn app(&self, world: &World<'_>, factor: f64) -> App {
        let mut app = world.app.clone().into_owned();
        self.amount.scale(&mut app.components[self.at], factor);
        app
    }
}

/// Between a factor that keeps the place and one that does not, a narrow bracket of where it changes.
fn narrowed((mut near, mut far): (f64, f64), turned: impl Fn(f64) -> bool) -> (f64, f64) {
    for _ in 0..HALVINGS {
        let middle = (near * far).sqrt();
        if turned(middle) { far = middle } else { near = middle }
    }
    (near, far)
}

/// From a guess, in strides to where it changes, and between the last two of them closer; `None` if it does not change
/// up to the farthest factor. At today's amount it has not.
fn settled(guess: f64, farthest: f64, turned: impl Fn(f64) -> bool) -> Option<(f64, f64)> {
    let turned = |factor: f64| factor > 1.0 && turned(factor);
    let mut at = guess;
    let inward = turned(at);
    let next = |at: f64| {
        if inward { (at / STRIDE).max(1.0) } else { (at * STRIDE).min(farthest) }
    };
    let (mut near, mut far) = (0..STRIDES).find_map(|_| {
        let before = at;
        at = next(before);
        let changed = turned(at) != inward;
        changed.then_some(if inward { (at, before) } else { (before, at) })
    })?;
    while far / near > CLOSE {
        let middle = (near * far).sqrt();
        if turned(middle) { far = middle } else { near = middle }
    }
    Some((near, far))
}

/// Where it changes with another load, up to twice as near or as far as with today's; `None` if it does not change there.
/// What has changed at today's amount already changes at that.
fn end((near, far): (f64, f64), turned: impl Fn(f64) -> bool) -> Option<f64> {
    let (nearest, farthest) = ((near / BAND).max(1.0), (far * BAND).min(FARTHEST));
    if turned(nearest) {
        return (nearest <= 1.0).then_some(1.0);
    }
    if !turned(farthest) {
        return None;
    }
    let (near, far) = narrowed((nearest, farthest), turned);
    Some((near * far).sqrt())
}

impl Amount {
    const fn variable(self) -> FlipVariable {
        match self {
            Self::Duration => FlipVariable::Duration,
            Self::CpuTime => FlipVariable::CpuTime,
            Self::Wait => FlipVariable::WaitTime,
            Self::Memory => FlipVariable::Memory,
            Self::Package => FlipVariable::PackageSize,
        }
    }

    /// Today's value, in seconds or bytes; `None` where there is none to scale.
    fn of(self, component: &Component) -> Option<f64> {
        let demand = &component.demand;
        let seconds = |time: &Fact<Distribution>| Some(time.value()?.mean().secs_f64());
        let bytes = |size: &Fact<Bytes>| Some(size.get()?.get() as f64);
        let value = match (self, &demand.duration) {
            (Self::Duration, Some(whole)) => seconds(whole)?,
            (Self::CpuTime, None) => seconds(&demand.cpu)?,
            (Self::Wait, None) => seconds(&demand.wait)?,
            (Self::Duration | Self::CpuTime | Self::Wait, _) => return None,
            (Self::Memory, _) => bytes(&component.memory)?,
            (Self::Package, _) => bytes(&component.artifact.size)?,
        };
        Some(value).filter(|&value| value > 0.0)
    }

    /// So many times as much of it, where there is any.
    pub(crate) fn scale(self, component: &mut Component, factor: f64) {
        let time = |time: &mut Fact<Distribution>| {
            if let Some(known) = time.value() {
                *time = given(known.times_f64(factor));
            }
        };
        let size = |size: &mut Fact<Bytes>| {
            if let Some(known) = size.get() {
                *size = given(Bytes::new((known.get() as f64 * factor).round() as u64));
            }
        };
        let demand = &mut component.demand;
        match self {
            Self::Duration => {
                time(&mut demand.cpu);
                time(&mut demand.wait);
                demand.duration.iter_mut().for_each(time);
            }
            Self::CpuTime => time(&mut demand.cpu),
            Self::Wait => time(&mut demand.wait),
            Self::Memory => size(&mut component.memory),
            Self::Package => size(&mut component.artifact.size),
        }
    }

    /// `a CPU time of 24 ms a request`.
    fn words(self, component: &Component, factor: f64) -> Option<String> {
        let value = self.of(component)? * factor;
        let size = || Bytes::new(value.round() as u64);
        let time = || Duration::from_secs_f64(value);
        Some(match self {
            Self::Duration => format!("a duration of {} a request", time()),
            Self::CpuTime => format!("a CPU time of {} a request", time()),
            Self::Wait => format!("a wait of {} a request", time()),
            Self::Memory => format!("a memory of {}", size().roughly()),
            Self::Package => format!("a package of {}", size().roughly()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::Question;
    use crate::testing::{app, catalog_files, component, known, question, workload};

    /// A function is paid for by its time, a server by the month: with waiting alone they meet at one factor.
    #[test]
    fn functions_that_wait_longer_move_to_a_server_where_their_bills_meet() {
        let mut api = component("api");
        api.demand.cpu = known(Distribution::Constant(Duration::from_micros(100)));
        api.allow = ["aws/lambda", "servers/ec2"].map(|id| (id.to_owned(), None)).into();
        let app = app(vec![api]);
        let catalog = catalog::Catalog::parse(&catalog_files()).unwrap();
        let load = traffic::Workload { band: (1.0, 1.0), ..workload(0.4) };
        let workloads = [("api".to_owned(), load)].into();
        let decision =
            crate::decide(&Question { workloads, replay_max: 20_000, ..question(&app, &catalog) });
        let of = |name: &str| {
            let all = decision.considered.iter().find(|c| c.name.contains(name)).unwrap();
            all.cost_month.unwrap().dollars()
        };
        let (function, server) = (of("Lambda"), of("servers"));
        let lines = decision.invoices.iter().flat_map(|invoice| &invoice.lines);
        let time = lines.filter(|line| line.unit == "GB-s").map(|line| line.amount);
        // The other such line is for starts.
        let time = time.max().unwrap().dollars();
        assert!(time > 0.0 && function < server, "{:?}", decision.invoices);
        let meet = 1.0 + (server - function) / time;

        let waits = |f: &&Flip| f.variable == FlipVariable::WaitTime && f.factor > 1.0;
        let flip = decision.flips.iter().find(waits).unwrap();
        assert!(flip.to.contains("servers"), "{flip:?}");
        assert!((flip.factor / meet - 1.0).abs() < 0.05, "{flip:?}, bills meet at {meet}");
        let (low, high) = flip.band.unwrap();
        assert!(low <= meet && meet <= high && high / low <= CLOSE, "{flip:?} and {meet}");
        assert_eq!(
            flip.at,
            format!("a wait of {} a request", Duration::from_millis(200).times_f64(flip.factor))
        );
        // No faster request makes a server worth it.
        let sooner = |f: &&Flip| f.variable == FlipVariable::WaitTime && f.factor < 1.0;
        assert_eq!(decision.flips.iter().find(sooner), None);
    }

    #[test]
    fn the_simulated_point_is_looked_for_on_either_side_of_a_guess() {
        for turn in [1.1_f64, 1.9, 2.3, 3.7] {
            let (near, far) = settled(2.0, FARTHEST, |factor| factor > turn).unwrap();
            assert!(near <= turn && turn <= far && far / near <= CLOSE, "{near} {far}, {turn}");
        }
        assert_eq!(settled(2.0, FARTHEST, |_| false), None);
        assert_eq!(settled(6.0, FARTHEST, |factor| factor > 9.0), None, "beyond the farthest");
        let (near, far) = settled(1.2, FARTHEST, |_| true).unwrap();
        assert!(near >= 1.0 && far <= CLOSE, "at once behind today's: {near} {far}");
    }

    #[test]
    fn the_edge_of_a_bracket_is_no_turn() {
        let at = |turn: f64| move |factor: f64| factor > turn;
        let found = end((2.9, 3.1), at(2.0)).unwrap();
        assert!((found / 2.0 - 1.0).abs() < 0.03, "{found}");
        assert_eq!(end((2.9, 3.1), at(7.0)), None, "farther than twice as far");
        assert_eq!(end((2.9, 3.1), at(1.2)), None, "nearer than half as far");
        assert_eq!(end((1.4, 1.5), at(0.5)), Some(1.0), "it has changed already");
    }
}
