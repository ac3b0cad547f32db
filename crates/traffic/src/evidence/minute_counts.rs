//! Tables of `time,count`: how many requests came in each period. A period without a row is zero.

use crate::evidence::Kind;
use crate::gathering::source::{Source, Taken};
use crate::gathering::table::{column_of, fields, names, number};
use crate::gathering::{Counted, Gathered};
use crate::moment::{Unit, epoch, rfc3339};

const TIMES: [&str; 7] = ["period", "time", "timestamp", "minute", "date", "datetime", "start"];
const COUNTS: [&str; 7] =
    ["count", "requests", "invocations", "hits", "calls", "num_requests", "request_count"];

pub(super) const KIND: Kind = Kind {
    id: "counts-csv",
    name: "table of counts by period",
    fits: |head| {
        let names = names(head.first_line());
        names.len() == 2
            && column_of(&names, &TIMES).is_some()
            && column_of(&names, &COUNTS).is_some()
    },
    read,
};

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    let (name, stem) = (source.name.clone(), source.stem().to_owned());
    let mut columns = None;
    let mut rows: Vec<(u32, f64)> = Vec::new();
    source.each_line(|_, line| {
        let Some((time, count)) = columns else {
            let names = names(line);
            columns = column_of(&names, &TIMES).zip(column_of(&names, &COUNTS));
            return Taken::Aside;
        };
        let row: Vec<_> = fields(line).collect();
        let Some(at) = row.get(time).and_then(|text| second(text)) else {
            return Taken::Skipped("without a readable time");
        };
        let Some(n) = number(row.get(count)).filter(|n| *n >= 0.0) else {
            return Taken::Skipped("with missing or broken fields");
        };
        rows.push((at, n));
        Taken::Kept
    });
    rows.sort_by_key(|row| row.0);
    let gaps = rows.windows(2).map(|w| w[1].0 - w[0].0).filter(|gap| *gap > 0);
    let length_s = gaps.min().unwrap_or(60);
    for (start_s, requests) in rows {
        into.count(&stem, &name, Counted { start_s, length_s, requests });
    }
}

/// Seconds since 1970 of a written time or a number.
pub(super) fn second(text: &[u8]) -> Option<u32> {
    let at =
        rfc3339(text).map(|(at, ..)| at).or_else(|| Some(epoch(text, Unit::of_epoch(text)?)?.0))?;
    u32::try_from(at / 1_000_000_000).ok()
}
