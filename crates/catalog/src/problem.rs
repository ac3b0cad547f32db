//! What is wrong with a catalogue file, or worth knowing about one of its rows.

use std::fmt;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The row cannot be used: the catalogue does not load.
    Broken,
    /// Observed so long ago that it should be looked up again.
    Stale,
    /// Rests on memory or on a derivation.
    Doubtful,
}

/// One thing to say about a catalogue file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub kind: ProblemKind,
    /// The file, relative to the catalogue: `aws/lambda.csv`.
    pub file: String,
    /// The line, from 1; 0 is the file as a whole.
    pub line: u64,
    /// What it is, quoting the value.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Problem {
    pub(crate) fn broken(
        file: &str,
        line: u64,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (what, remedy) = (what.into(), remedy.into());
        Self { kind: ProblemKind::Broken, file: file.to_owned(), line, what, remedy }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.file, self.line, self.what, self.remedy)
    }
}
