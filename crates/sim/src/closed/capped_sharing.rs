//! A server whose CPUs are shared evenly and that takes at most so many requests at once; the others are lost to it.

/// Poisson arrivals at CPUs that are shared evenly, one CPU a request at most; after its CPU time a request waits for
/// something else. At most `most` are there at once.
///
/// Processor sharing and waiting without a queue are both insensitive to the law of service, and a bound on their sum
/// keeps the product form (Kelly, "Reversibility and Stochastic Networks", 1979, chapter 3): the weight of `i` requests
/// that compute and `j` that wait is `a^i / (min(1, c) ... min(i, c)) * b^j / j!`, with the CPU time `a` and the waits `b`
/// that arrive a second. With waits only it is Erlang B.
#[derive(Debug, Clone, PartialEq)]
pub struct CappedSharing {
    /// Weight of n requests over that of n - 1 at one arrival a second, n = 1 ..= most; what was too small to tell is
    /// left out at the beginning.
    ratios: Vec<f64>,
    most: u32,
}

impl CappedSharing {
    /// With CPUs, mean CPU time and mean wait of a request in seconds, and requests at once at the most.
    ///
    /// # Panics
    /// If there is no CPU, or a time is negative.
    pub fn new(cpus: f64, cpu_s: f64, wait_s: f64, most: u32) -> Self {
        assert!(cpus > 0.0 && cpu_s >= 0.0 && wait_s >= 0.0, "a server and its work");
        let n = most as usize;
        // Weights at the rate that fills the place are neither huge nor tiny where it matters.
        let busy_s = (cpu_s / cpus + wait_s / f64::from(most.max(1))).max(f64::MIN_POSITIVE);
        let rate_hz = 1.0 / busy_s;
        let computing = weights(n, |i| (rate_hz * cpu_s / (i as f64).min(cpus)).ln());
        let waiting = weights(n, |j| (rate_hz * wait_s / j as f64).ln());
        let there: Vec<f64> = (0..=n)
            .map(|all| {
                let pairs = computing[..=all].iter().zip(waiting[..=all].iter().rev());
                pairs.map(|(i, j)| i * j).sum()
            })
            .collect();
        let told = there.windows(2).filter(|pair| pair[0] > f64::MIN_POSITIVE);
        Self { ratios: told.map(|pair| pair[1] / pair[0] / rate_hz).collect(), most }
    }

    /// The share of arrivals that find no room, at so many a second.
    pub fn loss(&self, rate_hz: f64) -> f64 {
        if rate_hz <= 0.0 {
            return if self.most == 0 { 1.0 } else { 0.0 };
        }
        self.ratios.iter().fold(1.0, |lost, ratio| {
            let weight = rate_hz * ratio * lost;
            weight / (1.0 + weight)
        })
    }
}

/// The products of factors given by their logarithms, the largest of them 1.
fn weights(n: usize, factor: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut logs = vec![0.0_f64];
    for i in 1..=n {
        logs.push(logs[i - 1] + factor(i));
    }
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logs.into_iter().map(|log| (log - top).exp()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::closed::{FiniteQueue, erlang_b};

    #[track_caller]
    fn same(ours: f64, theirs: f64) {
        assert!((ours - theirs).abs() <= 1e-9 * theirs.max(1e-9), "{ours} {theirs}");
    }

    #[test]
    fn with_waits_only_it_is_erlang_b() {
        for (rate, wait, most) in
            [(10.0, 0.5, 4), (3.0, 0.2, 1), (900.0, 1.0, 1000), (5.0, 1.0, 60)]
        {
            let server = CappedSharing::new(2.0, 0.0, wait, most);
            same(server.loss(rate), erlang_b(rate * wait, u64::from(most)));
        }
    }

    #[test]
    fn with_cpu_only_it_is_a_finite_queue() {
        // Sharing evenly and first come first served have the same number of requests there.
        for (rate, cpu, cpus, most) in
            [(10.0, 0.1, 1.0, 5), (30.0, 0.1, 2.0, 40), (5.0, 0.1, 4.0, 4)]
        {
            let server = CappedSharing::new(cpus, cpu, 0.0, most);
            let queue = FiniteQueue::new(rate, cpu, cpus as u64, u64::from(most));
            same(server.loss(rate), queue.loss());
        }
    }

    #[test]
    fn two_places_by_hand() {
        // One CPU, a = 0.5, b = 1: weights 1; a + b = 1.5; a² + ab + b²/2 = 1.25.
        let server = CappedSharing::new(1.0, 0.05, 0.1, 2);
        same(server.loss(10.0), 1.25 / 3.75);
    }

    #[test]
    fn no_room_loses_all_and_nobody_loses_nothing() {
        let none = CappedSharing::new(1.0, 0.1, 0.1, 0);
        same(none.loss(0.0), 1.0);
        same(none.loss(1.0), 1.0);
        same(CappedSharing::new(1.0, 0.1, 0.1, 3).loss(0.0), 0.0);
        // Far more places than it takes, and far fewer.
        let wide = CappedSharing::new(8.0, 0.02, 2.0, 4000);
        assert!(wide.loss(100.0) < 1e-12);
        same((wide.loss(1e6) * 1e6).round(), 1e6 - 400.0);
    }
}
