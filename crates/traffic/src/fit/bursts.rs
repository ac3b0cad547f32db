//! What happens within a minute: a cascade of random splits.
//!
//! A minute's requests are shared out to its halves, those to ten seconds, and so on down to ten milliseconds.
//! Each step splits by a Dirichlet-multinomial: the parts get random weights, and requests follow the weights. One
//! number a step says how much the parts differ beyond chance, estimated by moments, so that the regenerated
//! counts have the recording's variance at every step of the cascade. This is the multiplicative cascade of
//! Riedi, Crouse, Ribeiro and Baraniuk, "A multifractal wavelet model with application to network traffic"
//! (IEEE Trans. Inf. Theory 45(3), 1999), with counts instead of volumes.

use units::{Duration, Random};

use crate::recorded::Events;

const MINUTE: u64 = Duration::MINUTE.nanos();
/// Into how many parts each step splits: 30 s, 10 s, 5 s, 1 s, 500 ms, 100 ms, 10 ms.
const PARTS: [u8; 7] = [2, 3, 2, 5, 2, 5, 10];
/// The steps that a recording to the second can tell.
const STEPS_TO_SECOND: usize = 4;
/// So close to 1, all requests go to one part.
const ALL: f64 = 0.9999;

/// One step of the cascade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Into how many parts.
    pub parts: u8,
    /// How much requests keep together: 0 splits by chance, 1 puts all into one part.
    pub together: f64,
    /// Share of splits that are as even as they can be: arrivals more regular than chance.
    pub even: f64,
}

/// Bursts within minutes. By default none: requests come at random.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bursts {
    /// From the minute down. Below the last step, requests come at random.
    pub splits: Vec<Split>,
}

impl Bursts {
    /// Of a recording to the second or finer.
    pub fn of(events: &Events) -> Self {
        let finer = matches!(events, Events::Exact { times_ns, .. }
            if times_ns.iter().any(|at| !at.is_multiple_of(Duration::SECOND.nanos())));
        let parts = if finer { &PARTS[..] } else { &PARTS[..STEPS_TO_SECOND] };
        let mut moments = vec![Moments::default(); parts.len()];
        let mut minute = Vec::new();
        let mut current = 0;
        for (at, n) in events.each() {
            if at / MINUTE != current {
                look(&minute, (0, MINUTE), parts, &mut moments);
                minute.clear();
                current = at / MINUTE;
            }
            minute.push((at % MINUTE, n));
        }
        look(&minute, (0, MINUTE), parts, &mut moments);
        let splits = parts.iter().zip(&moments).map(|(parts, m)| m.split(*parts)).collect();
        Self { splits }
    }

    /// Where `n` requests of a minute fall, in nanoseconds from its start, in no order.
    pub(crate) fn place(&self, n: u64, random: &mut Random, mut visit: impl FnMut(u64)) {
        let mut open = vec![(0_usize, 0_u64, MINUTE, n)];
        while let Some((step, from, length, n)) = open.pop() {
            let split = self.splits.get(step).filter(|_| n > 1);
            let Some(split) = split else {
                // One request alone is anywhere: no step prefers a part.
                (0..n).for_each(|_| visit(from + random.below(length)));
                continue;
            };
            let length = length / u64::from(split.parts);
            for (i, n) in (0..).zip(split.share_out(n, random)) {
                if n > 0 {
                    open.push((step + 1, from + i * length, length, n));
                }
            }
        }
    }
}

/// Adds what one stretch of time says about its step and, part by part, those below.
fn look(
    arrivals: &[(u64, u32)],
    (from, length): (u64, u64),
    parts: &[u8],
    moments: &mut [Moments],
) {
    let n: u64 = arrivals.iter().map(|(_, n)| u64::from(*n)).sum();
    let (Some((&k, below)), Some((own, rest))) = (parts.split_first(), moments.split_first_mut())
    else {
        return;
    };
    if n < 2 {
        return;
    }
    let length = length / u64::from(k);
    let mut squares = 0.0;
    let mut left = arrivals;
    for i in 0..u64::from(k) {
        let start = from + i * length;
        let (part, after) = left.split_at(left.partition_point(|(at, _)| *at < start + length));
        left = after;
        let count: u64 = part.iter().map(|(_, n)| u64::from(*n)).sum();
        squares += (count as f64 - n as f64 / f64::from(k)).powi(2);
        look(part, (start, length), below, rest);
    }
    own.add(n, f64::from(k), squares);
}

/// Sums over all splits of a step.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    /// Squared differences from equal parts.
    squares: f64,
    /// What chance alone would give: n (1 - 1/k).
    chance: f64,
    /// What each unit of `together` adds: n (n - 1) (1 - 1/k).
    pairs: f64,
    /// The least there can be, as n need not be a multiple of k.
    least: f64,
}

impl Moments {
    fn add(&mut self, n: u64, k: f64, squares: f64) {
        let (n, rest) = (n as f64, n as f64 % k);
        self.squares += squares;
        self.chance += n * (1.0 - 1.0 / k);
        self.pairs += n * (n - 1.0) * (1.0 - 1.0 / k);
        self.least += rest * (1.0 - rest / k);
    }

    fn split(&self, parts: u8) -> Split {
        let beyond = self.squares - self.chance;
        let share = |part: f64, of: f64| if of > 0.0 { (part / of).clamp(0.0, 1.0) } else { 0.0 };
        Split {
            parts,
            together: share(beyond, self.pairs),
            even: share(-beyond, self.chance - self.least),
        }
    }
}

impl Split {
    fn share_out(&self, n: u64, random: &mut Random) -> Vec<u64> {
        let k = u64::from(self.parts);
        let mut counts = vec![0_u64; usize::from(self.parts)];
        if self.even > 0.0 && random.uniform() <= self.even {
            counts.fill(n / k);
            let mut rest = n % k;
            // Each part takes one of the rest with the chance that leaves all choices equally likely.
            for (i, count) in counts.iter_mut().enumerate() {
                if rest > 0 && random.below(k - i as u64) < rest {
                    *count += 1;
                    rest -= 1;
                }
            }
            return counts;
        }
        if self.together >= ALL {
            counts[random.below(k) as usize] = n;
            return counts;
        }
        if self.together <= 0.0 {
            (0..n).for_each(|_| counts[random.below(k) as usize] += 1);
            return counts;
        }
        let upto = self.weights(random);
        for _ in 0..n {
            let u = random.uniform() * upto.last().copied().unwrap_or(1.0);
            let part = upto.partition_point(|&w| w < u).min(counts.len() - 1);
            counts[part] += 1;
        }
        counts
    }

    /// Cumulative weights, Dirichlet with the concentration that makes `together`.
    fn weights(&self, random: &mut Random) -> Vec<f64> {
        let shape = (1.0 - self.together) / self.together / f64::from(self.parts);
        let logs: Vec<f64> = (0..self.parts).map(|_| log_gamma_draw(shape, random)).collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        logs.iter()
            .scan(0.0, |sum, log| {
                *sum += (log - most).exp();
                Some(*sum)
            })
            .collect()
    }
}

/// The logarithm of a gamma-distributed number, so that those of small shapes do not vanish.
///
/// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000), with their boost for shapes
/// below 1.
fn log_gamma_draw(shape: f64, random: &mut Random) -> f64 {
    let (boosted, boost) =
        if shape < 1.0 { (shape + 1.0, random.uniform().ln() / shape) } else { (shape, 0.0) };
    let d = boosted - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = random.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && random.uniform().ln() < x * x / 2.0 + d - d * v + d * v.ln() {
            return (d * v).ln() + boost;
        }
    }
}

#[cfg(test)]
mod tests {
    use units::Seed;

    use super::*;

    #[test]
    fn a_step_has_the_variance_that_it_says() {
        let mut random = Seed(1).stream("test", "split");
        for (parts, together, n) in [(2, 0.0, 40), (2, 0.3, 10), (5, 0.05, 100), (10, 0.9, 7)] {
            let split = Split { parts, together, even: 0.0 };
            let (mut squares, runs, k) = (0.0, 40_000, f64::from(parts));
            for _ in 0..runs {
                let counts = split.share_out(n, &mut random);
                assert_eq!(counts.iter().sum::<u64>(), n);
                squares += counts.iter().map(|&c| (c as f64 - n as f64 / k).powi(2)).sum::<f64>();
            }
            let n = n as f64;
            let wanted = n * (1.0 - 1.0 / k) * (1.0 + (n - 1.0) * together);
            assert!((squares / f64::from(runs) / wanted - 1.0).abs() < 0.03, "{parts} {together}");
        }
    }

    #[test]
    fn extremes_are_all_together_and_all_even() {
        let mut random = Seed(1).stream("test", "split");
        let all = Split { parts: 5, together: 1.0, even: 0.0 }.share_out(9, &mut random);
        assert_eq!(all.iter().max(), Some(&9));
        let even = Split { parts: 5, together: 0.0, even: 1.0 }.share_out(9, &mut random);
        assert_eq!((even.iter().min(), even.iter().sum()), (Some(&1), 9_u64));
    }

    #[test]
    fn a_metronome_and_a_burst_are_recognised() {
        let metronome: Vec<u64> = (0..600).map(|i| i * 1_000_000_000 + 500_000_000).collect();
        let fit = |times_ns| Bursts::of(&Events::Exact { times_ns, durations_us: Vec::new() });
        assert!(fit(metronome).splits[..4].iter().all(|s| s.even > 0.99 && s.together == 0.0));
        let burst: Vec<u64> = (0..600).map(|i| i / 60 * MINUTE + 7_003_000_000 + i % 60).collect();
        assert!(fit(burst).splits.iter().all(|s| s.together > 0.99 && s.even == 0.0));
    }

    #[test]
    fn nothing_and_one_request_fit_nothing() {
        let none = Bursts::of(&Events::Exact { times_ns: Vec::new(), durations_us: Vec::new() });
        assert!(none.splits.iter().all(|s| s.together == 0.0 && s.even == 0.0));
        let mut placed = Vec::new();
        Bursts::default().place(3, &mut Seed(1).stream("a", "b"), |at| placed.push(at));
        assert!(placed.len() == 3 && placed.iter().all(|at| *at < MINUTE));
    }
}
