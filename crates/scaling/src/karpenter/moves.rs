//! Which nodes Karpenter gives back, and what it puts in their place.
//!
//! Every ten seconds it looks, in this order, for nodes that are empty; for as many nodes as possible whose pods
//! fit on the others and on at most one new, cheaper node; and for a single node of that kind. What it finds is
//! looked at again fifteen seconds later, and carried out if it still holds, within the disruption budget. Nodes
//! whose disruption costs least are tried first: those with the fewest pods.
//!
//! Not here: pods that must not be disrupted or only fit certain nodes, the price of a pod's deletion, drift and
//! expiry.
//!
//! Source: kubernetes-sigs/karpenter, `pkg/controllers/disruption`; the numbers are the catalogue's.

use units::{Instant, Money, Price};

use super::ConsolidationSettings;
use super::launch::{Offer, cheapest};
use crate::consolidation_score::SearchLimits;

/// A node as consolidation sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub id: u32,
    /// Pods on it.
    pub pods: u32,
    /// Pods that it holds.
    pub holds: u32,
    /// The place of its type among the offers.
    pub kind: usize,
    /// What it costs.
    pub hour: Price,
    /// Whether it may go: it has been there long enough, and carries nothing that must stay.
    pub may_go: bool,
    /// Whether another node may come in its place. Spot nodes are not replaced by spot nodes by default.
    pub replaceable: bool,
}

/// What consolidation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The nodes that go.
    pub gone: Vec<u32>,
    /// The offer that comes in their place before they go.
    pub instead: Option<usize>,
}

/// Looks, looks again, and acts.
#[derive(Debug, Clone)]
pub struct Consolidator {
    settings: ConsolidationSettings,
    next: Instant,
    proposed: Option<(Instant, Move)>,
}

impl Consolidator {
    /// It has not looked yet.
    pub const fn new(settings: ConsolidationSettings) -> Self {
        Self { settings, next: Instant::START, proposed: None }
    }

    /// What to do at `now`, given all nodes that stay so far, how many more are on their way out, and what could
    /// be launched.
    pub fn tick(
        &mut self,
        now: Instant,
        nodes: &[Node],
        going: u32,
        offers: &[Offer],
    ) -> Option<Move> {
        if let Some((since, proposed)) = &self.proposed {
            if *since + self.settings.validation > now {
                return None;
            }
            let valid = still_valid(proposed, nodes, offers, self.budget(nodes, going));
            let proposed = proposed.clone();
            self.proposed = None;
            self.next = now + self.settings.poll;
            return valid.then_some(proposed);
        }
        if self.next > now {
            return None;
        }
        self.next = now + self.settings.poll;
        let found = find(nodes, offers, self.budget(nodes, going));
        self.proposed = found.map(|found| (now, found));
        None
    }

    /// Nodes that may go now: the budget is a share of all nodes, rounded up.
    fn budget(&self, nodes: &[Node], going: u32) -> usize {
        let all = nodes.len() as f64 + f64::from(going);
        let allowed = (all * self.settings.budget_percent / 100.0).ceil() as usize;
        allowed.saturating_sub(going as usize)
    }
}

/// The best move within a budget of nodes.
pub fn find(nodes: &[Node], offers: &[Offer], budget: usize) -> Option<Move> {
    if budget == 0 {
        return None;
    }
    let mut candidates: Vec<&Node> = nodes.iter().filter(|node| node.may_go).collect();
    candidates.sort_by_key(|node| (node.pods, std::cmp::Reverse(node.id)));
    let empty = candidates.iter().take_while(|node| node.pods == 0).take(budget);
    let gone: Vec<u32> = empty.map(|node| node.id).collect();
    if !gone.is_empty() {
        return Some(Move { gone, instead: None });
    }
    let free = nodes.iter().map(free).sum();
    several(free, &candidates, offers, budget).or_else(|| {
        candidates.iter().find_map(|node| consolidate(free, std::slice::from_ref(node), offers))
    })
}

/// The longest run of candidates, from the one that is easiest to disrupt, that can go together: by halving, as
/// upstream looks for it.
fn several(free: u32, candidates: &[&Node], offers: &[Offer], budget: usize) -> Option<Move> {
    let most = candidates.len().min(budget).min(SearchLimits::default().nodes_a_move);
    let (mut least, mut most, mut found) = (2, most, None);
    while least <= most {
        let middle = usize::midpoint(least, most);
        if let Some(better) = consolidate(free, &candidates[..middle], offers) {
            found = Some(better);
            least = middle + 1;
        } else {
            most = middle - 1;
        }
    }
    found
}

fn free(node: &Node) -> u32 {
    node.holds.saturating_sub(node.pods)
}

/// Whether these nodes can go, where all nodes together have so many places free: their pods fit on the others and on at most one new node that is cheaper than
/// they are together.
fn consolidate(all_free: u32, gone: &[&Node], offers: &[Offer]) -> Option<Move> {
    let ids: Vec<u32> = gone.iter().map(|node| node.id).collect();
    let moved: u32 = gone.iter().map(|node| node.pods).sum();
    let others = all_free - gone.iter().map(|node| free(node)).sum::<u32>();
    let left = moved.saturating_sub(others);
    if left == 0 {
        return Some(Move { gone: ids, instead: None });
    }
    if gone.iter().any(|node| !node.replaceable) {
        return None;
    }
    let instead = cheapest(offers, left)?;
    let price = offers[instead].hour.money();
    let before: Money = gone.iter().map(|node| node.hour.money()).sum();
    // Of several nodes one could stay instead of a new one of its own type: that must be cheaper still.
    let would_hold = |node: &&&Node| offers.get(node.kind).is_some_and(|own| own.holds >= left);
    let dearer =
        gone.len() > 1 && gone.iter().filter(would_hold).any(|node| price >= node.hour.money());
    (price < before && !dearer).then_some(Move { gone: ids, instead: Some(instead) })
}

/// Whether a move that was found earlier would be found again.
fn still_valid(found: &Move, nodes: &[Node], offers: &[Offer], budget: usize) -> bool {
    let gone: Vec<&Node> =
        nodes.iter().filter(|node| node.may_go && found.gone.contains(&node.id)).collect();
    let all = gone.len() == found.gone.len() && gone.len() <= budget;
    let again = consolidate(nodes.iter().map(free).sum(), &gone, offers);
    all && again.is_some_and(|again| again.instead.is_none() || again.instead == found.instead)
}

#[cfg(test)]
mod tests {
    use units::Duration;

    use super::*;

    fn node(id: u32, pods: u32, holds: u32, hour: i128) -> Node {
        let hour = Price::from_pico(hour);
        let kind = usize::from(hour == Price::from_pico(200));
        Node { id, pods, holds, kind, hour, may_go: true, replaceable: true }
    }

    fn offers() -> [Offer; 2] {
        [(4, 100), (8, 200)].map(|(holds, hour)| Offer { holds, hour: Price::from_pico(hour) })
    }

    fn gone(ids: &[u32], instead: Option<usize>) -> Move {
        Move { gone: ids.to_vec(), instead }
    }

    #[test]
    fn empty_nodes_go_first_then_several_then_one() {
        let two_empty = [node(1, 0, 4, 100), node(2, 3, 4, 100), node(3, 0, 4, 100)];
        assert_eq!(find(&two_empty, &offers(), 5), Some(gone(&[3, 1], None)));
        assert_eq!(find(&two_empty, &offers(), 1), Some(gone(&[3], None)));
        assert_eq!(find(&two_empty, &offers(), 0), None);
        // One pod on each of four: three fit on the last one.
        let sparse = [1, 2, 3, 4].map(|id| node(id, 1, 4, 100));
        assert_eq!(find(&sparse, &offers(), 9), Some(gone(&[4, 3, 2], None)));
        assert_eq!(find(&sparse, &offers(), 1), Some(gone(&[4], None)));
        // Two large nodes with two pods each make one small one.
        let large = [node(1, 2, 2, 200), node(2, 2, 2, 200)];
        assert_eq!(find(&large, &offers(), 9), Some(gone(&[2, 1], Some(0))));
        // A node too large for its pods is replaced by a smaller one; one that is right stays.
        assert_eq!(find(&[node(1, 4, 8, 200)], &offers(), 9), Some(gone(&[1], Some(0))));
        assert_eq!(find(&[node(1, 4, 4, 100)], &offers(), 9), None);
        assert_eq!(find(&[node(1, 5, 8, 200)], &offers(), 9), None);
        let spot = Node { replaceable: false, ..node(1, 4, 8, 200) };
        assert_eq!(find(&[spot], &offers(), 9), None);
        let kept = Node { may_go: false, ..node(1, 0, 8, 200) };
        assert_eq!(find(&[kept], &offers(), 9), None);
    }

    #[test]
    fn a_move_is_looked_at_again_and_dropped_if_pods_came() {
        let settings = ConsolidationSettings {
            after: Duration::ZERO,
            poll: Duration::from_secs(10),
            validation: Duration::from_secs(15),
            budget_percent: 10.0,
        };
        let at = |secs| Instant::START + Duration::from_secs(secs);
        let spare = [node(1, 2, 4, 100), node(2, 1, 4, 100)];
        let full = [node(1, 4, 4, 100), node(2, 1, 4, 100)];
        let mut one = Consolidator::new(settings);
        assert_eq!(one.tick(at(0), &spare, 0, &offers()), None);
        assert_eq!(one.tick(at(14), &spare, 0, &offers()), None);
        assert_eq!(one.tick(at(15), &spare, 0, &offers()), Some(gone(&[2], None)));
        let mut two = Consolidator::new(settings);
        assert_eq!(two.tick(at(0), &spare, 0, &offers()), None);
        assert_eq!(two.tick(at(15), &full, 0, &offers()), None);
        assert_eq!(two.tick(at(24), &spare, 0, &offers()), None, "it looks every ten seconds");
        assert_eq!(two.tick(at(25), &spare, 0, &offers()), None);
        assert_eq!(two.tick(at(40), &spare, 1, &offers()), None, "the budget is used up");
    }

    #[test]
    fn pods_always_find_room_and_money_is_never_lost() {
        let mut random = units::Random::new(8);
        for _ in 0..3000 {
            let mut draw = |most: u64| random.below(most);
            let kinds: Vec<Offer> = (0..=draw(4))
                .map(|_| Offer {
                    holds: 1 + draw(20) as u32,
                    hour: Price::from_pico(1 + i128::from(draw(500))),
                })
                .collect();
            let nodes: Vec<Node> = (0..draw(30))
                .map(|id| {
                    let place = draw(kinds.len() as u64) as usize;
                    let kind = kinds[place];
                    let pods = draw(u64::from(kind.holds) + 1) as u32;
                    let may_go = draw(5) > 0;
                    let replaceable = draw(3) > 0;
                    Node {
                        id: id as u32,
                        pods,
                        holds: kind.holds,
                        kind: place,
                        hour: kind.hour,
                        may_go,
                        replaceable,
                    }
                })
                .collect();
            let budget = draw(10) as usize;
            let Some(found) = find(&nodes, &kinds, budget) else { continue };
            assert!(!found.gone.is_empty() && found.gone.len() <= budget);
            let stays = |node: &&Node| !found.gone.contains(&node.id);
            let room: u32 = nodes.iter().filter(stays).map(|node| node.holds).sum();
            let new = found.instead.map_or(0, |at| kinds[at].holds);
            assert!(room + new >= nodes.iter().map(|node| node.pods).sum(), "{nodes:?} {found:?}");
            let saved: i128 =
                nodes.iter().filter(|node| !stays(node)).map(|node| node.hour.money().pico()).sum();
            let paid = found.instead.map_or(0, |at| kinds[at].hour.money().pico());
            assert!(paid < saved, "{nodes:?} {found:?}");
            assert!(nodes.iter().filter(|node| !stays(node)).all(|node| node.may_go));
        }
    }
}
