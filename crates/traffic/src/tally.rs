//! What is counted of every request, whatever its moment.

use units::{Duration, Histogram};

use crate::path;
use crate::prefixes::Prefixes;
use crate::readers::Line;
use crate::router::Router;

/// Methods with a counter of their own; others are counted together.
const METHODS: [&str; 9] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE"];
const STATUSES: usize = 1_000;

#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) status: Vec<u64>,
    methods: [u64; METHODS.len()],
    methods_other: u64,
    pub(crate) bytes: u64,
    pub(crate) bytes_known: u64,
    pub(crate) durations: Histogram,
    pub(crate) paths_known: u64,
    pub(crate) static_files: u64,
    pub(crate) prefixes: Prefixes,
    /// Requests by target of the router, and last those without one.
    pub(crate) routed: Vec<u64>,
    /// Bytes sent by target, and the requests that say so.
    pub(crate) sent: Vec<u64>,
    pub(crate) sent_known: Vec<u64>,
}

impl Tally {
    pub(crate) fn new(targets: usize) -> Self {
        Self {
            status: vec![0; STATUSES],
            methods: [0; METHODS.len()],
            methods_other: 0,
            bytes: 0,
            bytes_known: 0,
            durations: Histogram::default(),
            paths_known: 0,
            static_files: 0,
            prefixes: Prefixes::default(),
            routed: vec![0; targets + 1],
            sent: vec![0; targets + 1],
            sent_known: vec![0; targets + 1],
        }
    }

    /// Counts a request and says which target it belongs to; the number of targets stands for none.
    #[inline]
    pub(crate) fn add(&mut self, line: &Line<'_>, router: &Router) -> usize {
        self.status[usize::from(line.status).min(STATUSES - 1)] += 1;
        self.add_method(line.method);
        if let Some(bytes) = line.bytes {
            self.bytes = self.bytes.saturating_add(bytes);
            self.bytes_known += 1;
        }
        if let Some(us) = line.duration_us {
            self.durations.record(Duration::from_micros(u64::from(us)));
        }
        let bare = path::bare(line.path);
        let target = router.route(bare);
        if !bare.is_empty() {
            self.paths_known += 1;
            self.static_files += u64::from(path::is_static(bare));
            let counts = self.prefixes.of(path::first_segment(bare));
            counts.all += 1;
            counts.unmatched += u64::from(target.is_none());
        }
        let target = target.unwrap_or(self.routed.len() - 1);
        self.routed[target] += 1;
        if let Some(bytes) = line.bytes {
            self.sent[target] = self.sent[target].saturating_add(bytes);
            self.sent_known[target] += 1;
        }
        target
    }

    #[inline]
    fn add_method(&mut self, method: &[u8]) {
        if method.is_empty() {
            return;
        }
        match METHODS.iter().position(|name| name.as_bytes().eq_ignore_ascii_case(method)) {
            Some(at) => self.methods[at] += 1,
            None => self.methods_other += 1,
        }
    }

    /// Methods with their requests, most first.
    pub(crate) fn methods(&self) -> Vec<(String, u64)> {
        let named = METHODS.iter().zip(&self.methods).map(|(name, n)| ((*name).to_owned(), *n));
        let other = [("other".to_owned(), self.methods_other)];
        let mut all: Vec<_> = named.chain(other).filter(|(_, n)| *n > 0).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        all
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        let add = |mine: &mut [u64], theirs: &[u64]| {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine = mine.saturating_add(*theirs);
            }
        };
        add(&mut self.status, &other.status);
        add(&mut self.methods, &other.methods);
        add(&mut self.routed, &other.routed);
        add(&mut self.sent, &other.sent);
        add(&mut self.sent_known, &other.sent_known);
        self.methods_other += other.methods_other;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.bytes_known += other.bytes_known;
        self.durations.merge(&other.durations);
        self.paths_known += other.paths_known;
        self.static_files += other.static_files;
        self.prefixes.merge(&other.prefixes);
    }
}
