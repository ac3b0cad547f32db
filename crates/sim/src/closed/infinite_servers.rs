//! M/G/∞: as many servers as requests.

/// The number of busy servers where nobody ever waits: Poisson with mean rate times service, whatever the
/// law of service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BusyServers {
    mean: f64,
}

impl BusyServers {
    /// With arrivals a second and mean service in seconds.
    pub fn new(rate_hz: f64, service_s: f64) -> Self {
        Self { mean: (rate_hz * service_s).max(0.0) }
    }
    /// The mean.
    pub const fn mean(self) -> f64 {
        self.mean
    }
    /// P(exactly n busy).
    pub fn share(self, n: u64) -> f64 {
        if self.mean == 0.0 {
            return if n == 0 { 1.0 } else { 0.0 };
        }
        (n as f64 * self.mean.ln() - self.mean - ln_factorial(n)).exp()
    }
    /// The smallest number that is not exceeded in a share `q` of all time.
    pub fn quantile(self, q: f64) -> u64 {
        let mut n = self.first();
        let mut below: f64 = 0.0;
        // Far beyond any quantile a float can tell from 1; `q` of 1 ends there.
        let last = (self.mean + 40.0 * self.mean.sqrt() + 60.0) as u64;
        while n < last {
            below += self.share(n);
            if below >= q {
                break;
            }
            n += 1;
        }
        n
    }
    /// P(n busy) for every n that matters, from the first one on; the rest sums to less than 10⁻¹⁵.
    pub fn shares(self) -> (u64, Vec<f64>) {
        let first = self.first();
        let last = (self.mean + 9.0 * self.mean.sqrt() + 20.0) as u64;
        (first, (first..=last).map(|n| self.share(n)).collect())
    }
    /// Below this nothing matters.
    fn first(self) -> u64 {
        (self.mean - 9.0 * self.mean.sqrt() - 10.0).max(0.0) as u64
    }
}

/// ln n!, by its sum below 32 and Stirling's series above (error below 10⁻¹²).
fn ln_factorial(n: u64) -> f64 {
    if n < 32 {
        return (2..=n).map(|k| (k as f64).ln()).sum();
    }
    let x = n as f64;
    x * x.ln() - x + 0.5 * (std::f64::consts::TAU * x).ln() + 1.0 / (12.0 * x)
        - 1.0 / (360.0 * x.powi(3))
        + 1.0 / (1260.0 * x.powi(5))
}
