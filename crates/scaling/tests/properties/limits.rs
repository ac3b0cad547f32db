//! Speed limits and keep-alives.

use scaling::burst_ramp::BurstRamp;
use scaling::keep_alive::KeepAlive;
use scaling::token_bucket::TokenBucket;
use units::{Duration, Instant};

use crate::{absurd_moment, each, secs};

/// Over any span, at most what is in store and what is refilled in it.
#[test]
fn a_bucket_gives_no_more_than_its_rate() {
    each("token-bucket", 300, |case, random| {
        let (units, window) = (random.below(50), secs(random, 1, 20));
        let mut bucket = TokenBucket::full(units, window);
        let (mut now, mut taken) = (Instant::START, 0);
        for _ in 0..500 {
            now = now + Duration::from_millis(random.below(1000));
            taken += u64::from(bucket.take(now));
            let refilled = units as f64 * now.secs_f64() / window.secs_f64();
            assert!(taken as f64 <= units as f64 + refilled + 1e-6, "case {case}");
            assert!(bucket.level(now) <= units, "case {case}");
        }
    });
}

#[test]
fn a_ramp_gives_no_more_than_its_burst_and_steps() {
    each("burst-ramp", 300, |case, random| {
        let (burst, step, every) = (random.below(50), random.below(50), secs(random, 1, 20));
        let mut ramp = BurstRamp::full(burst, step, every);
        let (mut now, mut taken) = (Instant::START, 0);
        for _ in 0..500 {
            now = now + Duration::from_millis(random.below(1000));
            let wanted = random.below(9);
            let (given, more) =
                (ramp.clone().take(now, wanted), ramp.clone().take(now, wanted + 1));
            assert!(given <= more && given <= wanted, "case {case}");
            taken += ramp.take(now, wanted);
            let steps = now.nanos() / every.nanos();
            assert!(taken <= burst + step * steps, "case {case}");
        }
    });
}

#[test]
fn absurd_moments_and_amounts_do_no_harm() {
    each("limits/absurd", 1000, |case, random| {
        let units = [0, 1, u64::from(u32::MAX), random.bits()][random.below(4) as usize];
        let every = Duration::from_nanos(random.bits().max(1));
        let mut bucket = TokenBucket::full(units >> 32, every);
        let mut ramp = BurstRamp::full(units, random.bits(), every);
        let mut now = Instant::START;
        for _ in 0..30 {
            now = absurd_moment(random, now);
            bucket.take(now);
            assert!(bucket.level(now) <= units >> 32, "case {case}");
            assert!(ramp.take(now, random.bits()) <= units, "case {case}");
            let (low, high) = (Duration::from_nanos(random.bits()), secs(random, 0, 9));
            let gone = KeepAlive::between(low.min(high), high).gone_at(now, random);
            assert!(gone >= now, "case {case}");
        }
    });
}
