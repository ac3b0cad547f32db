//! Metrics as OTLP JSON (`resourceMetrics`), one document or one a line as the collector's file exporter writes:
//! those of the semantic conventions that count requests, their durations, CPU and memory. Cumulative points are
//! differenced stream by stream (another start is a restart), deltas are added up.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Kind;
use crate::evidence::otlp::{Name, attributes};
use crate::evidence::prometheus::of_buckets;
use crate::findings;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::source::Source;
use crate::gathering::spans::id;
use crate::gathering::{Counted, Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "otlp-metrics-json",
    name: "OpenTelemetry metrics (OTLP JSON)",
    fits: |head| head.json_with(&["resourceMetrics"]),
    read,
};

/// What a metric of the conventions tells of its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// A histogram of how long requests take: it counts them too.
    Requests,
    /// A counter of CPU seconds.
    CpuTime,
    /// CPU in use, in cores.
    CpuUsage,
    /// Bytes in use.
    Memory,
}

/// The stable and the former names; clients' metrics tell of others' requests.
const METRICS: [(&str, Told); 14] = [
    ("http.server.request.duration", Told::Requests),
    ("http.server.duration", Told::Requests),
    ("rpc.server.call.duration", Told::Requests),
    ("rpc.server.duration", Told::Requests),
    ("faas.invoke_duration", Told::Requests),
    ("messaging.process.duration", Told::Requests),
    ("container.cpu.time", Told::CpuTime),
    ("process.cpu.time", Told::CpuTime),
    ("container.cpu.usage", Told::CpuUsage),
    ("k8s.pod.cpu.usage", Told::CpuUsage),
    ("container.memory.usage", Told::Memory),
    ("process.memory.usage", Told::Memory),
    ("container.memory.working_set", Told::Memory),
    ("k8s.pod.memory.working_set", Told::Memory),
];
/// Streams (service, metric and attributes) that are told apart at the most.
const STREAMS_MAX: usize = 200_000;
/// Bounds of one histogram at the most.
const BUCKETS_MAX: usize = 1000;
const NAMED_EXAMPLES: usize = 5;
const SECOND_NS: u64 = 1_000_000_000;

#[derive(Debug, Clone, Default)]
struct Point {
    start_ns: u64,
    at_ns: u64,
    /// A hash of the attributes.
    attributes: u64,
    /// A number, or how many values a histogram holds.
    value: Option<f64>,
    sum: Option<f64>,
    buckets: Vec<f64>,
    bounds: Vec<f64>,
}

#[derive(Debug, Default)]
struct Metric {
    name: String,
    unit: String,
    delta: bool,
    points: Vec<Point>,
}

/// What one stream came to.
#[derive(Debug, Default)]
struct Stream {
    last: Point,
    points: u64,
    /// Seconds that the differences cover.
    seconds: f64,
    /// What the differences sum up to, or the values where there are none.
    total: f64,
    most: f64,
}

/// Durations of one service.
#[derive(Debug, Default)]
struct Durations {
    count: f64,
    /// In milliseconds, with how many requests said it.
    sum: (f64, f64),
    bounds: Vec<f64>,
    buckets: Vec<f64>,
}

#[derive(Debug, Default)]
struct Gathering {
    streams: BTreeMap<(String, usize, u64), Stream>,
    /// By service and metric.
    durations: BTreeMap<(String, usize), Durations>,
    counts: BTreeMap<(String, usize), Vec<Counted>>,
    others: BTreeSet<String>,
}

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected = "`timeUnixNano` and a value in each data point";
    let mut all = Gathering::default();
    source.each_document(|source, json| {
        json.object(|key, json| match key {
            b"resourceMetrics" => json.array(|json| resource(source, json, &mut all)),
            _ => Ok(()),
        })
    });
    all.finish(source, into);
}

fn resource(source: &mut Source<'_>, json: &mut Json<'_>, all: &mut Gathering) -> Parsed<()> {
    let mut name = Name::default();
    let mut metrics: Vec<Metric> = Vec::new();
    let result = json.object(|key, json| match key {
        b"resource" => json.object(|key, json| match key {
            b"attributes" => attributes(json, |key, value| name.take(key, value)),
            _ => Ok(()),
        }),
        b"scopeMetrics" | b"instrumentationLibraryMetrics" => json.array(|json| {
            json.object(|key, json| match key {
                b"metrics" => json.array(|json| {
                    let mut metric = Metric::default();
                    let read = self::metric(json, &mut metric);
                    metrics.push(metric);
                    read
                }),
                _ => Ok(()),
            })
        }),
        _ => Ok(()),
    });
    // The name may stand behind the metrics.
    let best = name.best();
    let service = if best.is_empty() { source.stem().to_owned() } else { best };
    for metric in metrics {
        all.take(source, &service, metric);
    }
    result
}

fn metric(json: &mut Json<'_>, into: &mut Metric) -> Parsed<()> {
    json.object(|key, json| match key {
        b"name" => json.text().map(|text| into.name = text.unwrap_or_default().into_owned()),
        b"unit" => json.text().map(|text| into.unit = text.unwrap_or_default().into_owned()),
        b"sum" | b"gauge" | b"histogram" => json.object(|key, json| match key {
            b"aggregationTemporality" => {
                into.delta = matches!(json.bytes()?, b"1" | b"AGGREGATION_TEMPORALITY_DELTA");
                Ok(())
            }
            b"dataPoints" => json.array(|json| {
                into.points.push(point(json)?);
                Ok(())
            }),
            _ => Ok(()),
        }),
        _ => Ok(()),
    })
}

fn point(json: &mut Json<'_>) -> Parsed<Point> {
    let mut of = Point::default();
    let numbers = |json: &mut Json<'_>, into: &mut Vec<f64>| {
        json.array(|json| {
            let number = json.number()?.unwrap_or(f64::NAN);
            if into.len() < BUCKETS_MAX {
                into.push(number);
            }
            Ok(())
        })
    };
    json.object(|key, json| match key {
        b"startTimeUnixNano" => json.whole().map(|ns| of.start_ns = ns.unwrap_or(0)),
        b"timeUnixNano" => json.whole().map(|ns| of.at_ns = ns.unwrap_or(0)),
        b"asDouble" | b"asInt" | b"count" => json.number().map(|value| of.value = value),
        b"sum" => json.number().map(|sum| of.sum = sum),
        b"bucketCounts" => numbers(json, &mut of.buckets),
        b"explicitBounds" => numbers(json, &mut of.bounds),
        b"attributes" => attributes(json, |key, value| {
            let pair = [key, b"=", value.as_bytes()].concat();
            // The order of attributes says nothing.
            of.attributes = of.attributes.wrapping_add(id(&pair));
        }),
        _ => Ok(()),
    })?;
    Ok(of)
}

impl Gathering {
    fn take(&mut self, source: &mut Source<'_>, service: &str, metric: Metric) {
        let Some(which) = METRICS.iter().position(|(name, _)| *name == metric.name) else {
            metric.points.iter().for_each(|_| source.keep());
            if self.others.len() < BUCKETS_MAX {
                self.others.insert(metric.name);
            }
            return;
        };
        for point in metric.points {
            let value = point.value.filter(|value| *value >= 0.0);
            let (Some(value), true) = (value, second(point.at_ns).is_some()) else {
                source.skip("data points without a value or a time", 0);
                continue;
            };
            let key = (service.to_owned(), which, point.attributes);
            if self.streams.len() >= STREAMS_MAX && !self.streams.contains_key(&key) {
                source.skip("data points beyond the 200,000 streams that are told apart", 0);
                continue;
            }
            source.keep();
            let stream = self.streams.entry(key).or_default();
            let told = METRICS[which].1;
            if matches!(told, Told::CpuUsage | Told::Memory) {
                stream.total += value;
                stream.most = stream.most.max(value);
            } else if let Some(step) = stream.step(&point, metric.delta) {
                stream.total += step.value.unwrap_or(0.0);
                stream.seconds += step.at_ns.saturating_sub(step.start_ns) as f64 / 1e9;
                if told == Told::Requests {
                    let of = (service.to_owned(), which);
                    self.counts.entry(of.clone()).or_default().extend(counted(&step));
                    self.durations.entry(of).or_default().add(&step, &metric.unit);
                }
            }
            stream.points += 1;
            stream.last = point;
        }
    }

    fn finish(mut self, source: &mut Source<'_>, into: &mut Gathered) {
        let name = source.name.clone();
        // A stream with one cumulative point has no difference: it counts since its own start.
        for ((service, which, _), stream) in &mut self.streams {
            let once = stream.points == 1 && stream.total <= 0.0 && stream.seconds <= 0.0;
            if once && METRICS[*which].1 == Told::Requests {
                match counted(&stream.last) {
                    Some(counted) => {
                        let of = (service.clone(), *which);
                        self.counts.entry(of).or_default().push(counted);
                    }
                    None => into.untimed(service, &name, stream.last.value.unwrap_or(0.0)),
                }
            }
        }
        // Two metrics may count the same requests: the one that counted more is taken.
        let sum = |counts: &[Counted]| counts.iter().map(|c| c.requests).sum::<f64>();
        let mut best: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
        for ((service, which), counts) in &self.counts {
            let now = (*which, sum(counts));
            let of = best.entry(service).or_insert(now);
            if now.1 > of.1 {
                *of = now;
            }
        }
        for (service, (which, _)) in &best {
            let of = ((*service).to_owned(), *which);
            for counted in self.counts.get(&of).into_iter().flatten() {
                into.count(service, &name, *counted);
            }
            if let Some(summary) = self.durations.get(&of).and_then(Durations::summary) {
                into.subject(service, &name).duration_ms = Some(summary);
            }
        }
        let mut cpu: BTreeMap<(&str, Told), (f64, u64)> = BTreeMap::new();
        for ((service, which, _), stream) in &self.streams {
            let told = METRICS[*which].1;
            let cores = match told {
                Told::CpuTime if stream.seconds > 0.0 => stream.total / stream.seconds,
                Told::CpuUsage => stream.total / stream.points.max(1) as f64,
                Told::Memory => {
                    let mib = stream.most / f64::from(1 << 20);
                    let memory = &mut into.subject(service, &name).memory_mb;
                    let before =
                        memory.as_ref().and_then(|m| m.quantiles.last()).map_or(0.0, |q| q.1);
                    let quantiles = vec![(1.0, mib.max(before))];
                    *memory = Some(Summary { count: stream.points, mean: None, quantiles });
                    continue;
                }
                _ => continue,
            };
            // Pods and modes of one service add up; two metrics of the same do not.
            let of = cpu.entry((service, told)).or_default();
            *of = (of.0 + cores, of.1.max(stream.points));
        }
        for ((service, _), (cores, looks)) in cpu {
            into.subject(service, &name).cpu_cores = Some((cores, looks));
        }
        if !self.others.is_empty() {
            let shown: Vec<&str> =
                self.others.iter().take(NAMED_EXAMPLES).map(String::as_str).collect();
            let more = if self.others.len() > NAMED_EXAMPLES { ", …" } else { "" };
            source.tell(findings::other_metrics(
                &name,
                self.others.len(),
                &shown.join("`, `"),
                more,
            ));
        }
    }
}

impl Stream {
    /// From the point before to this one, as a point; `None` for a first cumulative point and one out of order.
    fn step(&self, point: &Point, delta: bool) -> Option<Point> {
        if delta {
            return Some(point.clone());
        }
        if self.points == 0 || point.at_ns <= self.last.at_ns {
            return None;
        }
        let fell = point.value < self.last.value;
        let restarted =
            fell || point.start_ns > self.last.start_ns && point.start_ns >= self.last.at_ns;
        let mut step = point.clone();
        step.start_ns = self.last.at_ns;
        if !restarted {
            step.value = point.value.zip(self.last.value).map(|(now, before)| now - before);
            step.sum = point.sum.zip(self.last.sum).map(|(now, before)| (now - before).max(0.0));
            if self.last.bounds == point.bounds {
                for (now, before) in step.buckets.iter_mut().zip(&self.last.buckets) {
                    *now = (*now - before).max(0.0);
                }
            }
        }
        Some(step)
    }
}

impl Durations {
    fn add(&mut self, step: &Point, unit: &str) {
        let ms = match unit {
            "s" => 1e3,
            "ms" => 1.0,
            "us" => 1e-3,
            "ns" => 1e-6,
            _ => return,
        };
        let count = step.value.unwrap_or(0.0);
        self.count += count;
        if let Some(sum) = step.sum {
            self.sum = (self.sum.0 + sum * ms, self.sum.1 + count);
        }
        let bounds: Vec<f64> = step.bounds.iter().map(|bound| bound * ms / 1e3).collect();
        let sound = step.buckets.len() == bounds.len() + 1
            && bounds.windows(2).all(|w| w[0] < w[1])
            && step.buckets.iter().all(|n| *n >= 0.0);
        if !sound {
            return;
        }
        if self.bounds.is_empty() {
            self.buckets = vec![0.0; step.buckets.len()];
            self.bounds.clone_from(&bounds);
        }
        if self.bounds == bounds {
            for (sum, n) in self.buckets.iter_mut().zip(&step.buckets) {
                *sum += n;
            }
        }
    }

    fn summary(&self) -> Option<Summary> {
        let mut below = 0.0;
        let rising: Vec<(f64, f64)> = self
            .bounds
            .iter()
            .copied()
            .chain([f64::INFINITY])
            .zip(&self.buckets)
            .map(|(bound, n)| {
                below += n;
                (bound, below)
            })
            .collect();
        let mean = (self.sum.1 > 0.0).then(|| self.sum.0 / self.sum.1);
        let of =
            of_buckets(&rising).map(|summary| Summary { mean: mean.or(summary.mean), ..summary });
        let alone =
            || Some(Summary { count: self.count as u64, mean: Some(mean?), quantiles: Vec::new() });
        of.or_else(alone)
    }
}

/// The requests between a point's start and its time; `None` where it has no length.
fn counted(point: &Point) -> Option<Counted> {
    let (start_s, end_s) = (second(point.start_ns)?, second(point.at_ns)?);
    let length_s = end_s.checked_sub(start_s).filter(|_| point.start_ns < point.at_ns)?.max(1);
    Some(Counted { start_s, length_s, requests: point.value.unwrap_or(0.0) })
}

fn second(ns: u64) -> Option<u32> {
    u32::try_from(ns / SECOND_NS).ok().filter(|second| *second > 0)
}
