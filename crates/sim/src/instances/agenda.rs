//! What happens next: one moment an instance, the earliest first.

/// A four-way min-heap over slots whose moments change in place.
#[derive(Debug, Clone, Default)]
pub(super) struct Agenda {
    entries: Vec<(u64, u32)>,
    /// Where each slot stands in `entries`.
    places: Vec<u32>,
}

impl Agenda {
    /// The earliest moment and its slot; the end of time if there are none.
    #[inline]
    pub(super) fn first(&self) -> (u64, u32) {
        self.entries.first().copied().unwrap_or((u64::MAX, 0))
    }

    /// Makes room for the next slot, at which nothing happens yet.
    pub(super) fn add(&mut self) {
        let slot = self.places.len() as u32;
        self.places.push(slot);
        self.entries.push((u64::MAX, slot));
    }

    /// Something happens at `slot` at `moment` and not before.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, moment: u64) {
        let place = self.places[slot as usize] as usize;
        let before = self.entries[place].0;
        if moment < before {
            self.rise(place, (moment, slot));
        } else if moment > before {
            self.sink(place, (moment, slot));
        }
    }

    #[inline]
    fn rise(&mut self, mut place: usize, entry: (u64, u32)) {
        while place > 0 {
            let parent = (place - 1) / 4;
            if self.entries[parent].0 <= entry.0 {
                break;
            }
            self.put(place, self.entries[parent]);
            place = parent;
        }
        self.put(place, entry);
    }

    #[inline]
    fn sink(&mut self, mut place: usize, entry: (u64, u32)) {
        loop {
            let start = place * 4 + 1;
            if start >= self.entries.len() {
                break;
            }
            let end = (start + 4).min(self.entries.len());
            let mut least = start;
            for child in start + 1..end {
                if self.entries[child].0 < self.entries[least].0 {
                    least = child;
                }
            }
            if entry.0 <= self.entries[least].0 {
                break;
            }
            self.put(place, self.entries[least]);
            place = least;
        }
        self.put(place, entry);
    }

    #[inline]
    fn put(&mut self, place: usize, entry: (u64, u32)) {
        self.entries[place] = entry;
        self.places[entry.1 as usize] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_is_always_in_front() {
        let mut random = units::Random::new(3);
        let mut agenda = Agenda::default();
        assert_eq!(agenda.first().0, u64::MAX);
        let mut expected = vec![u64::MAX; 37];
        for _ in &expected {
            agenda.add();
        }
        for _ in 0..5_000 {
            let slot = random.below(37) as usize;
            expected[slot] = if random.below(9) == 0 { u64::MAX } else { random.below(500) };
            agenda.set(slot as u32, expected[slot]);
            let (moment, first) = agenda.first();
            assert_eq!(Some(&moment), expected.iter().min());
            assert_eq!(expected[first as usize], moment);
        }
    }
}
