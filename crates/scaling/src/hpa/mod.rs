//! The horizontal pod autoscaler of Kubernetes (autoscaling/v2, as of 1.36), without a cluster and a clock.
//!
//! [`Hpa::reconcile`] is one pass of the controller: pods and their metric samples in, a replica count and
//! the reason that limited it out. The arithmetic is held to the upstream project's own test tables and to
//! recorded answers of the real controller.
//!
//! Sources: kubernetes.io, "Horizontal Pod Autoscaling"; the defaults in `pkg/controller/podautoscaler`
//! and `pkg/apis/autoscaling/v2` of Kubernetes 1.36. Where the API's comments and its code disagree (the
//! period of the default scale-up policies: 60 s and 15 s), the code is followed.

mod behavior;
mod calculator;
mod controller;
mod pod;

pub use behavior::{Behavior, Policy, PolicyKind, Rules, Select};
pub use calculator::{
    Metric, Proposal, Unusable, per_pod_average, total_per_pod, total_value, utilization,
};
pub use controller::{Decision, Hpa, Limit, Spec};
pub use pod::{Phase, Pod, Readiness, Sample, Settings, Tolerance};
