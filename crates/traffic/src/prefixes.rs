//! How often each first path segment was asked for, in fixed memory.

use crate::path::printable;

/// More different segments than this are counted together.
const SEGMENTS_MAX: usize = 8_192;
const SLOTS: usize = 4 * SEGMENTS_MAX;
/// Longer segments are counted together: nobody routes by them.
const SEGMENT_BYTES_MAX: usize = 64;
const EMPTY: u16 = u16::MAX;

/// Counts by segment. Open addressing; nothing ever depends on the order of the slots.
#[derive(Debug, Clone)]
pub(crate) struct Prefixes {
    slots: Vec<u16>,
    entries: Vec<Entry>,
    /// Requests whose segment has no entry of its own.
    pub(crate) other: Counts,
}

#[derive(Debug, Clone)]
struct Entry {
    segment: Box<[u8]>,
    counts: Counts,
}

/// Requests, and those of them that no component takes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) all: u64,
    pub(crate) unmatched: u64,
}

impl Default for Prefixes {
    fn default() -> Self {
        Self { slots: vec![EMPTY; SLOTS], entries: Vec::new(), other: Counts::default() }
    }
}

impl Prefixes {
    /// The counts of a segment, to be added to.
    #[inline]
    pub(crate) fn of(&mut self, segment: &[u8]) -> &mut Counts {
        if segment.len() > SEGMENT_BYTES_MAX {
            return &mut self.other;
        }
        let mut slot = hash(segment) as usize % SLOTS;
        loop {
            let at = self.slots[slot];
            if at == EMPTY {
                break;
            }
            if *self.entries[usize::from(at)].segment == *segment {
                return &mut self.entries[usize::from(at)].counts;
            }
            slot = (slot + 1) % SLOTS;
        }
        if self.entries.len() == SEGMENTS_MAX {
            return &mut self.other;
        }
        self.slots[slot] = self.entries.len() as u16;
        self.entries.push(Entry { segment: segment.into(), counts: Counts::default() });
        let last = self.entries.len() - 1;
        &mut self.entries[last].counts
    }

    /// The segments with the most requests by `count`, most first, at most `n`; those with none are left out.
    pub(crate) fn top(&self, n: usize, count: impl Fn(&Counts) -> u64) -> Vec<(String, u64)> {
        let mut all: Vec<(u64, &[u8])> = self
            .entries
            .iter()
            .map(|entry| (count(&entry.counts), &*entry.segment))
            .filter(|(requests, _)| *requests > 0)
            .collect();
        all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        all.truncate(n);
        all.into_iter().map(|(requests, segment)| (printable(segment), requests)).collect()
    }

    /// Adds the counts of another table.
    pub(crate) fn merge(&mut self, other: &Self) {
        for Entry { segment, counts } in &other.entries {
            let mine = self.of(segment);
            mine.all += counts.all;
            mine.unmatched += counts.unmatched;
        }
        self.other.all += other.other.all;
        self.other.unmatched += other.other.unmatched;
    }
}

/// FNV-1a, its high bits folded in.
fn hash(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_and_sorted() {
        let mut prefixes = Prefixes::default();
        for (segment, n) in [("/b", 2), ("/a", 2), ("/c", 5)] {
            prefixes.of(segment.as_bytes()).all += n;
        }
        prefixes.of(b"/c").unmatched += 1;
        let named = |top: &[(&str, u64)]| -> Vec<(String, u64)> {
            top.iter().map(|(s, n)| ((*s).to_owned(), *n)).collect()
        };
        assert_eq!(prefixes.top(2, |c| c.all), named(&[("/c", 5), ("/a", 2)]));
        assert_eq!(prefixes.top(9, |c| c.unmatched), named(&[("/c", 1)]));
        let mut twice = prefixes.clone();
        twice.merge(&prefixes);
        assert_eq!(twice.top(1, |c| c.all), named(&[("/c", 10)]));
    }

    #[test]
    fn a_flood_of_segments_stays_in_memory_and_none_is_lost() {
        let mut prefixes = Prefixes::default();
        for i in 0..3 * SEGMENTS_MAX {
            prefixes.of(format!("/{i}").as_bytes()).all += 1;
        }
        prefixes.of(&[b'x'; 1000]).all += 1;
        let kept: u64 = prefixes.top(usize::MAX, |c| c.all).iter().map(|(_, n)| n).sum();
        assert_eq!(kept, SEGMENTS_MAX as u64);
        assert_eq!(prefixes.other.all, 2 * SEGMENTS_MAX as u64 + 1);
    }
}
