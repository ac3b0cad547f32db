//! When hours of the week begin and end, as schedulers write it. All of it is UTC.

use model::WarmHours;

/// Names of days as AWS has them, Monday first.
const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// An hour of some days, 0 is Monday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    hour: u32,
    days: Vec<u8>,
}

/// When something begins to be kept and when it is let go. Where one stretch follows the other at once, neither happens
/// between them; what covers the whole week only begins, on every day.
pub(crate) fn turns(hours: WarmHours) -> (Turn, Option<Turn>) {
    let all: Vec<u8> = hours.days().collect();
    let from = u32::from(hours.from_hour());
    let length = hours.hours_of_week() / all.len().max(1) as u32;
    let end = from + length;
    let later = (end / 24) as u8;
    let sorted = |mut days: Vec<u8>| {
        days.sort_unstable();
        days
    };
    let ends = sorted(all.iter().map(|day| (day + later) % 7).collect());
    if length < 24 {
        return (Turn { hour: from, days: all }, Some(Turn { hour: end % 24, days: ends }));
    }
    let begins: Vec<u8> = all.iter().copied().filter(|day| !ends.contains(day)).collect();
    if begins.is_empty() {
        return (Turn { hour: from, days: all }, None);
    }
    let ends = ends.into_iter().filter(|day| !all.contains(day)).collect();
    (Turn { hour: from, days: begins }, Some(Turn { hour: from, days: ends }))
}

impl Turn {
    /// `cron(0 7 ? * MON,TUE *)`, as EventBridge and Application Auto Scaling take it.
    pub(crate) fn aws(&self) -> String {
        let names: Vec<&str> = self.days.iter().map(|day| DAYS[usize::from(*day)]).collect();
        format!("cron(0 {} ? * {} *)", self.hour, names.join(","))
    }

    /// `0 7 * * 1,2`, as Cloud Scheduler and KEDA take it: 0 is Sunday.
    pub(crate) fn five_fields(&self) -> String {
        let mut days: Vec<u8> = self.days.iter().map(|day| (day + 1) % 7).collect();
        days.sort_unstable();
        let days: Vec<String> = days.iter().map(u8::to_string).collect();
        let days = if days.len() == 7 { "*".to_owned() } else { days.join(",") };
        format!("0 {} * * {days}", self.hour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_cover_the_hours() {
        for (hours, begins, ends) in [
            (
                WarmHours::new(0, 5, 7, 13),
                ("7 ? * MON,TUE,WED,THU,FRI", "7 * * 1,2,3,4,5"),
                Some(("20 ? * MON,TUE,WED,THU,FRI", "20 * * 1,2,3,4,5")),
            ),
            (
                WarmHours::new(0, 2, 22, 6),
                ("22 ? * MON,TUE", "22 * * 1,2"),
                Some(("4 ? * TUE,WED", "4 * * 2,3")),
            ),
            (
                WarmHours::new(6, 1, 23, 1),
                ("23 ? * SUN", "23 * * 0"),
                Some(("0 ? * MON", "0 * * 1")),
            ),
            (
                WarmHours::new(0, 7, 22, 4),
                ("22 ? * MON,TUE,WED,THU,FRI,SAT,SUN", "22 * * *"),
                Some(("2 ? * MON,TUE,WED,THU,FRI,SAT,SUN", "2 * * *")),
            ),
            // Three days without a break begin once and end once: between a beginning and the end after the next one, KEDA
            // would wait for that next beginning.
            (
                WarmHours::new(5, 3, 20, 24),
                ("20 ? * SAT", "20 * * 6"),
                Some(("20 ? * TUE", "20 * * 2")),
            ),
            (WarmHours::new(0, 7, 0, 24), ("0 ? * MON,TUE,WED,THU,FRI,SAT,SUN", "0 * * *"), None),
        ] {
            let (begin, end) = turns(hours);
            let texts = |turn: &Turn| (turn.aws(), turn.five_fields());
            let wanted =
                |(aws, plain): (&str, &str)| (format!("cron(0 {aws} *)"), format!("0 {plain}"));
            assert_eq!(texts(&begin), wanted(begins), "{hours}");
            assert_eq!(end.as_ref().map(texts), ends.map(wanted), "{hours}");
        }
    }
}
