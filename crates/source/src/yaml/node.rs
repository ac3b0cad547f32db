//! The tree: values with the places they stand at.

use crate::finding::Finding;
use crate::span::Span;

/// A value of a YAML file and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where the value is written: a scalar with its quotes, a collection from its first to its last part.
    pub span: Span,
    /// Where it is used, if it came through an alias (`*name`) or a merge (`<<: *name`).
    pub used_at: Option<Span>,
    /// An explicit tag: `!Ref`, `!GetAtt`, `tag:yaml.org,2002:str`.
    pub tag: Option<String>,
    /// The value itself.
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text; what it means (a number, a yes, nothing) is up to the reader.
    Scalar {
        /// The text after escapes and folding.
        text: String,
        /// Whether it was quoted or a block (`|`, `>`), and so is text and nothing else.
        quoted: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Pairs in the order of the file, merged ones last; scalar keys are unique.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }
    /// Whether it is nothing: an empty plain scalar, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, quoted: false }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }
    /// The items of a sequence; none of anything else.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }
    /// The value under a scalar key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(k, _)| matches!(&k.value, Value::Scalar { text, .. } if text == key))
            .map(|(_, value)| value)
    }
    /// What it is, for a message: `a mapping`, `a list`, `text`, `nothing`.
    pub fn what(&self) -> &'static str {
        match &self.value {
            Value::Mapping(_) => "a mapping",
            Value::Sequence(_) => "a list",
            Value::Scalar { .. } if self.is_null() => "nothing",
            Value::Scalar { .. } => "text",
        }
    }
    /// Marks this place in a finding: where it is written and, if that is elsewhere, where it is used.
    #[must_use]
    pub fn mark(&self, finding: Finding) -> Finding {
        match self.used_at {
            Some(used) => finding.at(self.span).labelled(used, "used here"),
            None => finding.at(self.span),
        }
    }
}
