//! Further containers of a task: those that end before the main one starts, and those that stay beside it.

use model::{Blueprint, Check, Component, Container, Held, Kind, Mount, Probe, Role};

use crate::Part;
use crate::kubernetes::Ports;
use crate::names;
use crate::terraform::stack::Stack;
use crate::tree::{Node, list, map};

/// A further container as a component of its own, so that what writes the main one writes it as well.
fn as_component(component: &Component, container: &Container) -> Component {
    let asked = |probe: &Option<Probe>| {
        probe.clone().filter(|probe| matches!(probe.check, Check::Command(_)))
    };
    let blueprint = Blueprint {
        image: container.image.clone(),
        command: container.command.clone(),
        args: container.args.clone(),
        environment: container.environment.clone(),
        ports: container.ports.clone(),
        ready: asked(&container.ready),
        alive: asked(&container.alive),
        ..Blueprint::default()
    };
    // Nobody says that it listens where it has no port.
    let kind = Kind::Worker;
    let blueprint = Some(Box::new(blueprint));
    Component {
        kind,
        engine: None,
        containers: Vec::new(),
        mounts: Vec::new(),
        blueprint,
        ..component.clone()
    }
}

/// The definitions of all containers of a task, the main one first; `one` writes each.
pub(super) fn all(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    mut main: Node,
    mut one: impl FnMut(&mut Stack<'_, '_>, &Part<'_>, &Ports) -> Node,
) -> Vec<Node> {
    let component = part.component;
    let mut found = Vec::new();
    let mut awaited: Vec<Node> = Vec::new();
    for container in &component.containers {
        let own = as_component(component, container);
        let label = names::label(&container.name);
        let name = format!("{}--{label}", part.name);
        let further =
            Part { component: &own, placement: part.placement, name, target: part.target };
        let ports = Ports::of(&further);
        let mut node = one(stack, &further, &ports);
        node.set("name", further.name.as_str());
        node.set("essential", Node::from(container.role.stays()).why(container.role.name()));
        if let Some(log) = main.get("logConfiguration") {
            node.set("logConfiguration", log.clone());
        }
        let seen = seen(stack, part, container, &container.mounts);
        if !seen.is_empty() {
            node.set("mountPoints", list(seen));
        }
        if !awaited.is_empty() {
            node.set("dependsOn", list(awaited.clone()));
        }
        if container.role != Role::Sidecar {
            let condition = if container.role == Role::Init { "SUCCESS" } else { "START" };
            let name = further.name.as_str();
            awaited.push(map([("containerName", name.into()), ("condition", condition.into())]));
        }
        found.push(node);
    }
    if !awaited.is_empty() {
        main.set("dependsOn", list(awaited).why("they start before it"));
    }
    let seen: Vec<Node> = component.mounts.iter().filter(|m| is_kept(m)).map(point).collect();
    if !seen.is_empty() {
        main.set("mountPoints", list(seen));
    }
    found.insert(0, main);
    found
}

/// The volumes that the containers of a task share.
pub(super) fn volumes(part: &Part<'_>) -> Vec<Node> {
    let component = part.component;
    let all = component.containers.iter().flat_map(|container| &container.mounts);
    let kept = all.chain(&component.mounts).filter(|mount| is_kept(mount));
    let mut names: Vec<&str> = kept.map(|mount| mount.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| map([("name", name.into())])).collect()
}

/// Whether a task has it: scratch space that is seen as a whole, of a name that a volume of a task may have.
fn is_kept(mount: &Mount) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    mount.held == Held::Scratch
        && mount.part.is_none()
        && (1..=255).contains(&mount.name.len())
        && mount.name.chars().all(inside)
}

fn point(mount: &Mount) -> Node {
    map([
        ("sourceVolume", mount.name.as_str().into()),
        ("containerPath", mount.path.as_str().into()),
        ("readOnly", mount.read_only.into()),
    ])
}

/// What a container sees of a task's volumes; the rest is told.
fn seen(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    container: &Container,
    mounts: &[Mount],
) -> Vec<Node> {
    for mount in mounts.iter().filter(|mount| !is_kept(mount)) {
        let what = format!(
            "{} {} that its container {} sees: put it into the image",
            mount.held.name(),
            mount.name,
            container.name
        );
        stack.left_out(part, &what);
    }
    mounts.iter().filter(|mount| is_kept(mount)).map(point).collect()
}

/// The name of the container of a task that listens on a port.
pub(super) fn listens(part: &Part<'_>, number: u16) -> String {
    if Ports::of(part).all.iter().any(|port| port.number == number) {
        return part.name.clone();
    }
    let mut all = part.component.containers.iter();
    let holder = all.find(|container| container.served().any(|port| port.number == number));
    let further =
        |container: &Container| format!("{}--{}", part.name, names::label(&container.name));
    holder.map_or_else(|| part.name.clone(), further)
}
