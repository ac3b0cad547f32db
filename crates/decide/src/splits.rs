//! One component's load on two platforms: what servers or pods hold steadily, and what goes elsewhere above that.
//!
//! Splits are made from what the closed forms say of both sides alone, and only such are kept as cost less than either:
//! where one side alone is cheaper, a second one to look after is not worth a thought. On a cluster that other components
//! may share, what the cluster costs in any company is no part of that comparison with the other side: the search weighs it.

use platforms::split::{BURSTS, Peaks, Whole, may_take, splits};
use platforms::{Configuration, Family, Member, Spill};
use units::Money;

use crate::case::runs_code;
use crate::evaluate::Candidate;
use crate::world::World;

/// What a minute may bring over the one before it where pods are held at 70 % of their CPU.
const HEADROOM: f64 = 1.0 / 0.7;

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

/// Pairs of platforms by their places in the list: what holds the steady part, and what takes what that spills.
fn pairs(world: &World<'_>) -> Vec<(usize, usize)> {
    let places = |id: &str| -> Vec<usize> {
        (0..world.platforms.len()).filter(|&at| world.platforms[at].id().0 == id).collect()
    };
    let mut found = Vec::new();
    for (steady, taker) in BURSTS {
        for base in places(steady) {
            let region = world.region_at(base);
            let beside = places(taker).into_iter().filter(|&at| world.region_at(at) == region);
            found.extend(beside.map(|burst| (base, burst)));
        }
    }
    found
}

/// Whether the load comes to half of its peak within a minute from so much less that an autoscaler's pods, a part of which is
/// free, cannot hold it before others are there.
fn outruns(per_minute: &[f64]) -> bool {
    let peak = per_minute.iter().copied().fold(0.0, f64::max);
    let mut pairs = per_minute.iter().zip(per_minute.iter().cycle().skip(1));
    pairs.any(|(before, now)| now * 2.0 >= peak && *now > before * HEADROOM)
}

/// What a cluster costs in any company, where there may be some.
fn shared(world: &World<'_>, at: usize, own: &Candidate) -> Option<Money> {
    let platform = world.platforms[own.platform];
    let company = (0..world.len()).any(|other| other != at && runs_code(world.component(other)));
    if platform.family() != Family::Kubernetes || !company {
        return None;
    }
    let (configuration, evaluation) = (&own.configuration, &own.evaluation);
    let member = Member { component: world.component(at), configuration, evaluation };
    platform.floors(&member, &world.site_of(own.platform)).ok().map(|floors| floors.fixed)
}

/// A split to evaluate, with what it has to cost less than.
pub(crate) struct Offer {
    /// The platform of the steady part.
    pub(crate) platform: usize,
    /// The candidate of the other side from which it was made.
    pub(crate) like: usize,
    pub(crate) configuration: Configuration,
    pub(crate) beat: Money,
}

/// The splits of one component worth evaluating, of what fits on either side alone.
pub(crate) fn offers(world: &World<'_>, at: usize, fit: &[Candidate]) -> Vec<Offer> {
    let mut offers = Vec::new();
    let Some(peaks) = Peaks::of(world.component(at), &world.loads[at]) else { return offers };
    let outruns = outruns(&world.loads[at].per_minute);
    for (base, burst) in pairs(world) {
        let on = |platform: usize| {
            let all = fit.iter().enumerate();
            all.filter(move |(_, candidate)| candidate.platform == platform)
        };
        let takes = |(_, candidate): &(usize, &Candidate)| may_take(&candidate.configuration);
        let mut likes: Vec<(usize, &Candidate)> = on(burst).filter(takes).collect();
        likes.sort_by_key(|(_, candidate)| candidate.alone);
        let mut seen = Vec::new();
        for (like, other) in likes {
            let company = (other.architecture(), &other.reach);
            if seen.contains(&company) {
                continue;
            }
            seen.push(company);
            let own = on(base).filter(|(_, own)| own.reach == other.reach).map(|(_, own)| own);
            let own: Vec<&Candidate> = own.collect();
            let there = own.iter().find_map(|own| shared(world, at, own)).unwrap_or(Money::ZERO);
            let beat = own.iter().map(|own| own.alone).min();
            // What comes too late is not known to hold the load, however little the closed form says that it costs.
            let late = world.platforms[base].family() == Family::Kubernetes && outruns;
            let beat = beat.filter(|_| !late);
            let all_there = on(burst).filter(|(_, own)| own.reach == other.reach);
            let least_there = all_there.map(|(_, own)| own.alone).min().unwrap_or(other.alone);
            let other_alone = least_there + there;
            let beat = beat.map_or(other_alone, |own| own.min(other_alone));
            let elsewhere = Member {
                component: world.component(at),
                configuration: &other.configuration,
                evaluation: &other.evaluation,
            };
            let case = world.case(at, base, &other.reach);
            let found = splits(world.platforms[base], &case, &peaks, Whole { elsewhere, beat });
            let found = found.unwrap_or_default();
            let offer = |configuration| Offer { platform: base, like, configuration, beat };
            offers.extend(found.into_iter().map(offer));
        }
    }
    offers
}

#[cfg(test)]
mod tests {
    use super::outruns;

    #[test]
    fn a_spike_outruns_an_autoscaler_and_a_day_with_its_night_does_not() {
        let day =
            |minute: i32| 100.0 - 99.0 * (f64::from(minute) * std::f64::consts::TAU / 1440.0).cos();
        let mut load: Vec<f64> = (0..1440).map(day).collect();
        assert!(!outruns(&load));
        // Noise where hardly anybody comes is no peak.
        load[3] = 20.0;
        assert!(!outruns(&load));
        load[0] = 150.0;
        assert!(outruns(&load), "from the end of the cycle to its beginning");
        assert!(!outruns(&[5.0; 10]) && !outruns(&[]));
    }
}
