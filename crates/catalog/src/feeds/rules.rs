//! `catalog/feeds/*.toml`: which entries of a feed are which rows of the catalogue.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::MapAccess;

use super::gather::Place;
use super::json::{Object, Text, skip};
use super::pattern::Pattern;

/// What the readers themselves ask for.
const ASKED: &[&str] = &[
    "armRegionName",
    "aws:region",
    "currencyCode",
    "effectiveStartDate",
    "location",
    "locationType",
    "meterId",
    "serviceCode",
    "serviceDisplayName",
    "serviceName",
    "skuId",
    "type",
    "unitOfMeasure",
    "usageType",
];

/// The rules of one feed, in order: the first that an entry meets decides.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(crate) all: Vec<Rule>,
    /// Every name that a rule asks for, and where its value stands in a [`Record`].
    slots: BTreeMap<String, usize>,
    /// Names of places, as older feeds have them instead of a region's code.
    pub(crate) places: BTreeMap<String, String>,
}

/// Why a file of rules cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {what}")]
pub struct RulesError {
    /// The file, relative to the catalogue.
    pub file: String,
    /// What is wrong.
    pub what: String,
}

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub to: To,
    /// SKUs that are meant whatever their description says, before others that fit.
    pub pinned: Vec<String>,
    /// Where the region stands.
    pub region: usize,
    when: Vec<(usize, Vec<Pattern>)>,
}

/// What becomes of an entry.
#[derive(Debug, Clone)]
pub(crate) enum To {
    Row(Target),
    /// Nothing, for this reason.
    Nothing(String),
}

/// The row that an entry becomes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub service: String,
    /// May hold `{name}` for a value of the entry, `{1}` for a star of a pattern, `{1:lower}` for it in small letters.
    pub dimension: String,
    pub unit: String,
    /// The feed's units, and how many of ours one of them is.
    pub units: BTreeMap<String, (u128, u128)>,
    /// The name of the allowance, where the feed has it as a first tier that costs nothing.
    pub allowance: Option<String>,
}

/// The values of one entry that rules ask for.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    values: Vec<Option<String>>,
}

/// An object whose entries are values of a record.
pub(crate) struct Values<'a> {
    pub rules: &'a Rules,
    pub record: &'a mut Record,
}

/// An entry and the rule that it met.
pub(crate) struct Met<'r> {
    at: usize,
    pub rule: &'r Rule,
    pinned: bool,
    stars: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    places: BTreeMap<String, String>,
    rule: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    service: Option<String>,
    dimension: Option<String>,
    unit: Option<String>,
    #[serde(default)]
    units: BTreeMap<String, UnitText>,
    left_out: Option<String>,
    allowance: Option<String>,
    #[serde(default)]
    pinned: Vec<String>,
    #[serde(default = "region_code")]
    region: String,
    #[serde(default)]
    when: BTreeMap<String, OneOrMore>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum UnitText {
    Whole(u64),
    Share(String),
}

fn region_code() -> String {
    "regioncode".to_owned()
}

impl Rules {
    /// All rules of a catalogue, given as (path below it, text), by the name of their file.
    ///
    /// # Errors
    /// The first file that cannot be read.
    pub fn parse(files: &[(String, String)]) -> Result<BTreeMap<String, Self>, RulesError> {
        let mut all = BTreeMap::new();
        for (path, text) in files {
            let name = path.strip_prefix("feeds/").and_then(|rest| rest.strip_suffix(".toml"));
            let Some(name) = name.filter(|name| *name != "botocore") else { continue };
            let error = |what: String| RulesError { file: path.clone(), what };
            let file: File = toml::from_str(text).map_err(|e| error(e.to_string()))?;
            all.insert(name.to_owned(), Self::new(file).map_err(error)?);
        }
        Ok(all)
    }

    fn new(file: File) -> Result<Self, String> {
        let mut rules = Self { all: Vec::new(), slots: BTreeMap::new(), places: file.places };
        for name in ASKED {
            rules.slot_of(name);
        }
        for text in file.rule {
            let rule = rules.rule(text)?;
            rules.all.push(rule);
        }
        Ok(rules)
    }

    fn rule(&mut self, text: RuleText) -> Result<Rule, String> {
        let mut when = Vec::new();
        for (name, patterns) in text.when {
            let patterns = match patterns {
                OneOrMore::One(one) => vec![one],
                OneOrMore::More(more) => more,
            };
            when.push((self.slot_of(&name), patterns.iter().map(|p| Pattern::new(p)).collect()));
        }
        let region = self.slot_of(&text.region);
        let to = match (text.left_out, text.service, text.dimension, text.unit) {
            (Some(reason), None, None, None) => To::Nothing(reason),
            (None, Some(service), Some(dimension), Some(unit)) => {
                for name in placeholders(&dimension).filter(|name| name.parse::<usize>().is_err()) {
                    self.slot_of(name);
                }
                let mut units = BTreeMap::new();
                for (name, ours) in text.units {
                    let ratio = ours.ratio().ok_or(format!("`{name}` has no usable ratio"))?;
                    units.insert(plain_unit(&name), ratio);
                }
                To::Row(Target { service, dimension, unit, units, allowance: text.allowance })
            }
            _ => return Err("a rule has service, dimension and unit, or left_out".to_owned()),
        };
        Ok(Rule { to, pinned: text.pinned, region, when })
    }

    fn slot_of(&mut self, name: &str) -> usize {
        let next = self.slots.len();
        *self.slots.entry(plain_name(name)).or_insert(next)
    }

    /// An entry without values.
    pub(crate) fn record(&self) -> Record {
        Record { values: vec![None; self.slots.len()] }
    }

    /// Where a value stands, if anybody asks for it; the feed's spelling of the name does not matter.
    pub(crate) fn slot(&self, name: &str) -> Option<usize> {
        self.slots.get(&plain_name(name)).copied()
    }

    /// The first rule that an entry meets.
    pub(crate) fn meet(&self, record: &Record, sku: &str) -> Option<Met<'_>> {
        let all = || self.all.iter().enumerate();
        let pinned = all().find(|(_, rule)| rule.pinned.iter().any(|pinned| pinned == sku));
        if let Some((at, rule)) = pinned {
            let stars = rule.stars(record).unwrap_or_default();
            return Some(Met { at, rule, pinned: true, stars });
        }
        all().find_map(|(at, rule)| {
            let stars = rule.stars(record)?;
            Some(Met { at, rule, pinned: false, stars })
        })
    }
}

impl Rule {
    /// What the stars of its patterns stand for, if the entry meets all of them.
    fn stars(&self, record: &Record) -> Option<Vec<String>> {
        // A rule that only pins fits nothing else.
        if self.when.is_empty() && !self.pinned.is_empty() {
            return None;
        }
        let mut stars = Vec::new();
        for (slot, patterns) in &self.when {
            let value = record.at(*slot);
            if patterns.iter().any(|p| p.forbids() && p.stars(value).is_some()) {
                return None;
            }
            let mut wanted = patterns.iter().filter(|p| !p.forbids()).peekable();
            if wanted.peek().is_some() {
                let found = wanted.find_map(|p| p.stars(value))?;
                stars.extend(found.into_iter().map(str::to_owned));
            }
        }
        Some(stars)
    }
}

impl Record {
    pub(crate) fn at(&self, slot: usize) -> &str {
        self.values.get(slot).and_then(Option::as_deref).unwrap_or("")
    }

    /// Whether no value is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// Reads the value of `key`; one that nobody asks for is not even decoded.
    pub(crate) fn put<'de, A: MapAccess<'de>>(
        &mut self,
        rules: &Rules,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let Some(slot) = rules.slot(key) else { return skip(map) };
        let Text(value) = map.next_value()?;
        self.values[slot] = Some(value);
        Ok(())
    }

    pub(crate) fn set(&mut self, rules: &Rules, name: &str, value: &str) {
        self.set_at(rules.slot(name), value);
    }

    /// The same, where the slot is known.
    pub(crate) fn set_at(&mut self, slot: Option<usize>, value: &str) {
        if let Some(slot) = slot {
            self.values[slot] = Some(value.to_owned());
        }
    }

    pub(crate) fn get(&self, rules: &Rules, name: &str) -> &str {
        rules.slot(name).map_or("", |slot| self.at(slot))
    }
}

impl Object for Values<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        self.record.put(self.rules, key, map)
    }
}

impl Met<'_> {
    /// The row of an entry in this region; `None` if the entry lacks a value of its name.
    pub(crate) fn place(&self, rules: &Rules, record: &Record, region: String) -> Option<Place> {
        let dimension = self.dimension(rules, record)?;
        Some(Place { rule: self.at, pinned: self.pinned, region, dimension })
    }

    /// The dimension with everything filled in; `None` if the entry lacks a value of it.
    fn dimension(&self, rules: &Rules, record: &Record) -> Option<String> {
        let To::Row(target) = &self.rule.to else { return None };
        let mut name = String::new();
        for (at, part) in target.dimension.split(['{', '}']).enumerate() {
            if at.is_multiple_of(2) {
                name.push_str(part);
                continue;
            }
            let (part, lower) = part.strip_suffix(LOWER).map_or((part, false), |part| (part, true));
            let value = match part.parse::<usize>() {
                Ok(star) => self.stars.get(star.checked_sub(1)?)?.clone(),
                Err(_) => record.get(rules, part).to_owned(),
            };
            let value = if lower { value.to_lowercase() } else { value };
            if value.is_empty() {
                return None;
            }
            name.push_str(&value);
        }
        Some(name)
    }
}

impl UnitText {
    fn ratio(&self) -> Option<(u128, u128)> {
        let (num, den) = match self {
            Self::Whole(whole) => (u128::from(*whole), 1),
            Self::Share(text) => {
                let (num, den) = text.split_once('/').unwrap_or((text, "1"));
                (num.trim().parse().ok()?, den.trim().parse().ok()?)
            }
        };
        (num > 0 && den > 0 && num < 1 << 60 && den < 1 << 60).then_some((num, den))
    }
}

/// A name without what feeds spell differently: `Pre Installed S/W` and `preInstalledSw` are one.
pub(crate) fn plain_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A unit without what feeds spell differently: `Requests` and `Request` are one.
pub(crate) fn plain_unit(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    lower.strip_suffix('s').filter(|rest| rest.len() > 1).unwrap_or(&lower).to_owned()
}

/// What asks for small letters.
const LOWER: &str = ":lower";

fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    let inside = template.split(['{', '}']).skip(1).step_by(2);
    inside.map(|name| name.strip_suffix(LOWER).unwrap_or(name))
}
