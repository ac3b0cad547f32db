//! What the vertical pod autoscaler of Kubernetes would recommend, without a cluster and a clock.
//!
//! A report, not a policy: samples of what containers used go in, requests of CPU and memory come out. Usage
//! is kept in histograms in which a sample loses half of its weight each day. CPU counts with every sample,
//! memory with the highest of each day, and a container that ran out of memory counts with more than it had.
//!
//! Sources: kubernetes/autoscaler of 2026-08-22, `vertical-pod-autoscaler/pkg/recommender` (`util`, `model`,
//! `logic`, `config`). Checkpoints, limits and the updater are not here.

mod estimate;
mod histogram;
mod recommender;

pub use estimate::{Estimate, Recommendation, Settings};
pub use recommender::Recommender;
