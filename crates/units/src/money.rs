//! Money as integers: exact sums, one rounding per invoice line.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use crate::decimal::{Decimal, ParseError};

const PICO_PER_DOLLAR: i128 = 1_000_000_000_000;

/// An amount in US dollars, counted in whole pico-dollars (10⁻¹² $), so that sums do not depend on
/// their order. The smallest list price in the catalogue, $0.0000000309 per GB-second, is 30,900 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From pico-dollars.
    pub const fn from_pico(pico: i128) -> Self {
        Self(pico)
    }

    /// From whole cents.
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents as i128 * (PICO_PER_DOLLAR / 100))
    }

    /// The amount in pico-dollars.
    pub const fn pico(self) -> i128 {
        self.0
    }

    /// The amount in dollars, for drawing and ratios only; never add these.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / PICO_PER_DOLLAR as f64
    }

    /// Rounded half away from zero to whole cents.
    pub const fn cents(self) -> i128 {
        let unit = PICO_PER_DOLLAR / 100;
        let half = if self.0 < 0 { -unit / 2 } else { unit / 2 };
        (self.0 + half) / unit
    }

    /// The amount times `numerator / denominator`, rounded half up; `denominator` must not be 0.
    #[must_use]
    pub fn scaled(self, numerator: u128, denominator: u128) -> Self {
        let n = i128::try_from(numerator).expect("a numerator below 2^127");
        let d = i128::try_from(denominator).expect("a denominator below 2^127");
        Self(round_div(self.0, n, d))
    }

    /// The amount times a plain factor, for what-if curves; rounded to a pico-dollar.
    #[must_use]
    pub fn times_f64(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor).round() as i128)
    }

    /// Exact decimal text without a currency sign, at least two decimals: `8.10`, `0.0000166667`.
    pub fn to_decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let abs = self.0.unsigned_abs();
        let (whole, pico) = (abs / PICO_PER_DOLLAR as u128, abs % PICO_PER_DOLLAR as u128);
        let mut fraction = format!("{pico:012}");
        while fraction.len() > 2 && fraction.ends_with('0') {
            fraction.pop();
        }
        format!("{sign}{whole}.{fraction}")
    }

    /// Reads `12`, `12.50`, `$12.50`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let trimmed = text.trim();
        let bare = trimmed.strip_prefix('$').unwrap_or(trimmed);
        let hint = "write dollars, such as `85` or `$0.20`";
        let (value, rest) = Decimal::split(bare)?;
        if !(rest.is_empty() || rest == "USD" || rest == "$") {
            return Err(ParseError::new(format!("`{text}` is not an amount of money"), hint));
        }
        let pico = value.times(PICO_PER_DOLLAR as u128).and_then(|p| i128::try_from(p).ok());
        pico.map(Self).ok_or_else(|| ParseError::new(format!("`{text}` is too large"), hint))
    }
}

/// `product = a * n / d`, rounded half away from zero, without losing the product's high bits.
fn round_div(a: i128, n: i128, d: i128) -> i128 {
    assert!(d > 0, "a positive denominator");
    if let Some(product) = a.checked_mul(n) {
        let half = if product < 0 { -d / 2 } else { d / 2 };
        return (product + half) / d;
    }
    // Too big for one product: split off the whole part first.
    let (whole, rest) = (a / d, a % d);
    whole.saturating_mul(n).saturating_add(rest.saturating_mul(n) / d)
}

impl fmt::Display for Money {
    /// Dollars and cents with thousands separated: `$1,234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.cents();
        let sign = if cents < 0 { "-" } else { "" };
        let abs = cents.unsigned_abs();
        let whole = (abs / 100).to_string();
        let mut grouped = String::new();
        for (i, c) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(c);
        }
        f.pad(&format!("{sign}${grouped}.{:02}", abs % 100))
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl Mul<u64> for Money {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0 * i128::from(times))
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// A metered amount as an exact fraction of the priced unit: 900,000,000 MB·ms at 1,024,000 a GB-second.
///
/// Usage is counted in whole small units; the division happens once, when a price meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quantity {
    /// How many small units.
    pub count: u128,
    /// How many small units make one priced unit; 1 if they are the same. Never 0.
    pub per_unit: u128,
}

impl Quantity {
    /// `count` small units of which `per_unit` make one priced unit.
    pub const fn new(count: u128, per_unit: u128) -> Self {
        assert!(per_unit > 0, "a priced unit holds at least one small unit");
        Self { count, per_unit }
    }

    /// A count of whole priced units.
    pub const fn whole(count: u128) -> Self {
        Self { count, per_unit: 1 }
    }

    /// In priced units, for printing.
    pub fn to_f64(self) -> f64 {
        self.count as f64 / self.per_unit as f64
    }

    /// The part of this quantity between two tier bounds given in priced units; `to` of `None` is infinity.
    #[must_use]
    pub fn within(self, from: u128, to: Option<u128>) -> Self {
        let low = from.saturating_mul(self.per_unit);
        let high = to.map_or(u128::MAX, |t| t.saturating_mul(self.per_unit));
        Self { count: self.count.min(high).saturating_sub(low), per_unit: self.per_unit }
    }

    /// What is left after an allowance given in priced units.
    #[must_use]
    pub fn above(self, allowance: u128) -> Self {
        self.within(allowance, None)
    }
}

/// A list price of one unit (a request, a GB-second, an hour) in pico-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(i128);

impl Price {
    /// From pico-dollars a unit.
    pub const fn from_pico(pico: i128) -> Self {
        Self(pico)
    }

    /// Reads a decimal dollar amount such as `0.0000166667`; at most 12 decimals survive.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Money::parse(text).map(|money| Self(money.0))
    }

    /// As money, for showing a unit price.
    pub const fn money(self) -> Money {
        Money(self.0)
    }

    /// What `quantity` costs, rounded half up to a pico-dollar.
    pub fn times(self, quantity: Quantity) -> Money {
        Money(self.0).scaled(quantity.count, quantity.per_unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_articles_lambda_bill_is_exact() {
        let duration = Price::parse("0.0000166667").unwrap();
        let requests = Price::parse("0.0000002").unwrap();
        let gb_s = Quantity::new(3_000_000 * 512 * 300, 1024 * 1000);
        let total = duration.times(gb_s) + requests.times(Quantity::whole(3_000_000));
        assert_eq!(total.to_decimal(), "8.100015");
        assert_eq!(total.to_string(), "$8.10");
    }

    #[test]
    fn tiers_split_a_quantity_without_loss() {
        let q = Quantity::new(10_000_500, 1000);
        let parts = [q.within(0, Some(6000)), q.within(6000, Some(9000)), q.within(9000, None)];
        assert_eq!(parts.map(|p| p.count), [6_000_000, 3_000_000, 1_000_500]);
    }

    #[test]
    fn display_groups_and_rounds() {
        assert_eq!(Money::parse("1234567.895").unwrap().to_string(), "$1,234,567.90");
        assert_eq!((-Money::parse("0.005").unwrap()).to_string(), "-$0.01");
        assert_eq!(Money::ZERO.to_string(), "$0.00");
    }

    #[test]
    fn negative_and_foreign_amounts_are_refused() {
        for bad in ["-3", "3 EUR", "three", "", "1e3"] {
            assert!(Money::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn huge_products_do_not_overflow() {
        let money =
            Price::parse("1000000000").unwrap().times(Quantity::new(u128::MAX >> 20, 1 << 60));
        assert!(money > Money::ZERO);
    }
}
