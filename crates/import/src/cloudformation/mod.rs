//! SAM and CloudFormation templates, in YAML and in JSON.
//!
//! Parameters with defaults, mappings and conditions are followed as far as they are known without an account;
//! macros do not run. Functions, what starts them, what keeps data, and containers become components; everything
//! else is counted in one note.

mod containers;
mod evaluate;
mod functions;
mod stores;
mod template;
#[cfg(test)]
mod tests;
mod wiring;

use std::collections::{BTreeMap, BTreeSet};

use model::{App, CallKind, Component, Edge, Kind, Origin, OriginKind};
use source::yaml::{self, Node};
use source::{FileId, Finding, Severity, SourceMap, Span};

pub(crate) use self::evaluate::call;
use self::template::Template;
use crate::findings::{CIRCLE, NOT_ONE_APP, NOT_USED};
use crate::project::{Project, Reference};
use crate::{Confidence, Gathers, Importer, assumed, defaults, names};

/// SAM and CloudFormation.
#[derive(Debug)]
pub struct CloudFormation;

const FILES: &[&str] = &["template.yaml", "template.yml", "sam.yaml", "template.json"];
/// Stacks inside stacks.
const DEPTH_MAX: usize = 5;

impl Importer for CloudFormation {
    fn name(&self) -> &'static str {
        "SAM and CloudFormation"
    }

    fn looks_for(&self) -> &'static [&'static str] {
        FILES
    }

    fn detects(&self, path: &str, text: &str) -> Confidence {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        // A template that a program fills in first is none yet, and one of Serverless Framework is another format.
        let named = ["Resources:", "\"Resources\""].into_iter().any(|key| text.contains(key));
        let types =
            ["AWS::", "Alexa::", "Custom::"].into_iter().any(|prefix| text.contains(prefix));
        let marked = text.contains("AWSTemplateFormatVersion") || text.contains("AWS::Serverless");
        let top = text.lines().any(|line| {
            line.starts_with("Resources:") || line.trim_start().starts_with("\"Resources\"")
        });
        if !(named && types && top) {
            Confidence::No
        } else if FILES.contains(&file) {
            Confidence::Name
        } else if marked || top {
            Confidence::Content
        } else {
            Confidence::No
        }
    }

    fn gathers(&self) -> Gathers {
        Gathers::File
    }

    fn references(&self, sources: &SourceMap, file: FileId) -> Vec<Reference> {
        let (documents, _) = yaml::parse(sources, file);
        let Some(root) = documents.first() else { return Vec::new() };
        let nested = root.get("Resources").map(Node::entries).unwrap_or_default();
        let place = |(_, resource): &(Node, Node)| {
            let node = nested_template(resource)?;
            Some(Reference { span: node.span, path: node.text()?.to_owned() })
        };
        nested.iter().filter_map(place).collect()
    }

    fn read(&self, project: &Project<'_>, files: &[FileId]) -> (App, Vec<Finding>) {
        let mut findings = Vec::new();
        let Some(&first) = files.first() else { return (defaults::app("app"), findings) };
        let folder = project.sources.file(first).path.replace('\\', "/");
        let name = folder.rsplit('/').nth(1).filter(|name| !name.is_empty() && *name != ".");
        let mut app = defaults::app(name.unwrap_or("app"));
        read_into(project, first, &mut app, &mut findings, &mut vec![first]);
        app.components.sort_by(|a, b| a.id.cmp(&b.id));
        tidy(&mut app);
        assumed::settle(&mut app);
        if app.components.is_empty() && findings.iter().all(|f| f.severity < Severity::Error) {
            let path = &project.sources.file(first).path;
            let message =
                format!("`{path}` has no function, container or store that can be planned");
            findings.push(Finding::warning(NOT_ONE_APP, message).at(Span::new(first, 0, 0)));
        }
        (app, findings)
    }
}

/// Stores among the resources that another format carries: a mapping with `Resources`, or a list of such.
pub(crate) fn stores_of(resources: Option<&Node>, findings: &mut Vec<Finding>) -> Vec<Component> {
    let Some(node) = resources else { return Vec::new() };
    let mut found = Vec::new();
    for root in node.items().iter().chain(node.items().is_empty().then_some(node)) {
        let template = Template::of(root, findings);
        for resource in template.resources.values() {
            found.extend(stores::read(resource, &template));
        }
    }
    found
}

/// The local template that a resource nests, where it is one.
fn nested_template(resource: &Node) -> Option<&Node> {
    let properties = resource.get("Properties")?;
    let place = match resource.get("Type")?.text()? {
        "AWS::Serverless::Application" => properties.get("Location")?,
        "AWS::CloudFormation::Stack" => properties.get("TemplateURL")?,
        _ => return None,
    };
    place.text().filter(|path| !path.contains("://") && place.tag.is_none())?;
    Some(place)
}

/// Reads one template and those that it nests.
fn read_into(
    project: &Project<'_>,
    file: FileId,
    app: &mut App,
    findings: &mut Vec<Finding>,
    open: &mut Vec<FileId>,
) {
    let (documents, said) = yaml::parse(project.sources, file);
    findings.extend(said);
    let Some(root) = documents.first() else { return };
    let template = Template::of(root, findings);
    let mut wiring = wiring::of(&template);
    let mut parts: Vec<(String, Component)> = Vec::new();
    for resource in template.resources.values() {
        let component = if resource.is_function() {
            let part = functions::read(resource, &template, &mut wiring, findings);
            Some(part.component(findings))
        } else {
            stores::read(resource, &template)
        };
        parts.extend(component.map(|component| (resource.id.to_owned(), component)));
    }
    parts.extend(containers::read(&template, findings));
    let mut taken: BTreeSet<String> = app.components.iter().map(|c| c.id.clone()).collect();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for (id, mut component) in parts {
        component.id = names::fresh_id(&id, |id| taken.contains(id));
        taken.insert(component.id.clone());
        ids.insert(id, component.id.clone());
        app.components.push(component);
    }
    app.edges.extend(edges(&template, &wiring, &ids));
    rest(&template, &ids, file, findings);
    for resource in template.resources.values() {
        let Some(node) = nested_template(resource.node) else { continue };
        let path = node.text().unwrap_or("");
        match project.beside(file, path) {
            Ok(nested) if open.contains(&nested) || open.len() > DEPTH_MAX => {
                let message = format!("`{path}` nests itself, so it is left out");
                findings.push(node.mark(Finding::error(CIRCLE, message)).hint("break the circle"));
            }
            Ok(nested) => {
                open.push(nested);
                read_into(project, nested, app, findings, open);
                open.pop();
            }
            Err(absent) => findings.push(crate::compose::no_file(node, path, absent)),
        }
    }
}

/// Who calls whom: what the environment, the policies and the event sources of functions name.
fn edges(
    template: &Template<'_>,
    wiring: &wiring::Wiring<'_>,
    ids: &BTreeMap<String, String>,
) -> Vec<Edge> {
    let mut found = Vec::new();
    let mut say = |from: &str, to: &str, kind: CallKind, span: Span, note: &str| {
        let (Some(from), Some(to)) = (ids.get(from), ids.get(to)) else { return };
        if from != to {
            found.push(Edge {
                from: from.clone(),
                to: to.clone(),
                calls_per_request: 1.0,
                bytes: defaults::call_bytes(),
                kind,
                origin: Some(Origin {
                    kind: OriginKind::Declared,
                    span: Some(span),
                    note: note.to_owned(),
                }),
            });
        }
    };
    for source in &wiring.sources {
        say(source.from, source.to, CallKind::Async, source.span, "an event source");
    }
    let takes: BTreeSet<(&str, &str)> = wiring.sources.iter().map(|s| (s.to, s.from)).collect();
    for resource in template.resources.values().filter(|r| r.is_function() || r.is_task()) {
        for (node, note) in functions::mentions(resource, template) {
            for to in template.scope.resources_in(node) {
                // What a function takes messages from, it does not also call.
                if takes.contains(&(resource.id, to)) {
                    continue;
                }
                let queue = template.resources.get(to).is_some_and(|r| r.kind == "AWS::SQS::Queue");
                let kind = if queue { CallKind::Async } else { CallKind::Sync };
                say(resource.id, to, kind, node.span, note);
            }
        }
    }
    found
}

/// Removes repeated edges and those that close a circle, and makes functions that only others call internal.
fn tidy(app: &mut App) {
    app.edges = crate::container::calls::without_circles(std::mem::take(&mut app.edges));
    let mut claimed: BTreeSet<String> = BTreeSet::new();
    for component in &mut app.components {
        // One prefix leads to one component: others of the same path differ by method, which no log prefix tells.
        component.paths.retain(|path| claimed.insert(path.clone()));
        let called = app.edges.iter().any(|e| e.to == component.id && e.kind == CallKind::Sync);
        let quiet = component.blueprint.as_ref().is_some_and(|b| b.events.is_empty());
        if called && quiet && component.kind == Kind::Worker {
            component.kind = Kind::Http;
            component.public = defaults::internal();
        }
    }
}

/// One note about everything that is no component.
fn rest(
    template: &Template<'_>,
    ids: &BTreeMap<String, String>,
    file: FileId,
    findings: &mut Vec<Finding>,
) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in template.resources.values().filter(|r| !ids.contains_key(r.id)) {
        *kinds.entry(&resource.kind).or_default() += 1;
    }
    if kinds.is_empty() {
        return;
    }
    let count: usize = kinds.values().sum();
    let list: Vec<String> = kinds.iter().map(|(kind, n)| format!("{n} × {kind}")).collect();
    let message = format!("{count} resources are no components of their own: {}", list.join(", "));
    findings.push(Finding::note(NOT_USED, message).at(Span::new(file, 0, 0)));
}
