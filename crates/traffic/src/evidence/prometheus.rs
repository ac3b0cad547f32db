//! Answers of Prometheus: `query_range` and `query`. Counters are differenced (a fall is a restart), rates are
//! multiplied by the step, histograms are summed up by their `le` buckets.

use std::collections::BTreeMap;

use crate::evidence::Kind;
use crate::findings;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::source::Source;
use crate::gathering::spans::of_pod;
use crate::gathering::{Counted, Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "prometheus-json",
    name: "Prometheus query results (JSON)",
    fits: |head| {
        head.json_with(&["status", "data", "resultType"])
            || head.json_with(&["resultType", "result"])
    },
    read: |source, into| source.each_document(|source, json| document(source, json, into)),
};

/// What names a service, best first.
const NAMES: [&str; 10] = [
    "service_name",
    "function_name",
    "service",
    "app",
    "deployment",
    "container",
    "destination_workload",
    "job",
    "pod",
    "instance",
];

/// Bounds of one histogram at the most.
const BUCKETS_MAX: usize = 1000;

/// (second, value), ascending.
type Points = Vec<(f64, f64)>;
/// Buckets of a service: upper bound in seconds, how many.
type Buckets = BTreeMap<String, Vec<(f64, f64)>>;

fn document(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    let mut buckets = Buckets::new();
    let mut empty = true;
    let result = json.object(|key, json| match key {
        b"data" => json.object(|key, json| match key {
            b"result" => json.array(|json| {
                empty = false;
                series(source, json, into, &mut buckets)
            }),
            _ => Ok(()),
        }),
        b"result" => json.array(|json| {
            empty = false;
            series(source, json, into, &mut buckets)
        }),
        _ => Ok(()),
    });
    if empty {
        source.findings.push(findings::not_used(
            &source.name,
            "an answer of Prometheus without a series",
            "the query found nothing",
        ));
    }
    let name = source.name.clone();
    for (subject, mut of) in buckets {
        of.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some(summary) = of_buckets(&of) {
            into.subject(&subject, &name).duration_ms = Some(summary);
        }
    }
    result
}

fn series(
    source: &mut Source<'_>,
    json: &mut Json<'_>,
    into: &mut Gathered,
    buckets: &mut Buckets,
) -> Parsed<()> {
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    let mut points = Points::new();
    let result = json.object(|key, json| match key {
        b"metric" => json.object(|key, json| {
            let value = json.text()?.unwrap_or_default().into_owned();
            labels.insert(String::from_utf8_lossy(key).into_owned(), value);
            Ok(())
        }),
        b"values" => json.array(|json| point(source, json, &mut points)),
        b"value" => point(source, json, &mut points),
        _ => Ok(()),
    });
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    take(source, into, &labels, &points, buckets);
    result
}

fn point(source: &mut Source<'_>, json: &mut Json<'_>, points: &mut Points) -> Parsed<()> {
    let mut pair = Vec::with_capacity(2);
    json.array(|json| json.number().map(|n| pair.push(n)))?;
    match pair.as_slice() {
        [Some(at), Some(value)] if (0.0..4.2e9).contains(at) => {
            source.keep();
            points.push((*at, *value));
        }
        _ => source.skip("samples without a time or a value", 0),
    }
    Ok(())
}

fn take(
    source: &mut Source<'_>,
    into: &mut Gathered,
    labels: &BTreeMap<String, String>,
    points: &Points,
    buckets: &mut Buckets,
) {
    let metric = labels.get("__name__").map_or("", String::as_str);
    let (name, stem) = (source.name.clone(), source.stem().to_ascii_lowercase());
    let subject = NAMES.iter().find_map(|label| {
        let value = labels.get(*label).filter(|v| !v.is_empty() && *v != "POD")?;
        Some(if *label == "pod" { of_pod(value).to_owned() } else { value.clone() })
    });
    let subject = subject.unwrap_or_else(|| source.stem().to_owned());
    let says = |words: &[&str]| {
        let in_name = words.iter().any(|w| metric.contains(w));
        in_name || metric.is_empty() && words.iter().any(|w| stem.contains(w))
    };
    let counter =
        metric.ends_with("_total") || metric.ends_with("_count") || metric.ends_with("_bucket");
    if let Some(bound) = labels.get("le") {
        let bound = if bound == "+Inf" { Some(f64::INFINITY) } else { bound.parse().ok() };
        let unit =
            if metric.contains("millisecond") || metric.contains("_ms") { 1e-3 } else { 1.0 };
        let n = if counter { increase(points) } else { points.iter().map(|p| p.1).sum() };
        if let Some(bound) = bound {
            let of = buckets.entry(subject).or_default();
            let room = of.len() < BUCKETS_MAX;
            match of.iter_mut().find(|(b, _)| b.total_cmp(&(bound * unit)).is_eq()) {
                Some((_, sum)) => *sum += n,
                None if room => of.push((bound * unit, n)),
                None => {}
            }
        }
    } else if says(&["cpu"]) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let cores = if counter {
            if last.0 <= first.0 {
                return;
            }
            increase(points) / (last.0 - first.0)
        } else {
            points.iter().map(|p| p.1).sum::<f64>() / points.len() as f64
        };
        let looks = points.len() as u64;
        let cpu = &mut into.subject(&subject, &name).cpu_cores;
        // Several pods of one service add up.
        *cpu = Some(cpu.map_or((cores, looks), |(c, n)| (c + cores, n.max(looks))));
    } else if says(&["memory", "mem_"]) {
        let most = points.iter().map(|p| p.1).fold(0.0, f64::max) / f64::from(1 << 20);
        let memory = &mut into.subject(&subject, &name).memory_mb;
        let before = memory.as_ref().and_then(|m| m.quantiles.last()).map_or(0.0, |q| q.1);
        *memory = Some(Summary {
            count: points.len() as u64,
            mean: None,
            quantiles: vec![(1.0, most.max(before))],
        });
    } else if says(&["request", "invocation", "calls", "rps", "qps", "http"])
        && !metric.ends_with("_sum")
    {
        requests(into, &subject, &name, points, counter);
    } else {
        source
            .findings
            .push(findings::unnamed_metric(&name, "a result does not say what it measures"));
    }
}

fn requests(into: &mut Gathered, subject: &str, name: &str, points: &Points, counter: bool) {
    for pair in points.windows(2) {
        let length = pair[1].0 - pair[0].0;
        let n = if counter { rise(pair[0].1, pair[1].1) } else { pair[1].1 * length };
        if (1.0..4e9).contains(&length) {
            let counted =
                Counted { start_s: pair[0].0 as u32, length_s: length.round() as u32, requests: n };
            into.count(subject, name, counted);
        }
    }
}

/// From one sample of a counter to the next; after a restart it counts from zero.
fn rise(from: f64, to: f64) -> f64 {
    if to >= from { to - from } else { to.max(0.0) }
}

fn increase(points: &Points) -> f64 {
    match points.as_slice() {
        [only] => only.1,
        all => all.windows(2).map(|w| rise(w[0].1, w[1].1)).sum(),
    }
}

/// Quantiles by straight lines within buckets, as `histogram_quantile` has them; what lies above the last finite
/// bound is that bound.
pub(super) fn of_buckets(buckets: &[(f64, f64)]) -> Option<Summary> {
    let total = buckets.last().map(|(_, n)| *n).filter(|n| *n > 0.0 && n.is_finite())?;
    let (mut mean, mut low, mut below) = (0.0, 0.0, 0.0_f64);
    for &(bound, n) in buckets {
        let high = if bound.is_finite() { bound } else { low };
        mean += f64::midpoint(low, high) * (n - below).max(0.0);
        (low, below) = (high, n);
    }
    let at = |share: f64| {
        let (mut low, mut below) = (0.0, 0.0);
        for &(bound, n) in buckets {
            if n >= share * total {
                let high = if bound.is_finite() { bound } else { low };
                let part = if n > below { (share * total - below) / (n - below) } else { 1.0 };
                return (low + (high - low) * part) * 1e3;
            }
            (low, below) = (if bound.is_finite() { bound } else { low }, n);
        }
        low * 1e3
    };
    let quantiles = [0.5, 0.9, 0.95, 0.99].map(|share| (share, at(share))).to_vec();
    Some(Summary { count: total as u64, mean: Some(mean / total * 1e3), quantiles })
}
