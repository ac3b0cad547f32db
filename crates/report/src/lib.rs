//! The answer in print: terminal, JSON, Markdown and one self-contained HTML file.
//!
//! Everything here is a pure function from a [`model::Decision`] (or another plain value) to text; nothing
//! prints, nothing opens a file, and the same value gives the same bytes.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod adr;
pub mod argument;
pub mod compare;
pub mod diff;
pub mod findings;
pub mod html;
pub mod json;
pub mod markdown;
pub mod price_changes;
pub mod price_check;
pub mod prices;
pub mod rehearse;
pub mod table;
pub mod terminal;
pub mod traffic;

#[doc(hidden)]
pub mod sample;

mod gathered;
mod latency;
mod parts;
mod plot;
mod style;
mod text;
mod words;

/// A count in words: `6 M`, `940`.
pub use words::count;

pub use style::{Colour, Glyphs, Style, Verbosity};
