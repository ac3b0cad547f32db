//! A part of a whole.

use std::fmt;

use crate::decimal::trimmed;

/// A ratio between 0 and 1, ends included.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Share(f64);

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);
    /// All of it.
    pub const ONE: Self = Self(1.0);

    /// Clamps `value` into [0, 1]; NaN is nothing.
    pub fn new(value: f64) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }
    /// `part` of `whole`; nothing of nothing is nothing.
    pub fn of(part: u64, whole: u64) -> Self {
        if whole == 0 { Self::ZERO } else { Self::new(part as f64 / whole as f64) }
    }
    /// As a plain number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Share {
    /// In per cent: `0.13 %`, `2.1 %`, `91 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        let places = match percent {
            p if p == 0.0 || p >= 10.0 => 0,
            p if p >= 1.0 => 1,
            p if p >= 0.01 => 2,
            _ => 4,
        };
        f.pad(&format!("{} %", trimmed(percent, places)))
    }
}
