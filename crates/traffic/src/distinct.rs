//! How many different names there were, without keeping a single one of them.

use crate::kinds::hash;

/// More are not told apart: 8 MiB of hashes.
const MOST: usize = 500_000;
/// Stands for a free slot.
const FREE: u64 = 0;

/// Hashes of names. Open addressing; nothing ever depends on the order of the slots.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distinct {
    slots: Vec<u64>,
    len: usize,
    full: bool,
}

impl Distinct {
    /// Counts a name, unless it is empty.
    #[inline]
    pub(crate) fn add(&mut self, name: &[u8]) {
        if !name.is_empty() && !self.full {
            self.insert(hash(name).max(FREE + 1));
        }
    }

    #[inline]
    fn insert(&mut self, hash: u64) {
        // Half of the slots stay free, so that a look takes few steps.
        if self.len * 2 >= self.slots.len() {
            self.grow();
        }
        if self.full {
            return;
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != FREE {
            if self.slots[slot] == hash {
                return;
            }
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = hash;
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self) {
        if self.len >= MOST {
            *self = Self { slots: Vec::new(), len: 0, full: true };
            return;
        }
        let larger = vec![FREE; (self.slots.len() * 4).max(1024)];
        let old = std::mem::replace(&mut self.slots, larger);
        self.len = 0;
        old.into_iter().filter(|hash| *hash != FREE).for_each(|hash| self.insert(hash));
    }

    /// How many; `None` of nothing, and of more than can be told apart.
    pub(crate) fn count(&self) -> Option<u64> {
        (self.len > 0).then_some(self.len as u64)
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if other.full || self.len == 0 && !self.full {
            *self = other.clone();
        } else if !self.full {
            other.slots.iter().filter(|hash| **hash != FREE).for_each(|hash| self.insert(*hash));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: std::ops::Range<u32>) -> Distinct {
        let mut distinct = Distinct::default();
        names.clone().chain(names).for_each(|n| distinct.add(&n.to_le_bytes()));
        distinct
    }

    #[test]
    fn each_is_counted_once_whoever_saw_it() {
        let mut one = of(0..1000);
        one.add(b"");
        assert_eq!(one.count(), Some(1000));
        one.merge(&of(500..1500));
        assert_eq!(one.count(), Some(1500));
        assert_eq!(Distinct::default().count(), None);
    }

    #[test]
    fn too_many_are_said_to_be_too_many() {
        let mut many = of(0..600_000);
        assert_eq!((many.count(), many.slots.len()), (None, 0));
        many.merge(&of(0..10));
        assert_eq!(many.count(), None);
        let mut few = of(0..10);
        few.merge(&many);
        assert_eq!(few.count(), None);
    }
}
