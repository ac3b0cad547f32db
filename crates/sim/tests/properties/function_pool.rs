//! Function pools with any settings.

use proptest::prelude::*;
use sim::function_pool::{ColdStart, FunctionPool, KeepAlive, PoolSettings, Unlimited};
use units::{Duration, Random};

use super::{number, requests, span, until};

proptest! {
    #[test]
    fn nothing_is_lost_whatever_the_settings(
        keep in (span(), span()),
        billing_step in (1..u64::MAX).prop_map(Duration::from_nanos),
        limits in (0..5_u32, number(), span()),
        start in (span(), span(), span()),
        requests in requests(),
        until in until(),
        seed in any::<u64>(),
    ) {
        let settings = PoolSettings {
            billing_step,
            provisioned: limits.0,
            concurrency_max: limits.1,
            overhead: limits.2,
            ..PoolSettings::new(KeepAlive::between(keep.0.min(keep.1), keep.0.max(keep.1)))
        };
        let start = ColdStart { placement: start.0, init: start.1, first_call: start.2 };
        let play = || {
            let mut pool = FunctionPool::new(settings, Unlimited, Random::new(seed));
            for request in &requests {
                pool.offer(request.at, request.service(1.0), || start);
            }
            let last = requests.last().map_or(until, |last| last.at.max(until));
            pool.finish(last)
        };
        let usage = play();
        prop_assert_eq!(usage.arrivals, requests.len() as u64);
        prop_assert_eq!(usage.arrivals, usage.admitted() + usage.rejected());
        prop_assert!(usage.in_flight <= usage.admitted());
        prop_assert_eq!(usage.latency.count(), usage.admitted());
        prop_assert_eq!(usage, play(), "the same again");
    }
}
