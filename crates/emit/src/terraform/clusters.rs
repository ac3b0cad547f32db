//! What every provider's cluster is asked: the plan's nodes by type and number.

use std::collections::BTreeMap;

use model::{MachinePool, Network};

use super::stack::{Stack, id};
use crate::Part;
use crate::tree::Node;

/// The pools of the plan, each with one of its parts.
pub(super) fn pools<'p, 'a>(
    stack: &mut Stack<'_, '_>,
    parts: &[&'p Part<'a>],
    place: &str,
) -> BTreeMap<u32, (&'p MachinePool, &'p Part<'a>)> {
    let mut pools: BTreeMap<u32, (&'p MachinePool, &'p Part<'a>)> = BTreeMap::new();
    for part in parts {
        let part: &'p Part<'a> = part;
        if let Some(machines) = &part.placement.machines {
            pools.entry(machines.pool).or_insert((machines, part));
        }
    }
    if let (true, Some(part)) = (pools.is_empty(), parts.first()) {
        stack.told(part, &format!("no nodes are planned: {place}"));
    }
    pools
}

/// Nodes at the least and at the most.
pub(super) fn bounds(pool: &MachinePool) -> (u32, u32) {
    let least = pool.min.max(1);
    (least, pool.max.max(least))
}

/// Zones of the application, and why.
pub(super) fn zones(stack: &Stack<'_, '_>) -> (u8, String) {
    let zones = &stack.plan.app.availability.zones;
    let wanted = zones.get().unwrap_or(1).max(1);
    (wanted, format!("zones: {wanted} ({})", stack.why.fact(zones)))
}

/// Whether nodes have private addresses only.
pub(super) fn is_private(stack: &Stack<'_, '_>) -> bool {
    stack.plan.app.network.get() == Some(Network::Private)
}

/// Whether nodes may be taken away.
pub(super) fn spot(stack: &Stack<'_, '_>) -> (bool, String) {
    let spot = &stack.plan.app.spot;
    (spot.get() == Some(true), format!("spot: {}", stack.why.fact(spot)))
}

/// The namespace that the manifests put the parts into.
pub(super) fn namespace(stack: &mut Stack<'_, '_>) -> Node {
    let namespace = crate::kubernetes::namespace(stack.plan);
    let default = Node::from(namespace).why("the first of the manifests' environments");
    let about = "namespace in which the parts run";
    stack.shared("kubernetes_namespace", "string", about, Some(default))
}

/// The parts of one kind of cluster that `begin` lets stand here.
pub(super) fn of<'p, 'a>(
    stack: &mut Stack<'_, '_>,
    parts: &[&'p Part<'a>],
    platform: &str,
    begin: fn(&mut Stack<'_, '_>, &Part<'_>) -> bool,
) -> Vec<&'p Part<'a>> {
    let own = |part: &&&'p Part<'a>| part.placement.platform.0 == platform;
    let own: Vec<&'p Part<'a>> = parts.iter().filter(own).copied().collect();
    let mut here: Vec<&'p Part<'a>> = own.into_iter().filter(|p| begin(stack, p)).collect();
    here.sort_by_key(|part| id(part));
    here
}
