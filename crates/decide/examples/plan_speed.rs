//! Where the time of a plan goes: `cargo run --release -p crossover-decide --example plan_speed -- FILE`.
#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use decide::{Question, Step, decide};
use import::Importer as _;
use report::Style;
use source::SourceMap;
use units::Date;

fn main() {
    let file = std::env::args().nth(1).expect("a definition to plan");
    let text = std::fs::read_to_string(&file).expect("a readable file");
    let mut map = SourceMap::default();
    let id = map.add(file, text);
    let (app, findings) = import::native::Native.read(&import::Project::new(&map, ""), &[id]);
    let files = catalog_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalog")));
    let catalog = catalog::Catalog::parse(&files).expect("a sound catalogue");
    let (workloads, _) = traffic::workloads(&app, &std::collections::BTreeMap::new());
    let start = Instant::now();
    let last = Mutex::new(Cell::new(start));
    let progress = |step: Step<'_>| {
        let cell = last.lock().expect("no panic while holding it");
        println!(
            "{:>8.1} ms  {step:?}",
            cell.replace(Instant::now()).elapsed().as_secs_f64() * 1e3
        );
    };
    let today = Date::new(2026, 11, 23).expect("a day");
    let question = Question {
        findings,
        progress: &progress,
        ..Question::new(&app, workloads, catalog.at(today))
    };
    let decision = decide(&question);
    println!("{:>8.1} ms  in all", start.elapsed().as_secs_f64() * 1e3);
    println!("{} requests simulated\n", decision.provenance.simulated_requests);
    for curve in &decision.charts.cost {
        let points: Vec<String> = curve
            .points
            .iter()
            .map(|(factor, money)| format!("{factor:.2}×{:.0}", money.dollars()))
            .collect();
        println!("{:<15} {}", curve.name, points.join(" "));
    }
    println!();
    let style = Style::default().verbosity(report::Verbosity::Verbose);
    println!("{}", report::terminal::decision(&decision, &map, 110, style));
}

fn catalog_files(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let below = path.strip_prefix(root).expect("below the root");
                files.push((below.display().to_string(), text));
            }
        }
    }
    files
}
