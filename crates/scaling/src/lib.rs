//! Autoscalers as pure state machines: the simulator and whatever else drives them passes `now`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod hpa;
pub mod keep_alive;
pub mod token_bucket;
