//! Spans as a table: `TraceID,SpanID,ParentID,PodName,…,StartTimeUnixNano,EndTimeUnixNano,…`. Services are the
//! pods' names without what a ReplicaSet adds; the word `root` stands for no parent.

use crate::evidence::Kind;
use crate::gathering::source::Taken;
use crate::gathering::spans::{Side, Span, id, of_pod};
use crate::gathering::table::{column, column_of, fields, names, text};

pub(super) const KIND: Kind = Kind {
    id: "spans-csv",
    name: "table of spans",
    fits: |head| {
        head.columns(&["TraceID", "SpanID", "ParentID", "StartTimeUnixNano", "EndTimeUnixNano"])
    },
    read: |source, into| {
        let mut columns: Option<[Option<usize>; 7]> = None;
        source.each_line(|_, line| {
            let Some(columns) = columns else {
                let names = names(line);
                columns = Some([
                    column(&names, "TraceID"),
                    column(&names, "SpanID"),
                    column(&names, "ParentID"),
                    column_of(&names, &["ServiceName", "Service", "PodName", "Pod"]),
                    column(&names, "StartTimeUnixNano"),
                    column(&names, "EndTimeUnixNano"),
                    column(&names, "Duration"),
                ]);
                return Taken::Aside;
            };
            let row: Vec<_> = fields(line).collect();
            let [trace, own, parent, service, start, end, duration] =
                columns.map(|c| c.and_then(|c| row.get(c)));
            let ns = |field: Option<&std::borrow::Cow<'_, [u8]>>| text(field).parse::<u64>().ok();
            let (Some(start_ns), Some(end_ns)) = (ns(start), ns(end)) else {
                return Taken::Skipped("without a readable time");
            };
            let own = own.map_or(0, |f| id(f));
            if own == 0 || end_ns < start_ns {
                return Taken::Skipped("with missing or broken fields");
            }
            // In microseconds, cut or rounded.
            let told = crate::gathering::table::number(duration);
            if told.is_some_and(|us| (us - (end_ns - start_ns) as f64 / 1e3).abs() > 1.0) {
                into.spans.mismatched += 1;
            }
            let parent =
                parent.map_or(0, |f| if f.eq_ignore_ascii_case(b"root") { 0 } else { id(f) });
            let service = into.spans.service(of_pod(&text(service)));
            let trace = trace.map_or(0, |f| id(f));
            into.spans.push(Span {
                trace,
                id: own,
                parent,
                service,
                side: Side::Inside,
                start_ns,
                end_ns,
                adjusted_milli: 0,
            });
            Taken::Kept
        });
    },
};
