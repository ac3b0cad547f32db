//! The parts of a template.

use std::collections::BTreeMap;

use source::yaml::{Node, Value};
use source::{Finding, Span};

use super::evaluate::Scope;
use crate::findings::{NOT_USED, TOO_MANY, WRONG_SHAPE};

/// CloudFormation's own limit is 500; SAM makes more of them from fewer.
const RESOURCES_MAX: usize = 1000;

/// A template.
pub(super) struct Template<'t> {
    pub(super) scope: Scope<'t>,
    /// By logical id.
    pub(super) resources: BTreeMap<&'t str, Resource<'t>>,
    /// `Globals.Function`.
    pub(super) globals: Option<&'t Node>,
}

/// One resource that exists under the template's own defaults.
#[derive(Debug, Clone)]
pub(super) struct Resource<'t> {
    pub(super) id: &'t str,
    pub(super) span: Span,
    pub(super) kind: String,
    pub(super) node: &'t Node,
    pub(super) properties: Option<&'t Node>,
}

impl<'t> Template<'t> {
    pub(super) fn of(root: &'t Node, findings: &mut Vec<Finding>) -> Self {
        let named = |section: &str| {
            let entries = root.get(section).map(Node::entries).unwrap_or_default();
            entries.iter().filter_map(|(k, v)| Some((k.text()?, v))).collect::<BTreeMap<_, _>>()
        };
        let scope = Scope {
            parameters: named("Parameters"),
            mappings: root.get("Mappings"),
            conditions: named("Conditions"),
            resources: named("Resources"),
        };
        macros(root, findings);
        let section = root.get("Resources");
        if let Some(node) = section.filter(|node| !matches!(node.value, Value::Mapping(_))) {
            let message = format!(
                "Resources: {} stands where resources by their names are expected",
                node.what()
            );
            findings.push(node.mark(Finding::error(WRONG_SHAPE, message)));
        }
        let mut resources = BTreeMap::new();
        for (key, node) in section.map(Node::entries).unwrap_or_default() {
            let Some(id) = key.text() else { continue };
            if resources.len() == RESOURCES_MAX {
                let message = format!("Resources: more than {RESOURCES_MAX}; the rest is not read");
                findings.push(key.mark(Finding::error(TOO_MANY, message)));
                break;
            }
            let Some(kind) = node.get("Type").and_then(Node::text) else {
                if !id.starts_with("Fn::") {
                    let message = format!("{id}: a resource without a type is left out");
                    findings.push(key.mark(Finding::warning(WRONG_SHAPE, message)));
                }
                continue;
            };
            let absent = node
                .get("Condition")
                .and_then(Node::text)
                .is_some_and(|condition| scope.holds(condition) == Some(false));
            if absent {
                let message =
                    format!("{id}: its condition does not hold under the template's defaults");
                findings.push(key.mark(Finding::note(NOT_USED, message)));
                continue;
            }
            let properties = node.get("Properties");
            let kind = kind.to_owned();
            resources.insert(id, Resource { id, span: key.span, kind, node, properties });
        }
        let globals = root.get("Globals").and_then(|globals| globals.get("Function"));
        Self { scope, resources, globals }
    }

    /// A property of a resource, followed; of functions also from `Globals`.
    pub(super) fn property(&self, resource: &Resource<'t>, key: &str) -> Option<&'t Node> {
        let own = resource.properties.and_then(|properties| self.scope.get(properties, key));
        own.or_else(|| {
            let globals = self.globals.filter(|_| resource.kind == "AWS::Serverless::Function")?;
            self.scope.get(globals, key)
        })
    }

    /// Its text.
    pub(super) fn text(&self, resource: &Resource<'t>, key: &str) -> Option<(String, Span)> {
        let raw = |place: Option<&'t Node>| {
            place.and_then(|place| self.scope.pick(place)).and_then(|p| p.get(key))
        };
        let globals = self.globals.filter(|_| resource.kind == "AWS::Serverless::Function");
        let node = raw(resource.properties).or_else(|| raw(globals))?;
        Some((self.scope.text(node)?, node.span))
    }
}

impl Resource<'_> {
    pub(super) fn is_function(&self) -> bool {
        matches!(self.kind.as_str(), "AWS::Serverless::Function" | "AWS::Lambda::Function")
    }

    pub(super) fn is_task(&self) -> bool {
        self.kind == "AWS::ECS::TaskDefinition"
    }
}

/// Macros change a template before it is deployed; here they do not run.
fn macros(root: &Node, findings: &mut Vec<Finding>) {
    let Some(node) = root.get("Transform") else { return };
    let listed = node.items().iter().chain((node.items().is_empty()).then_some(node));
    for one in listed {
        let name = one.text().or_else(|| one.get("Name").and_then(Node::text)).unwrap_or("");
        if !name.is_empty() && !name.starts_with("AWS::Serverless-") {
            let message = format!("`{name}` is not run: the template is read as it stands");
            findings.push(one.mark(Finding::warning(NOT_USED, message)));
        }
    }
}
