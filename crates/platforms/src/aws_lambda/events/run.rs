//! Messages through pollers and pool, in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use scaling::async_retry::{Attempts, Failure, backoff};
use scaling::queue_pollers::QueuePollers;
use sim::function_pool::{Admission, ColdStart, CpuShare, FunctionPool, Outcome, PoolUsage};
use units::{Duration, Histogram, Instant, Random, Request};

use super::lanes::{Lanes, Message};
use super::{Mapping, Redelivery};

/// What became of the messages: `arrivals == served + dead + in_flight`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Handled {
    /// Messages that came.
    pub(in super::super) arrivals: u64,
    /// Handled without failure by the end.
    pub(in super::super) served: u64,
    /// In the dead-letter queue, discarded or too old.
    pub(in super::super) dead: u64,
    /// Waiting, in work, or coming back at the end.
    pub(in super::super) in_flight: u64,
    /// Messages done while counting, whenever they came.
    pub(in super::super) finished: u64,
    /// Calls that received something while counting.
    pub(in super::super) receives: u64,
    /// From arrival to the end of the run that handled it. What is not done at the end counts with its age.
    pub(in super::super) latency: Histogram,
}

/// A batch in work or on its way back.
#[derive(Debug, Default)]
struct Slot {
    messages: Vec<Message>,
    received: Instant,
    tries: u32,
}

/// What happens next to a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Done,
    Return,
    Retry,
    Wake,
}

/// One function behind its event source.
pub(in super::super) struct Run<'a, A, S> {
    mapping: &'a Mapping,
    pool: FunctionPool<A>,
    cpu: CpuShare,
    start: S,
    /// Which lane a message belongs to, and whose handling fails.
    random: Random,
    pollers: Option<QueuePollers>,
    lanes: Lanes,
    running: u32,
    slots: Vec<Slot>,
    free: Vec<usize>,
    events: BinaryHeap<Reverse<(Instant, Next, usize)>>,
    wake: Option<Instant>,
    counting: bool,
    handled: Handled,
}

impl<'a, A: Admission, S: FnMut() -> ColdStart> Run<'a, A, S> {
    /// An empty source before a pool; `start` draws cold starts.
    pub(in super::super) fn new(
        mapping: &'a Mapping,
        pool: FunctionPool<A>,
        cpu: CpuShare,
        start: S,
        random: Random,
    ) -> Self {
        Self {
            mapping,
            pool,
            cpu,
            start,
            random,
            pollers: mapping.pollers.map(QueuePollers::new),
            lanes: Lanes::new(mapping.lanes, mapping.batch, mapping.window),
            running: 0,
            slots: Vec::new(),
            free: Vec::new(),
            events: BinaryHeap::new(),
            wake: None,
            counting: false,
            handled: Handled::default(),
        }
    }

    /// Plays requests in order of arrival until `end`; what comes before `begin` only warms.
    pub(in super::super) fn play(
        mut self,
        requests: impl IntoIterator<Item = (Instant, Request)>,
        begin: Instant,
        end: Instant,
    ) -> (PoolUsage, Handled) {
        let mut requests = requests.into_iter().peekable();
        loop {
            let arrival = requests.peek().map(|(at, _)| *at);
            let event = self.events.peek().map(|Reverse((at, ..))| *at);
            let Some(now) = arrival.into_iter().chain(event).min().filter(|now| *now < end) else {
                break;
            };
            if !self.counting && now >= begin {
                self.pool.start_counting(begin);
                self.counting = true;
            }
            if event == Some(now) {
                self.happen(now);
            } else if let Some((at, request)) = requests.next() {
                self.arrive(at, request);
            }
            self.dispatch(now);
        }
        if !self.counting {
            self.pool.start_counting(begin);
        }
        self.close(end);
        (self.pool.finish(end), self.handled)
    }

    fn arrive(&mut self, at: Instant, request: Request) {
        let lanes = self.mapping.lanes.unwrap_or(1).max(1);
        let lane = if lanes > 1 { (self.random.uniform() * f64::from(lanes)) as u32 } else { 0 };
        let counted = self.counting;
        self.handled.arrivals += u64::from(counted);
        self.lanes.push(Message {
            request,
            arrived: at,
            visible: at,
            received: 0,
            attempts: Attempts::default(),
            lane: lane.min(lanes - 1),
            counted,
        });
    }

    fn happen(&mut self, now: Instant) {
        let Some(Reverse((_, next, slot))) = self.events.pop() else { return };
        match next {
            Next::Wake => self.wake = self.wake.filter(|&at| at > now),
            Next::Retry => self.invoke(now, slot),
            Next::Done => self.done(now, slot),
            Next::Return => {
                let mut messages = self.release(slot);
                for message in &mut messages {
                    message.visible = now;
                }
                if self.lanes.are_ordered() {
                    self.lanes.put_back(&messages);
                } else {
                    for message in messages {
                        self.lanes.push(message);
                    }
                }
            }
        }
    }

    /// Reads batches as long as there are readers for them.
    fn dispatch(&mut self, now: Instant) {
        let mut allowed = self.allowed(now);
        while self.running < allowed {
            let Some(messages) = self.lanes.take(now) else { break };
            self.receive(now, messages);
            allowed = self.allowed(now);
        }
        let due = self.lanes.next_due();
        let left = due.is_some_and(|due| due <= now);
        let growth = self.pollers.as_mut().and_then(|pollers| {
            pollers.look(now, left);
            pollers.next_in().filter(|_| left)
        });
        let wake = if left { growth.map(|wait| now + wait) } else { due };
        if let Some(at) = wake.filter(|at| self.wake.is_none_or(|wake| *at < wake)) {
            self.wake = Some(at);
            self.events.push(Reverse((at, Next::Wake, 0)));
        }
    }

    fn allowed(&mut self, now: Instant) -> u32 {
        let Some(pollers) = &mut self.pollers else { return u32::MAX };
        let full = self.lanes.next_due().is_some_and(|due| due <= now);
        pollers.look(now, full)
    }

    fn receive(&mut self, now: Instant, mut messages: Vec<Message>) {
        self.running += 1;
        if self.counting {
            self.handled.receives += (messages.len() as u64).div_ceil(self.mapping.per_call.max(1));
        }
        for message in &mut messages {
            message.received += 1;
        }
        let slot = self.keep(Slot { messages, received: now, tries: 0 });
        self.invoke(now, slot);
    }

    fn invoke(&mut self, now: Instant, slot: usize) {
        let cpu = self.cpu;
        let work = self.slots[slot].messages.iter().map(|m| cpu.service(m.request).nanos());
        let service = Duration::from_nanos(work.sum());
        let mut before = Duration::ZERO;
        let start = &mut self.start;
        let outcome = self.pool.offer(now, service, || {
            let start = start();
            before = start.placement + start.init + start.first_call;
            start
        });
        if outcome == Outcome::Rejected {
            self.failed(now, slot, Failure::Throttled);
        } else {
            self.events.push(Reverse((now + before + service, Next::Done, slot)));
        }
    }

    /// An invocation has returned.
    fn done(&mut self, now: Instant, slot: usize) {
        let share = self.mapping.failures.get();
        let failed: Vec<bool> = if share > 0.0 {
            let all = self.slots[slot].messages.iter();
            all.map(|_| self.random.uniform() < share).collect()
        } else {
            Vec::new()
        };
        let Some(first) = failed.iter().position(|&failed| failed) else {
            self.running -= 1;
            let messages = self.release(slot);
            self.unblock(&messages);
            return messages.iter().for_each(|message| self.serve(now, message));
        };
        if self.mapping.partial {
            // In order, what stands behind a failure has to come again too.
            let ordered = self.lanes.are_ordered();
            let messages = std::mem::take(&mut self.slots[slot].messages);
            for (at, message) in messages.into_iter().enumerate() {
                let again = if ordered { at >= first } else { failed[at] };
                if again {
                    self.slots[slot].messages.push(message);
                } else {
                    self.serve(now, &message);
                }
            }
        }
        self.failed(now, slot, Failure::Function);
    }

    /// The messages of a slot did not succeed: they are tried again, come back, or are given up.
    fn failed(&mut self, now: Instant, slot: usize, failure: Failure) {
        if let Some(pollers) = &mut self.pollers {
            pollers.back_off(now, self.running.saturating_sub(1));
        }
        let (first, longest) = self.mapping.backoff;
        self.slots[slot].tries += 1;
        let Slot { received, tries, .. } = self.slots[slot];
        let retry = now + backoff(first, longest, tries);
        match &self.mapping.redelivery {
            Redelivery::Visible { after, receives_max, retention } => {
                let visible = received + *after;
                if failure == Failure::Throttled && retry < visible {
                    return self.events.push(Reverse((retry, Next::Retry, slot)));
                }
                self.running -= 1;
                let visible = visible.max(now);
                let gone = |message: &Message| {
                    receives_max.is_some_and(|max| message.received >= max)
                        || visible.since(message.arrived) >= *retention
                };
                let (dead, back): (Vec<Message>, Vec<Message>) =
                    self.release(slot).into_iter().partition(gone);
                self.bury(&dead);
                if back.is_empty() {
                    self.unblock(&dead);
                } else {
                    let slot = self.keep(Slot { messages: back, received: now, tries: 0 });
                    self.events.push(Reverse((visible, Next::Return, slot)));
                }
            }
            Redelivery::Retried(policy) => {
                let message = &mut self.slots[slot].messages[0];
                match message.attempts.again(policy, message.arrived, now, failure) {
                    Some(next) => self.events.push(Reverse((next, Next::Retry, slot))),
                    None => self.give_up(slot),
                }
            }
            Redelivery::Blocking { attempts_max, retention } => {
                let spent =
                    failure == Failure::Function && attempts_max.is_some_and(|most| tries >= most);
                let oldest = self.slots[slot].messages.first().map_or(now, |m| m.arrived);
                if spent || retry.since(oldest) >= *retention {
                    self.give_up(slot);
                } else {
                    self.events.push(Reverse((retry, Next::Retry, slot)));
                }
            }
        }
    }

    fn give_up(&mut self, slot: usize) {
        self.running -= 1;
        let messages = self.release(slot);
        self.bury(&messages);
        self.unblock(&messages);
    }

    fn unblock(&mut self, messages: &[Message]) {
        if let Some(message) = messages.first().filter(|_| self.lanes.are_ordered()) {
            self.lanes.unblock(message.lane);
        }
    }

    fn serve(&mut self, now: Instant, message: &Message) {
        self.handled.finished += u64::from(self.counting);
        if message.counted {
            self.handled.served += 1;
            self.handled.latency.record(now.since(message.arrived));
        }
    }

    fn bury(&mut self, messages: &[Message]) {
        for message in messages {
            self.handled.finished += u64::from(self.counting);
            self.handled.dead += u64::from(message.counted);
        }
    }

    /// What is not done at the end.
    fn close(&mut self, end: Instant) {
        let mut left = |message: &Message, at: Instant| {
            if message.counted {
                self.handled.in_flight += 1;
                self.handled.latency.record(at.since(message.arrived));
            }
        };
        self.lanes.all().for_each(|message| left(message, end));
        for Reverse((at, next, slot)) in &self.events {
            if *next != Next::Wake {
                self.slots[*slot].messages.iter().for_each(|message| left(message, *at));
            }
        }
    }

    fn keep(&mut self, slot: Slot) -> usize {
        if let Some(at) = self.free.pop() {
            self.slots[at] = slot;
            return at;
        }
        self.slots.push(slot);
        self.slots.len() - 1
    }

    fn release(&mut self, slot: usize) -> Vec<Message> {
        self.free.push(slot);
        std::mem::take(&mut self.slots[slot].messages)
    }
}
