//! What schemas do not say and the API server refuses all the same.

use std::collections::BTreeSet;

use emit::EmittedFile;
use source::SourceMap;
use source::yaml::Node;

/// What is wrong with the manifests, a line each.
pub(crate) fn faults(files: &[EmittedFile]) -> Vec<String> {
    let (mut faults, mut named, mut wanted) = (Vec::new(), BTreeSet::new(), Vec::new());
    for file in files.iter().filter(|file| file.path.starts_with("kubernetes/")) {
        let mut sources = SourceMap::default();
        let id = sources.add(file.path.as_str(), file.text.as_str());
        let (objects, findings) = source::yaml::parse(&sources, id);
        faults.extend(findings.iter().map(|f| format!("{}: {}", file.path, f.message)));
        for object in objects {
            let kind = text(&object, &["kind"]).unwrap_or_default();
            let name = text(&object, &["metadata", "name"]).unwrap_or_default();
            let mut fault = |what: String| faults.push(format!("{}: {kind}: {what}", file.path));
            if kind == "Kustomization" {
                for resource in items(&object, &["resources"]) {
                    let (folder, _) = file.path.rsplit_once('/').unwrap();
                    let there = files.iter().any(|f| f.path == format!("{folder}/{resource}"));
                    let above = resource.ends_with("base");
                    if !there && !above {
                        fault(format!("there is no {resource}"));
                    }
                }
                continue;
            }
            if !is_label(&name) {
                fault(format!("`{name}` is no name"));
            }
            if !named.insert((kind.clone(), name.clone())) && kind != "Namespace" {
                fault(format!("{name} stands twice"));
            }
            for (key, value) in entries(&object, &["metadata", "labels"]) {
                if !is_value(&value) {
                    fault(format!("`{key}: {value}` is no label"));
                }
            }
            let claims = at(&object, &["spec", "volumeClaimTemplates"]).map(Node::items);
            let claims = claims.unwrap_or_default().iter();
            let claims = claims.filter_map(|claim| text(claim, &["metadata", "name"])).collect();
            for pod in pods(&object) {
                look(&pod, &claims, &mut fault, &mut wanted);
            }
            if kind == "Service" {
                ports(&object, &["spec", "ports"], "port", &mut fault);
            }
        }
    }
    for (kind, name) in wanted {
        if !named.contains(&(kind.to_owned(), name.clone())) {
            faults.push(format!("there is no {kind} {name}"));
        }
    }
    faults
}

/// The pod's own rules, and the objects that it takes to be there.
fn look(
    pod: &Node,
    claims: &BTreeSet<String>,
    fault: &mut dyn FnMut(String),
    wanted: &mut Vec<(&'static str, String)>,
) {
    wanted.extend(text(pod, &["serviceAccountName"]).map(|name| ("ServiceAccount", name)));
    let containers = at(pod, &["containers"]).map(Node::items).unwrap_or_default();
    if containers.is_empty() {
        fault("no container".to_owned());
    }
    let before = at(pod, &["initContainers"]).map(Node::items).unwrap_or_default();
    let volumes: BTreeSet<String> = at(pod, &["volumes"])
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|volume| text(volume, &["name"]))
        .collect();
    let mut called = BTreeSet::new();
    for container in containers.iter().chain(before) {
        let name = text(container, &["name"]).unwrap_or_default();
        if !is_label(&name) || !called.insert(name.clone()) {
            fault(format!("the container's name `{name}` cannot be"));
        }
        for mount in at(container, &["volumeMounts"]).map(Node::items).unwrap_or_default() {
            let volume = text(mount, &["name"]).unwrap_or_default();
            if !volumes.contains(&volume) && !claims.contains(&volume) {
                fault(format!("there is no volume {volume}"));
            }
        }
        ports(container, &["ports"], "containerPort", fault);
        for from in at(container, &["envFrom"]).map(Node::items).unwrap_or_default() {
            wanted.extend(text(from, &["configMapRef", "name"]).map(|name| ("ConfigMap", name)));
        }
        let mut seen = BTreeSet::new();
        for variable in at(container, &["env"]).map(Node::items).unwrap_or_default() {
            let name = text(variable, &["name"]).unwrap_or_default();
            if name.is_empty() || name.contains('=') || !seen.insert(name.clone()) {
                fault(format!("the variable `{name}` cannot be"));
            }
        }
        let mut seen = BTreeSet::new();
        for mount in at(container, &["volumeMounts"]).map(Node::items).unwrap_or_default() {
            let path = text(mount, &["mountPath"]).unwrap_or_default();
            if !seen.insert(path.clone()) {
                fault(format!("two volumes at {path}"));
            }
        }
        for limit in ["requests", "limits"] {
            for (key, value) in entries(container, &["resources", limit]) {
                if value.starts_with(['0', '-']) {
                    fault(format!("{key} is {value}"));
                }
            }
        }
    }
}

/// Ports are in range and once each; so are their names.
fn ports(node: &Node, path: &[&str], key: &str, fault: &mut dyn FnMut(String)) {
    let (mut seen, mut names) = (BTreeSet::new(), BTreeSet::new());
    let all = at(node, path).map(Node::items).unwrap_or_default();
    for port in all {
        let number: u32 = text(port, &[key]).and_then(|n| n.parse().ok()).unwrap_or(0);
        let protocol = text(port, &["protocol"]).unwrap_or_default();
        if !(1..=65_535).contains(&number) || !seen.insert((number, protocol)) {
            fault(format!("the port {number} cannot be"));
        }
        match text(port, &["name"]) {
            Some(name) if name.len() > 15 || !is_label(&name) || !names.insert(name.clone()) => {
                fault(format!("the port's name `{name}` cannot be"));
            }
            None if key == "port" && all.len() > 1 => fault("a port without a name".to_owned()),
            _ => {}
        }
    }
}

/// The pods that an object describes.
fn pods(object: &Node) -> Vec<Node> {
    let paths: [&[&str]; 2] =
        [&["spec", "template", "spec"], &["spec", "jobTemplate", "spec", "template", "spec"]];
    let found = paths.iter().filter_map(|path| at(object, path));
    found.filter(|node| node.get("containers").is_some()).cloned().collect()
}

fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

fn text(node: &Node, path: &[&str]) -> Option<String> {
    at(node, path)?.text().map(str::to_owned)
}

fn items(node: &Node, path: &[&str]) -> Vec<String> {
    let all = at(node, path).map(Node::items).unwrap_or_default();
    all.iter().filter_map(Node::text).map(str::to_owned).collect()
}

fn entries(node: &Node, path: &[&str]) -> Vec<(String, String)> {
    let all = at(node, path).map(Node::entries).unwrap_or_default();
    let pair =
        |(key, value): &(Node, Node)| Some((key.text()?.to_owned(), value.text()?.to_owned()));
    all.iter().filter_map(pair).collect()
}

/// A label of RFC 1123 with at most 63 letters.
fn is_label(name: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.starts_with(ends)
        && name.ends_with(ends)
        && name.chars().all(|c| ends(c) || c == '-')
}

/// The value of a label.
fn is_value(value: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends = |c: char| c.is_ascii_alphanumeric();
    value.len() <= 63
        && value.chars().all(inside)
        && (value.is_empty() || (value.starts_with(ends) && value.ends_with(ends)))
}
