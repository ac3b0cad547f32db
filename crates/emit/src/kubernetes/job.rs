//! What runs once at each release, and the order in which it wants to be run.

use super::object::{metadata, object};
use super::{kustomize, pod};
use crate::tree::{Node, map};
use crate::{Output, Part, Plan, Reasons};

/// The annotation that keeps the order which the definition has; our own importer reads it. Kubernetes has none.
const STARTS_AFTER: &str = "starts-after";
/// Seconds for which a Job that has ended stays, so that its log can be read: a day.
const KEPT_SECONDS: u32 = 86_400;
/// Tries after the first where nobody says how many: the API's own default ("backoffLimit", Job v1, Kubernetes API
/// reference).
const RETRIES: u32 = 6;
/// Seconds that a release waits for the end of a run of which nobody says how long it may take.
const WAIT_SECONDS: u64 = 1800;

/// The Job of a part. Its name stays: a suffix by its content would leave old Jobs behind, which `kubectl apply -k` never
/// removes. As a Job's template cannot be changed, a release deletes the one that is there first.
pub(super) fn object_of(
    plan: &Plan<'_>,
    part: &Part<'_>,
    template: Node,
    why: Reasons<'_>,
    out: &mut Output,
) -> Node {
    let retries = part.component.blueprint.as_ref().and_then(|b| b.retries);
    let retries = match retries {
        Some(retries) => Node::from(retries).why(why.definition(part)),
        None => Node::from(RETRIES)
            .why("default: tried again, since what it calls may not be up at the first time"),
    };
    let kept = Node::from(KEPT_SECONDS)
        .why("default: a day to read its log; what is applied after that runs it again");
    let mut spec = map([("backoffLimit", retries), ("ttlSecondsAfterFinished", kept)]);
    let limit = part.component.run_time_max.as_ref();
    let limit = limit.and_then(|fact| Some((pod::seconds(fact.get()?).max(1), why.fact(fact))));
    if let Some((seconds, reason)) = &limit {
        spec.set("activeDeadlineSeconds", Node::from(*seconds).why(reason.as_str()));
    }
    out.run(part, commands(plan, part, limit.map_or(WAIT_SECONDS, |(seconds, _)| seconds)));
    object("batch/v1", "Job", ordered(plan, part, why))
        .with("spec", spec.with("template", template))
}

/// How a release runs it: before the rest, from the second time on. The first time everything is applied at once, since what
/// it calls is not there either.
fn commands(plan: &Plan<'_>, part: &Part<'_>, seconds: u64) -> Vec<String> {
    let environment = &kustomize::ENVIRONMENTS[0];
    let (namespace, name) = (kustomize::namespace(plan, environment), &part.name);
    let folder = format!("kubernetes/overlays/{}", environment.name);
    vec![
        format!(
            "the first time, `kubectl apply -k {folder}` starts it with everything else; later, before that:"
        ),
        format!(
            "`kubectl -n {namespace} delete job {name} --ignore-not-found`, as a Job that is there cannot be changed"
        ),
        format!("`kubectl apply -k {folder} -l app.kubernetes.io/name={name}`"),
        format!(
            "`kubectl -n {namespace} wait --for=condition=complete --timeout={seconds}s job/{name}`"
        ),
    ]
}

/// Name and labels of what runs a part's pods, with the jobs that have to end before.
pub(crate) fn ordered(plan: &Plan<'_>, part: &Part<'_>, why: Reasons<'_>) -> Node {
    let meta = metadata(plan, part, &part.name);
    let after = part.component.blueprint.as_ref().map(|b| b.after.as_slice()).unwrap_or_default();
    let jobs = after.iter().filter_map(|id| plan.part(id));
    let jobs: Vec<&str> = jobs.map(|job| job.name.as_str()).collect();
    if jobs.is_empty() {
        return meta;
    }
    let reason = format!(
        "{}; Kubernetes holds no such order: the page says how a release does",
        why.definition(part)
    );
    let note = Node::from(jobs.join(",")).why(reason);
    meta.with("annotations", map([(STARTS_AFTER, note)]))
}
