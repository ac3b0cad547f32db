//! AWS Price List Bulk, CSV: five lines about the file, a header, then one line a rate.

use std::collections::BTreeMap;
use std::io::Read as _;

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
/// Lines about the file before the header: five.
const PREFACE_MAX: usize = 50;
/// Most products that are kept.
const SKUS_MAX: usize = 2_000_000;

fn read(bytes: &mut Bytes<'_>, rules: &Rules, gather: &mut Gather) -> Result<(), FeedError> {
    let mut lines = Lines { bytes, chunk: vec![0; 64 << 10], at: 0, filled: 0, offset: 0 };
    lines.offset = lines.bytes.offset();
    let mut issue = Issue::default();
    let mut header = None;
    let mut products = BTreeMap::new();
    let mut prices: BTreeMap<String, Priced> = BTreeMap::new();
    let mut last_unwanted = String::new();
    let mut seen = 0;
    while let Some(cells) = lines.record()? {
        seen += 1;
        let Some(columns) = &header else {
            header = preface(&cells, &mut issue).map_err(|what| lines.error(what))?;
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
            for (column, cell) in columns.iter().zip(&cells).filter(|(_, cell)| !cell.is_empty()) {
                record.set(rules, column, cell);
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

/// One line before the header, or the header itself.
fn preface(cells: &[String], issue: &mut Issue) -> Result<Option<Vec<String>>, String> {
    let names: Vec<String> = cells.iter().map(|cell| plain_name(cell)).collect();
    let value = cells.get(1).map_or("", String::as_str);
    match names.first().map_or("", String::as_str) {
        "sku" => {
            for needed in ["offertermcode", "termtype", "unit", "priceperunit", "currency"] {
                if !names.iter().any(|name| name == needed) {
                    return Err(format!("no column `{needed}`"));
                }
            }
            return Ok(Some(names));
        }
        "publicationdate" => issue.published = json::day(value)?,
        "version" => value.clone_into(&mut issue.version),
        "offercode" => value.clone_into(&mut issue.offer),
        _ => {}
    }
    Ok(None)
}

struct Line<'a> {
    columns: &'a [String],
    cells: &'a [String],
}

impl Line<'_> {
    fn cell(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.cells.get(at)).map_or("", String::as_str)
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
    bytes: &'b mut Bytes<'r>,
    chunk: Vec<u8>,
    at: usize,
    filled: usize,
    /// Where the present record begins.
    offset: u64,
}

impl Lines<'_, '_> {
    /// The next record; `None` at the end.
    fn record(&mut self) -> Result<Option<Vec<String>>, FeedError> {
        self.offset = self.bytes.offset() - (self.filled - self.at) as u64;
        let mut line = Vec::new();
        let mut quoted = false;
        loop {
            if self.at == self.filled {
                self.at = 0;
                let read = self.bytes.read(&mut self.chunk);
                self.filled = read.map_err(|e| self.error(e.to_string()))?;
                if self.filled == 0 {
                    break;
                }
            }
            let byte = self.chunk[self.at];
            self.at += 1;
            match byte {
                b'\n' if !quoted && line.iter().all(|&b| b == b'\r') => line.clear(),
                b'\n' if !quoted => break,
                _ => {
                    quoted ^= byte == b'"';
                    line.push(byte);
                }
            }
            if line.len() > LINE_MAX {
                return Err(self.error(format!("a line of more than {LINE_MAX} bytes")));
            }
        }
        if quoted {
            return Err(self.error("the feed is cut off: a quote that is not closed"));
        }
        if line.is_empty() {
            return Ok(None);
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_slice());
        let mut record = csv::StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(_) => Ok(Some(record.iter().map(str::to_owned).collect())),
            Err(_) => Err(self.error("a line that is not UTF-8 text")),
        }
    }

    fn error(&self, what: impl Into<String>) -> FeedError {
        FeedError { offset: self.offset, ..self.bytes.error(what) }
    }
}
