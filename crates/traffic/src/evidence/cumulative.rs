//! Cumulative distributions: `value,share of values up to it`, with or without a header, both ascending. They are
//! shown as what they are: a file says neither what time it covers nor whose values they are.

use crate::evidence::{Head, Kind};
use crate::findings;
use crate::gathering::reference::{Reference, of_cumulative};
use crate::gathering::source::{Source, Taken};
use crate::gathering::table::{column_of, fields, names, number};
use crate::gathering::{Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "cumulative-distribution",
    name: "cumulative distribution",
    fits: |head| {
        let header = names(head.first_line());
        header.len() >= 2 && column_of(&header, &SHARES) == Some(1) || rises(head)
    },
    read,
};

const SHARES: [&str; 3] = ["F(x)", "cdf", "cumulative_probability"];
/// Rows that must fit before a table without a header is taken for a distribution.
const ROWS: usize = 20;
/// Steps that are kept at the most.
const STEPS_MAX: usize = 1_000_000;

/// Two columns that never fall, the second a share, the first no time since 1970.
fn rises(head: &Head<'_>) -> bool {
    let mut lines = head.bytes.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let (mut last, mut rows) = ((0.0, 0.0), 0);
    for line in lines.by_ref().take(ROWS) {
        let row: Vec<_> = fields(line).collect();
        let (Some(value), Some(share)) = (number(row.first()), number(row.get(1))) else {
            return false;
        };
        let first_time = 1e8;
        if row.len() != 2 || value > first_time || !follows(last, (value, share)) {
            return false;
        }
        (last, rows) = ((value, share), rows + 1);
    }
    rows == ROWS && last.1 > 0.0
}

fn follows(last: (f64, f64), now: (f64, f64)) -> bool {
    (0.0..=1.0 + 1e-6).contains(&now.1) && now.0 >= last.0 && now.1 >= last.1
}

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected = "`value,share` in each row, both ascending, the share from 0 to 1";
    let (name, stem) = (source.name.clone(), source.stem().to_owned());
    let mut quantity = String::new();
    let mut count_at = None;
    let mut steps: Vec<(f64, f64)> = Vec::new();
    let mut counted = 0.0;
    source.each_line(|n, line| {
        let row: Vec<_> = fields(line).collect();
        let pair = number(row.first()).zip(number(row.get(1)));
        if n == 1 && pair.is_none() {
            let header = names(line);
            count_at = column_of(&header, &["count"]);
            quantity = header.into_iter().next().unwrap_or_default();
            return Taken::Aside;
        }
        let Some(step) = pair else {
            return Taken::Skipped("with missing or broken fields");
        };
        if !follows(steps.last().copied().unwrap_or((f64::NEG_INFINITY, 0.0)), step) {
            return Taken::Skipped("that fall, where a distribution rises from 0 to 1");
        }
        if steps.len() >= STEPS_MAX {
            return Taken::Skipped("beyond the million steps that are kept");
        }
        counted += count_at.and_then(|at| number(row.get(at))).filter(|n| *n >= 0.0).unwrap_or(0.0);
        steps.push(step);
        Taken::Kept
    });
    if steps.is_empty() {
        return;
    }
    let summary = Summary { count: counted as u64, mean: None, quantiles: of_cumulative(&steps) };
    let what = if quantity.is_empty() {
        "what its values are, in what unit, or whose"
    } else {
        "in what unit its values are, or whose"
    };
    into.reference(Reference {
        of: stem,
        quantity,
        unit: "",
        summary,
        spread: None,
        rests_on: name.clone(),
    });
    source.tell(findings::untold(
        &name,
        what,
        "it is shown, and nothing is planned with it: give the measurements of your own services",
    ));
}
