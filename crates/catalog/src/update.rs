//! From what feeds say to a price book: what changes, and the files that hold it.

use std::collections::{BTreeMap, BTreeSet};

use units::{Date, Price, Quantity};

use crate::check::key;
use crate::feeds::{Harvest, SpotRow};
use crate::layers::Layer;
use crate::prices::Catalog;
use crate::problem::Problem;
use crate::read::{
    MACHINES, MachineRow, PRICES, Raw, SOURCES, SpotCells, TypeRow, family as family_of,
};
use crate::row::PriceRow;
use crate::write::csv;

/// What feeds change in the prices that are in use.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// Prices that differ, by service, region, dimension and tier.
    pub changed: Vec<Change>,
    /// Prices that nothing stood for.
    pub new: Vec<PriceRow>,
    /// Prices that are what they were.
    pub same: usize,
    /// Of all these, those that were read on an earlier day than what they take the place of.
    pub older: usize,
    /// Machines whose saving as spot or interruption differs: `us-east-1 m5.large: 66 % <5%, was 60 % <5%`.
    pub spots: Vec<String>,
    /// Rows that the book has already and that would be replaced: `aws/lambda us-east-1 duration_x86`.
    pub replaced: Vec<String>,
    /// Entries that became no row, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// The book's files as (path below it, text), those of before included.
    pub files: Vec<(String, String)>,
}

/// A price that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The row with the new price.
    pub row: PriceRow,
    /// What the first unit of its tier cost.
    pub old: Price,
}

/// What `harvests` change in `now` on the day `today`, and the book that says so, on top of what `book` holds.
/// Of feeds that speak of the same row, the last one counts.
///
/// # Errors
/// Rows of `book` that cannot be read.
pub fn update(
    now: &Catalog,
    today: Date,
    book: &Layer,
    harvests: Vec<Harvest>,
) -> Result<Update, Vec<Problem>> {
    let mut before = book.read();
    if !before.problems.is_empty() {
        return Err(before.problems);
    }
    let mut update = Update::default();
    let mut new = Raw { partial: true, ..Raw::default() };
    for harvest in harvests {
        for (reason, count) in &harvest.left_out {
            *update.left_out.entry(reason.clone()).or_default() += count;
        }
        new.take(now, harvest, &mut update);
    }
    update.compare(now, today, &new);
    update.replaced = replaced(&before, &new);
    before.lay(new);
    let staying: Vec<_> = book.files.iter().filter(|(path, _)| kept(path)).cloned().collect();
    update.files = files(&before, staying.iter().flat_map(|(_, text)| cited(text)).collect());
    update.files.extend(staying);
    update.files.sort();
    Ok(update)
}

/// Files of a book that are not made of prices and stay what they are.
fn kept(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let rows = ["limits.csv", "cold-starts.csv", "idle-lifetime.csv", "sizes.csv"].contains(&name)
        || path.ends_with("/types.csv")
        || path.ends_with("/families.csv");
    rows || name == "book.toml"
}

/// The sources that a file names.
fn cited(text: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let column = |header: &csv::StringRecord| header.iter().position(|name| name == "source");
    let Some(at) = reader.headers().ok().and_then(column) else { return Vec::new() };
    let source = |record: csv::StringRecord| record.get(at).map(|source| source.trim().to_owned());
    reader.into_records().flatten().filter_map(source).collect()
}

/// Whether a row is the price of a virtual machine, which has a file of its own for each region.
fn is_machine(row: &PriceRow) -> bool {
    let ec2 = row.service == "aws/ec2" && row.unit == "hour" && row.dimension.contains('.');
    ec2 || ["azure/virtual-machines", "gcp/compute-engine"].contains(&row.service.as_str())
}

/// The rows, and those of the region `global` in every region for which the catalogue has the row.
fn everywhere(now: &Catalog, rows: Vec<PriceRow>) -> Vec<PriceRow> {
    let (global, mut rows): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.region == "global");
    if global.is_empty() {
        return rows;
    }
    let mut regions: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for PriceRow { service, dimension, region, .. } in now.rows() {
        regions.entry((service, dimension)).or_default().insert(region);
    }
    for row in global {
        let Some(regions) = regions.get(&(row.service.as_str(), row.dimension.as_str())) else {
            rows.push(row);
            continue;
        };
        let here = |region: &&str| PriceRow { region: (*region).to_owned(), ..row.clone() };
        rows.extend(regions.iter().map(here));
    }
    rows
}

/// The end of the name of a machine as spot, where a feed has its price: `D2s_v5 spot`.
const SPOT: &str = " spot";

/// Where the cores and the memory of Google's machines stand: `e2_vcpu`, `e2_memory`, `e2_vcpu_spot`.
const PARTS: &str = "gcp/compute";

/// Machines of Google, which have no price of their own: vCPUs times the core and GiB times the memory. Types that
/// share a core pay for the share that they may use.
fn composed(now: &Catalog, parts: &[PriceRow]) -> Vec<(PriceRow, Option<Price>)> {
    let mut prices: BTreeMap<(&str, &str), &PriceRow> = BTreeMap::new();
    for row in parts.iter().filter(|row| row.service == PARTS) {
        prices.insert((&row.region, &row.dimension), row);
    }
    let mut families: BTreeMap<String, Vec<(&str, &TypeRow)>> = BTreeMap::new();
    for (name, size) in now.machine_types().filter(|_| !prices.is_empty()) {
        families.entry(family_of(name)).or_default().push((name, size));
    }
    let mut machines = Vec::new();
    for (&(region, dimension), core) in &prices {
        let Some(family) = dimension.strip_suffix("_vcpu") else { continue };
        let part = |name: &str| prices.get(&(region, name)).map(|row| row.price);
        let Some(memory) = part(&format!("{family}_memory")) else { continue };
        let spot = part(&format!("{family}_vcpu_spot")).zip(part(&format!("{family}_memory_spot")));
        for &(name, size) in families.get(family).into_iter().flatten() {
            let total = |core: Price, memory: Price| {
                let cores = u128::from(size.cpu.get()) * u128::from(size.baseline_per_mille);
                let bytes = u128::from(size.memory.get());
                let core = core.times(Quantity::new(cores, 1_000_000));
                let memory = memory.times(Quantity::new(bytes, 1 << 30));
                Price::from_pico((core + memory).pico())
            };
            let row = PriceRow {
                service: "gcp/compute-engine".to_owned(),
                dimension: name.to_owned(),
                unit: "hour".to_owned(),
                price: total(core.price, memory),
                ..(*core).clone()
            };
            machines.push((row, spot.map(|(core, memory)| total(core, memory))));
        }
    }
    machines
}

impl Raw {
    /// Takes what a feed said, machine prices apart from the others.
    fn take(&mut self, now: &Catalog, harvest: Harvest, update: &mut Update) {
        let mut left = |reason: &str| {
            *update.left_out.entry(reason.to_owned()).or_default() += 1;
        };
        let mut taken = Self { partial: true, sources: harvest.sources, ..Self::default() };
        taken.files.push(harvest.feed.to_owned());
        let rows = everywhere(now, harvest.rows).into_iter();
        let (machines, rows): (Vec<_>, Vec<_>) = rows.partition(is_machine);
        taken.places = vec![(0, 0); rows.len()];
        taken.rows = rows;
        let (spot, machines): (Vec<_>, Vec<_>) =
            machines.into_iter().partition(|row| row.dimension.ends_with(SPOT));
        let sold: BTreeSet<(&str, &str)> =
            machines.iter().map(|m| (m.region.as_str(), m.dimension.as_str())).collect();
        for row in spot {
            let name = row.dimension.strip_suffix(SPOT).unwrap_or_default().to_owned();
            let sold = sold.contains(&(row.region.as_str(), name.as_str()))
                || now.has_machine(&row.region, &name);
            if !sold || !now.knows_machine(&row.service, &name) {
                left("spot machines without an on-demand price in the catalogue");
                continue;
            }
            let spot = SpotCells { hour: Some(row.price), ..SpotCells::default() };
            let (price, note) = (Price::default(), String::new());
            let row = PriceRow { dimension: name, price, note, effective_from: None, ..row };
            taken.add(MachineRow { place: (0, 0), month_cap: None, spot, priced: false, row });
        }
        let machines = machines.into_iter().map(|row| (row, None));
        for (row, spot_hour) in machines.chain(composed(now, &taken.rows)) {
            if !now.knows_machine(&row.service, &row.dimension) {
                left("machine types of which the catalogue does not know the size");
                continue;
            }
            let row = PriceRow { effective_from: None, note: String::new(), ..row };
            let spot = SpotCells { hour: spot_hour, ..SpotCells::default() };
            taken.add(MachineRow { place: (0, 0), month_cap: None, spot, priced: true, row });
        }
        let before = self.machines.iter().flat_map(|(.., rows)| rows).filter(|m| m.priced);
        let priced: BTreeSet<(&str, &str)> =
            before.map(|m| (m.row.region.as_str(), m.row.dimension.as_str())).collect();
        for spot in harvest.spots {
            let priced = priced.contains(&(spot.region.as_str(), spot.machine.as_str()));
            if !priced && !now.has_machine(&spot.region, &spot.machine) {
                left("spot machines without an on-demand price in the catalogue");
                continue;
            }
            let source = taken.sources.keys().next().cloned().unwrap_or_default();
            taken.add(spot_row(spot, source));
        }
        self.lay(taken);
    }

    fn add(&mut self, machine: MachineRow) {
        let provider = machine.row.service.split('/').next().unwrap_or("").to_owned();
        let region = machine.row.region.clone();
        self.machines_of(&provider, &region).push(machine);
    }
}

fn spot_row(spot: SpotRow, source: String) -> MachineRow {
    let row = PriceRow {
        service: "aws/ec2".to_owned(),
        region: spot.region,
        dimension: spot.machine,
        unit: "hour".to_owned(),
        price: Price::default(),
        tier_from: 0,
        tier_to: None,
        effective_from: None,
        effective_to: None,
        observed: None,
        source,
        note: String::new(),
        doubtful: false,
    };
    let spot = SpotCells {
        saving_percent: Some(spot.saving_percent),
        hour: None,
        interruption: Some(spot.interruption),
    };
    MachineRow { row, place: (0, 0), month_cap: None, spot, priced: false }
}

impl Update {
    fn compare(&mut self, now: &Catalog, today: Date, new: &Raw) {
        let machines = new.machines.iter().flat_map(|(.., rows)| rows);
        let priced = machines.clone().filter(|machine| machine.priced).map(|machine| &machine.row);
        for row in new.rows.iter().chain(priced) {
            // A price of a later day is held against what would be in force then.
            let day = row.effective_from.map_or(today, |from| from.max(today));
            let tiers = now.at(day).tiers(&row.service, &row.region, &row.dimension);
            let covers = |old: &&&PriceRow| {
                old.tier_from <= row.tier_from && old.tier_to.is_none_or(|to| row.tier_from < to)
            };
            let tiers = tiers.unwrap_or_default();
            let old = tiers.iter().find(covers);
            self.older += usize::from(old.is_some_and(|old| row.observed < old.observed));
            match old {
                None => self.new.push(row.clone()),
                Some(old) if (old.price, old.tier_to) == (row.price, row.tier_to) => self.same += 1,
                Some(old) => self.changed.push(Change { row: row.clone(), old: old.price }),
            }
        }
        let by_key = |a: &PriceRow, b: &PriceRow| (key(a), a.tier_from).cmp(&(key(b), b.tier_from));
        self.changed.sort_by(|a, b| by_key(&a.row, &b.row));
        self.new.sort_by(by_key);
        for machine in machines {
            let PriceRow { region, dimension, .. } = &machine.row;
            if let Some(hour) = machine.spot.hour {
                let old = now.at(today).instance(region, dimension).ok();
                let old = old.and_then(|old| old.spot.as_ref()).map(|spot| spot.hour);
                self.spot_hour(&format!("{region} {dimension}"), hour, old);
            }
            let Some(saving) = machine.spot.saving_percent else { continue };
            let band = machine.spot.interruption.as_deref().unwrap_or("");
            let old = now.at(today).instance(region, dimension).ok();
            let old = old.and_then(|old| Some((old.hour, old.spot.as_ref()?)));
            let name = format!("{region} {dimension}: {saving} % {band}");
            match old {
                None => self.spots.push(format!("{name}, was not known")),
                Some((hour, spot)) => {
                    let was = (1.0 - spot.hour.money().dollars() / hour.money().dollars()) * 100.0;
                    let was_band = spot.interruption.as_deref().unwrap_or("");
                    if was.round() as i64 == i64::from(saving) && was_band == band {
                        self.same += 1;
                    } else {
                        self.spots.push(format!("{name}, was {was:.0} % {was_band}"));
                    }
                }
            }
        }
        self.spots.sort();
    }

    fn spot_hour(&mut self, name: &str, new: Price, old: Option<Price>) {
        let dollars = |price: Price| price.money().to_decimal();
        match old {
            Some(old) if old == new => self.same += 1,
            Some(old) => {
                let text = format!("{name}: ${} an hour, was ${}", dollars(new), dollars(old));
                self.spots.push(text);
            }
            None => self.spots.push(format!("{name}: ${} an hour, was not known", dollars(new))),
        }
    }
}

/// Rows of a book that new ones would replace by something else.
fn replaced(before: &Raw, new: &Raw) -> Vec<String> {
    let name = |row: &PriceRow| format!("{} {} {}", row.service, row.region, row.dimension);
    let mut old: BTreeMap<_, Vec<&PriceRow>> = BTreeMap::new();
    let mut next: BTreeMap<_, Vec<&PriceRow>> = BTreeMap::new();
    before.rows.iter().for_each(|row| old.entry(key(row)).or_default().push(row));
    new.rows.iter().for_each(|row| next.entry(key(row)).or_default().push(row));
    let differs =
        |(key, rows): &(_, Vec<&PriceRow>)| next.get(key).is_some_and(|next| next != rows);
    let mut names: Vec<String> =
        old.into_iter().filter(differs).map(|(_, rows)| name(rows[0])).collect();
    let (old, next) = (machines(before), machines(new));
    for (at, (row, spot)) in &old {
        let Some((new_row, new_spot)) = next.get(at) else { continue };
        let price = row.is_some() && new_row.is_some() && row != new_row;
        if price || (spot.is_priced() && new_spot.is_priced() && spot != new_spot) {
            let (service, region, name) = at;
            names.push(format!("{service} {region} {name}"));
        }
    }
    names.sort();
    names.dedup();
    names
}

/// What a machine costs and how it is sold as spot.
type Machine = (Option<PriceRow>, SpotCells);

/// The machines by service, region and name, without what the form of their file does not hold.
fn machines(raw: &Raw) -> BTreeMap<(String, String, String), Machine> {
    let rows = raw.machines.iter().flat_map(|(.., rows)| rows);
    let machine = |machine: &MachineRow| {
        let MachineRow { row, spot, priced, .. } = machine;
        let at = (row.service.clone(), row.region.clone(), row.dimension.clone());
        let row = PriceRow { note: String::new(), effective_from: None, ..row.clone() };
        (at, (priced.then_some(row), spot.clone()))
    };
    rows.map(machine).collect()
}

/// The files that hold these rows, and of the sources those that rows name or that are `cited` besides.
fn files(raw: &Raw, cited: BTreeSet<String>) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut services: BTreeMap<&str, Vec<&PriceRow>> = BTreeMap::new();
    raw.rows.iter().for_each(|row| services.entry(&row.service).or_default().push(row));
    for (service, mut rows) in services {
        rows.sort_by_key(|row| (key(row), row.effective_from, row.tier_from));
        let lines = rows.into_iter().map(PriceRow::cells);
        files.push((format!("{service}.csv"), csv(PRICES, lines)));
    }
    let mut used = cited;
    used.extend(raw.rows.iter().map(|row| row.source.clone()));
    for (_, region, machines) in raw.machines.iter().filter(|(.., rows)| !rows.is_empty()) {
        let service = machines[0].row.service.clone();
        let mut machines: Vec<&MachineRow> = machines.iter().collect();
        machines.sort_by(|a, b| a.row.dimension.cmp(&b.row.dimension));
        used.extend(machines.iter().map(|machine| machine.row.source.clone()));
        let lines = machines.into_iter().map(MachineRow::cells);
        files.push((format!("{service}/{region}.csv"), csv(MACHINES, lines)));
    }
    let sources = raw.sources.iter().filter(|(key, _)| used.contains(*key));
    let lines = sources.map(|(key, text)| [key, text]);
    files.push(("sources.csv".to_owned(), csv(SOURCES, lines)));
    files
}
