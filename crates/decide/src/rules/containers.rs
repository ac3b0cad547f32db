//! # Further containers have no place
//!
//! ## What it checks
//! Whether an instance has containers besides the main one: sidecars, and those that run before it. Whether the platform runs
//! them. A container that the main one cannot work without (it shares files with it, or takes the requests that are meant for
//! it) excludes a platform that does not; another one is named, with what to do.
//!
//! ## Why it matters
//! A proxy that terminates TLS, an agent that fetches secrets, a step that copies files into a shared folder: dropped silently,
//! the program starts and does not work. A container that only watches or waits may go, if somebody decides so.
//!
//! ## Evidence
//! The pod's further containers as the definition has them, the folders that two of them see, and where services lead to.
//!
//! ## Source
//! A function is one container or one archive (Lambda, Azure Functions); a Worker is one script. Cloud Run runs sidecars, and
//! has no containers that end before the others ("Deploying multiple containers to a service (sidecars)", Cloud Run
//! documentation). Container Apps, tasks of ECS, pods and servers run both.

use model::Role;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Containers;

impl Rule for Containers {
    fn about(&self) -> About {
        About {
            id: RuleId("CR027"),
            title: "further containers have no place",
            hardness: Hardness::Hard,
            origin: &[],
            file: include_str!("containers.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let (main_alone, no_init) = (case.limits.one_container, case.limits.no_init_containers);
        let Some(why) = main_alone.or(no_init) else { return };
        let lost = |role: Role| main_alone.is_some() || role == Role::Init;
        if let Some((container, reason)) = case.component.bound(lost) {
            let text = format!("its container {} {reason}, and {why}", container.name);
            found.push(self.found(Effect::Excludes, text).at(container.span));
            return;
        }
        let lost = case.component.containers.iter().filter(|container| lost(container.role));
        let names: Vec<&str> = lost.map(|container| container.name.as_str()).collect();
        if !names.is_empty() && case.configuration.is_some() {
            let text = format!("{why}: nothing runs {}", names.join(", "));
            let hint = "do its work in the main container, in a job at each release, or do without";
            let span = case.component.containers.first().and_then(|container| container.span);
            found.push(self.found(Effect::Risk, text).at(span).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use model::{Container, Held, Mount};

    fn shared() -> Mount {
        Mount::new(Held::Scratch, "html", "/html")
    }

    #[test]
    fn what_the_main_container_needs_excludes_and_the_rest_is_told() {
        let mut bench = Bench::function();
        let mut container = Container::new("files", Role::Init, None);
        bench.component.containers = vec![container.clone()];
        assert_eq!(bench.effects(&Containers), []);
        bench.limits.one_container = Some("a function is one container");
        assert_eq!(bench.effects(&Containers), [Effect::Risk]);
        let shared = shared();
        container.mounts = vec![shared.clone()];
        bench.component.containers = vec![container];
        assert_eq!(bench.effects(&Containers), [Effect::Risk]);
        // What the main container sees alone binds nobody to it.
        let own = [(Held::Scratch, "tmp"), (Held::ConfigMap, "html"), (Held::Secret, "html")];
        let own = own.map(|(held, name)| Mount::new(held, name, "/x"));
        bench.component.mounts = own.to_vec();
        assert_eq!(bench.effects(&Containers), [Effect::Risk]);
        bench.component.mounts = vec![shared];
        assert_eq!(bench.effects(&Containers), [Effect::Excludes]);
    }

    #[test]
    fn sidecars_stay_where_only_init_containers_have_no_place() {
        let mut bench = Bench::function();
        bench.limits.no_init_containers = Some("there are none");
        bench.component.containers = vec![Container::new("proxy", Role::Sidecar, None)];
        assert_eq!(bench.effects(&Containers), []);
        bench.component.containers.push(Container::new("fill", Role::Init, None));
        assert_eq!(bench.effects(&Containers), [Effect::Risk]);
        // The proxy serves what the other one fills.
        let shared = shared();
        for container in &mut bench.component.containers {
            container.mounts = vec![shared.clone()];
        }
        assert_eq!(bench.effects(&Containers), [Effect::Excludes]);
    }
}
