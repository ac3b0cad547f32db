//! From files to rows: one function a kind of file.

use std::collections::{BTreeMap, BTreeSet};

use units::{Bytes, Date, Duration, Millicores, Price, Share};

use crate::cold::ColdRow;
use crate::place::Place;
use crate::problem::Problem;
use crate::row::{ColdStart, IdleLifetime, InstanceType, Limit, LimitValue, PriceRow, Size, Spot};
use crate::table::{Cells, Table};

/// What all files together hold, before it is checked as a whole.
#[derive(Default)]
pub(crate) struct Raw {
    pub rows: Vec<PriceRow>,
    /// File (index into `files`) and line of each price row.
    pub places: Vec<(u32, u32)>,
    pub files: Vec<String>,
    pub limits: Vec<Limit>,
    /// File and line of each limit.
    pub limit_places: Vec<(u32, u32)>,
    pub cold: Vec<ColdRow>,
    pub idle: Vec<(String, IdleLifetime)>,
    pub sizes: Vec<Size>,
    /// Where regions stand.
    pub regions: BTreeMap<String, Place>,
    pub sources: BTreeMap<String, String>,
    pub types: BTreeMap<String, TypeRow>,
    pub families: BTreeMap<String, Date>,
    /// Markets of which it is known since when each family is sold.
    pub dated: BTreeSet<String>,
    /// Provider, region and rows of each file of machine prices, joined with the types at the end.
    pub machines: Vec<(String, String, Vec<MachineRow>)>,
    pub problems: Vec<Problem>,
    /// Whether it is a book over another one, whose machines need not state both their price and their saving.
    pub partial: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct TypeRow {
    pub cpu: Millicores,
    pub memory: Bytes,
    arm: bool,
    pub baseline_per_mille: u32,
    max_pods: Option<u32>,
}

pub(crate) struct MachineRow {
    pub row: PriceRow,
    pub place: (u32, u32),
    pub month_cap: Option<Price>,
    pub spot: SpotCells,
    /// Whether the row states the price, not only the saving.
    pub priced: bool,
}

/// What a row says about its machine as interruptible capacity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SpotCells {
    pub saving_percent: Option<u32>,
    pub hour: Option<Price>,
    pub interruption: Option<String>,
}

impl SpotCells {
    /// Whether it says anything about the price.
    pub(crate) const fn is_priced(&self) -> bool {
        self.saving_percent.is_some() || self.hour.is_some()
    }

    /// With the on-demand price of an hour.
    pub(crate) fn with(self, hour: Price) -> Option<Spot> {
        let saved = self.saving_percent.map(|percent| {
            let left = 100_u128.saturating_sub(u128::from(percent));
            Price::from_pico(hour.money().scaled(left, 100).pico())
        });
        let interruption = self.interruption;
        self.hour.or(saved).map(|hour| Spot { hour, interruption })
    }
}

/// A provider's region with its machine types, each with the day it came on the market.
pub(crate) type Region = (String, String, Vec<(Option<Date>, InstanceType)>);

impl Raw {
    /// Reads one file; its path says what it holds.
    pub(crate) fn read(&mut self, path: &str, text: &str) {
        let Some(stem) = path.strip_suffix(".csv") else { return };
        let parts: Vec<&str> = stem.split('/').collect();
        self.files.push(path.to_owned());
        match parts.as_slice() {
            ["sources"] => self.each(path, text, SOURCES, Self::source),
            ["places"] => self.each(path, text, PLACES, Self::region_place),
            [_, "limits"] => self.each(path, text, LIMITS, Self::limit),
            [_, "cold-starts"] => self.each(path, text, COLD, Self::cold),
            [_, "idle-lifetime"] => self.each(path, text, IDLE, Self::idle),
            [_, "sizes"] => self.each(path, text, SIZES, Self::size),
            [_, _, "types"] => self.each(path, text, TYPES, Self::machine_type),
            [provider, market, "families"] => {
                self.dated.insert(format!("{provider}/{market}"));
                self.each(path, text, FAMILIES, Self::family);
            }
            [provider, market, region] => {
                let service = format!("{provider}/{market}");
                self.machines.push(((*provider).to_owned(), (*region).to_owned(), Vec::new()));
                self.each(path, text, MACHINES, |raw, cells| raw.machine(&service, region, cells));
            }
            [_, _] => {
                let service = stem.to_owned();
                self.each(path, text, PRICES, |raw, cells| raw.price(&service, cells));
            }
            _ => self.problems.push(Problem::broken(
                path,
                0,
                "no kind of file stands at this path",
                "price files are <provider>/<service>.csv; see catalog/README.md",
            )),
        }
    }

    fn each(
        &mut self,
        path: &str,
        text: &str,
        columns: &'static [&'static str],
        read: impl Fn(&mut Self, &Cells<'_>) -> Result<(), Problem>,
    ) {
        let Some(table) = Table::read(path, text, columns, &mut self.problems) else { return };
        for cells in table.rows() {
            if let Err(problem) = read(self, &cells) {
                self.problems.push(problem);
            }
        }
    }

    fn source(&mut self, cells: &Cells<'_>) -> Result<(), Problem> {
        let (key, text) = (cells.required("source")?, cells.required("description")?);
        if self.sources.insert(key.clone(), text).is_some() {
            return Err(cells.problem(format!("`{key}` stands twice"), "keep one"));
        }
        Ok(())
    }

    fn price(&mut self, service: &str, cells: &Cells<'_>) -> Result<(), Problem> {
        let row = PriceRow {
            service: service.to_owned(),
            region: cells.required("region")?,
            dimension: cells.required("dimension")?,
            unit: cells.required("unit")?,
            price: cells.price("price")?,
            tier_from: cells.whole("tier_from")?.unwrap_or(0),
            tier_to: cells.whole("tier_to")?,
            effective_from: cells.date("effective_from")?,
            effective_to: cells.date("effective_to")?,
            observed: cells.date("observed")?,
            source: cells.required("source")?,
            note: cells.text("note").to_owned(),
            doubtful: cells.yes("doubtful")?,
        };
        let place = self.place(cells);
        self.rows.push(row);
        self.places.push(place);
        Ok(())
    }

    fn place(&self, cells: &Cells<'_>) -> (u32, u32) {
        (self.files.len() as u32 - 1, cells.line() as u32)
    }

    fn limit(&mut self, cells: &Cells<'_>) -> Result<(), Problem> {
        let text = cells.required("value")?;
        let range =
            text.split_once("..").and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let value = match (text.as_str(), text.parse::<f64>(), range) {
            ("true", ..) => LimitValue::Flag(true),
            ("false", ..) => LimitValue::Flag(false),
            (_, Ok(number), _) => LimitValue::Number(number),
            (.., Some((low, high))) => LimitValue::Range(low, high),
            _ => LimitValue::Text(text),
        };
        let place = self.place(cells);
        self.limit_places.push(place);
        self.limits.push(Limit {
            platform: cells.required("platform")?,
            id: cells.required("id")?,
            value,
            unit: cells.text("unit").to_owned(),
            kind: cells.required("kind")?,
            source: cells.required("source")?,
            observed: cells.date("observed")?,
            effective_from: cells.date("effective_from")?,
            effective_to: cells.date("effective_to")?,
            doubtful: cells.yes("doubtful")?,
            note: cells.text("note").to_owned(),
        });
        Ok(())
    }

    fn cold(&mut self, cells: &Cells<'_>) -> Result<(), Problem> {
        let ms = |column| cells.number(column).map(|ms| Duration::from_secs_f64(ms / 1e3));
        let (source, day) = (cells.required("source")?, cells.required("observed")?);
        let start = ColdStart {
            runtime: cells.required("runtime")?,
            init_p50: ms("init_p50_ms")?,
            init_p95: ms("init_p95_ms")?,
            init_p99: ms("init_p99_ms")?,
            first_call: ms("first_call_ms")?,
            source: format!("{source}, {day}, n = {}", cells.count("samples")?),
        };
        self.cold.push(ColdRow {
            platform: cells.required("platform")?,
            language: cells.required("language")?,
            version: cells.count("version")?,
            arm: arm(cells)?,
            image: match cells.text("package") {
                "image" => true,
                "zip" => false,
                other => {
                    return Err(cells.problem(format!("`package` is `{other}`"), "zip or image"));
                }
            },
            start,
        });
        Ok(())
    }

    fn idle(&mut self, cells: &Cells<'_>) -> Result<(), Problem> {
        let row = IdleLifetime {
            idle: Duration::MINUTE * cells.count("idle_minutes")?,
            gone: Share::new(cells.number("cold_share")?),
        };
        self.idle.push((cells.required("platform")?, row));
        Ok(())
    }

    fn size(&mut self, cells: &Cells<'_>) -> Result<(), Problem> {
        self.sizes.push(Size {
            service: cells.required("service")?,
            name: cells.required("size")?,
            cpu: Millicores::ONE * cells.count("vcpu")?,
            memory: Bytes::from_mib(cells.count("memory_mib")?),
            source: cells.required("source")?,
        });
        Ok(())
    }

    fn region_place(&mut self, cells: &Cells<'_>) -> Result<(), Problem> {
        let region = cells.required("region")?;
        let (_, _) = (cells.required("place")?, cells.required("source")?);
        let place = Place::new(cells.signed("latitude")?, cells.signed("longitude")?);
        if self.regions.insert(region.clone(), place).is_some() {
            return Err(cells.problem(format!("`{region}` stands twice"), "keep one"));
        }
        Ok(())
    }

    fn machine_type(&mut self, cells: &Cells<'_>) -> Result<(), Problem> {
        let row = TypeRow {
            cpu: Millicores::ONE * cells.count("vcpu")?,
            memory: Bytes::from_mib(cells.count("memory_mib")?),
            arm: arm(cells)?,
            baseline_per_mille: cells.count("baseline_per_mille")? as u32,
            max_pods: cells.whole("max_pods")?.map(|n| n as u32),
        };
        self.types.insert(cells.required("type")?, row);
        Ok(())
    }

    fn family(&mut self, cells: &Cells<'_>) -> Result<(), Problem> {
        let since = cells.date("since")?;
        let since = since.ok_or_else(|| cells.problem("`since` is empty", "write the day"))?;
        self.families.insert(cells.required("family")?, since);
        Ok(())
    }

    fn machine(&mut self, service: &str, region: &str, cells: &Cells<'_>) -> Result<(), Problem> {
        let name = cells.required("type")?;
        let saving_percent = saving(cells)?;
        let priced = !(self.partial && cells.text("hour").is_empty());
        let row = PriceRow {
            service: service.to_owned(),
            region: region.to_owned(),
            dimension: name,
            unit: "hour".to_owned(),
            price: if priced { cells.price("hour")? } else { Price::default() },
            tier_from: 0,
            tier_to: None,
            effective_from: None,
            effective_to: None,
            observed: cells.date("observed")?,
            source: cells.required("source")?,
            note: String::new(),
            doubtful: cells.yes("derived")?,
        };
        let interruption = cells.text("spot_interruption");
        let interruption = (!interruption.is_empty()).then(|| interruption.to_owned());
        let optional = |column| match cells.text(column) {
            "" => Ok(None),
            _ => cells.price(column).map(Some),
        };
        let spot = SpotCells { saving_percent, hour: optional("spot_hour")?, interruption };
        let month_cap = optional("month_cap")?;
        let place = self.place(cells);
        if let Some((.., rows)) = self.machines.last_mut() {
            rows.push(MachineRow { row, place, month_cap, spot, priced });
        }
        Ok(())
    }

    /// Joins machine prices with types and families; adds a price row for each, and one for its cap.
    pub(crate) fn regions(&mut self) -> Vec<Region> {
        let mut regions = Vec::new();
        for (provider, region, rows) in std::mem::take(&mut self.machines) {
            let mut machines = Vec::new();
            for MachineRow { mut row, place, month_cap, spot, priced } in rows {
                if !priced {
                    self.problems.push(Problem::broken(
                        &self.files[place.0 as usize],
                        u64::from(place.1),
                        format!("`{}` has a saving and no price to save from", row.dimension),
                        "write the price of an hour",
                    ));
                    continue;
                }
                let family = family(&row.dimension);
                let since = self.families.get(&family).copied();
                let dated = since.is_some() || !self.dated.contains(&row.service);
                let Some(kind) = self.types.get(&row.dimension).filter(|_| dated) else {
                    self.problems.push(Problem::broken(
                        &self.files[place.0 as usize],
                        u64::from(place.1),
                        format!(
                            "`{}` is in no types.csv, or its family in no families.csv",
                            row.dimension
                        ),
                        "add its vCPUs and memory there",
                    ));
                    continue;
                };
                row.effective_from = since;
                let machine = InstanceType {
                    name: row.dimension.clone(),
                    family,
                    cpu: kind.cpu,
                    memory: kind.memory,
                    arm: kind.arm,
                    hour: row.price,
                    list_hour: row.price,
                    baseline_per_mille: kind.baseline_per_mille,
                    month_cap,
                    max_pods: kind.max_pods,
                    spot: spot.with(row.price),
                    observed: row.observed,
                    source: row.source.clone(),
                    derived: row.doubtful,
                };
                machines.push((row.effective_from, machine));
                if let Some(price) = month_cap {
                    let dimension = format!("{} month", row.dimension);
                    let unit = "month".to_owned();
                    self.rows.push(PriceRow { dimension, unit, price, ..row.clone() });
                    self.places.push(place);
                }
                self.rows.push(row);
                self.places.push(place);
            }
            machines.sort_by(|a, b| a.1.name.cmp(&b.1.name));
            regions.push((provider, region, machines));
        }
        regions.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        regions
    }
}

/// The family of a machine type: `m7g` of `m7g.large`, `c7i-flex` of `c7i-flex.large`, `e2` of `e2-standard-2`,
/// `Ds_v5` of `D2s_v5`.
pub(crate) fn family(name: &str) -> String {
    if let Some((family, _)) = name.split_once('.').or_else(|| name.split_once('-')) {
        return family.to_owned();
    }
    let letters = |c: &char| !c.is_ascii_digit();
    let series: String = name.chars().take_while(letters).collect();
    let rest = name.trim_start_matches(|c: char| letters(&c));
    format!("{series}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// The saving of a machine as spot: of 100 per cent nothing would be left to pay.
fn saving(cells: &Cells<'_>) -> Result<Option<u32>, Problem> {
    let column = "spot_saving_percent";
    let Some(percent) = cells.whole(column)? else { return Ok(None) };
    let below = u32::try_from(percent).ok().filter(|percent| *percent < 100);
    let what = || cells.problem(format!("`{column}` is `{percent}`"), "write 0 to 99");
    below.ok_or_else(what).map(Some)
}

fn arm(cells: &Cells<'_>) -> Result<bool, Problem> {
    match cells.text("arch") {
        "arm" => Ok(true),
        "x86" => Ok(false),
        other => Err(cells.problem(format!("`arch` is `{other}`"), "write x86 or arm")),
    }
}

pub(crate) const SOURCES: &[&str] = &["source", "description"];
pub(crate) const PRICES: &[&str] = &[
    "region",
    "dimension",
    "unit",
    "price",
    "tier_from",
    "tier_to",
    "effective_from",
    "effective_to",
    "observed",
    "source",
    "doubtful",
    "note",
];
pub(crate) const LIMITS: &[&str] = &[
    "platform",
    "id",
    "value",
    "unit",
    "kind",
    "effective_from",
    "effective_to",
    "observed",
    "source",
    "doubtful",
    "note",
];
const COLD: &[&str] = &[
    "platform",
    "runtime",
    "language",
    "version",
    "arch",
    "package",
    "init_p50_ms",
    "init_p95_ms",
    "init_p99_ms",
    "first_call_ms",
    "samples",
    "observed",
    "source",
];
const IDLE: &[&str] = &["platform", "idle_minutes", "cold_share", "observed", "source"];
const PLACES: &[&str] = &["region", "place", "latitude", "longitude", "observed", "source"];
const SIZES: &[&str] = &["service", "size", "vcpu", "memory_mib", "source", "note"];
const TYPES: &[&str] = &["type", "vcpu", "memory_mib", "arch", "baseline_per_mille", "max_pods"];
const FAMILIES: &[&str] = &["family", "since", "source", "doubtful"];
pub(crate) const MACHINES: &[&str] = &[
    "type",
    "hour",
    "month_cap",
    "spot_saving_percent",
    "spot_hour",
    "spot_interruption",
    "observed",
    "source",
    "derived",
];
