//! Several descriptions of one application made one.

use std::collections::BTreeMap;

use model::{App, Component, Edge, Fact, Kind, Mount};
use source::{Finding, Severity};

use crate::container::backing;
use crate::defaults;
use crate::findings::{CONFLICT, MANY_APPS, NOT_USED, TEMPLATE};

/// Joins what importers read, the more telling first. Components of the same name are one; what one description
/// declares replaces what another had to assume, and where two declare different things the first one counts
/// and a finding says so.
pub fn merged(read: Vec<(&'static str, (App, Vec<Finding>))>) -> (App, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut apps = Vec::new();
    for (format, (app, found)) in read {
        findings.extend(found);
        apps.push((format, app));
    }
    let mut apps = told_apart(apps, &mut findings).into_iter();
    let Some((format, mut app)) = apps.next() else { return (defaults::app("app"), findings) };
    for (other_format, other) in apps {
        let mut ids: BTreeMap<String, usize> =
            app.components.iter().enumerate().map(|(at, c)| (c.id.clone(), at)).collect();
        let formats = (format, other_format);
        let (doubles, parts): (Vec<_>, Vec<_>) =
            other.components.into_iter().partition(|c| stands_in(c, &app, formats));
        left_out(&doubles, formats, &mut findings);
        for mut component in parts {
            // One prefix leads to one component, also where two files name what it leads to differently.
            let taken = |path: &String| app.components.iter().any(|c| c.paths.contains(path));
            component.paths.retain(|path| !taken(path));
            if let Some(&at) = ids.get(&component.id) {
                join(&mut app.components[at], &component, formats, &mut findings);
            } else {
                ids.insert(component.id.clone(), app.components.len());
                app.components.push(component);
            }
        }
        for edge in other.edges {
            let known = |e: &Edge| e.from == edge.from && e.to == edge.to;
            let back = |e: &Edge| e.from == edge.to && e.to == edge.from;
            let lost = |id: &String| doubles.iter().any(|double| double.id == *id);
            if lost(&edge.from) || lost(&edge.to) {
                continue;
            }
            if !app.edges.iter().any(|e| known(e) || back(e)) {
                app.edges.push(edge);
            }
        }
    }
    app.components.sort_by(|a, b| a.id.cmp(&b.id));
    app.edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    if app.components.iter().any(|c| c.kind != Kind::Stateful) {
        // A chart beside a whole definition, or a folder of samples, hides nothing of what is planned.
        for finding in findings.iter_mut().filter(|f| matches!(f.id, TEMPLATE | MANY_APPS)) {
            finding.severity = Severity::Warning;
        }
    }
    (app, findings)
}

/// Whether a part of a compose file beside a template takes the place of what the template has: a cloud on the
/// developer's machine, or a store of the same engine under another name.
fn stands_in(part: &Component, template: &App, (format, other): (&str, &str)) -> bool {
    if other != "compose" || !matches!(format, "SAM and CloudFormation" | "serverless.yml") {
        return false;
    }
    let image = part.blueprint.as_ref().and_then(|blueprint| blueprint.image.as_deref());
    let engine = |c: &Component| c.engine.as_ref().and_then(Fact::get);
    let has = |of: &Component| of.kind == Kind::Stateful && engine(of) == engine(part);
    image.is_some_and(backing::is_local_cloud)
        || part.kind == Kind::Stateful
            && template.component(&part.id).is_none()
            && template.components.iter().any(has)
}

/// One note about the parts that stand in for others.
fn left_out(doubles: &[Component], (format, other): (&str, &str), findings: &mut Vec<Finding>) {
    let Some(first) = doubles.first() else { return };
    let names: Vec<&str> = doubles.iter().map(|c| c.id.as_str()).collect();
    let message =
        format!("{other} stands in for what {format} has, so not planned: {}", names.join(", "));
    let finding = Finding::note(NOT_USED, message).hint("name the compose file to plan it");
    findings.push(match first.span {
        Some(span) => finding.at(span),
        None => finding,
    });
}

/// Compose and Kubernetes that share no part describe two things: the one with more parts is planned. Where one of
/// them holds nothing but stores, they are the other's.
fn told_apart(
    mut apps: Vec<(&'static str, App)>,
    findings: &mut Vec<Finding>,
) -> Vec<(&'static str, App)> {
    let of = |name: &str| apps.iter().position(|(format, _)| *format == name);
    let (Some(one), Some(other)) = (of("Kubernetes"), of("compose")) else { return apps };
    let serves = |app: &App| app.components.iter().filter(|c| c.kind != Kind::Stateful).count();
    let (here, there) = (&apps[one].1, &apps[other].1);
    let shares = here.components.iter().any(|c| there.component(&c.id).is_some());
    if shares || serves(here) == 0 || serves(there) == 0 {
        return apps;
    }
    let left = if serves(here) < serves(there) { one } else { other };
    let (format, app) = apps.remove(left);
    let names: Vec<&str> = app.components.iter().map(|c| c.id.as_str()).collect();
    let message =
        format!("{format} shares no part with the others, so not planned: {}", names.join(", "));
    let finding = Finding::warning(CONFLICT, message).hint("name its file or folder to plan it");
    let place = app.components.first().and_then(|component| component.span);
    findings.push(match place {
        Some(span) => finding.at(span),
        None => finding,
    });
    apps
}

fn join(
    kept: &mut Component,
    other: &Component,
    formats: (&str, &str),
    findings: &mut Vec<Finding>,
) {
    let id = kept.id.clone();
    let mut differ = |what: &str, a: String, b: String| {
        let message =
            format!("{id}.{what}: {a} in {}, {b} in {}; the first counts", formats.0, formats.1);
        let finding = Finding::note(CONFLICT, message);
        findings.push(match other.span {
            Some(span) => finding.at(span),
            None => finding,
        });
    };
    fact(&mut kept.memory, &other.memory, |a, b| differ("memory", a.to_string(), b.to_string()));
    fact(&mut kept.runtime, &other.runtime, |a, b| differ("runtime", a.0.clone(), b.0.clone()));
    match (&kept.cpu_request, &other.cpu_request) {
        (None, Some(cpu)) => kept.cpu_request = Some(cpu.clone()),
        (Some(a), Some(b)) if a.value() != b.value() => {
            let shown =
                |f: &Fact<units::Millicores>| f.get().map_or_else(String::new, |v| v.to_string());
            differ("cpu", shown(a), shown(b));
        }
        _ => {}
    }
    fact(&mut kept.artifact.package, &other.artifact.package, |_, _| {});
    fact(&mut kept.artifact.size, &other.artifact.size, |_, _| {});
    fact(&mut kept.concurrency, &other.concurrency, |_, _| {});
    fact(&mut kept.public, &other.public, |_, _| {});
    if kept.engine.is_none() {
        kept.engine.clone_from(&other.engine);
    }
    if kept.storage.as_ref().is_none_or(|s| !s.is_known()) && other.storage.is_some() {
        kept.storage.clone_from(&other.storage);
    }
    for need in other.needs.iter() {
        if !kept.needs.has(need) {
            kept.needs.insert(need, other.needs.span(need));
        }
    }
    // What is seen of files belongs to how it is deployed, and to the containers that share it.
    let around = kept.containers.is_empty() && !other.containers.is_empty();
    if around {
        kept.containers.clone_from(&other.containers);
    }
    if around || (kept.blueprint.is_none() && kept.mounts.is_empty()) {
        let new = |mount: &&Mount| kept.mounts.iter().all(|known| known.path != mount.path);
        let more: Vec<Mount> = other.mounts.iter().filter(new).cloned().collect();
        kept.mounts.extend(more);
    }
    if kept.blueprint.is_none() {
        kept.blueprint.clone_from(&other.blueprint);
    }
}

/// What is known beats what is assumed; `differ` is told of two that are both known and not equal.
fn fact<T: Clone + PartialEq>(kept: &mut Fact<T>, other: &Fact<T>, differ: impl FnOnce(&T, &T)) {
    match (&*kept, other) {
        (Fact::Known(a, _), Fact::Known(b, _)) if a != b => differ(a, b),
        (Fact::Known(..), _) | (_, Fact::Unknown) => {}
        (Fact::Unknown, _) | (_, Fact::Known(..)) => *kept = other.clone(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use model::{Blueprint, CallKind, Engine};
    use source::Span;

    use super::*;

    fn app(parts: &[(&str, Kind)]) -> App {
        let mut app = defaults::app("shop");
        app.components =
            parts.iter().map(|(id, kind)| defaults::component(id, *kind, None)).collect();
        app
    }

    fn ids(kubernetes: &[(&str, Kind)], compose: &[(&str, Kind)]) -> (Vec<String>, Vec<Finding>) {
        let read = vec![
            ("Kubernetes", (app(kubernetes), Vec::new())),
            ("compose", (app(compose), Vec::new())),
        ];
        let (app, findings) = merged(read);
        (app.components.into_iter().map(|c| c.id).collect(), findings)
    }

    fn edge(from: &str, to: &str) -> Edge {
        Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            calls_per_request: 1.0,
            bytes: Fact::Unknown,
            kind: CallKind::Sync,
            origin: None,
        }
    }

    const HTTP: Kind = Kind::Http;
    const STORE: Kind = Kind::Stateful;

    #[test]
    fn compose_and_kubernetes_without_a_common_part_are_two_things() {
        let (kept, findings) = ids(&[("fix", HTTP)], &[("web", HTTP), ("api", HTTP)]);
        assert_eq!(kept, ["api", "web"]);
        assert_eq!(
            findings[0].message,
            "Kubernetes shares no part with the others, so not planned: fix"
        );
        let (kept, _) =
            ids(&[("shop-web", HTTP), ("shop-db", STORE)], &[("web", HTTP), ("db", STORE)]);
        assert_eq!(kept, ["shop-db", "shop-web"]);
        // A common part, or stores for what runs elsewhere: one application.
        let (kept, _) = ids(&[("web", HTTP), ("api", HTTP)], &[("web", HTTP), ("mail", HTTP)]);
        assert_eq!(kept, ["api", "mail", "web"]);
        let (kept, findings) = ids(&[("web", HTTP)], &[("db", STORE)]);
        assert_eq!((kept.len(), findings.len()), (2, 0));
    }

    #[test]
    fn what_compose_stands_in_for_is_not_planned_twice() {
        let store = |id: &str, engine| {
            let mut store = defaults::component(id, STORE, None);
            store.engine = Some(Fact::assumed(engine, ""));
            store
        };
        let mut cloud = defaults::component("cloud", HTTP, None);
        let image = Some("localstack/localstack:3".to_owned());
        cloud.blueprint = Some(Box::new(Blueprint { image, ..Blueprint::default() }));
        let mut compose = app(&[("web", HTTP)]);
        let local = [store("dynamodb", Engine::KeyValue), store("db", Engine::Postgres), cloud];
        compose.components.extend(local);
        compose.edges = ["dynamodb", "db"].map(|to| edge("web", to)).into();
        let mut template = app(&[("Api", HTTP)]);
        template.components.push(store("Orders", Engine::KeyValue));
        let all = |format| {
            let read = vec![
                (format, (template.clone(), Vec::new())),
                ("compose", (compose.clone(), Vec::new())),
            ];
            let (app, findings) = merged(read);
            let ids: Vec<String> = app.components.iter().map(|c| c.id.clone()).collect();
            (ids.join(" "), app.edges.len(), findings)
        };
        for format in ["SAM and CloudFormation", "serverless.yml"] {
            let (ids, edges, findings) = all(format);
            assert_eq!((ids.as_str(), edges), ("Api Orders db web", 1));
            assert!(findings[0].message.ends_with("not planned: dynamodb, cloud"), "{findings:?}");
        }
        assert_eq!(all("other").0, "Api Orders cloud db dynamodb web");
    }

    #[test]
    fn a_chart_beside_a_whole_definition_stops_nothing() {
        let chart = || {
            let finding =
                Finding::error(TEMPLATE, "a template").at(Span::new(source::FileId(0), 0, 0));
            ("Kubernetes", (app(&[]), vec![finding]))
        };
        let severity = |other: &[(&str, Kind)]| {
            merged(vec![chart(), ("compose", (app(other), Vec::new()))]).1[0].severity
        };
        assert_eq!(severity(&[("web", HTTP)]), Severity::Warning);
        assert_eq!(severity(&[("db", STORE)]), Severity::Error);
    }
}
