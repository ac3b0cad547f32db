//! A rehearsal in print.

use units::{Duration, Instant, Millicores, Money};

use super::{Burst, Minute, Rehearsal, Run, Totals, Vpa, json, markdown, terminal};
use crate::Style;
use crate::style::Verbosity;

fn rehearsal(names: &[&str], minutes: usize) -> Rehearsal {
    let minute = |at: usize| Minute {
        requests: 600,
        served: 600,
        wanted: 2,
        ready: 2,
        nodes: 1,
        p99: Some(Duration::from_millis(80 + at as u64)),
        cost: Money::from_cents(1) * (at as u64 + 1),
        ..Minute::default()
    };
    let burst = Burst {
        start: Instant::START + Duration::from_secs(615),
        before_hertz: 10.0,
        peak_hertz: 50.0,
        asked: Some(Duration::from_secs(31)),
        caught_up: Some(Duration::from_secs(38)),
        ready_before: 2,
        ready_most: 6,
        ..Burst::default()
    };
    let run = |name: &&str| Run {
        name: (*name).to_owned(),
        settings: vec![("min".to_owned(), "1".to_owned())],
        minutes: (0..minutes).map(minute).collect(),
        bursts: vec![burst.clone()],
        totals: Totals { requests: 600 * minutes as u64, ..Totals::default() },
        ..Run::default()
    };
    Rehearsal {
        component: "api\u{1b}[2J".to_owned(),
        covers: "one cycle of 24 h".to_owned(),
        start: Instant::START,
        runs: names.iter().map(run).collect(),
    }
}

#[test]
fn a_day_is_told_in_24_rows_and_within_the_width() {
    for width in [40, 80, 120] {
        let text = terminal(&rehearsal(&[""], 1440), width, Style::default());
        assert!(text.lines().all(|line| line.chars().count() <= width), "{width}:\n{text}");
        assert!(text.lines().count() < 70, "{text}");
        assert!(!text.contains('\u{1b}'));
    }
    let text = terminal(&rehearsal(&[""], 1440), 120, Style::default());
    assert!(text.contains("00:10:15"), "{text}");
    assert!(text.contains("24:00") && !text.contains("day 2"), "{text}");
    assert!(text.contains("1 burst: capacity caught up after 38.0 s at the latest."), "{text}");
    let verbose = Style::default().verbosity(Verbosity::Verbose);
    assert!(terminal(&rehearsal(&[""], 1440), 120, verbose).lines().count() > 1440);
}

#[test]
fn two_runs_stand_side_by_side() {
    let mut two = rehearsal(&["min=1", "min=5"], 60);
    let same = terminal(&two, 100, Style::default());
    assert!(same.contains("no minute differs"), "{same}");
    two.runs[1].bursts[0].caught_up = Some(Duration::ZERO);
    two.runs[1].totals.rejected = 7;
    let text = terminal(&two, 120, Style::default());
    assert!(text.contains("min=5 against min=1"), "{text}");
    assert!(text.contains("at once"), "{text}");
}

#[test]
fn json_holds_every_minute() {
    let text = json(&rehearsal(&["a", "b"], 90));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["runs"][1]["minutes"].as_array().unwrap().len(), 90);
    assert_eq!(value["runs"][0]["bursts"][0]["caught_up_after_s"], 38.0);
    assert_eq!(value["runs"][0]["minutes"][4]["cost_usd"], "0.05");
}

#[test]
fn the_vertical_autoscaler_has_a_line_a_run_in_every_format() {
    let mut two = rehearsal(&["min=1", "min=5"], 60);
    let [target, lower, upper, request] = [310, 250, 420, 250].map(Millicores::new);
    two.runs[1].vpa = Some(Vpa { target, lower, upper, request });
    let said = "would ask for 310m CPU (250m to 420m); the pod asks for 250m";
    let text = terminal(&two, 120, Style::default());
    assert_eq!(text.matches("vertical autoscaler").count(), 1, "{text}");
    assert!(text.contains(&format!("vertical autoscaler, min=5: {said}\n")), "{text}");
    assert!(terminal(&two, 40, Style::default()).lines().all(|l| l.chars().count() <= 40));
    // Tables have less room: the figures alone.
    let (figures, _) = said.strip_prefix("would ask for ").unwrap().split_once(';').unwrap();
    let short = figures.replace(" CPU", "");
    assert!(markdown(&two).contains(&short) && crate::html::rehearsal(&two).contains(&short));
    let value: serde_json::Value = serde_json::from_str(&json(&two)).unwrap();
    assert_eq!(value["runs"][1]["vpa"]["target_millicores"], 310);
    assert!(value["runs"][0]["vpa"].is_null());
    let none = rehearsal(&[""], 60);
    assert!(!(terminal(&none, 100, Style::default()) + &markdown(&none)).contains("vertical"));
}
