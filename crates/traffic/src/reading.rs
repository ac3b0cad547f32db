//! Reading logs: from bytes to recorded loads and a report.

use std::collections::BTreeMap;
use std::io::Read;

use source::Finding;

use crate::findings;
use crate::lines::{Lines, Packing, Text, unpacked, unreadable};
use crate::log_report::{FileReport, LogReport};
use crate::readers::{self, Line, Outcome, Precision, Reader, Reason};
use crate::recorded::{Events, Recorded, Window};
use crate::rhythm::rhythm;
use crate::router::Router;
use crate::series::{Series, Tick};
use crate::tally::Tally;

/// What is kept in memory at the most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Moments finer than a second, over all components; beyond, seconds are counted.
    pub(crate) exact: usize,
    /// Different seconds, over all components; beyond, minutes are counted.
    pub(crate) ticks: usize,
    /// Unpacked bytes of one file; the rest is not read.
    pub(crate) bytes: u64,
}

impl Limits {
    const USUAL: Self = Self { exact: 10_000_000, ticks: 20_000_000, bytes: 1 << 40 };
}

/// Lines between two looks at the limits.
const LOOK_EVERY: u64 = 1 << 16;
/// Lines of each file that detection looks at.
const SAMPLE_LINES: usize = 100;
/// How many segments a report names.
const TOP: usize = 10;
/// Line numbers that a finding names for each reason.
const EXAMPLES: usize = 3;

/// What logs say: each component's recorded load, and a report over everything.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// By component id; components without a request are left out.
    pub per_component: BTreeMap<String, Recorded>,
    /// What the logs say as a whole.
    pub report: LogReport,
    /// What there is to say about the logs.
    pub findings: Vec<Finding>,
}

/// Reads logs, one file after the other, in memory that does not grow with their size.
///
/// Several may read at the same time, each its own files, and be [merged](Reading::merge): the result does
/// not depend on who read what.
#[derive(Debug)]
pub struct Reading<'r> {
    router: &'r Router,
    limits: Limits,
    tick: Tick,
    series: Vec<Series>,
    tally: Tally,
    files: Vec<FileReport>,
    findings: Vec<Finding>,
    since_look: u64,
    folded: Folded,
}

/// What had to be given up to stay within memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Folded {
    Nothing,
    Exact,
    Seconds,
    /// Even minutes are too many: no further moments are taken.
    Full,
}

impl<'r> Reading<'r> {
    /// Nothing read yet.
    pub fn new(router: &'r Router) -> Self {
        Self::with_limits(router, Limits::USUAL)
    }

    pub(crate) fn with_limits(router: &'r Router, limits: Limits) -> Self {
        let targets = router.targets().len();
        Self {
            router,
            limits,
            tick: Tick::Second,
            series: vec![Series::default(); targets + 1],
            tally: Tally::new(targets),
            files: Vec::new(),
            findings: Vec::new(),
            since_look: 0,
            folded: Folded::Nothing,
        }
    }

    /// Reads one file to its end. `name` is how the report calls it. Whatever goes wrong becomes a finding, and
    /// what was understood before it stays.
    pub fn file(&mut self, name: &str, input: &mut dyn Read) {
        let mut file = FileReport {
            name: name.to_owned(),
            format: None,
            packing: Packing::Plain,
            bytes: 0,
            lines: 0,
            kept: 0,
            skipped: 0,
            asides: 0,
            out_of_order: 0,
            fingerprint: 0,
        };
        match unpacked(input) {
            Ok((input, packing)) => {
                file.packing = packing;
                self.unpacked_file(&mut file, Lines::new(input));
            }
            Err(e) => self.findings.push(findings::unreadable_file(name, &e.to_string())),
        }
        self.files.push(file);
    }

    fn unpacked_file(&mut self, file: &mut FileReport, mut lines: Lines<'_>) {
        let head = lines.head();
        if let Some((what, hint)) = unreadable(head) {
            self.findings.push(findings::wrong_kind(&file.name, what, hint));
            return;
        }
        let sample: Vec<&[u8]> = head
            .split(|&b| b == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !line.trim_ascii().is_empty())
            .take(SAMPLE_LINES)
            .collect();
        let Some((format, reader)) = readers::detect(&sample) else {
            let (empty, binary) = (head.is_empty(), head.contains(&0));
            self.findings.push(match lines.take_error() {
                Some(error) => findings::unreadable_file(&file.name, &error.to_string()),
                None if empty => findings::empty_file(&file.name),
                None => findings::unknown_format(&file.name, binary),
            });
            return;
        };
        file.format = Some(format.id);
        let mut skipped = Skipped::default();
        self.requests(file, &mut lines, reader, &mut skipped);
        file.bytes = lines.bytes();
        self.findings.extend(findings::skipped_lines(file, &skipped.described()));
    }

    fn requests(
        &mut self,
        file: &mut FileReport,
        lines: &mut Lines<'_>,
        mut reader: Box<dyn Reader>,
        skipped: &mut Skipped,
    ) {
        let mut number = 0_u64;
        let mut last_ns = 0;
        let mut ended = false;
        loop {
            if lines.bytes() > self.limits.bytes {
                self.findings.push(findings::too_many_bytes(&file.name, self.limits.bytes));
                break;
            }
            let outcome = match lines.next() {
                Ok(Some(Text::Line(line))) => {
                    number += 1;
                    if line.trim_ascii().is_empty() {
                        continue;
                    }
                    // After an error the last line may be half of one.
                    if ended { Outcome::Skipped(Reason::CutOff) } else { reader.line(line) }
                }
                Ok(Some(Text::TooLong)) => {
                    number += 1;
                    Outcome::Skipped(Reason::TooLong)
                }
                Ok(None) => break,
                Err(e) => {
                    self.findings.push(findings::cut_off(&file.name, number, &e.to_string()));
                    ended = true;
                    continue;
                }
            };
            file.lines += 1;
            match outcome {
                Outcome::Request(_) if self.folded == Folded::Full => {
                    file.skipped += 1;
                    skipped.add(Reason::Full, number);
                }
                Outcome::Request(line) => {
                    file.kept += 1;
                    file.out_of_order += u64::from(line.at_ns < last_ns);
                    last_ns = line.at_ns;
                    file.fingerprint = fingerprint(file.fingerprint, &line);
                    self.take(&line);
                }
                Outcome::Aside => file.asides += 1,
                Outcome::Skipped(reason) => {
                    file.skipped += 1;
                    skipped.add(reason, number);
                }
            }
        }
        for assumption in reader.assumptions() {
            self.findings.push(findings::assumed(&file.name, &assumption));
        }
    }

    #[inline]
    fn take(&mut self, line: &Line<'_>) {
        let target = self.tally.add(line, self.router);
        let series = &mut self.series[target];
        let service_us = line.service_us();
        let exact = line.precision == Precision::Finer || service_us.is_some();
        if exact && self.folded == Folded::Nothing {
            series.push_exact(line.at_ns, service_us);
        } else {
            series.push_second((line.at_ns / 1_000_000_000) as u32, self.tick);
        }
        self.since_look += 1;
        if self.since_look >= LOOK_EVERY {
            self.since_look = 0;
            self.keep_within_limits();
        }
    }

    /// Gives up precision where memory would run out: first parts of seconds, then seconds.
    fn keep_within_limits(&mut self) {
        let exact: usize = self.series.iter().map(Series::exact_len).sum();
        if exact > self.limits.exact {
            self.folded = self.folded.max(Folded::Exact);
            self.series.iter_mut().for_each(|series| series.fold_exact(Tick::Second));
        }
        let ticks = |series: &[Series]| -> usize { series.iter().map(Series::counts_len).sum() };
        if ticks(&self.series) <= self.limits.ticks {
            return;
        }
        self.series.iter_mut().for_each(Series::compact);
        // Half of it must be free again, or every further look would compact.
        if ticks(&self.series) <= self.limits.ticks / 2 {
            return;
        }
        if self.tick == Tick::Minute {
            self.folded = Folded::Full;
            return;
        }
        self.fold_to_minutes();
    }

    fn fold_to_minutes(&mut self) {
        self.folded = self.folded.max(Folded::Seconds);
        for series in &mut self.series {
            series.fold_exact(self.tick);
            series.fold_seconds();
        }
        self.tick = Tick::Minute;
    }

    /// Adds what another reading with the same router has read, its files behind ours.
    pub fn merge(&mut self, mut other: Self) {
        if self.tick != other.tick {
            for reading in [&mut *self, &mut other] {
                if reading.tick == Tick::Second {
                    reading.fold_to_minutes();
                }
            }
        }
        self.folded = self.folded.max(other.folded);
        for (mine, theirs) in self.series.iter_mut().zip(other.series) {
            mine.merge(theirs);
            if self.folded >= Folded::Exact {
                mine.fold_exact(self.tick);
            }
        }
        self.tally.merge(&other.tally);
        self.files.extend(other.files);
        self.findings.extend(other.findings);
        self.keep_within_limits();
    }

    /// The loads and the report.
    pub fn finish(mut self) -> Traffic {
        self.leave_out_strays();
        let tick = self.tick;
        let events: Vec<Events> = self.series.into_iter().map(|s| s.finish(tick)).collect();
        let rhythm = rhythm(&events.iter().collect::<Vec<_>>(), tick);
        let mut found = self.findings;
        let requests: u64 = events.iter().map(Events::count).sum();
        let name = match self.files.as_slice() {
            [] => String::new(),
            [only] => only.name.clone(),
            [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
        };
        let tally = &self.tally;
        let counts = events.iter().map(Events::count);
        let mut routed: BTreeMap<String, u64> =
            self.router.targets().iter().cloned().zip(counts).collect();
        routed.retain(|_, n| *n > 0);
        let means = tally.sent.iter().zip(&tally.sent_known).map(|(b, n)| b.checked_div(*n));
        let mean_bytes_routed = self.router.targets().iter().cloned().zip(means);
        let report = LogReport {
            mean_bytes_routed: mean_bytes_routed
                .filter_map(|(id, mean)| Some((id, mean?)))
                .collect(),
            requests,
            status: (0..)
                .zip(&tally.status)
                .filter(|(s, n)| *s > 0 && **n > 0)
                .map(|(s, n)| (s, *n))
                .collect(),
            methods: tally.methods(),
            bytes: tally.bytes,
            bytes_known: tally.bytes_known,
            durations: tally.durations.clone(),
            paths_known: tally.paths_known,
            static_files: tally.static_files,
            top_prefixes: tally.prefixes.top(TOP, |c| c.all),
            routed,
            unmatched: events.last().map_or(0, Events::count),
            top_unmatched: tally.prefixes.top(TOP, |c| c.unmatched),
            rhythm,
            files: self.files,
        };
        found.extend(findings::of_memory(
            self.folded >= Folded::Exact,
            tick == Tick::Minute,
            self.limits,
        ));
        found.extend(findings::of_report(&report, self.router.targets().len()));
        let per_component = match &report.rhythm {
            None => BTreeMap::new(),
            Some(rhythm) => {
                let all = Window { first_ns: rhythm.first.0, last_ns: rhythm.last.0 };
                let window = all.replayed();
                if window != all {
                    found.push(findings::long_recording(window));
                }
                let coarse = rhythm.tells_minutes_only();
                let record = |events: Events| {
                    let events = if coarse { events.by_the_minute() } else { events };
                    let events = events.since(window.first_ns);
                    Recorded { window, events, name: name.clone() }
                };
                let named = self.router.targets().iter().cloned().zip(events);
                named.map(|(id, e)| (id, record(e))).filter(|(_, r)| r.events.count() > 0).collect()
            }
        };
        Traffic { per_component, report, findings: found }
    }

    /// A few lines months away from all others are a broken clock, not traffic: they would stretch the time
    /// covered and thin out the load.
    fn leave_out_strays(&mut self) {
        self.series.iter_mut().for_each(Series::compact);
        let Some(strays) = crate::strays::find(&self.series, self.tick) else { return };
        for series in &mut self.series {
            series.clip(strays.first_s, strays.last_s, self.tick);
        }
        self.findings.push(findings::strays(&strays));
    }
}

/// One more request in the fingerprint of a file.
#[inline]
fn fingerprint(so_far: u64, line: &Line<'_>) -> u64 {
    let of_line = line.at_ns ^ line.bytes.unwrap_or(0) << 20 ^ (line.path.len() as u64) << 50;
    (so_far.rotate_left(5) ^ of_line).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Skipped lines by reason, with the first line numbers.
#[derive(Debug, Default)]
struct Skipped(BTreeMap<Reason, (u64, Vec<u64>)>);

impl Skipped {
    fn add(&mut self, reason: Reason, line: u64) {
        let (count, examples) = self.0.entry(reason).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(line);
        }
    }

    /// `7 without a readable time (lines 3, 17, 99, …)`, reason by reason.
    fn described(&self) -> Vec<String> {
        let of = |(reason, (count, lines)): (&Reason, &(u64, Vec<u64>))| {
            let word = Reason::ALL.iter().find(|(r, _)| r == reason).map_or("", |(_, word)| word);
            let numbers: Vec<String> = lines.iter().map(u64::to_string).collect();
            let more = if *count > lines.len() as u64 { ", …" } else { "" };
            let noun = if *count == 1 { "line" } else { "lines" };
            format!("{count} {word} ({noun} {}{more})", numbers.join(", "))
        };
        self.0.iter().map(of).collect()
    }
}

#[cfg(test)]
mod corpora;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
