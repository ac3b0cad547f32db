//! What stands beside the functions: resources of CloudFormation, plugins, and what the framework makes itself.

use source::Finding;
use source::yaml::Node;

use super::One;
use crate::cloudformation::{Template, Wiring};
use crate::function::{Event, Sort};

const FUNCTION: &str = "AWS::Lambda::Function";
/// Levels below a plugin's section in which functions are named.
const DEPTH_MAX: usize = 12;

/// The logical id that the framework gives a function: `get-index` is `GetDashindexLambdaFunction`.
pub(super) fn logical(name: &str) -> String {
    let name = name.replace('-', "Dash").replace('_', "Underscore");
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}LambdaFunction", letters.as_str())
}

/// `resources`, one mapping or a list of such, with the functions as resources under their logical ids and names.
pub(super) fn template<'t>(
    root: &'t Node,
    functions: &[One<'t>],
    logical: &'t [String],
    findings: &mut Vec<Finding>,
) -> Template<'t> {
    let node = root.get("resources");
    let single = node.filter(|node| node.items().is_empty());
    let parts = node.map(Node::items).unwrap_or_default().iter().chain(single);
    let mut template = Template::of_all(&parts.collect::<Vec<_>>(), findings);
    let text = |node: Option<&'t Node>| node.and_then(Node::text);
    let service = root.get("service");
    let service = text(service).or_else(|| text(service.and_then(|node| node.get("name"))));
    let stage = text(root.get("provider").and_then(|provider| provider.get("stage")));
    for (one, logical) in functions.iter().zip(logical) {
        for name in [logical.as_str(), one.name] {
            template.add(name, FUNCTION, root, one.part.span);
        }
        let deployed = format!("{}-{}-{}", service.unwrap_or(""), stage.unwrap_or("dev"), one.name);
        template.call(one.deployed.map_or(deployed, str::to_owned), logical);
    }
    for one in functions.iter().flat_map(|one| &one.created) {
        if !template.has(one.name) {
            template.add(one.name, one.kind, root, one.span);
            template.call(one.name.to_owned(), one.name);
        }
    }
    template
}

/// What plugins start: data sources of AppSync, steps of Step Functions.
pub(super) fn plugins<'t>(root: &'t Node, template: &Template<'t>, wiring: &mut Wiring<'t>) {
    let custom = root.get("custom").and_then(|custom| custom.get("appSync"));
    for node in [custom, root.get("appSync")].into_iter().flatten() {
        let mut named = Vec::new();
        sources_of_appsync(node, 0, &mut named);
        for node in named {
            let event = ("AppSync", Sort::Http(None, None));
            match node.text().filter(|name| template.resources.contains_key(name)) {
                Some(name) => wiring.start_one(name, Event::new(event.0, event.1, node.span)),
                None => wiring.start(template, node, event),
            }
        }
    }
    let machines = root.get("stepFunctions").and_then(|plugin| plugin.get("stateMachines"));
    for (_, machine) in machines.map(Node::entries).unwrap_or_default() {
        if let Some(definition) = machine.get("definition") {
            wiring.start(template, definition, ("StateMachine", Sort::Notice));
        }
    }
}

/// Values that name a function by its name in the file.
fn sources_of_appsync<'t>(node: &'t Node, depth: usize, found: &mut Vec<&'t Node>) {
    if depth > DEPTH_MAX {
        return;
    }
    for (key, value) in node.entries() {
        let names = matches!(key.text(), Some("functionName" | "function" | "lambdaFunctionArn"));
        if names && value.entries().is_empty() {
            found.push(value);
        } else {
            sources_of_appsync(value, depth + 1, found);
        }
    }
    for item in node.items() {
        sources_of_appsync(item, depth + 1, found);
    }
}
