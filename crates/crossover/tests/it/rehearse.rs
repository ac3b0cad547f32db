//! `crossover rehearse` as a user runs it.

use crate::program::run;

const LAUNCH: &[u8] = b"name: launch
region: aws/us-east-1
components:
  api: { kind: http, runtime: nodejs24, memory: 512 MB, cpu: 10 ms, wait: 40 ms, load: { rate: 5/s, shape: { spike: 10x, for: 20 min, every: day } } }
  mail: { kind: worker, runtime: python3.13, memory: 200 MB, cpu: 30 ms, wait: 150 ms, load: 300/hour }
";

fn json(args: &[&str]) -> serde_json::Value {
    let all = [&["rehearse", "-", "--format", "json"], args].concat();
    let outcome = run(&all, Some(LAUNCH));
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    serde_json::from_str(&outcome.out).expect("JSON")
}

#[test]
fn a_daily_spike_is_a_burst_that_capacity_follows() {
    let answer = json(&[]);
    assert_eq!(answer["schema"], "crossover.rehearse/v1");
    assert_eq!(answer["component"], "api");
    let run = &answer["runs"][0];
    assert_eq!(run["minutes"].as_array().unwrap().len(), 1440);
    let totals = &run["totals"];
    let count = |of: &str| totals[of].as_u64().unwrap();
    assert_eq!(count("requests"), count("served") + count("rejected") + count("in_flight_at_end"));
    let bursts = run["bursts"].as_array().unwrap();
    assert_eq!(bursts.len(), 1, "{bursts:?}");
    let after = |of: &str| bursts[0][of].as_f64().unwrap();
    assert!(after("caught_up_after_s") > after("asked_after_s"), "{bursts:?}");
    assert!(after("ready_most") > after("ready_before"), "{bursts:?}");
}

#[test]
fn the_same_bytes_again_and_against_itself_no_difference() {
    let args = ["rehearse", "-", "--compare", "min=1"];
    let (one, two) = (run(&args, Some(LAUNCH)), run(&args, Some(LAUNCH)));
    assert_eq!((one.code, &one.out), (0, &two.out), "{}", one.err);
    assert!(one.out.contains("no minute differs"), "{}", one.out);
    assert!(one.out.lines().all(|line| line.chars().count() <= 100), "{}", one.out);
    let both = json(&["--compare", "min=8"]);
    let late = |run: usize| both["runs"][run]["bursts"][0]["caught_up_after_s"].as_f64().unwrap();
    assert!(late(1) < late(0), "{} < {}", late(1), late(0));
    assert_eq!(both["runs"][0]["totals"]["requests"], both["runs"][1]["totals"]["requests"]);
}

#[test]
fn a_worker_is_followed_by_keda_from_zero() {
    let answer = json(&["--component", "mail"]);
    let settings = answer["runs"][0]["settings"].as_array().unwrap();
    assert!(settings.iter().any(|s| s["name"] == "autoscaler" && s["value"] == "keda"));
    assert_eq!(answer["runs"][0]["totals"]["rejected"], 0);
}

#[test]
fn slips_are_told_with_what_was_meant() {
    for (args, told) in [
        (&["--with", "memroy=1 GB"][..], "did you mean `memory`"),
        (&["--with", "min"][..], "such as `min=2`"),
        (&["--with", "min=0"][..], "autoscaler=kpa"),
        (&["--with", "autoscaler=keda"][..], "watches a queue"),
        (&["--component", "apj"][..], "did you mean `api`"),
        (&["--with", "node=m7g.hug"][..], "m7g.hug"),
        (&["--set", "api.memroy=1GB"][..], "did you mean `memory`"),
        (&["--set", "apj.memory=1GB"][..], "did you mean `api`"),
        (&["--compare-with", "nowhere.yaml"][..], "nowhere.yaml does not exist"),
    ] {
        let all = [&["rehearse", "-"], args].concat();
        let outcome = run(&all, Some(LAUNCH));
        assert_eq!(outcome.code, 2, "{args:?}: {}", outcome.err);
        assert!(outcome.err.contains(told), "{args:?}: {}", outcome.err);
    }
}

const MANIFESTS: &str = "crates/crossover/tests/it/data/web.yaml";
const EAGER: &str = "crates/crossover/tests/it/data/web-eager.yaml";
const WORK: [&str; 6] = [
    "--set",
    "web.load={ rate: 10/s, shape: { spike: 8x, for: 20 min, every: day } }",
    "--set",
    "web.cpu=10ms",
    "--set",
    "web.wait=40ms",
];

#[test]
fn a_deployment_with_its_autoscaler_is_rehearsed_as_declared() {
    let args = [&["rehearse", MANIFESTS, "--format", "json"], &WORK[..]].concat();
    let outcome = run(&args, None);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.err.contains("also follows memory"), "{}", outcome.err);
    let answer: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    let settings = answer["runs"][0]["settings"].as_array().unwrap();
    let value = |name: &str| {
        let own = settings.iter().find(|s| s["name"] == name);
        own.map_or("", |s| s["value"].as_str().unwrap())
    };
    assert_eq!(
        (value("min"), value("max"), value("cpu"), value("grace")),
        ("2", "20", "250m", "20 s")
    );
    assert!(value("target").starts_with("60% CPU"), "{}", value("target"));
}

#[test]
fn two_sets_of_manifests_meet_the_same_requests() {
    let files = ["rehearse", MANIFESTS, "--compare-with", EAGER, "--format", "json"];
    let outcome = run(&[&files[..], &WORK[..]].concat(), None);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let both: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    let total = |run: usize, of: &str| both["runs"][run]["totals"][of].clone();
    assert_eq!(total(0, "requests"), total(1, "requests"));
    let asked = |run: usize| both["runs"][run]["bursts"][0]["asked_after_s"].as_f64().unwrap();
    assert!(asked(1) < asked(0), "without a window it asks earlier: {} {}", asked(0), asked(1));
}

#[test]
fn the_page_and_the_comment_say_what_the_table_says() {
    let page = run(&[&["rehearse", MANIFESTS, "--format", "html"], &WORK[..]].concat(), None);
    assert_eq!(page.code, 0, "{}", page.err);
    assert!(page.out.starts_with("<!doctype html>") && page.out.contains("default-src 'none'"));
    for id in ["arrivals", "pods", "answers", "queue", "nodes", "spent"] {
        assert!(page.out.contains(&format!("data-chart=\"{id}\"")), "no chart {id}");
    }
    let comment =
        run(&[&["rehearse", MANIFESTS, "--format", "markdown"], &WORK[..]].concat(), None);
    assert!(comment.out.starts_with("### Rehearsal of web: "), "{}", comment.out);
    let sentence = comment.out.lines().nth(2).unwrap();
    assert!(page.out.contains(sentence), "{sentence}");
}
