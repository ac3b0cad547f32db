//! Numbers in the words that people use for them.

use units::{Money, Share};

/// `p99`, `p99.9`.
pub(crate) fn percentile(share: Share) -> String {
    format!("p{}", trimmed(share.get() * 100.0, 3))
}

/// Three significant digits with a large unit: `31 M`, `1.2 B`, `500 k`, `730`.
pub(crate) fn count(value: f64) -> String {
    let (scaled, unit) = match value {
        v if v >= 999.5e6 => (v / 1e9, " B"),
        v if v >= 999.5e3 => (v / 1e6, " M"),
        v if v >= 1e4 => (v / 1e3, " k"),
        v => (v, ""),
    };
    let places = match scaled {
        s if s >= 99.5 || unit.is_empty() => 0,
        s if s >= 9.95 => 1,
        _ => 2,
    };
    format!("{}{unit}", trimmed(scaled, places))
}

/// Requests a month: `31 M requests a month`.
pub(crate) fn requests(per_month: f64) -> String {
    format!("{} requests a month", count(per_month))
}

/// A factor with two significant digits: `9×`, `0.35×`, `120×`.
pub(crate) fn factor(value: f64) -> String {
    let places = match value {
        v if v >= 9.95 => 0,
        v if v >= 0.995 => 1,
        v if v >= 0.0995 => 2,
        _ => 3,
    };
    format!("{}×", trimmed(value, places))
}

/// Whole dollars from ten dollars up, else dollars and cents.
pub(crate) fn money(amount: Money) -> String {
    let text = amount.to_string();
    if amount.cents().abs() >= 1000 {
        let rounded = Money::from_cents(((amount.cents() as f64 / 100.0).round() * 100.0) as i64);
        return rounded.to_string().trim_end_matches(".00").to_owned();
    }
    text
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn trimmed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_say_them() {
        assert_eq!(percentile(Share::new(0.99)), "p99");
        assert_eq!(percentile(Share::new(0.999)), "p99.9");
        for (value, shown) in [
            (31.04e6, "31 M"),
            (1.234e9, "1.23 B"),
            (5e5, "500 k"),
            (730.2, "730"),
            (9999.0, "9999"),
        ] {
            assert_eq!(count(value), shown);
        }
        for (value, shown) in [(9.0, "9×"), (8.96, "9×"), (0.347, "0.35×"), (121.3, "121×")] {
            assert_eq!(factor(value), shown);
        }
        assert_eq!(money(Money::from_cents(23_249)), "$232");
        assert_eq!(money(Money::from_cents(810)), "$8.10");
        assert_eq!(list(&["api", "thumb", "db"]), "api, thumb and db");
    }
}
