//! What FaaSRail makes of the Azure trace for its load generator: `avg,mapped_wreq,1-288,289-576,…`.
//!
//! A row is a function: its mean duration in the trace in milliseconds, the benchmark that stands in for it (JSON),
//! and its requests in each minute of the experiment. A column's name is the minutes of the source that were put
//! into that one minute, scaled down to the rate that was asked for; so each column counts one minute, not 288.

use std::collections::BTreeMap;

use crate::evidence::Kind;
use crate::findings;
use crate::gathering::json::Json;
use crate::gathering::source::{Source, Taken};
use crate::gathering::table::{column, fields, names, number};
use crate::gathering::{Counted, Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "faasrail-specification",
    name: "specification of a load generator (FaaSRail)",
    fits: |head| head.columns(&["avg", "mapped_wreq"]),
    read,
};

const MINUTE_S: u32 = 60;

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected = "a mean in milliseconds, JSON with `bench` in quotes, and one count for each minute of the header";
    let name = source.name.clone();
    let mut header: Vec<String> = Vec::new();
    let mut minutes: Vec<usize> = Vec::new();
    // By function: requests, and the sum of their durations.
    let mut functions: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    source.each_line(|_, line| {
        if header.is_empty() {
            header = names(line);
            let is = |(at, name): (usize, &String)| of_source(name).map(|_| at);
            minutes = header.iter().enumerate().filter_map(is).collect();
            return Taken::Aside;
        }
        let row: Vec<_> = fields(line).collect();
        let of = |wanted: &str| column(&header, wanted).and_then(|at| row.get(at));
        let Some(mean_ms) = number(of("avg")).filter(|ms| *ms >= 0.0) else {
            return Taken::Skipped("without a duration");
        };
        let Some(function) = of("mapped_wreq").and_then(|json| benchmark(json)) else {
            return Taken::Skipped("without a benchmark (`mapped_wreq` with `bench`)");
        };
        let counts: Vec<f64> =
            minutes.iter().filter_map(|at| number(row.get(*at)).filter(|n| *n >= 0.0)).collect();
        if row.len() != header.len() || counts.len() != minutes.len() || counts.is_empty() {
            return Taken::Skipped("with missing or broken fields");
        }
        let sums = functions.entry(function.clone()).or_default();
        for (minute, requests) in (0_u32..).zip(&counts) {
            let counted =
                Counted { start_s: minute * MINUTE_S, length_s: MINUTE_S, requests: *requests };
            into.count(&function, &name, counted);
            *sums = (sums.0 + requests, sums.1 + requests * mean_ms);
        }
        Taken::Kept
    });
    let any = !functions.is_empty();
    for (function, (requests, ms)) in functions {
        if requests > 0.0 {
            let summary = Summary {
                count: requests as u64,
                mean: Some(ms / requests),
                quantiles: Vec::new(),
            };
            into.subject(&function, &name).duration_ms = Some(summary);
        }
    }
    if any {
        source.tell(findings::taken_as(
            &name,
            "requests are those of a load generator, scaled down from a trace, each column one minute; durations \
             are the trace's means, and functions are called by the benchmark that stands in for them",
        ));
        source.tell(findings::untold(
            &name,
            "at what time of day they come, nor how durations spread",
            "give the trace that it was made of",
        ));
    }
}

/// The minutes of the source in a column's name: `289-576`, or `25` alone.
fn of_source(name: &str) -> Option<(u32, u32)> {
    let (from, to) = name.split_once('-').unwrap_or((name, name));
    let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (1 <= from && from <= to).then_some((from, to))
}

fn benchmark(json: &[u8]) -> Option<String> {
    let mut bench = None;
    Json::new(json)
        .object(|key, json| {
            if key == b"bench" {
                bench = json.text()?.map(std::borrow::Cow::into_owned);
            }
            Ok(())
        })
        .ok()?;
    bench.filter(|name| !name.is_empty())
}
