//! One pass over the requests that answers for every keep-alive and every number of provisioned environments.
//!
//! Environments are numbered, and a request takes the free one with the lowest number. The first n are then
//! busy exactly when n provisioned environments would be, whatever n is: what runs above never matters to them.
//! So requests and run time per number, summed from the bottom, are exact for every n at once.
//!
//! Cold starts come from gaps. Without provisioned environments, an arrival that raises the number of running
//! requests to k finds an environment if and only if fewer than k ran within the keep-alive; the gaps of all
//! levels are one histogram. Beside n provisioned environments, they are what the environments above n idled
//! before each of their requests, which is the same but for requests that run across the gap.
//!
//! Cold starts and idle time are a screen, to be confirmed by one exact run: they leave out that a cold start
//! lengthens the run. The tests bound the error against exact runs; it grows with the share of cold requests.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use units::{Duration, Instant};

use super::billed_steps;
use super::settings::KeepAlive;

/// Gaps are kept in so many parts of each power of two.
const PARTS: u64 = 32;
/// Gaps below two to this power of nanoseconds (1.07 s) share one bucket: no platform gives up so soon.
const SHORTEST_LOG2: u32 = 30;

/// The pass.
#[derive(Debug, Clone)]
pub struct CurvePass {
    billing_step: Duration,
    /// (free at, number).
    busy: BinaryHeap<Reverse<(u64, u32)>>,
    free: BinaryHeap<Reverse<u32>>,
    numbers: Vec<Numbered>,
    levels: Levels,
    arrivals: u64,
}

/// When fewer ran than each number of requests at once, and the gaps since.
#[derive(Debug, Clone, Default)]
struct Levels {
    /// For each k, the last time that the number of running requests fell from k + 1 to k.
    fell: Vec<u64>,
    first: u64,
    gaps: Gaps,
}

/// One number.
#[derive(Debug, Clone, Default)]
struct Numbered {
    idle_since: u64,
    requests: u64,
    billed_run: u64,
    run_nanos: u128,
    /// Requests that nothing came before.
    first: u64,
    gaps: Gaps,
}

impl CurvePass {
    /// Runs are rounded up to a multiple of `billing_step`.
    pub fn new(billing_step: Duration) -> Self {
        assert!(billing_step > Duration::ZERO, "billing has a step");
        Self {
            billing_step,
            busy: BinaryHeap::new(),
            free: BinaryHeap::new(),
            numbers: Vec::new(),
            levels: Levels::default(),
            arrivals: 0,
        }
    }

    /// Plays one request; requests come in order of arrival.
    #[inline]
    pub fn offer(&mut self, at: Instant, service: Duration) {
        let now = at.nanos();
        while let Some(&Reverse((until, number))) = self.busy.peek()
            && until <= now
        {
            self.busy.pop();
            self.numbers[number as usize].idle_since = until;
            self.free.push(Reverse(number));
            self.levels.fell[self.busy.len()] = until;
        }
        self.arrivals += 1;
        if let Some(&fell) = self.levels.fell.get(self.busy.len()) {
            self.levels.gaps.record(now.saturating_sub(fell));
        } else {
            self.levels.fell.push(0);
            self.levels.first += 1;
        }
        let number = if let Some(Reverse(number)) = self.free.pop() {
            let numbered = &mut self.numbers[number as usize];
            numbered.gaps.record(now.saturating_sub(numbered.idle_since));
            number
        } else {
            self.numbers.push(Numbered { first: 1, ..Numbered::default() });
            u32::try_from(self.numbers.len() - 1).expect("fewer than four billion at once")
        };
        let numbered = &mut self.numbers[number as usize];
        numbered.requests += 1;
        let steps = billed_steps(service.nanos(), self.billing_step);
        numbered.billed_run = numbered.billed_run.saturating_add(steps);
        numbered.run_nanos += u128::from(service.nanos());
        self.busy.push(Reverse((now.saturating_add(service.nanos()), number)));
    }

    /// Forgets everything counted so far and keeps the environments: what came before only warmed them.
    pub fn start_counting(&mut self) {
        self.arrivals = 0;
        (self.levels.first, self.levels.gaps) = (0, Gaps::default());
        for numbered in &mut self.numbers {
            *numbered = Numbered { idle_since: numbered.idle_since, ..Numbered::default() };
        }
    }

    /// What the pass found.
    pub fn finish(self) -> Curves {
        Curves { arrivals: self.arrivals, numbers: self.numbers, levels: self.levels }
    }
}

/// What a pass found, for every keep-alive and every number of provisioned environments.
#[derive(Debug, Clone)]
pub struct Curves {
    arrivals: u64,
    numbers: Vec<Numbered>,
    levels: Levels,
}

/// Requests and run time of a part of the environments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartUsage {
    /// Requests.
    pub requests: u64,
    /// Billed run time in billing steps.
    pub billed_run: u64,
    /// Run time in nanoseconds.
    pub run_nanos: u128,
}

impl Curves {
    /// Requests that came.
    pub const fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// Most requests at once: more provisioned environments than these are never used.
    pub const fn most_at_once(&self) -> usize {
        self.numbers.len()
    }

    /// What runs on `provisioned` environments, exactly.
    pub fn provisioned(&self, provisioned: u32) -> PartUsage {
        sum(&self.numbers[..self.split(provisioned)])
    }

    /// What spills over to environments on demand, exactly but for the length of cold starts.
    pub fn on_demand(&self, provisioned: u32) -> PartUsage {
        sum(&self.numbers[self.split(provisioned)..])
    }

    /// Cold starts beside `provisioned` environments, about.
    pub fn cold_starts(&self, keep_alive: KeepAlive, provisioned: u32) -> f64 {
        if provisioned == 0 {
            let Levels { first, gaps, .. } = &self.levels;
            return weighted(keep_alive, |nanos| *first as f64 + gaps.at_least(nanos));
        }
        let above = &self.numbers[self.split(provisioned)..];
        weighted(keep_alive, |nanos| {
            above.iter().map(|n| n.first as f64 + n.gaps.at_least(nanos)).sum()
        })
    }

    /// Idle time of the environments on demand beside `provisioned` ones, about, in seconds. Each idles on after
    /// its last request.
    pub fn idle_s(&self, keep_alive: KeepAlive, provisioned: u32) -> f64 {
        if provisioned == 0 {
            let Levels { fell, gaps, .. } = &self.levels;
            let last = |nanos| fell.len() as f64 * nanos as f64;
            return weighted(keep_alive, |nanos| gaps.cut_at(nanos) + last(nanos)) / 1e9;
        }
        let above = &self.numbers[self.split(provisioned)..];
        weighted(keep_alive, |nanos| {
            let used = above.iter().filter(|n| n.requests > 0).count();
            let gaps: f64 = above.iter().map(|n| n.gaps.cut_at(nanos)).sum();
            gaps + used as f64 * nanos as f64
        }) / 1e9
    }

    fn split(&self, provisioned: u32) -> usize {
        (provisioned as usize).min(self.numbers.len())
    }
}

fn sum(numbers: &[Numbered]) -> PartUsage {
    numbers.iter().fold(PartUsage::default(), |all, n| PartUsage {
        requests: all.requests + n.requests,
        billed_run: all.billed_run.saturating_add(n.billed_run),
        run_nanos: all.run_nanos + n.run_nanos,
    })
}

/// The mean of `of` over a keep-alive that is drawn uniformly, by Gauss and Legendre's three points.
fn weighted(keep_alive: KeepAlive, of: impl Fn(u64) -> f64) -> f64 {
    let (low, high) = (keep_alive.shortest.nanos(), keep_alive.longest.nanos());
    if low >= high {
        return of(low);
    }
    let (middle, half) = (u64::midpoint(low, high), (high - low) as f64 / 2.0);
    let offset = (half * 0.6_f64.sqrt()) as u64;
    (5.0 * of(middle - offset) + 8.0 * of(middle) + 5.0 * of(middle.saturating_add(offset))) / 18.0
}

/// How long an environment idled before its requests.
#[derive(Debug, Clone, Default)]
struct Gaps {
    /// (how many, their sum in nanoseconds), by bucket; empty above the longest.
    buckets: Vec<(u64, u128)>,
}

impl Gaps {
    #[inline]
    fn record(&mut self, nanos: u64) {
        let bucket = bucket(nanos);
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, (0, 0));
        }
        let (count, sum) = &mut self.buckets[bucket];
        *count += 1;
        *sum += u128::from(nanos);
    }

    /// How many were as long as that; those of its own bucket in proportion.
    fn at_least(&self, nanos: u64) -> f64 {
        let own = bucket(nanos);
        let above: u64 = self.buckets.iter().skip(own + 1).map(|&(count, _)| count).sum();
        let partly = self.buckets.get(own).map_or(0.0, |&(count, _)| count as f64);
        above as f64 + partly * (1.0 - place(nanos))
    }

    /// Their sum in nanoseconds, none counting longer than that.
    fn cut_at(&self, nanos: u64) -> f64 {
        let own = bucket(nanos);
        let below: u128 = self.buckets.iter().take(own).map(|&(_, sum)| sum).sum();
        let longer = self.at_least(nanos);
        let within = self.buckets.get(own).map_or(0.0, |&(count, sum)| {
            // Those of its own bucket below the cut lie between its bound and the cut.
            if count == 0 { 0.0 } else { (sum as f64 / count as f64) * count as f64 * place(nanos) }
        });
        below as f64 + within + longer * nanos as f64
    }
}

#[inline]
fn bucket(nanos: u64) -> usize {
    let log2 = nanos.checked_ilog2().unwrap_or(0);
    if log2 < SHORTEST_LOG2 {
        return 0;
    }
    let part = (nanos >> (log2 - PARTS.ilog2())) - PARTS;
    1 + u64::from(log2 - SHORTEST_LOG2) as usize * PARTS as usize + part as usize
}

/// How far into its bucket a gap lies, 0 to 1.
fn place(nanos: u64) -> f64 {
    let log2 = nanos.checked_ilog2().unwrap_or(0);
    if log2 < SHORTEST_LOG2 {
        return nanos as f64 / (1_u64 << SHORTEST_LOG2) as f64;
    }
    let width = 1_u64 << (log2 - PARTS.ilog2());
    (nanos % width) as f64 / width as f64
}

#[cfg(test)]
mod tests {
    use units::Seed;

    use super::super::{ColdStart, FunctionPool, PoolSettings, PoolUsage, Unlimited};
    use super::*;

    const SECOND: Duration = Duration::SECOND;

    /// `n` Poisson requests with exponential service.
    fn requests(rate_hz: f64, service_s: f64, n: usize) -> Vec<(Instant, Duration)> {
        let mut random = Seed(11).stream("curves", "requests");
        let mut t = 0.0;
        (0..n)
            .map(|_| {
                t += random.exponential() / rate_hz;
                let at = Instant::START + Duration::from_secs_f64(t);
                (at, Duration::from_secs_f64(random.exponential() * service_s))
            })
            .collect()
    }

    fn exact(requests: &[(Instant, Duration)], settings: PoolSettings, start_ms: u64) -> PoolUsage {
        let random = Seed(1).stream("curves", "keep-alive");
        let mut pool = FunctionPool::new(settings, Unlimited, random);
        for &(at, service) in requests {
            let init = Duration::from_millis(start_ms);
            pool.offer(at, service, || ColdStart { init, ..ColdStart::default() });
        }
        pool.finish(Instant::START)
    }

    fn pass(requests: &[(Instant, Duration)]) -> Curves {
        let mut pass = CurvePass::new(Duration::from_millis(1));
        for &(at, service) in requests {
            pass.offer(at, service);
        }
        pass.finish()
    }

    #[test]
    fn every_number_of_provisioned_environments_at_once_exactly() {
        let requests = requests(34.722, 0.3, 200_000);
        let curves = pass(&requests);
        assert_eq!(curves.arrivals(), 200_000);
        for provisioned in [0, 1, 5, 10, 14, 20, 1_000] {
            let keep = KeepAlive::fixed(SECOND * 600);
            let settings = PoolSettings { provisioned, ..PoolSettings::new(keep) };
            let usage = exact(&requests, settings, 500);
            let part = curves.provisioned(provisioned);
            assert_eq!(part.requests, usage.provisioned, "{provisioned}");
            assert_eq!(part.billed_run, usage.billed_provisioned_run, "{provisioned}");
            let rest = curves.on_demand(provisioned);
            assert_eq!(rest.requests, usage.warm + usage.cold);
            assert_eq!((part.run_nanos + rest.run_nanos) % 7, curves.on_demand(0).run_nanos % 7);
        }
    }

    /// Errors for (keep-alive in seconds, most for cold starts, most for idle time).
    fn check(requests: &[(Instant, Duration)], start_ms: u64, bounds: &[(u64, f64, f64)]) {
        let curves = pass(requests);
        for &(seconds, cold_most, idle_most) in bounds {
            let keep = KeepAlive::fixed(SECOND * seconds);
            let usage = exact(requests, PoolSettings::new(keep), start_ms);
            let cold = curves.cold_starts(keep, 0) / usage.cold as f64 - 1.0;
            let idle = curves.idle_s(keep, 0) / (usage.idle_nanos as f64 / 1e9) - 1.0;
            println!("{seconds} s: cold {cold:+.4} of {}, idle {idle:+.4}", usage.cold);
            assert!(cold.abs() <= cold_most, "{seconds} s: cold {cold:+.4} of {}", usage.cold);
            assert!(idle.abs() <= idle_most, "{seconds} s: idle {idle:+.4}");
        }
    }

    #[test]
    fn every_keep_alive_at_once_within_bounds() {
        let requests = requests(0.9, 1.991, 1_000_000);
        // A cold start that adds nothing changes nothing: what is left is the width of a bucket.
        let all = [600, 300, 120, 60, 30, 10];
        check(&requests, 0, &all.map(|seconds| (seconds, 0.002, 0.001)));
        // One that adds 253 ms to 2 s (as measured in 2020) keeps environments busy longer.
        let bounds = all.map(|seconds| (seconds, if seconds == 10 { 0.07 } else { 0.025 }, 0.01));
        check(&requests, 253, &bounds);
    }

    #[test]
    fn keep_alive_and_provisioned_together() {
        let requests = requests(10.0, 0.3, 1_000_000);
        let curves = pass(&requests);
        let keep = KeepAlive::between(SECOND * 60, SECOND * 120);
        for provisioned in [0, 2, 4, 6] {
            let settings = PoolSettings { provisioned, ..PoolSettings::new(keep) };
            let usage = exact(&requests, settings, 0);
            let (ours, theirs) = (curves.cold_starts(keep, provisioned), usage.cold as f64);
            println!("{provisioned}: {ours} {theirs}");
            assert!((ours / theirs - 1.0).abs() < 0.05, "{provisioned}: {ours}, exact {theirs}");
        }
        assert!(curves.cold_starts(keep, 1_000).abs() < 1e-9);
        assert_eq!(curves.on_demand(curves.most_at_once() as u32).requests, 0);
    }

    #[test]
    fn buckets_follow_each_other() {
        let mut gaps = Gaps::default();
        for exponent in 0..64 {
            for step in 0..8_u64 {
                let at = (1_u64 << exponent) + (step << exponent) / 8;
                assert!(bucket(at) <= bucket(at + 1) && (0.0..1.0).contains(&place(at)), "{at}");
                gaps.record(at);
            }
        }
        assert!((gaps.at_least(0) - 512.0).abs() < 1e-9);
        assert!(gaps.at_least(u64::MAX) <= 1.0);
    }
}
