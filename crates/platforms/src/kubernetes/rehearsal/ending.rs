//! Pods that were told to end: requests still come for a moment, then they finish what they have, or are killed.
//!
//! The signal and the removal from the endpoints go out at the same time, and the second takes longer to get
//! everywhere. The application is taken to serve what comes until then; one that closes its door at the signal
//! and has no `preStop` pause would refuse it.

use sim::pods::{Fleet, PodId};
use units::{Duration, Instant};

use super::nodes::{NodeId, Nodes};
use super::world::in_the_run;

/// A pod on its way out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    id: PodId,
    node: NodeId,
    /// When no more requests come, and when it is killed.
    quiet: Instant,
    killed: Instant,
    out: bool,
}

impl Ending {
    pub(super) const fn new(id: PodId, node: NodeId) -> Self {
        let never = Instant::from_nanos(u64::MAX);
        Self { id, node, quiet: never, killed: never, out: false }
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Endings {
    lag: Duration,
    grace: Duration,
    all: Vec<Ending>,
}

impl Endings {
    /// Endpoints are so late, and pods have so long.
    pub(super) const fn new(lag: Duration, grace: Duration) -> Self {
        Self { lag, grace, all: Vec::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn push(&mut self, ending: Ending, now: Instant) {
        let killed = now + self.grace;
        let quiet = (now + self.lag).min(killed);
        self.all.push(Ending { quiet, killed, ..ending });
    }

    /// Those whose endpoints are gone take no more; those that have finished leave their node.
    pub(super) fn step(&mut self, now: Instant, fleet: &mut Fleet, nodes: &mut Nodes) {
        self.all.retain_mut(|pod| {
            if !pod.out && pod.quiet <= now {
                pod.out = true;
                fleet.drain_until(pod.id, in_the_run(pod.killed));
            }
            let there = !pod.out || fleet.drains(pod.id);
            if !there {
                nodes.leave(pod.node, now);
            }
            there
        });
    }

    /// Those on nodes that were lost end at once.
    pub(super) fn lose(&mut self, lost: &[NodeId], now: Instant, fleet: &mut Fleet) {
        if lost.is_empty() {
            return;
        }
        self.all.retain(|pod| {
            let there = !lost.contains(&pod.node);
            if !there {
                let now = in_the_run(now);
                fleet.drain_until(pod.id, now);
                fleet.kill_by(pod.id, now);
            }
            there
        });
    }
}
