//! Several regions, of one provider or of several: each is a world of its own, and the cheapest answer wins.
//!
//! Every region is first looked at by closed form; the nearest few, and the best of each provider, are then simulated like
//! a plan of their own. Parts in regions of several providers are looked at last ([`spread`]).

use std::collections::BTreeSet;

use catalog::Prices;
use model::{App, Chosen, Kind, Reason, RegionTried};
use platforms::Family;
use rayon::prelude::*;
use units::Money;

use crate::alternatives;
use crate::answer::Prepared;
use crate::books::{Books, Within};
use crate::evaluate::{self, Kept, Scope};
use crate::explain::summary_of;
use crate::question::Question;
use crate::spread::{self, Region};
use crate::words;
use crate::world::World;

/// Regions that are simulated, beside the best one of each provider.
const SIMULATED_MAX: usize = 4;
/// A region whose estimate is more than this much above the cheapest one is not simulated.
const NEAR: f64 = 1.15;

/// The regions that an application asks about, wildcards spelled out, each once, in the order of the question; at least
/// one.
///
/// `aws/*` stands for every region of the provider in which the catalogue has machines, or any price if the provider
/// has no machines. Where it has neither, the wildcard stays: its line then says what has no price, and no region that
/// nobody asked about is taken in its place.
pub(crate) fn of(app: &App, prices: Prices<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for wanted in &app.regions {
        match wanted.strip_suffix("/*") {
            Some(provider) => match prices.regions(provider) {
                none if none.is_empty() => all.push(wanted.clone()),
                some => all.extend(some),
            },
            None => all.push(wanted.clone()),
        }
    }
    if all.is_empty() {
        all.push(app.region.value().cloned().unwrap_or_default());
    }
    let mut seen = BTreeSet::new();
    all.retain(|region| seen.insert(region.clone()));
    all
}

/// One region with what is known of it.
struct Tried<'q> {
    region: String,
    world: World<'q>,
    estimate: Option<Money>,
    /// Where the closed forms would place the components.
    guess: String,
    prepared: Option<Prepared>,
    cost: Option<Money>,
    why_not: Vec<Reason>,
}

/// Compares regions: the world and the options of the cheapest one, and a line about each.
///
/// Where nothing can be placed in any of them it is the first one's.
pub(crate) fn compare<'q>(
    question: &'q Question<'_>,
    regions: &[String],
) -> (World<'q>, Prepared, Vec<RegionTried>) {
    let mut all: Vec<Tried<'q>> =
        regions.par_iter().map(|region| estimated(question, region)).collect();
    let near = worth_simulating(&all);
    let mut worth: Vec<&mut Tried<'q>> =
        all.iter_mut().zip(near).filter(|(_, worth)| *worth).map(|(tried, _)| tried).collect();
    // All requests of a load are as much memory as there should be at a time.
    let at_once = if question.exact { 1 } else { worth.len().max(1) };
    for some in worth.chunks_mut(at_once) {
        some.par_iter_mut().for_each(|tried| simulate(question, tried));
    }
    let simulated = |tried: &Tried<'_>| tried.prepared.is_some();
    let best = (0..all.len()).filter(|&at| simulated(&all[at]) && all[at].cost.is_some());
    let best = best.min_by_key(|&at| (all[at].cost, at));
    let best = best.or_else(|| (0..all.len()).find(|&at| simulated(&all[at]))).unwrap_or(0);
    let mut lines: Vec<(bool, Option<Money>, usize, RegionTried)> = all
        .iter()
        .enumerate()
        .map(|(at, tried)| {
            let line = tried.line(at == best);
            (line.cost_month.is_none(), line.cost_month, at, line)
        })
        .collect();
    let prepared = all.iter().filter_map(|tried| {
        let prepared = tried.prepared.as_ref()?;
        Some(Region { world: &tried.world, prepared, cost: tried.cost })
    });
    let mut several = spread::worth_it(question, &prepared.collect::<Vec<_>>());
    if let Some((world, prepared, cost)) = &mut several {
        for line in lines.iter_mut().filter(|line| line.3.chosen == Chosen::Yes) {
            line.3.chosen = Chosen::Beaten;
        }
        let line = both(world, prepared, *cost);
        lines.push((false, Some(*cost), lines.len(), line));
    }
    lines.sort_by_key(|line| (line.3.chosen != Chosen::Yes, line.0, line.1, line.2));
    let lines = lines.into_iter().map(|(.., line)| line).collect();
    if let Some((world, prepared, _)) = several {
        return (world, prepared, lines);
    }
    let winner = all.swap_remove(best);
    let prepared = winner.prepared.unwrap_or_else(|| Prepared::of(question, &winner.world));
    (winner.world, prepared, lines)
}

/// The line about an answer in several regions.
fn both(world: &World<'_>, prepared: &mut Prepared, cost: Money) -> RegionTried {
    let records = std::mem::take(&mut prepared.records);
    let books = Books::with_records(world, &prepared.candidates, records);
    let found = books.cheapest();
    let options = found.map(|found| found.options).unwrap_or_default();
    let mut placement = summary_of(&books, &options);
    placement.push_str(&self_run(&books, &options));
    let region = books.regions(&options);
    prepared.records = books.into_records();
    RegionTried {
        region,
        chosen: Chosen::Yes,
        cost_month: Some(cost),
        simulated: true,
        placement,
        why_not: Vec::new(),
    }
}

/// A region by closed form.
fn estimated<'q>(question: &'q Question<'_>, region: &str) -> Tried<'q> {
    let world = World::new(question, region);
    let light = world.scaled(1.0);
    let kept = Kept::new();
    let scope = Scope { open: &|_, _| true, kept: &kept };
    let candidates = evaluate::by_closed_form(&light, scope);
    let books = Books::new(&light, &candidates);
    let found = books.good(Within::Anything);
    let guess = found.as_ref().map(|found| summary_of(&books, &found.options));
    Tried {
        region: region.to_owned(),
        estimate: found.map(|found| found.total),
        guess: guess.unwrap_or_default(),
        world,
        prepared: None,
        cost: None,
        why_not: Vec::new(),
    }
}

/// The nearest few regions by their estimates and the best of each provider; the first where none has an estimate.
fn worth_simulating(all: &[Tried<'_>]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&at| (all[at].estimate.is_none(), all[at].estimate, at));
    let least = all.iter().filter_map(|tried| tried.estimate).min();
    let (mut worth, mut near, mut providers) = (vec![false; all.len()], 0, BTreeSet::new());
    for at in order {
        let provider = all[at].region.split('/').next().unwrap_or("").to_owned();
        let first_of_provider = providers.insert(provider);
        let is_near = match (all[at].estimate, least) {
            (Some(estimate), Some(least)) => estimate.pico() as f64 <= least.pico() as f64 * NEAR,
            _ => false,
        };
        if first_of_provider || (is_near && near < SIMULATED_MAX) {
            worth[at] = true;
            near += 1;
        }
    }
    worth
}

fn simulate(question: &Question<'_>, tried: &mut Tried<'_>) {
    let mut prepared = Prepared::of(question, &tried.world);
    let books = Books::new(&tried.world, &prepared.candidates);
    if let Some(found) = books.cheapest() {
        tried.cost = Some(found.total);
        tried.guess = summary_of(&books, &found.options);
        tried.guess.push_str(&self_run(&books, &found.options));
    } else {
        let anything = alternatives::Way::anything();
        tried.why_not = alternatives::why_impossible(&books, &prepared.field, &anything);
    }
    prepared.records = books.into_records();
    tried.prepared = Some(prepared);
}

/// Stores that the team would look after itself, which no bill shows.
fn self_run(books: &Books<'_>, options: &[u16]) -> String {
    let own = options.iter().enumerate().filter(|&(at, &option)| {
        let platform = books.candidate((at as u16, option)).platform;
        let component = books.world.component(at);
        component.kind == Kind::Stateful
            && books.world.platforms[platform].family() != Family::Managed
    });
    let own: Vec<&str> = own.map(|(at, _)| books.world.component(at).id.as_str()).collect();
    if own.is_empty() { String::new() } else { format!("; {} self-run", words::list(&own)) }
}

impl Tried<'_> {
    fn line(&self, is_best: bool) -> RegionTried {
        let simulated = self.prepared.is_some();
        let cost_month = if simulated { self.cost } else { self.estimate };
        let mut why_not = self.why_not.clone();
        if cost_month.is_none() && why_not.is_empty() {
            why_not.push(Reason::plain("no closed form finds a place for every component"));
        }
        RegionTried {
            region: self.region.clone(),
            chosen: match cost_month {
                None => Chosen::Impossible,
                Some(_) if is_best => Chosen::Yes,
                Some(_) => Chosen::Beaten,
            },
            cost_month,
            simulated,
            placement: self.guess.clone(),
            why_not,
        }
    }
}

#[cfg(test)]
mod tests {
    use catalog::Catalog;
    use model::Fact;

    use super::*;
    use crate::testing::{app, catalog_files, component, question};

    #[test]
    fn a_wildcard_is_never_the_region_that_nobody_asked_about() {
        let catalog = Catalog::parse(&catalog_files()).unwrap();
        let mut app = app(vec![component("api")]);
        app.regions = vec!["cloudflare/*".to_owned()];
        let regions = |app: &App| of(app, question(app, &catalog).prices);
        assert_eq!(regions(&app), ["cloudflare/global"]);
        app.regions = vec!["hetzner/*".to_owned()];
        assert!(regions(&app).iter().all(|region| region.starts_with("hetzner/")));
        // A catalogue without a row of the provider.
        let files = catalog_files();
        let files: Vec<_> = files.into_iter().filter(|(p, _)| !p.starts_with("fly/")).collect();
        let without = Catalog::parse(&files).unwrap();
        app.regions = vec!["fly/*".to_owned()];
        assert_eq!(of(&app, question(&app, &without).prices), ["fly/*"]);
        assert_eq!(crate::decide(&question(&app, &without)).verdict, None);
    }

    #[test]
    fn without_any_region_nothing_is_placed_and_nothing_panics() {
        let catalog = Catalog::parse(&catalog_files()).unwrap();
        let mut app = app(vec![component("api")]);
        app.region = Fact::Unknown;
        assert_eq!(crate::decide(&question(&app, &catalog)).verdict, None);
    }
}
