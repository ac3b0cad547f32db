//! Several descriptions of one service laid over each other: overrides, `extends`, `include`.

use std::collections::BTreeMap;

use source::yaml::{self, Node, Value};
use source::{FileId, Finding};

use super::interpolate::Interpolation;
use crate::findings::{CIRCLE, NO_FILE, TOO_MANY, WRONG_SHAPE};
use crate::project::{Absent, Project};

/// Files that may be included and extended, one in the other.
const DEPTH_MAX: usize = 20;
/// Services of one application.
const SERVICES_MAX: usize = 500;
/// Lists that a later description replaces; all others it adds to.
const REPLACED: &[&str] = &["command", "entrypoint", "test"];

/// Services by name, each with the file it is declared in.
pub(super) type Services = BTreeMap<String, Layer>;

/// One service as it stands.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) key: Node,
    pub(super) node: Node,
    pub(super) file: FileId,
}

/// What is read while files lead to files.
pub(super) struct Loader<'a> {
    pub(super) project: &'a Project<'a>,
    pub(super) variables: Interpolation<'a>,
    pub(super) findings: Vec<Finding>,
    /// The name of the application, where one is given.
    pub(super) name: Option<String>,
    /// Services after `extends`, by file: a base is resolved once.
    extended: BTreeMap<(FileId, String), Node>,
    /// Files as read.
    documents: BTreeMap<FileId, Option<Node>>,
}

impl<'a> Loader<'a> {
    pub(super) const fn new(project: &'a Project<'a>, variables: Interpolation<'a>) -> Self {
        Self {
            project,
            variables,
            findings: Vec::new(),
            name: None,
            extended: BTreeMap::new(),
            documents: BTreeMap::new(),
        }
    }

    /// All services of a file and of those it includes.
    pub(super) fn services(&mut self, file: FileId, open: &mut Vec<FileId>) -> Services {
        let mut services = Services::new();
        let Some(root) = self.document(file) else { return services };
        open.push(file);
        if let Some(name) = root.get("name").and_then(Node::text) {
            self.name.get_or_insert_with(|| name.to_owned());
        }
        for item in root.get("include").map(Node::items).unwrap_or_default() {
            for path in paths(item.get("path").unwrap_or(item)) {
                let Some(other) = self.named(file, path) else { continue };
                if open.contains(&other) || open.len() > DEPTH_MAX {
                    self.circle(path, path.text().unwrap_or(""), "includes itself");
                    continue;
                }
                for (name, layer) in self.services(other, open) {
                    services.entry(name).or_insert(layer);
                }
            }
        }
        // Before 2014 a file was nothing but services.
        let old = root.get("services").is_none()
            && root
                .entries()
                .iter()
                .any(|(_, v)| v.get("image").is_some() || v.get("build").is_some());
        let own = if old { Some(&root) } else { root.get("services") };
        if let Some(node) =
            own.filter(|node| !node.is_null() && !matches!(node.value, Value::Mapping(_)))
        {
            let message = format!(
                "services: {} stands where services by their names are expected",
                node.what()
            );
            self.findings.push(node.mark(Finding::error(WRONG_SHAPE, message)));
        }
        for (key, _) in own.map(Node::entries).unwrap_or_default() {
            let Some(name) = key.text().filter(|name| !name.starts_with("x-")) else { continue };
            if services.len() >= SERVICES_MAX {
                let message = format!("services: more than {SERVICES_MAX}; the rest is not read");
                self.findings.push(key.mark(Finding::error(TOO_MANY, message)));
                break;
            }
            let node = self.extended(file, name, &mut Vec::new());
            let layer = Layer { key: key.clone(), node, file };
            match services.get_mut(name) {
                Some(below) => below.node = laid_over(&below.node, &layer.node),
                None => {
                    services.insert(name.to_owned(), layer);
                }
            }
        }
        open.pop();
        services
    }

    /// A file's tree with its variables put in.
    fn document(&mut self, file: FileId) -> Option<Node> {
        if let Some(known) = self.documents.get(&file) {
            return known.clone();
        }
        let (documents, findings) = yaml::parse(self.project.sources, file);
        self.findings.extend(findings);
        let mut documents = documents.into_iter();
        let mut root = documents.next();
        // Compose lays further documents of a file over the first.
        for more in documents {
            root = root.map(|first| laid_over(&first, &more));
        }
        if let Some(root) = &mut root {
            self.variables.tree(root);
        }
        self.documents.insert(file, root.clone());
        root
    }

    /// What stands under a name in a section at the top: of `file`, else of any that was read.
    pub(super) fn declared(&self, section: &str, name: &str, file: FileId) -> Option<&Node> {
        let own = self.documents.get(&file).into_iter();
        let mut all = own.chain(self.documents.values()).flatten();
        all.find_map(|root| root.get(section)?.get(name))
    }

    /// A service with everything it extends below it.
    fn extended(&mut self, file: FileId, name: &str, open: &mut Vec<(FileId, String)>) -> Node {
        let key = (file, name.to_owned());
        if let Some(known) = self.extended.get(&key) {
            return known.clone();
        }
        let root = self.document(file);
        let old = root.as_ref().filter(|root| root.get("services").is_none());
        let services = root.as_ref().and_then(|root| root.get("services")).or(old);
        let Some(own) = services.and_then(|services| services.get(name)).cloned() else {
            return Node {
                span: source::Span::new(file, 0, 0),
                used_at: None,
                tag: None,
                value: Value::Mapping(Vec::new()),
            };
        };
        let Some(extends) = own.get("extends").cloned() else {
            self.extended.insert(key, own.clone());
            return own;
        };
        open.push(key.clone());
        let from = extends.get("file").cloned();
        let base = extends
            .get("service")
            .and_then(Node::text)
            .or_else(|| extends.text())
            .map(str::to_owned);
        let place = match &from {
            Some(path) => self.named(file, path),
            None => Some(file),
        };
        let result = match (place, base) {
            (Some(place), Some(base)) => {
                if open.contains(&(place, base.clone())) || open.len() > DEPTH_MAX {
                    self.circle(&extends, &base, "extends itself");
                    own
                } else {
                    let below = self.extended(place, &base, open);
                    if below.entries().is_empty() {
                        let message =
                            format!("{name}.extends: there is no service `{base}` to extend");
                        self.findings.push(extends.mark(Finding::warning(NO_FILE, message)));
                    }
                    laid_over(&below, &own)
                }
            }
            _ => own,
        };
        open.pop();
        self.extended.insert(key, result.clone());
        result
    }

    /// The file that a path names; a finding if there is none.
    pub(super) fn named(&mut self, from: FileId, path: &Node) -> Option<FileId> {
        let text = path.text()?;
        match self.project.beside(from, text) {
            Ok(file) => Some(file),
            Err(absent) => {
                self.findings.push(no_file(path, text, absent));
                None
            }
        }
    }

    fn circle(&mut self, at: &Node, name: &str, what: &str) {
        let finding = Finding::error(CIRCLE, format!("`{name}` {what}, so this is left out"));
        self.findings.push(at.mark(finding).hint("break the circle"));
    }
}

/// The finding for a file that is not there.
pub(crate) fn no_file(path: &Node, text: &str, absent: Absent) -> Finding {
    let finding = match absent {
        Absent::Outside => {
            Finding::error(NO_FILE, format!("`{text}` lies outside of the project and is not read"))
                .hint("plan the folder that holds both files")
        }
        Absent::Missing => Finding::warning(NO_FILE, format!("`{text}` is not there"))
            .hint("the rest is read without it"),
    };
    path.mark(finding)
}

/// The note for a file with variables in whose place its example is read.
pub(super) fn example_read(path: &str, example: &str) -> Finding {
    let message = format!("`{path}` is not there, so its example `{example}` is read");
    Finding::note(NO_FILE, message)
}

/// One path or several.
pub(super) fn paths(node: &Node) -> Vec<&Node> {
    match node.value {
        Value::Sequence(_) => node.items().iter().collect(),
        _ => vec![node],
    }
}

/// `over` on top of `below`: mappings are merged, lists added to, everything else is replaced.
pub(super) fn laid_over(below: &Node, over: &Node) -> Node {
    merged(below, over, "")
}

fn merged(below: &Node, over: &Node, key: &str) -> Node {
    if over.tag.as_deref() == Some("!override") {
        return over.clone();
    }
    match (&below.value, &over.value) {
        (Value::Mapping(a), Value::Mapping(b)) => {
            let mut entries = a.clone();
            for (key, value) in b {
                let name = key.text().unwrap_or("");
                let at = entries.iter().position(|(k, _)| k.text() == Some(name));
                if value.tag.as_deref() == Some("!reset") {
                    if let Some(at) = at {
                        entries.remove(at);
                    }
                    continue;
                }
                match at {
                    Some(at) => {
                        let (_, old) = entries.remove(at);
                        let new = merged(&old, value, name);
                        entries.insert(at, (key.clone(), new));
                    }
                    None => entries.push((key.clone(), value.clone())),
                }
            }
            Node { value: Value::Mapping(entries), ..over.clone() }
        }
        (Value::Sequence(a), Value::Sequence(b)) if !REPLACED.contains(&key) => {
            let more = b.iter().filter(|item| !a.iter().any(|old| old.value == item.value));
            let items = a.iter().chain(more).cloned().collect();
            Node { value: Value::Sequence(items), ..over.clone() }
        }
        // `environment` and its like may be a list here and a mapping there.
        (Value::Sequence(_), Value::Mapping(_)) | (Value::Mapping(_), Value::Sequence(_)) => {
            let (a, b) = (as_mapping(below), as_mapping(over));
            merged(&a, &b, key)
        }
        (_, Value::Scalar { .. }) if over.is_null() => below.clone(),
        _ => over.clone(),
    }
}

/// `["A=1", "B"]` as `{ A: 1, B: }`.
fn as_mapping(node: &Node) -> Node {
    let Value::Sequence(items) = &node.value else { return node.clone() };
    let scalar = |text: &str, quoted: bool, like: &Node| Node {
        value: Value::Scalar { text: text.to_owned(), quoted },
        ..like.clone()
    };
    let pair = |item: &Node| {
        let text = item.text()?;
        Some(match text.split_once('=') {
            Some((name, value)) => (scalar(name, true, item), scalar(value, true, item)),
            None => (scalar(text, true, item), scalar("", false, item)),
        })
    };
    Node { value: Value::Mapping(items.iter().filter_map(pair).collect()), ..node.clone() }
}
