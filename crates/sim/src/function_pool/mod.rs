//! A pool of function environments: one request each, the most recently used one first.
//!
//! A request takes the environment that fell idle last; if there is none it starts a new one (a cold start).
//! An environment that has been idle for its keep-alive is gone. That is how measured AWS Lambda behaves (see
//! the tests against the 2020 measurements); nothing queues.
//!
//! Nothing here is an event or an instance: busy environments are a heap of moments, idle ones a stack of
//! moments. The stack is sorted by itself, since environments fall idle in order, so that the top decides: if it
//! has been idle for the longest keep-alive, everything below it is gone too, and nothing else ever has to look
//! for expired environments. Memory grows with the most environments at once and not with requests.

mod departures;
mod settings;
mod tally;

use units::{Duration, Instant, Random, Request};

use departures::Departures;
pub use settings::{Admission, ColdStart, KeepAlive, PoolSettings, Unlimited};
use tally::Steps;
pub use tally::{PoolTimeline, PoolUsage};

/// Times come from ratios of floats, so they are meaningful to the microsecond: 300.0000004 ms is not billed
/// as 301 ms.
const ROUNDING_NANOS: u64 = 500;

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Served by an environment that was idle.
    Warm,
    /// Served by a new environment.
    Cold,
    /// Served by a provisioned environment.
    Provisioned,
    /// Turned away.
    Rejected,
}

/// The pool of one function, fed one request after the other.
#[derive(Debug, Clone)]
pub struct FunctionPool<A> {
    settings: PoolSettings,
    admission: A,
    random: Random,
    busy: Departures,
    busy_provisioned: Departures,
    /// When each idle environment fell idle, ascending.
    idle: Vec<u64>,
    /// Departures of requests that came before counting started.
    uncounted: Vec<u64>,
    /// End of the current step of the timeline; never where nobody asked for one.
    step_end: u64,
    steps: Steps,
    usage: PoolUsage,
}

impl<A: Admission> FunctionPool<A> {
    /// An empty pool. `random` draws keep-alives and is left alone where the keep-alive is fixed.
    pub fn new(settings: PoolSettings, admission: A, random: Random) -> Self {
        assert!(settings.billing_step > Duration::ZERO, "billing has a step");
        let steps = Steps::new(settings.timeline);
        Self {
            settings,
            admission,
            random,
            busy: Departures::new(),
            busy_provisioned: Departures::new(),
            idle: Vec::new(),
            uncounted: Vec::new(),
            step_end: steps.first_end(),
            steps,
            usage: PoolUsage::default(),
        }
    }

    /// Adds to what other pools used before: counts add up, peaks are those of the busiest pool. Thousands of
    /// small functions then share one histogram. Such a pool has no timeline.
    #[must_use]
    pub fn adding_to(mut self, usage: PoolUsage) -> Self {
        assert!(!self.steps.wanted(), "a timeline belongs to one pool");
        self.usage = usage;
        self
    }

    /// Plays one request that arrives at `at` and runs for `service`; requests come in order of arrival.
    /// `start` is asked for a cold start only when there is one.
    #[inline]
    pub fn offer(
        &mut self,
        at: Instant,
        service: Duration,
        start: impl FnOnce() -> ColdStart,
    ) -> Outcome {
        let now = at.nanos();
        if now >= self.step_end {
            self.close_steps(now);
        }
        self.release(now);
        self.usage.arrivals += 1;
        if A::LIMITS_REQUESTS && !self.admission.request(at) {
            self.usage.rejected_rate += 1;
            return Outcome::Rejected;
        }
        if self.settings.provisioned > 0
            && self.busy_provisioned.len() < self.settings.provisioned as usize
        {
            return self.serve_provisioned(now, service);
        }
        let busy = self.busy.len();
        if busy >= self.settings.concurrency_max as usize {
            self.usage.rejected_concurrency += 1;
            return Outcome::Rejected;
        }
        if self.reuse(now) {
            self.usage.warm += 1;
            self.serve(now, service);
            return Outcome::Warm;
        }
        if !self.admission.environment(at) {
            self.usage.rejected_ramp += 1;
            return Outcome::Rejected;
        }
        self.serve_cold(now, service, start());
        Outcome::Cold
    }

    /// Forgets everything counted so far and keeps the environments: what came before was only there to warm
    /// the pool. The timeline begins at `at`.
    pub fn start_counting(&mut self, at: Instant) {
        self.release(at.nanos());
        self.usage = PoolUsage::default();
        self.uncounted = self.busy.iter().chain(self.busy_provisioned.iter()).collect();
        self.steps = Steps::starting(self.settings.timeline, at);
        self.step_end = self.steps.first_end();
    }

    /// Ends the run at `end`: requests still running then are in flight, and environments still there idle on
    /// until their keep-alive is over.
    pub fn finish(mut self, end: Instant) -> PoolUsage {
        let end = end.nanos();
        if self.steps.wanted() {
            self.close_steps(end);
        }
        self.release(end);
        let in_flight = self.busy.len() + self.busy_provisioned.len();
        let uncounted = self.uncounted.iter().filter(|&&at| at > end).count();
        self.usage.in_flight += (in_flight - uncounted) as u64;
        let left = self.busy.len() + self.idle.len();
        self.usage.idle_nanos += u128::from(self.settings.keep_alive.mean().nanos()) * left as u128;
        self.usage.timeline = self.steps.into_timeline();
        self.usage
    }

    /// Everything that has finished by `now` falls idle. A finish at the moment of an arrival counts.
    #[inline]
    fn release(&mut self, now: u64) {
        let idle = &mut self.idle;
        self.busy.take_until(now, |at| idle.push(at));
        if self.settings.provisioned > 0 {
            self.busy_provisioned.take_until(now, |_| ());
        }
    }

    /// Takes the environment that fell idle last, unless it is gone.
    #[inline]
    fn reuse(&mut self, now: u64) -> bool {
        let Some(&since) = self.idle.last() else { return false };
        let gap = now.saturating_sub(since);
        if gap < self.settings.keep_alive.shortest.nanos() {
            self.idle.pop();
            self.usage.idle_nanos += u128::from(gap);
            return true;
        }
        self.reuse_old(now)
    }

    /// The same for an environment old enough to be gone.
    #[cold]
    fn reuse_old(&mut self, now: u64) -> bool {
        let KeepAlive { shortest, longest } = self.settings.keep_alive;
        while let Some(&since) = self.idle.last() {
            let gap = now.saturating_sub(since);
            if gap >= longest.nanos() {
                let mean = u128::from(self.settings.keep_alive.mean().nanos());
                self.usage.idle_nanos += mean * self.idle.len() as u128;
                self.idle.clear();
                return false;
            }
            self.idle.pop();
            let kept = self.random.between(shortest, longest).nanos();
            self.usage.idle_nanos += u128::from(gap.min(kept));
            if gap < kept {
                return true;
            }
        }
        false
    }

    #[inline]
    fn serve(&mut self, now: u64, service: Duration) {
        let nanos = service.nanos();
        self.usage.busy_nanos += u128::from(nanos);
        self.usage.billed_run += billed_steps(nanos, self.settings.billing_step);
        self.usage.latency.record(service + self.settings.overhead);
        self.busy.push(now + nanos);
        let busy = (self.busy.len() + self.busy_provisioned.len()) as u64;
        self.usage.peak_concurrency = self.usage.peak_concurrency.max(busy);
    }

    #[inline(never)]
    fn serve_cold(&mut self, now: u64, service: Duration, start: ColdStart) {
        self.usage.cold += 1;
        self.steps.cold();
        let before = start.placement + start.init;
        let run = service + start.first_call;
        self.usage.busy_nanos += u128::from((before + run).nanos());
        self.usage.billed_init += billed_steps(start.init.nanos(), self.settings.billing_step);
        self.usage.billed_run += billed_steps(run.nanos(), self.settings.billing_step);
        self.usage.latency.record(before + run + self.settings.overhead);
        self.busy.push(now + (before + run).nanos());
        let busy = self.busy.len() as u64;
        self.usage.peak_environments = self.usage.peak_environments.max(busy);
        let all = busy + self.busy_provisioned.len() as u64;
        self.usage.peak_concurrency = self.usage.peak_concurrency.max(all);
    }

    fn serve_provisioned(&mut self, now: u64, service: Duration) -> Outcome {
        let nanos = service.nanos();
        self.usage.provisioned += 1;
        self.usage.busy_nanos += u128::from(nanos);
        self.usage.billed_provisioned_run += billed_steps(nanos, self.settings.billing_step);
        self.usage.latency.record(service + self.settings.overhead);
        self.busy_provisioned.push(now + nanos);
        let busy = (self.busy.len() + self.busy_provisioned.len()) as u64;
        self.usage.peak_concurrency = self.usage.peak_concurrency.max(busy);
        Outcome::Provisioned
    }

    /// Closes every step of the timeline that ends at or before `now`.
    #[cold]
    fn close_steps(&mut self, now: u64) {
        while self.step_end <= now {
            let end = self.step_end;
            self.release(end);
            let idle = self.settings.keep_alive.surviving(&self.idle, end);
            let there = self.busy.len() as u64 + idle + u64::from(self.settings.provisioned);
            self.step_end = self.steps.close(self.usage.arrivals, there);
        }
    }
}

/// A span of `nanos` in billing steps, each begun step counting whole; half a microsecond is noise.
#[inline]
pub fn billed_steps(nanos: u64, step: Duration) -> u64 {
    let nanos = nanos.saturating_sub(ROUNDING_NANOS);
    // The usual step stands as a constant: a division by a variable costs ten times as much.
    if step.nanos() == 1_000_000 { nanos.div_ceil(1_000_000) } else { nanos.div_ceil(step.nanos()) }
}

/// Plays `requests` (in order of arrival) through an empty pool and ends the run at the last arrival or at
/// `end`, whichever is later. Each environment has `vcpu` CPUs; `start` draws the cold starts.
pub fn run<A: Admission>(
    requests: impl IntoIterator<Item = Request>,
    vcpu: f64,
    settings: PoolSettings,
    admission: A,
    random: Random,
    mut start: impl FnMut() -> ColdStart,
    end: Instant,
) -> PoolUsage {
    let mut pool = FunctionPool::new(settings, admission, random);
    let mut end = end;
    let cpu = CpuShare::new(vcpu);
    for request in requests {
        pool.offer(request.at, cpu.service(request), &mut start);
        end = end.max(request.at);
    }
    pool.finish(end)
}

/// How much a share of a CPU stretches work, as a whole number, so that the hot loop needs no float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuShare {
    /// Time per time on a whole vCPU, in 2⁻³² parts; at least 1.
    stretch: u64,
}

impl CpuShare {
    /// Of an environment with `vcpu` CPUs; one request uses at most one. `vcpu` must be above 0.00001.
    pub fn new(vcpu: f64) -> Self {
        assert!(vcpu > 1e-5, "an environment has some CPU, not {vcpu}");
        Self { stretch: ((1.0 / vcpu.min(1.0)) * (1_u64 << 32) as f64).round() as u64 }
    }

    /// How long `request` runs.
    #[inline]
    pub fn service(self, request: Request) -> Duration {
        let product = u128::from(request.cpu.nanos()) * u128::from(self.stretch) + (1 << 31);
        Duration::from_nanos((product >> 32) as u64) + request.wait
    }
}

#[cfg(test)]
mod tests;
