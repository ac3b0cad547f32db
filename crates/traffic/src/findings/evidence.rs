//! Findings about metrics, traces and measurements.

use source::Finding;
use units::Bytes;

use crate::gathering::spans::Totals;
use crate::recorded::thousands;

/// TR060: a JSON document that is larger than is read.
pub(crate) fn large_document(name: &str, limit: u64) -> Finding {
    let limit = Bytes::new(limit);
    Finding::warning(
        "TR060",
        format!("`{name}`: a JSON document of {limit} or more: the rest is not read"),
    )
    .hint("write one document a line, which may go on for ever, or give a part of it")
}

/// TR061: a JSON document that breaks off.
pub(crate) fn broken_document(name: &str, line: u64, what: &str) -> Finding {
    let line = thousands(line);
    Finding::warning("TR061", format!("`{name}`, line {line}: {what}"))
        .hint("what stands before is used; copy or export the file again if it should be whole")
}

/// TR062: recognised, and of no use here.
pub(crate) fn not_used(name: &str, what: &str, why: &str) -> Finding {
    Finding::note("TR062", format!("`{name}` is {what}: {why}"))
}

/// TR063: more than is kept.
pub(crate) fn too_much_evidence(dropped: u64) -> Finding {
    let dropped = thousands(dropped);
    Finding::warning("TR063", format!("{dropped} measurements left out: ten million are kept (spans: four million; calls: one million), and periods up to a month, twenty million minutes in all"))
        .hint("give a shorter time")
}

/// TR064: lines that another program than the platform wrote.
pub(crate) fn local_runs(name: &str, lines: u64) -> Finding {
    Finding::warning(
        "TR064",
        format!("`{name}`: {} REPORT lines of a local emulator left out", thousands(lines)),
    )
    .hint("`Init Duration` before `Duration` is what `sam local` writes: it measures your machine")
}

/// TR065: what must be known to use metrics.
pub(crate) fn unnamed_metric(name: &str, what: &str) -> Finding {
    Finding::warning("TR065", format!("`{name}`: {what}, so it is not used")).hint(
        "query with the metric's name, or call the file by what it holds: `requests.json`, `cpu.json`, `memory.json`, \
         `latency.json`",
    )
}

/// TR068: what a file does not say, so that it stays unknown.
pub(crate) fn untold(name: &str, what: &str, hint: &str) -> Finding {
    Finding::warning("TR068", format!("`{name}` does not say {what}")).hint(hint)
}

/// TR069: how a file's figures were taken, where it could be understood otherwise.
pub(crate) fn taken_as(name: &str, what: &str) -> Finding {
    Finding::note("TR069", format!("`{name}`: {what}"))
}

/// TR065: metrics of a file that are not used.
pub(crate) fn other_metrics(name: &str, count: usize, shown: &str, more: &str) -> Finding {
    Finding::warning(
        "TR065",
        format!(
            "`{name}`: {count} metrics say nothing of requests, durations, CPU or memory by the semantic conventions, \
             so they are not used: `{shown}`{more}"
        ),
    )
    .hint("used are `http.server.request.duration`, `rpc.server.call.duration`, `faas.invoke_duration`, \
           `container.cpu.time`, `container.memory.usage` and their like")
}

/// TR066: spans that were not counted, or whose parents are missing.
pub(crate) fn of_spans(totals: &Totals) -> Vec<Finding> {
    let mut found = Vec::new();
    let again = totals.read - totals.distinct;
    if again > 0 {
        found.push(Finding::note(
            "TR066",
            format!(
                "{} of {} spans came twice: counted once",
                thousands(again),
                thousands(totals.read)
            ),
        ));
    }
    if totals.orphans * 100 > totals.distinct {
        found.push(
            Finding::warning("TR067", format!("{} of {} spans name a parent that is not there: taken as requests from outside", thousands(totals.orphans), thousands(totals.distinct)))
                .hint("export whole traces"),
        );
    }
    found
}
