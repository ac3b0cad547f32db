//! The providers' own price feeds: one file a feed, one line in [`ALL`].
//!
//! A feed is read once, from front to back, in bounded memory, and is told by its content. What its entries mean is
//! not said here but in `catalog/feeds/*.toml`.

mod aws_fargate_spot;
mod aws_get_products;
mod aws_price_list;
mod aws_price_list_csv;
mod aws_product;
mod aws_spot_advisor;
mod azure_retail;
pub(crate) mod bytes;
mod gather;
mod gcp_billing;
pub(crate) mod json;
mod number;
mod pattern;
mod rules;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use units::Date;

use crate::row::PriceRow;
use bytes::Bytes;
use gather::Gather;
use json::TOLD_BY_MAX;
pub use rules::{Rules, RulesError};

/// Every feed that is read.
const ALL: &[Feed] = &[
    aws_fargate_spot::FEED,
    aws_get_products::FEED,
    aws_price_list::FEED,
    aws_price_list_csv::FEED,
    aws_spot_advisor::FEED,
    azure_retail::FEED,
    gcp_billing::FEED,
];

/// One kind of feed.
struct Feed {
    /// What people call it.
    name: &'static str,
    /// Which file of `catalog/feeds` says what its entries mean.
    rules: &'static str,
    /// Whether its sources name the version of the file; those of the others are named by its hash.
    versioned: bool,
    told: Told,
    read: fn(&mut Bytes<'_>, &Rules, &mut Gather) -> Result<(), FeedError>,
}

/// How a feed is told from the others.
enum Told {
    /// A JSON object with one of these keys.
    Keys(&'static [&'static str]),
    /// A CSV file that begins with one of these words.
    Words(&'static [&'static str]),
}

/// What a feed said, as rows of the catalogue.
#[derive(Debug, Clone, Default)]
pub struct Harvest {
    /// What kind of feed it was.
    pub feed: &'static str,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// SHA-256 of those bytes, in hexadecimal.
    pub sha256: String,
    /// By service, region, dimension and tier.
    pub rows: Vec<PriceRow>,
    /// Savings of spot machines.
    pub spots: Vec<SpotRow>,
    /// The sources that the rows name: key and description.
    pub sources: BTreeMap<String, String>,
    /// How many entries became no row, by reason.
    pub left_out: BTreeMap<String, u64>,
}

/// How much less a spot machine costs, and how often it is taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpotRow {
    /// `us-east-1`.
    pub region: String,
    /// `m7g.large`.
    pub machine: String,
    /// Saving against on-demand, in per cent.
    pub saving_percent: u32,
    /// How often machines are taken away in a month: `<5%`.
    pub interruption: String,
}

/// Why a feed could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedError {
    /// Bytes (unpacked) before the place.
    pub offset: u64,
    /// What is wrong there.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for FeedError {}

/// Reads one feed, whatever it is. `rules` come from [`Rules::parse`]; `observed` is the day on which the feed was
/// fetched.
///
/// # Errors
/// The first place that cannot be read: not one of the known feeds, cut off, broken, or beyond a limit.
pub fn read(
    input: &mut dyn Read,
    rules: &BTreeMap<String, Rules>,
    observed: Observed,
) -> Result<Harvest, FeedError> {
    let mut bytes = Bytes::new(input);
    let head = bytes.head()?;
    let text = String::from_utf8_lossy(&head[..head.len().min(TOLD_BY_MAX)]);
    let (start, keys) = (text.trim_start_matches(QUIET), json::outer_keys(&text));
    let feed = ALL.iter().find(|feed| feed.told.by(start, &keys)).ok_or_else(|| FeedError {
        offset: 0,
        what: "this is none of the price feeds that are known".to_owned(),
        remedy: format!("known are: {}", names()),
    })?;
    let rules = rules.get(feed.rules).ok_or_else(|| FeedError {
        offset: 0,
        what: format!("catalog/feeds has no {}.toml", feed.rules),
        remedy: "add it".to_owned(),
    })?;
    let mut gather = Gather::new(observed);
    (feed.read)(&mut bytes, rules, &mut gather)?;
    let mut harvest = gather.finish(rules);
    harvest.feed = feed.name;
    (harvest.bytes, harvest.sha256) = bytes.finish()?;
    let short = harvest.sha256.get(..8).unwrap_or_default();
    let named = |key: &str| {
        if feed.versioned { key.to_owned() } else { format!("{key}-{short}") }
    };
    for row in &mut harvest.rows {
        row.source = named(&row.source);
    }
    harvest.sources = std::mem::take(&mut harvest.sources)
        .into_iter()
        .map(|(key, text)| (named(&key), format!("{text}; SHA-256 {}", harvest.sha256)))
        .collect();
    Ok(harvest)
}

/// The day on which a feed was fetched.
#[derive(Debug, Clone, Copy)]
pub enum Observed {
    /// Said by the user: stands in every row.
    Said(Date),
    /// Only for rows without a date of their own.
    Otherwise(Date),
}

/// The names of all feeds.
fn names() -> String {
    ALL.iter().map(|feed| feed.name).collect::<Vec<_>>().join(", ")
}

/// What may stand before the first word of a CSV file.
const QUIET: [char; 5] = ['\u{feff}', '"', ' ', '\n', '\r'];

impl Told {
    /// By the first text of a file and the keys of its first object.
    fn by(&self, start: &str, keys: &[&str]) -> bool {
        match self {
            Self::Keys(known) => keys.iter().any(|key| known.contains(key)),
            Self::Words(words) => words.iter().any(|word| start.starts_with(word)),
        }
    }
}

#[cfg(test)]
mod tests;
