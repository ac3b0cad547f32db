//! One pod: its CPU is shared equally by the requests that compute, in virtual time.

use std::collections::VecDeque;

use units::{Duration, Histogram, Request};

use super::heap::Heap;

/// What all pods of a run have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Common {
    /// CPU of a new pod in millicores.
    pub(crate) capacity: u64,
    pub(crate) concurrency: usize,
    pub(crate) queue: usize,
    pub(crate) queue_timeout: u64,
}

/// What became of requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) served: u64,
    pub(super) rejected: u64,
    pub(super) killed: u64,
    pub(crate) latency: Histogram,
}

impl Tally {
    /// Adds another span of time.
    pub(super) fn add(&mut self, other: &Self) {
        self.served += other.served;
        self.rejected += other.rejected;
        self.killed += other.killed;
        self.latency.merge(&other.latency);
    }
}

/// A request on its way through the CPU phase: when it arrived and how long it waits afterwards.
#[derive(Debug, Clone, Copy)]
struct Computing {
    arrived: u64,
    wait: u64,
}

/// Virtual time runs at the speed at which each computing request makes progress: 1 while there is a whole
/// vCPU for each, less when they share. A request that needs `cpu` of it is done when virtual time has
/// gone that far from its start, so that one heap of virtual moments is all there is to keep.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pod {
    /// The next moment at which something happens here; the end of time if nothing will.
    next: u64,
    /// No request leaves before this moment.
    departs: u64,
    /// No request that computes waits for less afterwards.
    shortest_wait: u64,
    /// Everything up to this moment has happened.
    at: u64,
    virtual_now: u64,
    /// CPU that it may use in all, in millicores.
    capacity: u64,
    computing: Heap<Computing>,
    /// Done with computing, waiting for something else: when that ends, and when the request arrived.
    waiting: Heap<u64>,
    queue: VecDeque<Request>,
    /// CPU used since last asked, in vCPU-nanoseconds.
    cpu_used: u64,
    /// Requests in service since last asked, in request-nanoseconds.
    request_time: u64,
    /// The part of `cpu_used` in past millicore-nanoseconds that is no whole vCPU-nanosecond yet.
    cpu_rest: u64,
}

impl Pod {
    pub(crate) fn new(now: u64, common: &Common) -> Self {
        Self {
            capacity: common.capacity,
            next: u64::MAX,
            departs: u64::MAX,
            at: now,
            ..Self::default()
        }
    }

    /// No request leaves before this moment.
    #[inline]
    pub(crate) const fn departs(&self) -> u64 {
        self.departs
    }

    #[inline]
    pub(crate) const fn in_service(&self) -> usize {
        self.computing.len() + self.waiting.len()
    }

    #[inline]
    pub(super) fn in_flight(&self) -> usize {
        self.in_service() + self.queue.len()
    }

    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    #[inline]
    pub(super) const fn has_room(&self, common: &Common) -> bool {
        self.in_service() < common.concurrency
    }

    /// Lets everything happen up to and including `to`.
    #[inline]
    pub(crate) fn advance(&mut self, to: u64, common: &Common, tally: &mut Tally) {
        self.settle(to, common, tally);
        self.progress(to);
    }

    /// Lets the events up to and including `to` happen, without moving the clocks between them and `to`.
    #[inline]
    pub(crate) fn settle(&mut self, to: u64, common: &Common, tally: &mut Tally) {
        while self.next <= to {
            self.step(common, tally);
        }
    }

    /// Takes a request at `now`: serves it, queues it or turns it away; whether it was taken.
    #[inline]
    pub(crate) fn accept(
        &mut self,
        request: Request,
        now: u64,
        common: &Common,
        tally: &mut Tally,
    ) -> bool {
        if self.has_room(common) {
            self.start(request, now, tally);
            self.refresh();
            return true;
        }
        expire(&mut self.queue, now, common.queue_timeout, tally);
        let taken = self.queue.len() < common.queue;
        if taken {
            self.queue.push_back(request);
        } else {
            tally.rejected += 1;
        }
        taken
    }

    /// Turns away what has waited too long by `now`.
    pub(super) fn expire(&mut self, now: u64, common: &Common, tally: &mut Tally) {
        expire(&mut self.queue, now, common.queue_timeout, tally);
    }

    /// From where its clocks stand, it may use so many millicores.
    pub(crate) fn set_capacity(&mut self, capacity: u64) {
        self.capacity = capacity.max(1);
        self.refresh();
    }

    /// CPU time since the load was last taken.
    pub(crate) const fn cpu_used(&self) -> Duration {
        Duration::from_nanos(self.cpu_used)
    }

    /// CPU time and request time since this was last asked.
    pub(crate) fn take_load(&mut self) -> (Duration, Duration) {
        let load = (Duration::from_nanos(self.cpu_used), Duration::from_nanos(self.request_time));
        (self.cpu_used, self.request_time) = (0, 0);
        load
    }

    /// The next thing that happens here.
    fn step(&mut self, common: &Common, tally: &mut Tally) {
        let now = self.next;
        self.progress(now);
        if self.waiting.first() <= now {
            if let Some((_, arrived)) = self.waiting.pop() {
                self.leave(arrived, now, common, tally);
            }
        } else if let Some((done, request)) = self.computing.pop() {
            // Rounding may have left virtual time a nanosecond short.
            self.virtual_now = done;
            if request.wait == 0 {
                self.leave(request.arrived, now, common, tally);
            } else {
                self.waiting.push(now.saturating_add(request.wait), request.arrived);
            }
        }
        self.refresh();
    }

    fn leave(&mut self, arrived: u64, now: u64, common: &Common, tally: &mut Tally) {
        tally.served += 1;
        tally.latency.record(Duration::from_nanos(now - arrived));
        if self.queue.is_empty() {
            return;
        }
        expire(&mut self.queue, now, common.queue_timeout, tally);
        if self.has_room(common)
            && let Some(request) = self.queue.pop_front()
        {
            self.start(request, now, tally);
        }
    }

    #[inline]
    fn start(&mut self, request: Request, now: u64, tally: &mut Tally) {
        let (cpu, wait) = (request.cpu.nanos(), request.wait.nanos());
        let arrived = request.at.nanos();
        if cpu > 0 {
            let done = self.virtual_now.saturating_add(cpu);
            let nobody = self.computing.len() == 0;
            self.shortest_wait = if nobody { wait } else { self.shortest_wait.min(wait) };
            self.computing.push(done, Computing { arrived, wait });
        } else if wait > 0 {
            self.waiting.push(now.saturating_add(wait), arrived);
        } else {
            tally.served += 1;
            tally.latency.record(Duration::from_nanos(now - arrived));
        }
    }

    /// Moves the clocks to `to`, before which nothing happens.
    #[inline]
    fn progress(&mut self, to: u64) {
        let passed = to - self.at;
        self.at = to;
        let n = self.computing.len() as u64;
        let held = passed.saturating_mul(self.in_service() as u64);
        self.request_time = self.request_time.saturating_add(held);
        if n == 0 {
            return;
        }
        if n * 1000 <= self.capacity {
            self.virtual_now += passed;
            self.cpu_used = self.cpu_used.saturating_add(passed.saturating_mul(n));
        } else {
            let share = self.capacity as f64 / (n * 1000) as f64;
            let virtual_now = self.virtual_now + (passed as f64 * share) as u64;
            // Rounding must not carry it past the next completion.
            self.virtual_now = virtual_now.min(self.computing.first());
            let used = passed.saturating_mul(self.capacity).saturating_add(self.cpu_rest);
            self.cpu_used = self.cpu_used.saturating_add(used / 1000);
            self.cpu_rest = used % 1000;
        }
    }

    /// Finds the next moment at which something happens.
    #[inline]
    fn refresh(&mut self) {
        let n = self.computing.len() as u64;
        let computed = if n == 0 {
            u64::MAX
        } else {
            let left = self.computing.first() - self.virtual_now;
            let real = if n * 1000 <= self.capacity {
                left
            } else {
                (left as f64 * ((n * 1000) as f64 / self.capacity as f64)).ceil() as u64
            };
            self.at.saturating_add(real)
        };
        let waited = self.waiting.first();
        self.next = computed.min(waited);
        self.departs = computed.saturating_add(self.shortest_wait).min(waited);
    }
}

/// Turns away the requests at the head of a queue that have waited too long.
pub(super) fn expire(queue: &mut VecDeque<Request>, now: u64, timeout: u64, tally: &mut Tally) {
    while let Some(request) = queue.front()
        && request.at.nanos().saturating_add(timeout) < now
    {
        queue.pop_front();
        tally.rejected += 1;
    }
}
