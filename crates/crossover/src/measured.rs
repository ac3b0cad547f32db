//! What metrics, traces and measurements say, as lines of a table.

use std::collections::BTreeMap;

use report::traffic::TrafficLine;
use traffic::{Evidence, Reference, Subject, Summary};
use units::Share;

use crate::load::grouped;

/// Subjects and calls with lines of their own.
const MOST: usize = 12;
/// Runtimes and distributions with lines of their own.
const REFERENCES_MOST: usize = 60;

fn line(label: &str, value: impl Into<String>, note: impl Into<String>) -> TrafficLine {
    TrafficLine { label: label.to_owned(), value: value.into(), note: note.into() }
}

/// Totals first, then the busiest services and functions, then the busiest calls.
pub(crate) fn lines(evidence: &Evidence) -> Vec<TrafficLine> {
    let mut lines = Vec::new();
    if evidence.is_empty() {
        return lines;
    }
    let subjects = &evidence.subjects;
    let requests: f64 = subjects.values().map(Subject::requests).sum();
    if requests > 0.0 {
        let note = format!("of {} services or functions", grouped(subjects.len() as u64));
        lines.push(line("measured requests", grouped(requests.round() as u64), note));
    }
    let cold = evidence.cold();
    if cold.1 > 0 {
        let note = format!("{} of {} invocations", grouped(cold.0), grouped(cold.1));
        lines.push(line("cold starts", Share::of(cold.0, cold.1).to_string(), note));
    }
    if evidence.spans.read > 0 {
        let spans = evidence.spans;
        let note = format!(
            "{} traces, {} roots, {} spans as read",
            grouped(spans.traces),
            grouped(spans.roots),
            grouped(spans.read)
        );
        lines.push(line("spans", grouped(spans.distinct), note));
    }
    let untimed: Vec<f64> = subjects.values().filter_map(|s| s.untimed_requests).collect();
    if !untimed.is_empty() {
        let note = format!("of {}, over a time that is not told", grouped(untimed.len() as u64));
        lines.push(line("requests without a time", whole(untimed.iter().sum()), note));
    }
    lines.extend(containers(evidence));
    let rank = |s: &Subject| (s.requests(), s.untimed_requests.unwrap_or(0.0), mean_in_use(s));
    let mut busiest: Vec<(&String, &Subject)> = subjects.iter().collect();
    busiest.sort_by(|a, b| {
        let (a_by, b_by) = (rank(a.1), rank(b.1));
        let by = b_by.0.total_cmp(&a_by.0).then(b_by.1.total_cmp(&a_by.1));
        by.then(b_by.2.total_cmp(&a_by.2)).then(a.0.cmp(b.0))
    });
    for (name, subject) in busiest.iter().take(MOST) {
        let value = if subject.requests() > 0.0 {
            whole(subject.requests())
        } else {
            subject.untimed_requests.map_or_else(|| "–".to_owned(), whole)
        };
        lines.push(line(&short(name), value, says(subject)));
    }
    let mut calls: Vec<_> = evidence.calls.iter().collect();
    calls.sort_by(|a, b| b.calls.cmp(&a.calls).then((&a.from, &a.to).cmp(&(&b.from, &b.to))));
    for call in calls.iter().take(MOST) {
        let each = call.calls as f64 / call.requests.max(1) as f64;
        let (value, note) = match (call.calls, call.requests) {
            (0, _) => ("calls".to_owned(), "how often is not told".to_owned()),
            (calls, 0) => (grouped(calls), String::new()),
            (calls, _) if each < 0.1 => (grouped(calls), format!("{each:.4} for each request")),
            (calls, _) => (grouped(calls), format!("{each:.2} for each request")),
        };
        let label = format!("{} → {}", short(&call.from), short(&call.to));
        lines.push(line(&label, value, note));
    }
    if calls.len() > MOST {
        lines.push(line("more calls", grouped((calls.len() - MOST) as u64), ""));
    }
    lines.extend(references(&evidence.references));
    lines
}

fn whole(value: f64) -> String {
    grouped(value.round() as u64)
}

/// Containers of all applications together; they are concurrency, and no requests.
fn containers(evidence: &Evidence) -> Option<TrafficLine> {
    let (applications, periods) = evidence.containers();
    let most = periods.iter().copied().reduce(f64::max)?;
    let mean = periods.iter().sum::<f64>() / periods.len() as f64;
    let note = format!("{most} at most at once, of {applications} applications; no requests");
    Some(line("containers in use", format!("{mean:.1}"), note))
}

fn mean_in_use(subject: &Subject) -> f64 {
    let sum: f64 = subject.in_use.iter().map(|c| c.containers).sum();
    sum / subject.in_use.len().max(1) as f64
}

/// Runtimes line by line, each over its packages, sizes and architectures; distributions with their percentiles.
fn references(all: &[Reference]) -> Vec<TrafficLine> {
    let mut groups: BTreeMap<&str, Vec<&Reference>> = BTreeMap::new();
    for reference in all {
        let whose = reference.of.split(" | ").next().unwrap_or_default();
        groups.entry(whose).or_default().push(reference);
    }
    let shown = groups.len().min(REFERENCES_MOST);
    let mut lines: Vec<TrafficLine> =
        groups.iter().take(shown).map(|(w, of)| group(w, of)).collect();
    if groups.len() > shown {
        lines.push(line("more distributions", grouped((groups.len() - shown) as u64), ""));
    }
    lines
}

/// One runtime or distribution: its first quantity as the value, the others beside it.
fn group(whose: &str, of: &[&Reference]) -> TrafficLine {
    if let [only] = of {
        let at = |(share, name): (f64, &str)| {
            let value = quantile(&only.summary, share)?;
            Some(format!("{name} {}", with_unit(value, only.unit)))
        };
        let shares = [(0.75, "p75"), (0.9, "p90"), (0.99, "p99"), (1.0, "at most")];
        let mut parts: Vec<String> = shares.into_iter().filter_map(at).collect();
        if only.unit.is_empty() {
            parts.push("unit not told".to_owned());
        }
        let label = [whose, &only.quantity].into_iter().filter(|part| !part.is_empty());
        let label = label.collect::<Vec<_>>().join(": ");
        let value = at((0.5, "p50")).unwrap_or_else(|| "–".to_owned());
        return line(&label, value, parts.join(", "));
    }
    let mut quantities: Vec<(&str, Vec<&Reference>)> = Vec::new();
    for reference in of {
        match quantities.iter_mut().find(|(name, _)| *name == reference.quantity) {
            Some((_, all)) => all.push(reference),
            None => quantities.push((&reference.quantity, vec![reference])),
        }
    }
    let told = |(name, all): &(&str, Vec<&Reference>)| {
        let middle = |r: &&Reference| quantile(&r.summary, 0.5).or(r.summary.mean);
        let middles: Vec<f64> = all.iter().filter_map(middle).collect();
        let low = middles.iter().copied().reduce(f64::min)?;
        let high = middles.iter().copied().reduce(f64::max)?;
        let unit = all.first().map_or("", |r| r.unit);
        Some(format!("{name} {} to {}", with_unit(low, ""), with_unit(high, unit)))
    };
    let mut parts = quantities.iter().filter_map(told);
    let value = parts.next().unwrap_or_else(|| "–".to_owned());
    let series = quantities.first().map_or(0, |(_, all)| all.len());
    let count: u64 =
        quantities.first().map_or(0, |(_, all)| all.iter().map(|r| r.summary.count).sum());
    let rest: Vec<String> = parts.collect();
    let note = format!("{}; {series} series, {} starts", rest.join(", "), grouped(count));
    line(whose, value, note)
}

fn with_unit(value: f64, unit: &str) -> String {
    let digits =
        if value < 10.0 && value.fract() != 0.0 { format!("{value:.2}") } else { whole(value) };
    if unit.is_empty() { digits } else { format!("{digits} {unit}") }
}

fn quantile(summary: &Summary, share: f64) -> Option<f64> {
    summary.quantiles.iter().find(|q| (q.0 - share).abs() < 1e-9).map(|q| q.1)
}

/// Hashes are shown by their beginning, long names by both ends.
fn short(name: &str) -> String {
    const PART: usize = 24;
    const WHOLE: usize = 40;
    let cut = |part: &str| {
        if part.len() > PART && part.bytes().all(|b| b.is_ascii_hexdigit()) {
            part.chars().take(8).collect()
        } else {
            part.to_owned()
        }
    };
    let name = name.split('/').map(cut).collect::<Vec<String>>().join("/");
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= WHOLE {
        return name;
    }
    let half = WHOLE / 2;
    let ends = [&letters[..half], &letters[letters.len() - half + 1..]];
    ends.map(|end| end.iter().collect::<String>()).join("…")
}

fn says(subject: &Subject) -> String {
    let mut parts = Vec::new();
    let took = subject.durations_us();
    let ms = |sorted: &[u32], share: f64| {
        let rank = ((share * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
        f64::from(sorted[rank - 1]) / 1e3
    };
    if !took.is_empty() {
        parts.push(format!("p50 {:.1} ms, p99 {:.1} ms", ms(&took, 0.5), ms(&took, 0.99)));
    } else if let Some(summary) = &subject.duration_ms {
        let shares = [(0.5, "p50"), (0.95, "p95"), (0.99, "p99")];
        parts.extend(summary.mean.map(|mean| format!("mean {mean:.1} ms")));
        let told =
            |(share, name)| quantile(summary, share).map(|ms| format!("{name} about {ms:.1} ms"));
        parts.extend(shares.into_iter().filter_map(told));
    }
    if !subject.in_use.is_empty() {
        let idle = subject.in_use.iter().filter(|c| c.containers <= 0.0).count() as u64;
        let most = subject.in_use.iter().map(|c| c.containers).fold(0.0, f64::max);
        parts.push(format!(
            "{:.2} containers on average, {most} at most, none {} of the time",
            mean_in_use(subject),
            Share::of(idle, subject.in_use.len() as u64)
        ));
    }
    let inits = subject.inits_us();
    if !inits.is_empty() {
        parts.push(format!("init p50 {:.0} ms", ms(&inits, 0.5)));
    }
    let used = subject.invocations.iter().map(|v| v.used_mb).max().filter(|mb| *mb > 0);
    if let Some(mb) = used {
        parts.push(format!("{mb} MB used"));
    }
    if let Some(memory) = &subject.memory_mb {
        match (quantile(memory, 1.0), memory.mean) {
            (Some(most), _) => parts.push(format!("{most:.0} MB used at most")),
            (None, Some(mean)) => parts.push(format!("{mean:.0} MB used on average")),
            (None, None) => {}
        }
    }
    if let Some((cores, _)) = subject.cpu_cores {
        parts.push(format!("{cores:.4} cores in use"));
    }
    if let Some(share) = subject.self_share {
        parts.push(format!("{:.0} % own work at most", share * 100.0));
    }
    if subject.power.len() > 1 {
        parts.push(format!("measured at {} memory sizes", subject.power.len()));
    }
    parts.join(", ")
}
