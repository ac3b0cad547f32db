//! Metrics of services with three header rows (microservice, metric, statistic), one row a period, as exported
//! from CloudWatch and X-Ray: requests, latency in seconds, availability.
//!
//! X-Ray shows one service from several sides: a function and the Lambda service in front of it, a service and its
//! clients. The side on which the work is done is taken, and the same requests are not counted again.

use std::collections::BTreeMap;

use crate::evidence::Kind;
use crate::evidence::minute_counts::second;
use crate::evidence::service_percentiles::summary;
use crate::findings;
use crate::gathering::quantiles::{PERIODS_MAX, Period};
use crate::gathering::source::{Source, Taken};
use crate::gathering::table::{fields, names, number};
use crate::gathering::{Counted, Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "service-metrics-csv",
    name: "table of service metrics with three header rows",
    fits: |head| {
        let mut lines = head.bytes.split(|&b| b == b'\n');
        let mut starts = |with: &str| {
            let first = lines.next().and_then(|line| fields(line).next());
            first.is_some_and(|cell| cell.eq_ignore_ascii_case(with.as_bytes()))
        };
        starts("microservice") && starts("metric") && starts("statistic")
    },
    read,
};

/// Where the work of a service is done, by X-Ray's type of its node: the request is counted there once.
const RUNS: [&str; 7] = [
    "AWS::Lambda::Function",
    "AWS::ECS::Fargate",
    "AWS::ECS::Container",
    "AWS::EKS::Container",
    "AWS::EC2::Instance",
    "AWS::ElasticBeanstalk::Environment",
    "AWS::AppRunner::Service",
];
const NAMED_EXAMPLES: usize = 3;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Requests,
    Mean,
    Percentile(f64),
}

/// What is gathered of one node.
#[derive(Debug, Default)]
struct Node {
    requests: Vec<(u32, f64)>,
    /// (sum of weights, sum of weighted seconds).
    mean: (f64, f64),
    periods: Vec<Period>,
}

/// One node in one row.
#[derive(Debug, Default, Clone)]
struct Cell {
    requests: Option<f64>,
    mean_s: Option<f64>,
    percentiles: Vec<(f64, f64)>,
}

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected = "a time and numbers of zero or more in each row, nothing where there is none";
    let mut headers: Vec<Vec<String>> = Vec::new();
    let mut columns: Vec<Option<(usize, Column)>> = Vec::new();
    let mut of_names: Vec<String> = Vec::new();
    let mut titles: Vec<String> = Vec::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut counts_requests = false;
    let mut kept = 0;
    source.each_line(|_, line| {
        if headers.len() < 3 {
            headers.push(names(line));
            if let [services, metrics, statistics] = headers.as_slice() {
                (of_names, columns) = layout(services, metrics, statistics);
                let parts = services.iter().zip(metrics).zip(statistics).skip(1);
                titles = parts.map(|((s, m), t)| format!("{s} | {m} | {t}")).collect();
                nodes.resize_with(of_names.len(), Node::default);
                let requests =
                    |c: &Option<(usize, Column)>| matches!(c, Some((_, Column::Requests)));
                counts_requests = columns.iter().any(requests);
            }
            return Taken::Aside;
        }
        let row: Vec<_> = fields(line).collect();
        let Some(at) = row.first().and_then(|text| second(text)) else {
            // A fourth header row may name the first column.
            let name_of_index =
                row.len() == columns.len() + 1 && row.iter().skip(1).all(|cell| cell.is_empty());
            return if name_of_index {
                Taken::Aside
            } else {
                Taken::Skipped("without a readable time")
            };
        };
        let mut cells: BTreeMap<usize, Cell> = BTreeMap::new();
        for (column, field) in columns.iter().zip(row.iter().skip(1)) {
            let Some((node, what)) = column else { continue };
            if field.is_empty() || field.eq_ignore_ascii_case(b"nan") {
                continue;
            }
            let Some(value) = number(Some(field)).filter(|value| *value >= 0.0) else {
                return Taken::Skipped("with broken numbers");
            };
            let cell = cells.entry(*node).or_default();
            match what {
                Column::Requests => cell.requests = Some(value),
                Column::Mean => cell.mean_s = Some(value),
                Column::Percentile(share) => cell.percentiles.push((*share, value * 1e3)),
            }
        }
        if cells.is_empty() {
            return Taken::Skipped("without a number");
        }
        for (title, field) in titles.iter().zip(row.iter().skip(1)) {
            if let Some(value) = number(Some(field)) {
                into.columns.number(title, "", value);
            }
        }
        for (node, cell) in cells {
            let Some(node) = nodes.get_mut(node) else { continue };
            node.requests.extend(cell.requests.map(|n| (at, n)));
            let weight = if counts_requests { cell.requests.unwrap_or(0.0) } else { 1.0 };
            if let Some(mean_s) = cell.mean_s {
                node.mean = (node.mean.0 + weight, node.mean.1 + weight * mean_s);
            }
            if let Some(period) = Period::new(weight, cell.percentiles.into_iter()) {
                kept += 1;
                if kept <= PERIODS_MAX {
                    node.periods.push(period);
                }
            }
        }
        Taken::Kept
    });
    tell(source, into, &of_names, nodes, kept);
}

/// Which node and quantity each column after the first is of.
fn layout(
    services: &[String],
    metrics: &[String],
    statistics: &[String],
) -> (Vec<String>, Vec<Option<(usize, Column)>>) {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order = Vec::new();
    let mut columns = Vec::new();
    for ((service, metric), statistic) in services.iter().zip(metrics).zip(statistics).skip(1) {
        let percentile = || {
            let digits = statistic.strip_prefix(['p', 'P'])?;
            Some(Column::Percentile(digits.parse::<f64>().ok()? / 100.0))
        };
        let column = match (metric.to_ascii_lowercase().as_str(), statistic.as_str()) {
            ("requests", "Sum" | "SampleCount") => Some(Column::Requests),
            ("latency", "Average") => Some(Column::Mean),
            ("latency", _) => percentile(),
            _ => None,
        };
        columns.push(column.filter(|_| !service.is_empty()).map(|column| {
            let node = *places.entry(service.as_str()).or_insert_with(|| {
                order.push(service.clone());
                order.len() - 1
            });
            (node, column)
        }));
    }
    (order, columns)
}

fn tell(
    source: &mut Source<'_>,
    into: &mut Gathered,
    of_names: &[String],
    nodes: Vec<Node>,
    periods: usize,
) {
    let name = source.name.clone();
    let sides = sides(of_names);
    let mut again = Vec::new();
    let mut estimated = false;
    for ((of, mut node), side) in of_names.iter().zip(nodes).zip(sides) {
        let Some(subject) = side else {
            again.push(of.as_str());
            continue;
        };
        node.requests.sort_by_key(|row| row.0);
        let gaps = node.requests.windows(2).map(|w| w[1].0 - w[0].0).filter(|gap| *gap > 0);
        let length_s = gaps.min().unwrap_or(60);
        for (start_s, requests) in node.requests {
            into.count(&subject, &name, Counted { start_s, length_s, requests });
        }
        let (weight, sum) = node.mean;
        let mean = (weight > 0.0).then(|| sum / weight * 1e3);
        let of = if periods <= PERIODS_MAX { node.periods.as_slice() } else { &[] };
        if let Some(summary) = summary(of, mean) {
            estimated |= !summary.quantiles.is_empty();
            let summary = Summary { count: weight as u64, ..summary };
            into.subject(&subject, &name).duration_ms = Some(summary);
        }
    }
    if !again.is_empty() {
        let shown = again.iter().take(NAMED_EXAMPLES).copied().collect::<Vec<_>>().join("`, `");
        let more = if again.len() > NAMED_EXAMPLES { ", …" } else { "" };
        source.tell(findings::taken_as(
            &name,
            &format!(
                "{} nodes show requests of a service from another side (`{shown}`{more}): not counted again",
                again.len()
            ),
        ));
    }
    if estimated {
        source.tell(findings::taken_as(
            &name,
            "latencies are taken as seconds, with the calls to others; their percentiles over all periods are an \
             estimate from those of each period, weighted by its requests",
        ));
    }
}

/// The name and X-Ray's type of a node: `cart_AWS::ECS::Fargate` is `cart` of that type.
pub(super) fn parts(node: &str) -> (&str, &str) {
    match node.rsplit_once('_') {
        Some((name, kind))
            if !name.is_empty() && (kind.contains("::") || matches!(kind, "client" | "remote")) =>
        {
            (name, kind)
        }
        _ => (node, ""),
    }
}

/// What a node is called: a service by its name alone, everything else by the whole of it.
pub(super) fn service(node: &str) -> &str {
    let (name, kind) = parts(node);
    if RUNS.contains(&kind) || kind == "AWS::Lambda" { name } else { node }
}

/// For each node the subject it tells of, or `None` where another node is closer to the work.
fn sides(nodes: &[String]) -> Vec<Option<String>> {
    let rank = |node: &str| match parts(node).1 {
        kind if RUNS.contains(&kind) => 0,
        "AWS::Lambda" => 1,
        "" => 2,
        _ => 3,
    };
    let mut best: BTreeMap<&str, u8> = BTreeMap::new();
    for node in nodes.iter().filter(|node| rank(node) < 3) {
        let of = best.entry(parts(node).0).or_insert(3);
        *of = rank(node).min(*of);
    }
    let side = |node: &String| {
        let (name, kind) = parts(node);
        match best.get(name) {
            Some(best) if rank(node) < 3 => (rank(node) == *best).then(|| name.to_owned()),
            Some(_) if kind == "client" => None,
            _ => Some(node.clone()),
        }
    };
    nodes.iter().map(side).collect()
}
