//! Reading logs: from bytes to recorded loads and a report.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use source::Finding;

use crate::evidence;
use crate::findings;
use crate::gathering::source::Source;
use crate::gathering::{Evidence, Gathered};
use crate::kinds::{Kind, hash};
use crate::lines::{Lines, Packing, Text, unpacked, unreadable};
use crate::log_format::LogFormat;
use crate::log_report::{FileReport, LogReport};
use crate::order::{Minutes, Order, Watch};
use crate::readers::{self, Format, Line, Outcome, Precision, Reader, Reason};
use crate::recorded::{Events, Recorded, Window};
use crate::rhythm::rhythm;
use crate::router::Router;
use crate::series::{Series, Tick};
use crate::tally::Tally;
use crate::trace_file::{MAGIC, Saved, TraceReader, TraceWriter};

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
    const USUAL: Self = Self { exact: 3_000_000, ticks: 6_000_000, bytes: 1 << 40 };
}

/// Minutes over all files that are remembered to find the same lines in two of them.
const MINUTES_MAX: usize = 500_000;
/// Share of a file's first lines that a given format must fit.
const FITS_MIN: f64 = 0.1;

/// Lines between two looks at the limits.
const LOOK_EVERY: u64 = 1 << 16;
/// Lines of each file that detection looks at.
const SAMPLE_LINES: usize = 100;
/// How many segments a report names.
const TOP: usize = 10;
/// An odd number that spreads bits: 2⁶⁴ over the golden ratio.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
/// Name of the compact trace file among the formats.
const TRACE_FILE: &str = "xtrace";
/// Line numbers that a finding names for each reason.
const EXAMPLES: usize = 3;

/// What logs say: each component's recorded load, and a report over everything.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// By component id; components without a request are left out.
    pub per_component: BTreeMap<String, Recorded>,
    /// What the logs say as a whole.
    pub report: LogReport,
    /// What metrics, traces and measurements among the files say.
    pub evidence: Evidence,
    /// What there is to say about the logs.
    pub findings: Vec<Finding>,
    /// What was [saved](Reading::saving), or why it could not be.
    pub saved: Option<Result<Saved, String>>,
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
    /// Of each file, what its minutes hold.
    minutes: Vec<Minutes>,
    gathered: Gathered,
    findings: Vec<Finding>,
    since_look: u64,
    folded: Folded,
    format: Option<LogFormat>,
    left_out: Vec<Kind>,
    saver: Option<TraceWriter>,
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
            minutes: Vec::new(),
            gathered: Gathered::default(),
            findings: Vec::new(),
            since_look: 0,
            folded: Folded::Nothing,
            format: None,
            left_out: Vec::new(),
            saver: None,
        }
    }

    /// Reads files in this format where it fits, instead of finding out theirs.
    pub fn log_format(&mut self, format: LogFormat) {
        self.format = Some(format);
    }

    /// Counts requests of these kinds without taking them for load.
    pub fn leave_out(&mut self, kinds: &[Kind]) {
        self.left_out = kinds.to_vec();
    }

    /// Counts different clients and paths too, which a plan does without.
    #[must_use]
    pub fn counting_names(mut self) -> Self {
        self.tally.names = Some(Default::default());
        self
    }

    /// Also writes every request that is read from here on to a trace file. Nothing personal gets there:
    /// paths become routes, and of a request only its moment, method, status, size and duration are kept.
    #[must_use]
    pub fn saving(mut self, out: Box<dyn Write + Send>) -> Self {
        self.saver = Some(TraceWriter::new(out));
        self
    }

    /// Reads one file to its end. `name` is how the report calls it. Whatever goes wrong becomes a finding, and
    /// what was understood before it stays. A file that holds the same lines as an earlier one is left out.
    pub fn file(&mut self, name: &str, input: &mut dyn Read) {
        let used: usize = self.series.iter().map(Series::exact_len).sum();
        let limits = Limits { exact: self.limits.exact.saturating_sub(used), ..self.limits };
        let mut one = Self::with_limits(self.router, limits);
        (one.format, one.left_out) = (self.format.clone(), self.left_out.clone());
        one.tally.names = self.tally.names.as_ref().map(|_| Default::default());
        one.saver = self.saver.take();
        one.only_file(name, input);
        self.saver = one.saver.take();
        let same = |other: &&FileReport| one.files.iter().any(|file| file.is_copy_of(other));
        if let Some(first) = self.files.iter().find(same).map(|file| file.name.clone()) {
            self.findings.push(findings::same_file_twice(&first, name));
            for mut file in one.files {
                file.copy_of = Some(first.clone());
                self.files.push(file);
            }
            self.minutes.push(Minutes::default());
            return;
        }
        self.merge(one);
    }

    fn only_file(&mut self, name: &str, input: &mut dyn Read) {
        let mut file = FileReport {
            name: name.to_owned(),
            format: None,
            packing: Packing::Plain,
            bytes: 0,
            lines: 0,
            kept: 0,
            skipped: 0,
            asides: 0,
            order: Order::default(),
            fingerprint: 0,
            copy_of: None,
        };
        let mut watch = Watch::default();
        match unpacked(input) {
            Ok((input, packing)) => {
                file.packing = packing;
                self.unpacked_file(&mut file, Lines::new(input), &mut watch);
            }
            Err(e) => self.findings.push(findings::unreadable_file(name, &e.to_string())),
        }
        watch.minutes.close();
        (file.order, file.fingerprint) = (watch.order, watch.fingerprint);
        self.minutes.push(watch.minutes);
        self.files.push(file);
    }

    fn unpacked_file(&mut self, file: &mut FileReport, mut lines: Lines<'_>, watch: &mut Watch) {
        let head = lines.head();
        if head.starts_with(&MAGIC) {
            return self.trace_file(file, lines, watch);
        }
        if let Some((what, hint)) = unreadable(head) {
            self.findings.push(findings::wrong_kind(&file.name, what, hint));
            return;
        }
        if let Some(kind) = evidence::detect(head) {
            file.format = Some(kind.id);
            let mut source = Source::new(&file.name, lines);
            (kind.read)(&mut source, &mut self.gathered);
            self.gathered.note_spans(&file.name);
            file.bytes = source.bytes;
            (file.kept, file.skipped, file.asides) = (source.kept, source.skipped(), source.asides);
            file.lines = file.kept + file.skipped + file.asides;
            let skipped = findings::skipped_lines(file, &source.reasons());
            self.findings.extend(skipped.map(|found| match source.expected {
                "" => found,
                expected => found.hint(format!("write {expected}")),
            }));
            self.findings.append(&mut source.findings);
            return;
        }
        let sample: Vec<&[u8]> = head
            .split(|&b| b == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !line.trim_ascii().is_empty())
            .take(SAMPLE_LINES)
            .collect();
        let given = self.given_format(&file.name, &sample);
        let detected = || readers::detect(&sample).map(|(Format { id, .. }, reader)| (id, reader));
        let Some((format, reader)) = given.or_else(detected) else {
            let (empty, binary) = (head.is_empty(), head.contains(&0));
            self.findings.push(match lines.take_error() {
                Some(error) => findings::unreadable_file(&file.name, &error.to_string()),
                None if empty => findings::empty_file(&file.name),
                None => findings::unknown_format(&file.name, binary),
            });
            return;
        };
        file.format = Some(format);
        let mut skipped = Skipped::default();
        self.requests(file, &mut lines, reader, &mut skipped, watch);
        file.bytes = lines.bytes();
        self.findings.extend(findings::skipped_lines(file, &skipped.described()));
    }

    /// The format given on the command line, if it fits these lines.
    fn given_format(
        &mut self,
        name: &str,
        sample: &[&[u8]],
    ) -> Option<(&'static str, Box<dyn Reader>)> {
        let format = self.format.as_ref()?;
        let mut reader = format.reader();
        let fits = sample.iter().filter(|l| matches!(reader.line(l), Outcome::Request(_))).count();
        if fits == 0 || (fits as f64) < sample.len() as f64 * FITS_MIN {
            if !sample.is_empty() {
                self.findings.push(findings::format_does_not_fit(name));
            }
            return None;
        }
        Some(("given", format.reader()))
    }

    fn requests(
        &mut self,
        file: &mut FileReport,
        lines: &mut Lines<'_>,
        mut reader: Box<dyn Reader>,
        skipped: &mut Skipped,
        watch: &mut Watch,
    ) {
        let mut number = 0_u64;
        let mut ended = false;
        // A table of times may well hold the same moment twice.
        let tells_clients = file.format != Some("csv");
        loop {
            if lines.bytes() > self.limits.bytes {
                self.findings.push(findings::too_many_bytes(&file.name, self.limits.bytes));
                break;
            }
            let mut whole: &[u8] = &[];
            let outcome = match lines.next() {
                Ok(Some(Text::Line(line))) => {
                    number += 1;
                    whole = line;
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
                    if watch.add(&line, hash(whole), number, tells_clients) {
                        file.kept += 1;
                        self.take(&line);
                    } else {
                        file.skipped += 1;
                        skipped.add(Reason::Doubled, number);
                    }
                }
                Outcome::Aside => file.asides += 1,
                Outcome::Skipped(reason) => {
                    file.skipped += 1;
                    skipped.add(reason, number);
                }
            }
        }
        self.gathered.columns.merge(reader.columns());
        for assumption in reader.assumptions() {
            self.findings.push(findings::assumed(&file.name, &assumption));
        }
    }

    /// Reads a trace file up to its end or its first broken block.
    fn trace_file(&mut self, file: &mut FileReport, lines: Lines<'_>, watch: &mut Watch) {
        file.format = Some(TRACE_FILE);
        let mut trace = TraceReader::new(lines.into_read());
        loop {
            match trace.advance() {
                Ok(false) => break,
                Ok(true) if self.folded == Folded::Full => {
                    file.skipped += trace.lines().count() as u64;
                }
                Ok(true) => {
                    for line in trace.lines() {
                        // Rounded requests are often alike without being the same one twice.
                        file.kept += 1;
                        let own = (line.at_ns ^ file.kept << 40).wrapping_mul(MIX);
                        watch.add(&line, own, file.kept, false);
                        self.take(&line);
                    }
                }
                Err(broken) => {
                    self.findings.push(findings::broken_trace(&file.name, file.kept, &broken));
                    break;
                }
            }
        }
        file.lines = file.kept + file.skipped;
        file.bytes = trace.bytes();
    }

    #[inline]
    fn take(&mut self, line: &Line<'_>) {
        let Some(target) = self.tally.add(line, self.router, &self.left_out) else { return };
        if let Some(saver) = &mut self.saver {
            saver.add(line);
        }
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
        self.gathered.merge(other.gathered);
        self.tally.merge(&other.tally);
        self.files.extend(other.files);
        self.minutes.extend(other.minutes);
        let minutes: usize = self.minutes.iter().map(Minutes::len).sum();
        if minutes > MINUTES_MAX {
            // Too much to be compared: then nothing is said about it.
            self.minutes.iter_mut().for_each(|m| *m = Minutes::default());
        }
        self.findings.extend(other.findings);
        self.keep_within_limits();
    }

    /// Declares that the traces hold only this share (above 0, at most 1) of all requests.
    pub const fn sampled(&mut self, share: f64) {
        self.gathered.sampled(share);
    }

    /// The loads and the report.
    pub fn finish(mut self) -> Traffic {
        let saved = self.saver.take().map(|saver| saver.finish().map_err(|e| e.to_string()));
        self.leave_out_strays();
        let tick = self.tick;
        let events: Vec<Events> = self.series.into_iter().map(|s| s.finish(tick)).collect();
        let rhythm = rhythm(&events.iter().collect::<Vec<_>>(), tick);
        let mut found = self.findings;
        let (evidence, of_evidence) = self.gathered.finish();
        found.extend(of_evidence);
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
            bytes: tally.sizes.sum(),
            bytes_known: tally.sizes.count(),
            sizes: tally.sizes.spread(),
            clients: tally.names.as_ref().and_then(|names| names.0.count()),
            paths: tally.names.as_ref().and_then(|names| names.1.count()),
            durations: tally.durations.clone(),
            paths_known: tally.paths_known,
            static_files: tally.kinds.count(Kind::Static),
            health_checks: tally.kinds.count(Kind::Health),
            bots: tally.kinds.count(Kind::Bot),
            left_out: tally.left_out,
            upstream: tally.upstream.clone(),
            top_hosts: tally.hosts.top(TOP, |c| c.all),
            top_services: tally.services.top(TOP, |c| c.all),
            top_unmatched_services: tally.services.top(TOP, |c| c.unmatched),
            top_prefixes: tally.prefixes.top(TOP, |c| c.all),
            routed,
            unmatched: events.last().map_or(0, Events::count),
            top_unmatched: tally.prefixes.top(TOP, |c| c.unmatched),
            rhythm,
            files: self.files,
        };
        found.extend(findings::overlaps(&report.files, &self.minutes));
        found.extend(findings::of_memory(
            self.folded >= Folded::Exact,
            tick == Tick::Minute,
            self.limits,
        ));
        if requests > 0 || evidence.is_empty() {
            found.extend(findings::of_report(&report, self.router.targets().len()));
        }
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
        Traffic { per_component, report, evidence, findings: found, saved }
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
mod orders;
#[cfg(test)]
mod tests;
