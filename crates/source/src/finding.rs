//! What there is to say about an input: an error, a warning, a note.

use crate::span::Span;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something to know; nothing is wrong.
    Note,
    /// Something is probably wrong, and the answer stands with what was understood.
    Warning,
    /// Something is wrong, and the part it stands in was left out.
    Error,
}

/// A marked place with a word about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// The bytes at fault.
    pub span: Span,
    /// What is special about them; may be empty.
    pub text: String,
}

/// One thing to tell the user: what, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// A stable id, never reused: `CR012` for rules, `IN003` for inputs, `TR004` for traffic.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// A lowercase phrase without a full stop that quotes the value.
    pub message: String,
    /// Where; the first one is the main place. Empty if it has no place in a file.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    /// An error: the part it stands in was left out.
    pub fn error(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(id, Severity::Error, message)
    }
    /// A warning.
    pub fn warning(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(id, Severity::Warning, message)
    }
    /// A note.
    pub fn note(id: &'static str, message: impl Into<String>) -> Self {
        Self::new(id, Severity::Note, message)
    }

    fn new(id: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self { id, severity, message: message.into(), labels: Vec::new(), hint: None }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        self.labelled(span, "")
    }
    /// Adds a place with a word about it.
    #[must_use]
    pub fn labelled(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }
    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
