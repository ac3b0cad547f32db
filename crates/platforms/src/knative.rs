//! Knative's autoscaler as a world of pods feeds it: what it saw, what it asks for, which way requests go.

use scaling::kpa::{self, Averaging, Kpa, Metric, Observer, Path, ScaleToZero, ZeroSpec};
use units::{Duration, Instant};

/// The parts of Knative that decide on pods.
#[derive(Debug, Clone)]
pub(crate) struct Knative {
    observer: Observer,
    kpa: Kpa,
    zero: ScaleToZero,
    tick: Duration,
    next: Instant,
    /// Where requests go since the last look.
    path: Path,
}

impl Knative {
    /// For pods that take `limit` requests at once (0 is any number) and should have `wished` of what `counted` says;
    /// `initial` pods have been there since long before `now`.
    pub(crate) fn new(
        operator: &kpa::Settings,
        (counted, limit, wished): (Metric, u32, Option<f64>),
        (now, initial): (Instant, u32),
    ) -> Self {
        let target = operator.target(counted, limit, wished);
        let spec = ZeroSpec::new(operator);
        let zero = if initial > 0 {
            ScaleToZero::serving(spec, Instant::START)
        } else {
            ScaleToZero::new(spec, Instant::START)
        };
        let (stable, panic) = (operator.stable_window, operator.panic_window());
        Self {
            observer: Observer::new(stable, panic, Averaging::Linear),
            kpa: Kpa::new(kpa::Spec::new(operator, target), Instant::START, i64::from(initial)),
            zero,
            tick: operator.tick,
            next: now,
            path: Path::Activator,
        }
    }

    /// Whether requests go straight to the pods, around what would hold them back.
    pub(crate) const fn goes_direct(&self) -> bool {
        matches!(self.path, Path::Direct)
    }

    /// The load over all pods in the second of `at`.
    pub(crate) fn record(&mut self, at: Instant, load: f64) {
        self.observer.record(at, load);
    }

    /// Lets it decide if its time has come, or if the activator holds a request (`held`) and there is no pod.
    pub(crate) fn step(&mut self, now: Instant, current: i64, ready: u32, held: bool) -> i64 {
        // The activator tells of the first request at once.
        let woken = current == 0 && held;
        if self.next > now && !woken {
            return current;
        }
        self.next = now + self.tick;
        let ready = i64::from(ready);
        let decision = self.observer.observe(now).map(|load| self.kpa.decide(now, ready, load));
        let (desired, spare) = decision.map_or((None, 0), |d| (Some(d.desired), d.excess_burst));
        let carried = self.zero.pass(now, desired, ready, spare);
        self.path = carried.path;
        carried.ask.unwrap_or(current)
    }
}
