//! Autoscalers as pure state machines: the simulator and whatever else drives them passes `now`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod async_retry;
pub mod burst_ramp;
pub mod cluster_autoscaler;
pub mod consolidation_score;
pub mod hpa;
pub mod karpenter;
pub mod keda;
pub mod keep_alive;
pub mod kpa;
pub mod queue_pollers;
pub mod target_tracking;
pub mod token_bucket;
pub mod utilization;
pub mod vpa;
