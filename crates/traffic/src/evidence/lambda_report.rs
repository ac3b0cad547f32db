//! Lambda's `REPORT` lines, wherever they stand: raw logs, `aws logs tail`, CSV and JSON exports of CloudWatch
//! Logs, pasted text; fields in any order, parted by tabs, spaces, `\t` written out, or nothing.
//!
//! `sam local` writes `Init Duration` before `Duration`, and memory that was never measured: left out. With a
//! custom runtime the bill holds the init time, at a timeout it is capped: nothing is learned from bills.

use memchr::memmem;

use crate::evidence::Kind;
use crate::findings;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::source::{Source, Taken};
use crate::gathering::spans::id;
use crate::gathering::{Gathered, Invocation};
use crate::moment::{Unit, epoch, number, rfc3339};

pub(super) const KIND: Kind = Kind {
    id: "lambda-report",
    name: "Lambda REPORT lines",
    fits: |head| {
        head.contains("REPORT RequestId:")
            || head.json_with(&["type", "record"]) && head.contains("platform.report")
    },
    read,
};

const MARK: &[u8] = b"REPORT RequestId:";
/// How far before a line its time may stand in an export.
const LOOK_BACK: usize = 2048;

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    let (name, stem) = (source.name.clone(), source.stem().to_owned());
    let mut local = 0;
    // What stood before in an export that spreads an event over lines.
    let mut before: Vec<u8> = Vec::new();
    let mut group = String::new();
    source.each_line(|_, line| {
        if let Some(found) = function(line) {
            group = found;
        }
        let function = |group: &String| if group.is_empty() { stem.clone() } else { group.clone() };
        if memmem::find(line, b"platform.report").is_some() {
            let mut json = Json::new(line);
            let mut found = None;
            return match platform(&mut json, &mut found) {
                Ok(()) => found.map_or(Taken::Aside, |invocation| {
                    into.invocation(&function(&group), &name, invocation);
                    Taken::Kept
                }),
                Err(_) => Taken::Skipped("with missing or broken fields"),
            };
        }
        let (mut kept, mut broken, mut from) = (0, 0, 0);
        let marks: Vec<usize> = memmem::find_iter(line, MARK).collect();
        for (i, &at) in marks.iter().enumerate() {
            let end = marks.get(i + 1).copied().unwrap_or(line.len());
            let text = line.get(at + MARK.len()..end).unwrap_or(&[]);
            match report(text) {
                Reported::Local => local += 1,
                Reported::Broken => broken += 1,
                Reported::Found(mut invocation) => {
                    let start = from.max(at.saturating_sub(LOOK_BACK));
                    let ended = time(line.get(start..at).unwrap_or(&[])).or_else(|| time(&before));
                    let took = [invocation.duration_us, invocation.init_us]
                        .into_iter()
                        .filter(|us| *us != crate::NO_DURATION);
                    let took: u64 = took.map(u64::from).sum::<u64>() * 1000;
                    invocation.at_ns = ended.map_or(0, |end| end.saturating_sub(took));
                    into.invocation(&function(&group), &name, invocation);
                    kept += 1;
                }
            }
            from = end;
        }
        if marks.is_empty() {
            before.extend_from_slice(line);
            before.push(b' ');
            let much = before.len().saturating_sub(LOOK_BACK);
            before.drain(..much);
        } else {
            before.clear();
        }
        match (kept, broken) {
            (0, 0) => Taken::Aside,
            (0, _) => Taken::Skipped("with missing or broken fields"),
            _ => Taken::Kept,
        }
    });
    if local > 0 {
        source.findings.push(findings::local_runs(&name, local));
    }
}

enum Reported {
    Found(Invocation),
    Local,
    Broken,
}

/// The text behind the mark.
fn report(text: &[u8]) -> Reported {
    let find = |label: &[u8]| memmem::find(text, label);
    let after = |at: usize, label: &[u8]| value(text.get(at + label.len()..).unwrap_or(&[]));
    // `Duration:` alone, not that of init, bill or restore.
    let plain = memmem::find_iter(text, b"Duration:").find(|&at| {
        let head = text.get(..at).unwrap_or(&[]).trim_ascii_end();
        ![&b"Init"[..], b"Billed", b"Restore"].iter().any(|word| head.ends_with(word))
    });
    let Some(duration) = plain.and_then(|at| after(at, b"Duration:")) else {
        return Reported::Broken;
    };
    let starts = [&b"Init Duration:"[..], b"Restore Duration:"];
    let start = starts.iter().filter_map(|label| {
        let mut places = memmem::find_iter(text, label);
        let at = places
            .find(|&at| !text.get(..at).unwrap_or(&[]).trim_ascii_end().ends_with(b"Billed"))?;
        Some((at, after(at, label)?))
    });
    let start: Vec<(usize, f64)> = start.collect();
    let first = find(b"Init Duration:");
    if first.zip(plain).is_some_and(|(init, plain)| init < plain) {
        return Reported::Local;
    }
    let mb = |label: &[u8]| {
        find(label).and_then(|at| after(at, label)).map_or(0, |mb| mb.clamp(0.0, 1e6) as u32)
    };
    let us = |ms: f64| (ms * 1e3).round().clamp(0.0, 4e9) as u32;
    let request = text
        .trim_ascii_start()
        .split(|b| !(b.is_ascii_alphanumeric() || *b == b'-'))
        .next()
        .unwrap_or(&[]);
    Reported::Found(Invocation {
        at_ns: 0,
        duration_us: us(duration),
        init_us: if start.is_empty() {
            crate::NO_DURATION
        } else {
            us(start.iter().map(|(_, ms)| ms).sum())
        },
        cold: Some(!start.is_empty()),
        used_mb: mb(b"Max Memory Used:"),
        size_mb: mb(b"Memory Size:"),
        // A retried request keeps its id and takes another time.
        id: if request.len() >= 20 { id(request) ^ u64::from(us(duration)) } else { 0 },
    })
}

/// The number that stands next.
fn value(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|b| !(b.is_ascii_digit() || *b == b'.')).unwrap_or(text.len());
    number(text.get(..end)?).filter(|v| *v >= 0.0)
}

/// The last time that stands in a text, in nanoseconds since 1970.
fn time(text: &[u8]) -> Option<u64> {
    let mut parts = text.rsplit(|b| matches!(b, b',' | b'"' | b'\t' | b'{' | b'}' | b'[' | b']'));
    let number = |word: &[u8]| {
        let word = word.trim_ascii().strip_prefix(b":").unwrap_or(word).trim_ascii();
        let plain = (10..=19).contains(&word.len()) && word.iter().all(u8::is_ascii_digit);
        plain.then(|| epoch(word, Unit::of_epoch(word)?)).flatten().map(|(at, _)| at)
    };
    parts.find_map(|part| {
        let part = part.trim_ascii();
        let written = |text: &[u8]| rfc3339(text).map(|(at, ..)| at);
        let mut words = part.split(|&b| b == b' ');
        written(part)
            .or_else(|| words.find_map(written))
            .or_else(|| part.split(|&b| b == b' ').find_map(number))
            .or_else(|| number(part))
    })
}

/// The function that a log group names.
fn function(line: &[u8]) -> Option<String> {
    const GROUP: &[u8] = b"/aws/lambda/";
    let at = memmem::find(line, GROUP)? + GROUP.len();
    let rest = line.get(at..)?;
    let end = rest
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')))
        .unwrap_or(rest.len());
    (end > 0).then(|| String::from_utf8_lossy(rest.get(..end).unwrap_or(&[])).into_owned())
}

/// `{"time": …, "type": "platform.report", "record": {"requestId": …, "metrics": {…}}}`
fn platform(json: &mut Json<'_>, found: &mut Option<Invocation>) -> Parsed<()> {
    let (mut ended, mut report) = (None, false);
    let mut invocation = Invocation::default();
    let (mut took, mut start) = (None, None);
    json.object(|key, json| {
        match key {
            b"time" => ended = rfc3339(json.bytes()?).map(|(at, ..)| at),
            b"type" => report = json.bytes()? == b"platform.report",
            b"record" => json.object(|key, json| match key {
                b"requestId" => json.bytes().map(|text| invocation.id = id(text)),
                b"metrics" => json.object(|key, json| {
                    match key {
                        b"durationMs" => took = json.number()?,
                        b"initDurationMs" | b"restoreDurationMs" => start = json.number()?,
                        b"maxMemoryUsedMB" => {
                            invocation.used_mb = json.number()?.unwrap_or(0.0) as u32;
                        }
                        b"memorySizeMB" => {
                            invocation.size_mb = json.number()?.unwrap_or(0.0) as u32;
                        }
                        _ => {}
                    }
                    Ok(())
                }),
                _ => Ok(()),
            })?,
            _ => {}
        }
        Ok(())
    })?;
    let us = |ms: f64| (ms * 1e3).round().clamp(0.0, 4e9) as u32;
    if let (true, Some(ms)) = (report, took) {
        invocation.duration_us = us(ms);
        invocation.init_us = start.map_or(crate::NO_DURATION, us);
        invocation.cold = Some(start.is_some());
        let all = u64::from(us(ms)) + start.map_or(0, |ms| u64::from(us(ms)));
        invocation.at_ns = ended.map_or(0, |end| end.saturating_sub(all * 1000));
        *found = Some(invocation);
    }
    Ok(())
}
