//! One file of evidence: its lines or its JSON documents, with what was kept and what was skipped.

use std::collections::BTreeMap;
use std::io::Read;

use source::Finding;

use crate::findings;
use crate::gathering::json::{Json, Parsed};
use crate::lines::{HEAD, Lines, Text};

/// One JSON document at the most; files of one document a line may be as long as they like.
pub(crate) const DOCUMENT_MAX: usize = 256 << 20;
/// Line numbers named for each reason.
const EXAMPLES: usize = 3;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Understood.
    Kept,
    /// A header, an empty line.
    Aside,
    /// Not understood, and why: `7 lines without a time`.
    Skipped(&'static str),
}

/// A file that is being read.
pub(crate) struct Source<'r> {
    pub(crate) name: String,
    lines: Option<Lines<'r>>,
    pub(crate) bytes: u64,
    pub(crate) kept: u64,
    pub(crate) asides: u64,
    skipped: BTreeMap<&'static str, (u64, Vec<u64>)>,
    pub(crate) findings: Vec<Finding>,
    /// What a line or a document should look like, for those that were skipped; may be empty.
    pub(crate) expected: &'static str,
}

impl<'r> Source<'r> {
    pub(crate) fn new(name: &str, lines: Lines<'r>) -> Self {
        Self {
            name: name.to_owned(),
            lines: Some(lines),
            bytes: 0,
            kept: 0,
            asides: 0,
            skipped: BTreeMap::new(),
            findings: Vec::new(),
            expected: "",
        }
    }

    /// The name without folders and endings: `api-report.log.gz` is `api-report`.
    pub(crate) fn stem(&self) -> &str {
        let file = self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name);
        file.split('.').next().unwrap_or(file)
    }

    /// Adds a finding, unless it was told or there are many already.
    pub(crate) fn tell(&mut self, finding: Finding) {
        const MOST: usize = 20;
        if self.findings.len() < MOST && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Counts something understood that is no line: a span, a data point.
    pub(crate) const fn keep(&mut self) {
        self.kept += 1;
    }

    /// Counts something that was not understood, at a line (0 where there are none).
    pub(crate) fn skip(&mut self, why: &'static str, line: u64) {
        let (count, examples) = self.skipped.entry(why).or_default();
        *count += 1;
        if line > 0 && examples.len() < EXAMPLES {
            examples.push(line);
        }
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.skipped.values().map(|(n, _)| n).sum()
    }

    /// `7 without a time (lines 3, 17, 99, …)`, reason by reason.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let of = |(why, (count, lines)): (&&str, &(u64, Vec<u64>))| {
            let numbers: Vec<String> = lines.iter().map(u64::to_string).collect();
            let more = if *count > lines.len() as u64 { ", …" } else { "" };
            if numbers.is_empty() {
                format!("{count} {why}")
            } else {
                format!("{count} {why} (line {}{more})", numbers.join(", "))
            }
        };
        self.skipped.iter().map(of).collect()
    }

    /// The first bytes, as they were recognised; the rest is passed over.
    pub(crate) fn head_alone(&mut self) -> Vec<u8> {
        let Some(mut lines) = self.lines.take() else { return Vec::new() };
        let head = lines.head().to_vec();
        let rest = std::io::copy(&mut lines.into_read(), &mut std::io::sink());
        match rest {
            Ok(bytes) => self.bytes = bytes,
            Err(e) => self.findings.push(findings::cut_off(&self.name, 0, &e.to_string())),
        }
        head
    }

    /// Calls `each` with every line that is not empty and its number.
    pub(crate) fn each_line(&mut self, mut each: impl FnMut(u64, &[u8]) -> Taken) {
        let Some(mut lines) = self.lines.take() else { return };
        let mut number = 0;
        loop {
            let taken = match lines.next() {
                Ok(Some(Text::Line(line))) => {
                    number += 1;
                    if line.trim_ascii().is_empty() {
                        continue;
                    }
                    each(number, line)
                }
                Ok(Some(Text::TooLong)) => {
                    number += 1;
                    Taken::Skipped("longer than 64 KiB")
                }
                Ok(None) => break,
                Err(e) => {
                    self.findings.push(findings::cut_off(&self.name, number, &e.to_string()));
                    break;
                }
            };
            match taken {
                Taken::Kept => self.kept += 1,
                Taken::Aside => self.asides += 1,
                Taken::Skipped(why) => self.skip(why, number),
            }
        }
        self.bytes = lines.bytes();
    }

    /// Calls `each` with every JSON document of the file: one that fills it, several one behind the other, or one
    /// a line. What `each` took before a document breaks off stays.
    pub(crate) fn each_document(
        &mut self,
        mut each: impl FnMut(&mut Self, &mut Json<'_>) -> Parsed<()>,
    ) {
        let Some(mut lines) = self.lines.take() else { return };
        if one_a_line(lines.head()) {
            self.lines_of_documents(lines, &mut each);
            return;
        }
        let mut input = lines.into_read();
        let mut text = Vec::new();
        let read = input.by_ref().take(DOCUMENT_MAX as u64).read_to_end(&mut text);
        self.bytes = text.len() as u64;
        if text.len() == DOCUMENT_MAX {
            self.findings.push(findings::large_document(&self.name, DOCUMENT_MAX as u64));
        }
        if let Err(e) = read {
            self.findings.push(findings::cut_off(&self.name, 0, &e.to_string()));
        }
        let mut json = Json::new(&text);
        while json.next_document() {
            if let Err(broken) = each(self, &mut json) {
                let before = text.get(..broken.at).unwrap_or(&text);
                let line = 1 + memchr::memchr_iter(b'\n', before).count() as u64;
                self.findings.push(findings::broken_document(&self.name, line, broken.what));
                break;
            }
        }
    }

    fn lines_of_documents(
        &mut self,
        lines: Lines<'r>,
        each: &mut impl FnMut(&mut Self, &mut Json<'_>) -> Parsed<()>,
    ) {
        const BLOCK: u64 = 1 << 20;
        let mut input = lines.into_read();
        let (mut text, mut number): (Vec<u8>, u64) = (Vec::new(), 0);
        loop {
            let before = text.len();
            let read = input.by_ref().take(BLOCK).read_to_end(&mut text);
            let ended = text.len() == before || read.is_err();
            self.bytes += (text.len() - before) as u64;
            if let Err(e) = read {
                self.findings.push(findings::cut_off(&self.name, number, &e.to_string()));
            }
            let whole = if ended {
                text.len()
            } else {
                memchr::memrchr(b'\n', text.get(before..).unwrap_or(&[]))
                    .map_or(0, |at| before + at + 1)
            };
            for line in text.get(..whole).unwrap_or(&[]).split(|&b| b == b'\n') {
                number += 1;
                let mut json = Json::new(line);
                if json.next_document() && each(self, &mut json).is_err() {
                    self.skip("that break off or are no JSON", number);
                }
            }
            // What follows the last line ending is no line yet.
            number -= u64::from(!ended);
            text.drain(..whole);
            if ended {
                return;
            }
            if text.len() > DOCUMENT_MAX {
                self.findings.push(findings::large_document(&self.name, DOCUMENT_MAX as u64));
                return;
            }
        }
    }
}

/// Whether the first line is a whole document and a second one follows.
fn one_a_line(head: &[u8]) -> bool {
    // A first line that is longer than the head may be one of many.
    let Some(end) = memchr::memchr(b'\n', head) else { return head.len() >= HEAD };
    let (first, rest) = head.split_at(end);
    let mut json = Json::new(first);
    let whole = json.peek() == Some(b'{') && json.skip().is_ok() && json.peek().is_none();
    whole && rest.trim_ascii_start().first() == Some(&b'{')
}
