//! Whether a consolidation of nodes is worth the disruption, as Karpenter's `Balanced` policy scores it.
//!
//! A move saves a share of its pool's cost and disrupts a share of its pool's pods. The score is the one over
//! the other: above 1, the move saves more than its share of the disruption. `Balanced` wants at least a half,
//! the least at which replacing a node by one of half its size can pass.
//!
//! Sources: kubernetes-sigs/karpenter of 2026-08-20, `designs/balanced-consolidation.md`,
//! `pkg/controllers/disruption/balanced.go` and `pkg/utils/disruption`; the limits from
//! `pkg/controllers/disruption` and `pkg/controllers/provisioning/scheduling`.

use units::{Duration, Money};

/// A node pool's `consolidationPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Only nodes that disrupt no pod.
    WhenEmpty,
    /// Moves that score at least a half.
    Balanced,
    /// Any move that saves anything.
    WhenEmptyOrUnderutilized,
}

/// A node pool: sums over all its nodes, candidates or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pool {
    /// What its nodes cost in some span of time.
    pub cost: Money,
    /// What disrupting all of them would cost, in average pods: [`node_disruption_pods`] of each.
    pub disruption_pods: f64,
}

/// Nodes of one pool that go, and what comes in their place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Move {
    /// Cost of the nodes that go less that of those that come, in the pool's span of time. A move over several
    /// pools is split by the cost of the nodes that go, and every pool must approve its part.
    pub savings: Money,
    /// What disrupting the nodes that go costs, in average pods.
    pub disruption_pods: f64,
}

impl Move {
    /// Share of savings over share of disruption: 0 if nothing is saved or the pool costs nothing, infinite if
    /// nothing is disrupted.
    pub fn score(self, pool: Pool) -> f64 {
        let nothing = Money::ZERO;
        let countable = pool.cost > nothing && pool.disruption_pods > 0.0;
        if self.savings <= nothing || !countable {
            return 0.0;
        }
        let savings_share = self.savings.dollars() / pool.cost.dollars();
        let disruption_share = self.disruption_pods.max(0.0) / pool.disruption_pods;
        savings_share / disruption_share
    }
}

impl Policy {
    /// Whether the pool lets the move happen, where `nodes` of its nodes go.
    pub fn approves(self, proposed: Move, pool: Pool, nodes: u32) -> bool {
        let saves = proposed.savings > Money::ZERO;
        match self {
            Self::WhenEmpty => {
                saves && proposed.disruption_pods <= f64::from(nodes) * NODE_DISRUPTION_PODS
            }
            Self::Balanced => saves && proposed.score(pool) >= BALANCED_LEAST_SCORE,
            Self::WhenEmptyOrUnderutilized => saves,
        }
    }
}

/// One over the policy's k of 2.
const BALANCED_LEAST_SCORE: f64 = 0.5;

/// Draining a node costs something even without pods; upstream calls the figure a placeholder.
const NODE_DISRUPTION_PODS: f64 = 1.0;

/// What disrupting a node costs, in average pods: 1 for itself, and that of its pods. A pod that asks to be
/// disrupted makes it no cheaper.
pub fn node_disruption_pods(pods: impl IntoIterator<Item = f64>) -> f64 {
    NODE_DISRUPTION_PODS + pods.into_iter().map(|pod| pod.max(0.0)).sum::<f64>()
}

/// What disrupting a pod costs, in average pods: 1, more or less by its `pod-deletion-cost` annotation and its
/// priority, between −10 and 10.
pub fn pod_disruption_pods(deletion_cost: i32, priority: i32) -> f64 {
    let by_cost = f64::from(deletion_cost) / f64::from(1 << 27);
    let by_priority = f64::from(priority) / f64::from(1 << 25);
    (1.0 + by_cost + by_priority).clamp(-10.0, 10.0)
}

/// How much a search for moves and launches looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchLimits {
    /// Nodes that one move may take away.
    pub nodes_a_move: usize,
    /// Time for the search over several nodes.
    pub several_nodes: Duration,
    /// Time for the search over single nodes.
    pub single_node: Duration,
    /// Cheaper instance types there must be before one spot node replaces another.
    pub spot_to_spot_types: usize,
    /// Instance types offered for one launch.
    pub launch_types: usize,
}

impl Default for SearchLimits {
    /// Karpenter's constants.
    fn default() -> Self {
        Self {
            nodes_a_move: 100,
            several_nodes: Duration::from_secs(60),
            single_node: Duration::from_secs(180),
            spot_to_spot_types: 15,
            launch_types: 600,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(dollars: &str, disruption_pods: f64) -> Pool {
        Pool { cost: Money::parse(dollars).unwrap(), disruption_pods }
    }

    fn saving(dollars: &str, disruption_pods: f64) -> Move {
        Move { savings: Money::parse(dollars).unwrap(), disruption_pods }
    }

    /// The page's "Uniform Pool Replace": half the price of one of ten equal nodes is just enough.
    #[test]
    fn in_a_uniform_pool_half_the_price_is_just_enough() {
        let uniform = pool("48.40", 80.0);
        assert!(Policy::Balanced.approves(saving("2.42", 8.0), uniform, 1));
        assert!(!Policy::Balanced.approves(saving("2.41", 8.0), uniform, 1));
        assert!(Policy::WhenEmptyOrUnderutilized.approves(saving("0.01", 8.0), uniform, 1));
    }

    /// The page's properties 3 and 4, and its table of zeros.
    #[test]
    fn nothing_saved_is_never_approved_and_an_empty_node_always() {
        let ten = pool("48.40", 90.0);
        for policy in [Policy::WhenEmpty, Policy::Balanced, Policy::WhenEmptyOrUnderutilized] {
            assert!(!policy.approves(saving("0", 1.0), ten, 1), "{policy:?}");
            let empty = saving("4.84", node_disruption_pods([]));
            assert!(policy.approves(empty, ten, 1), "{policy:?}");
        }
        let loss = Move { savings: Money::from_cents(-1), disruption_pods: 0.0 };
        assert!(!Policy::WhenEmptyOrUnderutilized.approves(loss, ten, 1));
        assert!(saving("1", 0.0).score(ten).is_infinite());
        for absurd in [pool("0", 80.0), pool("48.40", 0.0), pool("48.40", f64::NAN)] {
            assert!(!Policy::Balanced.approves(saving("1", 8.0), absurd, 1), "{absurd:?}");
        }
    }

    #[test]
    fn the_only_node_of_a_pool_scores_one() {
        let lone = pool("4.84", 11.0);
        assert!((saving("4.84", 11.0).score(lone) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn pods_say_what_their_disruption_costs() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        close(pod_disruption_pods(0, 0), 1.0);
        close(pod_disruption_pods(i32::MAX, 0), 10.0);
        close(pod_disruption_pods(i32::MIN, i32::MIN), -10.0);
        close(pod_disruption_pods(1 << 27, 1 << 25), 3.0);
        // A pod at −10 makes its node as cheap as an empty one, not cheaper; `WhenEmpty` then takes it.
        close(node_disruption_pods([-10.0]), 1.0);
        close(node_disruption_pods([1.0; 10]), 11.0);
        let free = saving("4.84", node_disruption_pods([-10.0]));
        assert!(Policy::WhenEmpty.approves(free, pool("48.40", 90.0), 1));
        let two_free = saving("9.68", 2.0);
        assert!(Policy::WhenEmpty.approves(two_free, pool("48.40", 90.0), 2));
        let one = saving("4.84", node_disruption_pods([1.0]));
        assert!(!Policy::WhenEmpty.approves(one, pool("48.40", 90.0), 1));
    }
}
