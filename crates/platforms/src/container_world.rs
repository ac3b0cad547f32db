//! How containers behind an autoscaler come, serve and go: over a whole cycle as a fluid, and request by
//! request.
//!
//! The same instances and the same autoscaler serve both. Every period the autoscaler sees what each ready
//! copy did in the periods before, as late and as averaged as its metrics really are; what it asks for
//! becomes ready after the time that a start takes here, and the newest copies go first.

#[path = "container_knative.rs"]
mod knative;

use std::collections::VecDeque;

use scaling::hpa::{Hpa, Metric, Phase, Pod, Readiness, Sample};
use scaling::karpenter::{Batch, Consolidation};
use scaling::target_tracking::TargetTracking;
use sim::pods::{Control, Fleet, PodId};
use units::{Duration, Instant, Millicores, Random};

use crate::container_load::Minutes;
use crate::knative::Knative;
use crate::warm_hours::Floor;

pub(crate) use knative::fluid as knative_fluid;

/// Copies that are there at the beginning have been for this long.
const BEFORE: Duration = Duration::HOUR;
/// Work that a fluid keeps for later, in seconds of what is there: clients give up after a minute.
const BACKLOG_S: f64 = 60.0;

/// Who decides how many copies there are.
#[derive(Debug, Clone)]
pub(crate) enum Scaler {
    /// A horizontal pod autoscaler on CPU, in per cent of the request.
    HpaCpu(Box<Hpa>, i64),
    /// A horizontal pod autoscaler on requests in service a pod, in thousandths.
    HpaRequests(Box<Hpa>, i64),
    /// Knative on requests in flight.
    Knative(Box<Knative>),
    /// Target tracking on CPU.
    Tracking(TargetTracking),
    /// Nobody.
    Fixed,
}

impl Scaler {
    const fn is_knative(&self) -> bool {
        matches!(self, Self::Knative(_))
    }
}

/// How an autoscaler sees the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Metrics {
    /// How often it decides, and how long a single sample is.
    pub period: Duration,
    /// How many samples are averaged.
    pub width: usize,
    /// How many samples old the newest one is.
    pub lag: usize,
}

/// How long a copy takes from being asked for to being ready, without its own initialisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum StartTime {
    /// Normal around a mean, with this 99th percentile.
    Normal {
        /// Mean.
        mean: Duration,
        /// 99th percentile.
        p99: Duration,
    },
    /// Anything between the two.
    Between(Duration, Duration),
}

impl StartTime {
    pub(crate) fn draw(self, random: &mut Random) -> Duration {
        match self {
            Self::Normal { mean, p99 } => {
                // The 99th percentile of a normal lies 2.326 deviations up.
                let deviation_s = p99.saturating_sub(mean).secs_f64() / 2.326;
                Duration::from_secs_f64(mean.secs_f64() + deviation_s * random.normal())
            }
            Self::Between(low, high) => random.between(low, high),
        }
    }
}

/// Nodes under the copies, as far as one component sees them: alone on nodes of its own.
#[derive(Debug, Clone)]
pub(crate) struct Nodes {
    /// Copies that a node holds.
    pub each: u32,
    /// When each node holds pods and their image; in the past for those at the beginning.
    pub ready: Vec<Instant>,
    /// Gathers pods that fit nowhere.
    pub batch: Batch,
    /// From launch to ready.
    pub boot: Duration,
    /// Image pull: a new node has none.
    pub pull: Duration,
    /// Gives nodes back.
    pub consolidation: Consolidation,
}

/// Everything about the copies but the requests.
#[derive(Debug, Clone)]
pub(crate) struct Instances {
    scaler: Scaler,
    metrics: Metrics,
    cpu: Millicores,
    start: StartTime,
    /// Initialisation of the application.
    init: Duration,
    nodes: Option<Nodes>,
    /// How many there must be at which time of the cycle, and where in it the run begins.
    floor: Option<(Floor, Instant)>,
    /// How long a copy that goes may take to finish what it has.
    grace: Duration,
    random: Random,
    lives: Vec<Life>,
    /// Copies at the beginning.
    initial: u32,
    next_period: Instant,
    /// Requests in copies and before them, as a mean since the last look: what Knative goes by.
    in_flight: f64,
    looked: Instant,
    /// Requests that found no copy.
    cold: u64,
}

/// One copy from the moment it is asked for.
#[derive(Debug, Clone)]
struct Life {
    /// When its containers run.
    started: Instant,
    /// When it takes requests.
    ready: Instant,
    /// Its place in the fleet once it does.
    id: Option<PodId>,
    /// What it did, newest first: CPU in vCPU and requests in service.
    did: VecDeque<(f64, f64)>,
}

impl Instances {
    /// `initial` copies that have been there for an hour.
    pub(crate) fn new(
        scaler: Scaler,
        metrics: Metrics,
        cpu: Millicores,
        (start, init): (StartTime, Duration),
        nodes: Option<Nodes>,
        (random, initial): (Random, u32),
    ) -> Self {
        let mut instances = Self {
            scaler,
            metrics,
            cpu,
            start,
            init,
            nodes,
            floor: None,
            grace: Duration::from_nanos(u64::MAX),
            random,
            lives: Vec::new(),
            initial,
            next_period: Instant::START,
            in_flight: 0.0,
            looked: Instant::START,
            cold: 0,
        };
        if let Some(nodes) = &mut instances.nodes {
            nodes.ready = vec![Instant::START; initial.div_ceil(nodes.each.max(1)).max(1) as usize];
        }
        instances
    }

    /// There are copies in some hours only. `start` is where in the cycle the run begins.
    pub(crate) fn by_the_hour(self, floor: Floor, start: Instant) -> Self {
        let initial = floor.within(minute_of(start), self.initial);
        Self { initial, floor: Some((floor, start)), ..self }
    }

    /// Copies that go are killed after a while.
    pub(crate) fn killed_after(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Requests that found no copy so far.
    pub(crate) const fn cold(&self) -> u64 {
        self.cold
    }

    /// The autoscaler's clock: the run begins when the first copies are an hour old.
    fn clock(now: Instant) -> Instant {
        now + BEFORE
    }

    fn first_life() -> Life {
        let begin = Instant::START;
        Life { started: begin, ready: begin, id: None, did: VecDeque::new() }
    }

    fn remember(&mut self, copy: usize, did: (f64, f64)) {
        let kept = self.metrics.lag + self.metrics.width;
        let life = &mut self.lives[copy];
        life.did.push_front(did);
        life.did.truncate(kept);
    }

    /// Lets the autoscaler decide; copies that it takes away come back, newest first.
    fn scale(&mut self, now: Instant) -> Vec<Life> {
        let clock = Self::clock(now);
        let current = self.lives.len() as u32;
        let wanted = self.wanted(clock, current);
        let wanted = match &self.floor {
            Some((floor, start)) => {
                floor.within(minute_of(*start + now.since(Instant::START)), wanted)
            }
            None => wanted,
        };
        for _ in current..wanted {
            let life = self.launch(clock);
            self.lives.push(life);
        }
        if let Some(nodes) = &mut self.nodes {
            let needed = wanted.max(1).div_ceil(nodes.each.max(1));
            let there = nodes.ready.len() as u32;
            let stay = nodes.consolidation.tick(clock, there, needed);
            nodes.ready.truncate(stay as usize);
        }
        let mut gone = self.lives.split_off((wanted as usize).min(self.lives.len()));
        gone.reverse();
        gone
    }

    /// The same with what it takes away leaving the fleet.
    fn scale_fleet(&mut self, now: Instant, fleet: &mut Fleet) {
        for life in self.scale(now) {
            if let Some(id) = life.id {
                let end = now.nanos().saturating_add(self.grace.nanos());
                fleet.drain_until(id, Instant::from_nanos(end));
            }
        }
    }

    /// The next period, or a copy before it.
    fn next_look(&self) -> Instant {
        let coming = self.lives.iter().filter(|life| life.id.is_none()).map(|life| life.ready);
        let coming = coming.min().map(|at| Instant::START + at.since(Self::clock(Instant::START)));
        coming.map_or(self.next_period, |at| at.min(self.next_period))
    }

    /// A new copy: on a node with room, or on a new one.
    fn launch(&mut self, clock: Instant) -> Life {
        let mut from = clock;
        let place = self.lives.len() as u32;
        if let Some(nodes) = &mut self.nodes {
            let node = (place / nodes.each.max(1)) as usize;
            if node >= nodes.ready.len() {
                nodes.batch.pod(clock);
                let launched = nodes.batch.closes().unwrap_or(clock);
                nodes.batch.close(launched);
                nodes.ready.push(launched + nodes.boot + nodes.pull);
            }
            from = nodes.ready.get(node).copied().unwrap_or(clock).max(clock);
        }
        let started = from + self.start.draw(&mut self.random);
        Life { started, ready: started + self.init, id: None, did: VecDeque::new() }
    }

    fn wanted(&mut self, clock: Instant, current: u32) -> u32 {
        let metrics = self.metrics;
        let sample = |life: &Life| -> Option<(f64, f64)> {
            let seen = life.did.iter().skip(metrics.lag).take(metrics.width);
            let n = seen.len() as f64;
            let sum = seen.fold((0.0, 0.0), |sum, did| (sum.0 + did.0, sum.1 + did.1));
            (n > 0.0).then(|| (sum.0 / n, sum.1 / n))
        };
        match &mut self.scaler {
            Scaler::Fixed => current,
            Scaler::Knative(autoscaler) => {
                let ready = self.lives.iter().filter(|life| life.ready <= clock).count() as u32;
                knative::decide(autoscaler, clock, (current, ready), self.in_flight)
            }
            Scaler::Tracking(policy) => {
                let seen: Vec<f64> =
                    self.lives.iter().filter_map(|life| Some(sample(life)?.0)).collect();
                let mean = seen.iter().sum::<f64>() / seen.len().max(1) as f64;
                let percent = mean / self.cpu.vcpu_f64() * 100.0;
                policy.datapoint(clock, (!seen.is_empty()).then_some(percent), current)
            }
            Scaler::HpaCpu(hpa, target_percent) => {
                let metric = Metric::Utilization { target_percent: *target_percent, cpu: true };
                let request = self.cpu.get() as f64;
                let pods = self.lives.iter().map(|life| {
                    let value = sample(life).map(|(cpu, _)| (cpu * 1000.0) as i64);
                    pod(life, value, request as i64, clock, metrics)
                });
                let pods: Vec<Pod> = pods.collect();
                reconcile(hpa, clock, current, &pods, metric)
            }
            Scaler::HpaRequests(hpa, target) => {
                let metric = Metric::PerPod { target: *target, cpu: false };
                let pods = self.lives.iter().map(|life| {
                    let value = sample(life).map(|(_, requests)| (requests * 1000.0) as i64);
                    pod(life, value, 1, clock, metrics)
                });
                let pods: Vec<Pod> = pods.collect();
                reconcile(hpa, clock, current, &pods, metric)
            }
        }
    }
}

/// The minute of a cycle.
fn minute_of(at: Instant) -> usize {
    (at.nanos() / Duration::MINUTE.nanos()) as usize
}

fn reconcile(hpa: &mut Hpa, clock: Instant, current: u32, pods: &[Pod], metric: Metric) -> u32 {
    let desired = hpa.reconcile(clock, i64::from(current), pods, &[metric]).desired;
    u32::try_from(desired.max(0)).unwrap_or(u32::MAX)
}

/// A copy as the autoscaler's pod lister and the metrics server show it.
fn pod(life: &Life, value: Option<i64>, request: i64, clock: Instant, metrics: Metrics) -> Pod {
    let (running, ready) = (life.started <= clock, life.ready <= clock);
    let since = if ready { life.ready } else { life.started };
    let age = Duration::from_nanos(metrics.period.nanos() * metrics.lag as u64);
    let at = Instant::from_nanos(clock.nanos().saturating_sub(age.nanos()));
    let window = metrics.period * metrics.width as u64;
    Pod {
        phase: if running { Phase::Running } else { Phase::Pending },
        deleting: false,
        started: running.then_some(life.started),
        readiness: running.then_some(Readiness { ready, since }),
        request,
        sample: value.filter(|_| ready).map(|value| Sample { value, at, window }),
    }
}

impl Control for Instances {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        let clock = Self::clock(now);
        if now == Instant::START {
            self.lives = vec![Self::first_life(); self.initial as usize];
        }
        for life in &mut self.lives {
            if life.id.is_none() && life.ready <= clock {
                life.id = Some(fleet.add());
            }
        }
        if self.scaler.is_knative() {
            return self.tick_knative(now, fleet);
        }
        if now >= self.next_period {
            if now > Instant::START {
                let period_s = self.metrics.period.secs_f64();
                for copy in 0..self.lives.len() {
                    let Some(id) = self.lives[copy].id else { continue };
                    let load = fleet.take_load(id);
                    // A copy that came within the period worked for a part of it only.
                    let there_s = clock.since(self.lives[copy].ready).secs_f64().min(period_s);
                    let over = |span: Duration| span.secs_f64() / there_s.max(1e-3);
                    self.remember(copy, (over(load.cpu), over(load.requests)));
                }
                self.scale_fleet(now, fleet);
            }
            self.next_period = now + self.metrics.period;
        }
        self.next_look()
    }

    fn knock(&mut self, now: Instant) -> Option<Instant> {
        self.cold += 1;
        (self.scaler.is_knative() && self.lives.is_empty()).then_some(now)
    }
}

/// A whole cycle as a fluid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fluid {
    /// Most copies in each minute, those that start included.
    pub counts: Vec<u32>,
    /// Time of all copies together, in ms.
    pub copy_ms: u128,
}

/// Lets the autoscaler follow a cycle's load, with the chance that Poisson arrivals bring to each sample.
pub(crate) fn fluid(minutes: &Minutes, mut instances: Instances) -> Fluid {
    let period_s = instances.metrics.period.secs_f64();
    let mut chance = instances.random.clone();
    instances.lives = vec![Instances::first_life(); instances.initial as usize];
    let (each_cpu, mut backlog_s) = (instances.cpu.vcpu_f64(), 0.0_f64);
    let mut fluid = Fluid { counts: vec![0; minutes.len()], copy_ms: 0 };
    let mut now = Instant::START;
    let end = Instant::START + Duration::MINUTE * minutes.len() as u64;
    while now < end {
        let minute = (now.nanos() / Duration::MINUTE.nanos()) as usize;
        let clock = Instances::clock(now);
        let ready = instances.lives.iter().filter(|life| life.ready <= clock).count() as f64;
        let rate = minutes.in_flight[minute] / minutes.stay.secs_f64().max(1e-12);
        let deviation = (rate * minutes.cpu_square_s2 / period_s).sqrt();
        let noise = chance.normal();
        let wanted = (minutes.cpus(minute) + deviation * noise).max(0.0) + backlog_s / period_s;
        let used = wanted.min(ready * each_cpu);
        backlog_s = ((wanted - used) * period_s).min(BACKLOG_S * ready * each_cpu);
        let averaged = (2.0 * minutes.stay.secs_f64() / period_s).min(1.0);
        let in_flight = minutes.in_flight[minute];
        let requests = (in_flight + noise * (in_flight * averaged).sqrt()).max(0.0);
        for copy in 0..instances.lives.len() {
            if instances.lives[copy].ready <= clock {
                instances.remember(copy, (used / ready, requests / ready));
            }
        }
        instances.scale(now);
        let there = instances.lives.len() as u32;
        fluid.counts[minute] = fluid.counts[minute].max(there);
        let period_ms = instances.metrics.period.millis_ceil();
        fluid.copy_ms += u128::from(there) * u128::from(period_ms);
        now = now + instances.metrics.period;
    }
    fluid
}

#[cfg(test)]
mod tests {
    use scaling::karpenter::ConsolidationSettings;
    use scaling::target_tracking::Policy;

    use super::*;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn policy(max: u32) -> Scaler {
        Scaler::Tracking(TargetTracking::new(Policy {
            target_percent: 50.0,
            min: 1,
            max,
            datapoints_out: 1,
            datapoints_in: 5,
            in_percent_of_target: 90.0,
            cooldown_out: Duration::ZERO,
            cooldown_in: Duration::ZERO,
        }))
    }

    fn instances(nodes: Option<Nodes>) -> Instances {
        let metrics = Metrics { period: Duration::MINUTE, width: 1, lag: 0 };
        let start = (StartTime::Between(secs(3), secs(3)), secs(1));
        let first = (Random::new(1), 2);
        Instances::new(policy(100), metrics, Millicores::ONE, start, nodes, first)
    }

    fn constant(cpus: f64, minutes: usize) -> Minutes {
        Minutes {
            in_flight: vec![cpus; minutes],
            cpu_share: 1.0,
            cpu_square_s2: 0.0,
            stay: Duration::from_millis(100),
            places: u32::MAX,
        }
    }

    #[test]
    fn a_steady_load_settles_at_the_target() {
        let settled = fluid(&constant(4.0, 60), instances(None));
        assert_eq!(settled.counts[59], 8, "{:?}", settled.counts);
        assert!(settled.copy_ms >= 8 * 50 * 60_000);
    }

    #[test]
    fn copies_without_room_wait_for_the_batch_and_the_node() {
        let nodes = Nodes {
            each: 4,
            ready: Vec::new(),
            batch: Batch::new(secs(1), secs(10)),
            boot: secs(28),
            pull: secs(2),
            consolidation: Consolidation::new(ConsolidationSettings {
                after: Duration::ZERO,
                poll: secs(10),
                validation: secs(15),
                budget_percent: 10.0,
            }),
        };
        let mut world = instances(Some(nodes));
        world.lives = vec![Instances::first_life(); 2];
        let clock = Instances::clock(Instant::START + secs(100));
        let ready_after: Vec<Duration> = (0..7)
            .map(|_| {
                let life = world.launch(clock);
                let ready = life.ready.since(clock);
                world.lives.push(life);
                ready
            })
            .collect();
        // Two more fit on the first node; then a new node: 1 s batch, 28 s boot, 2 s image; and one more.
        let (room, node) = (secs(4), secs(4 + 1 + 28 + 2));
        assert_eq!(ready_after, [room, room, node, node, node, node, node]);
    }
}
