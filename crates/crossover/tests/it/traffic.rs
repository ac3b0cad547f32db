//! `crossover traffic`: small, odd and saved loads, as a user meets them.

use std::path::PathBuf;

use crate::program::{run, run_in};

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
fn a_folder_or_pattern_is_read_without_the_file_that_is_saved_into_it() {
    let folder = path("saved-within");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.csv"), ten_days()).unwrap();
    let within = |name: &str| folder.join(name).display().to_string();
    let (all, pattern) = (folder.display().to_string(), within("*"));
    let wanted = run(&["traffic", &all], None);
    for (read, name) in [(&all, "one.xtrace"), (&pattern, "two.xtrace")] {
        let saved = run(&["traffic", read, "--save", &within(name)], None);
        assert_eq!((saved.code, saved.out.as_str()), (0, wanted.out.as_str()), "{}", saved.err);
        let again = run(&["traffic", read, "--save", &within(name)], None);
        assert_eq!(again.code, 2, "it is read by now: {}", again.out);
        assert!(again.err.contains("overwrite"), "{}", again.err);
        std::fs::remove_file(folder.join(name)).unwrap();
    }
}

#[test]
fn several_recordings_are_drawn_on_one_clock() {
    let begin = 1_760_918_400_u64;
    let hours = (0..240).map(|hour| format!("{},60\n", begin + hour * 3600));
    let hours = file("hours.csv", &format!("time,requests\n{}", hours.collect::<String>()));
    let alone = json(&["traffic", &hours]);
    assert_eq!(alone["step_s"], 3600.0, "ten days are drawn by the hour");
    let late = (0..100).map(|i| format!("{},20\n", begin + 5 * 86_400 + i * 600));
    let late = file("late.csv", &format!("timestamp,duration_ms\n{}", late.collect::<String>()));
    let both = json(&["traffic", &hours, &late]);
    assert_eq!((&both["step_s"], &both["from"]), (&3600.0.into(), &alone["from"]));
    let values = |value: &serde_json::Value| -> Vec<f64> {
        value["requests_over_time"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_f64().unwrap())
            .collect()
    };
    let of = |name: &str| {
        values(
            both["components"].as_array().unwrap().iter().find(|c| c["component"] == name).unwrap(),
        )
    };
    assert_eq!(of("all requests").iter().position(|n| *n > 0.0), Some(120), "five days later");
    assert_eq!((of("hours").len(), of("hours")[0]), (240, 60.0));
    let all = values(&both);
    assert_eq!((all[0], all[119], all[120], all[136], all[137]), (60.0, 60.0, 66.0, 64.0, 60.0));
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

#[test]
fn what_is_no_load_is_shown_as_what_it_is() {
    let containers = file(
        "apps.csv",
        "HashApp,MaxContainerMinute,NumInvocations,m0,m1\na,2,500,0,2\nb,1,20,1,1\n",
    );
    let graph = file("graph.csv", ",front,cart\nfront,0.0,1.0\ncart,0.0,0.0\n");
    let shares = file("chain.csv", "length,F(x),count\n1,0.5,10\n3,0.9,8\n7,1.0,2\n");
    let outcome = run(&["traffic", &containers, &graph, &shares], None);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let words: Vec<&str> = outcome.out.split_whitespace().collect();
    let table = words.join(" ");
    for wanted in [
        "requests without a time 520 of 2, over a time that is not told",
        "containers in use 2.0 3 at most at once, of 2 applications; no requests",
        "a 500 1.00 containers on average, 2 at most, none 50 % of the time",
        "front → cart calls how often is not told",
        "chain: length p50 1 p75 3, p90 3, p99 7, at most 7, unit not told",
    ] {
        assert!(table.contains(wanted), "{wanted}: {table}");
    }
    assert!(!table.contains("measured requests"), "{table}");
    assert_eq!(outcome.err.matches("TR068").count(), 3, "{}", outcome.err);
}

/// Two components that clients reach, and nothing that says whose a log is.
const TWO_FACES: &str = "services:\n  shop: { image: a/shop, ports: [8080:80] }\n  admin: { image: a/admin, ports: [8081:80] }\n";

#[test]
fn a_log_that_is_nobodys_is_said_and_so_is_what_the_load_then_rests_on() {
    let folder = std::env::temp_dir().join(format!("crossover-nobodys-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("compose.yaml"), TWO_FACES).unwrap();
    let line = |i: usize| {
        let (hour, minute) = (i / 60, i % 60);
        format!(
            "192.0.2.1 - - [23/Nov/2026:{hour:02}:{minute:02}:00 +0000] \"GET /a HTTP/1.1\" 200 100\n"
        )
    };
    std::fs::write(folder.join("access.log"), (0..1440).map(line).collect::<String>()).unwrap();
    let plan = |more: &[&str]| {
        let args =
            [&["plan", ".", "--as-of", "2026-11-23", "--traffic", "access.log"], more].concat();
        run_in(&folder, &args)
    };
    let ignored = plan(&[]);
    assert!(ignored.err.contains("IN091"), "{}", ignored.err);
    assert!(ignored.err.contains("admin, shop"), "{}", ignored.err);
    let first = |out: &str| out.split("\n\n").next().unwrap().replace('\n', " ");
    let head = first(&ignored.out);
    assert!(head.contains("2 M requests a month are assumed, for admin and shop"), "{head}");
    let routed = plan(&["--route", "shop=/"]);
    assert!(!routed.err.contains("IN091"), "{}", routed.err);
    assert!(first(&routed.out).contains("1 M requests a month are assumed, for admin"));
    std::fs::remove_dir_all(&folder).unwrap();
}
