//! Workloads: what runs pods, and how many.

use std::collections::BTreeMap;

use model::{Fact, Kind};
use source::yaml::Node;
use source::{Finding, Span};
use units::Bytes;

use super::config::Config;
use super::object::{Object, at};
use super::variants::Taken;
use super::{job, pod, quantity};
use crate::container::{Part, aside};
use crate::findings::{CONFLICT, NOT_USED};
use crate::function::schedule;
use crate::names;

/// A workload and where its pods are described.
#[derive(Debug)]
pub(super) struct Workload<'o> {
    pub(super) object: &'o Object,
    pub(super) id: String,
    pub(super) namespace: Option<String>,
    pub(super) pod: Option<&'o Node>,
}

/// Kinds that run pods, with the way to their template.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("Deployment", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("ReplicaSet", &["spec", "template"]),
    ("ReplicationController", &["spec", "template"]),
    ("Rollout", &["spec", "template"]),
    ("DeploymentConfig", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("Pod", &[]),
];

/// Where the pods of an object are described, if it runs any.
pub(super) fn template(object: &Object) -> Option<&Node> {
    if object.group() == "serving.knative.dev" {
        return (object.kind == "Service").then(|| object.at(&["spec", "template"])).flatten();
    }
    if object.kind == "ScaledJob" {
        return object.at(&["spec", "jobTargetRef", "template"]);
    }
    let (_, path) = TEMPLATES.iter().find(|(kind, _)| *kind == object.kind)?;
    at(&object.node, path)
}

/// Every workload that is a part of the application, the first of each name.
pub(super) fn all<'o>(objects: &'o [Object], findings: &mut Vec<Finding>) -> Vec<Workload<'o>> {
    let mut found: Vec<Workload<'o>> = Vec::new();
    let (mut taken, mut seen) = (Taken::default(), BTreeMap::<&str, Span>::new());
    for object in objects {
        let Some(pod) = template(object) else { continue };
        let place = object.at(&["metadata", "name"]).map_or(object.node.span, |node| node.span);
        if let Some(why) = left_out(object) {
            let message = format!("{} {} is not planned: {why}", object.kind, object.name);
            findings.push(Finding::note(NOT_USED, message).at(place));
            continue;
        }
        let named = (object.name.clone(), object.namespace.clone());
        if let Some(first) = seen.get(object.name.as_str()).filter(|_| taken.has(&named)) {
            let message =
                format!("{} {} stands here twice; the first counts", object.kind, object.name);
            let finding = Finding::warning(CONFLICT, message)
                .labelled(place, "left out")
                .labelled(*first, "kept");
            findings.push(finding.hint("name the folder of one variant of the application"));
            continue;
        }
        taken.add(named);
        seen.insert(&object.name, place);
        let plain = names::id(&object.name);
        // The same name in two namespaces is two workloads.
        let is_taken = |id: &str| found.iter().any(|w: &Workload<'_>| w.id == id);
        let id = match &object.namespace {
            Some(namespace) if is_taken(&plain) => {
                names::fresh_id(&format!("{plain}.{namespace}"), is_taken)
            }
            _ => names::fresh_id(&object.name, is_taken),
        };
        let namespace = object.namespace.clone();
        found.push(Workload { object, id, namespace, pod: Some(pod) });
    }
    found
}

/// Why an object that runs pods is none of the parts that are placed.
fn left_out(object: &Object) -> Option<&'static str> {
    if let Some(why) = job::left_out(object) {
        return Some(why);
    }
    if aside::makes_load(&object.name) {
        return Some("it makes load to test the others");
    }
    if object.node.get("$patch").is_some() {
        return Some("it is a patch");
    }
    match object.kind.as_str() {
        "DaemonSet" => Some("it runs on every node and belongs to the cluster"),
        "Pod" if object.at(&["metadata", "ownerReferences"]).is_some() => {
            Some("another object made it")
        }
        _ => None,
    }
}

/// The part that a workload is.
pub(super) fn part(workload: &Workload<'_>, config: &Config, findings: &mut Vec<Finding>) -> Part {
    let object = workload.object;
    let span = object.at(&["metadata", "name"]).map_or(object.node.span, |node| node.span);
    let mut part = Part::new(&workload.id, span);
    if let Some(pod) = workload.pod {
        pod::read(pod, &mut part, config, findings);
    }
    let replicas = object.at(&["spec", "replicas"]).and_then(Node::text);
    part.replicas = replicas.and_then(|text| text.trim().parse().ok());
    match object.kind.as_str() {
        "CronJob" => {
            let schedule = object.at(&["spec", "schedule"]);
            part.schedule = schedule.and_then(|node| Some((node.text()?.to_owned(), node.span)));
            let zone = object.at(&["spec", "timeZone"]);
            let zone = zone.and_then(|node| Some((node.text()?, node.span)));
            let off = object.at(&["spec", "suspend"]).filter(|node| node.text() == Some("true"));
            schedule::not_planned(&workload.id, zone, off.map(|node| node.span), findings);
            part.kind = Some(Kind::Cron);
        }
        "Job" => job::read(object, &mut part, findings),
        "ScaledJob" => part.kind = Some(Kind::Worker),
        _ => {}
    }
    let claims = object.at(&["spec", "volumeClaimTemplates"]).map(Node::items).unwrap_or_default();
    for claim in claims {
        let name = at(claim, &["metadata", "name"]).and_then(Node::text).unwrap_or("");
        let spec = workload.pod.and_then(|pod| pod.get("spec"));
        let path = spec.map_or_else(String::new, |spec| pod::mounted(spec, &workload.id, name));
        part.volumes.push(model::Volume { name: name.to_owned(), path });
        let size = at(claim, &["spec", "resources", "requests", "storage"]);
        let bytes = size.and_then(|node| Some((quantity::bytes(node.text()?)?, node.span)));
        if let Some((bytes, span)) = bytes {
            let before = part.storage.as_ref().and_then(Fact::get).unwrap_or(Bytes::ZERO);
            part.storage = Some(Fact::declared(before + bytes, span));
        }
    }
    part
}

/// Storage of claims that pods name, from the claims' own objects.
pub(super) fn claimed(part: &mut Part, objects: &[Object]) {
    for volume in &part.volumes {
        let claim =
            objects.iter().find(|o| o.kind == "PersistentVolumeClaim" && o.name == volume.name);
        let size = claim.and_then(|claim| claim.at(&["spec", "resources", "requests", "storage"]));
        if let Some((bytes, span)) =
            size.and_then(|node| Some((quantity::bytes(node.text()?)?, node.span)))
        {
            let before = part.storage.as_ref().and_then(Fact::get).unwrap_or(Bytes::ZERO);
            part.storage = Some(Fact::declared(before + bytes, span));
        }
    }
    if part.storage.is_none() && !part.volumes.is_empty() {
        let note = format!(
            "no claim says how large its volume is; write `--set {}.storage=100GB`",
            part.id
        );
        part.storage = Some(Fact::assumed(Bytes::from_gib(20), note));
    }
}
