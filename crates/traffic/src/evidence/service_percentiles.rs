//! Latency percentiles by service and minute: `TimeStamp,ServiceName,LatencyP50(s),LatencyP99(s)`. The unit stands
//! in the header.

use std::collections::BTreeMap;

use crate::evidence::Kind;
use crate::evidence::minute_counts::second;
use crate::findings;
use crate::gathering::quantiles::{PERIODS_MAX, Period, joined};
use crate::gathering::source::{Source, Taken};
use crate::gathering::table::{column, fields, names, number, text};
use crate::gathering::{Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "service-percentiles-csv",
    name: "table of latency percentiles",
    fits: |head| {
        head.columns(&["TimeStamp", "ServiceName"])
            && !latencies(&names(head.first_line()), "Latency").is_empty()
    },
    read,
};

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected = "seconds since 1970 below `TimeStamp`, a name below `ServiceName`, numbers below `LatencyP50(s)` and its like";
    let name = source.name.clone();
    let mut header: Vec<String> = Vec::new();
    let mut percentiles: Vec<(usize, f64, f64)> = Vec::new();
    let mut services: BTreeMap<String, Vec<Period>> = BTreeMap::new();
    let mut rows = 0;
    source.each_line(|_, line| {
        if header.is_empty() {
            header = names(line);
            percentiles = latencies(&header, "Latency");
            return Taken::Aside;
        }
        let row: Vec<_> = fields(line).collect();
        let of = |wanted: &str| column(&header, wanted).and_then(|at| row.get(at));
        let service = text(of("ServiceName"));
        if service.is_empty() {
            return Taken::Skipped("without a service's name");
        }
        if of("TimeStamp").and_then(|text| second(text)).is_none() {
            return Taken::Skipped("without a readable time");
        }
        let known = percentiles
            .iter()
            .filter_map(|(column, share, unit)| Some((*share, number(row.get(*column))? * unit)));
        let Some(period) = Period::new(1.0, known) else {
            return Taken::Skipped("without a percentile");
        };
        rows += 1;
        if rows > PERIODS_MAX {
            return Taken::Skipped("beyond the hundred thousand that are put together");
        }
        services.entry(service).or_default().push(period);
        Taken::Kept
    });
    let mut shares = Vec::new();
    for (service, periods) in services {
        let summary = summary(&periods, None);
        shares.extend(summary.iter().flat_map(|s| &s.quantiles).map(|q| q.0));
        if summary.is_some() {
            into.subject(&service, &name).duration_ms = summary;
        }
    }
    notes(source, &shares, false);
    if source.kept > 0 {
        source.tell(findings::untold(
            &name,
            "how many requests came",
            "give traces, an access log, or a table of `time,count`",
        ));
    }
}

/// Columns such as `LatencyP95(s)`: where they stand, the share, and how many milliseconds their unit has.
pub(super) fn latencies(header: &[String], prefix: &str) -> Vec<(usize, f64, f64)> {
    let of = |(at, name): (usize, &String)| {
        let (digits, unit) = name.strip_prefix(prefix)?.strip_prefix('P')?.split_once('(')?;
        let unit = match unit {
            "s)" => 1e3,
            "ms)" => 1.0,
            "us)" => 1e-3,
            _ => return None,
        };
        let share = digits.parse::<f64>().ok().filter(|p| *p > 0.0 && *p < 100.0)? / 100.0;
        Some((at, share, unit))
    };
    header.iter().enumerate().filter_map(of).collect()
}

/// The percentiles that any of the periods tells, over all of them; in milliseconds.
pub(super) fn summary(periods: &[Period], mean: Option<f64>) -> Option<Summary> {
    let mut shares: Vec<f64> = periods.iter().flat_map(Period::shares).collect();
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    let at = |share: f64| Some((share, joined(periods, share)?));
    let quantiles: Vec<(f64, f64)> = shares.into_iter().filter_map(at).collect();
    let told = mean.is_some() || !quantiles.is_empty();
    told.then_some(Summary { count: 0, mean, quantiles })
}

/// What must be known of percentiles that were put together.
pub(super) fn notes(source: &mut Source<'_>, shares: &[f64], weighted: bool) {
    if shares.is_empty() {
        return;
    }
    let name = source.name.clone();
    let weights = if weighted { "weighted by its requests" } else { "each minute counted alike" };
    source.tell(findings::taken_as(
        &name,
        &format!(
            "latencies hold the calls to others; their percentiles over the whole time are an estimate from those \
             of each minute, {weights}"
        ),
    ));
    if !shares.iter().any(|share| (share - 0.5).abs() < 1e-9) {
        source.tell(findings::untold(
            &name,
            "the median or the mean of its latencies",
            "write `duration` in the definition, or give traces: the high percentiles alone do not say what a usual \
             request takes",
        ));
    }
}
