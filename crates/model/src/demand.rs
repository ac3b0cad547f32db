//! The work one request brings: CPU time and waiting time, apart.

use units::Duration;

use crate::fact::Fact;

/// How a span of time varies from request to request.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Duration),
    /// Log-normal through a median and a 99th percentile.
    LogNormal {
        /// Median.
        p50: Duration,
        /// 99th percentile, at least the median.
        p99: Duration,
    },
    /// Measured: equally likely values in ascending order, never empty.
    Empirical(Vec<Duration>),
}

/// The standard normal's 99th percentile.
const Z99: f64 = 2.326_347_874_040_841;

impl Distribution {
    /// The mean.
    pub fn mean(&self) -> Duration {
        match self {
            Self::Constant(value) => *value,
            Self::LogNormal { p50, .. } => p50.times_f64((self.sigma().powi(2) / 2.0).exp()),
            Self::Empirical(values) => {
                let sum: u128 = values.iter().map(|v| u128::from(v.nanos())).sum();
                Duration::from_nanos((sum / values.len().max(1) as u128) as u64)
            }
        }
    }

    /// The value at `z` standard deviations of a normal (a log-normal's own scale) or, for measured values,
    /// at the matching rank `u` in (0, 1].
    pub fn draw(&self, z: f64, u: f64) -> Duration {
        match self {
            Self::Constant(value) => *value,
            Self::LogNormal { p50, .. } => p50.times_f64((self.sigma() * z).exp()),
            Self::Empirical(values) => {
                let rank = ((u * values.len() as f64).ceil() as usize).clamp(1, values.len());
                values[rank - 1]
            }
        }
    }

    /// The value at quantile 0.5 (`z` = 0), 0.99 and so on for the three shapes.
    pub fn p99(&self) -> Duration {
        self.draw(Z99, 0.99)
    }
    /// The largest value that planning should reckon with: p99.9 of a log-normal, the maximum otherwise.
    pub fn slowest(&self) -> Duration {
        self.draw(3.090_232_306_167_813, 1.0)
    }

    /// Every value times a factor.
    #[must_use]
    pub fn times_f64(&self, factor: f64) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(value.times_f64(factor)),
            Self::LogNormal { p50, p99 } => {
                Self::LogNormal { p50: p50.times_f64(factor), p99: p99.times_f64(factor) }
            }
            Self::Empirical(values) => {
                Self::Empirical(values.iter().map(|v| v.times_f64(factor)).collect())
            }
        }
    }

    /// Every value later by the same time; of a log-normal both of its points, so that it keeps its tail.
    #[must_use]
    pub fn plus(&self, more: Duration) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(*value + more),
            Self::LogNormal { p50, p99 } => Self::LogNormal { p50: *p50 + more, p99: *p99 + more },
            Self::Empirical(values) => Self::Empirical(values.iter().map(|v| *v + more).collect()),
        }
    }

    fn sigma(&self) -> f64 {
        match self {
            Self::LogNormal { p50, p99 } if p50.nanos() > 0 && p99 > p50 => {
                (p99.secs_f64() / p50.secs_f64()).ln() / Z99
            }
            _ => 0.0,
        }
    }
}

/// The work of one request, on one whole vCPU.
///
/// Where only a `duration` is declared, it is read as what a caller sees at the declared memory (on a
/// function platform memory buys CPU), and the split into CPU and waiting is an assumption that the report
/// names and the sensitivity sweeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// CPU time on one whole vCPU.
    pub cpu: Fact<Distribution>,
    /// Time waiting for something else.
    pub wait: Fact<Distribution>,
    /// The duration as declared, if the split into the two above had to be assumed.
    pub duration: Option<Fact<Distribution>>,
}

impl Demand {
    /// Mean time on one whole vCPU: CPU and waiting together. Zero where neither is known.
    pub fn mean(&self) -> Duration {
        let part =
            |fact: &Fact<Distribution>| fact.value().map_or(Duration::ZERO, Distribution::mean);
        part(&self.cpu) + part(&self.wait)
    }
    /// The longest run that planning should reckon with, on one whole vCPU; `None` where nothing is known.
    pub fn slowest(&self) -> Option<Duration> {
        match (self.cpu.value(), self.wait.value()) {
            (None, None) => None,
            (cpu, wait) => {
                let part =
                    |d: Option<&Distribution>| d.map_or(Duration::ZERO, Distribution::slowest);
                Some(part(cpu) + part(wait))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_normal_passes_through_its_two_points() {
        let d = Distribution::LogNormal {
            p50: Duration::from_millis(200),
            p99: Duration::from_millis(900),
        };
        assert_eq!(d.draw(0.0, 0.5), Duration::from_millis(200));
        assert!((d.p99().millis_f64() - 900.0).abs() < 0.01);
        assert!(d.mean() > Duration::from_millis(200) && d.mean() < Duration::from_millis(300));
    }

    #[test]
    fn a_wait_that_all_have_moves_every_value() {
        let ms = Duration::from_millis;
        let slow = Distribution::LogNormal { p50: ms(200), p99: ms(900) }.plus(ms(50));
        assert_eq!(slow.draw(0.0, 0.5), ms(250));
        assert!((slow.p99().millis_f64() - 950.0).abs() < 0.01);
        assert_eq!(Distribution::Empirical(vec![ms(1), ms(3)]).plus(ms(50)).mean(), ms(52));
    }

    #[test]
    fn measured_values_are_drawn_by_rank() {
        let d = Distribution::Empirical((1..=100).map(Duration::from_millis).collect());
        assert_eq!(d.draw(0.0, 0.5), Duration::from_millis(50));
        assert_eq!(d.p99(), Duration::from_millis(99));
        assert_eq!(d.slowest(), Duration::from_millis(100));
    }
}
