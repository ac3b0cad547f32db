//! What must hold over all rows together, and what is worth looking at.

use units::Date;

use crate::prices::Catalog;
use crate::problem::{Problem, ProblemKind};
use crate::read::Raw;
use crate::row::PriceRow;

/// Days after which an observed price should be looked up again.
pub const FRESH_DAYS: i64 = 180;

/// Units that bills know; a new one is one line here.
pub(crate) const UNITS: &[&str] = &[
    "ACU-hour",
    "CPU-ms",
    "EPU-hour",
    "GB",
    "GB-hour",
    "GB-month",
    "GB-s",
    "LCU-hour",
    "NLCU-hour",
    "RCU-hour",
    "WCU-hour",
    "alarm-month",
    "event",
    "fraction",
    "hour",
    "job-month",
    "message",
    "metric-month",
    "minute",
    "month",
    "operation",
    "query",
    "request",
    "secret-month",
    "transition",
    "vCPU-hour",
    "vCPU-s",
    "zone-month",
];

/// Whether what was observed then, or on no day that is known, should be looked up again on `day`.
pub fn is_stale(observed: Option<Date>, day: Date) -> bool {
    observed.is_none_or(|seen| age_days(seen, day) > FRESH_DAYS)
}

fn age_days(seen: Date, day: Date) -> i64 {
    day.days_since_epoch() - seen.days_since_epoch()
}

impl PriceRow {
    /// Days since it was observed; `None` if the source had no date.
    pub fn age_days(&self, day: Date) -> Option<i64> {
        self.observed.map(|seen| age_days(seen, day))
    }

    /// Whether it is in force on `day` or later, and was observed too long before.
    pub fn is_stale(&self, day: Date) -> bool {
        self.effective_to.is_none_or(|to| to > day) && is_stale(self.observed, day)
    }
}

/// Checks every row alone and every dimension as a whole; `order` sorts rows by key, day and tier.
pub(crate) fn broken(raw: &Raw, order: &[u32]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |at: u32, what: String, remedy: &str| {
        let (file, line) = raw.places[at as usize];
        let file = &raw.files[file as usize];
        problems.push(Problem::broken(file, u64::from(line), what, remedy));
    };
    for &at in order {
        let row = &raw.rows[at as usize];
        if !UNITS.contains(&row.unit.as_str()) {
            let what = format!("`{}` is not a unit that bills know", row.unit);
            say(at, what, "use one of those in use, or add it to the list of units");
        }
        if !raw.sources.contains_key(&row.source) {
            let what = format!("the source `{}` is not in sources.csv", row.source);
            say(at, what, "add a line there that says what it is");
        }
        if row.observed.is_none() {
            say(at, "no observed date".to_owned(), "write the day on which you read the price");
        }
        if row.tier_to.is_some_and(|to| to <= row.tier_from) {
            say(at, "the tier ends before it begins".to_owned(), "tier_to is above tier_from");
        }
        if let (Some(from), Some(to)) = (row.effective_from, row.effective_to)
            && to <= from
        {
            say(at, "the row ends before it is in force".to_owned(), "swap the two dates");
        }
    }
    for group in order.chunk_by(|&a, &b| key(&raw.rows[a as usize]) == key(&raw.rows[b as usize])) {
        dimension(raw, group, &mut say);
    }
    problems.extend(limits(raw));
    problems
}

/// Quotas: an explained source each, and one value a day.
fn limits(raw: &Raw) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut order: Vec<usize> = (0..raw.limits.len()).collect();
    let key = |at: usize| (&raw.limits[at].platform, &raw.limits[at].id);
    order.sort_by_key(|&at| (key(at), raw.limits[at].effective_from));
    let mut say = |at: usize, what: String, remedy: &str| {
        let (file, line) = raw.limit_places[at];
        problems.push(Problem::broken(&raw.files[file as usize], line.into(), what, remedy));
    };
    for (i, &at) in order.iter().enumerate() {
        let limit = &raw.limits[at];
        if !raw.sources.contains_key(&limit.source) {
            let what = format!("the source `{}` is not in sources.csv", limit.source);
            say(at, what, "add a line there that says what it is");
        }
        let before = i.checked_sub(1).map(|i| order[i]).filter(|&before| key(before) == key(at));
        let meets = |before: usize| match (raw.limits[before].effective_to, limit.effective_from) {
            (Some(to), Some(from)) => to <= from,
            _ => false,
        };
        if before.is_some_and(|before| !meets(before)) {
            let what = format!("`{}` has two values on one day", limit.row());
            say(at, what, "end the older row with effective_to");
        }
    }
    problems
}

/// One dimension: on each day the tiers run from 0 to infinity without gap or overlap.
fn dimension(raw: &Raw, group: &[u32], say: &mut impl FnMut(u32, String, &str)) {
    let row = |at: u32| &raw.rows[at as usize];
    // The set of tiers changes only on these days.
    let mut days: Vec<Option<Date>> =
        group.iter().flat_map(|&at| [row(at).effective_from, row(at).effective_to]).collect();
    days.retain(Option::is_some);
    days.push(None);
    days.sort();
    days.dedup();
    let mut before_had_rows = false;
    let mut said_gap = false;
    for (i, day) in days.iter().enumerate() {
        let in_force = |at: &&u32| match day {
            Some(day) => row(**at).in_force(*day),
            None => row(**at).effective_from.is_none(),
        };
        let tiers: Vec<u32> = group.iter().filter(in_force).copied().collect();
        let Some(&first) = tiers.first() else {
            // Not yet sold, or no longer: fine, unless it comes back later.
            let comes_back = before_had_rows && i + 1 < days.len();
            if comes_back && !said_gap {
                let name = &row(group[0]).dimension;
                say(group[0], format!("`{name}` has no price for a while"), "let the dates meet");
                said_gap = true;
            }
            continue;
        };
        before_had_rows = true;
        let name = &row(first).dimension;
        if row(first).tier_from != 0 {
            say(first, format!("`{name}` has no tier from 0"), "begin the first tier at 0");
        }
        for pair in tiers.windows(2) {
            let (low, high) = (row(pair[0]), row(pair[1]));
            match low.tier_to {
                Some(to) if to == high.tier_from => {}
                Some(to) if to < high.tier_from => {
                    let what = format!("`{name}` has a gap from {to} to {}", high.tier_from);
                    say(pair[1], what, "let tier_from be the tier_to of the row before");
                }
                _ => {
                    let what = format!("`{name}` has two prices for the same units and days");
                    say(pair[1], what, "end the older row with effective_to, or set tier_to");
                }
            }
        }
        let allowance = row(first).region == ACCOUNT;
        if let Some(&last) = tiers.last()
            && row(last).tier_to.is_some() != allowance
        {
            let what = format!("`{name}`: a price runs to infinity and an allowance ends");
            say(
                last,
                what,
                "leave the last tier_to of a price empty; give an allowance its tier_to",
            );
        }
    }
}

/// The region of allowances.
pub(crate) const ACCOUNT: &str = "account";

/// What a row is looked up by.
pub(crate) fn key(row: &PriceRow) -> (&str, &str, &str) {
    (&row.service, &row.region, &row.dimension)
}

/// Rows of `catalog` that want attention on the day `today`: doubtful ones, and stale ones that are still in
/// force. Broken rows never get this far: such a catalogue does not load.
pub(crate) fn verify(catalog: &Catalog, today: Date) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, row) in catalog.rows().iter().enumerate() {
        let (file, line) = catalog.place(at);
        let mut say = |kind, what, remedy: &str| {
            let (file, remedy) = (file.to_owned(), remedy.to_owned());
            problems.push(Problem { kind, file, line, what, remedy });
        };
        let name = format!("{} {} {}", row.service, row.region, row.dimension);
        if let Some(days) = row.age_days(today).filter(|_| row.is_stale(today)) {
            let what = format!("{name} was observed {days} days ago");
            say(ProblemKind::Stale, what, "look it up again and write the new date");
        }
        if row.doubtful {
            let note = if row.note.is_empty() { &row.source } else { &row.note };
            let what = format!("{name} is doubtful: {note}");
            say(ProblemKind::Doubtful, what, "find the provider's own figure and its date");
        }
    }
    problems
}
