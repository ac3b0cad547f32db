//! A four-way min-heap of moments with a payload: half as deep as a binary one, and its children lie in
//! one cache line.

/// The smallest key first.
#[derive(Debug, Clone)]
pub(super) struct Heap<T> {
    entries: Vec<(u64, T)>,
}

impl<T> Default for Heap<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T: Copy> Heap<T> {
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The smallest key; the end of time if there is none.
    #[inline]
    pub(super) fn first(&self) -> u64 {
        self.entries.first().map_or(u64::MAX, |entry| entry.0)
    }

    #[inline]
    pub(super) fn push(&mut self, key: u64, value: T) {
        let mut hole = self.entries.len();
        self.entries.push((key, value));
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if self.entries[parent].0 <= key {
                break;
            }
            self.entries[hole] = self.entries[parent];
            hole = parent;
        }
        self.entries[hole] = (key, value);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<(u64, T)> {
        let last = self.entries.pop()?;
        let Some(&first) = self.entries.first() else { return Some(last) };
        let len = self.entries.len();
        let mut hole = 0;
        loop {
            let start = hole * 4 + 1;
            if start >= len {
                break;
            }
            let mut least = start;
            for child in start + 1..(start + 4).min(len) {
                if self.entries[child].0 < self.entries[least].0 {
                    least = child;
                }
            }
            if last.0 <= self.entries[least].0 {
                break;
            }
            self.entries[hole] = self.entries[least];
            hole = least;
        }
        self.entries[hole] = last;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_out_in_order_whatever_went_in() {
        let mut random = units::Random::new(7);
        let mut heap = Heap::default();
        let mut expected: Vec<u64> = (0..500).map(|_| random.below(90)).collect();
        for &key in &expected {
            heap.push(key, key * 2);
        }
        expected.sort_unstable();
        let mut got = Vec::new();
        while let Some((key, value)) = heap.pop() {
            assert_eq!(value, key * 2);
            got.push(key);
        }
        assert_eq!(got, expected);
        assert_eq!(heap.first(), u64::MAX);
    }
}
