//! AWS Price List Bulk, CSV: five lines about the file, a header, then one line a rate.

use std::collections::BTreeMap;
use std::io::{self, Read};

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::aws_product::{Issue, Priced, Wanted, join, not_dollars, tier};
use super::bytes::Bytes;
use super::gather::{Gather, Terms, shown};
use super::json;
use super::number::Exact;
use super::rules::{Rules, plain_name};
use super::{Feed, FeedError, Told};

pub(super) const FEED: Feed = Feed {
    name: "AWS Price List (CSV)",
    rules: "aws",
    versioned: true,
    told: Told::Words(&["FormatVersion", "SKU\",\"OfferTermCode", "SKU,OfferTermCode"]),
    read,
};

/// Longest line: a real one has 2 KB.
const LINE_MAX: usize = 1 << 20;
/// Read at a time.
const CHUNK: usize = 64 << 10;
/// Lines about the file before the header: five.
const PREFACE_MAX: usize = 50;
/// Most products that are kept.
const SKUS_MAX: usize = 2_000_000;

fn read(bytes: &mut Bytes<'_>, rules: &Rules, gather: &mut Gather) -> Result<(), FeedError> {
    let mut lines = Lines::new(bytes);
    let mut cells = StringRecord::new();
    let mut issue = Issue::default();
    let mut header = None;
    let mut products = BTreeMap::new();
    let mut prices: BTreeMap<String, Priced> = BTreeMap::new();
    let mut last_unwanted = String::new();
    let mut seen = 0;
    while lines.record(&mut cells)? {
        seen += 1;
        let Some(columns) = &header else {
            header = preface(&cells, rules, &mut issue).map_err(|what| lines.error(what))?;
            if header.is_none() && seen > PREFACE_MAX {
                return Err(lines.error("no line with the column names (SKU, OfferTermCode, …)"));
            }
            continue;
        };
        let line = Line { columns, cells: &cells };
        if cells.len() != columns.len() {
            let (found, wanted) = (cells.len(), columns.len());
            return Err(lines.error(format!("a line of {found} values under {wanted} columns")));
        }
        if line.cell("termtype") != "OnDemand" {
            continue;
        }
        let sku = line.cell("sku");
        if !products.contains_key(sku) {
            if sku == last_unwanted {
                continue;
            }
            let mut record = rules.record();
            for ((_, slot), cell) in columns.iter().zip(&cells).filter(|(_, c)| !c.is_empty()) {
                record.set_at(*slot, cell);
            }
            if line.cell("servicecode").is_empty() {
                record.set(rules, "servicecode", &issue.offer);
            }
            let Some(wanted) = Wanted::of(rules, &mut record, sku, gather) else {
                sku.clone_into(&mut last_unwanted);
                continue;
            };
            products.insert(sku.to_owned(), wanted);
        }
        line.add(prices.entry(sku.to_owned())).map_err(|what| lines.error(what))?;
        if products.len() > SKUS_MAX {
            return Err(lines.error(format!("more than {SKUS_MAX} products")));
        }
    }
    if header.is_none() {
        return Err(lines.error("the feed is cut off before the column names"));
    }
    let priced = |sku: &str| prices.remove(sku);
    join(products, priced, &issue, gather).map_err(|what| lines.error(what))
}

/// The plain name of a column, and where its value stands in a record.
type Column = (String, Option<usize>);

/// One line before the header, or the header itself.
fn preface(
    cells: &StringRecord,
    rules: &Rules,
    issue: &mut Issue,
) -> Result<Option<Vec<Column>>, String> {
    let names: Vec<String> = cells.iter().map(plain_name).collect();
    let value = cells.get(1).unwrap_or("");
    match names.first().map_or("", String::as_str) {
        "sku" => {
            for needed in ["offertermcode", "termtype", "unit", "priceperunit", "currency"] {
                if !names.iter().any(|name| name == needed) {
                    return Err(format!("no column `{needed}`"));
                }
            }
            let column = |name: String| {
                let slot = rules.slot(&name);
                (name, slot)
            };
            return Ok(Some(names.into_iter().map(column).collect()));
        }
        "publicationdate" => issue.published = json::day(value)?,
        "version" => value.clone_into(&mut issue.version),
        "offercode" => value.clone_into(&mut issue.offer),
        _ => {}
    }
    Ok(None)
}

struct Line<'a> {
    columns: &'a [Column],
    cells: &'a StringRecord,
}

impl Line<'_> {
    fn cell(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|(name, _)| name == column);
        at.and_then(|at| self.cells.get(at)).unwrap_or("")
    }

    /// Adds the rate to what its product costs; a newer term takes the place of an older one.
    fn add(
        &self,
        entry: std::collections::btree_map::Entry<'_, String, Priced>,
    ) -> Result<(), String> {
        if self.cell("currency") != "USD" {
            entry.or_insert_with(|| Err(not_dollars(self.cell("currency"))));
            return Ok(());
        }
        let text = self.cell("priceperunit");
        let price = Exact::parse(text).ok_or_else(|| format!("`{}` is no price", shown(text)))?;
        let tier = tier(self.cell("startingrange"), self.cell("endingrange"), price)?;
        let effective = json::day(self.cell("effectivedate"))?;
        let unit = self.cell("unit").to_owned();
        let empty = || Ok(Terms { unit, effective, ..Terms::default() });
        let Ok(terms) = entry.or_insert_with(empty) else { return Ok(()) };
        terms.add(effective, tier).map(drop)
    }
}

/// Records of bounded length with the offset of each.
struct Lines<'b, 'r> {
    reader: csv::Reader<Watched<'b, 'r>>,
    /// Where the file begins, behind a byte order mark.
    begin: u64,
    /// Where the present record begins.
    offset: u64,
}

/// Bytes of lines that end.
struct Watched<'b, 'r> {
    bytes: &'b mut Bytes<'r>,
    /// Bytes of the present line.
    length: usize,
    quoted: bool,
}

impl<'b, 'r> Lines<'b, 'r> {
    fn new(bytes: &'b mut Bytes<'r>) -> Self {
        let begin = bytes.offset();
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).buffer_capacity(CHUNK);
        let reader = builder.from_reader(Watched { bytes, length: 0, quoted: false });
        Self { reader, begin, offset: begin }
    }

    /// Reads the next record; false at the end.
    fn record(&mut self, into: &mut StringRecord) -> Result<bool, FeedError> {
        self.offset = self.begin + self.reader.position().byte();
        self.reader.read_record(into).map_err(|error| match error.kind() {
            ErrorKind::Io(error) => self.error(error.to_string()),
            _ => self.error("a line that is not UTF-8 text"),
        })
    }

    fn error(&self, what: impl Into<String>) -> FeedError {
        FeedError { offset: self.offset, ..self.reader.get_ref().bytes.error(what) }
    }
}

impl Read for Watched<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.bytes.read(into)?;
        if got == 0 && self.quoted {
            return Err(io::Error::other("the feed is cut off: a quote that is not closed"));
        }
        for &byte in &into[..got] {
            self.quoted ^= byte == b'"';
            self.length = if byte == b'\n' && !self.quoted { 0 } else { self.length + 1 };
            if self.length > LINE_MAX {
                return Err(io::Error::other(format!("a line of more than {LINE_MAX} bytes")));
            }
        }
        Ok(got)
    }
}
