//! Environments that somebody pays for to be there: how many at which time, and who is on them.

use units::{Duration, Instant};

use super::departures::Departures;

/// What a pool is told ahead of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// From now on this many provisioned environments are configured.
    Provision(u32),
    /// Now at least this many on-demand environments are there, busy or idle; what is missing is started ahead
    /// of requests.
    Warm(u32),
}

/// How fast provisioned environments are allocated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allocation {
    /// From the change of the configuration to the first new environment.
    pub lead: Duration,
    /// From one new environment to the next; zero is all at once.
    pub each: Duration,
}

/// What a controller such as target tracking sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProvisionedLoad {
    /// As many are configured.
    pub configured: u32,
    /// As many are allocated.
    pub ready: u32,
    /// As many run now.
    pub busy: u32,
    /// Most that ran at once since somebody last looked.
    pub busy_max: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Provisioned {
    /// Whether any were ever configured.
    used: bool,
    configured: u32,
    /// Ready when the configuration changed.
    before: u32,
    changed: u64,
    allocation: Allocation,
    busy: Departures,
    busy_max: usize,
    /// Configured environments over time, until `counted`.
    nanos: u128,
    counted: u64,
}

impl Provisioned {
    pub(super) const fn new(configured: u32) -> Self {
        Self {
            used: configured > 0,
            configured,
            before: configured,
            changed: 0,
            allocation: Allocation { lead: Duration::ZERO, each: Duration::ZERO },
            busy: Departures::new(),
            busy_max: 0,
            nanos: 0,
            counted: 0,
        }
    }

    pub(super) const fn allocated_by(&mut self, allocation: Allocation) {
        self.allocation = allocation;
    }

    /// Whether there is anything to ask about.
    #[inline]
    pub(super) const fn is_used(&self) -> bool {
        self.used
    }

    #[inline]
    pub(super) const fn busy(&self) -> usize {
        self.busy.len()
    }

    pub(super) fn busy_until(&self) -> impl Iterator<Item = u64> {
        self.busy.iter()
    }

    #[inline]
    pub(super) fn has_room(&self, now: u64) -> bool {
        self.busy.len() < self.ready(now) as usize
    }

    /// As many are allocated at `now`.
    #[inline]
    pub(super) fn ready(&self, now: u64) -> u32 {
        if self.before >= self.configured {
            return self.configured;
        }
        let Some(passed) =
            now.saturating_sub(self.changed).checked_sub(self.allocation.lead.nanos())
        else {
            return self.before;
        };
        let more = passed
            .checked_div(self.allocation.each.nanos())
            .map_or(u32::MAX, |more| u32::try_from(more).unwrap_or(u32::MAX));
        self.before.saturating_add(more).min(self.configured)
    }

    pub(super) fn configure(&mut self, now: u64, count: u32) {
        self.count(now);
        (self.before, self.changed) = (self.ready(now).min(count), now);
        self.configured = count;
        self.used |= count > 0;
    }

    /// Kept out of the way of pools without any.
    #[inline(never)]
    pub(super) fn release(&mut self, now: u64) {
        self.busy.take_until(now, |_| ());
    }

    #[inline(never)]
    pub(super) fn run_until(&mut self, until: u64) {
        self.busy.push(until);
        self.busy_max = self.busy_max.max(self.busy.len());
    }

    pub(super) fn look(&mut self, now: u64) -> ProvisionedLoad {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let busy_max = narrow(self.busy_max);
        self.busy_max = self.busy.len();
        ProvisionedLoad {
            configured: self.configured,
            ready: self.ready(now),
            busy: narrow(self.busy.len()),
            busy_max,
        }
    }

    /// Counting begins at `now`.
    pub(super) const fn count_from(&mut self, now: u64) {
        (self.nanos, self.counted) = (0, now);
    }

    /// Configured environments over time until `now`, in nanoseconds.
    pub(super) fn count(&mut self, now: u64) -> u128 {
        let passed = now.saturating_sub(self.counted);
        self.nanos += u128::from(passed) * u128::from(self.configured);
        self.counted = self.counted.max(now);
        self.nanos
    }
}

/// A plan in order of time.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// The last is the next.
    rest: Vec<(u64, Planned)>,
}

impl Plan {
    pub(super) fn new(plan: impl IntoIterator<Item = (Instant, Planned)>) -> Self {
        let mut rest: Vec<_> = plan.into_iter().map(|(at, what)| (at.nanos(), what)).collect();
        // What stands first happens first, so among equals too the later one is deeper down.
        rest.sort_by_key(|&(at, _)| at);
        rest.reverse();
        Self { rest }
    }

    /// When the next thing happens; never is the end of time.
    pub(super) fn next(&self) -> u64 {
        self.rest.last().map_or(u64::MAX, |&(at, _)| at)
    }

    pub(super) fn take(&mut self) -> Option<(u64, Planned)> {
        self.rest.pop()
    }
}
