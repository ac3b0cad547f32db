//! The worked examples of Karpenter's design of balanced consolidation, and its constants.
#![expect(clippy::unwrap_used, reason = "a table that cannot be read is a failed test")]

use scaling::consolidation_score::{Move, Policy, Pool, SearchLimits};
use serde_json::Value;
use units::Money;

fn tables() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/karpenter_balanced.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_worked_example() {
    let tables = tables();
    let cases = tables["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let money = |key: &str| Money::parse(&case[key].to_string()).unwrap();
        let number = |key: &str| case[key].as_f64().unwrap();
        let pool = Pool { cost: money("poolCost"), disruption_pods: number("poolDisruption") };
        let proposed = Move { savings: money("savings"), disruption_pods: number("disruption") };
        // Two digits: the page divides shares that it has rounded before (0.083 / 0.037 = 2.24, not 2.23).
        let two_digits = |score: f64| format!("{score:.1e}");
        assert_eq!(two_digits(proposed.score(pool)), two_digits(number("score")), "{case}");
        let approved = Policy::Balanced.approves(proposed, pool, 1);
        assert_eq!(approved, case["approved"].as_bool().unwrap(), "{case}");
    }
    println!("balanced consolidation: {} moves", cases.len());
}

#[test]
fn the_constants() {
    let tables = tables();
    let limits = SearchLimits::default();
    let constants = tables["constants"].as_object().unwrap();
    assert_eq!(constants.len(), 6, "a source and five numbers");
    for (key, value) in constants {
        let ours = match key.as_str() {
            "source" => continue,
            "multiNodeCandidatesMax" => limits.nodes_a_move as f64,
            "multiNodeTimeoutSeconds" => limits.several_nodes.secs_f64(),
            "singleNodeTimeoutSeconds" => limits.single_node.secs_f64(),
            "minInstanceTypesForSpotToSpot" => limits.spot_to_spot_types as f64,
            "maxInstanceTypesPerLaunch" => limits.launch_types as f64,
            other => panic!("a constant that nothing holds: {other}"),
        };
        assert_eq!(Some(ours), value.as_f64(), "{key}");
    }
}
