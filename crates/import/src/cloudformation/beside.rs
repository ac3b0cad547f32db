//! Containers of a task besides its main one: those that it waits for, and those that stay beside it.

use model::{Container, Held, Kind, Mount, Role};
use source::Finding;
use source::yaml::Node;

use super::containers;
use super::evaluate::Scope;
use super::template::{Resource, Template};
use crate::around;
use crate::container::{Part, backing, environment};
use crate::defaults;
use crate::findings::NOT_USED;
use crate::names::quoted;

/// The container that is the application, and why: of those without which the task ends, the one that the load balancer
/// sends requests to, else the first. Web servers and proxies before another container are not it, nor are the task's own
/// proxy and its router of logs.
pub(super) fn main<'n>(
    task: &Resource<'_>,
    service: Option<&Resource<'_>>,
    containers: &'n [Node],
    template: &Template<'_>,
) -> Option<(&'n Node, &'static str)> {
    let scope = &template.scope;
    let proxy = template.property(task, "ProxyConfiguration");
    let proxy = proxy.and_then(|proxy| scope.text_of(proxy, "ContainerName"));
    let essential = |container: &&Node| {
        scope.text_of(container, "Essential").is_none_or(|essential| essential != "false")
            && container.get("FirelensConfiguration").is_none()
            && (proxy.is_none() || scope.text_of(container, "Name") != proxy)
    };
    let works = |container: &&Node| {
        let image = scope.text_of(container, "Image");
        let known = image.and_then(|image| backing::known(&image));
        essential(container) && known.is_none_or(|known| known.kind != Kind::Http)
    };
    let (is_served, all) = (served(service, template), containers.iter());
    let called_so = |c: &&Node| {
        scope.text_of(c, "Name").is_some_and(|n| is_served.iter().any(|(s, _)| *s == n))
    };
    let found = all.clone().find(|c| works(c) && called_so(c));
    let found = found.map(|main| (main, "takes the load balancer's requests"));
    let works = || Some((all.clone().find(works)?, "is the first essential one that is no proxy"));
    let essential = || Some((all.clone().find(essential)?, "is the first essential one"));
    found.or_else(works).or_else(essential).or_else(|| Some((containers.first()?, "stands first")))
}

/// The containers with their ports to which the load balancers of a service lead.
fn served(service: Option<&Resource<'_>>, template: &Template<'_>) -> Vec<(String, Option<u16>)> {
    let balancers = service.and_then(|service| template.property(service, "LoadBalancers"));
    let one = |balancer: &Node| {
        let name = template.scope.text_of(balancer, "ContainerName")?;
        let port = template.scope.text_of(balancer, "ContainerPort");
        Some((name, port.and_then(|port| port.trim().parse().ok())))
    };
    balancers.map(Node::items).unwrap_or_default().iter().filter_map(one).collect()
}

/// Reads every other container of a task into its part, in the order in which they start.
pub(super) fn read(
    task: &Resource<'_>,
    service: Option<&Resource<'_>>,
    (main, why): (&Node, &str),
    containers: &[Node],
    template: &Template<'_>,
    part: &mut Part,
    findings: &mut Vec<Finding>,
) {
    let scope = &template.scope;
    let volumes = template.property(task, "Volumes").map(Node::items).unwrap_or_default();
    let led = served(service, template);
    let others: Vec<&Node> = containers.iter().filter(|c| !std::ptr::eq(*c, main)).collect();
    let ordered = in_order(main, &others, scope);
    for &(role, node) in &ordered {
        one(node, role, volumes, scope, part, findings);
        // Whom the balancer sends requests to serves them for the whole.
        let Some(container) = part.containers.last_mut() else { continue };
        let name = scope.text_of(node, "Name");
        for (_, led_to) in led.iter().filter(|(led, _)| Some(led) == name.as_ref()) {
            for port in &mut container.ports {
                port.published |= led_to.is_none_or(|number| number == port.number);
            }
        }
    }
    part.mounts = mounts(main, volumes, scope, &part.id, findings);
    if others.is_empty() {
        return;
    }
    if let Some((_, first)) = ordered.iter().find(|(role, _)| *role == Role::Init) {
        around::told_of_start(part, first, findings);
    }
    around::told_of_main(part, scope.text_of(main, "Name").as_deref(), why, main, findings);
}

/// Whom a container waits for, and whether it waits for his end.
fn waits_for(container: &Node, scope: &Scope<'_>) -> Vec<(String, bool)> {
    let items = container.get("DependsOn").map(Node::items).unwrap_or_default();
    let one = |item: &Node| {
        let condition = scope.text_of(item, "Condition");
        let ends = matches!(condition.as_deref(), Some("SUCCESS" | "COMPLETE"));
        Some((scope.text_of(item, "ContainerName")?, ends))
    };
    items.iter().filter_map(one).collect()
}

/// The further containers with their roles: whom the main one waits for, at once or by another, starts before it, each behind
/// those that it waits for itself; the rest stand as they are written.
fn in_order<'n>(main: &Node, others: &[&'n Node], scope: &Scope<'_>) -> Vec<(Role, &'n Node)> {
    let mut found: Vec<(Role, &Node)> = Vec::new();
    let find =
        |name: &str| others.iter().find(|c| scope.text_of(c, "Name").as_deref() == Some(name));
    // Whoever is met again moves to the front: he is waited for from further away. Waiting in a circle ends by the count.
    let mut open = waits_for(main, scope);
    let mut steps = others.len() * others.len();
    while let Some((name, ends)) = open.pop() {
        let Some(node) = find(&name).copied().filter(|_| steps > 0) else { continue };
        steps -= 1;
        let known = found.iter().position(|(_, known)| std::ptr::eq(*known, node));
        let ended = known.is_some_and(|at| found.remove(at).0 == Role::Init);
        let role = if ends || ended { Role::Init } else { Role::NativeSidecar };
        found.insert(0, (role, node));
        open.extend(waits_for(node, scope));
    }
    let rest = others.iter().filter(|c| !found.iter().any(|(_, known)| std::ptr::eq(*known, **c)));
    let rest: Vec<(Role, &Node)> = rest.map(|container| (Role::Sidecar, *container)).collect();
    found.into_iter().chain(rest).collect()
}

fn one(
    node: &Node,
    role: Role,
    volumes: &[Node],
    scope: &Scope<'_>,
    part: &mut Part,
    findings: &mut Vec<Finding>,
) {
    let own = scope.text_of(node, "Name").map(|name| name.to_lowercase().replace('_', "-"));
    let name = around::name_of(part, own);
    let label = format!("{} ({name})", part.id);
    let mut container = Container::new(&name, role, Some(node.span));
    container.image = scope.text_of(node, "Image");
    container.command = containers::words(node, "EntryPoint", scope);
    container.args = containers::words(node, "Command", scope);
    container.ports = containers::ports(node, scope, &label, findings);
    let sets = containers::environment(node, scope, &label, findings);
    container.environment = environment::kept(&sets);
    part.environment_beside.extend(sets);
    (container.cpu, container.memory) = containers::sizes(node, scope);
    if role.stays() {
        container.alive = node.get("HealthCheck").and_then(|check| containers::probe(check, scope));
        // What the task has as a whole is shared out among those of whom nobody says it.
        if part.whole.1.is_none() {
            container.memory.get_or_insert_with(defaults::sidecar_memory);
        }
    } else {
        container.time = defaults::init_container();
    }
    container.privileged = scope.text_of(node, "Privileged").as_deref() == Some("true");
    container.mounts = mounts(node, volumes, scope, &label, findings);
    part.containers.push(container);
}

/// What a container sees of the task's volumes: those without a word about what stands behind them are scratch space.
fn mounts(
    container: &Node,
    volumes: &[Node],
    scope: &Scope<'_>,
    label: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Mount> {
    let mut found = Vec::new();
    let points = container.get("MountPoints").map(Node::items).unwrap_or_default();
    for point in points {
        let (Some(name), Some(path)) =
            (scope.text_of(point, "SourceVolume"), scope.text_of(point, "ContainerPath"))
        else {
            continue;
        };
        let volume = volumes.iter().find(|v| scope.text_of(v, "Name").as_ref() == Some(&name));
        let backed = |volume: &Node| {
            let host = volume.get("Host").is_some_and(|host| host.get("SourcePath").is_some());
            let kinds = ["EFSVolumeConfiguration", "FSxWindowsFileServerVolumeConfiguration"];
            host || kinds.iter().any(|key| volume.get(key).is_some())
        };
        if volume.is_none_or(backed) {
            let message = format!("{label}: what it sees at {} is not kept", quoted(&path));
            findings.push(point.mark(Finding::note(NOT_USED, message)));
            continue;
        }
        let read_only = scope.text_of(point, "ReadOnly").as_deref() == Some("true");
        found.push(Mount { read_only, ..Mount::new(Held::Scratch, name, path) });
    }
    if let Some(from) = container.get("VolumesFrom") {
        let message = format!("{label}: what it sees of another container's disks is not kept");
        findings.push(from.mark(Finding::note(NOT_USED, message)));
    }
    found
}
