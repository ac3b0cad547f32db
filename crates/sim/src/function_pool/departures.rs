//! The moments at which busy environments fall free, soonest first.

/// A 4-ary min-heap of nanoseconds.
///
/// Four siblings lie in one group, so that one look at the children costs one half cache line. A departure
/// and the arrival that follows it are one operation: [`Departures::take_until`] leaves a hole at the root
/// that [`Departures::push`] fills.
#[derive(Debug, Clone)]
pub(super) struct Departures {
    /// The soonest; [`NEVER`] if there is none. Meaningless while `hole`.
    root: u64,
    /// Group 0 holds the root's children; the children of slot `j` of group `g` are group `4 g + j + 1`.
    /// Free slots hold [`NEVER`].
    groups: Vec<[u64; 4]>,
    /// How many departures are still to come.
    len: usize,
    /// Whether the root was taken and not yet replaced.
    hole: bool,
}

const NEVER: u64 = u64::MAX;

impl Departures {
    pub(super) const fn new() -> Self {
        Self { root: NEVER, groups: Vec::new(), len: 0, hole: false }
    }

    /// How many are busy.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Hands over every departure at or before `now`, in order.
    #[inline]
    pub(super) fn take_until(&mut self, now: u64, mut take: impl FnMut(u64)) {
        if self.hole {
            self.close_hole();
        }
        while self.root <= now && self.len > 0 {
            take(self.root);
            self.len -= 1;
            self.hole = true;
            match self.groups.first() {
                Some(children) if smallest(children).1 <= now => self.close_hole(),
                _ => break,
            }
        }
    }

    /// Adds a departure.
    #[inline]
    pub(super) fn push(&mut self, at: u64) {
        self.len += 1;
        if self.hole {
            self.hole = false;
            self.sink(at);
        } else {
            self.append(at);
        }
    }

    /// Every departure still to come, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        let root = (!self.hole).then_some(self.root);
        root.into_iter().chain(self.groups.iter().flatten().copied()).filter(|&at| at != NEVER)
    }

    /// Fills the hole at the root with the last leaf.
    fn close_hole(&mut self) {
        self.hole = false;
        if self.len == 0 {
            self.root = NEVER;
            return;
        }
        // Without the root there are `len` elements in the groups; the last one leaves its slot.
        let last = self.len - 1;
        let slot = &mut self.groups[last / 4][last % 4];
        let key = *slot;
        *slot = NEVER;
        self.sink(key);
    }

    /// Puts `key` at the root and lets it sink to its place.
    #[inline]
    fn sink(&mut self, key: u64) {
        let (mut hole, mut group): (Option<(usize, usize)>, usize) = (None, 0);
        while let Some(children) = self.groups.get(group) {
            let (slot, value) = smallest(children);
            if value >= key {
                break;
            }
            self.put(hole, value);
            hole = Some((group, slot));
            group = 4 * group + slot + 1;
        }
        self.put(hole, key);
    }

    #[inline]
    fn put(&mut self, place: Option<(usize, usize)>, key: u64) {
        match place {
            None => self.root = key,
            Some((group, slot)) => self.groups[group][slot] = key,
        }
    }

    /// Adds `key` as a leaf and lets it rise; `len` counts it already.
    fn append(&mut self, key: u64) {
        let Some(last) = self.len.checked_sub(2) else {
            self.root = key;
            return;
        };
        let (mut group, mut slot) = (last / 4, last % 4);
        if group == self.groups.len() {
            self.groups.push([NEVER; 4]);
        }
        loop {
            let parent = group.checked_sub(1).map(|g| (g / 4, g % 4));
            let above = parent.map_or(self.root, |(g, s)| self.groups[g][s]);
            if above <= key {
                self.groups[group][slot] = key;
                return;
            }
            self.groups[group][slot] = above;
            let Some(parent) = parent else {
                self.root = key;
                return;
            };
            (group, slot) = parent;
        }
    }
}

/// The smallest of four and its slot, without branches.
#[inline]
fn smallest(four: &[u64; 4]) -> (usize, u64) {
    let [a, b, c, d] = *four;
    let (low, low_slot) = if b < a { (b, 1) } else { (a, 0) };
    let (high, high_slot) = if d < c { (d, 3) } else { (c, 2) };
    if high < low { (high_slot, high) } else { (low_slot, low) }
}

#[cfg(test)]
mod tests {
    use units::Seed;

    use super::*;

    #[test]
    fn it_behaves_like_a_sorted_list() {
        let mut random = Seed(3).stream("departures", "test");
        let (mut heap, mut sorted) = (Departures::new(), Vec::new());
        let mut now = 0;
        for round in 0..20_000 {
            now += random.below(if round % 4_000 < 2_000 { 3 } else { 30 });
            let mut taken = Vec::new();
            heap.take_until(now, |at| taken.push(at));
            let due = sorted.partition_point(|&at| at <= now);
            assert_eq!(taken, sorted.drain(..due).collect::<Vec<u64>>());
            for _ in 0..random.below(3) {
                let at = now + random.below(200);
                heap.push(at);
                sorted.insert(sorted.partition_point(|&x| x <= at), at);
            }
            assert_eq!(heap.len(), sorted.len());
        }
        let mut rest: Vec<u64> = heap.iter().collect();
        rest.sort_unstable();
        assert_eq!(rest, sorted);
    }
}
