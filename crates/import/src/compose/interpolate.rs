//! `${VARIABLES}` in values, as the compose specification reads them.

use std::collections::{BTreeMap, BTreeSet};

use source::yaml::{Node, Value};
use source::{Finding, SourceMap, Span};

use crate::findings::NO_VARIABLE;
use crate::names::{braced, quoted, within};

/// Variables inside variables.
const DEPTH_MAX: usize = 20;
/// Bytes of one value after its variables were put in.
const TEXT_MAX: usize = 64 << 10;
/// Names of unset variables that are listed.
const UNSET_MAX: usize = 50;

/// Puts variables into values and remembers which had none.
pub(super) struct Interpolation<'a> {
    sources: &'a SourceMap,
    variables: BTreeMap<String, String>,
    unset: BTreeSet<String>,
    findings: Vec<Finding>,
}

impl<'a> Interpolation<'a> {
    /// With these variables; a value may name those before it.
    pub(super) fn new(sources: &'a SourceMap, variables: Vec<(String, String)>) -> Self {
        let none = BTreeMap::new();
        let mut own =
            Self { sources, variables: none, unset: BTreeSet::new(), findings: Vec::new() };
        let nowhere = Span::new(source::FileId(0), 0, 0);
        for (name, value) in variables {
            let value = if value.contains('$') { own.text(&value, nowhere, 0) } else { value };
            own.variables.insert(name, value);
        }
        // What a value lacks is no fault of the place where it is used.
        own.unset.clear();
        own.findings.clear();
        own
    }

    /// The value of a variable that a service takes as it is.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// Every value below `node`; keys stay as they are.
    pub(super) fn tree(&mut self, node: &mut Node) {
        let span = node.span;
        match &mut node.value {
            Value::Scalar { text, quoted } if text.contains('$') => {
                let expanded = self.text(text, span, 0);
                // A variable that brings nothing is an empty text, not a missing value.
                *quoted = *quoted || expanded.is_empty();
                *text = expanded;
            }
            Value::Scalar { .. } => {}
            Value::Sequence(items) => items.iter_mut().for_each(|item| self.tree(item)),
            Value::Mapping(entries) => entries.iter_mut().for_each(|(_, value)| self.tree(value)),
        }
    }

    fn text(&mut self, text: &str, span: Span, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if out.len() > TEXT_MAX || depth > DEPTH_MAX {
                break;
            }
            rest = if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                after
            } else if let Some(inner) = after.strip_prefix('{') {
                let (expression, after) = braced(inner).unwrap_or((inner, ""));
                let value = self.expression(expression, span, depth);
                out.push_str(&value);
                after
            } else {
                let end = after.find(|c: char| !is_name(c)).unwrap_or(after.len());
                let (name, after) = after.split_at(end);
                if name.is_empty() {
                    out.push('$');
                } else {
                    let value = self.value(name, span);
                    out.push_str(&value);
                }
                after
            };
        }
        out.push_str(rest);
        let mut end = out.len().min(TEXT_MAX);
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
        out
    }

    /// What stands between braces: a name and perhaps what holds if it has no value.
    fn expression(&mut self, expression: &str, span: Span, depth: usize) -> String {
        let end = expression.find(|c: char| !is_name(c)).unwrap_or(expression.len());
        let (name, rest) = expression.split_at(end);
        let set = self.variables.get(name).cloned();
        let filled = set.clone().filter(|value| !value.is_empty());
        let (with_colon, operator) = match rest.strip_prefix(':') {
            Some(operator) => (true, operator),
            None => (false, rest),
        };
        let present = if with_colon { filled } else { set };
        if let Some(default) = operator.strip_prefix('-') {
            return present.unwrap_or_else(|| self.text(default, span, depth + 1));
        }
        if let Some(other) = operator.strip_prefix('+') {
            return if present.is_some() {
                self.text(other, span, depth + 1)
            } else {
                String::new()
            };
        }
        if operator.starts_with('?') {
            return present.unwrap_or_else(|| self.value(name, span));
        }
        self.value(name, span)
    }

    fn value(&mut self, name: &str, span: Span) -> String {
        if let Some(value) = self.variables.get(name) {
            return value.clone();
        }
        if self.unset.len() < UNSET_MAX && self.unset.insert(name.to_owned()) {
            let message = format!("{} has no value, so it is read as nothing", quoted(name));
            let hint = format!("write `{name}=…` into the file `.env` beside the definition");
            let openings = [format!("${{{name}"), format!("${name}")];
            let mut places = openings.iter().map(|opening| within(self.sources, span, opening));
            let place = places.find(|place| *place != span).unwrap_or(span);
            self.findings.push(Finding::warning(NO_VARIABLE, message).at(place).hint(hint));
        }
        String::new()
    }
}

const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The variables of a `.env` file; later ones win.
pub(super) fn env_file(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| is_name(c) || matches!(c, '.' | '-')) {
            return None;
        }
        let value = value.trim();
        let quoted = ['"', '\''].into_iter().find_map(|q| {
            let inner = value.strip_prefix(q)?;
            inner.split_once(q).map(|(inner, _)| inner)
        });
        let bare = value.split(" #").next().unwrap_or(value).trim_end();
        Some((name.to_owned(), quoted.unwrap_or(bare).to_owned()))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str) -> (String, usize) {
        let variables = [("A", "1"), ("EMPTY", ""), ("B", "two")];
        let variables = variables.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let mut sources = SourceMap::default();
        let span = Span::new(sources.add("compose.yaml", text), 0, text.len());
        let mut it = Interpolation::new(&sources, variables.into_iter().collect());
        (it.text(text, span, 0), it.into_findings().len())
    }

    #[test]
    fn variables_as_the_specification_has_them() {
        for (text, expected, unset) in [
            ("x$A-${B}", "x1-two", 0),
            ("$$A", "$A", 0),
            ("${NO:-d}", "d", 0),
            ("${EMPTY:-d}", "d", 0),
            ("${EMPTY-d}", "", 0),
            ("${NO-d}", "d", 0),
            ("${A:+yes}${NO:+no}", "yes", 0),
            ("${NO:-${B:-x}}", "two", 0),
            ("${NO:-${NO2:-${A}}}!", "1!", 0),
            ("${NO}", "", 1),
            ("${NO:?must be set}", "", 1),
            ("$", "$", 0),
            ("100%$", "100%$", 0),
            ("${A", "1", 0),
        ] {
            assert_eq!(expand(text), (expected.to_owned(), unset), "{text}");
        }
    }

    #[test]
    fn nesting_and_size_are_bounded() {
        let deep = "${X:-".repeat(1000);
        assert!(expand(&deep).0.len() <= TEXT_MAX);
        let long = "${NO:-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}".repeat(10_000);
        assert!(expand(&long).0.len() <= TEXT_MAX);
    }

    #[test]
    fn env_files() {
        let text = "# no\nA=1\n export B = \"x # y\"\nC=plain # comment\nbroken\n=x\nD='q'\nA=2\n";
        let read = env_file(text);
        let pairs: Vec<(&str, &str)> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "x # y"), ("C", "plain"), ("D", "q"), ("A", "2")]);
    }
}
