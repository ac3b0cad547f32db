//! Tables of `timestamp[,duration_ms]`, with or without a header, and optionally a path, a method, a status
//! and bytes.
//!
//! Times are RFC 3339 or numbers since 1970 in seconds, milliseconds, microseconds or nanoseconds, told apart
//! by their size. Fields are parted by commas, semicolons or tabs; quotes as in RFC 4180, within one line.

use crate::gathering::columns::Columns;
use crate::moment::{Unit, Zone, epoch, number, rfc3339};
use crate::readers::{Format, Line, Outcome, Precision, Reader, Reason, Zoned};

pub(super) const FORMAT: Format =
    Format { id: "csv", name: "table of timestamps", open: |head| open(head).map(|r| r as _) };

/// Columns beyond this are not looked at.
const COLUMNS_MAX: usize = 64;
/// Further columns of numbers that are summed up.
const OTHERS_MAX: usize = 16;
/// Values of each of them that are kept.
const VALUES_MAX: usize = 1_000_000;
/// Lines that may stand before the first time: a header and what people put above it.
const PREAMBLE_MAX: usize = 4;

const TIME_NAMES: [&str; 15] = [
    "timestamp",
    "time",
    "ts",
    "datetime",
    "date",
    "@timestamp",
    "start",
    "start_time",
    "starttime",
    "arrival",
    "arrival_time",
    "request_time",
    "time_local",
    "time_iso8601",
    "created_at",
];
const DURATION_NAMES: [&str; 14] = [
    "duration",
    "latency",
    "elapsed",
    "took",
    "response_time",
    "request_duration",
    "service_time",
    "processing_time",
    "runtime",
    "execution_time",
    "time_taken",
    "upstream_response_time",
    "rt",
    "dur",
];
const PATH_NAMES: [&str; 8] =
    ["path", "url", "uri", "endpoint", "route", "request_uri", "resource", "target"];
const METHOD_NAMES: [&str; 4] = ["method", "verb", "http_method", "request_method"];
const STATUS_NAMES: [&str; 4] = ["status", "status_code", "code", "http_status"];
const BYTES_NAMES: [&str; 6] =
    ["bytes", "size", "response_bytes", "bytes_sent", "body_bytes_sent", "response_size"];

#[derive(Debug)]
struct Csv {
    separator: u8,
    time: usize,
    /// Unit of numeric times; `None` if times are written out.
    unit: Option<Unit>,
    zone: Zone,
    duration: Option<(usize, Unit)>,
    duration_unit: Written,
    path: Option<usize>,
    method: Option<usize>,
    status: Option<usize>,
    bytes: Option<usize>,
    others: Vec<Other>,
    /// Lines at the beginning that are no data.
    preamble: usize,
    seen: usize,
}

/// A further column of numbers.
#[derive(Debug)]
struct Other {
    column: usize,
    name: String,
    /// Of the line that is read.
    value: Option<f64>,
    /// Of the lines before it, up to [`VALUES_MAX`].
    values: Vec<f64>,
}

/// Whether a column's name says its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Yes,
    No,
}

/// Looks for the first line that has a time, and for the column names above it.
fn open(head: &[&[u8]]) -> Option<Box<Csv>> {
    let lines = || head.iter().take(PREAMBLE_MAX + 1).enumerate();
    for separator in [b',', b';', b'\t'] {
        for (at, line) in lines() {
            let names = at.checked_sub(1).and_then(|before| head.get(before)).copied();
            if let Some(csv) = columns(line, names.unwrap_or(&[]), separator, at) {
                return Some(Box::new(csv));
            }
        }
    }
    None
}

/// What the columns mean, from the first row of data and the line above it.
fn columns(row: &[u8], names: &[u8], separator: u8, preamble: usize) -> Option<Csv> {
    let names: Vec<String> = fields(names, separator).map(|name| simplified(&name)).collect();
    let values: Vec<_> = fields(row, separator).collect();
    let named = |wanted: &[&str]| {
        let mut positions = wanted.iter().filter_map(|w| names.iter().position(|n| n == w));
        positions.find(|&column| column < values.len())
    };
    let time = match named(&TIME_NAMES) {
        Some(column) => column,
        // Without a name, a time stands first; a mere small number there could be anything.
        None if names.is_empty() => 0,
        None => values.iter().position(|value| rfc3339(value).is_some())?,
    };
    let value = values.get(time)?;
    let (unit, zone) = match rfc3339(value) {
        Some((.., zone)) => (None, zone),
        None => (Some(Unit::of_epoch(value)?), Zone::Written),
    };
    if let Some(unit) = unit {
        epoch(value, unit)?;
    }
    let mut csv = Csv {
        separator,
        time,
        unit,
        zone,
        duration: None,
        duration_unit: Written::Yes,
        path: named(&PATH_NAMES),
        method: named(&METHOD_NAMES),
        status: named(&STATUS_NAMES),
        bytes: named(&BYTES_NAMES),
        others: Vec::new(),
        preamble,
        seen: 0,
    };
    if names.is_empty() {
        let is_path = |value: &Vec<u8>| value.first() == Some(&b'/');
        csv.path = values.iter().position(is_path);
        csv.duration = values.get(1).and_then(|v| number(v)).map(|_| (1, Unit::Millis));
    } else {
        let found = names.iter().enumerate().find_map(|(column, name)| {
            let (unit, written) = duration_unit(name)?;
            (column != time).then_some((column, unit, written))
        });
        csv.duration = found.map(|(column, unit, _)| (column, unit));
        csv.duration_unit = found.map_or(Written::Yes, |(.., written)| written);
    }
    let used = [csv.duration.map(|(c, _)| c), csv.path, csv.method, csv.status, csv.bytes];
    let further = |column: &usize| {
        *column != time
            && !used.contains(&Some(*column))
            && values.get(*column).is_some_and(|value| number(value).is_some())
            && !is_identity(&names[*column])
    };
    let others = (0..names.len()).filter(further).map(|column| {
        let name = names[column].clone();
        Other { column, name, value: None, values: Vec::new() }
    });
    csv.others = others.take(OTHERS_MAX).collect();
    Some(csv)
}

/// Whether numbers below this name tell one thing from another, so that their mean means nothing.
fn is_identity(name: &str) -> bool {
    name.is_empty()
        || name.split('_').any(|part| matches!(part, "id" | "index" | "port" | "pid" | "user"))
}

/// The unit of a column of durations, if its name says that it is one: `latency_us`, `duration (s)`.
fn duration_unit(name: &str) -> Option<(Unit, Written)> {
    if DURATION_NAMES.contains(&name) {
        return Some((Unit::Millis, Written::No));
    }
    let (base, unit) = name.rsplit_once('_')?;
    let unit = match unit {
        "ms" | "millis" | "milliseconds" | "msec" => Unit::Millis,
        "s" | "sec" | "secs" | "seconds" => Unit::Seconds,
        "us" | "micros" | "microseconds" | "usec" => Unit::Micros,
        "ns" | "nanos" | "nanoseconds" | "nsec" => Unit::Nanos,
        _ => return None,
    };
    (DURATION_NAMES.contains(&base) || base == "time").then_some((unit, Written::Yes))
}

/// `Duration (ms)` and `durationMs` become `duration_ms`.
fn simplified(name: &[u8]) -> String {
    let mut simple = String::new();
    let mut lower_before = false;
    for c in String::from_utf8_lossy(name).trim().chars() {
        let part = c.is_alphanumeric() || c == '@';
        if (c.is_uppercase() && lower_before || !part) && !simple.ends_with('_') {
            simple.push('_');
        }
        if part {
            simple.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    simple.trim_matches('_').to_owned()
}

impl Reader for Csv {
    fn line<'l>(&mut self, line: &'l [u8]) -> Outcome<'l> {
        self.seen += 1;
        if self.seen <= self.preamble || line.first() == Some(&b'#') {
            return Outcome::Aside;
        }
        let mut found = Line::default();
        self.others.iter_mut().for_each(|other| other.value = None);
        let mut time = None;
        let last = [
            Some(self.time),
            self.duration.map(|(c, _)| c),
            self.path,
            self.method,
            self.status,
            self.bytes,
        ]
        .into_iter()
        .flatten()
        .chain(self.others.iter().map(|other| other.column))
        .max()
        .unwrap_or(0);
        for (column, value) in raw_fields(line, self.separator).take(last + 1).enumerate() {
            if column == self.time {
                time = self.time_of(value);
            } else if Some(column) == self.duration.map(|(c, _)| c) {
                found.duration_us = self.duration.and_then(|(_, unit)| micros(value, unit));
            } else if Some(column) == self.path {
                found.path = value;
            } else if Some(column) == self.method {
                found.method = value;
            } else if Some(column) == self.status {
                found.status =
                    number(value).filter(|n| (100.0..1000.0).contains(n)).unwrap_or(0.0) as u16;
            } else if Some(column) == self.bytes {
                found.bytes = number(value).filter(|n| (0.0..1e18).contains(n)).map(|n| n as u64);
            } else if let Some(other) = self.others.iter_mut().find(|o| o.column == column) {
                other.value = number(value);
            }
        }
        let Some((at_ns, precision)) = time else { return Outcome::Skipped(Reason::Time) };
        for other in &mut self.others {
            if other.values.len() < VALUES_MAX {
                other.values.extend(other.value.take());
            }
        }
        (found.at_ns, found.precision) = (at_ns, precision);
        if self.zone == Zone::Assumed {
            found.zone = Zoned::Assumed;
        }
        Outcome::Request(found)
    }

    fn columns(&mut self) -> Columns {
        let mut columns = Columns::default();
        for other in &mut self.others {
            columns.numbers(&other.name, "", &std::mem::take(&mut other.values));
        }
        columns
    }

    fn assumptions(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.zone == Zone::Assumed {
            all.push("times name no zone: taken as UTC".to_owned());
        }
        if self.duration_unit == Written::No {
            all.push("durations name no unit: taken as milliseconds".to_owned());
        }
        all
    }
}

impl Csv {
    fn time_of(&self, value: &[u8]) -> Option<(u64, Precision)> {
        match self.unit {
            Some(unit) => epoch(value, unit),
            None => rfc3339(value).map(|(at, precision, _)| (at, precision)),
        }
    }
}

/// Microseconds; `None` for what is no duration: `-`, `-1`, nothing.
fn micros(value: &[u8], unit: Unit) -> Option<u32> {
    let micros = number(value)? * unit.nanos() as f64 / 1_000.0;
    (micros >= 0.0).then(|| micros.round().min(f64::from(u32::MAX - 1)) as u32)
}

/// Fields with doubled quotes undone, for headers and first rows.
fn fields(line: &[u8], separator: u8) -> impl Iterator<Item = Vec<u8>> {
    let undoubled =
        |value: &[u8]| String::from_utf8_lossy(value).replace("\"\"", "\"").into_bytes();
    let whole = if line.is_empty() { None } else { Some(line) };
    whole
        .into_iter()
        .flat_map(move |line| raw_fields(line, separator))
        .take(COLUMNS_MAX)
        .map(undoubled)
}

/// Fields as they stand, without the quotes around them and spaces outside of those.
fn raw_fields(line: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let start = line.trim_ascii_start();
        // A tab that parts fields is no space before one.
        let start = if separator == b'\t' { line } else { start };
        if let [b'"', quoted @ ..] = start {
            let end = closing_quote(quoted);
            let (value, after) = quoted.split_at(end);
            let next = after.iter().position(|&b| b == separator);
            rest = next.and_then(|at| after.get(at + 1..));
            return Some(value.trim_ascii());
        }
        let end = start.iter().position(|&b| b == separator);
        let (value, after) = start.split_at(end.unwrap_or(start.len()));
        rest = end.and_then(|_| after.get(1..));
        Some(value.trim_ascii())
    })
}

/// The first quote that is not doubled, or the end.
fn closing_quote(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(quote) = text.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
        at += quote;
        if text.get(at + 1) != Some(&b'"') {
            return at;
        }
        at += 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (second, nanosecond within it, microseconds taken, path) of every line that is a request.
    fn read(text: &str) -> Vec<(u64, u64, Option<u32>, String)> {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let mut reader = open(&lines).unwrap_or_else(|| panic!("not a table: {text}"));
        let mut out = Vec::new();
        for line in lines {
            if let Outcome::Request(l) = reader.line(line) {
                let path = String::from_utf8_lossy(l.path).into_owned();
                out.push((l.at_ns / 1_000_000_000, l.at_ns % 1_000_000_000, l.duration_us, path));
            }
        }
        out
    }

    fn first(text: &str) -> (u64, u64, Option<u32>, String) {
        read(text).remove(0)
    }

    #[test]
    fn headers_in_many_spellings() {
        let wanted = (1_700_000_000, 0, Some(12_500), String::new());
        for text in [
            "timestamp,duration_ms\n1700000000,12.5",
            "1700000000,12.5",
            "1700000000000;12.5",
            "Timestamp\tlatency (ms)\n1700000000\t12.5",
            "id,startTime,durationMs\n7,1700000000,12.5",
            "ts,duration_us\n1700000000,12500",
            "ts,took\n2023-11-14T22:13:20Z,12.5",
            "duration_s,time\n0.0125,\"2023-11-14 22:13:20\"",
            "# exported\nts,elapsed\n1700000000,12.5",
            "time,name,response_time\n1700000000,\"a, \"\"b\"\", c\",12.5",
        ] {
            assert_eq!(first(text), wanted, "{text}");
        }
    }

    #[test]
    fn one_column_is_enough() {
        let rows = read("1700000000.25\n1700000000.5\nbroken\n1700000001");
        let at: Vec<_> = rows.iter().map(|r| (r.0 - 1_700_000_000, r.1)).collect();
        assert_eq!(at, [(0, 250_000_000), (0, 500_000_000), (1, 0)]);
    }

    #[test]
    fn the_unit_of_the_first_row_holds_for_all() {
        let rows = read("0.5\n120.25\n99999999999.9");
        assert_eq!(rows.iter().map(|r| r.0).collect::<Vec<_>>(), [0, 120], "2106 is the end");
    }

    #[test]
    fn paths_and_methods_and_the_rest() {
        let text =
            "time,method,path,status,bytes,latency\n2026-11-23T06:09:10.5Z,GET,/api/x?y=1,200,17,3";
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let mut reader = open(&lines).unwrap();
        assert_eq!(reader.line(lines[0]), Outcome::Aside);
        let Outcome::Request(line) = reader.line(lines[1]) else { panic!() };
        assert_eq!((line.method, line.path), (&b"GET"[..], &b"/api/x?y=1"[..]));
        assert_eq!((line.status, line.bytes, line.duration_us), (200, Some(17), Some(3_000)));
        assert_eq!(reader.assumptions(), ["durations name no unit: taken as milliseconds"]);
        assert_eq!(first("1700000000,/a,5").3, "/a");
    }

    #[test]
    fn missing_durations_are_missing_not_zero() {
        let rows = read(
            "ts,duration_ms\n1700000000,\n1700000001,-1\n1700000002,-\n1700000003,0\n1700000004",
        );
        let durations: Vec<_> = rows.iter().map(|r| r.2).collect();
        assert_eq!(durations, [None, None, None, Some(0), None]);
        assert_eq!(
            first("ts,duration_s\n1700000000,1e9").2,
            Some(u32::MAX - 1),
            "71 minutes are the most"
        );
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for text in ["", "hello world", "a,b,c\nd,e,f", "{\"time\": 5}", "name,age\nbob,42"] {
            let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
            assert!(open(&lines).is_none(), "{text}");
        }
    }

    #[test]
    fn fields_are_cut_where_they_should_be() {
        let cut = |line: &'static str, separator| -> Vec<&str> {
            raw_fields(line.as_bytes(), separator)
                .map(|f| std::str::from_utf8(f).unwrap())
                .collect()
        };
        assert_eq!(cut("a,b,,c", b','), ["a", "b", "", "c"]);
        assert_eq!(cut("\"a,b\" , \"c\"\"d\",", b','), ["a,b", "c\"\"d", ""]);
        assert_eq!(cut("a\t\tb", b'\t'), ["a", "", "b"]);
        assert_eq!(cut("\"never closed", b','), ["never closed"]);
        assert_eq!(cut("", b','), [""]);
    }
}
