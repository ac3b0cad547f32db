//! From parser events to the tree. The only file that names the YAML parser.

use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Tag};

use super::node::{Node, Value};
use super::{
    ALIAS, ALIAS_NODES_MAX, DEPTH_MAX, DUPLICATE_KEY, FINDINGS_MAX, LIMIT, NODES_MAX, SYNTAX,
};
use crate::encoding::{FILE_BYTES_MAX, TOO_LARGE};
use crate::file::{FileId, SourceMap};
use crate::finding::Finding;
use crate::span::Span;

/// Reads every document of a file. Empty documents are left out, so an empty file gives no documents.
pub fn parse(sources: &SourceMap, file: FileId) -> (Vec<Node>, Vec<Finding>) {
    let text = sources.file(file).text.as_str();
    let mut reader = Reader {
        text,
        file,
        nodes_left: NODES_MAX,
        alias_left: ALIAS_NODES_MAX,
        findings: Vec::new(),
        unsaid: 0,
    };
    if text.len() > FILE_BYTES_MAX {
        let message =
            format!("`{}` is larger than {} MB", sources.file(file).path, FILE_BYTES_MAX >> 20);
        return (Vec::new(), vec![Finding::error(TOO_LARGE, message).at(Span::new(file, 0, 0))]);
    }
    let documents = reader.documents();
    let (mut findings, more) = (reader.findings, reader.unsaid);
    if more > 0 {
        let end = Span::new(file, text.len(), text.len());
        findings.push(Finding::note(LIMIT, format!("{more} more findings are not shown")).at(end));
    }
    (documents, findings)
}

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    nodes_left: usize,
    alias_left: usize,
    findings: Vec<Finding>,
    /// Findings beyond the limit.
    unsaid: usize,
}

/// A node before aliases are resolved; children are indices into the document's arena.
struct Raw {
    span: Span,
    tag: Option<String>,
    value: RawValue,
}

enum RawValue {
    Scalar {
        text: String,
        quoted: bool,
    },
    Sequence(Vec<usize>),
    /// Keys and values in turn.
    Mapping(Vec<usize>),
    Alias(Option<usize>),
}

/// One document on its way in.
#[derive(Default)]
struct Draft {
    arena: Vec<Raw>,
    anchors: BTreeMap<usize, usize>,
    /// Collections that are still open.
    open: Vec<usize>,
    root: Option<usize>,
}

/// Why a document was given up.
enum Stop {
    Syntax(ScanError),
    Depth(Span),
    Nodes(Span),
}

impl Reader<'_> {
    fn documents(&mut self) -> Vec<Node> {
        let mut options = Options::default();
        options.set_emit_comments(false);
        options.emit_unresolved_aliases = true;
        options.flow_nesting_limit = DEPTH_MAX;
        options.block_nesting_limit = DEPTH_MAX;
        let text = self.text;
        let mut parser = Parser::new_from_str_with_options(text, options);
        let mut documents = Vec::new();
        let mut draft = Draft::default();
        while let Some(next) = parser.next_event() {
            let stop = match next {
                Ok((Event::DocumentStart(..), _)) => {
                    draft = Draft::default();
                    continue;
                }
                Ok((Event::DocumentEnd, _)) => {
                    documents.extend(self.resolve(&std::mem::take(&mut draft)));
                    continue;
                }
                Ok((event, span)) => match self.take(&mut draft, event, span) {
                    Ok(()) => continue,
                    Err(stop) => stop,
                },
                Err(error) => Stop::Syntax(error),
            };
            draft = Draft::default();
            let out_of_nodes = matches!(stop, Stop::Nodes(_));
            let finding = self.explain(&stop);
            self.say(finding);
            if out_of_nodes || self.unsaid > 0 {
                break;
            }
            match parser.proceed_next_document() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let finding = self.explain(&Stop::Syntax(error));
                    self.say(finding);
                    break;
                }
            }
        }
        documents
    }

    fn say(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.unsaid += 1;
        }
    }

    /// Adds one event to the draft.
    fn take(
        &mut self,
        draft: &mut Draft,
        event: Event<'_>,
        at: granit_parser::Span,
    ) -> Result<(), Stop> {
        let span = self.span(at.byte_range().unwrap_or_default());
        let (value, anchor, tag, opens) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain;
                // The parser writes `~` for a value that is not there at all.
                let text = if span.start == span.end && !quoted {
                    String::new()
                } else {
                    text.into_owned()
                };
                (RawValue::Scalar { text, quoted }, anchor, tag, false)
            }
            Event::SequenceStart(_, anchor, tag) => {
                (RawValue::Sequence(Vec::new()), anchor, tag, true)
            }
            Event::MappingStart(_, anchor, tag) => {
                (RawValue::Mapping(Vec::new()), anchor, tag, true)
            }
            Event::Alias(id) => (RawValue::Alias(draft.anchors.get(&id).copied()), 0, None, false),
            Event::UnresolvedAlias(name) => {
                let message = format!("`*{name}` names no anchor of this document");
                let hint = format!("write `&{name}` before the value that is meant");
                self.say(Finding::error(ALIAS, message).at(span).hint(hint));
                (RawValue::Alias(None), 0, None, false)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                draft.close(span);
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.nodes_left = self.nodes_left.checked_sub(1).ok_or(Stop::Nodes(span))?;
        if opens && draft.open.len() >= DEPTH_MAX {
            return Err(Stop::Depth(span));
        }
        let index = draft.arena.len();
        let tag = tag.as_deref().map(tag_name);
        let span = tag.as_deref().map_or(span, |tag| self.with_tag(span, tag));
        draft.arena.push(Raw { span, tag, value });
        if anchor != 0 {
            draft.anchors.insert(anchor, index);
        }
        draft.attach(index);
        if opens {
            draft.open.push(index);
        }
        Ok(())
    }

    /// A value's place with the tag before it: `!Ref Table` is one thing to whoever reads it.
    fn with_tag(&self, span: Span, tag: &str) -> Span {
        let before = self.text.get(..span.start).unwrap_or("").trim_end();
        let start = before.ends_with(tag).then(|| before.len() - tag.len());
        Span { start: start.unwrap_or(span.start), ..span }
    }

    /// A span inside the text, whatever the parser says.
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let start = floor_boundary(self.text, range.start);
        Span::new(self.file, start, floor_boundary(self.text, range.end).max(start))
    }

    fn explain(&self, stop: &Stop) -> Finding {
        match stop {
            Stop::Depth(span) => too_deep(*span),
            Stop::Nodes(span) => {
                Finding::error(LIMIT, format!("more than {NODES_MAX} values in one file"))
                    .at(*span)
                    .hint("split the file; nothing is read from here on")
            }
            Stop::Syntax(error) => {
                let start = error.marker().byte_offset().unwrap_or(0);
                let end = start
                    + self
                        .text
                        .get(start..)
                        .and_then(|t| t.chars().next())
                        .map_or(0, char::len_utf8);
                let span = self.span(start..end);
                if *error.kind() == ErrorKind::RecursionLimitExceeded {
                    return too_deep(span);
                }
                let finding =
                    Finding::error(SYNTAX, format!("not valid YAML: {}", error.info())).at(span);
                match self.remedy(error, start) {
                    Some(hint) => finding.hint(hint),
                    None => finding,
                }
            }
        }
    }

    /// What usually helps, judged by the line of the error.
    fn remedy(&self, error: &ScanError, at: usize) -> Option<&'static str> {
        let before = self.text.get(..floor_boundary(self.text, at)).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        let line = self.text.get(line_start..).and_then(|t| t.lines().next()).unwrap_or("");
        match error.kind() {
            _ if line.contains("{{") || line.contains("{%") => {
                Some("this looks like a template: fill in its placeholders first, or quote them")
            }
            ErrorKind::TabInIndentation
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabNotAllowed => Some("indent with spaces"),
            ErrorKind::MappingValueNotAllowed => {
                Some("check the indentation, and quote a text that contains `: `")
            }
            ErrorKind::UnexpectedCharacter { character: '@' | '`' | '%' } => {
                Some("quote a text that begins with this character")
            }
            ErrorKind::UnclosedQuotedScalar => Some("close the quote"),
            ErrorKind::UnclosedFlowCollection { .. }
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence => Some("close the bracket"),
            _ => None,
        }
    }

    /// Resolves aliases and merges of a whole document.
    fn resolve(&mut self, draft: &Draft) -> Option<Node> {
        let root = draft.root?;
        let node = self.node(draft, root, None, &mut Vec::new());
        (!node.is_null()).then_some(node)
    }

    /// One value of the final tree. `path` holds the values it stands in, aliases included.
    fn node(
        &mut self,
        draft: &Draft,
        index: usize,
        used_at: Option<Span>,
        path: &mut Vec<usize>,
    ) -> Node {
        let raw = &draft.arena[index];
        let plain = |value| Node { span: raw.span, used_at, tag: raw.tag.clone(), value };
        let value = match &raw.value {
            RawValue::Scalar { text, quoted } => {
                Value::Scalar { text: text.clone(), quoted: *quoted }
            }
            RawValue::Alias(target) => {
                let used_at = used_at.or(Some(raw.span));
                return match target.and_then(|target| {
                    self.may_copy(draft, target, used_at.unwrap_or(raw.span), path)
                }) {
                    Some(target) => self.node(draft, target, used_at, path),
                    None => Node { span: raw.span, used_at: None, tag: None, value: null() },
                };
            }
            RawValue::Sequence(items) => {
                path.push(index);
                let items =
                    items.iter().map(|&item| self.node(draft, item, used_at, path)).collect();
                path.pop();
                Value::Sequence(items)
            }
            RawValue::Mapping(parts) => {
                path.push(index);
                let entries = self.entries(draft, parts, used_at, path);
                path.pop();
                Value::Mapping(entries)
            }
        };
        if used_at.is_some() {
            self.alias_left = self.alias_left.saturating_sub(1);
        }
        plain(value)
    }

    /// Whether an alias may be resolved: no loop, not too deep, and copies left.
    fn may_copy(
        &mut self,
        draft: &Draft,
        target: usize,
        at: Span,
        path: &[usize],
    ) -> Option<usize> {
        let refuse = |id, message: String, hint: &str| {
            Finding::error(id, message)
                .at(at)
                .labelled(draft.arena[target].span, "this value")
                .hint(hint)
        };
        let finding = if path.contains(&target) {
            refuse(
                ALIAS,
                "an alias stands inside the value it names".to_owned(),
                "remove it; it is read as nothing",
            )
        } else if path.len() >= DEPTH_MAX {
            refuse(
                LIMIT,
                format!("nested more than {DEPTH_MAX} levels deep through aliases"),
                "write the values out",
            )
        } else if self.alias_left == 0 {
            // Said once a file: a bomb has thousands of them.
            if self.findings.iter().any(|f| f.id == LIMIT) {
                return None;
            }
            refuse(
                LIMIT,
                format!("aliases add more than {ALIAS_NODES_MAX} values to this file"),
                "aliases from here on are read as nothing; write the values out or split the file",
            )
        } else {
            return Some(target);
        };
        self.say(finding);
        None
    }

    /// The pairs of a mapping: its own, then merged ones that it does not have itself.
    fn entries(
        &mut self,
        draft: &Draft,
        parts: &[usize],
        used_at: Option<Span>,
        path: &mut Vec<usize>,
    ) -> Vec<(Node, Node)> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let mut merges = Vec::new();
        for pair in parts.chunks_exact(2) {
            let key = self.node(draft, pair[0], used_at, path);
            if matches!(&key.value, Value::Scalar { text, quoted: false } if text == "<<") {
                merges.push(pair[1]);
                continue;
            }
            let value = self.node(draft, pair[1], used_at, path);
            let before = match &key.value {
                Value::Scalar { text, .. } => {
                    let next = entries.len();
                    let at = *seen.entry(text.clone()).or_insert(next);
                    (at < next).then_some(at)
                }
                _ => None,
            };
            let Some(before) = before else {
                entries.push((key, value));
                continue;
            };
            self.say(duplicate(&key, &entries[before].0));
            entries[before] = (key, value);
        }
        for merge in merges {
            let merged = self.node(draft, merge, used_at, path);
            let many = matches!(merged.value, Value::Sequence(_));
            let sources = if many { merged.items() } else { std::slice::from_ref(&merged) };
            for source in sources {
                self.merge(source, draft.arena[merge].span, &mut entries, &mut seen);
            }
        }
        entries
    }

    fn merge(
        &mut self,
        source: &Node,
        at: Span,
        entries: &mut Vec<(Node, Node)>,
        seen: &mut BTreeMap<String, usize>,
    ) {
        if !matches!(source.value, Value::Mapping(_)) {
            if !source.is_null() {
                let message = format!("`<<` merges mappings, and this is {}", source.what());
                self.say(Finding::error(ALIAS, message).at(at).labelled(source.span, "this value"));
            }
            return;
        }
        for (key, value) in source.entries() {
            if let Value::Scalar { text, .. } = &key.value
                && !seen.contains_key(text)
            {
                seen.insert(text.clone(), entries.len());
                entries.push((key.clone(), value.clone()));
            }
        }
    }
}

impl Draft {
    /// Puts a value into the collection that is open, or makes it the root.
    fn attach(&mut self, index: usize) {
        let Some(&parent) = self.open.last() else {
            self.root.get_or_insert(index);
            return;
        };
        match &mut self.arena[parent].value {
            RawValue::Sequence(parts) | RawValue::Mapping(parts) => parts.push(index),
            RawValue::Scalar { .. } | RawValue::Alias(_) => {}
        }
    }

    /// Closes the innermost collection and settles where it stands.
    fn close(&mut self, end: Span) {
        let Some(index) = self.open.pop() else { return };
        let (first, last) = match &self.arena[index].value {
            RawValue::Sequence(parts) | RawValue::Mapping(parts) => (parts.first(), parts.last()),
            RawValue::Scalar { .. } | RawValue::Alias(_) => (None, None),
        };
        let start = first.map(|&part| self.arena[part].span.start);
        let stop = last.map(|&part| self.arena[part].span.end);
        let span = &mut self.arena[index].span;
        if end.start < end.end {
            // A closing bracket: the collection ends behind it.
            span.end = end.end;
        } else {
            span.start = start.unwrap_or(span.start);
            span.end = stop.unwrap_or(span.end).max(span.start);
        }
    }
}

/// Most tools silently take the last one, and files that work with them are many.
fn duplicate(last: &Node, first: &Node) -> Finding {
    let text = if last.is_null() { "null" } else { last.text().unwrap_or("") };
    let name: String = text.chars().take(60).collect();
    Finding::warning(DUPLICATE_KEY, format!("`{name}` stands twice in one mapping"))
        .labelled(last.span, "this one counts")
        .labelled(first.span, "left out")
        .hint("keep one of the two")
}

fn too_deep(span: Span) -> Finding {
    Finding::error(LIMIT, format!("nested more than {DEPTH_MAX} levels deep"))
        .at(span)
        .hint("this document is left out; no definition we know nests deeper than 30 levels")
}

const fn null() -> Value {
    Value::Scalar { text: String::new(), quoted: false }
}

/// A tag as people write it: `!Ref`; core tags in full.
fn tag_name(tag: &Tag) -> String {
    let (handle, suffix) = tag.parts();
    format!("{handle}{suffix}")
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
