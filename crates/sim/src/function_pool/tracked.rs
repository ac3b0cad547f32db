//! Environments known one by one: any order of reuse, a maximum life, and how long they lived.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use units::{Duration, Random};

use super::reuse::{Keeping, Lives, Reuse};

/// Which idle environment a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReuseOrder {
    /// The one that fell idle last: AWS Lambda as measured.
    MostRecent,
    /// The one that has been idle longest: a round robin keeps far too many alive.
    LeastRecent,
    /// Any, all with the same chance: every environment is used so often that hardly one goes, as if the least
    /// recent came first.
    Uniform,
    /// The one with the lowest rank, where each draws a rank whenever it falls idle. What is often meant by
    /// random (a queue with a random priority) and not the same: those with a high rank are starved.
    RandomRank,
    /// The one started last.
    Newest,
    /// The one started first.
    Oldest,
}

/// Environments with an identity. Some tens of nanoseconds a request slower than [`super::MostRecent`].
#[derive(Debug, Clone)]
pub struct Tracked {
    order: ReuseOrder,
    /// An environment older than this finishes its request and goes.
    longest_life: u64,
    /// (free at, started at).
    busy: BinaryHeap<Reverse<(u64, u64)>>,
    /// Start of the environment taken or begun last.
    current: u64,
    idle: BTreeMap<Key, Idle>,
    /// The same by when they will be gone.
    ends: BTreeSet<(u64, Key)>,
    /// The same in no order, to draw from; kept only where an environment is drawn.
    lots: Vec<Key>,
    /// Draws among the idle, apart from the pool's keep-alives.
    random: Random,
    /// Environments that ever fell idle: tells those apart that did so at once.
    serial: u64,
    lives: Lives,
}

/// What the order sorts by, and a serial number.
type Key = (u64, u64);

#[derive(Debug, Clone, Copy)]
struct Idle {
    since: u64,
    end: u64,
    started: u64,
    /// Its place among the lots.
    lot: usize,
}

impl Tracked {
    /// No environments yet. `longest_life` ends even one that is always in use; `random` draws where the order
    /// leaves it to chance.
    pub fn new(order: ReuseOrder, longest_life: Option<Duration>, random: Random) -> Self {
        Self {
            order,
            longest_life: longest_life.map_or(u64::MAX, Duration::nanos),
            busy: BinaryHeap::new(),
            current: 0,
            idle: BTreeMap::new(),
            ends: BTreeSet::new(),
            lots: Vec::new(),
            random,
            serial: 0,
            lives: Lives::default(),
        }
    }

    fn fall_idle(&mut self, since: u64, started: u64, keeping: &mut Keeping) {
        let end = since.saturating_add(keeping.draw());
        let end = end.min(started.saturating_add(self.longest_life).max(since));
        let sorted_by = match self.order {
            ReuseOrder::Newest | ReuseOrder::Oldest => started,
            ReuseOrder::MostRecent | ReuseOrder::LeastRecent | ReuseOrder::Uniform => since,
            ReuseOrder::RandomRank => self.random.bits(),
        };
        self.serial += 1;
        let key = (sorted_by, self.serial);
        self.idle.insert(key, Idle { since, end, started, lot: self.lots.len() });
        self.ends.insert((end, key));
        if self.order == ReuseOrder::Uniform {
            self.lots.push(key);
        }
    }

    /// Everything that is gone by `now` goes.
    fn expire(&mut self, now: u64, keeping: &mut Keeping) {
        while let Some(&(end, key)) = self.ends.first()
            && end <= now
        {
            let idle = self.remove(key);
            keeping.idle_nanos += u128::from(idle.end - idle.since);
            self.lives.ended += 1;
            self.lives.nanos += u128::from(idle.end - idle.started);
        }
    }

    fn remove(&mut self, key: Key) -> Idle {
        let idle = self.idle.remove(&key).expect("a key of an idle environment");
        self.ends.remove(&(idle.end, key));
        if self.order == ReuseOrder::Uniform {
            self.lots.swap_remove(idle.lot);
            if let Some(moved) = self.lots.get(idle.lot).and_then(|key| self.idle.get_mut(key)) {
                moved.lot = idle.lot;
            }
        }
        idle
    }
}

impl Reuse for Tracked {
    fn busy(&self) -> usize {
        self.busy.len()
    }

    fn busy_until(&self) -> impl Iterator<Item = u64> {
        self.busy.iter().map(|&Reverse((until, _))| until)
    }

    fn release(&mut self, now: u64, keeping: &mut Keeping) {
        while let Some(&Reverse((until, started))) = self.busy.peek()
            && until <= now
        {
            self.busy.pop();
            self.fall_idle(until, started, keeping);
        }
        self.expire(now, keeping);
    }

    fn take(&mut self, now: u64, keeping: &mut Keeping) -> bool {
        let key = match self.order {
            ReuseOrder::MostRecent | ReuseOrder::Newest => self.idle.keys().next_back().copied(),
            ReuseOrder::LeastRecent | ReuseOrder::Oldest | ReuseOrder::RandomRank => {
                self.idle.keys().next().copied()
            }
            ReuseOrder::Uniform if self.lots.is_empty() => None,
            ReuseOrder::Uniform => {
                Some(self.lots[self.random.below(self.lots.len() as u64) as usize])
            }
        };
        let Some(key) = key else { return false };
        let idle = self.remove(key);
        keeping.idle_nanos += u128::from(now.saturating_sub(idle.since));
        self.current = idle.started;
        true
    }

    fn begin(&mut self, now: u64) {
        self.current = now;
    }

    fn run_until(&mut self, until: u64) {
        self.busy.push(Reverse((until, self.current)));
    }

    fn idle(&self, now: u64, _: &Keeping) -> u64 {
        self.idle.values().filter(|idle| idle.end > now).count() as u64
    }

    fn warm(&mut self, now: u64, count: u32, keeping: &mut Keeping) {
        for _ in 0..count {
            self.fall_idle(now, now, keeping);
        }
    }

    fn end(&mut self, keeping: &mut Keeping) {
        let idle: u128 = self.idle.values().map(|idle| u128::from(idle.end - idle.since)).sum();
        let mean = keeping.keep_alive.mean().nanos();
        let after = |&Reverse((until, started)): &Reverse<(u64, u64)>| {
            let life_left = started.saturating_add(self.longest_life).saturating_sub(until);
            u128::from(mean.min(life_left))
        };
        keeping.idle_nanos += idle + self.busy.iter().map(after).sum::<u128>();
    }

    fn lives(&self) -> Option<Lives> {
        Some(self.lives)
    }

    fn forget_lives(&mut self) {
        self.lives = Lives::default();
    }
}
