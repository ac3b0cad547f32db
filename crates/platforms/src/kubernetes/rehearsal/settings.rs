//! What can be set about a rehearsal, and what holds where nothing is.

use catalog::{InstanceType, Missing};
use model::{Architecture, Component, Kind};
use sim::nodes::PodSize;
use units::{Bytes, Duration, Millicores};

use super::super::flavours::Flavour;
use super::super::overhead::Overhead;
use super::super::world::image;
use super::{Refused, declared};
use crate::case::Case;
use crate::container_load::Minutes;
use crate::container_options::{self as common, TARGET_PERCENT};

/// The names of all settings, in the order in which they are listed.
pub const NAMES: [&str; 17] = [
    "min",
    "max",
    "target",
    "cpu",
    "memory",
    "concurrency",
    "autoscaler",
    "nodes",
    "node",
    "image",
    "stabilization",
    "tolerance",
    "spot",
    "pdb",
    "restart",
    "grace",
    "limit",
];

/// How many of them are always listed; those after them where they are set.
const ALWAYS: usize = 12;

/// CPU request where nobody says.
const CPU_ASSUMED: Millicores = Millicores::new(250);
/// Messages a replica is meant to take where nobody says: the default of KEDA's SQS trigger.
const MESSAGES_EACH: u32 = 5;
/// Nodes where nobody says: small ones, general purpose, of a current generation.
const NODES_ASSUMED: [(Architecture, &str); 2] =
    [(Architecture::Arm, "m7g.large"), (Architecture::X86, "m7i.large")];
/// Head-room of the replica maximum over what the busiest minute needs, and the least that it is.
const MAX_FACTOR: u32 = 2;
const MAX_LEAST: u32 = 10;
/// More replicas are not a rehearsal but a slip.
const REPLICAS_MOST: u32 = 10_000;

/// Who decides how many pods there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Autoscaler {
    /// The horizontal pod autoscaler.
    Hpa,
    /// KEDA on the length of a queue.
    Keda,
    /// Knative's pod autoscaler on requests in flight.
    Kpa,
}

impl Autoscaler {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hpa => "hpa",
            Self::Keda => "keda",
            Self::Kpa => "kpa",
        }
    }
}

/// Who decides how many nodes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeSource {
    /// Karpenter.
    Karpenter,
    /// The cluster autoscaler.
    ClusterAutoscaler,
    /// Nobody: always so many.
    Fixed(u32),
}

/// What the autoscaler aims at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// HPA: CPU in per cent of the request. Knative: requests in flight in per cent of the concurrency.
    Percent(u32),
    /// Requests in flight, or messages, for each pod.
    Each(u32),
}

/// How many pods may be missing before evictions wait: a `PodDisruptionBudget`'s `maxUnavailable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// So many.
    Pods(u32),
    /// In per cent of those asked for, rounded up.
    Percent(u32),
}

impl Budget {
    /// Pods that may be missing of so many.
    pub(super) const fn of(self, wanted: u32) -> u32 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => (wanted as u64 * percent as u64).div_ceil(100) as u32,
        }
    }
}

/// What was asked for; `None` leaves the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wish {
    /// Replicas at least.
    pub min: Option<u32>,
    /// Replicas at most.
    pub max: Option<u32>,
    /// What the autoscaler aims at.
    pub target: Option<Aim>,
    /// CPU of one pod.
    pub cpu: Option<Millicores>,
    /// Memory of one pod.
    pub memory: Option<Bytes>,
    /// Requests that one pod serves at once.
    pub concurrency: Option<u32>,
    /// Who decides on pods.
    pub autoscaler: Option<Autoscaler>,
    /// Who decides on nodes.
    pub nodes: Option<NodeSource>,
    /// Types of the nodes, separated by commas.
    pub node: Option<String>,
    /// Size of the image.
    pub image: Option<Bytes>,
    /// How long the HPA remembers its highest recommendation; Knative: the stable window.
    pub stabilization: Option<Duration>,
    /// How far the HPA lets the metric be from its target, in per cent.
    pub tolerance_percent: Option<f64>,
    /// Whether nodes but the first are spot capacity.
    pub spot: Option<bool>,
    /// How many pods evictions may take at once.
    pub pdb: Option<Budget>,
    /// When all pods are replaced, after the beginning.
    pub restart: Option<Duration>,
    /// How long a pod that ends may take to finish.
    pub grace: Option<Duration>,
    /// CPU that a pod may use where its node has it.
    pub limit: Option<Millicores>,
}

impl Wish {
    /// Sets one of [`NAMES`].
    ///
    /// # Errors
    /// A name that is not there (then [`Refused::unknown`] is set), or a value that it cannot have.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        let value = value.trim();
        match name {
            "min" => self.min = Some(replicas(name, value)?),
            "max" => self.max = Some(replicas(name, value)?.max(1)),
            "target" => self.target = Some(aim(value)?),
            "cpu" => {
                let cpu = Millicores::parse(value).map_err(|e| parse(name, e))?;
                self.cpu = Some(cpu.max(Millicores::new(1)));
            }
            "memory" => self.memory = Some(Bytes::parse(value).map_err(|e| parse(name, e))?),
            "concurrency" => self.concurrency = Some(replicas(name, value)?.max(1)),
            "autoscaler" => self.autoscaler = Some(autoscaler(value)?),
            "nodes" => self.nodes = Some(nodes(value)?),
            "node" => self.node = Some(value.to_owned()),
            "image" => self.image = Some(Bytes::parse(value).map_err(|e| parse(name, e))?),
            "stabilization" => {
                let window = Duration::parse(value).map_err(|e| parse(name, e))?;
                if window > Duration::HOUR {
                    let message = format!("stabilization: {value} is more than an hour");
                    return Err(Refused::new(message, "Kubernetes takes 0 s to 1 h"));
                }
                self.stabilization = Some(window);
            }
            "limit" => {
                self.limit = Some(Millicores::parse(value).map_err(|e| parse(name, e))?);
            }
            "spot" => self.spot = Some(yes_or_no(name, value)?),
            "pdb" => self.pdb = Some(budget(value)?),
            "restart" => self.restart = Some(moment(value)?),
            "grace" => {
                let grace = Duration::parse(value).map_err(|e| parse(name, e))?;
                if grace > Duration::HOUR {
                    let message = format!("grace: {value} is more than an hour");
                    return Err(Refused::new(message, "Kubernetes' default is 30 s"));
                }
                self.grace = Some(grace);
            }
            "tolerance" => self.tolerance_percent = Some(percent(value)?),
            _ => return Err(Refused::unknown(name)),
        }
        Ok(())
    }
}

/// What holds in a rehearsal.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings<'a> {
    /// Replicas at least.
    pub min: u32,
    /// Replicas at most.
    pub max: u32,
    /// What the autoscaler aims at.
    pub target: Aim,
    /// CPU request of one pod.
    pub cpu: Millicores,
    /// CPU limit of one pod: the request, or more.
    pub limit: Millicores,
    /// Memory of one pod.
    pub memory: Bytes,
    /// Requests that one pod serves at once.
    pub concurrency: u32,
    /// Who decides on pods.
    pub autoscaler: Autoscaler,
    /// Who decides on nodes.
    pub nodes: NodeSource,
    /// Type of the nodes: the first of several.
    pub instance: &'a InstanceType,
    /// All types that nodes may be of.
    pub instances: Vec<&'a InstanceType>,
    /// Size of the image.
    pub image: Bytes,
    /// See [`Wish::stabilization`].
    pub stabilization: Duration,
    /// See [`Wish::tolerance_percent`].
    pub tolerance_percent: f64,
    /// See [`Wish::spot`].
    pub spot: bool,
    /// See [`Wish::pdb`].
    pub pdb: Option<Budget>,
    /// See [`Wish::restart`].
    pub restart: Option<Duration>,
    /// See [`Wish::grace`].
    pub grace: Duration,
    /// Whether the grace is not the default.
    grace_set: bool,
    /// What the team declared, where its autoscaler is rehearsed and nothing replaces its metrics.
    pub(super) declared: Option<&'a model::Autoscaler>,
}

impl<'a> Settings<'a> {
    /// What was asked for, with defaults from the component, its load and the catalogue.
    ///
    /// # Errors
    /// Settings that do not go together, a node type that is not known or too small, a missing row.
    pub fn of(case: &Case<'a>, wish: &Wish) -> Result<Self, Refused> {
        let component = case.component;
        let blueprint = component.blueprint.as_deref();
        let declared = blueprint.and_then(|blueprint| blueprint.autoscaler.as_ref());
        let declared = declared.filter(|declared| {
            wish.autoscaler.is_none_or(|chosen| chosen == declared::kind(declared))
        });
        let wish = &declared::filled(wish, blueprint, declared);
        let autoscaler = autoscaler_for(component, wish, declared)?;
        let cpu = wish.cpu.or_else(|| component.cpu_request.as_ref()?.get()).unwrap_or(CPU_ASSUMED);
        let concurrency = wish.concurrency.unwrap_or_else(|| common::concurrency(component));
        let target = match wish.target {
            Some(Aim::Percent(_)) if autoscaler == Autoscaler::Keda => {
                let hint = "write the messages a replica is meant to take, such as `target=5`";
                return Err(Refused::new("target: KEDA aims at a number, not at a share", hint));
            }
            Some(target) => target,
            None => declared
                .and_then(declared::aim)
                .unwrap_or_else(|| default_aim(autoscaler, component, cpu, concurrency)),
        };
        let min = least(case, wish, autoscaler)?;
        let max = match wish.max {
            Some(max) if max < min => {
                let message = format!("max: {max} is less than min, which is {min}");
                return Err(Refused::new(message, "raise `max` or lower `min`"));
            }
            Some(max) => max,
            None => {
                let needed = busiest(case, cpu, concurrency, (autoscaler, target))
                    .saturating_mul(MAX_FACTOR);
                needed.max(MAX_LEAST).max(min).min(REPLICAS_MOST)
            }
        };
        let hold = case.prices.limit_number("kubernetes-hpa", "downscale_stabilization")?;
        let stabilization = wish.stabilization.unwrap_or_else(|| match autoscaler {
            Autoscaler::Kpa => scaling::kpa::Settings::default().stable_window,
            Autoscaler::Hpa | Autoscaler::Keda => Duration::from_secs_f64(hold),
        });
        let tolerance = case.prices.limit_number("kubernetes-hpa", "tolerance")? * 100.0;
        let memory = wish.memory.unwrap_or_else(|| common::memory(component));
        let limit = wish.limit.unwrap_or(cpu);
        if limit < cpu {
            let message =
                format!("limit: {}m is less than the request, {}m", limit.get(), cpu.get());
            return Err(Refused::new(
                message,
                "Kubernetes refuses it, too: raise `limit` or lower `cpu`",
            ));
        }
        let instances = instances(case, wish, PodSize { cpu, memory })?;
        let grace = case.prices.limit_number("kubernetes", "termination_grace")?;
        Ok(Self {
            min,
            max,
            target,
            cpu,
            limit,
            memory,
            concurrency,
            autoscaler,
            nodes: wish.nodes.unwrap_or(NodeSource::Karpenter),
            instance: instances[0],
            instances,
            image: wish.image.unwrap_or_else(|| image(case)),
            stabilization,
            tolerance_percent: wish.tolerance_percent.unwrap_or(tolerance),
            spot: wish.spot.unwrap_or(false),
            pdb: wish.pdb,
            restart: wish.restart,
            grace: wish.grace.unwrap_or(Duration::from_secs_f64(grace)),
            grace_set: wish.grace.is_some(),
            declared: declared.filter(|_| wish.target.is_none()),
        })
    }

    /// Each setting with its value, as it is written; without those of the last that are as always.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let target = match (self.target, self.autoscaler) {
            _ if let Some(declared) = self.declared.filter(|d| d.metrics.len() > 1) => {
                declared::shown(declared)
            }
            (Aim::Percent(percent), Autoscaler::Hpa) => format!("{percent}% CPU"),
            (Aim::Percent(percent), _) => format!("{percent}% of the concurrency"),
            (Aim::Each(n), Autoscaler::Keda) => format!("{n} messages a pod"),
            (Aim::Each(n), _) => format!("{n} requests a pod"),
        };
        let nodes = match self.nodes {
            NodeSource::Karpenter => "karpenter".to_owned(),
            NodeSource::ClusterAutoscaler => "cluster-autoscaler".to_owned(),
            NodeSource::Fixed(n) => format!("fixed:{n}"),
        };
        let values = [
            self.min.to_string(),
            self.max.to_string(),
            target,
            format!("{}m", self.cpu.get()),
            self.memory.to_string(),
            self.concurrency.to_string(),
            self.autoscaler.name().to_owned(),
            nodes,
            self.instances.iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(","),
            self.image.to_string(),
            self.stabilization.to_string(),
            format!("{}%", (self.tolerance_percent * 10.0).round() / 10.0),
        ];
        let set = [
            self.spot.then(|| "yes".to_owned()),
            self.pdb.map(|budget| match budget {
                Budget::Pods(pods) => pods.to_string(),
                Budget::Percent(percent) => format!("{percent}%"),
            }),
            self.restart.map(written),
            self.grace_set.then(|| self.grace.to_string()),
            (self.limit > self.cpu).then(|| format!("{}m", self.limit.get())),
        ];
        let always = NAMES.into_iter().take(ALWAYS).zip(values);
        let set = NAMES.into_iter().skip(ALWAYS).zip(set);
        always.chain(set.filter_map(|(name, value)| Some((name, value?)))).collect()
    }

    /// Pods that the autoscaler wants for a rate of this much work.
    pub(super) fn wanted_for(&self, vcpu: f64, in_flight: f64) -> u32 {
        let aim = (self.autoscaler, self.target);
        let wanted = wanted(aim, (self.cpu, self.concurrency), (vcpu, in_flight));
        (wanted as u32).clamp(self.min, self.max)
    }

    /// Pods that a rate of this much work needs if every one of them is full.
    pub(super) fn pods_for(&self, vcpu: f64, in_flight: f64) -> f64 {
        (vcpu / self.cpu.vcpu_f64()).max(in_flight / f64::from(self.concurrency))
    }
}

/// Pods that an autoscaler wants for so many vCPUs and requests in service, if it sees them right.
fn wanted(
    (autoscaler, target): (Autoscaler, Aim),
    (cpu, concurrency): (Millicores, u32),
    (vcpu, in_flight): (f64, f64),
) -> f64 {
    let (by_cpu, by_place) = (vcpu / cpu.vcpu_f64(), in_flight / f64::from(concurrency));
    let wanted = match (target, autoscaler) {
        (Aim::Percent(percent), Autoscaler::Hpa) => by_cpu * 100.0 / f64::from(percent),
        (Aim::Percent(percent), _) => by_place * 100.0 / f64::from(percent),
        (Aim::Each(each), _) => in_flight / f64::from(each),
    };
    // Whatever it aims at, fewer could not do the work.
    wanted.max(by_cpu).max(by_place).ceil()
}

fn autoscaler_for(
    component: &Component,
    wish: &Wish,
    declared: Option<&model::Autoscaler>,
) -> Result<Autoscaler, Refused> {
    let worker = component.kind == Kind::Worker;
    if let (None, Some(declared)) = (wish.autoscaler, declared) {
        return Ok(declared::kind(declared));
    }
    match (wish.autoscaler, worker) {
        (Some(Autoscaler::Keda), false) => Err(Refused::new(
            format!("autoscaler: KEDA watches a queue, and {} is a service", component.id),
            "`hpa` follows CPU or requests, `kpa` (Knative) also goes to zero",
        )),
        (Some(Autoscaler::Kpa), true) => Err(Refused::new(
            format!("autoscaler: Knative's serves requests, and {} is a worker", component.id),
            "`keda` follows the queue and goes to zero, `hpa` follows CPU",
        )),
        (Some(chosen), _) => Ok(chosen),
        (None, true) => Ok(Autoscaler::Keda),
        (None, false) => Ok(Autoscaler::Hpa),
    }
}

/// CPU if it is what binds, requests in flight otherwise; messages for KEDA.
fn default_aim(
    autoscaler: Autoscaler,
    component: &Component,
    cpu: Millicores,
    concurrency: u32,
) -> Aim {
    let full = common::cpu_when_full(component, cpu) / f64::from(common::concurrency(component));
    match autoscaler {
        Autoscaler::Keda => Aim::Each(MESSAGES_EACH),
        Autoscaler::Kpa => Aim::Percent(TARGET_PERCENT),
        Autoscaler::Hpa if cpu.vcpu_f64() < full * f64::from(concurrency) => {
            Aim::Percent(TARGET_PERCENT)
        }
        Autoscaler::Hpa => {
            let each = u64::from(concurrency) * u64::from(TARGET_PERCENT) / 100;
            Aim::Each(u32::try_from(each.max(1)).unwrap_or(u32::MAX))
        }
    }
}

fn least(case: &Case<'_>, wish: &Wish, autoscaler: Autoscaler) -> Result<u32, Refused> {
    match (wish.min, autoscaler) {
        (Some(0), Autoscaler::Hpa) if wish.max != Some(0) => Err(Refused::new(
            "min: a horizontal pod autoscaler keeps one replica at least",
            "`autoscaler=kpa` (services) and `autoscaler=keda` (workers) go to zero",
        )),
        (Some(min), _) => Ok(min),
        (None, Autoscaler::Hpa) => Ok(common::zones(case)),
        (None, Autoscaler::Keda | Autoscaler::Kpa) => Ok(0),
    }
}

/// Pods in the busiest minute of the cycle, at the target.
fn busiest(
    case: &Case<'_>,
    cpu: Millicores,
    concurrency: u32,
    (autoscaler, target): (Autoscaler, Aim),
) -> u32 {
    let Some(minutes) = Minutes::of(case, cpu) else { return 0 };
    let wanted = wanted(
        (autoscaler, target),
        (cpu, concurrency),
        (
            minutes.all_cpus().fold(0.0, f64::max),
            minutes.in_flight.iter().copied().fold(0.0, f64::max),
        ),
    );
    wanted.min(f64::from(REPLICAS_MOST)) as u32
}

/// More types than this are not chosen from but scanned.
const TYPES_MOST: usize = 60;

fn instances<'a>(
    case: &Case<'a>,
    wish: &Wish,
    pod: PodSize,
) -> Result<Vec<&'a InstanceType>, Refused> {
    let wanted = common::architectures(case.component);
    let pinned = case.app.assume.node.as_ref().map(|(name, _)| name.as_str());
    let assumed = NODES_ASSUMED.iter().find(|(arm, _)| wanted.first() == Some(arm));
    let names = wish.node.as_deref().or(pinned).or(assumed.map(|(_, name)| *name));
    let mut names: Vec<&str> =
        names.unwrap_or(NODES_ASSUMED[0].1).split(',').map(str::trim).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > TYPES_MOST {
        let message = format!("node: {} types are more than {TYPES_MOST}", names.len());
        return Err(Refused::new(message, "name those that you would really use"));
    }
    let all: Result<Vec<_>, Refused> =
        names.into_iter().map(|name| instance(case, name, &wanted, pod)).collect();
    let mut all = all?;
    // The cheapest is the one that stands for all.
    all.sort_by_key(|instance| instance.hour);
    Ok(all)
}

fn instance<'a>(
    case: &Case<'a>,
    name: &str,
    wanted: &[Architecture],
    pod: PodSize,
) -> Result<&'a InstanceType, Refused> {
    let instance = case.prices.instance(case.app.region_name(), name)?;
    let has = if instance.arm { Architecture::Arm } else { Architecture::X86 };
    if !wanted.contains(&has) {
        let message =
            format!("node: {name} is {}, which {} cannot run on", has.name(), case.component.id);
        return Err(Refused::new(message, "choose a node of its architecture"));
    }
    if Overhead::of(&case.site(), Flavour::of(&case.site()))?.room(instance).holds(pod) == 0 {
        let message = format!(
            "node: a pod of {}m and {} is larger than what a {name} has for pods",
            pod.cpu.get(),
            pod.memory
        );
        return Err(Refused::new(message, "choose a larger node or a smaller pod"));
    }
    Ok(instance)
}

fn replicas(name: &str, value: &str) -> Result<u32, Refused> {
    let number = value.parse().ok().filter(|&n| n <= REPLICAS_MOST);
    number.ok_or_else(|| {
        let hint = format!("write a whole number up to {REPLICAS_MOST}");
        Refused::new(format!("{name}: `{value}` is not a number of them"), hint)
    })
}

fn yes_or_no(name: &str, value: &str) -> Result<bool, Refused> {
    match value {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(Refused::new(
            format!("{name}: `{value}` is neither yes nor no"),
            "write `yes` or `no`",
        )),
    }
}

fn budget(value: &str) -> Result<Budget, Refused> {
    let (text, share) = match value.strip_suffix('%') {
        Some(text) => (text.trim(), true),
        None => (value, false),
    };
    let number: Option<u32> = text.parse().ok().filter(|&n| n > 0);
    let budget = if share {
        number.filter(|&n| n <= 100).map(Budget::Percent)
    } else {
        number.filter(|&n| n <= REPLICAS_MOST).map(Budget::Pods)
    };
    budget.ok_or_else(|| {
        let hint = "write its `maxUnavailable`, such as `1` or `25%`; with none nothing could ever be evicted";
        Refused::new(format!("pdb: `{value}` is no number of pods that may be missing"), hint)
    })
}

/// As [`moment`] reads it.
fn written(after: Duration) -> String {
    let minutes = after.nanos() / Duration::MINUTE.nanos();
    if minutes < 24 * 60 && Duration::MINUTE * minutes == after {
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    } else {
        after.to_string()
    }
}

/// A time after the beginning, `90 min`, or of the first day, `13:30`.
fn moment(value: &str) -> Result<Duration, Refused> {
    let clock = value.split_once(':').and_then(|(hour, minute)| {
        let (hour, minute): (u64, u64) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60).then(|| Duration::HOUR * hour + Duration::MINUTE * minute)
    });
    match clock {
        Some(clock) => Ok(clock),
        None => Duration::parse(value).map_err(|_| {
            let hint = "write a time of the first day such as `13:30`, or one after its beginning such as `2 h`";
            Refused::new(format!("restart: `{value}` is no time"), hint)
        }),
    }
}

fn percent(value: &str) -> Result<f64, Refused> {
    let number = value.strip_suffix('%').map(str::trim).and_then(|n| n.parse::<f64>().ok());
    number.filter(|n| (0.0..=100.0).contains(n)).ok_or_else(|| {
        Refused::new(format!("tolerance: `{value}` is not a share"), "write a share such as `10%`")
    })
}

fn aim(value: &str) -> Result<Aim, Refused> {
    let refused = || {
        let hint = "write a share such as `70%`, or requests for each pod such as `20`";
        Refused::new(format!("target: `{value}` is neither a share nor a number"), hint)
    };
    let (text, share) = match value.strip_suffix('%') {
        Some(text) => (text.trim(), true),
        None => (value, false),
    };
    let number: u32 = text.parse().ok().filter(|&n| n > 0).ok_or_else(refused)?;
    match share {
        true if number > 1000 => Err(refused()),
        true => Ok(Aim::Percent(number)),
        false => Ok(Aim::Each(number)),
    }
}

fn autoscaler(value: &str) -> Result<Autoscaler, Refused> {
    let all = [Autoscaler::Hpa, Autoscaler::Keda, Autoscaler::Kpa];
    all.into_iter().find(|a| a.name() == value).ok_or_else(|| {
        Refused::new(format!("autoscaler: there is no `{value}`"), "one of: hpa, keda, kpa")
    })
}

fn nodes(value: &str) -> Result<NodeSource, Refused> {
    match value {
        "karpenter" => return Ok(NodeSource::Karpenter),
        "cluster-autoscaler" => return Ok(NodeSource::ClusterAutoscaler),
        _ => {}
    }
    let fixed = value.strip_prefix("fixed:").and_then(|n| n.parse().ok());
    fixed.filter(|n| (1..=REPLICAS_MOST).contains(n)).map(NodeSource::Fixed).ok_or_else(|| {
        let hint = "one of: karpenter, cluster-autoscaler, fixed:3";
        Refused::new(format!("nodes: there is no `{value}`"), hint)
    })
}

fn parse(name: &str, error: units::ParseError) -> Refused {
    Refused::new(format!("{name}: {}", error.message), error.hint)
}

impl From<Missing> for Refused {
    fn from(missing: Missing) -> Self {
        Self::new(missing.what, missing.hint)
    }
}
