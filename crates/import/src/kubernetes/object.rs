//! The objects of manifests.

use source::yaml::{self, Node};
use source::{FileId, Finding, SourceMap};

use crate::findings::{TEMPLATE, TOO_MANY, WRONG_SHAPE};

/// Objects of one application.
const OBJECTS_MAX: usize = 20_000;
/// Lists inside lists.
const DEPTH_MAX: usize = 5;

/// One object.
#[derive(Debug, Clone)]
pub struct Object {
    /// `apps/v1`.
    pub api: String,
    /// `Deployment`.
    pub kind: String,
    /// Its name; empty if a program makes one up.
    pub name: String,
    /// Its namespace, where one is written.
    pub namespace: Option<String>,
    /// All of it.
    pub node: Node,
}

impl Object {
    /// The group of its API: empty for the core.
    pub fn group(&self) -> &str {
        self.api.split_once('/').map_or("", |(group, _)| group)
    }
    /// Something inside, by keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        at(&self.node, path)
    }
    /// An annotation.
    pub fn annotation(&self, name: &str) -> Option<&Node> {
        self.at(&["metadata", "annotations"])?.get(name)
    }
}

/// Something inside a node, by keys.
pub(super) fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key)).filter(|node| !node.is_null())
}

/// Every object of some files, lists taken apart.
pub fn objects(sources: &SourceMap, files: &[FileId]) -> (Vec<Object>, Vec<Finding>) {
    let (mut all, mut findings) = (Vec::new(), Vec::new());
    for &file in files {
        let source = sources.file(file);
        if let Some(place) = template(&source.text) {
            let span = source::Span::new(file, place, place + 2);
            let message = format!("`{}` is a template that Helm fills in first", source.path);
            let hint = "run `helm template . | crossover plan -` in the folder of the chart";
            findings.push(Finding::error(TEMPLATE, message).at(span).hint(hint));
            continue;
        }
        let (documents, said) = yaml::parse(sources, file);
        findings.extend(said);
        for document in documents {
            add(document, 0, &mut all, &mut findings);
        }
    }
    (all, findings)
}

/// Where a file has an expression of Helm's that no comment or text block hides.
fn template(text: &str) -> Option<usize> {
    let mut at = 0;
    // The column of a key whose value is a block of text: what stands deeper is the text.
    let mut block: Option<usize> = None;
    // A tab stands for a space behind a colon, and is as long.
    let text = text.replace('\t', " ");
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        let column = line.len() - bare.len();
        if block.is_some_and(|key| column > key || bare.is_empty()) {
            at += line.len();
            continue;
        }
        block = opens_text(bare).then_some(column);
        let found = line.find("{{");
        let control = bare.starts_with("{{");
        let value = line.contains(": {{") || line.contains("- {{") || line.contains(": \"{{ .");
        let helm = [
            ".Values",
            ".Release",
            ".Chart",
            "include ",
            "template ",
            "- if",
            " if ",
            "range ",
            "- end",
            " end ",
        ];
        if let Some(place) = found
            && !bare.starts_with('#')
            && (control || value)
            && helm.iter().any(|word| line.contains(word))
        {
            return Some(at + place);
        }
        at += line.len();
    }
    None
}

/// Whether a line ends in the sign of a block of text: `|`, `>-`, `|2`.
fn opens_text(bare: &str) -> bool {
    let end = bare.trim_end().trim_end_matches(['-', '+']);
    let end = end.trim_end_matches(|c: char| c.is_ascii_digit());
    !bare.starts_with(['#', '{']) && (end.ends_with(": |") || end.ends_with(": >"))
}

fn add(node: Node, depth: usize, all: &mut Vec<Object>, findings: &mut Vec<Finding>) {
    if node.is_null() || depth > DEPTH_MAX {
        return;
    }
    let text = |path: &[&str]| at(&node, path).and_then(Node::text).map(str::to_owned);
    let (Some(api), Some(kind)) = (text(&["apiVersion"]), text(&["kind"])) else {
        let message = "this document has no `apiVersion` and `kind`, so it is no object";
        findings.push(node.mark(Finding::note(WRONG_SHAPE, message)));
        return;
    };
    if all.len() >= OBJECTS_MAX {
        if all.len() == OBJECTS_MAX {
            let message = format!("more than {OBJECTS_MAX} objects; the rest is not read");
            findings.push(node.mark(Finding::error(TOO_MANY, message)));
        }
        return;
    }
    if kind.ends_with("List") && node.get("items").is_some() {
        for item in node.get("items").map(Node::items).unwrap_or_default() {
            add(item.clone(), depth + 1, all, findings);
        }
        return;
    }
    let name = text(&["metadata", "name"])
        .or_else(|| text(&["metadata", "generateName"]))
        .unwrap_or_default();
    let namespace = text(&["metadata", "namespace"]);
    all.push(Object { api, kind, name, namespace, node });
}
