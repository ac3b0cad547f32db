//! How many different names there were, without keeping a single one of them: exactly up to a point, nearly beyond.

use crate::kinds::hash;

/// More are estimated. Their hashes would not stay in a core's cache, and each look would wait for memory.
const EXACT_MAX: usize = 16_384;
/// Stands for a free slot.
const FREE: u64 = 0;
/// Bits of a hash that choose a register: the estimate's standard error is 1.04 / √4096 = 1.6 %.
const BITS: u32 = 12;

/// How many different names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distinct {
    /// Exactly so many.
    Exactly(u64),
    /// So many, with a standard error of 1.6 %.
    About(u64),
}

impl Distinct {
    /// The number, exact or not.
    pub const fn get(self) -> u64 {
        match self {
            Self::Exactly(n) | Self::About(n) => n,
        }
    }
}

/// Hashes of names, in open addressing: nothing ever depends on the order of the slots. Once there are too many,
/// the registers of a HyperLogLog (Flajolet et al. 2007).
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    slots: Vec<u64>,
    len: usize,
    registers: Vec<u8>,
}

impl Names {
    /// Counts a name, unless it is empty.
    #[inline]
    pub(crate) fn add(&mut self, name: &[u8]) {
        if !name.is_empty() {
            self.insert(hash(name).max(FREE + 1));
        }
    }

    #[inline]
    fn insert(&mut self, hash: u64) {
        if !self.registers.is_empty() {
            return self.estimate(hash);
        }
        // Half of the slots stay free, so that a look takes few steps.
        if self.len * 2 >= self.slots.len() {
            self.grow();
            return self.insert(hash);
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

    #[inline]
    fn estimate(&mut self, hash: u64) {
        let register = &mut self.registers[(hash >> (64 - BITS)) as usize];
        // The sentinel keeps the rank within what the other bits can tell.
        let rank = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
        *register = rank.max(*register);
    }

    #[cold]
    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        if self.len >= EXACT_MAX {
            self.registers = vec![0; 1 << BITS];
        } else {
            self.slots = vec![FREE; (old.len() * 2).max(1024)];
        }
        self.len = 0;
        old.into_iter().filter(|hash| *hash != FREE).for_each(|hash| self.insert(hash));
    }

    /// How many; `None` of nothing.
    pub(crate) fn count(&self) -> Option<Distinct> {
        if self.registers.is_empty() {
            return (self.len > 0).then_some(Distinct::Exactly(self.len as u64));
        }
        let m = self.registers.len() as f64;
        let sum: f64 = self.registers.iter().map(|rank| 0.5_f64.powi(i32::from(*rank))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        Some(Distinct::About(raw.round() as u64))
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if self.len == 0 && self.registers.is_empty() {
            *self = other.clone();
        } else if other.registers.is_empty() {
            other.slots.iter().filter(|hash| **hash != FREE).for_each(|hash| self.insert(*hash));
        } else {
            let mut sum = other.registers.clone();
            for (register, mine) in sum.iter_mut().zip(&self.registers) {
                *register = (*mine).max(*register);
            }
            let old = std::mem::take(&mut self.slots);
            (self.registers, self.len) = (sum, 0);
            old.into_iter().filter(|hash| *hash != FREE).for_each(|hash| self.insert(hash));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: std::ops::Range<u32>) -> Names {
        let mut distinct = Names::default();
        names.clone().chain(names).for_each(|n| distinct.add(format!("10.0.{n}").as_bytes()));
        distinct
    }

    #[test]
    fn each_is_counted_once_whoever_saw_it() {
        let mut one = of(0..1000);
        one.add(b"");
        assert_eq!(one.count(), Some(Distinct::Exactly(1000)));
        one.merge(&of(500..1500));
        assert_eq!(one.count(), Some(Distinct::Exactly(1500)));
        assert_eq!(Names::default().count(), None);
    }

    #[test]
    fn very_many_are_estimated_the_same_whoever_saw_them() {
        for n in [17_000, 60_000, 600_000] {
            let all = of(0..n);
            let Some(Distinct::About(estimate)) = all.count() else { panic!("{n} exactly") };
            let off = estimate as f64 / f64::from(n) - 1.0;
            assert!(off.abs() < 4.0 * 0.016, "{n}: {off}");
            let (mut left, mut right) = (of(0..n / 8), of(n / 8..n));
            right.merge(&left.clone());
            assert_eq!(right.count(), all.count());
            left.merge(&of(n / 8..n));
            assert_eq!(left.count(), all.count());
        }
    }
}
