//! One request: when it arrives and what work it brings.

use crate::time::{Duration, Instant};

/// A request as every simulator sees it. The same list of requests is played against every placement, so
/// that two placements differ by what they do and not by their luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// When it arrives.
    pub at: Instant,
    /// CPU time it needs on one whole vCPU. A platform that gives less stretches this part only.
    pub cpu: Duration,
    /// Time it spends waiting for something else (I/O). No platform changes it.
    pub wait: Duration,
}

impl Request {
    /// How long it runs alone on `vcpu` CPUs of its own; one request uses at most one CPU.
    pub fn service(self, vcpu: f64) -> Duration {
        if vcpu >= 1.0 { self.cpu + self.wait } else { self.cpu.times_f64(1.0 / vcpu) + self.wait }
    }
}
