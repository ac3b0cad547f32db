//! M/M/c/K: several servers and a bounded queue.

/// Poisson arrivals, exponential service, at most `capacity` requests in the system; more are turned away.
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteQueue {
    rate_hz: f64,
    service_s: f64,
    servers: u64,
    /// P(n requests in the system), n = 0 ..= capacity.
    states: Vec<f64>,
}

impl FiniteQueue {
    /// With arrivals a second, mean service in seconds, at least one server, and a capacity that includes those
    /// in service.
    pub fn new(rate_hz: f64, service_s: f64, servers: u64, capacity: u64) -> Self {
        assert!(servers > 0 && capacity >= servers, "room for those in service");
        let offered = rate_hz * service_s;
        // Built in logarithms: a power of a large load does not overflow.
        let mut logs = vec![0.0_f64];
        for n in 1..=capacity {
            let before = logs.last().copied().unwrap_or(0.0);
            logs.push(before + (offered / n.min(servers) as f64).ln());
        }
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = logs.iter().map(|log| (log - top).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let states = weights.iter().map(|w| w / sum).collect();
        Self { rate_hz, service_s, servers, states }
    }

    /// Share of requests turned away.
    pub fn loss(&self) -> f64 {
        self.states.last().copied().unwrap_or(0.0)
    }
    /// Requests served a second.
    pub fn throughput_hz(&self) -> f64 {
        self.rate_hz * (1.0 - self.loss())
    }
    /// Mean number in the system.
    pub fn mean_in_system(&self) -> f64 {
        self.states.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
    }
    /// Mean number that waits.
    pub fn mean_queue(&self) -> f64 {
        let waiting = |n: usize| n.saturating_sub(self.servers as usize) as f64;
        self.states.iter().enumerate().map(|(n, p)| waiting(n) * p).sum()
    }
    /// Mean time from arrival to answer of those served, in seconds.
    pub fn mean_response_s(&self) -> f64 {
        self.mean_in_system() / self.throughput_hz()
    }
    /// Mean wait of those served, in seconds.
    pub fn mean_wait_s(&self) -> f64 {
        self.mean_queue() / self.throughput_hz()
    }
    /// Share of the servers that is busy.
    pub fn utilization(&self) -> f64 {
        self.throughput_hz() * self.service_s / self.servers as f64
    }
}
