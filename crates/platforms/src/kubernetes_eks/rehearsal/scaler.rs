//! The autoscalers, each at its own pace: the state machines of `scaling` fed with what they would see.

use catalog::Missing;
use scaling::hpa::{self, Behavior, Hpa, Rules, Tolerance};
use scaling::keda::{self, Keda, Trigger};
use scaling::kpa::{self, Averaging, Kpa, Observer, ScaleToZero, ZeroSpec};
use units::{Duration, Instant};

use super::settings::{Aim, Autoscaler, Settings};
use crate::case::Case;

/// What an autoscaler can see at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    /// The pods as the metrics server and the pod lister show them.
    pub pods: &'a [hpa::Pod],
    /// Pods that are ready.
    pub ready: u32,
    /// Requests in pods and before them, as a mean since the last look.
    pub in_flight: f64,
    /// Messages in the queue and at work, now.
    pub messages: u64,
}

/// Who decides how many pods there are.
#[derive(Debug)]
pub(super) enum Scaler {
    /// The horizontal pod autoscaler, its metric, its pace and its next pass.
    Hpa(Box<Hpa>, hpa::Metric, Duration, Instant),
    /// KEDA, which keeps its own time.
    Keda(Box<Keda>),
    /// Knative.
    Kpa(Box<Knative>),
}

/// The parts of Knative that decide on pods.
#[derive(Debug)]
pub(super) struct Knative {
    observer: Observer,
    kpa: Kpa,
    zero: ScaleToZero,
    tick: Duration,
    next: Instant,
}

impl Scaler {
    /// An autoscaler whose `initial` pods have been there since long before `now`.
    pub(super) fn new(
        case: &Case<'_>,
        settings: &Settings<'_>,
        (now, initial): (Instant, u32),
    ) -> Result<Self, Missing> {
        Ok(match settings.autoscaler {
            Autoscaler::Hpa => {
                let spec = hpa::Spec {
                    min: i64::from(settings.min),
                    max: i64::from(settings.max),
                    behavior: Some(behavior(settings)),
                    settings: controller(case)?,
                };
                let (sync, metric) = (spec.settings.sync, metric(settings.target));
                Self::Hpa(Box::new(Hpa::new(spec)), metric, sync, now)
            }
            Autoscaler::Keda => {
                let each = match settings.target {
                    Aim::Each(n) | Aim::Percent(n) => i64::from(n),
                };
                let spec = keda::Spec {
                    min: i64::from(settings.min),
                    max: i64::from(settings.max),
                    behavior: Some(behavior(settings)),
                    settings: controller(case)?,
                    ..keda::Spec::new(vec![Trigger { target: each * 1000, activation: 0 }])
                };
                let mut keda = Keda::new(spec, now);
                if initial > 0 {
                    // There was something to do just now, or there would be no pods.
                    keda.poll(now, i64::from(initial), &[Some(i64::MAX)]);
                }
                Self::Keda(Box::new(keda))
            }
            Autoscaler::Kpa => Self::Kpa(Box::new(Knative::new(settings, now, initial))),
        })
    }

    /// Whether pods are only added and taken away by CPU or requests that a metrics server reports.
    pub(super) const fn wants_pods(&self, now: Instant) -> bool {
        matches!(self, Self::Hpa(_, _, _, next) if next.nanos() <= now.nanos())
    }

    /// Lets it decide if its time has come: replicas from now on.
    pub(super) fn step(&mut self, now: Instant, wanted: u32, seen: &Seen<'_>) -> u32 {
        let current = i64::from(wanted);
        let desired = match self {
            Self::Hpa(_, _, _, next) if *next > now => current,
            Self::Hpa(hpa, metric, sync, next) => {
                *next = now + *sync;
                hpa.reconcile(now, current, seen.pods, &[*metric]).desired
            }
            Self::Keda(keda) if keda.next() > now => current,
            Self::Keda(keda) => {
                let value = i64::try_from(seen.messages).unwrap_or(i64::MAX).saturating_mul(1000);
                keda.step(now, current, &[Some(value)])
            }
            Self::Kpa(knative) => knative.step(now, current, seen),
        };
        u32::try_from(desired.max(0)).unwrap_or(u32::MAX)
    }
}

impl Knative {
    fn new(settings: &Settings<'_>, now: Instant, initial: u32) -> Self {
        let limit = settings.concurrency;
        let (percent, wished) = match settings.target {
            Aim::Percent(percent) => (Some(f64::from(percent)), None),
            Aim::Each(each) => (None, Some(f64::from(each))),
        };
        let defaults = kpa::Settings::default();
        let operator = kpa::Settings {
            concurrency_target_percent: percent.unwrap_or(defaults.concurrency_target_percent),
            stable_window: settings.stabilization.max(Duration::from_secs(6)),
            bounds: kpa::Bounds { min: i64::from(settings.min), max: i64::from(settings.max) },
            ..defaults
        };
        let target = operator.target(kpa::Metric::Concurrency, limit, wished);
        let (stable, panic) = (operator.stable_window, operator.panic_window());
        let spec = ZeroSpec::new(&operator);
        let zero = if initial > 0 {
            ScaleToZero::serving(spec, Instant::START)
        } else {
            ScaleToZero::new(spec, Instant::START)
        };
        let kpa = Kpa::new(kpa::Spec::new(&operator, target), Instant::START, i64::from(initial));
        let observer = Observer::new(stable, panic, Averaging::Linear);
        Self { observer, kpa, zero, tick: operator.tick, next: now }
    }

    fn step(&mut self, now: Instant, current: i64, seen: &Seen<'_>) -> i64 {
        self.observer.record(now, seen.in_flight);
        // The activator tells of the first request at once.
        let woken = current == 0 && seen.in_flight > 0.0;
        if self.next > now && !woken {
            return current;
        }
        self.next = now + self.tick;
        let ready = i64::from(seen.ready);
        let decision = self.observer.observe(now).map(|load| self.kpa.decide(now, ready, load));
        let (desired, spare) = decision.map_or((None, 0), |d| (Some(d.desired), d.excess_burst));
        self.zero.pass(now, desired, ready, spare).ask.unwrap_or(current)
    }
}

/// The default rules with this window and this tolerance.
fn behavior(settings: &Settings<'_>) -> Behavior {
    let ratio = settings.tolerance_percent / 100.0;
    Behavior {
        up: Rules::up(),
        down: Rules { stabilization: Some(settings.stabilization), ..Rules::down() },
        tolerance: Tolerance { up_ratio: ratio, down_ratio: ratio },
    }
}

fn controller(case: &Case<'_>) -> Result<hpa::Settings, Missing> {
    let seconds = |id| case.prices.limit_number("kubernetes-hpa", id).map(Duration::from_secs_f64);
    Ok(hpa::Settings {
        sync: seconds("sync_period")?,
        cpu_initialization: seconds("cpu_initialization_period")?,
        initial_readiness: seconds("initial_readiness_delay")?,
        downscale_stabilization: seconds("downscale_stabilization")?,
    })
}

const fn metric(target: Aim) -> hpa::Metric {
    match target {
        Aim::Percent(percent) => {
            hpa::Metric::Utilization { target_percent: percent as i64, cpu: true }
        }
        Aim::Each(each) => hpa::Metric::PerPod { target: each as i64 * 1000, cpu: false },
    }
}
