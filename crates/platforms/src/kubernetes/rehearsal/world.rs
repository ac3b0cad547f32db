//! The pods of a rehearsal between autoscaler, nodes and requests, second by second.

use std::collections::{BTreeMap, VecDeque};

use catalog::Missing;
use scaling::{hpa, vpa};
use sim::pods::{Answers, Control, Fleet, PodId};
use units::{Duration, Instant, Millicores, Price, Random, Request};

use super::burst;
use super::ending::{Ending, Endings};
use super::nodes::{NodeId, Nodes};
use super::rollout::Rollout;
use super::scaler::{Scaler, Seen};
use super::settings::{Budget, Settings};
use crate::case::Case;
use crate::container_world::{Metrics, StartTime};

/// Seconds over which a rate of requests is taken, as `rate(…[1m])` does.
const RATE_SECONDS: usize = 60;
/// What is there at the beginning has been there for so long.
pub(super) const BEFORE: Duration = Duration::HOUR;

/// A moment of the autoscaler's clock as one of the run.
pub(super) fn in_the_run(clock: Instant) -> Instant {
    Instant::START + clock.since(Instant::START + BEFORE)
}

/// What a minute brought.
#[derive(Debug, Clone, Default)]
pub(super) struct MinuteLog {
    pub(super) answers: Answers,
    /// Replicas asked for, ready, and nodes, at its end.
    pub(super) wanted: u32,
    pub(super) ready: u32,
    pub(super) nodes: u32,
    /// Most pods without a running container at any second, and most requests that waited.
    pub(super) pending: u32,
    pub(super) waiting: u64,
    /// Node time so far, by type and kind of capacity.
    pub(super) node_ns: Vec<u128>,
}

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) minutes: Vec<MinuteLog>,
    /// Changes of the replicas asked for and of those ready.
    pub(super) wanted: Vec<(Instant, u32)>,
    pub(super) ready: Vec<(Instant, u32)>,
    /// Requests that waited, second by second.
    pub(super) waiting: Vec<u64>,
    pub(super) pod_ns: u128,
    pub(super) node_ns: u128,
    /// What an hour of a node costs, in the order of [`MinuteLog::node_ns`].
    pub(super) node_hours: Vec<Price>,
    /// Spot nodes that were taken.
    pub(super) interrupted: u32,
}

/// A pod from the moment it is asked for.
#[derive(Debug)]
struct Copy {
    /// Which version of the application: one more with each rolling restart.
    version: u32,
    node: Option<NodeId>,
    /// Whether the node autoscaler knows that it fits nowhere.
    told: bool,
    /// When its containers run and when it takes requests; far away without a node.
    started: Instant,
    ready: Instant,
    /// Its place in the fleet once it does.
    id: Option<PodId>,
    /// CPU time at the last look, of that since the last scrape.
    used: Duration,
    /// CPU time of the scrapes since the last sample for the vertical autoscaler.
    sampled: Duration,
    /// What it did, newest first: CPU in vCPU and requests in service.
    did: VecDeque<(f64, f64)>,
}

impl Copy {
    const fn new(version: u32) -> Self {
        let never = Instant::from_nanos(u64::MAX);
        let did = VecDeque::new();
        Self {
            version,
            node: None,
            told: false,
            started: never,
            ready: never,
            id: None,
            used: Duration::ZERO,
            sampled: Duration::ZERO,
            did,
        }
    }
}

/// Pods, nodes and autoscaler.
#[derive(Debug)]
pub(super) struct World {
    scaler: Scaler,
    nodes: Nodes,
    metrics: Metrics,
    request: Millicores,
    limit: Millicores,
    start: StartTime,
    init: Duration,
    random: Random,
    copies: Vec<Copy>,
    endings: Endings,
    rollout: Rollout,
    /// Pods that may be missing before evictions wait; nobody asks if there is no budget.
    budget: Option<Budget>,
    wanted: u32,
    initial: u32,
    looked: Instant,
    pub(super) log: Log,
    minute: MinuteLog,
    /// The vertical autoscaler's recommender, which only looks on, and when it last got samples.
    pub(super) recommender: vpa::Recommender,
    sampled: Instant,
    /// Requests of each second.
    arrivals: Vec<u32>,
}

/// Requests counted by the second in which they come.
fn per_second(requests: &[Request]) -> Vec<u32> {
    let of = |request: &Request| (request.at.nanos() / Duration::SECOND.nanos()) as usize;
    let mut counts = vec![0; requests.last().map_or(0, of) + 1];
    for request in requests {
        counts[of(request)] += 1;
    }
    counts
}

impl World {
    /// A world with `initial` pods that have been there for an hour.
    pub(super) fn new(
        case: &Case<'_>,
        settings: &Settings<'_>,
        (init, initial): (Duration, u32),
    ) -> Result<Self, Missing> {
        let seconds = |platform: &str, id: &str| {
            case.prices.limit_number(platform, id).map(Duration::from_secs_f64)
        };
        let scrape = seconds("kubernetes-hpa", "metrics.scrape")?;
        let window = seconds("kubernetes-hpa", "metrics.window")?;
        let width = (window.nanos() / scrape.nanos().max(1)).max(1) as usize;
        let nodes = Nodes::new(case, settings, initial)?;
        let log = Log { node_hours: nodes.hours(), ..Log::default() };
        Ok(Self {
            scaler: Scaler::new(case, settings, (Instant::START + BEFORE, initial))?,
            nodes,
            metrics: Metrics { period: scrape, width, lag: 1 },
            request: settings.cpu,
            limit: settings.limit,
            start: StartTime::Normal {
                mean: seconds("kubernetes", "pod.ready_mean")?,
                p99: seconds("kubernetes", "pod.ready_p99")?,
            },
            init,
            random: case.seed.stream(&case.component.id, "pods of the rehearsal"),
            copies: Vec::new(),
            endings: Endings::new(seconds("kubernetes", "endpoints.lag")?, settings.grace),
            rollout: Rollout::new(
                settings.restart.map(|after| Instant::START + after),
                case.prices.limit_number("kubernetes", "rolling.max_surge")?,
                case.prices.limit_number("kubernetes", "rolling.max_unavailable")?,
            ),
            budget: settings.pdb,
            wanted: initial,
            initial,
            looked: Instant::START,
            log,
            minute: MinuteLog::default(),
            recommender: vpa::Recommender::new(vpa::Settings::default()),
            sampled: Instant::START + BEFORE,
            arrivals: per_second(case.requests),
        })
    }

    /// From launch to a node that can start the pod.
    pub(super) fn new_node_time(&self) -> Duration {
        self.nodes.new_node_time()
    }

    fn begin(&mut self, clock: Instant, fleet: &mut Fleet) {
        for _ in 0..self.initial {
            let mut copy = Copy::new(0);
            if let Some((node, _)) = self.nodes.place(clock) {
                copy.node = Some(node);
                (copy.started, copy.ready) = (Instant::START, Instant::START);
                copy.id = Some(fleet.add());
            }
            self.copies.push(copy);
        }
        self.log.wanted.push((Instant::START, self.wanted));
        let ready = self.ready();
        self.log.ready.push((Instant::START, ready));
    }

    /// Time that passed since the last look, for everything that costs by time.
    fn meter(&mut self, now: Instant) {
        let passed = u128::from(now.since(self.looked).nanos());
        let pods = self.copies.iter().filter(|copy| copy.node.is_some()).count();
        self.log.pod_ns += passed * (pods + self.endings.len()) as u128;
        self.log.node_ns += passed * u128::from(self.nodes.len());
        self.nodes.meter(passed);
        self.looked = now;
    }

    /// Pods that have become ready take requests.
    fn join(&mut self, clock: Instant, fleet: &mut Fleet) {
        for copy in &mut self.copies {
            if copy.id.is_none() && copy.ready <= clock {
                copy.id = Some(fleet.add());
            }
        }
    }

    /// What each pod did since it was last asked, as a mean over `period` or the part that it was there.
    fn scrape(&mut self, clock: Instant, period: Duration, fleet: &mut Fleet) -> f64 {
        let kept = self.metrics.lag + self.metrics.width;
        let mut in_service = 0.0;
        for copy in &mut self.copies {
            let Some(id) = copy.id else { continue };
            let load = fleet.take_load(id);
            copy.used = Duration::ZERO;
            copy.sampled += load.cpu;
            let there_s = clock.since(copy.ready).secs_f64().min(period.secs_f64()).max(1e-3);
            copy.did
                .push_front((load.cpu.secs_f64() / there_s, load.requests.secs_f64() / there_s));
            copy.did.truncate(kept);
            in_service += load.requests.secs_f64() / period.secs_f64();
        }
        if clock.since(self.sampled) >= Duration::MINUTE {
            self.sample(clock);
        }
        in_service
    }

    /// Tells the vertical autoscaler what each pod used since the last sample, or since it became ready; of a pod
    /// that is younger than a scrape the metrics server shows nothing yet.
    fn sample(&mut self, clock: Instant) {
        for copy in &mut self.copies {
            let Some(id) = copy.id else { continue };
            let there = clock.since(copy.ready.max(self.sampled));
            let used = std::mem::replace(&mut copy.sampled, Duration::ZERO);
            if there >= self.metrics.period {
                let millicores = used.secs_f64() / there.secs_f64().max(1e-3) * 1000.0;
                let used = Millicores::new(millicores.round() as u64);
                self.recommender.cpu(id as u64, clock.max(self.sampled), used);
            }
        }
        self.sampled = clock;
    }

    /// Requests a second over the last minute, as a metrics query would have it.
    fn rate_at(&self, now: Instant) -> f64 {
        let second = (now.nanos() / Duration::SECOND.nanos()) as usize;
        let from = second.saturating_sub(RATE_SECONDS);
        let counts = self.arrivals.get(from..second.min(self.arrivals.len())).unwrap_or_default();
        counts.iter().map(|&n| f64::from(n)).sum::<f64>() / (second - from).max(1) as f64
    }

    /// Pods that take requests and are not on their way out.
    fn ready(&self) -> u32 {
        self.copies.iter().filter(|copy| copy.id.is_some()).count() as u32
    }

    fn scale(&mut self, now: Instant, fleet: &mut Fleet) {
        let clock = now + BEFORE;
        let mut in_flight = fleet.waiting() as f64;
        if matches!(self.scaler, Scaler::Kpa(..)) {
            in_flight += self.scrape(clock, Duration::SECOND, fleet);
        } else if now.nanos().is_multiple_of(self.metrics.period.nanos().max(1)) {
            self.scrape(clock, self.metrics.period, fleet);
        }
        let pods = if self.scaler.wants_pods(clock) { self.pods(clock) } else { Vec::new() };
        let ready = self.ready();
        let rate_hz = self.rate_at(now);
        let seen = Seen { pods: &pods, ready, in_flight, messages: fleet.in_flight(), rate_hz };
        let wanted = self.scaler.step(clock, self.wanted, &seen);
        fleet.go_direct(self.scaler.goes_direct());
        if wanted != self.wanted {
            self.log.wanted.push((now, wanted));
            self.wanted = wanted;
        }
        self.replicate(now, clock, fleet);
    }

    /// As many pods as are asked for; a rolling restart in between has a few more or fewer.
    fn replicate(&mut self, now: Instant, clock: Instant, fleet: &mut Fleet) {
        let version = self.rollout.version(now);
        let old = self.copies.iter().filter(|copy| copy.version < version).count() as u32;
        let there = self.copies.len() as u32;
        if old == 0 {
            for _ in there..self.wanted {
                self.copies.push(Copy::new(version));
            }
            for _ in self.wanted..there {
                // Those that are not ready go first, then the newest.
                let place = self.copies.iter().rposition(|copy| copy.id.is_none());
                let copy = self.copies.remove(place.unwrap_or(self.copies.len() - 1));
                self.end(&copy, clock);
            }
        } else {
            for _ in 0..self.rollout.more(self.wanted, there, old) {
                self.copies.push(Copy::new(version));
            }
            let waiting = |copy: &Copy| copy.version < version && copy.id.is_none();
            let unready = self.copies.iter().filter(|copy| waiting(copy)).count() as u32;
            let there = self.copies.len() as u32;
            for _ in 0..self.rollout.fewer((self.wanted, there), (old, unready), self.ready()) {
                // Those that are not ready go first, then the newest.
                let old = |copy: &Copy| copy.version < version;
                let place = self.copies.iter().rposition(waiting);
                let place = place.or_else(|| self.copies.iter().rposition(old));
                let Some(place) = place else { break };
                let copy = self.copies.remove(place);
                self.end(&copy, clock);
            }
        }
        self.endings.step(clock, fleet, &mut self.nodes);
    }

    /// A pod is told to end: it keeps its place on the node until it has.
    fn end(&mut self, copy: &Copy, clock: Instant) {
        match (copy.id, copy.node) {
            (Some(id), Some(node)) => self.endings.push(Ending::new(id, node), clock),
            (None, Some(node)) => self.nodes.leave(node, clock),
            (_, None) => {}
        }
    }

    /// Pods without a node get one if there is room.
    fn place(&mut self, clock: Instant) {
        let mut full = false;
        for copy in self.copies.iter_mut().filter(|copy| copy.node.is_none()) {
            let place = if full { None } else { self.nodes.place(clock) };
            // All pods are alike: where one does not fit, none does.
            full = place.is_none();
            if let Some((node, image)) = place {
                copy.node = Some(node);
                copy.started = image + self.start.draw(&mut self.random);
                copy.ready = copy.started + self.init;
            } else if !copy.told {
                copy.told = true;
                self.nodes.pending(clock);
            }
        }
    }

    /// Nodes come and go; pods on those that go are evicted and replaced by new ones.
    fn change_nodes(&mut self, clock: Instant, fleet: &mut Fleet) {
        let homeless = self.copies.iter().filter(|copy| copy.node.is_none()).count() as u32;
        let lost = self.nodes.tick(clock, homeless);
        self.endings.lose(&lost, clock, fleet);
        let draining = self.nodes.draining(clock);
        // A budget counts the pods that are ready.
        let mut spare = self.budget.map_or(u32::MAX, |budget| {
            (self.ready() + budget.of(self.wanted)).saturating_sub(self.wanted)
        });
        let version = self.rollout.version(in_the_run(clock));
        for place in 0..self.copies.len() {
            let copy = &self.copies[place];
            let Some(node) = copy.node else { continue };
            if lost.contains(&node) {
                let gone = std::mem::replace(&mut self.copies[place], Copy::new(version));
                if let Some(id) = gone.id {
                    fleet.drain_until(id, in_the_run(clock));
                }
            } else if draining.contains(&node) && (copy.id.is_none() || spare > 0) {
                spare -= u32::from(copy.id.is_some() && spare != u32::MAX);
                let evicted = std::mem::replace(&mut self.copies[place], Copy::new(version));
                self.end(&evicted, clock);
            }
        }
        self.endings.step(clock, fleet, &mut self.nodes);
        self.log.interrupted = self.nodes.interrupted();
        self.place(clock);
    }

    /// What nodes have beyond the requests goes to the pods that want more, up to their limit: so much as it
    /// would have been in the last second.
    fn share_nodes(&mut self, fleet: &mut Fleet) {
        let mut shares: BTreeMap<NodeId, burst::Share> =
            self.nodes.cpu().map(|(node, cpu)| (node, burst::Share::of(cpu))).collect();
        for copy in &mut self.copies {
            let (Some(id), Some(node)) = (copy.id, copy.node) else { continue };
            let total = fleet.cpu_used(id);
            // A second of vCPU time is a thousand millicores.
            let used = total.saturating_sub(copy.used).millis_ceil();
            copy.used = total;
            if let Some(share) = shares.get_mut(&node) {
                share.add(Millicores::new(used), self.request);
            }
        }
        for copy in &self.copies {
            let (Some(id), Some(node)) = (copy.id, copy.node) else { continue };
            if let Some(share) = shares.get(&node) {
                fleet.set_capacity(id, share.each(self.request, self.limit));
            }
        }
    }

    /// The pods as the metrics server and the pod lister show them.
    fn pods(&self, clock: Instant) -> Vec<hpa::Pod> {
        let Metrics { period, width, lag } = self.metrics;
        let cpu = self.scaler.follows_cpu();
        let at = Instant::from_nanos(clock.nanos().saturating_sub((period * lag as u64).nanos()));
        let pod = |copy: &Copy| {
            let (running, ready) = (copy.started <= clock, copy.ready <= clock);
            let seen = copy.did.iter().skip(lag).take(width);
            let n = seen.clone().count();
            let sum: f64 = seen.map(|did| if cpu { did.0 } else { did.1 }).sum();
            let value = (sum / n.max(1) as f64 * 1000.0) as i64;
            let since = if ready { copy.ready } else { copy.started };
            hpa::Pod {
                phase: if running { hpa::Phase::Running } else { hpa::Phase::Pending },
                deleting: false,
                started: running.then_some(copy.started),
                readiness: running.then_some(hpa::Readiness { ready, since }),
                request: self.request.get().cast_signed(),
                sample: (ready && n > 0).then_some(hpa::Sample {
                    value,
                    at,
                    window: period * width as u64,
                }),
            }
        };
        self.copies.iter().map(pod).collect()
    }

    fn write(&mut self, now: Instant, fleet: &mut Fleet) {
        let ready = self.ready();
        if self.log.ready.last().is_none_or(|(_, last)| *last != ready) {
            self.log.ready.push((now, ready));
        }
        if !now.nanos().is_multiple_of(Duration::SECOND.nanos()) {
            return;
        }
        let clock = now + BEFORE;
        let waiting = fleet.waiting();
        self.log.waiting.push(waiting);
        let pending = self.copies.iter().filter(|copy| copy.started > clock).count() as u32;
        self.minute.pending = self.minute.pending.max(pending);
        self.minute.waiting = self.minute.waiting.max(waiting);
        if now > Instant::START && now.nanos().is_multiple_of(Duration::MINUTE.nanos()) {
            let minute = MinuteLog {
                answers: fleet.take_answers(),
                wanted: self.wanted,
                ready,
                nodes: self.nodes.len(),
                node_ns: self.nodes.time_ns().to_vec(),
                ..std::mem::take(&mut self.minute)
            };
            self.log.minutes.push(minute);
        }
    }
}

impl Control for World {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        let clock = now + BEFORE;
        if now == Instant::START {
            self.begin(clock, fleet);
        }
        self.meter(now);
        self.join(clock, fleet);
        let whole = now.nanos().is_multiple_of(Duration::SECOND.nanos());
        if whole && now > Instant::START {
            if self.limit > self.request {
                self.share_nodes(fleet);
            }
            self.scale(now, fleet);
            self.place(clock);
            self.change_nodes(clock, fleet);
            self.join(clock, fleet);
        }
        self.write(now, fleet);
        let second = Duration::SECOND.nanos();
        let next = Instant::from_nanos((now.nanos() / second + 1) * second);
        let coming = self.copies.iter().filter(|copy| copy.id.is_none()).map(|copy| copy.ready);
        let coming = coming.min().filter(|&at| at < next + BEFORE);
        coming.map_or(next, in_the_run).min(next)
    }
}
