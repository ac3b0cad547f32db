//! The page of a rehearsal.

use serde::Serialize;
use units::Duration;

use crate::html::render;
use crate::html::table::{self, View};
use crate::rehearse::{Burst, Minute, Rehearsal, Run, parts};
use crate::style::Verbosity;

/// Burst labels that fit beside each other.
const MARKS_MOST: usize = 6;

#[derive(Serialize)]
struct Page {
    title: String,
    component: String,
    covers: String,
    verdict: String,
    runs: Vec<Settings>,
    totals: Option<View>,
    bursts: Option<View>,
    timeline: Option<View>,
}

#[derive(Serialize)]
struct Settings {
    name: String,
    pairs: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Charts {
    arrivals: OverTime,
    pods: OverTime,
    answers: OverTime,
    queue: OverTime,
    nodes: OverTime,
    spent: OverTime,
}

/// Curves over the time that was played.
#[derive(Serialize)]
struct OverTime {
    step_ms: u64,
    start_ms: u64,
    unit: &'static str,
    series: Vec<Series>,
    marks: Vec<Mark>,
}

#[derive(Serialize)]
struct Series {
    name: String,
    values: Vec<Option<f64>>,
    dashed: bool,
}

#[derive(Serialize)]
struct Mark {
    x: f64,
    label: String,
}

type OfMinute = fn(&Minute) -> Option<f64>;

/// The rehearsal as one HTML file.
pub fn rehearsal(rehearsal: &Rehearsal) -> String {
    let bursts = parts::bursts(rehearsal, Verbosity::Verbose);
    let timeline = parts::timeline(rehearsal, Verbosity::Normal);
    let page = Page {
        title: format!("Rehearsal of {}", rehearsal.component),
        component: rehearsal.component.clone(),
        covers: rehearsal.covers.clone(),
        verdict: parts::sentence(rehearsal),
        runs: rehearsal
            .runs
            .iter()
            .map(|run| Settings { name: run.name.clone(), pairs: run.settings.clone() })
            .collect(),
        totals: table::view("All of it", &parts::totals(rehearsal)),
        bursts: table::view("Bursts", bursts.table()),
        timeline: table::view("Over time", timeline.table()),
    };
    render("rehearse.html", &page, &charts(rehearsal))
}

fn charts(rehearsal: &Rehearsal) -> Charts {
    let over = |unit, kinds: &[(&str, OfMinute, bool)]| OverTime {
        step_ms: 60_000,
        start_ms: rehearsal.start.nanos() / 1_000_000,
        unit,
        series: kinds
            .iter()
            .flat_map(|kind| rehearsal.runs.iter().map(move |run| series(run, *kind)))
            .filter(|series| series.values.iter().flatten().any(|value| *value > 0.0))
            .collect(),
        marks: Vec::new(),
    };
    let requests: OfMinute = |m| Some(m.requests as f64);
    let first = rehearsal.runs.first();
    let arrivals = OverTime {
        series: first.map(|run| series(run, ("requests", requests, false))).into_iter().collect(),
        marks: first.map(marks).unwrap_or_default(),
        ..over("count", &[])
    };
    let p99: OfMinute = |m| m.p99.map(Duration::millis_f64);
    let dollars: OfMinute = |m| Some(m.cost.dollars());
    Charts {
        arrivals,
        pods: over(
            "count",
            &[
                ("ready", |m| Some(f64::from(m.ready)), false),
                ("asked for", |m| Some(f64::from(m.wanted)), true),
                ("pending", |m| Some(f64::from(m.pending)), true),
            ],
        ),
        answers: over("time", &[("p99", p99, false)]),
        queue: over(
            "count",
            &[
                ("waiting", |m| Some(m.waiting as f64), false),
                ("rejected", |m| Some(m.rejected as f64), true),
                ("lost with a pod", |m| Some(m.killed as f64), true),
            ],
        ),
        nodes: over("count", &[("nodes", |m| Some(f64::from(m.nodes)), false)]),
        spent: over("dollars", &[("cost so far", dollars, false)]),
    }
}

fn series(run: &Run, (name, of, dashed): (&str, OfMinute, bool)) -> Series {
    let name = if run.name.is_empty() { name.to_owned() } else { format!("{name}, {}", run.name) };
    Series { name, values: run.minutes.iter().map(of).collect(), dashed }
}

/// The bursts that took longest to follow, each with how long that was.
fn marks(run: &Run) -> Vec<Mark> {
    let mut slowest: Vec<&Burst> = run.bursts.iter().collect();
    slowest.sort_by_key(|burst| std::cmp::Reverse(burst.caught_up.unwrap_or(Duration::MONTH)));
    slowest.truncate(MARKS_MOST);
    slowest.sort_by_key(|burst| burst.start);
    let label = |burst: &Burst| match burst.caught_up {
        Some(Duration::ZERO) => "capacity was there".to_owned(),
        Some(after) => format!("caught up after {after}"),
        None => "not caught up".to_owned(),
    };
    let mark = |burst: &&Burst| Mark { x: burst.start.nanos() as f64 / 1e6, label: label(burst) };
    slowest.iter().map(mark).collect()
}
