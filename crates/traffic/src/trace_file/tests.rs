//! Trace files: there and back, damaged, and what they weigh.

use std::io::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::*;
use crate::readers::{Line, Precision};
use crate::router::Router;
use crate::{Reading, Traffic};

/// What is written can be looked at afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn written(lines: &[Line<'_>]) -> (Vec<u8>, Saved) {
    let shared = Shared::default();
    let mut writer = TraceWriter::new(Box::new(shared.clone()));
    for line in lines {
        writer.add(line);
    }
    let saved = writer.finish().unwrap();
    let bytes = shared.0.lock().unwrap().clone();
    (bytes, saved)
}

fn read_all(bytes: &[u8]) -> (u64, Option<Broken>) {
    let mut reader = TraceReader::new(bytes);
    let mut n = 0;
    loop {
        match reader.advance() {
            Ok(true) => n += reader.lines().count() as u64,
            Ok(false) => return (n, None),
            Err(broken) => return (n, Some(broken)),
        }
    }
}

fn traffic(name: &str, mut bytes: &[u8]) -> Traffic {
    let router = Router::all_to("web");
    let mut reading = Reading::new(&router);
    reading.file(name, &mut bytes);
    reading.finish()
}

fn saved(name: &str, mut bytes: &[u8]) -> (Traffic, Vec<u8>, Saved) {
    let router = Router::all_to("web");
    let shared = Shared::default();
    let mut reading = Reading::new(&router).saving(Box::new(shared.clone()));
    reading.file(name, &mut bytes);
    let traffic = reading.finish();
    let saved = traffic.saved.clone().unwrap().unwrap();
    let bytes = shared.0.lock().unwrap().clone();
    assert_eq!(bytes.len() as u64, saved.bytes);
    (traffic, bytes, saved)
}

/// Read back, a trace file says what the log said: all counts and moments, and sizes within their error.
fn same_statistics(log: &Traffic, back: &Traffic) {
    let (a, b) = (&log.report, &back.report);
    assert_eq!(a.requests, b.requests);
    assert_eq!(a.rhythm, b.rhythm);
    assert_eq!((&a.status, &a.methods), (&b.status, &b.methods));
    assert_eq!(
        (a.bytes_known, a.paths_known, a.static_files),
        (b.bytes_known, b.paths_known, b.static_files)
    );
    let close = |x: f64, y: f64| (x - y).abs() <= x.abs() * 0.0076;
    assert!(close(a.bytes as f64, b.bytes as f64), "{} {}", a.bytes, b.bytes);
    for (id, recorded) in &log.per_component {
        let back = &back.per_component[id];
        assert_eq!(recorded.window, back.window);
        assert_eq!(recorded.events.count(), back.events.count());
    }
}

fn sample_log() -> String {
    use std::fmt::Write as _;
    let mut log = String::new();
    for i in 0..1000_u32 {
        let (minute, second) = (i / 60, i % 60);
        let path =
            ["/", "/api/users/17?token=secret", "/img/a.png", "/jane@example.com"][i as usize % 4];
        let _ = writeln!(
            log,
            "203.0.113.7 - jane [17/May/2015:10:{minute:02}:{second:02} +0000] \"GET {path} HTTP/1.1\" 200 {} \"-\" \"Mozilla\"",
            100 + i * 7 % 5000
        );
    }
    log
}

#[test]
fn a_log_comes_back_without_what_is_personal() {
    let log = sample_log();
    let (traffic_, bytes, saved) = saved("access.log", log.as_bytes());
    let back = traffic("load.xtrace", &bytes);
    assert_eq!(back.report.files[0].format, Some("xtrace"));
    same_statistics(&traffic_, &back);
    assert_eq!((saved.requests, saved.routes), (1000, 4));
    // Names of routes may be packed, but what was never taken cannot be anywhere: look at all of them.
    let mut reader = TraceReader::new(bytes.as_slice());
    let mut routes = std::collections::BTreeSet::new();
    while reader.advance().unwrap() {
        routes.extend(reader.lines().map(|l| String::from_utf8_lossy(l.path).into_owned()));
    }
    let routes: Vec<&str> = routes.iter().map(String::as_str).collect();
    assert_eq!(routes, ["/", "/*", "/api/users/*", "/img/*.png"]);
}

#[test]
fn files_one_behind_the_other_are_one() {
    let (_, bytes, _) = saved("a.log", sample_log().as_bytes());
    let both = [bytes.clone(), bytes].concat();
    assert_eq!(traffic("both.xtrace", &both).report.requests, 2000);
    let (empty, _) = written(&[]);
    let many = empty.repeat(100_000);
    assert_eq!(read_all(&many).0, 0, "a long row of empty files is no deep recursion");
}

#[test]
fn a_file_cut_off_keeps_its_whole_blocks() {
    let lines: Vec<Line<'_>> = (0..150_000_u64)
        .map(|i| Line { at_ns: i * 1_000_003, precision: Precision::Finer, ..Line::default() })
        .collect();
    let (bytes, _) = written(&lines);
    let cut = &bytes[..bytes.len() - 40];
    let got = traffic("cut.xtrace", cut);
    assert_eq!(got.report.requests, 9 * BLOCK_MAX as u64);
    let finding = got.findings.iter().find(|f| f.id == "TR060").unwrap();
    assert!(finding.message.contains("from byte"), "{}", finding.message);
    assert!(finding.hint.as_ref().unwrap().contains("147,456"), "{:?}", finding.hint);
}

#[test]
fn another_version_is_refused_by_name() {
    let (mut bytes, _) = written(&[]);
    bytes[8] = 9;
    let got = traffic("new.xtrace", &bytes);
    let finding = got.findings.iter().find(|f| f.id == "TR060").unwrap();
    assert!(finding.message.contains("version 9"), "{}", finding.message);
}

#[test]
fn every_changed_byte_is_noticed() {
    let (_, bytes, _) = saved("access.log", sample_log().as_bytes());
    let reserved = 10..12;
    for at in (0..bytes.len()).filter(|at| !reserved.contains(at)) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        assert!(read_all(&changed).1.is_some(), "byte {at}");
    }
}

#[test]
fn every_cut_is_noticed() {
    let (_, bytes, _) = saved("access.log", sample_log().as_bytes());
    for length in 0..bytes.len() {
        assert!(read_all(&bytes[..length]).1.is_some(), "{length}");
    }
}

proptest! {
    #[test]
    fn requests_there_and_back(
        raw in prop::collection::vec(
            (0..u64::MAX / 2, 0..6_usize, 0..1000_u16, prop::option::of(any::<u64>()), prop::option::of(any::<u32>())),
            0..200,
        ),
        unit in prop::sample::select(vec![1_u64, 1_000, 1_000_000, 1_000_000_000]),
    ) {
        let paths: [&[u8]; 6] = [b"", b"/", b"/a/b", b"/a/b/c/d?x=1", b"/1234/x.css", b"*"];
        let lines: Vec<Line<'_>> = raw
            .iter()
            .map(|&(at, path, status, bytes, duration_us)| Line {
                at_ns: at / unit * unit,
                method: if path == 0 { b"" } else { b"GET" },
                path: paths[path],
                status,
                bytes: bytes.map(|b| b / 2),
                duration_us: duration_us.map(|d| d.min(u32::MAX - 1)),
                ..Line::default()
            })
            .collect();
        let (bytes, saved) = written(&lines);
        prop_assert_eq!(saved.requests, lines.len() as u64);
        let mut reader = TraceReader::new(bytes.as_slice());
        let mut back = Vec::new();
        while reader.advance().unwrap() {
            for l in reader.lines() {
                back.push((l.at_ns, l.status, l.bytes, l.duration_us));
            }
        }
        let mut sorted = lines.clone();
        sorted.sort_by_key(|l| l.at_ns);
        prop_assert_eq!(back.len(), sorted.len());
        for ((at, status, bytes, duration), line) in back.into_iter().zip(sorted) {
            prop_assert_eq!((at, status), (line.at_ns, line.status));
            let within = |x: u64, y: u64| x.abs_diff(y) as f64 <= y as f64 * 0.0076;
            prop_assert_eq!(bytes.is_some(), line.bytes.is_some());
            prop_assert!(bytes.zip(line.bytes).is_none_or(|(x, y)| within(x, y)));
            prop_assert_eq!(duration.is_some(), line.duration_us.is_some());
            prop_assert!(duration.zip(line.duration_us).is_none_or(|(x, y)| within(x.into(), y.into())));
        }
    }

    #[test]
    fn bytes_that_nobody_wrote_end_in_an_error(
        tail in prop::collection::vec(any::<u8>(), 0..300),
        count in 0..100_u64,
    ) {
        let (good, _) = written(&[]);
        let header = &good[..12];
        prop_assert!(read_all(&[header, tail.as_slice()].concat()).1.is_some());
        // With a checksum that fits, the content itself must be refused or be a block.
        let mut frame = vec![b'B'];
        frame.extend_from_slice(&count.to_le_bytes());
        frame.extend_from_slice(&(tail.len() as u32).to_le_bytes());
        frame.extend_from_slice(&tail);
        let mut crc = flate2::Crc::new();
        crc.update(&frame);
        frame.extend_from_slice(&crc.sum().to_le_bytes());
        prop_assert!(read_all(&[header, frame.as_slice()].concat()).1.is_some());
    }
}

/// Reads a file of the corpora, or says that they are not there.
#[test]
fn real_logs_take_three_bytes_a_request_at_most() {
    for path in ["logs/nasa_http_jul95_first2000.log.gz", "logs/apache_combined_elastic.log.gz"] {
        let Some(log) = crate::corpora::bytes(path) else { return };
        let (before, bytes, saved) = saved(path, &log);
        same_statistics(&before, &traffic("load.xtrace", &bytes));
        let each = saved.bytes as f64 / saved.requests as f64;
        eprintln!("{path}: {} requests, {each:.2} bytes each", saved.requests);
        assert!(each <= 3.0, "{path}: {each:.2} bytes a request, {saved:?}");
    }
}
