//! Request by request: what the simulators are fed with.
//!
//! Every minute has its own random numbers, derived from its place in the month. A replay of the busiest
//! hour therefore holds exactly the requests that the whole month has in that hour.

use model::Demand;
use units::{Duration, Instant, Random, Request, Seed};

use crate::stretch;
use crate::work::Work;
use crate::workload::{Arrivals, NO_DURATION, Workload};

/// Below this, a percentile would rest on a handful of requests: further cycles are played, up to a month.
const REQUESTS_MIN: f64 = 5_000.0;

/// A part of a load, request by request.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// The requests, sorted; times count from the start of the replay.
    pub requests: Vec<Request>,
    /// From the replay to the month: replayed totals times this are monthly totals; 0 if nothing came.
    pub replays_per_month: f64,
    /// What it covers, in words: `one day of 30.4`, `2 h around the busiest hour`.
    pub covers: String,
    /// Where in the cycle it begins.
    pub start: Instant,
    /// How long it lasts.
    pub length: Duration,
}

impl Workload {
    /// One cycle request by request, or the contiguous stretch of at most `requests_max` requests around the
    /// busiest hour if a cycle holds more. A thin load that is not recorded is played for several cycles.
    ///
    /// The same seed and owner give the same requests, whatever else is in the application.
    pub fn replay(&self, demand: &Demand, seed: Seed, owner: &str, requests_max: usize) -> Replay {
        let minutes = self.per_minute.len() as u64;
        let expected = self.requests_per_cycle();
        let (first, last, covers) = if expected <= requests_max as f64 {
            let cycles = self.cycles_worth_playing(expected, requests_max);
            (0, minutes * cycles, self.covers_cycles(cycles))
        } else {
            let (first, last) = stretch::busiest(&self.per_minute, requests_max as f64);
            let span = Duration::MINUTE * (last - first) as u64;
            (first as u64, last as u64, format!("{span} around the busiest hour"))
        };
        let mut source = Requests::new(self, demand, seed, owner, first, Clip::Minute(last));
        source.origin_ns = self.minute_start(first).nanos();
        let mut length = self.minute_start(last).since(self.minute_start(first));
        let mut requests = Vec::with_capacity(expected.min(requests_max as f64) as usize + 16);
        if expected <= requests_max as f64 {
            requests.extend(source);
        } else {
            requests.extend(source.take(requests_max));
            if requests.len() == requests_max {
                length = requests.last().map_or(length, |r| r.at.since(Instant::START));
            }
        }
        let month = expected * self.cycles_per_month;
        let count = requests.len() as f64;
        Replay {
            replays_per_month: if requests.is_empty() { 0.0 } else { month / count },
            requests,
            covers,
            start: self.minute_start(first),
            length,
        }
    }

    /// The whole billing month, request by request, in constant memory. Its beginning is the same as a replay
    /// of one cycle.
    pub fn replay_month<'a>(&'a self, demand: &'a Demand, seed: Seed, owner: &str) -> Requests<'a> {
        Requests::new(self, demand, seed, owner, 0, Clip::At(Duration::MONTH.nanos()))
    }

    fn cycles_worth_playing(&self, expected: f64, requests_max: usize) -> u64 {
        let drawn = matches!(
            self.arrivals,
            Arrivals::Poisson | Arrivals::Fitted { .. } | Arrivals::Scheduled(_)
        );
        if !drawn || expected >= REQUESTS_MIN || expected <= 0.0 {
            return 1;
        }
        let wanted = (REQUESTS_MIN / expected).ceil();
        let most = self.cycles_per_month.min(requests_max as f64 / expected);
        wanted.min(most).max(1.0) as u64
    }

    fn covers_cycles(&self, cycles: u64) -> String {
        let of = |unit: &str, days: u64| {
            let all = units_in_month(self.cycles_per_month);
            match cycles {
                1 => format!("one {unit} of {all}"),
                n => format!("{} days of a month", n * days),
            }
        };
        match self.arrivals {
            Arrivals::Recorded { .. } | Arrivals::Counted { .. } => {
                format!("all {} of the recording", self.cycle)
            }
            _ if self.cycle == Duration::DAY => of("day", 1),
            _ if self.cycle == Duration::DAY * 7 => of("week", 7),
            _ if self.cycle == Duration::MONTH => "one month".to_owned(),
            _ => format!("{} of a month", self.cycle * cycles),
        }
    }

    /// When a minute begins, counted through the cycles.
    fn minute_start(&self, minute: u64) -> Instant {
        let in_cycle = self.per_minute.len().max(1) as u64;
        Instant::START + self.cycle * (minute / in_cycle) + Duration::MINUTE * (minute % in_cycle)
    }
}

fn units_in_month(cycles: f64) -> String {
    if cycles >= 10.0 { format!("{cycles:.1}") } else { format!("{cycles:.2}") }
}

/// Where a source of requests ends.
#[derive(Debug, Clone, Copy)]
enum Clip {
    /// Before this minute.
    Minute(u64),
    /// At this moment, in nanoseconds.
    At(u64),
}

/// Requests in the order of their arrival, made as they are asked for.
#[derive(Debug, Clone)]
pub struct Requests<'a> {
    workload: &'a Workload,
    demand: &'a Demand,
    work: Work<'a>,
    arrivals_seed: u64,
    work_seed: u64,
    /// How many requests each listed arrival stands for.
    copies: f64,
    whole_seconds: Precision,
    clip: Clip,
    origin_ns: u64,
    next_minute: u64,
    start_ns: u64,
    /// Poisson: expected gap in this minute, the place reached in it, and its length, in nanoseconds.
    gap_ns: f64,
    reached_ns: f64,
    length_ns: f64,
    /// Listed arrivals of this minute: offset within it, and measured duration in microseconds.
    listed: Vec<(u64, u32)>,
    listed_next: usize,
    arrivals_random: Random,
    work_random: Random,
}

/// How finely a recording tells the time.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Precision {
    /// To the second: requests are spread within it.
    Second,
    /// Finer: times are taken as they are.
    Finer,
}

impl<'a> Requests<'a> {
    fn new(
        workload: &'a Workload,
        demand: &'a Demand,
        seed: Seed,
        owner: &str,
        first_minute: u64,
        clip: Clip,
    ) -> Self {
        let listed: u64 = match &workload.arrivals {
            Arrivals::Poisson | Arrivals::Fitted { .. } => 0,
            Arrivals::Recorded { times, .. } | Arrivals::Scheduled(times) => times.len() as u64,
            Arrivals::Counted { counts, .. } => counts.iter().map(|(_, n)| u64::from(*n)).sum(),
        };
        let copies = if listed == 0 { 0.0 } else { workload.requests_per_cycle() / listed as f64 };
        // Sums of floats miss whole numbers by a hair; the recorded load itself must come back exactly.
        let copies = if (copies - copies.round()).abs() < 1e-9 { copies.round() } else { copies };
        Self {
            workload,
            demand,
            work: Work::new(demand),
            arrivals_seed: seed.stream(owner, "arrivals").bits(),
            work_seed: seed.stream(owner, "work").bits(),
            copies,
            whole_seconds: precision(&workload.arrivals),
            clip,
            origin_ns: 0,
            next_minute: first_minute,
            start_ns: 0,
            gap_ns: f64::INFINITY,
            reached_ns: 0.0,
            length_ns: 0.0,
            listed: Vec::new(),
            listed_next: 0,
            arrivals_random: Random::new(0),
            work_random: Random::new(0),
        }
    }

    /// Goes to the next minute that can hold requests; `None` at the end.
    fn advance(&mut self) -> Option<()> {
        let in_cycle = self.workload.per_minute.len() as u64;
        if in_cycle == 0 {
            return None;
        }
        loop {
            let minute = self.next_minute;
            let start = self.workload.minute_start(minute).nanos();
            let within = minute % in_cycle;
            let rest =
                self.workload.cycle.nanos().saturating_sub(within * Duration::MINUTE.nanos());
            let whole = rest.min(Duration::MINUTE.nanos());
            let length = match self.clip {
                Clip::Minute(end) if minute >= end => return None,
                Clip::At(end) if start >= end => return None,
                Clip::Minute(_) => whole,
                Clip::At(end) => whole.min(end - start),
            };
            self.next_minute += 1;
            let expected = self.workload.per_minute[within as usize];
            if expected <= 0.0 {
                continue;
            }
            self.start_ns = start;
            self.length_ns = length as f64;
            self.arrivals_random = of_minute(self.arrivals_seed, minute);
            self.work_random = of_minute(self.work_seed, minute);
            if matches!(self.workload.arrivals, Arrivals::Poisson) {
                self.gap_ns = whole as f64 / expected;
                self.reached_ns = 0.0;
                return Some(());
            }
            self.list(within, length);
            if !self.listed.is_empty() {
                return Some(());
            }
        }
    }

    /// Lists the arrivals of one minute of the cycle that fall into its first `length` nanoseconds.
    fn list(&mut self, minute: u64, length: u64) {
        self.listed.clear();
        self.listed_next = 0;
        let from = minute * Duration::MINUTE.nanos();
        let to = from + length;
        let between = |times: &[Instant]| {
            let low = times.partition_point(|t| t.nanos() < from);
            let high = times.partition_point(|t| t.nanos() < to);
            low..high
        };
        let workload = self.workload;
        match &workload.arrivals {
            Arrivals::Poisson => {}
            Arrivals::Fitted { bursts, durations_us, starts } => {
                let n = self.whole(workload.per_minute[minute as usize]);
                let listed = &mut self.listed;
                bursts.place(n, &mut self.arrivals_random, |at| listed.push((at, NO_DURATION)));
                listed.sort_unstable();
                let measured = measured(durations_us, starts, minute as usize);
                for (i, (_, duration)) in listed.iter_mut().enumerate() {
                    *duration = measured
                        .get(i * measured.len() / n as usize)
                        .copied()
                        .unwrap_or(NO_DURATION);
                }
                listed.retain(|(at, _)| *at < length);
            }
            Arrivals::Scheduled(times) => {
                for i in between(times) {
                    // Whole numbers that add up: the i-th firing brings what is due by then.
                    let due = |i: usize| (i as f64 * self.copies + 0.5).floor() as u64;
                    let offset = times[i].nanos() - from;
                    for _ in due(i)..due(i + 1) {
                        self.listed.push((offset, NO_DURATION));
                    }
                }
            }
            Arrivals::Recorded { times, durations_us } => {
                for i in between(times) {
                    let duration = durations_us.get(i).copied().unwrap_or(NO_DURATION);
                    self.push_recorded(times[i].nanos() - from, duration);
                }
                self.listed.sort_by_key(|(offset, _)| *offset);
            }
            Arrivals::Counted { tick, counts } => {
                let tick = tick.nanos().max(1);
                let low = counts.partition_point(|(i, _)| u64::from(*i) * tick < from);
                for (i, n) in &counts[low..] {
                    let at = u64::from(*i) * tick;
                    if at >= to {
                        break;
                    }
                    let room = tick.min(to - at);
                    for _ in 0..self.copies_of(f64::from(*n)) {
                        let offset = at - from + self.arrivals_random.below(room);
                        self.listed.push((offset, NO_DURATION));
                    }
                }
                self.listed.sort_unstable_by_key(|(offset, _)| *offset);
            }
        }
    }

    /// One recorded request, as often as it counts. A log that tells seconds says nothing of the order within
    /// one, so its requests are spread there; further copies of a request fall into the same second.
    fn push_recorded(&mut self, offset: u64, duration: u32) {
        const SECOND: u64 = Duration::SECOND.nanos();
        let second = offset / SECOND * SECOND;
        for copy in 0..self.copies_of(1.0) {
            let at = if copy == 0 && self.whole_seconds == Precision::Finer {
                offset
            } else {
                second + self.arrivals_random.below(SECOND)
            };
            self.listed.push((at, duration));
        }
    }

    /// `n` listed requests times the factor, the fraction decided by chance.
    fn copies_of(&mut self, n: f64) -> u64 {
        self.whole(n * self.copies)
    }

    /// A whole number of requests, the fraction decided by chance.
    fn whole(&mut self, due: f64) -> u64 {
        let whole = due.floor();
        let more = due > whole && self.arrivals_random.uniform() <= due - whole;
        whole as u64 + u64::from(more)
    }

    #[inline]
    fn request(&mut self, offset: u64, duration_us: u32) -> Request {
        let (cpu, wait) = if duration_us == NO_DURATION {
            self.work.draw(&mut self.work_random)
        } else {
            Work::split(self.demand, Duration::from_micros(u64::from(duration_us)))
        };
        let at = Instant::from_nanos(self.start_ns + offset - self.origin_ns);
        Request { at, cpu, wait }
    }
}

impl Iterator for Requests<'_> {
    type Item = Request;

    #[inline]
    fn next(&mut self) -> Option<Request> {
        loop {
            if let Some(&(offset, duration_us)) = self.listed.get(self.listed_next) {
                self.listed_next += 1;
                return Some(self.request(offset, duration_us));
            }
            self.reached_ns += self.arrivals_random.exponential() * self.gap_ns;
            if self.reached_ns < self.length_ns {
                return Some(self.request(self.reached_ns as u64, NO_DURATION));
            }
            self.advance()?;
        }
    }
}

/// The random numbers of one minute of one stream.
fn of_minute(stream: u64, minute: u64) -> Random {
    // An odd factor far from the golden ratio that spreads the state inside `Random::new`, so that the
    // streams of two minutes share no word of it.
    Random::new(stream ^ minute.wrapping_add(1).wrapping_mul(0xd134_2543_de82_ef95))
}

/// The durations of one minute.
fn measured<'d>(durations_us: &'d [u32], starts: &[u32], minute: usize) -> &'d [u32] {
    let Some(&start) = starts.get(minute) else { return &[] };
    let end = starts.get(minute + 1).map_or(durations_us.len(), |&end| end as usize);
    durations_us.get(start as usize..end).unwrap_or(&[])
}

fn precision(arrivals: &Arrivals) -> Precision {
    let Arrivals::Recorded { times, .. } = arrivals else { return Precision::Finer };
    if times.iter().all(|t| t.nanos().is_multiple_of(Duration::SECOND.nanos())) {
        Precision::Second
    } else {
        Precision::Finer
    }
}

#[cfg(test)]
mod tests;
