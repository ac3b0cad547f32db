//! How single values are read, and what is too little or too much of each.

use std::fmt::Display;

use model::{Architecture, Growth};
use units::{Bytes, Duration, Millicores, Money, ParseError, Rate, Share};

/// The largest instance on sale has 32 TB.
pub(super) const MEMORY: (Bytes, Bytes) = (Bytes::from_mib(1), Bytes::from_gib(32 << 10));
/// Code, images, scratch and data: at most a pebibyte.
pub(super) const DISK: (Bytes, Bytes) = (Bytes::new(1), Bytes::from_gib(1 << 20));
/// Bodies and log lines: at most the largest object a store takes, 5 TB.
pub(super) const BODY: (Bytes, Bytes) = (Bytes::ZERO, Bytes::from_gib(5 << 10));
/// One request's work: a microsecond to thirty days.
pub(super) const WORK: (Duration, Duration) =
    (Duration::from_micros(1), Duration::from_secs(30 * 86_400));
/// Waiting, which may be nothing.
pub(super) const WAIT: (Duration, Duration) = (Duration::ZERO, WORK.1);
/// Initialisation, which may be nothing.
pub(super) const INIT: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(3600));
/// Runs and connections: a millisecond to a year.
pub(super) const SPAN: (Duration, Duration) =
    (Duration::from_millis(1), Duration::from_secs(366 * 86_400));
/// CPU of one instance: at most 1,024 vCPU.
pub(super) const CPU: (Millicores, Millicores) = (Millicores::new(1), Millicores::new(1_024_000));
/// Requests an instance holds at once.
pub(super) const CONCURRENCY: (u64, u64) = (1, 1_000_000);
/// No region has more than six zones.
pub(super) const ZONES: (u64, u64) = (1, 6);
/// Growth a month at most: eleven times as much.
const GROWTH_MAX: f64 = 10.0;
/// Nodes of a cluster.
pub(super) const NODES: (u64, u64) = (1, 5000);
/// Concurrency kept for one function, and the largest that a quota is raised to.
pub(super) const RESERVED: (u64, u64) = (1, QUOTA.1);
/// Requests that an account's functions run at once.
pub(super) const QUOTA: (u64, u64) = (10, 1_000_000);
/// Messages, groups, shards and attempts.
pub(super) const EACH: (u64, u64) = (1, 100_000);
/// How long the history of a run may be kept: a day to ninety, as on Lambda (`durable.retention`).
pub(super) const KEPT: (Duration, Duration) =
    (Duration::from_secs(86_400), Duration::from_secs(90 * 86_400));
/// Steps of a run, and waits between them: as many as the longest history of a state machine has entries.
pub(super) const STEP_COUNT: (u64, u64) = (1, 25_000);
/// The same, or none of them.
pub(super) const STEP_PART: (u64, u64) = (0, STEP_COUNT.1);
/// How long a batch waits to be filled: at most five minutes, as everywhere.
pub(super) const WINDOW: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(300));
/// How long a message stays hidden: at most twelve hours, as everywhere.
pub(super) const HIDDEN: (Duration, Duration) =
    (Duration::from_secs(1), Duration::from_secs(12 * 3600));
/// Requests a firing of a schedule brings.
pub(super) const FIRING: (u64, u64) = (1, 1_000_000_000);

/// A parser that also checks the range.
pub(super) fn within<T: PartialOrd + Display + Copy>(
    parse: fn(&str) -> Result<T, ParseError>,
    (least, most): (T, T),
) -> impl Fn(&str) -> Result<T, ParseError> {
    move |text| {
        let value = parse(text)?;
        if value < least {
            return Err(error(
                format!("`{text}` is less than {least}"),
                format!("write {least} to {most}"),
            ));
        }
        if value > most {
            return Err(error(
                format!("`{text}` is more than {most}"),
                format!("write {least} to {most}"),
            ));
        }
        Ok(value)
    }
}

/// A whole number.
pub(super) fn count(text: &str) -> Result<u64, ParseError> {
    let digits: String = text.trim().chars().filter(|&c| c != '_').collect();
    let fine = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    let value = if fine { digits.parse().ok() } else { None };
    value.ok_or_else(|| {
        error(format!("`{text}` is not a whole number"), "write digits, such as `2`")
    })
}

/// A decimal number of at least zero.
pub(super) fn decimal(text: &str) -> Result<f64, ParseError> {
    let trimmed = text.trim();
    let fine = trimmed.chars().all(|c| c.is_ascii_digit() || c == '.')
        && trimmed.chars().any(|c| c.is_ascii_digit())
        && trimmed.len() <= 30;
    let value = if fine { trimmed.parse().ok() } else { None };
    value.ok_or_else(|| error(format!("`{text}` is not a number"), "write a number, such as `1.6`"))
}

/// `10x`, `1.6×`, `10`.
pub(super) fn factor(text: &str) -> Result<f64, ParseError> {
    decimal(text.trim().trim_end_matches(['x', '×', '*']).trim_end())
        .map_err(|_| error(format!("`{text}` is not a factor"), "write `10x`"))
}

/// A factor in a range; `above` is not part of it.
pub(super) fn factor_within(above: f64, most: f64) -> impl Fn(&str) -> Result<f64, ParseError> {
    move |text| {
        let value = factor(text)?;
        if value > above && value <= most {
            Ok(value)
        } else {
            let message = format!("`{text}` is not above {above} and at most {most}");
            Err(error(message, format!("write a factor such as `{}x`", (above + 0.6).min(most))))
        }
    }
}

/// `5%`, `0.1 %`: the share it means, not limited to a whole.
pub(super) fn percent(text: &str) -> Result<f64, ParseError> {
    let hint = "write per cent, such as `0.1%`";
    match text.trim().strip_suffix('%') {
        Some(number) => decimal(number)
            .map(|percent| percent / 100.0)
            .map_err(|_| error(format!("`{text}` is not a percentage"), hint)),
        None => Err(error(format!("`{text}` has no per cent sign"), hint)),
    }
}

/// A share of a whole, in per cent.
pub(super) fn share(text: &str) -> Result<Share, ParseError> {
    let value = percent(text)?;
    if value > 1.0 {
        return Err(error(format!("`{text}` is more than the whole"), "write 0% to 100%"));
    }
    Ok(Share::new(value))
}

/// `5%/month` or `3% to 8%/month`, as the share it adds each month.
pub(super) fn growth(text: &str) -> Result<Growth, ParseError> {
    let trimmed = text.trim();
    let bare =
        ["/month", "per month", "a month"].iter().find_map(|suffix| trimmed.strip_suffix(suffix));
    let per_year = ["/year", "per year", "a year"].iter().any(|suffix| trimmed.ends_with(suffix));
    if per_year {
        let message = format!("`{text}` is growth a year");
        return Err(error(message, "write growth a month: 80% a year is `5%/month`"));
    }
    let bare = bare.unwrap_or(trimmed).trim_end();
    let (low, high) = match bare.split_once(" to ") {
        Some((low, high)) => (percent_of_band(low)?, percent(high.trim())?),
        None => (percent(bare)?, percent(bare)?),
    };
    if low > high {
        let message = format!("`{text}` ends below where it begins");
        return Err(error(message, "write the lower end first: `3% to 8%/month`"));
    }
    if low < 0.0 || high <= 0.0 || high > GROWTH_MAX {
        return Err(error(
            format!("`{text}` is not between 0% and 1000% a month"),
            "write `5%/month`, or `3% to 8%/month` if it is not known",
        ));
    }
    Ok(Growth { low, high })
}

/// The lower end of a band: the sign may stand at its upper one alone.
fn percent_of_band(text: &str) -> Result<f64, ParseError> {
    let text = text.trim();
    if text.ends_with('%') { percent(text) } else { percent(&format!("{text}%")) }
}

/// A rate above zero.
pub(super) fn rate(text: &str) -> Result<Rate, ParseError> {
    let rate = Rate::parse(text)?;
    if rate.hertz() <= 0.0 {
        return Err(error(
            format!("`{text}` is no load at all"),
            "leave the component out, or write what it gets",
        ));
    }
    Ok(rate)
}

/// An hour's pay, more than nothing and at most $10,000.
pub(super) fn hourly(text: &str) -> Result<Money, ParseError> {
    let bare = text.trim().trim_end_matches("/h").trim_end_matches("per hour").trim();
    within(Money::parse, (Money::from_cents(1), Money::from_cents(1_000_000)))(bare)
}

/// `hour`, `day`, `week` or a span between an hour and a week.
pub(super) fn every(text: &str) -> Result<Duration, ParseError> {
    let week = Duration::DAY * 7;
    match text.trim() {
        "hour" => Ok(Duration::HOUR),
        "day" => Ok(Duration::DAY),
        "week" => Ok(week),
        other => within(Duration::parse, (Duration::HOUR, week))(other).map_err(|e| {
            error(e.message, "write `hour`, `day`, `week` or a span between them, such as `6 h`")
        }),
    }
}

/// The names people use for the two architectures.
pub(super) const ARCHITECTURES: [(&str, Architecture); 7] = [
    ("x86", Architecture::X86),
    ("arm", Architecture::Arm),
    ("x86_64", Architecture::X86),
    ("x86-64", Architecture::X86),
    ("amd64", Architecture::X86),
    ("arm64", Architecture::Arm),
    ("aarch64", Architecture::Arm),
];

/// Families of runtimes that mean something to a platform, with one that is right.
const RUNTIMES: &[(&str, &str)] = &[
    ("nodejs", "nodejs24"),
    ("python", "python3.13"),
    ("java", "java21"),
    ("dotnet", "dotnet10"),
    ("go", "go"),
    ("rust", "rust"),
    ("ruby", "ruby3.4"),
    ("php", "php8.4"),
    ("bun", "bun"),
    ("deno", "deno"),
    ("swift", "swift6"),
    ("c++", "c++"),
    ("elixir", "elixir"),
    ("erlang", "erlang"),
    ("graalvm", "graalvm"),
    ("llrt", "llrt"),
    ("quarkus", "quarkus"),
    ("provided", "provided.al2023"),
];

/// A runtime as platforms write it: `nodejs24` is `nodejs24.x`, `golang` is `go`.
pub(crate) fn runtime(text: &str) -> Result<model::Runtime, ParseError> {
    let compact: String =
        text.trim().chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let name = match compact
        .strip_prefix("node")
        .filter(|v| v.starts_with(|c: char| c.is_ascii_digit()))
    {
        Some(version) => format!("nodejs{version}"),
        None => compact.replace("node.js", "nodejs").replace("golang", "go"),
    };
    let family =
        name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | 'x' | '-'));
    let known = RUNTIMES.iter().find(|(prefix, _)| name.starts_with(prefix));
    let examples: Vec<&str> = RUNTIMES.iter().map(|(_, example)| *example).collect();
    let Some((prefix, _)) = known else {
        let families: Vec<&str> = RUNTIMES.iter().map(|(prefix, _)| *prefix).collect();
        let close = crate::names::closest(&compact, &examples)
            .or_else(|| crate::names::closest(family, &families));
        let meant = close.map_or(String::new(), |name| format!("did you mean `{name}`? "));
        return Err(error(
            format!("{} is not a runtime we know", crate::names::quoted(text)),
            format!("{meant}write one such as {}", examples.join(", ")),
        ));
    };
    let version = name.strip_prefix(prefix).unwrap_or("");
    let whole =
        *prefix == "nodejs" && !version.is_empty() && version.chars().all(|c| c.is_ascii_digit());
    Ok(model::Runtime(if whole { format!("{name}.x") } else { name }))
}

/// A reading error with its remedy.
pub(super) fn error(message: impl Into<String>, hint: impl Into<String>) -> ParseError {
    ParseError { message: message.into(), hint: hint.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_are_written_in_many_ways() {
        for (text, name) in [
            ("nodejs24", "nodejs24.x"),
            ("nodejs24.x", "nodejs24.x"),
            ("Node 22", "nodejs22.x"),
            ("node.js20", "nodejs20.x"),
            ("python3.13", "python3.13"),
            ("java21", "java21"),
            ("golang", "go"),
            ("provided.al2023", "provided.al2023"),
        ] {
            assert_eq!(runtime(text).unwrap().0, name, "{text}");
        }
        assert!(runtime("pyhton3.13").unwrap_err().hint.contains("did you mean `python3.13`?"));
        assert!(runtime("kotlin").unwrap_err().hint.contains("`java21`"));
        assert!(runtime("cobol").is_err());
    }

    #[test]
    fn shares_and_growth_need_their_sign_and_period() {
        assert_eq!(percent("0.5 %"), Ok(0.005));
        assert_eq!(growth("5%/month"), Ok(Growth::known(0.05)));
        assert_eq!(growth("5 % per month"), Ok(Growth::known(0.05)));
        let band = Growth { low: 0.03, high: 0.08 };
        for text in ["3% to 8%/month", "3 to 8 %/month", "3 % to 8 % a month", "3% to 8%"] {
            assert_eq!(growth(text), Ok(band), "{text}");
        }
        assert_eq!(growth("0% to 8%/month"), Ok(Growth { low: 0.0, high: 0.08 }));
        for bad in [
            "5",
            "-5%",
            "5%/year",
            "0%",
            "5000%/month",
            "8% to 3%",
            "3% to",
            "-1% to 3%",
            "3% to 8",
        ] {
            assert!(growth(bad).is_err(), "{bad}");
        }
        assert!(growth("8% to 3%").unwrap_err().hint.contains("3% to 8%/month"));
        assert!(share("101%").is_err());
    }
}
