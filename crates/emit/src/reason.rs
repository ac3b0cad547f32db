//! Why a value is what it is, in the words of a comment.

use model::{Fact, Origin, OriginKind};
use source::{SourceMap, Span};

use crate::plan::{Part, Plan};

/// Words for comments.
#[derive(Debug, Clone, Copy)]
pub struct Reasons<'a> {
    sources: &'a SourceMap,
}

impl<'a> Reasons<'a> {
    /// With the files that values stand in.
    pub fn of(plan: &Plan<'a>) -> Self {
        Self { sources: plan.sources }
    }

    /// What the plan chose for a part: `plan: …`.
    pub fn plan(self, part: &Part<'_>, what: &str) -> String {
        format!("plan: {what} ({})", part.placement.config)
    }

    /// Where a fact comes from: `compose.yaml:12`, `assumed: …`.
    pub fn fact<T>(self, fact: &Fact<T>) -> String {
        fact.origin().map_or_else(|| "nobody says".to_owned(), |origin| self.origin(origin))
    }

    /// Where a value comes from.
    pub fn origin(self, origin: &Origin) -> String {
        let word = match origin.kind {
            OriginKind::Declared => "declared",
            OriginKind::Measured => "measured",
            OriginKind::PlatformDefault => "platform's default",
            OriginKind::Assumed => "assumed",
        };
        match (self.place(origin.span), origin.note.as_str()) {
            (Some(place), "") => place,
            (Some(place), note) => format!("{word}, {place}: {note}"),
            (None, "") => word.to_owned(),
            (None, note) => format!("{word}: {note}"),
        }
    }

    /// A place as people name it: `compose.yaml:12`.
    pub fn place(self, span: Option<Span>) -> Option<String> {
        let span = span.filter(|span| self.sources.files().any(|(id, _)| id == span.file))?;
        Some(self.sources.place(span))
    }

    /// Where a part is defined, else that it is as imported.
    pub fn definition(self, part: &Part<'_>) -> String {
        self.place(part.component.span).unwrap_or_else(|| "as imported".to_owned())
    }
}
