//! What runs the pods: a Deployment, a StatefulSet where data must survive, a CronJob where the clock says when.

use model::{Kind, Load, Need, PodSettings};
use source::Finding;
use units::Bytes;

use super::beside::Beside;
use super::config::Variables;
use super::object::{object, selector};
use super::{job, pod, proxy, scaling, schedule};
use crate::findings::{LEFT_OUT, SCHEDULE, TO_DO};
use crate::names::Names;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// Runs of one firing that a CronJob starts at once at the most.
const RUNS_MAX: u64 = 100;

/// The workload of a part; nothing where its schedule cannot be held.
pub(super) fn objects(
    plan: &Plan<'_>,
    part: &Part<'_>,
    settings: &PodSettings,
    variables: &Variables,
    why: Reasons<'_>,
    out: &mut Output,
) -> Vec<Node> {
    pod::function_told(plan, part, out);
    let container = pod::container(part, settings, variables, why, out);
    let beside = Beside::of(plan, part, why, out);
    let mut spec = pod::pod_spec(plan, part, container, beside, why);
    if let Some(place) = &variables.burst {
        proxy::put_into(&mut spec, part, place.clone());
    }
    let labels = pod::pod_metadata(plan, part);
    if part.component.kind.ends() {
        lost_volumes(plan, part, out);
        spec.set(
            "restartPolicy",
            Node::from("Never").why("default: a run that fails is started again as a new pod"),
        );
        let template = map([("metadata", labels), ("spec", spec)]);
        return match part.component.kind {
            Kind::Job => vec![job::object_of(plan, part, template, why, out)],
            _ => cron_job(plan, part, template, why, out).into_iter().collect(),
        };
    }
    let template = map([("metadata", labels), ("spec", spec)]);
    let match_labels = map([("matchLabels", selector(plan, part))]);
    let mut copies = copies(part, settings, why);
    if keeps_data(part) {
        if let Some(node) = copies.as_mut().filter(|_| settings.min > 1) {
            *node = Node::from(1u32)
                .why("a plain image does not replicate itself: more copies need an operator");
            let message = format!(
                "{}: the plan has {} copies, and one is written: copies of a plain image do not share data",
                part.component.id, settings.min
            );
            let hint = "run it with an operator of its engine, or take the managed service";
            out.findings
                .push(plan.at(Finding::warning(TO_DO, message).hint(hint), part.component.span));
        }
        let spec = Node::empty()
            .with("serviceName", part.name.as_str())
            .with_some("replicas", copies)
            .with("selector", match_labels)
            .with("template", template);
        let claims = claims(plan, part, settings, why, out);
        let spec =
            if claims.is_empty() { spec } else { spec.with("volumeClaimTemplates", list(claims)) };
        return vec![
            object("apps/v1", "StatefulSet", job::ordered(plan, part, why)).with("spec", spec),
        ];
    }
    let spec = Node::empty()
        .with_some("replicas", copies)
        .with("selector", match_labels)
        .with("template", template);
    vec![object("apps/v1", "Deployment", job::ordered(plan, part, why)).with("spec", spec)]
}

/// Whether its data must survive the pod.
pub(super) fn keeps_data(part: &Part<'_>) -> bool {
    let volumes = part.component.blueprint.as_ref().is_some_and(|b| !b.volumes.is_empty());
    part.component.kind == Kind::Stateful || part.needs(Need::LocalDisk) || volumes
}

/// The number of copies; `None` where an autoscaler says it.
fn copies(part: &Part<'_>, settings: &PodSettings, why: Reasons<'_>) -> Option<Node> {
    let fixed = || Node::from(settings.min.max(1)).why(why.plan(part, "copies"));
    (!scaling::is_scaled(part)).then(fixed)
}

/// Claims by their names with the paths they are seen at; of a store of which nobody says it, one.
pub(crate) fn volumes(part: &Part<'_>) -> Vec<(String, String)> {
    let found = named(part);
    let unsaid = found.is_empty() && part.component.blueprint.is_none();
    if unsaid && !part.component.kind.ends() && keeps_data(part) {
        return vec![("data".to_owned(), data_path(part).to_owned())];
    }
    found.into_iter().map(|(_, given, path)| (given, path)).collect()
}

/// Claims by the names that their definition has, with those that they have here.
pub(crate) fn claims_by_name(part: &Part<'_>) -> Vec<(String, String)> {
    named(part).into_iter().map(|(name, given, _)| (name, given)).collect()
}

/// The declared claims: the name in the definition, the one here, and the path.
fn named(part: &Part<'_>) -> Vec<(String, String, String)> {
    if part.component.kind.ends() || !keeps_data(part) {
        return Vec::new();
    }
    let declared = part.component.blueprint.as_ref().map(|b| b.volumes.as_slice());
    let mut names = Names::default();
    let mut found: Vec<(String, String, String)> = Vec::new();
    for volume in declared.unwrap_or_default() {
        let usable = volume.path.starts_with('/') && !volume.path.contains(':');
        // What is seen at one place is one disk, however often it is named.
        if usable && !found.iter().any(|(_, _, path)| *path == volume.path) {
            let name = if volume.name.is_empty() { "data" } else { &volume.name };
            found.push((volume.name.clone(), names.give(name), volume.path.clone()));
        }
    }
    found
}

/// Where the official image of an engine keeps its data.
fn data_path(part: &Part<'_>) -> &'static str {
    use model::Engine;
    match part.component.engine.as_ref().and_then(model::Fact::get) {
        Some(Engine::Postgres) => "/var/lib/postgresql",
        Some(Engine::Mysql) => "/var/lib/mysql",
        Some(Engine::Mongodb) => "/data/db",
        Some(Engine::Kafka) => "/var/lib/kafka/data",
        Some(Engine::Opensearch) => "/usr/share/opensearch/data",
        Some(Engine::Rabbitmq) => "/var/lib/rabbitmq",
        _ => "/data",
    }
}

/// The claims of a part: what the plan keeps for it, shared between them.
fn claims(
    plan: &Plan<'_>,
    part: &Part<'_>,
    settings: &PodSettings,
    why: Reasons<'_>,
    out: &mut Output,
) -> Vec<Node> {
    let volumes = volumes(part);
    let declared = part.component.blueprint.as_ref().map_or(0, |b| b.volumes.len());
    if declared > volumes.len() {
        let message =
            format!("{}: a volume that is mounted nowhere is left out", part.component.id);
        out.findings.push(plan.at(Finding::note(LEFT_OUT, message), part.component.span));
    }
    let storage = part.component.storage.as_ref();
    let total = storage.and_then(model::Fact::get).filter(|size| *size > Bytes::ZERO);
    let total = total.unwrap_or(settings.volume).get().max(1 << 30);
    let count = volumes.len().max(1) as u64;
    let reason = storage.map_or_else(|| why.plan(part, "disk"), |fact| why.fact(fact));
    let each = |number: usize| total / count + if number == 0 { total % count } else { 0 };
    let claim = |(number, (name, _)): (usize, &(String, String))| {
        let size = Node::from(pod::memory(Bytes::new(each(number)))).why(reason.as_str());
        let requests = map([("requests", map([("storage", size)]))]);
        // The API server adds these two itself; without them, tools that compare would see a change.
        object("v1", "PersistentVolumeClaim", map([("name", name.into())]))
            .with("spec", map([("accessModes", list(["ReadWriteOnce"])), ("resources", requests)]))
    };
    volumes.iter().enumerate().map(claim).collect()
}

/// Says that what a run leaves on a disk is gone with its pod.
fn lost_volumes(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    if part.component.blueprint.as_ref().is_none_or(|b| b.volumes.is_empty()) {
        return;
    }
    let message =
        format!("{}: its volumes are left out: a run has no disk here", part.component.id);
    let hint = "what it leaves for others has to go into a store that they call";
    let finding = Finding::warning(LEFT_OUT, message).hint(hint);
    out.findings.push(plan.at(finding, part.component.span));
}

/// What starts runs by the clock; where nobody says when, it waits until somebody starts one from it.
fn cron_job(
    plan: &Plan<'_>,
    part: &Part<'_>,
    template: Node,
    why: Reasons<'_>,
    out: &mut Output,
) -> Option<Node> {
    let id = part.component.id.as_str();
    let (expression, requests, span) = match &part.component.load {
        Load::Cron { expression, requests, span } => (expression.trim(), *requests, *span),
        // Nobody says when: as often as somebody asks for it.
        _ => ("", 1, part.component.span),
    };
    let reason = why.place(span).unwrap_or_else(|| "as imported".to_owned());
    let mut job = Node::empty();
    if requests > 1 {
        let runs = Node::from(requests.min(RUNS_MAX));
        job.set("completions", runs.clone().why(format!("{requests} a firing ({reason})")));
        job.set("parallelism", runs);
        if requests > RUNS_MAX {
            let message = format!(
                "{id}: {requests} runs a firing are more than one job starts; {RUNS_MAX} are written"
            );
            out.findings.push(plan.at(Finding::warning(LEFT_OUT, message), part.component.span));
        }
    }
    let mut spec = Node::empty();
    if expression.is_empty() {
        let message = format!("{id}: no schedule is known of it; it is written suspended");
        let hint = format!(
            "start a run with `kubectl create job --from=cronjob/{} NAME`, or write its schedule",
            part.name
        );
        let finding = Finding::warning(SCHEDULE, message).hint(hint);
        out.findings.push(plan.at(finding, part.component.span));
        spec.set("schedule", Node::from("@yearly").why("placeholder: it is suspended"));
        spec.set("suspend", Node::from(true).why("nobody says when it runs"));
    } else if let Some(expression) = schedule::for_kubernetes(expression) {
        spec.set("schedule", Node::from(expression).why(reason));
    } else {
        let message = format!("{id}: Kubernetes has no schedule `{expression}`");
        let hint = "write five plain fields, or start it another way; nothing is written for it";
        out.not_written(plan, part, Finding::error(SCHEDULE, message).hint(hint));
        return None;
    }
    spec.set("timeZone", Node::from("Etc/UTC").why("schedules are planned in UTC"));
    let policy = Node::from("Forbid").why("default: a run does not begin while the last one lasts");
    spec.set("concurrencyPolicy", policy);
    spec.set("jobTemplate", map([("spec", job.with("template", template))]));
    Some(object("batch/v1", "CronJob", job::ordered(plan, part, why)).with("spec", spec))
}
