//! Spans of traces: each counted once, joined to their parents, and summed up by service.
//!
//! A *hop* is a request of one service: a span that is a root, or whose parent is in another service, with the
//! spans below it in the same service. Its own time is that of its first span without the calls to other
//! services; of that, the time in client spans is waiting, and the rest is CPU time at most.

use std::collections::{BTreeMap, BTreeSet};

use crate::gathering::{Invocation, NAMES_MAX, OTHERS};

/// Spans that are kept at the most.
const SPANS_MAX: usize = 4_000_000;

/// What a span's kind says about its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Side {
    /// Work of the service itself.
    #[default]
    Inside,
    /// A call to something else, which the service waits for.
    Client,
    /// A message sent or received: nobody waits.
    Message,
}

/// One span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) trace: u64,
    pub(crate) id: u64,
    /// 0 for a root.
    pub(crate) parent: u64,
    pub(crate) service: u32,
    pub(crate) side: Side,
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    /// One in so many traces was kept, in thousandths; 0 where the span does not say.
    pub(crate) adjusted_milli: u32,
}

/// Calls from one service to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The caller.
    pub from: String,
    /// The callee.
    pub to: String,
    /// How many were seen; 0 where it is only known that there are some.
    pub calls: u64,
    /// Requests of the caller in the same traces; 0 where nobody says.
    pub requests: u64,
    /// Whether the caller goes on without waiting.
    pub message: bool,
}

/// How many spans there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// As read.
    pub read: u64,
    /// Each once.
    pub distinct: u64,
    /// Traces.
    pub traces: u64,
    /// Spans without a parent.
    pub roots: u64,
    /// Spans whose parent is not there.
    pub orphans: u64,
    /// Spans whose own duration is not the time from start to end.
    pub mismatched: u64,
    /// When the first one started and the last one did, in nanoseconds.
    pub starts_ns: (u64, u64),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Spans {
    all: Vec<Span>,
    services: Vec<String>,
    by_name: BTreeMap<String, u32>,
    pub(crate) dropped: u64,
    pub(crate) mismatched: u64,
}

/// The requests of one service.
#[derive(Debug, Default)]
pub(crate) struct Hops {
    pub(crate) invocations: Vec<Invocation>,
    pub(crate) self_share: Option<f64>,
    pub(crate) weight: f64,
}

pub(crate) struct Graph {
    pub(crate) services: BTreeMap<String, Hops>,
    pub(crate) calls: Vec<Call>,
    pub(crate) totals: Totals,
    pub(crate) read_by_service: BTreeMap<String, u64>,
    pub(crate) roots_ns: Vec<u64>,
}

impl Spans {
    /// The number of a service's name.
    pub(crate) fn service(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.by_name.get(name) {
            return number;
        }
        if self.services.len() >= NAMES_MAX && name != OTHERS {
            return self.service(OTHERS);
        }
        let number = self.services.len() as u32;
        self.services.push(name.to_owned());
        self.by_name.insert(name.to_owned(), number);
        number
    }

    pub(crate) fn push(&mut self, span: Span) {
        if self.all.len() < SPANS_MAX {
            self.all.push(span);
        } else {
            self.dropped += 1;
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.all.len()
    }

    /// Changes the services of the spans from `first` on.
    pub(crate) fn rename(&mut self, first: usize, service: impl Fn(u32) -> u32) {
        for span in self.all.iter_mut().skip(first) {
            span.service = service(span.service);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        let numbers: Vec<u32> = other.services.iter().map(|name| self.service(name)).collect();
        for span in other.all {
            let service = numbers.get(span.service as usize).copied().unwrap_or(0);
            self.push(Span { service, ..span });
        }
        self.dropped += other.dropped;
        self.mismatched += other.mismatched;
    }

    /// What the spans say together. `sampling` is the share of traces that was kept, if it is declared.
    pub(crate) fn graph(mut self, sampling: Option<f64>) -> Graph {
        let read = self.all.len() as u64;
        let mut counts = vec![0_u64; self.services.len()];
        for span in &self.all {
            counts[span.service as usize] += 1;
        }
        let read_by_service = self.services.iter().cloned().zip(counts).filter(|(_, n)| *n > 0);
        let read_by_service = read_by_service.collect();
        // Of two with one id the longer one is kept: the other was cut off.
        self.all.sort_unstable_by_key(|s| {
            (s.trace, s.id, u64::MAX - s.end_ns.saturating_sub(s.start_ns))
        });
        self.all.dedup_by_key(|s| (s.trace, s.id));
        let spans = &self.all;
        let find = |trace: u64, id: u64| {
            spans.binary_search_by_key(&(trace, id), |s| (s.trace, s.id)).ok()
        };
        let parents: Vec<Option<usize>> = spans
            .iter()
            .map(|s| if s.parent == 0 || s.parent == s.id { None } else { find(s.trace, s.parent) })
            .collect();
        let traces = 1 + spans.windows(2).filter(|w| w[0].trace != w[1].trace).count();
        let roots = spans.iter().filter(|s| s.parent == 0).count() as u64;
        let orphans =
            spans.iter().zip(&parents).filter(|(s, p)| s.parent != 0 && p.is_none()).count() as u64;
        let totals = Totals {
            read,
            distinct: spans.len() as u64,
            traces: if spans.is_empty() { 0 } else { traces as u64 },
            roots,
            orphans,
            mismatched: self.mismatched,
            starts_ns: (
                spans.iter().map(|s| s.start_ns).min().unwrap_or(0),
                spans.iter().map(|s| s.start_ns).max().unwrap_or(0),
            ),
        };
        let length = |s: &Span| s.end_ns.saturating_sub(s.start_ns);
        let mut roots_ns: Vec<u64> = spans.iter().filter(|s| s.parent == 0).map(length).collect();
        roots_ns.sort_unstable();
        let entry = |i: usize| parents[i].is_none_or(|p| spans[p].service != spans[i].service);
        let top = tops(&parents, entry);
        let mut away: BTreeMap<usize, Vec<(u64, u64, bool)>> = BTreeMap::new();
        let mut calls: BTreeMap<(u32, u32, bool), u64> = BTreeMap::new();
        let mut requests: BTreeMap<u32, u64> = BTreeMap::new();
        // Services whose spans tell calls from work.
        let mut tells: BTreeSet<u32> = BTreeSet::new();
        for (i, span) in spans.iter().enumerate() {
            if entry(i) {
                *requests.entry(span.service).or_default() += 1;
                if let Some(parent) = parents[i] {
                    let message = span.side == Side::Message || spans[parent].side == Side::Message;
                    let from = spans[parent].service;
                    *calls.entry((from, span.service, message)).or_default() += 1;
                    if !message {
                        away.entry(top[parent]).or_default().push((
                            span.start_ns,
                            span.end_ns,
                            true,
                        ));
                    }
                }
            } else if span.side == Side::Client {
                tells.insert(span.service);
                away.entry(top[i]).or_default().push((span.start_ns, span.end_ns, false));
            }
        }
        let mut services: BTreeMap<String, Hops> = BTreeMap::new();
        let mut sums: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (i, span) in spans.iter().enumerate().filter(|(i, _)| entry(*i)) {
            let wall = span.end_ns.saturating_sub(span.start_ns);
            let of = away.get(&i).map_or(&[][..], Vec::as_slice);
            let remote = covered(of.iter().filter(|a| a.2), span);
            let waiting = covered(of.iter(), span);
            let own = wall - remote;
            let (all, own_self) = sums.entry(span.service).or_default();
            *all += own;
            *own_self += wall - waiting;
            let adjusted =
                sampling.map_or(f64::from(span.adjusted_milli) / 1e3, |share| 1.0 / share);
            let name = self.services.get(span.service as usize).cloned().unwrap_or_default();
            let hops = services.entry(name).or_default();
            hops.weight += adjusted.max(1.0);
            hops.invocations.push(Invocation {
                at_ns: span.start_ns,
                duration_us: (own / 1000).min(u64::from(u32::MAX - 1)) as u32,
                id: 0,
                ..Invocation::default()
            });
        }
        for (number, (all, own_self)) in sums {
            let name = self.services.get(number as usize).cloned().unwrap_or_default();
            if let Some(hops) = services.get_mut(&name) {
                hops.weight /= hops.invocations.len().max(1) as f64;
                let told = all > 0 && tells.contains(&number);
                hops.self_share = told.then(|| own_self as f64 / all as f64);
            }
        }
        let name = |number: u32| self.services.get(number as usize).cloned().unwrap_or_default();
        let calls = calls.into_iter().map(|((from, to, message), calls)| Call {
            from: name(from),
            to: name(to),
            calls,
            requests: requests.get(&from).copied().unwrap_or(0),
            message,
        });
        Graph { services, calls: calls.collect(), totals, read_by_service, roots_ns }
    }
}

/// The first span of the hop that each span belongs to. Where parents go round in a circle, it is some span of it.
fn tops(parents: &[Option<usize>], entry: impl Fn(usize) -> bool) -> Vec<usize> {
    const OPEN: usize = usize::MAX;
    let mut tops = vec![OPEN; parents.len()];
    let mut way = Vec::new();
    for i in 0..parents.len() {
        let mut at = i;
        let top = loop {
            if tops[at] != OPEN {
                break tops[at];
            }
            // On the way already: a circle ends here.
            tops[at] = at;
            way.push(at);
            match parents[at].filter(|_| !entry(at)) {
                Some(parent) => at = parent,
                None => break at,
            }
        };
        for at in way.drain(..) {
            tops[at] = top;
        }
    }
    tops
}

/// How much of a span others cover together.
fn covered<'a>(others: impl Iterator<Item = &'a (u64, u64, bool)>, span: &Span) -> u64 {
    let clip = |&(a, z, _): &(u64, u64, bool)| (a.max(span.start_ns), z.min(span.end_ns));
    let mut parts: Vec<(u64, u64)> = others.map(clip).filter(|(a, z)| a < z).collect();
    parts.sort_unstable();
    let (mut sum, mut reached) = (0, 0);
    for (start, end) in parts {
        let start = start.max(reached);
        if end > start {
            sum += end - start;
            reached = end;
        }
    }
    sum
}

/// A number for an id in hexadecimal, base64 or anything else; never 0 unless the id is empty or all zeros.
pub(crate) fn id(text: &[u8]) -> u64 {
    let text = text.trim_ascii();
    if text.is_empty() || text.iter().all(|&b| b == b'0') {
        return 0;
    }
    let hex = text.iter().all(u8::is_ascii_hexdigit);
    let bare: &[u8] = if hex {
        let zeros = text.iter().take_while(|&&b| b == b'0').count();
        text.get(zeros..).unwrap_or(text)
    } else {
        text
    };
    let hash = bare.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        let byte = if hex { byte.to_ascii_lowercase() } else { *byte };
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash ^ hash >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15).max(1)
}

/// The workload that a pod belongs to: its name without the last two parts that a ReplicaSet adds.
pub(crate) fn of_pod(pod: &str) -> &str {
    let mut parts = pod.rsplitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(_), Some(workload)) if !workload.is_empty() => workload,
        _ => pod,
    }
}
