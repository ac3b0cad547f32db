//! All pods of a service: who gets the next request, who comes and who goes.

use std::collections::VecDeque;

use units::{Duration, Histogram, Instant, Millicores, Random, Request};

use super::order::Order;
use super::pod::{Common, Pod, Tally, expire};
use super::{Balancing, PodId};

/// What a pod did since it was last asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodLoad {
    /// CPU time used, in time on one whole vCPU.
    pub cpu: Duration,
    /// Requests in service, summed over them: divided by the span of time it is their mean number.
    pub requests: Duration,
}

/// What became of the requests of a span of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Answered.
    pub served: u64,
    /// Turned away.
    pub rejected: u64,
    /// In a pod when it was killed.
    pub killed: u64,
    /// From arrival to answer, of those that were served.
    pub latency: Histogram,
}

/// The pods of a service. A controller sees and changes it at its ticks.
#[derive(Debug)]
pub struct Fleet {
    pub(super) now: u64,
    tally: Tally,
    /// What was told already.
    taken: Tally,
    common: Common,
    balancing: Balancing,
    random: Random,
    pods: Vec<Pod>,
    /// Slots that take requests.
    ready: Vec<PodId>,
    /// Slots that finish what they have, and when they are killed.
    draining: Vec<(PodId, u64)>,
    free: Vec<PodId>,
    /// For pulling: what waits for any pod.
    shared: VecDeque<Request>,
    turn: usize,
    /// Where pods pull: whether requests go around the shared queue, to the pods in turn.
    direct: bool,
    /// For those who look for the fewest requests.
    order: Option<Order>,
}

impl Fleet {
    pub(super) fn new(common: Common, balancing: Balancing, random: Random) -> Self {
        Self {
            now: 0,
            tally: Tally::default(),
            taken: Tally::default(),
            common,
            balancing,
            random,
            pods: Vec::new(),
            ready: Vec::new(),
            draining: Vec::new(),
            free: Vec::new(),
            shared: VecDeque::new(),
            turn: 0,
            direct: false,
            order: matches!(balancing, Balancing::LeastRequests | Balancing::Pull)
                .then(Order::default),
        }
    }

    /// The pods that take requests, in the order in which they came.
    pub fn ready(&self) -> &[PodId] {
        &self.ready
    }

    /// How many pods are there, those included that only finish what they have.
    pub fn len(&self) -> usize {
        self.ready.len() + self.draining.len()
    }

    /// Whether there are no pods.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a pod that takes requests from now on.
    pub fn add(&mut self) -> PodId {
        let pod = Pod::new(self.now, &self.common);
        let id = if let Some(id) = self.free.pop() {
            self.pods[id] = pod;
            id
        } else {
            self.pods.push(pod);
            self.pods.len() - 1
        };
        self.ready.push(id);
        if let Some(order) = &mut self.order {
            order.join(id);
        }
        self.pull(self.now);
        id
    }

    /// Takes a pod out of the rotation: it finishes what it has and goes.
    pub fn drain(&mut self, id: PodId) {
        self.drain_until(id, Instant::from_nanos(u64::MAX));
    }

    /// Takes a pod out of the rotation: it finishes what it has and goes, or is killed at `end` and what it still
    /// has is lost. Without the pod in the rotation nothing happens.
    pub fn drain_until(&mut self, id: PodId, end: Instant) {
        let Some(place) = self.ready.iter().position(|&ready| ready == id) else { return };
        self.ready.remove(place);
        if let Some(order) = &mut self.order {
            order.leave(id);
        }
        self.draining.push((id, end.nanos()));
        self.kill();
        self.retire();
    }

    /// Brings the end of a pod that drains already forward to `end`.
    pub fn kill_by(&mut self, id: PodId, end: Instant) {
        for (_, killed) in self.draining.iter_mut().filter(|(drained, _)| *drained == id) {
            *killed = end.nanos().min(*killed);
        }
        self.kill();
        self.retire();
    }

    /// Whether a pod is out of the rotation and still has something to finish.
    pub fn drains(&self, id: PodId) -> bool {
        self.draining.iter().any(|(drained, _)| *drained == id)
    }

    /// From now on requests go straight to the pods, each in its turn, or through the shared queue again; what
    /// waits there stays until a pod has room for it. Means something with [`Balancing::Pull`] only: a proxy that
    /// holds requests back stands in their way only while there is too little room.
    pub const fn go_direct(&mut self, direct: bool) {
        self.direct = direct;
    }

    /// From now on a pod may use so much CPU: what its node has for it.
    pub fn set_capacity(&mut self, id: PodId, capacity: Millicores) {
        self.pods[id].set_capacity(capacity.get());
        self.reorder_ready(id);
    }

    /// CPU time that a pod has used since its load was last taken.
    pub fn cpu_used(&self, id: PodId) -> Duration {
        self.pods[id].cpu_used()
    }

    /// What a pod did since this was last asked of it.
    pub fn take_load(&mut self, id: PodId) -> PodLoad {
        let (cpu, requests) = self.pods[id].take_load();
        PodLoad { cpu, requests }
    }

    /// Requests in a pod or waiting for one.
    pub fn in_flight(&self) -> u64 {
        let held: usize = self.ids().map(|id| self.pods[id].in_flight()).sum();
        (held + self.shared.len()) as u64
    }

    /// Requests that wait, in a pod's queue or in the shared one.
    pub fn waiting(&self) -> u64 {
        let queued: usize = self.ids().map(|id| self.pods[id].queued()).sum();
        (queued + self.shared.len()) as u64
    }

    fn ids(&self) -> impl Iterator<Item = PodId> {
        self.ready.iter().copied().chain(self.draining.iter().map(|(id, _)| *id))
    }

    /// What became of requests since this was last asked. The outcome of the run still has all of them.
    pub fn take_answers(&mut self) -> Answers {
        self.expire();
        let taken = std::mem::take(&mut self.tally);
        self.taken.add(&taken);
        let Tally { served, rejected, killed, latency } = taken;
        Answers { served, rejected, killed, latency }
    }

    /// What became of all requests.
    pub(super) fn all_answers(mut self) -> Tally {
        self.taken.add(&self.tally);
        self.taken
    }

    /// Gives a request to a pod; whether anyone took it.
    #[inline]
    pub(super) fn arrive(&mut self, request: Request) -> bool {
        let now = request.at.nanos();
        match self.balancing {
            Balancing::Pull if self.direct && !self.ready.is_empty() => {
                self.settle_in_order(now);
                let id = self.take_turn();
                let taken = self.give(id, request, now);
                self.reorder(id);
                taken
            }
            Balancing::Pull => self.arrive_shared(request, now),
            _ if self.ready.is_empty() => {
                self.tally.rejected += 1;
                false
            }
            Balancing::Random => {
                let id = self.ready[self.random.below(self.ready.len() as u64) as usize];
                self.give(id, request, now)
            }
            Balancing::RoundRobin => {
                let id = self.take_turn();
                self.give(id, request, now)
            }
            Balancing::PowerOfTwo => {
                let n = self.ready.len() as u64;
                let one = self.ready[self.random.below(n) as usize];
                let two = self.ready[self.random.below(n) as usize];
                self.pods[one].settle(now, &self.common, &mut self.tally);
                self.pods[two].settle(now, &self.common, &mut self.tally);
                let fewer = self.pods[two].in_flight() < self.pods[one].in_flight();
                self.give(if fewer { two } else { one }, request, now)
            }
            Balancing::LeastRequests => {
                self.settle(now);
                let fewest = self.order.as_mut().and_then(Order::fewest);
                fewest.is_some_and(|(id, _)| {
                    let taken = self.give(id, request, now);
                    self.reorder(id);
                    taken
                })
            }
        }
    }

    #[inline]
    fn give(&mut self, id: PodId, request: Request, now: u64) -> bool {
        let pod = &mut self.pods[id];
        pod.advance(now, &self.common, &mut self.tally);
        pod.accept(request, now, &self.common, &mut self.tally)
    }

    #[inline]
    fn take_turn(&mut self) -> PodId {
        if self.turn >= self.ready.len() {
            self.turn = 0;
        }
        self.turn += 1;
        self.ready[self.turn - 1]
    }

    /// Lets everything that leaves a pod up to `to` leave it, whatever the order.
    #[inline]
    fn settle(&mut self, to: u64) {
        let Some(order) = &mut self.order else { return };
        while let Some((id, _)) = order.due(to) {
            let pod = &mut self.pods[id];
            pod.settle(to, &self.common, &mut self.tally);
            order.was_due(id, pod.in_flight(), pod.departs());
        }
    }

    /// The same for a pod that may be out of the rotation.
    fn reorder_ready(&mut self, id: PodId) {
        if self.order.is_some() && self.ready.contains(&id) {
            self.reorder(id);
        }
    }

    /// Tells the order what has become of a pod.
    #[inline]
    fn reorder(&mut self, id: PodId) {
        if let Some(order) = &mut self.order {
            order.changed(id, self.pods[id].in_flight(), self.pods[id].departs());
        }
    }

    fn arrive_shared(&mut self, request: Request, now: u64) -> bool {
        self.settle_in_order(now);
        expire(&mut self.shared, now, self.common.queue_timeout, &mut self.tally);
        self.shared.push_back(request);
        self.pull(now);
        // Whoever finds room does not wait, even where nobody may.
        if self.shared.len() <= self.common.queue {
            return true;
        }
        self.shared.pop_back();
        self.tally.rejected += 1;
        false
    }

    /// Pods with room take what waits for any of them, the one with the fewest requests first.
    #[inline]
    fn pull(&mut self, now: u64) {
        while !self.shared.is_empty() {
            let fewest = self.order.as_mut().and_then(Order::fewest);
            let Some((id, _)) = fewest.filter(|(_, n)| *n < self.common.concurrency) else {
                return;
            };
            let Some(request) = self.shared.pop_front() else { return };
            self.give(id, request, now);
            self.reorder(id);
        }
    }

    /// Lets everything happen up to and including `to`.
    pub(super) fn advance(&mut self, to: u64) {
        if self.balancing == Balancing::Pull {
            self.settle_in_order(to);
        }
        self.settle(to);
        for &id in &self.ready {
            self.pods[id].advance(to, &self.common, &mut self.tally);
        }
        for &(id, end) in &self.draining {
            self.pods[id].advance(to.min(end), &self.common, &mut self.tally);
        }
        self.now = to;
        self.kill();
        self.retire();
    }

    /// While something waits for any pod, what happens in one pod concerns all: earliest first.
    fn settle_in_order(&mut self, to: u64) {
        while !self.shared.is_empty() {
            let Some(order) = &mut self.order else { return };
            let Some((id, now)) = order.due(to) else { return };
            let pod = &mut self.pods[id];
            let before = pod.in_flight();
            pod.settle(now, &self.common, &mut self.tally);
            order.was_due(id, pod.in_flight(), pod.departs());
            if pod.in_flight() < before {
                expire(&mut self.shared, now, self.common.queue_timeout, &mut self.tally);
                self.pull(now);
            }
        }
        self.settle(to);
    }

    /// Turns away everything that has waited too long by now.
    pub(super) fn expire(&mut self) {
        expire(&mut self.shared, self.now, self.common.queue_timeout, &mut self.tally);
        let draining = self.draining.iter().map(|(id, _)| id);
        for &id in self.ready.iter().chain(draining) {
            self.pods[id].expire(self.now, &self.common, &mut self.tally);
        }
        for place in 0..self.ready.len() {
            self.reorder(self.ready[place]);
        }
    }

    /// Ends the pods whose time to finish is over.
    fn kill(&mut self) {
        for &(id, end) in self.draining.iter().filter(|(_, end)| *end <= self.now) {
            self.tally.killed += self.pods[id].in_flight() as u64;
            self.pods[id] = Pod::new(end, &self.common);
        }
    }

    /// Forgets drained pods that have nothing left to do.
    fn retire(&mut self) {
        let Self { draining, pods, free, .. } = self;
        draining.retain(|&(id, _)| {
            let busy = pods[id].in_flight() > 0;
            if !busy {
                free.push(id);
            }
            busy
        });
    }
}
