//! Several CPUs shared by whoever is there: how much longer CPU work takes than alone.
//!
//! A server of `c` CPUs that shares them evenly, one CPU a request at most, has the occupancy of M/M/c
//! whatever the distribution of the work (processor sharing is insensitive: Kelly, "Reversibility and
//! Stochastic Networks", 1979, chapter 3). An arrival that finds `n` others gets `min(1, c / (n + 1))` of a CPU.

use sim::closed::erlang_c;

/// Probability that all of `cpus` are busy at a utilisation below 1.
fn all_busy(cpus: u32, utilisation: f64) -> f64 {
    erlang_c(f64::from(cpus) * utilisation, u64::from(cpus))
}

/// Mean factor by which CPU work takes longer than alone; infinite at or above a utilisation of 1.
pub(crate) fn stretch(cpus: u32, utilisation: f64) -> f64 {
    if utilisation >= 1.0 {
        return f64::INFINITY;
    }
    1.0 + all_busy(cpus, utilisation) / (f64::from(cpus.max(1)) * (1.0 - utilisation))
}

/// What arrivals find on so many CPUs at a utilisation below 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    cpus: u32,
    utilisation: f64,
    all_busy: f64,
}

impl Found {
    /// On `cpus` at a utilisation below 1.
    pub(crate) fn new(cpus: u32, utilisation: f64) -> Self {
        Self { cpus, utilisation, all_busy: all_busy(cpus, utilisation) }
    }

    /// By what factor CPU work takes longer than alone at a quantile `q` of what an arrival finds, `q` in [0, 1): 1 while
    /// a CPU is free, then growing by one part in `cpus` with every further request. Its mean over all `q` is [`stretch`].
    pub(crate) fn slowdown(&self, q: f64) -> f64 {
        if q < 1.0 - self.all_busy || self.all_busy <= 0.0 {
            return 1.0;
        }
        // Beyond the CPUs the count is geometric.
        let beyond = ((1.0 - q) / self.all_busy).max(f64::MIN_POSITIVE);
        let extra = (beyond.ln() / self.utilisation.ln()).floor().max(0.0);
        (f64::from(self.cpus) + extra + 1.0) / f64::from(self.cpus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erlang_c_agrees_with_known_values() {
        // M/M/1: C = utilisation. M/M/2 at 70 %: 2ρ²/(1+ρ).
        assert!((all_busy(1, 0.7) - 0.7).abs() < 1e-12);
        assert!((all_busy(2, 0.7) - 2.0 * 0.49 / 1.7).abs() < 1e-12);
        assert!((stretch(1, 0.5) - 2.0).abs() < 1e-12);
        assert!((stretch(2, 0.7) - 1.0 / 0.51).abs() < 1e-9, "1/(1-ρ²) for two CPUs");
        assert!(stretch(4, 1.0).is_infinite());
    }

    #[test]
    fn the_mean_of_the_slowdown_is_the_stretch() {
        for (cpus, utilisation) in [(1, 0.5), (2, 0.7), (4, 0.9), (16, 0.7)] {
            let n = 400_000;
            let found = Found::new(cpus, utilisation);
            let sum: f64 =
                (0..n).map(|i| found.slowdown((f64::from(i) + 0.5) / f64::from(n))).sum();
            let mean = sum / f64::from(n);
            let expected = stretch(cpus, utilisation);
            assert!(
                (mean / expected - 1.0).abs() < 0.001,
                "{cpus} {utilisation}: {mean} {expected}"
            );
        }
    }
}
