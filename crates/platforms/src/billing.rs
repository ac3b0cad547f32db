//! The one place where usage meets a price: every bill is built line by line here.
//!
//! Quantities stay whole numbers until a price meets them; the product is rounded on the line and nowhere
//! else. A price that the catalogue does not have is an error that names the row.

use catalog::{Missing, PriceRow};
use model::{Invoice, InvoiceLine, PlatformId};
use units::{Duration, Quantity};

use crate::case::Site;

/// Hours of a billing month.
pub const HOURS: u128 = (Duration::MONTH.nanos() / Duration::HOUR.nanos()) as u128;
/// Bytes of a billed GB.
pub const GB: u128 = 1 << 30;
/// MB·ms of a billed GB-second.
pub const GB_SECOND_MB_MS: u128 = 1024 * 1000;

/// Something that is metered and pooled with others of its kind before tiers and allowances apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What the line says: `function run time on Arm`.
    pub item: String,
    /// Whose it is; `None` is shared.
    pub component: Option<String>,
    /// How many small units.
    pub count: u128,
}

impl Use {
    /// So many small units of one component.
    pub fn of(component: &str, item: impl Into<String>, count: u128) -> Self {
        Self { item: item.into(), component: Some(component.to_owned()), count }
    }
    /// So many small units of everybody together.
    pub fn shared(item: impl Into<String>, count: u128) -> Self {
        Self { item: item.into(), component: None, count }
    }
}

/// What all of them together used.
pub fn sum(uses: &[Use]) -> u128 {
    uses.iter().map(|used| used.count).sum()
}

/// A bill under construction.
#[derive(Debug)]
pub struct Lines<'a> {
    site: &'a Site<'a>,
    platform: PlatformId,
    written: Vec<InvoiceLine>,
}

impl<'a> Lines<'a> {
    /// An empty bill of a platform, at the prices of the site's region and day.
    pub const fn new(platform: PlatformId, site: &'a Site<'a>) -> Self {
        Self { site, platform, written: Vec::new() }
    }

    /// The surroundings it is made for.
    pub const fn site(&self) -> &'a Site<'a> {
        self.site
    }

    /// One line at the price of a dimension without tiers. Nothing used is no line.
    pub fn add(
        &mut self,
        service: &str,
        dimension: &str,
        item: impl Into<String>,
        component: Option<&str>,
        quantity: Quantity,
    ) -> Result<(), Missing> {
        if quantity.count == 0 {
            return Ok(());
        }
        let row = self.site.prices.price(service, self.region(), dimension)?;
        self.row(row, item, component, quantity);
        Ok(())
    }

    /// One line at the price of this row. Nothing used is no line.
    pub fn row(
        &mut self,
        row: &PriceRow,
        item: impl Into<String>,
        component: Option<&str>,
        quantity: Quantity,
    ) {
        if quantity.count == 0 {
            return;
        }
        self.written.push(InvoiceLine {
            item: item.into(),
            component: component.map(str::to_owned),
            quantity,
            unit: row.unit.clone(),
            unit_price: row.price,
            amount: row.price.times(quantity),
            source: row.source.clone(),
            date: row.observed,
        });
    }

    /// Lines through the tiers of a dimension: one for each use and each tier that the sum of all uses
    /// reaches. The tiers belong to the sum, so each use gets its proportional part of every tier.
    /// `per_unit` small units make one priced unit.
    pub fn tiered(
        &mut self,
        service: &str,
        dimension: &str,
        per_unit: u128,
        uses: &[Use],
    ) -> Result<(), Missing> {
        let total = Quantity::new(sum(uses), per_unit);
        if total.count == 0 {
            return Ok(());
        }
        let tiers = self.site.prices.tiers(service, self.region(), dimension)?;
        let parts: Vec<(u128, String)> = tiers
            .iter()
            .map(|row| {
                let part = total.within(row.tier_from, row.tier_to).count;
                (part, if part > 0 && tiers.len() > 1 { bounds(row) } else { String::new() })
            })
            .collect();
        // Each use walks through the tiers in cumulative shares, so that nothing is lost to rounding.
        let (mut seen, mut given) = (0_u128, vec![0_u128; parts.len()]);
        for used in uses {
            seen += used.count;
            for ((row, (part, bounds)), given) in tiers.iter().zip(&parts).zip(&mut given) {
                let until = share(*part, seen, total.count);
                let quantity = Quantity::new(until - *given, per_unit);
                *given = until;
                if quantity.count > 0 {
                    let item = [used.item.as_str(), bounds].concat();
                    self.row(row, item, used.component.as_deref(), quantity);
                }
            }
        }
        Ok(())
    }

    /// A monthly allowance in small units, 0 if the account's free tier is not there to be used.
    pub fn allowance(&self, service: &str, dimension: &str, per_unit: u128) -> u128 {
        if self.site.app.free_tier.get() != Some(true) {
            return 0;
        }
        self.site.prices.allowance(service, dimension).saturating_mul(per_unit)
    }

    /// What is left of `uses` after an allowance, taken off all of them in proportion.
    pub fn above(uses: &[Use], allowance: u128) -> Vec<Use> {
        let total = sum(uses);
        let billed = total.saturating_sub(allowance);
        let (mut seen, mut given) = (0, 0);
        let mut left = uses.to_vec();
        for used in &mut left {
            seen += used.count;
            let until = share(billed, seen, total.max(1));
            used.count = until - given;
            given = until;
        }
        left
    }

    /// The finished bill.
    pub fn finish(self) -> Invoice {
        Invoice { platform: self.platform, lines: self.written }
    }

    fn region(&self) -> &'a str {
        self.site.app.region_name()
    }
}

/// `amount × part ∕ whole`, rounded down, without losing the product's high bits.
fn share(amount: u128, part: u128, whole: u128) -> u128 {
    if part == whole {
        return amount;
    }
    let (quotient, rest) = (amount / whole, amount % whole);
    let small = rest.checked_mul(part).map_or_else(
        // Both above 2^64: the last digits of a share no longer matter.
        || (rest >> 32).saturating_mul(part >> 32) / (whole >> 64).max(1),
        |product| product / whole,
    );
    quotient * part + small.min(part)
}

/// Which part of a month's units a tier covers, behind the item's name.
fn bounds(row: &PriceRow) -> String {
    match (row.tier_from, row.tier_to) {
        (0, Some(to)) => format!(", first {}", short(to)),
        (from, Some(to)) => format!(", {} to {}", short(from), short(to)),
        (from, None) => format!(", above {}", short(from)),
    }
}

/// `7.5 B`, `300 M`, `51,200`: a bound as price pages write it.
fn short(units: u128) -> String {
    for (size, name) in [(1_000_000_000, " B"), (1_000_000, " M")] {
        if units >= size {
            let hundredths = units * 100 / size;
            let (whole, rest) = (hundredths / 100, hundredths % 100);
            let fraction = format!(".{rest:02}");
            return format!(
                "{whole}{}{name}",
                fraction.trim_end_matches('0').trim_end_matches('.')
            );
        }
    }
    let digits = units.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing_scene::{Scene, dollars};

    #[test]
    fn tiers_belong_to_the_sum_and_every_use_gets_its_part() {
        let scene = Scene::new("2026-11-23");
        let site = scene.site();
        let mut lines = Lines::new(PlatformId("test"), &site);
        // 400 M requests: 300 M at 1.00 and 100 M at 0.90, three quarters of each for `a`.
        let uses = [Use::of("a", "requests", 300_000_000), Use::of("b", "requests", 100_000_000)];
        lines.tiered("aws/api-gateway-http", "requests", 1, &uses).unwrap();
        let invoice = lines.finish();
        let shown: Vec<_> = invoice
            .lines
            .iter()
            .map(|l| (l.item.as_str(), l.component.as_deref().unwrap(), dollars(l.amount)))
            .collect();
        assert_eq!(
            shown,
            [
                ("requests, first 300 M", "a", "225.00".to_owned()),
                ("requests, above 300 M", "a", "67.50".to_owned()),
                ("requests, first 300 M", "b", "75.00".to_owned()),
                ("requests, above 300 M", "b", "22.50".to_owned()),
            ]
        );
        assert_eq!(dollars(invoice.total()), "390.00");
    }

    #[test]
    fn an_allowance_comes_off_everybody_in_proportion_and_nothing_is_lost() {
        let uses = [Use::of("a", "x", 700), Use::of("b", "x", 200), Use::shared("x", 100)];
        let left: Vec<u128> = Lines::above(&uses, 333).iter().map(|u| u.count).collect();
        assert_eq!(left.iter().sum::<u128>(), 667);
        assert_eq!(left, [466, 134, 67]);
        assert_eq!(sum(&Lines::above(&uses, 5000)), 0);
        assert_eq!(Lines::above(&[], 5), []);
    }

    #[test]
    fn a_missing_price_is_an_error_and_nothing_used_is_no_line() {
        let mut scene = Scene::new("2026-11-23");
        scene.region("aws/mars-1");
        let site = scene.site();
        let mut lines = Lines::new(PlatformId("test"), &site);
        lines.add("aws/nat", "hour", "NAT", None, Quantity::whole(0)).unwrap();
        let missing = lines.add("aws/nat", "hour", "NAT", None, Quantity::whole(1)).unwrap_err();
        assert!(missing.what.contains("aws/nat mars-1 hour"), "{missing}");
        let missing = lines.tiered("aws/sqs", "requests", 1, &[Use::shared("x", 1)]).unwrap_err();
        assert!(missing.what.contains("aws/sqs mars-1 requests"), "{missing}");
        assert!(lines.finish().lines.is_empty());
    }

    #[test]
    fn shares_of_huge_amounts_add_up() {
        let whole = 61_440_000_000 * GB_SECOND_MB_MS;
        assert_eq!(share(whole, whole, whole), whole);
        assert_eq!(share(whole, whole / 2, whole), whole / 2);
        assert_eq!(share(10, 1, 3), 3);
        assert_eq!(share(u128::MAX / 2, 1, 2), u128::MAX / 4);
    }

    #[test]
    fn bounds_are_written_as_price_pages_do() {
        for (units, text) in [
            (7_500_000_000, "7.5 B"),
            (18_750_000_000, "18.75 B"),
            (300_000_000, "300 M"),
            (51_200, "51,200"),
        ] {
            assert_eq!(short(units), text);
        }
    }
}
