//! Closed forms of queueing theory: what screens a search, and what a simulation is tested against.
//!
//! Rates are per second and times in seconds as floats here, since these are statistics and not usage; every
//! argument says so in its name.

mod capped_sharing;
mod erlang;
mod finite_queue;
mod infinite_servers;
mod laplace;
mod single_server;
mod warm_pool;

pub use capped_sharing::CappedSharing;
pub use erlang::{MultiServer, erlang_b, erlang_c};
pub use finite_queue::FiniteQueue;
pub use infinite_servers::BusyServers;
pub use single_server::{processor_sharing_response_s, single_server_wait_s};
pub use warm_pool::{WarmPool, WarmPoolLevels};

#[cfg(test)]
mod tests;
