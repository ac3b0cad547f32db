//! The page of a load.

use serde::Serialize;

use crate::html::render;
use crate::html::table::{self, View};
use crate::traffic::{self as load, DAYS, TrafficSummary};
use crate::words;

#[derive(Serialize)]
struct Page {
    title: String,
    sentence: Option<String>,
    components: Option<View>,
    facts: Option<View>,
    bursts: Option<View>,
    ahead: Option<View>,
    from: String,
    step: &'static str,
    drawn: bool,
    day: bool,
    heat: Vec<HeatDay>,
}

/// One day of the week as cells.
#[derive(Serialize)]
struct HeatDay {
    name: &'static str,
    cells: Vec<HeatCell>,
}

#[derive(Serialize)]
struct HeatCell {
    /// 0 to 9.
    shade: usize,
    /// Requests in that hour.
    requests: String,
}

#[derive(Serialize)]
struct Charts<'a> {
    load: Load<'a>,
    hours: &'a [f64],
}

#[derive(Serialize)]
struct Load<'a> {
    step_ms: f64,
    series: Vec<Series<'a>>,
}

#[derive(Serialize)]
struct Series<'a> {
    name: &'a str,
    values: &'a [f64],
}

/// What a log, a trace or a shape says, as one HTML file.
pub fn traffic(summary: &TrafficSummary) -> String {
    let mut components = load::components(summary);
    components.pop_column();
    let figures = summary.figures.as_ref();
    let hours = figures.and_then(|f| f.hour_of_day.as_deref()).unwrap_or(&[]);
    let page = Page {
        title: summary.title.clone(),
        sentence: load::sentence(summary),
        facts: table::view("The load in numbers", &load::lines(summary)),
        bursts: figures.and_then(|f| table::view("Bursts", &load::bursts(f))),
        ahead: figures.and_then(load::ahead).and_then(|t| table::view("The time ahead", &t)),
        components: table::view("By component", &components),
        from: summary.from.clone(),
        step: load::step_name(summary),
        drawn: summary.over_time.len() > 1,
        day: !hours.is_empty(),
        heat: figures.and_then(|f| f.hour_of_week.as_deref()).map_or(Vec::new(), heat),
    };
    let own =
        summary.components.iter().map(|c| Series { name: &c.component, values: &c.over_time });
    let mut series: Vec<Series<'_>> = own.filter(|s| s.values.len() > 1).collect();
    if series.len() != 1 {
        series.insert(0, Series { name: "all", values: &summary.over_time });
    }
    let load = Load { step_ms: summary.step.millis_f64(), series };
    render("traffic.html", &page, &Charts { load, hours })
}

fn heat(hours: &[f64]) -> Vec<HeatDay> {
    let most = hours.iter().copied().fold(0.0, f64::max);
    let cell = |v: &f64| HeatCell {
        shade: if most > 0.0 { (v / most * 9.0).round() as usize } else { 0 },
        requests: words::count(*v),
    };
    let day = |(name, day): (&&'static str, &[f64])| HeatDay {
        name,
        cells: day.iter().map(cell).collect(),
    };
    DAYS.iter().zip(hours.chunks(24)).map(day).collect()
}
