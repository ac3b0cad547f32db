//! Finds rows by their names in a moment: a bill looks up dozens of prices, and a plan makes a hundred thousand bills.
//!
//! Names are searched by a number made of their bytes, which is quicker to compare than they are. Should two keys have one
//! number, both are looked at.

use std::ops::Range;

/// Where the rows of each key are in a list that is sorted by key.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    /// Number of a key, its first row and the one after its last, ascending.
    ranges: Vec<(u64, u32, u32)>,
}

impl Index {
    /// Of the keys of all rows in their order; equal keys follow each other.
    pub(crate) fn of<'a, const PARTS: usize>(keys: impl Iterator<Item = [&'a str; PARTS]>) -> Self {
        let mut ranges: Vec<(u64, u32, u32)> = Vec::new();
        let mut last = None;
        for (at, key) in (0_u32..).zip(keys) {
            match ranges.last_mut() {
                Some(range) if last == Some(key) => range.2 = at + 1,
                _ => ranges.push((number(key), at, at + 1)),
            }
            last = Some(key);
        }
        ranges.sort_unstable();
        Self { ranges }
    }

    /// The rows of a key, of which `is_it` knows one by its place; none if there is no such key.
    pub(crate) fn find<const PARTS: usize>(
        &self,
        key: [&str; PARTS],
        is_it: impl Fn(usize) -> bool,
    ) -> Range<usize> {
        let wanted = number(key);
        let first = self.ranges.partition_point(|(number, ..)| *number < wanted);
        let alike = self.ranges[first..].iter().take_while(|(number, ..)| *number == wanted);
        let mut rows = alike.map(|&(_, low, high)| low as usize..high as usize);
        rows.find(|rows| is_it(rows.start)).unwrap_or(0..0)
    }
}

/// A number that hardly two keys have.
fn number<const PARTS: usize>(key: [&str; PARTS]) -> u64 {
    // Odd, with its bits spread evenly: the golden ratio's fraction.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut number = 0_u64;
    let mut mix = |word: u64| {
        number = (number ^ word).wrapping_mul(SPREAD);
        number ^= number >> 29;
    };
    for part in key {
        for chunk in part.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            mix(u64::from_le_bytes(word));
        }
        mix(part.len() as u64);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_finds_its_rows_and_no_other() {
        let keys = [["a", "b"], ["a", "b"], ["ab", ""], ["b", "a"], ["b", "a"], ["b", "a"]];
        let index = Index::of(keys.into_iter());
        let find = |key: [&str; 2]| index.find(key, |at| keys[at] == key);
        assert_eq!(find(["a", "b"]), 0..2);
        assert_eq!(find(["ab", ""]), 2..3);
        assert_eq!(find(["b", "a"]), 3..6);
        assert_eq!(find(["", "ab"]), 0..0);
    }

    #[test]
    fn keys_with_one_number_are_told_apart() {
        let keys = [["x"], ["y"]];
        let mut index = Index::of(keys.into_iter());
        for range in &mut index.ranges {
            range.0 = number(["x"]);
        }
        assert_eq!(index.find(["x"], |at| keys[at] == ["x"]), 0..1);
        assert_eq!(index.find(["x"], |at| keys[at] == ["y"]), 1..2);
    }

    #[test]
    fn no_two_keys_of_many_have_one_number() {
        let names: Vec<String> = (0..20_000).map(|at| format!("dimension-{at}")).collect();
        let mut numbers: Vec<u64> =
            names.iter().flat_map(|name| [number([name, "x"]), number(["x", name])]).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 40_000);
    }
}
