//! What Google's compute flexible commitment would take off the machines of the chosen placement that run at all hours.
//!
//! The commitment is a sum of spending an hour, paid whether it is used or not, which takes a share off the on-demand price
//! of whatever machines of any region it covers (catalogue rows gcp-compute-engine/cud_flexible.…). Of each pool of
//! servers or nodes the fewest that are there at any time are counted, so that all of it is used by this load; machines
//! that come and go, and pods of Autopilot, could add to it. Machines that share a core are not covered.

use std::collections::BTreeSet;

use catalog::{Missing, Prices};
use model::MachinePool;
use platforms::billing::HOURS;
use source::Finding;
use units::{Money, Quantity};

use super::{Offer, WORTH_SAYING, note};
use crate::books::Books;
use crate::search::Found;

/// The provider.
const GOOGLE: &str = "gcp";
/// Its machines, as discounts name them.
const MACHINES: &str = "gcp/compute-engine";
/// The rows of their commitments.
const ROWS: &str = "gcp-compute-engine";
/// Terms in months with the row of the share that each takes off.
const TERMS: [(u32, &str); 2] =
    [(12, "cud_flexible.discount_1y"), (36, "cud_flexible.discount_3y")];
/// A type with a smaller share of its vCPUs shares a core.
const WHOLE_CORES: u32 = 1000;

/// A note for each term that saves something; `machines` are those of each component.
pub(super) fn notes(
    books: &Books<'_>,
    found: &Found,
    machines: &[Option<MachinePool>],
) -> Vec<Finding> {
    let app = &books.world.app;
    let is_cheaper = app.spot.get() == Some(true)
        || app.existing_cluster.is_some()
        || app.discounts.iter().any(|discount| discount.service == MACHINES);
    if is_cheaper {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut kept = Money::ZERO;
    for ((at, &option), pool) in found.options.iter().enumerate().zip(machines) {
        let (platform, Some(pool)) = (books.candidate((at as u16, option)).platform, pool) else {
            continue;
        };
        let is_google = books.world.platforms[platform].cloud().id == GOOGLE;
        if is_google && seen.insert((platform, pool.pool)) {
            let region = books.world.app_at(platform).region_name();
            kept += always_there(books.world.prices, region, pool).unwrap_or_default();
        }
    }
    let term = |&(months, row): &(u32, &str)| {
        let percent = books.world.prices.limit_number(ROWS, row).ok()?;
        let offer = offer(kept, percent).filter(|offer| offer.saving_month >= WORTH_SAYING)?;
        let hint = "for machines that run at all hours, at the catalogue's share; the placement is not chosen by it";
        Some(note(("compute flexible commitment", hint), months, &offer))
    };
    TERMS.iter().filter_map(term).collect()
}

/// What an hour of the machines costs that a pool never has fewer of.
fn always_there(prices: Prices<'_>, region: &str, pool: &MachinePool) -> Result<Money, Missing> {
    let machine = prices.instance(region, &pool.instance)?;
    if machine.baseline_per_mille < WHOLE_CORES {
        return Ok(Money::ZERO);
    }
    Ok(machine.list_hour.times(Quantity::whole(pool.min.into())))
}

/// What is paid for an hour of which `percent` is taken off; `None` if nothing runs all the time.
fn offer(kept: Money, percent: f64) -> Option<Offer> {
    let hourly = kept.times_f64(1.0 - percent / 100.0);
    (hourly < kept).then(|| Offer { hourly, saving_month: (kept - hourly).scaled(HOURS, 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_what_always_runs_is_saved_each_hour() {
        let found = offer(Money::from_cents(10), 28.0).unwrap();
        assert_eq!(found.hourly, Money::from_cents(10).scaled(72, 100));
        assert_eq!(found.saving_month.cents(), 28 * 730 / 10);
        assert_eq!(offer(Money::ZERO, 28.0), None);
    }
}
