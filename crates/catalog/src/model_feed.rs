//! AWS service models, as botocore ships them (`service-2.json`), as a feed of limits: least and most of each field.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;
use serde::de::{Error as _, MapAccess};

use crate::feeds::FeedError;
use crate::feeds::bytes::Bytes;
use crate::feeds::json::{self, Object, Walk, skip};
use crate::row::LimitValue;

/// Most fields of a model: EC2 has some four thousand.
const SHAPES_MAX: usize = 100_000;

/// The bounds that a service's own model states.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceModel {
    /// `Lambda`.
    pub service: String,
    /// `2015-03-31`.
    pub api_version: String,
    /// Fields that have a least or a most: name, least, most.
    pub shapes: BTreeMap<String, Bounds>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// Least and most of a field; of a text or a list, its length.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bounds {
    /// Least.
    pub min: Option<f64>,
    /// Most.
    pub max: Option<f64>,
}

/// A bound that differs between two models of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundChange {
    /// The field.
    pub shape: String,
    /// What it was; `None` if it had no bounds or was not there.
    pub old: Option<Bounds>,
    /// What it is.
    pub new: Option<Bounds>,
}

/// Which field bounds which row: `catalog/feeds/botocore.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    pub service: String,
    pub shape: String,
    bound: Bound,
    #[serde(default = "one")]
    per: u32,
    /// `platform/id`.
    pub row: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Bound {
    Range,
    Min,
    Max,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Links {
    limit: Vec<Link>,
}

impl ServiceModel {
    /// Reads a `service-2.json`.
    ///
    /// # Errors
    /// The first place that cannot be read, or a file that is no service model.
    pub fn read(input: &mut dyn Read) -> Result<Self, FeedError> {
        let mut bytes = Bytes::new(input);
        bytes.head()?;
        let mut model = Self::default();
        json::documents(&mut bytes, &mut model)?;
        if model.service.is_empty() || model.shapes.is_empty() {
            let what = "no `metadata.serviceId` or no `shapes` with min and max";
            let remedy = "name a service-2.json as botocore ships it";
            return Err(FeedError { remedy: remedy.to_owned(), ..bytes.error(what) });
        }
        (_, model.sha256) = bytes.finish()?;
        Ok(model)
    }

    /// Bounds that `newer` has and this one has not, or otherwise.
    pub fn diff(&self, newer: &Self) -> Vec<BoundChange> {
        let mut names: Vec<&String> = self.shapes.keys().chain(newer.shapes.keys()).collect();
        names.sort();
        names.dedup();
        let change = |name: &String| {
            let (old, new) = (self.shapes.get(name).copied(), newer.shapes.get(name).copied());
            (old != new).then(|| BoundChange { shape: name.clone(), old, new })
        };
        names.into_iter().filter_map(change).collect()
    }
}

impl Link {
    /// All links of a catalogue, given as (path below it, text).
    pub(crate) fn parse(files: &[(String, String)]) -> Result<Vec<Self>, String> {
        let file = files.iter().find(|(path, _)| path == "feeds/botocore.toml");
        let (_, text) = file.ok_or("catalog/feeds has no botocore.toml")?;
        let links: Links = toml::from_str(text).map_err(|e| format!("feeds/botocore.toml: {e}"))?;
        Ok(links.limit)
    }

    /// The value that the row should have; `None` if the model does not state the bound or the row is no number.
    pub(crate) fn value(&self, old: &LimitValue, bounds: Bounds) -> Option<LimitValue> {
        let ours = |bound: f64| bound / f64::from(self.per);
        let (min, max) = (bounds.min.map(ours), bounds.max.map(ours));
        Some(match (self.bound, old) {
            (Bound::Range, LimitValue::Range(..)) => LimitValue::Range(min?, max?),
            (Bound::Min, LimitValue::Number(_)) => LimitValue::Number(min?),
            (Bound::Max, LimitValue::Number(_)) => LimitValue::Number(max?),
            (Bound::Min, LimitValue::Range(_, high)) => LimitValue::Range(min?, *high),
            (Bound::Max, LimitValue::Range(low, _)) => LimitValue::Range(*low, max?),
            _ => return None,
        })
    }
}

impl Object for ServiceModel {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "metadata" => map.next_value_seed(Walk(&mut Metadata(self))),
            "shapes" => map.next_value_seed(Walk(&mut Shapes(self))),
            _ => skip(map),
        }
    }
}

struct Metadata<'a>(&'a mut ServiceModel);

impl Object for Metadata<'_> {
    fn text(&mut self, key: &str) -> Option<&mut String> {
        match key {
            "serviceId" => Some(&mut self.0.service),
            "apiVersion" => Some(&mut self.0.api_version),
            _ => None,
        }
    }
}

struct Shapes<'a>(&'a mut ServiceModel);

impl Object for Shapes<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let mut bounds = Bounds::default();
        map.next_value_seed(Walk(&mut bounds))?;
        if bounds != Bounds::default() {
            self.0.shapes.insert(key.to_owned(), bounds);
        }
        if self.0.shapes.len() > SHAPES_MAX {
            return Err(A::Error::custom(format!("more than {SHAPES_MAX} shapes")));
        }
        Ok(())
    }
}

impl Object for Bounds {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "min" => self.min = Some(map.next_value()?),
            "max" => self.max = Some(map.next_value()?),
            _ => skip(map)?,
        }
        Ok(())
    }
}
