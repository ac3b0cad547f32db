//! Containers on ECS: a service and its task definition are one component.

use model::{Component, Fact, Place, Port, Probe};
use source::Finding;
use source::yaml::Node;
use units::{Bytes, Duration, Millicores};

use super::beside;
use super::evaluate::Scope;
use super::rights;
use super::template::{Resource, Template};
use crate::container::environment::{Set, Source};
use crate::container::{Part, RANGE_MAX, Start, command_check, other_transport, protocol};
use crate::findings::{NOT_USED, TOO_MANY};

/// Every task definition, with what its service says.
pub(super) fn read(
    template: &Template<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<(String, Component)> {
    let tasks = template.own().filter(|resource| resource.is_task());
    let read = |task: &Resource<'_>| {
        let part = part(task, template, findings);
        (task.id.to_owned(), part.component(findings))
    };
    tasks.map(read).collect()
}

fn part(task: &Resource<'_>, template: &Template<'_>, findings: &mut Vec<Finding>) -> Part {
    let scope = &template.scope;
    let mut part = Part::new(task.id, task.span);
    let whole = |key: &str| {
        let (text, span) = template.text(task, key)?;
        Some((text, span))
    };
    // `1024` are units of a CPU and MiB; `1 vCPU` and `2 GB` are the same.
    if let Some((text, span)) = whole("Cpu") {
        let units = text.trim().to_lowercase();
        let vcpu = match units.strip_suffix("vcpu") {
            Some(vcpu) => vcpu.trim().parse::<f64>().ok(),
            None => units.parse::<f64>().ok().map(|units| units / 1024.0),
        };
        let milli = vcpu
            .filter(|v| *v > 0.0 && *v <= 1024.0)
            .map(|v| Millicores::new((v * 1000.0).round() as u64));
        part.whole.0 = milli.map(|milli| Fact::declared(milli, span));
    }
    if let Some((text, span)) = whole("Memory") {
        let text = text.trim().to_lowercase();
        let mib = match text.strip_suffix("gb") {
            Some(gib) => gib.trim().parse::<f64>().ok().map(|gib| gib * 1024.0),
            None => text.parse::<f64>().ok(),
        };
        let bytes = mib.filter(|m| *m >= 1.0 && *m <= 1e9).map(|mib| Bytes::from_mib(mib as u64));
        part.whole.1 = bytes.map(|bytes| Fact::declared(bytes, span));
    }
    let service = service(task, template);
    let containers =
        template.property(task, "ContainerDefinitions").map(Node::items).unwrap_or_default();
    let found = beside::main(task, service, containers, template);
    if let Some((main, why)) = found {
        part.image = main.get("Image").and_then(|image| Some((scope.text(image)?, image.span)));
        (part.cpu, part.memory) = sizes(main, scope);
        part.command = (words(main, "EntryPoint", scope), words(main, "Command", scope));
        if let Some(check) = main.get("HealthCheck") {
            part.alive = probe(check, scope);
            part.start = start(check, scope);
        }
        let grace = main.get("StopTimeout").and_then(|node| scope.text(node));
        part.grace = grace.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        part.ports = ports(main, scope, &part.id, findings);
        part.environment = environment(main, scope, &part.id, findings);
        beside::read(task, service, (main, why), containers, template, &mut part, findings);
    }
    part.rights = rights::of(task, template);
    let Some(service) = service else { return part };
    part.replicas =
        template.text(service, "DesiredCount").and_then(|(text, _)| text.trim().parse().ok());
    if let Some(balancers) = template.property(service, "LoadBalancers") {
        part.public = Some(Fact::declared(true, balancers.span));
    }
    part
}

/// CPU and memory that one container says: what is kept for it, and what it may take.
pub(super) fn sizes(
    container: &Node,
    scope: &Scope<'_>,
) -> (Option<Fact<Millicores>>, Option<Fact<Bytes>>) {
    let number = |key: &str| {
        let node = container.get(key)?;
        let number: u64 = scope.text(node)?.trim().parse().ok()?;
        (1..=1_000_000_000).contains(&number).then_some((number, node.span))
    };
    let cpu = number("Cpu").map(|(units, span)| {
        // 1024 units are a CPU.
        Fact::declared(Millicores::new(units * 1000 / 1024), span)
    });
    let memory = number("Memory").or_else(|| number("MemoryReservation"));
    (cpu, memory.map(|(mib, span)| Fact::declared(Bytes::from_mib(mib), span)))
}

/// Ports by number and by range.
pub(super) fn ports(
    container: &Node,
    scope: &Scope<'_>,
    label: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Port> {
    let mut found = Vec::new();
    for mapping in container.get("PortMappings").map(Node::items).unwrap_or_default() {
        let text = |key: &str| mapping.get(key).and_then(|node| scope.text(node));
        let number = |text: &str| text.trim().parse::<u16>().ok();
        let range = text("ContainerPortRange").or_else(|| text("ContainerPort"));
        let Some((first, last)) = range.as_deref().and_then(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some((number(first)?, number(last)?))
        }) else {
            continue;
        };
        let (transport, held) = protocol(mapping.get("Protocol").and_then(Node::text));
        let other = text("Protocol").filter(|_| !held);
        findings.extend(other.map(|name| other_transport(label, &name, mapping.span)));
        if usize::from(last.saturating_sub(first)) >= RANGE_MAX {
            let message = format!("{label}: of a range, {RANGE_MAX} ports are kept");
            findings.push(mapping.mark(Finding::note(TOO_MANY, message)));
        }
        found.extend((first..=last).take(RANGE_MAX).map(|number| Port {
            number,
            protocol: transport,
            name: text("Name"),
            published: false,
            reached_at: Vec::new(),
            span: Some(mapping.span),
        }));
    }
    found
}

/// Variables, those in files and secrets.
pub(super) fn environment(
    container: &Node,
    scope: &Scope<'_>,
    label: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Set> {
    let mut found = Vec::new();
    for item in container.get("Environment").map(Node::items).unwrap_or_default() {
        let (Some(name), Some(value)) = (item.get("Name").and_then(Node::text), item.get("Value"))
        else {
            continue;
        };
        let source = match scope.exact(value) {
            Some(text) => Source::Text(text),
            None => Source::Elsewhere(Place::whole(name)),
        };
        found.push(Set { name: name.to_owned(), value: source, span: value.span });
    }
    if let Some(files) = container.get("EnvironmentFiles") {
        let message = format!("{label}: the variables of its files are not known here");
        findings.push(files.mark(Finding::note(NOT_USED, message)));
    }
    for item in container.get("Secrets").map(Node::items).unwrap_or_default() {
        if let Some(name) = item.get("Name").and_then(Node::text) {
            let value = Source::Secret(None);
            found.push(Set { name: name.to_owned(), value, span: item.span });
        }
    }
    found
}

/// The service that runs the task.
fn service<'t, 's>(task: &Resource<'t>, template: &'s Template<'t>) -> Option<&'s Resource<'t>> {
    let runs = |resource: &&Resource<'_>| {
        resource.kind == "AWS::ECS::Service"
            && resource
                .properties
                .and_then(|p| p.get("TaskDefinition"))
                .is_some_and(|node| template.scope.resources_in(node).contains(&task.id))
    };
    template.resources.values().find(runs)
}

pub(super) fn words(node: &Node, key: &str, scope: &Scope<'_>) -> Vec<String> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| scope.text(item)).collect()
}

/// ECS' own defaults: every thirty seconds, five for the answer, three failures.
pub(super) fn probe(check: &Node, scope: &Scope<'_>) -> Option<Probe> {
    let number = |key: &str| scope.text(check.get(key)?)?.trim().parse::<u32>().ok();
    let seconds =
        |key: &str, usual: u32| Duration::from_secs(u64::from(number(key).unwrap_or(usual)));
    Some(Probe {
        check: command_check(words(check, "Command", scope))?,
        delay: seconds("StartPeriod", 0),
        period: seconds("Interval", 30),
        timeout: seconds("Timeout", 5),
        failures: number("Retries").unwrap_or(3),
    })
}

fn start(check: &Node, scope: &Scope<'_>) -> Option<Start> {
    let node = check.get("StartPeriod")?;
    let time = Duration::from_secs(scope.text(node)?.trim().parse().ok()?);
    Some((time, node.span, "its health check gives it"))
}
