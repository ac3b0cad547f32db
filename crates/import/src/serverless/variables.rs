//! `${variables}` of the framework, followed as far as they go without an account and without a shell.

use std::collections::{BTreeMap, BTreeSet};

use source::yaml::{self, Node, Value};
use source::{FileId, Finding, Severity};

use crate::compose::no_file;
use crate::findings::{CIRCLE, NO_VARIABLE};
use crate::names::{braced, quoted, within};
use crate::project::Project;

/// Variables inside variables, and files inside files.
const DEPTH_MAX: usize = 24;
/// Values that variables may bring in all.
const NODES_MAX: usize = 200_000;
/// Bytes of text that are searched for variables in all: text that names itself over and over ends here.
const SEARCHED_MAX: usize = 16 << 20;
/// Names of variables without a value that are listed.
const UNKNOWN_MAX: usize = 50;

/// Puts variables into a tree.
pub(super) struct Resolver<'a> {
    project: &'a Project<'a>,
    raw: Node,
    pub(super) findings: Vec<Finding>,
    files: BTreeMap<FileId, Option<Node>>,
    unknown: BTreeSet<String>,
    nodes: usize,
    searched: usize,
}

impl<'a> Resolver<'a> {
    pub(super) const fn new(project: &'a Project<'a>, raw: Node) -> Self {
        Self {
            project,
            raw,
            findings: Vec::new(),
            files: BTreeMap::new(),
            unknown: BTreeSet::new(),
            nodes: 0,
            searched: 0,
        }
    }

    /// The whole file with its variables put in. What has no value here stays as it is written.
    pub(super) fn root(&mut self) -> Node {
        let raw = self.raw.clone();
        self.tree(&raw, 0)
    }

    fn tree(&mut self, node: &Node, depth: usize) -> Node {
        self.nodes += 1;
        if depth > DEPTH_MAX || self.nodes > NODES_MAX {
            if self.nodes == NODES_MAX + 1 || depth == DEPTH_MAX + 1 {
                let message = "variables lead too deep, or in a circle, and are left as they are";
                self.findings
                    .push(node.mark(Finding::error(CIRCLE, message)).hint("break the circle"));
                self.nodes += 1;
            }
            return node.clone();
        }
        let value = match &node.value {
            Value::Scalar { text, .. } if text.contains("${") => {
                return self.scalar(node, text, depth);
            }
            Value::Scalar { .. } => return node.clone(),
            Value::Sequence(items) => {
                Value::Sequence(items.iter().map(|item| self.tree(item, depth)).collect())
            }
            Value::Mapping(entries) => {
                let entries =
                    entries.iter().map(|(key, value)| (key.clone(), self.tree(value, depth)));
                Value::Mapping(entries.collect())
            }
        };
        Node { value, ..node.clone() }
    }

    /// A value that is one variable becomes what that is, also a mapping; others become text.
    fn scalar(&mut self, node: &Node, text: &str, depth: usize) -> Node {
        if let Some(inner) = text.trim().strip_prefix("${")
            && let Some((inner, "")) = braced(inner)
        {
            return match self.variable(inner, node, depth) {
                Some(found) => found,
                None => node.clone(),
            };
        }
        self.searched += text.len();
        let text = self.text(text, node, depth);
        Node { value: Value::Scalar { text, quoted: true }, ..node.clone() }
    }

    /// Whether so much was searched that variables stay as they are; says so once.
    fn is_spent(&mut self, node: &Node) -> bool {
        let spent = self.searched > SEARCHED_MAX;
        if spent && self.unknown.insert(String::new()) {
            let message = "there are too many variables; the rest is left as it is";
            let hint = "put values in place of variables that name long texts";
            self.findings.push(node.mark(Finding::error(CIRCLE, message)).hint(hint));
        }
        spent
    }

    fn text(&mut self, text: &str, node: &Node, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            if self.is_spent(node) {
                out.push_str("${");
                rest = after;
                break;
            }
            let end = braced(after);
            self.searched += end.map_or(after.len(), |(inner, _)| inner.len());
            let Some((inner, after)) = end else {
                out.push_str("${");
                rest = after;
                continue;
            };
            let found =
                self.variable(inner, node, depth).and_then(|found| found.text().map(str::to_owned));
            match found {
                Some(value) if out.len() + value.len() < 1 << 16 => out.push_str(&value),
                _ => {
                    out.push_str("${");
                    out.push_str(inner);
                    out.push('}');
                }
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// `source:address, default, …`: the first that has a value.
    fn variable(&mut self, inner: &str, node: &Node, depth: usize) -> Option<Node> {
        if depth > DEPTH_MAX {
            return None;
        }
        let inner =
            if inner.contains("${") { self.text(inner, node, depth + 1) } else { inner.to_owned() };
        for part in parts(&inner) {
            let part = part.trim();
            if let Some(found) = self.source(part, node, depth) {
                return Some(found);
            }
        }
        // Pseudo parameters of `Fn::Sub` (`${AWS::Region}`, `${Table}`) are CloudFormation's.
        let first = parts(&inner).first().map_or("", |first| first.trim()).to_owned();
        let is_missing_file = first
            .strip_prefix("file(")
            .and_then(|rest| rest.split_once(')'))
            .is_some_and(|(path, _)| self.unknown.contains(path.trim()));
        let ours = first.contains(':') && !first.starts_with("AWS::") && !is_missing_file;
        if ours && self.unknown.len() < UNKNOWN_MAX && self.unknown.insert(first.clone()) {
            let message = format!("{} is not known here", quoted(&format!("${{{first}}}")));
            let hint = "give it a default in the file; it stays as it is written";
            let place = self.part(node, &format!("${{{first}"));
            self.findings.push(place.mark(Finding::note(NO_VARIABLE, message)).hint(hint));
        }
        None
    }

    fn source(&mut self, part: &str, node: &Node, depth: usize) -> Option<Node> {
        if let Some(text) =
            ['\'', '"'].into_iter().find_map(|q| part.strip_prefix(q)?.strip_suffix(q))
        {
            return Some(scalar(text, node));
        }
        if let Some(rest) = part.strip_prefix("file(") {
            let (path, rest) = rest.split_once(')')?;
            let root = self.file(path.trim(), node)?;
            let address = rest.trim_start().strip_prefix(':').unwrap_or("");
            let found = follow(&root, address)?.clone();
            return Some(self.tree(&found, depth + 1));
        }
        let (source, address) = part.split_once(':').unwrap_or(("", part));
        match source {
            "self" => self.own(address, depth).filter(|found| !found.is_null()),
            // What `--stage` and `--region` are without a flag.
            "opt" | "sls" if address == "stage" => {
                let own = follow(&self.raw, "provider.stage").cloned();
                let own = own.filter(|own| own.text().is_some_and(|text| !text.contains("${")));
                (source == "sls").then(|| own.unwrap_or_else(|| scalar("dev", node)))
            }
            "aws" if address == "region" => Some(scalar("us-east-1", node)),
            "aws" if address == "accountId" => Some(scalar("123456789012", node)),
            "param" => {
                let found = follow(&self.raw, &format!("params.default.{address}"))?.clone();
                Some(self.tree(&found, depth + 1))
            }
            "" if is_literal(part) => Some(scalar(part, node)),
            _ => None,
        }
    }

    /// A value of this file; variables on the way to it are followed, too.
    fn own(&mut self, address: &str, depth: usize) -> Option<Node> {
        let mut keys = address.split('.').filter(|key| !key.is_empty()).peekable();
        let is_variable =
            |node: &Node| matches!(&node.value, Value::Scalar { text, .. } if text.contains("${"));
        // Only what is found is copied: the way to it may lead through most of the file.
        let mut here = &self.raw;
        while let Some(key) = keys.next_if(|_| !is_variable(here)) {
            here = follow(here, key)?;
        }
        let mut at = here.clone();
        for key in keys {
            if is_variable(&at) {
                at = self.tree(&at, depth + 1);
            }
            at = follow(&at, key)?.clone();
        }
        Some(self.tree(&at, depth + 1))
    }

    /// A part of a value, in its own place.
    fn part(&self, node: &Node, opening: &str) -> Node {
        Node { span: within(self.project.sources, node.span, opening), ..node.clone() }
    }

    fn file(&mut self, path: &str, node: &Node) -> Option<Node> {
        match self.project.beside(node.span.file, path) {
            Ok(file) => {
                if let Some(known) = self.files.get(&file) {
                    return known.clone();
                }
                let (documents, findings) = yaml::parse(self.project.sources, file);
                self.findings.extend(findings);
                let root = documents.into_iter().next();
                self.files.insert(file, root.clone());
                root
            }
            Err(absent) => {
                if self.unknown.insert(path.to_owned()) {
                    let place = self.part(node, path);
                    // The rest can be planned without it: one service of a repository may name files of the whole.
                    let severity = Severity::Warning;
                    self.findings.push(Finding { severity, ..no_file(&place, path, absent) });
                }
                None
            }
        }
    }
}

/// A number or a yes or no stands for itself.
fn is_literal(part: &str) -> bool {
    matches!(part, "true" | "false" | "null") || (!part.is_empty() && part.parse::<f64>().is_ok())
}

fn scalar(text: &str, like: &Node) -> Node {
    let value = Value::Scalar { text: text.to_owned(), quoted: text.is_empty() };
    Node { value, tag: None, ..like.clone() }
}

/// `custom.tables.orders`, `functions.0.name`; the empty address is all of it.
fn follow<'n>(root: &'n Node, address: &str) -> Option<&'n Node> {
    let mut node = root;
    for key in address.split('.').filter(|key| !key.is_empty()) {
        node = match key.parse::<usize>() {
            Ok(index) if !node.items().is_empty() => node.items().get(index)?,
            _ => node.get(key)?,
        };
    }
    Some(node)
}

/// Split at commas that are in no quotes and no parentheses.
fn parts(text: &str) -> Vec<&str> {
    let (mut found, mut from, mut quote, mut depth) = (Vec::new(), 0, None, 0_u32);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                found.push(text.get(from..at).unwrap_or(""));
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(text.get(from..).unwrap_or(""));
    found
}
