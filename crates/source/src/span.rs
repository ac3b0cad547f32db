//! A place in a file.

use crate::file::FileId;

/// A range of bytes in one file, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end` of `file`; `end` is at least `start`.
    pub const fn new(file: FileId, start: usize, end: usize) -> Self {
        assert!(start <= end, "a span does not run backwards");
        Self { file, start, end }
    }
}
