//! What is compared, format by format.

use std::collections::BTreeSet;

use model::{App, Component};
use serde_json::Value;
use source::Finding;

/// Says what differs between a row and what was read; `None` if nothing does.
pub(crate) type Check = fn(&Value, &App, &[Finding]) -> Option<String>;

pub(crate) fn check_of(kind: &str) -> Option<Check> {
    Some(match kind {
        "compose" => compose,
        "sam" | "cfn" | "serverless" => functions,
        "k8s" | "knative" => workloads,
        _ => return None,
    })
}

/// Kinds with pods that are no component, each for a reason that a finding gives.
const LEFT_OUT: &[&str] = &["DaemonSet"];

/// Workloads with replicas, images and sizes.
fn workloads(row: &Value, app: &App, findings: &[Finding]) -> Option<String> {
    for object in row["objects"].as_array()? {
        let (kind, name) = (object["kind"].as_str()?, object["name"].as_str().unwrap_or(""));
        // A patch without containers is no workload of its own.
        let Some(containers) = object["containers"].as_array().filter(|c| !c.is_empty()) else {
            continue;
        };
        let told = findings.iter().any(|f| f.message.starts_with(&format!("{kind} {name} ")))
            || not_planned(name, findings);
        let component = app.component(&id(name));
        let Some(component) = component.filter(|_| !LEFT_OUT.contains(&kind)) else {
            if told {
                continue;
            }
            return Some(format!("{kind} {name} is missing: {}", said(findings)));
        };
        let blueprint = component.blueprint.as_ref()?;
        let images: Vec<&str> = containers.iter().filter_map(|c| c["image"].as_str()).collect();
        if !told
            && !images.is_empty()
            && !blueprint.image.as_deref().is_some_and(|own| images.contains(&own))
        {
            return Some(format!(
                "{name}: image {:?}, expected one of {images:?}",
                blueprint.image
            ));
        }
        // A workload of the same name stands in the file a second time.
        if told {
            continue;
        }
        let sized = containers
            .iter()
            .all(|c| !c["memory_limit"].is_null() || !c["memory_request"].is_null());
        if component.memory.is_known() != sized {
            return Some(format!(
                "{name}: memory {:?}, expected one: {sized}",
                component.memory.get()
            ));
        }
        let asked =
            containers.iter().any(|c| !c["cpu_request"].is_null() || !c["cpu_limit"].is_null());
        let ours = component.cpu_request.is_some();
        let zero = containers.iter().any(|c| c["cpu_request"].as_str() == Some("0"));
        if ours != asked && !zero {
            return Some(format!("{name}: CPU known: {ours}, expected {asked}"));
        }
    }
    None
}

/// Whether a note says that a part is left out.
fn not_planned(name: &str, findings: &[Finding]) -> bool {
    let lists = findings.iter().filter_map(|f| f.message.split_once("so not planned: "));
    lists
        .into_iter()
        .any(|(_, list)| list.split([',', ';', ':']).any(|part| part.trim() == id(name)))
}

/// Whether a refusal is right: the independent reader could not read it either, or found nothing in it.
pub(crate) fn may_be_refused(row: &Value, _reason: &str) -> bool {
    let empty = |key: &str| row[key].as_array().is_none_or(Vec::is_empty);
    row["parse_error"] == Value::Bool(true)
        || (empty("services") && empty("functions") && empty("objects"))
}

/// Services that start without a profile, their images and their copies.
fn compose(row: &Value, app: &App, findings: &[Finding]) -> Option<String> {
    let services = row["services"].as_array()?;
    let started = services.iter().filter(|s| s["profiles"].as_array().is_none_or(Vec::is_empty));
    let names: BTreeSet<String> =
        started.clone().filter_map(|s| s["name"].as_str().map(id)).collect();
    let ours: BTreeSet<String> = app.components.iter().map(|c| c.id.clone()).collect();
    // `include` adds services that the row does not have.
    let missing: Vec<&String> =
        names.difference(&ours).filter(|name| !not_planned(name, findings)).collect();
    if !missing.is_empty() {
        return Some(format!("services {missing:?} are missing of {names:?}: {}", said(findings)));
    }
    for service in started {
        let name = id(service["name"].as_str()?);
        // What a finding names as not planned was let through above.
        let Some(component) = app.component(&name) else { continue };
        let blueprint = component.blueprint.as_ref()?;
        let image = service["image"].as_str().filter(|image| !image.contains('$'));
        if image.is_some() && blueprint.image.as_deref() != image {
            return Some(format!(
                "{}: image {:?}, expected {image:?}",
                component.id, blueprint.image
            ));
        }
        let replicas = service["replicas"].as_u64();
        if replicas.is_some() && blueprint.replicas.map(u64::from) != replicas {
            return Some(format!(
                "{}: replicas {:?}, expected {replicas:?}",
                component.id, blueprint.replicas
            ));
        }
    }
    None
}

fn id(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

/// Functions with memory, longest run, runtime and events.
fn functions(row: &Value, app: &App, findings: &[Finding]) -> Option<String> {
    for function in row["functions"].as_array()? {
        let name = function["id"].as_str()?;
        let Some(component) = app.component(name) else {
            let skipped =
                findings.iter().any(|f| f.message.starts_with(&format!("{name}: its condition")));
            if skipped {
                continue;
            }
            return Some(format!("function {name} is missing: {}", said(findings)));
        };
        if let Some(why) = differs(function, row, component) {
            return Some(format!("{name}: {why}"));
        }
    }
    None
}

/// What a function does not say, its provider may.
fn differs(function: &Value, row: &Value, component: &Component) -> Option<String> {
    let either = |key: &str| if function[key].is_null() { &row[key] } else { &function[key] };
    let memory = component.memory.is_known().then(|| component.memory.get()).flatten();
    let memory = memory.map(units::Bytes::mib_ceil);
    if let Some(expected) = either("memory").as_u64()
        && memory != Some(expected)
    {
        return Some(format!("memory {memory:?}, expected {expected}"));
    }
    if either("memory").is_null() && memory.is_some() {
        return Some(format!("memory {memory:?}, expected none"));
    }
    let time =
        component.run_time_max.as_ref().filter(|fact| fact.is_known()).and_then(model::Fact::get);
    let time = time.map(|t| t.millis_ceil() / 1000);
    if let Some(expected) = either("timeout").as_u64()
        && time != Some(expected)
    {
        return Some(format!("timeout {time:?}, expected {expected}"));
    }
    let literal = |r: &&str| *r != "intrinsic" && !r.contains("${");
    if let Some(runtime) = function["runtime"].as_str().filter(literal) {
        let ours = component.runtime.value().map(|r| r.0.as_str());
        if ours.map(str::to_lowercase) != Some(runtime.to_lowercase()) {
            return Some(format!("runtime {ours:?}, expected {runtime}"));
        }
    }
    let events = &component.blueprint.as_ref()?.events;
    for event in function["events"].as_array()?.iter().filter_map(Value::as_str) {
        if !events.iter().any(|own| own == event) {
            return Some(format!("events {events:?} lack {event}"));
        }
    }
    None
}

fn said(findings: &[Finding]) -> String {
    findings.iter().take(3).map(|f| f.message.as_str()).collect::<Vec<_>>().join("; ")
}
