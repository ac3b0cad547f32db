//! A mapping whose keys were checked, and the values under them.

use model::Fact;
use source::yaml::{Node, Value};
use source::{Finding, Span};
use units::ParseError;

use super::keys::Section;
use crate::findings::{BAD_VALUE, MISSING_KEY, UNKNOWN_KEY, UNKNOWN_NAME, WRONG_SHAPE};
use crate::names;

/// A mapping of one section, with the path that leads to it.
pub(super) struct Fields<'a> {
    pub node: &'a Node,
    section: &'static Section,
    /// `api` or `api.load`; empty at the top.
    path: String,
}

impl<'a> Fields<'a> {
    /// Checks that `node` is a mapping and that every key exists and has a value; `None` if it is no mapping.
    pub(super) fn open(
        node: &'a Node,
        section: &'static Section,
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        Self::open_with(node, section, path, |_| false, findings)
    }

    /// The same, with further keys that `also` accepts.
    pub(super) fn open_with(
        node: &'a Node,
        section: &'static Section,
        path: &str,
        also: impl Fn(&str) -> bool,
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        let fields = Self { node, section, path: path.to_owned() };
        if !matches!(node.value, Value::Mapping(_)) {
            let message = match path {
                "" => format!("{} is a mapping, and this is {}", section.what, node.what()),
                path => {
                    format!("{path}: {} is a mapping, and this is {}", section.what, node.what())
                }
            };
            let hint = format!("write keys and values: `{}`", section.example());
            findings.push(node.mark(Finding::error(WRONG_SHAPE, message)).hint(hint));
            return None;
        }
        for (key, value) in node.entries() {
            if full(findings) {
                break;
            }
            let Some(name) = key.text() else {
                let message = format!("{}: {} cannot be a key", fields.or_file(), key.what());
                findings.push(key.mark(Finding::error(WRONG_SHAPE, message)));
                continue;
            };
            // As in compose files: a place for anchors that nobody else reads.
            if name.starts_with("x-") {
                continue;
            }
            if section.key(name).is_none() && !also(name) {
                let message = format!(
                    "{} is not a key of {}",
                    names::quoted(&fields.path_of(name)),
                    section.what
                );
                let finding = key.mark(Finding::error(UNKNOWN_KEY, message));
                findings.push(finding.hint(names::hint(name, &section.names())));
            } else if value.is_null() && !unresolved(value) {
                let example = section.key(name).map_or("", |key| key.example);
                let message = format!("`{}` has no value", fields.path_of(name));
                let finding = key.mark(Finding::error(WRONG_SHAPE, message));
                findings
                    .push(finding.hint(format!("write `{name}: {example}`, or leave the key out")));
            }
        }
        Some(fields)
    }

    /// The value under a key that the section has.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(
            self.section.key(key).is_some(),
            "`{key}` is not in the table of {}",
            self.section.what
        );
        self.node.get(key).filter(|value| !value.is_null())
    }
    /// Whether there is a value under this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
    /// The place of a value, or of the whole mapping.
    pub(super) fn span(&self, key: &str) -> Span {
        self.get(key).map_or(self.node.span, |node| node.span)
    }
    /// `api.memory`.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
    fn or_file(&self) -> &str {
        if self.path.is_empty() { "the file" } else { &self.path }
    }

    /// The text under a key.
    pub(super) fn text(
        &self,
        key: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<(&'a str, &'a Node)> {
        let node = self.get(key)?;
        let example = self.example(key);
        text_of(node, &self.path_of(key), example, findings).map(|text| (text, node))
    }

    /// A value that `parse` understands.
    pub(super) fn parsed<T>(
        &self,
        key: &str,
        findings: &mut Vec<Finding>,
        parse: impl FnOnce(&str) -> Result<T, ParseError>,
    ) -> Option<(T, Span)> {
        let (text, node) = self.text(key, findings)?;
        let example = self.example(key);
        parse_at(text, node, (&self.path_of(key), example), findings, parse)
    }

    /// The same, as a declared fact.
    pub(super) fn fact<T>(
        &self,
        key: &str,
        findings: &mut Vec<Finding>,
        parse: impl FnOnce(&str) -> Result<T, ParseError>,
    ) -> Option<Fact<T>> {
        self.parsed(key, findings, parse).map(|(value, span)| Fact::declared(value, span))
    }

    /// One of several names.
    pub(super) fn named<T: Copy + PartialEq>(
        &self,
        key: &str,
        findings: &mut Vec<Finding>,
        all: &[(&'static str, T)],
    ) -> Option<(T, Span)> {
        let (text, node) = self.text(key, findings)?;
        name_of(text, node, &self.path_of(key), all, findings).map(|value| (value, node.span))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str, findings: &mut Vec<Finding>) -> Option<Fact<bool>> {
        let all = [("true", true), ("false", false)];
        self.named(key, findings, &all).map(|(value, span)| Fact::declared(value, span))
    }

    /// The items of a list; one value stands for a list of one.
    pub(super) fn items(&self, key: &str) -> Vec<&'a Node> {
        match self.get(key) {
            None => Vec::new(),
            Some(node) => items_of(node),
        }
    }

    /// A value that is right under a key.
    pub(super) fn example(&self, key: &str) -> &'static str {
        self.section.key(key).map_or("", |key| key.example)
    }

    /// A key that must be there.
    pub(super) fn require(&self, key: &str, findings: &mut Vec<Finding>) {
        if self.node.get(key).is_none() {
            let message = format!("{} has no `{key}`", self.or_file());
            let example = self.example(key);
            let finding = self.node.mark(Finding::error(MISSING_KEY, message));
            findings.push(finding.hint(format!("write `{key}: {example}`")));
        }
    }
}

/// Findings about one file at most, give or take a few: nobody reads more.
const FINDINGS_MAX: usize = 200;

/// Whether enough has been said.
pub(super) fn full(findings: &[Finding]) -> bool {
    findings.len() >= FINDINGS_MAX
}

/// The items of a list, or the value itself as the only one.
pub(super) fn items_of(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Sequence(items) => items.iter().collect(),
        _ => vec![node],
    }
}

/// The text of a scalar; a finding about anything else.
pub(super) fn text_of<'a>(
    node: &'a Node,
    path: &str,
    example: &str,
    findings: &mut Vec<Finding>,
) -> Option<&'a str> {
    let text = node.text();
    if text.is_none() && !full(findings) {
        let message = format!("{path}: {} stands where one value is expected", node.what());
        let finding = node.mark(Finding::error(WRONG_SHAPE, message));
        findings.push(if example.is_empty() {
            finding
        } else {
            finding.hint(format!("such as `{example}`"))
        });
    }
    text
}

/// Parses a text; a finding with the reason if it cannot be. `place` is the path and a value that is right.
pub(super) fn parse_at<T>(
    text: &str,
    node: &Node,
    place: (&str, &str),
    findings: &mut Vec<Finding>,
    parse: impl FnOnce(&str) -> Result<T, ParseError>,
) -> Option<(T, Span)> {
    let (path, example) = place;
    match parse(text) {
        Ok(value) => Some((value, node.span)),
        Err(_) if full(findings) => None,
        Err(error) => {
            let shown = names::quoted(text);
            let bare = text.trim_start();
            let (message, hint) = if has_exponent(text) {
                let hint = "write the digits, or a suffix: `5M/month`, `20 GB`".to_owned();
                (format!("{path}: {shown} has an exponent"), hint)
            } else if bare
                .strip_prefix('-')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            {
                (
                    format!("{path}: {shown} is negative"),
                    format!("write it without a sign, such as `{example}`"),
                )
            } else if !bare.contains(|c: char| c.is_ascii_digit())
                && error.message.ends_with("is not a number")
            {
                (
                    format!("{path}: {shown} is not a number"),
                    format!("write one such as `{example}`"),
                )
            } else {
                let message: String = error.message.chars().take(200).collect();
                (format!("{path}: {message}"), error.hint)
            };
            findings.push(node.mark(Finding::error(BAD_VALUE, message)).hint(hint));
            None
        }
    }
}

/// Whether this is an alias to nothing, about which there is a finding already.
fn unresolved(node: &Node) -> bool {
    node.span.start < node.span.end
        && matches!(&node.value, Value::Scalar { text, .. } if text.is_empty())
}

/// One of several names; a finding with the closest if it is none of them.
pub(super) fn name_of<T: Copy + PartialEq>(
    text: &str,
    node: &Node,
    path: &str,
    all: &[(&'static str, T)],
    findings: &mut Vec<Finding>,
) -> Option<T> {
    if let Some((_, value)) = all.iter().find(|(name, _)| *name == text) {
        return Some(*value);
    }
    if full(findings) {
        return None;
    }
    // Other spellings of the same value are understood but not advertised.
    let first = |i: usize| all[..i].iter().all(|(_, value)| *value != all[i].1);
    let known: Vec<&str> = (0..all.len()).filter(|&i| first(i)).map(|i| all[i].0).collect();
    let message = format!("{path}: {} is not known", names::quoted(text));
    findings.push(node.mark(Finding::error(UNKNOWN_NAME, message)).hint(names::hint(text, &known)));
    None
}

fn has_exponent(text: &str) -> bool {
    let text = text.trim().trim_start_matches('-');
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let mut chars = rest.chars();
    rest.len() < text.len()
        && matches!(chars.next(), Some('e' | 'E'))
        && matches!(chars.next(), Some('+' | '-' | '0'..='9'))
}
