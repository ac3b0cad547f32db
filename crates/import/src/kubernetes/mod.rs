//! Kubernetes manifests: files, folders, and what `helm template` or `kustomize build` print.
//!
//! Workloads become components; services, routes and configuration tell who calls whom and whom clients reach;
//! autoscalers and claims belong to the workloads that they name. Everything else is counted in one note.

mod beside;
mod config;
mod files;
mod job;
mod network;
mod object;
mod pod;
mod quantity;
mod scaling;
#[cfg(test)]
mod tests;
mod trees;
mod variants;
mod workload;

use std::collections::{BTreeMap, BTreeSet};

use model::{App, Fact, Kind, Need, Port, Protocol};
use source::{FileId, Finding, Severity, Span};

pub use self::object::{Object, objects};
use crate::container::{self, Part, aside, calls};
use crate::findings::{NOT_ONE_APP, NOT_USED};
use crate::project::{self, Project};
use crate::{Confidence, Gathers, Importer, assumed, defaults};

/// Kubernetes.
#[derive(Debug)]
pub struct Kubernetes;

const FILES: &[&str] = &["deployment.yaml", "kustomization.yaml"];

impl Importer for Kubernetes {
    fn name(&self) -> &'static str {
        "Kubernetes"
    }

    fn looks_for(&self) -> &'static [&'static str] {
        FILES
    }

    fn detects(&self, _path: &str, text: &str) -> Confidence {
        let has = |key: &str| {
            text.lines().any(|line| {
                let line = line.strip_prefix("- ").unwrap_or(line);
                let line = line.trim_start_matches([' ', '{', '"']);
                line.strip_prefix(key)
                    .is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(':'))
            })
        };
        if has("apiVersion") && has("kind") { Confidence::Content } else { Confidence::No }
    }

    fn gathers(&self) -> Gathers {
        Gathers::Tree
    }

    fn read(&self, project: &Project<'_>, files: &[FileId]) -> (App, Vec<Finding>) {
        let (objects, mut findings) = variants::chosen(project, files);
        let mut app = defaults::app(&name(project, files));
        let workloads = workload::all(&objects, &mut findings);
        let network = network::read(&objects, &workloads);
        let config = config::Config::of(&objects, project.sources);
        let (mut parts, mut after): (Vec<Part>, Vec<_>) = (Vec::new(), Vec::new());
        for workload in &workloads {
            let mut part = workload::part(workload, &config, &mut findings);
            workload::claimed(&mut part, &objects);
            part.autoscaler = scaling::read(workload, &objects, &mut findings);
            reach(&mut part, workload.object, &network);
            let mut component = part.component(&mut findings);
            scaling::concurrency(&mut component, workload);
            if let (Some(blueprint), Some(leads)) =
                (component.blueprint.as_mut(), network.leads.get(&part.id))
            {
                let public = network.public.contains_key(&part.id);
                let own =
                    network::reached_beside(&mut component.containers, &blueprint.ports, leads);
                network::reached_at(&mut blueprint.ports, &own, public);
                let udp = blueprint.ports.iter().find(|port| port.protocol == Protocol::Udp);
                if let Some(port) = udp.filter(|_| component.kind != Kind::Stateful) {
                    component.needs.insert(Need::Udp, port.span);
                }
            }
            app.components.push(component);
            for (word, span) in workload.pod.map(pod::waits).unwrap_or_default() {
                let awaited = calls::reached(&word, &network.names).map(str::to_owned);
                after.extend(awaited.map(|to| (part.id.clone(), to, span)));
            }
            parts.push(part);
        }
        app.components.sort_by(|a, b| a.id.cmp(&b.id));
        app.edges = calls::edges(&parts, &app.components, &network.names, &after, &network.let_in);
        let mut order: Vec<(String, String)> =
            after.into_iter().map(|(from, to, _)| (from, to)).collect();
        order.extend(job::awaited(&workloads, &network.names));
        container::keep_order(&mut app, &order);
        aside::set_aside(&mut app, &parts, &mut findings);
        assumed::settle(&mut app);
        rest(&objects, files, &mut findings);
        if app.components.is_empty() && findings.iter().all(|f| f.severity < Severity::Error) {
            let message = "there is no workload among the objects";
            let finding =
                Finding::warning(NOT_ONE_APP, message).hint("name the files with the Deployments");
            findings.extend(files.first().map(|&file| finding.at(Span::new(file, 0, 0))));
        }
        (app, findings)
    }
}

/// Whether clients reach it, only others do, or nobody does.
fn reach(part: &mut Part, object: &Object, network: &network::Network) {
    if object.group() == "serving.knative.dev" {
        // Knative gives every service an address unless it is labelled as local to the cluster.
        let local = object.at(&["metadata", "labels", "networking.knative.dev/visibility"]);
        part.public =
            Some(Fact::declared(local.is_none(), local.map_or(part.span, |node| node.span)));
        part.kind = Some(Kind::Http);
        return;
    }
    if let Some(span) = network.public.get(&part.id) {
        part.public = Some(Fact::declared(true, *span));
        let led_to = network.ports.get(&part.id).filter(|ports| !ports.is_empty());
        for port in &mut part.ports {
            port.published = led_to.is_none_or(|ports| leads_to(ports, port));
        }
        let beside = part.containers.iter_mut().flat_map(|container| &mut container.ports);
        for port in beside {
            port.published = led_to.is_some_and(|ports| leads_to(ports, port));
        }
    } else if let Some(span) = network.served.get(&part.id) {
        part.public = Some(Fact::declared(false, *span));
    } else if part.kind.is_none() && part.all_ports().next().is_none() {
        // Nobody can call what has no service and no port.
        let known = part.image.as_ref().and_then(|(image, _)| container::backing::known(image));
        part.kind = known.map(|known| known.kind).or(Some(Kind::Worker));
    }
}

/// Whether a port is among some by its number or its name.
fn leads_to(ports: &BTreeSet<String>, port: &Port) -> bool {
    ports.contains(&port.number.to_string())
        || port.name.as_ref().is_some_and(|name| ports.contains(name))
}

/// The application is called after its project, or where nobody knows that one after the folder of the first file.
fn name(project: &Project<'_>, files: &[FileId]) -> String {
    let path = files.first().map_or("", |&file| project.sources.file(file).path.as_str());
    let path = path.replace('\\', "/");
    let own = path.rsplit_once('/').and_then(|(folder, _)| project::telling(folder));
    project.name().or(own).unwrap_or("app").to_owned()
}

/// Kinds that are read, though they are no components.
const READ: &[&str] = &[
    "Service",
    "Ingress",
    "HTTPRoute",
    "GRPCRoute",
    "VirtualService",
    "HorizontalPodAutoscaler",
    "ScaledObject",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "NetworkPolicy",
];

/// One note about everything that changes nothing.
fn rest(objects: &[Object], files: &[FileId], findings: &mut Vec<Finding>) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for object in objects {
        if workload::template(object).is_none() && !READ.contains(&object.kind.as_str()) {
            *kinds.entry(&object.kind).or_default() += 1;
        }
    }
    let Some(&file) = files.first().filter(|_| !kinds.is_empty()) else { return };
    let count: usize = kinds.values().sum();
    let list: Vec<String> = kinds.iter().map(|(kind, n)| format!("{n} × {kind}")).collect();
    let message = format!("{count} objects change nothing in the answer: {}", list.join(", "));
    findings.push(Finding::note(NOT_USED, message).at(Span::new(file, 0, 0)));
}
