//! M/G/1: one server, any law of service.

/// Mean wait in seconds in front of one server that takes requests in order, by Pollaczek and Khinchine:
/// λ E[S²] / (2 (1 - ρ)). `squared_variation` is the squared coefficient of variation of service (0 constant,
/// 1 exponential). `None` if the load is too much.
pub fn single_server_wait_s(rate_hz: f64, service_s: f64, squared_variation: f64) -> Option<f64> {
    let load = rate_hz * service_s;
    let second_moment = service_s * service_s * (1.0 + squared_variation);
    (load < 1.0).then(|| rate_hz * second_moment / (2.0 * (1.0 - load)))
}

/// Mean time from arrival to answer in seconds where one server is shared by all present (processor sharing):
/// E[S] / (1 - ρ), whatever the law of service. `None` if the load is too much.
pub fn processor_sharing_response_s(rate_hz: f64, service_s: f64) -> Option<f64> {
    let load = rate_hz * service_s;
    (load < 1.0).then(|| service_s / (1.0 - load))
}
