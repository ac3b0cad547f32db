//! One component's load on two platforms: what servers hold steadily, and what goes elsewhere above that.
//!
//! Splits are made from what the closed forms say of both sides alone, and only such are kept as cost less than either:
//! where one side alone is cheaper, a second one to look after is not worth a thought.

use platforms::servers::{BURSTS, Whole, splits};
use platforms::{Configuration, Member, Spill};
use units::Money;

use crate::evaluate::Candidate;
use crate::world::World;

/// What a configuration gives to another platform; `None` if it answers all requests itself.
pub(crate) const fn spill(configuration: &Configuration) -> Option<&Spill> {
    configuration.settings.spill()
}

/// The platform in the same region that takes what another one spills, by its place in the list.
pub(crate) fn taker(world: &World<'_>, platform: usize, spill: &Spill) -> Option<usize> {
    let region = world.region_at(platform);
    let takes = |&at: &usize| {
        world.platforms[at].id() == spill.to.platform && world.region_at(at) == region
    };
    (0..world.platforms.len()).find(takes)
}

/// What the platform of a candidate is called, or both where the load is split: `servers and Lambda`.
pub(crate) fn name(world: &World<'_>, candidate: &Candidate) -> String {
    let own = world.platforms[candidate.platform].name();
    let taker = spill(&candidate.configuration)
        .and_then(|spill| taker(world, candidate.platform, spill))
        .map(|taker| world.platforms[taker].name());
    taker.map_or_else(|| own.to_owned(), |taker| format!("{own} and {taker}"))
}

/// What a member does where its spilled requests go, as a member there; `None` where nothing is spilled.
pub(crate) fn elsewhere(member: Member<'_>) -> Option<Member<'_>> {
    let evaluation = member.evaluation.usage.spilled()?;
    Some(Member { configuration: &spill(member.configuration)?.to, evaluation, ..member })
}

/// Pairs of platforms by their places in the list: servers, and what takes what they spill.
fn pairs(world: &World<'_>) -> Vec<(usize, usize)> {
    let places = |id: &str| -> Vec<usize> {
        (0..world.platforms.len()).filter(|&at| world.platforms[at].id().0 == id).collect()
    };
    let mut found = Vec::new();
    for (servers, taker) in BURSTS {
        for base in places(servers) {
            let region = world.region_at(base);
            let beside = places(taker).into_iter().filter(|&at| world.region_at(at) == region);
            found.extend(beside.map(|burst| (base, burst)));
        }
    }
    found
}

/// A split to evaluate, with what it has to cost less than.
pub(crate) struct Offer {
    /// The servers' platform.
    pub(crate) platform: usize,
    /// The candidate of the other side from which it was made.
    pub(crate) like: usize,
    pub(crate) configuration: Configuration,
    pub(crate) beat: Money,
}

/// The splits of one component worth evaluating, of what fits on either side alone.
pub(crate) fn offers(world: &World<'_>, at: usize, fit: &[Candidate]) -> Vec<Offer> {
    let mut offers = Vec::new();
    for (base, burst) in pairs(world) {
        let on = |platform: usize| {
            let all = fit.iter().enumerate();
            all.filter(move |(_, candidate)| candidate.platform == platform)
        };
        let mut likes: Vec<(usize, &Candidate)> = on(burst).collect();
        likes.sort_by_key(|(_, candidate)| candidate.alone);
        let mut seen = Vec::new();
        for (like, other) in likes {
            let company = (other.architecture(), &other.reach);
            if seen.contains(&company) {
                continue;
            }
            seen.push(company);
            let servers = on(base).filter(|(_, own)| own.reach == other.reach);
            let beat = servers.map(|(_, own)| own.alone).min();
            let beat = beat.map_or(other.alone, |servers| servers.min(other.alone));
            let elsewhere = Member {
                component: world.component(at),
                configuration: &other.configuration,
                evaluation: &other.evaluation,
            };
            let case = world.case(at, base, &other.reach);
            let found = splits(&case, Whole { elsewhere, beat });
            let found = found.unwrap_or_default();
            let offer = |configuration| Offer { platform: base, like, configuration, beat };
            offers.extend(found.into_iter().map(offer));
        }
    }
    offers
}
