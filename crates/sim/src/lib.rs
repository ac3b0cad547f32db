//! Simulators and closed forms: how instances come, serve and go.
//!
//! They know no platform and no price. They take requests and emit usage as integers and latency as
//! histograms.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod closed;
pub mod function_pool;
pub mod instances;
pub mod nodes;
pub mod pods;
