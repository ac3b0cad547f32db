//! Schedules as the CronJob controller reads them.

const NAMES: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The same schedule in the controller's dialect, in which Sunday is 0 alone and no range runs past Saturday;
/// `None` if it has none. It knows five fields and the names that begin with `@`.
pub(crate) fn for_kubernetes(expression: &str) -> Option<String> {
    let expression = expression.trim();
    if expression.starts_with('@') {
        let known =
            ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
        let lower = expression.to_lowercase();
        return known.contains(&lower.as_str()).then_some(lower);
    }
    let fields: Vec<&str> = expression.split_ascii_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return None };
    let plain =
        |field: &str| field.chars().all(|c| c.is_ascii_alphanumeric() || "*/,-?".contains(c));
    let other = |field: &str| field.chars().any(|c| matches!(c, 'L' | 'W' | '#'));
    if !fields.iter().all(|field| plain(field))
        || [minute, hour, day].iter().any(|field| other(field))
    {
        return None;
    }
    let items: Option<Vec<String>> = weekday.split(',').map(weekdays).collect();
    Some(format!("{minute} {hour} {day} {month} {}", items?.join(",")))
}

/// One item of the weekdays.
fn weekdays(item: &str) -> Option<String> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)?),
        None => (item, 1),
    };
    if matches!(range, "*" | "?") {
        return Some(item.to_owned());
    }
    let (low, high) = match range.split_once('-') {
        Some((low, high)) => (number(low)?, number(high)?),
        // A number with a step runs to the end of the week.
        None if step > 1 => (number(range)?, 6),
        None => (number(range)?, number(range)?),
    };
    // A range that ends with Sunday runs past Saturday: `fri-sun` is `5-7`.
    let high = if high < low { high + 7 } else { high };
    if high <= 6 {
        return Some(if low == high && step == 1 { low.to_string() } else { item.to_lowercase() });
    }
    let mut days: Vec<usize> = (low..=high).step_by(step).map(|day| day % 7).collect();
    days.sort_unstable();
    days.dedup();
    Some(days.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

fn number(text: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    let named = NAMES.iter().position(|name| *name == lower);
    named.or_else(|| text.parse().ok().filter(|day| *day <= 7))
}

#[cfg(test)]
mod tests {
    use super::for_kubernetes;

    #[test]
    fn sunday_is_zero_and_ranges_end_on_saturday() {
        for (given, expected) in [
            ("0 2 * * *", "0 2 * * *"),
            ("*/5 9-17 1,15 jan-mar mon-fri", "*/5 9-17 1,15 jan-mar mon-fri"),
            ("0 0 * * 7", "0 0 * * 0"),
            ("0 0 * * 5-7", "0 0 * * 0,5,6"),
            ("0 0 * * fri-sun", "0 0 * * 0,5,6"),
            ("0 0 * * 1-7/2", "0 0 * * 0,1,3,5"),
            ("0 0 * * SUN", "0 0 * * 0"),
            (" @Daily ", "@daily"),
        ] {
            assert_eq!(for_kubernetes(given).as_deref(), Some(expected), "{given}");
        }
        for refused in [
            "",
            "0 2 * *",
            "0 2 L * *",
            "0 2 15W * *",
            "0 2 * * 5#2",
            "0 2 * * 8",
            "@reboot",
            "a\nb c d e",
        ] {
            assert_eq!(for_kubernetes(refused), None, "{refused}");
        }
    }
}
