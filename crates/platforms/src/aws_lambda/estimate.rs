//! The same by closed form: microseconds instead of a replay.
//!
//! Run time is the mean over the work's distribution and the number of requests, which is exact. Cold starts
//! come from the warm-pool formula at each minute's rate, as if each minute were in a steady state; where the
//! number of environments has to grow faster than that, its growth counts. That holds for Poisson arrivals
//! within a minute. A load that is recorded or scheduled is no such thing: a thin one is replayed instead; of a
//! thicker one a stretch is replayed, and how many more cold starts that has than the formula expects there
//! is taken for the whole. Above some 30 requests a second, where cold starts are rare, the minutes' recorded
//! counts alone carry the burstiness.

use std::collections::BTreeMap;

use catalog::Missing;
use model::WarmHours;
use sim::closed::{BusyServers, WarmPoolLevels, erlang_b};
use sim::function_pool::PoolUsage;
use traffic::Arrivals;
use units::{Duration, Histogram, Share};

use super::work::{self, Point};
use super::world::{Totals, TurnedAway, World};
use crate::platform::Evaluation;
use crate::warm_hours;

/// Of a recorded load at most so many requests are replayed even here.
const REPLAY_MAX: usize = 20_000;
/// Requests that the latency histogram of an estimate stands for.
pub(super) const RESOLUTION: f64 = 1e6;
/// Cold starts are spread over so many points.
const START_POINTS: u32 = 20;
/// Rates this factor apart (in logarithms) share one evaluation; between them is interpolated.
const GRID_STEP: f64 = 0.7;
/// Beyond so many requests at once, far above any quota, cold starts are no more rare than there.
const RUNNING_MAX: f64 = 20_000.0;
/// Slower than one request in a month nothing changes any more.
const RATE_MIN_HZ: f64 = 1e-7;

impl World<'_> {
    /// Usage and latency by closed form.
    pub(super) fn estimate(&self) -> Result<Evaluation, Missing> {
        let points = work::points(self.case.component, self.case.workload, self.cpu);
        let shares = self.shares(&points);
        let totals = self.totals(&points, &shares);
        let latency = self.latency(&points, shares.cold);
        if let Some(mapping) = &self.mapping {
            return self.estimate_events(mapping, &totals, latency, &points, shares.cold);
        }
        Ok(Evaluation {
            usage: self.usage(&totals),
            latency: Some(self.answered(&latency)?),
            cold: Some(Share::new(shares.cold)),
            counts: None,
            timeline: None,
            obstacles: self.obstacles(&shares.away),
        })
    }

    /// What becomes of requests.
    pub(super) fn shares(&self, points: &[Point]) -> Shares {
        let played = self.play_recorded();
        if let Some(played) = played.as_ref().filter(|played| played.is_whole) {
            return Shares::of(&played.usage);
        }
        let service_s = work::mean_s(points);
        let per_minute = &self.case.workload.per_minute;
        let minutes = self.minutes(service_s);
        let cold = self.cold_in(&minutes);
        let provisioned: f64 =
            per_minute.iter().zip(&minutes).map(|(requests, p)| requests * p.provisioned).sum();
        let burstiness = played.map_or(1.0, |played| played.burstiness(&cold));
        let all = per_minute.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        Shares {
            cold: (cold.iter().sum::<f64>() * burstiness / all).min(1.0),
            provisioned: provisioned / all,
            away: self.turned_away(service_s),
        }
    }

    /// The steady state of every minute.
    fn minutes(&self, service_s: f64) -> Vec<PoolPoint> {
        let per_minute = &self.case.workload.per_minute;
        let kept = PoolByRate::new(self, service_s, self.settings.provisioned).minutes(per_minute);
        let Some(hours) = self.settings.warm_hours else { return kept };
        let without = PoolByRate::new(self, service_s, 0).minutes(per_minute);
        let pace = self.case.workload.pace as usize;
        let minutes = kept.into_iter().zip(without).enumerate();
        minutes
            .map(|(at, (kept, without))| if hours.covers(at * pace) { kept } else { without })
            .collect()
    }

    /// Requests that start an environment, minute by minute.
    fn cold_in(&self, minutes: &[PoolPoint]) -> Vec<f64> {
        let environments: Vec<f64> = minutes.iter().map(|p| p.environments).collect();
        let growth = growth(&environments, self.quotas.keep_alive.mean());
        let per_minute = self.case.workload.per_minute.iter();
        (per_minute.zip(minutes).zip(growth))
            .map(|((requests, point), growth)| {
                (requests * point.cold + growth).clamp(0.0, *requests)
            })
            .collect()
    }

    /// Hours in which environments could be kept so that what is cold outside of them leaves the promises room: the
    /// fewest that use up most of what the strictest one allows, and those that use up less. `cold` is the share
    /// without any. Empty for loads that do not differ over the day or week, that are too thick to be replayed
    /// whole, or that events bring.
    pub(super) fn warm_hours(&self, points: &[Point], cold: f64) -> Vec<WarmHours> {
        let workload = self.case.workload;
        if self.mapping.is_some() || !warm_hours::is_replayed_whole(workload) {
            return Vec::new();
        }
        let all_cold = self.latency(points, 1.0);
        let promises = self.case.component.slo.latency.iter();
        let broken = promises
            .filter(|(_, limit, _)| all_cold.quantile(0.5).is_some_and(|usual| usual > *limit));
        let allowed = broken.map(|(q, ..)| 1.0 - q.get()).fold(1.0, f64::min);
        let mut weight = self.cold_in(&self.minutes(work::mean_s(points)));
        // As many in all as a replay shows, if there was one.
        let expected = weight.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let all = workload.requests_per_cycle();
        for cold_starts in &mut weight {
            *cold_starts *= cold * all / expected;
        }
        warm_hours::within(workload, &weight, allowed * all)
    }

    /// A replay of a load that does not arrive at random: all of it if it is thin, else the stretch around its
    /// busiest hour, if that is long enough for environments to come and go.
    fn play_recorded(&self) -> Option<Played> {
        let workload = self.case.workload;
        if matches!(workload.arrivals, Arrivals::Poisson) {
            return None;
        }
        let is_whole = workload.requests_per_cycle() <= REPLAY_MAX as f64;
        let (demand, id) = (&self.case.component.demand, &self.case.component.id);
        let stretch_s = REPLAY_MAX as f64 / workload.peak_rate().hertz().max(f64::MIN_POSITIVE);
        if !is_whole && stretch_s < self.quotas.keep_alive.longest.secs_f64() {
            return None;
        }
        let replay = workload.replay(demand, self.case.seed, id, REPLAY_MAX);
        Some(Played {
            usage: self.play(&replay.requests, (replay.start, replay.length), None),
            is_whole,
            first_minute: (replay.start.nanos() / Duration::MINUTE.nanos()) as usize,
            minutes: replay.length.nanos().div_ceil(Duration::MINUTE.nanos()) as usize,
        })
    }

    /// Throttling at the account's quotas, minute by minute: Erlang's loss for concurrency, the excess for the
    /// rate. How fast environments are added is left to the simulation.
    fn turned_away(&self, service_s: f64) -> TurnedAway {
        let (servers, rate) = (u64::from(self.cap()), self.quotas.rate as f64);
        let (mut concurrency, mut over_rate, mut all) = (0.0, 0.0, 0.0);
        // Loads within one per cent share an evaluation, which takes as many steps as there are servers.
        let mut losses: BTreeMap<i64, f64> = BTreeMap::new();
        for &requests in &self.case.workload.per_minute {
            let hertz = requests / 60.0;
            let admitted = hertz.min(rate);
            let offered = admitted * service_s;
            // Far below the quota the loss is zero to any precision that matters.
            if offered + 8.0 * offered.sqrt() > servers as f64 {
                let cell = (offered.ln() * 100.0).round();
                let loss = losses
                    .entry(cell as i64)
                    .or_insert_with(|| erlang_b((cell / 100.0).exp(), servers));
                concurrency += admitted * *loss;
            }
            over_rate += hertz - admitted;
            all += hertz;
        }
        let all = f64::max(all, f64::MIN_POSITIVE);
        TurnedAway { concurrency: concurrency / all, ramp: 0.0, rate: over_rate / all }
    }

    /// Monthly totals from the shares.
    fn totals(&self, points: &[Point], shares: &Shares) -> Totals {
        let away = shares.away.concurrency + shares.away.ramp + shares.away.rate;
        let away = if self.mapping.is_some() { 0.0 } else { away };
        let month = self.case.workload.requests_month() as f64;
        let requests = month * (1.0 - away).max(0.0);
        let billed = |extra: Duration| -> f64 {
            points.iter().map(|p| p.share * self.billed_ms(p.run + extra)).sum()
        };
        let (mut init, mut cold_run) = (0.0, 0.0);
        for start in self.start.points(START_POINTS) {
            init += self.billed_ms(start.init) / f64::from(START_POINTS);
            cold_run += billed(start.first_call) / f64::from(START_POINTS);
        }
        let (warm_run, cold) = (billed(Duration::ZERO), shares.cold * requests);
        Totals {
            requests,
            cold,
            run_ms: requests * (1.0 - shares.provisioned - shares.cold).max(0.0) * warm_run
                + cold * cold_run,
            provisioned_run_ms: requests * shares.provisioned * warm_run,
            init_ms: cold * init,
            peak: self.peak(points),
        }
    }

    /// Requests at once in the busiest minute: one in a thousand finds more.
    fn peak(&self, points: &[Point]) -> f64 {
        let peak = self.case.workload.peak_rate().hertz();
        let busy = BusyServers::new(peak.min(RUNNING_MAX), work::mean_s(points));
        (busy.quantile(0.999) as f64).min(f64::from(self.cap()))
    }

    /// A span rounded up to the billing step, in milliseconds.
    fn billed_ms(&self, span: Duration) -> f64 {
        self.in_ms(sim::function_pool::billed_steps(span.nanos(), self.quotas.billing_step))
    }

    /// Latency, cold starts included, before what the platform adds to every answer.
    pub(super) fn latency(&self, points: &[Point], cold: f64) -> Histogram {
        let mut histogram = Histogram::default();
        let mut carried = 0.0;
        let mut record = |run: Duration, share: f64| {
            carried += share * RESOLUTION;
            let whole = carried.floor();
            carried -= whole;
            if whole > 0.0 {
                histogram.record_n(run, whole as u64);
            }
        };
        for point in points {
            record(point.run, point.share * (1.0 - cold));
        }
        if cold > 0.0 {
            for start in self.start.points(START_POINTS) {
                let before = start.placement + start.init + start.first_call;
                for point in points {
                    let share = point.share * cold / f64::from(START_POINTS);
                    record(point.run + before, share);
                }
            }
        }
        histogram
    }

    /// Environments to provision that are worth a try: enough for half, 90 %, 99 % and 99.9 % of the busiest
    /// minute, and for everything that a recorded load ever has at once.
    pub(super) fn provisioned_levels(&self, points: &[Point]) -> Vec<u32> {
        let peak = self.case.workload.peak_rate().hertz();
        let busy = BusyServers::new(peak, work::mean_s(points));
        let mut levels: Vec<u32> =
            [0.5, 0.9, 0.99, 0.999].map(|q| busy.quantile(q).max(1) as u32).to_vec();
        let played = self.play_recorded();
        levels.extend(played.map(|played| played.usage.peak_concurrency.max(1) as u32));
        levels.retain(|&level| level < self.cap());
        levels.sort_unstable();
        levels.dedup();
        levels
    }
}

/// What becomes of requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shares {
    /// Share that starts an environment.
    pub(super) cold: f64,
    /// Share that runs on a provisioned one.
    provisioned: f64,
    /// Turned away.
    away: TurnedAway,
}

impl Shares {
    /// As a replay shows them.
    fn of(usage: &PoolUsage) -> Self {
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        Self {
            cold: share(usage.cold, usage.admitted()),
            provisioned: share(usage.provisioned, usage.admitted()),
            away: TurnedAway {
                concurrency: share(usage.rejected_concurrency, usage.arrivals),
                ramp: share(usage.rejected_ramp, usage.arrivals),
                rate: share(usage.rejected_rate, usage.arrivals),
            },
        }
    }
}

/// A replay of a part of the cycle.
struct Played {
    usage: PoolUsage,
    is_whole: bool,
    first_minute: usize,
    minutes: usize,
}

impl Played {
    /// How many times as many cold starts it has as the formula expects in its minutes. A handful of cold
    /// starts proves little, hence the few that are added on both sides.
    fn burstiness(&self, expected: &[f64]) -> f64 {
        let expected: f64 = expected.iter().skip(self.first_minute).take(self.minutes).sum();
        (self.usage.cold as f64 + 5.0) / (expected + 5.0)
    }
}

/// The steady state at one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
struct PoolPoint {
    cold: f64,
    provisioned: f64,
    environments: f64,
}

/// The steady state at any rate between the slowest and the fastest minute, evaluated on a grid.
struct PoolByRate {
    /// Logarithm of the first rate, and the distance to the next.
    first: f64,
    step: f64,
    /// With cold shares as logarithms, since they fall by powers of ten.
    grid: Vec<PoolPoint>,
}

impl PoolByRate {
    fn new(world: &World<'_>, service_s: f64, provisioned: u32) -> Self {
        let rates = world.case.workload.per_minute.iter().map(|&n| (n / 60.0).max(RATE_MIN_HZ));
        let (low, high) = rates.fold((f64::INFINITY, RATE_MIN_HZ), |(low, high), rate| {
            (rate.min(low), rate.max(high))
        });
        let (first, last) = (low.min(high).ln(), high.ln());
        let cells = ((last - first) / GRID_STEP).ceil().max(0.0);
        let step = if cells > 0.0 { (last - first) / cells } else { 1.0 };
        let keep = world.quotas.keep_alive;
        let provisioned = u64::from(provisioned);
        let at = |i: u32| {
            let rate = (first + f64::from(i) * step).exp().min(RUNNING_MAX / service_s.max(1e-9));
            let (shortest, longest) = (keep.shortest.secs_f64(), keep.longest.secs_f64());
            let levels = WarmPoolLevels::between(rate, service_s, shortest, longest);
            let pool = levels.on_demand(provisioned);
            PoolPoint {
                cold: pool.cold_share.max(f64::MIN_POSITIVE).ln(),
                provisioned: if provisioned > 0 {
                    levels.provisioned_share(provisioned)
                } else {
                    0.0
                },
                environments: pool.environments(),
            }
        };
        Self { first, step, grid: (0..=cells as u32).map(at).collect() }
    }

    /// In each of these minutes.
    fn minutes(&self, per_minute: &[f64]) -> Vec<PoolPoint> {
        let mut minutes: Vec<PoolPoint> = Vec::with_capacity(per_minute.len());
        for (i, &requests) in per_minute.iter().enumerate() {
            // Neighbours are often alike, and always so in a flat load.
            let same = i > 0 && per_minute[i - 1].to_bits() == requests.to_bits();
            minutes.push(if same { minutes[i - 1] } else { self.at(requests / 60.0) });
        }
        minutes
    }

    fn at(&self, rate_hz: f64) -> PoolPoint {
        let place = ((rate_hz.max(RATE_MIN_HZ).ln() - self.first) / self.step).max(0.0);
        let last = self.grid.len() - 1;
        let i = (place as usize).min(last);
        let (a, b) = (self.grid[i], self.grid[(i + 1).min(last)]);
        let t = (place - i as f64).clamp(0.0, 1.0);
        let mix = |a: f64, b: f64| a + (b - a) * t;
        PoolPoint {
            cold: mix(a.cold, b.cold).exp(),
            provisioned: mix(a.provisioned, b.provisioned),
            environments: mix(a.environments, b.environments),
        }
    }
}

/// How many environments more each minute of the cycle needs than were there: those of the busiest minute
/// within the keep-alive are still there. Negative where the number falls.
fn growth(environments: &[f64], keep_alive: Duration) -> Vec<f64> {
    let n = environments.len();
    let window = ((keep_alive.nanos() / Duration::MINUTE.nanos()) as usize).clamp(1, n.max(1));
    // The cycle with the end of the one before in front of it.
    let before = &environments[n.saturating_sub(window)..];
    let minutes: Vec<f64> = before.iter().chain(environments).copied().collect();
    let there: Vec<f64> =
        minutes.windows(window).map(|last| last.iter().copied().fold(0.0, f64::max)).collect();
    there.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_looks_back_over_the_keep_alive_and_round_the_cycle() {
        let minutes = [1.0, 1.0, 5.0, 1.0, 5.0, 1.0, 1.0, 1.0];
        let growth = growth(&minutes, Duration::MINUTE * 3);
        assert_eq!(growth, [0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, -4.0]);
    }
}
