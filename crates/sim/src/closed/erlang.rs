//! Erlang's formulas: several servers with exponential service.

/// Erlang B: the share of arrivals that find all `servers` busy and are lost, at `offered` Erlangs (rate
/// times mean service). Insensitive to the law of service.
///
/// B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)).
pub fn erlang_b(offered: f64, servers: u64) -> f64 {
    if offered <= 0.0 {
        return if servers == 0 { 1.0 } else { 0.0 };
    }
    (1..=servers).fold(1.0, |b, k| offered * b / (k as f64 + offered * b))
}

/// Erlang C: the share of arrivals that have to wait for one of `servers`; 1 where the load is too much.
///
/// C = B / (1 - (a/c)(1 - B)).
pub fn erlang_c(offered: f64, servers: u64) -> f64 {
    let load = offered / servers as f64;
    if load >= 1.0 || servers == 0 {
        return 1.0;
    }
    let b = erlang_b(offered, servers);
    b / (1.0 - load * (1.0 - b))
}

/// M/M/c: Poisson arrivals, exponential service, one queue in front of `servers`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultiServer {
    rate_hz: f64,
    service_s: f64,
    servers: u64,
    wait_share: f64,
}

impl MultiServer {
    /// With arrivals a second, mean service in seconds, and at least one server; `None` if the load is too much
    /// for any steady state.
    pub fn new(rate_hz: f64, service_s: f64, servers: u64) -> Option<Self> {
        let offered = rate_hz * service_s;
        (offered < servers as f64).then(|| Self {
            rate_hz,
            service_s,
            servers,
            wait_share: erlang_c(offered, servers),
        })
    }

    /// Share of requests that wait.
    pub const fn wait_share(&self) -> f64 {
        self.wait_share
    }
    /// Mean wait in seconds, over all requests.
    pub fn mean_wait_s(&self) -> f64 {
        self.wait_share * self.service_s / self.spare()
    }
    /// Mean time from arrival to answer in seconds.
    pub fn mean_response_s(&self) -> f64 {
        self.mean_wait_s() + self.service_s
    }
    /// Mean number of requests that wait (Little's law).
    pub fn mean_queue(&self) -> f64 {
        self.rate_hz * self.mean_wait_s()
    }
    /// The wait that a share `q` of all requests does not exceed, in seconds.
    ///
    /// P(wait > t) = C exp(-(c - a) t / s).
    pub fn wait_quantile_s(&self, q: f64) -> f64 {
        let above = 1.0 - q;
        if above >= self.wait_share {
            return 0.0;
        }
        (self.wait_share / above).ln() * self.service_s / self.spare()
    }
    /// Servers that are idle on average.
    fn spare(&self) -> f64 {
        self.servers as f64 - self.rate_hz * self.service_s
    }
}
