//! Which pod has the fewest requests, and which has something to do next, without looking at all of them.
//!
//! Pods with equally many requests stand in one line, the one that has been there longest first; a tournament
//! of moments says which pods must be brought up to date before anybody chooses. A pod's moment may lie before
//! that of its next departure, never behind it: a further request mostly slows a pod down, and costs nothing
//! here.

use super::PodId;

/// No pod.
const NONE: u32 = u32::MAX;

/// Where a pod stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Its requests; [`NONE`] while it stands nowhere.
    requests: u32,
    before: u32,
    after: u32,
}

/// The first and the last of the pods with equally many requests.
type Line = (u32, u32);

/// All pods that take requests.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// As many entries as there are leaves, each the earlier of its two children, from place 1; then the
    /// leaves: no pod departs from before its moment.
    moments: Vec<(u64, u32)>,
    places: Vec<Place>,
    lines: Vec<Line>,
    /// No pod has fewer requests than this.
    least: usize,
}

impl Order {
    /// A pod takes requests from now on.
    pub(super) fn join(&mut self, id: PodId) {
        if self.places.len() <= id {
            self.grow((id + 1).next_power_of_two());
        }
        self.stand(id, 0);
    }

    /// It no longer does.
    pub(super) fn leave(&mut self, id: PodId) {
        self.step_out(id);
        self.places[id].requests = NONE;
        self.set(id, u64::MAX);
    }

    /// The pod with the fewest requests, and how many these are; among equals the one that has been so longest.
    #[inline]
    pub(super) fn fewest(&mut self) -> Option<(PodId, usize)> {
        while let Some(&(first, _)) = self.lines.get(self.least) {
            if first != NONE {
                return Some((first as usize, self.least));
            }
            self.least += 1;
        }
        None
    }

    /// The pod whose moment is the earliest, if that is not after `to`: its id and the moment.
    #[inline]
    pub(super) fn due(&self, to: u64) -> Option<(PodId, u64)> {
        let &(key, id) = self.moments.get(1)?;
        (key <= to).then_some((id as usize, key))
    }

    /// The pod that was [`Order::due`] now has so many requests, and none departs before `next`.
    #[inline]
    pub(super) fn was_due(&mut self, id: PodId, requests: usize, next: u64) {
        self.set(id, next);
        self.count(id, requests);
    }

    /// A pod now has so many requests, and none departs before `next`.
    #[inline]
    pub(super) fn changed(&mut self, id: PodId, requests: usize, next: u64) {
        if next < self.moments[self.places.len() + id].0 {
            self.set(id, next);
        }
        self.count(id, requests);
    }

    #[inline]
    fn set(&mut self, id: PodId, key: u64) {
        let mut at = self.places.len() + id;
        self.moments[at].0 = key;
        while at > 1 {
            let (one, two) = (self.moments[at & !1], self.moments[at | 1]);
            at /= 2;
            let earlier = if two.0 < one.0 { two } else { one };
            if self.moments[at] == earlier {
                return;
            }
            self.moments[at] = earlier;
        }
    }

    fn grow(&mut self, leaves: usize) {
        let before = self.places.len();
        let nowhere = Place { requests: NONE, before: NONE, after: NONE };
        self.places.resize(leaves, nowhere);
        let mut moments = vec![(u64::MAX, 0); 2 * leaves];
        for (id, leaf) in moments[leaves..].iter_mut().enumerate() {
            let key = if id < before { self.moments[before + id].0 } else { u64::MAX };
            *leaf = (key, id as u32);
        }
        self.moments = moments;
        for at in (1..leaves).rev() {
            self.moments[at] = self.moments[2 * at].min(self.moments[2 * at + 1]);
        }
    }

    #[inline]
    fn count(&mut self, id: PodId, requests: usize) {
        if self.places[id].requests as usize != requests {
            self.step_out(id);
            self.stand(id, requests);
        }
    }

    fn stand(&mut self, id: PodId, requests: usize) {
        if self.lines.len() <= requests {
            self.lines.resize(requests + 1, (NONE, NONE));
        }
        let line = &mut self.lines[requests];
        let (pod, last) = (id as u32, line.1);
        line.1 = pod;
        if last == NONE {
            line.0 = pod;
        } else {
            self.places[last as usize].after = pod;
        }
        self.places[id] = Place { requests: requests as u32, before: last, after: NONE };
        self.least = self.least.min(requests);
    }

    fn step_out(&mut self, id: PodId) {
        let Place { requests, before, after } = self.places[id];
        let Some(line) = self.lines.get_mut(requests as usize) else { return };
        if before == NONE {
            line.0 = after;
        } else {
            self.places[before as usize].after = after;
        }
        if after == NONE {
            self.lines[requests as usize].1 = before;
        } else {
            self.places[after as usize].before = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_and_the_next_are_those_that_a_scan_finds() {
        let mut random = units::Random::new(4);
        let mut order = Order::default();
        // What each pod has: requests and the moment of its next event; `None` if it is not there.
        let mut pods: Vec<Option<(usize, u64)>> = vec![None; 40];
        let mut now = 0;
        for _ in 0..20_000 {
            now += random.below(5);
            while let Some((id, key)) = order.due(now) {
                let (requests, next) = pods[id].unwrap();
                assert!(key <= next, "an entry never lies behind its moment");
                let after = if next <= now {
                    (requests.saturating_sub(1), u64::MAX)
                } else {
                    (requests, next)
                };
                let again =
                    if after.0 > 0 && next <= now { now + 1 + random.below(50) } else { after.1 };
                pods[id] = Some((after.0, again));
                order.was_due(id, after.0, again);
            }
            assert!(pods.iter().flatten().all(|&(_, next)| next > now));
            let id = random.below(40) as usize;
            match (pods[id], random.below(20)) {
                (None, _) => {
                    pods[id] = Some((0, u64::MAX));
                    order.join(id);
                }
                (Some(_), 0) => {
                    pods[id] = None;
                    order.leave(id);
                }
                (Some((requests, _)), _) => {
                    let next = now + 1 + random.below(50);
                    pods[id] = Some((requests + 1, next));
                    order.changed(id, requests + 1, next);
                }
            }
            let fewest = pods.iter().flatten().map(|pod| pod.0).min();
            let got = order.fewest();
            assert_eq!(got.map(|(_, requests)| requests), fewest);
            assert_eq!(got.map(|(id, _)| pods[id].unwrap().0), fewest);
        }
    }

    #[test]
    fn among_equals_the_longest_idle_comes_first() {
        let mut order = Order::default();
        for id in 0..3 {
            order.join(id);
        }
        assert_eq!(order.fewest(), Some((0, 0)));
        order.changed(0, 1, 10);
        order.changed(1, 1, 12);
        assert_eq!(order.fewest(), Some((2, 0)));
        assert_eq!(order.due(11), Some((0, 10)));
        order.was_due(0, 0, u64::MAX);
        assert_eq!(order.fewest(), Some((2, 0)), "it was idle before the first was again");
        order.leave(2);
        assert_eq!(order.fewest(), Some((0, 0)));
        assert_eq!(order.due(11), None);
    }
}
