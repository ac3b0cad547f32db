//! `rate(…)` and `cron(…)` of AWS as the five fields that the model has.

use model::{Fact, Load, Origin, OriginKind};
use source::{Finding, Span};
use units::{Duration, Rate};

use crate::findings::{BAD_SCHEDULE, NOT_USED};
use crate::names::quoted;

/// One schedule as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clock {
    /// `rate(5 minutes)`, `cron(…)`.
    pub expression: String,
    /// Where it stands.
    pub span: Span,
    /// The time zone it is meant in, with its place.
    pub zone: Option<(String, Span)>,
    /// Where it is switched off.
    pub off: Option<Span>,
}

/// What a load by the clock cannot hold: a time zone, and that it is switched off.
pub(crate) fn not_planned(
    id: &str,
    zone: Option<(&str, Span)>,
    off: Option<Span>,
    findings: &mut Vec<Finding>,
) {
    let universal = |zone: &str| matches!(zone, "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT" | "Z");
    if let Some((zone, span)) = zone.filter(|(zone, _)| !universal(zone)) {
        let message =
            format!("{id}: its schedule is read as UTC, not in the time zone {}", quoted(zone));
        findings.push(Finding::note(NOT_USED, message).at(span));
    }
    if let Some(span) = off {
        let message = format!("{id}: its schedule is switched off, and is planned as if it ran");
        findings.push(Finding::note(NOT_USED, message).at(span));
    }
}

/// The load of a schedule; a finding and nothing if it cannot be read.
pub(crate) fn load(id: &str, text: &str, span: Span, findings: &mut Vec<Finding>) -> Load {
    let trimmed = text.trim();
    let inside = |name: &str| {
        trimmed.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')').map(str::trim)
    };
    let read = if let Some(rate) = inside("rate") {
        every(rate).map(|every| at_rate(every, span))
    } else if let Some(fields) = inside("cron") {
        cron(fields, span)
    } else if inside("at").is_some() {
        // Once: nothing that a month would notice.
        return Load::Unknown;
    } else {
        cron(trimmed, span)
    };
    read.unwrap_or_else(|| {
        let message = format!("{id}: {} is not a schedule that can be read here", quoted(trimmed));
        let hint = "write `rate(5 minutes)` or `cron(0 12 * * ? *)`, or `--set` its load";
        findings.push(Finding::warning(BAD_SCHEDULE, message).at(span).hint(hint));
        Load::Unknown
    })
}

/// `5 minutes`.
fn every(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(char::is_whitespace)?;
    let number: u64 = number.parse().ok().filter(|n| (1..=100_000).contains(n))?;
    let unit = match unit.trim().trim_end_matches('s') {
        "minute" => Duration::MINUTE,
        "hour" => Duration::HOUR,
        "day" => Duration::DAY,
        _ => return None,
    };
    Some(unit * number)
}

/// A steady beat: as a cron expression where one says it, else as a rate.
fn at_rate(every: Duration, span: Span) -> Load {
    let minutes = every.nanos() / Duration::MINUTE.nanos();
    let expression = match minutes {
        1 => Some("* * * * *".to_owned()),
        n if n < 60 && 60 % n == 0 => Some(format!("*/{n} * * * *")),
        60 => Some("0 * * * *".to_owned()),
        n if n % 60 == 0 && n < 1440 && 24 % (n / 60) == 0 => Some(format!("0 */{} * * *", n / 60)),
        1440 => Some("0 0 * * *".to_owned()),
        _ => None,
    };
    if let Some(expression) = expression {
        return Load::Cron { expression, requests: 1, span: Some(span) };
    }
    let month = Duration::MONTH.secs_f64();
    let rate = Rate::per_second(month / every.secs_f64() / month);
    let origin = Origin { kind: OriginKind::Declared, span: Some(span), note: String::new() };
    Load::Rate { rate: Fact::Known(rate, origin), shapes: Vec::new() }
}

/// Six fields of AWS (minute, hour, day, month, weekday from 1 = Sunday, year) or five of everybody else.
fn cron(text: &str, span: Span) -> Option<Load> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let expression = match fields.as_slice() {
        [minute, hour, day, month, weekday, _year] => {
            let any = |field: &str| field.replace('?', "*");
            format!("{minute} {hour} {} {month} {}", any(day), weekdays(&any(weekday)))
        }
        [_, _, _, _, _] => fields.join(" "),
        _ => return None,
    };
    traffic::Cron::parse(&expression).ok()?;
    Some(Load::Cron { expression, requests: 1, span: Some(span) })
}

/// Weekdays counted from 1 = Sunday, counted from 0.
fn weekdays(field: &str) -> String {
    let mut out = String::new();
    let mut step = false;
    for c in field.chars() {
        match c {
            '/' => step = true,
            ',' | '-' => step = false,
            _ => {}
        }
        match c.to_digit(10) {
            Some(day) if !step && (1..=7).contains(&day) => out.push_str(&(day - 1).to_string()),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let span = Span::new(source::FileId(0), 0, 0);
        match load("f", text, span, &mut Vec::new()) {
            Load::Cron { expression, .. } => Some(expression),
            Load::Rate { rate, .. } => {
                rate.get().map(|rate| format!("{:.1}/day", rate.hertz() * 86_400.0))
            }
            _ => None,
        }
    }

    #[test]
    fn schedules_of_aws_in_five_fields() {
        for (text, expected) in [
            ("rate(1 minute)", "* * * * *"),
            ("rate(5 minutes)", "*/5 * * * *"),
            ("rate(7 minutes)", "205.7/day"),
            ("rate(2 hours)", "0 */2 * * *"),
            ("rate(1 day)", "0 0 * * *"),
            ("rate(10 days)", "0.1/day"),
            ("cron(0 12 * * ? *)", "0 12 * * *"),
            ("cron(15 10 ? * MON-FRI *)", "15 10 * * MON-FRI"),
            ("cron(0 8 ? * 2-6 *)", "0 8 * * 1-5"),
            ("0 0 * * *", "0 0 * * *"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for bad in [
            "rate(0 minutes)",
            "rate(5 fortnights)",
            "cron(x)",
            "sometimes",
            "at(2026-01-01T00:00:00)",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
