//! Findings about logs.

use source::{Finding, Severity};
use units::{Bytes, Duration};

use crate::log_report::{FileReport, LogReport, Rhythm, Utc};
use crate::reading::Limits;
use crate::recorded::{REPLAYED_MAX, Window, thousands};
use crate::strays::Strays;

/// Skipped lines below this share of a file are worth a note only.
const SKIPPED_NOTE: f64 = 0.01;
/// Lines out of order below this share are what a busy server's threads do.
const DISORDER_NOTE: f64 = 0.01;
/// A month drawn from less is a guess.
const COVERED_MIN: Duration = Duration::DAY;
/// Nothing for so long, in a log that else is never silent for a fifth of it, looks like a missing file.
const GAP_MIN: Duration = Duration::DAY;

/// TR011: the file could not be opened or read.
pub(crate) fn unreadable_file(name: &str, error: &str) -> Finding {
    Finding::error("TR011", format!("`{name}` cannot be read: {error}"))
}

/// TR012: the file is something else than a log.
pub(crate) fn wrong_kind(name: &str, what: &str, hint: &str) -> Finding {
    Finding::error("TR012", format!("`{name}` is {what}")).hint(hint)
}

/// TR013: nothing in the file.
pub(crate) fn empty_file(name: &str) -> Finding {
    Finding::warning("TR013", format!("`{name}` is empty"))
}

/// TR014: no format fits.
pub(crate) fn unknown_format(name: &str, binary: bool) -> Finding {
    let what = if binary { "is binary, or in no" } else { "is in no" };
    Finding::error("TR014", format!("`{name}` {what} log format we know")).hint(
        "give an access log in common or combined format, or a table with the header `timestamp,duration_ms`",
    )
}

/// TR015: the file breaks off.
pub(crate) fn cut_off(name: &str, line: u64, error: &str) -> Finding {
    let lines = thousands(line);
    Finding::warning("TR015", format!("`{name}` breaks off after {lines} lines: {error}"))
        .hint("the lines before are used; copy the file again if it should be whole")
}

/// TR016: lines that could not be read.
pub(crate) fn skipped_lines(file: &FileReport, reasons: &[String]) -> Option<Finding> {
    if file.skipped == 0 {
        return None;
    }
    let message = format!(
        "`{}`: {} of {} lines skipped: {}",
        file.name,
        thousands(file.skipped),
        thousands(file.lines),
        reasons.join("; ")
    );
    let few = (file.skipped as f64) < file.lines as f64 * SKIPPED_NOTE;
    Some(if few { Finding::note("TR016", message) } else { Finding::warning("TR016", message) })
}

/// TR017: more than any log holds.
pub(crate) fn too_many_bytes(name: &str, bytes: u64) -> Finding {
    let limit = Bytes::new(bytes);
    Finding::warning("TR017", format!("`{name}` holds more than {limit}: the rest is not read"))
        .hint("give a part of it, such as one month")
}

/// TR018: what had to be assumed to read a file.
pub(crate) fn assumed(name: &str, what: &str) -> Finding {
    Finding::note("TR018", format!("`{name}`: {what}"))
}

/// TR019: lines far from all others in time.
pub(crate) fn strays(strays: &Strays) -> Finding {
    let lines = if strays.count == 1 { "request" } else { "requests" };
    let count = thousands(strays.count);
    Finding::warning("TR019", format!("{count} {lines} more than 30 days from all others left out"))
        .hint("a clock was wrong, or files of different times were mixed")
}

/// TR020: precision given up to stay within memory.
pub(crate) fn of_memory(exact: bool, minutes: bool, limits: Limits) -> Option<Finding> {
    let message = if minutes {
        format!(
            "more than {} different seconds: only minutes are replayed",
            thousands(limits.ticks as u64)
        )
    } else if exact {
        format!(
            "more than {} exact moments: they are replayed to the second, and their durations are drawn from \
             the declared work",
            thousands(limits.exact as u64)
        )
    } else {
        return None;
    };
    Some(Finding::warning("TR020", message).hint("give a part of the log, such as one month"))
}

/// Everything that the whole says.
pub(crate) fn of_report(report: &LogReport, targets: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &report.files {
        found.extend(out_of_order(file));
    }
    let Some(rhythm) = &report.rhythm else {
        if !report.files.is_empty() {
            found.push(Finding::warning("TR021", "no requests were found"));
        }
        return found;
    };
    found.extend(covered(rhythm));
    found.extend(untrusted(rhythm));
    found.extend(gap(rhythm));
    found.extend(same_file_twice(&report.files));
    if targets > 0 {
        found.extend(unmatched(report));
    }
    found
}

/// TR022: steps back in time.
fn out_of_order(file: &FileReport) -> Option<Finding> {
    if file.out_of_order == 0 {
        return None;
    }
    let count = thousands(file.out_of_order);
    let message = format!("`{}`: {count} lines step back in time: sorted", file.name);
    let few = (file.out_of_order as f64) < file.kept as f64 * DISORDER_NOTE;
    Some(if few { Finding::note("TR022", message) } else { Finding::warning("TR022", message) })
}

/// TR023: a log too short to speak for a month.
fn covered(rhythm: &Rhythm) -> Option<Finding> {
    let span = rhythm.span();
    (span < COVERED_MIN - Duration::HOUR).then(|| {
        Finding::warning(
            "TR023",
            format!("the traffic covers only {span} and stands for a whole month"),
        )
        .hint("give a week or more, so that nights and weekends count")
    })
}

/// TR024: times that were altered.
fn untrusted(rhythm: &Rhythm) -> Option<Finding> {
    if rhythm.tells_minutes_only() {
        return Some(
            Finding::note("TR024", "times are full minutes: requests are spread within them")
                .hint("bursts within a minute cannot be seen in this log"),
        );
    }
    let minute = rhythm.same_minute_of_hour()?;
    Some(
        Finding::warning(
            "TR024",
            format!("nearly all requests lie in minute :{minute:02} of their hours: do not trust the peaks"),
        )
        .hint("the log was sampled or its times were altered; give the original"),
    )
}

/// TR025: a hole as long as a day in a log that else is never silent for long.
fn gap(rhythm: &Rhythm) -> Option<Finding> {
    let (length, from) = rhythm.longest_gap;
    let usual = rhythm.mean.hertz() * Duration::HOUR.secs_f64() >= 10.0;
    (length >= GAP_MIN && usual).then(|| {
        Finding::warning(
            "TR025",
            format!("no request for {length} from {from} UTC: counted as silence"),
        )
        .hint("add the missing file if there is one")
    })
}

/// TR026: the same content under two names.
fn same_file_twice(files: &[FileReport]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (i, file) in files.iter().enumerate() {
        let same = |other: &&FileReport| {
            other.kept > 0
                && other.bytes == file.bytes
                && other.lines == file.lines
                && other.fingerprint == file.fingerprint
        };
        if let Some(first) = files.iter().take(i).find(same) {
            found.push(
                Finding::warning(
                    "TR026",
                    format!(
                        "`{}` and `{}` hold the same lines: counted twice",
                        first.name, file.name
                    ),
                )
                .hint("give each log once"),
            );
        }
    }
    found
}

/// TR027: requests that belong to no component.
fn unmatched(report: &LogReport) -> Option<Finding> {
    if report.unmatched == 0 {
        return None;
    }
    let top: Vec<String> = report
        .top_unmatched
        .iter()
        .take(3)
        .map(|(p, n)| format!("{p} {}", thousands(*n)))
        .collect();
    let examples = if top.is_empty() { String::new() } else { format!(": {}", top.join(", ")) };
    let finding = Finding {
        id: "TR027",
        severity: Severity::Warning,
        message: format!(
            "{} of {} requests ({}) belong to no component{examples}",
            thousands(report.unmatched),
            thousands(report.requests),
            report.unmatched_share(),
        ),
        labels: Vec::new(),
        hint: None,
    };
    Some(finding.hint(
        "add their prefixes to a component's `paths`, or let one component with `load: routed` and no paths \
         take the rest",
    ))
}

/// TR028: a recording of years.
pub(crate) fn long_recording(window: Window) -> Finding {
    let since = Utc(window.first_ns);
    Finding::note(
        "TR028",
        format!("the load is that of the last {REPLAYED_MAX}, since {since} UTC"),
    )
    .hint("older traffic is in the report alone")
}
