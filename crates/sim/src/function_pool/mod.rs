//! A pool of function environments: one request each, the most recently used one first.
//!
//! A request takes the environment that fell idle last; if there is none it starts a new one (a cold start).
//! An environment that has been idle for its keep-alive is gone. That is how measured AWS Lambda behaves (see
//! the tests against the 2020 measurements); nothing queues. Other orders of reuse and a maximum life are there
//! for study: see [`Tracked`].
//!
//! Nothing here is an event, and in the usual order nothing is an instance either: see [`MostRecent`]. Memory
//! grows with the most environments at once and not with requests.

mod curves;
mod departures;
mod provisioned;
mod reuse;
mod settings;
mod tally;
mod tracked;

use units::{Duration, Instant, Random, Request};

pub use curves::{CurvePass, Curves, PartUsage};
pub use provisioned::{Allocation, Planned, ProvisionedLoad};
use provisioned::{Plan, Provisioned};
pub use reuse::{Keeping, Lives, MostRecent, Reuse};
pub use settings::{Admission, ColdStart, KeepAlive, PoolSettings, Unlimited};
use tally::Steps;
pub use tally::{PoolTimeline, PoolUsage};
pub use tracked::{ReuseOrder, Tracked};

/// Times come from ratios of floats, so they are meaningful to the microsecond: 300.0000004 ms is not billed
/// as 301 ms.
const ROUNDING_NANOS: u64 = 500;

/// Most environments that can be asked to be warm at once.
const WARM_MAX: u32 = 1_000_000;

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
pub struct FunctionPool<A, R = MostRecent> {
    settings: PoolSettings,
    admission: A,
    environments: R,
    keeping: Keeping,
    provisioned: Provisioned,
    plan: Plan,
    /// Departures of requests that came before counting started.
    uncounted: Vec<u64>,
    /// When something happens beside requests: the end of a step of the timeline, the next of the plan.
    look: u64,
    /// End of the current step of the timeline; never where nobody asked for one.
    step_end: u64,
    steps: Steps,
    usage: PoolUsage,
}

impl<A: Admission> FunctionPool<A> {
    /// An empty pool that reuses the most recently used. `random` draws keep-alives and is left alone where the
    /// keep-alive is fixed.
    pub fn new(settings: PoolSettings, admission: A, random: Random) -> Self {
        Self::with_environments(settings, admission, random, MostRecent::new())
    }
}

impl<A: Admission, R: Reuse> FunctionPool<A, R> {
    /// The same with another way to reuse.
    pub fn with_environments(
        settings: PoolSettings,
        admission: A,
        random: Random,
        environments: R,
    ) -> Self {
        assert!(settings.billing_step > Duration::ZERO, "billing has a step");
        let steps = Steps::new(settings.timeline);
        Self {
            settings,
            admission,
            environments,
            keeping: Keeping { keep_alive: settings.keep_alive, random, idle_nanos: 0 },
            provisioned: Provisioned::new(settings.provisioned),
            plan: Plan::default(),
            uncounted: Vec::new(),
            look: steps.first_end(),
            step_end: steps.first_end(),
            steps,
            usage: PoolUsage::default(),
        }
    }

    /// With a plan: how many environments are provisioned when, and how many on-demand ones are warmed ahead.
    #[must_use]
    pub fn planned(mut self, plan: impl IntoIterator<Item = (Instant, Planned)>) -> Self {
        self.plan = Plan::new(plan);
        self.look = self.step_end.min(self.plan.next());
        self
    }

    /// With provisioned environments that take time to come. The number in the settings is there from the start.
    #[must_use]
    pub const fn allocated_by(mut self, allocation: Allocation) -> Self {
        self.provisioned.allocated_by(allocation);
        self
    }

    /// Adds to what other pools used before: counts add up, peaks are those of the busiest pool. Thousands of
    /// small functions then share one histogram. Such a pool has no timeline.
    #[must_use]
    pub fn adding_to(mut self, usage: PoolUsage) -> Self {
        assert!(!self.steps.wanted(), "a timeline belongs to one pool");
        self.keeping.idle_nanos = usage.idle_nanos;
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
        if now >= self.look {
            self.catch_up(now);
        }
        self.release(now);
        self.usage.arrivals += 1;
        if A::LIMITS_REQUESTS && !self.admission.request(at) {
            self.usage.rejected_rate += 1;
            return Outcome::Rejected;
        }
        if self.provisioned.is_used() && self.provisioned.has_room(now) {
            return self.serve_provisioned(now, service);
        }
        if self.environments.busy() >= self.settings.concurrency_max as usize {
            self.usage.rejected_concurrency += 1;
            return Outcome::Rejected;
        }
        if self.environments.take(now, &mut self.keeping) {
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

    /// From `at` on `count` provisioned environments are configured; moments do not go back. Fewer are so at
    /// once, more as fast as they are allocated; a request on one that is taken away finishes there.
    pub fn provision(&mut self, at: Instant, count: u32) {
        self.advance(at.nanos());
        self.provisioned.configure(at.nanos(), count);
    }

    /// How the provisioned environments are used at `at`: what a controller looks at when it ticks.
    pub fn look_at_provisioned(&mut self, at: Instant) -> ProvisionedLoad {
        self.advance(at.nanos());
        self.provisioned.look(at.nanos())
    }

    /// Sees to it that at least `count` on-demand environments are there at `at`, and says how many had to be
    /// started ahead of requests.
    pub fn warm(&mut self, at: Instant, count: u32) -> u32 {
        self.advance(at.nanos());
        self.warm_now(at.nanos(), count)
    }

    /// Forgets everything counted so far and keeps the environments: what came before was only there to warm
    /// the pool. The timeline begins at `at`.
    pub fn start_counting(&mut self, at: Instant) {
        self.advance(at.nanos());
        self.usage = PoolUsage::default();
        self.keeping.idle_nanos = 0;
        self.environments.forget_lives();
        self.provisioned.count_from(at.nanos());
        let busy = self.environments.busy_until();
        self.uncounted = busy.chain(self.provisioned.busy_until()).collect();
        self.steps = Steps::starting(self.settings.timeline, at);
        self.step_end = self.steps.first_end();
        self.look = self.step_end.min(self.plan.next());
    }

    /// Ends the run at `end`: requests still running then are in flight, and environments still there idle on
    /// until their keep-alive is over.
    pub fn finish(mut self, end: Instant) -> PoolUsage {
        let end = end.nanos();
        self.advance(end);
        let in_flight = self.environments.busy() + self.provisioned.busy();
        let uncounted = self.uncounted.iter().filter(|&&at| at > end).count();
        self.usage.in_flight += (in_flight - uncounted) as u64;
        self.environments.end(&mut self.keeping);
        self.usage.idle_nanos = self.keeping.idle_nanos;
        self.usage.provisioned_nanos += self.provisioned.count(end);
        self.usage.lives = self.environments.lives();
        self.usage.timeline = self.steps.into_timeline();
        self.usage
    }

    /// Everything until `now` happens.
    fn advance(&mut self, now: u64) {
        if now >= self.look {
            self.catch_up(now);
        }
        self.release(now);
    }

    /// Everything that has finished by `now` falls idle. A finish at the moment of an arrival counts.
    #[inline]
    fn release(&mut self, now: u64) {
        self.environments.release(now, &mut self.keeping);
        if self.provisioned.is_used() {
            self.provisioned.release(now);
        }
    }

    #[inline]
    fn serve(&mut self, now: u64, service: Duration) {
        let nanos = service.nanos();
        self.usage.busy_nanos += u128::from(nanos);
        let steps = billed_steps(nanos, self.settings.billing_step);
        self.usage.billed_run = self.usage.billed_run.saturating_add(steps);
        self.usage.latency.record(service + self.settings.overhead);
        self.environments.run_until(now.saturating_add(nanos));
        self.note_peak();
    }

    #[inline(never)]
    fn serve_cold(&mut self, now: u64, service: Duration, start: ColdStart) {
        self.usage.cold += 1;
        self.steps.cold();
        let before = start.placement + start.init;
        let run = service + start.first_call;
        self.usage.busy_nanos += u128::from((before + run).nanos());
        let steps = |span: Duration| billed_steps(span.nanos(), self.settings.billing_step);
        self.usage.billed_init = self.usage.billed_init.saturating_add(steps(start.init));
        self.usage.billed_run = self.usage.billed_run.saturating_add(steps(run));
        self.usage.latency.record(before + run + self.settings.overhead);
        self.environments.begin(now);
        self.environments.run_until(now.saturating_add((before + run).nanos()));
        // Nothing idles where one had to be started.
        let there = self.environments.busy() as u64;
        self.usage.peak_environments = self.usage.peak_environments.max(there);
        self.note_peak();
    }

    #[inline(never)]
    fn serve_provisioned(&mut self, now: u64, service: Duration) -> Outcome {
        let nanos = service.nanos();
        self.usage.provisioned += 1;
        self.usage.busy_nanos += u128::from(nanos);
        let steps = billed_steps(nanos, self.settings.billing_step);
        let billed = &mut self.usage.billed_provisioned_run;
        *billed = billed.saturating_add(steps);
        self.usage.latency.record(service + self.settings.overhead);
        self.provisioned.run_until(now.saturating_add(nanos));
        self.note_peak();
        Outcome::Provisioned
    }

    #[inline]
    fn note_peak(&mut self) {
        let busy = (self.environments.busy() + self.provisioned.busy()) as u64;
        self.usage.peak_concurrency = self.usage.peak_concurrency.max(busy);
    }

    /// Ends every step of the timeline and does everything planned until `now`, in order of time.
    #[cold]
    fn catch_up(&mut self, now: u64) {
        while self.look <= now {
            if self.look == self.step_end {
                let end = self.step_end;
                self.release(end);
                let idle = self.environments.idle(end, &self.keeping);
                let on_demand = self.environments.busy() as u64 + idle;
                let there = on_demand + u64::from(self.provisioned.ready(end));
                self.step_end = self.steps.close(self.usage.arrivals, there);
            } else if let Some((at, what)) = self.plan.take() {
                self.release(at);
                match what {
                    Planned::Provision(count) => self.provisioned.configure(at, count),
                    Planned::Warm(count) => {
                        self.warm_now(at, count);
                    }
                }
            }
            self.look = self.step_end.min(self.plan.next());
            if self.look == u64::MAX {
                break;
            }
        }
    }

    fn warm_now(&mut self, now: u64, count: u32) -> u32 {
        let idle = self.environments.idle(now, &self.keeping);
        let there = self.environments.busy() as u64 + idle;
        let count = count.min(self.settings.concurrency_max).min(WARM_MAX);
        let missing = u32::try_from(u64::from(count).saturating_sub(there)).unwrap_or(u32::MAX);
        self.environments.warm(now, missing, &mut self.keeping);
        self.usage.warmed += u64::from(missing);
        let there = there + u64::from(missing);
        self.usage.peak_environments = self.usage.peak_environments.max(there);
        missing
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
mod study_tests;
#[cfg(test)]
mod tests;
