//! Further containers of a part: each as a part of its own, their sizes out of the plan's, the scratch space that they share.

use model::{Blueprint, Check, Component, Container, Fact, Held, Kind, MAIN_PART, Mount, Probe};
use source::Finding;
use units::{Bytes, Millicores};

use super::stack::Stack;
use crate::Part;
use crate::findings::{LEFT_OUT, TO_DO};
use crate::kubernetes::Ports;
use crate::names::{Names, label};

/// A further container of a part.
#[derive(Debug)]
pub(super) struct Further<'c> {
    pub container: &'c Container,
    /// Its name among the containers of the part: `proxy`.
    pub short: String,
    /// The name of its blocks and variables: `page--proxy`. No part's own name has two dashes.
    pub name: String,
    /// The part's component with what is the container's own in place of the main one's.
    component: Component,
}

impl<'c> Further<'c> {
    /// As a part, so that what writes the main container writes this one as well.
    pub(super) fn part<'s>(&'s self, of: &Part<'s>) -> Part<'s> {
        let name = self.name.clone();
        Part { component: &self.component, placement: of.placement, name, target: of.target }
    }

    /// Those of a part, in their order. Of checks, those are kept that the platform asks (`asks`); the others are told with
    /// how it does (`how`).
    pub(super) fn all(
        stack: &mut Stack<'_, '_>,
        part: &Part<'c>,
        asks: fn(&Check) -> bool,
        how: &str,
    ) -> Vec<Self> {
        for container in part.component.containers.iter().filter(|one| one.privileged) {
            let what = format!("privileged mode of its container {}", container.name);
            stack.left_out(part, &what);
        }
        let one = |(container, short, name): (&'c Container, String, String)| {
            let mut asked = |probe: &Option<Probe>| {
                let probe = probe.as_ref().filter(|_| container.role.stays())?;
                if !asks(&probe.check) {
                    let what = format!("a check of its container {}: {how}", container.name);
                    stack.left_out(part, &what);
                    return None;
                }
                Some(probe.clone())
            };
            let blueprint = Blueprint {
                image: container.image.clone(),
                command: container.command.clone(),
                args: container.args.clone(),
                environment: container.environment.clone(),
                ports: container.ports.clone(),
                started: asked(&container.started),
                ready: asked(&container.ready),
                alive: asked(&container.alive),
                ..Blueprint::default()
            };
            let component = Component {
                // Nobody says that it listens where it has no port.
                kind: Kind::Worker,
                public: Fact::Unknown,
                engine: None,
                containers: Vec::new(),
                mounts: Vec::new(),
                blueprint: Some(Box::new(blueprint)),
                ..part.component.clone()
            };
            Self { container, short, name, component }
        };
        named(part).into_iter().map(one).collect()
    }
}

/// The further containers of a part with their names in it and outside of it.
fn named<'c>(part: &Part<'c>) -> Vec<(&'c Container, String, String)> {
    let (mut short, mut long) = (Names::default(), Names::default());
    short.give(&part.name);
    let one = |container: &'c Container| {
        let own = format!("{}--{}", part.name, long.give(&label(&container.name)));
        (container, short.give(&container.name), own)
    };
    part.component.containers.iter().map(one).collect()
}

/// The name in and outside of a part of the further container that listens on a port; `None` where the main one does.
pub(super) fn listens(part: &Part<'_>, number: u16) -> Option<(String, String)> {
    if Ports::of(part).all.iter().any(|port| port.number == number) {
        return None;
    }
    let serves =
        |container: &Container| container.served().any(|port: &model::Port| port.number == number);
    let found = named(part).into_iter().find(|(container, ..)| serves(container));
    found.map(|(_, short, long)| (short, long))
}

/// What each further container gets that stays, where each has its own; what is only assumed is told. `cpu` where CPU is cut
/// as memory is.
pub(super) fn sizes(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    cpu: bool,
) -> Vec<(Millicores, Bytes)> {
    let stay = part.component.containers.iter().filter(|container| container.role.stays());
    let mut found = Vec::new();
    for container in stay {
        let (milli, memory) = container.own_size();
        let known_cpu = !cpu || container.cpu.as_ref().is_some_and(Fact::is_known);
        if !known_cpu || !container.memory.as_ref().is_some_and(Fact::is_known) {
            let processor =
                if cpu { format!("{}m of CPU and ", milli.get()) } else { String::new() };
            let message = format!(
                "{}: its container {} gets {processor}{memory} of what is planned: nobody says how much it needs",
                part.component.id, container.name
            );
            let hint = "assumed: as much as Istio gives its proxy; write its `cpu` and `memory` and plan again";
            let finding = Finding::note(TO_DO, message).hint(hint);
            let span = container.span.or(part.component.span);
            stack.out.findings.push(stack.plan.at(finding, span));
        }
        found.push((milli, memory));
    }
    found
}

/// Why a further container gets so much.
pub(super) fn why<T>(stack: &Stack<'_, '_>, fact: Option<&Fact<T>>) -> String {
    let assumed = || "assumed: as much as Istio gives its proxy".to_owned();
    fact.map_or_else(assumed, |fact| stack.why.fact(fact))
}

/// Cuts a whole: what the main container gets and what the others get, in any unit. Others get what they ask for as long as
/// the main one keeps its part, else they share the rest in proportion.
pub(super) fn shares(whole: u64, asked: &[u64]) -> (u64, Vec<u64>) {
    let sum = asked.iter().fold(0_u64, |sum, one| sum.saturating_add(*one));
    let room = whole - whole.div_ceil(MAIN_PART);
    let others: Vec<u64> = if sum <= room {
        asked.to_vec()
    } else {
        let part = |asked: &u64| u128::from(*asked) * u128::from(room) / u128::from(sum.max(1));
        asked.iter().map(|asked| u64::try_from(part(asked)).unwrap_or(room).max(1)).collect()
    };
    (others.iter().fold(whole, |rest, one| rest.saturating_sub(*one)), others)
}

/// Says that further containers get less than they ask for.
pub(super) fn told_of_room(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let message = format!(
        "{}: its further containers ask for more than what is planned has room for: they get less",
        part.component.id
    );
    let hint = "declare `memory` and `cpu_request` of all its containers together and plan again";
    stack.tell(part, Finding::warning(TO_DO, message).hint(hint));
}

/// The scratch space of an instance by its names as written, with names that every platform takes.
#[derive(Debug)]
pub(super) struct Scratch {
    names: Vec<(String, String)>,
    parts: bool,
    /// Disks of the part that they see besides.
    claims: Vec<String>,
}

impl Scratch {
    /// Of a part; `parts` where a container may see one folder of it only.
    pub(super) fn of(part: &Part<'_>, parts: bool) -> Self {
        let mut found = Self { names: Vec::new(), parts, claims: Vec::new() };
        let mut given = Names::default();
        let component = part.component;
        let further = component.containers.iter().flat_map(|container| &container.mounts);
        for mount in component.mounts.iter().chain(further) {
            let known = found.names.iter().any(|(name, _)| *name == mount.name);
            if found.has(mount) && !known {
                found.names.push((mount.name.clone(), given.give(&mount.name)));
            }
        }
        found
    }

    /// The same beside disks of these names, which the platform shows them as well.
    pub(super) fn with_claims(self, claims: Vec<String>) -> Self {
        Self { claims, ..self }
    }

    /// Whether a mount can be made.
    fn has(&self, mount: &Mount) -> bool {
        mount.held == Held::Scratch && self.can_be(mount)
    }

    /// Whether the place and the part of it are ones that a platform takes.
    pub(super) fn can_be(&self, mount: &Mount) -> bool {
        let inside = |part: &String| {
            self.parts && !part.starts_with('/') && part.split('/').all(|step| step != "..")
        };
        mount.part.as_ref().is_none_or(inside)
            && mount.path.starts_with('/')
            && !mount.path.contains([':', '\0'])
    }

    /// The names that were given.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(_, given)| given.as_str())
    }

    /// The mounts that can be made, with the name of what they show.
    pub(super) fn seen<'m>(&self, mounts: &'m [Mount]) -> Vec<(&str, &'m Mount)> {
        let one = |mount: &'m Mount| {
            let found = self.names.iter().find(|(name, _)| *name == mount.name);
            found.filter(|_| self.has(mount)).map(|(_, given)| (given.as_str(), mount))
        };
        mounts.iter().filter_map(one).collect()
    }

    /// Says that what was only read may be written here.
    pub(super) fn told_of_reading(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) {
        let further = part.component.containers.iter().flat_map(|container| &container.mounts);
        let mut all = part.component.mounts.iter().chain(further);
        if all.any(|mount| mount.read_only && self.has(mount)) {
            let what = "that a container only reads what they share: all may write here";
            stack.left_out(part, what);
        }
    }

    /// Says what a further container saw and does not see here.
    pub(super) fn told(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, further: &Further<'_>) {
        let container = further.container;
        let claim = |mount: &Mount| {
            mount.held == Held::Claim && self.claims.contains(&mount.name) && self.can_be(mount)
        };
        for mount in container.mounts.iter().filter(|mount| !self.has(mount) && !claim(mount)) {
            let what = match mount.held {
                Held::Claim => "nothing there keeps it",
                _ => "put it into the image",
            };
            let message = format!(
                "{}: {} {} that its container {} sees: {what}",
                part.component.id,
                mount.held.name(),
                mount.name,
                container.name
            );
            let span = container.span.or(part.component.span);
            let finding = stack.plan.at(Finding::warning(LEFT_OUT, message), span);
            stack.out.findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn a_whole_is_cut_without_rest() {
        assert_eq!(shares(100, &[]), (100, vec![]));
        assert_eq!(shares(25, &[10, 5]), (10, vec![10, 5]));
        // The main one keeps a quarter: 7 of 25.
        assert_eq!(shares(25, &[10, 8]), (7, vec![10, 8]));
        assert_eq!(shares(25, &[40, 20]), (7, vec![12, 6]));
        assert_eq!(shares(25, &[1000, 1]), (7, vec![17, 1]));
        assert_eq!(shares(u64::MAX, &[u64::MAX / 2]).1, vec![u64::MAX / 2]);
    }
}
