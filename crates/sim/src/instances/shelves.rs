//! Instances by how many requests they have, so that the busiest with room is found at once.

/// No slot.
const NONE: u32 = u32::MAX;

/// A shelf a number of requests, on it the instances with that many, the one put there last first.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelves {
    /// The first slot of each shelf.
    heads: Vec<u32>,
    /// Which shelves are not empty, 64 a word.
    filled: Vec<u64>,
    links: Vec<Link>,
    len: u32,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
}

impl Shelves {
    /// How many instances stand here.
    pub(super) const fn len(&self) -> u32 {
        self.len
    }

    /// Puts `slot` in front on the shelf `load`.
    pub(super) fn put(&mut self, slot: u32, load: usize) {
        if slot as usize >= self.links.len() {
            self.links.resize(slot as usize + 1, Link { before: NONE, after: NONE });
        }
        self.len += 1;
        self.set_down(slot, load);
    }

    /// Takes `slot` from the shelf `load`, on which it stands.
    pub(super) fn take(&mut self, slot: u32, load: usize) {
        self.len -= 1;
        self.pick_up(slot, load);
    }

    /// Moves `slot` from one shelf in front on another.
    #[inline]
    pub(super) fn shift(&mut self, slot: u32, from: usize, to: usize) {
        self.pick_up(slot, from);
        self.set_down(slot, to);
    }

    /// An instance with the most requests below `limit`.
    #[inline]
    pub(super) fn busiest_below(&self, limit: usize) -> Option<u32> {
        let limit = limit.min(self.heads.len());
        let mut word = limit / 64;
        let mut bits = self.filled.get(word).map_or(0, |bits| bits & ((1 << (limit % 64)) - 1));
        loop {
            if bits != 0 {
                return Some(self.heads[word * 64 + 63 - bits.leading_zeros() as usize]);
            }
            word = word.checked_sub(1)?;
            bits = self.filled[word];
        }
    }

    /// An instance with the fewest requests, if that is below `limit`.
    #[inline]
    pub(super) fn least_below(&self, limit: usize) -> Option<u32> {
        let (word, bits) = self.filled.iter().enumerate().find(|(_, bits)| **bits != 0)?;
        let load = word * 64 + bits.trailing_zeros() as usize;
        (load < limit).then(|| self.heads[load])
    }

    #[inline]
    fn set_down(&mut self, slot: u32, load: usize) {
        if load >= self.heads.len() {
            self.heads.resize(load + 1, NONE);
            self.filled.resize(load / 64 + 1, 0);
        }
        let after = self.heads[load];
        self.links[slot as usize] = Link { before: NONE, after };
        if after == NONE {
            self.filled[load / 64] |= 1 << (load % 64);
        } else {
            self.links[after as usize].before = slot;
        }
        self.heads[load] = slot;
    }

    #[inline]
    fn pick_up(&mut self, slot: u32, load: usize) {
        let Link { before, after } = self.links[slot as usize];
        if after != NONE {
            self.links[after as usize].before = before;
        }
        if before == NONE {
            self.heads[load] = after;
            if after == NONE {
                self.filled[load / 64] &= !(1 << (load % 64));
            }
        } else {
            self.links[before as usize].after = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_search_finds() {
        let mut random = units::Random::new(5);
        let (mut shelves, mut loads) = (Shelves::default(), vec![None::<usize>; 40]);
        for _ in 0..20_000 {
            let slot = random.below(40) as usize;
            if let Some(load) = loads[slot].take() {
                if random.below(3) == 0 {
                    shelves.take(slot as u32, load);
                } else {
                    let to = random.below(200) as usize;
                    shelves.shift(slot as u32, load, to);
                    loads[slot] = Some(to);
                }
            } else {
                let load = random.below(200) as usize;
                shelves.put(slot as u32, load);
                loads[slot] = Some(load);
            }
            let limit = random.below(220) as usize;
            let load_of = |slot: Option<u32>| slot.and_then(|slot| loads[slot as usize]);
            let below = || loads.iter().flatten().copied().filter(|&load| load < limit);
            assert_eq!(load_of(shelves.busiest_below(limit)), below().max());
            assert_eq!(load_of(shelves.least_below(limit)), below().min());
            assert_eq!(shelves.len() as usize, loads.iter().flatten().count());
        }
    }
}
