//! Pods under a controller that does anything.

use proptest::prelude::*;
use sim::pods::{Balancing, Control, Fleet, Setup, run};
use units::{Duration, Instant, Millicores, Random};

use super::{number, requests, span, until};

/// Adds and drains pods by luck and comes back after any span, nothing included.
struct Whim {
    random: Random,
    spans: Vec<Duration>,
    ticks: u32,
}

/// Beyond these a whim no longer comes back: how often it looks is a controller's own affair.
const TICKS: u32 = 2_000;

impl Control for Whim {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        self.ticks += 1;
        for _ in 0..self.random.below(3) {
            fleet.add();
        }
        if !fleet.ready().is_empty() && self.random.below(3) == 0 {
            let at = self.random.below(fleet.ready().len() as u64) as usize;
            let id = fleet.ready()[at];
            fleet.take_load(id);
            fleet.drain(id);
        }
        if fleet.ready().len() > 20 {
            for id in fleet.ready().to_vec() {
                fleet.drain(id);
            }
        }
        if self.ticks > TICKS {
            return Instant::from_nanos(u64::MAX);
        }
        now + self.spans[self.random.below(self.spans.len() as u64) as usize]
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_whatever_the_setup(
        capacity in prop_oneof![0..5_000_u64, Just(u64::MAX)],
        limits in (number(), number(), span()),
        balancing in prop_oneof![
            Just(Balancing::Random),
            Just(Balancing::RoundRobin),
            Just(Balancing::LeastRequests),
            Just(Balancing::PowerOfTwo),
            Just(Balancing::Pull),
        ],
        requests in requests(),
        until in until(),
        spans in prop::collection::vec(span(), 1..5),
        seed in any::<u64>(),
    ) {
        let setup = Setup {
            capacity: Millicores::new(capacity),
            concurrency: limits.0,
            queue: limits.1,
            queue_timeout: limits.2,
            balancing,
            step: Duration::from_secs(1_000_000_000),
        };
        let play = || {
            let mut whim = Whim { random: Random::new(seed), spans: spans.clone(), ticks: 0 };
            run(&setup, &requests, until, Random::new(seed), &mut whim)
        };
        let outcome = play();
        let came = requests.iter().filter(|request| request.at < until).count();
        prop_assert_eq!(outcome.arrivals, came as u64);
        prop_assert_eq!(outcome.arrivals, outcome.served + outcome.rejected + outcome.killed + outcome.in_flight);
        prop_assert_eq!(outcome.latency.count(), outcome.served);
        prop_assert_eq!(outcome, play(), "the same again");
    }
}
