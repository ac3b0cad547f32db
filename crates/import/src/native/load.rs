//! How often a component is asked.

use model::{Fact, Load, Shape};
use source::Finding;
use source::yaml::{Node, Value};
use traffic::Cron;
use units::{Date, Duration};

use super::fields::{Fields, items_of, name_of, parse_at, text_of};
use super::keys::{LOAD, SHAPE};
use super::values::{
    FIRING, count, decimal, error, every, factor_within, growth, rate, share, within,
};
use crate::defaults;
use crate::findings::{BAD_SCHEDULE, CONTRADICTION, TOO_MANY, UNKNOWN_KEY};
use crate::names;

/// Shapes on one load at most.
const SHAPES_MAX: usize = 10;
/// A burst is at most this many times the base rate.
const FACTOR_MAX: f64 = 100_000.0;

/// Reads `3M/month`, `routed`, or a mapping.
pub(super) fn read(node: &Node, path: &str, findings: &mut Vec<Finding>) -> Load {
    if !matches!(node.value, Value::Mapping(_)) {
        let Some(text) = text_of(node, path, "3M/month", findings) else { return Load::Unknown };
        if text.trim() == "routed" {
            return Load::Routed;
        }
        return match parse_at(text, node, (path, "3M/month"), findings, rate) {
            Some((rate, span)) => {
                Load::Rate { rate: Fact::declared(rate, span), shapes: Vec::new() }
            }
            None => Load::Unknown,
        };
    }
    let Some(fields) = Fields::open(node, &LOAD, path, findings) else { return Load::Unknown };
    let sources: Vec<&str> =
        ["rate", "trace", "cron"].into_iter().filter(|key| fields.has(key)).collect();
    let load = match sources.as_slice() {
        ["rate"] => from_rate(&fields, findings),
        ["trace"] => from_trace(&fields, findings),
        ["cron"] => from_cron(&fields, findings),
        [] => {
            let message = format!("{path}: neither `rate`, `trace` nor `cron` is given");
            let finding = node.mark(Finding::error(CONTRADICTION, message));
            findings.push(finding.hint("write one, such as `{ rate: 40/s, shape: day-night }`"));
            Load::Unknown
        }
        several => {
            let message = format!("{path}: `{}` cannot stand together", several.join("` and `"));
            findings.push(node.mark(Finding::error(CONTRADICTION, message)).hint("choose one"));
            Load::Unknown
        }
    };
    for (key, with) in [("shape", "rate"), ("growth", "rate"), ("requests", "cron")] {
        if fields.has(key) && sources.as_slice() != [with] {
            let message = format!("`{}` goes with `{with}` only", fields.path_of(key));
            findings.push(Finding::error(CONTRADICTION, message).at(fields.span(key)));
        }
    }
    load
}

fn from_rate(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Load {
    let rate = fields.fact("rate", findings, rate);
    let mut shapes = Vec::new();
    if let Some(node) = fields.get("shape") {
        let path = fields.path_of("shape");
        for item in items_of(node) {
            if shapes.len() == SHAPES_MAX {
                let message =
                    format!("{path}: more than {SHAPES_MAX} shapes; the rest is not read");
                findings.push(item.mark(Finding::error(TOO_MANY, message)));
                break;
            }
            shapes.extend(shape(item, &path, findings));
        }
    }
    if let Some((per_month, at)) = fields.parsed("growth", findings, growth) {
        if shapes.iter().any(|shape| matches!(shape, Shape::Growth { .. })) {
            let message = format!("{}: the shape says how it grows, too", fields.path_of("growth"));
            findings.push(Finding::error(CONTRADICTION, message).at(at).hint("keep one of them"));
        } else {
            shapes.push(Shape::Growth { per_month, months: defaults::GROWTH_MONTHS });
        }
    }
    match rate {
        Some(rate) => Load::Rate { rate, shapes },
        None => Load::Unknown,
    }
}

fn from_trace(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Load {
    match fields.parsed("trace", findings, file_name) {
        Some((path, span)) => Load::Trace { path, span: Some(span) },
        None => Load::Unknown,
    }
}

fn file_name(text: &str) -> Result<String, units::ParseError> {
    let fine = !text.trim().is_empty() && text.len() <= 1000 && !text.chars().any(char::is_control);
    if fine {
        Ok(text.to_owned())
    } else {
        Err(error(
            format!("{} is not a file name", names::quoted(text)),
            "write a path beside this file: `uploads.csv`",
        ))
    }
}

fn from_cron(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Load {
    let requests = fields.parsed("requests", findings, within(count, FIRING));
    let Some((text, node)) = fields.text("cron", findings) else { return Load::Unknown };
    if let Err(e) = Cron::parse(text) {
        let message = format!("{}: {}", fields.path_of("cron"), e.message);
        findings.push(node.mark(Finding::error(BAD_SCHEDULE, message)).hint(e.hint));
        return Load::Unknown;
    }
    let requests = requests.map_or(1, |(requests, _)| requests);
    Load::Cron { expression: text.trim().to_owned(), requests, span: Some(node.span) }
}

/// One shape; `None` is `flat`, or comes with a finding.
fn shape(node: &Node, path: &str, findings: &mut Vec<Finding>) -> Option<Shape> {
    let day_night = Shape::DayNight {
        peak_to_mean: defaults::DAY_NIGHT_PEAK,
        peak_hour: defaults::DAY_NIGHT_HOUR,
    };
    let weekly = Shape::Weekly { weekend: defaults::weekend() };
    if !matches!(node.value, Value::Mapping(_)) {
        let text = text_of(node, path, "day-night", findings)?;
        let all = [("flat", None), ("day-night", Some(day_night)), ("weekly", Some(weekly))];
        return name_of(text.trim(), node, path, &all, findings).flatten();
    }
    let fields = Fields::open(node, &SHAPE, path, findings)?;
    // The key that says which shape it is, and those that may stand beside it.
    let forms: [(&str, &[&str]); 5] = [
        ("day-night", &["peak_hour"]),
        ("weekly", &[]),
        ("spike", &["for", "every"]),
        ("event", &["factor", "for"]),
        ("growth", &["months"]),
    ];
    let given: Vec<_> = forms.iter().filter(|(key, _)| fields.has(key)).collect();
    let [(form, beside)] = given.as_slice() else {
        let message = match given.len() {
            0 => format!("{path}: this says no shape"),
            _ => format!("{path}: this is several shapes at once"),
        };
        let hint = "write one of day-night, weekly, spike, event, growth; several go into a list";
        findings.push(node.mark(Finding::error(CONTRADICTION, message)).hint(hint));
        return None;
    };
    for key in SHAPE.names() {
        if fields.has(key) && key != *form && !beside.contains(&key) {
            let message = format!("`{}` does not go with `{form}`", fields.path_of(key));
            findings.push(Finding::error(UNKNOWN_KEY, message).at(fields.span(key)));
        }
    }
    match *form {
        "day-night" => {
            let (peak_to_mean, _) =
                fields.parsed("day-night", findings, factor_within(1.0, 2.0))?;
            let hour = fields.parsed("peak_hour", findings, hour);
            let peak_hour = hour.map_or(defaults::DAY_NIGHT_HOUR, |(hour, _)| hour);
            Some(Shape::DayNight { peak_to_mean, peak_hour })
        }
        "weekly" => {
            let (weekend, _) = fields.parsed("weekly", findings, share)?;
            Some(Shape::Weekly { weekend })
        }
        "spike" => spike(&fields, findings),
        "event" => event(&fields, findings),
        _ => {
            fields.require("months", findings);
            let months = fields.parsed("months", findings, within(count, (1, 120)));
            let (per_month, _) = fields.parsed("growth", findings, growth)?;
            Some(Shape::Growth { per_month, months: months?.0 as u32 })
        }
    }
}

fn spike(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Option<Shape> {
    fields.require("for", findings);
    fields.require("every", findings);
    let factor = fields.parsed("spike", findings, factor_within(1.0, FACTOR_MAX));
    let length = fields.parsed(
        "for",
        findings,
        within(Duration::parse, (Duration::SECOND, Duration::DAY * 7)),
    );
    let every = fields.parsed("every", findings, every);
    let ((factor, _), (length, at), (every, at_every)) = (factor?, length?, every?);
    if length >= every {
        let message = format!(
            "{}: it lasts {length} and comes every {every}, so it never ends",
            fields.path_of("for")
        );
        findings.push(
            Finding::error(CONTRADICTION, message).at(at).labelled(at_every, "how often it comes"),
        );
        return None;
    }
    Some(Shape::Spike { factor, length, every })
}

fn event(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Option<Shape> {
    fields.require("factor", findings);
    fields.require("for", findings);
    let on = fields.parsed("event", findings, Date::parse);
    let factor = fields.parsed("factor", findings, factor_within(1.0, FACTOR_MAX));
    let range = (Duration::MINUTE, Duration::DAY * 31);
    let length = fields.parsed("for", findings, within(Duration::parse, range));
    Some(Shape::Event { on: on?.0, factor: factor?.0, length: length?.0 })
}

/// `14` or `14:00`.
fn hour(text: &str) -> Result<u8, units::ParseError> {
    let bare = text.trim().trim_end_matches(":00");
    match decimal(bare) {
        Ok(value) if value.fract() == 0.0 && value < 24.0 => Ok(value as u8),
        _ => Err(error(format!("`{text}` is not an hour"), "write 0 to 23, in UTC")),
    }
}
