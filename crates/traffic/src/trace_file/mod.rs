//! The compact trace file (`.xtrace`): a log without anything personal, small enough to be committed.
//!
//! `docs/guide/trace-file.md` describes the format byte by byte. In short: a header, blocks of at most 16,384
//! requests, each with a checksum, and an end that says how many requests there are. Within a block each
//! property is a column of its own; those that follow from the route (status, size, duration) are stored route
//! by route, so that like stands beside like, and each column is packed by zstd.

mod block;
mod columns;
mod levels;
mod read;
mod route;
mod write;

pub(crate) use read::{Broken, TraceReader};
pub(crate) use write::TraceWriter;

/// The first bytes of every trace file. Not text, and damaged by a transfer that changes line ends.
pub(crate) const MAGIC: [u8; 8] = *b"\x89XTR\r\n\x1a\n";
/// The version that is written and the only one that is read.
pub(crate) const VERSION: u16 = 1;
/// Requests in a block at the most.
pub(crate) const BLOCK_MAX: usize = 1 << 14;
/// Bytes of a block as stored at the most: every column incompressible, and room for names of routes.
const STORED_MAX: u32 = 16 << 20;
/// Different routes in a file at the most; further ones become `/*`.
const ROUTES_MAX: usize = 1 << 16;
/// Bytes of a route's name at the most.
const ROUTE_BYTES_MAX: usize = 255;

/// Methods by their number in a file; 0 is none, the last one stands for all others.
const METHODS: [&str; 11] =
    ["", "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "OTHER"];

/// One request as a trace file holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stored {
    /// In nanoseconds since 1970.
    pub(crate) at_ns: u64,
    /// Number in the file's list of routes.
    pub(crate) route: u16,
    /// Number in [`METHODS`].
    pub(crate) method: u8,
    /// 0 if unknown.
    pub(crate) status: u16,
    /// Bytes sent, in [`levels`]; 0 is unknown.
    pub(crate) bytes_level: u16,
    /// Microseconds, in [`levels`]; 0 is unknown.
    pub(crate) duration_level: u16,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Requests in the file.
    pub requests: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Different routes.
    pub routes: u64,
}

#[cfg(test)]
mod tests;
