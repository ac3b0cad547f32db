//! Files, colours and the small multiples of recorded step curves.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

/// Where a plot is drawn.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Two colours that also differ in lightness: what was measured or recorded, and ours.
pub(crate) const THEIRS: RGBColor = RGBColor(0xb4, 0xc7, 0xdc);
pub(crate) const OURS: RGBColor = RGBColor(0x1f, 0x4e, 0x79);
/// Further curves.
pub(crate) const OTHERS: [RGBColor; 4] = [
    RGBColor(0xc4, 0x4e, 0x2d),
    RGBColor(0x3a, 0x7d, 0x44),
    RGBColor(0x8a, 0x5a, 0x9e),
    RGBColor(0x8c, 0x7a, 0x2b),
];
/// Text.
pub(crate) const FONT: (&str, i32) = ("sans-serif", 14);

/// Draws one file.
pub(crate) fn file(name: &str, plot: fn(&Area<'_>)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/plots");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let area = SVGBackend::new(&path, (760, 420)).into_drawing_area();
    area.fill(&WHITE).unwrap();
    plot(&area);
    area.present().unwrap();
}

/// A curve that jumps: `(second, value)` points.
#[derive(Debug)]
pub(crate) struct Steps {
    pub(crate) title: String,
    pub(crate) theirs: Vec<(f64, f64)>,
    pub(crate) ours: Vec<(f64, f64)>,
}

/// Recorded and own step curves, one small plot a scenario.
pub(crate) fn pairs(area: &Area<'_>, scenarios: &[Steps]) {
    for (area, scenario) in area.split_evenly((2, 2)).iter().zip(scenarios) {
        let points = || scenario.theirs.iter().chain(&scenario.ours);
        let x_max = points().map(|p| p.0).fold(1.0, f64::max);
        let y_max = points().map(|p| p.1).fold(1.0, f64::max) * 1.1;
        let mut chart = ChartBuilder::on(area)
            .caption(&scenario.title, FONT)
            .margin(8)
            .x_label_area_size(24)
            .y_label_area_size(34)
            .build_cartesian_2d(0.0..x_max, 0.0..y_max)
            .unwrap();
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(5)
            .y_labels(4)
            .x_label_formatter(&|s| format!("{:.0} min", s / 60.0))
            .y_label_formatter(&|n| format!("{n:.0}"))
            .draw()
            .unwrap();
        chart
            .draw_series(LineSeries::new(stairs(&scenario.theirs), THEIRS.stroke_width(6)))
            .unwrap();
        chart.draw_series(LineSeries::new(stairs(&scenario.ours), OURS.stroke_width(1))).unwrap();
    }
}

/// The corners of a step curve.
fn stairs(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut corners = Vec::with_capacity(points.len() * 2);
    for (i, &(x, y)) in points.iter().enumerate() {
        if i > 0 && points[i - 1].1.to_bits() != y.to_bits() {
            corners.push((x, points[i - 1].1));
        }
        corners.push((x, y));
    }
    corners
}
