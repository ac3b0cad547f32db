//! Which splits are worth trying: the steady part of a load on servers or pods, what is above it on instances that come
//! with requests.
//!
//! A split can only win where machines for the peak would stand idle most of the time, so what holds the steady part is
//! sized for levels that the load stays below for most of its cycle. Before anything is evaluated a bound tells whether
//! it may be cheaper than either side alone: what holds it, and what is above all of its CPUs at the other side's price.

use catalog::Missing;
use model::{Architecture, Component, Configuration, FrontDoor, Kind, Network, Settings};
use traffic::Workload;
use units::{Bytes, Money};

use crate::aws_lambda;
use crate::case::{Case, Member, Site};
use crate::platform::Platform;
use crate::servers::load::{self, Work};
use crate::servers::volume;

/// What holds a steady load, and the platforms that take what it spills. Who sells no instances that come with requests
/// in the region of the machines (Hetzner) has no row.
pub const BURSTS: &[(&str, &str)] = &[
    ("servers/ec2", "aws/lambda"),
    ("servers/gce", "gcp/cloud-run"),
    ("servers/azure-vm", "azure/container-apps"),
    ("kubernetes/eks", "aws/lambda"),
    ("kubernetes/eks-auto", "aws/lambda"),
    ("kubernetes/gke", "gcp/cloud-run"),
    ("kubernetes/gke-autopilot", "gcp/cloud-run"),
    ("kubernetes/aks", "azure/container-apps"),
];

/// Shares of the cycle for which the load is below what the steady side is sized for.
const LEVELS: [f64; 3] = [0.5, 0.9, 0.98];
/// Below this ratio of the busiest minute to the lowest level no split is looked for.
const PEAKY: f64 = 1.5;
/// Requests in flight on one server or pod, as multiples of those that keep all of its CPUs busy without any of them
/// waiting for a CPU: few requests share a CPU at the first, up to two at the second.
pub(crate) const FILLED: [f64; 2] = [1.0, 2.0];
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

/// What is wanted of the steady side.
#[derive(Debug, Clone, Copy)]
pub struct Steady<'s> {
    /// Architecture, which is the other side's: both run one image.
    pub architecture: Architecture,
    /// CPUs that the load is below for shares of its cycle.
    pub levels: &'s [f64],
    /// Mean work of a request.
    pub(crate) work: Work,
    /// What takes the rest.
    pub to: &'s Configuration,
    /// What it has to cost less than.
    pub below: Money,
}

impl Steady<'_> {
    /// Requests in flight that keep this many CPUs busy without any of them waiting for one.
    pub(crate) fn in_flight(&self, cpus: f64) -> f64 {
        cpus.max(1.0) + cpus * self.work.wait.secs_f64() / self.work.cpu.secs_f64()
    }
}

/// A steady side that takes the load up to its CPUs.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// What it costs alone, at the least.
    pub cost: Money,
    /// Its CPUs in all.
    pub cpus: f64,
    /// How it is configured.
    pub configuration: Configuration,
}

/// A load that is peaky enough, of a component that may be split: most are not.
#[derive(Debug, Clone)]
pub struct Peaks {
    work: Work,
    /// CPUs at work in each minute.
    cpus: Vec<f64>,
    /// CPUs that they are below for shares of the cycle.
    levels: Vec<f64>,
}

impl Peaks {
    /// Those of a component; `None` where no split is worth a thought.
    pub fn of(component: &Component, workload: &Workload) -> Option<Self> {
        let work = load::work(component).filter(|work| work.cpu.nanos() > 0)?;
        if !is_plain(component) {
            return None;
        }
        let cpus = load::cpus_by_minute(component, workload);
        let levels = levels(&cpus);
        (!levels.is_empty()).then_some(Self { work, cpus, levels })
    }

    /// The share of all work that comes above so many CPUs.
    fn above(&self, there: f64) -> f64 {
        let all: f64 = self.cpus.iter().sum();
        let above = self.cpus.iter().map(|want| (want - there).max(0.0)).sum::<f64>();
        above / all.max(f64::MIN_POSITIVE)
    }
}

/// Whether a proxy may send its requests to either side: they are whole, and leave nothing behind.
fn is_plain(component: &Component) -> bool {
    component.kind == Kind::Http && component.steps.is_none() && volume(component) == Bytes::ZERO
}

/// The splits between `base` in the other side's architecture and this side that may cost less than `whole.beat`, by
/// what they cost at the least.
///
/// # Errors
/// A price or a limit that the catalogue does not have.
pub fn splits(
    base: &dyn Platform,
    case: &Case<'_>,
    peaks: &Peaks,
    whole: Whole<'_>,
) -> Result<Vec<Configuration>, Missing> {
    let configuration = whole.elsewhere.configuration;
    let Some(to) = spilled_to(case, configuration) else { return Ok(Vec::new()) };
    let architecture = match &configuration.settings {
        Settings::Function(function) => function.architecture,
        Settings::Instance(instance) => instance.architecture,
        _ => return Ok(Vec::new()),
    };
    if case.app.network.get() == Some(Network::Private) {
        return Ok(Vec::new());
    }
    let elsewhere = at_its_price(&to, whole.elsewhere, &case.site())?;
    let mut found: Vec<(Money, Configuration)> = Vec::new();
    let steady = Steady {
        architecture,
        levels: &peaks.levels,
        work: peaks.work,
        to: &to,
        below: whole.beat,
    };
    for held in base.steady(case, &steady)? {
        if held.cost >= whole.beat {
            continue;
        }
        let above = parts(peaks.above(held.cpus));
        let least = held.cost + elsewhere.scaled(above, parts(1.0));
        if least < whole.beat {
            found.push((least, held.configuration));
        }
    }
    found.sort_by(|a, b| (a.0, &a.1.label).cmp(&(b.0, &b.1.label)));
    found.dedup_by(|a, b| a.1 == b.1);
    found.truncate(OPTIONS_MAX);
    Ok(found.into_iter().map(|(_, configuration)| configuration).collect())
}

/// Whether a configuration may take what others spill: nothing of it is kept ready and paid for, and a proxy reaches it.
pub fn may_take(configuration: &Configuration) -> bool {
    match &configuration.settings {
        Settings::Function(function) => function.provisioned == 0 && function.workflow.is_none(),
        Settings::Instance(instance) => {
            let own = [FrontDoor::None, FrontDoor::Dns].contains(&instance.front_door);
            own && instance.min == 0 && instance.billing == model::Billing::Requests
        }
        _ => false,
    }
}

/// The other side as a proxy calls it; `None` where it takes nothing.
fn spilled_to(case: &Case<'_>, configuration: &Configuration) -> Option<Configuration> {
    may_take(configuration).then(|| match &configuration.settings {
        Settings::Function(function) => aws_lambda::at_its_url(case, function),
        _ => configuration.clone(),
    })
}

/// What the other side costs for the whole load where a proxy calls it.
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

/// A share in whole parts.
fn parts(share: f64) -> u128 {
    (share * 1e9).floor() as u128
}
