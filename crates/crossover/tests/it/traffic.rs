//! `crossover traffic`: small, odd and saved loads, as a user meets them.

use std::path::PathBuf;

use crate::program::run;

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("traffic");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

fn file(name: &str, content: &str) -> String {
    let path = path(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

fn json(args: &[&str]) -> serde_json::Value {
    let outcome = run(&[args, &["--format", "json"]].concat(), None);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    serde_json::from_str(&outcome.out).unwrap()
}

/// Ten days of a request every two minutes, three at a time.
fn ten_days() -> String {
    let rows = (0..10 * 720).map(|i| (1_760_918_400 + i * 120, i % 3));
    let row = |(at, extra): (u64, u64)| format!("{at}.{extra},{}\n", 20 + extra).repeat(3);
    format!("timestamp,duration_ms\n{}", rows.map(row).collect::<String>())
}

#[test]
fn a_saved_load_says_the_same() {
    let log = file("ten.csv", &ten_days());
    let trace = path("ten.xtrace").display().to_string();
    let before = json(&["traffic", &log, "--save", &trace]);
    let after = json(&["traffic", &trace]);
    for key in [
        "requests",
        "first",
        "last",
        "mean_per_second",
        "gap_variation",
        "scales",
        "hour_of_week",
        "ahead",
    ] {
        assert_eq!(before["statistics"][key], after["statistics"][key], "{key}");
        assert!(!before["statistics"][key].is_null(), "{key}");
    }
    assert_eq!(before["components"][0]["concurrency_peak"], 3);
    let refused = run(&["traffic", &trace, "--save", &trace], None);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("overwrite"), "{}", refused.err);
    assert!(std::fs::read(&trace).unwrap().len() > 100, "the file is still there");
}

#[test]
fn loads_without_time_have_no_rates_and_no_nan() {
    let line = "203.0.113.7 - - [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 5\n";
    for (name, text) in [("one.log", line.to_owned()), ("same.log", line.repeat(50))] {
        let log = file(name, &text);
        let value = json(&["traffic", &log]);
        let statistics = &value["statistics"];
        assert!(statistics["mean_per_second"].is_null() && statistics["ahead"].is_null());
        assert!(statistics["gap_variation"].is_null() && statistics["hour_of_day"].is_null());
        let table = run(&["traffic", &log], None);
        assert!(table.out.contains("all at one moment"), "{}", table.out);
        assert!(!table.out.contains("NaN") && !table.out.contains("inf"), "{}", table.out);
    }
}

#[test]
fn a_load_of_forty_years_is_drawn_by_the_day() {
    let days = (0..480_u64).map(|month| format!("{}\n", 631_530_000 + month * 30 * 86_400));
    let value = json(&["traffic", &file("years.csv", &days.collect::<String>())]);
    assert_eq!(
        (&value["step_s"], &value["statistics"]["requests"]),
        (&86_400.0.into(), &480.into())
    );
}

#[test]
fn what_is_planned_moves_the_month_and_nonsense_is_refused() {
    let log = file("plan.csv", &ten_days());
    let usual = json(&["traffic", &log]);
    let event = "Black Friday, fri 08:00, 6 h, 8x";
    let planned = json(&["traffic", &log, "--event", event, "--growth", "10%"]);
    let month =
        |v: &serde_json::Value| v["statistics"]["ahead"]["month"]["expected"].as_f64().unwrap();
    // Ninety requests an hour, seven times more for six hours.
    assert!((month(&planned) - month(&usual) - 90.0 * 7.0 * 6.0).abs() < 2.0);
    let outcome = run(&["traffic", &log, "--event", "Black Friday"], None);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("fri 08:00"), "{}", outcome.err);
}

#[test]
fn the_schema_names_what_the_json_has() {
    let schema: serde_json::Value =
        serde_json::from_str(&run(&["schema", "traffic"], None).out).unwrap();
    let value = json(&["traffic", &file("schema.csv", &ten_days())]);
    for (name, property) in value["statistics"].as_object().unwrap() {
        assert!(schema["$defs"]["Figures"]["properties"].get(name).is_some(), "{name}: {property}");
    }
}
