//! Memory, disk and transfer sizes.

use std::fmt;
use std::ops::{Add, Mul};

use crate::decimal::{Decimal, ParseError, trimmed};

/// A size in bytes.
///
/// Providers bill and size by powers of two and write "MB" and "GB" for them (a 1,024 MB function is
/// billed as 1 GB), so `MB` and `MiB` mean the same here, and so do `GB` and `GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(u64);

impl Bytes {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }
    /// From KiB.
    pub const fn from_kib(kib: u64) -> Self {
        Self(kib << 10)
    }
    /// From MiB.
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib << 20)
    }
    /// From GiB.
    pub const fn from_gib(gib: u64) -> Self {
        Self(gib << 30)
    }
    /// In bytes.
    pub const fn get(self) -> u64 {
        self.0
    }
    /// In MiB, rounded up.
    pub const fn mib_ceil(self) -> u64 {
        self.0.div_ceil(1 << 20)
    }
    /// In GiB.
    pub fn gib_f64(self) -> f64 {
        self.0 as f64 / (1_u64 << 30) as f64
    }
    /// In MiB.
    pub fn mib_f64(self) -> f64 {
        self.0 as f64 / (1_u64 << 20) as f64
    }
    /// The difference, or nothing if `other` is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Reads `512 MB`, `1.5 GiB`, `64Ki`, `10G`, `1 TB`. A number without a unit is an error.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let hint = "write a number and a unit: `512 MB`, `1.5 GiB`";
        let (value, unit) = Decimal::split(text)?;
        let shift = match unit {
            "B" | "byte" | "bytes" => 0,
            "K" | "k" | "KB" | "kB" | "kb" | "Ki" | "KiB" => 10,
            "M" | "MB" | "mb" | "Mi" | "MiB" => 20,
            "G" | "GB" | "gb" | "Gi" | "GiB" => 30,
            "T" | "TB" | "tb" | "Ti" | "TiB" => 40,
            "" => return Err(ParseError::new(format!("`{text}` has no unit of size"), hint)),
            _ => return Err(ParseError::new(format!("`{unit}` is not a unit of size"), hint)),
        };
        let bytes = value.times(1 << shift).and_then(|n| u64::try_from(n).ok());
        bytes
            .map(Self)
            .ok_or_else(|| ParseError::new(format!("`{text}` is more than 16 EiB"), hint))
    }
}

impl Bytes {
    /// Of a size that was computed, as much as can be meant: two digits, `3.7 GB` of 3807 MB.
    pub fn roughly(self) -> String {
        let step = |value: f64| 10_f64.powf((value.max(1.0).log10().floor() - 1.0).max(-1.0));
        let units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
        let (mut value, mut unit) = (self.0 as f64, 0);
        let rounded = |value: f64| (value / step(value)).round() * step(value);
        while rounded(value) >= 1000.0 && unit < units.len() - 1 {
            value /= 1024.0;
            unit += 1;
        }
        let value = rounded(value);
        let places = usize::from(unit > 0 && value < 10.0);
        format!("{} {}", trimmed(value, places), units[unit])
    }
}

impl fmt::Display for Bytes {
    /// In the largest unit that keeps it readable: `512 MB`, `1.5 GB`, `200 KB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
        let (mut value, mut unit) = (self.0 as f64, 0);
        while value >= 1024.0 && unit < units.len() - 1 {
            value /= 1024.0;
            unit += 1;
        }
        // 1,769 MB is a size people know; 1.73 GB is not.
        if units[unit] == "GB" && value < 10.0 && !self.0.is_multiple_of(1 << 29) {
            (value, unit) = (value * 1024.0, unit - 1);
        }
        let places = usize::from(value < 100.0 && value.fract() != 0.0);
        f.pad(&format!("{} {}", trimmed(value, places), units[unit]))
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl Mul<u64> for Bytes {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}
impl std::iter::Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_binary_spellings_agree_as_providers_use_them() {
        assert_eq!(Bytes::parse("512 MB"), Bytes::parse("512MiB"));
        assert_eq!(Bytes::parse("1.5 GiB"), Ok(Bytes::from_mib(1536)));
        assert_eq!(Bytes::parse("50 GB"), Ok(Bytes::from_gib(50)));
    }

    #[test]
    fn missing_unknown_and_absurd_units_are_refused() {
        for bad in ["512", "512 megs", "-1 GB", "99999999 TB", "GB"] {
            assert!(Bytes::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn two_digits_of_what_was_computed() {
        for (bytes, shown) in [
            (Bytes::from_mib(3807), "3.7 GB"),
            (Bytes::from_mib(952), "950 MB"),
            (Bytes::from_mib(1165), "1.1 GB"),
            (Bytes::from_mib(1020), "1 GB"),
            (Bytes::from_mib(357), "360 MB"),
            (Bytes::from_gib(12), "12 GB"),
            (Bytes::new(7), "7 B"),
            (Bytes::ZERO, "0 B"),
        ] {
            assert_eq!(bytes.roughly(), shown);
        }
    }

    #[test]
    fn display_is_what_a_person_would_write() {
        for (text, shown) in [
            ("512 MB", "512 MB"),
            ("1769 MB", "1769 MB"),
            ("1.5 GB", "1.5 GB"),
            ("2 GB", "2 GB"),
            ("10240 MB", "10 GB"),
            ("200 KB", "200 KB"),
        ] {
            assert_eq!(Bytes::parse(text).unwrap().to_string(), shown);
        }
    }
}
