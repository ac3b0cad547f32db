//! Findings about logs.

use std::collections::BTreeSet;

use source::{Finding, Severity};
use units::{Bytes, Duration};

use crate::log_report::{FileReport, LogReport, Rhythm, Utc};
use crate::order::Minutes;
use crate::reading::Limits;
use crate::recorded::{REPLAYED_MAX, Window, thousands};
use crate::strays::Strays;

/// Skipped lines below this share of a file are worth a note only.
const SKIPPED_NOTE: f64 = 0.01;
/// Lines out of order below this share are what a busy server's threads do.
const DISORDER_NOTE: f64 = 0.01;
/// A month drawn from less is a guess.
const COVERED_MIN: Duration = Duration::DAY;
/// A hole this many times as long as all else looks as if nothing was recorded in it,
const HOLE_TIMES: f64 = 3.0;
/// if it is not short.
const HOLE_MIN: Duration = Duration::from_secs(600);
/// Nothing for so long, in a log that else is never silent for a fifth of it, looks like a missing file.
const GAP_MIN: Duration = Duration::DAY;

/// Fewer shared minutes happen by chance where lines are short.
const SHARED_MINUTES_MIN: u64 = 3;
/// So many lines do not.
const SHARED_REQUESTS_MIN: u64 = 20;
/// Pairs of overlapping files that are compared.
const PAIRS_MAX: usize = 4_000;
/// A clock is put back once a year; what steps back more often is no clock.
const CLOCK_CHANGES_MAX: u64 = 12;
/// Repeated lines below this share are what clients do.
const REPEATED_MIN: f64 = 0.02;
/// Kinds of requests below this share change no plan.
const KIND_MIN: f64 = 0.2;

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
        if file.copy_of.is_some() {
            continue;
        }
        found.extend(out_of_order(file));
        found.extend(offset_changes(file));
        found.extend(clock_changes(file));
        found.extend(repetitions(file));
    }
    let Some(rhythm) = &report.rhythm else {
        if !report.files.is_empty() {
            found.push(Finding::warning("TR021", "no requests were found"));
        }
        return found;
    };
    found.extend(covered(rhythm.span()));
    found.extend(untrusted(rhythm));
    found.extend(gap(rhythm));
    found.extend(mostly_unrecorded(rhythm.longest_gap, rhythm.span()));
    found.extend(other_kinds(report));
    if targets > 0 {
        found.extend(unmatched(report));
    }
    found
}

/// TR022: steps back in time.
fn out_of_order(file: &FileReport) -> Option<Finding> {
    let back = &file.order.back;
    if back.count == 0 {
        return None;
    }
    let message = format!(
        "`{}`: {} back in time, by {} at the most: sorted ({})",
        file.name,
        if back.count == 1 {
            "1 line steps".to_owned()
        } else {
            format!("{} lines step", thousands(back.count))
        },
        file.order.longest_back,
        back.described()
    );
    let few = (back.count as f64) < file.kept as f64 * DISORDER_NOTE;
    Some(if few { Finding::note("TR022", message) } else { Finding::warning("TR022", message) })
}

/// TR040: the format given on the command line is another one.
pub(crate) fn format_does_not_fit(name: &str) -> Finding {
    Finding::warning("TR040", format!("`{name}`: the given log format fits its first lines not at all or hardly"))
        .hint("the format was found out from the lines instead; give the string that the server's configuration has")
}

/// TR041: two files of the same time, perhaps of the same lines.
pub(crate) fn overlaps(files: &[FileReport], minutes: &[Minutes]) -> Vec<Finding> {
    let mut spans: Vec<(u64, u64, usize)> = (0..)
        .zip(files)
        .filter(|(_, file)| file.copy_of.is_none())
        .filter_map(|(i, file)| file.order.span_ns.map(|(first, last)| (first, last, i)))
        .collect();
    spans.sort_unstable();
    let mut found = Vec::new();
    let (mut overlapping, mut compared) = (0_u64, 0);
    for (at, (_, last, i)) in spans.iter().enumerate() {
        for (first, _, j) in spans.iter().skip(at + 1).take_while(|(first, ..)| first < last) {
            overlapping += 1;
            compared += 1;
            if compared > PAIRS_MAX {
                break;
            }
            let (Some(a), Some(b)) = (minutes.get(*i), minutes.get(*j)) else { continue };
            let (shared, requests) = a.shared(b);
            if shared >= SHARED_MINUTES_MIN || requests >= SHARED_REQUESTS_MIN {
                found.push(
                    Finding::warning(
                        "TR041",
                        format!(
                            "`{}` and `{}` hold the same lines in {} minutes from {} UTC on: {} requests are counted \
                             twice",
                            files[*i].name,
                            files[*j].name,
                            thousands(shared),
                            Utc(*first),
                            thousands(requests)
                        ),
                    )
                    .hint("a log that was copied before it was rotated holds its lines, too: give each line once"),
                );
            }
        }
    }
    if found.is_empty() && overlapping > 0 {
        found.push(Finding::note(
            "TR041",
            "files overlap in time and share no lines: taken as those of several servers",
        ));
    }
    found
}

/// TR042: the offset from UTC that is written changes.
fn offset_changes(file: &FileReport) -> Option<Finding> {
    let (before, after) = file.order.first_change?;
    let offset = |minutes: i16| {
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60)
    };
    let changes = &file.order.offset_changes;
    Some(Finding::note(
        "TR042",
        format!(
            "`{}`: the offset from UTC changes {} ({} to {}, {}): every time is read with its own",
            file.name,
            if changes.count == 1 {
                "once".to_owned()
            } else {
                format!("{} times", thousands(changes.count))
            },
            offset(before),
            offset(after),
            changes.described()
        ),
    ))
}

/// TR043: a clock without a zone was put back.
fn clock_changes(file: &FileReport) -> Option<Finding> {
    let changes = &file.order.clock_changes;
    (changes.count > 0 && changes.count <= CLOCK_CHANGES_MAX).then(|| {
        Finding::warning(
            "TR043",
            format!(
                "`{}`: its times name no zone and step back an hour ({}): summer time, it seems, so that hour is \
                 counted double",
                file.name,
                changes.described()
            ),
        )
        .hint("log in UTC or with the offset")
    })
}

/// TR044: lines that came before.
fn repetitions(file: &FileReport) -> Option<Finding> {
    let repeated = &file.order.repeated;
    let many = repeated.count as f64 >= file.kept as f64 * REPEATED_MIN;
    (repeated.count > 0 && many && file.format != Some("csv")).then(|| {
        Finding::note(
            "TR044",
            format!(
                "`{}`: {} lines repeat one shortly before them ({}): counted, as their times are whole seconds",
                file.name,
                thousands(repeated.count),
                repeated.described()
            ),
        )
        .hint("if a log collector sent them twice, remove them: `awk '!seen[$0]++'`")
    })
}

/// TR045: much of the load is not what an application is planned for.
fn other_kinds(report: &LogReport) -> Option<Finding> {
    if report.left_out > 0 {
        return Some(Finding::note(
            "TR045",
            format!("{} requests left out, as asked", thousands(report.left_out)),
        ));
    }
    let kinds = [
        ("health checks", "health", report.health_checks),
        ("bots", "bots", report.bots),
        ("static files", "static", report.static_files),
    ];
    let large: Vec<_> =
        kinds.iter().filter(|(.., n)| *n as f64 >= report.requests as f64 * KIND_MIN).collect();
    if large.is_empty() {
        return None;
    }
    let shares: Vec<String> = large
        .iter()
        .map(|(words, _, n)| format!("{} {words}", units::Share::of(*n, report.requests)))
        .collect();
    let names: Vec<&str> = large.iter().map(|(_, name, _)| *name).collect();
    Some(
        Finding::note("TR045", format!("of all requests {}", shares.join(", ")))
            .hint(format!("`--leave-out {}` plans without them", names.join(","))),
    )
}

/// TR023: a log too short to speak for a month.
fn covered(span: Duration) -> Option<Finding> {
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

/// TR046: most of the time between the first request and the last holds none.
fn mostly_unrecorded((length, from): (Duration, Utc), span: Duration) -> Option<Finding> {
    let rest = span.secs_f64() - length.secs_f64();
    let large = length.secs_f64() > rest * HOLE_TIMES && length >= HOLE_MIN && length < GAP_MIN;
    large.then(|| {
        let times = span.secs_f64() / rest.max(1.0);
        Finding::warning(
            "TR046",
            format!("no request for {length} of the {span} from first to last, from {from} UTC on: counted as silence"),
        )
        .hint(format!(
            "if nothing was recorded then, the load is about {times:.0} times what is planned for: give the files of one \
             stretch alone"
        ))
    })
}

/// TR023 and TR046 of traces, whose requests are not in the log's own rhythm: the minutes since 1970 in which any came.
pub(crate) fn of_trace_minutes(minutes: &BTreeSet<u64>) -> Vec<Finding> {
    let (Some(first), Some(last)) = (minutes.first(), minutes.last()) else { return Vec::new() };
    let span = Duration::MINUTE * (last - first + 1);
    let pairs = minutes.iter().zip(minutes.iter().skip(1));
    let (length, from) = pairs.map(|(a, b)| (b - a - 1, a + 1)).max().unwrap_or((0, *first));
    let hole = (Duration::MINUTE * length, Utc(Duration::MINUTE.nanos() * from));
    covered(span).into_iter().chain(mostly_unrecorded(hole, span)).collect()
}

/// TR026: the same content under two names.
pub(crate) fn same_file_twice(first: &str, second: &str) -> Finding {
    Finding::warning("TR026", format!("`{first}` and `{second}` hold the same lines: counted once"))
        .hint("give each log once")
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
    let quoted = |rules: &[String]| rules.join(", ");
    let of = |list: &[(String, u64)], before: &str| -> Vec<String> {
        list.iter().take(3).map(|(name, _)| format!("{before}{name}")).collect()
    };
    let rules = if report.top_unmatched_services.is_empty() {
        of(&report.top_unmatched, "")
    } else {
        of(&report.top_unmatched_services, "service:")
    };
    Some(finding.hint(if rules.is_empty() {
        "let one component with `load: routed` and no paths take the rest".to_owned()
    } else {
        format!(
            "say who answers them: `--route COMPONENT={}`, or `paths: [{}]` in crossover.yaml; `--route COMPONENT=/` takes \
             the rest",
            rules.first().map_or("/", String::as_str),
            quoted(&rules)
        )
    }))
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
