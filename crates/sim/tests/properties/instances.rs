//! Instances with any settings and an autoscaler that asks for anything.

use proptest::prelude::*;
use scaling::utilization::{UtilizationScaler, UtilizationTargets, WhenFull, Work};
use sim::function_pool::KeepAlive;
use sim::instances::{
    Fixed, INSTANCES_MAX, Packing, STEPS_MAX, Scaler, Seen, Settings, Start, Usage, Waiting, run,
};
use units::{Duration, Instant, Millicores, Random, Request, Seed};

use super::{number, requests, span, until};

/// Asks for a few instances by luck, and now and then for as many as can be told.
struct Whim(Random);

impl Scaler for Whim {
    fn look(&mut self, seen: &Seen) -> Option<u32> {
        assert!(seen.ready <= INSTANCES_MAX);
        match self.0.below(4) {
            0 => None,
            _ => Some(self.0.below(9) as u32),
        }
    }

    fn waiting(&mut self, _: Instant, waiting: &Waiting) -> u32 {
        assert!(waiting.requests > 0);
        [0, 1, 7][self.0.below(3) as usize]
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    let instance = (0..5000_u64, 0..5000_u64, number(), any::<bool>());
    let queue = (number(), span(), 0..5_u32, prop_oneof![Just(u32::MAX), 0..9_u32]);
    let times = (span(), span(), span(), span(), span());
    // At the end of time even a named limit on looks is long: where the run is that long, nobody looks.
    let looks = (prop_oneof![Just(None), (1..5_000_000_000_u64).prop_map(Some)], any::<bool>());
    (instance, queue, times, looks).prop_map(|(instance, queue, times, looks)| Settings {
        capacity: Millicores::new(instance.0),
        start_capacity: Millicores::new(instance.1),
        concurrency: instance.2,
        packing: if instance.3 { Packing::Busiest } else { Packing::LeastLoaded },
        queue: queue.0,
        queue_timeout: queue.1,
        min: queue.2,
        max: queue.3,
        keep_idle: KeepAlive::between(times.0.min(times.1), times.0.max(times.1)),
        shutdown: times.2,
        billing_step: times.3,
        active_min: times.4,
        interval: looks.0.map(|nanos| Duration::from_nanos(nanos.max(20_000_000))),
        timeline: looks.1.then_some(Duration::SECOND),
    })
}

fn play(
    settings: &Settings,
    requests: &[Request],
    until: Instant,
    start: Start,
    scaler: &mut impl Scaler,
) -> Usage {
    // A run to the end of time is one without looks: they are what its length costs.
    let short = until < Instant::START + Duration::MINUTE;
    let settings = Settings {
        interval: settings.interval.filter(|_| short),
        timeline: settings.timeline.filter(|_| short),
        ..*settings
    };
    let random = Seed(1).stream("properties", "keep");
    run(&settings, requests.iter().copied(), until, random, scaler, || start)
}

/// The autoscaler of `scaling` over the instances of `sim`, as platforms join the two.
pub(crate) struct Joined(pub(crate) UtilizationScaler);

impl Scaler for Joined {
    fn look(&mut self, seen: &Seen) -> Option<u32> {
        Some(self.0.look(seen.now, Work { requests: seen.requests, cpu: seen.cpu }))
    }
    fn waiting(&mut self, now: Instant, waiting: &Waiting) -> u32 {
        self.0.waiting(now, waiting.requests, waiting.coming, waiting.room)
    }
}

fn holds(settings: &Settings, usage: &Usage, until: Instant) {
    assert_eq!(usage.arrivals, usage.served + usage.rejected() + usage.in_flight);
    assert_eq!(usage.latency.count(), usage.served);
    assert!(usage.cold <= usage.arrivals && usage.waited <= usage.arrivals);
    assert!(usage.idle_min_nanos <= usage.idle_nanos);
    assert!(usage.stops <= usage.starts + u64::from(settings.min));
    assert!(usage.peak_instances <= settings.max.max(settings.min).min(INSTANCES_MAX));
    let lives = u128::from(usage.starts) + u128::from(settings.min);
    assert!(usage.there_nanos() <= lives * u128::from(until.nanos()));
    if settings.concurrency.max(1) == 1 {
        let cores = u128::from(settings.capacity.get().clamp(1, 1000));
        // Nobody uses more than the CPU there is, to the rounding of each change.
        let most = usage.active_nanos * cores / 1000 + 2 * u128::from(usage.arrivals) + 1000;
        assert!(usage.cpu_nanos <= most, "{} > {most}", usage.cpu_nanos);
    }
    if !usage.timeline.is_empty() {
        let sum = usage.timeline.iter().map(|step| step.requests).sum::<u64>();
        assert_eq!(sum, usage.arrivals);
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_whatever_the_settings(
        settings in settings(),
        requests in requests(),
        until in until(),
        times in (span(), span(), span(), span()),
        seed in any::<u64>(),
    ) {
        let start =
            Start { placement: times.0, cpu: times.1, wait: times.2, first_call: times.3 };
        let again = || {
            let mut whim = Whim(Random::new(seed));
            play(&settings, &requests, until, start, &mut whim)
        };
        let usage = again();
        let came = requests.iter().filter(|request| request.at < until).count();
        prop_assert_eq!(usage.arrivals, came as u64);
        holds(&settings, &usage, until);
        prop_assert_eq!(usage, again(), "the same again");
    }

    #[test]
    fn the_autoscaler_of_averages_takes_any_settings(
        settings in settings(),
        requests in requests(),
        until in until(),
        window in span(),
        percents in (0..200_u32, 0..200_u32),
    ) {
        let targets = UtilizationTargets {
            window,
            concurrency: settings.concurrency,
            concurrency_percent: Some(percents.0).filter(|&percent| percent > 100),
            cpu: settings.capacity,
            cpu_percent: Some(percents.1).filter(|&percent| percent > 50),
            waiting: WhenFull::Start,
        };
        // What it may ask for is bounded by the settings alone.
        let settings = Settings { max: settings.max.min(50), ..settings };
        let mut scaler = Joined(UtilizationScaler::new(targets));
        let usage = play(&settings, &requests, until, Start::default(), &mut scaler);
        holds(&settings, &usage, until);
    }
}

#[test]
fn steps_of_a_nanosecond_are_told_longer_in_a_long_run() {
    let until = Instant::from_nanos(u64::MAX);
    let settings = Settings {
        timeline: Some(Duration::from_nanos(1)),
        min: 1,
        ..Settings::new(KeepAlive::fixed(Duration::ZERO))
    };
    let none = std::iter::empty();
    let usage = run(&settings, none, until, Random::new(1), &mut Fixed, Start::default);
    assert!(usage.timeline.len() as u64 <= STEPS_MAX, "{}", usage.timeline.len());
    assert_eq!(usage.idle_nanos, u128::from(u64::MAX - 1));
}
