//! What we know, and how we know it.

use source::Span;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OriginKind {
    /// The team wrote it down.
    Declared,
    /// It was measured: a log, a trace, a metric.
    Measured,
    /// The platform would use it if nobody says otherwise.
    PlatformDefault,
    /// We had to assume it.
    Assumed,
}

/// The origin of one value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Which of the four it is.
    pub kind: OriginKind,
    /// Where it stands, if it stands in a file.
    pub span: Option<Span>,
    /// For an assumption: why this value, and how to replace it. Empty for a declared value.
    pub note: String,
}

impl Origin {
    /// Written down at `span`.
    pub const fn declared(span: Span) -> Self {
        Self { kind: OriginKind::Declared, span: Some(span), note: String::new() }
    }
    /// Assumed, with the reason and how to replace it.
    pub fn assumed(note: impl Into<String>) -> Self {
        Self { kind: OriginKind::Assumed, span: None, note: note.into() }
    }
    /// What the platform does unless told otherwise.
    pub fn platform_default(note: impl Into<String>) -> Self {
        Self { kind: OriginKind::PlatformDefault, span: None, note: note.into() }
    }
    /// Measured, with what it rests on.
    pub fn measured(note: impl Into<String>) -> Self {
        Self { kind: OriginKind::Measured, span: None, note: note.into() }
    }
}

/// A value with its origin, or the plain fact that nobody knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact<T> {
    /// Declared or measured.
    Known(T, Origin),
    /// Assumed or a platform's default: the report says so.
    Assumed(T, Origin),
    /// Nobody knows, and no assumption would be fair.
    Unknown,
}

impl<T> Fact<T> {
    /// A declared value.
    pub const fn declared(value: T, span: Span) -> Self {
        Self::Known(value, Origin::declared(span))
    }
    /// An assumed value, with the reason and how to replace it.
    pub fn assumed(value: T, note: impl Into<String>) -> Self {
        Self::Assumed(value, Origin::assumed(note))
    }
    /// The value, however we came by it.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Known(value, _) | Self::Assumed(value, _) => Some(value),
            Self::Unknown => None,
        }
    }
    /// The origin, if there is a value.
    pub const fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Known(_, origin) | Self::Assumed(_, origin) => Some(origin),
            Self::Unknown => None,
        }
    }
    /// Whether it is declared or measured.
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Known(..))
    }
    /// The same origin with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value, origin) => Fact::Known(f(value), origin),
            Self::Assumed(value, origin) => Fact::Assumed(f(value), origin),
            Self::Unknown => Fact::Unknown,
        }
    }
}

impl<T: Copy> Fact<T> {
    /// The value, however we came by it, copied.
    pub fn get(&self) -> Option<T> {
        self.value().copied()
    }
}
