//! What everything on Managed Instances costs a month: machines by the hour, the fee for looking after them, requests
//! by the piece. No duration is billed. Interruptible machines are not used, and the free tier of functions is taken
//! to be for functions without machines.

use catalog::{Missing, PriceRow};
use model::{Architecture, Invoice, Network};

use super::plan::{self, Pool};
use super::{ID, SERVICE};
use crate::billing::{Lines, Use};
use crate::case::{Member, Site};
use crate::front_door::{self, Targets};
use model::Settings;

/// Machines of all members together, their requests, then what stands in front.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    if members.is_empty() {
        return Ok(lines.finish());
    }
    let pools = plan::plan(members, site)?;
    for pool in &pools {
        machines(&mut lines, pool)?;
    }
    for (architecture, dimension) in
        [(Architecture::X86, "requests"), (Architecture::Arm, "requests_arm")]
    {
        let same = |member: &&Member<'_>| match &member.configuration.settings {
            Settings::Instance(settings) => settings.architecture == architecture,
            _ => false,
        };
        let uses: Vec<Use> = members
            .iter()
            .filter(same)
            .map(|m| {
                Use::of(&m.component.id, "requests", m.evaluation.usage.flow().requests.into())
            })
            .collect();
        lines.tiered(SERVICE, dimension, 1, &uses)?;
    }
    if site.app.network.get() == Some(Network::Private) {
        let machine_ms = pools.iter().map(|pool| pool.machine_ms).sum();
        site.cloud().nat_lines(&mut lines, plan::hours(machine_ms))?;
    }
    front_door::bill(&mut lines, members, Targets::Functions)?;
    Ok(lines.finish())
}

/// Hours of one pool's machines and the fee on them. Nobody owns them: whoever comes next may share them.
fn machines(lines: &mut Lines<'_>, pool: &Pool<'_>) -> Result<(), Missing> {
    let site = lines.site();
    let name = &pool.instance.name;
    let hours = plan::hours(pool.machine_ms);
    lines.add(site.cloud().machines, name, plan::count(pool), None, hours)?;
    let fee = site.prices.price(SERVICE, site.app.region_name(), "managed_instances_fee")?;
    let percent = fee.price.money().dollars() * 100.0;
    let price = plan::fee_of(pool.instance, site)?;
    let row = PriceRow { unit: "hour".to_owned(), price, ..fee.clone() };
    let item = format!("managing {name}, {percent:.0} % of its on-demand price");
    lines.row(&row, item, None, hours);
    Ok(())
}
