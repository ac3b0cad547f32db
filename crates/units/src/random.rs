//! Named, reproducible randomness.
//!
//! There is one stream per (seed, owner, purpose): adding a component never changes another's luck, and
//! two placements are compared on the same luck.

use crate::time::Duration;

/// The root from which every stream of a run is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream of `purpose` for `owner`, independent of every other pair.
    pub fn stream(self, owner: &str, purpose: &str) -> Random {
        // FNV-1a keeps names apart; SplitMix64 then spreads the bits. A zero byte stands between the names,
        // so that ("ab", "c") and ("a", "bc") differ.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in owner.bytes().chain([0]).chain(purpose.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Random::new(hash)
    }
}

/// A small, fast generator (xoshiro256++ by Blackman and Vigna, public domain) with the draws we need.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A stream from 64 bits, spread by SplitMix64 as its authors recommend.
    pub fn new(seed: u64) -> Self {
        let mut x = seed;
        let mut next = || {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = x;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in (0, 1], so that its logarithm is finite.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform in [0, `below`); `below` must not be 0.
    #[inline]
    pub fn below(&mut self, below: u64) -> u64 {
        assert!(below > 0, "a non-empty range");
        ((u128::from(self.bits()) * u128::from(below)) >> 64) as u64
    }

    /// Exponential with mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Normal with mean 0 and deviation 1 (Box-Muller, one of the pair).
    #[inline]
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Poisson with the given mean: by products below 30, by a rounded normal above.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean <= 0.0 {
            return 0;
        }
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let limit = (-mean).exp();
        let (mut count, mut product) = (0, self.uniform());
        while product > limit {
            count += 1;
            product *= self.uniform();
        }
        count
    }

    /// Uniform between two spans.
    pub fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let width = high.saturating_sub(low).nanos();
        if width == 0 { low } else { low + Duration::from_nanos(self.below(width)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_stable_and_apart() {
        let first: Vec<u64> = (0..3).map(|_| Seed(1).stream("api", "work").bits()).collect();
        assert!(first.iter().all(|&x| x == first[0]), "the same name gives the same stream");
        let names = [("api", "work"), ("ap", "iwork"), ("work", "api"), ("api", "arrivals")];
        let mut heads: Vec<u64> = names.map(|(a, b)| Seed(1).stream(a, b).bits()).to_vec();
        heads.push(Seed(2).stream("api", "work").bits());
        heads.sort_unstable();
        heads.dedup();
        assert_eq!(heads.len(), 5);
    }

    #[test]
    fn draws_have_their_means() {
        let mut r = Seed(7).stream("test", "means");
        let n = 200_000;
        let mean = |f: &mut dyn FnMut() -> f64| (0..n).map(|_| f()).sum::<f64>() / f64::from(n);
        assert!((mean(&mut || r.uniform()) - 0.5).abs() < 0.003);
        assert!((mean(&mut || r.exponential()) - 1.0).abs() < 0.01);
        assert!(mean(&mut || r.normal()).abs() < 0.01);
        for lambda in [0.2, 5.0, 50.0] {
            assert!((mean(&mut || r.poisson(lambda) as f64) / lambda - 1.0).abs() < 0.02);
        }
    }
}
