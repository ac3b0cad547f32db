//! Whole-app alternatives: everything on functions, on one family, or the free choice.
//!
//! Code goes where the alternative says. Stores go to the managed service, or (where rule CR030 allows it) run
//! themselves on the alternative's own platform if that is cheaper, by the same rule in every alternative: a comparison
//! in which only one side pays for its database would be none.

use model::{PlatformId, Reason};
use platforms::Family;
use rayon::prelude::*;
use units::Money;

use crate::books::{Books, Records, Within};
use crate::case::runs_code;
use crate::evaluate::{Candidate, Field, Refused};
use crate::search::Found;
use crate::words;
use crate::world::World;

/// One way to place the app.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// `all Lambda`.
    pub(crate) name: &'static str,
    /// The same in a sentence: `Lambda`.
    pub(crate) short: &'static str,
    pub(crate) within: Within,
}

impl Way {
    /// Everything is allowed.
    pub(crate) const fn anything() -> Self {
        Self { name: "anything", short: "anything", within: Within::Anything }
    }
}

/// A way with the best placement within it.
#[derive(Debug, Clone)]
pub(crate) struct Alternative {
    pub(crate) way: Way,
    pub(crate) found: Option<Found>,
}

/// The ways that the platforms at hand allow.
pub(crate) fn ways(world: &World<'_>) -> Vec<Way> {
    let platforms = &world.platforms;
    let has = |within: Within| platforms.iter().any(|&platform| within.takes(platform));
    let all = [
        Way { name: "all Lambda", short: "Lambda", within: Within::Platform("aws/lambda") },
        Way {
            name: "all Cloud Run",
            short: "Cloud Run",
            within: Within::Platform("gcp/cloud-run"),
        },
        Way {
            name: "all Functions",
            short: "Functions",
            within: Within::Platform("azure/functions-flex"),
        },
        Way {
            name: "all Container Apps",
            short: "Container Apps",
            within: Within::Platform("azure/container-apps"),
        },
        Way {
            name: "all serverless",
            short: "serverless",
            within: Within::Family(Family::Serverless),
        },
        Way {
            name: "all Kubernetes",
            short: "Kubernetes",
            within: Within::Family(Family::Kubernetes),
        },
        Way { name: "servers only", short: "servers", within: Within::Family(Family::Servers) },
    ];
    all.into_iter().filter(|way| has(way.within)).collect()
}

/// The best placement within each of the ways, which are searched at the same time, and what they were billed.
///
/// A way that only repeats another is not told: nothing stands in its place.
pub(crate) fn all(
    world: &World<'_>,
    candidates: &[Vec<Candidate>],
    ways: &[Way],
) -> (Vec<Option<Alternative>>, Vec<Records>) {
    let searched: Vec<(Option<Found>, Records)> = ways
        .par_iter()
        .map(|way| {
            let books = Books::new(world, candidates);
            (books.cheapest_within(way.within), books.into_records())
        })
        .collect();
    let (mut all, mut billed): (Vec<Option<Alternative>>, _) = (Vec::new(), Vec::new());
    for (way, (found, records)) in ways.iter().zip(searched) {
        let like = |a: &Alternative| {
            a.found.as_ref().map(|f| &f.options) == found.as_ref().map(|f| &f.options)
        };
        let repeats =
            way.within == Within::Family(Family::Serverless) && all.iter().flatten().any(like);
        all.push((!repeats).then(|| Alternative { way: way.clone(), found }));
        billed.push(records);
    }
    (all, billed)
}

/// Why a way cannot be gone: for each component that has no place in it, what stands against its nearest place;
/// where all have one, what keeps them from sharing it.
pub(crate) fn why_impossible(books: &Books<'_>, field: &Field, way: &Way) -> Vec<Reason> {
    let allowed = books.allowed(way.within);
    let mut reasons = Vec::new();
    for (at, _) in allowed.iter().enumerate().filter(|(_, options)| options.is_empty()) {
        let component = books.world.component(at);
        let inside = |refused: &&Refused| way.within.takes(books.world.platforms[refused.platform]);
        let refused = field.options[at].refused.iter().filter(inside);
        if let Some(reason) = nearest_refusal(refused) {
            let text = format!("{}: {}", component.id, reason.text);
            reasons.push(Reason { text, ..reason });
        } else if runs_code(component) {
            reasons.push(Reason::plain(format!("{} has no place there", component.id)));
        }
    }
    if reasons.is_empty() {
        reasons = books.crowded_within(way.within);
    }
    if reasons.is_empty() {
        let text = "each part fits, but the calls between them miss a latency goal";
        reasons.push(Reason { rule: Some("CR080"), text: text.to_owned(), span: None });
    }
    reasons
}

/// Of many refusals the one that came nearest: a simulated one, else a rule against a configuration, else a rule
/// against the platform; among equals the cheapest.
pub(crate) fn nearest_refusal<'r>(refused: impl Iterator<Item = &'r Refused>) -> Option<Reason> {
    let nearest = refused.min_by_key(|refused| {
        let price = refused.alone.unwrap_or(Money::from_pico(i128::MAX));
        (refused.alone.is_none(), refused.configuration.is_none(), price)
    });
    nearest.and_then(|refused| refused.reasons.first().cloned())
}

/// Where the money of a placement goes, largest first: `control plane $73, nodes $61, load balancer $19`.
pub(crate) fn where_money_goes(books: &Books<'_>, options: &[u16]) -> Reason {
    let mut items: Vec<(String, Money)> = Vec::new();
    for invoice in books.invoices(options) {
        for line in invoice.lines {
            let item = line.item.split([',', '(']).next().unwrap_or_default().trim().to_owned();
            match items.iter_mut().find(|(known, _)| *known == item) {
                Some((_, sum)) => *sum += line.amount,
                None => items.push((item, line.amount)),
            }
        }
    }
    items.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    items.retain(|(_, sum)| sum.cents() > 0);
    let top: Vec<String> =
        items.iter().take(3).map(|(item, sum)| format!("{item} {}", words::money(*sum))).collect();
    Reason::plain(if top.is_empty() { "nothing to pay".to_owned() } else { top.join(", ") })
}

/// The platforms of a placement, component by component.
pub(crate) fn platforms_of(books: &Books<'_>, options: &[u16]) -> Vec<PlatformId> {
    let platforms = books.platforms(options).into_iter();
    platforms.map(|platform| books.world.platforms[platform].id()).collect()
}
