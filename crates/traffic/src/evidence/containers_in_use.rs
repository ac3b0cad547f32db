//! Containers in use by the minute and application: `HashApp,…,m0,m1,…`, with the memory and the number of
//! invocations of the day beside them where the table has them. Containers are concurrency, not requests.

use crate::evidence::Kind;
use crate::findings;
use crate::gathering::source::{Source, Taken};
use crate::gathering::table::{column, fields, names, number, text};
use crate::gathering::{Gathered, InUse, Summary};

pub(super) const KIND: Kind = Kind {
    id: "containers-by-minute",
    name: "containers in use by minute",
    fits: |head| {
        head.columns(&["HashApp", "m0"])
            || head.columns(&["HashApp", "NumEvents", "MaxContainerMinute"])
    },
    read,
};

const MINUTE_S: u32 = 60;

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected = "an application below `HashApp` and one number of zero or more for each minute of the header";
    let name = source.name.clone();
    let mut header: Vec<String> = Vec::new();
    let mut minutes: Vec<(usize, u32)> = Vec::new();
    source.each_line(|_, line| {
        if header.is_empty() {
            header = names(line);
            let minute = |(at, name): (usize, &String)| Some((at, minute(name)?));
            minutes = header.iter().enumerate().filter_map(minute).collect();
            return Taken::Aside;
        }
        let row: Vec<_> = fields(line).collect();
        let of = |wanted: &str| column(&header, wanted).and_then(|at| row.get(at));
        let app = text(of("HashApp"));
        if app.is_empty() {
            return Taken::Skipped("without an application");
        }
        let counts: Vec<(u32, f64)> = minutes
            .iter()
            .filter_map(|(at, minute)| Some((*minute, number(row.get(*at)).filter(|n| *n >= 0.0)?)))
            .collect();
        if row.len() != header.len() || counts.len() != minutes.len() {
            return Taken::Skipped("with missing or broken fields");
        }
        for (minute, containers) in counts {
            let in_use = InUse { start_s: minute * MINUTE_S, length_s: MINUTE_S, containers };
            into.in_use(&app, &name, in_use);
        }
        if let Some(mean) = number(of("AverageMemUsage")).filter(|mb| *mb > 0.0) {
            let summary = Summary { count: 0, mean: Some(mean), quantiles: Vec::new() };
            into.subject(&app, &name).memory_mb = Some(summary);
        }
        if let Some(requests) = number(of("NumInvocations")) {
            into.untimed(&app, &name, requests);
        }
        Taken::Kept
    });
    if source.kept > 0 {
        source.tell(findings::untold(
            &name,
            "when requests came: it counts containers, and a container takes any number of requests",
            "give invocations by the minute, or write `load: N/day`",
        ));
    }
}

/// `m0` is minute 0.
fn minute(name: &str) -> Option<u32> {
    name.strip_prefix('m')?.parse::<u32>().ok().filter(|minute| *minute < 1_000_000)
}
