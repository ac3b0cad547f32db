//! Schedules as EventBridge reads them: six fields, Sunday first, and a `?` for the day that is not asked.

use model::Load;

use crate::Part;
use crate::kubernetes::for_kubernetes;

const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The schedule of a part, or why it has none here.
pub(crate) fn of(part: &Part<'_>) -> Result<String, String> {
    let Load::Cron { expression, .. } = &part.component.load else {
        return Err("no schedule is known".to_owned());
    };
    for_events(expression)
        .ok_or_else(|| format!("EventBridge has no schedule that means `{expression}`"))
}

/// `cron(…)` of five fields; `None` if it has no such schedule.
fn for_events(expression: &str) -> Option<String> {
    let plain = for_kubernetes(expression)?;
    let five = match plain.as_str() {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        other => other,
    };
    let fields: Vec<&str> = five.split_ascii_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return None };
    let any = |field: &str| matches!(field, "*" | "?");
    // Either of two days starts a run of cron; EventBridge takes one of them only.
    let (day, weekday) = match (any(day), any(weekday)) {
        (true, true) => ("*".to_owned(), "?".to_owned()),
        (false, true) => (day.to_owned(), "?".to_owned()),
        (true, false) => ("?".to_owned(), weekdays(weekday)?),
        (false, false) => return None,
    };
    Some(format!("cron({minute} {hour} {day} {} {weekday} *)", month.to_uppercase()))
}

fn weekdays(field: &str) -> Option<String> {
    let items: Option<Vec<String>> = field
        .split(',')
        .map(|item| {
            let ends: Option<Vec<&str>> = item.split('-').map(named).collect();
            Some(ends?.join("-"))
        })
        .collect();
    Some(items?.join(","))
}

fn named(day: &str) -> Option<&'static str> {
    let upper = day.to_uppercase();
    let by_name = DAYS.iter().copied().find(|name| *name == upper);
    by_name.or_else(|| DAYS.get(day.parse::<usize>().ok()?).copied())
}

#[cfg(test)]
mod tests {
    use super::for_events;

    #[test]
    fn one_of_the_two_days_is_asked_and_sunday_has_its_name() {
        for (given, expected) in [
            ("0 2 * * *", Some("cron(0 2 * * ? *)")),
            ("*/5 9-17 1,15 jan *", Some("cron(*/5 9-17 1,15 JAN ? *)")),
            ("0 0 * * 7", Some("cron(0 0 ? * SUN *)")),
            ("0 0 * * 1-5", Some("cron(0 0 ? * MON-FRI *)")),
            ("@daily", Some("cron(0 0 * * ? *)")),
            ("0 0 1 * 1", None),
            ("0 0 * * 1-5/2", None),
            ("nonsense", None),
        ] {
            assert_eq!(for_events(given).as_deref(), expected, "{given}");
        }
    }
}
