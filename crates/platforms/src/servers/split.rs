//! Which splits are worth trying: the steady part of a load on servers, what is above it on instances that come with
//! requests.
//!
//! A split can only win where machines for the peak would stand idle most of the time, so the servers are sized for
//! levels that the load stays below for most of its cycle. Before anything is evaluated a bound tells whether it may be
//! cheaper than either side alone: the servers, and what is above all of their CPUs at the other side's price.

use catalog::Missing;
use model::{
    Architecture, Beside, Configuration, FrontDoor, Kind, Network, ServerSettings, Settings, Spill,
};
use units::{Bytes, Millicores, Money};

use super::fit::{self, Requirement};
use super::{load, options, plan, world};
use crate::aws_lambda;
use crate::case::{Case, Member, Site};

/// Servers of a provider, and the platforms that take what they spill.
pub const BURSTS: &[(&str, &str)] = &[
    ("servers/ec2", "aws/lambda"),
    ("servers/gce", "gcp/cloud-run"),
    ("servers/azure-vm", "azure/container-apps"),
];

/// Shares of the cycle for which the load is below what the servers are sized for.
const LEVELS: [f64; 3] = [0.5, 0.9, 0.98];
/// Below this ratio of the busiest minute to the lowest level no split is looked for.
const PEAKY: f64 = 1.5;
/// Requests in flight on one server, as multiples of those that keep all of its CPUs busy without any of them waiting for
/// a CPU: few requests share a CPU at the first, up to two at the second.
const FILLED: [f64; 2] = [1.0, 2.0];
/// Splits tried for one pair and architecture at the most.
const OPTIONS_MAX: usize = 4;

/// A side alone, as it would take the whole load.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    /// The other side with its usage under the whole load.
    pub elsewhere: Member<'a>,
    /// What the cheaper of both sides costs alone.
    pub beat: Money,
}

/// The splits between servers of the other side's architecture and this side that may cost less than `whole.beat`,
/// by what they cost at the least.
pub fn splits(case: &Case<'_>, whole: Whole<'_>) -> Result<Vec<Configuration>, Missing> {
    let (component, configuration) = (case.component, whole.elsewhere.configuration);
    let known = load::work(component).filter(|work| work.cpu.nanos() > 0);
    let (Some(work), Some(to)) = (known, spilled_to(case, configuration)) else {
        return Ok(Vec::new());
    };
    let plain = component.kind == Kind::Http
        && component.steps.is_none()
        && case.app.network.get() != Some(Network::Private)
        && options::volume(component) == Bytes::ZERO;
    let architecture = match &configuration.settings {
        Settings::Function(function) => function.architecture,
        Settings::Instance(instance) => instance.architecture,
        _ => return Ok(Vec::new()),
    };
    if !plain || !options::architectures(component).contains(&architecture) {
        return Ok(Vec::new());
    }
    let cpus = load::cpus_by_minute(component, case.workload);
    let levels = levels(&cpus);
    if levels.is_empty() {
        return Ok(Vec::new());
    }
    let elsewhere = at_its_price(&to, whole.elsewhere, &case.site())?;
    let mut found: Vec<(Money, Configuration)> = Vec::new();
    for level in levels {
        let fleet =
            Fleet { case, architecture, track: load::below(component, case.workload, level) };
        // As large as the CPU asks for; how many requests it takes at once follows, and their memory from that.
        let Some(bare) = fleet.taking(1, &to)? else { continue };
        let at_once = bare.cpus_each * (1.0 + work.wait.secs_f64() / work.cpu.secs_f64());
        for filled in FILLED {
            let in_flight = (at_once * filled).ceil().max(1.0) as u32;
            let Some(sized) = fleet.taking(in_flight, &to)? else { continue };
            let there = sized.cpus_each * f64::from(options::zones(case));
            let least = sized.cost + elsewhere.scaled(parts(above(&cpus, there)), parts(1.0));
            if least < whole.beat {
                found.push((least, sized.configuration));
            }
        }
    }
    found.sort_by(|a, b| (a.0, &a.1.label).cmp(&(b.0, &b.1.label)));
    found.dedup_by(|a, b| a.1 == b.1);
    found.truncate(OPTIONS_MAX);
    Ok(found.into_iter().map(|(_, configuration)| configuration).collect())
}

/// Servers that are to carry a part of the load.
struct Fleet<'a, 'c> {
    case: &'a Case<'c>,
    architecture: Architecture,
    track: load::Track,
}

/// Servers with what they cost alone.
struct Sized {
    cost: Money,
    /// CPUs of each.
    cpus_each: f64,
    configuration: Configuration,
}

impl Fleet<'_, '_> {
    /// One server a zone, each of which takes so many requests at once; `None` where no type holds that.
    fn taking(&self, in_flight: u32, to: &Configuration) -> Result<Option<Sized>, Missing> {
        let (case, component) = (self.case, self.case.component);
        let copies = options::zones(case);
        let front_door = options::front_door(case, copies);
        let spill = Spill { in_flight, proxy: Beside::default(), to: Box::new(to.clone()) };
        let mut settings = ServerSettings {
            cpu: Millicores::ZERO,
            memory: Bytes::ZERO,
            architecture: self.architecture,
            front_door,
            copies,
            min: copies,
            volume: Bytes::ZERO,
            spill: Some(spill),
        };
        let each = component.concurrency.get().unwrap_or(1).max(1);
        let processes = world::door(case, &settings).room.div_ceil(each).max(1);
        settings.memory = component.memory.get().unwrap_or(Bytes::ZERO) * u64::from(processes);
        let need = Requirement {
            cpu: Millicores::ZERO,
            memory: settings.memory,
            peak: self.track.peak.iter().map(|p| p.div_ceil(copies)).collect(),
            mean: self.track.mean.iter().map(|m| m.div_ceil(copies)).collect(),
            step: self.track.step,
            server_millis: u64::from(copies) * 1000,
        };
        let site = case.site();
        let Some(fit) = fit::cheapest(&need, self.architecture, &site)? else { return Ok(None) };
        settings.cpu = fit.instance.cpu;
        let mut cost = fit.cost_month + plan::extra_per_server(&site)? * u64::from(copies);
        cost += options::balancer(case, front_door)?;
        let label = options::label(&settings, &fit.instance.name);
        let (cpus_each, platform) = (settings.cpu.vcpu_f64(), site.cloud().servers);
        let settings = Settings::Server(settings);
        Ok(Some(Sized {
            cost,
            cpus_each,
            configuration: Configuration { platform, settings, label },
        }))
    }
}

/// The other side as servers call it; `None` where something of it is kept ready and paid for.
fn spilled_to(case: &Case<'_>, configuration: &Configuration) -> Option<Configuration> {
    match &configuration.settings {
        Settings::Function(function) => {
            let comes = function.provisioned == 0 && function.workflow.is_none();
            let at_url = || aws_lambda::at_its_url(case, function);
            comes.then(at_url)
        }
        Settings::Instance(instance) => {
            let own = [FrontDoor::None, FrontDoor::Dns].contains(&instance.front_door);
            let comes = instance.min == 0 && instance.billing == model::Billing::Requests;
            (comes && own).then(|| configuration.clone())
        }
        _ => None,
    }
}

/// What the other side costs for the whole load where the servers call it.
fn at_its_price(to: &Configuration, whole: Member<'_>, site: &Site<'_>) -> Result<Money, Missing> {
    let Some(platform) = crate::by_id(to.platform) else { return Ok(Money::ZERO) };
    Ok(platform.bill(&[Member { configuration: to, ..whole }], site)?.total())
}

/// CPUs that the load is below for shares of its cycle, where its peak is well above them.
fn levels(cpus: &[f64]) -> Vec<f64> {
    let mut sorted = cpus.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(&peak) = sorted.last() else { return Vec::new() };
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
    if peak < at(LEVELS[0]) * PEAKY {
        return Vec::new();
    }
    let mut levels = LEVELS.map(at).to_vec();
    levels.retain(|&level| level < peak);
    levels.dedup();
    levels
}

/// The share of all work that comes above so many CPUs.
fn above(cpus: &[f64], there: f64) -> f64 {
    let all: f64 = cpus.iter().sum();
    cpus.iter().map(|want| (want - there).max(0.0)).sum::<f64>() / all.max(f64::MIN_POSITIVE)
}

/// A share in whole parts.
fn parts(share: f64) -> u128 {
    (share * 1e9).floor() as u128
}
