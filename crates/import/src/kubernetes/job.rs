//! Jobs: what runs once at each release and ends.
//!
//! Charts and operators bring jobs of their own, which patch their webhooks or try whether they work; those are no part
//! of an application.

use std::collections::BTreeMap;

use model::{Fact, Kind};
use source::yaml::Node;
use source::{Finding, Span};
use units::Duration;

use super::object::Object;
use super::workload::{Workload, template};
use crate::container::{Part, backing, calls};
use crate::findings::NOT_USED;

/// The annotation that says after which jobs a workload starts. Kubernetes has no such order; `emit` writes it.
const STARTS_AFTER: &str = "starts-after";

/// Tries after the first where a job does not say how many ("backoffLimit", Job v1, Kubernetes API reference).
const RETRIES: u64 = 6;

/// Where Helm and Argo CD say when they run a job.
const HOOKS: [&str; 2] = ["helm.sh/hook", "argocd.argoproj.io/hook"];
/// Their moments that are part of a release.
const RELEASES: &[&str] = &[
    "pre-install",
    "post-install",
    "pre-upgrade",
    "post-upgrade",
    "crd-install",
    "PreSync",
    "Sync",
    "PostSync",
];

/// Those of them that come before everything else.
const BEFORE: &[&str] = &["pre-install", "pre-upgrade", "PreSync"];

/// Words in the name of a job that tries the application.
const TESTS: &[&str] = &["test", "tests", "e2e", "smoke", "benchmark", "bench"];
/// Images, by the last part of their name, that ask the cluster itself.
const OF_THE_CLUSTER: &[&str] = &["kubectl", "k8s", "kube-webhook-certgen", "helm", "helm-kubectl"];

/// Why an object with a hook, or a job, is no part of the application.
pub(super) fn left_out(object: &Object) -> Option<&'static str> {
    let is_job = object.kind == "Job";
    let mut hooks = HOOKS.iter().filter_map(|hook| object.annotation(hook)?.text()).peekable();
    let hooked = hooks.peek().is_some();
    let of_a_release = hooks.flat_map(|text| text.split(',')).any(|m| RELEASES.contains(&m.trim()));
    if hooked && !(is_job && of_a_release) {
        return Some("it is run around a release, not by it");
    }
    // What we wrote ourselves was part of an application, whatever it is called.
    let managed = object.at(&["metadata", "labels", "app.kubernetes.io/managed-by"]);
    if !is_job || managed.and_then(Node::text) == Some("crossover") {
        return None;
    }
    if object.at(&["metadata", "ownerReferences"]).is_some() {
        return Some("another object made it");
    }
    let name = object.name.to_lowercase();
    if name.split(['-', '_', '.']).any(|word| TESTS.contains(&word)) {
        return Some("it tests the others");
    }
    let spec = template(object)?.get("spec")?;
    let mut images = spec.get("containers").map(Node::items).unwrap_or_default().iter();
    let of_the_cluster = images.any(|container| {
        let image = container.get("image").and_then(Node::text).map(backing::repository);
        image.is_some_and(|image| OF_THE_CLUSTER.contains(&image.as_str()))
    });
    of_the_cluster.then_some("it serves the cluster")
}

/// What the object of a job says of its runs.
pub(super) fn read(object: &Object, part: &mut Part, findings: &mut Vec<Finding>) {
    part.kind = Some(Kind::Job);
    let number = |key: &str| -> Option<(u64, Span)> {
        let node = object.at(&["spec", key])?;
        Some((node.text()?.trim().parse().ok()?, node.span))
    };
    // The API's own default says no more than nothing.
    let tries = number("backoffLimit").filter(|(limit, _)| *limit != RETRIES);
    part.retries = tries.and_then(|(limit, _)| limit.try_into().ok());
    part.run_time_max = number("activeDeadlineSeconds")
        .filter(|(limit, _)| (1..=Duration::MONTH.millis_ceil() / 1000).contains(limit))
        .map(|(limit, span)| Fact::declared(Duration::from_secs(limit), span));
    if let Some((runs, span)) = number("completions").filter(|(runs, _)| *runs > 1) {
        let message = format!("{}: its {runs} completions are planned as one run", part.id);
        findings.push(Finding::note(NOT_USED, message).at(span));
    }
    let off = object.at(&["spec", "suspend"]).filter(|node| node.text() == Some("true"));
    if let Some(off) = off {
        let message = format!("{}: it is suspended, and is planned as if it ran", part.id);
        findings.push(off.mark(Finding::note(NOT_USED, message)));
    }
}

/// Pairs of a workload and a job that it starts after: by its own word, or because Helm or Argo CD wait for the job's end
/// before they go on.
pub(super) fn awaited(
    workloads: &[Workload<'_>],
    names: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let first = |w: &&Workload<'_>| {
        let moments = HOOKS.iter().filter_map(|hook| w.object.annotation(hook)?.text());
        moments.flat_map(|text| text.split(',')).any(|moment| BEFORE.contains(&moment.trim()))
    };
    let lasts = |w: &&Workload<'_>| !matches!(w.object.kind.as_str(), "Job" | "StatefulSet");
    let mut found = Vec::new();
    for job in workloads.iter().filter(first) {
        let others = workloads.iter().filter(lasts);
        found.extend(others.map(|other| (other.id.clone(), job.id.clone())));
    }
    for workload in workloads {
        let after = workload.object.annotation(STARTS_AFTER).and_then(Node::text).unwrap_or("");
        let jobs = after.split(',').filter_map(|name| calls::reached(name.trim(), names));
        found.extend(jobs.map(|job| (workload.id.clone(), job.to_owned())));
    }
    found
}
