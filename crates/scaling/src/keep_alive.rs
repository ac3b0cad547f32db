//! How long an idle environment is kept.

use units::{Duration, Instant, Random};

/// Kept for a span after its last use: always the same, or drawn uniformly each time it falls idle.
///
/// AWS does not document it. Measurements found 10 minutes in 2019 and 2020, 5 to 7 minutes in 2021.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    shortest: Duration,
    longest: Duration,
}

impl KeepAlive {
    /// Always the same.
    pub const fn fixed(span: Duration) -> Self {
        Self { shortest: span, longest: span }
    }

    /// Somewhere between the two; `shortest` must not be longer.
    pub fn between(shortest: Duration, longest: Duration) -> Self {
        assert!(shortest <= longest, "the shorter keep-alive comes first");
        Self { shortest, longest }
    }

    /// When an environment that falls idle at `now` will be gone: it no longer serves a request that comes at
    /// that moment.
    pub fn gone_at(self, now: Instant, random: &mut Random) -> Instant {
        now + random.between(self.shortest, self.longest)
    }
}

#[cfg(test)]
mod tests {
    use units::Seed;

    use super::*;

    #[test]
    fn a_fixed_span_takes_no_luck() {
        let mut random = Seed(1).stream("f", "keep-alive");
        let before = random.clone().bits();
        let gone = KeepAlive::fixed(Duration::MINUTE).gone_at(Instant::START, &mut random);
        assert_eq!(gone, Instant::START + Duration::MINUTE);
        assert_eq!(random.bits(), before);
    }

    #[test]
    fn a_range_is_kept_to_and_filled() {
        let mut random = Seed(1).stream("f", "keep-alive");
        let (low, high) = (Duration::from_secs(300), Duration::from_secs(600));
        let keep = KeepAlive::between(low, high);
        let mut draw = || keep.gone_at(Instant::START, &mut random).since(Instant::START);
        let spans: Vec<Duration> = (0..1000).map(|_| draw()).collect();
        assert!(spans.iter().all(|&s| s >= low && s < high));
        let mean = spans.iter().map(|s| s.secs_f64()).sum::<f64>() / 1000.0;
        assert!((mean - 450.0).abs() < 10.0, "{mean}");
    }
}
