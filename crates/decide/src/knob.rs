//! One uncertain quantity of a component, and what the component is with any value of it.
//!
//! A place on a knob is a number from −1, the low end of what is plausible, over 0, the value used, to 1, the high end.
//! Sizes and times go in ratios, so that half as much is as far away as twice as much.

use model::{Component, Demand, Distribution, Fact, Origin};
use units::{Bytes, Duration};

/// How slow a start might be where nobody measured it: a heavy package with its libraries.
const HEAVY_START: Duration = Duration::from_secs(3);
/// How quick one might be that nobody knows: a small package of an interpreted language.
const QUICK_START: Duration = Duration::from_millis(150);
/// How much more or less a size might be where nobody declared it.
const SIZE_FACTOR: f64 = 5.0;
/// The same of memory.
const MEMORY_FACTOR: f64 = 2.0;
/// How much more or less a work time might be where nobody declared it.
const WORK_FACTOR: f64 = 2.0;
/// How much more requests at once one instance might serve than assumed.
const CONCURRENCY_FACTOR: f64 = 4.0;
/// How much longer or shorter a connection might last.
const CONNECTION_FACTOR: f64 = 4.0;

/// A part of a component that has a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Memory,
    Response,
    Logs,
    Storage,
    State,
}

/// A quantity with what it is at each place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Knob {
    /// How much of a declared duration is CPU time, at the declared memory: from none to all of it.
    Split {
        /// The duration as declared.
        whole: Distribution,
        /// CPU time of the whole of it on one vCPU.
        all_cpu: Distribution,
        /// The part that is assumed to be CPU.
        cpu_share: f64,
    },
    /// CPU time of a request.
    Cpu(Distribution),
    /// Waiting time of a request.
    Wait(Distribution),
    /// Time of a start; only a slower one is tried.
    Init(Option<Duration>),
    /// A size.
    Size(Size, Bytes),
    /// Requests at once in one instance: from one to four times as many.
    Concurrency(u32),
    /// How long a connection stays.
    Connection(Duration),
    /// Waiting inside steps: from none to as long as the whole of the run computes.
    Inside(Duration),
}

impl Size {
    /// The key in our own format.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Response => "response_bytes",
            Self::Logs => "log_bytes",
            Self::Storage => "storage",
            Self::State => "steps.state",
        }
    }

    /// The fact of a component; `None` where it has no such part.
    pub(crate) const fn of(self, component: &Component) -> Option<&Fact<Bytes>> {
        match self {
            Self::Memory => Some(&component.memory),
            Self::Response => Some(&component.response_bytes),
            Self::Logs => Some(&component.log_bytes),
            Self::Storage => component.storage.as_ref(),
            Self::State => match &component.steps {
                Some(steps) => Some(&steps.state),
                None => None,
            },
        }
    }

    fn set(self, component: &mut Component, size: Bytes) {
        match self {
            Self::Memory => component.memory = given(size),
            Self::Response => component.response_bytes = given(size),
            Self::Logs => component.log_bytes = given(size),
            Self::Storage => component.storage = Some(given(size)),
            Self::State => {
                if let Some(steps) = &mut component.steps {
                    steps.state = given(size);
                }
            }
        }
    }

    const fn factor(self) -> f64 {
        if matches!(self, Self::Memory) { MEMORY_FACTOR } else { SIZE_FACTOR }
    }
}

impl Knob {
    /// Of a declared whole whose split into CPU and waiting is assumed.
    pub(crate) fn split(demand: &Demand) -> Option<Self> {
        let whole = demand.duration.as_ref()?.value()?.clone();
        let (Fact::Assumed(cpu, _), Fact::Assumed(wait, _)) = (&demand.cpu, &demand.wait) else {
            return None;
        };
        let waiting = wait.mean().secs_f64() / whole.mean().secs_f64().max(1e-12);
        let cpu_share = (1.0 - waiting).clamp(1e-9, 1.0);
        // CPU time for the whole wall time at the declared memory's share of a CPU.
        let all_cpu = cpu.times_f64(1.0 / cpu_share);
        Some(Self::Split { whole, all_cpu, cpu_share })
    }

    /// The component with this quantity at a place from −1 to 1; at 0 it stays as it is.
    pub(crate) fn turn(&self, component: &mut Component, place: f64) {
        if place.abs() < 1e-12 {
            return;
        }
        match self {
            Self::Split { whole, all_cpu, cpu_share } => {
                let end = if place < 0.0 { 0.0 } else { 1.0 };
                let share = cpu_share + (end - cpu_share) * place.abs();
                component.demand.cpu = given(all_cpu.times_f64(share));
                component.demand.wait = given(whole.times_f64(1.0 - share));
            }
            Self::Cpu(time) => {
                component.demand.cpu = given(time.times_f64(WORK_FACTOR.powf(place)));
            }
            Self::Wait(time) => {
                component.demand.wait = given(time.times_f64(WORK_FACTOR.powf(place)));
            }
            Self::Init(known) => {
                if place > 0.0 {
                    let (from, to) = Self::starts(*known);
                    let ratio = to.secs_f64() / from.secs_f64().max(1e-6);
                    component.start.init = given(from.times_f64(ratio.powf(place)));
                }
            }
            Self::Size(size, bytes) => {
                let bytes = bytes.get() as f64 * size.factor().powf(place);
                size.set(component, Bytes::new(bytes.round() as u64));
            }
            Self::Concurrency(many) => {
                let many = f64::from(*many);
                let to = if place < 0.0 { 1.0 } else { many * CONCURRENCY_FACTOR };
                let now = many * (to / many).powf(place.abs());
                component.concurrency = given((now.round() as u32).max(1));
            }
            Self::Connection(stays) => {
                component.connection = Some(given(stays.times_f64(CONNECTION_FACTOR.powf(place))));
            }
            Self::Inside(at_most) => {
                if let Some(steps) = component.steps.as_mut().filter(|_| place > 0.0) {
                    steps.inside = given(at_most.times_f64(place));
                }
            }
        }
    }

    /// A quick start and a slow one, where so much is known of it.
    pub(crate) fn starts(known: Option<Duration>) -> (Duration, Duration) {
        let from = known.unwrap_or(QUICK_START).max(Duration::from_millis(1));
        (from, HEAVY_START.max(known.unwrap_or_default() * 2))
    }
}

/// A value for the sake of argument.
pub(crate) fn given<T>(value: T) -> Fact<T> {
    Fact::Known(value, Origin::assumed("tried by the sensitivity analysis"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{component, known};

    fn ms(value: u64) -> Distribution {
        Distribution::Constant(Duration::from_millis(value))
    }

    #[test]
    fn a_split_keeps_the_wall_time_from_all_waiting_to_all_cpu() {
        // 300 ms at 512 MB, half of it CPU, on 0.289 vCPU.
        let demand = Demand {
            cpu: Fact::assumed(Distribution::Constant(Duration::from_micros(43_414)), "half"),
            wait: Fact::assumed(ms(150), "half"),
            duration: Some(known(ms(300))),
        };
        let knob = Knob::split(&demand).unwrap();
        let vcpu = 43.414 / 150.0;
        for (place, cpu) in [(-1.0, 0.0), (-0.5, 75.0), (0.5, 225.0), (1.0, 300.0)] {
            let mut api = component("api");
            knob.turn(&mut api, place);
            let own = api.demand.cpu.value().unwrap().mean().millis_f64() / vcpu;
            let wait = api.demand.wait.value().unwrap().mean().millis_f64();
            assert!((own - cpu).abs() < 0.1 && (own + wait - 300.0).abs() < 0.1, "{own} {wait}");
        }
        let declared = Demand { cpu: known(ms(0)), ..demand };
        assert_eq!(Knob::split(&declared), None, "a declared part is no assumption");
    }

    #[test]
    fn half_as_much_is_as_far_as_twice_as_much() {
        let api = component("api");
        let turned = |knob: &Knob, place: f64| {
            let mut api = api.clone();
            knob.turn(&mut api, place);
            api
        };
        let memory = Knob::Size(Size::Memory, Bytes::from_mib(512));
        let mib = |place: f64| turned(&memory, place).memory.get().unwrap().get() >> 20;
        assert_eq!([mib(-1.0), mib(1.0)], [256, 1024]);
        let many = |place: f64| turned(&Knob::Concurrency(20), place).concurrency.get();
        assert_eq!([many(-1.0), many(1.0), many(0.5)], [Some(1), Some(80), Some(40)]);
        let init = |known, place| turned(&Knob::Init(known), place).start.init.get();
        let second = Duration::from_secs(1);
        assert_eq!(init(Some(second), 1.0), Some(HEAVY_START));
        assert_eq!(init(Some(second), -1.0), api.start.init.get());
        assert_eq!(turned(&memory, 0.0), api, "the value used is no other value");
    }
}
