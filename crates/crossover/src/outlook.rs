//! What is planned, from the command line: `--growth 5%`, `--event "Black Friday, fri 08:00, 6 h, 8x"`.

use traffic::horizon::{Outlook, Planned};
use units::Duration;

use crate::inputs::InputError;

const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Fewer letters of a day's name may be a slip.
const DAY_LETTERS_MIN: usize = 3;
/// Beyond a hundredfold in a month nobody plans; a slip of the pen is likelier.
const GROWTH_MAX: f64 = 100.0;
/// An event that lasts longer is the usual load.
const LENGTH_MAX: Duration = Duration::from_secs(7 * 86_400);
const TIMES_MAX: f64 = 10_000.0;

/// Reads growth and events.
pub(crate) fn outlook(growth: Option<&str>, events: &[String]) -> anyhow::Result<Outlook> {
    let growth_per_month = growth.map_or(Ok(0.0), share)?;
    let events = events.iter().map(|event| planned(event)).collect::<anyhow::Result<_>>()?;
    Ok(Outlook { growth_per_month, events })
}

fn share(text: &str) -> anyhow::Result<f64> {
    let value = text.trim().strip_suffix('%').and_then(|n| n.trim().parse::<f64>().ok());
    value.map(|n| n / 100.0).filter(|n| (-1.0..=GROWTH_MAX).contains(n)).ok_or_else(|| {
        let message = format!("`--growth {text}` is no growth a month");
        InputError::error(
            message,
            "write per cent a month, such as `--growth 5%` or `--growth -2%`",
        )
    })
}

fn planned(text: &str) -> anyhow::Result<Planned> {
    let wrong = |what: &str| {
        let message = format!("`--event {text}`: {what}");
        let hint = "write name, day and hour (UTC), length, factor: `--event \"Black Friday, fri 08:00, 6 h, 8x\"`";
        InputError::error(message, hint)
    };
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let &[name, at, length, times] = fields.as_slice() else {
        return Err(wrong("four parts with commas between them are needed"));
    };
    let (day, hour) = at.split_once(' ').ok_or_else(|| wrong("a day and an hour are needed"))?;
    let letters = day.to_ascii_lowercase();
    let day = DAYS
        .iter()
        .position(|name| letters.len() >= DAY_LETTERS_MIN && name.starts_with(&letters))
        .ok_or_else(|| wrong(&format!("`{day}` is no day of the week")))?;
    let hour = hour.trim();
    let hour: usize = hour
        .strip_suffix(":00")
        .unwrap_or(hour)
        .parse()
        .ok()
        .filter(|h| *h < 24)
        .ok_or_else(|| wrong(&format!("`{hour}` is no full hour of a day")))?;
    let length = Duration::parse(length)
        .ok()
        .filter(|l| *l > Duration::ZERO && *l <= LENGTH_MAX)
        .ok_or_else(|| wrong(&format!("`{length}` is no length of up to a week")))?;
    let times = times
        .trim_end_matches(['x', '×'])
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|t| (0.0..=TIMES_MAX).contains(t))
        .ok_or_else(|| wrong(&format!("`{times}` is no factor")))?;
    Ok(Planned { name: name.to_owned(), hour_of_week: (day * 24 + hour) as u32, length, times })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_growth_are_read_or_refused_with_a_hint() {
        let events = vec!["Black Friday, fri 08:00, 6 h, 8x".to_owned()];
        let read = outlook(Some("5%"), &events).unwrap();
        assert!((read.growth_per_month - 0.05).abs() < 1e-12);
        let event = &read.events[0];
        assert_eq!(
            (event.hour_of_week, event.length.secs_f64(), event.times),
            (104, 21_600.0, 8.0)
        );
        for day in ["fri 8", "Friday 08:00", "frid 8:00", "FRI  08"] {
            let read = outlook(None, &[format!("a, {day}, 6 h, 8x")]).unwrap();
            assert_eq!(read.events[0].hour_of_week, 104, "{day}");
        }
        for wrong in [
            "x",
            "a, b, c, d",
            "a, fri 25, 6 h, 8x",
            "a, fri 08:45, 6 h, 8x",
            "a, fri 08:, 6 h, 8x",
            "a, monkey 8, 6 h, 8x",
            "a, fr 8, 6 h, 8x",
            "a, fri 8, 6 h, NaN",
            "a, fri 8, 0 h, 2x",
            "a, fri 8, 9 h, -1x",
        ] {
            assert!(outlook(None, &[wrong.to_owned()]).is_err(), "{wrong}");
        }
        for wrong in ["5", "NaN%", "-200%", "inf%"] {
            assert!(outlook(Some(wrong), &[]).is_err(), "{wrong}");
        }
    }
}
