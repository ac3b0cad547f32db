//! What is counted of every request, whatever its moment.

use units::{Duration, Histogram};

use crate::distinct::Names;
use crate::kinds::{Kind, Kinds};
use crate::path;
use crate::prefixes::Prefixes;
use crate::readers::Line;
use crate::router::{Request, Router};
use crate::service;
use crate::sizes::Sizes;

/// Methods with a counter of their own; others are counted together.
const METHODS: [&str; 9] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE"];
const STATUSES: usize = 1_000;

#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) status: Vec<u64>,
    methods: [u64; METHODS.len()],
    methods_other: u64,
    pub(crate) sizes: Sizes,
    /// Clients and paths, where somebody asks for them.
    pub(crate) names: Option<(Names, Names)>,
    pub(crate) durations: Histogram,
    pub(crate) paths_known: u64,
    pub(crate) kinds: Kinds,
    /// Requests of kinds that were to be left out.
    pub(crate) left_out: u64,
    pub(crate) upstream: Histogram,
    pub(crate) prefixes: Prefixes,
    pub(crate) hosts: Prefixes,
    pub(crate) services: Prefixes,
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
            sizes: Sizes::default(),
            names: None,
            durations: Histogram::default(),
            paths_known: 0,
            kinds: Kinds::default(),
            left_out: 0,
            upstream: Histogram::default(),
            prefixes: Prefixes::default(),
            hosts: Prefixes::default(),
            services: Prefixes::default(),
            routed: vec![0; targets + 1],
            sent: vec![0; targets + 1],
            sent_known: vec![0; targets + 1],
        }
    }

    /// Counts a request and says which target it belongs to; the number of targets stands for none. `None` if it is
    /// of a kind that is left out.
    #[inline]
    pub(crate) fn add(
        &mut self,
        line: &Line<'_>,
        router: &Router,
        left_out: &[Kind],
    ) -> Option<usize> {
        self.status[usize::from(line.status).min(STATUSES - 1)] += 1;
        self.add_method(line.method);
        if let Some(bytes) = line.bytes {
            self.sizes.add(bytes);
        }
        let micros = |us: u32| Duration::from_micros(u64::from(us));
        if let Some(us) = line.duration_us {
            self.durations.record(micros(us));
        }
        if let Some(us) = line.upstream_us {
            self.upstream.record(micros(us));
        }
        let bare = path::bare(line.path);
        let kind = self.kinds.of(line, bare);
        self.paths_known += u64::from(!bare.is_empty());
        if let Some((clients, paths)) = &mut self.names {
            clients.add(path::without_port(line.client));
            paths.add(bare);
        }
        if kind.is_some_and(|kind| left_out.contains(&kind)) {
            self.left_out += 1;
            return None;
        }
        let host = if line.host.is_empty() {
            path::host(line.path)
        } else {
            path::without_port(line.host)
        };
        let service = service::name(line.service);
        let request = Request { method: line.method, host, path: bare, service };
        let target = router.route(&request);
        let count = |table: &mut Prefixes, name: &[u8]| {
            if !name.is_empty() {
                let counts = table.of(name);
                counts.all += 1;
                counts.unmatched += u64::from(target.is_none());
            }
        };
        count(&mut self.prefixes, path::first_segment(bare));
        // A bare address is nobody's name, and may be somebody's machine.
        if host.iter().any(u8::is_ascii_alphabetic) && host.first() != Some(&b'[') {
            count(&mut self.hosts, host);
        }
        count(&mut self.services, service);
        let target = target.unwrap_or(self.routed.len() - 1);
        self.routed[target] += 1;
        if let Some(bytes) = line.bytes {
            self.sent[target] = self.sent[target].saturating_add(bytes);
            self.sent_known[target] += 1;
        }
        Some(target)
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
        self.sizes.merge(&other.sizes);
        if let (Some(mine), Some(theirs)) = (&mut self.names, &other.names) {
            mine.0.merge(&theirs.0);
            mine.1.merge(&theirs.1);
        }
        self.durations.merge(&other.durations);
        self.paths_known += other.paths_known;
        self.kinds.merge(&other.kinds);
        self.left_out += other.left_out;
        self.upstream.merge(&other.upstream);
        self.prefixes.merge(&other.prefixes);
        self.hosts.merge(&other.hosts);
        self.services.merge(&other.services);
    }
}
