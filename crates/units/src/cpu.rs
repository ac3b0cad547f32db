//! CPU in thousandths of a vCPU.

use std::fmt;
use std::ops::{Add, Mul};

use crate::decimal::{Decimal, ParseError, trimmed};

/// Thousandths of one virtual CPU, as Kubernetes counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millicores(u64);

impl Millicores {
    /// None.
    pub const ZERO: Self = Self(0);
    /// One whole vCPU.
    pub const ONE: Self = Self(1000);

    /// From thousandths of a vCPU.
    pub const fn new(millicores: u64) -> Self {
        Self(millicores)
    }
    /// In thousandths of a vCPU.
    pub const fn get(self) -> u64 {
        self.0
    }
    /// In vCPU.
    pub fn vcpu_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
    /// The difference, or none if `other` is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Reads `250m`, `0.5`, `0.5 vCPU`, `2 cores`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let hint = "write `250m` or `0.5 vCPU`";
        let (value, unit) = Decimal::split(text)?;
        let factor = match unit {
            "m" | "millicores" => 1,
            "" | "vCPU" | "vcpu" | "vCPUs" | "cpu" | "cpus" | "core" | "cores" => 1000,
            _ => return Err(ParseError::new(format!("`{unit}` is not a unit of CPU"), hint)),
        };
        let milli = value.times(factor).filter(|&m| m <= 1_000_000_000);
        milli
            .map(|m| Self(m as u64))
            .ok_or_else(|| ParseError::new(format!("`{text}` is more than a million vCPU"), hint))
    }
}

impl fmt::Display for Millicores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} vCPU", trimmed(self.vcpu_f64(), 3)))
    }
}

impl Add for Millicores {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl Mul<u64> for Millicores {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0 * times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubernetes_and_human_spellings() {
        for (text, milli) in [("250m", 250), ("0.5 vCPU", 500), ("2", 2000), ("1.5 cores", 1500)] {
            assert_eq!(Millicores::parse(text), Ok(Millicores::new(milli)), "{text}");
        }
        assert!(Millicores::parse("0.5 GHz").is_err());
        assert!(Millicores::parse("-1").is_err());
    }
}
