//! What belongs to the account and to no platform: internet egress, logs, traffic between zones.
//!
//! Tiers and allowances of these count over everything that is placed, wherever it runs.

use catalog::Missing;
use model::Invoice;

use crate::billing::{GB, Lines, Use};
use crate::case::{Member, Site};
use crate::usage::Flow;

/// What the calls between two components carry in a month, where they stand in different regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The caller's id: on its way to the other region this is no traffic between zones.
    pub caller: String,
    /// Whose account pays for it as data out to the internet.
    pub payer: String,
    /// There and back.
    pub bytes: u128,
}

/// The account-wide bill of everything that is placed in one region.
pub fn bill(
    members: &[Member<'_>],
    crossings: &[Crossing],
    site: &Site<'_>,
) -> Result<Invoice, Missing> {
    let (assume, cloud) = (&site.app.assume, site.cloud());
    let mut lines = Lines::new(cloud.account_id, site);
    if let Some(((service, dimension), free)) = cloud.account.egress
        && assume.no_egress.is_none()
    {
        let mut out = uses(members, "data out to the internet", |flow| flow.bytes_out_internet);
        let paid = |c: &&Crossing| members.iter().any(|m| m.component.id == c.payer);
        let to_others = crossings.iter().filter(paid);
        out.extend(to_others.map(|c| Use::of(&c.payer, "data out to another region", c.bytes)));
        let free = lines.allowance(service, free, GB);
        lines.tiered(service, dimension, GB, &Lines::above(&out, free))?;
    }
    // With instances spread evenly over z zones, a call stays in its zone once in z times.
    let zones = u128::from(site.app.availability.zones.get().unwrap_or(1).max(1));
    if let Some(((service, dimension), directions)) = cloud.account.between_zones {
        let item =
            if directions == 2 { "data between zones, out and in" } else { "data between zones" };
        let leaves = |id: &str| -> u128 {
            crossings.iter().filter(|c| c.caller == id).map(|c| c.bytes).sum()
        };
        let between = members.iter().map(|member| {
            let id = &member.component.id;
            let here = member.evaluation.usage.flow().bytes_out_internal.saturating_sub(leaves(id));
            Use::of(id, item, here * u128::from(directions) * (zones - 1) / zones)
        });
        lines.tiered(service, dimension, GB, &between.collect::<Vec<_>>())?;
    }
    if let Some(((service, dimension), free)) = cloud.account.logs
        && assume.no_logs.is_none()
    {
        let logs = uses(members, "log ingestion", |flow| flow.log_bytes);
        let free = lines.allowance(service, free, GB);
        lines.tiered(service, dimension, GB, &Lines::above(&logs, free))?;
    }
    Ok(lines.finish())
}

fn uses(members: &[Member<'_>], item: &str, count: impl Fn(&Flow) -> u128) -> Vec<Use> {
    let one = |m: &Member<'_>| Use::of(&m.component.id, item, count(m.evaluation.usage.flow()));
    members.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use source::{SourceMap, Span};

    use super::*;
    use crate::billing_scene::{Scene, component, dollars, known};
    use crate::usage::{ManagedUsage, Usage};
    use model::{ManagedSettings, Settings};

    fn scene(flows: &[Flow]) -> Scene {
        let mut scene = Scene::new("2026-11-23");
        for (at, flow) in flows.iter().enumerate() {
            let settings = ManagedSettings {
                engine: model::Engine::Other,
                size: String::new(),
                storage: units::Bytes::ZERO,
                zones: 1,
            };
            let usage = ManagedUsage { flow: *flow, ..ManagedUsage::default() };
            let name = format!("c{at}");
            scene.place(component(&name), Settings::Managed(settings), Usage::Managed(usage));
        }
        scene
    }

    fn total(scene: &Scene) -> String {
        dollars(bill(&scene.members(), &[], &scene.site()).unwrap().total())
    }

    fn out(gib: u128) -> Flow {
        Flow { bytes_out_internet: gib * GB, ..Flow::default() }
    }

    #[test]
    fn egress_is_pooled_through_tiers_after_the_allowance() {
        let mut scene = scene(&[out(6 * 1024), out(6 * 1024)]);
        // 12 TB: ten at 0.09 and two at 0.085.
        assert_eq!(total(&scene), "1095.68");
        scene.free_tier();
        assert_eq!(total(&scene), "1087.18");
        scene.app.assume.no_egress = Some(Span::new(SourceMap::default().add("a", ""), 0, 0));
        assert_eq!(total(&scene), "0.00");
    }

    #[test]
    fn logs_are_pooled_and_five_gb_are_free_where_the_free_tier_is() {
        let logs = |gib: u128| Flow { log_bytes: gib * GB, ..Flow::default() };
        let mut scene = scene(&[logs(4), logs(6)]);
        assert_eq!(total(&scene), "5.00");
        scene.free_tier();
        assert_eq!(total(&scene), "2.50");
        scene.app.assume.no_logs = Some(Span::new(SourceMap::default().add("a", ""), 0, 0));
        assert_eq!(total(&scene), "0.00");
    }

    #[test]
    fn traffic_between_zones_grows_with_their_number_and_pays_both_ways() {
        let calls = Flow { bytes_out_internal: 600 * GB, ..Flow::default() };
        let mut scene = scene(&[calls]);
        assert_eq!(total(&scene), "0.00");
        scene.app.availability.zones = known(2);
        assert_eq!(total(&scene), "6.00");
        scene.app.availability.zones = known(3);
        assert_eq!(total(&scene), "8.00");
    }

    #[test]
    fn what_goes_to_another_region_is_egress_and_not_traffic_between_zones() {
        let calls = Flow { bytes_out_internal: 600 * GB, ..Flow::default() };
        let mut scene = scene(&[calls, Flow::default()]);
        scene.app.availability.zones = known(2);
        let crossing =
            |payer: &str| [Crossing { caller: "c0".into(), payer: payer.into(), bytes: 100 * GB }];
        let total = |crossings: &[Crossing]| {
            dollars(bill(&scene.members(), crossings, &scene.site()).unwrap().total())
        };
        assert_eq!(total(&[]), "6.00");
        // 500 GB between zones, 100 GB out at 0.09; the second only if the payer stands here.
        assert_eq!(total(&crossing("c1")), "14.00");
        assert_eq!(total(&crossing("elsewhere")), "5.00");
    }

    #[test]
    fn a_region_without_a_price_is_an_error() {
        let mut scene = scene(&[out(1)]);
        scene.region("aws/mars-1");
        let missing = bill(&scene.members(), &[], &scene.site()).unwrap_err();
        assert!(missing.to_string().contains("mars-1 internet_out"), "{missing}");
    }
}
