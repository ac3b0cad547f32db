//! Which environment a request takes, and where environments are meanwhile.

use units::{Duration, Random};

use super::departures::Departures;
use super::settings::KeepAlive;

/// What decides how long an environment idles, and the idle time counted so far.
#[derive(Debug, Clone)]
pub struct Keeping {
    pub(super) keep_alive: KeepAlive,
    pub(super) random: Random,
    pub(super) idle_nanos: u128,
}

impl Keeping {
    /// How long an environment that falls idle now will be kept; a fixed keep-alive draws nothing.
    pub(super) fn draw(&mut self) -> u64 {
        let KeepAlive { shortest, longest } = self.keep_alive;
        self.random.between(shortest, longest).nanos()
    }
}

/// The environments of one pool, the provisioned ones apart.
///
/// [`MostRecent`] is what measured AWS Lambda does and the fast one; [`super::Tracked`] knows every environment
/// by itself, for other orders and for a maximum life. All moments are nanoseconds and never go back.
pub trait Reuse {
    /// How many run.
    fn busy(&self) -> usize;
    /// When each of those that run will be free, in no order.
    fn busy_until(&self) -> impl Iterator<Item = u64>;
    /// Those that have finished by `now` fall idle. A finish at the moment of an arrival counts.
    fn release(&mut self, now: u64, keeping: &mut Keeping);
    /// Takes an idle environment that is still there, if there is one. [`Reuse::run_until`] follows.
    fn take(&mut self, now: u64, keeping: &mut Keeping) -> bool;
    /// Begins a new environment at `now`. [`Reuse::run_until`] follows.
    fn begin(&mut self, now: u64);
    /// The environment taken or begun runs until then.
    fn run_until(&mut self, until: u64);
    /// How many are expected to idle at `now`.
    fn idle(&self, now: u64, keeping: &Keeping) -> u64;
    /// Adds `count` that fall idle at `now`.
    fn warm(&mut self, now: u64, count: u32, keeping: &mut Keeping);
    /// The run is over: whatever is left idles on until its keep-alive is over.
    fn end(&mut self, keeping: &mut Keeping);
    /// Lives that ended, where environments are known by themselves.
    fn lives(&self) -> Option<Lives>;
    /// Forgets the lives counted so far.
    fn forget_lives(&mut self);
}

/// Environments that came to their end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lives {
    /// How many.
    pub ended: u64,
    /// From their start to their end, summed, in nanoseconds.
    pub nanos: u128,
}

impl Lives {
    /// Their mean; `None` where none has ended.
    pub fn mean(self) -> Option<Duration> {
        let mean = self.nanos.checked_div(u128::from(self.ended))?;
        Some(Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX)))
    }
}

/// The one that fell idle last is taken first.
///
/// Busy environments are a heap of moments, idle ones a stack of moments. The stack is sorted by itself, since
/// environments fall idle in order, so that the top decides: if it has been idle for the longest keep-alive,
/// everything below it is gone too, and nothing else ever has to look for expired environments.
#[derive(Debug, Clone)]
pub struct MostRecent {
    busy: Departures,
    /// When each idle environment fell idle, ascending.
    idle: Vec<u64>,
}

impl MostRecent {
    pub(super) const fn new() -> Self {
        Self { busy: Departures::new(), idle: Vec::new() }
    }

    /// The same for an environment old enough to be gone.
    #[cold]
    fn take_old(&mut self, now: u64, keeping: &mut Keeping) -> bool {
        let KeepAlive { shortest, longest } = keeping.keep_alive;
        while let Some(&since) = self.idle.last() {
            let gap = now.saturating_sub(since);
            if gap >= longest.nanos() {
                let mean = u128::from(keeping.keep_alive.mean().nanos());
                keeping.idle_nanos += mean * self.idle.len() as u128;
                self.idle.clear();
                return false;
            }
            self.idle.pop();
            let kept = keeping.random.between(shortest, longest).nanos();
            keeping.idle_nanos += u128::from(gap.min(kept));
            if gap < kept {
                return true;
            }
        }
        false
    }
}

impl Reuse for MostRecent {
    #[inline]
    fn busy(&self) -> usize {
        self.busy.len()
    }

    fn busy_until(&self) -> impl Iterator<Item = u64> {
        self.busy.iter()
    }

    #[inline]
    fn release(&mut self, now: u64, _: &mut Keeping) {
        let idle = &mut self.idle;
        self.busy.take_until(now, |at| idle.push(at));
    }

    #[inline]
    fn take(&mut self, now: u64, keeping: &mut Keeping) -> bool {
        let Some(&since) = self.idle.last() else { return false };
        let gap = now.saturating_sub(since);
        if gap < keeping.keep_alive.shortest.nanos() {
            self.idle.pop();
            keeping.idle_nanos += u128::from(gap);
            return true;
        }
        self.take_old(now, keeping)
    }

    #[inline]
    fn begin(&mut self, _: u64) {}

    #[inline]
    fn run_until(&mut self, until: u64) {
        self.busy.push(until);
    }

    fn idle(&self, now: u64, keeping: &Keeping) -> u64 {
        keeping.keep_alive.surviving(&self.idle, now)
    }

    fn warm(&mut self, now: u64, count: u32, _: &mut Keeping) {
        self.idle.extend((0..count).map(|_| now));
    }

    fn end(&mut self, keeping: &mut Keeping) {
        let left = (self.busy.len() + self.idle.len()) as u128;
        keeping.idle_nanos += u128::from(keeping.keep_alive.mean().nanos()) * left;
    }

    fn lives(&self) -> Option<Lives> {
        None
    }

    fn forget_lives(&mut self) {}
}
