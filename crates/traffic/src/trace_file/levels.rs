//! Sizes and durations in steps of 1.5 %: 0 to 67 exactly, beyond that to within 0.75 % (at most 0.76 % where
//! steps are rounded to whole numbers).

use std::sync::LazyLock;

/// The values that can be told apart, ascending. Whole-number arithmetic, so that every machine agrees.
static VALUES: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut values = vec![0_u64];
    let mut last = 0_u64;
    while last < u64::MAX / 2 {
        last = (last + 1).max((u128::from(last) * 1015 / 1000) as u64);
        values.push(last);
    }
    values
});

/// The level of a value: 1 and up; 0 of nothing. Values beyond the last level (2⁶³) take the last one.
pub(super) fn level(value: Option<u64>) -> u16 {
    let Some(value) = value else { return 0 };
    let above = VALUES.partition_point(|&v| v < value).min(VALUES.len() - 1);
    let nearest = match above.checked_sub(1) {
        Some(below) if value - VALUES[below] <= VALUES[above].saturating_sub(value) => below,
        _ => above,
    };
    nearest as u16 + 1
}

/// The value of a level; `None` of level 0 and of levels that do not exist.
pub(super) fn value(level: u16) -> Option<u64> {
    VALUES.get(usize::from(level).checked_sub(1)?).copied()
}

/// Whether a file may hold this level.
pub(super) fn exists(level: u16) -> bool {
    usize::from(level) <= VALUES.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back_within_the_stated_error() {
        assert_eq!(value(level(None)), None);
        for exact in 0..=67 {
            assert_eq!(value(level(Some(exact))), Some(exact));
        }
        let mut x = 68_u64;
        while x < 1 << 62 {
            let back = value(level(Some(x))).unwrap();
            assert!((back as f64 / x as f64 - 1.0).abs() <= 0.0076, "{x}: {back}");
            assert_eq!(value(level(Some(back))), Some(back), "a second time changes nothing");
            x = x / 97 * 100 + x % 97 + 1;
        }
        assert!(value(level(Some(u64::MAX))).unwrap() >= u64::MAX / 2);
        assert!(exists(level(Some(u64::MAX))) && !exists(u16::MAX));
    }
}
