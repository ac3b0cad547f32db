//! The page of a load.

use serde::Serialize;

use crate::html::render;
use crate::html::table::{self, View};
use crate::traffic::{self as load, TrafficSummary};

#[derive(Serialize)]
struct Page {
    title: String,
    components: Option<View>,
    facts: Option<View>,
    from: String,
    drawn: bool,
}

#[derive(Serialize)]
struct Charts<'a> {
    load: Load<'a>,
}

#[derive(Serialize)]
struct Load<'a> {
    hours: usize,
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
    let page = Page {
        title: summary.title.clone(),
        facts: table::view("The load in numbers", &load::lines(summary)),
        components: table::view("By component", &components),
        from: summary.from.clone(),
        drawn: summary.per_hour.len() > 1,
    };
    let own = summary.components.iter().map(|c| Series { name: &c.component, values: &c.per_hour });
    let mut series: Vec<Series<'_>> = own.filter(|s| s.values.len() > 1).collect();
    if series.len() != 1 {
        series.insert(0, Series { name: "all", values: &summary.per_hour });
    }
    render("traffic.html", &page, &Charts { load: Load { hours: summary.per_hour.len(), series } })
}
