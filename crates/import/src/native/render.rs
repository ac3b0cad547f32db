//! Values as `crossover.yaml` holds them: as people write them where that loses nothing, else to the last digit.

use model::{Distribution, Growth, Shape};
use units::{Bytes, Duration, Rate, Share};

pub(super) fn bytes(value: Bytes) -> String {
    let short = value.to_string();
    if Bytes::parse(&short) == Ok(value) { short } else { format!("{} B", value.get()) }
}

pub(super) fn span(value: Duration) -> String {
    let short = value.to_string();
    if Duration::parse(&short) == Ok(value) {
        return short;
    }
    let (millis, nanos) = (value.nanos() / 1_000_000, value.nanos() % 1_000_000);
    let text = format!("{millis}.{nanos:06}");
    format!("{} ms", text.trim_end_matches('0').trim_end_matches('.'))
}

pub(super) fn rate(value: Rate) -> String {
    let same = |text: &str| Rate::parse(text) == Ok(value);
    let short = value.to_string();
    let whole = format!("{}/month", value.events_per_month());
    if same(&short) {
        short
    } else if same(&whole) {
        whole
    } else {
        format!("{}/s", value.hertz())
    }
}

/// In per cent, without a space.
pub(super) fn share(value: Share) -> String {
    // Ten decimals of a per cent: a binary fraction's tail is no figure of anybody's.
    let text = format!("{:.10}", value.get() * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

pub(super) fn distribution(value: &Distribution) -> String {
    match value {
        Distribution::Constant(value) => span(*value),
        Distribution::LogNormal { p50, p99 } => {
            flow(&[format!("p50: {}", span(*p50)), format!("p99: {}", span(*p99))])
        }
        measured @ Distribution::Empirical(_) => {
            let (p50, p99) = (measured.draw(0.0, 0.5), measured.p99());
            flow(&[format!("p50: {}", span(p50)), format!("p99: {}", span(p99))])
        }
    }
}

pub(super) fn shape(value: &Shape) -> String {
    let part = |key: &str, value: String| format!("{key}: {value}");
    match value {
        Shape::DayNight { peak_to_mean, peak_hour } => flow(&[
            part("day-night", format!("{peak_to_mean}x")),
            part("peak_hour", peak_hour.to_string()),
        ]),
        Shape::Weekly { weekend } => flow(&[part("weekly", share(*weekend))]),
        Shape::Spike { factor, length, every } => flow(&[
            part("spike", format!("{factor}x")),
            part("for", span(*length)),
            part("every", span(*every)),
        ]),
        Shape::Growth { per_month, months } => {
            flow(&[part("growth", growth(*per_month)), part("months", months.to_string())])
        }
        Shape::Event { on, factor, length } => flow(&[
            part("event", on.to_string()),
            part("factor", format!("{factor}x")),
            part("for", span(*length)),
        ]),
    }
}

/// `5%/month`, `3% to 8%/month`.
fn growth(value: Growth) -> String {
    let [low, high] = [value.low, value.high].map(|share| trimmed(share * 100.0));
    if value.is_band() { format!("{low}% to {high}%/month") } else { format!("{low}%/month") }
}

fn trimmed(value: f64) -> String {
    format!("{value:.10}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `{ a: 1, b: 2 }`
pub(super) fn flow(parts: &[String]) -> String {
    format!("{{ {} }}", parts.join(", "))
}

/// `[a, b]`
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A text that YAML reads as this text: in quotes unless it is plain.
pub(super) fn quoted(text: &str) -> String {
    let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && !words.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        return text.to_owned();
    }
    serde_json::to_string(text).expect("a text is always JSON")
}
