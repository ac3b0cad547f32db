//! The parts of a rehearsal in print.

use units::{Duration, Instant, Money, Share};

use super::{Burst, Minute, Rehearsal, Run};
use crate::plot;
use crate::style::{Style, Tone, Verbosity};
use crate::table::{Align, Cell, Table};
use crate::text;
use crate::words::{self, NOTHING};

/// Lines that the plot of requests is high.
const PLOT_HEIGHT: usize = 4;
/// Bursts that are listed, the slowest to be followed first chosen.
const BURSTS_MOST: usize = 10;
/// Rows of the condensed timeline at the most.
const ROWS_MOST: usize = 24;
/// Lengths of a row that read well, in minutes.
const SPANS: [usize; 11] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 1440];
/// What the vertical pod autoscaler is called.
const VERTICAL: &str = "vertical autoscaler";

/// What a plot draws of a minute, and what a row of totals says of a run.
type OfMinute = fn(&Minute) -> f64;
type OfRun<'a> = &'a dyn Fn(&Run) -> String;

/// A table with a heading, or nothing.
pub(crate) struct Part {
    table: Table,
    remark: String,
}

impl Part {
    /// The table alone.
    pub(crate) const fn table(&self) -> &Table {
        &self.table
    }

    /// For a terminal: the heading with its remark, then the table.
    pub(super) fn section(&self, heading: &str, width: usize, style: Style) -> String {
        let remark = match self.remark.as_str() {
            "" => String::new(),
            remark => format!(" · {remark}"),
        };
        let heading = style.folded(&format!("{heading}{remark}"), width, 0, Tone::Strong);
        heading + &self.table.terminal(width, 2, style)
    }
}

/// `A min=1 · max=10 …`, folded.
pub(super) fn settings(run: &Run, width: usize, style: Style) -> String {
    let pairs: Vec<String> = run.settings.iter().map(|(n, v)| format!("{n} {v}")).collect();
    let lead = if run.name.is_empty() { String::new() } else { format!("{}: ", run.name) };
    let text = format!(
        "{lead}{} · a pod starts in {}, a new node takes {} more",
        pairs.join(" · "),
        run.pod_start,
        run.node_start
    );
    style.folded(&text, width, 2, Tone::Quiet)
}

/// Requests as bars, what became of them in a line each.
pub(super) fn plots(rehearsal: &Rehearsal, width: usize, style: Style) -> String {
    let Some(first) = rehearsal.runs.first() else { return String::new() };
    let values =
        |run: &Run, of: fn(&Minute) -> f64| -> Vec<f64> { run.minutes.iter().map(of).collect() };
    let mut lines = vec!["requests a minute".to_owned()];
    let requests = values(first, |m| m.requests as f64);
    let plot = plot::over_time(&requests, width, PLOT_HEIGHT);
    let drawn = plot.iter().map(|l| text::width(l)).max().unwrap_or(0);
    lines.extend(plot);
    let (from, to) = (rehearsal.label(0), rehearsal.label(first.minutes.len()));
    let gap = drawn.saturating_sub(text::width(&from) + text::width(&to)).max(2);
    lines.push(format!("{from}{}{to}", text::spaces(gap)));
    let kinds: [(&str, OfMinute); 5] = [
        ("pods ready", |m| f64::from(m.ready)),
        ("pods pending", |m| f64::from(m.pending)),
        ("nodes", |m| f64::from(m.nodes)),
        ("waiting", |m| m.waiting as f64),
        ("p99", |m| m.p99.map_or(0.0, Duration::millis_f64)),
    ];
    for (name, of) in kinds {
        for run in &rehearsal.runs {
            let values = values(run, of);
            let most = values.iter().copied().fold(0.0, f64::max);
            if most <= 0.0 {
                continue;
            }
            let most = match name {
                "p99" => Duration::from_secs_f64(most / 1e3).to_string(),
                _ => words::count(most),
            };
            let label =
                if run.name.is_empty() { name.to_owned() } else { format!("{name}, {}", run.name) };
            let label = text::left(&text::cut(&text::clean(&label), 24), 24);
            let end = format!("up to {most}");
            let room = width.saturating_sub(24 + 2 + 16);
            let line = plot::spark(&values, room);
            lines.push(format!("{label}  {}  {end}", text::left(&line, room)));
        }
    }
    style.paint(Tone::Plain, &(lines.join("\n") + "\n"))
}

impl Rehearsal {
    /// The time of day at which a minute begins; with the day where there are several.
    fn label(&self, minute: usize) -> String {
        self.clock(Instant::START + Duration::MINUTE * minute as u64, Seconds::Hide)
    }

    fn clock(&self, at: Instant, seconds: Seconds) -> String {
        let second = (self.start.nanos() + at.nanos()) / Duration::SECOND.nanos();
        let first = self.start.nanos() / Duration::MINUTE.nanos();
        let minutes = self.runs.first().map_or(0, |run| run.minutes.len());
        // The end of a single day is 24:00.
        let one_day = first + minutes as u64 <= 1440;
        let (day, hour) = if one_day {
            (String::new(), second / 3600)
        } else {
            (format!("day {} ", second / 86_400 + 1), second / 3600 % 24)
        };
        let minute = second / 60 % 60;
        match seconds {
            Seconds::Hide => format!("{day}{hour:02}:{minute:02}"),
            Seconds::Show => format!("{day}{hour:02}:{minute:02}:{:02}", second % 60),
        }
    }
}

#[derive(Clone, Copy)]
enum Seconds {
    Show,
    Hide,
}

/// How long until capacity caught up, in words.
fn caught_up(burst: &Burst) -> Cell {
    match burst.caught_up {
        Some(Duration::ZERO) => "at once".into(),
        Some(after) => short(after).into(),
        None => Cell::toned("too late", Tone::Bad),
    }
}

/// A span to a tenth of a second below a minute, to a second above.
fn short(span: Duration) -> String {
    match span.secs_f64() {
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 600.0 => format!("{s:.0} s"),
        _ => span.to_string(),
    }
}

fn hertz(value: f64) -> String {
    if value >= 100.0 { words::grouped(value.round() as u64) } else { format!("{value:.1}") }
}

/// The jumps of the load, and how they were followed.
pub(crate) fn bursts(rehearsal: &Rehearsal, verbosity: Verbosity) -> Part {
    let Some(first) = rehearsal.runs.first() else {
        return Part { table: Table::default(), remark: String::new() };
    };
    let all = first.bursts.len();
    if all == 0 {
        let remark = "none: no minute jumps by half over the five before it".to_owned();
        return Part { table: Table::default(), remark };
    }
    let slowness = |at: usize| {
        let late = |run: &Run| run.bursts[at].caught_up.unwrap_or(Duration::from_nanos(u64::MAX));
        rehearsal.runs.iter().map(late).max()
    };
    let mut shown: Vec<usize> = (0..all).collect();
    if verbosity < Verbosity::Verbose {
        shown.sort_by_key(|&at| (std::cmp::Reverse(slowness(at)), at));
        shown.truncate(BURSTS_MOST);
        shown.sort_unstable();
    }
    let remark = if shown.len() < all {
        format!("{} of {all}, those that capacity was slowest to follow", shown.len())
    } else {
        String::new()
    };
    let mut columns =
        vec![("at", Align::Left), ("requests/s", Align::Right), ("lasts", Align::Right)];
    if rehearsal.runs.len() > 1 {
        columns.push(("with", Align::Left));
    }
    columns.extend([
        ("asked after", Align::Right),
        ("caught up after", Align::Right),
        ("pods", Align::Right),
        ("waiting", Align::Right),
        ("worst p99", Align::Right),
        ("rejected", Align::Right),
    ]);
    let mut table = Table::new(&columns);
    for at in shown {
        for (place, run) in rehearsal.runs.iter().enumerate() {
            let burst = &run.bursts[at];
            let mut row: Vec<Cell> = match place {
                0 => vec![
                    rehearsal.clock(burst.start, Seconds::Show).into(),
                    format!("{} → {}", hertz(burst.before_hertz), hertz(burst.peak_hertz)).into(),
                    burst.lasts.map_or_else(|| "stays".to_owned(), |d| d.to_string()).into(),
                ],
                _ => vec!["".into(), "".into(), "".into()],
            };
            if rehearsal.runs.len() > 1 {
                row.push(run.name.as_str().into());
            }
            row.extend([
                burst.asked.map_or_else(|| NOTHING.to_owned(), short).into(),
                caught_up(burst),
                format!("{} → {}", burst.ready_before, burst.ready_most).into(),
                words::grouped(burst.waiting).into(),
                words::latency(burst.p99).into(),
                rejected(burst.rejected),
            ]);
            table.row(row);
        }
    }
    Part { table, remark }
}

fn rejected(count: u64) -> Cell {
    match count {
        0 => "0".into(),
        n => Cell::toned(words::grouped(n), Tone::Bad),
    }
}

/// Several minutes in a row; every one if verbose.
pub(crate) fn timeline(rehearsal: &Rehearsal, verbosity: Verbosity) -> Part {
    let Some(first) = rehearsal.runs.first() else {
        return Part { table: Table::default(), remark: String::new() };
    };
    let minutes = first.minutes.len();
    let span = if verbosity >= Verbosity::Verbose {
        1
    } else {
        let enough = SPANS.into_iter().find(|span| minutes.div_ceil(*span) <= ROWS_MOST);
        enough.unwrap_or(minutes.div_ceil(ROWS_MOST).max(1))
    };
    let both = rehearsal.runs.len() > 1;
    let mut columns = vec![("from", Align::Left), ("requests", Align::Right)];
    if both {
        columns.push(("with", Align::Left));
    }
    columns.extend([
        ("wanted", Align::Right),
        ("ready", Align::Right),
        ("nodes", Align::Right),
        ("pending", Align::Right),
        ("waiting", Align::Right),
        ("p99", Align::Right),
        ("rejected", Align::Right),
        ("cold", Align::Right),
        ("cost so far", Align::Right),
    ]);
    let mut table = Table::new(&columns);
    for from in (0..minutes).step_by(span.max(1)) {
        for (place, run) in rehearsal.runs.iter().enumerate() {
            let rows = run.minutes.get(from..(from + span).min(minutes)).unwrap_or_default();
            let requests: u64 = rows.iter().map(|m| m.requests).sum();
            let mut row: Vec<Cell> = match place {
                0 => vec![rehearsal.label(from).into(), words::grouped(requests).into()],
                _ => vec!["".into(), "".into()],
            };
            if both {
                row.push(run.name.as_str().into());
            }
            row.extend(columns_of(rows));
            table.row(row);
        }
    }
    let remark = match span {
        1 => "pods and nodes at the end of the minute".to_owned(),
        _ => format!("{span} minutes a row, p99 of the worst of them"),
    };
    Part { table, remark }
}

fn columns_of(rows: &[Minute]) -> [Cell; 9] {
    let range = |of: fn(&Minute) -> u32| -> Cell {
        let least = rows.iter().map(of).min().unwrap_or(0);
        let most = rows.iter().map(of).max().unwrap_or(0);
        if least == most { most.to_string().into() } else { format!("{least}–{most}").into() }
    };
    let sum = |of: fn(&Minute) -> u64| rows.iter().map(of).sum::<u64>();
    [
        range(|m| m.wanted),
        range(|m| m.ready),
        range(|m| m.nodes),
        rows.iter().map(|m| m.pending).max().unwrap_or(0).to_string().into(),
        words::grouped(rows.iter().map(|m| m.waiting).max().unwrap_or(0)).into(),
        words::latency(rows.iter().filter_map(|m| m.p99).max()).into(),
        rejected(sum(|m| m.rejected)),
        words::grouped(sum(|m| m.cold)).into(),
        rows.last().map_or(Money::ZERO, |m| m.cost).to_string().into(),
    ]
}

/// The totals, with what the vertical autoscaler would ask for in the last row.
pub(crate) fn totals(rehearsal: &Rehearsal) -> Table {
    let mut table = counts(rehearsal);
    if rehearsal.runs.iter().any(|run| run.vpa.is_some()) {
        let cells = rehearsal.runs.iter().map(|run| Cell::from(vpa_short(run)));
        table.row(std::iter::once(Cell::from(VERTICAL)).chain(cells));
    }
    table
}

/// A line for each run, folded: what the vertical autoscaler would ask for.
pub(super) fn vertical(rehearsal: &Rehearsal, width: usize, style: Style) -> String {
    let runs = rehearsal.runs.iter().filter(|run| run.vpa.is_some());
    runs.map(|run| {
        let name = if run.name.is_empty() { String::new() } else { format!(", {}", run.name) };
        style.folded(&format!("{VERTICAL}{name}: {}", vpa(run)), width, 0, Tone::Plain)
    })
    .collect()
}

/// The same where there is little room.
fn vpa_short(run: &Run) -> String {
    run.vpa.as_ref().map_or_else(
        || NOTHING.to_owned(),
        |of| format!("{}m ({}m to {}m)", of.target.get(), of.lower.get(), of.upper.get()),
    )
}

fn vpa(run: &Run) -> String {
    run.vpa.map_or_else(
        || NOTHING.to_owned(),
        |vpa| {
            format!(
                "would ask for {}m CPU ({}m to {}m); the pod asks for {}m",
                vpa.target.get(),
                vpa.lower.get(),
                vpa.upper.get(),
                vpa.request.get()
            )
        },
    )
}

/// A column a run.
pub(super) fn counts(rehearsal: &Rehearsal) -> Table {
    let mut columns = vec![("total", Align::Left)];
    for run in &rehearsal.runs {
        columns.push((run.name.as_str(), Align::Right));
    }
    let mut table = Table::new(&columns);
    let values: [(&str, OfRun<'_>); 12] = [
        ("requests", &|run| words::grouped(run.totals.requests)),
        ("rejected", &|run| counted(run.totals.rejected, run.totals.requests)),
        ("came while no pod was ready", &|run| counted(run.totals.cold, run.totals.requests)),
        ("not answered at the end", &|run| words::grouped(run.totals.in_flight)),
        ("p50", &|run| words::latency(run.totals.p50)),
        ("p99", &|run| words::latency(run.totals.p99)),
        ("worst minute", &|run| worst(rehearsal, run)),
        ("short of capacity", &|run| run.totals.short.to_string()),
        ("pod hours", &|run| words::hours(run.totals.pod_hours)),
        ("node hours", &|run| words::hours(run.totals.node_hours)),
        ("cost of this time", &|run| run.totals.cost.to_string()),
        ("cost of a month", &|run| {
            run.totals.month.map_or_else(|| NOTHING.to_owned(), words::dollars)
        }),
    ];
    // Most rehearsals have none of these.
    let any = |of: fn(&Run) -> bool| rehearsal.runs.iter().any(of);
    let killed = any(|run| run.totals.killed > 0);
    let taken = any(|run| run.totals.interrupted > 0);
    let seldom: [(bool, (&str, OfRun<'_>)); 2] = [
        (
            killed,
            ("lost when pods were killed", &|run| counted(run.totals.killed, run.totals.requests)),
        ),
        (taken, ("spot nodes taken", &|run| run.totals.interrupted.to_string())),
    ];
    let seldom = seldom.into_iter().filter(|(shown, _)| *shown).map(|(_, row)| row);
    for (name, value) in values.into_iter().take(2).chain(seldom).chain(values.into_iter().skip(2))
    {
        let cells = rehearsal.runs.iter().map(|run| Cell::from(value(run)));
        table.row(std::iter::once(Cell::from(name)).chain(cells));
    }
    table
}

fn counted(part: u64, whole: u64) -> String {
    match part {
        0 => "0".to_owned(),
        n => format!("{} ({})", words::grouped(n), words::share(Share::of(n, whole))),
    }
}

/// The minute with the highest 99th percentile.
fn worst(rehearsal: &Rehearsal, run: &Run) -> String {
    let minutes = run.minutes.iter().enumerate();
    let worst = minutes.filter_map(|(at, m)| Some((m.p99?, std::cmp::Reverse(at)))).max();
    worst.map_or_else(
        || NOTHING.to_owned(),
        |(p99, std::cmp::Reverse(at))| format!("{p99} at {}", rehearsal.label(at)),
    )
}

/// The answer in a sentence or two.
pub(crate) fn sentence(rehearsal: &Rehearsal) -> String {
    match rehearsal.runs.as_slice() {
        [one] => alone(one),
        [one, two] if one.minutes == two.minutes && one.totals == two.totals => {
            "Both do the same: no minute differs.".to_owned()
        }
        [one, two] => against(one, two),
        _ => String::new(),
    }
}

/// The same for a terminal.
pub(super) fn verdict(rehearsal: &Rehearsal, width: usize, style: Style) -> String {
    style.folded(&sentence(rehearsal), width, 0, Tone::Strong)
}

/// The burst that capacity was slowest to follow.
fn slowest(run: &Run) -> Option<&Burst> {
    run.bursts.iter().max_by_key(|burst| burst.caught_up.map_or(u64::MAX, Duration::nanos))
}

fn alone(run: &Run) -> String {
    let n = words::plural(run.bursts.len(), "burst");
    match slowest(run).map(|burst| burst.caught_up) {
        None if run.totals.short == Duration::ZERO => {
            "No bursts; the ready pods could always do the work that came.".to_owned()
        }
        None => format!("No bursts; capacity was short for {} in all.", run.totals.short),
        Some(Some(Duration::ZERO)) => {
            format!("{n}: the ready pods could do the work at once.")
        }
        Some(Some(after)) => {
            format!("{n}: capacity caught up after {} at the latest.", short(after))
        }
        Some(None) => {
            let late = run.bursts.iter().filter(|burst| burst.caught_up.is_none()).count();
            format!("{n}: {late} of them were over before capacity caught up.")
        }
    }
}

fn against(one: &Run, two: &Run) -> String {
    let late = |run: &Run| match slowest(run).map(|burst| burst.caught_up) {
        None => "no burst".to_owned(),
        Some(Some(Duration::ZERO)) => "at once".to_owned(),
        Some(Some(after)) => format!("after {}", short(after)),
        Some(None) => "too late".to_owned(),
    };
    let (a, b) = (&one.totals, &two.totals);
    let cost = match (a.month, b.month) {
        (Some(a), Some(b)) => format!("{} a month", words::difference(b - a)),
        _ => format!("{} in this time", words::difference(b.cost - a.cost)),
    };
    format!(
        "{} against {}: cost {cost}, rejected {} against {}, p99 {} against {}, capacity caught up {} against {} \
         at the latest.",
        two.name,
        one.name,
        words::grouped(b.rejected),
        words::grouped(a.rejected),
        words::latency(b.p99),
        words::latency(a.p99),
        late(two),
        late(one)
    )
}
