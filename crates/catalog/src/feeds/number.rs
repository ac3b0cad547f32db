//! Decimal numbers of feeds, exactly: `0.0000166667`, `2E-07`, `44500` nanos.

/// A number that is not negative: `digits / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    digits: u128,
    scale: u32,
}

/// Powers of ten beyond this are no price and no tier.
const SCALE_MAX: u32 = 30;

impl Exact {
    pub(crate) const ZERO: Self = Self { digits: 0, scale: 0 };

    pub(crate) const fn new(digits: u128, scale: u32) -> Self {
        Self { digits, scale }
    }

    /// Reads digits with at most one point and an exponent; no sign, no spaces, at most 30 digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        if all.is_empty() || all.len() > 30 || !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits: u128 = all.parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if digits == 0 {
            return Some(Self::ZERO);
        }
        if scale.unsigned_abs() > SCALE_MAX {
            return None;
        }
        if let Ok(scale) = u32::try_from(scale) {
            return Some(Self { digits, scale });
        }
        let power = 10_u128.checked_pow(scale.unsigned_abs())?;
        Some(Self { digits: digits.checked_mul(power)?, scale: 0 })
    }

    /// From a JSON number. Fifteen digits survive a binary fraction, and no price has more.
    pub(crate) fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() || value < 0.0 {
            return None;
        }
        let text = format!("{value:.14e}");
        let (mantissa, exponent) = text.split_once('e')?;
        // Trailing zeros are what the format adds; they would only use up the digits.
        let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
        Self::parse(&format!("{mantissa}e{exponent}"))
    }

    pub(crate) const fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// Times `num / den`, as whole pico units, rounded half up; `None` beyond any price.
    pub(crate) fn pico(self, num: u128, den: u128) -> Option<i128> {
        let product = self.digits.checked_mul(1_000_000_000_000)?.checked_mul(num)?;
        let divisor = 10_u128.checked_pow(self.scale)?.checked_mul(den)?;
        i128::try_from(product.checked_add(divisor / 2)? / divisor).ok()
    }

    /// Times `num / den`, if that is whole.
    pub(crate) fn whole(self, num: u128, den: u128) -> Option<u128> {
        let product = self.digits.checked_mul(num)?;
        let divisor = 10_u128.checked_pow(self.scale)?.checked_mul(den)?;
        product.is_multiple_of(divisor).then(|| product / divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::Exact;

    #[test]
    fn numbers_are_exact_or_refused() {
        let pico = |text: &str| Exact::parse(text).and_then(|n| n.pico(1, 1));
        assert_eq!(pico("0.0000166667"), Some(16_666_700));
        assert_eq!(pico("2E-07"), Some(200_000));
        assert_eq!(pico("1.5e2"), Some(150_000_000_000_000));
        assert_eq!(pico("0.0000000000"), Some(0));
        for bad in
            ["", ".", "-1", "+1", "1,5", "1.2.3", "NaN", "inf", "1e99", "1e-99", "0x10", " 1"]
        {
            assert_eq!(pico(bad), None, "{bad}");
        }
        assert_eq!(Exact::parse("6000000000").and_then(|n| n.whole(1, 1)), Some(6_000_000_000));
        assert_eq!(Exact::parse("100000").and_then(|n| n.whole(10, 1)), Some(1_000_000));
        assert_eq!(Exact::parse("0.5").and_then(|n| n.whole(1, 1)), None);
    }

    #[test]
    fn binary_fractions_give_back_the_decimals_they_were_read_from() {
        for text in ["0.176346", "0.1", "0.0000004", "123.456789012", "0.000024", "33.3"] {
            let value: f64 = text.parse().unwrap();
            let exact = Exact::from_f64(value).and_then(|n| n.pico(1, 1));
            assert_eq!(exact, Exact::parse(text).and_then(|n| n.pico(1, 1)), "{text}");
        }
        assert_eq!(Exact::from_f64(-0.1), None);
        assert_eq!(Exact::from_f64(f64::NAN), None);
        assert_eq!(Exact::from_f64(0.0), Some(Exact::ZERO));
    }
}
