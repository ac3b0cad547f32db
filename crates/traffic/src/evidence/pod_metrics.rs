//! Metrics of pods as a table, one row a pod and minute: `TimeStamp,PodName,CpuUsage(m),MemoryUsage(Mi),…`, with
//! requests a second (`PodWorkload(Ops)`) and latency percentiles where the table has them. A pod's service is its
//! name without what a ReplicaSet adds; pods of one service add up.

use std::collections::BTreeMap;

use crate::evidence::Kind;
use crate::evidence::minute_counts::second;
use crate::evidence::service_percentiles::{latencies, notes, summary};
use crate::findings;
use crate::gathering::quantiles::{PERIODS_MAX, Period};
use crate::gathering::reference::nearest_ranks;
use crate::gathering::source::{Source, Taken};
use crate::gathering::spans::of_pod;
use crate::gathering::table::{column, fields, names, number, text};
use crate::gathering::{Counted, Gathered, Running, Summary};

pub(super) const KIND: Kind = Kind {
    id: "pod-metrics-csv",
    name: "table of pod metrics",
    fits: |head| {
        head.columns(&["TimeStamp", "PodName", "CpuUsage(m)"])
            || head.columns(&["TimeStamp", "PodName", "MemoryUsage(Mi)"])
    },
    read,
};

/// Rows that are kept at the most: six years of one pod.
const ROWS_MAX: usize = 3_000_000;
const MINUTE_S: u32 = 60;

#[derive(Debug, Default)]
struct Service {
    /// By pod: (second, thousandths of a core).
    cpu: BTreeMap<String, Vec<(u32, f64)>>,
    memory_mb: Vec<f64>,
    /// By pod: (second, requests a second).
    rates: BTreeMap<String, Vec<(u32, f64)>>,
    periods: Vec<Period>,
}

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected = "seconds since 1970 below `TimeStamp`, a name below `PodName`, numbers below `CpuUsage(m)` and `MemoryUsage(Mi)`";
    let mut header: Vec<String> = Vec::new();
    let mut percentiles: Vec<(usize, f64, f64)> = Vec::new();
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    let (mut rows, mut timed) = (0, 0);
    source.each_line(|_, line| {
        if header.is_empty() {
            header = names(line);
            percentiles = latencies(&header, "PodServerLatency");
            return Taken::Aside;
        }
        let row: Vec<_> = fields(line).collect();
        let of = |wanted: &str| column(&header, wanted).and_then(|at| row.get(at));
        let pod = text(of("PodName"));
        if pod.is_empty() {
            return Taken::Skipped("without a pod's name");
        }
        let Some(at) = of("TimeStamp").and_then(|text| second(text)) else {
            return Taken::Skipped("without a readable time");
        };
        let value = |wanted: &str| number(of(wanted)).filter(|value| *value >= 0.0);
        let (cpu, memory) = (value("CpuUsage(m)"), value("MemoryUsage(Mi)"));
        if cpu.is_none() && memory.is_none() {
            return Taken::Skipped("without CPU and memory in use");
        }
        rows += 1;
        if rows > ROWS_MAX {
            return Taken::Skipped("beyond the three million that are kept");
        }
        let service = services.entry(of_pod(&pod).to_owned()).or_default();
        if let Some(cpu) = cpu {
            service.cpu.entry(pod.clone()).or_default().push((at, cpu));
        }
        service.memory_mb.extend(memory);
        let rate = value("PodWorkload(Ops)");
        if let Some(rate) = rate {
            service.rates.entry(pod).or_default().push((at, rate));
        }
        let known = percentiles
            .iter()
            .filter_map(|(column, share, unit)| Some((*share, number(row.get(*column))? * unit)));
        let weight = if column(&header, "PodWorkload(Ops)").is_some() { rate } else { Some(1.0) };
        if let Some(period) = Period::new(weight.unwrap_or(0.0), known) {
            timed += 1;
            if timed <= PERIODS_MAX {
                service.periods.push(period);
            }
        }
        Taken::Kept
    });
    let has_rates = column(&header, "PodWorkload(Ops)").is_some();
    tell(source, into, services, has_rates, timed <= PERIODS_MAX);
}

fn tell(
    source: &mut Source<'_>,
    into: &mut Gathered,
    services: BTreeMap<String, Service>,
    has_rates: bool,
    all_timed: bool,
) {
    let name = source.name.clone();
    let (mut silent, mut shares) = (false, Vec::new());
    for (service, mut of) in services {
        for cpu in of.cpu.into_values() {
            into.running(&service, &name, running(cpu));
        }
        let subject = into.subject(&service, &name);
        if let Some(memory) = memory(&mut of.memory_mb) {
            let most = |summary: &Summary| summary.quantiles.last().map_or(0.0, |q| q.1);
            if subject.memory_mb.as_ref().is_none_or(|before| most(before) < most(&memory)) {
                subject.memory_mb = Some(memory);
            }
        }
        let summary = if all_timed { summary(&of.periods, None) } else { None };
        shares.extend(summary.iter().flat_map(|s| &s.quantiles).map(|q| q.0));
        if subject.duration_ms.is_none() {
            subject.duration_ms = summary;
        }
        // A column of zeros alone was not measured.
        let measured = of.rates.values().flatten().any(|(_, rate)| *rate > 0.0);
        silent |= !measured;
        for rates in of.rates.into_values().filter(|_| measured) {
            requests(into, &service, &name, rates);
        }
    }
    if silent || !has_rates && source.kept > 0 {
        source.tell(findings::untold(
            &name,
            "how many requests every service gets (`PodWorkload(Ops)` is missing or always 0)",
            "give its traces, an access log, or a table of `time,count`",
        ));
    }
    notes(source, &shares, has_rates);
}

/// A pod ran from its first row to a step after its last.
fn running(mut cpu: Vec<(u32, f64)>) -> Running {
    cpu.sort_by_key(|row| row.0);
    let (first, last) = (cpu.first().map_or(0, |row| row.0), cpu.last().map_or(0, |row| row.0));
    let gaps = cpu.windows(2).map(|w| w[1].0 - w[0].0).filter(|gap| *gap > 0);
    let step = gaps.min().unwrap_or(MINUTE_S);
    let sum: f64 = cpu.iter().map(|row| row.1).sum();
    Running {
        start_s: first,
        end_s: last.saturating_add(step),
        cores: sum / 1e3 / cpu.len().max(1) as f64,
        looks: cpu.len() as u64,
    }
}

fn memory(values: &mut [f64]) -> Option<Summary> {
    values.sort_by(f64::total_cmp);
    let count = values.len() as u64;
    let mean = values.iter().sum::<f64>() / count as f64;
    (count > 0).then(|| Summary { count, mean: Some(mean), quantiles: nearest_ranks(values) })
}

/// A rate is that of the time before it: up to the row before, and no longer than rows are apart at the least.
fn requests(into: &mut Gathered, service: &str, name: &str, mut rates: Vec<(u32, f64)>) {
    rates.sort_by_key(|row| row.0);
    rates.dedup_by_key(|row| row.0);
    let gaps = rates.windows(2).map(|w| w[1].0 - w[0].0);
    let Some(step) = gaps.min() else { return };
    for pair in rates.windows(2) {
        let (before, (at, rate)) = (pair[0].0, pair[1]);
        // A second or two of jitter is no gap.
        let gap = at - before;
        let length_s = if gap < step.saturating_mul(2) { gap } else { step };
        let requests = rate * f64::from(length_s);
        into.count(service, name, Counted { start_s: at - length_s, length_s, requests });
    }
}
