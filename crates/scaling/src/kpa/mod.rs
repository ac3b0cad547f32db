//! Knative's pod autoscaler (KPA), without a cluster and a clock.
//!
//! [`Observer`] averages the load over two windows, [`Kpa::decide`] is one tick of the autoscaler (every
//! two seconds), and [`ScaleToZero`] is what its reconciler makes of the answer: bounds, the last pod and the
//! activator. The arithmetic is held to the upstream project's own test tables and to recorded answers of the
//! real autoscaler.
//!
//! Sources: knative/serving of 2026-08-21, `pkg/autoscaler/{scaling,aggregation,metrics}`,
//! `pkg/reconciler/autoscaling/kpa` and the defaults in `config/core/configmaps/autoscaler.yaml`.

mod average;
mod decider;
mod delay;
mod observer;
mod settings;
mod zero;

pub use average::{Averaging, Window};
pub use decider::{Decision, Kpa, Spec};
pub use observer::{Observed, Observer};
pub use settings::{Bounds, Burst, Metric, Settings, Target};
pub use zero::{Carried, Path, ScaleToZero, ZeroSpec};
