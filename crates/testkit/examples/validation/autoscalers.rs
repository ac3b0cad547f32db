//! Recorded scenarios of the real controllers, ours drawn over them.

use serde_json::Value;
use testkit::recorded::{hpa as ours_hpa, kpa as ours_kpa, scenarios};

use super::draw::{Area, Steps, pairs};

/// Scenarios with much movement, found by their own record: the most changes of the replicas.
fn liveliest(all: &[Value]) -> Vec<&Value> {
    let changes = |scenario: &Value| {
        let desired = scenario["out"]["desired"].as_array().unwrap();
        desired.windows(2).filter(|pair| pair[0] != pair[1]).count()
    };
    let mut by: Vec<&Value> = all.iter().collect();
    by.sort_by_key(|scenario| std::cmp::Reverse(changes(scenario)));
    by.truncate(4);
    by
}

/// Draws the liveliest scenarios and says how many of all are equal at every tick.
fn draw<Tick: PartialEq>(
    area: &Area<'_>,
    file: &str,
    play: fn(&Value) -> Vec<Tick>,
    recorded: fn(&Value) -> Vec<Tick>,
    desired: fn(&Tick) -> i64,
) {
    let all = scenarios(file);
    let same = all.iter().filter(|s| play(&s["in"]) == recorded(&s["out"])).count();
    let ticks: usize = all.iter().map(|s| recorded(&s["out"]).len()).sum();
    println!("  equal at every tick: {same} of {} scenarios, {ticks} ticks", all.len());
    let steps = |scenario: &Value| {
        let at: Vec<f64> =
            scenario["out"]["t"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        let curve = |ticks: Vec<Tick>| {
            at.iter().copied().zip(ticks.iter().map(|tick| desired(tick) as f64)).collect()
        };
        let input = &scenario["in"];
        Steps {
            title: format!("scenario {}", input["name"].as_str().unwrap_or_default()),
            theirs: curve(recorded(&scenario["out"])),
            ours: curve(play(input)),
        }
    };
    let chosen: Vec<Steps> = liveliest(&all).into_iter().map(steps).collect();
    pairs(area, &chosen);
}

/// Kubernetes' horizontal pod autoscaler.
pub(crate) fn hpa(area: &Area<'_>) {
    draw(area, ours_hpa::FILE, ours_hpa::play, ours_hpa::recorded, |tick| tick.desired);
}

/// Knative's.
pub(crate) fn knative(area: &Area<'_>) {
    draw(area, ours_kpa::FILE, ours_kpa::play, ours_kpa::recorded, |tick| tick.desired);
}
