//! From evidence (logs, traces, shapes) to a load that can be replayed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod evidence;
pub mod fit;
pub mod horizon;
pub mod readers;
pub mod statistics;

mod clock;
#[cfg(test)]
mod corpora;
mod cron;
mod derive;
mod distinct;
mod fields;
mod findings;
mod gathering;
mod json_line;
mod kinds;
mod lines;
mod log_format;
mod log_report;
mod moment;
mod order;
mod path;
mod prefixes;
mod reading;
mod recorded;
mod releases;
mod replay;
mod rhythm;
mod router;
mod series;
mod service;
mod shape;
mod sizes;
mod strays;
mod stretch;
mod tally;
mod tokens;
mod trace_file;
mod w3c_columns;
mod work;
mod workload;

pub use cron::Cron;
pub use derive::{from_load, workloads};
pub use distinct::Distinct;
pub use gathering::{
    Call, Column, Counted, Evidence, InUse, Invocation, Reference, Subject, Summary,
};
pub use kinds::Kind;
pub use lines::{Packing, unpacked};
pub use log_format::LogFormat;
pub use log_report::{BinStatistics, DayCount, FileReport, LogReport, Peak, Rhythm, Utc};
pub use order::{Lines, Order};
pub use reading::{Reading, Traffic};
pub use recorded::{Events, Recorded, Window};
pub use replay::{Replay, Requests};
pub use router::Router;
pub use shape::growth_factors;
pub use trace_file::Saved;
pub use workload::{Arrivals, NO_DURATION, Workload};
