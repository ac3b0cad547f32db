//! When the Kubernetes cluster autoscaler adds nodes and when it takes them away.
//!
//! It looks every few seconds (10). Pods that fit nowhere are answered at the next look. A node goes when it
//! was unneeded without a break for ten minutes, and not within ten minutes of the last growth.
//!
//! Source: kubernetes/autoscaler, cluster-autoscaler FAQ; the numbers are the catalogue's.

use units::{Duration, Instant};

/// What it is configured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterAutoscalerSettings {
    /// How often it looks.
    pub scan: Duration,
    /// How long a node must be unneeded.
    pub unneeded: Duration,
    /// How long after a growth nothing is taken away.
    pub after_add: Duration,
}

/// The autoscaler of one node group.
#[derive(Debug, Clone)]
pub struct ClusterAutoscaler {
    settings: ClusterAutoscalerSettings,
    next_scan: Instant,
    /// For each node that is not needed, newest last: since when.
    unneeded: Vec<Instant>,
    grew: Option<Instant>,
}

impl ClusterAutoscaler {
    /// It has not looked yet.
    pub const fn new(settings: ClusterAutoscalerSettings) -> Self {
        Self { settings, next_scan: Instant::START, unneeded: Vec::new(), grew: None }
    }

    /// At `now`, `there` nodes run or boot and `needed` would hold all pods: how many there should be.
    pub fn tick(&mut self, now: Instant, there: u32, needed: u32) -> u32 {
        if now < self.next_scan {
            return there;
        }
        self.next_scan = now + self.settings.scan;
        if needed > there {
            self.grew = Some(now);
            self.unneeded.clear();
            return needed;
        }
        self.unneeded.resize((there - needed) as usize, now);
        if self.grew.is_some_and(|at| at + self.settings.after_add > now) {
            return there;
        }
        let due = self.unneeded.iter().take_while(|&&at| at + self.settings.unneeded <= now);
        let gone = due.count();
        self.unneeded.drain(..gone);
        there - gone as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_at_the_next_look_and_shrinks_after_ten_quiet_minutes() {
        let mut autoscaler = ClusterAutoscaler::new(ClusterAutoscalerSettings {
            scan: Duration::from_secs(10),
            unneeded: Duration::from_secs(600),
            after_add: Duration::from_secs(600),
        });
        let (mut nodes, mut changes) = (2, Vec::new());
        for second in 0..3000_u64 {
            let needed = match second {
                0..45 => 2,
                45..100 => 5,
                _ => 3,
            };
            let after =
                autoscaler.tick(Instant::START + Duration::from_secs(second), nodes, needed);
            if after != nodes {
                changes.push((second, after));
            }
            nodes = after;
        }
        assert_eq!(changes, [(50, 5), (700, 3)]);
    }
}
