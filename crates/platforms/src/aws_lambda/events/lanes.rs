//! Messages that wait, in one queue or in lanes of which each has one batch in work at most.

use std::collections::{BTreeSet, VecDeque};

use scaling::async_retry::Attempts;
use units::{Duration, Instant, Request};

/// A message or event that is not done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    pub(super) request: Request,
    pub(super) arrived: Instant,
    /// Since when it can be received.
    pub(super) visible: Instant,
    pub(super) received: u32,
    pub(super) attempts: Attempts,
    pub(super) lane: u32,
    /// Whether it came after counting began.
    pub(super) counted: bool,
}

/// What waits.
#[derive(Debug)]
pub(super) struct Lanes {
    all: Vec<Lane>,
    exclusive: bool,
    batch: usize,
    window: Duration,
    /// When each lane that is not at work has a batch due.
    due: BTreeSet<(Instant, u32)>,
}

#[derive(Debug, Default, Clone)]
struct Lane {
    messages: VecDeque<Message>,
    /// A batch of it is in work or has to come back first.
    blocked: bool,
    due: Option<Instant>,
}

impl Lanes {
    /// `lanes` in order, or one queue without.
    pub(super) fn new(lanes: Option<u32>, batch: usize, window: Duration) -> Self {
        let exclusive = lanes.is_some();
        let lanes = vec![Lane::default(); lanes.unwrap_or(1).max(1) as usize];
        Self { all: lanes, exclusive, batch: batch.max(1), window, due: BTreeSet::new() }
    }

    pub(super) const fn are_ordered(&self) -> bool {
        self.exclusive
    }

    /// Adds a message behind the others of its lane.
    pub(super) fn push(&mut self, message: Message) {
        self.all[message.lane as usize].messages.push_back(message);
        self.settle(message.lane);
    }

    /// Puts messages of one lane back before the others, in their order, and lets the lane go on.
    pub(super) fn put_back(&mut self, messages: &[Message]) {
        let Some(first) = messages.first() else { return };
        for message in messages.iter().rev() {
            self.all[message.lane as usize].messages.push_front(*message);
        }
        self.unblock(first.lane);
    }

    /// A lane goes on.
    pub(super) fn unblock(&mut self, lane: u32) {
        self.all[lane as usize].blocked = false;
        self.settle(lane);
    }

    /// When the next batch is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// The batch that is due first, if one is at `now`.
    pub(super) fn take(&mut self, now: Instant) -> Option<Vec<Message>> {
        let &(_, at) = self.due.first().filter(|(due, _)| *due <= now)?;
        let lane = &mut self.all[at as usize];
        let taken = lane.messages.len().min(self.batch);
        let batch: Vec<Message> = lane.messages.drain(..taken).collect();
        lane.blocked = self.exclusive;
        self.settle(at);
        Some(batch)
    }

    /// Everything that still waits.
    pub(super) fn all(&self) -> impl Iterator<Item = &Message> {
        self.all.iter().flat_map(|lane| &lane.messages)
    }

    fn settle(&mut self, at: u32) {
        let lane = &mut self.all[at as usize];
        let full = lane.messages.len() >= self.batch;
        let due = lane
            .messages
            .front()
            .filter(|_| !lane.blocked)
            .map(|head| if full { head.visible } else { head.visible + self.window });
        if due == lane.due {
            return;
        }
        if let Some(old) = std::mem::replace(&mut lane.due, due) {
            self.due.remove(&(old, at));
        }
        self.due.extend(due.map(|due| (due, at)));
    }
}
