//! An answer that spans regions of several providers: which region each platform stands in, and what calls between them
//! cost in time and in bytes.
//!
//! At most one region of each provider is joined, so that a free tier and the tiers of egress count once. A component
//! that waits for others takes them to be in certain regions ([`Reach`]): the way there and back is added to the time
//! that it waits, and it is simulated and billed with that. The search keeps only placements in which everybody is where
//! the others take it to be. Bytes that cross are billed as data out to the internet, to the end whose provider asks more
//! for it: which way most of them go is not known.

use std::borrow::Cow;

use catalog::Missing;
use model::{App, CallKind, Component, Fact, Kind};
use platforms::Member;
use platforms::account::Crossing;
use platforms::flow;
use units::{Duration, Money};

use crate::world::World;

/// Combinations of regions that a component's callees are tried in; beyond it they are all in one region or another.
const COMBINATIONS_MAX: usize = 16;

/// What a world knows beyond its own region; empty where there is but one.
#[derive(Clone, Default)]
pub(crate) struct Abroad<'a> {
    /// The app in each further region.
    apps: Vec<Cow<'a, App>>,
    /// The region of each platform: 0 is the world's own, 1 the first of `apps`.
    of_platform: Vec<usize>,
    /// The way from one region to another and back.
    round_trips: Vec<Vec<Duration>>,
    /// What the first GB out to the internet costs in each region.
    egress: Vec<Money>,
    /// Components as they are if some of those that they wait for are abroad.
    slowed: Vec<Slowed>,
}

#[derive(Clone)]
struct Slowed {
    at: usize,
    wait: Duration,
    component: Component,
}

/// Where a component takes those to be that it waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reach {
    /// Component and region, ascending; empty in a world of one region.
    pub(crate) callees: Vec<(usize, usize)>,
    /// The ways to them in one request.
    pub(crate) wait: Duration,
}

impl<'a> World<'a> {
    /// Several worlds of one question as one, each of another provider; the first one's region comes first.
    pub(crate) fn joined(worlds: &[&World<'a>]) -> Result<Self, Missing> {
        let [first, others @ ..] = worlds else {
            let what = "region to join".to_owned();
            return Err(Missing { what, hint: String::new() });
        };
        let mut joined = (*first).clone();
        let mut abroad =
            Abroad { of_platform: vec![0; first.platforms.len()], ..Abroad::default() };
        for (at, world) in others.iter().enumerate() {
            joined.platforms.extend(&world.platforms);
            abroad.of_platform.extend(vec![at + 1; world.platforms.len()]);
            abroad.apps.push(world.app.clone());
        }
        for a in worlds {
            let trip = |b: &&World<'_>| {
                let (a, b, prices) = (region(&a.app), region(&b.app), a.prices);
                if a == b { Ok(Duration::ZERO) } else { prices.round_trip(a, b) }
            };
            abroad.round_trips.push(worlds.iter().map(trip).collect::<Result<_, _>>()?);
            abroad.egress.push(match platforms::cloud::Cloud::of(region(&a.app)).account.egress {
                Some(((service, dimension), _)) => {
                    let row = a.prices.price(service, a.app.region_name(), dimension)?;
                    row.price.money()
                }
                None => Money::ZERO,
            });
        }
        joined.abroad = abroad;
        let mut slowed = Vec::new();
        for at in 0..joined.len() {
            let mut waits: Vec<Duration> = (0..worlds.len())
                .flat_map(|region| joined.reaches_from(at, region))
                .map(|reach| reach.wait)
                .filter(|wait| *wait > Duration::ZERO)
                .collect();
            waits.sort_unstable();
            waits.dedup();
            let component = joined.component(at);
            slowed.extend(waits.into_iter().map(|wait| Slowed::of(component, at, wait)));
        }
        joined.abroad.slowed = slowed;
        Ok(joined)
    }

    /// Whether it spans several regions.
    pub(crate) fn spans(&self) -> bool {
        !self.abroad.apps.is_empty()
    }

    /// The region of a platform, as a number.
    pub(crate) fn region_at(&self, platform: usize) -> usize {
        self.abroad.of_platform.get(platform).copied().unwrap_or(0)
    }

    /// The app in the region of a platform.
    pub(crate) fn app_at(&self, platform: usize) -> &App {
        self.app_in(self.region_at(platform))
    }

    pub(crate) fn app_in(&self, region: usize) -> &App {
        match region.checked_sub(1) {
            Some(at) => &self.abroad.apps[at],
            None => &self.app,
        }
    }

    /// The region of a platform: `aws/us-east-1`.
    pub(crate) fn region_of(&self, platform: usize) -> &str {
        region(self.app_at(platform))
    }

    /// The regions of some of its platforms, each once: `aws/us-east-1 + hetzner/eu`; its own where there are none.
    pub(crate) fn regions_of(&self, platforms: impl Iterator<Item = usize>) -> String {
        let mut all: Vec<usize> = platforms.map(|platform| self.region_at(platform)).collect();
        all.sort_unstable();
        all.dedup();
        let named: Vec<&str> = all.into_iter().map(|at| region(self.app_in(at))).collect();
        if named.is_empty() { region(&self.app).to_owned() } else { named.join(" + ") }
    }

    /// The component as it is with such a reach.
    pub(crate) fn component_with(&self, at: usize, reach: &Reach) -> &Component {
        let slowed = self.abroad.slowed.iter().find(|s| s.at == at && s.wait == reach.wait);
        slowed.map_or_else(|| self.component(at), |slowed| &slowed.component)
    }

    /// Where a component on a platform may take those to be that it waits for; one empty reach in a world of one region.
    pub(crate) fn reaches(&self, at: usize, platform: usize) -> Vec<Reach> {
        self.reaches_from(at, self.region_at(platform))
    }

    fn reaches_from(&self, at: usize, from: usize) -> Vec<Reach> {
        let calls = if self.spans() { self.calls(at) } else { Vec::new() };
        let regions = self.abroad.apps.len() + 1;
        let everywhere = u32::try_from(calls.len()).ok().and_then(|n| regions.checked_pow(n));
        let many = everywhere.is_none_or(|count| count > COMBINATIONS_MAX);
        let count = if many { regions } else { everywhere.unwrap_or(1) };
        let reach = |number: usize| {
            let mut rest = number;
            let mut reach = Reach::default();
            for &(callee, each) in &calls {
                let region = rest % regions;
                rest = if many { rest } else { rest / regions };
                reach.callees.push((callee, region));
                reach.wait += self.abroad.round_trips[from][region].times_f64(each);
            }
            reach
        };
        (0..count.max(1)).map(reach).collect()
    }

    /// Whom a component waits for, each once, with calls a request.
    fn calls(&self, at: usize) -> Vec<(usize, f64)> {
        let id = &self.component(at).id;
        let mut calls: Vec<(usize, f64)> = Vec::new();
        for edge in self.app.edges.iter().filter(|e| e.from == *id && e.kind == CallKind::Sync) {
            let Some(to) = self.index(&edge.to).filter(|to| *to != at) else { continue };
            match calls.iter_mut().find(|(callee, _)| *callee == to) {
                Some((_, each)) => *each += edge.calls_per_request,
                None => calls.push((to, edge.calls_per_request)),
            }
        }
        calls.sort_by_key(|(callee, _)| *callee);
        calls
    }

    fn index(&self, id: &str) -> Option<usize> {
        self.app.components.iter().position(|component| component.id == id)
    }

    /// Stores with those that take from them: they stay in one region, since who is called by a queue or a stream of one
    /// provider is of that provider.
    pub(crate) fn kept_together(&self) -> Vec<(usize, usize)> {
        if !self.spans() {
            return Vec::new();
        }
        let pairs = self.app.edges.iter().filter_map(|edge| {
            let (from, to) = (self.index(&edge.from)?, self.index(&edge.to)?);
            (self.component(from).kind == Kind::Stateful).then_some((from, to))
        });
        pairs.collect()
    }

    /// What is called across regions among these members.
    pub(crate) fn crossings(&self, members: &[Member<'_>]) -> Vec<Crossing> {
        if !self.spans() {
            return Vec::new();
        }
        let region = |id: &str| {
            let member = members.iter().find(|member| member.component.id == id)?;
            Some(self.region_of_member(member))
        };
        let crossing = |edge: &model::Edge| {
            let (from, to) = (region(&edge.from)?, region(&edge.to)?);
            let caller = self.index(&edge.from)?;
            let bytes = flow::bytes_of(edge, self.loads[caller].requests_month());
            let payer = if self.abroad.egress[from] >= self.abroad.egress[to] {
                edge.from.clone()
            } else {
                edge.to.clone()
            };
            (from != to).then(|| Crossing { caller: edge.from.clone(), payer, bytes })
        };
        self.app.edges.iter().filter_map(crossing).collect()
    }

    fn region_of_member(&self, member: &Member<'_>) -> usize {
        let id = member.configuration.platform;
        let platform = self.platforms.iter().position(|platform| platform.id() == id);
        platform.map_or(0, |platform| self.region_at(platform))
    }

    /// The members that stand in each region.
    pub(crate) fn by_region<'m>(&self, members: &[Member<'m>]) -> Vec<Vec<Member<'m>>> {
        let mut regions = vec![Vec::new(); self.abroad.apps.len() + 1];
        for member in members {
            regions[self.region_of_member(member)].push(*member);
        }
        regions
    }

    /// The way between the regions of two platforms and back.
    pub(crate) fn round_trip(&self, a: usize, b: usize) -> Duration {
        let trips = self.abroad.round_trips.get(self.region_at(a));
        trips.map_or(Duration::ZERO, |trips| trips[self.region_at(b)])
    }
}

impl<'a> Abroad<'a> {
    /// The same around another app of the same components.
    pub(crate) fn with_app(&self, app: &App) -> Self {
        let moved = |own: &Cow<'a, App>| {
            let mut app = app.clone();
            app.region.clone_from(&own.region);
            Cow::Owned(app)
        };
        let slowed = |s: &Slowed| Slowed::of(&app.components[s.at], s.at, s.wait);
        Self {
            apps: self.apps.iter().map(moved).collect(),
            slowed: self.slowed.iter().map(slowed).collect(),
            ..self.clone()
        }
    }
}

impl Slowed {
    fn of(component: &Component, at: usize, wait: Duration) -> Self {
        let mut component = component.clone();
        let longer = component.demand.wait.value().map(|own| own.plus(wait));
        component.demand.wait = match (longer, component.demand.wait.origin().cloned()) {
            (Some(longer), Some(origin)) => match &component.demand.wait {
                Fact::Known(..) => Fact::Known(longer, origin),
                _ => Fact::Assumed(longer, origin),
            },
            _ => component.demand.wait,
        };
        Self { at, wait, component }
    }
}

fn region(app: &App) -> &str {
    app.region.value().map_or("", String::as_str)
}
