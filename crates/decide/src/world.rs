//! One app under one load at one set of prices: what options, bills and searches are asked about.

use std::borrow::Cow;
use std::sync::Arc;

use catalog::{Missing, Prices};
use model::{App, Component, Fact, Invoice};
use platforms::cloud::Cloud;
use platforms::{Case, Family, Limits, Member, Platform, Site};
use traffic::{Arrivals, Replay, Workload};
use units::{Duration, Instant, Request, Seed};

use crate::abroad::{Abroad, Reach};
use crate::case::Quota;
use crate::learned::Learned;
use crate::load::Load;
use crate::question::{AccountBill, Question};

/// Minutes that closed forms look at in a load, at most.
const MINUTES_OF_A_DAY: usize = 1440;

/// The surroundings of every evaluation. Sensitivity and flip points make other worlds from it.
#[derive(Clone)]
pub(crate) struct World<'a> {
    pub(crate) app: Cow<'a, App>,
    /// One load a component, in the order of the app's components.
    pub(crate) loads: Vec<Load<'a>>,
    pub(crate) prices: Prices<'a>,
    pub(crate) seed: Seed,
    /// Those that the region's provider has: the usual ones, and those that a component names.
    pub(crate) platforms: Vec<&'a dyn Platform>,
    pub(crate) account: AccountBill,
    /// Further regions, where the answer may span several.
    pub(crate) abroad: Abroad<'a>,
    /// What closed forms leave out, where something was simulated.
    pub(crate) learned: Arc<Learned>,
}

impl<'a> World<'a> {
    /// The world as it is asked about, in one region.
    pub(crate) fn new(question: &'a Question<'_>, region: &str) -> Self {
        let app = in_region(in_order(question.app), region);
        let cloud = Cloud::of(region);
        let named = |platform: &dyn Platform| {
            let id = platform.id().0;
            app.components.iter().any(|c| c.allow.iter().any(|(allowed, _)| allowed == id))
        };
        let platforms = question.platforms.iter().copied();
        let platforms = platforms
            .filter(|platform| platform.cloud().id == cloud.id)
            .filter(|platform| platform.usual() || named(*platform))
            .collect();
        let load = |component: &Component| {
            let load = question.workloads.get(&component.id);
            load.map_or_else(|| Load::from(silence()), Load::Asked)
        };
        Self {
            loads: app.components.iter().map(load).collect(),
            app,
            prices: question.prices,
            seed: question.seed,
            platforms,
            account: question.account,
            abroad: Abroad::default(),
            learned: Arc::default(),
        }
    }

    /// The same with every load times a factor, for closed forms: recorded moments are left behind.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let loads = self.loads.iter().map(|load| Load::from(thin(load, factor))).collect();
        Self { loads, ..self.clone() }
    }

    /// The same with another app (of the same components).
    pub(crate) fn with_app(&self, app: App) -> Self {
        let abroad = self.abroad.with_app(&app);
        Self { app: Cow::Owned(app), abroad, ..self.clone() }
    }

    pub(crate) fn component(&self, at: usize) -> &Component {
        &self.app.components[at]
    }

    pub(crate) fn len(&self) -> usize {
        self.app.components.len()
    }

    /// The surroundings of a platform.
    pub(crate) fn site_of(&self, platform: usize) -> Site<'_> {
        Site { app: self.app_at(platform), prices: self.prices }
    }

    /// A component as a platform sees it, without requests to replay.
    pub(crate) fn case(&self, at: usize, platform: usize, reach: &Reach) -> Case<'_> {
        self.replayed(at, platform, reach, Stretch::NOTHING)
    }

    /// The same with requests.
    pub(crate) fn replayed<'b>(
        &'b self,
        at: usize,
        platform: usize,
        reach: &Reach,
        stretch: Stretch<'b>,
    ) -> Case<'b> {
        Case {
            app: self.app_at(platform),
            component: self.component_with(at, reach),
            workload: &self.loads[at],
            requests: stretch.requests,
            start: stretch.start,
            replays_per_month: stretch.replays_per_month,
            prices: self.prices,
            seed: self.seed,
        }
    }

    /// What each platform refuses, or the row that is missing to know it.
    pub(crate) fn limits(&self) -> Vec<Result<Limits, Missing>> {
        let platforms = self.platforms.iter().enumerate();
        platforms.map(|(at, platform)| platform.limits(&self.site_of(at))).collect()
    }

    /// Whether some managed service of the provider would take a data store.
    pub(crate) fn has_managed(&self, at: usize) -> bool {
        let platforms = self.platforms.iter().enumerate();
        let mut managed = platforms.filter(|(_, p)| p.family() == Family::Managed);
        managed.any(|(platform, p)| {
            let case = self.case(at, platform, &Reach::default());
            p.options(&case).is_ok_and(|options| !options.is_empty())
        })
    }

    /// A number of the catalogue. Two families of rows are looked up elsewhere: `instance-memory/<type>` is the
    /// memory of a virtual machine type in GiB, in the region of the platform `at`.
    pub(crate) fn quota(&self, at: usize, platform: &str, id: &str) -> Option<Quota> {
        if platform == "instance-memory" {
            let site = self.site_of(at);
            let instance = self.prices.instance(site.app.region_name(), id).ok()?;
            let gib = instance.memory.gib_f64();
            let row = format!("{} {id}", site.cloud().machines);
            return Some(Quota { low: gib, high: gib, row });
        }
        Quota::of(self.prices.limit(platform, id).ok()?)
    }

    /// The bill of members of one platform. On a cluster that is there and paid for it is what they add to it.
    pub(crate) fn bill(&self, platform: usize, members: &[Member<'_>]) -> Result<Invoice, Missing> {
        let (place, site) = (self.platforms[platform], self.site_of(platform));
        if self.app.existing_cluster.is_some()
            && let Some(added) = place.marginal_bill(members, &site)?
        {
            return Ok(added);
        }
        place.bill(members, &site)
    }

    /// The accounts' own bills, one a region.
    pub(crate) fn account(&self, members: &[Member<'_>]) -> Result<Vec<Invoice>, Missing> {
        let crossings = self.crossings(members);
        let regions = self.by_region(members).into_iter().enumerate();
        let bill = |(region, members): (usize, Vec<Member<'_>>)| {
            let site = Site { app: self.app_in(region), prices: self.prices };
            (self.account)(&members, &crossings, &site)
        };
        regions.map(bill).collect()
    }
}

/// A part of a load, request by request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'b> {
    pub(crate) requests: &'b [Request],
    /// Where in the cycle they begin.
    pub(crate) start: Instant,
    /// How often a month brings as many.
    pub(crate) replays_per_month: f64,
}

impl<'b> Stretch<'b> {
    /// No requests: for closed forms.
    pub(crate) const NOTHING: Self =
        Self { requests: &[], start: Instant::START, replays_per_month: 1.0 };

    /// What a replay holds.
    pub(crate) fn of(replay: &'b Replay) -> Self {
        let Replay { start, replays_per_month, .. } = *replay;
        Self { requests: &replay.requests, start, replays_per_month }
    }
}

/// The app with its components by id: their order in a file means nothing.
fn in_order(app: &App) -> Cow<'_, App> {
    if app.components.is_sorted_by(|a, b| a.id <= b.id) {
        return Cow::Borrowed(app);
    }
    let mut sorted = app.clone();
    sorted.components.sort_by(|a, b| a.id.cmp(&b.id));
    Cow::Owned(sorted)
}

/// The app in this region.
fn in_region<'a>(app: Cow<'a, App>, region: &str) -> Cow<'a, App> {
    if app.region.value().is_some_and(|own| own == region) {
        return app;
    }
    let mut moved = app.into_owned();
    let origin = moved.region.origin().cloned();
    moved.region = match origin {
        Some(origin) => Fact::Known(region.to_owned(), origin),
        None => Fact::assumed(region.to_owned(), "the region that is compared"),
    };
    Cow::Owned(moved)
}

/// No load at all.
fn silence() -> Workload {
    Workload {
        cycle: Duration::DAY,
        cycles_per_month: Duration::MONTH.secs_f64() / Duration::DAY.secs_f64(),
        pace: 1,
        per_minute: vec![0.0; 1440],
        arrivals: Arrivals::Poisson,
        basis: "no load".to_owned(),
        band: (1.0, 1.0),
    }
}

/// A load times a factor, made light for closed forms: without recorded moments, which they do not look at, and with
/// no more minutes than a day has.
///
/// A week or a month is played faster: several minutes become one at their mean rate. How often each rate occurs and
/// how many requests come in a month stay as they are; a peak of a single minute is softened and ramps get steeper,
/// which the calibration to today's simulated cost takes out of the curves.
pub(crate) fn thin(load: &Workload, factor: f64) -> Workload {
    let scaled = |minutes: &[f64]| minutes.iter().map(|requests| requests * factor).collect();
    let minutes = load.per_minute.len();
    let (arrivals, merged) = match &load.arrivals {
        Arrivals::Scheduled(times) => (Arrivals::Scheduled(times.clone()), 1),
        _ => (Arrivals::Poisson, merged_minutes(minutes)),
    };
    let whole = minutes.is_multiple_of(merged);
    if merged == 1 || !whole {
        let per_minute = scaled(&load.per_minute);
        return Workload { per_minute, arrivals, ..light(load) };
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / merged as f64;
    let per_minute: Vec<f64> = load.per_minute.chunks(merged).map(mean).collect();
    Workload {
        cycle: load.cycle / merged as u64,
        cycles_per_month: load.cycles_per_month * merged as f64,
        pace: load.pace * merged as u32,
        per_minute: scaled(&per_minute),
        arrivals,
        ..light(load)
    }
}

/// Everything but the lists.
fn light(load: &Workload) -> Workload {
    Workload {
        cycle: load.cycle,
        cycles_per_month: load.cycles_per_month,
        pace: load.pace,
        per_minute: Vec::new(),
        arrivals: Arrivals::Poisson,
        basis: load.basis.clone(),
        band: load.band,
    }
}

/// How many minutes become one: a divisor of their number, so that the cycle keeps its meaning; 1 if none is near.
fn merged_minutes(minutes: usize) -> usize {
    let least = minutes.div_ceil(MINUTES_OF_A_DAY).max(1);
    (least..=least * 2).find(|each| minutes.is_multiple_of(*each)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(per_minute: Vec<f64>) -> Workload {
        let minutes = per_minute.len() as u64;
        let cycle = Duration::MINUTE * minutes;
        Workload {
            cycle,
            cycles_per_month: Duration::MONTH.secs_f64() / cycle.secs_f64(),
            per_minute,
            ..light(&crate::testing::workload(1.0))
        }
    }

    #[test]
    fn a_week_becomes_a_day_with_the_same_month() {
        let mut minutes = vec![10.0; 10_080];
        minutes[7000..8440].fill(50.0);
        let week = load(minutes);
        let light = thin(&week, 2.0);
        assert_eq!((light.per_minute.len(), light.pace), (1440, 7));
        assert!(light.requests_month().abs_diff(2 * week.requests_month()) <= 1);
        assert!((light.peak_rate().hertz() - 2.0 * week.peak_rate().hertz()).abs() < 1e-9);
    }

    #[test]
    fn a_day_keeps_its_minutes() {
        let day = load(vec![3.0; 1440]);
        assert_eq!(thin(&day, 1.0), day);
    }
}
