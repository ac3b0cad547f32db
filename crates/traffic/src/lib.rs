//! From evidence (logs, traces, shapes) to a load that can be replayed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod cron;
mod derive;
mod findings;
mod recorded;
mod replay;
mod shape;
mod stretch;
mod work;
mod workload;

pub use cron::Cron;
pub use derive::{from_load, workloads};
pub use recorded::{Events, Recorded, Window};
pub use replay::{Replay, Requests};
pub use shape::growth_factors;
pub use workload::{Arrivals, NO_DURATION, Workload};
