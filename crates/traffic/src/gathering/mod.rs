//! What metrics, traces and measurements say, gathered over all files and put together at the end.

pub(crate) mod columns;
pub(crate) mod json;
pub(crate) mod quantiles;
pub(crate) mod reference;
pub(crate) mod source;
pub(crate) mod spans;
pub(crate) mod table;

use std::collections::BTreeMap;

use ::source::Finding;
use units::Duration;

use crate::findings;
use crate::recorded::{Events, Recorded, Window};
use crate::workload::NO_DURATION;

pub use columns::Column;
pub use reference::Reference;
pub use spans::Call;

/// Services and functions that are told apart at the most; later ones are taken together.
pub(crate) const NAMES_MAX: usize = 100_000;
/// What those are called.
pub(crate) const OTHERS: &str = "(others)";
/// Calls in lists of dependencies that are kept at the most.
const CALLS_MAX: usize = 1_000_000;
/// Invocations, and parts of counts, that are kept at the most.
const KEPT_MAX: usize = 10_000_000;
/// A period at the most: a month. A load that is spread evenly over more says nothing.
const PERIOD_MAX_S: u32 = 31 * 86_400;
/// Minutes that all periods may cover together, as each is replayed by the minute.
const MINUTES_MAX: u64 = 20_000_000;
const SECOND_NS: u64 = Duration::SECOND.nanos();
const MINUTE_S: u64 = 60;

/// One invocation that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invocation {
    /// When it came, in nanoseconds since 1970-01-01 UTC; 0 where nobody says.
    pub at_ns: u64,
    /// How long the handler took, in microseconds; [`NO_DURATION`] where nobody says.
    pub duration_us: u32,
    /// How long a new instance took to be ready; [`NO_DURATION`] where none was made or nobody says.
    pub init_us: u32,
    /// Whether a new instance was made; `None` where nobody says.
    pub cold: Option<bool>,
    /// Memory used at the most, in MB; 0 where nobody says.
    pub used_mb: u32,
    /// Memory configured, in MB; 0 where nobody says.
    pub size_mb: u32,
    /// A hash of its id, by which it is counted once; 0 where it has none.
    pub id: u64,
}

impl Default for Invocation {
    fn default() -> Self {
        Self {
            at_ns: 0,
            duration_us: NO_DURATION,
            init_us: NO_DURATION,
            cold: None,
            used_mb: 0,
            size_mb: 0,
            id: 0,
        }
    }
}

/// A quantity of which only a summary is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// How many values it sums up; 0 where nobody says.
    pub count: u64,
    /// Their mean.
    pub mean: Option<f64>,
    /// (share of values, largest of them), ascending.
    pub quantiles: Vec<(f64, f64)>,
}

/// How many requests came in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// Start, in seconds since 1970-01-01 UTC.
    pub start_s: u32,
    /// Length in seconds.
    pub length_s: u32,
    /// Requests.
    pub requests: f64,
}

/// How many containers or instances were in use in a period: concurrency, not requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InUse {
    /// Start, in seconds since 1970-01-01 UTC; from 0 where only the time of day is known.
    pub start_s: u32,
    /// Length in seconds.
    pub length_s: u32,
    /// Containers.
    pub containers: f64,
}

/// What is known of one service or function.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Subject {
    /// One by one, each counted once.
    pub invocations: Vec<Invocation>,
    /// By periods, ascending.
    pub counts: Vec<Counted>,
    /// Requests over a time that nobody says: a total, and no load.
    pub untimed_requests: Option<f64>,
    /// Containers by periods, ascending.
    pub in_use: Vec<InUse>,
    /// Durations in milliseconds, where only a summary is known.
    pub duration_ms: Option<Summary>,
    /// Memory used in MB, where only a summary is known.
    pub memory_mb: Option<Summary>,
    /// CPU in use, in cores, and how often that was looked at.
    pub cpu_cores: Option<(f64, u64)>,
    /// Whether durations are those of spans, without the calls to other services.
    pub own_time: bool,
    /// Share of its own time in which no call to anything else was under way, over its spans: at most this
    /// much is CPU time. `None` where no span tells a call from work.
    pub self_share: Option<f64>,
    /// (memory in MB, mean duration in milliseconds, invocations measured or 0).
    pub power: Vec<(u32, f64, u64)>,
    /// Each invocation stands for so many: more than 1 where a trace was sampled.
    pub weight: f64,
    /// The files this comes from, with what they are.
    pub rests_on: Vec<String>,
    /// What sets it off, as the trace names it: `http`, `timer`; empty where nobody says.
    pub trigger: String,
}

/// What metrics, traces and measurements say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// By name as the files have it; empty where they name nothing.
    pub subjects: BTreeMap<String, Subject>,
    /// Who calls whom.
    pub calls: Vec<Call>,
    /// Spans, before and after each was counted once; traces and roots of traces.
    pub spans: spans::Totals,
    /// What is told of a population or a platform, and of none of the subjects.
    pub references: Vec<Reference>,
    /// Columns of tables that are no load.
    pub columns: Vec<Column>,
    /// How many different names stand in a column: instances, machines.
    pub names: BTreeMap<String, u64>,
    /// Spans as read, by service.
    pub spans_by_service: BTreeMap<String, u64>,
    /// How long the first span of each trace took, in nanoseconds, ascending.
    pub roots_ns: Vec<u64>,
}

/// CPU of one instance while it ran.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Running {
    /// Seconds since 1970-01-01 UTC.
    pub(crate) start_s: u32,
    /// After the start.
    pub(crate) end_s: u32,
    /// Mean.
    pub(crate) cores: f64,
    /// How often that was looked at.
    pub(crate) looks: u64,
}

/// What is gathered while files are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathered {
    subjects: BTreeMap<String, Subject>,
    pub(crate) spans: spans::Spans,
    calls: Vec<Call>,
    references: Vec<Reference>,
    pub(crate) columns: columns::Columns,
    /// CPU of instances, by service.
    running: BTreeMap<String, Vec<Running>>,
    /// Files with spans, and how many spans there were after the last of them.
    span_files: (Vec<String>, usize),
    sampling: Option<f64>,
    kept: usize,
    /// Minutes that the periods cover.
    minutes: u64,
    dropped: u64,
}

impl Gathered {
    /// The subject of this name, noted to rest on a file.
    pub(crate) fn subject(&mut self, name: &str, rests_on: &str) -> &mut Subject {
        let full = self.subjects.len() >= NAMES_MAX && !self.subjects.contains_key(name);
        let name = if full { OTHERS } else { name };
        let subject = self.subjects.entry(name.to_owned()).or_default();
        if !rests_on.is_empty() && !subject.rests_on.iter().any(|r| r == rests_on) {
            subject.rests_on.push(rests_on.to_owned());
        }
        subject
    }

    fn room(&mut self) -> bool {
        let room = self.kept < KEPT_MAX;
        self.kept += usize::from(room);
        self.dropped += u64::from(!room);
        room
    }

    pub(crate) fn invocation(&mut self, name: &str, rests_on: &str, invocation: Invocation) {
        if self.room() {
            self.subject(name, rests_on).invocations.push(invocation);
        }
    }

    pub(crate) fn count(&mut self, name: &str, rests_on: &str, counted: Counted) {
        if !counted.requests.is_finite() || counted.requests < 0.0 {
            return;
        }
        let minutes = self.minutes + u64::from(counted.length_s) / MINUTE_S;
        if counted.length_s > PERIOD_MAX_S || minutes > MINUTES_MAX {
            self.dropped += 1;
        } else if self.room() {
            self.minutes = minutes;
            self.subject(name, rests_on).counts.push(counted);
        }
    }

    pub(crate) fn in_use(&mut self, name: &str, rests_on: &str, in_use: InUse) {
        if in_use.containers.is_finite() && in_use.containers >= 0.0 && self.room() {
            self.subject(name, rests_on).in_use.push(in_use);
        }
    }

    pub(crate) fn running(&mut self, name: &str, rests_on: &str, running: Running) {
        if self.room() {
            self.subject(name, rests_on);
            self.running.entry(name.to_owned()).or_default().push(running);
        }
    }

    /// Adds to the requests of a subject that came over a time that nobody says.
    pub(crate) fn untimed(&mut self, name: &str, rests_on: &str, requests: f64) {
        if requests.is_finite() && requests >= 0.0 {
            let total = &mut self.subject(name, rests_on).untimed_requests;
            *total = Some(total.unwrap_or(0.0) + requests);
        }
    }

    pub(crate) fn reference(&mut self, reference: Reference) {
        if self.references.len() < NAMES_MAX {
            self.references.push(reference);
        } else {
            self.dropped += 1;
        }
    }

    pub(crate) fn call(&mut self, call: Call) {
        if self.calls.len() < CALLS_MAX {
            self.calls.push(call);
        } else {
            self.dropped += 1;
        }
    }

    /// Remembers a file if it brought spans.
    pub(crate) fn note_spans(&mut self, file: &str) {
        let (files, before) = &mut self.span_files;
        if self.spans.len() > *before {
            files.push(file.to_owned());
        }
        *before = self.spans.len();
    }

    /// Every span stands for one in `share` (0 to 1).
    pub(crate) const fn sampled(&mut self, share: f64) {
        self.sampling = Some(share);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (name, theirs) in other.subjects {
            let mine = self.subject(&name, "");
            mine.invocations.extend(theirs.invocations);
            mine.counts.extend(theirs.counts);
            mine.in_use.extend(theirs.in_use);
            if let Some(more) = theirs.untimed_requests {
                mine.untimed_requests = Some(mine.untimed_requests.unwrap_or(0.0) + more);
            }
            mine.power.extend(theirs.power);
            mine.duration_ms = mine.duration_ms.take().or(theirs.duration_ms);
            mine.memory_mb = mine.memory_mb.take().or(theirs.memory_mb);
            mine.cpu_cores = mine.cpu_cores.or(theirs.cpu_cores);
            if mine.trigger.is_empty() {
                mine.trigger = theirs.trigger;
            }
            for file in theirs.rests_on {
                if !mine.rests_on.contains(&file) {
                    mine.rests_on.push(file);
                }
            }
        }
        self.spans.merge(other.spans);
        self.calls.extend(other.calls);
        self.references.extend(other.references);
        self.columns.merge(other.columns);
        for (name, theirs) in other.running {
            self.running.entry(name).or_default().extend(theirs);
        }
        self.span_files.0.extend(other.span_files.0);
        self.span_files.1 = self.spans.len();
        self.sampling = self.sampling.or(other.sampling);
        self.minutes += other.minutes;
        self.dropped += other.dropped;
        let kept = |s: &Subject| s.invocations.len() + s.counts.len() + s.in_use.len();
        self.kept = self.subjects.values().map(kept).sum();
    }

    /// Everything put together.
    pub(crate) fn finish(mut self) -> (Evidence, Vec<Finding>) {
        let mut found = Vec::new();
        let dropped = self.dropped + self.spans.dropped + self.columns.dropped;
        if dropped > 0 {
            found.push(findings::too_much_evidence(dropped));
        }
        let files = match self.span_files.0.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        let spans = std::mem::take(&mut self.spans);
        let graph = spans.graph(self.sampling);
        for (name, hops) in graph.services {
            let subject = self.subject(&name, &files);
            subject.own_time = true;
            subject.weight = hops.weight;
            subject.self_share = hops.self_share;
            subject.invocations.extend(hops.invocations);
        }
        for (name, instances) in std::mem::take(&mut self.running) {
            let cpu = together(instances);
            let subject = self.subject(&name, "");
            subject.cpu_cores = subject.cpu_cores.or(cpu);
        }
        let mut calls = self.calls;
        calls.extend(graph.calls);
        let calls = counted_first(calls);
        for subject in self.subjects.values_mut() {
            subject.tidy();
        }
        found.extend(findings::of_spans(&graph.totals));
        let invocations = self.subjects.values().flat_map(|subject| &subject.invocations);
        let minutes = invocations.filter(|v| v.at_ns > 0).map(|v| v.at_ns / (MINUTE_S * SECOND_NS));
        found.extend(findings::of_trace_minutes(&minutes.collect()));
        let (columns, names) = self.columns.finish();
        let evidence = Evidence {
            subjects: self.subjects,
            calls,
            spans: graph.totals,
            references: self.references,
            columns,
            names,
            spans_by_service: graph.read_by_service,
            roots_ns: graph.roots_ns,
        };
        (evidence, found)
    }
}

/// CPU of all instances together over the time that any of them ran: those that ran at once add up, those that
/// followed each other do not.
fn together(mut instances: Vec<Running>) -> Option<(f64, u64)> {
    instances.sort_by_key(|one| (one.start_s, one.end_s));
    let (mut reached, mut seconds, mut busy, mut looks) = (0, 0.0, 0.0, 0);
    for one in instances {
        busy += one.cores * f64::from(one.end_s.saturating_sub(one.start_s));
        looks += one.looks;
        seconds += f64::from(one.end_s.saturating_sub(one.start_s.max(reached)));
        reached = reached.max(one.end_s);
    }
    (seconds > 0.0).then(|| (busy / seconds, looks))
}

/// Of pairs that are known to call each other, each once, and only where nobody counted their calls.
fn counted_first(calls: Vec<Call>) -> Vec<Call> {
    let pair = |call: &Call| (call.from.clone(), call.to.clone());
    let mut told: std::collections::BTreeSet<(String, String)> =
        calls.iter().filter(|call| call.calls > 0).map(pair).collect();
    calls.into_iter().filter(|call| call.calls > 0 || told.insert(pair(call))).collect()
}

impl Subject {
    fn tidy(&mut self) {
        if self.weight < 1.0 {
            self.weight = 1.0;
        }
        self.invocations.sort_unstable();
        let mut seen: Vec<(u64, usize)> = self
            .invocations
            .iter()
            .enumerate()
            .map(|(i, v)| (v.id, i))
            .filter(|(id, _)| *id != 0)
            .collect();
        seen.sort_unstable();
        let again: std::collections::BTreeSet<usize> =
            seen.windows(2).filter(|w| w[0].0 == w[1].0).map(|w| w[1].1).collect();
        let mut at = 0;
        self.invocations.retain(|_| {
            at += 1;
            !again.contains(&(at - 1))
        });
        self.counts.sort_by_key(|c| c.start_s);
        self.in_use.sort_by_key(|c| c.start_s);
        let mut sizes: BTreeMap<u32, (f64, u64)> = BTreeMap::new();
        for invocation in &self.invocations {
            if invocation.size_mb > 0 && invocation.duration_us != NO_DURATION {
                let (sum, n) = sizes.entry(invocation.size_mb).or_default();
                *sum += f64::from(invocation.duration_us) / 1e3;
                *n += 1;
            }
        }
        self.power.extend(sizes.into_iter().map(|(mb, (sum, n))| (mb, sum / n as f64, n)));
        self.power.sort_by_key(|(mb, ..)| *mb);
    }

    /// Requests, from invocations or from counts.
    pub fn requests(&self) -> f64 {
        let counted: f64 = self.counts.iter().map(|c| c.requests).sum();
        counted.max(self.invocations.len() as f64 * self.weight.max(1.0))
    }

    /// Whether it says when requests came, so that none means zero.
    pub fn tells_requests(&self) -> bool {
        !self.counts.is_empty() || !self.invocations.is_empty()
    }

    /// Durations of invocations in microseconds, ascending.
    pub fn durations_us(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self
            .invocations
            .iter()
            .map(|v| v.duration_us)
            .filter(|&us| us != NO_DURATION)
            .collect();
        all.sort_unstable();
        all
    }

    /// Times that new instances took to be ready, in microseconds, ascending.
    pub fn inits_us(&self) -> Vec<u32> {
        let mut all: Vec<u32> =
            self.invocations.iter().map(|v| v.init_us).filter(|&us| us != NO_DURATION).collect();
        all.sort_unstable();
        all
    }

    /// (invocations that made a new instance, invocations that say whether they did).
    pub fn cold(&self) -> (u64, u64) {
        let known = self.invocations.iter().filter_map(|v| v.cold);
        known.fold((0, 0), |(cold, of), is| (cold + u64::from(is), of + 1))
    }

    /// The time its requests cover; `None` without a time.
    fn window(&self) -> Option<Window> {
        let ns = |s: u32| u64::from(s) * SECOND_NS;
        let counted = self.counts.first().zip(self.counts.last());
        let counted = counted.map(|(a, z)| Window {
            first_ns: ns(a.start_s),
            last_ns: ns(z.start_s) + (ns(z.length_s)).saturating_sub(1),
        });
        counted.or_else(|| {
            let mut times = self.invocations.iter().map(|v| v.at_ns).filter(|&at| at > 0);
            let first_ns = times.next()?;
            Some(Window { first_ns, last_ns: times.next_back().unwrap_or(first_ns) })
        })
    }

    /// Its requests in time.
    fn events(&self) -> Option<Events> {
        if !self.counts.is_empty() {
            return Some(self.counted());
        }
        let timed: Vec<&Invocation> = self.invocations.iter().filter(|v| v.at_ns > 0).collect();
        if timed.is_empty() {
            return None;
        }
        if self.weight > 1.0 {
            return Some(scaled(&timed, self.weight));
        }
        // A duration at less than a whole CPU is no work on a whole one: then the distribution alone is used.
        let told = timed.iter().all(|v| v.size_mb == 0)
            && timed.iter().any(|v| v.duration_us != NO_DURATION);
        Some(Events::Exact {
            times_ns: timed.iter().map(|v| v.at_ns).collect(),
            durations_us: if told {
                timed.iter().map(|v| v.duration_us).collect()
            } else {
                Vec::new()
            },
        })
    }

    /// Counts in ticks: that of the periods if all are equal and part a minute, else minutes. A period longer
    /// than a minute is spread evenly over its minutes; no request is lost.
    fn counted(&self) -> Events {
        let first = self.counts.first().map_or(60, |c| u64::from(c.length_s.max(1)));
        let fits = |c: &Counted| {
            u64::from(c.length_s) == first && u64::from(c.start_s).is_multiple_of(first)
        };
        let tick = if MINUTE_S.is_multiple_of(first) && self.counts.iter().all(fits) {
            first
        } else {
            MINUTE_S
        };
        let mut bins: BTreeMap<u32, f64> = BTreeMap::new();
        for c in &self.counts {
            let (start, length) = (u64::from(c.start_s), u64::from(c.length_s.max(1)));
            let end = start + length;
            let mut at = start;
            while at < end {
                let next = ((at / tick + 1) * tick).min(end);
                let part = c.requests * (next - at) as f64 / length as f64;
                *bins.entry((at / tick) as u32).or_default() += part;
                at = next;
            }
        }
        Events::Counted { tick: Duration::from_secs(tick), counts: rounded(bins) }
    }
}

/// Whole numbers that add up to what their sum rounds to.
fn rounded(bins: BTreeMap<u32, f64>) -> Vec<(u32, u32)> {
    let (mut due, mut given) = (0.0_f64, 0_u64);
    let mut counts = Vec::with_capacity(bins.len());
    for (at, n) in bins {
        due += n;
        let now = ((due + 0.5).floor() as u64).saturating_sub(given).min(u64::from(u32::MAX));
        given += now;
        if now > 0 {
            counts.push((at, now as u32));
        }
    }
    counts
}

/// A sampled recording: its minutes times the weight.
fn scaled(timed: &[&Invocation], weight: f64) -> Events {
    let mut bins: BTreeMap<u32, f64> = BTreeMap::new();
    for v in timed {
        *bins.entry((v.at_ns / (MINUTE_S * SECOND_NS)) as u32).or_default() += weight;
    }
    Events::Counted { tick: Duration::MINUTE, counts: rounded(bins) }
}

impl Evidence {
    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty() && self.calls.is_empty() && self.references.is_empty()
    }

    /// (invocations that made a new instance, invocations that say whether they did), over all subjects.
    pub fn cold(&self) -> (u64, u64) {
        self.subjects.values().map(Subject::cold).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    }

    /// How many subjects tell of containers in use, and how many they used together in each period.
    pub fn containers(&self) -> (u64, Vec<f64>) {
        let users = || self.subjects.values().filter(|subject| !subject.in_use.is_empty());
        let mut periods: BTreeMap<u32, f64> = BTreeMap::new();
        for period in users().flat_map(|subject| &subject.in_use) {
            *periods.entry(period.start_s).or_default() += period.containers;
        }
        (users().count() as u64, periods.into_values().collect())
    }

    /// The recorded load of every subject that tells when its requests came, over the time that all cover.
    pub fn recorded(&self) -> BTreeMap<String, Recorded> {
        let windows = self.subjects.values().filter_map(Subject::window);
        let Some(window) = windows.reduce(|a, b| Window {
            first_ns: a.first_ns.min(b.first_ns),
            last_ns: a.last_ns.max(b.last_ns),
        }) else {
            return BTreeMap::new();
        };
        let replayed = window.replayed();
        let of = |(name, subject): (&String, &Subject)| {
            let events = subject.events()?.since(replayed.first_ns);
            let from = subject.rests_on.join(", ");
            (events.count() > 0)
                .then(|| (name.clone(), Recorded { window: replayed, events, name: from }))
        };
        self.subjects.iter().filter_map(of).collect()
    }
}

impl Recorded {
    /// This and another recording of the same component and time together: one by one if both are, else by the
    /// minute.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let window = Window {
            first_ns: self.window.first_ns.min(other.window.first_ns),
            last_ns: self.window.last_ns.max(other.window.last_ns),
        };
        let name = if self.name == other.name {
            self.name
        } else {
            format!("{}, {}", self.name, other.name)
        };
        let events = match (self.events, other.events) {
            (
                Events::Exact { times_ns: a, durations_us: da },
                Events::Exact { times_ns: b, durations_us: db },
            ) => {
                let told = da.len() == a.len() && db.len() == b.len();
                let of = |durations: Vec<u32>, n: usize| {
                    if told { durations } else { vec![NO_DURATION; n] }
                };
                let (da, db) = (of(da, a.len()), of(db, b.len()));
                let mut both: Vec<(u64, u32)> =
                    a.into_iter().chain(b).zip(da.into_iter().chain(db)).collect();
                both.sort_unstable();
                let (times_ns, durations_us): (Vec<u64>, Vec<u32>) = both.into_iter().unzip();
                Events::Exact {
                    times_ns,
                    durations_us: if told { durations_us } else { Vec::new() },
                }
            }
            (a, b) => {
                let minute = Duration::MINUTE.nanos();
                let mut bins: BTreeMap<u32, f64> = BTreeMap::new();
                for (at, n) in a.each().chain(b.each()) {
                    *bins.entry((at / minute) as u32).or_default() += f64::from(n);
                }
                Events::Counted { tick: Duration::MINUTE, counts: rounded(bins) }
            }
        };
        Self { window, events, name }
    }
}
