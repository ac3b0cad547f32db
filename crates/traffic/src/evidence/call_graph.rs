//! Who calls whom, without how often: matrices of services by services, tables of `Source,Target,Weight`, and
//! columns that are named `caller_callee`. Rows call columns; a weight has no unit and is none.

use crate::evidence::service_metrics::service;
use crate::evidence::{Head, Kind};
use crate::findings;
use crate::gathering::source::{Source, Taken};
use crate::gathering::table::{column, fields, names, number, text};
use crate::gathering::{Call, Gathered};

pub(super) const KIND: Kind = Kind {
    id: "call-graph-csv",
    name: "call graph without counts",
    fits: |head| shape(head).is_some(),
    read,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `,a,b` and below it rows `a,0.0,1.0`.
    Matrix,
    /// `Source,Target,Weight`.
    Pairs,
    /// `time,timestamp,caller_callee,…`.
    Columns,
}

fn shape(head: &Head<'_>) -> Option<Shape> {
    if head.columns(&["Source", "Target"]) {
        return Some(Shape::Pairs);
    }
    let first = head.first_line();
    if first.starts_with(b",") && square(head) {
        return Some(Shape::Matrix);
    }
    let pairs = first.starts_with(b"time,timestamp,")
        && first.split(|&b| b == b',').skip(2).all(|n| n.contains(&b'_'));
    pairs.then_some(Shape::Columns)
}

/// Whether the second row is named as the first column is.
fn square(head: &Head<'_>) -> bool {
    let mut lines = head.bytes.split(|&b| b == b'\n');
    let header = lines.next().map(|line| fields(line).nth(1).map(std::borrow::Cow::into_owned));
    let row = lines.next().map(|line| fields(line).next().map(std::borrow::Cow::into_owned));
    header.is_some() && header == row
}

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected =
        "`caller,callee,weight` in each row, or one number for each column of the header";
    let mut header: Option<(Vec<String>, Option<Shape>)> = None;
    let mut called: Vec<bool> = Vec::new();
    let (mut hosts, mut unparted, mut timed) = (0_u64, 0_u64, false);
    source.each_line(|_, line| {
        let Some((header, shape)) = &header else {
            let two = [line, b"\n"].concat();
            let at_once = shape(&Head { bytes: &two });
            // A matrix is known by its second row, which is not here yet.
            let shape = at_once.or_else(|| line.starts_with(b",").then_some(Shape::Matrix));
            let names = names(line);
            called = vec![false; names.len()];
            timed = shape == Some(Shape::Columns);
            header = Some((names, shape));
            return Taken::Aside;
        };
        let row: Vec<_> = fields(line).collect();
        match shape {
            Some(Shape::Pairs) => {
                let of = |wanted: &str| text(column(header, wanted).and_then(|at| row.get(at)));
                let (from, to) = (of("Source"), of("Target"));
                if from.is_empty() || to.is_empty() {
                    return Taken::Skipped("without a caller or a callee");
                }
                if to.parse::<std::net::IpAddr>().is_ok() {
                    hosts += 1;
                    return Taken::Aside;
                }
                pair(into, &from, &to);
                Taken::Kept
            }
            Some(Shape::Matrix) => {
                let from = text(row.first());
                if from.is_empty() || row.len() != header.len() {
                    return Taken::Skipped("with missing or broken fields");
                }
                for (to, cell) in header.iter().zip(&row).skip(1) {
                    match number(Some(cell)) {
                        Some(weight) if weight > 0.0 && !to.is_empty() => pair(into, &from, to),
                        Some(_) => {}
                        None => return Taken::Skipped("with broken numbers"),
                    }
                }
                Taken::Kept
            }
            Some(Shape::Columns) => {
                let mut any = false;
                for (seen, cell) in called.iter_mut().zip(&row).skip(2) {
                    let is = number(Some(cell)).is_some_and(|value| value > 0.0);
                    *seen |= is;
                    any |= is;
                }
                if any { Taken::Kept } else { Taken::Skipped("without a number") }
            }
            None => Taken::Skipped("below a header that names no callers"),
        }
    });
    let columns = header.map(|(names, _)| names).unwrap_or_default();
    for (name, _) in columns.iter().zip(called).filter(|(_, seen)| *seen) {
        match name.split_once('_') {
            Some((from, to)) if !to.contains('_') && !from.is_empty() && !to.is_empty() => {
                pair(into, from, to);
            }
            _ => unparted += 1,
        }
    }
    notes(source, hosts, unparted, timed);
}

fn pair(into: &mut Gathered, from: &str, to: &str) {
    let (from, to) = (service(from), service(to));
    if from != to {
        let (from, to) = (from.to_owned(), to.to_owned());
        into.call(Call { from, to, calls: 0, requests: 0, message: false });
    }
}

fn notes(source: &mut Source<'_>, hosts: u64, unparted: u64, timed: bool) {
    if source.kept == 0 {
        return;
    }
    let name = source.name.clone();
    source.tell(findings::untold(
        &name,
        "how often one calls another",
        "write `calls: [{ to: cart, times: 2 }]` in the definition, or give traces, which count the calls",
    ));
    if timed {
        source.tell(findings::untold(
            &name,
            "in what unit its latencies are",
            "give traces, or a table whose header has the unit, such as `LatencyP50(s)`",
        ));
    }
    if hosts > 0 {
        let what = format!("{hosts} rows lead to an address and no service: left out");
        source.tell(findings::taken_as(&name, &what));
    }
    if unparted > 0 {
        let what =
            format!("{unparted} columns do not part caller and callee with one `_`: left out");
        source.tell(findings::taken_as(&name, &what));
    }
}
