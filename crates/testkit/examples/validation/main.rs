//! The plots of the guide's page on validation, drawn anew from the recorded data and our own simulators.
//!
//! `cargo run --release -p crossover-testkit --example validation` writes `docs/guide/plots/*.svg` and prints
//! the figures beside them.
#![expect(clippy::unwrap_used, reason = "a plot that cannot be drawn is a failed run")]
#![expect(clippy::print_stdout, reason = "it prints the figures that it draws")]

mod autoscalers;
mod balancing;
mod cold_starts;
mod draw;

/// Draws one plot.
type Plot = fn(&draw::Area<'_>);

/// One file a plot: name and what draws it.
const ALL: &[(&str, Plot)] = &[
    ("hpa.svg", autoscalers::hpa),
    ("knative.svg", autoscalers::knative),
    ("lambda-2020.svg", cold_starts::measured),
    ("warm-pool.svg", cold_starts::formula),
    ("one-pass.svg", cold_starts::one_pass),
    ("balancing.svg", balancing::waits),
];

fn main() {
    for (name, plot) in ALL {
        println!("{name}");
        draw::file(name, *plot);
    }
}
