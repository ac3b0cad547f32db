//! Values given on the command line: `api.load=3M/month` on top of whatever the files say.

use model::{App, Component, Fact};
use source::yaml::Node;
use source::{FileId, Finding, SourceMap, yaml};

use crate::findings::UNKNOWN_NAME;
use crate::native;

/// Keys of a component that no value on top can mean, and what to do instead.
const NOT_SET: &[(&str, &str)] = &[
    ("kind", "write it into `crossover.yaml`: it decides what the other keys mean"),
    ("calls", "write them into `crossover.yaml`; `crossover init --from` makes one"),
];

/// The values as one text in our own format, for [`apply`]: each is read like in a file, and findings show it.
///
/// # Errors
/// An assignment without a component, a key or a value: what to write instead.
pub fn text(app: &App, assignments: &[String]) -> Result<String, (String, String)> {
    let mut out = String::from("components:\n");
    let mut groups: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for assignment in assignments {
        let hint = "write a component, a key and a value, such as `api.load=3M/month`";
        let Some((path, value)) = assignment.split_once('=') else {
            return Err((format!("`{assignment}` has no `=`"), hint.to_owned()));
        };
        let Some((id, key)) = path.trim().rsplit_once('.') else {
            return Err((format!("`{path}` names no component"), hint.to_owned()));
        };
        if let Some((key, why)) = NOT_SET.iter().find(|(not, _)| *not == key.trim()) {
            return Err((format!("`{key}` cannot be set for `{id}` here"), (*why).to_owned()));
        }
        if app.component(id).is_none() {
            let ids: Vec<&str> = app.components.iter().map(|c| c.id.as_str()).collect();
            let hint = crate::hint(id, &ids);
            return Err((format!("there is no component `{id}`"), hint));
        }
        match groups.iter_mut().find(|(known, _)| *known == id) {
            Some((_, pairs)) => pairs.push((key, value)),
            None => groups.push((id, vec![(key, value)])),
        }
    }
    for (id, pairs) in groups {
        let component = app.component(id);
        let kind = component.map_or("http", |component| component.kind.name());
        out.push_str(&format!("  \"{id}\":\n    kind: {kind}\n"));
        // A store is read with its engine; what is not set stays as the files say.
        let engine = component.and_then(|component| component.engine.as_ref()?.get());
        if let Some(engine) = engine.filter(|_| pairs.iter().all(|(key, _)| key.trim() != "engine"))
        {
            out.push_str(&format!("    engine: {}\n", engine.name()));
        }
        for (key, value) in pairs {
            out.push_str(&format!("    {}: {}\n", key.trim(), value.trim()));
        }
    }
    Ok(out)
}

/// Lays the values of `file`, made by [`text`], over the application.
pub fn apply(app: &mut App, sources: &SourceMap, file: FileId) -> Vec<Finding> {
    let (documents, mut findings) = yaml::parse(sources, file);
    let components = documents.first().and_then(|root| root.get("components"));
    for (key, node) in components.map(Node::entries).unwrap_or_default() {
        let Some(id) = key.text() else { continue };
        let Some(place) = app.components.iter().position(|c| c.id == id) else { continue };
        let over = native::component(id, key.span, node, &mut findings);
        if let Some(over) = over {
            lay(&mut app.components[place], over, node);
        }
    }
    // Work need not be given here: the files below may have it.
    findings.retain(|finding| finding.id != crate::findings::NO_DEMAND);
    if documents.is_empty() && findings.is_empty() {
        findings.push(Finding::error(UNKNOWN_NAME, "the values cannot be read"));
    }
    findings
}

/// What the values declare replaces what was there.
fn lay(below: &mut Component, over: Component, node: &Node) {
    fn known<T>(below: &mut Fact<T>, over: Fact<T>) {
        if over.is_known() {
            *below = over;
        }
    }
    let has = |key: &str| node.get(key).is_some();
    known(&mut below.runtime, over.runtime);
    known(&mut below.architectures, over.architectures);
    known(&mut below.artifact.package, over.artifact.package);
    known(&mut below.artifact.size, over.artifact.size);
    known(&mut below.start.init, over.start.init);
    known(&mut below.concurrency, over.concurrency);
    known(&mut below.memory, over.memory);
    known(&mut below.request_bytes, over.request_bytes);
    known(&mut below.response_bytes, over.response_bytes);
    known(&mut below.log_bytes, over.log_bytes);
    known(&mut below.public, over.public);
    if ["duration", "cpu", "wait"].into_iter().any(has) {
        below.demand = over.demand;
    }
    if has("load") {
        below.load = over.load;
    }
    if has("slo") {
        below.slo = over.slo;
    }
    if has("containers") {
        below.containers = over.containers;
    }
    if has("mounts") {
        below.mounts = over.mounts;
    }
    if has("paths") {
        below.paths = over.paths;
    }
    let storage = over.storage.filter(Fact::is_known);
    below.storage = storage.or_else(|| below.storage.take());
    below.scratch = over.scratch.or_else(|| below.scratch.take());
    if node
        .get("engine")
        .is_some_and(|set| below.engine.as_ref().and_then(|e| Some(e.get()?.name())) != set.text())
    {
        below.engine = over.engine;
    }
    below.cpu_request = over.cpu_request.or_else(|| below.cpu_request.take());
    below.run_time_max = over.run_time_max.or_else(|| below.run_time_max.take());
    for need in over.needs.iter() {
        below.needs.insert(need, over.needs.span(need));
    }
    if !over.allow.is_empty() {
        below.allow = over.allow;
    }
    if over.front_door.is_some() {
        below.front_door = over.front_door;
    }
    below.connection = over.connection.or_else(|| below.connection.take());
    below.message_every = over.message_every.or_else(|| below.message_every.take());
    below.events = over.events.or_else(|| below.events.take());
    below.steps = over.steps.or_else(|| below.steps.take());
    below.reserved = over.reserved.or_else(|| below.reserved.take());
}

#[cfg(test)]
mod tests {
    use model::{Engine, Kind, Load};
    use units::Bytes;

    use super::*;
    use crate::{assumed, defaults};

    fn app() -> App {
        let mut app = defaults::app("shop");
        app.components = vec![defaults::component("api", Kind::Http, None)];
        assumed::settle(&mut app);
        app
    }

    fn set(assignments: &[&str]) -> Result<(App, Vec<Finding>), String> {
        let mut app = app();
        let all: Vec<String> = assignments.iter().map(|&a| a.to_owned()).collect();
        let text = text(&app, &all).map_err(|(message, hint)| format!("{message}: {hint}"))?;
        let mut sources = SourceMap::default();
        let file = sources.add("--set", text);
        let findings = apply(&mut app, &sources, file);
        Ok((app, findings))
    }

    #[test]
    fn values_replace_what_was_assumed() {
        let (app, findings) = set(&[
            "api.memory=256 MB",
            "api.duration=40ms",
            "api.load={ rate: 5/s, shape: day-night }",
        ])
        .unwrap();
        assert_eq!(findings, []);
        let api = &app.components[0];
        assert_eq!((api.memory.get(), api.memory.is_known()), (Some(Bytes::from_mib(256)), true));
        assert!(api.demand.duration.is_some());
        assert!(
            matches!(&api.load, Load::Rate { rate, shapes } if rate.is_known() && shapes.len() == 1)
        );
    }

    #[test]
    fn every_key_of_a_component_changes_it_or_is_refused() {
        let one = defaults::component("api", Kind::Worker, None);
        for (key, example) in native::component_examples() {
            let mut changed = false;
            let mut refused = false;
            for kind in [Kind::Http, Kind::Worker, Kind::Stateful] {
                let mut app = app();
                let before = Component { kind, ..one.clone() };
                app.components = vec![before.clone()];
                let mut assignments = vec![format!("api.{key}={example}")];
                if matches!(key, "connection" | "message_every") {
                    assignments.push("api.needs=[websockets]".to_owned());
                }
                match text(&app, &assignments) {
                    Err(_) => refused = true,
                    Ok(text) => {
                        let mut sources = SourceMap::default();
                        let file = sources.add("--set", text);
                        apply(&mut app, &sources, file);
                        let mut after = app.components[0].clone();
                        if assignments.len() > 1 {
                            after.needs = before.needs.clone();
                        }
                        changed |= after != before;
                    }
                }
            }
            assert!(changed || refused, "`--set api.{key}=…` is lost");
        }
    }

    #[test]
    fn a_store_keeps_its_engine() {
        let mut app = app();
        let mut queue = defaults::component("queue", Kind::Stateful, None);
        queue.engine = Some(Fact::assumed(Engine::Rabbitmq, "its image"));
        app.components.push(queue);
        let text = text(&app, &["queue.allow=kubernetes".to_owned()]).unwrap();
        let mut sources = SourceMap::default();
        let file = sources.add("--set", text);
        assert_eq!(apply(&mut app, &sources, file), []);
        let queue = app.component("queue").unwrap();
        assert_eq!(queue.allow.len(), 1);
        let engine = queue.engine.as_ref().unwrap();
        assert_eq!((engine.get(), engine.is_known()), (Some(Engine::Rabbitmq), false));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (assignment, expected) in [
            ("api.memory", "has no `=`"),
            ("memory=1GB", "names no component"),
            ("apl.memory=1GB", "there is no component `apl`: did you mean `api`?"),
        ] {
            let said = set(&[assignment]).unwrap_err();
            assert!(said.contains(expected), "{assignment}: {said}");
        }
        let (_, findings) = set(&["api.memroy=1GB"]).unwrap();
        assert!(
            findings[0].hint.as_deref().unwrap_or("").contains("did you mean `memory`"),
            "{findings:?}"
        );
        let (_, findings) = set(&["api.memory=lots"]).unwrap();
        assert!(!findings.is_empty());
    }
}
