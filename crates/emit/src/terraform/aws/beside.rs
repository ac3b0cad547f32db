//! Further containers of a task: those that end before the main one starts, and those that stay beside it.

use model::{Check, Component, Mount, Role};

use crate::Part;
use crate::kubernetes::Ports;
use crate::terraform::beside::{self, Further, Scratch};
use crate::terraform::stack::Stack;
use crate::tree::{Node, list, map};

/// The definitions of all containers of a task, the main one first; `one` writes each.
pub(super) fn all(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    mut main: Node,
    mut one: impl FnMut(&mut Stack<'_, '_>, &Part<'_>, &Ports) -> Node,
) -> Vec<Node> {
    let component: &Component = part.component;
    let mut found = Vec::new();
    let mut awaited: Vec<Node> = Vec::new();
    let by_command = |check: &Check| matches!(check, Check::Command(_));
    let scratch = Scratch::of(part, false);
    for further in &Further::all(stack, part, by_command, "ECS asks by a command only") {
        let (container, own) = (further.container, further.part(part));
        let mut node = one(stack, &own, &Ports::of(&own));
        node.set("name", own.name.as_str());
        node.set("essential", Node::from(container.role.stays()).why(container.role.name()));
        if let Some(log) = main.get("logConfiguration") {
            node.set("logConfiguration", log.clone());
        }
        scratch.told(stack, part, further);
        let seen = points(&scratch, &container.mounts);
        if !seen.is_empty() {
            node.set("mountPoints", list(seen));
        }
        if !awaited.is_empty() {
            node.set("dependsOn", list(awaited.clone()));
        }
        if container.role != Role::Sidecar {
            let condition = if container.role == Role::Init { "SUCCESS" } else { "START" };
            let name = own.name.as_str();
            awaited.push(map([("containerName", name.into()), ("condition", condition.into())]));
        }
        found.push(node);
    }
    if !awaited.is_empty() {
        main.set("dependsOn", list(awaited).why("they start before it"));
    }
    let seen = points(&scratch, &component.mounts);
    if !seen.is_empty() {
        main.set("mountPoints", list(seen));
    }
    found.insert(0, main);
    found
}

/// The scratch space of a task's containers.
pub(super) fn volumes(part: &Part<'_>) -> Vec<Node> {
    let scratch = Scratch::of(part, false);
    scratch.names().map(|name| map([("name", name.into())])).collect()
}

fn points(scratch: &Scratch, mounts: &[Mount]) -> Vec<Node> {
    let point = |(name, mount): (&str, &Mount)| {
        map([
            ("sourceVolume", name.into()),
            ("containerPath", mount.path.as_str().into()),
            ("readOnly", mount.read_only.into()),
        ])
    };
    scratch.seen(mounts).into_iter().map(point).collect()
}

/// The name of the container of a task that listens on a port.
pub(super) fn listens(part: &Part<'_>, number: u16) -> String {
    beside::listens(part, number).map_or_else(|| part.name.clone(), |(_, name)| name)
}
