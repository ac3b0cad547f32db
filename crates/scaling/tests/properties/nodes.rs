//! Nodes: Karpenter, its scores, and the cluster autoscaler.

use scaling::cluster_autoscaler::{ClusterAutoscaler, ClusterAutoscalerSettings};
use scaling::consolidation_score::{Move, Policy, Pool, node_disruption_pods, pod_disruption_pods};
use scaling::karpenter::{Batch, Consolidation, ConsolidationSettings};
use units::{Instant, Money};

use crate::{absurd, absurd_int, absurd_moment, absurd_span, each, int, pick, secs, size};

#[test]
fn consolidation_keeps_what_is_needed_and_more_need_never_keeps_fewer() {
    each("nodes/consolidation", 500, |case, random| {
        let mut consolidation = Consolidation::new(ConsolidationSettings {
            after: absurd_span(random),
            poll: absurd_span(random),
            validation: absurd_span(random),
            budget_percent: absurd(random),
        });
        let (mut now, mut stay) = (Instant::START, 0);
        for _ in 0..50 {
            now = absurd_moment(random, now);
            // Nodes are added for pods in between; here none is lost.
            let there = stay + pick(random, &[0, 0, 0, 100]);
            let needed = random.below(1 + 2 * u64::from(there)) as u32;
            let more = consolidation.clone().tick(now, there, needed + random.below(50) as u32);
            stay = consolidation.tick(now, there, needed);
            assert!(stay <= there && stay >= needed.min(there), "case {case}: {stay}");
            assert!(stay <= more, "case {case}: {stay} and {more}");
        }
    });
}

#[test]
fn the_cluster_autoscaler_keeps_what_is_needed_and_forgets_nodes_that_are_gone() {
    each("nodes/cluster-autoscaler", 500, |case, random| {
        let mut autoscaler = ClusterAutoscaler::new(ClusterAutoscalerSettings {
            scan: absurd_span(random),
            unneeded: absurd_span(random),
            after_add: absurd_span(random),
        });
        let mut now = Instant::START;
        for _ in 0..50 {
            now = absurd_moment(random, now);
            let (there, needed) = (random.below(100) as u32, random.below(100) as u32);
            let more = autoscaler.clone().tick(now, there, needed + random.below(9) as u32);
            let after = autoscaler.tick(now, there, needed);
            assert!(after >= needed.min(there), "case {case}: {after}");
            assert!(after <= there.max(needed), "case {case}: {after}");
            assert!(after <= more, "case {case}: {after} and {more}");
            assert!(size(&autoscaler) < 6000, "case {case}");
        }
    });
}

#[test]
fn a_batch_closes_after_its_last_pod_and_within_its_longest_time() {
    each("nodes/batch", 500, |case, random| {
        let (idle, longest) = (secs(random, 0, 5), secs(random, 0, 20));
        let mut batch = Batch::new(idle, longest);
        let mut now = Instant::START + secs(random, 0, 5);
        batch.pod(now);
        let first = now;
        for _ in 0..20 {
            let closes = batch.closes().unwrap();
            assert!(closes <= first + longest, "case {case}");
            assert!(closes <= now + idle, "case {case}");
            now = now + secs(random, 0, 2);
            batch.pod(now);
        }
        assert!(batch.close(first + longest), "case {case}");
        assert_eq!(batch.closes(), None, "case {case}");
    });
}

/// The design's properties 1, 2 and 7, and zeros and absurd numbers in every place.
#[test]
fn scores_rise_with_savings_fall_with_disruption_and_do_not_depend_on_size() {
    each("nodes/scores", 3000, |case, random| {
        let cents = |random: &mut _| Money::from_cents(int(random, 1, 100_000));
        let pool = Pool { cost: cents(random), disruption_pods: 1.0 + random.uniform() * 500.0 };
        let small = Move { savings: cents(random), disruption_pods: 1.0 + random.uniform() * 90.0 };
        let score = small.score(pool);
        let saving_more = Move { savings: small.savings + cents(random), ..small };
        assert!(saving_more.score(pool) >= score, "case {case}");
        let disrupting = small.disruption_pods + random.uniform() * 9.0;
        let disrupting_more = Move { disruption_pods: disrupting, ..small };
        assert!(disrupting_more.score(pool) <= score, "case {case}");
        let larger = Pool { cost: pool.cost * 10, disruption_pods: pool.disruption_pods * 10.0 };
        assert!((small.score(larger) - score).abs() <= 1e-9 * score, "case {case}");

        let pool = Pool {
            cost: Money::from_cents(absurd_int(random) / 1000),
            disruption_pods: absurd(random),
        };
        let absurd_move = Move {
            savings: Money::from_cents(absurd_int(random) / 1000),
            disruption_pods: absurd(random),
        };
        let nodes = random.below(5) as u32;
        let loose = Policy::WhenEmptyOrUnderutilized.approves(absurd_move, pool, nodes);
        for strict in [Policy::WhenEmpty, Policy::Balanced] {
            let approved = strict.approves(absurd_move, pool, nodes);
            assert!(!approved || loose, "case {case}: {strict:?} is never the looser one");
        }
        let pod = pod_disruption_pods(absurd_int(random) as i32, absurd_int(random) as i32);
        assert!((-10.0..=10.0).contains(&pod), "case {case}: {pod}");
        assert!(node_disruption_pods([pod, absurd(random)]) >= 1.0, "case {case}");
    });
}
