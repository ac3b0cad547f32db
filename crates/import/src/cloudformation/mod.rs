//! SAM and CloudFormation templates, in YAML and in JSON.
//!
//! Parameters with defaults, mappings and conditions are followed as far as they are known without an account;
//! macros do not run. Functions, what starts them, what keeps data, and containers become components; everything
//! else is counted in one note.

mod beside;
mod containers;
mod evaluate;
mod functions;
mod links;
mod machines;
pub(crate) mod rights;
mod stacks;
mod stores;
mod tables;
pub(crate) mod taking;
mod template;
#[cfg(test)]
mod tests;
pub(crate) mod triggers;
mod unheld;
mod wiring;

use std::collections::{BTreeMap, BTreeSet};

use model::{App, CallKind, Component, Fact, Kind, Load};
use source::yaml::{self, Node};
use source::{FileId, Finding, Severity, SourceMap, Span};
use units::Rate;

pub(crate) use self::evaluate::{call, named};
pub(crate) use self::functions::{ENVIRONMENT, Mention, POLICIES, names_others};
pub(crate) use self::links::edges;
pub(crate) use self::template::Template;
pub(crate) use self::wiring::{Wiring, of as wiring};
use crate::findings::{NOT_ONE_APP, NOT_USED};
use crate::project::{Project, Reference, beside, normal};
use crate::{Confidence, Gathers, Importer, assumed, defaults};

/// SAM and CloudFormation.
#[derive(Debug)]
pub struct CloudFormation;

const FILES: &[&str] = &["template.yaml", "template.yml", "sam.yaml", "template.json"];
/// How often a stack is deployed.
const DEPLOYMENTS: &str = "10/month";
/// A template with one function is more of an application than one with so many stores.
const STORES_A_FUNCTION: usize = 100;

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

    fn weighs(&self, text: &str) -> usize {
        let types = ["Serverless::Function", "Lambda::Function", "ECS::TaskDefinition"];
        let code: usize = types.into_iter().map(|kind| text.matches(kind).count()).sum();
        let stores = text
            .split("AWS::")
            .skip(1)
            .filter(|rest| stores::KINDS.iter().any(|kind| rest.starts_with(kind)));
        // Where something runs weighs more than where data is.
        STORES_A_FUNCTION * code + stores.count()
    }

    fn holds(&self, path: &str, text: &str, other: &str) -> bool {
        let named = |line: &str| {
            let line = line.trim_matches([' ', '"', '\'', ',', '{', '}', '\r']);
            let keys = ["TemplateURL", "Location"];
            let value = keys.into_iter().find_map(|key| line.strip_prefix(key))?;
            let value = value.trim_start_matches(['"', '\'', ':', ' ']);
            Some(local(value).iter().any(|part| beside(path, part) == normal(other)))
        };
        text.lines().filter_map(named).any(|is| is)
    }

    fn gathers(&self) -> Gathers {
        Gathers::File
    }

    fn references(&self, sources: &SourceMap, file: FileId) -> Vec<Reference> {
        let (documents, _) = yaml::parse(sources, file);
        let Some(root) = documents.first() else { return Vec::new() };
        let nested = root.get("Resources").map(Node::entries).unwrap_or_default();
        let places = nested.iter().filter_map(|(_, resource)| {
            nested_template(resource).or_else(|| machines::named_file(resource))
        });
        places
            .flat_map(|node| {
                let paths = local(node.text().unwrap_or("")).into_iter();
                paths.map(|path| Reference { span: node.span, path })
            })
            .collect()
    }

    fn read(&self, project: &Project<'_>, files: &[FileId]) -> (App, Vec<Finding>) {
        let mut findings = Vec::new();
        let Some(&first) = files.first() else { return (defaults::app("app"), findings) };
        let folder = project.sources.file(first).path.replace('\\', "/");
        let name = folder.rsplit('/').nth(1).filter(|name| !name.is_empty() && *name != ".");
        let mut app = defaults::app(name.unwrap_or("app"));
        stacks::read(project, first, &mut app, &mut findings);
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

/// A function that only a custom resource names runs when the stack is deployed: seldom, and what it then prepares is no
/// traffic.
pub(crate) fn at_deployment(app: &mut App, id: &str) {
    if app.edges.iter().any(|edge| edge.to == id) {
        return;
    }
    let Some(component) = app.components.iter_mut().find(|c| c.id == id) else { return };
    let quiet = component.blueprint.as_ref().is_none_or(|b| b.events.is_empty());
    if quiet && component.load == Load::Unknown {
        app.edges.retain(|edge| edge.from != id);
        let note = format!(
            "a custom resource: it runs when the stack is deployed; write `--set {id}.load=…` if others call it"
        );
        let rate = Rate::parse(DEPLOYMENTS).expect("a round number is a rate");
        component.load = Load::Rate { rate: Fact::assumed(rate, note), shapes: Vec::new() };
    }
}

/// Stores among the resources, with their logical ids.
pub(crate) fn stores(
    template: &Template<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<(String, Component)> {
    let all = template.resources.values();
    let read = |resource: &template::Resource<'_>| {
        Some((resource.id.to_owned(), stores::read(resource, template, findings)?))
    };
    all.filter_map(read).collect()
}

/// The local template that a resource nests, where it is one.
fn nested_template(resource: &Node) -> Option<&Node> {
    let properties = resource.get("Properties")?;
    let place = match resource.get("Type")?.text()? {
        "AWS::Serverless::Application" => properties.get("Location")?,
        "AWS::CloudFormation::Stack" => properties.get("TemplateURL")?,
        _ => return None,
    };
    place.text().filter(|path| path.contains("://") || place.tag.is_none())?;
    Some(place)
}

/// Where a nested template may stand in the project: at its path, or, where it is named by the address that it is
/// uploaded to, at the end of that.
fn local(path: &str) -> Vec<String> {
    let Some((_, address)) = path.split_once("://") else { return vec![path.to_owned()] };
    let parts: Vec<&str> = address.split('/').skip(1).collect();
    (0..parts.len())
        .map(|from| parts[from..].join("/"))
        .filter(|path| !path.contains("${"))
        .collect()
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
    for resource in template.own().filter(|r| !ids.contains_key(r.id)) {
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
