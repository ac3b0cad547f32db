//! All instances of a service and the queue in front of them.

use std::collections::VecDeque;

use units::{Duration, Instant, Random, Request};

use super::agenda::Agenda;
use super::settings::{INSTANCES_MAX, Packing, Settings, Start};
use super::shelves::Shelves;
use super::usage::{Step, Usage};
use super::{Scaler, Seen, Waiting};
use crate::pods::{Common, Pod, Tally};

/// What an instance does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is placed and initialises.
    Starting,
    /// It has requests, or takes them.
    Ready,
    /// It finishes and is gone after that.
    Stopping,
    /// Nothing: the place is free.
    Gone,
}

#[derive(Debug, Clone)]
struct Instance {
    pod: Pod,
    state: State,
    /// No longer wanted: it gets requests only where all others are full.
    resting: bool,
    /// It was idle for its time and stays only because it is needed.
    overdue: bool,
    /// When its initialisation began.
    born: u64,
    /// When it became ready.
    ready: u64,
    /// When it began to do what it does.
    since: u64,
    /// CPU time that its first request takes longer.
    first_call: Duration,
}

/// Everything that happens up to `now` has happened.
pub(super) struct World<'a, F> {
    settings: &'a Settings,
    common: Common,
    min: u32,
    max: u32,
    now: u64,
    random: Random,
    start: F,
    instances: Vec<Instance>,
    agenda: Agenda,
    /// Those that take requests.
    rotation: Shelves,
    /// Those that take requests where all of the rotation are full.
    resting: Shelves,
    free: Vec<u32>,
    queue: VecDeque<Request>,
    /// Instances by state; `idle` are ready.
    starting: u32,
    active: u32,
    idle: u32,
    stopping: u32,
    /// Instances that must be there: the settled ones, or more if the autoscaler says so.
    floor: u32,
    /// Up to when the times of `usage` are added up.
    settled: u64,
    tally: Tally,
    usage: Usage,
    /// Arrivals that the autoscaler has seen.
    looked_at: u64,
    /// Arrivals, cold starts and rejections of earlier steps.
    before: (u64, u64, u64),
}

impl<'a, F: FnMut() -> Start> World<'a, F> {
    pub(super) fn new(settings: &'a Settings, random: Random, start: F) -> Self {
        let max = settings.max.min(INSTANCES_MAX);
        let min = settings.min.min(max);
        let mut world = Self {
            settings,
            common: Common {
                capacity: settings.capacity.get().max(1),
                concurrency: settings.concurrency.max(1) as usize,
                queue: 0,
                queue_timeout: 0,
            },
            min,
            max,
            now: 0,
            random,
            start,
            instances: Vec::new(),
            agenda: Agenda::default(),
            rotation: Shelves::default(),
            resting: Shelves::default(),
            free: Vec::new(),
            queue: VecDeque::new(),
            starting: 0,
            active: 0,
            idle: 0,
            stopping: 0,
            floor: min,
            settled: 0,
            tally: Tally::default(),
            usage: Usage::default(),
            looked_at: 0,
            before: (0, 0, 0),
        };
        for _ in 0..min {
            let slot = world.place();
            let instance = &mut world.instances[slot as usize];
            instance.first_call = (world.start)().first_call;
            world.starting += 1;
            world.become_ready(slot);
        }
        world
    }

    /// Takes a request: gives it to an instance, queues it or turns it away.
    #[inline]
    pub(super) fn arrive(&mut self, request: Request, scaler: &mut impl Scaler) {
        let now = request.at.nanos().max(self.now);
        self.advance(now);
        self.usage.arrivals += 1;
        if let Some(slot) = self.pick() {
            self.give(slot, request);
        } else {
            self.wait(request, scaler);
        }
        let ended = self.tally.served + self.usage.rejected();
        self.usage.peak_requests = self.usage.peak_requests.max(self.usage.arrivals - ended);
    }

    /// Lets everything happen up to and including `to`.
    #[inline]
    pub(super) fn advance(&mut self, to: u64) {
        loop {
            let (moment, slot) = self.agenda.first();
            if moment > to {
                break;
            }
            self.now = moment;
            self.happen(slot);
        }
        self.now = to;
    }

    /// The autoscaler looks.
    pub(super) fn look(&mut self, scaler: &mut impl Scaler) {
        let (mut cpu, mut requests) = (Duration::ZERO, Duration::ZERO);
        for instance in &mut self.instances {
            if instance.state == State::Ready {
                instance.pod.advance(self.now, &self.common, &mut self.tally);
                let load = instance.pod.take_load();
                cpu += load.0;
                requests += load.1;
            }
        }
        self.usage.cpu_nanos += u128::from(cpu.nanos());
        self.expire_queue();
        let wanted = scaler.look(&Seen {
            now: Instant::from_nanos(self.now),
            ready: self.active + self.idle,
            starting: self.starting,
            waiting: self.queue.len() as u64,
            arrivals: self.usage.arrivals - self.looked_at,
            cpu,
            requests,
        });
        self.looked_at = self.usage.arrivals;
        let least = scaler.least(Instant::from_nanos(self.now));
        let changed = least.is_some_and(|least| self.keep(least));
        if let Some(wanted) = wanted {
            self.want(wanted.clamp(self.min, self.max));
        } else if changed {
            self.floor = self.min;
            let there = self.starting + self.active + self.idle;
            self.begin(self.min.saturating_sub(there));
            self.let_go();
        }
    }

    /// So many instances must be there from now on; whether that is another number than before.
    fn keep(&mut self, least: u32) -> bool {
        let least = least.min(self.max);
        if least == self.min {
            return false;
        }
        self.settle();
        self.min = least;
        true
    }

    /// Ends a step of the timeline.
    pub(super) fn close_step(&mut self) {
        self.expire_queue();
        let usage = &mut self.usage;
        let totals = (usage.arrivals, usage.cold, usage.rejected());
        usage.timeline.push(Step {
            requests: totals.0 - self.before.0,
            cold: totals.1 - self.before.1,
            rejected: totals.2 - self.before.2,
            instances: self.starting + self.active + self.idle,
            waiting: u32::try_from(self.queue.len()).unwrap_or(u32::MAX),
        });
        self.before = totals;
    }

    /// Ends the run: what still lasts is cut off here.
    pub(super) fn finish(mut self) -> Usage {
        self.expire_queue();
        self.settle();
        let mut in_flight = self.queue.len();
        for slot in 0..self.instances.len() {
            let instance = &mut self.instances[slot];
            instance.pod.advance(self.now, &self.common, &mut self.tally);
            self.usage.cpu_nanos += u128::from(instance.pod.take_load().0.nanos());
            let held = instance.pod.in_service();
            in_flight += held;
            match instance.state {
                State::Starting => self.bill_start(slot),
                State::Ready if held > 0 => self.bill_active(slot),
                State::Stopping => self.bill_stop(slot),
                State::Ready | State::Gone => {}
            }
            if self.instances[slot].state != State::Gone {
                self.bill_life(slot);
            }
        }
        self.usage.in_flight = in_flight as u64;
        self.usage.served = self.tally.served;
        self.usage.latency = self.tally.latency;
        self.usage
    }

    /// What happens next at `slot`, which is now.
    fn happen(&mut self, slot: u32) {
        match self.instances[slot as usize].state {
            State::Ready if self.instances[slot as usize].pod.in_service() > 0 => self.step(slot),
            State::Ready => self.be_overdue(slot),
            State::Starting => {
                self.become_ready(slot);
                self.serve_queue();
            }
            State::Stopping => self.be_gone(slot),
            State::Gone => self.agenda.set(slot, u64::MAX),
        }
    }

    /// An instance with room.
    #[inline]
    fn pick(&self) -> Option<u32> {
        let limit = self.common.concurrency;
        let from = |shelves: &Shelves| match self.settings.packing {
            Packing::Busiest => shelves.busiest_below(limit),
            Packing::LeastLoaded => shelves.least_below(limit),
        };
        from(&self.rotation).or_else(|| from(&self.resting))
    }

    /// Gives a request to an instance with room.
    #[inline]
    fn give(&mut self, slot: u32, mut request: Request) {
        let now = self.now;
        let instance = &mut self.instances[slot as usize];
        let load = instance.pod.in_service();
        if instance.ready > request.at.nanos() {
            self.usage.cold += 1;
        }
        if instance.first_call > Duration::ZERO {
            request.cpu += std::mem::take(&mut instance.first_call);
        }
        instance.pod.advance(now, &self.common, &mut self.tally);
        instance.pod.accept(request, now, &self.common, &mut self.tally);
        if load == 0 {
            self.settle();
            self.instances[slot as usize].since = now;
            self.idle -= 1;
            self.active += 1;
        }
        self.moved(slot, load);
    }

    /// Something in an instance is done.
    #[inline]
    fn step(&mut self, slot: u32) {
        let pod = &mut self.instances[slot as usize].pod;
        let load = pod.in_service();
        // At least one thing happens: no moment is told as the next unless something leads to it.
        pod.settle(self.now, &self.common, &mut self.tally);
        self.moved(slot, load);
        if !self.queue.is_empty() {
            self.serve_queue();
        }
    }

    /// Puts an instance where it belongs after its requests changed from `load`.
    #[inline]
    fn moved(&mut self, slot: u32, load: usize) {
        let instance = &mut self.instances[slot as usize];
        let (now_has, departs) = (instance.pod.in_service(), instance.pod.departs());
        if now_has != load {
            let shelves = if instance.resting { &mut self.resting } else { &mut self.rotation };
            shelves.shift(slot, load, now_has);
        }
        if now_has == 0 {
            self.fall_idle(slot);
        } else {
            self.agenda.set(slot, departs);
        }
    }

    fn fall_idle(&mut self, slot: u32) {
        self.settle();
        self.bill_active(slot as usize);
        self.active -= 1;
        self.idle += 1;
        self.begin_idle(slot);
    }

    fn begin_idle(&mut self, slot: u32) {
        let keep = self.settings.keep_idle;
        let stays = self.random.between(keep.shortest, keep.longest);
        let instance = &mut self.instances[slot as usize];
        (instance.since, instance.overdue) = (self.now, false);
        self.agenda.set(slot, self.now.saturating_add(stays.nanos()));
    }

    /// An idle instance has been so for its time.
    fn be_overdue(&mut self, slot: u32) {
        if self.starting + self.active + self.idle > self.floor {
            self.stop(slot);
        } else {
            self.instances[slot as usize].overdue = true;
            self.agenda.set(slot, u64::MAX);
        }
    }

    fn stop(&mut self, slot: u32) {
        self.settle();
        let instance = &mut self.instances[slot as usize];
        (instance.state, instance.since) = (State::Stopping, self.now);
        let shelves = if instance.resting { &mut self.resting } else { &mut self.rotation };
        shelves.take(slot, 0);
        self.idle -= 1;
        self.stopping += 1;
        self.usage.stops += 1;
        self.agenda.set(slot, self.now.saturating_add(self.settings.shutdown.nanos()));
    }

    fn be_gone(&mut self, slot: u32) {
        self.settle();
        self.bill_stop(slot as usize);
        self.bill_life(slot as usize);
        self.usage.cpu_nanos += u128::from(self.instances[slot as usize].pod.take_load().0.nanos());
        self.instances[slot as usize].state = State::Gone;
        self.stopping -= 1;
        self.free.push(slot);
        self.agenda.set(slot, u64::MAX);
    }

    /// No instance has room.
    #[cold]
    fn wait(&mut self, request: Request, scaler: &mut impl Scaler) {
        self.expire_queue();
        if self.queue.len() >= self.settings.queue as usize {
            self.usage.rejected_full += 1;
            return;
        }
        self.queue.push_back(request);
        let there = self.starting + self.active + self.idle;
        if there >= self.max {
            return;
        }
        let more = scaler.waiting(
            Instant::from_nanos(self.now),
            &Waiting {
                requests: self.queue.len() as u64,
                coming: u64::from(self.starting).saturating_mul(self.common.concurrency as u64),
                room: self.max - there,
            },
        );
        self.begin(more.min(self.max - there));
    }

    /// Instances with room take what waits.
    fn serve_queue(&mut self) {
        self.expire_queue();
        while !self.queue.is_empty() {
            let Some(slot) = self.pick() else { return };
            let Some(request) = self.queue.pop_front() else { return };
            self.usage.waited += 1;
            self.give(slot, request);
        }
    }

    /// Turns away what has waited too long.
    fn expire_queue(&mut self) {
        let timeout = self.settings.queue_timeout.nanos();
        while let Some(request) = self.queue.front()
            && request.at.nanos().saturating_add(timeout) < self.now
        {
            self.queue.pop_front();
            self.usage.rejected_late += 1;
        }
    }

    /// There should be `wanted` instances.
    fn want(&mut self, wanted: u32) {
        self.floor = wanted;
        while self.rotation.len() + self.starting > wanted
            && let Some(slot) = self.rotation.least_below(usize::MAX)
        {
            self.rest(slot, true);
        }
        while self.rotation.len() + self.starting < wanted
            && let Some(slot) = self.resting.busiest_below(usize::MAX)
        {
            self.rest(slot, false);
        }
        let there = self.starting + self.active + self.idle;
        self.begin(wanted.saturating_sub(there));
        self.let_go();
        self.serve_queue();
    }

    /// Instances that stayed only because they were needed go, as far as they no longer are.
    fn let_go(&mut self) {
        for slot in 0..self.instances.len() as u32 {
            let instance = &self.instances[slot as usize];
            let overdue = instance.overdue && instance.state == State::Ready;
            if overdue && instance.pod.in_service() == 0 {
                self.be_overdue(slot);
            }
        }
    }

    fn rest(&mut self, slot: u32, resting: bool) {
        let instance = &mut self.instances[slot as usize];
        instance.resting = resting;
        let load = instance.pod.in_service();
        let (from, to) = if resting {
            (&mut self.rotation, &mut self.resting)
        } else {
            (&mut self.resting, &mut self.rotation)
        };
        from.take(slot, load);
        to.put(slot, load);
    }

    /// Starts `more` instances.
    fn begin(&mut self, more: u32) {
        self.settle();
        for _ in 0..more {
            let slot = self.place();
            let start = (self.start)();
            let born = self.now.saturating_add(start.placement.nanos());
            let init = start.init(self.settings.start_capacity).nanos();
            let instance = &mut self.instances[slot as usize];
            (instance.born, instance.first_call) = (born, start.first_call);
            self.agenda.set(slot, born.saturating_add(init));
            self.starting += 1;
            self.usage.starts += 1;
        }
        let there = self.starting + self.active + self.idle;
        self.usage.peak_instances = self.usage.peak_instances.max(there);
    }

    /// A place for a new instance.
    fn place(&mut self) -> u32 {
        let now = self.now;
        let instance = Instance {
            pod: Pod::new(now, &self.common),
            state: State::Starting,
            resting: false,
            overdue: false,
            born: now,
            ready: now,
            since: now,
            first_call: Duration::ZERO,
        };
        if let Some(slot) = self.free.pop() {
            self.instances[slot as usize] = instance;
            slot
        } else {
            self.instances.push(instance);
            self.agenda.add();
            self.instances.len() as u32 - 1
        }
    }

    fn become_ready(&mut self, slot: u32) {
        self.settle();
        self.bill_start(slot as usize);
        let instance = &mut self.instances[slot as usize];
        (instance.state, instance.ready) = (State::Ready, self.now);
        instance.pod = Pod::new(self.now, &self.common);
        self.rotation.put(slot, 0);
        self.starting -= 1;
        self.idle += 1;
        let there = self.starting + self.active + self.idle;
        self.usage.peak_instances = self.usage.peak_instances.max(there);
        self.begin_idle(slot);
    }

    /// Adds up the times of all instances since this was last done; called before a state changes.
    #[inline]
    fn settle(&mut self) {
        let passed = u128::from(self.now - self.settled);
        self.settled = self.now;
        let (active, idle) = (self.active, self.idle);
        self.usage.active_nanos += passed * u128::from(active);
        self.usage.idle_nanos += passed * u128::from(idle);
        let kept = self.min.saturating_sub(self.starting + active).min(idle);
        self.usage.idle_min_nanos += passed * u128::from(kept);
        self.usage.stopping_nanos += passed * u128::from(self.stopping);
    }

    fn bill_start(&mut self, slot: usize) {
        let instance = &self.instances[slot];
        let init = self.now.saturating_sub(instance.born);
        self.usage.placing_nanos += u128::from(self.now.min(instance.born) - instance.since);
        self.usage.starting_nanos += u128::from(init);
        add_steps(&mut self.usage.billed_starting, init, self.settings);
    }

    fn bill_active(&mut self, slot: usize) {
        let active = (self.now - self.instances[slot].since).max(self.settings.active_min.nanos());
        add_steps(&mut self.usage.billed_active, active, self.settings);
    }

    fn bill_stop(&mut self, slot: usize) {
        let stopping = self.now - self.instances[slot].since;
        add_steps(&mut self.usage.billed_stopping, stopping, self.settings);
    }

    fn bill_life(&mut self, slot: usize) {
        let life = self.now.saturating_sub(self.instances[slot].born);
        add_steps(&mut self.usage.billed_lives, life, self.settings);
    }
}

/// A span in billing steps, a begun one counting whole, onto a sum.
fn add_steps(sum: &mut u64, nanos: u64, settings: &Settings) {
    *sum = sum.saturating_add(nanos.div_ceil(settings.billing_step.nanos().max(1)));
}
