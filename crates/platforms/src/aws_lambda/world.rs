//! How functions behave: environments come with requests, serve one at a time, and go when idle.
//!
//! Two simplifications are on the safe side: the whole account's quota is there for this component, but no
//! more than that (what others leave of it is [`super::account`]'s business); and every function starts its month with the environments that the end of its cycle leaves.

use catalog::Missing;
use model::Reason;
use scaling::token_bucket::TokenBucket;
use sim::function_pool::{
    Admission, CpuShare, FunctionPool, Planned, PoolSettings, PoolTimeline, PoolUsage,
};
use traffic::Workload;
use units::{Bytes, Duration, Histogram, Instant, Request, Share};

pub(super) use units::grouped;

use super::events::Mapping;
use super::quotas::{self, Quotas};
use super::start::StartLaw;
use crate::case::Case;
use crate::flow;
use crate::platform::{Counts, Evaluation, Obstacle, Timeline};
use crate::usage::{FunctionUsage, StepUsage, Usage};
use crate::warm_hours;
use model::{Configuration, FunctionSettings, Settings, WarmHours};

/// Share of failed requests that nobody minds where no limit is declared.
pub(super) const ERRORS_USUAL: f64 = 0.001;
/// A long run: one in a hundred is longer. As a quantile of the standard normal, and as a share.
const Z_LONG: f64 = 2.326;
const LONG: f64 = 0.99;
/// Steps of a timeline, about.
const STEPS: u64 = 1440;

/// One component at one configuration.
pub(super) struct World<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) settings: &'a FunctionSettings,
    pub(super) quotas: Quotas,
    pub(super) cpu: CpuShare,
    pub(super) start: StartLaw,
    /// How events reach it; `None` if clients call it.
    pub(super) mapping: Option<Mapping>,
}

impl<'a> World<'a> {
    /// `None` if the configuration is another platform's.
    pub(super) fn new(
        case: &'a Case<'a>,
        configuration: &'a Configuration,
    ) -> Result<Option<Self>, Missing> {
        let Settings::Function(settings) = &configuration.settings else { return Ok(None) };
        let quotas = Quotas::read(case.prices)?.of_account(case.app);
        let cpu = CpuShare::new(quotas.vcpu(settings.memory.mib_f64()));
        let start = StartLaw::new(&case.site(), case.component, settings, &quotas)?;
        let (mut longest, mut mean) = (Duration::ZERO, Duration::ZERO);
        for part in [&case.component.demand.cpu, &case.component.demand.wait] {
            let is_cpu = std::ptr::eq(part, &raw const case.component.demand.cpu);
            let stretched = |time: Duration| {
                let (cpu_time, wait) =
                    if is_cpu { (time, Duration::ZERO) } else { (Duration::ZERO, time) };
                cpu.service(Request { at: Instant::START, cpu: cpu_time, wait })
            };
            if let Some(law) = part.value() {
                longest += stretched(law.draw(Z_LONG, LONG));
                mean += stretched(law.mean());
            }
        }
        let busy = case.workload.peak_rate().hertz() * mean.secs_f64();
        let mapping = Mapping::of(case.component, settings.front_door, case.prices, longest, busy)?;
        Ok(Some(Self { case, settings, quotas, cpu, start, mapping }))
    }

    /// Usage and latency by replaying the case's requests.
    pub(super) fn simulate(&self) -> Result<Evaluation, Missing> {
        if let Some(mapping) = &self.mapping {
            return self.simulate_events(mapping);
        }
        let requests = self.case.requests;
        let span = self.span(requests);
        let usage = self.play(requests, (Instant::START, span), Some(step(span)));
        let totals = self.totals_of(&usage, self.case.replays_per_month);
        let turned_away = TurnedAway {
            concurrency: usage.rejected_concurrency as f64 / usage.arrivals.max(1) as f64,
            ramp: usage.rejected_ramp as f64 / usage.arrivals.max(1) as f64,
            rate: usage.rejected_rate as f64 / usage.arrivals.max(1) as f64,
        };
        let (arrivals, served) = (usage.arrivals, usage.served());
        let (rejected, in_flight) = (usage.rejected(), usage.in_flight);
        Ok(Evaluation {
            usage: self.usage(&totals),
            latency: (usage.latency.count() > 0)
                .then(|| self.answered(&usage.latency))
                .transpose()?,
            cold: Some(Share::of(usage.cold, usage.admitted())),
            counts: Some(Counts { arrivals, served, rejected, in_flight }),
            timeline: usage.timeline.map(timeline),
            obstacles: self.obstacles(&turned_away).into_iter().chain(self.unseen(span)).collect(),
        })
    }

    /// A schedule can be judged only by whole cycles.
    fn unseen(&self, span: Duration) -> Option<Obstacle> {
        let whole = span.nanos().is_multiple_of(self.case.workload.cycle.nanos().max(1));
        (self.settings.warm_hours.is_some() && !whole).then(warm_hours::unseen)
    }

    /// Monthly totals of a replay that comes so often a month.
    pub(super) fn totals_of(&self, usage: &PoolUsage, months: f64) -> Totals {
        Totals {
            run_ms: self.in_ms(usage.billed_run) * months,
            provisioned_run_ms: self.in_ms(usage.billed_provisioned_run) * months,
            init_ms: self.in_ms(usage.billed_init) * months,
            requests: usage.admitted() as f64 * months,
            cold: usage.cold as f64 * months,
            peak: usage.peak_concurrency as f64,
        }
    }

    /// Requests that may run at once: what is reserved for the function, else the account's quota.
    pub(super) fn cap(&self) -> u32 {
        let reserved = self.case.component.reserved.map(|(reserved, _)| reserved);
        reserved.unwrap_or(u32::MAX).min(self.quotas.concurrency)
    }

    /// The pool as it is set up at this configuration.
    pub(super) fn pool_settings(&self, step: Option<Duration>) -> PoolSettings {
        PoolSettings {
            keep_alive: self.quotas.keep_alive,
            billing_step: self.quotas.billing_step,
            provisioned: self.settings.provisioned,
            concurrency_max: self.cap().saturating_sub(self.settings.provisioned),
            overhead: Duration::ZERO,
            timeline: step,
        }
    }

    /// How fast environments may be added.
    pub(super) fn ramp(&self) -> Ramp {
        Ramp(TokenBucket::full(self.quotas.ramp.0, self.quotas.ramp.1))
    }

    /// The account's rate, where it is in reach: asking for it costs as much as all the rest.
    pub(super) fn rate(&self) -> Option<TokenBucket> {
        let far = self.case.workload.peak_rate().hertz() * 2.0 < self.quotas.rate as f64;
        (!far).then(|| TokenBucket::full(self.quotas.rate, Duration::SECOND))
    }

    /// Plays requests through the pool that their own end has warmed. `stretch`: where in the cycle they begin, and how
    /// long they last.
    pub(super) fn play(
        &self,
        requests: &[Request],
        stretch: (Instant, Duration),
        step: Option<Duration>,
    ) -> PoolUsage {
        let (settings, ramp) = (self.pool_settings(step), self.ramp());
        match self.rate() {
            None => self.feed(requests, stretch, settings, ramp),
            Some(rate) => self.feed(requests, stretch, settings, RampAndRate(ramp, rate)),
        }
    }

    /// The last minutes of the cycle come before its first: what they leave is there at its beginning. How long they
    /// are, and from which moment of the cycle on.
    pub(super) fn warming(&self, span: Duration) -> (Duration, Duration) {
        let longest = self.quotas.keep_alive.longest * 2;
        let warming = Duration::from_nanos(longest.nanos().min(span.nanos()));
        (warming, span.saturating_sub(warming))
    }

    /// How many environments are provisioned from when on, the beginning first; empty where it is always the same
    /// number. Scheduled actions of Application Auto Scaling change the number at given times ("AWS Lambda and
    /// Application Auto Scaling", its user guide). Thousands of environments are allocated in a minute
    /// (`aws-lambda/provisioned.allocation_rate`), so they are taken to be there at once.
    fn plan(
        &self,
        begin: Instant,
        span: Duration,
        (warming, before): (Duration, Duration),
    ) -> Vec<(u32, Instant)> {
        let Some(hours) = self.settings.warm_hours else { return Vec::new() };
        let in_minutes = |at: Duration| (at.nanos() / Duration::MINUTE.nanos()) as usize;
        let begin = begin.since(Instant::START);
        let mut plan: Vec<(u32, Instant)> = Vec::new();
        for minute in 0..=in_minutes(warming + span) {
            let at = Duration::MINUTE * minute as u64;
            // First comes the end of the stretch, then all of it.
            let passed = if at < warming { before + at } else { at.saturating_sub(warming) };
            let kept = hours.covers(in_minutes(begin + passed));
            let count = if kept { self.settings.provisioned } else { 0 };
            if plan.last().is_none_or(|&(last, _)| last != count) {
                plan.push((count, Instant::START + at));
            }
        }
        plan
    }

    fn feed<A: Admission>(
        &self,
        requests: &[Request],
        (begin, span): (Instant, Duration),
        mut settings: PoolSettings,
        admission: A,
    ) -> PoolUsage {
        let (seed, id) = (self.case.seed, &self.case.component.id);
        let mut starts = seed.stream(id, "cold start");
        let random = seed.stream(id, "keep-alive");
        let (warming, before) = self.warming(span);
        let plan = self.plan(begin, span, (warming, before));
        if let Some((first, _)) = plan.first() {
            settings.provisioned = *first;
        }
        let changes = plan.into_iter().skip(1);
        let mut pool = FunctionPool::new(settings, admission, random)
            .planned(changes.map(|(count, at)| (at, Planned::Provision(count))));
        let tail = requests.partition_point(|r| r.at.since(Instant::START) < before);
        let mut offer = |at: Instant, request: &Request| {
            pool.offer(at, self.cpu.service(*request), || self.start.draw(&mut starts));
        };
        for request in &requests[tail..] {
            offer(Instant::START + request.at.since(Instant::START + before), request);
        }
        pool.start_counting(Instant::START + warming);
        for request in requests {
            let at = request.at + warming;
            pool.offer(at, self.cpu.service(*request), || self.start.draw(&mut starts));
        }
        pool.finish(Instant::START + warming + span)
    }

    /// How long the replay lasts: whole cycles if it holds about as many requests as they do, else from the
    /// first request to the last.
    pub(super) fn span(&self, requests: &[Request]) -> Duration {
        span_of(self.case.workload, requests)
    }

    /// Monthly usage as the bill reads it.
    pub(super) fn usage(&self, totals: &Totals) -> Usage {
        let mb = u128::from(self.settings.memory.mib_ceil());
        let mb_ms = |ms: f64| mb * ms.round().max(0.0) as u128;
        let month_ms = u128::from(Duration::MONTH.millis_ceil());
        let (scratch, free) = (self.settings.scratch, self.free_scratch());
        let snapshots = u128::from(self.settings.snap_start);
        let kept_h =
            self.settings.warm_hours.map_or(WarmHours::WEEK_HOURS, WarmHours::hours_of_week);
        let kept_h = u128::from(kept_h);
        Usage::Function(FunctionUsage {
            requests: totals.requests.round() as u64,
            run_mb_ms: mb_ms(totals.run_ms) + mb_ms(totals.provisioned_run_ms),
            init_mb_ms: mb_ms(totals.init_ms),
            provisioned_run_mb_ms: mb_ms(totals.provisioned_run_ms),
            provisioned_mb_ms: u128::from(self.settings.provisioned) * mb * month_ms * kept_h
                / u128::from(WarmHours::WEEK_HOURS),
            restored_mb: snapshots * mb * totals.cold.round() as u128,
            snapshot_mb_ms: snapshots * mb * month_ms,
            scratch_mb_ms: u128::from(scratch.saturating_sub(free).mib_ceil())
                * (totals.run_ms + totals.provisioned_run_ms).round() as u128,
            peak_concurrency: totals.peak.ceil() as u64,
            steps: StepUsage::default(),
            flow: flow::of(self.case),
        })
    }

    /// The part of the scratch disk that nobody pays for is the smallest there is.
    fn free_scratch(&self) -> Bytes {
        let smallest = quotas::range(self.case.prices, "tmp.range");
        smallest.map_or(self.settings.scratch, |(low, _)| Bytes::from_mib(low as u64))
    }

    /// Billing steps in milliseconds.
    pub(super) fn in_ms(&self, steps: u64) -> f64 {
        steps as f64 * self.quotas.billing_step.millis_f64()
    }

    /// Whether a client waits for the answer and sees what stands between.
    fn is_waited_for(&self) -> bool {
        self.mapping.is_none()
    }

    /// The latency that a client sees: with the platform's own part of a warm answer.
    pub(super) fn answered(&self, runs: &Histogram) -> Result<Histogram, Missing> {
        if !self.is_waited_for() {
            return Ok(runs.clone());
        }
        let parts = quotas::overhead(self.case.prices)?;
        let mut seen = Histogram::default();
        for (run, count) in runs.buckets() {
            // Whole requests: what rounding leaves goes to the median.
            let mut left = count;
            for (share, overhead) in parts {
                let n = (count as f64 * share.get()).floor() as u64;
                seen.record_n(run + overhead, n.min(left));
                left -= n.min(left);
            }
            seen.record_n(run + parts[3].1, left);
        }
        Ok(seen)
    }

    /// What keeps the configuration from holding the load.
    pub(super) fn obstacles(&self, away: &TurnedAway) -> Vec<Obstacle> {
        let share = away.concurrency + away.ramp + away.rate;
        let allowed = self.case.component.slo.errors.map_or(ERRORS_USUAL, Share::get);
        if share <= allowed {
            return Vec::new();
        }
        let share = Share::new(share);
        let text = if away.concurrency >= away.ramp.max(away.rate) {
            let whose = if self.cap() < self.quotas.concurrency {
                "what is reserved for it (`reserved`)"
            } else {
                "the account's quota (aws-lambda/concurrency.account_default, adjustable)"
            };
            let cap = grouped(u64::from(self.cap()));
            format!("{share} of requests throttled: more than {cap} at once, {whose}")
        } else if away.ramp >= away.rate {
            format!(
                "{share} of requests throttled: a function adds at most {} environments in {} \
                 (aws-lambda/concurrency.scale_rate)",
                grouped(self.quotas.ramp.0),
                self.quotas.ramp.1
            )
        } else {
            format!(
                "{share} of requests throttled: more than {} a second, the account's quota \
                 (aws-lambda/rps.account, adjustable)",
                grouped(self.quotas.rate)
            )
        };
        vec![Obstacle { reason: Reason::plain(text) }]
    }
}

/// How long a replay of these requests lasts.
pub(crate) fn span_of(workload: &Workload, requests: &[Request]) -> Duration {
    let Some(last) = requests.last() else { return Duration::ZERO };
    let cycles = last.at.nanos() / workload.cycle.nanos().max(1) + 1;
    let expected = workload.requests_per_cycle() * cycles as f64;
    if (requests.len() as f64) > 0.8 * expected - 3.0 {
        return workload.cycle * cycles;
    }
    last.at.since(Instant::START) + Duration::from_nanos(1)
}

/// Monthly totals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Totals {
    /// Requests that were served.
    pub(super) requests: f64,
    /// Of them on new environments.
    pub(super) cold: f64,
    /// Billed run time on demand.
    pub(super) run_ms: f64,
    /// Billed run time on provisioned environments.
    pub(super) provisioned_run_ms: f64,
    /// Initialisation.
    pub(super) init_ms: f64,
    /// Most requests at once.
    pub(super) peak: f64,
}

/// Shares of requests turned away, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct TurnedAway {
    pub(super) concurrency: f64,
    pub(super) ramp: f64,
    pub(super) rate: f64,
}

/// How fast a function may add environments.
pub(super) struct Ramp(TokenBucket);

impl Admission for Ramp {
    const LIMITS_REQUESTS: bool = false;
    fn request(&mut self, _now: Instant) -> bool {
        true
    }
    fn environment(&mut self, now: Instant) -> bool {
        self.0.take(now)
    }
}

/// The same, and how many requests a second the account takes.
pub(super) struct RampAndRate(pub(super) Ramp, pub(super) TokenBucket);

impl Admission for RampAndRate {
    const LIMITS_REQUESTS: bool = true;
    fn request(&mut self, now: Instant) -> bool {
        self.1.take(now)
    }
    fn environment(&mut self, now: Instant) -> bool {
        self.0.environment(now)
    }
}

/// Whole minutes, about [`STEPS`] of them in a replay.
pub(super) fn step(span: Duration) -> Duration {
    let minutes = span.nanos() / Duration::MINUTE.nanos();
    Duration::MINUTE * minutes.div_ceil(STEPS).max(1)
}

pub(super) fn timeline(pool: PoolTimeline) -> Timeline {
    Timeline {
        step: pool.step,
        requests: pool.requests,
        instances: pool.environments,
        cold_starts: pool.cold_starts,
    }
}

#[cfg(test)]
mod tests {
    use sim::function_pool::{ColdStart, KeepAlive, Outcome};
    use units::Seed;

    use super::*;

    /// A pool of an account of 10,000 that adds 1,000 environments in ten seconds.
    fn pool() -> FunctionPool<Ramp> {
        let settings = PoolSettings {
            concurrency_max: 10_000,
            ..PoolSettings::new(KeepAlive::fixed(Duration::MINUTE * 10))
        };
        let ramp = Ramp(TokenBucket::full(1000, Duration::from_secs(10)));
        FunctionPool::new(settings, ramp, Seed(1).stream("f", "keep-alive"))
    }

    /// How many of `n` requests of a minute each are served at once.
    fn served(pool: &mut FunctionPool<Ramp>, at_ms: u64, n: u64) -> u64 {
        let at = Instant::START + Duration::from_millis(at_ms);
        let mut offer = || pool.offer(at, Duration::MINUTE, ColdStart::default);
        (0..n).filter(|_| offer() != Outcome::Rejected).count() as u64
    }

    #[test]
    fn three_thousand_at_once_with_callers_that_try_again() {
        let mut pool = pool();
        let mut running = served(&mut pool, 0, 3000);
        assert_eq!(running, 1000);
        for tick in 1..=2000 {
            running += served(&mut pool, 10 * tick, 3000 - running);
            if tick == 1000 {
                assert_eq!(running, 2000, "after ten seconds");
            }
            assert_eq!(running == 3000, tick == 2000, "after {tick} hundredths");
        }
    }

    #[test]
    fn a_quiet_hour_saves_nothing_up_and_functions_do_not_share() {
        let (mut one, mut other) = (pool(), pool());
        assert_eq!(served(&mut one, 3_600_000, 2500), 1000);
        assert_eq!(served(&mut other, 3_600_000, 1000), 1000);
    }
}
