//! Pods (or tasks, or servers) behind a load balancer, request by request.
//!
//! A request computes first and waits afterwards. While it computes it shares the pod's CPU equally with
//! the others that do (processor sharing), and never gets more than one vCPU; while it waits it needs
//! none. The order does not change the distribution of the latency where requests arrive at random, and
//! computing first lets one heap of virtual moments a pod do all the work.
//!
//! A pod takes at most `concurrency` requests at once; more wait in its own queue, first come first served,
//! and are turned away when the queue is full or their time is up. Between the ticks of a controller the
//! set of pods is fixed. A pod that is taken away finishes what it has, or is killed when its time is up and
//! loses it. Pods that do not share a queue are simulated apart from each other, only when
//! somebody looks at them.

mod fleet;
mod heap;
mod order;
mod pod;
#[cfg(test)]
mod tests;

use units::{Duration, Histogram, Instant, Millicores, Random, Request};

pub use fleet::{Answers, Fleet, PodLoad};
pub(crate) use pod::{Common, Pod, Tally};

/// The place of a pod in its fleet. It may be used again when a pod has gone.
pub type PodId = usize;

/// Who gets the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balancing {
    /// Anyone: kube-proxy, whose iptables rules choose an endpoint at random.
    Random,
    /// The next in turn: the default of application load balancers.
    RoundRobin,
    /// The one with the fewest requests: a load balancer set to least outstanding requests.
    LeastRequests,
    /// The one with fewer requests of two drawn at random: service meshes.
    PowerOfTwo,
    /// Nobody: requests wait in one queue, and pods with room take the next. Workers on a message queue.
    Pull,
}

/// What the pods are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// CPU of one pod; at least a thousandth of a vCPU.
    pub capacity: Millicores,
    /// Requests that one pod serves at once; at least 1.
    pub concurrency: u32,
    /// Requests that may wait in one pod (or, with [`Balancing::Pull`], in the shared queue).
    pub queue: u32,
    /// How long a request may wait there.
    pub queue_timeout: Duration,
    /// Who gets the next request.
    pub balancing: Balancing,
    /// Length of a step of the timeline.
    pub step: Duration,
}

/// Whoever decides how many pods there are.
pub trait Control {
    /// Looks at the pods at `now` and changes them; answers when it wants to look again, which must be
    /// later than `now`. It is first asked at the start, when there are no pods.
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant;

    /// A request came at `now` and no pod takes any: when to look because of it, if earlier than agreed.
    fn knock(&mut self, now: Instant) -> Option<Instant> {
        let _ = now;
        None
    }
}

/// Always the same number of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed(pub u32);

impl Control for Fixed {
    fn tick(&mut self, _: Instant, fleet: &mut Fleet) -> Instant {
        while fleet.ready().len() < self.0 as usize {
            fleet.add();
        }
        Instant::from_nanos(u64::MAX)
    }
}

/// One step of the timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// Requests that arrived.
    pub requests: u64,
    /// Pods at its end.
    pub pods: u32,
}

/// What became of everything: `arrivals == served + rejected + killed + in_flight`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Requests that came.
    pub arrivals: u64,
    /// Answered by the end.
    pub served: u64,
    /// Turned away: no pod, no room in the queue, or too long in it.
    pub rejected: u64,
    /// Lost with a pod that was killed before it had finished.
    pub killed: u64,
    /// In a pod or a queue at the end.
    pub in_flight: u64,
    /// From arrival to answer, of those that were served.
    pub latency: Histogram,
    /// The run in equal steps; the last may be cut short.
    pub timeline: Vec<Step>,
}

/// Looks of a controller in a run. Whoever has looked that often sees the rest of the run a thousand times.
pub const TICKS_MAX: u64 = 20_000_000;
/// Steps of a timeline. Where the run holds more of them, they are longer.
pub const STEPS_MAX: u64 = 1_000_000;

/// Plays `requests`, which must be sorted, against pods until `until`; later requests are left out.
pub fn run(
    setup: &Setup,
    requests: &[Request],
    until: Instant,
    random: Random,
    control: &mut impl Control,
) -> Outcome {
    run_beside(setup, requests, until, random, control, |_| {})
}

/// [`run`], with whoever takes what no pod has room for when it comes. Such requests count as rejected here.
pub fn run_beside(
    setup: &Setup,
    requests: &[Request],
    until: Instant,
    random: Random,
    control: &mut impl Control,
    mut elsewhere: impl FnMut(Request),
) -> Outcome {
    let common = Common {
        capacity: setup.capacity.get().max(1),
        concurrency: setup.concurrency.max(1) as usize,
        queue: setup.queue as usize,
        queue_timeout: setup.queue_timeout.nanos(),
    };
    let mut fleet = Fleet::new(common, setup.balancing, random);
    let mut timeline = Vec::new();
    // The last nanosecond of time is the sign for never.
    let until = until.nanos().min(u64::MAX - 1);
    let step = setup.step.nanos().max(until.div_ceil(STEPS_MAX)).max(1);
    let mut ticks = 0;
    let mut tick = control.tick(Instant::START, &mut fleet).nanos();
    let (mut step_end, mut counted, mut arrivals) = (step, 0, 0);
    let mut requests = requests.iter().copied().peekable();
    loop {
        let mut pause = tick.min(step_end).min(until);
        while let Some(&request) = requests.peek()
            && request.at.nanos() < pause
        {
            arrivals += 1;
            if !fleet.arrive(request) {
                elsewhere(request);
            }
            requests.next();
            if fleet.ready().is_empty()
                && let Some(at) = control.knock(request.at)
            {
                tick = tick.min(at.nanos().max(request.at.nanos() + 1));
                pause = pause.min(tick);
            }
        }
        fleet.advance(pause);
        if pause == tick {
            ticks += 1;
            let pace = if ticks < TICKS_MAX { 1 } else { until.div_ceil(1000) };
            let next = control.tick(Instant::from_nanos(pause), &mut fleet).nanos();
            tick = next.max(pause.saturating_add(pace));
        }
        if pause == step_end || pause == until {
            timeline.push(Step { requests: arrivals - counted, pods: fleet.len() as u32 });
            (step_end, counted) = (step_end.saturating_add(step), arrivals);
        }
        if pause == until {
            break;
        }
    }
    fleet.expire();
    let in_flight = fleet.in_flight();
    let tally = fleet.all_answers();
    Outcome {
        arrivals,
        served: tally.served,
        rejected: tally.rejected,
        killed: tally.killed,
        in_flight,
        latency: tally.latency,
        timeline,
    }
}
