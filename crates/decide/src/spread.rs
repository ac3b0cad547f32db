//! Parts of one application in regions of several providers, where that is worth the trouble.
//!
//! The best region of each provider is joined with the others into one world ([`World::joined`]). Without the ways between
//! them that world is never dearer than with them, so it is searched first: only where even that pays are components
//! simulated anew with those that they wait for far away, and the world searched in earnest, at first with the regions
//! alone that had something in them then.

use std::collections::BTreeMap;

use source::Finding;
use units::Money;

use crate::abroad::Reach;
use crate::answer::Prepared;
use crate::books::{Books, picks};
use crate::evaluate::{self, Candidate, Field, Options};
use crate::question::{Question, REPLAY_MAX_EXACT};
use crate::search::{Found, Pick};
use crate::world::World;

/// A second provider is a second account, bill and network to look after: less than this part of the cost is not worth it.
const WORTH: f64 = 0.05;

/// What one region has to offer.
pub(crate) struct Region<'r, 'q> {
    pub(crate) world: &'r World<'q>,
    pub(crate) prepared: &'r Prepared,
    /// What the whole application costs there, if it can be there.
    pub(crate) cost: Option<Money>,
}

/// The world of several regions with the options in it and what its best placement costs, if that is worth more than the
/// best single region.
pub(crate) fn worth_it<'q>(
    question: &Question<'_>,
    regions: &[Region<'_, 'q>],
) -> Option<(World<'q>, Prepared, Money)> {
    let all = best_of_each_provider(regions);
    let bound = side_by_side(regions, &all)?;
    // Regions in which nothing stands even if the ways cost nothing are tried only where the others do not do.
    let among = |used: &[usize]| -> Vec<&Region<'_, 'q>> {
        (0..all.len()).filter(|at| used.contains(at)).map(|at| all[at]).collect()
    };
    let near = among(&bound);
    let few = (near.len() < all.len()).then(|| join(question, regions, near)).flatten();
    let joined = few.or_else(|| join(question, regions, all.clone()))?;
    // Regions in which nothing stands only make flips and guesses slow.
    let used = |at: &usize| joined.used.contains(at);
    let chosen: Vec<&Region<'_, 'q>> =
        (0..joined.regions.len()).filter(used).map(|at| joined.regions[at]).collect();
    let joined =
        if chosen.len() < joined.regions.len() { join(question, regions, chosen)? } else { joined };
    Some((joined.world, joined.prepared, joined.total))
}

/// The regions of the best placement if the ways between them cost and take nothing; `None` if even that is not worth it.
fn side_by_side(regions: &[Region<'_, '_>], all: &[&Region<'_, '_>]) -> Option<Vec<usize>> {
    let worlds: Vec<&World<'_>> = all.iter().map(|region| region.world).collect();
    if worlds.len() < 2 {
        return None;
    }
    let world = World::joined(&worlds).ok()?;
    let candidates = candidates(&world, all, |_, _, _| Reach::default());
    let books = Books::new(&world, &candidates);
    // What is not worth it need not be told from what is even less so.
    let bound = match worth_at_most(regions) {
        Some(most) => books.below(most + Money::from_pico(1)),
        None => books.cheapest(),
    }?;
    // Only a proven optimum is a bound.
    if bound.proven && !is_worth_it(regions, bound.total) {
        return None;
    }
    let platforms = books.platforms(&bound.options).into_iter();
    Some(platforms.map(|platform| world.region_at(platform)).collect())
}

/// Whether a placement in several regions costs that much less than the best single one.
fn is_worth_it(regions: &[Region<'_, '_>], total: Money) -> bool {
    worth_at_most(regions).is_none_or(|most| total <= most)
}

/// What a placement in several regions may cost to be worth it; `None` where no single one does.
fn worth_at_most(regions: &[Region<'_, '_>]) -> Option<Money> {
    let least = regions.iter().filter_map(|region| region.cost).min()?;
    Some(least.times_f64(1.0 - WORTH))
}

/// Regions in one world, with the best placement in it.
struct Joined<'a, 'r, 'q> {
    regions: Vec<&'a Region<'r, 'q>>,
    world: World<'q>,
    prepared: Prepared,
    total: Money,
    /// The regions that the placement is in.
    used: Vec<usize>,
}

/// Joins regions, if a placement in more than one of them is worth it.
fn join<'a, 'r, 'q>(
    question: &Question<'_>,
    regions: &[Region<'r, 'q>],
    chosen: Vec<&'a Region<'r, 'q>>,
) -> Option<Joined<'a, 'r, 'q>> {
    let worlds: Vec<&World<'q>> = chosen.iter().map(|region| region.world).collect();
    if worlds.len() < 2 {
        return None;
    }
    let world = World::joined(&worlds).ok()?;
    let mut field = together(&chosen);
    let mut candidates = candidates(&world, &chosen, |at, platform, world| {
        let own = world.region_at(platform);
        let mut reaches = world.reaches(at, platform).into_iter();
        let at_home = |reach: &Reach| reach.callees.iter().all(|(_, there)| *there == own);
        reaches.find(at_home).unwrap_or_default()
    });
    let replay_max = if question.exact { REPLAY_MAX_EXACT } else { question.replay_max };
    let limits = world.limits();
    for (at, candidates) in candidates.iter_mut().enumerate() {
        let (away, simulated) = evaluate::from_afar(&world, &limits, at, candidates, replay_max);
        candidates.extend(away);
        candidates
            .sort_by(|a, b| (a.platform, &a.reach, a.alone).cmp(&(b.platform, &b.reach, b.alone)));
        field.simulated += simulated;
    }
    let books = Books::new(&world, &candidates);
    let found = books.cheapest()?;
    let platforms = books.platforms(&found.options).into_iter();
    let used: Vec<usize> = platforms.map(|platform| world.region_at(platform)).collect();
    let (total, records) = (found.total, books.into_records());
    let spans = used.iter().any(|region| *region != used[0]);
    let prepared = Prepared { field, candidates, records };
    (spans && is_worth_it(regions, total)).then_some(Joined {
        regions: chosen,
        world,
        prepared,
        total,
        used,
    })
}

/// What crosses between the regions of a placement.
pub(crate) fn note(books: &Books<'_>, found: &Found) -> Option<Finding> {
    let world = books.world;
    let picks: Vec<Pick> = picks(&found.options).collect();
    if !books.spans(&found.options) {
        return None;
    }
    let regions = books.regions(&found.options);
    let crossings = world.crossings(&books.members(&picks));
    let bytes: u128 = crossings.iter().map(|crossing| crossing.bytes).sum();
    let used = books.platforms(&found.options);
    let pairs = used.iter().flat_map(|&a| used.iter().map(move |&b| world.round_trip(a, b)));
    let longest = pairs.max().unwrap_or_default();
    let text = match crossings.len() {
        0 => {
            format!("the parts stand in {regions} and do not call each other from one to the other")
        }
        n => format!(
            "the parts stand in {regions}: {n} {} between them, {} GB a month, {longest} there and back",
            if n == 1 { "call leads" } else { "calls lead" },
            bytes.div_ceil(1 << 30),
        ),
    };
    Some(Finding::note("DE007", text).hint(
        "the time is a rule of thumb by distance, and the bytes are billed to the dearer end: measure both before you decide",
    ))
}

/// Of each provider the region that costs least, the best provider first; regions of unknown place are left out.
fn best_of_each_provider<'a, 'r, 'q>(regions: &'a [Region<'r, 'q>]) -> Vec<&'a Region<'r, 'q>> {
    let mut best: BTreeMap<&str, &Region<'r, 'q>> = BTreeMap::new();
    let key = |region: &Region<'_, '_>| (region.cost.is_none(), region.cost);
    for region in regions {
        let provider = provider(region.world);
        let known = best.entry(provider).or_insert(region);
        if key(region) < key(known) {
            *known = region;
        }
    }
    let mut best: Vec<&Region<'r, 'q>> = best.into_values().collect();
    best.sort_by_key(|region| key(region));
    let prices = best.first().map(|first| first.world.prices);
    let has_place = |region: &&Region<'_, '_>| {
        let name = region.world.region_of(0);
        prices.is_some_and(|prices| prices.round_trip(name, name).is_ok())
    };
    best.retain(has_place);
    best
}

fn provider<'w>(world: &'w World<'_>) -> &'w str {
    world.region_of(0).split('/').next().unwrap_or("")
}

/// The options of all regions side by side, each with the reach that it has.
fn candidates(
    world: &World<'_>,
    regions: &[&Region<'_, '_>],
    reach: impl Fn(usize, usize, &World<'_>) -> Reach,
) -> Vec<Vec<Candidate>> {
    let mut all: Vec<Vec<Candidate>> = vec![Vec::new(); world.len()];
    let mut before = 0;
    for region in regions {
        for (at, own) in region.prepared.candidates.iter().enumerate() {
            all[at].extend(own.iter().map(|candidate| {
                let platform = before + candidate.platform;
                let reach = reach(at, platform, world);
                Candidate { platform, reach, ..candidate.clone() }
            }));
        }
        before += region.world.platforms.len();
    }
    all
}

/// What was tried and refused in all regions.
fn together(regions: &[&Region<'_, '_>]) -> Field {
    let mut field = Field::default();
    let mut before = 0;
    for region in regions {
        let own = &region.prepared.field;
        if field.options.is_empty() {
            field.options = vec![Options::default(); own.options.len()];
            field.played.clone_from(&own.played);
        }
        for (options, own) in field.options.iter_mut().zip(&own.options) {
            let moved = own.refused.iter().map(|refused| {
                let mut refused = refused.clone();
                refused.platform += before;
                refused
            });
            options.refused.extend(moved);
            if options.asked.is_empty() {
                options.asked.clone_from(&own.asked);
            }
        }
        field.simulated += own.simulated;
        field.findings.extend(own.findings.iter().cloned());
        before += region.world.platforms.len();
    }
    field
}

#[cfg(test)]
mod tests {
    use catalog::Catalog;
    use model::{App, CallKind, Decision, Edge, Engine, Kind};
    use units::{Bytes, Duration};

    use crate::testing::{app, catalog_files, component, known, question};

    /// A part that only a server of Hetzner may run, and a store that only AWS may keep.
    fn two_parts(regions: &[&str], engine: Engine, calls: (&str, &str)) -> App {
        let mut api = component("api");
        api.allow = vec![("servers/hetzner".to_owned(), None)];
        let mut store = component("store");
        store.kind = Kind::Stateful;
        store.engine = Some(known(engine));
        store.storage = Some(known(Bytes::from_gib(20)));
        store.allow = vec![("aws/managed".to_owned(), None)];
        let mut app = app(vec![api, store]);
        app.regions = regions.iter().map(|&region| region.to_owned()).collect();
        app.edges = vec![Edge {
            from: calls.0.to_owned(),
            to: calls.1.to_owned(),
            calls_per_request: 2.0,
            bytes: known(Bytes::from_kib(10)),
            kind: CallKind::Sync,
            origin: None,
        }];
        app
    }

    fn decided(app: &App) -> Decision {
        let catalog = Catalog::parse(&catalog_files()).unwrap();
        crate::decide(&question(app, &catalog))
    }

    const NEAR: [&str; 2] = ["aws/us-east-1", "hetzner/us"];

    #[test]
    fn parts_that_no_region_holds_together_stand_in_two() {
        let near = decided(&two_parts(&NEAR, Engine::Postgres, ("api", "store")));
        let regions: Vec<&str> = near.placements.iter().map(|p| p.region.as_str()).collect();
        assert_eq!(regions, ["hetzner/us", "aws/us-east-1"]);
        assert_eq!(near.app.region, "aws/us-east-1 + hetzner/us");
        let chosen = near.regions.iter().filter(|r| r.chosen == model::Chosen::Yes);
        assert_eq!(
            chosen.map(|r| r.region.as_str()).collect::<Vec<_>>(),
            [near.app.region.as_str()]
        );
        // A request a second makes two calls of 10 KB: 50.1 GB a month, to the dearer end at 0.09.
        let lines = || near.invoices.iter().flat_map(|invoice| &invoice.lines);
        let crossing = lines().find(|l| l.item.starts_with("data out to another region"));
        let crossing = crossing.unwrap();
        assert_eq!(crossing.amount.cents(), 451);
        assert_eq!(crossing.component.as_deref(), Some("store"));
        assert!(near.findings.iter().any(|f| f.id == "DE007"));
    }

    #[test]
    fn the_way_over_an_ocean_is_waited_for_at_every_call() {
        let median = |regions: &[&str]| {
            let decision = decided(&two_parts(regions, Engine::Postgres, ("api", "store")));
            decision.placements[0].latency.unwrap().p50
        };
        let (near, far) = (median(&NEAR), median(&["aws/us-east-1", "hetzner/eu"]));
        let catalog = Catalog::parse(&catalog_files()).unwrap();
        let prices = catalog.at(units::Date::new(2026, 11, 23).unwrap());
        let trip = |to: &str| prices.round_trip("aws/us-east-1", to).unwrap();
        let added = (trip("hetzner/eu") - trip("hetzner/us")) * 2;
        assert!(added > Duration::from_millis(200), "{added}");
        let difference = (far - near).millis_f64() / added.millis_f64();
        assert!((difference - 1.0).abs() < 0.05, "{near} {far} {added}");
    }

    #[test]
    fn who_takes_from_a_queue_stays_beside_it() {
        let mut app = two_parts(&NEAR, Engine::Queue, ("store", "api"));
        app.components[0].kind = Kind::Worker;
        assert_eq!(decided(&app).verdict, None);
        app.components[0].allow.clear();
        assert!(decided(&app).placements.iter().all(|p| p.region == "aws/us-east-1"));
    }

    #[test]
    fn a_second_provider_for_a_few_dollars_is_not_worth_it() {
        let mut app = two_parts(&NEAR, Engine::Postgres, ("api", "store"));
        app.components.iter_mut().for_each(|component| component.allow.clear());
        let decision = decided(&app);
        assert_eq!(decision.placements[0].region, decision.placements[1].region);
        let costs: Vec<_> = decision.regions.iter().filter_map(|r| r.cost_month).collect();
        assert_eq!(costs.iter().min(), costs.first());
    }
}
