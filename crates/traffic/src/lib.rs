//! From evidence (logs, traces, shapes) to a load that can be replayed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod workload;

pub use workload::{Arrivals, Workload};
