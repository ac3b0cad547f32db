//! Writes the sample answer in every format into a folder, to be looked at:
//! `cargo run -p crossover-report --example sample -- FOLDER`.
#![expect(clippy::print_stdout, reason = "an example shows where it wrote")]

use std::path::PathBuf;

use report::{Colour, Style, Verbosity, findings, html, json, markdown, sample, terminal, traffic};
use units::Duration;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let (plan, sources) = sample::decision();
    let (stuck, stuck_sources) = sample::infeasible();
    let load = sample::traffic();
    let style = Style::default().elapsed(Duration::from_millis(1300));
    let files = [
        ("plan.txt", terminal::decision(&plan, &sources, 100, style)),
        ("plan-colour.txt", terminal::decision(&plan, &sources, 100, style.colour(Colour::On))),
        (
            "plan-verbose.txt",
            terminal::decision(&plan, &sources, 120, style.verbosity(Verbosity::Verbose)),
        ),
        ("plan.json", json::decision(&plan, &sources)),
        ("plan.schema.json", json::plan_schema()),
        ("plan.md", markdown::decision(&plan, &sources)),
        ("plan.html", html::decision(&plan, &sources)),
        ("stuck.txt", terminal::decision(&stuck, &stuck_sources, 100, style)),
        ("stuck.html", html::decision(&stuck, &stuck_sources)),
        ("findings.txt", findings::render(&plan.findings, &sources, 100, style)),
        ("traffic.txt", traffic::terminal(&load, 100, style)),
        ("traffic.html", html::traffic(&load)),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(name), text)?;
        println!("{}", folder.join(name).display());
    }
    Ok(())
}
