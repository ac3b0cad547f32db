//! Containers of a pod besides its main one: those that run before it, and those that stay beside it.

use model::{Container, Held, Role};
use source::yaml::Node;
use source::{Finding, Span};
use units::{Bytes, Millicores};

use super::config::Config;
use super::object::at;
use super::{files, pod, quantity};
use crate::around;
use crate::container::{Part, environment};
use crate::defaults;

/// The container that is the application: the one of the workload's name, else the first.
pub(super) fn main<'n>(id: &str, spec: &'n Node) -> Option<&'n Node> {
    let containers = spec.get("containers").map(Node::items).unwrap_or_default();
    let named = containers.iter().find(|c| name_of(c) == Some(id));
    named.or_else(|| containers.first())
}

/// Reads every other container of a pod into its part, in the order in which they start.
pub(super) fn read(spec: &Node, part: &mut Part, config: &Config, findings: &mut Vec<Finding>) {
    let before = spec.get("initContainers").map(Node::items).unwrap_or_default();
    let containers = spec.get("containers").map(Node::items).unwrap_or_default();
    let Some(main) = main(&part.id, spec) else { return };
    part.mounts = files::mounts(main, spec, &part.id, config, findings);
    // Claims are the part's volumes.
    part.mounts.retain(|mount| mount.held != Held::Claim);
    for container in before {
        let always = container.get("restartPolicy").and_then(Node::text) == Some("Always");
        let role = if always { Role::NativeSidecar } else { Role::Init };
        one(container, role, spec, part, config, findings);
    }
    for container in containers.iter().filter(|container| !std::ptr::eq(*container, main)) {
        one(container, Role::Sidecar, spec, part, config, findings);
    }
    if let Some(first) = before.first() {
        around::told_of_start(part, first, findings);
    }
    if containers.len() > 1 {
        let why = if name_of(main) == Some(part.id.as_str()) {
            "has the name of the workload"
        } else {
            "stands first"
        };
        around::told_of_main(part, name_of(main), why, main, findings);
    }
}

fn name_of(container: &Node) -> Option<&str> {
    container.get("name").and_then(Node::text)
}

fn one(
    node: &Node,
    role: Role,
    spec: &Node,
    part: &mut Part,
    config: &Config,
    findings: &mut Vec<Finding>,
) {
    let name = around::name_of(part, name_of(node).map(str::to_owned));
    let label = format!("{} ({name})", part.id);
    let mut container = Container::new(&name, role, Some(node.span));
    container.image = node.get("image").and_then(Node::text).map(str::to_owned);
    container.command = pod::words(node, "command");
    container.args = pod::words(node, "args");
    container.ports = pod::ports(node, &label, findings);
    let sets = pod::environment(node, &label, config, findings);
    container.environment = environment::kept(&sets);
    part.environment_beside.extend(sets);
    let (cpu, memory) = sizes(node, &label, findings);
    container.cpu = cpu.map(|(cpu, span)| model::Fact::declared(cpu, span));
    container.memory = memory.map(|(memory, span)| model::Fact::declared(memory, span));
    if role.stays() {
        container.memory.get_or_insert_with(defaults::sidecar_memory);
        let mut asked = |key: &str| pod::probe(node.get(key)?, node, &label, findings);
        container.ready = asked("readinessProbe");
        container.alive = asked("livenessProbe");
        container.started = asked("startupProbe");
    } else {
        container.time = defaults::init_container();
    }
    container.privileged = pod::is_privileged(node).is_some();
    container.mounts = files::mounts(node, spec, &label, config, findings);
    part.containers.push(container);
}

/// A value that somebody says, with its place.
type Said<T> = Option<(T, Span)>;

/// CPU that a container asks for and memory that it may use; zero is none.
///
/// Requests count for CPU, which is shared; limits for memory, which is not. Each stands in for the other.
pub(super) fn sizes(
    container: &Node,
    label: &str,
    findings: &mut Vec<Finding>,
) -> (Said<Millicores>, Said<Bytes>) {
    let size = |section: &str, key: &str| {
        let node = at(container, &["resources", section, key])?;
        Some((node.text().unwrap_or(""), node.span))
    };
    let asked = size("requests", "cpu").or_else(|| size("limits", "cpu"));
    let cpu = asked.and_then(|found| pod::parsed(found, label, "CPU", quantity::cpu, findings));
    let allowed = size("limits", "memory").or_else(|| size("requests", "memory"));
    let memory =
        allowed.and_then(|found| pod::parsed(found, label, "memory", quantity::bytes, findings));
    (cpu.filter(|(cpu, _)| cpu.get() > 0), memory.filter(|(memory, _)| memory.get() > 0))
}
