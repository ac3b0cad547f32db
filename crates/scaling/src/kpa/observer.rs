//! Both windows of a revision's load.

use units::{Duration, Instant};

use super::average::{Averaging, Window};

/// What a tick of the autoscaler looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// Average of the stable window over all pods, in requests in flight or a second.
    pub stable_load: f64,
    /// Average of the panic window, in the same unit.
    pub panic_load: f64,
}

/// Takes one reading a second of the load over all pods.
#[derive(Debug, Clone)]
pub struct Observer {
    stable: Window,
    panic: Window,
}

impl Observer {
    /// Nothing was read yet.
    pub fn new(stable: Duration, panic: Duration, averaging: Averaging) -> Self {
        Self { stable: Window::new(stable, averaging), panic: Window::new(panic, averaging) }
    }

    /// The load over all pods was read at `at`. What went through the activator and a pod must be in it once.
    pub fn record(&mut self, at: Instant, load: f64) {
        self.stable.record(at, load);
        self.panic.record(at, load);
    }

    /// The averages at `now`; `None` if nothing was read for longer than the stable window. The real
    /// autoscaler then does nothing, unless the activator is always in the path ([`Burst::Unlimited`]), which
    /// reports of itself: then it goes by zeros.
    ///
    /// [`Burst::Unlimited`]: super::Burst::Unlimited
    pub fn observe(&self, now: Instant) -> Option<Observed> {
        let observed = || Observed {
            stable_load: self.stable.average(now),
            panic_load: self.panic.average(now),
        };
        (!self.stable.is_empty(now)).then(observed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panic_window_sees_a_burst_first() {
        let (stable, panic) = (Duration::from_secs(60), Duration::from_secs(6));
        let mut observer = Observer::new(stable, panic, Averaging::Linear);
        assert_eq!(observer.observe(Instant::START), None);
        for second in 0..66 {
            let load = if second < 60 { 10.0 } else { 100.0 };
            observer.record(Instant::START + Duration::from_secs(second), load);
        }
        let seen = observer.observe(Instant::START + Duration::from_secs(65));
        assert_eq!(seen, Some(Observed { stable_load: 19.0, panic_load: 100.0 }));
        assert_eq!(observer.observe(Instant::START + Duration::from_secs(126)), None);
    }
}
