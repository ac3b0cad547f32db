//! When Karpenter buys nodes and when it gives them back.
//!
//! Pods that fit nowhere are gathered into a batch: it is closed when no further pod came for a while (1 s),
//! or after a longest time (10 s) in any case. Then the cheapest nodes that hold the batch are launched.
//! Nodes that are empty, or whose pods fit elsewhere, are looked for at a fixed interval (10 s), checked
//! again after a delay (15 s), and removed within a budget (a tenth of all nodes at a time).
//!
//! Source: kubernetes-sigs/karpenter, options and disruption controllers; the numbers are the catalogue's.

mod launch;
mod moves;

use units::{Duration, Instant};

pub use launch::{Offer, cheapest, launches};
pub use moves::{Consolidator, Move, Node, find};

/// Gathers pods that fit nowhere.
#[derive(Debug, Clone)]
pub struct Batch {
    idle: Duration,
    longest: Duration,
    /// First and last pod of the open batch.
    open: Option<(Instant, Instant)>,
}

impl Batch {
    /// A batch closes `idle` after its last pod, and `longest` after its first in any case.
    pub const fn new(idle: Duration, longest: Duration) -> Self {
        Self { idle, longest, open: None }
    }

    /// A pod fits nowhere since `now`.
    pub fn pod(&mut self, now: Instant) {
        self.open = Some(self.open.map_or((now, now), |(first, last)| (first, last.max(now))));
    }

    /// When the open batch closes, if there is one and no further pod comes.
    pub fn closes(&self) -> Option<Instant> {
        self.open.map(|(first, last)| (last + self.idle).min(first + self.longest))
    }

    /// Closes the batch if its time has come.
    pub fn close(&mut self, now: Instant) -> bool {
        let due = self.closes().is_some_and(|at| at <= now);
        if due {
            self.open = None;
        }
        due
    }
}

/// Gives back nodes that are not needed.
#[derive(Debug, Clone)]
pub struct Consolidation {
    settings: ConsolidationSettings,
    /// Since when fewer nodes would do, and the most that were needed since.
    spare: Option<(Instant, u32)>,
}

/// What consolidation is configured with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConsolidationSettings {
    /// How long a node must be spare before it counts.
    pub after: Duration,
    /// How often nodes are looked at.
    pub poll: Duration,
    /// How long a decision is checked before it is carried out.
    pub validation: Duration,
    /// Share of all nodes that may go at once, in per cent.
    pub budget_percent: f64,
}

impl Consolidation {
    /// Nothing is spare yet.
    pub const fn new(settings: ConsolidationSettings) -> Self {
        Self { settings, spare: None }
    }

    /// At `now`, `there` nodes run and `needed` would do: how many stay. Growth is not its business.
    pub fn tick(&mut self, now: Instant, there: u32, needed: u32) -> u32 {
        if needed >= there {
            self.spare = None;
            return there;
        }
        let (since, most) = self.spare.map_or((now, needed), |(at, most)| (at, most.max(needed)));
        self.spare = Some((since, most));
        let ConsolidationSettings { after, poll, validation, budget_percent } = self.settings;
        if since + after + poll + validation > now {
            return there;
        }
        let budget = (f64::from(there) * budget_percent / 100.0).ceil() as u32;
        // Nodes may have gone by themselves since more were needed.
        let stay = most.max(there.saturating_sub(budget.max(1))).min(there);
        self.spare = if stay > needed { Some((now, needed)) } else { None };
        stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::START + Duration::from_secs(secs)
    }

    #[test]
    fn a_batch_waits_for_the_last_pod_but_not_for_ever() {
        let mut batch = Batch::new(Duration::from_secs(1), Duration::from_secs(10));
        assert_eq!(batch.closes(), None);
        batch.pod(at(5));
        assert_eq!(batch.closes(), Some(at(6)));
        for second in 5..20 {
            batch.pod(at(second));
        }
        assert_eq!(batch.closes(), Some(at(15)));
        assert!(!batch.close(at(14)));
        assert!(batch.close(at(15)));
        assert_eq!(batch.closes(), None);
    }

    #[test]
    fn spare_nodes_go_after_a_second_look_and_within_the_budget() {
        let mut consolidation = Consolidation::new(ConsolidationSettings {
            after: Duration::ZERO,
            poll: Duration::from_secs(10),
            validation: Duration::from_secs(15),
            budget_percent: 10.0,
        });
        let (mut nodes, mut seen) = (30, Vec::new());
        for second in (0..=100).step_by(5) {
            nodes = consolidation.tick(at(second), nodes, 22);
            seen.push(nodes);
        }
        assert_eq!(seen[..6], [30, 30, 30, 30, 30, 27]);
        assert_eq!(seen[10], 24);
        assert_eq!(*seen.last().unwrap(), 22);
        // A need that comes back in between keeps everything.
        assert_eq!(consolidation.tick(at(200), 30, 20), 30);
        assert_eq!(consolidation.tick(at(210), 30, 30), 30);
        assert_eq!(consolidation.tick(at(230), 30, 20), 30);
    }

    #[test]
    fn nodes_that_went_by_themselves_do_not_come_back() {
        let mut consolidation = Consolidation::new(ConsolidationSettings {
            after: Duration::ZERO,
            poll: Duration::from_secs(10),
            validation: Duration::from_secs(15),
            budget_percent: 10.0,
        });
        assert_eq!(consolidation.tick(at(0), 30, 28), 30);
        // Seven nodes vanish: the most that was needed since is more than there are.
        assert_eq!(consolidation.tick(at(30), 23, 20), 23);
    }
}
