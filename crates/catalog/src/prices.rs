//! The whole catalogue, and lookup by service, region, dimension and day.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use model::Discount;
use sha2::{Digest, Sha256};
use units::{Date, Duration, hex};

use crate::check::{self, ACCOUNT, key};
use crate::cold::{self, ColdRow};
use crate::discount;
use crate::index::Index;
use crate::layers::Layer;
use crate::place::{self, Place};
use crate::problem::{Problem, ProblemKind};
use crate::read::{Raw, Region, TypeRow, family};
use crate::row::{ColdStart, IdleLifetime, InstanceType, Limit, PriceRow, Size};

/// A row that the catalogue should have and has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// `price aws/lambda eu-south-2 duration_arm on 2026-11-23`.
    pub what: String,
    /// What there is instead, or how to add it.
    pub hint: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the catalogue has no {} ({})", self.what, self.hint)
    }
}

impl std::error::Error for Missing {}

/// Everything under `/catalog`, checked.
#[derive(Debug, Clone)]
pub struct Catalog {
    rows: Vec<PriceRow>,
    places: Vec<(u32, u32)>,
    files: Vec<String>,
    /// Row numbers by key, day and tier.
    order: Vec<u32>,
    /// Where in the order each key's rows are.
    dimensions: Index,
    markets: Vec<Market>,
    limits: Vec<Limit>,
    /// Where among the limits those of each platform and id are.
    limit_ids: Index,
    cold: Vec<ColdRow>,
    idle: Vec<(String, IdleLifetime)>,
    sizes: Vec<Size>,
    places_of_regions: BTreeMap<String, Place>,
    sources: BTreeMap<String, String>,
    known: Known,
    sha256: String,
}

/// Which virtual machine types have a size, and which families a day from which they are sold.
#[derive(Debug, Clone)]
struct Known {
    types: BTreeMap<String, TypeRow>,
    families: BTreeSet<String>,
    dated: BTreeSet<String>,
}

/// The instance types of one region, in the stages in which they came on the market.
#[derive(Debug, Clone)]
struct Market {
    provider: String,
    region: String,
    machines: Vec<(Option<Date>, InstanceType)>,
    /// The days on which something was added, ascending, each with all types sold from then on.
    stages: Vec<(Option<Date>, OnceLock<Vec<InstanceType>>)>,
}

/// The catalogue as it was in force on one day.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'a> {
    catalog: &'a Catalog,
    date: Date,
    behaviour: Behaviour,
}

/// What no provider promises and measurements disagree on, as factors of the catalogue's rows: to try what else it might
/// be. One is what the catalogue says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Behaviour {
    /// How long an idle instance stays.
    pub keep_alive: f64,
    /// How long a new node takes until its first pod can start.
    pub node_ready: f64,
}

impl Behaviour {
    /// As the catalogue has it.
    pub const AS_KNOWN: Self = Self { keep_alive: 1.0, node_ready: 1.0 };

    fn factor(self, id: &str) -> f64 {
        match id {
            "idle.keepalive" | "flex.idle" => self.keep_alive,
            "node.ready" => self.node_ready,
            _ => 1.0,
        }
    }
}

impl Catalog {
    /// Reads and checks all files of a catalogue, given as (path below it, text); what is not a CSV file is
    /// left alone. The order of the files means nothing.
    ///
    /// # Errors
    /// Every row that cannot be used, with file, line and remedy.
    pub fn parse(files: &[(String, String)]) -> Result<Self, Vec<Problem>> {
        Self::layered(files, &[])
    }

    /// The same with price books over it, each over those before.
    ///
    /// # Errors
    /// Every row that cannot be used, with file, line and remedy.
    pub fn layered(files: &[(String, String)], books: &[Layer]) -> Result<Self, Vec<Problem>> {
        let mut files: Vec<&(String, String)> =
            files.iter().filter(|(path, _)| is_csv(path)).collect();
        files.sort();
        let mut raw = Raw::default();
        for (path, text) in &files {
            raw.read(path, text);
        }
        for book in books {
            raw.lay(book.read());
        }
        let markets = raw.regions().into_iter().map(Market::new).collect();
        let mut order: Vec<u32> = (0..raw.rows.len() as u32).collect();
        order.sort_by_key(|&at| {
            let row = &raw.rows[at as usize];
            (key(row), row.effective_from, row.tier_from, at)
        });
        let mut problems = check::broken(&raw, &order);
        problems.append(&mut raw.problems);
        if !problems.is_empty() {
            problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            return Err(problems);
        }
        raw.limits.sort_by(|a, b| {
            (&a.platform, &a.id, a.effective_from).cmp(&(&b.platform, &b.id, b.effective_from))
        });
        let dimensions = Index::of(order.iter().map(|&at| {
            let (service, region, dimension) = key(&raw.rows[at as usize]);
            [service, region, dimension]
        }));
        let limit_ids = Index::of(raw.limits.iter().map(|l| [l.platform.as_str(), l.id.as_str()]));
        Ok(Self {
            dimensions,
            limit_ids,
            rows: raw.rows,
            places: raw.places,
            files: raw.files,
            order,
            markets,
            limits: raw.limits,
            cold: raw.cold,
            idle: raw.idle,
            sizes: raw.sizes,
            places_of_regions: raw.regions,
            sources: raw.sources,
            known: Known {
                types: raw.types,
                families: raw.families.into_keys().collect(),
                dated: raw.dated,
            },
            sha256: sha256(&files, books),
        })
    }

    /// The same with what commitments take off the prices of what they cover. Its hash stays that of the list prices.
    #[must_use]
    pub fn discounted(&self, discounts: &[Discount]) -> Self {
        let mut own = self.clone();
        let is_machine = |name: &str| self.known.types.contains_key(name);
        discount::apply(discounts, own.rows.iter_mut(), is_machine);
        let markets = std::mem::take(&mut own.markets);
        let cheaper = |Market { provider, region, mut machines, .. }: Market| {
            for (_, machine) in &mut machines {
                discount::apply_to_machine(discounts, &provider, machine);
            }
            Market::new((provider, region, machines))
        };
        own.markets = markets.into_iter().map(cheaper).collect();
        own
    }

    /// The catalogue as it was in force on `date`.
    pub fn at(&self, date: Date) -> Prices<'_> {
        Prices { catalog: self, date, behaviour: Behaviour::AS_KNOWN }
    }
    /// SHA-256 over every file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
    /// Every price row, in file order; instance types come last.
    pub fn rows(&self) -> &[PriceRow] {
        &self.rows
    }
    /// What the sources are, by key.
    pub const fn sources(&self) -> &BTreeMap<String, String> {
        &self.sources
    }
    /// Whether the size of a virtual machine type is known, so that a price of it in `service` can be used.
    pub(crate) fn knows_machine(&self, service: &str, name: &str) -> bool {
        let Known { types, families, dated } = &self.known;
        types.contains_key(name) && (families.contains(&family(name)) || !dated.contains(service))
    }
    /// vCPUs and memory of every virtual machine type, by name.
    pub(crate) fn machine_types(&self) -> impl Iterator<Item = (&str, &TypeRow)> {
        self.known.types.iter().map(|(name, size)| (name.as_str(), size))
    }
    /// Whether a virtual machine type has a price in a region.
    pub(crate) fn has_machine(&self, region: &str, name: &str) -> bool {
        let market = self.markets.iter().find(|market| market.region == region);
        market.is_some_and(|market| {
            market.machines.binary_search_by(|(_, m)| m.name.as_str().cmp(name)).is_ok()
        })
    }
    /// Every quota and behaviour, by platform, id and day.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }
    /// File and line of the row at this place of [`Self::rows`].
    pub fn place(&self, at: usize) -> (&str, u64) {
        let (file, line) = self.places[at];
        (&self.files[file as usize], u64::from(line))
    }
    /// Rows that want attention on the day `today`: see [`ProblemKind`].
    pub fn verify(&self, today: Date) -> Vec<Problem> {
        check::verify(self, today)
    }
    /// Whether `today` finds no current row older than it should be.
    pub fn is_fresh(&self, today: Date) -> bool {
        self.verify(today).iter().all(|problem| problem.kind != ProblemKind::Stale)
    }

    /// All rows of one dimension on all days: a slice of the order.
    fn dimension(&self, wanted: (&str, &str, &str)) -> &[u32] {
        let is_wanted = |at: usize| key(&self.rows[self.order[at] as usize]) == wanted;
        &self.order[self.dimensions.find([wanted.0, wanted.1, wanted.2], is_wanted)]
    }
}

impl<'a> Prices<'a> {
    /// The day.
    pub const fn date(self) -> Date {
        self.date
    }
    /// The catalogue behind it.
    pub const fn catalog(self) -> &'a Catalog {
        self.catalog
    }
    /// The one price of a dimension without tiers (or its first tier).
    pub fn price(
        self,
        service: &str,
        region: &str,
        dimension: &str,
    ) -> Result<&'a PriceRow, Missing> {
        self.in_force(service, region, dimension)
            .next()
            .ok_or_else(|| self.missing(service, region, dimension))
    }
    /// All tiers of a dimension, ascending and without gaps.
    pub fn tiers(
        self,
        service: &str,
        region: &str,
        dimension: &str,
    ) -> Result<Vec<&'a PriceRow>, Missing> {
        let tiers: Vec<_> = self.in_force(service, region, dimension).collect();
        if tiers.is_empty() { Err(self.missing(service, region, dimension)) } else { Ok(tiers) }
    }
    /// A monthly allowance (free tier) in whole units, 0 if there is none in force.
    pub fn allowance(self, service: &str, dimension: &str) -> u128 {
        self.in_force(service, ACCOUNT, dimension).next().and_then(|row| row.tier_to).unwrap_or(0)
    }
    /// The regions of a provider in which machines are sold, each with its provider: `aws/us-east-1`. Of a provider
    /// that sells none (`cloudflare`) those in which anything has a price.
    pub fn regions(self, provider: &str) -> Vec<String> {
        let of = |market: &&Market| market.provider == provider;
        let mut found: Vec<&str> =
            self.catalog.markets.iter().filter(of).map(|market| market.region.as_str()).collect();
        if found.is_empty() {
            let own = |row: &&PriceRow| {
                row.service.split_once('/').is_some_and(|(owner, _)| owner == provider)
            };
            let rows = self.list(None, None).into_iter().filter(own);
            found = rows.map(|row| row.region.as_str()).filter(|at| *at != ACCOUNT).collect();
            found.sort_unstable();
            found.dedup();
        }
        found.into_iter().map(|region| format!("{provider}/{region}")).collect()
    }
    /// How long a packet takes from one region to another and back over the internet, by their distance.
    pub fn round_trip(self, from: &str, to: &str) -> Result<Duration, Missing> {
        let place = |region: &str| {
            self.catalog.places_of_regions.get(region).ok_or_else(|| Missing {
                what: format!("place of the region {region}"),
                hint: "add it to places.csv".to_owned(),
            })
        };
        Ok(place::round_trip(place(from)?, place(to)?))
    }
    /// The virtual machine types sold in a region, by name.
    pub fn instances(self, region: &str) -> Result<&'a [InstanceType], Missing> {
        let markets = &self.catalog.markets;
        let market = markets.iter().find(|market| market.region == region);
        let market = market.ok_or_else(|| Missing {
            what: format!("instance types in {region}"),
            hint: format!("it has {}", join(markets.iter().map(|m| m.region.as_str()))),
        })?;
        Ok(market.sold_on(self.date))
    }
    /// The virtual machine type with this name.
    pub fn instance(self, region: &str, name: &str) -> Result<&'a InstanceType, Missing> {
        let sold = self.instances(region)?;
        let at = sold.binary_search_by(|machine| machine.name.as_str().cmp(name));
        at.map(|at| &sold[at]).map_err(|_| Missing {
            what: format!("instance type {name} in {region} on {}", self.date),
            hint: format!("add it to the machine prices of {region}"),
        })
    }
    /// A quota or behaviour.
    pub fn limit(self, platform: &str, id: &str) -> Result<&'a Limit, Missing> {
        let limits = &self.catalog.limits;
        let is_it = |at: usize| limits[at].platform == platform && limits[at].id == id;
        limits[self.catalog.limit_ids.find([platform, id], is_it)]
            .iter()
            .find(|l| covers(l.effective_from, l.effective_to, self.date))
            .ok_or_else(|| Missing {
                what: format!("limit {platform}/{id} on {}", self.date),
                hint: "add a row to limits.csv".to_owned(),
            })
    }
    /// A quota as one number in its row's unit; a range gives its upper end. A behaviour that is tried otherwise is so.
    pub fn limit_number(self, platform: &str, id: &str) -> Result<f64, Missing> {
        let number = self.limit(platform, id)?.number().ok_or_else(|| Missing {
            what: format!("number in limit {platform}/{id}"),
            hint: "its value is a sentence or a flag".to_owned(),
        })?;
        Ok(number * self.behaviour_factor(id))
    }
    /// The same with other behaviour than the catalogue has.
    #[must_use]
    pub const fn behaving(self, behaviour: Behaviour) -> Self {
        Self { behaviour, ..self }
    }
    /// What the number of a row is to be multiplied by that is read as something else than one number.
    pub fn behaviour_factor(self, id: &str) -> f64 {
        self.behaviour.factor(id)
    }
    /// The measured cold start of a runtime: exact runtime, else the newest of its language; `None` if the
    /// table has nothing like it.
    pub fn cold_start(
        self,
        platform: &str,
        runtime: &str,
        arm: bool,
        image: bool,
    ) -> Option<ColdStart> {
        let row = cold::find(&self.catalog.cold, platform, runtime, arm, image);
        row.map(|row| row.start.clone())
    }
    /// How likely an idle instance of a platform is gone, by time since its last request, ascending; empty
    /// if nobody measured it.
    pub fn idle_lifetime(self, platform: &str) -> Vec<IdleLifetime> {
        let rows = self.catalog.idle.iter().filter(|(owner, _)| owner == platform);
        let mut rows: Vec<IdleLifetime> = rows.map(|(_, row)| *row).collect();
        rows.sort_by_key(|row| row.idle);
        rows
    }
    /// The sizes of a managed service (`aws/rds`), in file order.
    pub fn sizes(self, service: &str) -> impl Iterator<Item = &'a Size> {
        self.catalog.sizes.iter().filter(move |size| size.service == service)
    }
    /// Price rows in force, for a listing: those whose service holds `service` and whose region is `region`
    /// (or `account`), by service, region, dimension and tier. `None` is all.
    pub fn list(self, service: Option<&str>, region: Option<&str>) -> Vec<&'a PriceRow> {
        let catalog = self.catalog;
        let rows = catalog.order.iter().map(|&at| &catalog.rows[at as usize]);
        rows.filter(|row| row.in_force(self.date))
            .filter(|row| service.is_none_or(|wanted| row.service.contains(wanted)))
            .filter(|row| region.is_none_or(|wanted| row.region == wanted || row.region == ACCOUNT))
            .collect()
    }

    fn in_force(
        self,
        service: &str,
        region: &str,
        dimension: &str,
    ) -> impl Iterator<Item = &'a PriceRow> {
        let Self { catalog, date, .. } = self;
        let found = catalog.dimension((service, region, dimension)).iter();
        found.map(|&at| &catalog.rows[at as usize]).filter(move |row| row.in_force(date))
    }

    fn missing(self, service: &str, region: &str, dimension: &str) -> Missing {
        let what = format!("price {service} {region} {dimension} on {}", self.date);
        let rows = &self.catalog.rows;
        let like = |row: &&PriceRow| row.service == service && row.dimension == dimension;
        let mut regions: Vec<&str> =
            rows.iter().filter(like).map(|row| row.region.as_str()).collect();
        regions.sort_unstable();
        regions.dedup();
        let hint = if regions.contains(&region) {
            let from = rows.iter().filter(like).filter(|row| row.region == region);
            let from = from.filter_map(|row| row.effective_from).min();
            from.map_or_else(
                || "its rows are no longer in force; add one".to_owned(),
                |from| format!("its first row is in force from {from}"),
            )
        } else if regions.is_empty() {
            format!("add a row to catalog/{service}.csv")
        } else {
            format!("it has {}; add a row to catalog/{service}.csv", join(regions.into_iter()))
        };
        Missing { what, hint }
    }
}

impl Market {
    fn new((provider, region, machines): Region) -> Self {
        let mut days: Vec<Option<Date>> = machines.iter().map(|(since, _)| *since).collect();
        days.sort_unstable();
        days.dedup();
        let stages = days.into_iter().map(|day| (day, OnceLock::new())).collect();
        Self { provider, region, machines, stages }
    }

    /// What was sold on `date`; built on first use, since most runs ask for one day only.
    fn sold_on(&self, date: Date) -> &[InstanceType] {
        let stage = self.stages.iter().rev().find(|(day, _)| day.is_none_or(|day| day <= date));
        let Some((day, types)) = stage else { return &[] };
        types.get_or_init(|| {
            let sold = self.machines.iter().filter(|(since, _)| since <= day);
            sold.map(|(_, machine)| machine.clone()).collect()
        })
    }
}

impl PriceRow {
    /// Whether the row is in force on a day.
    pub fn in_force(&self, date: Date) -> bool {
        covers(self.effective_from, self.effective_to, date)
    }
}

fn covers(from: Option<Date>, to: Option<Date>, date: Date) -> bool {
    from.is_none_or(|from| from <= date) && to.is_none_or(|to| date < to)
}

fn join<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn is_csv(path: &str) -> bool {
    path.strip_suffix(".csv").is_some()
}

fn sha256(files: &[&(String, String)], books: &[Layer]) -> String {
    let mut hash = Sha256::new();
    let mut add = |path: &str, text: &str| {
        // Lengths between the parts keep "ab" + "c" apart from "a" + "bc".
        for part in [path, text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    };
    for (path, text) in files {
        add(path, text);
    }
    // A book's place in the order counts, its folder's name does not.
    for (at, book) in books.iter().enumerate() {
        let mut files: Vec<_> = book.files.iter().collect();
        files.sort();
        for (path, text) in files {
            add(&format!("book {at}: {path}"), text);
        }
    }
    hex(&hash.finalize())
}
