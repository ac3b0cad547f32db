//! Price books of the user over the catalogue: negotiated rates, newer prices, other currencies.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Deserialize;
use units::{Date, Money, Price};

use crate::check::key;
use crate::problem::Problem;
use crate::read::{MachineRow, Raw};
use crate::row::{Limit, PriceRow, Size};

/// A folder of rows in the form of the catalogue; what it holds takes the place of what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// What messages call it: the folder as it was named.
    pub name: String,
    /// Its files as (path below it, text).
    pub files: Vec<(String, String)>,
}

/// The file that says in which currency the prices of a book are.
const BOOK: &str = "book.toml";
/// The unit of what is a share of another price.
const FRACTION: &str = "fraction";
/// Pico units of one.
const PICO: u128 = 1_000_000_000_000;

/// `book.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    /// `EUR`.
    currency: String,
    /// What one of it is in US dollars, in plain decimals.
    dollars: String,
    /// The day of that rate.
    observed: String,
}

/// A book's currency and what it is worth.
struct Rate {
    dollars: Price,
    note: String,
}

/// The days on which a book has prices of its own for a dimension.
#[derive(Clone, Copy)]
struct Window {
    from: Option<Date>,
    to: Option<Date>,
}

impl Layer {
    /// Reads the rows of the book alone, prices turned into US dollars.
    pub(crate) fn read(&self) -> Raw {
        let mut raw = Raw { partial: true, ..Raw::default() };
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort();
        let mut rate = None;
        for (path, text) in files {
            if path == BOOK {
                match Rate::read(text) {
                    Ok(found) => rate = found,
                    Err((what, remedy)) => {
                        raw.problems.push(Problem::broken(&self.named(BOOK), 0, what, remedy));
                    }
                }
                continue;
            }
            let before = raw.problems.len();
            raw.read(path, text);
            for problem in raw.problems.iter_mut().skip(before) {
                problem.file = self.named(&problem.file);
            }
        }
        for file in &mut raw.files {
            *file = self.named(file);
        }
        if let Some(rate) = rate {
            raw.rows.iter_mut().for_each(|row| rate.apply(row));
            let machines = raw.machines.iter_mut().flat_map(|(.., rows)| rows);
            machines.for_each(|machine| {
                rate.apply(&mut machine.row);
                machine.month_cap = machine.month_cap.map(|price| rate.dollars_of(price));
                machine.spot.hour = machine.spot.hour.map(|price| rate.dollars_of(price));
            });
        }
        raw
    }

    /// Whether the prices of the book are in another currency.
    pub fn currency(&self) -> Option<String> {
        let (_, text) = self.files.iter().find(|(path, _)| path == BOOK)?;
        let book: Book = toml::from_str(text).ok()?;
        (book.currency != "USD").then_some(book.currency)
    }

    fn named(&self, path: &str) -> String {
        format!("{}/{path}", self.name.trim_end_matches('/'))
    }
}

impl Rate {
    /// The rate that a `book.toml` states; `None` for dollars. An error is what and remedy.
    fn read(text: &str) -> Result<Option<Self>, (String, String)> {
        let form =
            "currency = \"EUR\", dollars = \"1.085\" (of one euro), observed = \"2026-11-20\"";
        let book: Book =
            toml::from_str(text).map_err(|e| (e.message().to_owned(), format!("write {form}")))?;
        let dollars =
            Price::parse(&book.dollars).map_err(|e| (format!("`dollars`: {e}"), e.hint))?;
        if dollars == Price::default() {
            return Err((
                "`dollars` is zero".to_owned(),
                "write what one unit is worth".to_owned(),
            ));
        }
        let day = Date::parse(&book.observed).map_err(|e| (format!("`observed`: {e}"), e.hint))?;
        let one = dollars == Price::from_pico(PICO.cast_signed());
        if book.currency == "USD" && !one {
            let remedy = "write dollars = \"1\", or another currency".to_owned();
            return Err(("a US dollar is one dollar".to_owned(), remedy));
        }
        let Book { currency, dollars: rate, .. } = book;
        let note = format!("{currency} at {rate} USD on {day}");
        Ok((currency != "USD").then_some(Self { dollars, note }))
    }

    fn dollars_of(&self, price: Price) -> Price {
        let rate = self.dollars.money().pico().unsigned_abs();
        Price::from_pico(price.money().scaled(rate, PICO).pico())
    }

    fn apply(&self, row: &mut PriceRow) {
        // A share of another price is the same in every currency.
        if row.unit == FRACTION {
            return;
        }
        let own = row.price.money();
        row.price = self.dollars_of(row.price);
        let own = Money::to_decimal(own);
        let more = if row.note.is_empty() { String::new() } else { format!("; {}", row.note) };
        row.note = format!("{own} {}{more}", self.note);
    }
}

impl Raw {
    /// Lays the rows of a book over these. On the days for which the book has a price of a dimension, no other
    /// row of that dimension is left; before and after, what was below stays in force.
    pub(crate) fn lay(&mut self, upper: Self) {
        let shift = self.files.len() as u32;
        let moved = |(file, line): (u32, u32)| (file + shift, line);
        self.files.extend(upper.files);
        let mut windows: Vec<((&str, &str, &str), Window)> = Vec::new();
        let mut order: Vec<&PriceRow> = upper.rows.iter().collect();
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        for group in order.chunk_by(|a, b| key(a) == key(b)) {
            let window = Window::of(group.iter().map(|row| (row.effective_from, row.effective_to)));
            windows.push((key(group[0]), window));
        }
        let lower =
            std::mem::take(&mut self.rows).into_iter().zip(std::mem::take(&mut self.places));
        for (row, place) in lower {
            let at = windows.binary_search_by(|(name, _)| name.cmp(&key(&row)));
            let Ok(at) = at else {
                self.rows.push(row);
                self.places.push(place);
                continue;
            };
            for (from, to) in windows[at].1.around(row.effective_from, row.effective_to) {
                self.rows.push(PriceRow { effective_from: from, effective_to: to, ..row.clone() });
                self.places.push(place);
            }
        }
        self.rows.extend(upper.rows);
        self.places.extend(upper.places.into_iter().map(moved));
        for (provider, region, machines) in upper.machines {
            let lower = self.machines_of(&provider, &region);
            // Of two rows of one machine, the first is laid over.
            let name = |(at, below): (usize, &MachineRow)| (below.row.dimension.clone(), at);
            let mut places: BTreeMap<String, usize> =
                lower.iter().enumerate().rev().map(name).collect();
            for mut machine in machines {
                machine.place = moved(machine.place);
                match places.entry(machine.row.dimension.clone()) {
                    Entry::Occupied(at) => lay_machine(&mut lower[*at.get()], machine),
                    Entry::Vacant(new) => {
                        new.insert(lower.len());
                        lower.push(machine);
                    }
                }
            }
        }
        for (limit, place) in upper.limits.into_iter().zip(upper.limit_places) {
            self.lay_limit(limit, moved(place), shift);
        }
        self.cold.extend(upper.cold);
        // A platform's curve is of one measurement.
        self.idle.retain(|(platform, _)| upper.idle.iter().all(|(other, _)| other != platform));
        self.idle.extend(upper.idle);
        upper.sizes.into_iter().for_each(|size| lay_size(&mut self.sizes, size));
        self.sources.extend(upper.sources);
        self.types.extend(upper.types);
        self.families.extend(upper.families);
        self.dated.extend(upper.dated);
        self.problems.extend(upper.problems);
    }

    /// The machines of a provider's region.
    pub(crate) fn machines_of(&mut self, provider: &str, region: &str) -> &mut Vec<MachineRow> {
        let here = |(p, r, _): &(String, String, _)| p == provider && r == region;
        let at = self.machines.iter().position(here).unwrap_or_else(|| {
            self.machines.push((provider.to_owned(), region.to_owned(), Vec::new()));
            self.machines.len() - 1
        });
        &mut self.machines[at].2
    }

    fn lay_limit(&mut self, limit: Limit, place: (u32, u32), book: u32) {
        let window = Window { from: limit.effective_from, to: limit.effective_to };
        // Another row of the same book is no longer touched: `check` finds what contradicts itself.
        let lower = std::mem::take(&mut self.limits);
        let places = std::mem::take(&mut self.limit_places);
        for (row, at) in lower.into_iter().zip(places) {
            if at.0 >= book || (&row.platform, &row.id) != (&limit.platform, &limit.id) {
                self.limits.push(row);
                self.limit_places.push(at);
                continue;
            }
            for (from, to) in window.around(row.effective_from, row.effective_to) {
                let (effective_from, effective_to) = (from, to);
                self.limits.push(Limit { effective_from, effective_to, ..row.clone() });
                self.limit_places.push(at);
            }
        }
        self.limits.push(limit);
        self.limit_places.push(place);
    }
}

/// A size takes the place of the one of its name, or stands behind all.
fn lay_size(lower: &mut Vec<Size>, upper: Size) {
    let same = |size: &&mut Size| (&size.service, &size.name) == (&upper.service, &upper.name);
    match lower.iter_mut().find(same) {
        Some(below) => *below = upper,
        None => lower.push(upper),
    }
}

/// A machine's price, its cap and its saving as spot are laid over each for itself; source and day are those of the
/// price, or of the saving where no row has a price.
fn lay_machine(below: &mut MachineRow, mut upper: MachineRow) {
    if !upper.spot.is_priced() {
        upper.spot = std::mem::take(&mut below.spot);
    }
    upper.month_cap = upper.month_cap.or(below.month_cap);
    if upper.priced || !below.priced {
        *below = upper;
    } else {
        (below.spot, below.month_cap) = (upper.spot, upper.month_cap);
    }
}

impl Window {
    /// From the first to the last day of several rows.
    fn of(rows: impl Iterator<Item = (Option<Date>, Option<Date>)> + Clone) -> Self {
        let from = rows.clone().map(|(from, _)| from).min().flatten();
        let open = rows.clone().any(|(_, to)| to.is_none());
        let to = if open { None } else { rows.filter_map(|(_, to)| to).max() };
        Self { from, to }
    }

    /// What is left of a row before and after.
    fn around(
        self,
        from: Option<Date>,
        to: Option<Date>,
    ) -> impl Iterator<Item = (Option<Date>, Option<Date>)> {
        let before = self.from.and_then(|begin| {
            let ends = to.map_or(begin, |to| to.min(begin));
            from.is_none_or(|from| from < ends).then_some((from, Some(ends)))
        });
        let after = self.to.and_then(|end| {
            let begins = from.map_or(end, |from| from.max(end));
            to.is_none_or(|to| begins < to).then_some((Some(begins), to))
        });
        before.into_iter().chain(after)
    }
}
