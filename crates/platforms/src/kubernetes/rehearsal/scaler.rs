//! The autoscalers, each at its own pace: the state machines of `scaling` fed with what they would see.

use catalog::Missing;
use scaling::hpa::{self, Behavior, Hpa, Rules, Tolerance};
use scaling::keda::{self, Keda, Trigger};
use scaling::kpa;
use units::{Duration, Instant};

use super::declared;
use super::settings::{Aim, Autoscaler, Settings};
use crate::case::Case;
use crate::knative::Knative;

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
    /// Requests a second, as a mean over the last minute.
    pub rate_hz: f64,
}

/// What a horizontal pod autoscaler follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Follow {
    /// Samples of the pods.
    Pods(hpa::Metric),
    /// Requests a second, in thousandths for each pod.
    Rate(i64),
    /// Requests in service and waiting, or messages, in thousandths for each pod.
    InFlight(i64),
    /// The same against a target for all of them.
    InFlightTotal(i64),
}

impl Follow {
    fn metric(self, seen: &Seen<'_>) -> hpa::Metric {
        let milli = |value: f64| (value * 1000.0).round() as i64;
        match self {
            Self::Pods(metric) => metric,
            Self::Rate(target) => hpa::Metric::TotalPerPod { value: milli(seen.rate_hz), target },
            Self::InFlight(target) => {
                hpa::Metric::TotalPerPod { value: milli(seen.messages as f64), target }
            }
            Self::InFlightTotal(target) => {
                hpa::Metric::Total { value: milli(seen.messages as f64), target }
            }
        }
    }
}

/// Who decides how many pods there are.
#[derive(Debug)]
pub(super) enum Scaler {
    /// The horizontal pod autoscaler, its metric, its pace and its next pass.
    Hpa(Box<Hpa>, Vec<Follow>, Duration, Instant),
    /// KEDA, which keeps its own time.
    Keda(Box<Keda>),
    /// Knative, and whether it counts requests a second and not those in flight.
    Kpa(Box<Knative>, bool),
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
                let sync = spec.settings.sync;
                let declared = settings.declared.map(declared::follows).unwrap_or_default();
                let follows = if declared.is_empty() {
                    vec![Follow::Pods(metric(settings.target))]
                } else {
                    declared
                };
                Self::Hpa(Box::new(Hpa::new(spec)), follows, sync, now)
            }
            Autoscaler::Keda => {
                let each = match settings.target {
                    Aim::Each(n) | Aim::Percent(n) => i64::from(n),
                };
                let usual = keda::Spec::new(Vec::new());
                let declared = settings.declared;
                let spec = keda::Spec {
                    polling: declared.and_then(|d| d.polling).unwrap_or(usual.polling),
                    cooldown: declared.and_then(|d| d.cooldown).unwrap_or(usual.cooldown),
                    idle: declared.and_then(|d| d.idle).map(i64::from),
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
            Autoscaler::Kpa => {
                let by_rate = settings.declared.is_some_and(declared::by_rate);
                Self::Kpa(Box::new(knative(settings, by_rate, (now, initial))), by_rate)
            }
        })
    }

    /// Whether it follows what the pods compute, and not how many requests they serve.
    pub(super) fn follows_cpu(&self) -> bool {
        let Self::Hpa(_, follows, _, _) = self else { return true };
        !follows
            .iter()
            .any(|follow| matches!(follow, Follow::Pods(hpa::Metric::PerPod { cpu: false, .. })))
    }

    /// Whether pods are only added and taken away by CPU or requests that a metrics server reports.
    pub(super) const fn wants_pods(&self, now: Instant) -> bool {
        matches!(self, Self::Hpa(_, _, _, next) if next.nanos() <= now.nanos())
    }

    /// Whether requests go straight to the pods, around what would hold them back.
    pub(super) const fn goes_direct(&self) -> bool {
        matches!(self, Self::Kpa(knative, _) if knative.goes_direct())
    }

    /// Lets it decide if its time has come: replicas from now on.
    pub(super) fn step(&mut self, now: Instant, wanted: u32, seen: &Seen<'_>) -> u32 {
        let current = i64::from(wanted);
        let desired = match self {
            Self::Hpa(_, _, _, next) if *next > now => current,
            Self::Hpa(hpa, follows, sync, next) => {
                *next = now + *sync;
                let metrics: Vec<hpa::Metric> =
                    follows.iter().map(|follow| follow.metric(seen)).collect();
                hpa.reconcile(now, current, seen.pods, &metrics).desired
            }
            Self::Keda(keda) if keda.next() > now => current,
            Self::Keda(keda) => {
                let value = i64::try_from(seen.messages).unwrap_or(i64::MAX).saturating_mul(1000);
                keda.step(now, current, &[Some(value)])
            }
            Self::Kpa(knative, by_rate) => {
                knative.record(now, if *by_rate { seen.rate_hz } else { seen.in_flight });
                knative.step(now, current, seen.ready, seen.in_flight > 0.0)
            }
        };
        u32::try_from(desired.max(0)).unwrap_or(u32::MAX)
    }
}

/// Knative as the settings and what is declared have it.
fn knative(settings: &Settings<'_>, by_rate: bool, first: (Instant, u32)) -> Knative {
    let (percent, wished) = match settings.target {
        Aim::Percent(percent) => (Some(f64::from(percent)), None),
        Aim::Each(each) => (None, Some(f64::from(each))),
    };
    let (defaults, declared) = (kpa::Settings::default(), settings.declared);
    let operator = kpa::Settings {
        concurrency_target_percent: percent.unwrap_or(defaults.concurrency_target_percent),
        stable_window: settings.stabilization.max(Duration::from_secs(6)),
        panic_window_percent: declared
            .and_then(|d| d.panic_window_percent)
            .unwrap_or(defaults.panic_window_percent),
        panic_threshold_percent: declared
            .and_then(|d| d.panic_threshold_percent)
            .unwrap_or(defaults.panic_threshold_percent),
        burst: declared.and_then(|d| d.burst).map_or(defaults.burst, |burst| {
            if burst < 0.0 { kpa::Burst::Unlimited } else { kpa::Burst::Requests(burst) }
        }),
        scale_down_delay: declared
            .and_then(|d| d.scale_down_delay)
            .unwrap_or(defaults.scale_down_delay),
        bounds: kpa::Bounds { min: i64::from(settings.min), max: i64::from(settings.max) },
        ..defaults
    };
    let counted = if by_rate { kpa::Metric::RequestsPerSecond } else { kpa::Metric::Concurrency };
    Knative::new(&operator, (counted, settings.concurrency, wished), first)
}

/// The default rules with this window and this tolerance.
fn behavior(settings: &Settings<'_>) -> Behavior {
    let ratio = settings.tolerance_percent / 100.0;
    let down = Rules { stabilization: Some(settings.stabilization), ..Rules::down() };
    let Some(declared) = settings.declared else {
        let tolerance = Tolerance { up_ratio: ratio, down_ratio: ratio };
        return Behavior { up: Rules::up(), down, tolerance };
    };
    Behavior {
        up: declared::rules(&declared.up, Rules::up()),
        down: declared::rules(&declared.down, down),
        tolerance: Tolerance {
            up_ratio: declared.up.tolerance.unwrap_or(ratio),
            down_ratio: declared.down.tolerance.unwrap_or(ratio),
        },
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
