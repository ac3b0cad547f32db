//! Every finding about traffic, with its id. Ids are never reused.

mod evidence;
mod log;
mod trace;

pub(crate) use evidence::*;
pub(crate) use log::*;
use source::{Finding, Span};
pub(crate) use trace::*;
use units::{Date, Duration};

use crate::recorded::thousands;

fn placed(finding: Finding, span: Option<Span>) -> Finding {
    match span {
        Some(span) => finding.at(span),
        None => finding,
    }
}

/// TR001: a burst is shorter than the minutes that rates are kept in.
pub(crate) fn short_burst(factor: f64, length: Duration) -> Finding {
    Finding::warning(
        "TR001",
        format!("a burst of {factor}× for {length} is spread over its minute"),
    )
    .hint("give a recording (`load: { trace: FILE }`) if what happens within a minute matters")
}

/// TR002: a dated event lies outside the month that is planned for.
pub(crate) fn event_outside(on: Date, first: Date) -> Finding {
    Finding::warning(
        "TR002",
        format!("the event on {on} is left out: the month planned for is the one around {first}"),
    )
    .hint("plan again with this event alone")
}

/// TR003: a schedule cannot be read or never comes due.
pub(crate) fn bad_schedule(owner: &str, message: &str, hint: &str, span: Option<Span>) -> Finding {
    placed(Finding::error("TR003", format!("the schedule of `{owner}`: {message}")), span)
        .hint(hint)
}

/// TR004: calls go round in a circle.
pub(crate) fn call_cycle(ids: &[&str]) -> Finding {
    Finding::error(
        "TR004",
        format!("the calls go round in a circle, so no load follows: {}", ids.join(" → ")),
    )
    .hint("declare the load of one of them")
}

/// TR005: nobody said what the load is.
pub(crate) fn unknown_load(owner: &str, span: Option<Span>) -> Finding {
    placed(Finding::warning("TR005", format!("the load of `{owner}` is unknown")), span)
        .hint("add `load: 3M/month`, or a log with `--traffic access.log`")
}

/// TR006: a load is said to follow from calls, and nothing calls.
pub(crate) fn no_caller(owner: &str, span: Option<Span>) -> Finding {
    placed(
        Finding::warning(
            "TR006",
            format!("the load of `{owner}` should follow from its callers, but nothing calls it"),
        ),
        span,
    )
    .hint("add a call to it, or declare its load")
}

/// TR029: a load follows from callers whose own load nobody knows.
pub(crate) fn unknown_caller(owner: &str, callers: &[&str], span: Option<Span>) -> Finding {
    let callers = callers.join(", ");
    placed(
        Finding::warning(
            "TR029",
            format!(
                "the load of `{owner}` follows from its callers ({callers}), whose load is unknown"
            ),
        ),
        span,
    )
    .hint("declare the load of the callers, or that of the component itself")
}

/// TR007: traffic was to be routed to a component, and none was given or none matched.
pub(crate) fn nothing_routed(owner: &str, span: Option<Span>) -> Finding {
    placed(
        Finding::warning("TR007", format!("no recorded traffic belongs to `{owner}`")),
        span,
    )
    .hint("give a log with `--traffic access.log` and the component's `paths`, or declare its load")
}

/// TR008: a path pattern can only be followed up to its wildcard.
pub(crate) fn wildcard(owner: &str, written: &str, prefix: &str, span: Option<Span>) -> Finding {
    let used = if prefix.is_empty() { "/" } else { prefix };
    placed(
        Finding::warning(
            "TR008",
            format!("the path `{written}` of `{owner}` has a wildcard inside: `{used}` is used"),
        ),
        span,
    )
    .hint("`paths` are prefixes of whole segments, such as `/api`")
}

/// TR009: two components claim the same prefix.
pub(crate) fn same_prefix(prefix: &str, first: &str, second: &str, span: Option<Span>) -> Finding {
    let prefix = if prefix.is_empty() { "/" } else { prefix };
    placed(
        Finding::warning(
            "TR009",
            format!("both `{first}` and `{second}` claim `{prefix}`: it goes to `{first}`"),
        ),
        span,
    )
    .hint("give each its own prefix")
}

/// TR010: more than one component would take what fits nothing else.
pub(crate) fn several_without_paths(ids: &[&str]) -> Finding {
    Finding::warning(
        "TR010",
        format!("routed load without `paths` on more than one component: {}", ids.join(", ")),
    )
    .hint("give all but one of them `paths`")
}
