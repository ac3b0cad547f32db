//! Several files, clocks and copies: what their order says.

use std::fmt::Write as _;

use super::*;
use crate::kinds::Kind;

/// Lines of a common log at these seconds of 25 October 2026, with an offset, each from its own client.
fn lines(seconds: impl IntoIterator<Item = u64>, offset: &str) -> String {
    let mut out = String::new();
    for (i, s) in seconds.into_iter().enumerate() {
        let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
        let _ = writeln!(
            out,
            "192.0.2.{} - - [25/Oct/2026:{h:02}:{m:02}:{s:02} {offset}] \"GET /a/{i} HTTP/1.1\" 200 5",
            i % 250
        );
    }
    out
}

fn read(files: &[(&str, &str)], prepare: impl Fn(&mut Reading<'_>)) -> Traffic {
    let router = Router::all_to("web");
    let mut reading = Reading::new(&router);
    prepare(&mut reading);
    for (name, text) in files {
        reading.file(name, &mut text.as_bytes());
    }
    reading.finish()
}

fn finding<'t>(traffic: &'t Traffic, id: &str) -> &'t str {
    traffic.findings.iter().find(|f| f.id == id).map_or("", |f| f.message.as_str())
}

#[test]
fn rotated_files_are_one_log_whatever_their_order() {
    let parts =
        [lines(0..4_000, "+0000"), lines(4_000..8_000, "+0000"), lines(8_000..9_000, "+0000")];
    let named = ["access.log.2", "access.log.1", "access.log"];
    let sorted: Vec<_> = named.iter().copied().zip(parts.iter().map(String::as_str)).collect();
    let mut turned = sorted.clone();
    turned.reverse();
    let (one, other) = (read(&sorted, |_| {}), read(&turned, |_| {}));
    assert_eq!(one.per_component["web"].events, other.per_component["web"].events);
    assert_eq!(one.report.rhythm, other.report.rhythm);
    assert_eq!(
        (one.report.requests, finding(&other, "TR041"), finding(&other, "TR022")),
        (9_000, "", "")
    );
}

#[test]
fn a_copy_is_counted_once_and_shared_lines_are_named() {
    let log = lines(0..6_000, "+0000");
    let again = read(&[("a", &log), ("b", &log)], |_| {});
    assert_eq!(again.report.requests, 6_000);
    assert!(finding(&again, "TR026").contains("`a` and `b` hold the same lines: counted once"));
    assert_eq!(again.report.files[1].copy_of.as_deref(), Some("a"));

    let half: String = log.lines().skip(3_000).fold(String::new(), |all, line| all + line + "\n");
    let shared = read(&[("old", &log), ("copied early", &half)], |_| {});
    assert_eq!(shared.report.requests, 9_000);
    let said = finding(&shared, "TR041");
    assert!(said.contains("`old` and `copied early`") && said.contains("3,000 requests"), "{said}");

    let servers = read(&[("a", &log), ("b", &log.replace("192.0.2", "198.51.100"))], |_| {});
    assert!(finding(&servers, "TR041").contains("several servers"), "{:?}", servers.findings);
}

#[test]
fn summer_time_with_offsets_loses_nothing_and_without_is_pointed_out() {
    // 02:59:59 +0200 is followed by 02:00:00 +0100.
    let text = lines(9_000..10_800, "+0200") + &lines(7_200..9_000, "+0100");
    let traffic = read(&[("a", &text)], |_| {});
    let rhythm = traffic.report.rhythm.as_ref().unwrap();
    assert_eq!((rhythm.second.unwrap().peak.requests, rhythm.second.unwrap().empty), (1, 0));
    assert!(
        finding(&traffic, "TR042").contains("+0200 to +0100, line 1801"),
        "{:?}",
        traffic.findings
    );

    let local = |from: u64, to: u64| {
        (from..to).fold(String::new(), |all, s| {
            format!("{all}2026-10-25 {:02}:{:02}:{:02},/a\n", s / 3600, s / 60 % 60, s % 60)
        })
    };
    let text = format!("time,path\n{}{}", local(9_000, 10_800), local(7_205, 9_000));
    let traffic = read(&[("a.csv", &text)], |_| {});
    assert!(finding(&traffic, "TR043").contains("line 1802"), "{:?}", traffic.findings);
}

#[test]
fn what_is_left_out_is_counted() {
    let text = lines(0..10, "+0000").replace("/a/3", "/healthz").replace("/a/4", "/x.png");
    let all = read(&[("a", &text)], |_| {});
    assert_eq!(
        (all.report.requests, all.report.health_checks, all.report.static_files),
        (10, 1, 1)
    );
    let some = read(&[("a", &text)], |r| r.leave_out(&[Kind::Health, Kind::Static]));
    assert_eq!((some.report.requests, some.report.left_out), (8, 2));
    assert_eq!(some.per_component["web"].events.count(), 8);
    assert_eq!(some.report.status[&200], 10, "the log is told as it is");
    assert!(finding(&some, "TR045").starts_with("2 requests left out"));
}

#[test]
fn a_given_format_is_used_where_it_fits() {
    let text = "192.0.2.1;GET /a HTTP/1.1;2026-10-25T01:02:03+00:00;200;0.5\n";
    let format =
        LogFormat::parse("$remote_addr;$request;$time_iso8601;$status;$request_time").unwrap();
    let given = |reading: &mut Reading<'_>| reading.log_format(format.clone());
    let traffic = read(&[("a", text), ("b", &lines(0..5, "+0000"))], given);
    let formats: Vec<_> = traffic.report.files.iter().map(|f| f.format).collect();
    assert_eq!(formats, [Some("given"), Some("combined")]);
    assert_eq!((traffic.report.requests, traffic.report.durations.count()), (6, 1));
    assert!(finding(&traffic, "TR040").contains("`b`"));
}

#[test]
fn a_balancer_s_log_keeps_target_times_as_the_work() {
    let line = r#"http 2018-07-02T22:23:00.186641Z app/lb/5 192.0.2.1:1 10.0.0.1:80 0.001 0.048 0.002 200 200 0 57 "GET http://shop:80/cart HTTP/1.1" "x" - - arn:aws:elasticloadbalancing:x:1:targetgroup/cart/7 "-" "shop" "-" 1 2018-07-02T22:22:48.364000Z"#;
    let text = format!("{line}\n{line}\n{}\n", line.replace("48.364", "49.364"));
    let by_address = read(
        &[(
            "a",
            &text.replace("http://shop:80", "http://10.9.8.7:80").replace("\"shop\"", "\"-\""),
        )],
        |_| {},
    );
    assert!(!format!("{:?}", by_address.report).contains("10.9.8.7"), "no address is told");
    let traffic = read(&[("a", &text)], |_| {});
    let Events::Exact { durations_us, .. } = &traffic.per_component["web"].events else { panic!() };
    assert_eq!(durations_us, &[48_000, 48_000]);
    assert_eq!(traffic.report.durations.max(), units::Duration::from_millis(51));
    assert_eq!(traffic.report.top_services, [("cart".to_owned(), 2)]);
    assert_eq!(traffic.report.top_hosts, [("shop".to_owned(), 2)]);
    assert!(finding(&traffic, "TR016").contains("1 sent twice (line 2)"), "{:?}", traffic.findings);
}
