//! What metrics, traces and measurements say, as lines of a table.

use report::traffic::TrafficLine;
use traffic::{Evidence, Subject};
use units::Share;

use crate::load::grouped;

/// Subjects and calls with lines of their own.
const MOST: usize = 12;

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
    let cold = subjects.values().map(Subject::cold).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
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
    let mut busiest: Vec<(&String, &Subject)> = subjects.iter().collect();
    busiest.sort_by(|a, b| b.1.requests().total_cmp(&a.1.requests()).then(a.0.cmp(b.0)));
    for (name, subject) in busiest.iter().take(MOST) {
        lines.push(line(&short(name), grouped(subject.requests().round() as u64), says(subject)));
    }
    let mut calls: Vec<_> = evidence.calls.iter().collect();
    calls.sort_by(|a, b| b.calls.cmp(&a.calls).then((&a.from, &a.to).cmp(&(&b.from, &b.to))));
    for call in calls.iter().take(MOST) {
        let note = if call.requests > 0 {
            format!("{:.2} for each request", call.calls as f64 / call.requests as f64)
        } else {
            String::new()
        };
        lines.push(line(
            &format!("{} → {}", short(&call.from), short(&call.to)),
            grouped(call.calls),
            note,
        ));
    }
    lines
}

/// Hashes are shown by their beginning.
fn short(name: &str) -> String {
    const PART: usize = 24;
    let cut = |part: &str| {
        if part.len() > PART && part.bytes().all(|b| b.is_ascii_hexdigit()) {
            part.chars().take(8).collect()
        } else {
            part.to_owned()
        }
    };
    name.split('/').map(cut).collect::<Vec<String>>().join("/")
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
    } else if let Some(mean) = subject.duration_ms.as_ref().and_then(|s| s.mean) {
        parts.push(format!("mean {mean:.1} ms"));
    }
    let inits = subject.inits_us();
    if !inits.is_empty() {
        parts.push(format!("init p50 {:.0} ms", ms(&inits, 0.5)));
    }
    let used = subject.invocations.iter().map(|v| v.used_mb).max().filter(|mb| *mb > 0);
    if let Some(mb) = used {
        parts.push(format!("{mb} MB used"));
    }
    if let Some(share) = subject.self_share {
        parts.push(format!("{:.0} % own work at most", share * 100.0));
    }
    if subject.power.len() > 1 {
        parts.push(format!("measured at {} memory sizes", subject.power.len()));
    }
    parts.join(", ")
}
