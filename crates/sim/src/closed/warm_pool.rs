//! A pool of warm environments under Poisson traffic, exactly.
//!
//! With most-recently-used reuse the environment that serves when k requests run at once was last used when
//! the number of running requests fell below k. So an arrival that raises it to k is cold if and only if the
//! way from k-1 to k busy took longer than the keep-alive: a first passage of M/M/∞. By the Poisson arrivals
//! see time averages,
//!
//! p_cold = Σ Pois(k-1; λs) P(T_k > τ), mean idle = Σ λ Pois(k-1; λs) E[min(T_k, τ)].
//!
//! T_k is found by its Laplace transform, a continued fraction: with ψ_k = 1 - E exp(-z T_k) and service rate
//! μ, ψ_k = (z + (k-1) μ ψ_(k-1)) / (z + λ + (k-1) μ ψ_(k-1)). One sweep over the levels at 31 points inverts
//! all of them. The formula is exact for exponential service and, by simulation, close for other laws.

use super::erlang::erlang_b;
use super::infinite_servers::BusyServers;
use super::laplace::{Complex, nodes};

/// A pool in steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmPool {
    /// Share of requests that start an environment.
    pub cold_share: f64,
    /// Mean number of idle environments.
    pub idle: f64,
    /// Mean number of running requests.
    pub running: f64,
}

impl WarmPool {
    /// With arrivals a second, mean service in seconds, and a fixed keep-alive in seconds.
    pub fn new(rate_hz: f64, service_s: f64, keep_alive_s: f64) -> Self {
        WarmPoolLevels::new(rate_hz, service_s, &[(keep_alive_s, 1.0)]).on_demand(0)
    }
    /// The same with a keep-alive drawn uniformly between two spans.
    pub fn between(rate_hz: f64, service_s: f64, shortest_s: f64, longest_s: f64) -> Self {
        WarmPoolLevels::between(rate_hz, service_s, shortest_s, longest_s).on_demand(0)
    }
    /// Mean number of environments.
    pub fn environments(self) -> f64 {
        self.idle + self.running
    }
    /// Mean life of an environment in seconds, by Little's law; infinite where none ever starts.
    pub fn life_s(self, rate_hz: f64) -> f64 {
        self.environments() / (rate_hz * self.cold_share)
    }
}

/// The same pool level by level, so that provisioned environments can be taken off the bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct WarmPoolLevels {
    /// Running requests that an arrival of the first level finds.
    first: u64,
    /// For each level: share of arrivals that find just that many running, share of these that are cold, mean
    /// idle environments of the level.
    levels: Vec<(f64, f64, f64)>,
    running: f64,
}

impl WarmPoolLevels {
    /// With arrivals a second, mean service in seconds, and keep-alives in seconds with their weights. Time and
    /// memory grow with the square root of the mean number of running requests: 0.1 ms at 10, 10 ms at 10⁵.
    pub fn new(rate_hz: f64, service_s: f64, keep_alives: &[(f64, f64)]) -> Self {
        let busy = BusyServers::new(rate_hz, service_s);
        let (first, shares) = busy.shares();
        let mut levels: Vec<(f64, f64, f64)> = shares.iter().map(|&p| (p, 0.0, 0.0)).collect();
        if rate_hz <= 0.0 {
            for level in &mut levels {
                level.1 = 1.0;
            }
            return Self { first, levels, running: 0.0 };
        }
        // Without any running time the formula's limit is a single environment between calls.
        let service_rate = 1.0 / service_s.max(1e-9);
        let mut sweep = Sweep::new(rate_hz, keep_alives);
        for (found, level) in (first..).zip(&mut levels) {
            if found > first {
                sweep.climb(found as f64 * service_rate);
            }
            (level.1, level.2) = sweep.sums();
        }
        for (share, cold, idle) in &mut levels {
            *cold = cold.clamp(0.0, 1.0);
            *idle = rate_hz * *share * idle.max(0.0);
        }
        Self { first, levels, running: busy.mean() }
    }

    /// The same with a keep-alive drawn uniformly between two spans, by Gauss and Legendre's three points.
    pub fn between(rate_hz: f64, service_s: f64, shortest_s: f64, longest_s: f64) -> Self {
        if shortest_s >= longest_s {
            return Self::new(rate_hz, service_s, &[(shortest_s, 1.0)]);
        }
        let (middle, half) = (f64::midpoint(shortest_s, longest_s), (longest_s - shortest_s) / 2.0);
        let offset = half * 0.6_f64.sqrt();
        let points =
            [(middle - offset, 5.0 / 18.0), (middle, 8.0 / 18.0), (middle + offset, 5.0 / 18.0)];
        Self::new(rate_hz, service_s, &points)
    }

    /// What is left on demand beside `provisioned` environments that are always there and taken first: cold
    /// starts as a share of all requests, and the idle and running environments on demand.
    ///
    /// Running is exact (overflow of Erlang's loss system); cold starts and idle environments are those of the
    /// levels above, as if a request moved to a provisioned environment that falls free, which is close
    /// where it matters: when few requests overflow.
    pub fn on_demand(&self, provisioned: u64) -> WarmPool {
        let above = provisioned.saturating_sub(self.first).min(self.levels.len() as u64) as usize;
        let (mut cold_share, mut idle) = (0.0, 0.0);
        for &(share, cold, level_idle) in &self.levels[above..] {
            cold_share += share * cold;
            idle += level_idle;
        }
        WarmPool { cold_share, idle, running: self.running * erlang_b(self.running, provisioned) }
    }

    /// Share of requests that find one of `provisioned` environments free: what Erlang's formula does not
    /// lose.
    pub fn provisioned_share(&self, provisioned: u64) -> f64 {
        1.0 - erlang_b(self.running, provisioned)
    }
}

/// ψ of one level at all nodes of all keep-alives. The nodes lie side by side in lists of their own, so that the
/// processor climbs at several of them at once; at each it has to wait for the level before.
struct Sweep {
    rate_hz: f64,
    s_re: Vec<f64>,
    s_im: Vec<f64>,
    /// 1/s.
    inverse_re: Vec<f64>,
    inverse_im: Vec<f64>,
    weight: Vec<f64>,
    psi_re: Vec<f64>,
    psi_im: Vec<f64>,
}

impl Sweep {
    /// At the first level. A continued fraction forgets its beginning: the first level of interest lies nine deviations
    /// below the mean and carries no weight, so that the first level's own start does for it too.
    fn new(rate_hz: f64, keep_alives: &[(f64, f64)]) -> Self {
        let nodes: Vec<(Complex, f64)> = keep_alives
            .iter()
            .flat_map(|&(keep_alive_s, weight)| {
                nodes(keep_alive_s.max(1e-9)).map(|(s, factor)| (s, weight * factor))
            })
            .collect();
        let arrivals = Complex::new(rate_hz, 0.0);
        let all = |of: &dyn Fn(Complex) -> f64| nodes.iter().map(|&(s, _)| of(s)).collect();
        Self {
            rate_hz,
            s_re: all(&|s| s.re),
            s_im: all(&|s| s.im),
            inverse_re: all(&|s| s.inverse().re),
            inverse_im: all(&|s| s.inverse().im),
            weight: nodes.iter().map(|&(_, weight)| weight).collect(),
            psi_re: all(&|s| s.over(s.plus(arrivals)).re),
            psi_im: all(&|s| s.over(s.plus(arrivals)).im),
        }
    }

    /// To the next level, from which requests end at this rate.
    fn climb(&mut self, ending_hz: f64) {
        let arrivals = Complex::new(self.rate_hz, 0.0);
        let psi = self.psi_re.iter_mut().zip(&mut self.psi_im);
        for ((re, im), (&s_re, &s_im)) in psi.zip(self.s_re.iter().zip(&self.s_im)) {
            let z = Complex::new(s_re, s_im).plus(Complex::new(*re, *im).scaled(ending_hz));
            let psi = z.over(z.plus(arrivals));
            (*re, *im) = (psi.re, psi.im);
        }
    }

    /// The inverse transforms of ψ/s and ψ/s²: the chance of a cold start, and how long the level idles.
    fn sums(&self) -> (f64, f64) {
        let (mut cold, mut idle) = (0.0, 0.0);
        let psi = self.psi_re.iter().zip(&self.psi_im);
        let inverse = self.inverse_re.iter().zip(&self.inverse_im);
        for (((&re, &im), (&inverse_re, &inverse_im)), weight) in psi.zip(inverse).zip(&self.weight)
        {
            let inverse = Complex::new(inverse_re, inverse_im);
            let survival = Complex::new(re, im).times(inverse);
            cold += weight * survival.re;
            idle += weight * survival.times(inverse).re;
        }
        (cold, idle)
    }
}
