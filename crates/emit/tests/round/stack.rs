//! What no schema says of a stack of functions: that every name in it leads somewhere, and that every id may be one.

use std::collections::BTreeSet;

use emit::EmittedFile;
use source::SourceMap;
use source::yaml::{Node, Value};

/// What is wrong with the stacks among these files, a line each.
pub(crate) fn faults(files: &[EmittedFile]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files {
        let is = |name: &str| file.path.ends_with(name);
        if !is("template.yaml") && !is("serverless.yml") {
            continue;
        }
        let mut sources = SourceMap::default();
        let id = sources.add(file.path.as_str(), file.text.as_str());
        let (documents, findings) = source::yaml::parse(&sources, id);
        faults.extend(findings.iter().map(|f| format!("{}: {}", file.path, f.message)));
        let Some(root) = documents.first() else { continue };
        let beside = root.get("resources").unwrap_or(root);
        let mut ids = keys(beside.get("Resources"));
        ids.extend(keys(root.get("Parameters")));
        let mut made = BTreeSet::new();
        for (key, function) in root.get("functions").map(Node::entries).unwrap_or_default() {
            let key = key.text().unwrap_or("");
            if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            {
                faults.push(format!("`{key}` is no name of a function"));
            }
            let id = normalized(key);
            if !made.insert(format!("{id}LambdaFunction")) {
                faults.push(format!("two functions are called {id}"));
            }
            let rest = [
                "LambdaFunctionUrl",
                "ProvConcLambdaAlias",
                "SnapStartLambdaAlias",
                "DurableLambdaAlias",
            ];
            made.extend(rest.iter().map(|end| format!("{id}{end}")));
            let role = function.get("role").and_then(Node::text);
            if let Some(role) = role.filter(|role| !ids.contains(*role)) {
                faults.push(format!("there is no role {role}"));
            }
        }
        for (key, one) in beside.get("Resources").map(Node::entries).unwrap_or_default() {
            let kind = one.get("Type").and_then(Node::text).unwrap_or("");
            if kind == "AWS::Serverless::Function" {
                for end in ["Url", "Role", "Aliaslive"] {
                    made.insert(format!("{}{end}", key.text().unwrap_or("")));
                }
            }
        }
        for id in ids.intersection(&made) {
            faults.push(format!("{id} stands twice"));
        }
        for id in ids.iter().filter(|id| !is_id(id)) {
            faults.push(format!("`{id}` is no id"));
        }
        for id in keys(beside.get("Outputs")).iter().filter(|id| !is_id(id)) {
            faults.push(format!("`{id}` is no id of an output"));
        }
        ids.extend(made);
        let mut named = BTreeSet::new();
        names_in(root, &mut named);
        let there = |name: &String| name.starts_with("AWS::") || ids.contains(name);
        faults.extend(named.iter().filter(|name| !there(name)).map(|n| format!("there is no {n}")));
    }
    faults
}

/// The framework's id of a function.
fn normalized(name: &str) -> String {
    let name = name.replace('-', "Dash").replace('_', "Underscore");
    name.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default()
        + name.get(1..).unwrap_or("")
}

fn keys(node: Option<&Node>) -> BTreeSet<String> {
    let entries = node.map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|(key, _)| key.text().map(str::to_owned)).collect()
}

/// "The logical ID must be alphanumeric", AWS CloudFormation user guide; with at most 255 letters.
fn is_id(id: &str) -> bool {
    (1..=255).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric())
}

/// What `Ref`, `Fn::GetAtt` and `Fn::Sub` name.
fn names_in(node: &Node, found: &mut BTreeSet<String>) {
    for (key, value) in node.entries() {
        let text = value.text().unwrap_or("");
        match key.text() {
            Some("Ref") => drop(found.insert(text.to_owned())),
            Some("Fn::GetAtt") => {
                found.extend(value.items().first().and_then(Node::text).map(str::to_owned));
            }
            Some("Fn::Sub") => {
                for part in text.split("${").skip(1) {
                    let name = part.split(['}', '.']).next().unwrap_or("");
                    // The framework's own variables.
                    if !name.starts_with("self:") && !name.starts_with("sls:") {
                        found.insert(name.to_owned());
                    }
                }
            }
            _ => names_in(value, found),
        }
    }
    if let Value::Sequence(items) = &node.value {
        for item in items {
            names_in(item, found);
        }
    }
}
