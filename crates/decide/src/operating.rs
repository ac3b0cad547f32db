//! Operating hours: a line of their own, never part of the bill.
//!
//! What a platform asks of people differs more between teams than between platforms, and there is no list price
//! for it. The figures below are assumptions of ours, for a month in which nothing goes wrong: patching and
//! upgrades, add-ons and certificates, capacity and permissions, and looking after what self-run stores need. They
//! are meant to be argued with: declare `team` and compare with your own calendar.

use model::{Component, KubernetesSkill, OperatingCost};
use platforms::Family;

use crate::case::runs_code;
use crate::world::World;

/// Functions and serverless containers: permissions, limits, runtime upgrades.
const SERVERLESS_HOURS: f64 = 1.0;
/// One more function or service of that kind.
const SERVERLESS_HOURS_EACH: f64 = 0.25;
/// A cluster, by experience: three minor versions a year with their add-ons, node images, ingress, monitoring.
const CLUSTER_HOURS: [(KubernetesSkill, f64); 3] =
    [(KubernetesSkill::Expert, 8.0), (KubernetesSkill::Some, 16.0), (KubernetesSkill::None, 40.0)];
/// One more service on it.
const CLUSTER_HOURS_EACH: f64 = 0.5;
/// Plain servers: images, patches, restarts, deployments, backups.
const SERVER_HOURS: f64 = 4.0;
/// One more service on them.
const SERVER_HOURS_EACH: f64 = 1.0;
/// A managed store: versions, parameters, restore drills.
const MANAGED_STORE_HOURS: f64 = 0.5;
/// A store that the team runs itself: the same, and backups, failover and upgrades by hand.
const OWN_STORE_HOURS: f64 = 6.0;

/// Hours a month that a placement takes, and what they cost; `None` if no team is declared.
pub(crate) fn of(world: &World<'_>, name: &str, platforms: &[usize]) -> Option<OperatingCost> {
    let team = world.app.team.as_ref()?;
    let placed: Vec<(&Component, Family)> = world
        .app
        .components
        .iter()
        .zip(platforms)
        .map(|(component, &platform)| (component, world.platforms[platform].family()))
        .collect();
    let hours = hours(&placed, team.kubernetes);
    let skill = match team.kubernetes {
        KubernetesSkill::None => "no",
        KubernetesSkill::Some => "some",
        KubernetesSkill::Expert => "expert",
    };
    Some(OperatingCost {
        name: name.to_owned(),
        hours,
        cost_month: team.hourly.times_f64(hours),
        basis: format!(
            "assumed: {skill} Kubernetes experience, {} an hour; a quiet month, see CR074",
            team.hourly
        ),
    })
}

fn hours(placed: &[(&Component, Family)], skill: KubernetesSkill) -> f64 {
    let code =
        |family: Family| placed.iter().filter(|(c, f)| *f == family && runs_code(c)).count() as f64;
    let stores = |own: bool| {
        let of = |(c, f): &&(&Component, Family)| !runs_code(c) && (*f == Family::Managed) != own;
        placed.iter().filter(of).count() as f64
    };
    let base = |family: Family, hours: f64, each: f64| {
        let used = placed.iter().any(|(_, f)| *f == family);
        if used { hours + each * code(family) } else { 0.0 }
    };
    let cluster = CLUSTER_HOURS.iter().find(|(s, _)| *s == skill).map_or(0.0, |(_, hours)| *hours);
    base(Family::Serverless, SERVERLESS_HOURS, SERVERLESS_HOURS_EACH)
        + base(Family::Kubernetes, cluster, CLUSTER_HOURS_EACH)
        + base(Family::Servers, SERVER_HOURS, SERVER_HOURS_EACH)
        + MANAGED_STORE_HOURS * stores(false)
        + OWN_STORE_HOURS * stores(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::component;
    use model::Kind;

    #[test]
    fn a_cluster_costs_a_beginner_five_times_what_it_costs_an_expert() {
        let api = component("api");
        let placed = [(&api, Family::Kubernetes)];
        assert!((hours(&placed, KubernetesSkill::Expert) - 8.5).abs() < 1e-9);
        assert!((hours(&placed, KubernetesSkill::None) - 40.5).abs() < 1e-9);
    }

    #[test]
    fn a_store_of_ones_own_is_more_work_than_a_managed_one() {
        let (api, mut db) = (component("api"), component("db"));
        db.kind = Kind::Stateful;
        let skill = KubernetesSkill::Some;
        let managed = hours(&[(&api, Family::Servers), (&db, Family::Managed)], skill);
        let own = hours(&[(&api, Family::Servers), (&db, Family::Servers)], skill);
        assert!((managed - 5.5).abs() < 1e-9 && (own - 11.0).abs() < 1e-9, "{managed} {own}");
    }
}
