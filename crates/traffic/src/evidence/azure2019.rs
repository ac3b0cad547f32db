//! The Azure Functions trace of 2019: invocations a minute by function, durations and memory as percentiles. The
//! three tables are joined by application and function; memory is an application's.

use crate::evidence::Kind;
use crate::gathering::source::{Source, Taken};
use crate::gathering::table::{column, fields, names, number, text};
use crate::gathering::{Counted, Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "azure-functions-2019",
    name: "Azure Functions tables (2019)",
    fits: |head| {
        let minutes = |line: &[u8]| {
            let names = names(line);
            names.iter().filter(|name| minute(name).is_some()).count() > 10
        };
        head.columns(&["HashApp", "HashFunction", "percentile_Average_50"])
            || head.columns(&["HashApp", "AverageAllocatedMb"])
            || head.columns(&["HashApp", "HashFunction"]) && minutes(head.first_line())
    },
    read,
};

/// The minute of the day, from 0, of a column `1` to `1440` or `minute_1`.
fn minute(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("minute_").unwrap_or(name);
    digits.parse::<u32>().ok().filter(|m| (1..=100_000).contains(m)).map(|m| m - 1)
}

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    let name = source.name.clone();
    let mut header: Vec<String> = Vec::new();
    source.each_line(|_, line| {
        if header.is_empty() {
            header = names(line);
            return Taken::Aside;
        }
        let row: Vec<_> = fields(line).collect();
        let of = |wanted: &str| column(&header, wanted).and_then(|at| row.get(at));
        let (app, function) = (text(of("HashApp")), text(of("HashFunction")));
        if app.is_empty() {
            return Taken::Skipped("without an application");
        }
        let id = format!("{app}/{function}");
        let trigger = text(of("Trigger"));
        if !trigger.is_empty() {
            into.subject(&id, &name).trigger = trigger;
        }
        if column(&header, "percentile_Average_50").is_some()
            || column(&header, "AverageAllocatedMb").is_some()
        {
            let memory = column(&header, "AverageAllocatedMb").is_some();
            let summary = summary(&header, &row, memory);
            if summary.mean.is_none() {
                return Taken::Skipped("with missing or broken fields");
            }
            let subject = into.subject(&id, &name);
            *(if memory { &mut subject.memory_mb } else { &mut subject.duration_ms }) =
                Some(summary);
            return Taken::Kept;
        }
        if row.len() != header.len() {
            return Taken::Skipped("with missing or broken fields");
        }
        let columns =
            || header.iter().zip(&row).filter_map(|(name, value)| Some((minute(name)?, value)));
        if columns().any(|(_, value)| crate::moment::number(value).is_none_or(|n| n < 0.0)) {
            return Taken::Skipped("with missing or broken fields");
        }
        let mut last = 0;
        for (minute, value) in columns() {
            last = last.max(minute);
            let requests = crate::moment::number(value).unwrap_or(0.0);
            // The first and the last minute stand for the time covered, even without a request.
            if requests > 0.0 {
                into.count(&id, &name, Counted { start_s: minute * 60, length_s: 60, requests });
            }
        }
        let first = header.iter().find_map(|name| minute(name)).unwrap_or(0);
        for minute in [first, last] {
            into.count(&id, &name, Counted { start_s: minute * 60, length_s: 60, requests: 0.0 });
        }
        Taken::Kept
    });
}

/// `percentile_Average_99` or `AverageAllocatedMb_pct99`, and the means beside them.
fn summary(header: &[String], row: &[std::borrow::Cow<'_, [u8]>], memory: bool) -> Summary {
    let of = |wanted: &str| number(column(header, wanted).and_then(|at| row.get(at)));
    let prefix = if memory { "AverageAllocatedMb_pct" } else { "percentile_Average_" };
    let quantile = |(name, value): (&String, &std::borrow::Cow<'_, [u8]>)| {
        let share = name.strip_prefix(prefix)?.parse::<f64>().ok()? / 100.0;
        Some((share, number(Some(value))?))
    };
    Summary {
        count: of(if memory { "SampleCount" } else { "Count" }).unwrap_or(0.0) as u64,
        mean: of(if memory { "AverageAllocatedMb" } else { "Average" }),
        quantiles: header.iter().zip(row).filter_map(quantile).collect(),
    }
}
