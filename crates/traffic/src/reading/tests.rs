//! Logs as they are found, read and counted.

use std::fmt::Write as _;

use source::Severity;
use units::{Duration, Seed};

use super::*;
use crate::derive::sample::{app, component};
use crate::{Arrivals, Utc, Workload};

fn router(components: &[(&str, &[&str])]) -> Router {
    let parts = components.iter().map(|(id, paths)| {
        let mut component = component(id, model::Load::Routed);
        component.paths = paths.iter().map(|p| (*p).to_owned()).collect();
        component
    });
    Router::new(&app(parts.collect(), &[])).0
}

fn read(router: &Router, text: &[u8]) -> Traffic {
    let mut reading = Reading::new(router);
    reading.file("access.log", &mut &*text);
    reading.finish()
}

fn ids(traffic: &Traffic) -> Vec<&'static str> {
    traffic.findings.iter().map(|f| f.id).collect()
}

/// A combined log: (seconds after 10 Oct 2000 00:00 UTC, path).
fn log(lines: impl IntoIterator<Item = (u64, &'static str)>) -> String {
    let mut out = String::new();
    for (second, path) in lines {
        let (d, h, m, s) = (second / 86_400, second / 3600 % 24, second / 60 % 60, second % 60);
        let _ = writeln!(
            out,
            "203.0.113.9 - bob [{:02}/Oct/2000:{h:02}:{m:02}:{s:02} +0000] \"GET {path} HTTP/1.1\" 200 100 \
             \"http://ref.example/secret\" \"Agent/1.0\"",
            10 + d
        );
    }
    out
}

/// 2000-10-10 00:00 UTC, a Tuesday.
const START: u64 = 971_136_000;

#[test]
fn requests_go_to_their_components_and_all_share_the_log_s_time() {
    let router = router(&[("api", &["/api"]), ("img", &["/img"])]);
    let day =
        (0..1440 * 2).map(|m| (m * 60, if m % 10 == 0 { "/api/x?token=1" } else { "/img/a.png" }));
    let traffic = read(&router, log(day.chain([(172_799, "/other/x")])).as_bytes());
    assert_eq!(ids(&traffic), ["TR045", "TR027"]);
    let months = |id: &str| traffic.per_component[id].workload();
    assert_eq!(months("api").cycle, Duration::DAY * 2);
    assert_eq!(months("api").requests_per_cycle() as u64, 288);
    assert_eq!(months("img").requests_per_cycle() as u64, 2592);
    let report = &traffic.report;
    assert_eq!((report.requests, report.unmatched, report.static_files), (2881, 1, 2592));
    assert_eq!(report.top_prefixes[0], ("/img".to_owned(), 2592));
    assert_eq!(report.top_unmatched, [("/other".to_owned(), 1)]);
    assert_eq!(report.routed["api"] + report.routed["img"] + report.unmatched, report.requests);
    assert_eq!((report.bytes, report.mean_bytes()), (288_100, Some(100)));
    let unmatched = &traffic.findings[1];
    assert!(unmatched.message.contains("1 of 2,881 requests"));
    assert!(unmatched.hint.as_ref().unwrap().contains("paths: [/other]"));
}

#[test]
fn nothing_of_the_client_is_kept() {
    let traffic = read(
        &router(&[("api", &["/api"])]),
        log([(0, "/api?token=hidden"), (90, "/x?token=hidden")]).as_bytes(),
    );
    let everything = format!("{traffic:?}");
    for secret in ["203.0.113", "bob", "hidden", "secret", "Agent", "token"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[test]
fn a_replay_of_a_log_has_its_very_seconds() {
    let router = router(&[("web", &[])]);
    let seconds = [5_u64, 5, 5, 61, 62, 62, 3_599];
    let traffic = read(&router, log(seconds.map(|s| (s, "/"))).as_bytes());
    let workload: Workload = traffic.per_component["web"].workload();
    assert!(matches!(workload.arrivals, Arrivals::Counted { .. }));
    let demand =
        model::Demand { cpu: model::Fact::Unknown, wait: model::Fact::Unknown, duration: None };
    let replay = workload.replay(&demand, Seed(1), "web", 1000);
    let got: Vec<u64> = replay.requests.iter().map(|r| r.at.nanos() / 1_000_000_000).collect();
    assert_eq!(got, seconds);
    assert_eq!(replay.covers, "all 60 min of the recording");
}

#[test]
fn a_table_keeps_its_milliseconds_and_durations() {
    let text = "timestamp,duration_ms\n971136000.250,40\n971136000.500,8\n971136061.125,\n";
    let traffic = read(&router(&[("job", &["/x"])]), text.as_bytes());
    assert_eq!(ids(&traffic), ["TR023"], "no paths: all of it is the only component's");
    let Events::Exact { times_ns, durations_us } = &traffic.per_component["job"].events else {
        panic!()
    };
    assert_eq!(times_ns[0], START * 1_000_000_000 + 250_000_000);
    assert_eq!(durations_us, &[40_000, 8_000, crate::NO_DURATION]);
    assert_eq!(traffic.report.durations.count(), 2);
    let file = &traffic.report.files[0];
    assert_eq!((file.format, file.lines, file.kept, file.asides), (Some("csv"), 4, 3, 1));
}

#[test]
fn broken_lines_are_counted_with_their_numbers_and_the_good_ones_stay() {
    let good = log([(0, "/a"), (1, "/b"), (2, "/c")]);
    let mut lines: Vec<&str> = good.lines().collect();
    lines.insert(1, "garbage");
    lines.insert(3, "");
    lines.insert(4, "x - - [10/Oct/2000:00:00:02 +0000] \"GET / HTTP/1.1");
    let text = format!("\u{feff}{}", lines.join("\r\n"));
    let traffic = read(&router(&[("web", &[])]), text.as_bytes());
    let file = &traffic.report.files[0];
    assert_eq!((file.lines, file.kept, file.skipped), (5, 3, 2));
    let finding = traffic.findings.iter().find(|f| f.id == "TR016").unwrap();
    assert_eq!(
        finding.message,
        "`access.log`: 2 of 5 lines skipped: 1 without a readable time (line 2); \
         1 with missing or broken fields (line 5)"
    );
    assert_eq!(finding.severity, Severity::Warning);
}

#[test]
fn what_is_no_log_is_named() {
    let zeros = vec![0; 200_000];
    let long = "x".repeat(300_000);
    for (content, id, word) in [
        (&b""[..], "TR013", "empty"),
        (b"PK\x03\x04rest", "TR012", "zip"),
        (b"\xff\xfeh\0i\0", "TR012", "UTF-16"),
        (b"hello\nworld\n", "TR014", "no log format"),
        (&zeros, "TR014", "binary"),
        (long.as_bytes(), "TR014", "no log format"),
        (b"\x1f\x8bgarbage that is no gzip", "TR011", "cannot be read"),
        (b"\x28\xb5\x2f\xfdgarbage that is no zstd", "TR011", "cannot be read"),
    ] {
        let traffic = read(&router(&[("web", &[])]), content);
        assert_eq!(traffic.findings[0].id, id, "{word}");
        assert!(traffic.findings[0].message.contains(word), "{}", traffic.findings[0].message);
        assert!(traffic.per_component.is_empty());
    }
}

#[test]
fn a_truncated_gzip_keeps_the_lines_before_the_break() {
    use std::io::Write;
    let text = log((0..20_000).map(|s| (s * 7, "/a")));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let traffic = read(&router(&[("web", &[])]), &packed[..packed.len() / 2]);
    let file = &traffic.report.files[0];
    assert!(file.kept > 5_000 && file.kept < 20_000 && file.packing == Packing::Gzip);
    assert_eq!(file.lines, file.kept + file.skipped);
    assert!(ids(&traffic).contains(&"TR015"));
    let whole = read(&router(&[("web", &[])]), &packed);
    assert_eq!(whole.report.requests, 20_000);
}

#[test]
fn steps_back_are_sorted_and_counted() {
    let traffic = read(
        &router(&[("web", &[])]),
        log([(50, "/"), (20, "/"), (20, "/"), (90_000, "/")]).as_bytes(),
    );
    assert_eq!(traffic.report.files[0].order.back.count, 1);
    assert_eq!(traffic.report.rhythm.as_ref().unwrap().first, Utc((START + 20) * 1_000_000_000));
    assert!(ids(&traffic).contains(&"TR022"));
}

#[test]
fn a_log_whose_times_were_altered_is_not_to_be_trusted() {
    let same_minute = (0..100).map(|i| (i * 3600 + 305 + i % 50, "/"));
    let traffic = read(&router(&[("web", &[])]), log(same_minute).as_bytes());
    let finding = traffic.findings.iter().find(|f| f.id == "TR024").unwrap();
    assert!(finding.message.contains("minute :05"), "{}", finding.message);

    let full_minutes = (0..2_000).map(|i| (i * 60, "/"));
    let traffic = read(&router(&[("web", &[])]), log(full_minutes).as_bytes());
    assert!(ids(&traffic).contains(&"TR024"));
    let Events::Counted { tick, .. } = traffic.per_component["web"].events else { panic!() };
    assert_eq!(tick, Duration::MINUTE);
}

#[test]
fn a_stray_clock_does_not_thin_out_the_load() {
    let mut text = log((0..2_000).map(|i| (i * 60, "/")));
    text.push_str("h - - [01/Jan/1970:00:00:01 +0000] \"GET / HTTP/1.1\" 200 1\n");
    let traffic = read(&router(&[("web", &[])]), text.as_bytes());
    assert!(ids(&traffic).contains(&"TR019"));
    assert!(traffic.report.rhythm.unwrap().span() < Duration::DAY * 2);
}

#[test]
fn silence_for_days_is_pointed_out() {
    let busy = |day: u64| (0..1440).map(move |m| (day * 86_400 + m * 60 + m % 60, "/"));
    let traffic = read(&router(&[("web", &[])]), log(busy(0).chain(busy(3))).as_bytes());
    let finding = traffic.findings.iter().find(|f| f.id == "TR025").unwrap();
    assert!(finding.message.contains("2000-10-10 23:59:59"), "{}", finding.message);
}

#[test]
fn the_same_file_twice_is_noticed() {
    let text = log((0..2_000).map(|i| (i * 60, "/a")));
    let router = router(&[("web", &[])]);
    let mut reading = Reading::new(&router);
    for name in ["a.log", "b.log"] {
        reading.file(name, &mut text.as_bytes());
    }
    let traffic = reading.finish();
    assert!(ids(&traffic).contains(&"TR026"));
    assert_eq!(traffic.per_component["web"].name, "a.log and 1 more");
}

#[test]
fn who_reads_which_file_does_not_matter() {
    let router = router(&[("api", &["/api"]), ("web", &[])]);
    let texts = [
        log((0..3_000).map(|i| (i * 60, "/api/x"))),
        "timestamp,duration_ms,path\n971136000.250,40,/api\n971136000.500,8,/\n".to_owned(),
        log((0..500).map(|i| (i * 61, "/about"))),
    ];
    let mut one = Reading::new(&router);
    for (i, text) in texts.iter().enumerate() {
        one.file(&format!("{i}"), &mut text.as_bytes());
    }
    let mut merged = Reading::new(&router);
    for (i, text) in texts.iter().enumerate() {
        let mut part = Reading::new(&router);
        part.file(&format!("{i}"), &mut text.as_bytes());
        merged.merge(part);
    }
    assert_eq!(one.finish(), merged.finish());
}

#[test]
fn memory_has_limits_and_precision_gives_way() {
    let router = router(&[("web", &[])]);
    let mut rows = String::new();
    for second in 971_136_000..971_336_000 {
        let _ = writeln!(rows, "{second}.5");
    }
    let read = |exact, ticks| {
        let limits = Limits { exact, ticks, bytes: 1 << 30 };
        let mut reading = Reading::with_limits(&router, limits);
        reading.file("x.csv", &mut rows.as_bytes());
        reading.finish()
    };
    let counted = |traffic: &Traffic| match traffic.per_component["web"].events {
        Events::Counted { tick, .. } => Some(tick),
        Events::Exact { .. } => None,
    };
    let usual = read(1 << 20, 1 << 20);
    assert_eq!(counted(&usual), None);
    let seconds = read(100_000, 1 << 20);
    assert_eq!(counted(&seconds), Some(Duration::SECOND));
    let minutes = read(100_000, 100_000);
    assert_eq!(counted(&minutes), Some(Duration::MINUTE));
    for traffic in [&usual, &seconds, &minutes] {
        assert_eq!(traffic.report.requests, 200_000);
        assert_eq!(traffic.per_component["web"].workload().requests_per_cycle() as u64, 200_000);
    }
    assert!(ids(&seconds).contains(&"TR020") && ids(&minutes).contains(&"TR020"));
    let full = read(100, 100);
    let file = &full.report.files[0];
    assert!(file.skipped > 0 && file.kept + file.skipped == file.lines);
    assert_eq!(full.report.requests, file.kept);

    let mut reading = Reading::with_limits(&router, Limits { exact: 1, ticks: 1, bytes: 1 << 16 });
    reading.file("x.csv", &mut rows.as_bytes());
    assert!(ids(&reading.finish()).contains(&"TR017"));
}

#[test]
fn readings_can_be_sent_to_other_threads() {
    fn sendable<T: Send>(_: T) {}
    sendable(Reading::new(&Router::default()));
}

#[test]
fn a_recording_with_a_hole_is_told_and_a_quiet_night_is_not() {
    let holes = |silent: std::ops::Range<u64>| {
        let asked = (0..24 * 3600).step_by(5).filter(|second| !silent.contains(&(second / 3600)));
        let traffic = read(&router(&[("web", &[])]), log(asked.map(|s| (s, "/"))).as_bytes());
        ids(&traffic).contains(&"TR046")
    };
    assert!(holes(2..22), "recorded for four hours of a day");
    assert!(!holes(1..7), "a night without a customer");
}
