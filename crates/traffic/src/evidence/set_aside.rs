//! What is recognised and of no use: it is named, with the reason, rather than read as something else.

use crate::evidence::{Head, Kind};
use crate::findings;
use crate::gathering::table::{fields, number};

pub(super) const KIND: Kind = Kind {
    id: "set-aside",
    name: "recognised and not used",
    fits: |head| what(head).is_some(),
    read: |source, _| {
        let first = source.head_alone();
        if let Some((what, why)) = what(&Head { bytes: &first }) {
            source.findings.push(findings::not_used(&source.name, what, why));
        }
    },
};

type Told = (&'static str, &'static str);

fn what(head: &Head<'_>) -> Option<Told> {
    let of_keys: [(&[&str], Told); 5] = [
        (
            &["resourceLogs"],
            ("OpenTelemetry logs", "give traces (`resourceSpans`), or the access log itself"),
        ),
        (
            &["resourceMetrics"],
            ("OpenTelemetry metrics", "give the answer of a Prometheus query instead"),
        ),
        (
            &["MetricStat", "Period"],
            ("a CloudWatch query", "give its answer (`MetricDataResults`)"),
        ),
        (
            &["runtimeData", "metadata"],
            (
                "a table of cold starts of empty functions",
                "the catalogue has its own; a function's own REPORT lines say more",
            ),
        ),
        (
            &["nginx_version", "requests"],
            (
                "nginx status",
                "counters of the whole server: give the access log, or a table of `time,count`",
            ),
        ),
    ];
    let of_columns: [(&[&str], Told); 7] = [
        (
            &["HashApp", "NumEvents", "NumInvocations"],
            ("containers in use a minute", "it counts containers, not requests"),
        ),
        (
            &["HashApp", "NumInvocations"],
            ("totals by application", "totals without a time are no load: write `load: N/day`"),
        ),
        (
            &["avg", "mapped_wreq"],
            ("a specification for a load generator", "give the trace that it was made of"),
        ),
        (
            &["length", "F(x)"],
            ("a cumulative distribution", "it holds no times and names no function"),
        ),
        (
            &["TimeStamp", "PodName", "CpuUsage(m)"],
            ("metrics of a pod", "its requests are measured by its traces; give those"),
        ),
        (
            &["Source", "Target", "Weight"],
            ("a call graph without counts", "give the traces: they say how often"),
        ),
        (
            &["TimeStamp", "ServiceName", "LatencyP50(s)"],
            ("percentiles by minute", "percentiles of minutes cannot be joined into one"),
        ),
    ];
    let json = of_keys.into_iter().find(|(keys, _)| head.json_with(keys)).map(|(_, told)| told);
    let table =
        || of_columns.into_iter().find(|(columns, _)| head.columns(columns)).map(|(_, told)| told);
    json.or_else(table).or_else(|| tables_by_shape(head))
}

fn tables_by_shape(head: &Head<'_>) -> Option<Told> {
    let first = head.first_line();
    if first.starts_with(b"microservice,") && head.contains("\nmetric,") {
        return Some((
            "a table of service metrics with three headers",
            "give the traces, or a table of `time,count` for each service",
        ));
    }
    if first.starts_with(b"time,timestamp,")
        && head.bytes.contains(&b'_')
        && first.split(|&b| b == b',').skip(2).all(|n| n.contains(&b'_'))
    {
        return Some((
            "latencies by pair of services",
            "percentiles of minutes cannot be joined into one",
        ));
    }
    if first.starts_with(b",") && square(head) {
        return Some(("a call graph without counts", "give the traces: they say how often"));
    }
    distribution(head)
        .then_some(("a cumulative distribution", "it holds no times and names no function"))
}

/// Whether the second row is named as the first column is.
fn square(head: &Head<'_>) -> bool {
    let mut lines = head.bytes.split(|&b| b == b'\n');
    let header = lines.next().map(|line| fields(line).nth(1).map(std::borrow::Cow::into_owned));
    let row = lines.next().map(|line| fields(line).next().map(std::borrow::Cow::into_owned));
    header.is_some() && header == row
}

/// Two columns that never fall, the second a share, the first no time since 1970.
fn distribution(head: &Head<'_>) -> bool {
    const ROWS: usize = 20;
    let mut lines = head.bytes.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let (mut last, mut rows) = ((0.0, 0.0), 0);
    for line in lines.by_ref().take(ROWS) {
        let row: Vec<_> = fields(line).collect();
        let (Some(value), Some(share)) = (number(row.first()), number(row.get(1))) else {
            return false;
        };
        if row.len() != 2
            || value > 1e8
            || !(0.0..=1.0).contains(&share)
            || value < last.0
            || share < last.1
        {
            return false;
        }
        (last, rows) = ((value, share), rows + 1);
    }
    rows == ROWS && last.1 > 0.0
}
