//! The few configurations of each platform that are worth a simulation.

use model::{Architecture, Component};
use platforms::{Evaluation, Family, Settings, Usage};
use units::Duration;

use super::Candidate;
use crate::abroad::Reach;
use crate::compose::Chains;
use crate::world::World;

/// A configuration this much below the goal is worth simulating beside the cheapest one.
const COMFORT: f64 = 0.8;
/// Knative is simulated beside deployments if it takes at most this share of what they take of nodes.
const FAR_LESS: f64 = 0.7;
/// Further configurations tried where the simulation refused all of a platform's shortlist.
const SECOND_ROUND: usize = 6;
/// GiB of memory that weigh as much as one vCPU when the resources of two configurations are compared: the
/// commonest shape of machines.
const GIB_PER_VCPU: f64 = 4.0;

/// When a configuration is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// At once.
    First,
    /// If the simulation refuses the first ones.
    Second,
}

/// The few configurations of each platform worth simulating, of many that fit (sorted by platform and price).
///
/// First the cheapest (on clusters and servers of each architecture, since nodes are shared), the one that takes the
/// least of shared machines, the same of Knative's if that is far less, the cheapest that meets its latency goal with ease, where others wait for the
/// component, the fastest, and the cheapest that is kept ready by the hour. Then a few dearer ones, if the simulation refuses those.
pub(crate) fn shortlist(
    world: &World<'_>,
    chains: &Chains,
    at: usize,
    fit: &[Candidate],
) -> Vec<(Candidate, Round)> {
    let awaited = (0..world.len()).any(|head| {
        let promises = !world.component(head).slo.latency.is_empty();
        promises && chains.has_calls(head) && chains.members(head).contains(&at)
    });
    let mut short = Vec::new();
    let company = |c: &'_ Candidate| (c.platform, c.reach.clone(), c.is_split());
    let mut companies: Vec<(usize, Reach, bool)> = fit.iter().map(company).collect();
    companies.sort_unstable();
    companies.dedup();
    for (platform, reach, split) in companies {
        let here =
            |c: &&Candidate| c.platform == platform && c.reach == reach && c.is_split() == split;
        let mine: Vec<&Candidate> = fit.iter().filter(here).collect();
        let shares =
            matches!(world.platforms[platform].family(), Family::Kubernetes | Family::Servers);
        let mut first: Vec<usize> = Vec::new();
        let mut take = |place: Option<usize>| {
            if let Some(place) = place.filter(|place| !first.contains(place)) {
                first.push(place);
            }
        };
        take((!mine.is_empty()).then_some(0));
        if shares {
            for architecture in [Architecture::X86, Architecture::Arm] {
                let plain = |c: &&Candidate| !c.is_knative();
                take(mine.iter().position(|c| plain(c) && c.architecture() == Some(architecture)));
            }
            let takes = |candidate: &Candidate| resources(candidate, world.component(at));
            let of = |knative: bool| {
                let there = |c: &Candidate| c.is_knative() == knative;
                least(&mine, |c| if there(c) { takes(c) } else { f64::INFINITY })
                    .filter(|&place| there(mine[place]))
            };
            let (plain, knative) = (of(false), of(true));
            take(plain);
            let far = |place: Option<usize>| place.map_or(f64::INFINITY, |p| takes(mine[p]));
            take(knative.filter(|_| far(knative) <= far(plain) * FAR_LESS));
        }
        take(mine.iter().position(|c| worst_ratio(world, at, &c.evaluation) <= COMFORT));
        if awaited {
            take(least(&mine, speed));
        }
        // What is kept by the hour is offered where starts break a promise, which closed forms do not see everywhere.
        take(mine.iter().position(|c| c.configuration.settings.warm_hours().is_some()));
        let second = second_round(&mine, &first);
        for (places, round) in [(first, Round::First), (second, Round::Second)] {
            short.extend(places.iter().map(|&place| (mine[place].clone(), round)));
        }
    }
    short
}

/// Further configurations up the price list: the next one, the one after the next, and so on in doubling strides,
/// since larger instances answer faster and a closed form may not see it.
fn second_round(mine: &[&Candidate], first: &[usize]) -> Vec<usize> {
    let others: Vec<usize> = (0..mine.len()).filter(|place| !first.contains(place)).collect();
    let strides = (0..SECOND_ROUND).map(|round| (1_usize << round) - 1);
    strides.filter_map(|at| others.get(at).copied()).collect()
}

pub(super) fn least(mine: &[&Candidate], key: impl Fn(&Candidate) -> f64) -> Option<usize> {
    (0..mine.len()).min_by(|&a, &b| key(mine[a]).total_cmp(&key(mine[b])).then(a.cmp(&b)))
}

/// What a configuration takes of shared machines, in vCPU and their worth of memory.
pub(super) fn resources(candidate: &Candidate, component: &Component) -> f64 {
    let weigh = |cpu: f64, gib: f64| cpu + gib / GIB_PER_VCPU;
    match (&candidate.configuration.settings, &candidate.evaluation.usage) {
        (Settings::Pod(pod), Usage::Pod(usage)) => {
            let (cpu, memory) = pod.scheduled(component);
            usage.replicas.mean() * weigh(cpu.vcpu_f64(), memory.gib_f64())
        }
        (Settings::Instance(instance), Usage::Task(usage)) => {
            usage.replicas.mean() * weigh(instance.cpu.vcpu_f64(), instance.memory.gib_f64())
        }
        (Settings::Server(server), Usage::Server(usage)) => {
            let peak = usage.cpu_millicores.iter().copied().max().unwrap_or(0);
            f64::from(server.copies) * weigh(f64::from(peak) / 1000.0, server.memory.gib_f64())
        }
        _ => 0.0,
    }
}

/// How long the slowest hundredth waits, in seconds; endless where nothing is known.
fn speed(candidate: &Candidate) -> f64 {
    let latency = candidate.evaluation.latency.as_ref();
    latency.and_then(|l| l.quantile(0.99)).map_or(f64::INFINITY, Duration::secs_f64)
}

/// The largest ratio of a latency to its goal; 0 without goals.
pub(super) fn worst_ratio(world: &World<'_>, at: usize, evaluation: &Evaluation) -> f64 {
    let Some(latency) = &evaluation.latency else { return 0.0 };
    let goals = world.component(at).slo.latency.iter();
    let ratios = goals.filter_map(|(share, limit, _)| {
        Some(latency.quantile(share.get())?.secs_f64() / limit.secs_f64().max(1e-9))
    });
    ratios.fold(0.0, f64::max)
}
