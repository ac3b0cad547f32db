//! How numbers are said: the same way in every output.

pub(crate) use units::grouped;
use units::{Duration, Money, Share};

/// What stands where there is nothing to say.
pub(crate) const NOTHING: &str = "–";

/// Money for a sentence: cents below $1,000, whole dollars above.
pub(crate) fn dollars(money: Money) -> String {
    if money.cents().unsigned_abs() < 100_000 {
        return money.to_string();
    }
    whole_dollars(money)
}

/// Money in whole dollars, for a range; cents below $20, where they are a tenth of it.
pub(crate) fn rough_dollars(money: Money) -> String {
    if money.cents().unsigned_abs() < 2_000 { money.to_string() } else { whole_dollars(money) }
}

fn whole_dollars(money: Money) -> String {
    let unit = 1_000_000_000_000;
    let half = if money < Money::ZERO { -unit / 2 } else { unit / 2 };
    let text = Money::from_pico((money.pico() + half) / unit * unit).to_string();
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

/// Money without its sign, for a column whose title says dollars: `1,234.50`.
pub(crate) fn amount(money: Money) -> String {
    money.to_string().replace('$', "")
}

/// A unit price with all its decimals: `$0.0000133334`.
pub(crate) fn unit_price(money: Money) -> String {
    let text = money.to_decimal();
    text.strip_prefix('-').map_or_else(|| format!("${text}"), |bare| format!("-${bare}"))
}

/// A difference in money: `+$119.00`, `-$3.00`, `same`.
pub(crate) fn difference(money: Money) -> String {
    match money.cents() {
        0 => "same".to_owned(),
        1.. => format!("+{}", dollars(money)),
        _ => dollars(money),
    }
}

/// A count for a sentence: `940`, `12,300`, `340 k`, `3.4 M`, `1.2 B`.
pub fn count(n: f64) -> String {
    let (value, unit) = match n {
        n if n < 99_999.5 => return grouped(n.max(0.0).round() as u64),
        n if n < 999_500.0 => (n / 1e3, "k"),
        n if n < 999.5e6 => (n / 1e6, "M"),
        n => (n / 1e9, "B"),
    };
    format!("{} {unit}", three_digits(value))
}

/// A metered quantity: whole numbers grouped, small ones with the decimals that matter.
pub(crate) fn quantity(value: f64) -> String {
    let whole = grouped(value.round().max(0.0) as u64);
    match value {
        v if (v - v.round()).abs() < 5e-7 || v >= 10_000.0 => whole,
        v if v >= 1.0 => {
            let text = trim(format!("{v:.2}"));
            let fraction = text.split_once('.').map(|(_, f)| format!(".{f}")).unwrap_or_default();
            grouped(v as u64 + u64::from(fraction.is_empty() && v.fract() > 0.5)) + &fraction
        }
        v if v >= 0.0005 => trim(format!("{v:.4}")),
        v => trim(format!("{v:.8}")),
    }
}

/// A factor of today's value: `9×`, `1.4×`, `0.35×`.
pub(crate) fn factor(value: f64) -> String {
    // Near today's value two digits would say that it is today's.
    if (value - 1.0).abs() > 1e-9 && (value - 1.0).abs() < 0.095 {
        return format!("{value:.2}×");
    }
    format!("{}×", three_digits_short(value))
}

/// A share with one decimal, so that a column of them aligns: `0.1 %`.
pub(crate) fn share(share: Share) -> String {
    let percent = share.get() * 100.0;
    if percent > 0.0 && percent < 0.05 {
        return "<0.1 %".to_owned();
    }
    format!("{percent:.1} %")
}

/// A share in whole per cent: `80 %`.
pub(crate) fn whole_percent(share: Share) -> String {
    format!("{:.0} %", share.get() * 100.0)
}

/// How sure something is, never wholly: `80 %`, `>99 %`.
pub(crate) fn sureness(share: Share) -> String {
    if share.get() >= 0.995 { ">99 %".to_owned() } else { whole_percent(share) }
}

/// A latency, or the sign for none.
pub(crate) fn latency(value: Option<Duration>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |d| d.to_string())
}

/// Hours of work, with one decimal, so that a column of them aligns.
pub(crate) fn hours(value: f64) -> String {
    format!("{value:.1} h")
}

/// `1 component`, `4 components`.
pub(crate) fn plural(n: usize, singular: &str) -> String {
    if n == 1 { format!("1 {singular}") } else { format!("{} {singular}s", grouped(n as u64)) }
}

/// The first eight signs of a hash.
pub(crate) fn hash_prefix(hash: &str) -> String {
    let prefix: String = hash.chars().take(8).collect();
    if prefix.len() < hash.len() { format!("{prefix}…") } else { prefix }
}

fn three_digits(value: f64) -> String {
    let places = match value {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    trim(format!("{value:.places$}"))
}

fn three_digits_short(value: f64) -> String {
    let places = match value {
        v if v >= 9.95 => return grouped(v.round() as u64),
        v if v >= 0.995 => 1,
        _ => 2,
    };
    trim(format!("{value:.places$}"))
}

fn trim(text: String) -> String {
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn money_loses_its_cents_where_they_say_nothing() {
        assert_eq!(dollars(money("8.100015")), "$8.10");
        assert_eq!(dollars(money("999.994")), "$999.99");
        assert_eq!(dollars(money("1234.5")), "$1,235");
        assert_eq!(rough_dollars(money("97.6")), "$98");
        assert_eq!(rough_dollars(money("7.6")), "$7.60");
        assert_eq!(difference(money("119")), "+$119.00");
        assert_eq!(difference(-money("3")), "-$3.00");
        assert_eq!(difference(money("0.001")), "same");
        assert_eq!(unit_price(money("0.0000133334")), "$0.0000133334");
    }

    #[test]
    fn counts_are_said_as_people_say_them() {
        for (n, said) in [
            (0.0, "0"),
            (940.0, "940"),
            (12_345.0, "12,345"),
            (340_000.0, "340 k"),
            (999_600.0, "1 M"),
            (3_400_000.0, "3.4 M"),
            (210e6, "210 M"),
            (1.25e9, "1.25 B"),
        ] {
            assert_eq!(count(n), said);
        }
        assert_eq!(quantity(1_234_567.0), "1,234,567");
        assert_eq!(quantity(0.3), "0.3");
        assert_eq!(quantity(730.0), "730");
        assert_eq!(quantity(9_455.479), "9,455.48");
        assert_eq!(quantity(9_455.999), "9,456");
    }

    #[test]
    fn shares_align_and_never_round_something_to_nothing() {
        assert_eq!(share(Share::ZERO), "0.0 %");
        assert_eq!(share(Share::new(0.0001)), "<0.1 %");
        assert_eq!(share(Share::new(0.021)), "2.1 %");
        assert_eq!(sureness(Share::ONE), ">99 %");
        assert_eq!(sureness(Share::new(0.8)), "80 %");
        assert_eq!(factor(9.12), "9.1×");
        assert_eq!(factor(62.0), "62×");
        assert_eq!(factor(0.35), "0.35×");
    }
}
