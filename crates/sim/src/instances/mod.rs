//! Instances that serve several requests at once behind one queue, as managed container platforms run them.
//!
//! A request goes to an instance with room: the busiest, so that the others fall idle and can go, or the least
//! loaded. If none has room it waits in front of all of them, first come first served, and is turned away when
//! the queue is full or its time is up. Within an instance, requests compute first, sharing the CPU equally (never
//! more than one vCPU each), and then wait for whatever they wait for: the pods of [`crate::pods`].
//!
//! Instances come because a [`Scaler`] says so: when requests wait, and when it looks at how busy they were. An
//! instance that it no longer wants rests: it gets no requests while others have room, finishes what it has, and
//! goes when it has been idle for its time, unless a burst calls it back before. Nothing that runs is cut off.
//!
//! Events are one moment an instance. Memory grows with the most requests at once and not with their number.

mod agenda;
mod settings;
mod shelves;
#[cfg(test)]
mod tests;
mod usage;
mod world;

use units::{Duration, Instant, Random, Request};

pub use settings::{INSTANCES_MAX, Packing, STEPS_MAX, Settings, Start, TICKS_MAX};
pub use usage::{Step, Usage};
use world::World;

/// Whoever decides how many instances there are.
pub trait Scaler {
    /// How many instances there should be, asked once an interval; `None` leaves it to idleness.
    fn look(&mut self, seen: &Seen) -> Option<u32>;
    /// How many to start at once, asked when a request finds no room.
    fn waiting(&mut self, now: Instant, waiting: &Waiting) -> u32;
    /// How many must be there from now on, asked once an interval; `None` leaves it at what it was.
    fn least(&mut self, _: Instant) -> Option<u32> {
        None
    }
}

impl<S: Scaler + ?Sized> Scaler for Box<S> {
    fn look(&mut self, seen: &Seen) -> Option<u32> {
        (**self).look(seen)
    }

    fn waiting(&mut self, now: Instant, waiting: &Waiting) -> u32 {
        (**self).waiting(now, waiting)
    }

    fn least(&mut self, now: Instant) -> Option<u32> {
        (**self).least(now)
    }
}

/// What an autoscaler sees of the span since it last looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Now.
    pub now: Instant,
    /// Instances that are ready.
    pub ready: u32,
    /// Instances that start.
    pub starting: u32,
    /// Requests that wait in front of all instances.
    pub waiting: u64,
    /// Requests that came.
    pub arrivals: u64,
    /// CPU time used, on one vCPU, summed over instances.
    pub cpu: Duration,
    /// Time of requests in instances, summed over them.
    pub requests: Duration,
}

/// Requests without room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Requests that wait, the one included that just came.
    pub requests: u64,
    /// Requests at once that instances that start already will take.
    pub coming: u64,
    /// Instances that may be started.
    pub room: u32,
}

/// As many instances as requests that wait need, at once; the rest is left to idleness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnDemand {
    /// Requests that one instance serves at once.
    pub concurrency: u32,
}

impl Scaler for OnDemand {
    fn look(&mut self, _: &Seen) -> Option<u32> {
        None
    }

    fn waiting(&mut self, _: Instant, waiting: &Waiting) -> u32 {
        let without = waiting.requests.saturating_sub(waiting.coming);
        without.div_ceil(u64::from(self.concurrency.max(1))) as u32
    }
}

/// Nothing but the instances that are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed;

impl Scaler for Fixed {
    fn look(&mut self, _: &Seen) -> Option<u32> {
        None
    }

    fn waiting(&mut self, _: Instant, _: &Waiting) -> u32 {
        0
    }
}

/// Plays `requests`, which come in order, until `until`; later ones are left out. `random` draws how long idle
/// instances stay; `start` is asked for every instance that starts. The instances that are always there are
/// ready at the start of the run.
pub fn run(
    settings: &Settings,
    requests: impl IntoIterator<Item = Request>,
    until: Instant,
    random: Random,
    scaler: &mut impl Scaler,
    start: impl FnMut() -> Start,
) -> Usage {
    // The last nanosecond of time is the sign for never.
    let end = until.nanos().min(u64::MAX - 1);
    let spaced = |span: Option<Duration>, most: u64| {
        span.map_or(u64::MAX, |span| span.nanos().max(end.div_ceil(most)).max(1))
    };
    let interval = spaced(settings.interval, TICKS_MAX);
    let step = spaced(settings.timeline, STEPS_MAX);
    let (mut tick, mut step_end) = (interval, step);
    let mut requests = requests.into_iter().peekable();
    let mut world = World::new(settings, random, start);
    loop {
        let pause = tick.min(step_end).min(end);
        while let Some(request) = requests.next_if(|request| request.at.nanos() < pause) {
            world.arrive(request, scaler);
        }
        world.advance(pause);
        if settings.interval.is_some() && pause == tick {
            world.look(scaler);
            tick = tick.saturating_add(interval);
        }
        if settings.timeline.is_some() && (pause == step_end || pause == end) {
            world.close_step();
            step_end = step_end.saturating_add(step);
        }
        if pause == end {
            return world.finish();
        }
    }
}
