//! Our autoscalers against the recorded answers of the real ones: every scenario, every tick.
#![expect(clippy::print_stdout, reason = "the figures are told with --nocapture")]

use std::fmt::Debug;

use serde_json::Value;
use testkit::recorded::{hpa, kpa, scenarios};

/// Two hundred scenarios of a file; at least `ticks_min` ticks, all equal.
fn check<Tick: Debug + PartialEq>(
    file: &str,
    ticks_min: usize,
    play: fn(&Value) -> Vec<Tick>,
    recorded: fn(&Value) -> Vec<Tick>,
) {
    let scenarios = scenarios(file);
    assert_eq!(scenarios.len(), 200);
    let (mut ticks, mut wrong) = (0, Vec::new());
    for scenario in &scenarios {
        let (got, want) = (play(&scenario["in"]), recorded(&scenario["out"]));
        assert_eq!(got.len(), want.len(), "ticks of {}", scenario["in"]["name"]);
        ticks += want.len();
        if let Some(i) = (0..want.len()).find(|&i| got[i] != want[i]) {
            let name = &scenario["in"]["name"];
            wrong.push(format!("{name} tick {i}: {:?}, recorded {:?}", got[i], want[i]));
        }
    }
    let shown = wrong.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of 200 scenarios differ:\n{shown}", wrong.len());
    assert!(ticks > ticks_min, "{ticks} ticks");
    println!(
        "{file}: {} of {} scenarios, {ticks} ticks",
        scenarios.len() - wrong.len(),
        scenarios.len()
    );
}

/// Kubernetes 1.36.2's controller.
#[test]
fn the_horizontal_pod_autoscaler() {
    check(hpa::FILE, 27_000, hpa::play, hpa::recorded);
}

/// knative/serving's autoscaler of 2026-08-21.
#[test]
fn knatives_pod_autoscaler() {
    check(kpa::FILE, 140_000, kpa::play, kpa::recorded);
}
