//! Which nodes Karpenter launches for the pods that fit nowhere.
//!
//! It fills an imagined node with one pod after the other and strikes the types that no longer hold them, until
//! none would hold one more; then the cheapest type that is left is launched, and the next node begins. Many
//! equal pods so end on few large nodes, and what remains on a smaller one.
//!
//! Source: kubernetes-sigs/karpenter, `pkg/controllers/provisioning/scheduling`.

use units::Price;

/// An instance type for pods that are all alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Pods that it holds, DaemonSets already taken off.
    pub holds: u32,
    /// What it costs.
    pub hour: Price,
}

/// The offers, by their places, that are launched for so many pods. Nothing where no offer holds a pod.
pub fn launches(offers: &[Offer], pods: u32) -> Vec<usize> {
    let most = offers.iter().map(|offer| offer.holds).max().unwrap_or(0);
    let mut launched = Vec::new();
    let mut left = if most > 0 { pods } else { 0 };
    while left > 0 {
        let pods = left.min(most);
        launched.extend(cheapest(offers, pods));
        left -= pods;
    }
    launched
}

/// The cheapest offer that holds so many pods on one node; of equally cheap ones the first.
pub fn cheapest(offers: &[Offer], pods: u32) -> Option<usize> {
    let holding = offers.iter().enumerate().filter(|(_, offer)| offer.holds >= pods.max(1));
    holding.min_by_key(|(_, offer)| offer.hour).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers() -> [Offer; 3] {
        [(3, 100), (7, 200), (15, 400)]
            .map(|(holds, hour)| Offer { holds, hour: Price::from_pico(hour) })
    }

    #[test]
    fn many_pods_go_to_the_largest_and_the_rest_to_the_cheapest_that_holds_it() {
        assert_eq!(launches(&offers(), 2), [0]);
        assert_eq!(launches(&offers(), 4), [1]);
        assert_eq!(launches(&offers(), 15), [2]);
        assert_eq!(launches(&offers(), 33), [2, 2, 0]);
        assert!(launches(&offers(), 0).is_empty() && launches(&[], 5).is_empty());
        let nothing = [Offer { holds: 0, hour: Price::from_pico(1) }];
        assert!(launches(&nothing, 5).is_empty());
        // A large node may be cheaper than a small one.
        let sale = [Offer { holds: 3, hour: Price::from_pico(500) }, offers()[1]];
        assert_eq!(launches(&sale, 2), [1]);
    }

    #[test]
    fn every_launch_holds_its_pods_and_no_launch_is_for_nothing() {
        let mut random = units::Random::new(3);
        for _ in 0..2000 {
            let offers: Vec<Offer> = (0..=random.below(6))
                .map(|_| Offer {
                    holds: random.below(60) as u32,
                    hour: Price::from_pico(1 + i128::from(random.below(900))),
                })
                .collect();
            let pods = random.below(500) as u32;
            let launched = launches(&offers, pods);
            let holds = |nodes: &[usize]| nodes.iter().map(|&at| offers[at].holds).sum::<u32>();
            if offers.iter().any(|offer| offer.holds > 0) {
                assert!(holds(&launched) >= pods);
                let last = launched.len().saturating_sub(1);
                assert!(pods == 0 || holds(&launched[..last]) < pods, "{offers:?} {pods}");
            }
        }
    }
}
